//! The virtual clock: all state is a function of it, so two hours pass when somebody says so.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::Instant;

/// A moment of virtual time, in microseconds since 1970 (UTC). In JSON: RFC 3339 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The real time, now.
    pub fn real() -> Self {
        Self((OffsetDateTime::now_utc().unix_timestamp_nanos() / 1000) as i64)
    }

    /// This many seconds after 1970.
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Reads RFC 3339 text such as `2026-01-02T03:04:05Z`.
    pub fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Some(Self((at.unix_timestamp_nanos() / 1000) as i64))
    }

    /// Whole seconds since 1970.
    pub fn unix(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment plus `span`.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// This moment less `span`.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// How long after `earlier` this is; zero when it is before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// VMC's spelling: six digits of fraction and `Z`.
    pub fn micros(self) -> String {
        self.format(6)
    }

    /// CloudFormation's spelling: three digits of fraction and `Z`.
    pub fn millis(self) -> String {
        self.format(3)
    }

    /// IAM's spelling: whole seconds and `Z`.
    pub fn seconds(self) -> String {
        let text = self.format(0);
        text.replace(".Z", "Z")
    }

    /// Spring's spelling, as in the gateway's 401: three digits and `+0000`.
    pub fn spring(self) -> String {
        self.format(3).replace('Z', "+0000")
    }

    fn format(self, digits: usize) -> String {
        // Out of the calendar's range only when somebody advanced by aeons.
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let fraction = format!("{:06}", at.microsecond());
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            fraction.get(..digits).unwrap_or(&fraction)
        )
    }
}

impl Default for Time {
    /// When seeded rows that name no time were created: 2020-01-02T03:04:05Z.
    fn default() -> Self {
        Self::from_unix(1_577_934_245)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.micros())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.micros())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("not an RFC 3339 time: {text}")))
    }
}

/// Virtual time = base + speed × elapsed. Elapsed is read from tokio's clock, so tests that pause
/// it pause the world too.
#[derive(Debug)]
pub(crate) struct Clock {
    base: Time,
    origin: Instant,
    speed: f64,
}

impl Clock {
    pub(crate) fn new(base: Time, speed: f64) -> Self {
        Self {
            base,
            origin: Instant::now(),
            speed,
        }
    }

    pub(crate) fn now(&self) -> Time {
        self.base.plus(self.origin.elapsed().mul_f64(self.speed))
    }

    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    pub(crate) fn advance(&mut self, span: Duration) {
        self.base = self.base.plus(span);
    }

    /// `speed` is clamped to 0 (stopped) … 1,000,000.
    pub(crate) fn set_speed(&mut self, speed: f64) {
        let now = self.now();
        let speed = if speed.is_finite() {
            speed.clamp(0.0, 1e6)
        } else {
            1.0
        };
        *self = Self::new(now, speed);
    }
}

/// Reads `90`, `90s`, `5m`, `2h`, `1d`, `250ms` and sums such as `1h30m`.
pub(crate) fn parse_span(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        total += number
            * match unit {
                "ms" => 0.001,
                "" | "s" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                "d" => 86400.0,
                _ => return None,
            };
        rest = tail;
    }
    Duration::try_from_secs_f64(total).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_the_dialects() {
        let at = Time::parse("2019-07-01T22:31:07.123456Z").unwrap();
        assert_eq!(at.micros(), "2019-07-01T22:31:07.123456Z");
        assert_eq!(at.millis(), "2019-07-01T22:31:07.123Z");
        assert_eq!(at.seconds(), "2019-07-01T22:31:07Z");
        assert_eq!(at.spring(), "2019-07-01T22:31:07.123+0000");
        assert_eq!(Time::parse("2019-07-02T00:31:07.123456+02:00"), Some(at));
    }

    #[test]
    fn spans() {
        assert_eq!(parse_span("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_span("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_span("7"), Some(Duration::from_secs(7)));
        assert_eq!(parse_span("2 parsecs"), None);
        assert_eq!(parse_span(""), None);
    }

    #[tokio::test(start_paused = true)]
    async fn follows_tokio_time_and_speed() {
        let start = Time::from_unix(1000);
        let mut clock = Clock::new(start, 1.0);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(clock.now().since(start), Duration::from_secs(10));
        clock.set_speed(100.0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(clock.now().since(start), Duration::from_secs(110));
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().since(start), Duration::from_secs(200));
    }
}
