//! How CSP says no.

use crate::{answer::Answer, handler::Call};
use serde_json::{Value, json};

pub(crate) fn error(call: &Call<'_>, status: u16, message: &str) -> Answer {
    document(status, message, call.settings.csp_module_code_is_number)
}

/// Ids are made from the message: CSP's are random, tests want the same ones each time.
pub(crate) fn document(status: u16, message: &str, numeric: bool) -> Answer {
    let id = message.bytes().fold(u64::from(status), |hash, byte| {
        hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
    });
    let module = if numeric { json!(540) } else { json!("540") };
    let code = match status {
        400 => json!("540.120-340.800"),
        _ => Value::Null,
    };
    let body = json!({
        "metadata": null,
        "traceId": format!("{id:016x}"),
        "statusCode": status,
        "message": message,
        "requestId": format!("{:016x}", id.rotate_left(17)),
        "moduleCode": module,
        "cspErrorCode": code,
    });
    Answer::json(status, &body)
}

/// The last five characters of a token, as CSP echoes it.
pub(crate) fn mask(token: &str) -> String {
    let tail: Vec<char> = token.chars().rev().take(5).collect();
    // A short token is not shown at all: its tail would be all of it.
    match token.chars().count() > 10 {
        true => format!("xxxx...{}", tail.iter().rev().collect::<String>()),
        false => "xxxx...".into(),
    }
}
