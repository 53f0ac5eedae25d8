//! Each state a link can be in × each command that works on links: the right
//! end state, the right words, the right exit code.

use std::time::Duration;

use integration_tests::{Bench, Ran};
use vmc_mock::world::{ACCOUNT, LinkState, ORG_ID, OTHER_ORG_ID};
use vmc_mock::{Mock, Time};

/// What a command is to come to in a state.
struct Expected {
    code: i32,
    says: &'static [&'static str],
    end: End,
}

/// How the world is afterwards, as far as our organization is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    /// State of the organization's link; `None` where it lists none.
    link: Option<&'static str>,
    /// Status of its stack; `None` where there is none or it is deleted.
    stack: Option<&'static str>,
    /// What this command set going.
    effects: Vec<(&'static str, usize)>,
}

fn expect(code: i32, says: &'static [&'static str], end: End) -> Expected {
    Expected { code, says, end }
}

fn end(link: Option<&'static str>, stack: Option<&'static str>) -> End {
    End {
        link,
        stack,
        effects: Vec::new(),
    }
}

impl End {
    fn after(mut self, effects: &[(&'static str, usize)]) -> Self {
        self.effects = effects.to_vec();
        self
    }

    /// Made from nothing.
    fn linked() -> Self {
        end(Some("ACTIVE"), Some("CREATE_COMPLETE")).after(&[
            ("link_request.created", 1),
            ("stack.created", 1),
            ("connected_account.created", 1),
        ])
    }

    fn gone() -> Self {
        end(None, None)
    }
}

/// How things are when nobody has done anything.
fn untouched(state: LinkState) -> End {
    match state {
        LinkState::Never | LinkState::Requested | LinkState::OtherOrg | LinkState::Unlinked => {
            End::gone()
        }
        LinkState::StackRunning => end(None, Some("CREATE_IN_PROGRESS")),
        LinkState::StackFailed => end(None, Some("CREATE_FAILED")),
        LinkState::StackRolledBack => end(None, Some("ROLLBACK_COMPLETE")),
        LinkState::Linked => end(Some("ACTIVE"), Some("CREATE_COMPLETE")),
        LinkState::BrokenRole => end(Some("BROKEN"), Some("CREATE_COMPLETE")),
        LinkState::StackDeleted => end(Some("BROKEN"), None),
        LinkState::UnlinkedStackLeft => end(None, Some("CREATE_COMPLETE")),
        other => panic!("{other} is new: say how it is untouched"),
    }
}

/// What `vmc link status` is to say. It changes nothing and always succeeds.
fn status(state: LinkState) -> Expected {
    let says: &[&str] = match state {
        LinkState::Never | LinkState::Requested | LinkState::OtherOrg | LinkState::Unlinked => {
            &["No AWS account is linked", "vmc link up"]
        }
        LinkState::StackRunning => &["CREATE_IN_PROGRESS", "vmc link up"],
        LinkState::StackFailed => &["CREATE_FAILED", "vmc link up --replace-stack"],
        LinkState::StackRolledBack => &["ROLLBACK_COMPLETE", "vmc link up --replace-stack"],
        LinkState::Linked => &["ACTIVE", "CREATE_COMPLETE"],
        LinkState::BrokenRole => &["BROKEN", "CREATE_COMPLETE", "vmc link verify"],
        LinkState::StackDeleted => &["BROKEN", "vmc link verify"],
        LinkState::UnlinkedStackLeft => &[
            "No AWS account is linked",
            "CREATE_COMPLETE, left over",
            "vmc link unlink",
        ],
        other => panic!("{other} is new: say what status says"),
    };
    expect(0, says, untouched(state))
}

/// What `vmc link verify` is to find. It changes nothing.
fn verify(state: LinkState) -> Expected {
    let (code, says): (i32, &[&str]) = match state {
        LinkState::Linked => (0, &["Nothing found that is a problem"]),
        LinkState::BrokenRole => (
            9,
            &["BROKEN", "AmazonVPCCrossAccountNetworkInterfaceOperations"],
        ),
        LinkState::StackDeleted => (9, &["BROKEN", "there is no stack of that name"]),
        _ => (9, &["not linked", "vmc link up"]),
    };
    expect(code, says, untouched(state))
}

/// What `vmc link up` is to come to.
fn up(state: LinkState) -> Expected {
    match state {
        LinkState::Never | LinkState::Requested | LinkState::OtherOrg | LinkState::Unlinked => {
            expect(0, &["ACTIVE"], End::linked())
        }
        // The stack that is there already becomes the link.
        LinkState::StackRunning => expect(
            0,
            &["which is already there", "ACTIVE"],
            end(Some("ACTIVE"), Some("CREATE_COMPLETE")).after(&[
                ("link_request.created", 0),
                ("stack.created", 0),
                ("connected_account.created", 1),
            ]),
        ),
        LinkState::StackFailed => {
            expect(5, &["CREATE_FAILED", "--replace-stack"], untouched(state))
        }
        LinkState::StackRolledBack => expect(
            5,
            &["ROLLBACK_COMPLETE", "--replace-stack"],
            untouched(state),
        ),
        LinkState::Linked => expect(0, &["Nothing to do"], untouched(state)),
        LinkState::BrokenRole | LinkState::StackDeleted => {
            expect(5, &["BROKEN", "--relink-broken"], untouched(state))
        }
        LinkState::UnlinkedStackLeft => {
            expect(5, &["unlinked since", "--replace-stack"], untouched(state))
        }
        other => panic!("{other} is new: say what link up does"),
    }
}

/// What `vmc link unlink` is to come to.
fn unlink(state: LinkState) -> Expected {
    let one_each = [
        ("connected_account.deleted", 1),
        ("stack.deleting", 1),
        ("stack.delete_complete", 1),
    ];
    match state {
        LinkState::Never | LinkState::Requested | LinkState::OtherOrg | LinkState::Unlinked => {
            expect(0, &["Nothing to do"], untouched(state))
        }
        // Whoever waits for it would see it vanish.
        LinkState::StackRunning => expect(5, &["CREATE_IN_PROGRESS"], untouched(state)),
        LinkState::StackFailed | LinkState::StackRolledBack | LinkState::UnlinkedStackLeft => {
            expect(
                0,
                &["DELETE_COMPLETE"],
                End::gone().after(&[
                    ("connected_account.deleted", 0),
                    ("stack.deleting", 1),
                    ("stack.delete_complete", 1),
                ]),
            )
        }
        LinkState::Linked | LinkState::BrokenRole => {
            expect(0, &["DELETE_COMPLETE"], End::gone().after(&one_each))
        }
        LinkState::StackDeleted => expect(
            0,
            &[ACCOUNT],
            End::gone().after(&[("connected_account.deleted", 1), ("stack.deleting", 0)]),
        ),
        other => panic!("{other} is new: say what unlink does"),
    }
}

/// Two hours in two seconds.
const QUICK: f64 = 3600.0;
/// A state that passes by stays as long as anybody looks.
const STANDING: f64 = 0.001;

/// A bench whose link is in a state, made by this tool some minutes ago.
fn bench(state: LinkState) -> Bench {
    let token = aws_link::creation_token(ORG_ID, "TASK").replace("TASK", "{task}");
    let speed = match state {
        LinkState::StackRunning => STANDING,
        _ => QUICK,
    };
    let mut builder = Mock::builder().speed(speed).link(state).link_token(token);
    if state == LinkState::UnlinkedStackLeft {
        // Long enough ago that nobody hopes for the link any more.
        builder = builder.now(Time::real().minus(Duration::from_secs(2 * 3600)));
    }
    Bench::with(builder)
}

/// Runs a command. One that waits for a stack sees it running first.
fn run(bench: &Bench, state: LinkState, line: &str) -> Ran {
    let running = bench.vmc(line.split(' ')).spawn();
    if state == LinkState::StackRunning && line == "link up" {
        bench.until("the look at the stack", |mock| {
            mock.received("cfn.DescribeStackEvents") > 1
        });
        bench.mock.clock().set_speed(QUICK);
    }
    running.wait()
}

/// How the world is now, and how often each of `counted` has happened.
fn seen(bench: &Bench, counted: &[(&'static str, usize)]) -> End {
    let now = bench.mock.clock().now();
    let known = |text: &str| -> &'static str {
        [
            "ACTIVE",
            "BROKEN",
            "CREATE_COMPLETE",
            "CREATE_FAILED",
            "CREATE_IN_PROGRESS",
            "ROLLBACK_COMPLETE",
        ]
        .into_iter()
        .find(|known| *known == text)
        .unwrap_or_else(|| panic!("{text} is none of the expected states"))
    };
    let (link, stack) = bench.mock.world(|world| {
        let mut links = world.connected_accounts.iter();
        let link = links.find(|row| row.org == ORG_ID && row.state != "DELETED");
        let name = format!("vmware-sddc-formation-{ORG_ID}");
        let mut stacks = world.stacks.iter();
        let stack = stacks.find(|row| row.name == name && row.status(now) != "DELETE_COMPLETE");
        (
            link.map(|row| known(&row.state)),
            stack.map(|row| known(row.status(now))),
        )
    });
    let effects = counted.iter().map(|(kind, _)| (*kind, bench.effects(kind)));
    End {
        link,
        stack,
        effects: effects.collect(),
    }
}

/// Runs a command in a state and compares all there is to see.
fn check(state: LinkState, line: &str, expected: &Expected) {
    let bench = bench(state);
    let before = bench.mock.journal().effects.len();
    let mut ran = run(&bench, state, line);
    assert_eq!(
        ran.code, expected.code,
        "{state}: $ {line}\n{}\n{}",
        ran.stdout, ran.stderr
    );
    for text in expected.says {
        ran = ran.says(text);
    }
    assert_eq!(
        seen(&bench, &expected.end.effects),
        expected.end,
        "{state}: $ {line}\n{}\n{}",
        ran.stdout,
        ran.stderr
    );
    if expected.end.effects.is_empty() {
        // Logging in is all that is allowed to happen. Time does things too.
        let journal = bench.mock.journal();
        let happened = journal.effects.iter().skip(before);
        let other: Vec<_> = happened
            .filter(|one| one.request.is_some() && one.effect != "token.issued")
            .collect();
        assert!(other.is_empty(), "{state}: $ {line}\n{other:?}");
    }
    if state == LinkState::OtherOrg {
        bench.mock.world(|world| {
            let mut links = world.connected_accounts.iter();
            let theirs = links.find(|row| row.org == OTHER_ORG_ID).unwrap();
            assert_eq!(
                theirs.state, "ACTIVE",
                "{line} touched somebody else's link"
            );
        });
    }
}

#[test]
fn status_tells_every_state() {
    for state in LinkState::ALL {
        check(state, "link status", &status(state));
    }
}

/// The commands that `link status` tells to type, as a careful person does.
fn told_next(bench: &Bench) -> Vec<String> {
    let status = bench.run("link status").expect(0);
    let next = status.stdout.lines().find_map(|line| {
        let told = line.trim_start().strip_prefix("Next")?;
        Some(told.trim_start_matches([':', ' ']).to_owned())
    });
    let commands = next.iter().flat_map(|next| next.split(", or "));
    commands
        .map(|command| {
            let line = command.strip_prefix("vmc ").unwrap();
            match line.starts_with("link unlink") {
                true => format!("{line} --yes"),
                false => line.to_owned(),
            }
        })
        .collect()
}

#[test]
fn what_status_tells_to_do_next_is_not_refused() {
    for state in LinkState::ALL {
        let told = told_next(&bench(state));
        assert_eq!(told.is_empty(), state == LinkState::Linked, "{state}");
        for line in told {
            // Looking finds what is wrong; all else sets it right.
            let code = match line.starts_with("link verify") {
                true => 9,
                false => 0,
            };
            let bench = bench(state);
            let ran = run(&bench, state, &line);
            assert_eq!(
                ran.code, code,
                "{state}: $ {line}\n{}\n{}",
                ran.stdout, ran.stderr
            );
        }
    }
}

#[test]
fn verify_judges_every_state() {
    for state in LinkState::ALL {
        check(state, "link verify", &verify(state));
    }
}

#[test]
fn up_links_from_every_state_or_says_what_is_in_the_way() {
    for state in LinkState::ALL {
        check(state, "link up", &up(state));
    }
}

#[test]
fn unlink_leaves_nothing_of_any_state() {
    for state in LinkState::ALL {
        check(state, "link unlink 123456789012 --yes", &unlink(state));
    }
}

#[test]
fn what_is_in_the_way_of_a_link_can_be_allowed_to_go() {
    for (state, flag) in [
        (LinkState::StackFailed, "--replace-stack"),
        (LinkState::StackRolledBack, "--replace-stack"),
        (LinkState::UnlinkedStackLeft, "--replace-stack"),
        (LinkState::BrokenRole, "--relink-broken"),
        (LinkState::StackDeleted, "--relink-broken"),
    ] {
        let bench = bench(state);
        bench
            .run(&format!("link up {flag}"))
            .expect(0)
            .says("ACTIVE");
        bench.run("link verify").expect(0);
        bench.run("link up").expect(0).says("Nothing to do");
        assert_eq!(bench.effects("stack.created"), 1, "{state}");
    }
}

#[test]
fn a_relink_that_was_left_goes_on_with_the_command_it_told() {
    let bench = bench(LinkState::BrokenRole);
    bench.mock.clock().set_speed(STANDING);
    let line = format!("link up --relink-broken --org {ORG_ID} --no-wait");
    let left = bench.run(&line).expect(0);
    let told = left
        .stderr
        .lines()
        .find_map(|line| line.split_once("To follow it: vmc "));
    let (_, resume) = told.expect("a way back");
    let resumed = bench.vmc(resume.split(' ')).spawn();
    bench.until("the look at the stack", |mock| {
        mock.received("cfn.DescribeStackEvents") > 1
    });
    bench.mock.clock().set_speed(QUICK);
    resumed.wait().expect(0).says("ACTIVE");
    assert_eq!(bench.effects("stack.created"), 1);
    assert_eq!(bench.effects("link_request.created"), 1);
}

#[test]
fn after_unlinking_one_can_link_anew() {
    let bench = bench(LinkState::Linked);
    bench.run("link unlink 123456789012 --yes").expect(0);
    bench
        .run("link unlink 123456789012 --yes")
        .expect(0)
        .says("Nothing to do");
    bench.run("link up").expect(0).says("ACTIVE");
    bench.run("link verify").expect(0);
    assert_eq!(bench.effects("connected_account.deleted"), 1);
    assert_eq!(bench.effects("stack.created"), 1);
}

#[test]
fn a_deletion_that_was_started_is_never_called_nothing() {
    let token = aws_link::creation_token(ORG_ID, "TASK").replace("TASK", "{task}");
    let builder = Mock::builder().speed(STANDING);
    let bench = Bench::with(builder.link(LinkState::StackFailed).link_token(token));
    bench
        .run("link up --replace-stack --timeout 1s")
        .expect(8)
        .says("still deleting the stack that is in the way")
        .says("To resume: vmc link up");
    assert_eq!(bench.effects("stack.deleting"), 1);
    bench.mock.clock().set_speed(QUICK);
    bench
        .run("link up --replace-stack")
        .expect(0)
        .says("ACTIVE");
    assert_eq!(bench.effects("stack.created"), 1);
}
