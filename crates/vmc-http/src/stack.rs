//! One request's journey below [`Client::send`](crate::Client::send):
//! replays → credentials → gate → transport.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tower::retry::Retry;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use crate::auth::Auth;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::retry::{Quota, ReplayPolicy, Retries};

/// The erased stack, and the erased transport at its bottom.
pub(crate) type Stack = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, Failure>;

/// Puts the layers over a transport. Read from the bottom: the last is the
/// outermost.
pub(crate) fn assemble(
    transport: Stack,
    auth: Option<Auth>,
    retries: Retries,
    quota: Quota,
    gate: Gate,
) -> Stack {
    // Next to the transport, so that it counts real requests.
    let bottom = Arc::new((gate, transport));
    let gated = service_fn(move |request| {
        let bottom = Arc::clone(&bottom);
        async move {
            let (gate, transport) = &*bottom;
            gate.pass(transport.clone(), request).await
        }
    });
    let policy = ReplayPolicy::new(retries, quota);
    // Replays are outside of credentials, so that each attempt carries a
    // current token.
    match auth {
        Some(auth) => {
            let auth = Arc::new(auth);
            let authenticated = service_fn(move |request| {
                let (auth, gated) = (Arc::clone(&auth), gated.clone());
                async move { auth.carry(gated, request).await }
            });
            BoxCloneSyncService::new(Retry::new(policy, authenticated))
        }
        None => BoxCloneSyncService::new(Retry::new(policy, gated)),
    }
}
