//! Credentials that add-ons of an SDDC keep.

use super::table::row;
use serde::{Deserialize, Serialize};

/// Credentials of an add-on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credential {
    /// What it is found by: SDDC, add-on and name with slashes between.
    pub id: String,
    /// SDDC.
    pub sddc: String,
    /// Add-on, in lower case.
    pub addon: String,
    /// Name.
    pub name: String,
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}
row!(Credential, id);
