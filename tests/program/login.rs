//! Who am I, with what, until when, and how many requests that costs.

use std::os::unix::fs::PermissionsExt as _;

use integration_tests::Bench;

#[test]
fn a_list_costs_two_requests_and_the_next_one_costs_one() {
    let bench = Bench::new();
    let list = bench.run("org list -o json").expect(0);
    assert_eq!(list.json().as_array().unwrap().len(), 1);
    assert_eq!(operations(&bench), ["csp.authorize", "orgs.list"]);
    bench.run("org list").expect(0);
    assert_eq!(operations(&bench)[2..], ["orgs.list"]);
}

#[test]
fn versions_and_help_touch_nothing() {
    let bench = Bench::new();
    for line in [
        "--version",
        "version",
        "--help",
        "link up --help",
        "help exit-codes",
        "explore",
    ] {
        bench.run(line).expect(0);
    }
    assert_eq!(bench.requests(), 0);
    assert_eq!(std::fs::read_dir(bench.home()).unwrap().count(), 0);
}

#[test]
fn a_token_from_stdin_is_checked_and_kept_where_only_its_owner_reads() {
    let bench = Bench::new();
    let token = env(&bench, "VMC_API_TOKEN");
    let login = bench
        .vmc(["auth", "login", "--with-token"])
        .without("VMC_API_TOKEN")
        .stdin(&format!("  {token}\n"))
        .run()
        .expect(0);
    assert!(!login.stdout.contains(&token) && !login.stderr.contains(&token));
    let mut stored = 0;
    for file in files(bench.home()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        if text.contains(&token) || text.contains("eyJ") {
            stored += 1;
            assert_eq!(mode, 0o600, "{}", file.display());
        }
    }
    assert!(stored >= 1, "the login is not kept");

    let without = |line: &str| bench.vmc(line.split(' ')).without("VMC_API_TOKEN");
    let status = without("auth status -o json").run().expect(0);
    assert!(!status.stdout.contains(&token), "{}", status.stdout);
    without("org list").run().expect(0);
    without("auth logout").run().expect(0);
    without("org list").run().expect(4).says("vmc auth login");
}

#[test]
fn a_wrong_token_is_not_kept() {
    let bench = Bench::new();
    let login = bench
        .vmc(["auth", "login", "--with-token"])
        .without("VMC_API_TOKEN")
        .stdin("canary-wrong-token")
        .run()
        .expect(4);
    assert!(!login.stderr.contains("canary-wrong"), "{}", login.stderr);
    for file in files(bench.home()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(!text.contains("canary-wrong"), "{}", file.display());
    }
}

#[test]
fn empty_and_blank_tokens_are_named() {
    let bench = Bench::new();
    for token in ["", "   ", "\n"] {
        bench
            .vmc(["org", "list"])
            .env("VMC_API_TOKEN", token)
            .run()
            .expect(4)
            .says("vmc auth login");
    }
    assert_eq!(bench.requests(), 0);
}

#[test]
fn credentials_of_two_kinds_at_one_level_are_a_contradiction() {
    let bench = Bench::new();
    bench
        .vmc(["org", "list"])
        .env("VMC_CLIENT_ID", "app")
        .env("VMC_CLIENT_SECRET", "canary-secret")
        .run()
        .expect(2)
        .says("VMC_CLIENT_ID");
    assert_eq!(bench.requests(), 0);
}

#[test]
fn no_output_and_no_process_list_shows_a_secret() {
    let bench = Bench::new();
    let secrets = [
        env(&bench, "VMC_API_TOKEN"),
        env(&bench, "AWS_SECRET_ACCESS_KEY"),
        "eyJ".to_owned(),
    ];
    for line in [
        "auth status --debug",
        "org list --debug -o json",
        "link up --debug",
        "link status --debug",
        "subnet list --debug -o yaml",
        "api GET /vmc/api/orgs --debug",
        "api GET /vmc/api/nowhere --debug",
        "org show no-such-org --debug",
    ] {
        let running = bench.vmc(line.split(' ')).spawn();
        let typed = running.command_line();
        let ran = running.wait();
        for secret in &secrets {
            for text in [&typed, &ran.stdout, &ran.stderr] {
                assert!(!text.contains(secret), "$ vmc {line}\n{text}");
            }
        }
    }
    for request in bench.mock.journal().requests {
        for secret in &secrets {
            assert!(!request.path.contains(secret), "{}", request.path);
        }
    }
}

fn operations(bench: &Bench) -> Vec<String> {
    let journal = bench.mock.journal();
    journal
        .requests
        .iter()
        .map(|r| r.operation.clone())
        .collect()
}

fn env(bench: &Bench, name: &str) -> String {
    let mut env = bench.mock.env().into_iter();
    env.find(|(known, _)| *known == name).unwrap().1
}

/// All files below a folder.
fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
