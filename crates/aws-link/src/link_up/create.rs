//! From a link request to a stack.

use vmc_api::TaskId;

use crate::aws::Identity;
use crate::aws::error::AwsErrorKind;
use crate::aws::stack::{Stack, Stacks};
use crate::error::Error;
use crate::journal::{PendingRequest, Record, StackRecord};
use crate::link_up::events::LinkUpEvent;
use crate::link_up::flow::{Next, Run, is_active};
use crate::link_up::make::{create_stack, note_template, tell_review};
use crate::link_up::plan::link_of;
use crate::names;

impl Run<'_> {
    /// Reviews the template and creates the stack. `fallback`: the request is an
    /// old one, so if it turns out to be of no use a new one may be asked for.
    pub(crate) async fn create(
        &self,
        identity: &Identity,
        mut request: PendingRequest,
        mut record: Record,
        fallback: bool,
    ) -> Result<Next, Error> {
        let link = self.link;
        let key = link.key(identity);
        let stacks = Stacks::new(&link.aws, &request.region);
        let review = match link.templates.review(&request, Some(&stacks)).await {
            Ok(review) => review,
            Err(Error::Template { source, .. })
                if fallback
                    && source
                        .status()
                        .is_some_and(|status| status.is_client_error()) =>
            {
                // Expired, though its date does not say so.
                link.journal.write(
                    &key,
                    &Record {
                        request: None,
                        ..record
                    },
                )?;
                return Ok(Next::Again);
            }
            Err(error) => return Err(error),
        };
        request.template_sha256 = Some(review.sha256.clone());
        record.request = Some(request.clone());
        link.journal.write(&key, &record)?;
        let org = link.org.id.as_str();
        tell_review(&link.seen, org, &review, self.reporter).await?;

        // Reading the template, or reading about it, may have taken a while.
        let accounts = link.org.accounts().await?;
        if is_active(link_of(&accounts, &identity.account)) {
            return Ok(Next::Again);
        }
        self.reporter.start(|started| {
            started.stack = Some(request.stack_name.clone());
            started.region = Some(request.region.clone());
            started.tracking_task = Some(request.tracking_task.clone());
        });
        let token = names::request_token(org, &request.tracking_task, 0);
        let made = create_stack(
            &stacks,
            &identity.account,
            &token,
            &request,
            link.pace,
            self.reporter,
        );
        let id = match made.await {
            Ok(Some(id)) => id,
            // Made by an earlier try of ours, or by somebody else: its first
            // event tells.
            Ok(None) => return Ok(Next::Again),
            Err(error) => {
                if let Error::CreateRefused(refused) = &error
                    && refused.kind() == AwsErrorKind::Refused
                {
                    // Perhaps the template's fault: the next run asks for a new one.
                    link.journal.write(
                        &key,
                        &Record {
                            request: None,
                            ..record
                        },
                    )?;
                }
                return Err(error);
            }
        };
        record = Record {
            request: None,
            stack: Some(StackRecord {
                id: id.clone(),
                name: request.stack_name.clone(),
                region: request.region.clone(),
                tracking_task: Some(request.tracking_task.clone()),
                template_sha256: request.template_sha256.clone(),
            }),
            ..Record::default()
        };
        link.journal.write(&key, &record)?;
        note_template(&link.seen, org, &review, self.reporter).await;
        self.reporter
            .tell(LinkUpEvent::StackCreating {
                stack: id.clone(),
                region: request.region.clone(),
            })
            .await;
        let stack = Stack {
            id,
            name: request.stack_name,
            region: request.region,
            status: "CREATE_IN_PROGRESS".into(),
            reason: None,
            created: None,
            termination_protection: false,
        };
        let task = TaskId::from(request.tracking_task);
        self.finish(identity, stack, Some(task), record).await
    }
}
