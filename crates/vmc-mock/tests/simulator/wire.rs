//! A client that knows HTTP and nothing else.

use serde_json::Value;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use vmc_mock::{Builder, Mock, world};

pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The first message of an `ErrorResponse`.
    pub(crate) fn message(&self) -> String {
        self.json()["error_messages"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The text of the first XML element with this name.
    pub(crate) fn xml(&self, name: &str) -> String {
        let text = self.text();
        let inner = text.split(&format!("<{name}>")).nth(1).unwrap_or_default();
        inner.split("</").next().unwrap_or_default().to_owned()
    }
}

/// One request on one connection. An error: there was no whole answer.
pub(crate) async fn send(
    base: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Reply> {
    let authority = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(authority).await?;
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let split = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .ok_or_else(cut)?;
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let reply = Reply {
        status: head
            .split(' ')
            .nth(1)
            .and_then(|text| text.parse().ok())
            .ok_or_else(cut)?,
        body: bytes[split + 4..].to_vec(),
        head,
    };
    match reply
        .header("content-length")
        .and_then(|text| text.parse::<usize>().ok())
    {
        Some(length) if length > reply.body.len() => Err(cut()),
        _ => Ok(reply),
    }
}

/// A simulator and an access token for it.
pub(crate) struct Api {
    pub(crate) mock: Mock,
    pub(crate) token: String,
}

pub(crate) async fn start() -> Api {
    with(Mock::builder()).await
}

pub(crate) async fn with(builder: Builder) -> Api {
    let mock = builder.start().await.unwrap();
    let mut api = Api {
        mock,
        token: String::new(),
    };
    api.login().await;
    api
}

impl Api {
    pub(crate) async fn login(&mut self) {
        let form = format!("api_token={}", world::API_TOKEN);
        let reply = self.csp("api-tokens/authorize", "", &form).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        self.token = reply.json()["access_token"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> io::Result<Reply> {
        let headers = [
            ("csp-auth-token", self.token.as_str()),
            ("content-type", "application/json"),
        ];
        send(&self.mock.url(), method, path, &headers, body).await
    }

    /// Below the organization.
    pub(crate) async fn org(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.below("/vmc/api", method, path, body).await
    }

    /// Below the organization of any service.
    pub(crate) async fn below(&self, api: &str, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let path = format!("{api}/orgs/{}/{path}", world::ORG_ID);
        self.send(method, &path, &body).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.org("GET", path, &Value::Null).await
    }

    pub(crate) async fn csp(&self, path: &str, query: &str, form: &str) -> Reply {
        let path = format!("/csp/gateway/am/api/auth/{path}{query}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        send(&self.mock.url(), "POST", &path, &headers, form)
            .await
            .unwrap()
    }

    pub(crate) async fn aws(&self, service: &str, params: &[(&str, &str)]) -> Reply {
        self.aws_as(world::ACCESS_KEY, service, params).await
    }

    pub(crate) async fn aws_as(&self, key: &str, service: &str, params: &[(&str, &str)]) -> Reply {
        let auth = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260101/us-west-2/{service}/aws4_request, \
             SignedHeaders=host, Signature=00"
        );
        let form: Vec<String> = params
            .iter()
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        let headers = [("authorization", auth.as_str())];
        send(&self.mock.url(), "POST", "/", &headers, &form.join("&"))
            .await
            .unwrap()
    }

    pub(crate) async fn cfn(&self, action: &str, params: &[(&str, &str)]) -> Reply {
        let mut all = vec![("Action", action), ("Version", "2010-05-15")];
        all.extend(params);
        self.aws("cloudformation", &all).await
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let path = format!("/__mock/{path}");
        send(&self.mock.url(), method, &path, &[], &body)
            .await
            .unwrap()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.mock.clock().advance(Duration::from_secs(seconds));
    }

    pub(crate) fn done(&self, effect: &str) -> usize {
        self.mock.effects(effect).len()
    }
}

fn escape(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.chars()
        .map(|c| {
            if plain(c) {
                c.to_string()
            } else {
                format!("%{:02X}", u32::from(c))
            }
        })
        .collect()
}
