//! Reads of services that have no SDK here.
//!
//! IAM, EC2 and Service Quotas have some nine hundred operations; a dozen reads
//! are needed, and EC2's SDK alone would double the build. So the requests are
//! written here, and all else (credentials, signature, replays, time limits,
//! transport) is the SDK's own runtime.

use std::error::Error as StdError;
use std::fmt;

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_types::retry::RetryConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};

use super::Aws;
use super::error::{AwsError, AwsErrorKind};
use super::service::AwsService;
use super::xml::Xml;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// A form with an `Action`; the answer is XML.
    Query {
        action: &'static str,
        version: &'static str,
        params: Vec<(String, String)>,
    },
    /// A JSON document for a target.
    Json {
        target: &'static str,
        body: serde_json::Value,
    },
}

impl Question {
    fn request(&self, url: &str) -> Result<HttpRequest, BoxError> {
        let (content_type, body) = match self {
            Self::Query {
                action,
                version,
                params,
            } => {
                let form = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("Action", action)
                    .append_pair("Version", version)
                    .extend_pairs(params)
                    .finish();
                ("application/x-www-form-urlencoded", form)
            }
            Self::Json { body, .. } => ("application/x-amz-json-1.1", body.to_string()),
        };
        let mut request = http::Request::post(url)
            .header("content-type", content_type)
            .header("content-length", body.len());
        if let Self::Json { target, .. } = self {
            request = request.header("x-amz-target", *target);
        }
        let request = HttpRequest::try_from(request.body(SdkBody::from(body))?)?;
        Ok(request)
    }
}

impl Aws {
    /// Asks a service in a region and gives the body of its answer. `operation`
    /// is the IAM action, such as `ec2:DescribeSubnets`.
    async fn ask(
        &self,
        service: AwsService,
        region: &str,
        operation: &'static str,
        question: Question,
    ) -> Result<Vec<u8>, AwsError> {
        let config = self.config().await?;
        let url = self.0.settings.address(service, region)?;
        let unbuilt = || AwsError::setup("the runtime of the AWS SDK is not complete");
        let mut builder = Operation::builder()
            .service_name(service.name())
            .operation_name(operation)
            .http_client(config.http_client().ok_or_else(unbuilt)?)
            .endpoint_url(&url)
            .standard_retry(
                &config
                    .retry_config()
                    .cloned()
                    .unwrap_or_else(RetryConfig::standard),
            )
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .runtime_plugin(signing(&config, service, region)?);
        if let Some(timeouts) = config.timeout_config() {
            builder = builder.timeout_config(timeouts.clone());
        }
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            builder = builder.time_source(time);
        }
        let call = builder
            .with_connection_poisoning()
            .serializer(move |question: Question| question.request(&url))
            .deserializer(answer)
            .build();
        call.invoke(question)
            .await
            .map_err(|error| AwsError::from_sdk(operation, &error))
    }

    /// Asks over the Query protocol.
    pub(crate) async fn query(
        &self,
        service: AwsService,
        region: &str,
        operation: &'static str,
        params: Vec<(String, String)>,
    ) -> Result<Xml, AwsError> {
        let action = operation.rsplit(':').next().unwrap_or(operation);
        let version = match service {
            AwsService::Iam => "2010-05-08",
            _ => "2016-11-15",
        };
        let question = Question::Query {
            action,
            version,
            params,
        };
        let body = self.ask(service, region, operation, question).await?;
        let answer = Xml::read(&body).filter(|answer| answer.name.ends_with("Response"));
        answer.ok_or_else(|| foreign(operation))
    }

    /// Asks over the JSON protocol.
    pub(crate) async fn json(
        &self,
        service: AwsService,
        region: &str,
        operation: &'static str,
        target: &'static str,
        body: serde_json::Value,
    ) -> Result<serde_json::Value, AwsError> {
        let question = Question::Json { target, body };
        let body = self.ask(service, region, operation, question).await?;
        serde_json::from_slice(&body).map_err(|_| foreign(operation))
    }
}

/// What the SDK's clients put around each call: who signs, and for what.
fn signing(
    config: &SdkConfig,
    service: AwsService,
    region: &str,
) -> Result<StaticRuntimePlugin, AwsError> {
    let none = || {
        AwsError::new(
            "settings",
            AwsErrorKind::NoCredentials,
            "no AWS credentials",
        )
    };
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig::default());
    layer.store_put(SigningName::from_static(service.name()));
    layer.store_put(SigningRegion::from(Region::new(
        service.signing_region(region).to_owned(),
    )));
    let mut components = RuntimeComponentsBuilder::new("signing");
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    components.set_identity_resolver(SCHEME_ID, config.credentials_provider().ok_or_else(none)?);
    components.set_identity_cache(config.identity_cache());
    Ok(StaticRuntimePlugin::new()
        .with_config(layer.freeze())
        .with_runtime_components(components))
}

fn answer(response: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(body.to_vec());
    }
    Err(OrchestratorError::operation(Refusal::read(
        body,
        response.headers().get("x-amzn-errortype"),
    )))
}

pub(crate) fn foreign(operation: &'static str) -> AwsError {
    AwsError::new(
        operation,
        AwsErrorKind::Unclear,
        "the answer is not AWS's (a proxy or login page?)",
    )
}

/// An answer that says no. All of it is in the metadata.
#[derive(Debug)]
struct Refusal(ErrorMetadata);

impl Refusal {
    /// IAM's `ErrorResponse/Error`, EC2's `Response/Errors/Error`, or JSON with
    /// a `__type`.
    fn read(body: &[u8], kind: Option<&str>) -> Self {
        let mut meta = ErrorMetadata::builder();
        if let Some(answer) = Xml::read(body) {
            let error = answer
                .child("Error")
                .or_else(|| answer.child("Errors")?.child("Error"));
            if let Some(error) = error {
                meta = meta.code(error.text_of("Code"));
                meta = meta.message(error.text_of("Message"));
            }
            for name in ["RequestId", "RequestID"] {
                if let Some(id) = answer.child(name) {
                    meta = meta.custom("aws_request_id", id.text.clone());
                }
            }
        } else if let Ok(answer) = serde_json::from_slice::<serde_json::Value>(body) {
            let text = |name: &str| answer.get(name).and_then(serde_json::Value::as_str);
            // `com.amazonaws.servicequotas#AccessDeniedException:http://…`
            if let Some(kind) = kind.or_else(|| text("__type")) {
                let kind = kind.rsplit('#').next().unwrap_or(kind);
                meta = meta.code(kind.split(':').next().unwrap_or(kind));
            }
            if let Some(message) = text("message").or_else(|| text("Message")) {
                meta = meta.message(message);
            }
        }
        Self(meta.build())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code().unwrap_or("refused"))
    }
}

impl StdError for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Script;

    #[tokio::test]
    async fn requests_are_signed_for_service_and_region_without_showing_the_secret() {
        let script = Script::new(|_| (200, "<XResponse/>".into()));
        let aws = script.aws();
        for service in [AwsService::Iam, AwsService::Ec2] {
            aws.query(service, "eu-west-1", "x:X", Vec::new())
                .await
                .unwrap();
        }
        let seen: Vec<_> = script
            .requests()
            .into_iter()
            .map(|asked| asked.authorization)
            .collect();
        assert!(seen[0].contains("/us-east-1/iam/aws4_request"), "{seen:?}");
        assert!(seen[1].contains("/eu-west-1/ec2/aws4_request"), "{seen:?}");
        assert!(seen.iter().all(|header| header.starts_with("AWS4-HMAC-SHA256 ") && !header.contains("canary")));
    }
}
