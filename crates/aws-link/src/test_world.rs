//! A small world of both services: stacks come and go, links appear.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use tokio::sync::Notify;
use tower::util::BoxCloneSyncService;
use vmc_http::{Failure, FailureKind};

use crate::template::fetch::Templates;
use crate::testing::{
    ACCOUNT, NAMESAKE_ID, ORG, STACK_ID, Script, TASK, created_xml, error_xml, events_xml,
    identity_xml, missing, role_xml, roles_xml, stack_xml,
};
use crate::*;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// 503, not carried out.
    Refused,
    /// A page of a proxy, not carried out.
    Page,
    /// Carried out, and the connection cut.
    DoneAndCut,
    /// The process dies with the request carried out.
    DieAfter,
    /// The process dies with the request not yet carried out.
    DieBefore,
}

#[derive(Default)]
pub(crate) struct World {
    /// Requests seen so far, as `vmc GET /…` or `aws CreateStack`.
    pub(crate) log: Vec<String>,
    /// By the number of the request.
    pub(crate) faults: Vec<(usize, Fault)>,
    pub(crate) fired: bool,
    /// Link requests made: task ids.
    pub(crate) tasks: Vec<String>,
    pub(crate) task_status: Option<&'static str>,
    pub(crate) task_created: Option<&'static str>,
    pub(crate) stack: Option<Made>,
    /// Tokens that stacks were created with.
    pub(crate) tokens: Vec<String>,
    /// Stacks ever created, and deleted.
    pub(crate) created: usize,
    pub(crate) deleted: usize,
    pub(crate) accounts: Vec<serde_json::Value>,
    pub(crate) links: usize,
    /// The stack fails with this reason.
    pub(crate) stack_fails: Option<&'static str>,
    /// The stack completes, and nobody phones home.
    pub(crate) silent: bool,
    pub(crate) template: Option<&'static str>,
    pub(crate) template_status: u16,
    pub(crate) template_url: Option<&'static str>,
    pub(crate) denied: Option<&'static str>,
    /// Whose credentials they are, if not the account's own.
    pub(crate) identity: Option<&'static str>,
    pub(crate) connections: Vec<serde_json::Value>,
    pub(crate) sddcs: Vec<serde_json::Value>,
    pub(crate) groups: Vec<serde_json::Value>,
    /// Links taken away.
    pub(crate) unlinked: usize,
    /// A link that is taken away is still listed, as `DELETED`.
    pub(crate) lists_deleted: bool,
    /// Deletions of stacks that were started.
    pub(crate) deleting: usize,
    /// The deletion of the stack fails with this reason.
    pub(crate) delete_fails: Option<&'static str>,
    pub(crate) protected: bool,
    /// Roles that outlive their stack.
    pub(crate) retained: bool,
    /// The stack is in this region, and one of an earlier link in all others.
    pub(crate) namesakes_but_in: Option<&'static str>,
    /// VMware Cloud says no to each unlinking.
    pub(crate) refuses_unlinking: bool,
}

pub(crate) struct Made {
    name: String,
    token: String,
    status: &'static str,
    looks: usize,
}

impl World {
    /// The world goes on with each look at the stack.
    fn turn(&mut self) {
        let Some(stack) = &mut self.stack else { return };
        stack.looks += 1;
        if stack.looks < 3 || stack.status.ends_with("_COMPLETE") {
            return;
        }
        stack.status = match stack.status {
            "CREATE_IN_PROGRESS" if self.stack_fails.is_some() => "ROLLBACK_COMPLETE",
            "CREATE_IN_PROGRESS" => "CREATE_COMPLETE",
            "DELETE_IN_PROGRESS" if self.delete_fails.is_some() => "DELETE_FAILED",
            "DELETE_IN_PROGRESS" => {
                self.stack = None;
                self.deleted += 1;
                return;
            }
            other => other,
        };
        if stack.status == "CREATE_COMPLETE" && !self.silent {
            let name = stack.name.clone();
            self.link("ACTIVE", &name);
            self.task_status = Some("FINISHED");
        }
    }

    pub(crate) fn link(&mut self, state: &str, stack: &str) {
        self.links += 1;
        self.accounts.push(json!({
            "id": format!("link-{}", self.links), "account_number": ACCOUNT, "state": state, "cf_stack_name": stack,
            "policy_payer_arn": format!("arn:aws:iam::{ACCOUNT}:role/{}", role(stack)),
            "region_to_az_to_shadow_mapping": {"EU_WEST_1": {}},
        }));
    }

    /// A stack that somebody else made, with a token nobody knows.
    pub(crate) fn console_made(&mut self, name: &str) {
        self.stack = Some(Made {
            name: name.into(),
            token: "console".into(),
            status: "CREATE_COMPLETE",
            looks: 0,
        });
    }

    /// An SDDC that uses a link.
    pub(crate) fn deploy(&mut self, name: &str, link: &str) {
        let id = format!("sddc-{name}");
        self.sddcs
            .push(json!({"id": id, "name": name, "sddc_state": "READY"}));
        self.connections.push(json!({
            "id": format!("connection-{name}"), "sddc_id": id, "connected_account_id": link, "state": "ACTIVE",
            "vpc_id": "vpc-1", "subnet_id": "subnet-1",
        }));
    }

    fn unlink(&mut self, id: &str, force: bool) -> (u16, String) {
        let at = self
            .accounts
            .iter()
            .position(|link| link["id"] == id && link["state"] != "DELETED");
        let used = self
            .connections
            .iter()
            .any(|connection| connection["connected_account_id"] == id);
        let refused = self.refuses_unlinking || used && !force;
        let Some(at) = at.filter(|_| !refused) else {
            let words = "An invalid connected account ID was specified, or the connection still has SDDCs active on it";
            return (
                400,
                json!({"error_messages": [words], "status": 400}).to_string(),
            );
        };
        self.unlinked += 1;
        self.accounts[at]["state"] = "DELETED".into();
        let link = self.accounts[at].clone();
        if !self.lists_deleted {
            self.accounts.remove(at);
        }
        (200, link.to_string())
    }

    fn vmc(&mut self, method: &str, path: &str, query: &str) -> (u16, String) {
        if path == format!("/api/inventory/{ORG}/core/deployment-groups") {
            return (
                200,
                json!({"content": self.groups, "total_pages": 1}).to_string(),
            );
        }
        match (method, path.strip_prefix(&format!("/vmc/api/orgs/{ORG}"))) {
            ("GET", Some("")) => (200, json!({"id": ORG, "display_name": "Lab"}).to_string()),
            ("GET", Some("/account-link")) => {
                let task = format!("00000000-0000-4000-8000-{:012}", self.tasks.len() + 1);
                self.tasks.push(task.clone());
                let url = self.template_url.unwrap_or("https://b.s3.us-west-2.amazonaws.com/t?sig=canary-url");
                (200, json!({"tracking_task": task, "template_url": url, "expiration_date": "2999-01-01T00:00:00.000000Z",
                    "template_execution_url": null}).to_string())
            }
            ("DELETE", Some(other)) => match other.strip_prefix("/account-link/connected-accounts/") {
                Some(id) => self.unlink(id, query.contains("forceEvenWhenSddcPresent=true")),
                None => (404, "{}".into()),
            },
            ("GET", Some("/account-link/sddc-connections")) => (200, json!(self.connections).to_string()),
            ("GET", Some("/sddcs")) => (200, json!(self.sddcs).to_string()),
            ("GET", Some("/account-link/connected-accounts")) => (200, json!(self.accounts).to_string()),
            ("GET", Some("/account-link/compatible-subnets")) => (200, json!({"vpc_map": {"vpc-1": {"vpc_id": "vpc-1",
                "subnets": [{"subnet_id": "subnet-1", "compatible": true}]}}}).to_string()),
            ("GET", Some(other)) => match other.strip_prefix("/tasks/") {
                Some(id) if self.tasks.iter().any(|task| task == id) => (200, json!({"id": id,
                    "status": self.task_status.unwrap_or("STARTED"), "created": self.task_created, "customer_error_message": "no roles"}).to_string()),
                _ => (404, json!({"error_messages": ["no such task"], "status": 404}).to_string()),
            },
            _ => (404, "{}".into()),
        }
    }

    fn aws(&mut self, asked: &testing::Asked) -> (u16, String) {
        if self.denied == Some(asked.action()) {
            return (
                403,
                error_xml("AccessDenied", "User: ann is not authorized to perform: it"),
            );
        }
        if self
            .namesakes_but_in
            .is_some_and(|own| own != asked.region())
            && asked.service() == "cloudformation"
        {
            return namesake(asked);
        }
        match asked.action() {
            "GetCallerIdentity" => (200, identity_xml(self.identity.unwrap_or(ACCOUNT))),
            "ListStackResources" => match &self.stack {
                Some(stack) => (200, roles_xml(&[&role(&stack.name)])),
                None => missing(),
            },
            "GetRole" if self.stack.is_some() || self.retained => (200, role_xml(asked.get("RoleName"))),
            "GetRole" => (404, error_xml("NoSuchEntity", "no such role")),
            "DescribeStacks" => {
                self.turn();
                match &self.stack {
                    Some(stack) if [stack.name.as_str(), STACK_ID].contains(&asked.get("StackName")) => {
                        let xml = stack_xml(&stack.name, STACK_ID, stack.status);
                        let flag = format!("<EnableTerminationProtection>{}</EnableTerminationProtection></member>", self.protected);
                        (200, xml.replace("</member>", &flag))
                    }
                    _ => missing(),
                }
            }
            "DescribeStackEvents" => {
                let Some(stack) = &self.stack else { return missing() };
                let failed = ("e2", "RemoteRole", "CREATE_FAILED", self.stack_fails.unwrap_or(""));
                let first = ("e1", "*", "CREATE_IN_PROGRESS", "User Initiated");
                let end = ("e3", "*", stack.status, "");
                let going = ("e4", "*", "DELETE_IN_PROGRESS", "User Initiated");
                let stuck = ("e5", "RemoteRole", "DELETE_FAILED", self.delete_fails.unwrap_or(""));
                let events = match (stack.status, self.stack_fails) {
                    ("DELETE_IN_PROGRESS", _) => vec![first, going],
                    ("DELETE_FAILED", _) => vec![first, going, stuck, ("e6", "*", "DELETE_FAILED", "")],
                    ("CREATE_IN_PROGRESS", _) => vec![first],
                    (_, Some(_)) => vec![first, failed, end],
                    _ => vec![first, end],
                };
                (200, events_xml(STACK_ID, &stack.token, &events, None))
            }
            "CreateStack" => {
                assert_eq!(asked.get("Capabilities.member.1"), "CAPABILITY_IAM");
                assert_eq!(asked.get("Tags.member.1.Key"), "", "tags take rights of their own");
                match &self.stack {
                    Some(stack) if stack.token == asked.get("ClientRequestToken") => (200, created_xml(STACK_ID)),
                    None if self.tokens.iter().any(|token| token == asked.get("ClientRequestToken")) => {
                        (400, error_xml("TokenAlreadyExistsException", "used"))
                    }
                    Some(_) => (400, error_xml("AlreadyExistsException", "Stack already exists")),
                    None => {
                        self.created += 1;
                        self.tokens.push(asked.get("ClientRequestToken").into());
                        self.stack = Some(Made {
                            name: asked.get("StackName").into(),
                            token: asked.get("ClientRequestToken").into(),
                            status: "CREATE_IN_PROGRESS",
                            looks: 0,
                        });
                        (200, created_xml(STACK_ID))
                    }
                }
            }
            "DeleteStack" => {
                if let Some(stack) = &mut self.stack
                    && stack.status != "DELETE_IN_PROGRESS"
                {
                    self.deleting += 1;
                    stack.status = "DELETE_IN_PROGRESS";
                    stack.looks = 0;
                }
                (200, "<DeleteStackResponse/>".into())
            }
            "GetTemplateSummary" => (200, "<GetTemplateSummaryResponse><GetTemplateSummaryResult><ResourceTypes><member>AWS::IAM::Role</member></ResourceTypes></GetTemplateSummaryResult></GetTemplateSummaryResponse>".into()),
            other => panic!("unexpected {other}"),
        }
    }
}

/// A stack `s` that was made for this organization, with roles of its own.
fn namesake(asked: &testing::Asked) -> (u16, String) {
    match asked.action() {
        "DescribeStacks" => (200, stack_xml("s", NAMESAKE_ID, "CREATE_COMPLETE")),
        "ListStackResources" => (200, roles_xml(&["namesake-RemoteRole"])),
        "DescribeStackEvents" => {
            let first = ("e1", "*", "CREATE_IN_PROGRESS", "User Initiated");
            let token = creation_token(ORG, TASK);
            (200, events_xml(NAMESAKE_ID, &token, &[first], None))
        }
        other => panic!("{other} on a stack of an earlier link"),
    }
}

/// The role that a stack makes.
pub(crate) fn role(stack: &str) -> String {
    format!("{stack}-RemoteRole")
}

/// The world, and the button that kills the process.
#[derive(Clone, Default)]
pub(crate) struct Sim {
    world: Arc<Mutex<World>>,
    death: Arc<Notify>,
}

enum Reply {
    Answer(u16, String),
    Cut,
    Never,
}

impl Sim {
    pub(crate) fn with(set: impl FnOnce(&mut World)) -> Self {
        let sim = Self::default();
        set(&mut sim.world());
        sim
    }

    pub(crate) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn serve(&self, what: String, work: impl FnOnce(&mut World) -> (u16, String)) -> Reply {
        let mut world = self.world();
        let at = world.log.len();
        world.log.push(what);
        let due = world.faults.iter().find(|(when, _)| *when == at);
        let fault = due.map(|(_, fault)| *fault);
        world.fired |= fault.is_some();
        match fault {
            None => {
                let (status, body) = work(&mut world);
                Reply::Answer(status, body)
            }
            Some(Fault::Refused) => Reply::Answer(503, error_xml("ServiceUnavailable", "down")),
            Some(Fault::Page) => Reply::Answer(200, "<html>log in</html>".into()),
            Some(Fault::DoneAndCut) => {
                work(&mut world);
                Reply::Cut
            }
            Some(death) => {
                if death == Fault::DieAfter {
                    work(&mut world);
                }
                self.death.notify_one();
                Reply::Never
            }
        }
    }

    fn http_service(
        &self,
        name: &'static str,
    ) -> BoxCloneSyncService<Request<Bytes>, Response<Bytes>, Failure> {
        let sim = self.clone();
        BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
            let sim = sim.clone();
            Box::pin(async move {
                let path = request.uri().path().to_owned();
                let query = request.uri().query().unwrap_or_default().to_owned();
                let reply = sim.serve(format!("{name} {} {path}", request.method()), |world| {
                    if name == "s3" {
                        let body = world
                            .template
                            .unwrap_or(r#"{"Resources":{"R":{"Type":"AWS::IAM::Role"}}}"#);
                        return (world.template_status.max(200), body.into());
                    }
                    world.vmc(request.method().as_str(), &path, &query)
                });
                match reply {
                    Reply::Answer(status, body) => Ok(Response::builder()
                        .status(status)
                        .body(Bytes::from(body))
                        .unwrap()),
                    Reply::Cut => Err(Failure::new(FailureKind::Cut)),
                    Reply::Never => std::future::pending().await,
                }
            })
        }))
    }

    pub(crate) fn aws(&self) -> Aws {
        let sim = self.clone();
        let script = Script::new(move |asked| {
            match sim.serve(format!("aws {}", asked.action()), |world| world.aws(asked)) {
                Reply::Answer(status, body) => (status, body),
                Reply::Cut => (0, String::new()),
                Reply::Never => (1, String::new()),
            }
        });
        script.aws()
    }

    pub(crate) fn vmc(&self) -> vmc_api::Client {
        vmc_api::Client::builder("https://vmc.example")
            .http(|http| http.service(self.http_service("vmc")))
            .build()
            .unwrap()
    }

    fn serve_templates(&self, templates: &mut Templates) {
        let sim = self.clone();
        templates.scripted(move |origin| {
            vmc_http::Client::builder(origin)
                .service(sim.http_service("s3"))
                .build()
        });
    }

    /// The end of the link to the account.
    pub(crate) fn unlink(&self, journal: &MemoryJournal) -> Unlink {
        Unlink::new(&self.vmc(), &self.aws(), ORG, ACCOUNT).journal(journal.clone())
    }

    pub(crate) fn link(&self, journal: &MemoryJournal) -> LinkUp {
        let mut link = LinkUp::new(&self.vmc(), &self.aws(), ORG).journal(journal.clone());
        self.serve_templates(&mut link.templates);
        link
    }

    pub(crate) fn link_request(&self) -> LinkRequest {
        let mut request = LinkRequest::new(&self.vmc(), ORG);
        self.serve_templates(request.templates());
        request
    }

    pub(crate) fn link_run(&self, hand_off: &HandOff, journal: &MemoryJournal) -> LinkRun {
        let mut run = LinkRun::new(&self.aws(), hand_off.clone()).journal(journal.clone());
        self.serve_templates(run.templates());
        run
    }

    pub(crate) fn link_wait(&self, hand_off: &HandOff) -> LinkWait {
        LinkWait::of(&self.vmc(), hand_off.about())
    }

    /// Runs until the end or the process's death (`None`).
    pub(crate) async fn run<E, D>(&self, events: Events<E, D>) -> Option<Result<D, Error>> {
        self.until_death(events.wait()).await
    }

    pub(crate) async fn until_death<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.death.notified() => None,
            end = work => Some(end),
        }
    }

    pub(crate) fn assert_one_of_each(&self, note: &str) {
        let world = self.world();
        assert_eq!(
            world.created - world.deleted,
            1,
            "{note}: stacks\n{:#?}",
            world.log
        );
        assert_eq!(world.links, 1, "{note}: links\n{:#?}", world.log);
    }
}
