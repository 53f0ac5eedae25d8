//! The credential's own end.

use csp_auth::{Grant, TokenDetails};

use super::Deadline;
use crate::context::{Context, Identity};
use crate::error::Error;
use crate::settings::Held;

const RENEW: &str = "Make a new one in the console: My Account > API Tokens";

/// The API token, or the access token that was given; an OAuth app has no end.
pub(super) async fn token(context: &Context) -> Option<Deadline> {
    let held = match context.settings().credential() {
        Ok(credential) => credential.held,
        // The organizations that cannot be read say so.
        Err(_) => return None,
    };
    match held {
        Held::Grant(Grant::ApiToken(token)) => {
            let asked = async { Ok::<_, Error>(context.csp()?.token_details(&token).await?) };
            match asked.await {
                Ok(details) => api_token(&details),
                Err(error) => Some(Deadline::unread("api-token", "API token", &error)),
            }
        }
        Held::Grant(_) => None,
        Held::AccessToken(token) => {
            let claims = Identity::Given(token).claims().await.ok()?;
            let deadline = Deadline::new("access-token", "access token");
            let deadline = deadline.todo("Set VMC_ACCESS_TOKEN anew");
            Some(deadline.at(claims.expires_at?))
        }
    }
}

fn api_token(details: &TokenDetails) -> Option<Deadline> {
    let name = details.token_name.as_deref().unwrap_or("API token");
    let mut deadline = Deadline::new("api-token", name).todo(RENEW);
    deadline.org_id.clone_from(&details.org_id);
    if let Some(id) = &details.token_id {
        deadline = deadline.id(id);
    }
    if details.deactivated == Some(true) {
        return Some(deadline.unknown("An owner of the organization has deactivated it"));
    }
    details.expiry().map(|at| deadline.at(at))
}
