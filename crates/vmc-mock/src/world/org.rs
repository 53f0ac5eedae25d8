//! Organizations, people and the tokens they hold.

use super::table::row;
use crate::clock::Time;
use serde::{Deserialize, Serialize};

/// An organization.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Org {
    /// UUID.
    pub id: String,
    /// Short name.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// Creation.
    pub created: Time,
}
row!(Org, id);

/// What a token may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Everything.
    #[default]
    Administrator,
    /// Everything but deleting.
    DeleteRestricted,
    /// A member of the organization without a VMC service role: 403 on VMC calls.
    None,
}

/// An API token ("refresh token").
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiToken {
    /// The secret itself.
    pub value: String,
    /// Its name in the console.
    pub name: String,
    /// The organizations it sees; the first is the one it was made in.
    pub orgs: Vec<String>,
    /// Account of the person it belongs to.
    pub username: String,
    /// What it may do.
    pub role: Role,
    /// Creation.
    pub created: Time,
    /// Last exchange.
    pub last_used: Option<Time>,
    /// Expiry; never if not set.
    pub expires: Option<Time>,
    /// Revoked by its owner.
    pub revoked: bool,
    /// Deactivated by an organization owner.
    pub deactivated: bool,
}
row!(ApiToken, value);

/// An OAuth app (server to server).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OauthApp {
    /// Client id.
    pub id: String,
    /// Client secret.
    pub secret: String,
    /// The organizations it has roles in; the first owns it.
    pub orgs: Vec<String>,
    /// What it may do.
    pub role: Role,
}
row!(OauthApp, id);

/// An access token in use.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessToken {
    /// The token itself.
    pub value: String,
    /// First, second, … token issued.
    pub number: u64,
    /// The organizations it is good for.
    pub orgs: Vec<String>,
    /// User or app id.
    pub user: String,
    /// User or app name.
    pub username: String,
    /// What it may do.
    pub role: Role,
    /// The API token it was exchanged for: dies with it.
    pub api_token: Option<String>,
    /// Issue.
    pub issued: Time,
    /// Expiry.
    pub expires: Time,
}
row!(AccessToken, value);
