//! `vmc api`: raw calls through the same executor as all others.

use clap::{Args, ValueEnum};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use vcenter_hlm::{Flavour, HlmError, VCenter};
use vmc_http::http::{HeaderName, HeaderValue, Method};
use vmc_http::redact::printable;
use vmc_http::{Answer, Body, Call, Replay, Target};

use super::hlm::here::LoginArgs;
use crate::args::{DryRunArg, Input, OrgArg, RevealArg};
use crate::context::Context;
use crate::dry_run;
use crate::error::{Error, Service, What};
use crate::resolve::sddc_id;
use crate::settings::keys;

const EXAMPLES: &str = "\
Examples:
  vmc api /vmc/api/orgs
  vmc api GET /vmc/api/orgs/{org}/tasks -f '$filter=(progress_percent lt 50)'
  vmc api PATCH /vmc/api/orgs/{org}/sddcs/{sddc} --sddc lab -f name=prod
  vmc api POST /vmc/api/orgs/{org}/sddcs --input sddc.json --dry-run
  vmc api --service csp /csp/gateway/am/api/loggedin/user/orgs
  vmc api --service vcenter /api/vcenter/cluster --sddc lab

A call that only reads is repeated when it fails for a passing reason; others are not, \
unless it is certain that the service did not see them. GET account-link is no read.";

/// Arguments of `vmc api`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Api {
    /// Method and path, or the path alone: GET then, or POST when there is a body
    #[arg(value_name = "[METHOD] PATH", num_args = 1..=2, required = true)]
    words: Vec<String>,

    /// Field of the JSON body, as text; in a GET, query parameter
    #[arg(short = 'f', long = "raw-field", value_name = "KEY=TEXT")]
    texts: Vec<String>,

    /// As -f, but numbers, true, false, null and JSON mean themselves; @FILE reads a file
    #[arg(short = 'F', long = "field", value_name = "KEY=JSON")]
    values: Vec<String>,

    /// Body from a file, - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["texts", "values"])]
    input: Option<Input>,

    /// Header
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,

    /// Print status and headers too
    #[arg(short, long)]
    include: bool,

    /// Which service answers
    #[arg(long, value_name = "SERVICE", default_value = "vmc")]
    service: Where,

    /// SDDC for {sddc}, or whose vCenter answers, by name or id [env: VMC_SDDC_ID]
    #[arg(long, value_name = "SDDC")]
    sddc: Option<String>,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    reveal: RevealArg,

    #[command(flatten)]
    login: LoginArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Where {
    /// VMware Cloud on AWS
    Vmc,
    /// VMware Cloud Services
    Csp,
    /// A vCenter: --vcenter, or the one of --sddc
    Vcenter,
}

impl Api {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        context.needs_document_format()?;
        let call = self.call(context).await?;
        if self.dry_run.dry_run {
            return context.printer()?.document(dry_run::request(&call));
        }
        let safe = call.replay == Replay::Safe;
        let request = self.send(context, call);
        let answer = if safe {
            request.await
        } else {
            context
                .act("the call", "read what it was to change", request)
                .await
        };
        match answer {
            Ok(answer) => self.print(context, &answer),
            Err(error) => {
                // As gh does: what the server said is a result here.
                if let Some(answer) = error.call().and_then(|(_, call)| call.answer()) {
                    self.print(context, answer)?;
                }
                Err(error)
            }
        }
    }

    async fn send(&self, context: &Context, call: Call) -> Result<Answer, Error> {
        match self.service {
            Where::Vmc => Ok(context.vmc()?.execute(call).await?),
            Where::Csp => {
                let client = context.csp_calls()?;
                client
                    .execute(call)
                    .await
                    .map_err(|error| What::Call(Service::Csp, error).into())
            }
            Where::Vcenter => {
                let here = self.login.read(context, Flavour::CloudVcenter).await?;
                let work = |vcenter: VCenter| async move {
                    let answer = vcenter.client().execute(call).await;
                    Ok(answer.map_err(|error| HlmError::Call(Box::new(error)))?)
                };
                here.session(context, work).await
            }
        }
    }

    async fn call(&self, context: &Context) -> Result<Call, Error> {
        let (method, path) = match &self.words[..] {
            [path] => (None, path),
            [method, path, ..] => (Some(method), path),
            [] => return Err(Error::usage("a path is needed")),
        };
        if self.login.given() && self.service != Where::Vcenter {
            return Err(Error::usage("this is no call to a vCenter")
                .hint("Add --service vcenter, or leave the flags for a vCenter out."));
        }
        if self.login.uses_stdin() && self.input.as_ref().is_some_and(Input::is_stdin) {
            return Err(Error::usage(
                "stdin cannot be both the body and the password",
            ));
        }
        let body = self.body()?;
        let method = match method {
            Some(word) => Method::from_bytes(word.to_uppercase().as_bytes()).map_err(|error| {
                Error::usage(format!("{word:?} is not an HTTP method")).because(error)
            })?,
            None if body == Given::Nothing => Method::GET,
            None => Method::POST,
        };
        let mut path = self.fill(path, context).await?;
        let body = match body {
            Given::Nothing => Body::Empty,
            Given::Bytes(bytes) => Body::Json(bytes.into()),
            Given::Fields(fields) if method.is_safe() => {
                for (name, value) in fields {
                    add_query(&mut path, &name, &value);
                }
                Body::Empty
            }
            Given::Fields(fields) => Body::json(&fields)
                .map_err(|error| Error::bug("the fields have no JSON form").because(error))?,
        };
        let mut call = Call::raw(method, Target::verbatim(&path)).with_body(body);
        if let Some(known) = known_replay(&call.method, call.target.path()) {
            call.replay = known;
        }
        for header in &self.headers {
            let (name, value) = parse_header(header)?;
            call.headers.insert(name, value);
        }
        Ok(call)
    }

    /// Puts the organization and the SDDC in their places.
    async fn fill(&self, path: &str, context: &Context) -> Result<String, Error> {
        if path.contains("://") {
            return Err(Error::usage(
                "only the path is given, never the host: the token goes to the configured one",
            )
            .hint("To use another host, set VMC_URL."));
        }
        let mut path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        if path.contains("{org}") {
            path = path.replace("{org}", context.org().await?.as_str());
        }
        if path.contains("{sddc}") {
            let Some(found) = context.settings().text(&keys::SDDC) else {
                return Err(Error::usage("the path has a place for {sddc}").hint("Give --sddc."));
            };
            path = path.replace("{sddc}", sddc_id(context, &found.value).await?.as_str());
        }
        Ok(path)
    }

    fn body(&self) -> Result<Given, Error> {
        if let Some(input) = &self.input {
            return Ok(Given::Bytes(input.read()?));
        }
        let mut fields = Map::new();
        for field in &self.texts {
            let (name, text) = split(field)?;
            fields.insert(name.to_owned(), Value::from(text));
        }
        for field in &self.values {
            let (name, text) = split(field)?;
            let value = match text.strip_prefix('@') {
                Some(file) => {
                    let bytes = Input::from(std::ffi::OsString::from(file)).read()?;
                    Value::from(String::from_utf8_lossy(&bytes))
                }
                // What is no JSON is text.
                None => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
            };
            fields.insert(name.to_owned(), value);
        }
        Ok(if fields.is_empty() {
            Given::Nothing
        } else {
            Given::Fields(fields)
        })
    }

    fn print(&self, context: &Context, answer: &Answer) -> Result<(), Error> {
        let mut printer = context.printer()?;
        printer.reveal = self.reveal.reveal;
        if self.include {
            let mut head = format!("{}\n", answer.status);
            for (name, value) in &answer.headers {
                let text = match value.to_str() {
                    Ok(_) if name == "set-cookie" && !self.reveal.reveal => {
                        vmc_http::redact::REDACTED.to_owned()
                    }
                    Ok(text) => printable(text, 1000),
                    Err(_) => "(not text)".to_owned(),
                };
                head.push_str(&format!("{name}: {text}\n"));
            }
            printer.raw(&format!("{head}\n"))?;
        }
        match serde_json::from_slice(answer.text_bytes()) {
            Ok(value) => printer.document(value),
            Err(_) if answer.body.is_empty() => Ok(()),
            Err(_) => {
                let text: String = String::from_utf8_lossy(&answer.body)
                    .chars()
                    .filter(|c| matches!(c, '\n' | '\t') || !vmc_http::redact::is_control(*c))
                    .collect();
                printer.raw(&format!("{}\n", text.trim_end()))
            }
        }
    }
}

/// What is known about an operation of this method and path: some `GET`s start
/// something. Where several fit, the most careful answer.
fn known_replay(method: &Method, path: &str) -> Option<Replay> {
    let care = |replay: &Replay| match replay {
        Replay::Safe => 0,
        Replay::Converges => 1,
        Replay::Once => 2,
    };
    let path = decoded(path);
    let known = vmc_api::OPERATIONS
        .iter()
        .filter(|operation| operation.method == *method && fits(operation.path, &path))
        .map(|operation| operation.replay)
        .max_by_key(care);
    // A server may take more spellings for the one that makes a link than we know.
    let link = || path.to_lowercase().contains("account-link");
    known.or_else(|| (method.is_safe() && link()).then_some(Replay::Once))
}

/// The path as the laxest of servers may read it.
fn decoded(path: &str) -> String {
    let mut path = path.to_owned();
    loop {
        let once = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        if once == path {
            return path;
        }
        path = once;
    }
}

/// Whether a path is one of a template's.
fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(place), Some(word))
                if place == word || (place.starts_with('{') && is_value(word)) => {}
            _ => return false,
        }
    }
}

/// Whether a segment can stand for an id: one of dots alone is a way up.
fn is_value(word: &str) -> bool {
    word.chars().any(|c| c != '.')
}

#[derive(Debug, PartialEq)]
enum Given {
    Nothing,
    Bytes(Vec<u8>),
    Fields(Map<String, Value>),
}

fn split(field: &str) -> Result<(&str, &str), Error> {
    match field.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name, value)),
        _ => Err(Error::usage(format!("{field:?} is not KEY=VALUE"))),
    }
}

fn add_query(path: &mut String, name: &str, value: &Value) {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let query = Target::new("/")
        .query(name, Some(text))
        .query_string()
        .to_owned();
    if !query.is_empty() {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(&query);
    }
}

/// Headers that carry who we are are not for the command line: other users of
/// the machine can read it. Those that frame or route a request would break it.
fn parse_header(header: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let wrong = || Error::usage("a header is written as 'NAME: VALUE'");
    let (name, value) = header.split_once(':').ok_or_else(wrong)?;
    let name: HeaderName = name.trim().parse().map_err(|_| wrong())?;
    let value: HeaderValue = value.trim().parse().map_err(|_| wrong())?;
    let refused = || Error::usage(format!("the header {name} is set by vmc itself"));
    match name.as_str() {
        "authorization" | "csp-auth-token" | "cookie" | "vmware-api-session-id" => {
            Err(refused()
                .hint("Put the credential into VMC_ACCESS_TOKEN, VMC_API_TOKEN or a profile."))
        }
        "connection" | "content-length" | "expect" | "host" | "keep-alive" | "te" | "trailer"
        | "transfer-encoding" | "upgrade" => {
            Err(refused().hint("It tells where a request goes and where it ends; leave it out."))
        }
        proxy if proxy.starts_with("proxy-") => {
            Err(refused().hint("Proxies are set by HTTPS_PROXY."))
        }
        _ => Ok((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        api: Api,
    }

    fn api(arguments: &[&str]) -> Api {
        Line::try_parse_from(["x"].iter().chain(arguments))
            .unwrap()
            .api
    }

    #[test]
    fn fields_are_text_or_json() {
        let api = api(&[
            "/x",
            "-f",
            "a=1",
            "-F",
            "b=1",
            "-F",
            "c=[true]",
            "-F",
            "d=two words",
            "-f",
            "e=k=v",
        ]);
        let Given::Fields(fields) = api.body().unwrap() else {
            panic!()
        };
        assert_eq!(
            Value::Object(fields),
            serde_json::json!({"a": "1", "b": 1, "c": [true], "d": "two words", "e": "k=v"})
        );
    }

    #[test]
    fn a_get_that_starts_something_is_not_repeated() {
        let replay = |method, path| known_replay(&method, path);
        assert_eq!(
            replay(Method::GET, "/vmc/api/orgs/o/account-link"),
            Some(Replay::Once)
        );
        assert_eq!(
            replay(Method::GET, "/vmc/api/orgs/o/sddcs/s"),
            Some(Replay::Safe)
        );
        assert_eq!(
            replay(Method::POST, "/vmc/api/orgs/o/sddcs"),
            Some(Replay::Once)
        );
        assert_eq!(
            replay(Method::PATCH, "/vmc/api/orgs/o/sddcs/s"),
            Some(Replay::Converges)
        );
        assert_eq!(replay(Method::GET, "/vmc/api/orgs//sddcs"), None);
        assert_eq!(replay(Method::GET, "/vmc/api/other"), None);
    }

    #[test]
    fn no_spelling_of_account_link_is_repeated() {
        for path in [
            "/vmc/api/orgs/o/account%2dlink",
            "/vmc/api/orgs/o/%61ccount%2Dlink",
            "/vmc/api/orgs/o/account%252dlink",
            "/vmc/api/orgs/o%2Faccount-link",
            "/vmc/api/orgs/o/account-link/",
            "/vmc/api/orgs/o//account-link",
            "/vmc/api/orgs/o/Account-Link",
            "/vmc/api/orgs/o/account-link;x=1",
            "/vmc/api/orgs/o/sddcs/../account-link",
            "/vmc/api/orgs/o/account-link/connected-accounts/..",
        ] {
            assert_eq!(
                known_replay(&Method::GET, path),
                Some(Replay::Once),
                "{path}"
            );
        }
        let list = "/vmc/api/orgs/o/account-link/connected-accounts";
        assert_eq!(known_replay(&Method::GET, list), Some(Replay::Safe));
    }

    #[test]
    fn a_query_is_encoded_and_appended() {
        let mut path = "/x?y=1".to_owned();
        add_query(&mut path, "$filter", &Value::from("a eq 'b'"));
        add_query(&mut path, "n", &Value::from(3));
        assert_eq!(path, "/x?y=1&%24filter=a%20eq%20%27b%27&n=3");
    }

    #[test]
    fn credentials_are_no_headers_of_the_command_line() {
        assert!(parse_header("X-Note: yes").is_ok());
        for bad in [
            "Authorization: Bearer canary",
            "csp-auth-token:canary",
            "Cookie: canary",
            "canary",
            ": canary",
            "a: can\u{7f}ary",
            "content-length: 5",
            "Transfer-Encoding: chunked",
            "Host: canary",
            "Connection: close",
            "Proxy-Authorization: Basic canary",
        ] {
            let error = parse_header(bad).unwrap_err();
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
