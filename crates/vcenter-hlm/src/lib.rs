#![doc = include_str!("../README.md")]

mod about;
mod administrators;
pub mod certificate;
#[cfg(test)]
mod contract;
mod dialect;
mod error;
mod explain;
mod flavour;
mod hlm;
#[cfg(test)]
mod hlm_tests;
mod host_port;
mod known_hosts;
mod links;
mod login;
pub mod precheck;
mod problem;
mod session;
mod sync;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_tls;
#[cfg(test)]
mod tls_tests;
mod trust;
mod vapi_error;
mod vcenter;

pub use about::{About, Version};
pub use administrators::{
    AddAdministrator, AddAdministratorRest, AdministratorBody, Administrators,
    AdministratorsSetBody, GetAdministrators, GetAdministratorsRest, RemoveAdministrator,
    RemoveAdministratorRest, SetAdministrators, SetAdministratorsRest, group_problem,
};
pub use certificate::{Certificate, CertificateError, Chain};
pub use dialect::{Dialect, Wrapped};
pub use error::HlmError;
pub use explain::explain;
pub use flavour::Flavour;
pub use hlm::{Hlm, LeftBehind, LinkState, Linked, Plan, Unlinked};
pub use host_port::{HostPort, NotAHost};
pub use known_hosts::{KnownHost, KnownHosts, KnownHostsError};
pub use links::{
    CreateLink, CreateLinkRest, CredentialsBody, DeleteLink, DeleteLinkRest,
    DeleteLinkWithCredentials, DeleteLinkWithCredentialsRest, GetLink, GetLinkRest, Health,
    LinkCredentials, LinkId, LinkInfo, LinkSpec, LinkSpecRest, LinkSummary, Links, ListLinks,
    ListLinksRest,
};
pub use login::{Login, LoginError};
pub use problem::Problem;
pub use session::{
    CreateSession, CreateSessionRest, DeleteSession, DeleteSessionRest, SESSION_HEADER, SessionId,
};
pub use sync::{
    GetProvider, GetProviderRest, ListProviders, ListProvidersRest, ProviderId, RemediateSyncRest,
    ResetSync, ResetSyncRest, StartSync, StartSyncRest, Sync, SyncInfo, SyncProviderInfo,
    SyncProviderSummary, SyncSession, SyncStage, SyncStatus,
};
pub use trust::Trust;
pub use vapi_error::{ErrorType, LocalizableMessage, Reply, VapiError};
pub use vcenter::VCenter;
pub use vmc_http::Clock;
pub use vmc_http::tls::{Hash, NotAThumbprint, PinMismatch, Thumbprint};
