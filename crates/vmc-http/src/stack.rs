//! One request's journey below [`Client::send`](crate::Client::send):
//! replays → credentials → gate → transport.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tower::retry::Retry;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};

use crate::auth::Auth;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::outgoing::{Attempt, Outgoing};
use crate::retry::{Quota, ReplayPolicy, Retries};
use crate::transport::Transport;

/// The transport at the bottom: ours, or one that was put in its place.
#[derive(Clone)]
pub(crate) enum Bottom {
    Http(Transport),
    Other(BoxCloneSyncService<Request<Bytes>, Response<Bytes>, Failure>),
}

/// The layers, assembled anew for each call: they borrow what is here, so that
/// nothing is boxed or copied for them.
pub(crate) struct Stack {
    policy: ReplayPolicy,
    auth: Option<Auth>,
    gate: Gate,
    bottom: Bottom,
}

impl Stack {
    pub(crate) fn new(
        bottom: Bottom,
        auth: Option<Auth>,
        retries: Retries,
        quota: Quota,
        gate: Gate,
    ) -> Self {
        Self {
            policy: ReplayPolicy::new(retries, quota),
            auth,
            gate,
            bottom,
        }
    }

    /// Replays, outside of credentials so that each attempt carries a current one.
    pub(crate) async fn send(&self, outgoing: Arc<Outgoing>) -> Result<Response<Bytes>, Failure> {
        let replayed = service_fn(|outgoing| self.authenticated(outgoing));
        Retry::new(self.policy.clone(), replayed)
            .oneshot(outgoing)
            .await
    }

    async fn authenticated(&self, outgoing: Arc<Outgoing>) -> Result<Response<Bytes>, Failure> {
        match &self.auth {
            Some(auth) if outgoing.call.authenticated => {
                auth.carry(service_fn(|attempt| self.gated(attempt)), outgoing)
                    .await
            }
            _ => self.gated(Attempt::new(outgoing, None)).await,
        }
    }

    /// The gate is next to the transport, so that it counts real requests.
    async fn gated(&self, attempt: Attempt) -> Result<Response<Bytes>, Failure> {
        let outgoing = Arc::clone(&attempt.outgoing);
        self.gate
            .pass(&outgoing, async |end| match &self.bottom {
                Bottom::Http(transport) => transport.send(attempt, end).await,
                Bottom::Other(service) => service.clone().oneshot(attempt.into_request()?).await,
            })
            .await
    }
}
