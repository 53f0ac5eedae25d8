//! What a vCenter tells without a login.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use http::Method;
use vmc_http::{Answer, Call, Client, Clock, Error, Target};

/// The versions of its SOAP API, which every vCenter tells everybody.
const VERSIONS: &str = "/sdk/vimServiceVersions.xml";

/// The version of a vCenter: 8.0 U1 is `8.0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// 8 in 8.0 U1.
    pub major: u32,
    /// 0 in 8.0 U1.
    pub minor: u32,
    /// 1 in 8.0 U1.
    pub update: u32,
}

impl Version {
    /// A version by its numbers.
    pub const fn new(major: u32, minor: u32, update: u32) -> Self {
        Self {
            major,
            minor,
            update,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.update)
    }
}

impl FromStr for Version {
    type Err = std::num::ParseIntError;

    /// Reads `8.0.1.0`, and shorter.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.trim().split('.').map(str::parse);
        let mut next = || numbers.next().unwrap_or(Ok(0));
        Ok(Self::new(next()?, next()?, next()?))
    }
}

/// What a vCenter tells without a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// Its version, where it told.
    pub version: Option<Version>,
    /// How far its clock is from this machine's, to the second, and which of
    /// the two is ahead.
    pub clock: Option<Clock>,
}

impl About {
    pub(crate) async fn ask(client: &Client) -> Result<Self, Error> {
        let call = Call::raw(Method::GET, Target::new(VERSIONS)).anonymous();
        let sent = SystemTime::now();
        let result = client.execute(call).await;
        let here = sent + sent.elapsed().unwrap_or_default() / 2;
        let told = |answer: &Answer| Self {
            version: version(answer),
            clock: Clock::of(answer, here),
        };
        match result {
            Ok(answer) => Ok(told(&answer)),
            // An error answer has a date too.
            Err(error) => error.answer().map(told).ok_or(error),
        }
    }
}

/// The version of the `urn:vim25` namespace.
fn version(answer: &Answer) -> Option<Version> {
    let text = String::from_utf8_lossy(answer.text_bytes());
    let (_, after) = text.split_once("<name>urn:vim25</name>")?;
    let (_, after) = after.split_once("<version>")?;
    let (version, _) = after.split_once("</version>")?;
    version.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vmc_http::bytes::Bytes;
    use vmc_http::http::{HeaderMap, StatusCode};

    fn answer(body: &str) -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
        }
    }

    #[test]
    fn the_version_is_that_of_the_namespace() {
        let text = "<namespaces><namespace><name>urn:sms</name><version>4.0</version></namespace>\
            <namespace>\n<name>urn:vim25</name>\n<version>8.0.1.0</version>\
            <priorVersions><version>7.0</version></priorVersions></namespace></namespaces>";
        assert_eq!(version(&answer(text)), Some(Version::new(8, 0, 1)));
        assert_eq!(version(&answer("<html>")), None);
        assert_eq!("6.7".parse(), Ok(Version::new(6, 7, 0)));
        assert!("eight".parse::<Version>().is_err());
    }
}
