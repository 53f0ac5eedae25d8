//! The AWS half of the link against CloudFormation as moto implements it: a
//! second opinion on what our own simulator believes.
//!
//! Needs a moto server at `VMC_MOTO_ENDPOINT`; `cargo xtask test --moto`
//! installs and starts one. VMware Cloud's half is a script in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once"
)]

mod aws;
mod verify;
mod vmc;

use aws::{Moto, PLAIN, WAITING};
use aws_link::{
    AwsErrorKind, Blocked, Error, LinkUp, LinkUpEvent, LinkUpItem, LinkUpOutcome, Linked, Pace,
    StackPhase, Stacks, stack_name,
};
use futures_util::StreamExt;
use std::time::Duration;
use vmc::Vmc;

/// One organization on its way to a link.
struct Case {
    moto: Moto,
    vmc: Vmc,
    link: LinkUp,
    stacks: Stacks,
    /// The name its stack gets.
    name: String,
}

impl Case {
    /// `template` is uploaded to moto's S3, from where CloudFormation takes it.
    fn new(org: &str, template: Option<&str>) -> Self {
        let moto = Moto::new();
        let url = moto.upload(org, template);
        let vmc = Vmc::new(org, &url);
        let aws = moto.aws();
        let link = LinkUp::new(&vmc.client(), &aws, org).pace(Pace {
            interval: Duration::from_millis(20),
            outage: Duration::from_secs(2),
            settle: Duration::from_secs(2),
        });
        Self {
            stacks: Stacks::new(&aws, aws_link::DEFAULT_REGION),
            name: stack_name(org, None),
            moto,
            vmc,
            link,
        }
    }

    async fn linked(&self) -> Linked {
        match self.link.wait().await.unwrap() {
            LinkUpOutcome::Linked(linked) => *linked,
            other => panic!("{other:?}"),
        }
    }

    /// Runs the link up to the event that is wanted, and gives what comes after.
    async fn until(&self, wanted: impl Fn(&LinkUpEvent) -> bool) -> aws_link::LinkUpEvents {
        let mut events = self.link.events();
        while let Some(item) = events.next().await {
            match item.unwrap() {
                LinkUpItem::Event(event) if wanted(&event) => return events,
                LinkUpItem::Event(_) => {}
                done => panic!("{done:?}"),
            }
        }
        panic!("the link ended without the event");
    }

    /// How many stacks with this case's name moto has.
    fn stacks_made(&self) -> usize {
        self.moto.count(&self.name)
    }
}

#[tokio::test]
async fn a_link_makes_one_stack_and_the_second_run_makes_nothing() {
    let case = Case::new("moto-create", Some(PLAIN));
    let linked = case.linked().await;
    assert!(!linked.already);
    assert_eq!(linked.identity.account, "123456789012");
    let stack = case.stacks.find(&case.name).await.unwrap().unwrap();
    assert_eq!(stack.phase(), StackPhase::Live);
    assert!(case.moto.resources(&case.name).contains("AWS::IAM::Role"));

    assert!(case.linked().await.already);
    assert_eq!((case.stacks_made(), case.vmc.link_requests()), (1, 1));
}

#[tokio::test]
async fn a_stack_is_followed_until_its_function_reports() {
    let case = Case::new("moto-waiting", Some(WAITING));
    let creating = |event: &LinkUpEvent| matches!(event, LinkUpEvent::StackCreating { .. });
    let events = case.until(creating).await;
    let stack = case.stacks.find(&case.name).await.unwrap().unwrap();
    assert_eq!(stack.phase(), StackPhase::Creating);

    case.moto.report_success(&stack.id);
    let LinkUpOutcome::Linked(linked) = events.wait().await.unwrap() else {
        panic!("not waited for");
    };
    assert!(!linked.already);
    assert_eq!((case.stacks_made(), case.vmc.link_requests()), (1, 1));
}

#[tokio::test]
async fn a_run_that_died_after_its_creation_is_taken_up() {
    let case = Case::new("moto-died", Some(WAITING));
    let creating = |event: &LinkUpEvent| matches!(event, LinkUpEvent::StackCreating { .. });
    drop(case.until(creating).await);
    let stack = case.stacks.find(&case.name).await.unwrap().unwrap();

    case.moto.report_success(&stack.id);
    assert!(!case.linked().await.already);
    assert_eq!((case.stacks_made(), case.vmc.link_requests()), (1, 1));
}

#[tokio::test]
async fn a_stack_of_somebody_else_is_left_alone() {
    let case = Case::new("moto-taken", Some(PLAIN));
    case.moto.create(&case.name, PLAIN);
    let error = case.link.wait().await.unwrap_err();
    assert!(name_taken(&error), "{error:?}");
    assert_eq!((case.stacks_made(), case.vmc.link_requests()), (1, 0));
}

#[tokio::test]
async fn a_stack_that_somebody_else_made_in_between_is_left_alone_too() {
    let case = Case::new("moto-raced", Some(PLAIN));
    let reviewed = |event: &LinkUpEvent| matches!(event, LinkUpEvent::TemplateReviewed(_));
    let events = case.until(reviewed).await;
    case.moto.create(&case.name, PLAIN);
    let error = events.wait().await.unwrap_err();
    assert!(name_taken(&error), "{error:?}");
    assert_eq!(case.stacks_made(), 1);
}

#[tokio::test]
async fn a_deleted_stack_is_gone_and_a_new_one_can_be_made() {
    let case = Case::new("moto-deleted", Some(PLAIN));
    let stack = case.moto.create(&case.name, PLAIN);
    case.stacks.delete(&stack).await.unwrap();
    assert!(case.stacks.find(&case.name).await.unwrap().is_none());
    assert!(!case.linked().await.already);
    assert_eq!(case.stacks_made(), 1);
}

#[tokio::test]
async fn a_stack_deleted_while_it_is_waited_for_is_told() {
    let case = Case::new("moto-gone", Some(WAITING));
    let creating = |event: &LinkUpEvent| matches!(event, LinkUpEvent::StackCreating { .. });
    let events = case.until(creating).await;
    let stack = case.stacks.find(&case.name).await.unwrap().unwrap();
    case.stacks.delete(&stack.id).await.unwrap();
    let error = events.wait().await.unwrap_err();
    assert!(matches!(error, Error::StackGone { .. }), "{error:?}");
    assert_eq!(case.vmc.link_requests(), 1);
}

#[tokio::test]
async fn a_template_that_is_gone_creates_nothing() {
    let case = Case::new("moto-no-template", None);
    let error = case.link.wait().await.unwrap_err();
    let Error::Template { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(source.code(), Some("NoSuchKey"));
    assert_eq!(case.stacks_made(), 0);
}

#[tokio::test]
async fn a_template_that_cloudformation_refuses_creates_nothing() {
    let template = r#"{"Parameters": {"Size": {"Type": "String"}}, "Resources": {}}"#;
    let case = Case::new("moto-refused", Some(template));
    let error = case.link.wait().await.unwrap_err();
    let Error::CreateRefused(refused) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(refused.kind(), AwsErrorKind::Refused);
    assert_eq!(case.stacks_made(), 0);
}

fn name_taken(error: &Error) -> bool {
    matches!(error, Error::Blocked(reason) if matches!(**reason, Blocked::NameTaken { .. }))
}
