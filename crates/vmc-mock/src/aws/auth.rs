//! Who calls AWS: the access key of the SigV4 header. The signature itself is not verified.

use super::{Protocol, Refusal};
use crate::{
    answer::Answer,
    clock::Time,
    world::{Denial, World},
};
use http::HeaderMap;

/// An AWS caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) region: String,
    allowed: Vec<String>,
    denied: Vec<String>,
    denial: Denial,
}

/// Access key id, region and service of an `Authorization: AWS4-HMAC-SHA256` header.
pub(crate) fn scope(headers: &HeaderMap) -> Option<(String, String, String)> {
    let text = headers.get("authorization")?.to_str().ok()?;
    let rest = text.strip_prefix("AWS4-HMAC-SHA256")?;
    let (_, credential) = rest.split_once("Credential=")?;
    let end = credential.find([',', ' ']).unwrap_or(credential.len());
    let mut parts = credential.get(..end)?.split('/');
    let key = parts.next()?.to_owned();
    let _date = parts.next()?;
    let region = parts.next()?.to_owned();
    let service = parts.next()?.to_owned();
    Some((key, region, service))
}

pub(crate) fn authenticate(
    protocol: Protocol,
    world: &World,
    now: Time,
    headers: &HeaderMap,
) -> Result<Identity, Answer> {
    let Some((key, region, _)) = scope(headers) else {
        return Err(protocol.refuse(Refusal::Anonymous));
    };
    let found = world.aws_accounts.iter().find_map(|account| {
        let row = account.access_keys.iter().find(|row| row.id == key)?;
        Some((account, row))
    });
    let Some((account, row)) = found else {
        return Err(protocol.refuse(Refusal::UnknownKey));
    };
    if row.expires.is_some_and(|at| at <= now) {
        return Err(protocol.refuse(Refusal::Expired));
    }
    Ok(Identity {
        account: account.number.clone(),
        arn: account.arn(row),
        user_id: match row.user_id.as_str() {
            "" => row.id.replacen("AKIA", "AIDA", 1),
            id => id.into(),
        },
        region,
        allowed: row.allowed.clone(),
        denied: row.denied.clone(),
        denial: row.denial,
    })
}

impl Identity {
    /// Whether the caller may do `action` of `service`.
    pub(crate) fn check(
        &self,
        protocol: Protocol,
        service: &str,
        action: &str,
        params: &[(String, String)],
    ) -> Result<(), Answer> {
        let resource = self.resource(service, params);
        match self.refusal(service, action, resource.as_deref()) {
            None => Ok(()),
            Some(text) => Err(protocol.refuse(Refusal::Denied(&text))),
        }
    }

    /// The ARN of what a request is about, in the services whose refusals tell it.
    fn resource(&self, service: &str, params: &[(String, String)]) -> Option<String> {
        let (account, region) = (&self.account, &self.region);
        let param = |wanted: &str| {
            let found = params.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str())
        };
        match service {
            "iam" => param("RoleName").map(|name| format!("arn:aws:iam::{account}:role/{name}")),
            "cloudformation" => param("StackName").map(|name| match name.starts_with("arn:") {
                true => name.to_owned(),
                false => format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/*"),
            }),
            _ => None,
        }
    }

    /// Why the caller may not do `action` of `service`, in IAM's words.
    pub(crate) fn refusal(
        &self,
        service: &str,
        action: &str,
        resource: Option<&str>,
    ) -> Option<String> {
        let wanted = format!("{service}:{action}");
        // AWS answers this one whatever the policies say.
        if wanted == "sts:GetCallerIdentity" {
            return None;
        }
        let covers = |rule: &String| match rule.strip_suffix('*') {
            Some(prefix) => wanted.starts_with(prefix),
            None => *rule == wanted,
        };
        let denial = if self.denied.iter().any(covers) {
            self.denial
        } else if self.allowed.is_empty() || self.allowed.iter().any(covers) {
            return None;
        } else {
            Denial::Implicit
        };
        let why = match denial {
            Denial::Implicit => {
                format!("because no identity-based policy allows the {wanted} action")
            }
            Denial::IdentityPolicy => "with an explicit deny in an identity-based policy".into(),
            Denial::ServiceControlPolicy => {
                "with an explicit deny in a service control policy".into()
            }
        };
        let on = resource.map_or_else(String::new, |arn| format!(" on resource: {arn}"));
        Some(format!(
            "User: {} is not authorized to perform: {wanted}{on} {why}",
            self.arn
        ))
    }
}
