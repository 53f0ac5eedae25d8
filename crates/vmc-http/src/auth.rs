//! Attaches the credential to each attempt and answers a 401 once.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Response, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::timeout_at;
use tower::{Service, ServiceExt};

use crate::credentials::{Credential, Credentials, CredentialsError, Scheme};
use crate::failure::{Failure, FailureKind, WaitingFor};
use crate::outgoing::{Attempt, Outgoing};
use crate::redact::REDACTED;

/// Whose credentials, and in which header.
#[derive(Debug, Clone)]
pub(crate) struct Auth {
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) scheme: Scheme,
}

impl Auth {
    async fn credential(&self, outgoing: &Outgoing) -> Result<Credential, Failure> {
        let mut get = self.credentials.get();
        // Mostly at hand, and then no timer is needed.
        let at_hand = poll_fn(|context| Poll::Ready(get.as_mut().poll(context))).await;
        let got = match at_hand {
            Poll::Ready(got) => got,
            Poll::Pending => timeout_at(outgoing.deadline, get)
                .await
                .map_err(|_| Failure::new(FailureKind::TimeUp(WaitingFor::Credential)))?,
        };
        got.map_err(|error| Failure::new(FailureKind::Credentials(error)))
    }

    /// Sends a call with the current credential, and once more with a new one
    /// when the server refused it.
    pub(crate) async fn carry<S>(
        &self,
        inner: S,
        outgoing: Arc<Outgoing>,
    ) -> Result<Response<Bytes>, Failure>
    where
        S: Service<Attempt, Response = Response<Bytes>, Error = Failure> + Clone,
    {
        let credential = self.credential(&outgoing).await?;
        let attempt = self.attempt(&outgoing, &credential)?;
        let response = inner.clone().oneshot(attempt).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(scrubbed(response, &credential));
        }
        // Refused at the door: nothing was done, so one replay is safe for
        // every class of operation.
        self.credentials.refused(credential.edition);
        let fresh = self.credential(&outgoing).await?;
        if fresh.edition == credential.edition {
            return Ok(scrubbed(response, &credential));
        }
        tracing::info!(operation = %outgoing.call.name, "the access token was refused, trying once with a new one");
        let attempt = self.attempt(&outgoing, &fresh)?;
        let response = inner.oneshot(attempt).await?;
        Ok(scrubbed(response, &fresh))
    }

    fn attempt(
        &self,
        outgoing: &Arc<Outgoing>,
        credential: &Credential,
    ) -> Result<Attempt, Failure> {
        let secret = credential.secret.expose_secret();
        let (name, value) = match &self.scheme {
            Scheme::Bearer => (
                AUTHORIZATION,
                HeaderValue::try_from(format!("Bearer {secret}")),
            ),
            Scheme::Header(name) => (name.clone(), HeaderValue::try_from(secret)),
        };
        // The error of `try_from` is dropped: nothing of the secret may get out.
        let mut value = value.map_err(|_| {
            Failure::new(FailureKind::Credentials(CredentialsError::new(
                "the token has characters that cannot stand in a header",
                false,
            )))
        })?;
        value.set_sensitive(true);
        Ok(Attempt::new(Arc::clone(outgoing), Some((name, value))))
    }
}

/// An error answer without the credential, should the server echo it: its
/// words end up on screens and in logs.
fn scrubbed(mut response: Response<Bytes>, credential: &Credential) -> Response<Bytes> {
    let secret = credential.secret.expose_secret();
    if response.status().is_success() || secret.len() < 8 {
        return response;
    }
    if let Ok(text) = std::str::from_utf8(response.body())
        && text.contains(secret)
    {
        *response.body_mut() = text.replace(secret, REDACTED).into();
    }
    response
}
