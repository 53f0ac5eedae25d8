//! One vCenter.

use std::borrow::Cow;
use std::sync::Arc;

use vmc_http::{Client, ClientBuilder, Error, Scheme, SetupError};

use crate::dialect::Dialect;
use crate::explain::explain;
use crate::links::Links;
use crate::login::{Login, LoginError};
use crate::session::{SESSION_HEADER, Session};

/// One vCenter and a login there. Opens a session at the first use.
///
/// Cheap to clone; clones share the session.
#[derive(Debug, Clone)]
pub struct VCenter {
    client: Client,
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
        let session = Arc::new(Session::new(bare, login, dialect));
        let client = client()
            .explain(explain)
            .credentials(session.clone(), Scheme::Header(SESSION_HEADER))
            .build()?;
        Ok(Self { client, session })
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

    /// Links of Hybrid Linked Mode.
    pub fn links(&self) -> Links<'_> {
        Links(self)
    }

    /// Ends the session, if one is open. A later call opens a new one.
    ///
    /// # Errors
    /// When the vCenter did not confirm; the session then ends when idle.
    pub async fn logout(&self) -> Result<(), Error> {
        self.session.close().await
    }

    pub(crate) async fn dialect_for(&self, operation: &'static str) -> Result<Dialect, Error> {
        self.session
            .dialect()
            .await
            .map_err(|error| Error::Credentials {
                context: Box::default(),
                operation: Cow::Borrowed(operation),
                source: error.into(),
            })
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
        let Error::Credentials { source, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(matches!(
            source.reason().downcast_ref(),
            Some(LoginError::NotVCenter { .. })
        ));
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

    async fn login_error(script: fn(usize, &str) -> Reply) -> LoginError {
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
        for body in [r#""""#, r#""a\nb""#, "7", r#"{"value":null}"#, ""] {
            let fake = Fake::new(move |_, _| reply(201, body));
            let error = fake.vcenter(None).dialect().await.unwrap_err();
            assert!(matches!(error, LoginError::Failed(_)), "{body}: {error:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn errors_of_calls_carry_the_vapi_code() {
        let fake = Fake::new(|n, line| match line {
            _ if line.contains("hvc") => reply(
                404,
                r#"{"error_type":"OPERATION_NOT_FOUND","messages":[{"default_message":"Cannot find service 'com.vmware.hvc.links'."}]}"#,
            ),
            _ => api(n, line),
        });
        let error = fake.vcenter(None).links().list().await.unwrap_err();
        assert_eq!(error.code(), Some("OPERATION_NOT_FOUND"));
        assert!(error.to_string().contains("Cannot find service"));
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
