//! The AWS side: settings, credentials, and who they belong to.

pub(crate) mod ec2;
pub(crate) mod error;
pub(crate) mod follow;
pub(crate) mod iam;
pub(crate) mod policy;
pub(crate) mod quotas;
pub(crate) mod read;
pub(crate) mod remove;
pub(crate) mod rights;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod stack;
pub(crate) mod stack_health;
pub(crate) mod xml;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::timeout::TimeoutConfig;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::aws::error::AwsError;

/// The region the account link is made in unless told otherwise: the one the
/// vendor documents.
pub const DEFAULT_REGION: &str = "us-west-2";

/// Where AWS is and who asks. The default is the SDK's own chain: environment,
/// profiles, SSO, `credential_process`, container and instance roles.
#[derive(Debug, Clone, Default)]
pub struct AwsSettings {
    /// Profile in `~/.aws/config`; the chain's choice if unset.
    pub profile: Option<String>,
    /// Address of all services, in place of AWS's own.
    pub endpoint_url: Option<String>,
    /// Address of CloudFormation; wins over `endpoint_url`.
    pub cloudformation_endpoint_url: Option<String>,
    /// Address of STS; wins over `endpoint_url`.
    pub sts_endpoint_url: Option<String>,
    /// Address of IAM; wins over `endpoint_url`.
    pub iam_endpoint_url: Option<String>,
    /// Address of EC2; wins over `endpoint_url`.
    pub ec2_endpoint_url: Option<String>,
    /// Address of Service Quotas; wins over `endpoint_url`.
    pub service_quotas_endpoint_url: Option<String>,
    /// Certificates in PEM that are trusted besides the system's.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// Take the credentials of `profile` and no others, whatever the
    /// environment holds. Otherwise keys in the environment win over it.
    pub only_profile: bool,
    /// Fixed keys, in place of the chain.
    pub keys: Option<AwsKeys>,
}

/// Access keys given by the caller.
#[derive(Debug, Clone)]
pub struct AwsKeys {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: SecretString,
    /// With temporary keys.
    pub session_token: Option<SecretString>,
}

impl AwsSettings {
    /// Reads `AWS_ENDPOINT_URL`, `AWS_CA_BUNDLE`, and the services' own
    /// `AWS_ENDPOINT_URL_CLOUDFORMATION`, `…_STS`, `…_IAM`, `…_EC2` and
    /// `…_SERVICE_QUOTAS`. All else is left to the SDK's chain.
    ///
    /// # Errors
    /// When an address is set and `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true`
    /// says to ignore it, because the roles would be made in a real account that
    /// nobody meant; and when the bundle cannot be read.
    pub fn from_env() -> Result<Self, AwsError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    pub(crate) fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, AwsError> {
        let get = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let settings = Self {
            endpoint_url: get("AWS_ENDPOINT_URL"),
            cloudformation_endpoint_url: get("AWS_ENDPOINT_URL_CLOUDFORMATION"),
            sts_endpoint_url: get("AWS_ENDPOINT_URL_STS"),
            iam_endpoint_url: get("AWS_ENDPOINT_URL_IAM"),
            ec2_endpoint_url: get("AWS_ENDPOINT_URL_EC2"),
            service_quotas_endpoint_url: get("AWS_ENDPOINT_URL_SERVICE_QUOTAS"),
            ..Self::default()
        };
        let ignored = get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        let addressed = [
            &settings.endpoint_url,
            &settings.cloudformation_endpoint_url,
            &settings.sts_endpoint_url,
            &settings.iam_endpoint_url,
            &settings.ec2_endpoint_url,
            &settings.service_quotas_endpoint_url,
        ]
        .into_iter()
        .any(Option::is_some);
        if ignored && addressed {
            return Err(AwsError::setup(
                "AWS_ENDPOINT_URL is set, and AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true says to ignore it; unset one of them",
            ));
        }
        let Some(path) = get("AWS_CA_BUNDLE") else {
            return Ok(settings);
        };
        let pem = std::fs::read(&path).map_err(|error| {
            AwsError::setup(format!("AWS_CA_BUNDLE: {path} cannot be read: {error}"))
        })?;
        Ok(Self {
            extra_ca_pem: Some(pem),
            ..settings
        })
    }

    fn endpoint(&self, own: Option<&String>) -> Result<Option<String>, AwsError> {
        let Some(text) = own.or(self.endpoint_url.as_ref()) else {
            return Ok(None);
        };
        let url = url::Url::parse(text.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| {
                AwsError::setup(
                    "the AWS endpoint address is not a URL such as http://127.0.0.1:5000",
                )
            })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AwsError::setup(
                "the AWS endpoint address must not carry a user name or password",
            ));
        }
        Ok(Some(url.as_str().trim_end_matches('/').to_owned()))
    }
}

/// The account and person behind the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// Who: a user, a role session, the root.
    pub arn: String,
    /// AWS's unique id of it.
    pub user_id: String,
}

/// Access to AWS. Cheap to clone; nothing is loaded or sent until it is needed.
#[derive(Clone)]
pub struct Aws(Arc<Inner>);

struct Inner {
    settings: AwsSettings,
    http: Option<SharedHttpClient>,
    config: Mutex<Option<SdkConfig>>,
}

impl Aws {
    /// Takes the settings as they are; see [`AwsSettings::from_env`].
    pub fn new(settings: AwsSettings) -> Self {
        Self(Arc::new(Inner {
            settings,
            http: None,
            config: Mutex::new(None),
        }))
    }

    #[cfg(test)]
    pub(crate) fn with_http(settings: AwsSettings, http: SharedHttpClient) -> Self {
        Self(Arc::new(Inner {
            settings,
            http: Some(http),
            config: Mutex::new(None),
        }))
    }

    /// Asks STS who the credentials belong to (`GetCallerIdentity`; needs no right).
    ///
    /// # Errors
    /// When credentials are missing, expired or refused, or AWS is not reached.
    pub async fn whoami(&self) -> Result<Identity, AwsError> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        let config = self.config().await?;
        let settings = &self.0.settings;
        let mut builder = aws_sdk_sts::config::Builder::from(&config);
        if let Some(url) = settings.endpoint(settings.sts_endpoint_url.as_ref())? {
            builder = builder.endpoint_url(url);
        }
        let answer = aws_sdk_sts::Client::from_conf(builder.build())
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| {
                let error = AwsError::from_sdk(OPERATION, &error);
                match &settings.profile {
                    Some(profile) => error.of_profile(profile),
                    None => error,
                }
            })?;
        let Some(account) = answer.account().filter(|account| !account.is_empty()) else {
            return Err(AwsError::new(
                OPERATION,
                crate::AwsErrorKind::Unclear,
                "the answer names no account (a proxy or login page?)",
            ));
        };
        Ok(Identity {
            account: account.to_owned(),
            arn: answer.arn().unwrap_or_default().to_owned(),
            user_id: answer.user_id().unwrap_or_default().to_owned(),
        })
    }

    /// Whether CloudFormation is a simulator on this machine.
    pub(crate) fn is_here(&self) -> bool {
        let settings = &self.0.settings;
        let own = settings.cloudformation_endpoint_url.as_ref();
        own.or(settings.endpoint_url.as_ref())
            .and_then(|text| url::Url::parse(text.trim()).ok())
            .is_some_and(|url| vmc_http::is_loopback(&url))
    }

    pub(crate) async fn cloudformation(
        &self,
        region: &str,
    ) -> Result<aws_sdk_cloudformation::Client, AwsError> {
        let config = self.config().await?;
        let settings = &self.0.settings;
        let mut builder = aws_sdk_cloudformation::config::Builder::from(&config)
            .region(Region::new(region.to_owned()));
        if let Some(url) = settings.endpoint(settings.cloudformation_endpoint_url.as_ref())? {
            builder = builder.endpoint_url(url);
        }
        Ok(aws_sdk_cloudformation::Client::from_conf(builder.build()))
    }

    /// Forgets what was loaded, so that the next call asks the credential
    /// chain again: a session may have been renewed outside.
    pub(crate) async fn renew(&self) {
        *self.0.config.lock().await = None;
    }

    async fn config(&self) -> Result<SdkConfig, AwsError> {
        let mut place = self.0.config.lock().await;
        if let Some(config) = &*place {
            return Ok(config.clone());
        }
        let config = self.load().await?;
        *place = Some(config.clone());
        Ok(config)
    }

    async fn load(&self) -> Result<SdkConfig, AwsError> {
        let settings = &self.0.settings;
        let http = match &self.0.http {
            Some(http) => http.clone(),
            None => https(settings)?,
        };
        // A region given here keeps the chain from asking the instance
        // metadata service for one.
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http.clone())
            .region(Region::new(DEFAULT_REGION))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(10))
                    .operation_attempt_timeout(Duration::from_secs(30))
                    .build(),
            );
        if let Ok(name) = AppName::new("aws-link") {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
            if settings.only_profile {
                let region = Region::new(DEFAULT_REGION);
                let provider = ProviderConfig::default()
                    .with_http_client(http)
                    .with_region(Some(region));
                loader = loader.credentials_provider(
                    ProfileFileCredentialsProvider::builder()
                        .configure(&provider)
                        .profile_name(profile)
                        .build(),
                );
            }
        }
        if let Some(keys) = &settings.keys {
            loader = loader.credentials_provider(Credentials::new(
                &keys.access_key_id,
                keys.secret_access_key.expose_secret(),
                keys.session_token
                    .as_ref()
                    .map(|token| token.expose_secret().to_owned()),
                None,
                "aws-link",
            ));
        }
        Ok(loader.load().await)
    }
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws")
            .field("profile", &self.0.settings.profile)
            .field("endpoint_url", &self.0.settings.endpoint_url)
            .finish_non_exhaustive()
    }
}

/// The SDK's HTTP client with one TLS stack, the environment's proxies and the
/// caller's certificates.
fn https(settings: &AwsSettings) -> Result<SharedHttpClient, AwsError> {
    let mut trust = TrustStore::default();
    if let Some(pem) = &settings.extra_ca_pem {
        // The SDK panics on a certificate it cannot use.
        let certificates =
            vmc_http::tls::read_bundle(pem).map_err(|error| AwsError::setup(error.to_string()))?;
        let mut roots = rustls::RootCertStore::empty();
        for certificate in certificates {
            roots.add(certificate).map_err(|error| {
                AwsError::setup(format!(
                    "the CA bundle has an unusable certificate: {error}"
                ))
            })?;
        }
        trust = trust.with_pem_certificate(pem.clone());
    }
    let tls = TlsContext::builder()
        .with_trust_store(trust)
        .build()
        .map_err(|_| AwsError::setup("TLS could not be set up"))?;
    let here = settings
        .endpoint_url
        .as_deref()
        .and_then(|text| url::Url::parse(text).ok())
        .is_some_and(|url| vmc_http::is_loopback(&url));
    let proxy = if here {
        ProxyConfig::disabled()
    } else {
        ProxyConfig::from_env()
    };
    Ok(
        aws_smithy_http_client::Builder::new().build_with_connector_fn(move |given, components| {
            let mut connector =
                aws_smithy_http_client::Connector::builder().proxy_config(proxy.clone());
            if let Some(given) = given {
                connector = connector.connector_settings(given.clone());
            }
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(tls.clone())
                .build()
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AwsErrorKind;
    use crate::testing::Script;

    fn settings(pairs: &[(&str, &str)]) -> Result<AwsSettings, AwsError> {
        AwsSettings::from_lookup(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn the_environments_addresses_are_taken_and_contradictions_refused() {
        let own = settings(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1/"),
            ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:2"),
            ("AWS_ENDPOINT_URL_CLOUDFORMATION", " "),
        ])
        .unwrap();
        let cloudformation = own.cloudformation_endpoint_url.as_ref();
        assert_eq!(
            own.endpoint(cloudformation).unwrap().unwrap(),
            "http://127.0.0.1:1"
        );
        assert_eq!(
            own.endpoint(own.sts_endpoint_url.as_ref())
                .unwrap()
                .unwrap(),
            "http://127.0.0.1:2"
        );
        assert_eq!(settings(&[]).unwrap().endpoint(None).unwrap(), None);

        let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
        let error = settings(&[ignore, ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]).unwrap_err();
        assert_eq!(error.kind(), AwsErrorKind::Setup);
        assert!(settings(&[ignore]).is_ok());
    }

    #[tokio::test]
    async fn unusable_settings_fail_before_anything_is_sent() {
        for bad in [
            "127.0.0.1:5000",
            "nonsense",
            "ftp://h",
            "http://",
            "http://u:canary@h",
        ] {
            let script = Script::new(|_| panic!("something was sent"));
            let mut settings = AwsSettings {
                keys: Some(crate::testing::keys()),
                endpoint_url: Some(bad.into()),
                ..AwsSettings::default()
            };
            let aws = Aws::with_http(settings.clone(), script.http());
            let error = aws.whoami().await.unwrap_err();
            assert_eq!(error.kind(), AwsErrorKind::Setup, "{bad}");
            assert!(!error.to_string().contains("canary"), "{error}");

            settings.endpoint_url = None;
            settings.extra_ca_pem = Some(b"not a certificate".to_vec());
            let error = Aws::new(settings).whoami().await.unwrap_err();
            assert_eq!(error.kind(), AwsErrorKind::Setup);
        }
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let aws = Aws::new(AwsSettings {
            extra_ca_pem: Some(broken.into()),
            ..AwsSettings::default()
        });
        assert_eq!(aws.whoami().await.unwrap_err().kind(), AwsErrorKind::Setup);
    }

    #[tokio::test]
    async fn whoami_reads_the_account_and_nothing_shows_the_keys() {
        let script = Script::new(|_| (200, crate::testing::identity_xml("123456789012")));
        let aws = script.aws();
        let who = aws.whoami().await.unwrap();
        assert_eq!(who.account, "123456789012");
        assert_eq!(who.arn, "arn:aws:iam::123456789012:user/ann");
        assert!(!format!("{aws:?}{:?}", crate::testing::keys()).contains("canary"));
        let requests = script.requests();
        assert_eq!(requests[0].action(), "GetCallerIdentity");
    }

    #[tokio::test]
    async fn a_page_instead_of_an_identity_is_no_identity() {
        for body in ["<html></html>", "", "<GetCallerIdentityResponse/>"] {
            let script = Script::new(move |_| (200, body.to_owned()));
            let error = script.aws().whoami().await.unwrap_err();
            assert_eq!(error.kind(), AwsErrorKind::Unclear, "{body:?}");
        }
    }
}
