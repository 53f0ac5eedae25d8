//! Quotas as Service Quotas has them. Read only.

use serde_json::{Value, json};

use super::Aws;
use super::error::AwsError;
use super::service::AwsService;

/// "Network interfaces per Region" of the service `vpc`.
const NETWORK_INTERFACES: (&str, &str) = ("vpc", "L-DF5E4CA3");

/// How many network interfaces the account may have in a region. `None` where
/// the answer has no such number.
pub(crate) async fn network_interfaces(aws: &Aws, region: &str) -> Result<Option<u64>, AwsError> {
    let (service, quota) = NETWORK_INTERFACES;
    let question = json!({"ServiceCode": service, "QuotaCode": quota});
    let answer = aws
        .json(
            AwsService::ServiceQuotas,
            region,
            "servicequotas:GetServiceQuota",
            "ServiceQuotasV20190624.GetServiceQuota",
            question.clone(),
        )
        .await;
    let answer = match answer {
        // An account that never changed it may have none of its own.
        Err(error) if error.code() == Some("NoSuchResourceException") => {
            aws.json(
                AwsService::ServiceQuotas,
                region,
                "servicequotas:GetAWSDefaultServiceQuota",
                "ServiceQuotasV20190624.GetAWSDefaultServiceQuota",
                question,
            )
            .await?
        }
        answer => answer?,
    };
    let value = answer.pointer("/Quota/Value").and_then(Value::as_f64);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count, written as a double; a cast saturates"
    )]
    Ok(value.map(|value| value as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AwsErrorKind;
    use crate::testing::Script;

    #[tokio::test]
    async fn the_accounts_own_quota_comes_before_the_default() {
        let script = Script::new(|_| (200, r#"{"Quota":{"Value":7000.0}}"#.into()));
        assert_eq!(
            network_interfaces(&script.aws(), "us-west-2")
                .await
                .unwrap(),
            Some(7000)
        );
        assert_eq!(script.requests().len(), 1);

        let mut calls = 0;
        let script = Script::new(move |_| {
            calls += 1;
            match calls {
                1 => (400, r#"{"__type":"com.amazonaws.servicequotas#NoSuchResourceException","Message":"none"}"#.into()),
                _ => (200, r#"{"Quota":{"Value":5000}}"#.into()),
            }
        });
        assert_eq!(
            network_interfaces(&script.aws(), "us-west-2")
                .await
                .unwrap(),
            Some(5000)
        );
    }

    #[tokio::test]
    async fn a_refusal_is_read_and_an_odd_answer_is_no_number() {
        let script = Script::new(|_| {
            (
                400,
                r#"{"__type":"AccessDeniedException","Message":"no right"}"#.into(),
            )
        });
        let error = network_interfaces(&script.aws(), "us-west-2")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), AwsErrorKind::Denied);
        assert_eq!(error.operation(), "servicequotas:GetServiceQuota");
        let script = Script::new(|_| (200, "{}".into()));
        assert_eq!(
            network_interfaces(&script.aws(), "us-west-2")
                .await
                .unwrap(),
            None
        );
    }
}
