//! The simulator as a library.

use crate::{
    arrange::Arrangement,
    clock::Time,
    faults::{Fault, Rule},
    journal::{Effect, Journal},
    pipeline::{Core, Delivery, Origin, Start},
    route::Service,
    server,
    settings::Settings,
    tls,
    vcenter::Shown,
    world::{self, LinkState, VCenter, World},
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
use tokio::{net::TcpListener, task::JoinHandle};

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A contract in `spec/` is damaged.
    #[error("a contract in spec/ cannot be read")]
    Contract(#[source] serde_json::Error),
    /// The certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
    /// A fault rule makes no sense.
    #[error("{0}")]
    Fault(String),
    /// The world that was given cannot be brought into a state of the link.
    #[error("the state of the link cannot be arranged: {0}")]
    Link(String),
}

/// What to start.
#[derive(Debug)]
#[must_use]
pub struct Builder {
    listen: String,
    settings: Settings,
    world: World,
    now: Option<Time>,
    speed: f64,
    tls: bool,
    separate: bool,
    faults: Vec<Fault>,
    link: Arrangement,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0".into(),
            settings: Settings::default(),
            world: World::standard(),
            now: None,
            speed: 1.0,
            tls: false,
            separate: false,
            faults: Vec::new(),
            link: Arrangement::default(),
        }
    }
}

impl Builder {
    /// The address to listen on; `127.0.0.1:0` if not set.
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Changes the settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Changes the world it starts with, [`World::standard`].
    pub fn world(mut self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self.world);
        self
    }

    /// Starts with the standard organization and AWS account in this state of their link: what
    /// `vmc` would have done in the five minutes before, by the same requests. The stack is named
    /// `vmware-sddc-formation-` and the organization's id. The journal is empty.
    ///
    /// ```
    /// use vmc_mock::{Mock, world::LinkState};
    /// let builder = Mock::builder()
    ///     .link(LinkState::BrokenRole)
    ///     .link_token("vmc-link-{task}");
    /// # let _ = builder;
    /// ```
    pub fn link(mut self, state: LinkState) -> Self {
        self.link.state = state;
        self
    }

    /// The `ClientRequestToken` of the stack of [`Builder::link`], by which clients know their own
    /// stacks; `{task}` stands for the id of the tracking task. Without it the stack has none, as
    /// if somebody had used the AWS console.
    pub fn link_token(mut self, token: impl Into<String>) -> Self {
        self.link.token = Some(token.into());
        self
    }

    /// Virtual time at the start; the real time if not set.
    pub fn now(mut self, now: Time) -> Self {
        self.now = Some(now);
        self
    }

    /// How many times faster than real the virtual time passes.
    pub fn speed(mut self, speed: f64) -> Self {
        self.speed = speed;
        self
    }

    /// Ignore unknown parameters and fields instead of refusing them.
    pub fn lenient(self) -> Self {
        self.settings(|settings| settings.strict = false)
    }

    /// Serve HTTPS with a certificate made at the start; see [`Mock::ca_pem`].
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Adds a vCenter, which gets a port of its own and speaks HTTPS there, with a certificate that
    /// [`Mock::ca_pem`] has signed; see [`Mock::vcenter_url`].
    ///
    /// ```
    /// use vmc_mock::{Mock, world::VCenter};
    /// let builder = Mock::builder()
    ///     .vcenter(VCenter::cloud("cloud"))
    ///     .vcenter(VCenter::on_premises("onprem"));
    /// # let _ = builder;
    /// ```
    pub fn vcenter(self, vcenter: VCenter) -> Self {
        self.world(|world| world.vcenters.insert(vcenter))
    }

    /// Besides the common port, open one port for each service that answers nothing else.
    pub fn separate_ports(mut self) -> Self {
        self.separate = true;
        self
    }

    /// Orders a fault from the start.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    fn core(self) -> Result<Arc<Core>, StartError> {
        let Self {
            settings,
            world,
            now,
            speed,
            faults,
            link,
            ..
        } = self;
        let core = Core::new(Start {
            world,
            settings,
            now,
            speed,
            link,
        })?;
        for fault in faults {
            core.lock().faults.add(fault).map_err(StartError::Fault)?;
        }
        Ok(Arc::new(core))
    }

    /// Starts listening, in the caller's tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the state of the link not be arranged.
    pub async fn start(mut self) -> Result<Mock, StartError> {
        let (listener, address) = bind(self.listen.clone()).await?;
        let at = |port: u16| SocketAddr::new(address.ip(), port).to_string();
        let mut vcenters = Vec::new();
        for vcenter in self.world.vcenters.iter_mut() {
            let (listener, bound) = bind(at(vcenter.port)).await?;
            (vcenter.address, vcenter.port) = (Some(bound.ip()), bound.port());
            vcenters.push((vcenter.id.clone(), listener, bound));
        }
        let mut ports = Vec::new();
        let services: &[Service] = if self.separate { &Service::ALL } else { &[] };
        for service in services {
            ports.push((*service, bind(at(0)).await?));
        }
        let tls = self.tls;
        let core = self.core()?;
        let acceptor = tls.then(|| core.authority.acceptor()).transpose();
        let acceptor = acceptor.map_err(StartError::Certificate)?;
        let scheme = if tls { "https" } else { "http" };
        let ca = (tls || !vcenters.is_empty()).then(|| core.authority.pem().to_owned());
        let origin = |bound: SocketAddr| Origin {
            scheme,
            authority: bound.to_string(),
            only: None,
            vcenter: None,
        };
        let mut tasks = Tasks(Vec::new());
        let mut serve = |listener, origin, acceptor| {
            let serving = server::serve(core.clone(), listener, origin, acceptor);
            tasks.0.push(tokio::spawn(serving));
        };
        serve(listener, origin(address), acceptor.clone());
        let mut services = Vec::new();
        for (service, (listener, bound)) in ports {
            let only = Some(service);
            let origin = Origin {
                only,
                ..origin(bound)
            };
            serve(listener, origin, acceptor.clone());
            services.push((service, bound));
        }
        for (id, listener, bound) in vcenters {
            let shown = Shown {
                core: core.clone(),
                vcenter: id.clone(),
            };
            let acceptor = tls::acceptor(Arc::new(shown)).map_err(StartError::Certificate)?;
            let origin = Origin {
                scheme: "https",
                vcenter: Some(id),
                ..origin(bound)
            };
            serve(listener, origin, Some(acceptor));
        }
        Ok(Mock {
            core,
            scheme,
            address: Some(address),
            ports: services,
            ca,
            _tasks: tasks,
        })
    }

    /// A simulator without a port, to be called through [`Mock::router`]. Under a paused tokio
    /// clock its time is that clock's.
    ///
    /// # Errors
    /// When a fault rule makes no sense, or the state of the link cannot be arranged.
    pub fn in_process(mut self) -> Result<Mock, StartError> {
        for vcenter in self.world.vcenters.iter_mut().filter(|row| row.port == 0) {
            vcenter.port = 443;
        }
        let core = self.core()?;
        let tasks = Tasks(Vec::new());
        Ok(Mock {
            core,
            scheme: "http",
            address: None,
            ports: Vec::new(),
            ca: None,
            _tasks: tasks,
        })
    }
}

async fn bind(address: String) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen {
        address: address.clone(),
        source,
    };
    let listener = TcpListener::bind(&address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

struct Tasks(Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// A running simulator. It ends, with all its connections, when it is dropped.
pub struct Mock {
    core: Arc<Core>,
    scheme: &'static str,
    address: Option<SocketAddr>,
    ports: Vec<(Service, SocketAddr)>,
    ca: Option<String>,
    _tasks: Tasks,
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
        with(&mut state.world)
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
