//! Shows a request instead of sending it.

use serde_json::{Value, json};
use vmc_http::{Body, Call, Operation};

use crate::context::Context;
use crate::error::Error;

/// Prints the request of an operation.
pub(crate) fn show(context: &Context, operation: &impl Operation) -> Result<(), Error> {
    show_all(context, &[request_of(operation)?])
}

/// Prints several requests.
pub(crate) fn show_all(context: &Context, requests: &[Value]) -> Result<(), Error> {
    context.needs_document_format()?;
    context.printer()?.document(json!({"requests": requests}))
}

/// The request of an operation as a document.
pub(crate) fn request_of(operation: &impl Operation) -> Result<Value, Error> {
    let call = operation
        .call()
        .map_err(|error| Error::bug("the request could not be put together").because(error))?;
    // Such a path is not sent: on its way it would become another one.
    let mut parts = call.target.path().split('/').skip(1);
    if let Some(part) = parts.find(|part| matches!(*part, "" | "." | "..")) {
        return Err(Error::usage(format!(
            "{part:?} is neither a name nor an id; nothing would be sent"
        )));
    }
    Ok(request(&call))
}

/// A request as a document. Secrets are taken out when it is printed.
pub(crate) fn request(call: &Call) -> Value {
    let mut document = json!({"method": call.method.as_str(), "path": call.target.to_string()});
    let body = match &call.body {
        Body::Empty => return document,
        Body::Json(bytes) => serde_json::from_slice(bytes).unwrap_or_else(|_| text(bytes)),
        Body::Form(bytes) => text(bytes),
    };
    document["body"] = body;
    document
}

fn text(bytes: &[u8]) -> Value {
    Value::String(String::from_utf8_lossy(bytes).into_owned())
}
