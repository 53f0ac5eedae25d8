#![doc = include_str!("../README.md")]

pub mod certificate;
mod dialect;
mod explain;
mod host_port;
mod known_hosts;
mod links;
mod login;
mod problem;
mod session;
#[cfg(test)]
mod testing;
mod trust;
mod vcenter;

pub use certificate::{Certificate, CertificateError, Chain};
pub use dialect::{Dialect, Wrapped};
pub use explain::explain;
pub use host_port::{HostPort, NotAHost};
pub use known_hosts::{KnownHost, KnownHosts, KnownHostsError};
pub use links::{LinkId, LinkSummary, Links, ListLinks, ListLinksRest};
pub use login::{Login, LoginError};
pub use problem::Problem;
pub use session::{
    CreateSession, CreateSessionRest, DeleteSession, DeleteSessionRest, SESSION_HEADER, SessionId,
};
pub use trust::Trust;
pub use vcenter::VCenter;
pub use vmc_http::tls::{Hash, NotAThumbprint, PinMismatch, Thumbprint};
