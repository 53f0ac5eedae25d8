//! The base URL of a service, and what is below it.

use url::Url;

use crate::error::SetupError;
use crate::redact::printable;
use crate::target::Target;

/// A base URL that a token may be sent to.
#[derive(Debug)]
pub(crate) struct BaseUrl {
    url: Url,
    /// The path that all targets are below, without a trailing slash.
    prefix: String,
    /// Scheme, host and port.
    pub(crate) origin: String,
}

impl BaseUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, SetupError> {
        let shown = shown(text);
        let url = url::Url::parse(text.trim()).map_err(|error| {
            SetupError::because(
                format!("{shown:?} is not a URL (expected https://host)"),
                error,
            )
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SetupError::new(
                "the base URL must not carry a user name or password",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(SetupError::new(format!(
                "{shown:?} must end with its path: no ? and no #"
            )));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(SetupError::new(format!(
                    "{shown:?} would send the token in the clear; use https (http is for this machine only)"
                )));
            }
            other => {
                return Err(SetupError::new(format!(
                    "{shown:?} has the scheme {other:?}; expected https"
                )));
            }
        }
        Ok(Self {
            prefix: url.path().trim_end_matches('/').to_owned(),
            origin: url.origin().ascii_serialization(),
            url,
        })
    }

    /// Where a call goes: only path and query are the target's.
    pub(crate) fn url_of(&self, target: &Target) -> Url {
        let mut url = self.url.clone();
        if self.prefix.is_empty() {
            url.set_path(target.path());
        } else {
            url.set_path(&format!("{}{}", self.prefix, target.path()));
        }
        let query = target.query_string();
        url.set_query((!query.is_empty()).then_some(query));
        url
    }
}

/// What may be shown of a base URL that somebody typed: no user, no query.
pub(crate) fn shown(text: &str) -> String {
    let host = text.rsplit('@').next().unwrap_or_default();
    printable(host.split(['?', '#']).next().unwrap_or_default(), 100)
}

/// Whether a URL's host is this machine by its text alone, without asking DNS.
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;

    #[test]
    fn base_urls_keep_tokens_off_the_clear() {
        for good in [
            "https://vmc.vmware.com",
            "https://vmc.vmware.com/",
            "https://h:8443/prefix/",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost:3000",
        ] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "vmc.vmware.com",
            "http://vmc.vmware.com",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "ftp://127.0.0.1",
            "https://user:canary@vmc.vmware.com",
            "https://user:canary@",
            "user:canary@vmc.vmware.com",
            "https://h/?token=canary",
        ] {
            let error = BaseUrl::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
            let builder = format!("{:?}", Client::builder(bad));
            assert!(!builder.contains("canary"), "{builder}");
        }
    }

    #[test]
    fn targets_go_below_the_base() {
        let url = |base: &str, target: &str| {
            let base = BaseUrl::parse(base).unwrap();
            base.url_of(&Target::verbatim(target)).to_string()
        };
        assert_eq!(url("https://h", "/a?b=c"), "https://h/a?b=c");
        assert_eq!(url("https://h:8443/p/", "/a%2Fb"), "https://h:8443/p/a%2Fb");
        assert_eq!(
            BaseUrl::parse("https://h:8443/p/").unwrap().origin,
            "https://h:8443"
        );
    }
}
