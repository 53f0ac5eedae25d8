//! Sends operations to the service and follows the tasks they start.

use std::sync::Arc;

use http::HeaderName;
use vmc_http::{
    Answer, BoxFuture, Call, Credentials, Deadlines, Operation, Retries, Scheme, SetupError,
    Transport,
};

use crate::error::Error;
use crate::explain::explain;
use crate::models::Task;
use crate::running::{Running, TaskSource};
use crate::tasks::Origin;
use crate::{
    OrgId, TaskId, account_link, clusters, connectivity_tests, dns, edrs, hosts, legacy,
    sddc_templates, sddcs, subscriptions, tasks,
};

/// The service's address unless told.
pub const DEFAULT_URL: &str = "https://vmc.vmware.com";

/// The header that carries the access token unless told.
pub const TOKEN_HEADER: HeaderName = HeaderName::from_static("csp-auth-token");

/// A client of the VMware Cloud on AWS API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: vmc_http::Client,
}

impl Client {
    /// Starts a client of the service at `base_url`, normally [`DEFAULT_URL`].
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            http: vmc_http::Client::builder(base_url).explain(explain),
            credentials: None,
            scheme: Scheme::Header(TOKEN_HEADER),
        }
    }

    /// Sends an operation and decodes its answer.
    ///
    /// # Errors
    /// [`Error::Call`], whose [`outcome`](Error::outcome) says whether the service acted.
    pub async fn send<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        Ok(self.http.send(operation).await?)
    }

    /// Sends a raw call and gives its successful answer as it is.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn execute(&self, call: Call) -> Result<Answer, Error> {
        Ok(self.http.execute(call).await?)
    }

    /// Starts a task. It is followed where the operation's path says that it is known.
    ///
    /// # Errors
    /// As [`Client::send`]. With [`Outcome::Unknown`](vmc_http::Outcome) the
    /// task may have been started: look for it before trying again.
    pub async fn start<O: StartsTask>(&self, operation: O) -> Result<Running, Error> {
        let org = operation.org().clone();
        let task = self.http.send(operation).await?;
        let source = self.source(org, task.id.clone(), Origin::of_path(O::PATH));
        Ok(Running::started(task, source))
    }

    /// A task of the VMC API by its id, whoever started it. No I/O.
    pub fn task(&self, org: impl Into<OrgId>, task: impl Into<TaskId>) -> Running {
        self.task_at(org, task, Origin::Vmc)
    }

    /// A task by its id, in the part of the service that knows it. No I/O.
    pub fn task_at(
        &self,
        org: impl Into<OrgId>,
        task: impl Into<TaskId>,
        origin: Origin,
    ) -> Running {
        let task = task.into();
        let source = self.source(org.into(), task.clone(), origin);
        Running::new(task, source)
    }

    fn source(&self, org: OrgId, task: TaskId, origin: Origin) -> Arc<dyn TaskSource> {
        Arc::new(KnownTask {
            http: self.http.clone(),
            org,
            task,
            origin,
        })
    }

    /// Scheme, host and port of the service.
    pub fn origin(&self) -> &str {
        self.http.origin()
    }
}

/// An operation that the service carries out as a task of an organization.
pub trait StartsTask: Operation<Output = Task> {
    /// The organization whose task it becomes.
    fn org(&self) -> &OrgId;
}

macro_rules! starts_task {
    ($($operation:ty),+ $(,)?) => {
        $(impl StartsTask for $operation {
            fn org(&self) -> &OrgId {
                &self.org
            }
        })+
    };
}

starts_task! {
    sddcs::Create,
    sddcs::Delete,
    sddcs::Convert,
    clusters::Create,
    clusters::Delete,
    clusters::PublishMsftLicensing,
    clusters::Reconfigure,
    hosts::Change,
    hosts::Precheck,
    dns::UsePrivate,
    dns::UsePublic,
    dns::SetManagementVm,
    connectivity_tests::Start,
    sddc_templates::Delete,
    subscriptions::Create,
    edrs::Set,
    legacy::AllocatePublicIps,
    legacy::UpdatePublicIp,
    legacy::DeletePublicIp,
    legacy::DeleteSubscription,
    account_link::CompatibleSubnetsAsync,
    account_link::SetSubnetAsync,
    account_link::MapCustomerZones,
    // Starts nothing new, but is followed in the same way.
    tasks::Cancel,
    tasks::autoscaler::Cancel,
}

/// A task as the part of the service shows it that knows it.
struct KnownTask {
    http: vmc_http::Client,
    org: OrgId,
    task: TaskId,
    origin: Origin,
}

impl TaskSource for KnownTask {
    fn look(&self) -> BoxFuture<'_, Result<Task, vmc_http::Error>> {
        Box::pin(self.origin.look(&self.http, &self.org, &self.task))
    }
}

/// Settings of a [`Client`].
#[derive(Debug)]
pub struct ClientBuilder {
    http: vmc_http::ClientBuilder,
    credentials: Option<Arc<dyn Credentials>>,
    scheme: Scheme,
}

impl ClientBuilder {
    /// Attaches an access token to each call.
    #[must_use]
    pub fn credentials(mut self, credentials: Arc<dyn Credentials>) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// How the token travels: [`TOKEN_HEADER`] unless told; [`Scheme::Bearer`] works too.
    #[must_use]
    pub fn scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Shares the connections of a transport with other clients.
    #[must_use]
    pub fn transport(self, transport: &Transport) -> Self {
        self.http(|http| http.transport(transport))
    }

    /// Time limits of a call.
    #[must_use]
    pub fn deadlines(self, deadlines: Deadlines) -> Self {
        self.http(|http| http.deadlines(deadlines))
    }

    /// Replay limits of a call.
    #[must_use]
    pub fn retries(self, retries: Retries) -> Self {
        self.http(|http| http.retries(retries))
    }

    /// Any other setting of the client below, such as
    /// [`service`](vmc_http::ClientBuilder::service) in tests.
    #[must_use]
    pub fn http(
        mut self,
        set: impl FnOnce(vmc_http::ClientBuilder) -> vmc_http::ClientBuilder,
    ) -> Self {
        self.http = set(self.http);
        self
    }

    /// The client. No I/O.
    ///
    /// # Errors
    /// When the base URL cannot be used.
    pub fn build(self) -> Result<Client, SetupError> {
        let http = match self.credentials {
            Some(credentials) => self.http.credentials(credentials, self.scheme),
            None => self.http,
        };
        Ok(Client {
            http: http.build()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use vmc_http::Outcome;

    use super::*;
    use crate::models::{AwsSddcConfig, EdrsPolicy, SddcState, TaskStatus};
    use crate::testing::{Requests, lines, scripted};
    use crate::{SddcId, TaskEvent, orgs};

    #[tokio::test(start_paused = true)]
    async fn a_creation_is_started_once_and_followed_where_it_was_started() {
        let (client, requests) = scripted(&[
            (
                202,
                r#"{"id":"t/1","status":"STARTED","resource_id":"s1","org_id":"elsewhere"}"#,
            ),
            (
                200,
                r#"{"id":"t/1","status":"STARTED","progress_percent":50}"#,
            ),
            (502, ""),
            (
                200,
                r#"{"id":"t/1","status":"FINISHED","resource_id":"s1"}"#,
            ),
            (200, r#"{"id":"s1","sddc_state":"READY"}"#),
        ]);
        let client = client.build().unwrap();
        let config = AwsSddcConfig::new("web", "AWS", 1);
        let running = client
            .start(sddcs::Create::new("o1", config))
            .await
            .unwrap();
        assert_eq!(running.first().unwrap().resource_id.as_deref(), Some("s1"));
        let mut events = running.events();
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            seen.push(matches!(event.unwrap(), TaskEvent::Finished(_)));
        }
        assert_eq!(seen, [false, false, true]);
        let sddc = client.send(sddcs::Get::new("o1", "s1")).await.unwrap();
        assert_eq!(sddc.sddc_state, Some(SddcState::Ready));
        let look = "GET https://vmc.vmware.com/vmc/api/orgs/o1/tasks/t%2F1";
        assert_eq!(
            lines(&requests),
            [
                "POST https://vmc.vmware.com/vmc/api/orgs/o1/sddcs",
                look,
                look,
                look,
                "GET https://vmc.vmware.com/vmc/api/orgs/o1/sddcs/s1",
            ]
        );
    }

    vmc_http::operation! {
        /// Switches site recovery off.
        struct Deactivate => "site_recovery.delete",
            DELETE "/vmc/draas/api/orgs/{org}/sddcs/{sddc}/site-recovery", Once -> Task
        {
            path { org: OrgId, sddc: SddcId }
        }
    }

    vmc_http::operation! {
        /// Changes a group of SDDCs.
        struct Operate => "groups.operate", POST "/api/network/{org}/aws/operations", Once -> Task {
            path { org: OrgId }
        }
    }

    starts_task! { Deactivate, Operate }

    #[tokio::test(start_paused = true)]
    async fn a_task_is_looked_at_where_it_was_started() {
        const STARTED: &str = r#"{"id":"t1","status":"STARTED","state":{"name":"PENDING"}}"#;
        const ENDED: &str = r#"{"id":"t1","status":"FINISHED","state":{"name":"COMPLETED"}}"#;
        let script = || scripted(&[(200, STARTED), (200, STARTED), (200, ENDED)]);
        async fn looks<O: StartsTask>(
            (client, requests): (ClientBuilder, Requests),
            operation: O,
        ) -> Vec<String> {
            let running = client.build().unwrap().start(operation).await.unwrap();
            let task = running.wait().await.unwrap();
            assert_eq!(task.status, Some(TaskStatus::Finished));
            lines(&requests).split_off(1)
        }
        let policy = EdrsPolicy::with(true);
        for (looks, path) in [
            (
                looks(script(), dns::UsePrivate::new("o1", "s1")).await,
                "/vmc/api/orgs/o1/tasks/t1",
            ),
            (
                looks(script(), edrs::Set::new("o1", "s1", "c1", policy)).await,
                "/vmc/autoscaler/api/orgs/o1/tasks/t1",
            ),
            (
                looks(script(), tasks::autoscaler::Cancel::new("o1", "t1")).await,
                "/vmc/autoscaler/api/orgs/o1/tasks/t1",
            ),
            (
                looks(script(), Deactivate::new("o1", "s1")).await,
                "/vmc/draas/api/orgs/o1/tasks/t1",
            ),
            (
                looks(script(), Operate::new("o1")).await,
                "/api/operation/o1/core/operations/t1",
            ),
        ] {
            let look = format!("GET {DEFAULT_URL}{path}");
            assert_eq!(looks, [look.clone(), look]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_is_resumed_where_it_is_known() {
        for (origin, path) in [
            (Origin::Vmc, "/vmc/api/orgs/o1/tasks/t1"),
            (Origin::Autoscaler, "/vmc/autoscaler/api/orgs/o1/tasks/t1"),
            (Origin::Draas, "/vmc/draas/api/orgs/o1/tasks/t1"),
            (Origin::Operations, "/api/operation/o1/core/operations/t1"),
        ] {
            let failed =
                r#"{"id":"t1","status":"FAILED","error_message":"no","state":{"name":"FAILED"}}"#;
            let (client, requests) = scripted(&[(200, failed)]);
            let running = client.build().unwrap().task_at("o1", "t1", origin);
            let error = running.wait().await.unwrap_err();
            assert!(matches!(error, Error::TaskFailed(_)), "{error}");
            assert_eq!(lines(&requests), [format!("GET {DEFAULT_URL}{path}")]);
            assert_eq!(Origin::of_path(path), origin);
        }
    }

    #[tokio::test]
    async fn the_token_travels_in_the_header_asked_for() {
        for (scheme, header, value) in [
            (None, "csp-auth-token", "canary"),
            (Some(Scheme::Bearer), "authorization", "Bearer canary"),
        ] {
            let (mut client, requests) = scripted(&[(200, "[]")]);
            if let Some(scheme) = scheme {
                client = client.scheme(scheme);
            }
            client
                .build()
                .unwrap()
                .send(orgs::List::new())
                .await
                .unwrap();
            let requests = requests.lock().unwrap();
            let headers = requests[0].headers();
            assert_eq!(headers[header], value);
            assert_eq!(
                headers
                    .values()
                    .filter(|v| v.as_bytes().ends_with(b"canary"))
                    .count(),
                1
            );
        }
    }

    #[tokio::test]
    async fn a_creation_whose_answer_is_unclear_is_not_sent_again() {
        let (client, requests) = scripted(&[(503, "")]);
        let config = AwsSddcConfig::new("web", "AWS", 1);
        let error = client
            .build()
            .unwrap()
            .start(sddcs::Create::new("o1", config))
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(lines(&requests).len(), 1);
    }

    #[tokio::test]
    async fn refusals_say_what_the_service_said_and_what_to_do() {
        let spring = r#"{"status":401,"error":"Unauthorized","message":"Auth token is not valid","path":"/vmc/api/orgs"}"#;
        for (status, body, top, hint) in [
            (
                401,
                spring,
                "orgs.list: 401 Unauthorized: Auth token is not valid",
                "did not accept the token",
            ),
            (
                403,
                "",
                "orgs.list: 403 Forbidden: the server gave no reason",
                "service role Administrator",
            ),
            (
                404,
                r#"{"error_messages":["No."]}"#,
                "orgs.list: 404 Not Found: No.",
                "Check the organization",
            ),
        ] {
            let (client, requests) = scripted(&[(status, body)]);
            let error = client
                .build()
                .unwrap()
                .send(orgs::List::new())
                .await
                .unwrap_err();
            assert_eq!(error.to_string(), top);
            assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
            assert!(!format!("{error:?}").contains("canary"));
            assert_eq!(lines(&requests).len(), 1);
        }
    }
}
