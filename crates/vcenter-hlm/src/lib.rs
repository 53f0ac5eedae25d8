#![doc = include_str!("../README.md")]

mod dialect;
mod explain;
mod links;
mod login;
mod session;
#[cfg(test)]
mod testing;
mod vcenter;

pub use dialect::{Dialect, Wrapped};
pub use explain::explain;
pub use links::{LinkId, LinkSummary, Links, ListLinks, ListLinksRest};
pub use login::{Login, LoginError};
pub use session::{
    CreateSession, CreateSessionRest, DeleteSession, DeleteSessionRest, SESSION_HEADER, SessionId,
};
pub use vcenter::VCenter;
