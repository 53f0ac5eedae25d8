#![doc = include_str!("../README.md")]

mod cache;
mod claims;
mod csp;
mod details;
mod error;
mod exchange;
mod explain;
mod file_store;
mod grant;
mod orgs;
mod store;
#[cfg(test)]
mod testing;
mod token;

pub use cache::TokenCache;
pub use claims::{Claims, NotAJwt};
pub use csp::{Csp, DEFAULT_URL};
pub use details::{
    AllowedScopes, EpochTime, OrganizationScopes, RoleScope, ServiceScopes, TokenDetails,
};
pub use error::{Error, Refusal};
pub use exchange::{AuthorizeApiToken, AuthorizeApp, AuthorizeAppOld, DescribeApiToken};
pub use explain::explain;
pub use file_store::FileStore;
pub use grant::{ApiToken, Grant, OAuthApp};
pub use orgs::{CspOrg, ListOrgs, OrgRefs};
pub use store::{StoreError, StoreGuard, StoreKey, StoredToken, TokenStore};
pub use token::AccessToken;
