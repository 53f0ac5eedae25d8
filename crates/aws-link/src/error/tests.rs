//! What errors say.

use std::error::Error as _;
use std::time::Duration;

use vmc_http::Outcome;

use crate::error::human;
use crate::*;

fn stack() -> Box<Stack> {
    Box::new(Stack {
        id: "arn".into(),
        name: "vmware-sddc-formation-org".into(),
        region: "us-west-2".into(),
        status: "ROLLBACK_COMPLETE".into(),
        reason: Some("The following resource(s) failed to create: [RemoteRole].".into()),
        created: None,
        termination_protection: false,
    })
}

fn event(resource: &str, reason: &str) -> StackEvent {
    StackEvent {
        id: resource.into(),
        at: None,
        resource: resource.into(),
        resource_type: "AWS::IAM::Role".into(),
        status: "CREATE_FAILED".into(),
        reason: Some(reason.into()),
        whole_stack: false,
        token: None,
    }
}

fn denied() -> AwsError {
    AwsError::new(
        "cloudformation:DescribeStacks",
        AwsErrorKind::Denied,
        "not you",
    )
}

#[test]
fn the_first_cause_is_named_and_the_consequences_are_not() {
    let error = Error::StackFailed {
        stack: stack(),
        failures: vec![
            event("BasicLambdaRole", "Resource creation cancelled"),
            event("RemoteRole", "API: iam:CreateRole quota exceeded"),
            event("Other", "also bad"),
        ],
    };
    assert_eq!(
        error.to_string(),
        "the stack vmware-sddc-formation-org failed (ROLLBACK_COMPLETE): RemoteRole (AWS::IAM::Role): \
         API: iam:CreateRole quota exceeded (and 1 more)"
    );
    let none = Error::StackFailed {
        stack: stack(),
        failures: Vec::new(),
    };
    assert!(
        none.to_string()
            .ends_with("failed to create: [RemoteRole].")
    );
}

#[test]
fn what_lies_below_is_told_once() {
    let error = Error::LostSight {
        started: Started::default(),
        source: Box::new(Error::Outage {
            lasted: Duration::from_secs(900),
            source: Box::new(Error::Aws(denied())),
        }),
    };
    let mut chain = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(cause.to_string());
        next = cause.source();
    }
    assert_eq!(
        chain,
        [
            "the link is being made, but it cannot be watched",
            "no usable answer for 15 min",
            "cloudformation:DescribeStacks: not you",
        ]
    );
}

#[test]
fn whoever_lost_the_right_to_look_hears_that_before_all_else() {
    let lost = |kind| Error::LostSight {
        started: Started::default(),
        source: Box::new(Error::Aws(AwsError::new("x", kind, "y"))),
    };
    for (kind, class) in [
        (
            AwsErrorKind::ExpiredCredentials,
            ErrorClass::Unauthenticated,
        ),
        (AwsErrorKind::Denied, ErrorClass::Denied),
        (AwsErrorKind::Unreachable, ErrorClass::Pending),
        (AwsErrorKind::Refused, ErrorClass::Pending),
    ] {
        assert_eq!(lost(kind).class(), class, "{kind:?}");
        assert_eq!(lost(kind).outcome(), Outcome::Unknown);
        assert!(lost(kind).hint().unwrap().contains("same command again"));
    }
}

#[test]
fn times_read_like_times() {
    let text = |seconds| human(Duration::from_secs(seconds));
    assert_eq!(
        [text(5), text(60), text(150)],
        ["5 s", "1 min", "2 min 30 s"]
    );
}
