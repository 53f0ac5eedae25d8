//! The least HTTP that talks to a server on this machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::Done;

/// The body of a 2xx answer from `http://HOST:PORT…`.
///
/// HTTP/1.0, so that the end of the connection is the end of the body.
pub(crate) fn get(url: &str) -> Done<String> {
    let rest = url
        .strip_prefix("http://")
        .ok_or("only http:// is spoken")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or("the answer is not HTTP")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') {
        Ok(body.to_owned())
    } else {
        Err(format!("GET {url}: {status} {body}").into())
    }
}
