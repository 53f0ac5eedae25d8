//! One vCenter.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{FutureExt as _, join_all};
use tokio::time::timeout;
use vmc_http::{Client, ClientBuilder, Error, Operation, Scheme, SetupError, Transport};

use crate::about::About;
use crate::administrators::Administrators;
use crate::dialect::Dialect;
use crate::error::{HlmError, no_such_service};
use crate::explain::explain;
use crate::host_port::HostPort;
use crate::links::Links;
use crate::login::{Login, LoginError};
use crate::session::{SESSION_HEADER, Session};
use crate::sync::Sync;
use crate::trust::Trust;
use crate::vapi_error::Reply;

/// For logging out of a vCenter that may not answer any more.
const LEAVE_LIMIT: Duration = Duration::from_secs(30);

/// One vCenter and a login there. Opens a session at the first use.
///
/// Cheap to clone; clones share the session.
#[derive(Debug, Clone)]
pub struct VCenter {
    client: Client,
    bare: Client,
    session: Arc<Session>,
}

impl VCenter {
    /// A vCenter reached through clients made by `client`: one that carries
    /// the session, and one to log in and out. `dialect` forces a dialect;
    /// `None` finds it out at the first login. No I/O.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    pub fn new(
        client: impl Fn() -> ClientBuilder,
        login: Login,
        dialect: Option<Dialect>,
    ) -> Result<Self, SetupError> {
        let bare = client().explain(explain).build()?;
        let session = Arc::new(Session::new(bare.clone(), login, dialect));
        let client = client()
            .explain(explain)
            .credentials(session.clone(), Scheme::Header(SESSION_HEADER))
            .build()?;
        Ok(Self {
            client,
            bare,
            session,
        })
    }

    /// The vCenter at `address`, over connections judged by `trust`, with the
    /// settings of [`Transport`] otherwise. [`VCenter::new`] takes others. No I/O.
    ///
    /// # Errors
    /// When the bundle has no readable certificate.
    pub fn at(address: &HostPort, trust: &Trust, login: Login) -> Result<Self, SetupError> {
        let transport = trust.apply(Transport::builder())?.build();
        let client = || Client::builder(address.url()).transport(&transport);
        Self::new(client, login, None)
    }

    /// The client that carries the session, for calls this crate does not have.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The dialect it speaks, found out by logging in unless it is known.
    ///
    /// # Errors
    /// When the login fails.
    pub async fn dialect(&self) -> Result<Dialect, LoginError> {
        self.session.dialect().await
    }

    /// The user who logs in.
    pub fn user(&self) -> &str {
        self.session.user()
    }

    /// Opens the session now, unless it is open.
    ///
    /// # Errors
    /// When the login fails.
    pub async fn login(&self) -> Result<(), LoginError> {
        self.session.open().await.map(drop)
    }

    /// Links of Hybrid Linked Mode.
    pub fn links(&self) -> Links<'_> {
        Links(self)
    }

    /// Groups with the rights of a cloud administrator.
    pub fn administrators(&self) -> Administrators<'_> {
        Administrators(self)
    }

    /// The synchronization behind links, where there is a preview of it.
    pub fn sync(&self) -> Sync<'_> {
        Sync(self)
    }

    /// Its version and its clock, asked without a login.
    ///
    /// # Errors
    /// When it does not answer at all.
    pub async fn about(&self) -> Result<About, Error> {
        About::ask(&self.bare).await
    }

    /// Ends the session, if one is open. A later call opens a new one.
    ///
    /// # Errors
    /// When the vCenter did not confirm. The session ends when idle, or when
    /// this is called again.
    pub async fn logout(&self) -> Result<(), Error> {
        self.session.close().await
    }

    /// Does `work` and logs out after it, whether it succeeded, failed or
    /// panicked. A logout that fails, or takes more than 30 s, is a line in the
    /// log: the work is done all the same.
    ///
    /// Within `work`, any call may be dropped, a login under way included.
    /// Dropping this future itself leaves the session open; see
    /// [`VCenter::with_session_until`].
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn with_session<T, E, F>(&self, work: impl FnOnce(Self) -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        until(&[self], work(self.clone()), std::future::pending()).await
    }

    /// As [`VCenter::with_session`], and ends the work when `stop` is ready,
    /// with the error that `stop` gives: for Ctrl-C. A login under way is
    /// waited for in the time for the logout, because a session whose id nobody knows could not be ended.
    ///
    /// # Errors
    /// Those of `work` and that of `stop`.
    pub async fn with_session_until<T, E, F>(
        &self,
        work: impl FnOnce(Self) -> F,
        stop: impl Future<Output = E>,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        until(&[self], work(self.clone()), stop).await
    }

    async fn leave(&self) {
        let problem = match timeout(LEAVE_LIMIT, self.logout()).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the server does not answer".into(),
        };
        tracing::warn!(%problem, "the session could not be ended; it ends when idle");
    }

    /// Sends the operation in the dialect that this vCenter speaks. Where its
    /// `/api` does not have this one yet, it goes to `/rest`.
    pub(crate) async fn call<A, R, T, W>(
        &self,
        api: A,
        rest: R,
        unwrap: fn(W) -> T,
    ) -> Result<T, HlmError>
    where
        A: Operation<Output = Reply<T>>,
        R: Operation<Output = Reply<W>>,
    {
        if self.dialect_for(A::NAME).await? == Dialect::Api {
            match self.client.send(api).await {
                Ok(Reply(said)) => return said.map_err(|error| in_answer(A::NAME, error)),
                Err(error) if self.session.may_change_dialect() && no_such_service(&error) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        self.call_rest(rest).await.map(unwrap)
    }

    /// Sends an operation of the `/rest` dialect, whatever the session's is.
    pub(crate) async fn call_rest<R, W>(&self, rest: R) -> Result<W, HlmError>
    where
        R: Operation<Output = Reply<W>>,
    {
        match self.client.send(rest).await {
            Ok(Reply(said)) => said.map_err(|error| in_answer(R::NAME, error)),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: Error) -> HlmError {
        HlmError::of_call(error, self.client.origin())
    }

    async fn dialect_for(&self, operation: &'static str) -> Result<Dialect, HlmError> {
        self.session.dialect().await.map_err(|error| {
            HlmError::Call(Box::new(Error::Credentials {
                context: Box::default(),
                operation: Cow::Borrowed(operation),
                source: error.into(),
            }))
        })
    }
}

/// Does `work`, unless `stop` is ready before it, and logs out of all these
/// vCenters.
pub(crate) async fn until<T, E>(
    vcenters: &[&VCenter],
    work: impl Future<Output = Result<T, E>>,
    stop: impl Future<Output = E>,
) -> Result<T, E> {
    // Nothing of the work is used after a panic in it, but the sessions.
    let work = AssertUnwindSafe(work).catch_unwind();
    // Nothing of it is left when the sessions end.
    let done = tokio::select! {
        done = work => done,
        error = stop => Ok(Err(error)),
    };
    // At once: a server that does not answer takes no time from the others.
    join_all(vcenters.iter().map(|vcenter| vcenter.leave())).await;
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

fn in_answer(operation: &'static str, error: crate::VapiError) -> HlmError {
    HlmError::RefusedInAnswer {
        operation,
        error: Box::new(error),
    }
}

/// The address of the vCenter.
impl fmt::Display for VCenter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.client.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, Reply, api, not_found, reply, rest};
    use vmc_http::{Failure, FailureKind};

    async fn names(vcenter: &VCenter) -> Vec<String> {
        let links = vcenter.links().list().await.unwrap();
        links
            .iter()
            .map(|link| {
                format!(
                    "{} {}",
                    link.link,
                    link.display_name.as_deref().unwrap_or("-")
                )
            })
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_new_dialect_is_spoken_where_it_is_known() {
        let fake = Fake::new(api);
        let vcenter = fake.vcenter(None);
        assert_eq!(names(&vcenter).await, ["l1 onprem.local"]);
        assert_eq!(names(&vcenter).await.len(), 1);
        assert_eq!(vcenter.dialect().await.unwrap(), Dialect::Api);
        vcenter.logout().await.unwrap();
        vcenter.logout().await.unwrap();
        assert_eq!(
            fake.seen(),
            [
                "POST /api/session Basic YWRtaW46Y2FuYXJ5",
                "GET /api/hvc/links s1",
                "GET /api/hvc/links s1",
                "DELETE /api/session s1",
            ]
        );
        names(&vcenter).await;
        assert!(fake.seen().ends_with(&["GET /api/hvc/links s5".to_owned()]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_old_dialect_is_found_out_once() {
        let fake = Fake::new(rest);
        let vcenter = fake.vcenter(None);
        assert_eq!(names(&vcenter).await, ["l1 onprem.local"]);
        vcenter.logout().await.unwrap();
        names(&vcenter).await;
        assert_eq!(
            fake.seen(),
            [
                "POST /api/session Basic YWRtaW46Y2FuYXJ5",
                "POST /rest/com/vmware/cis/session Basic YWRtaW46Y2FuYXJ5",
                "GET /rest/hvc/links s2",
                "DELETE /rest/com/vmware/cis/session s2",
                "POST /rest/com/vmware/cis/session Basic YWRtaW46Y2FuYXJ5",
                "GET /rest/hvc/links s5",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_forced_dialect_is_not_left() {
        let fake = Fake::new(api);
        let error = fake
            .vcenter(Some(Dialect::Rest))
            .links()
            .list()
            .await
            .unwrap_err();
        assert_eq!(fake.seen().len(), 1);
        assert!(matches!(error.login(), Some(LoginError::NotVCenter { .. })));
        let forced = fake.vcenter(Some(Dialect::Api));
        assert_eq!(names(&forced).await.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_password_is_tried_once_by_all() {
        let fake = Fake::new(|_, _| {
            reply(
                401,
                r#"{"error_type":"UNAUTHENTICATED","messages":[{"default_message":"Authentication required."}]}"#,
            )
        });
        let vcenter = fake.vcenter(None);
        let herd: Vec<_> = (0..20)
            .map(|_| {
                let vcenter = vcenter.clone();
                tokio::spawn(async move { vcenter.links().list().await.unwrap_err() })
            })
            .collect();
        for call in herd {
            let error = call.await.unwrap();
            assert!(error.hint().unwrap().contains("locks"), "{error:?}");
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert_eq!(
                source,
                "the vCenter does not let admin in: Authentication required."
            );
            assert!(!format!("{error:?}").contains("canary"));
        }
        assert_eq!(fake.seen().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_ended_session_is_opened_again_once() {
        let fake = Fake::new(|n, line| match n {
            2 => reply(401, ""),
            _ => api(n, line),
        });
        assert_eq!(names(&fake.vcenter(None)).await.len(), 1);
        let seen = fake.seen();
        assert_eq!(
            seen[1..],
            [
                "GET /api/hvc/links s1",
                "POST /api/session Basic YWRtaW46Y2FuYXJ5",
                "GET /api/hvc/links s3"
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn logging_out_of_an_ended_session_is_fine() {
        let fake = Fake::new(|n, line| match line {
            _ if line.starts_with("DELETE") => reply(401, ""),
            _ => api(n, line),
        });
        let vcenter = fake.vcenter(None);
        names(&vcenter).await;
        vcenter.logout().await.unwrap();
    }

    async fn login_error(
        script: impl Fn(usize, &str) -> Reply + Send + std::marker::Sync + 'static,
    ) -> LoginError {
        Fake::new(script).vcenter(None).dialect().await.unwrap_err()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_vcenter_is_named() {
        let errors = [
            login_error(|_, _| not_found()).await,
            login_error(|_, _| reply(200, "<!doctype html>log in")).await,
            login_error(|_, _| reply(302, "")).await,
        ];
        for error in errors {
            assert!(matches!(error, LoginError::NotVCenter { .. }), "{error:?}");
            assert!(
                error
                    .to_string()
                    .starts_with("https://vc.example is not a vCenter")
            );
        }
        let error = login_error(|_, _| Err(Failure::new(FailureKind::Connect))).await;
        assert!(matches!(&error, LoginError::Failed(_)) && error.transient());
    }

    #[tokio::test(start_paused = true)]
    async fn odd_session_ids_are_refused() {
        let said = r#"{"error_type":"UNAUTHENTICATED","messages":[{"default_message":"No."}]}"#;
        let error = login_error(move |_, _| reply(200, said)).await;
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("No. (UNAUTHENTICATED)"), "{source}");
        for body in [r#""""#, r#""a\nb""#, "7", r#"{"value":null}"#, ""] {
            let fake = Fake::new(move |_, _| reply(201, body));
            let error = fake.vcenter(None).dialect().await.unwrap_err();
            assert!(matches!(error, LoginError::Failed(_)), "{body}: {error:?}");
        }
    }

    fn missing(n: usize, line: &str) -> Reply {
        match line {
            _ if line.contains("hvc") => reply(
                404,
                r#"{"error_type":"OPERATION_NOT_FOUND","messages":[{"default_message":"Cannot find service 'com.vmware.hvc.links'."}]}"#,
            ),
            _ => api(n, line),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn where_the_tree_is_gone_it_is_said_so() {
        let fake = Fake::new(missing);
        let vcenter = fake.vcenter(None);
        let error = vcenter.links().list().await.unwrap_err();
        assert!(matches!(error, HlmError::Removed { .. }), "{error:?}");
        assert!(
            error.to_string().contains("removed in vCenter 9.1"),
            "{error}"
        );
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("Cannot find service"), "{source}");
        // Both dialects were asked.
        assert_eq!(fake.seen().len(), 3);
        let error = vcenter.sync().reset(&"l1".into()).await.unwrap_err();
        assert!(error.to_string().contains("preview"), "{error}");
        let forced = Fake::new(missing);
        let error = forced.vcenter(Some(Dialect::Api)).links().list().await;
        assert!(matches!(error, Err(HlmError::Removed { .. })));
        assert_eq!(forced.seen().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_api_does_not_have_yet_is_asked_of_rest() {
        let fake = Fake::new(|n, line| match line {
            _ if line.starts_with("GET /rest/hvc/links/l1") => {
                reply(200, r#"{"value":{"connection_health_status":"HEALTHY"}}"#)
            }
            _ if line.starts_with("GET /api/hvc/links/l1") => not_found(),
            _ if line.starts_with("GET /api/hvc/links/l2") => {
                reply(404, r#"{"error_type":"NOT_FOUND","messages":[]}"#)
            }
            _ => api(n, line),
        });
        let vcenter = fake.vcenter(None);
        let info = vcenter.links().get(&"l1".into()).await.unwrap();
        assert_eq!(info.connection_health_status, Some(crate::Health::Healthy));
        let error = vcenter.links().get(&"l2".into()).await.unwrap_err();
        assert_eq!(error.kind(), Some(&crate::ErrorType::NotFound));
        assert_eq!(fake.seen().len(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_in_an_answer_of_success_is_an_error() {
        let fake = Fake::new(|n, line| match line {
            _ if line.contains("hvc") => reply(
                200,
                r#"{"type":"com.vmware.vapi.std.errors.unauthorized","value":{"messages":[]}}"#,
            ),
            _ => rest(n, line),
        });
        let vcenter = fake.vcenter(None);
        let lists = vcenter.links().list().await.unwrap_err();
        let deletes = vcenter.links().delete(&"l1".into()).await.unwrap_err();
        for error in [lists, deletes] {
            assert!(
                matches!(error, HlmError::RefusedInAnswer { .. }),
                "{error:?}"
            );
            assert_eq!(error.outcome(), vmc_http::Outcome::Refused);
            assert!(error.hint().unwrap().contains("HLM.Manage"));
        }
    }

    fn sessions(fake: &Fake) -> (usize, usize) {
        let count = |method: &str| {
            let lines = fake.seen();
            let of = |line: &&String| line.starts_with(method) && line.contains("/session");
            lines.iter().filter(of).count()
        };
        (count("POST"), count("DELETE"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_is_ended_after_work_that_fails_too() {
        let fake = Fake::new(missing);
        let vcenter = fake.vcenter(None);
        let work = |vcenter: VCenter| async move { vcenter.links().list().await };
        assert!(vcenter.with_session(work).await.is_err());
        assert_eq!(sessions(&fake), (1, 1));
        let fake = Fake::new(api);
        assert!(fake.vcenter(None).with_session(work).await.is_ok());
        assert_eq!(sessions(&fake), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_is_ended_when_work_is_interrupted() {
        // A request takes 5 ms: this stops before, during and after the login.
        for stop_at in [0, 3, 7, 12] {
            let fake = Fake::new(api);
            let vcenter = fake.vcenter(None);
            let stop = async move {
                tokio::time::sleep(std::time::Duration::from_millis(stop_at)).await;
                "interrupted"
            };
            let work = |vcenter: VCenter| async move {
                loop {
                    vcenter.links().list().await.unwrap();
                }
            };
            let done: Result<(), _> = vcenter.with_session_until(work, stop).await;
            assert_eq!(done, Err("interrupted"));
            let (opened, ended) = sessions(&fake);
            assert_eq!(opened, ended, "after {stop_at} ms: {:?}", fake.seen());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_whose_caller_was_dropped_is_ended_too() {
        let fake = Fake::new(api);
        let work = |vcenter: VCenter| async move {
            timeout(Duration::from_millis(3), vcenter.links().list()).await
        };
        let given_up = fake.vcenter(None).with_session(work).await;
        assert!(given_up.is_err());
        assert_eq!(sessions(&fake), (1, 1), "{:?}", fake.seen());
        // Who comes next takes it over.
        let fake = Fake::new(api);
        let vcenter = fake.vcenter(None);
        assert!(work(vcenter.clone()).await.is_err());
        names(&vcenter).await;
        assert_eq!(sessions(&fake), (1, 0), "{:?}", fake.seen());
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_is_ended_after_a_panic() {
        let fake = Fake::new(api);
        let vcenter = fake.vcenter(None);
        let working = tokio::spawn(async move {
            let work = |vcenter: VCenter| async move {
                names(&vcenter).await;
                panic!("canary")
            };
            let _: Result<(), ()> = vcenter.with_session(work).await;
        });
        assert!(working.await.unwrap_err().is_panic());
        assert_eq!(sessions(&fake), (1, 1), "{:?}", fake.seen());
    }

    #[tokio::test(start_paused = true)]
    async fn a_logout_that_failed_can_be_made_again() {
        let fake = Fake::new(|n, line| match line {
            _ if line.starts_with("DELETE") && n < 4 => reply(400, ""),
            _ => api(n, line),
        });
        let vcenter = fake.vcenter(None);
        names(&vcenter).await;
        assert!(vcenter.logout().await.is_err());
        vcenter.logout().await.unwrap();
        let given_up = timeout(Duration::from_millis(1), async {
            names(&vcenter).await;
        });
        assert!(given_up.await.is_err());
        vcenter.logout().await.unwrap();
        assert_eq!(sessions(&fake), (2, 3), "{:?}", fake.seen());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_silent_is_left_in_time() {
        let fake = Fake::new(|n, line| match line {
            _ if line.starts_with("DELETE") => Err(Failure::new(FailureKind::Timeout)),
            _ => api(n, line),
        });
        fake.answers_after(Duration::from_secs(20));
        let start = tokio::time::Instant::now();
        let work = |vcenter: VCenter| async move { vcenter.links().list().await };
        fake.vcenter(None).with_session(work).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 20 + 20 + 30);
    }

    #[tokio::test(start_paused = true)]
    async fn not_found_is_no_missing_function() {
        let fake = Fake::new(|n, line| match line {
            _ if line.starts_with("POST /api/hvc/links") => reply(
                404,
                r#"{"error_type":"NOT_FOUND","messages":[{"id":"hvc.domain","default_message":"There is no such domain."}]}"#,
            ),
            _ => api(n, line),
        });
        let spec = crate::LinkSpec::new("psc", "d", "a", "b");
        let error = fake.vcenter(None).links().create(spec).await.unwrap_err();
        assert_eq!(error.kind(), Some(&crate::ErrorType::NotFound), "{error:?}");
        assert_eq!(fake.seen().len(), 2, "the password was sent once");
        // What servers say of paths they do not know.
        for body in [
            r#"{"error_type":"NOT_FOUND","messages":[{"id":"com.vmware.vapi.rest.httpNotFound","default_message":"Not found."}]}"#,
            r#"{"type":"com.vmware.vapi.std.errors.not_found","value":{"error_type":"NOT_FOUND","messages":[{"id":"com.vmware.vapi.rest.operationsForUrlNotFound"}]}}"#,
            r#"{"name":"com.vmware.vapi.rest.httpNotFound","localizableMessages":[{"id":"com.vmware.vapi.rest.httpNotFound","defaultMessage":"Not found."}],"majorErrorCode":404}"#,
            "",
        ] {
            let fake = Fake::new(move |n, line| match line {
                _ if line.contains("hvc") => reply(404, body),
                _ => api(n, line),
            });
            let vcenter = fake.vcenter(None);
            let error = vcenter.links().get(&"l1".into()).await.unwrap_err();
            assert!(
                matches!(error, HlmError::Removed { .. }),
                "{body}: {error:?}"
            );
            assert_eq!(fake.seen().len(), 3, "{body}");
        }
    }

    #[test]
    fn what_cannot_be_a_login_is_refused() {
        for (user, password) in [("", "x"), (" ", "x"), ("a:b", "x"), ("a", "")] {
            assert!(Login::new(user, password).is_err(), "{user:?} {password:?}");
        }
        let login = Login::new("a", "canary").unwrap();
        assert!(!format!("{login:?}").contains("canary"));
    }
}
