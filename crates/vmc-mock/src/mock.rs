//! The simulator as a library.

use crate::{
    builder::{Builder, StartError},
    clock::Time,
    faults::{Fault, Rule},
    journal::{Effect, Journal},
    pipeline::{Core, Delivery, Origin},
    route::Service,
    settings::Settings,
    world::{self, World},
};
use bytes::Bytes;
use http::{Request, Response};
use std::{
    fmt,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::task::JoinHandle;

/// What serves connections, ended with the simulator.
pub(crate) struct Tasks(pub(crate) Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// A running simulator. It ends, with all its connections, when it is dropped.
pub struct Mock {
    pub(crate) core: Arc<Core>,
    pub(crate) scheme: &'static str,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) ports: Vec<(Service, SocketAddr)>,
    pub(crate) ca: Option<String>,
    pub(crate) _tasks: Tasks,
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Mock {
    /// What to start.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts one with the standard world, on a free port of the loopback interface.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// The base URL of all services, without a trailing slash. In process: a name that nothing
    /// resolves.
    pub fn url(&self) -> String {
        match self.address {
            Some(address) => format!("{}://{address}", self.scheme),
            None => "http://vmc-mock.invalid".into(),
        }
    }

    /// The base URL of a service: its own port, if there are [`Builder::separate_ports`].
    pub fn service_url(&self, service: Service) -> String {
        match self.ports.iter().find(|(one, _)| *one == service) {
            Some((_, address)) => format!("{}://{address}", self.scheme),
            None => self.url(),
        }
    }

    /// The base URL of a vCenter, without a trailing slash. In process: a name that nothing
    /// resolves. `None`: there is no such vCenter.
    pub fn vcenter_url(&self, id: &str) -> Option<String> {
        let state = self.core.lock();
        Some(state.world.vcenters.get(id)?.url())
    }

    /// The SHA-1 thumbprint of the certificate that a vCenter shows now, as vCenters write it.
    pub fn vcenter_thumbprint(&self, id: &str) -> Option<String> {
        let state = self.core.lock();
        let vcenter = state.world.vcenters.get(id)?;
        Some(self.core.authority.of(vcenter).ok()?.sha1())
    }

    /// How many sessions are open at a vCenter; 0 if there is no such vCenter.
    pub fn open_sessions(&self, id: &str) -> usize {
        let mut state = self.core.lock();
        let now = state.settle();
        let vcenter = state.world.vcenters.get(id);
        vcenter.map_or(0, |vcenter| vcenter.open_sessions(now))
    }

    /// A vCenter as a function from request to response, without sockets.
    pub fn vcenter_router(&self, id: &str) -> Router {
        let url = self.vcenter_url(id).unwrap_or_default();
        Router {
            core: self.core.clone(),
            origin: Origin {
                scheme: "https",
                authority: url.trim_start_matches("https://").to_owned(),
                only: None,
                vcenter: Some(id.into()),
            },
        }
    }

    /// The certificate of the authority to trust, with [`Builder::tls`] or a
    /// [`Builder::vcenter`].
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca.as_deref()
    }

    /// The environment that points `vmc`, Terraform, boto3 and the AWS SDKs here, with the
    /// secrets of the standard world.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let aws = self.service_url(Service::Aws);
        vec![
            ("VMC_URL", self.service_url(Service::Vmc)),
            ("VMC_CSP_URL", self.service_url(Service::Csp)),
            ("VMC_API_TOKEN", world::API_TOKEN.into()),
            ("VMC_ORG_ID", world::ORG_ID.into()),
            ("AWS_ENDPOINT_URL", aws),
            ("AWS_ACCESS_KEY_ID", world::ACCESS_KEY.into()),
            ("AWS_SECRET_ACCESS_KEY", world::SECRET_KEY.into()),
            ("AWS_REGION", "us-west-2".into()),
            // boto3 reads only this one.
            ("AWS_DEFAULT_REGION", "us-west-2".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
    }

    /// What was received and done so far.
    pub fn journal(&self) -> Journal {
        let mut state = self.core.lock();
        state.settle();
        state.journal.clone()
    }

    /// The effects of one kind so far: `mock.effects("sddc.created").len()`.
    pub fn effects(&self, effect: &str) -> Vec<Effect> {
        let mut state = self.core.lock();
        state.settle();
        state
            .journal
            .effects
            .iter()
            .filter(|row| row.effect == effect)
            .cloned()
            .collect()
    }

    /// How often an operation was received.
    pub fn received(&self, operation: &str) -> u64 {
        self.core.lock().journal.received(operation)
    }

    /// Orders a fault; answers the number of its rule.
    ///
    /// # Errors
    /// When the rule makes no sense (a status of 0, a pointer without a slash).
    pub fn fault(&self, fault: Fault) -> Result<u64, StartError> {
        self.core
            .lock()
            .faults
            .add(fault)
            .map_err(StartError::Fault)
    }

    /// The fault rules and how often they fired.
    pub fn faults(&self) -> Vec<Rule> {
        self.core.lock().faults.rules().to_vec()
    }

    /// Forgets all fault rules.
    pub fn clear_faults(&self) {
        self.core.lock().faults.clear();
    }

    /// The virtual clock.
    pub fn clock(&self) -> ClockHandle<'_> {
        ClockHandle(&self.core)
    }

    /// Looks at the world, or changes it, at the present moment.
    pub fn world<R>(&self, with: impl FnOnce(&mut World) -> R) -> R {
        let mut state = self.core.lock();
        state.settle();
        let result = with(&mut state.world);
        // What was done by hand is noticed at this moment too.
        state.settle();
        result
    }

    /// Changes the settings.
    pub fn settings<R>(&self, change: impl FnOnce(&mut Settings) -> R) -> R {
        change(&mut self.core.lock().settings)
    }

    /// Everything as at the start: world, settings, clock; journal and faults empty.
    pub fn reset(&self) {
        self.core.reset();
    }

    /// Operation ids, and whether each is simulated (the others answer 501).
    pub fn operations(&self) -> Vec<(String, bool)> {
        self.core.operations()
    }

    /// The services as a function from request to response, without sockets.
    pub fn router(&self) -> Router {
        let authority = self.url().trim_start_matches("http://").to_owned();
        Router {
            core: self.core.clone(),
            origin: Origin {
                scheme: self.scheme,
                authority,
                only: None,
                vcenter: None,
            },
        }
    }
}

/// The virtual clock of a [`Mock`].
#[derive(Clone, Copy)]
pub struct ClockHandle<'a>(&'a Core);

impl fmt::Debug for ClockHandle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClockHandle").field(&self.now()).finish()
    }
}

impl ClockHandle<'_> {
    /// Virtual time.
    pub fn now(&self) -> Time {
        self.0.lock().clock.now()
    }

    /// Lets this much virtual time pass at once.
    pub fn advance(&self, span: Duration) {
        let mut state = self.0.lock();
        state.clock.advance(span);
        state.settle();
    }

    /// Sets how many times faster than real the virtual time passes; 0 stops it.
    pub fn set_speed(&self, speed: f64) {
        self.0.lock().clock.set_speed(speed);
    }
}

/// A connection that was cut, in process: there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cut {
    /// Nothing of the answer arrived.
    #[error("the connection was cut before the answer")]
    NoAnswer,
    /// A part of the body arrived.
    #[error("the connection was cut in the middle of the answer")]
    InTheBody,
}

/// The services of a [`Mock`] as a function from request to response: a tower service that takes
/// the place of a client's transport.
#[derive(Clone)]
pub struct Router {
    core: Arc<Core>,
    origin: Origin,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Router")
            .field(&self.origin.authority)
            .finish()
    }
}

impl Router {
    /// Answers a request, as a connection would.
    ///
    /// # Errors
    /// [`Cut`] when a fault cuts the connection.
    pub async fn handle(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Cut> {
        match self.core.handle(&self.origin, request).await {
            Delivery::Whole(response) => Ok(response),
            Delivery::Slow(response, piece, every) => {
                let pieces = response.body().len().div_ceil(piece);
                tokio::time::sleep(every.saturating_mul(u32::try_from(pieces).unwrap_or(u32::MAX)))
                    .await;
                Ok(response)
            }
            Delivery::Truncated(..) => Err(Cut::InTheBody),
            Delivery::Cut(_) => Err(Cut::NoAnswer),
        }
    }
}

impl tower::Service<Request<Bytes>> for Router {
    type Response = Response<Bytes>;
    type Error = Cut;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Cut>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cut>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let router = self.clone();
        Box::pin(async move { router.handle(request).await })
    }
}
