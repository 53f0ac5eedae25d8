//! The link made by two people: one without AWS rights, one without a token.

use std::path::{Path, PathBuf};
use std::time::Duration;

use integration_tests::{Bench, Ran, Vmc};
use tempfile::TempDir;
use vmc_mock::world::Plan;
use vmc_mock::{Fault, Mock};

/// Two people, with a home each, and the file between them.
struct People {
    bench: Bench,
    aws_home: TempDir,
    exchange: TempDir,
}

impl People {
    fn new() -> Self {
        Self::at(Bench::new())
    }

    fn at(bench: Bench) -> Self {
        Self {
            bench,
            aws_home: tempfile::tempdir().unwrap(),
            exchange: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.exchange.path().join("link.json")
    }

    /// `FILE` in a line stands for the file.
    fn words(&self, line: &str) -> Vec<String> {
        let file = self.file().to_str().unwrap().to_owned();
        line.split_whitespace()
            .map(|word| word.replace("FILE", &file))
            .collect()
    }

    /// The person with the organization: nothing of AWS in the environment.
    fn at_vmc(&self, line: &str) -> Vmc {
        let words = self.words(line);
        let mut vmc = self.bench.vmc(words.iter().map(String::as_str));
        for (name, _) in self.bench.mock.env() {
            if name.starts_with("AWS_") {
                vmc = vmc.without(name);
            }
        }
        vmc
    }

    /// The person with the AWS account: nothing of VMware Cloud.
    fn at_aws(&self, line: &str) -> Vmc {
        let words = self.words(line);
        let mut vmc = Vmc::new(self.aws_home.path());
        for (name, value) in self.bench.mock.env() {
            if name.starts_with("AWS_") {
                vmc = vmc.env(name, &value);
            }
        }
        vmc.args(words.iter().map(String::as_str))
    }

    /// Asks for a link request, and tells its fingerprint.
    fn request(&self) -> String {
        let ran = self
            .at_vmc("link request --to FILE -o json")
            .run()
            .expect(0);
        ran.json()["fingerprint"].as_str().unwrap().to_owned()
    }

    fn effects(&self, kinds: [(&str, usize); 3]) {
        for (kind, number) in kinds {
            assert_eq!(self.bench.effects(kind), number, "{kind}");
        }
    }
}

fn one_of_each() -> [(&'static str, usize); 3] {
    [
        ("link_request.created", 1),
        ("stack.created", 1),
        ("connected_account.created", 1),
    ]
}

fn shows_no_secret(ran: Ran, file: &Path) -> Ran {
    let text = std::fs::read_to_string(file).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let url = file["template_url"].as_str().unwrap();
    let path = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    for output in [&ran.stdout, &ran.stderr] {
        assert!(!output.contains(path), "{path} in {output}");
    }
    ran
}

#[test]
fn the_whole_job_and_then_nothing_to_do() {
    let people = People::new();
    let asked = people.at_vmc("link request --to FILE").run().expect(0);
    let asked = shows_no_secret(asked, &people.file())
        .says("Fingerprint")
        .says("vmc link run --from")
        .says("vmc link wait")
        .says("RemoteRolePayer");
    let journal = people.bench.mock.journal();
    assert_eq!(journal.received("sts.GetCallerIdentity"), 0);
    people.effects([
        ("link_request.created", 1),
        ("stack.created", 0),
        ("connected_account.created", 0),
    ]);
    for line in asked.stderr.lines().chain(asked.stdout.lines()) {
        let named = line.contains(people.file().to_str().unwrap());
        assert!(line.chars().count() <= 80 || named, "{line}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = people.file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let before = people.bench.mock.journal().requests.len();
    let ran = people.at_aws("link run --from FILE").run().expect(0);
    shows_no_secret(ran, &people.file())
        .says("CREATE_COMPLETE")
        .says("AWS::IAM::Role")
        .says("vmc link wait --task");
    let requests = people.bench.mock.journal().requests;
    for request in requests.iter().skip(before) {
        let operation = &request.operation;
        assert!(
            ["sts.", "cfn.", "template."]
                .iter()
                .any(|own| operation.starts_with(own)),
            "{operation} was asked"
        );
    }
    let linked = people.at_vmc("link wait -o json").run().expect(0).json();
    assert_eq!(linked["account"]["account_number"], "123456789012");
    assert_eq!(linked["account"]["state"], "ACTIVE");
    assert!(linked["subnets"].is_object(), "{linked}");
    people.effects(one_of_each());

    let again = people.at_aws("link run --from FILE").run().expect(0);
    again.says("Nothing to do: the stack is complete");
    people
        .at_vmc("link wait --from FILE")
        .run()
        .expect(0)
        .says("subnet-");
    let there = "link request --to FILE --replace --account 123456789012";
    people.at_vmc(there).run().expect(0).says("Nothing to do");
    let told = people.at_vmc(&format!("{there} -o json")).run().expect(0);
    let told = told.json();
    assert_eq!(told["already_linked"], true);
    assert_eq!(told["file"], serde_json::Value::Null);
    assert_eq!(told["account"]["state"], "ACTIVE");
    let piped = people.at_vmc("link request --to - --account 123456789012");
    let piped = piped.run().expect(0).says("Nothing to do");
    assert_eq!(piped.stdout, "", "it would be taken for a link request");
    people.bench.run("link up").expect(0).says("Nothing to do");
    people.effects(one_of_each());
}

#[test]
fn a_file_that_is_there_is_not_written_over_and_no_link_is_asked_for() {
    let people = People::new();
    std::fs::write(people.file(), "mine").unwrap();
    let to = "link request --to FILE";
    people.at_vmc(to).run().expect(5).says("--replace");
    let nowhere = "link request --to FILE/x";
    people
        .at_vmc(nowhere)
        .run()
        .expect(2)
        .says("No link was asked for");
    people.at_vmc("link request").run().expect(2).says("--to");
    people
        .at_vmc("link request -o jsn")
        .run()
        .expect(2)
        .says("--to jsn");
    assert_eq!(people.bench.effects("link_request.created"), 0);
    assert_eq!(std::fs::read_to_string(people.file()).unwrap(), "mine");

    people
        .at_vmc("link request -o FILE --replace")
        .run()
        .expect(0);
    assert_eq!(people.bench.effects("link_request.created"), 1);
    people.at_aws("link run --from FILE").run().expect(0);
}

#[test]
fn a_dry_run_on_either_side_changes_nothing() {
    let people = People::new();
    let dry = people.at_vmc("link request --to FILE --dry-run").run();
    dry.expect(0).says("account-link");
    assert!(!people.file().exists());
    assert_eq!(people.bench.effects("link_request.created"), 0);
    people.request();
    let dry = people.at_aws("link run --from FILE --dry-run").run();
    let dry = dry.expect(0).says("CreateStack").says("RemoteRole");
    assert!(!dry.stdout.contains("account-link"), "{}", dry.stdout);
    assert_eq!(people.bench.effects("stack.created"), 0);
}

#[test]
fn through_a_pipe_nothing_but_the_file_comes_out() {
    let people = People::new();
    let asked = people.at_vmc("link request --to -").run().expect(0);
    let ran = people.at_aws("link run --from -").stdin(&asked.stdout);
    ran.run().expect(0);
    people.at_vmc("link wait").run().expect(0);
    people.effects(one_of_each());
}

#[test]
fn what_is_not_as_it_was_written_is_refused() {
    let people = People::new();
    let print = people.request();
    let run = format!("link run --from FILE --fingerprint {print}");
    let text = std::fs::read_to_string(people.file()).unwrap();
    let cases = [
        (
            text.replace("\"region\": \"us-west-2\"", "\"region\": \"us-east-1\""),
            5,
            "altered",
        ),
        (text[..text.len() / 2].to_owned(), 2, "ends too early"),
        (
            text.replace("\"version\": 1", "\"version\": 7"),
            2,
            "newer version",
        ),
        ("{}".to_owned(), 2, "no link request"),
    ];
    for (altered, code, says) in cases {
        assert_ne!(altered, text);
        std::fs::write(people.file(), &altered).unwrap();
        people.at_aws(&run).run().expect(code).says(says);
        people.at_vmc("link wait --from FILE").run().expect(code);
    }
    // Another request of the same organization is not the one that was meant.
    people
        .at_vmc("link request --to FILE --replace")
        .run()
        .expect(0);
    people.at_aws(&run).run().expect(5).says(&print);
    let odd = "link run --from FILE --fingerprint 12";
    people.at_aws(odd).run().expect(2);
    people.at_aws("link run --from FILEx").run().expect(2);
    assert_eq!(people.bench.effects("stack.created"), 0);
}

#[test]
fn a_request_whose_date_is_over_is_refused_with_how_long_ago_that_was() {
    let long_ago = vmc_mock::Time::parse("2020-01-01T00:00:00Z").unwrap();
    let mock = Mock::builder().speed(1.0).now(long_ago);
    let people = People::at(Bench::with(mock));
    people.request();
    let ran = people.at_aws("link run --from FILE").run();
    ran.expect(5)
        .says("expired")
        .says("days ago")
        .says("vmc link request");
    assert_eq!(people.bench.effects("stack.created"), 0);
}

#[test]
fn a_request_that_ended_at_the_service_is_told_on_both_sides() {
    let people = People::at(Bench::with(Mock::builder().speed(1.0)));
    people.request();
    let clock = people.bench.mock.clock();
    clock.advance(Duration::from_secs(7 * 24 * 3600));
    let ran = people.at_aws("link run --from FILE").run();
    ran.expect(1).says("vmc link request");
    let ran = people.at_vmc("link wait").run();
    ran.expect(1).says("vmc link request");
    assert_eq!(people.bench.effects("stack.created"), 0);
}

#[test]
fn another_aws_account_is_noticed_before_anything_is_made() {
    let people = People::new();
    let asked = "link request --to FILE --account 999999999999";
    people.at_vmc(asked).run().expect(0);
    let ran = people.at_aws("link run --from FILE").run();
    ran.expect(5).says("123456789012").says("999999999999");
    let ran = people.at_aws("link run --from FILE --account 123456789012");
    ran.run().expect(2).says("999999999999");
    people.request_again();
    let ran = people.at_aws("link run --from FILE --account 999999999999");
    ran.run().expect(5).says("999999999999");
    assert_eq!(people.bench.effects("stack.created"), 0);
}

impl People {
    fn request_again(&self) {
        let again = "link request --to FILE --replace";
        self.at_vmc(again).run().expect(0);
    }
}

#[test]
fn no_answer_to_the_request_is_an_unknown_outcome_and_leaves_no_file() {
    let people = People::new();
    people
        .bench
        .order(Fault::on("orgs.account_link.get").cut_after());
    people.at_vmc("link request --to FILE").run().expect(6);
    assert!(!people.file().exists());
    assert_eq!(people.bench.effects("link_request.created"), 1);
    people.bench.assert_struck();
}

#[test]
fn a_file_that_others_can_read_is_used_with_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let people = People::new();
    people.request();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(people.file(), open).unwrap();
    let ran = people.at_aws("link run --from FILE").run().expect(0);
    ran.says("chmod 600");
}

#[test]
fn a_failed_stack_is_replaced_with_the_same_file_when_told_to() {
    let people = People::new();
    people.bench.mock.world(|world| {
        world.plan(Plan::ResourceFails {
            resource: "RemoteRole".into(),
            reason: "denied by an SCP".into(),
        });
    });
    people.request();
    let run = "link run --from FILE";
    people.at_aws(run).run().expect(1).says("denied by an SCP");
    people.at_aws(run).run().expect(5).says("--replace-stack");
    let replace = "link run --from FILE --replace-stack";
    people.at_aws(replace).run().expect(0);
    people.at_vmc("link wait").run().expect(0);
    people.effects([
        ("link_request.created", 1),
        ("stack.created", 2),
        ("connected_account.created", 1),
    ]);
}

#[test]
fn stopped_on_either_side_it_goes_on_and_the_way_back_is_told() {
    let people = People::at(Bench::with(Mock::builder().speed(1.0)));
    people.request();
    let waiting = people.at_vmc("link wait").spawn();
    people.bench.until("a look at the task", |mock| {
        mock.received("orgs.tasks.get") > 1
    });
    waiting.interrupt();
    waiting.wait().expect(8).says("vmc link wait");
    let short = people.at_vmc("link wait --timeout 1s").run();
    short.expect(8).says("To resume: vmc link wait");

    let running = people.at_aws("link run --from FILE").spawn();
    people.bench.until("the stack", |mock| {
        !mock.effects("stack.created").is_empty()
    });
    running.interrupt();
    running.wait().expect(8).says("vmc link run --from");
    let started = "link run --from FILE --no-wait --refuse-changed-template";
    let started = people.at_aws(started).run().expect(0);
    started
        .says("vmc link run --from")
        .says("--refuse-changed-template");
    let started = people.at_aws("link run --from FILE --no-wait -o json");
    let started = started.run().expect(0).json();
    assert!(started["started"]["stack"].is_string(), "{started}");
    let config = people.aws_home.path().join("config/vmc");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "[profiles.lab]\n").unwrap();
    let other = people.at_aws("link run --from FILE --no-wait --profile lab");
    other.run().expect(0).says("link.json --profile lab");
    people.bench.mock.clock().advance(Duration::from_secs(3600));
    people.at_aws("link run --from FILE").run().expect(0);
    people.at_vmc("link wait").run().expect(0);
    people.effects(one_of_each());
}

#[test]
fn a_result_without_columns_is_refused_in_formats_of_columns_before_any_request() {
    let people = People::new();
    for format in ["csv", "text", "name"] {
        for line in [
            "link up --dry-run",
            "link request --to FILE",
            "link request --to FILE --dry-run",
            "link run --from FILE --dry-run",
            "link policy",
        ] {
            let line = format!("{line} -o {format}");
            let ran = people.bench.run(&line.replace("FILE", "link.json"));
            ran.expect(2).says(&format!("no {format} of it"));
        }
    }
    assert_eq!(people.bench.requests(), 0);
    // In the environment it is meant for other commands.
    let policy = people.at_aws("link policy").env("VMC_OUTPUT", "csv");
    assert!(policy.run().expect(0).json()["Statement"].is_array());
    people.request();
    let made = people.at_aws("link run --from FILE -o csv").run().expect(0);
    let (columns, row) = made.stdout.split_once('\n').unwrap();
    assert_eq!(columns, "stack,region,status,tracking_task");
    assert!(row.contains(",us-west-2,CREATE_COMPLETE,"), "{row}");
}

/// Kills `link run` at its `nth` request, then runs it again. `false` when the
/// first run never came that far.
fn killed_at(nth: u64, done_first: bool) -> bool {
    let people = People::new();
    people.request();
    let asked = people.bench.requests() as u64;
    let fault = Fault::at_request(asked + nth);
    people.bench.order(if done_first {
        fault.hang_after()
    } else {
        fault.hang_before()
    });
    let mut first = people.at_aws("link run --from FILE").spawn();
    let mut ended = false;
    people.bench.until("the hung request, or the end", |mock| {
        ended = first.has_ended();
        ended || mock.journal().requests.iter().any(|request| request.hung)
    });
    if ended {
        first.wait().expect(0);
        return false;
    }
    first.kill();
    people.bench.mock.clear_faults();
    people.at_aws("link run --from FILE").run().expect(0);
    people.at_vmc("link wait").run().expect(0);
    people.effects(one_of_each());
    true
}

#[test]
fn link_run_killed_at_any_request_can_be_run_again() {
    for done_first in [false, true] {
        let killed = (1..).take_while(|nth| killed_at(*nth, done_first)).count();
        assert!(killed >= 5, "only {killed} requests were tried");
    }
}

#[test]
fn no_log_shows_the_address_of_the_template_or_what_is_behind_it() {
    let people = People::new();
    let file = people.bench.home().join("debug.json");
    for line in [
        "link request --to debug.json --debug -vv",
        "link review --from debug.json --debug -vv",
        "link run --from debug.json --debug -vv",
    ] {
        let ran = people.bench.run(line).expect(0);
        assert!(ran.stderr.contains("path=\"[redacted]\""), "{}", ran.stderr);
        let ran = shows_no_secret(ran, &file);
        assert!(!ran.stderr.contains("LinkRequestId"), "{}", ran.stderr);
    }
}
