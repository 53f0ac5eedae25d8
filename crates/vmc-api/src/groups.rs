//! SDDC groups: SDDCs that share a transit gateway. Part of the newer inventory
//! API, which calls them deployment groups.

use vmc_http::operation;

use crate::models::{DeploymentGroup, DeploymentGroupPage};
use crate::{Client, Error, OrgId};

/// Groups asked for at once.
const PAGE_SIZE: u32 = 100;

/// Pages that are read at most. An organization has a handful of groups.
const MOST_PAGES: u32 = 50;

operation! {
    /// One page of the groups of an organization. Deleted ones are hidden unless
    /// asked for.
    pub struct List => "groups.list",
        GET "/api/inventory/{orgId}/core/deployment-groups", Safe -> DeploymentGroupPage
    {
        path { org: OrgId = "orgId" }
        query {
            /// Counts from 0.
            page: u32 = "page",
            size: u32 = "size",
            sort: String = "sort",
            include_deleted_resources: bool = "include_deleted_resources",
        }
    }
}

/// All groups of an organization that are not deleted.
///
/// # Errors
/// As [`Client::send`], of the first page that cannot be read; and
/// [`Error::Endless`] where there are more than 5000 groups.
pub async fn all(client: &Client, org: &OrgId) -> Result<Vec<DeploymentGroup>, Error> {
    let mut groups = Vec::new();
    for page in 0..MOST_PAGES {
        let list = List::new(org).page(page).size(PAGE_SIZE);
        let answer = client.send(list).await?;
        let content = answer.content.unwrap_or_default();
        // A server that says nothing of an end says it by an empty page.
        let last = content.is_empty()
            || answer.last == Some(true)
            || answer
                .total_pages
                .is_some_and(|pages| i64::from(page) + 1 >= pages.get());
        groups.extend(content);
        if last {
            // A deleted group is still listed by some.
            groups.retain(|group| !group.is_deleted());
            return Ok(groups);
        }
    }
    Err(Error::Endless {
        what: "SDDC groups",
        read: groups.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{lines, scripted};

    async fn names(answers: &[(u16, &'static str)]) -> (Vec<String>, Vec<String>) {
        let (client, requests) = scripted(answers);
        let found = all(&client.build().unwrap(), &"o".into()).await.unwrap();
        let names = found.into_iter().filter_map(|group| group.name).collect();
        (names, lines(&requests))
    }

    #[tokio::test]
    async fn every_page_is_read_and_no_more() {
        let (found, asked) = names(&[
            (
                200,
                r#"{"content":[{"id":"g1","name":"a","membership":{"included":[{"deployment_id":"s1"}]}}],"total_pages":2}"#,
            ),
            (
                200,
                r#"{"content":[{"id":"g2","name":"b"},{"name":"gone","deleted":true},
                    {"name":"gone too","state":{"phase":"DELETED"}}],"total_pages":"2"}"#,
            ),
        ])
        .await;
        assert_eq!(found, ["a", "b"]);
        assert_eq!(asked.len(), 2);
        assert!(asked[1].ends_with("/deployment-groups?page=1&size=100"));
        for only in [r#"{"content":[{"name":"a"}],"last":true}"#, "{}"] {
            assert_eq!(names(&[(200, only)]).await.1.len(), 1, "{only}");
        }
    }

    #[tokio::test]
    async fn a_list_that_does_not_end_is_not_given_for_all() {
        let page = (200, r#"{"content":[{"name":"a"}],"total_pages":9999}"#);
        let (client, requests) = scripted(&[page; MOST_PAGES as usize]);
        let error = all(&client.build().unwrap(), &"o".into())
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("more than 50 SDDC groups"),
            "{error}"
        );
        assert_eq!(lines(&requests).len(), 50);
    }

    #[test]
    fn members_are_those_that_are_in() {
        let group: DeploymentGroup = serde_json::from_str(
            r#"{"membership":{"included":[{"deployment_id":"s1"},{}],"excluded":[{"deployment_id":"s2"}]}}"#,
        )
        .unwrap();
        let members: Vec<&str> = group.members().map(crate::SddcId::as_str).collect();
        assert_eq!(members, ["s1"]);
    }
}
