//! Attaches the credential to each attempt and answers a 401 once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::timeout_at;
use tower::{Layer, Service};

use crate::credentials::{Credential, Credentials, CredentialsError, Scheme};
use crate::failure::{Failure, FailureKind, WaitingFor};
use crate::redact::REDACTED;
use crate::stack::Facts;

/// Whose credentials, and in which header.
#[derive(Debug, Clone)]
pub(crate) struct Auth {
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) scheme: Scheme,
}

impl Auth {
    async fn credential(&self, facts: &Facts) -> Result<Credential, Failure> {
        timeout_at(facts.deadline, self.credentials.get())
            .await
            .map_err(|_| Failure::new(FailureKind::TimeUp(WaitingFor::Credential)))?
            .map_err(|error| Failure::new(FailureKind::Credentials(error)))
    }

    fn attach(&self, request: &mut Request<Bytes>, credential: &Credential) -> Result<(), Failure> {
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
        request.headers_mut().insert(name, value);
        Ok(())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct AuthLayer(Option<Auth>);

impl AuthLayer {
    pub(crate) fn new(auth: Option<Auth>) -> Self {
        Self(auth)
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Authenticated<S>;

    fn layer(&self, inner: S) -> Authenticated<S> {
        Authenticated {
            inner,
            auth: self.0.clone(),
        }
    }
}

/// The service that carries a credential.
#[derive(Debug, Clone)]
pub(crate) struct Authenticated<S> {
    inner: S,
    auth: Option<Auth>,
}

impl<S> Service<Request<Bytes>> for Authenticated<S>
where
    S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Bytes>) -> Self::Future {
        let auth = self.auth.clone();
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let facts = request.extensions().get::<Facts>().cloned();
            let (Some(auth), Some(facts)) = (auth, facts.filter(|facts| facts.authenticated))
            else {
                return inner.call(request).await;
            };
            let credential = auth.credential(&facts).await?;
            auth.attach(&mut request, &credential)?;
            let mut again = request.clone();
            let response = inner.call(request).await?;
            if response.status() != StatusCode::UNAUTHORIZED {
                return Ok(scrubbed(response, &credential));
            }
            // Refused at the door: nothing was done, so one replay is safe for
            // every class of operation.
            auth.credentials.refused(credential.edition);
            let fresh = auth.credential(&facts).await?;
            if fresh.edition == credential.edition {
                return Ok(scrubbed(response, &credential));
            }
            tracing::info!(operation = %facts.name, "the access token was refused, trying once with a new one");
            auth.attach(&mut again, &fresh)?;
            std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
            let response = inner.call(again).await?;
            Ok(scrubbed(response, &fresh))
        })
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
