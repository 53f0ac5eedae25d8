//! Which hosts a template may come from.

use url::{Host, Url};

/// Hosts the template address may name. Amazon S3 unless more are added:
/// CloudFormation itself accepts nothing else.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts {
    extra: Vec<String>,
    loopback: bool,
}

/// A template address that is not to be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template address is refused: {reason}")]
pub struct HostRefused {
    /// Scheme, host and port, without the rest: that is a secret.
    pub origin: Option<String>,
    /// Why.
    pub reason: String,
}

impl AllowedHosts {
    /// Allows one more host, by its exact name.
    #[must_use]
    pub fn and(mut self, host: &str) -> Self {
        self.extra.push(host.trim().to_ascii_lowercase());
        self
    }

    /// Allows this machine, also over plain HTTP: for a simulator.
    #[must_use]
    pub fn and_loopback(mut self, allowed: bool) -> Self {
        self.loopback = allowed;
        self
    }

    /// Checks an address.
    ///
    /// # Errors
    /// When it is not `https`, carries a user name, names another port than
    /// 443, or its host is not on the list.
    pub fn check(&self, address: &str) -> Result<Url, HostRefused> {
        let refuse = |url: Option<&Url>, reason: String| {
            Err(HostRefused {
                origin: url.map(|url| {
                    vmc_http::redact::printable(&url.origin().ascii_serialization(), 200)
                }),
                reason,
            })
        };
        let Ok(url) = Url::parse(address) else {
            return refuse(None, "it is not a URL".into());
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse(Some(&url), "it carries a user name or password".into());
        }
        if self.loopback && vmc_http::is_loopback(&url) && matches!(url.scheme(), "http" | "https")
        {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return refuse(
                Some(&url),
                format!("its scheme is {}, not https", url.scheme()),
            );
        }
        let host = match url.host() {
            Some(Host::Domain(host)) => host.to_owned(),
            Some(address) => address.to_string(),
            None => return refuse(Some(&url), "it names no host".into()),
        };
        let extra = self.extra.contains(&host);
        if url.port().is_some() && !extra {
            return refuse(
                Some(&url),
                format!("{host} is asked on another port than 443"),
            );
        }
        if extra || is_s3(&host) {
            Ok(url)
        } else {
            let host = vmc_http::redact::printable(&host, 200);
            refuse(Some(&url), format!("{host} is not Amazon S3"))
        }
    }
}

/// `s3.amazonaws.com`, `s3.REGION.amazonaws.com`, `s3-REGION.amazonaws.com`,
/// their dual-stack forms, and each with a bucket in front.
fn is_s3(host: &str) -> bool {
    let Some(front) = host.strip_suffix(".amazonaws.com") else {
        return false;
    };
    let mut labels: Vec<&str> = front.split('.').collect();
    if labels.iter().any(|label| label.is_empty()) {
        return false;
    }
    let in_region = labels.last().is_some_and(|label| is_region(label)) && labels.len() > 1;
    if in_region {
        labels.pop();
        if labels.last() == Some(&"dualstack") {
            labels.pop();
        }
    }
    match labels.last() {
        Some(&"s3") => true,
        Some(label) if !in_region => label.strip_prefix("s3-").is_some_and(is_region),
        _ => false,
    }
}

/// `us-west-2`, `us-gov-east-1`, `ap-southeast-4`.
fn is_region(label: &str) -> bool {
    let parts: Vec<&str> = label.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            (2..=3).contains(&words.len())
                && words[0].len() == 2
                && words.iter().all(letters)
                && !number.is_empty()
                && number.len() <= 2
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_in_all_its_spellings() {
        for host in [
            "s3.amazonaws.com",
            "bucket.s3.amazonaws.com",
            "a.dotted.bucket.s3.amazonaws.com",
            "s3.us-west-2.amazonaws.com",
            "s3-us-west-2.amazonaws.com",
            "bucket.s3-us-west-2.amazonaws.com",
            "bucket.s3.us-west-2.amazonaws.com",
            "bucket.s3.dualstack.eu-central-1.amazonaws.com",
            "bucket.s3.us-gov-west-1.amazonaws.com",
            "S3.US-WEST-2.AMAZONAWS.COM",
        ] {
            let url = format!("https://{host}/key?X-Amz-Signature=1");
            assert!(AllowedHosts::default().check(&url).is_ok(), "{host}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        for url in [
            "https://amazonaws.com.evil.org/s3",
            "https://s3.amazonaws.com.evil.org/x",
            "https://notamazonaws.com/x",
            "https://s3.notamazonaws.com/x",
            "https://evil-s3.us-west-2.amazonaws.com/x",
            "https://s3.evil.amazonaws.com/x",
            "https://abc.execute-api.us-west-2.amazonaws.com/x",
            "https://bucket.s3-website-us-west-2.amazonaws.com/x",
            "https://ec2-1-2-3-4.us-west-2.compute.amazonaws.com/x",
            "https://us-west-2.amazonaws.com/x",
            "https://amazonaws.com/x",
            "https://.s3.amazonaws.com/x",
            "https://s3.amazonaws.com./x",
            "https://s3.amazonaws.com@evil.org/x",
            "https://user:canary@s3.amazonaws.com/x",
            "https://s3.amazonaws.com:8443/x",
            "https://ѕ3.amazonaws.com/x",
            "https://s3.us-west-2.amazonaws.com\u{3002}evil.org/x",
            "https://evil.org\\@s3.amazonaws.com/x",
            "http://s3.amazonaws.com/x",
            "ftp://s3.amazonaws.com/x",
            "file:///etc/passwd",
            "https://127.0.0.1/x",
            "http://localhost:8080/x",
            "https://[::1]/x",
            "https://2852039166/latest/meta-data",
            "https://169.254.169.254/latest",
            "javascript:alert(1)",
            "s3://bucket/key",
            "",
        ] {
            let refused = AllowedHosts::default().check(url);
            assert!(refused.is_err(), "{url} was accepted");
            let error = refused.unwrap_err();
            assert!(!format!("{error}{error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn loopback_and_extra_hosts_only_when_told() {
        let here = AllowedHosts::default().and_loopback(true);
        assert!(here.check("http://127.0.0.1:8080/t").is_ok());
        assert!(here.check("http://localhost.evil.org/t").is_err());
        assert!(here.check("http://s3.amazonaws.com/t").is_err());
        let mirror = AllowedHosts::default().and("Mirror.Example");
        assert!(mirror.check("https://mirror.example:8443/t").is_ok());
        assert!(mirror.check("https://a.mirror.example/t").is_err());
    }
}
