//! The `Retry-After` header (RFC 9110 §10.2.3).

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// How long the server asks to wait: seconds, or a date.
///
/// A date is measured against the answer's own `Date`, so that a wrong clock
/// on either side does not matter. `None` when absent, unreadable or past.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return (seconds > 0).then(|| Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = headers
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
        .unwrap_or_else(std::time::SystemTime::now);
    until
        .duration_since(now)
        .ok()
        .filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let noon = Some("Sun, 06 Nov 1994 12:00:00 GMT");
        assert_eq!(read("7", None), Some(7));
        assert_eq!(read(" 7 ", None), Some(7));
        assert_eq!(read("18446744073709551615", None), Some(u64::MAX));
        assert_eq!(read("Sun, 06 Nov 1994 12:00:30 GMT", noon), Some(30));
    }

    #[test]
    fn what_cannot_be_used_is_no_wish() {
        let noon = Some("Sun, 06 Nov 1994 12:00:00 GMT");
        for value in ["", "0", "-1", "1.5", "soon", "99999999999999999999999"] {
            assert_eq!(read(value, noon), None, "{value:?}");
        }
        assert_eq!(read("Sun, 06 Nov 1994 11:59:00 GMT", noon), None);
    }
}
