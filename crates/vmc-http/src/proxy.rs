//! Which proxy stands between this machine and a server.

use hyper_util::client::proxy::matcher::Matcher;

use crate::redact::printable;

/// The proxy through which a [`Transport`](crate::Transport) reaches an address,
/// without its user name and password; `None` where it goes straight there.
///
/// Judged by the same code as the requests themselves, so by `HTTPS_PROXY`,
/// `ALL_PROXY`, `NO_PROXY` and what the system says. Plain HTTP never goes
/// through a proxy.
pub fn proxy_for(url: &str) -> Option<String> {
    through(&Matcher::from_system(), url)
}

fn through(matcher: &Matcher, url: &str) -> Option<String> {
    let url: http::Uri = url.trim().parse().ok()?;
    if url.scheme_str() != Some("https") {
        return None;
    }
    let found = matcher.intercept(&url)?;
    let proxy = found.uri();
    let host = proxy.host()?;
    let port = match proxy.port_u16() {
        Some(port) => format!(":{port}"),
        None => String::new(),
    };
    let scheme = proxy.scheme_str().unwrap_or("http");
    Some(printable(&format!("{scheme}://{host}{port}"), 200))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_shown_without_who_uses_it() {
        let matcher = Matcher::builder()
            .https("http://ann:canary@proxy.example:3128")
            .no("internal.example,127.0.0.1")
            .build();
        let proxy = |url| through(&matcher, url);
        assert_eq!(
            proxy("https://vmc.vmware.com/x").as_deref(),
            Some("http://proxy.example:3128")
        );
        for straight in [
            "https://vc.internal.example",
            "https://127.0.0.1:8443",
            "http://vmc.vmware.com",
            "no address",
        ] {
            assert_eq!(proxy(straight), None, "{straight}");
        }
        let plain = Matcher::builder().all("proxy.example:3128").build();
        let found = through(&plain, "https://x").unwrap();
        assert_eq!(found, "http://proxy.example:3128");
    }
}
