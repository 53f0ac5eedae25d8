//! What CSP knows about an API token.

use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use time::OffsetDateTime;
use vmc_http::model;
use vmc_http::{Shape, Shaped};

/// A moment as CSP writes it: a number of seconds or of milliseconds since
/// 1970, depending on the service's version.
///
/// Kept as it came; [`EpochTime::at`] reads it.
#[derive(Clone, PartialEq)]
pub struct EpochTime(Value);

impl Shaped for EpochTime {
    fn shape() -> Shape {
        Shape::Integer
    }
}

/// Values above this are milliseconds: as seconds it is the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

impl EpochTime {
    /// The moment, or `None` where the value is no time: zero and negative
    /// values stand for "never".
    pub fn at(&self) -> Option<OffsetDateTime> {
        let number = match &self.0 {
            Value::Number(number) => number.as_i64().or_else(|| Some(number.as_f64()? as i64))?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        let seconds = match number {
            ..=0 => return None,
            1..=MILLISECONDS_FROM => number,
            _ => number / 1000,
        };
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    }
}

impl From<i64> for EpochTime {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl fmt::Debug for EpochTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at().fmt(f)
    }
}

impl Serialize for EpochTime {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for EpochTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Self)
    }
}

model! {
    /// A role, perhaps on one resource only.
    pub struct RoleScope {
        name: Option<String>,
        resource: Option<String>,
    }
}

model! {
    /// What a token may do in its organization.
    pub struct OrganizationScopes {
        all_permissions: Option<bool> = "allPermissions",
        all_roles: Option<bool> = "allRoles",
        kept_in_token: Option<bool> = "keptInToken",
        permissions: Option<Vec<String>>,
        roles: Option<Vec<RoleScope>>,
    }
}

model! {
    /// What a token may do in one service.
    pub struct ServiceScopes {
        service_definition_id: Option<String> = "serviceDefinitionId",
        all_permissions: Option<bool> = "allPermissions",
        all_roles: Option<bool> = "allRoles",
        kept_in_token: Option<bool> = "keptInToken",
        permissions: Option<Vec<String>>,
        roles: Option<Vec<RoleScope>>,
    }
}

model! {
    /// What a token may do.
    pub struct AllowedScopes {
        general_scopes: Option<Vec<String>> = "generalScopes",
        organization_scopes: Option<OrganizationScopes> = "organizationScopes",
        services_scopes: Option<Vec<ServiceScopes>> = "servicesScopes",
    }
}

model! {
    /// What CSP knows about an API token.
    pub struct TokenDetails {
        token_id: Option<String> = "tokenId",
        /// The name the user gave it.
        token_name: Option<String> = "tokenName",
        org_id: Option<String> = "orgId",
        user_id: Option<String> = "userId",
        username: Option<String>,
        acct: Option<String>,
        domain: Option<String>,
        idp_id: Option<String> = "idpId",
        first_name: Option<String> = "firstName",
        last_name: Option<String> = "lastName",
        created_at: Option<EpochTime> = "createdAt",
        last_used_at: Option<EpochTime> = "lastUsedAt",
        /// When it ends. Absent, zero or negative: never.
        expires_at: Option<EpochTime> = "expiresAt",
        /// An owner of the organization has switched it off.
        deactivated: Option<bool>,
        scope: Option<Vec<String>>,
        allowed_scopes: Option<AllowedScopes> = "allowedScopes",
    }
}

impl TokenDetails {
    /// When the token ends; `None` where it never does or CSP does not say.
    pub fn expiry(&self) -> Option<OffsetDateTime> {
        self.expires_at.as_ref()?.at()
    }

    /// The names of the organization and service roles the token may use.
    pub fn roles(&self) -> Vec<&str> {
        let Some(scopes) = &self.allowed_scopes else {
            return Vec::new();
        };
        let org = scopes.organization_scopes.iter().flat_map(|s| &s.roles);
        let services = scopes
            .services_scopes
            .iter()
            .flatten()
            .flat_map(|s| &s.roles);
        org.chain(services)
            .flatten()
            .filter_map(|role| role.name.as_deref())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        let moment = datetime!(2027-01-15 08:00 UTC);
        for value in [
            json!(1_800_000_000),
            json!(1_800_000_000_000_i64),
            json!("1800000000"),
            json!(1.8e9),
        ] {
            assert_eq!(EpochTime(value.clone()).at(), Some(moment), "{value}");
        }
        for value in [
            json!(0),
            json!(-1),
            json!(null),
            json!("never"),
            json!([]),
            json!(i64::MAX),
            json!(1e300),
        ] {
            assert_eq!(EpochTime(value.clone()).at(), None, "{value}");
        }
    }

    #[test]
    fn details_keep_what_came_and_name_roles() {
        let body = json!({
            "tokenId": "t", "expiresAt": 1_800_000_000, "lastUsedAt": "x", "new": 1,
            "allowedScopes": {"organizationScopes": {"roles": [{"name": "org_owner"}]},
                              "servicesScopes": [{"serviceDefinitionId": "d", "roles": [{"name": "vmc-user:full"}]}]}
        });
        let details: TokenDetails = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(details.roles(), ["org_owner", "vmc-user:full"]);
        assert_eq!(details.expiry(), Some(datetime!(2027-01-15 08:00 UTC)));
        assert_eq!(serde_json::to_value(&details).unwrap(), body);
    }
}
