//! A session that ends while a flow goes on.

use crate::aws::error::{AwsError, AwsErrorKind};
use crate::aws::stack::Stacks;

/// The credentials of one loop of calls. A session that has ended is loaded
/// anew once, and used only if it is of the same account.
#[derive(Debug)]
pub(crate) struct Session {
    account: String,
    state: State,
}

#[derive(Debug, PartialEq)]
enum State {
    Good,
    Ended,
    Renewed,
}

impl Session {
    /// A session of this account (12 digits).
    pub(crate) fn of(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            state: State::Good,
        }
    }

    /// A session of the account that a stack is in, by its ARN.
    pub(crate) fn of_stack(id: &str) -> Self {
        Self::of(id.split(':').nth(4).unwrap_or_default())
    }

    /// To be asked before each call: whether the credentials are of the account.
    pub(crate) async fn ready(&mut self, stacks: &Stacks) -> Result<(), AwsError> {
        if self.state == State::Ended {
            stacks.renew_credentials(&self.account).await?;
            self.state = State::Renewed;
        }
        Ok(())
    }

    /// Whether a call failed because the session has ended, and it is worth while
    /// to load it anew: it may have been renewed outside since.
    pub(crate) fn has_ended(&mut self, error: &AwsError) -> bool {
        let ended = error.kind() == AwsErrorKind::ExpiredCredentials && self.state == State::Good;
        if ended {
            self.state = State::Ended;
        }
        ended
    }

    /// A call succeeded.
    pub(crate) fn works(&mut self) {
        self.state = State::Good;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ACCOUNT, STACK_ID, Script, error_xml, identity_xml};

    #[tokio::test]
    async fn a_renewed_session_is_used_only_for_the_same_account() {
        for (account, same) in [(ACCOUNT, true), ("999999999999", false)] {
            let script = Script::new(move |asked| match asked.action() {
                "GetCallerIdentity" => (200, identity_xml(account)),
                _ => (400, error_xml("ExpiredToken", "expired")),
            });
            let stacks = Stacks::new(&script.aws(), "us-west-2");
            let mut session = Session::of_stack(STACK_ID);
            session.ready(&stacks).await.unwrap();
            let expired = stacks.find(STACK_ID).await.unwrap_err();
            assert!(session.has_ended(&expired));
            let ready = session.ready(&stacks).await;
            assert_eq!(ready.is_ok(), same, "{ready:?}");
            if let Err(error) = ready {
                assert_eq!(error.kind(), AwsErrorKind::BadCredentials);
                assert!(
                    error
                        .to_string()
                        .contains("now belongs to account 999999999999")
                );
                // It stays unusable.
                session.ready(&stacks).await.unwrap_err();
            }
            assert!(!session.has_ended(&expired), "once");
        }
    }
}
