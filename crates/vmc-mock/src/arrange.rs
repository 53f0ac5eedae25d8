//! Bringing the standard organization and AWS account into a state of their link, by the requests
//! that people would have made some minutes before the start.

use crate::{
    answer::Answer,
    builder::StartError,
    clock::Clock,
    journal::Journal,
    pipeline::{Core, Origin},
    world::{
        ACCESS_KEY, ACCOUNT, API_TOKEN, ApiToken, LinkState, ORG_ID, OTHER_API_TOKEN, OTHER_ORG_ID,
        Org, Plan, World, seconds,
    },
};
use bytes::Bytes;
use http::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What to bring about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrangement {
    pub(crate) state: LinkState,
    /// The stack's `ClientRequestToken`; `{task}` stands for the tracking task.
    pub(crate) token: Option<String>,
}

/// How long before the start it began, in seconds.
const BEGAN: u64 = 300;
/// When a stack is created that is complete or has failed at the start.
const CREATED: u64 = 60;
/// When a stack is created that is still at it.
const CREATED_LATE: u64 = BEGAN - 10;
/// When what was linked is broken or unlinked.
const CHANGED: u64 = 200;

impl Core {
    /// Makes the state that was asked for: then nothing tells of it but the world.
    pub(crate) fn arrange(&self, wanted: &Arrangement) -> Result<(), StartError> {
        if wanted.state == LinkState::Never {
            return Ok(());
        }
        let (end, speed, issued) = {
            let mut state = self.lock();
            let (end, speed) = (state.clock.now(), state.clock.speed());
            state.clock = Clock::new(end.minus(seconds(BEGAN)), speed);
            (end, speed, state.world.tokens_issued)
        };
        let mut steps = Steps {
            core: self,
            org: ORG_ID,
            access_token: String::new(),
        };
        steps.take(wanted).map_err(StartError::Link)?;
        let mut state = self.lock();
        state.clock = Clock::new(end, speed);
        state.settle();
        let number = |token: &crate::world::AccessToken| token.number > issued;
        state.world.access_tokens.retain(|token| !number(token));
        state.world.tokens_issued = issued;
        state.journal = Journal::default();
        Ok(())
    }
}

struct Steps<'a> {
    core: &'a Core,
    org: &'static str,
    access_token: String,
}

impl Steps<'_> {
    fn take(&mut self, wanted: &Arrangement) -> Result<(), String> {
        let state = wanted.state;
        let began = self.core.lock().clock.now();
        let wait_until = |second: u64| {
            let mut state = self.core.lock();
            let left = began.plus(seconds(second)).since(state.clock.now());
            state.clock.advance(left);
            state.settle();
        };
        if state == LinkState::OtherOrg {
            self.core.lock().world.add_other_org();
            self.org = OTHER_ORG_ID;
        }
        self.access_token = self.log_in()?;
        let link = self.vmc("GET", "account-link")?;
        if state == LinkState::Requested {
            return Ok(());
        }
        if matches!(state, LinkState::StackFailed | LinkState::StackRolledBack) {
            self.core.lock().world.plan(Plan::ResourceFails {
                resource: "RemoteRole".into(),
                reason: "API: iam:CreateRole User is not authorized to perform: iam:CreateRole"
                    .into(),
            });
        }
        wait_until(match state {
            LinkState::StackRunning => CREATED_LATE,
            _ => CREATED,
        });
        self.create_stack(&link, wanted)?;
        wait_until(match state {
            LinkState::StackRunning => CREATED_LATE,
            _ => CHANGED,
        });
        match state {
            LinkState::BrokenRole => {
                if let Some(role) = self.core.lock().world.role_mut("RemoteRole") {
                    role.managed.clear();
                }
            }
            LinkState::StackDeleted => self.delete_stack()?,
            LinkState::UnlinkedStackLeft => self.unlink()?,
            LinkState::Unlinked => {
                self.unlink()?;
                self.delete_stack()?;
            }
            _ => {}
        }
        Ok(())
    }

    fn log_in(&self) -> Result<String, String> {
        let token = match self.org {
            OTHER_ORG_ID => OTHER_API_TOKEN,
            _ => API_TOKEN,
        };
        let request = Request::builder()
            .method("POST")
            .uri("/csp/gateway/am/api/auth/api-tokens/authorize")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = self.ask(request, format!("api_token={token}"))?;
        text(&json(&answer)?, "access_token")
    }

    /// A call below the organization.
    fn vmc(&self, method: &str, path: &str) -> Result<Value, String> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/vmc/api/orgs/{}/{path}", self.org))
            .header("csp-auth-token", &self.access_token);
        json(&self.ask(request, String::new())?)
    }

    fn unlink(&self) -> Result<(), String> {
        let accounts = self.vmc("GET", "account-link/connected-accounts")?;
        let accounts = accounts.as_array().map(Vec::as_slice).unwrap_or_default();
        let account = accounts.iter().find(|row| row["account_number"] == ACCOUNT);
        let account = account.ok_or("the stack has linked nothing")?;
        let id = text(account, "id")?;
        let path = format!("account-link/connected-accounts/{id}");
        self.vmc("DELETE", &path).map(drop)
    }

    fn stack_name(&self) -> String {
        format!("vmware-sddc-formation-{}", self.org)
    }

    fn create_stack(&self, link: &Value, wanted: &Arrangement) -> Result<(), String> {
        let (name, url) = (self.stack_name(), text(link, "template_url")?);
        let task = text(link, "tracking_task")?;
        let token = wanted.token.as_ref();
        let token = token.map(|token| token.replace("{task}", &task));
        let mut params = vec![
            ("Action", "CreateStack"),
            ("StackName", &name),
            ("TemplateURL", &url),
            ("Capabilities.member.1", "CAPABILITY_IAM"),
        ];
        if let Some(token) = &token {
            params.push(("ClientRequestToken", token));
        }
        if wanted.state == LinkState::StackFailed {
            params.push(("OnFailure", "DO_NOTHING"));
        }
        self.cloudformation(&params)
    }

    fn delete_stack(&self) -> Result<(), String> {
        let name = self.stack_name();
        self.cloudformation(&[("Action", "DeleteStack"), ("StackName", &name)])
    }

    fn cloudformation(&self, params: &[(&str, &str)]) -> Result<(), String> {
        let region = match self.core.lock().settings.link_stack_region.as_str() {
            "" => "us-west-2".to_owned(),
            region => region.to_owned(),
        };
        let scope = format!("{ACCESS_KEY}/20260101/{region}/cloudformation/aws4_request");
        let auth = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
        let request = Request::builder()
            .method("POST")
            .uri("/")
            .header("authorization", auth);
        let pairs = params.iter().map(|(name, value)| {
            format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
        });
        let form = pairs.collect::<Vec<_>>().join("&");
        self.ask(request, form).map(drop)
    }

    /// Carries a request out like one that came over a connection.
    fn ask(&self, request: http::request::Builder, body: String) -> Result<Answer, String> {
        let request = request.body(()).map_err(|error| error.to_string())?;
        let (parts, ()) = request.into_parts();
        let body = Bytes::from(body);
        let origin = Origin {
            scheme: "http",
            authority: "vmc-mock.invalid".into(),
            only: None,
            vcenter: None,
        };
        let found = self.core.identify(&origin, &parts, &body);
        let operation = found.operation.clone();
        let answer = self.core.carry_out(&origin, 0, found, &parts, &body);
        match answer.status {
            200..=299 => Ok(answer),
            status => Err(format!(
                "{operation} was answered {status}: {}",
                String::from_utf8_lossy(&answer.body)
            )),
        }
    }
}

fn json(answer: &Answer) -> Result<Value, String> {
    serde_json::from_slice(&answer.body).map_err(|error| error.to_string())
}

fn text(document: &Value, name: &str) -> Result<String, String> {
    let found = document[name].as_str().map(str::to_owned);
    found.ok_or_else(|| format!("an answer has no {name}"))
}

impl World {
    /// A second organization, with an API token of its own.
    fn add_other_org(&mut self) {
        self.orgs.insert(Org {
            id: OTHER_ORG_ID.into(),
            name: "other-org".into(),
            display_name: "Other Organization".into(),
            ..Org::default()
        });
        self.api_tokens.insert(ApiToken {
            value: OTHER_API_TOKEN.into(),
            name: "vmc-mock-other".into(),
            orgs: vec![OTHER_ORG_ID.into()],
            username: "admin@other.simulated.com".into(),
            ..ApiToken::default()
        });
    }
}
