//! An access token and how long it lives.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::claims::{Claims, NotAJwt};

/// Lives beyond this are cut: nobody hands out longer ones, and no arithmetic
/// has to fear the rest.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// An access token, counted down on the monotonic clock, so that a wrong or
/// changed wall clock does not matter.
#[derive(Debug, Clone)]
pub struct AccessToken {
    secret: SecretString,
    life: Duration,
    expires: Instant,
}

impl AccessToken {
    /// A token of which `left` out of `life` remains.
    pub(crate) fn new(secret: SecretString, life: Duration, left: Duration) -> Self {
        let life = life.min(LONGEST_LIFE);
        Self {
            secret,
            life,
            expires: Instant::now() + left.min(life),
        }
    }

    /// The token as a header carries it.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Its whole life.
    pub fn life(&self) -> Duration {
        self.life
    }

    /// How much of its life is left; zero when it is over.
    pub fn left(&self) -> Duration {
        self.expires.saturating_duration_since(Instant::now())
    }

    /// What the token says about itself, for display only.
    ///
    /// # Errors
    /// When it is not a readable JWT.
    pub fn claims(&self) -> Result<Claims, NotAJwt> {
        Claims::read(self.secret.expose_secret())
    }

    /// Whether it can still be used.
    pub(crate) fn valid(&self) -> bool {
        !self.left().is_zero()
    }

    /// Whether it is time to renew it.
    pub(crate) fn due(&self) -> bool {
        self.left() <= (self.life / 5).min(Duration::from_secs(300))
    }
}
