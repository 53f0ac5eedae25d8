//! How far a server's clock is from ours.

use std::time::{Duration, SystemTime};

use crate::answer::Answer;

/// Two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The server's is ahead by this.
    Ahead(Duration),
    /// The server's is behind by this.
    Behind(Duration),
}

impl Clock {
    /// Compares the `Date` of an answer with this machine's time at the middle
    /// of the request, to the second. `None` without a readable `Date`.
    pub fn of(answer: &Answer, here: SystemTime) -> Option<Self> {
        let there = httpdate::parse_http_date(answer.header("date")?).ok()?;
        // A date of seconds is half a second old, on average.
        let there = there + Duration::from_millis(500);
        let seconds = |skew: Duration| Duration::from_secs(skew.as_secs());
        Some(match there.duration_since(here) {
            Ok(ahead) => Self::Ahead(seconds(ahead)),
            Err(behind) => Self::Behind(seconds(behind.duration())),
        })
    }

    /// How far the clocks are apart.
    pub fn skew(self) -> Duration {
        match self {
            Self::Ahead(skew) | Self::Behind(skew) => skew,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    #[test]
    fn clocks_are_compared_to_the_second() {
        let date = "Tue, 24 Nov 2026 21:00:00 GMT";
        let at = httpdate::parse_http_date(date).unwrap();
        let answer = |date: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("date", date.parse().unwrap());
            Answer {
                status: StatusCode::OK,
                headers,
                body: Bytes::new(),
            }
        };
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let compare = |here| Clock::of(&answer(date), here);
        assert_eq!(compare(at - minutes(11)), Some(Clock::Ahead(minutes(11))));
        assert_eq!(
            compare(at + minutes(11) + Duration::from_secs(1)),
            Some(Clock::Behind(minutes(11)))
        );
        assert_eq!(compare(at).unwrap().skew(), Duration::ZERO);
        assert_eq!(Clock::of(&answer("soon"), at), None);
    }
}
