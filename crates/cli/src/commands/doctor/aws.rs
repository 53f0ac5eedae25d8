//! The AWS side: its servers, and who we are there.

use std::time::Duration;

use aws_link::{AwsErrorKind, AwsService, AwsSettings, DEFAULT_REGION};
use vmc_http::Transport;

use super::reach::Server;
use super::setup::wrong;
use crate::commands::link;
use crate::context::{Context, USER_AGENT};
use crate::error::{Error, Service};
use crate::findings::{Finding, State, words};

/// For the credential chain and STS together.
const LIMIT: Duration = Duration::from_secs(12);

/// All checks of AWS.
pub(super) async fn look(context: &Context) -> Vec<Finding> {
    let settings = match link::aws_settings(context) {
        Ok(settings) => settings,
        Err(error) => {
            let finding = Finding::failed("aws-credentials", "AWS", words(&error));
            return vec![wrong(finding, &error)];
        }
    };
    let (sts, cloudformation, whoami) = tokio::join!(
        server(&settings, AwsService::Sts, "AWS STS"),
        server(&settings, AwsService::CloudFormation, "CloudFormation"),
        whoami(&settings),
    );
    let mut findings = [sts, cloudformation].concat();
    if whoami.state == State::NotMade {
        // Who has no credentials has no use for the servers either.
        findings = findings.into_iter().map(Finding::no_failure).collect();
    }
    findings.push(whoami);
    findings
}

async fn server(settings: &AwsSettings, service: AwsService, on: &str) -> Vec<Finding> {
    let url = match settings.address(service, DEFAULT_REGION) {
        Ok(url) => url,
        Err(error) => {
            return vec![Finding::failed("reachable", on, error.to_string()).on(on)];
        }
    };
    let mut builder = Transport::builder().user_agent(USER_AGENT);
    let transport = match &settings.extra_ca_pem {
        None => Ok(builder.build()),
        Some(pem) => match builder.extra_ca_pem(pem) {
            Ok(with) => {
                builder = with;
                Ok(builder.build())
            }
            Err(error) => Err(Error::from(error)),
        },
    };
    let server = Server {
        on,
        url,
        path: "/",
        // AWS sends browsers to its documentation.
        api: false,
        service: Service::Aws,
        judge: match &settings.extra_ca_pem {
            Some(_) => "the system or the CA bundle".to_owned(),
            None => "the system".to_owned(),
        },
        fix: None,
    };
    server.look(transport).await
}

async fn whoami(settings: &AwsSettings) -> Finding {
    let (id, on) = ("aws-credentials", "AWS");
    let aws = aws_link::Aws::new(settings.clone());
    let error = match tokio::time::timeout(LIMIT, aws.whoami()).await {
        Ok(Ok(identity)) => {
            let evidence = format!("account {} ({})", identity.account, identity.arn);
            return Finding::passed(id, on, evidence);
        }
        Ok(Err(error)) => error,
        Err(_) => {
            let why = format!("no answer within {} s", LIMIT.as_secs());
            return Finding::not_made(id, on, why).advised();
        }
    };
    let kind = error.kind();
    let error: Error = aws_link::Error::from(error).into();
    let finding = match kind {
        // Most commands go without.
        AwsErrorKind::NoCredentials => {
            let why = format!("{}; only 'vmc link' needs them", words(&error));
            return wrong(Finding::not_made(id, on, why), &error).advised();
        }
        AwsErrorKind::Unreachable | AwsErrorKind::Unclear | AwsErrorKind::Throttled => {
            Finding::not_made(id, on, words(&error))
        }
        _ => Finding::failed(id, on, words(&error)),
    };
    wrong(finding, &error)
}
