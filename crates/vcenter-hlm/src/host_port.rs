//! Addresses as people write them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The address of a TLS server: a host name or an IP address, and a port.
///
/// Parses `vc.example`, `vc.example:8443`, `10.0.0.5`, `[2001:db8::1]:443`, a
/// bare `2001:db8::1`, and an `https://` URL of which host and port are taken.
/// The port is 443 unless given. Names are kept in lower case.
///
/// ```
/// use vcenter_hlm::HostPort;
///
/// let address: HostPort = "https://VC.example/ui".parse().unwrap();
/// assert_eq!(address.to_string(), "vc.example:443");
/// assert_eq!(address.url(), "https://vc.example");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPort {
    host: String,
    port: u16,
}

impl HostPort {
    /// The port of HTTPS.
    pub const DEFAULT_PORT: u16 = 443;

    /// The host name or address; an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host as an IP address, where it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// The same host at another port.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        Self {
            host: self.host.clone(),
            port,
        }
    }

    /// As a base URL: `https://host`, with the port where it is not 443.
    pub fn url(&self) -> String {
        if self.port == Self::DEFAULT_PORT {
            format!("https://{}", self.bracketed())
        } else {
            format!("https://{self}")
        }
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        }
    }
}

/// `host:port`, an IPv6 address in brackets.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.bracketed(), self.port)
    }
}

/// A text that is no address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAHost {
    text: String,
    problem: &'static str,
}

impl fmt::Display for NotAHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, problem } = self;
        write!(f, "{text:?} is not the address of a server: {problem}")
    }
}

impl std::error::Error for NotAHost {}

impl FromStr for HostPort {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        parse(text.trim()).map_err(|problem| NotAHost {
            // What stands before an @ may be a password.
            text: vmc_http::redact::printable(text.rsplit('@').next().unwrap_or_default(), 100),
            problem,
        })
    }
}

fn parse(text: &str) -> Result<HostPort, &'static str> {
    let authority = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
            rest.split(['/', '?', '#']).next().unwrap_or_default()
        }
        Some(_) => return Err("only https:// is spoken"),
        None => text,
    };
    if authority.contains('@') {
        return Err("it must not carry a user name or a password");
    }
    if let Some(inner) = authority.strip_prefix('[') {
        let (ip, rest) = inner.split_once(']').ok_or("the ] is missing")?;
        let port = match rest.strip_prefix(':') {
            Some(port) => parse_port(port)?,
            None if rest.is_empty() => HostPort::DEFAULT_PORT,
            None => return Err("after ] only :port may follow"),
        };
        return ipv6(ip, port);
    }
    if authority.matches(':').count() > 1 {
        return ipv6(authority, HostPort::DEFAULT_PORT);
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, parse_port(port)?),
        None => (authority, HostPort::DEFAULT_PORT),
    };
    Ok(HostPort {
        host: name(host)?,
        port,
    })
}

fn parse_port(text: &str) -> Result<u16, &'static str> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err("the port must be a number from 1 to 65535"),
    }
}

fn ipv6(text: &str, port: u16) -> Result<HostPort, &'static str> {
    if text.contains('%') {
        return Err("an address with a zone (%) names a place on this machine only");
    }
    let ip: Ipv6Addr = text.parse().map_err(|_| "it is no IPv6 address")?;
    Ok(HostPort {
        host: ip.to_string(),
        port,
    })
}

fn name(text: &str) -> Result<String, &'static str> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Err("the host is missing");
    }
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        let ip: Ipv4Addr = text.parse().map_err(|_| "it is no IPv4 address")?;
        return Ok(ip.to_string());
    }
    if !text.is_ascii() {
        return Err("write the name in its ASCII form (xn--...)");
    }
    let known = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(known);
    if text.len() > 253 || !text.split('.').all(label) {
        return Err("a host name has letters, digits, hyphens and dots");
    }
    Ok(text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_form_is_read() {
        for (text, shown, url) in [
            ("vc.example", "vc.example:443", "https://vc.example"),
            (" VC.Example. ", "vc.example:443", "https://vc.example"),
            ("vc:8443", "vc:8443", "https://vc:8443"),
            ("10.161.2.5", "10.161.2.5:443", "https://10.161.2.5"),
            (
                "10.161.2.5:7444",
                "10.161.2.5:7444",
                "https://10.161.2.5:7444",
            ),
            ("2001:DB8::1", "[2001:db8::1]:443", "https://[2001:db8::1]"),
            ("[::1]", "[::1]:443", "https://[::1]"),
            ("[::1]:444", "[::1]:444", "https://[::1]:444"),
            ("https://vc.example", "vc.example:443", "https://vc.example"),
            (
                "HTTPS://vc.example:444/ui/?a#b",
                "vc.example:444",
                "https://vc.example:444",
            ),
            ("https://[::1]:444/", "[::1]:444", "https://[::1]:444"),
        ] {
            let address: HostPort = text.parse().unwrap();
            assert_eq!(address.to_string(), shown, "{text}");
            assert_eq!(address.url(), url, "{text}");
            assert_eq!(address.to_string().parse(), Ok(address.clone()), "{text}");
            assert_eq!(address.url().parse(), Ok(address), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", "host is missing"),
            (":443", "host is missing"),
            ("https://", "host is missing"),
            ("http://vc", "only https"),
            ("root:canary@vc", "user name"),
            ("vc:0", "port"),
            ("vc:", "port"),
            ("vc:+1", "port"),
            ("vc:65536", "port"),
            ("10.161.2.500", "IPv4"),
            ("10.1", "IPv4"),
            ("[::1", "] is missing"),
            ("[::1]443", ":port"),
            ("[vc]", "IPv6"),
            ("fe80::1%eth0", "zone"),
            ("1:2:3", "IPv6"),
            ("a b", "letters"),
            ("a..b", "letters"),
            ("vc/ui", "letters"),
            ("vc\u{7}", "letters"),
            ("münchen", "ASCII"),
        ] {
            let error = text.parse::<HostPort>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
