//! Puts an error on stderr, for people or for programs.

use serde_json::{Value, json};
use vmc_http::Error as Call;
use vmc_http::redact::printable;

use crate::error::{Error, Service};
use crate::exit::Class;
use crate::output::harmless;
use crate::output::style::{BAD, HINT, Paint};

/// How errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ErrorFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// The error as it goes to stderr, with a line break at its end.
pub(crate) fn render(error: &Error, class: Class, format: ErrorFormat, paint: Paint) -> String {
    match format {
        ErrorFormat::Text => text(error, paint),
        ErrorFormat::Json => format!("{}\n", harmless(&json(error, class).to_string())),
    }
}

fn text(error: &Error, paint: Paint) -> String {
    let mut out = format!(
        "{} {}\n",
        paint.with(BAD, "error:"),
        safe(&error.to_string())
    );
    for cause in error.causes() {
        out.push_str(&format!("  caused by: {cause}\n"));
    }
    if let Some(id) = error.request_id() {
        out.push_str(&format!("  request id: {}\n", printable(id, 128)));
    }
    for hint in error.hints() {
        out.push_str(&format!("{} {}\n", paint.with(HINT, "hint:"), safe(&hint)));
    }
    out
}

fn json(error: &Error, class: Class) -> Value {
    let call = error.call();
    let http = call.map(|(_, call)| call);
    let aws = error.aws();
    json!({"error": {
        "code": class.name(),
        "message": safe(&error.to_string()),
        "exit_code": class.code(),
        "http_status": http.and_then(Call::status).map(|status| status.as_u16()).or_else(|| aws?.status()),
        "service": aws.map(|_| Service::Aws).or(call.map(|(service, _)| service)).map(Service::as_str),
        "service_code": http.and_then(|call| call.code()).or_else(|| aws?.code()),
        "reason": error.reason(),
        "request_id": error.request_id(),
        "operation": http.map(Call::operation).or_else(|| Some(aws?.operation())),
        "task_id": error.task_id(),
        "retryable": error.retryable(),
        "hint": Some(error.hints().join(" ")).filter(|hint| !hint.is_empty()),
        "causes": error.causes(),
    }})
}

/// Text that may quote a server or a file, without what drives a terminal.
/// Line breaks stay: our own messages have some.
fn safe(text: &str) -> String {
    text.split('\n')
        .map(|line| {
            line.chars()
                .filter(|c| !vmc_http::redact::is_control(*c))
                .collect::<String>()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error() -> Error {
        Error::not_found("no SDDC is called \"\x1b[31mx\"")
            .because(std::io::Error::other("deep\n\u{202e}reason"))
            .hint("Try 'vmc sddc list'.")
    }

    #[test]
    fn text_has_message_cause_and_hint_and_no_control_characters() {
        assert_eq!(
            render(&error(), Class::NotFound, ErrorFormat::Text, Paint::OFF),
            "error: no SDDC is called \"[31mx\"\n  caused by: deep reason\nhint: Try 'vmc sddc list'.\n"
        );
    }

    #[test]
    fn json_is_one_line_with_every_key() {
        let text = render(&error(), Class::NotFound, ErrorFormat::Json, Paint::OFF);
        assert_eq!(text.matches('\n').count(), 1);
        let value: Value = serde_json::from_str(&text).unwrap();
        let error = value["error"].as_object().unwrap();
        assert_eq!(error["code"], "not_found");
        assert_eq!(error["exit_code"], 3);
        assert_eq!(error["causes"][0], "deep reason");
        for key in [
            "http_status",
            "request_id",
            "service",
            "operation",
            "task_id",
        ] {
            assert!(error[key].is_null(), "{key}");
        }
        assert_eq!(error["retryable"], false);
        assert_eq!(error["hint"], "Try 'vmc sddc list'.");
    }
}
