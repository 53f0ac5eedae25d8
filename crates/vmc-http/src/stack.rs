//! One request's journey below [`Client::send`](crate::Client::send):
//! replays → credentials → gate → transport.

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
    let gated = service_fn(move |request| gate.clone().pass(transport.clone(), request));
    let policy = ReplayPolicy::new(retries, quota);
    // Replays are outside of credentials, so that each attempt carries a
    // current token.
    match auth {
        Some(auth) => BoxCloneSyncService::new(Retry::new(
            policy,
            service_fn(move |request| auth.clone().carry(gated.clone(), request)),
        )),
        None => BoxCloneSyncService::new(Retry::new(policy, gated)),
    }
}
