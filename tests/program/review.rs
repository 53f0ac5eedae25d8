//! What a link's template would create, before it is created.

use integration_tests::Bench;
use vmc_mock::world::{ORG_ID, OTHER_ORG_ID, Plan};

/// Writes a link request of the bench's organization.
fn request(bench: &Bench) {
    let ran = bench.run("link request --to link.json --replace");
    ran.expect(0);
}

#[test]
fn resources_trusts_conditions_and_actions_are_told_in_80_columns() {
    let bench = Bench::new();
    request(&bench);
    let review = bench.run("link review --from link.json").expect(0);
    for text in [
        "BasicLambdaRole",
        "AWS arn:aws:iam::347811234567:root",
        "sts:ExternalId",
        "AmazonVPCCrossAccountNetworkInterfaceOperations",
        "ec2: DescribeSubnets, DescribeVpcs",
        "No template of the organization was seen before",
    ] {
        assert!(review.stdout.contains(text), "{text}\n{}", review.stdout);
    }
    let json = bench.run("link review --from link.json -o json").expect(0);
    let json = json.json();
    assert_eq!(json["seen_before"], false);
    assert_eq!(json["template"]["resources"].as_array().unwrap().len(), 6);
    assert!(!json.to_string().contains("X-Amz-Signature"), "{json}");
    assert_eq!(bench.effects("stack.created"), 0);
}

#[test]
fn what_was_used_or_accepted_is_what_was_seen() {
    let bench = Bench::new();
    request(&bench);
    bench.run("link review --from link.json --accept").expect(0);
    request(&bench);
    let same = bench.run("link review --from link.json").expect(0);
    same.says("Nothing is different");

    // What a careful person has accepted for this organization is another one.
    let other = r#"{"Resources": {"RemoteRole": {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Statement": [{"Principal": {"AWS": "999999999999"}}]}}}}}"#;
    std::fs::write(bench.home().join("other.json"), other).unwrap();
    let accept = bench.run("link review --template other.json --accept");
    accept.expect(0).says("Different");
    let refused = bench.run("link run --from link.json --refuse-changed-template");
    refused.expect(5).says("RemoteRole").says("vmc link review");
    bench.run("link up --refuse-changed-template").expect(5);
    assert_eq!(bench.effects("stack.created"), 0);

    // A warning is no refusal, and what was used is what was seen.
    let run = bench.run("link run --from link.json").expect(0);
    run.says("not the one seen before").says("trusts now");
    let same = bench.run("link review --from link.json").expect(0);
    same.says("Nothing is different");
}

#[test]
fn a_template_from_a_file_or_a_pipe_needs_nobody() {
    let bench = Bench::new();
    let open = r#"{"Resources": {"Open": {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Statement": [{"Principal": "*"}]}}}}}"#;
    let ran = bench
        .vmc(["link", "review", "--template", "-"])
        .without("VMC_API_TOKEN")
        .without("AWS_ACCESS_KEY_ID")
        .stdin(open)
        .run();
    ran.expect(0).says("may be taken on by anybody");
    assert_eq!(bench.requests(), 0);
    bench.run("link review").expect(2).says("--from");
    std::fs::write(bench.home().join("open.json"), open).unwrap();
    let review = "link review --template open.json";
    // Whose template was seen is not known, so none was looked for.
    let unknown = |line: &str| bench.vmc(line.split(' ')).without("VMC_ORG_ID").run();
    unknown(review).expect(0).says("give --org");
    let json = unknown(&format!("{review} -o json")).expect(0).json();
    assert_eq!(json["seen_before"], serde_json::Value::Null);
    bench.run(review).expect(0).says("was seen before");
    assert_eq!(bench.requests(), 0);
}

#[test]
fn a_link_request_of_another_organization_than_the_one_meant_is_refused() {
    let bench = Bench::new();
    request(&bench);
    let of = |org: &str| bench.run(&format!("link review --from link.json --org {org}"));
    of(OTHER_ORG_ID).expect(2).says(ORG_ID);
    of(ORG_ID).expect(0).says("was seen before");
}

#[test]
fn policies_come_without_a_network() {
    let bench = Bench::new();
    for job in ["run", "review", "verify", "unlink"] {
        let line = format!("link policy --for {job} --account 123456789012");
        let policy = bench.run(&line).expect(0).json();
        assert_eq!(policy["Version"], "2012-10-17");
        let text = policy.to_string();
        assert!(text.contains(":123456789012:"), "{text}");
        assert!(!text.contains("redacted"), "{text}");
    }
    bench.run("link policy --account 12").expect(2);
    assert_eq!(bench.requests(), 0);
}

#[test]
fn a_change_set_is_computed_and_taken_away_whatever_its_end() {
    let bench = Bench::new();
    request(&bench);
    let deleted = || bench.mock.received("cfn.DeleteStack");
    let review = "link review --from link.json --change-set -o json";
    let json = bench.run(review).expect(0).json();
    let planned = json["change_set"].as_array().unwrap();
    assert_eq!(planned.len(), 6, "{json}");
    assert!(planned.iter().all(|change| change["action"] == "Add"));
    assert_eq!(deleted(), 1);

    let dry = "link run --from link.json --dry-run --change-set";
    bench.run(dry).expect(0).says("Add AWS::IAM::Role");
    assert_eq!(deleted(), 2);

    bench.mock.world(|world| {
        world.plan(Plan::ChangeSetFails {
            reason: "a hook said no".into(),
        });
    });
    bench.run(review).expect(1).says("a hook said no");
    assert_eq!(deleted(), 3);
    assert_eq!(bench.effects("change_set.created"), 3);
    // Nothing of them is in the way of the real one.
    assert_eq!(bench.effects("stack.created"), 0);
    bench.run("link run --from link.json").expect(0);
}

/// Gives the AWS key of the world these rights and no others.
fn allow(bench: &Bench, actions: &[String]) {
    bench.mock.world(|world| {
        for account in world.aws_accounts.iter_mut() {
            for key in &mut account.access_keys {
                key.allowed = actions.to_vec();
            }
        }
    });
}

fn actions_of(bench: &Bench, job: &str) -> Vec<String> {
    let policy = bench.run(&format!("link policy --for {job}")).expect(0);
    let statements = policy.json()["Statement"].as_array().unwrap().clone();
    let actions = statements
        .iter()
        .flat_map(|statement| statement["Action"].as_array().unwrap());
    actions
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_policies_are_enough_for_their_jobs_and_none_of_what_is_asked_can_be_spared() {
    let bench = Bench::new();
    request(&bench);
    let review = actions_of(&bench, "review");
    allow(&bench, &review);
    let line = "link review --from link.json --change-set";
    bench.run(line).expect(0);
    bench
        .run("link run --from link.json")
        .expect(4)
        .says("cloudformation:");

    let run = actions_of(&bench, "run");
    for needed in ["DescribeStacks", "CreateStack"] {
        let needed = format!("cloudformation:{needed}");
        allow(&bench, &without(&run, &needed));
        bench
            .run("link run --from link.json")
            .expect(4)
            .says(&needed);
        assert_eq!(bench.effects("stack.created"), 0);
    }
    allow(&bench, &run);
    bench.run("link run --from link.json").expect(0);
    bench.run("link wait").expect(0);
}

/// All of these rights but one.
fn without(actions: &[String], one: &str) -> Vec<String> {
    let rest: Vec<String> = actions.iter().filter(|all| *all != one).cloned().collect();
    assert_eq!(rest.len(), actions.len() - 1, "{one} is not in the policy");
    rest
}

#[test]
fn a_right_that_the_stack_lacks_is_named_with_the_resource_that_wants_it() {
    for needed in [
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:InvokeFunction",
    ] {
        let bench = Bench::new();
        let run = actions_of(&bench, "run");
        allow(&bench, &without(&run, needed));
        bench
            .run("link up")
            .expect(1)
            .says(needed)
            .says("ROLLBACK_COMPLETE");
        assert_eq!(bench.effects("connected_account.created"), 0, "{needed}");
    }
}

#[test]
fn the_policy_for_unlinking_is_enough_and_what_deletes_roles_cannot_be_spared() {
    let bench = Bench::new();
    bench.run("link up").expect(0);
    let unlink = actions_of(&bench, "unlink");
    allow(&bench, &without(&unlink, "iam:DeleteRole"));
    bench
        .run("link unlink 123456789012 --yes")
        .expect(1)
        .says("DELETE_FAILED")
        .says("iam:DeleteRole");
    assert_eq!(bench.effects("connected_account.deleted"), 1);
    allow(&bench, &unlink);
    bench.run("link unlink 123456789012 --yes").expect(0);
    assert_eq!(bench.effects("connected_account.deleted"), 1);
    assert_eq!(bench.effects("stack.delete_complete"), 1);
}
