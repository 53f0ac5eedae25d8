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
use crate::{OrgId, TaskId, account_link, sddcs, tasks};

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

    /// Starts a task.
    ///
    /// # Errors
    /// As [`Client::send`]. With [`Outcome::Unknown`](vmc_http::Outcome) the
    /// task may have been started: look for it before trying again.
    pub async fn start<O: StartsTask>(&self, operation: O) -> Result<Running, Error> {
        let org = operation.org().clone();
        let task = self.http.send(operation).await?;
        let source = self.source(org, task.id.clone());
        Ok(Running::started(task, source))
    }

    /// A task by its id, whoever started it. No I/O.
    pub fn task(&self, org: impl Into<OrgId>, task: impl Into<TaskId>) -> Running {
        let task = task.into();
        let source = self.source(org.into(), task.clone());
        Running::new(task, source)
    }

    fn source(&self, org: OrgId, task: TaskId) -> Arc<dyn TaskSource> {
        Arc::new(OrgTask {
            http: self.http.clone(),
            org,
            task,
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
    account_link::CompatibleSubnetsAsync,
    account_link::SetSubnetAsync,
    account_link::MapCustomerZones,
    // Starts nothing new, but is followed in the same way.
    tasks::Cancel,
}

/// A task as `/vmc/api/orgs/{org}/tasks/{task}` shows it.
struct OrgTask {
    http: vmc_http::Client,
    org: OrgId,
    task: TaskId,
}

impl TaskSource for OrgTask {
    fn look(&self) -> BoxFuture<'_, Result<Task, vmc_http::Error>> {
        Box::pin(self.http.send(tasks::Get::new(&self.org, &self.task)))
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
