//! Headers that carry secrets, for calls that bring their own credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// Basic authentication (RFC 7617).
pub fn basic(user: &str, password: &SecretString) -> HeaderMap {
    let pair = SecretString::from(format!("{user}:{}", password.expose_secret()));
    let encoded = BASE64.encode(pair.expose_secret());
    secret(AUTHORIZATION, &format!("Basic {encoded}").into())
}

/// One header that no log and no `Debug` shows. Empty when the secret has
/// characters that cannot stand in a header.
pub fn secret(name: HeaderName, secret: &SecretString) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::from_str(secret.expose_secret()) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_encoded_and_hidden() {
        let headers = basic("id", &"canary".into());
        assert_eq!(headers[AUTHORIZATION], "Basic aWQ6Y2FuYXJ5");
        assert!(!format!("{headers:?}").contains("Y2FuYXJ5"));
    }
}
