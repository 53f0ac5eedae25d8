//! What to start, and starting it.

use crate::{
    arrange::Arrangement,
    clock::Time,
    faults::Fault,
    mock::{Mock, Tasks},
    pipeline::{Core, Origin, Start},
    route::Service,
    server,
    settings::Settings,
    tls,
    vcenter::Shown,
    world::{LinkState, VCenter, World},
};
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

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
