//! Service Quotas: how much of something an account can have.

use super::Aws;
use crate::answer::{Answer, Outcome};
use serde_json::json;

struct Quota {
    service: &'static str,
    service_name: &'static str,
    code: &'static str,
    name: &'static str,
    default: f64,
}

/// The quotas that are simulated, with AWS's defaults.
const QUOTAS: &[Quota] = &[Quota {
    service: "vpc",
    service_name: "Amazon Virtual Private Cloud (Amazon VPC)",
    code: "L-DF5E4CA3",
    name: "Network interfaces per Region",
    default: 5000.0,
}];

/// What is in force for the account.
pub(crate) fn applied(aws: &mut Aws<'_>) -> Outcome {
    let quota = find(aws)?;
    let account = aws.world.aws_accounts.get(&aws.caller.account);
    let set = account.and_then(|account| account.quotas.get(quota.code));
    answer(aws, quota, set.copied().unwrap_or(quota.default), true)
}

pub(crate) fn default(aws: &mut Aws<'_>) -> Outcome {
    let quota = find(aws)?;
    answer(aws, quota, quota.default, false)
}

fn find(aws: &Aws<'_>) -> Result<&'static Quota, Answer> {
    let required = |name: &str| {
        aws.param(name).ok_or_else(|| {
            let text =
                format!("Value at '{name}' failed to satisfy constraint: Member must not be null");
            aws.error(400, "IllegalArgumentException", &text)
        })
    };
    let (service, code) = (required("ServiceCode")?, required("QuotaCode")?);
    let mut quotas = QUOTAS.iter();
    quotas
        .find(|quota| quota.service == service && quota.code == code)
        .ok_or_else(|| {
            let text = "The request failed because the specified quota does not exist.";
            aws.error(400, "NoSuchResourceException", text)
        })
}

fn answer(aws: &Aws<'_>, quota: &Quota, value: f64, own: bool) -> Outcome {
    let owner = if own { aws.caller.account.as_str() } else { "" };
    let arn = format!(
        "arn:aws:servicequotas:{}:{owner}:{}/{}",
        aws.caller.region, quota.service, quota.code
    );
    aws.answer_json(&json!({"Quota": {
        "ServiceCode": quota.service,
        "ServiceName": quota.service_name,
        "QuotaArn": arn,
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": true,
        "GlobalQuota": false,
    }}))
}
