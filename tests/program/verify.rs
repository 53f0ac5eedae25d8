//! A link is checked from end to end, and nothing is touched.

use integration_tests::{Bench, Ran, Vmc};
use serde_json::{Value, json};
use vmc_mock::world::{ACCOUNT, AwsAccount, Denial, ORG_ID, RouteTable, Subnet, World};
use vmc_mock::{Mock, Time};

/// The subnet that the SDDC is linked to.
const SUBNET: &str = "subnet-0a1b2c3d4e5f60701";

/// An account that is linked, and an SDDC that uses the link.
fn bench() -> Bench {
    let bench = Bench::with(Mock::builder().speed(3600.0));
    bench.run("link up").expect(0);
    let create = format!(
        "sddc create --name lab --region us-west-2 --hosts 2 --host-type i4i.metal --account {ACCOUNT} --subnet {SUBNET}"
    );
    bench.run(&create).expect(0);
    bench
}

/// Runs it, and sees that nothing happened by it.
fn verify(bench: &Bench, line: &str) -> Ran {
    looks(bench, bench.vmc(line.split_whitespace()))
}

fn looks(bench: &Bench, vmc: Vmc) -> Ran {
    let before = bench.mock.journal();
    let ran = vmc.run();
    let after = bench.mock.journal();
    let new = after.effects.iter().skip(before.effects.len());
    // Time does things too, and tokens are needed to look. CloudFormation keeps
    // what it finds, where it was told to look.
    let drift = ran.line.contains("--detect-drift");
    let happened: Vec<_> = new
        .filter(|effect| effect.request.is_some())
        .filter(|effect| effect.effect != "token.issued")
        .filter(|effect| !(drift && effect.effect.starts_with("drift.")))
        .collect();
    assert!(happened.is_empty(), "{happened:?}");
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("CANARY") && !text.contains("eyJ"), "{text}");
    }
    ran
}

fn rows(ran: &Ran, id: &str) -> Vec<Value> {
    let all = ran.json();
    let rows = all.as_array().unwrap().iter();
    rows.filter(|row| row["id"] == id).cloned().collect()
}

fn has(ran: &Ran, id: &str, state: &str, words: &str) -> bool {
    rows(ran, id)
        .iter()
        .any(|row| row["state"] == state && row.to_string().contains(words))
}

fn aws(world: &mut World) -> &mut AwsAccount {
    world.aws_accounts.get_mut(ACCOUNT).unwrap()
}

fn subnet(world: &mut World) -> &mut Subnet {
    let mut subnets = aws(world).subnets.iter_mut();
    subnets.find(|subnet| subnet.id == SUBNET).unwrap()
}

#[test]
fn a_healthy_link_is_told_so() {
    let bench = bench();
    let ran = verify(&bench, "link verify -o json").expect(0);
    for row in ran.json().as_array().unwrap() {
        let expected = match row["id"].as_str().unwrap() {
            "stack.drift" => "not-made",
            "stack.protection" => "warned",
            _ => "passed",
        };
        assert_eq!(row["state"], expected, "{row}");
    }
    assert_eq!(rows(&ran, "role.trust").len(), 3);
    assert!(has(&ran, "role.actions", "passed", "RemoteRoleService"));
    assert!(has(&ran, "subnet.free", "passed", SUBNET));
    assert!(has(&ran, "connection.interfaces", "passed", "in use"));
    assert!(has(&ran, "roles", "passed", "vmc-user:full"));

    let looked = verify(&bench, "link verify --detect-drift -o json").expect(0);
    assert!(has(&looked, "stack.drift", "passed", "IN_SYNC"));
    let again = verify(&bench, "link verify -o json").expect(0);
    assert!(
        has(&again, "stack.drift", "passed", "IN_SYNC"),
        "it is known from then on"
    );

    verify(&bench, "link verify")
        .expect(0)
        .says("1 may become one");
}

#[test]
fn what_to_type_next_acts_in_the_organization_that_was_looked_at() {
    let bench = Bench::new();
    let line = format!("link verify --org {ORG_ID}");
    let next = format!("vmc link up --account {ACCOUNT} --org {ORG_ID}");
    let ran = verify(&bench, &line).expect(9);
    assert!(
        ran.stderr.contains(&format!("Next: {next}")),
        "{}",
        ran.stderr
    );
    let json = verify(&bench, &format!("{line} -o json")).expect(9);
    assert_eq!(rows(&json, "link.listed")[0]["fix"], next);
    let status = bench.run(&format!("link status --org {ORG_ID}")).expect(0);
    status.says(&format!("vmc link up --org {ORG_ID}"));
}

/// What is changed in a healthy world, the finding that tells (id, state, words
/// in it), and the exit code.
type Case = (
    &'static str,
    fn(&mut World),
    &'static str,
    &'static str,
    &'static str,
    i32,
);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("the role is deleted", |world| { world.delete_role("RemoteRole"); }, "role.present", "failed", "RemoteRole", 9),
    ("its trust is changed", |world| { world.role_mut("RemoteRole").unwrap().trust["Statement"][0]["Principal"] = json!({"AWS": "111111111111"}); }, "role.trust", "failed", "347811234567", 9),
    ("another external id", |world| { let trust = &mut world.role_mut("RemoteRolePayer").unwrap().trust; trust["Statement"][0]["Condition"] = json!({"StringEquals": {"sts:ExternalId": "other"}}); }, "role.trust", "failed", "other", 9),
    ("a policy is detached", |world| world.role_mut("RemoteRole").unwrap().managed.clear(), "role.policies", "failed", "aws iam attach-role-policy", 9),
    ("a policy is attached", |world| { world.role_mut("RemoteRole").unwrap().managed.push("arn:aws:iam::aws:policy/More".into()); }, "role.policies", "passed", "More", 0),
    ("an inline policy is gone", |world| world.role_mut("RemoteRoleService").unwrap().inline.clear(), "role.actions", "failed", "ec2:ReplaceRoute", 9),
    ("the stack is gone with a role", |world| { world.stacks.retain(|_| false); world.delete_role("RemoteRole"); }, "stack.present", "failed", "us-west-2", 9),
    ("the stack is not found, and its roles are there", |world| world.stacks.retain(|_| false), "stack.present", "not-made", "--stack-region REGION", 0),
    ("the stack is protected", |world| { world.stacks.iter_mut().for_each(|stack| stack.protected = true); }, "stack.protection", "passed", "on", 0),
    ("the link is broken", |world| { world.connected_accounts.iter_mut().for_each(|row| row.state = "BROKEN".into()); }, "link.state", "failed", "vmc link up --relink-broken", 9),
    ("the account is unlinked", |world| { world.connected_accounts.iter_mut().for_each(|row| row.state = "DELETED".into()); }, "link.listed", "failed", "vmc link up", 9),
    ("the account is listed by another organization", |world| { world.connected_accounts.iter_mut().for_each(|row| row.org = "other".into()); }, "link.listed", "failed", "not linked", 9),
    ("the stack is left", |world| { world.connected_accounts.iter_mut().for_each(|row| row.state = "DELETED".into()); }, "stack.left", "warned", "CREATE_COMPLETE", 9),
    ("a subnet is full", |world| subnet(world).available_ips = Some(0), "subnet.free", "failed", SUBNET, 9),
    ("a subnet is shared", |world| subnet(world).owner = "999999999999".into(), "subnet.owner", "failed", "999999999999", 9),
    ("a subnet has its own route table", |world| { let vpc = subnet(world).vpc.clone(); let own = RouteTable { id: "rtb-own".into(), vpc, subnets: vec![SUBNET.into()], ..RouteTable::default() }; aws(world).route_tables.push(own); }, "subnet.route-table", "failed", "rtb-own", 9),
    ("a subnet is gone", |world| aws(world).subnets.retain(|subnet| subnet.id != SUBNET), "subnet.present", "failed", SUBNET, 9),
    ("an interface is renamed", |world| aws(world).interfaces[0].description = "mine".into(), "connection.interfaces", "warned", "not called", 0),
    ("the connection is broken", |world| { world.connections.iter_mut().for_each(|row| row.state = "BROKEN".into()); }, "connection.state", "failed", "BROKEN", 9),
    ("the quota is used up", |world| { aws(world).quotas.insert("L-DF5E4CA3".into(), 10.0); }, "quota.interfaces", "failed", "of 10", 9),
    ("a zone is not mapped", |world| { for row in world.connected_accounts.iter_mut() { row.zones.get_mut("us-west-2").unwrap().remove("us-west-2b"); } }, "zone.new", "failed", "vmc link rescan", 9),
];

#[test]
fn each_way_to_break_it_is_found() {
    let bench = bench();
    let world = bench.mock.world(|world| world.clone());
    for (name, change, id, state, words, code) in CASES {
        bench.mock.world(|now| {
            *now = world.clone();
            change(now);
        });
        let ran = verify(&bench, "link verify -o json");
        assert!(
            has(&ran, id, state, words),
            "{name}: {:#?}\n{}",
            rows(&ran, id),
            ran.stderr
        );
        assert_eq!(ran.code, *code, "{name}: {}\n{}", ran.stderr, ran.stdout);
        if *code == 9 {
            assert!(
                ran.stderr.contains("found a problem"),
                "{name}: {}",
                ran.stderr
            );
        }
    }
}

#[test]
fn a_right_that_is_missing_is_named_and_is_no_failure() {
    let bench = bench();
    let whole = verify(&bench, "link verify -o json").expect(0);
    let count = |ran: &Ran| {
        ran.json()
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["state"] == "passed")
            .count()
    };
    for action in aws_link::VERIFY_ACTIONS {
        bench
            .mock
            .world(|world| aws(world).access_keys[0].denied = vec![(*action).to_owned()]);
        let ran = verify(&bench, "link verify -o json").expect(0);
        let unneeded = [
            "servicequotas:GetAWSDefaultServiceQuota",
            "cloudformation:DescribeStackResources",
        ];
        if unneeded.contains(action) {
            assert_eq!(count(&ran), count(&whole), "{action}");
            continue;
        }
        assert!(
            ran.stdout.contains(&format!("\"needs {action}\"")),
            "{action}: {}",
            ran.stdout
        );
        assert!(count(&ran) >= 10, "{action}: {}", ran.stdout);
        assert!(ran.stderr.contains("could not be made"), "{}", ran.stderr);
    }
    bench.mock.world(|world| {
        aws(world).access_keys[0].denied = vec!["cloudformation:DetectStackDrift".into()];
    });
    let ran = verify(&bench, "link verify --detect-drift -o json").expect(0);
    assert!(has(
        &ran,
        "stack.drift",
        "not-made",
        "needs cloudformation:DetectStackDrift"
    ));
}

#[test]
fn a_policy_of_the_aws_organization_is_told_apart() {
    let bench = bench();
    bench.mock.world(|world| {
        let key = &mut aws(world).access_keys[0];
        key.denied = vec!["servicequotas:*".into()];
        key.denial = Denial::ServiceControlPolicy;
    });
    let ran = verify(&bench, "link verify -o json").expect(0);
    assert!(has(
        &ran,
        "quota.interfaces",
        "not-made",
        "service control policy"
    ));
    assert!(has(
        &ran,
        "policy.deny",
        "warned",
        "No right in this account can help"
    ));
}

#[test]
fn without_aws_credentials_the_other_side_is_checked() {
    let bench = bench();
    for (key, words) in [
        (None, "no AWS credentials"),
        (Some("AKIAVMCMOCK000000002"), "999999999999"),
    ] {
        bench.mock.world(|world| {
            if world.aws_accounts.get("999999999999").is_none() {
                world.aws_accounts.insert(AwsAccount {
                    number: "999999999999".into(),
                    access_keys: vec![vmc_mock::world::AccessKey {
                        id: "AKIAVMCMOCK000000002".into(),
                        ..Default::default()
                    }],
                    ..AwsAccount::default()
                });
            }
        });
        let line = format!("link verify {ACCOUNT} -o json");
        let vmc = bench.vmc(line.split(' '));
        let vmc = match key {
            Some(key) => vmc.env("AWS_ACCESS_KEY_ID", key),
            None => vmc
                .without("AWS_ACCESS_KEY_ID")
                .without("AWS_SECRET_ACCESS_KEY"),
        };
        let ran = looks(&bench, vmc).expect(0);
        assert!(
            has(&ran, "aws.account", "not-made", words),
            "{}",
            ran.stdout
        );
        for id in [
            "stack.present",
            "role.present",
            "subnet.present",
            "quota.interfaces",
            "connection.interfaces",
        ] {
            assert!(has(&ran, id, "not-made", words), "{id}: {}", ran.stdout);
        }
        for id in [
            "link.listed",
            "link.state",
            "zone.mapped",
            "zone.subnet",
            "connection.state",
        ] {
            assert!(has(&ran, id, "passed", ""), "{id}: {}", ran.stdout);
        }
    }
    // Nothing broken is overlooked for lack of them.
    bench.mock.world(|world| {
        world
            .connected_accounts
            .iter_mut()
            .for_each(|row| row.state = "BROKEN".into());
    });
    let vmc = bench.vmc(["link", "verify"]).without("AWS_ACCESS_KEY_ID");
    looks(&bench, vmc.without("AWS_SECRET_ACCESS_KEY"))
        .expect(9)
        .says("BROKEN");
}

#[test]
fn what_is_possible_is_checked_where_nothing_is_in_use() {
    let bench = Bench::new();
    verify(&bench, "link verify")
        .expect(9)
        .says("Next: vmc link up");
    bench.run("link up").expect(0);
    let ran = verify(&bench, "link verify -o json").expect(0);
    assert!(has(&ran, "subnet.choice", "passed", "3 of 3"));
    bench
        .mock
        .world(|world| subnet(world).available_ips = Some(16));
    let ran = verify(&bench, "link verify -o json").expect(0);
    assert!(has(&ran, "subnet.choice", "passed", "2 of 3"));
    let named = format!("link verify --subnet {SUBNET} -o json");
    let ran = verify(&bench, &named).expect(9);
    assert!(has(&ran, "subnet.free", "failed", "16 free"));
    verify(&bench, "link verify --subnet vpc-1")
        .expect(2)
        .says("vpc-1");
    verify(&bench, "link verify --region us-east-9 -o json")
        .expect(9)
        .says("us-east-9");
}

#[test]
fn the_account_is_named_in_any_way() {
    let bench = Bench::with(Mock::builder().speed(3600.0).world(|world| {
        world.link_account(ORG_ID, ACCOUNT);
        world.link_account(ORG_ID, "999999999999");
    }));
    let id = bench.mock.world(|world| {
        let mut rows = world.connected_accounts.iter();
        rows.find(|row| row.number == ACCOUNT).unwrap().id.clone()
    });
    for name in ["", ACCOUNT, &id, "arn:aws:iam::123456789012:root"] {
        let ran = verify(&bench, &format!("link verify {name} -o json"));
        assert!(
            has(&ran, "link.listed", "passed", ACCOUNT),
            "{name}: {}",
            ran.stdout
        );
    }
    let vmc = bench.vmc(["link", "verify"]).without("AWS_ACCESS_KEY_ID");
    looks(&bench, vmc.without("AWS_SECRET_ACCESS_KEY"))
        .expect(2)
        .says("999999999999");
    verify(&bench, "link verify 555555555555")
        .expect(9)
        .says("555555555555");
}

#[test]
fn a_token_tells_its_end_before_it_comes() {
    let bench = Bench::with(Mock::builder().world(|world| {
        world.link_account(ORG_ID, ACCOUNT);
    }));
    let day = std::time::Duration::from_secs(86_400);
    for (left, state) in [(8 * day, "passed"), (6 * day, "warned")] {
        bench.mock.world(|world| {
            let ends = Some(Time::real().plus(left));
            world
                .api_tokens
                .iter_mut()
                .for_each(|token| token.expires = ends);
        });
        let ran = verify(&bench, "link verify -o json");
        assert!(has(&ran, "api-token", state, "ends in"), "{}", ran.stdout);
    }
    // Where none can be had there is nothing to check with.
    bench.mock.world(|world| {
        world.api_tokens.retain(|_| false);
        world.access_tokens.retain(|_| false);
    });
    verify(&bench, "link verify").expect(4);
}
