//! Credentials of add-ons: the password comes from anywhere but the command line.

use integration_tests::{Bench, Vmc};
use vmc_mock::world::ORG_ID;
use vmc_mock::{Fault, Mock};

/// Blanks at its ends are part of it.
const PASSWORD: &str = " CANARY pass ";

/// A world with an SDDC `lab`.
fn bench() -> Bench {
    Bench::with(Mock::builder().world(|world| {
        world.add_sddc(ORG_ID, "lab");
    }))
}

fn write(bench: &Bench, verb: &str, user: &str) -> Vmc {
    bench.vmc(["addon", verb, "site-a", "--sddc", "lab", "--username", user])
}

/// The password that the service has now.
fn stored(bench: &Bench) -> String {
    let ran = bench.run("addon show site-a --sddc lab -o json --reveal");
    ran.expect(0).json()["password"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_password_comes_from_stdin_a_file_or_the_environment() {
    let bench = bench();
    let line = format!("{PASSWORD}\n");
    let made = write(&bench, "create", "one").args(["--password-stdin", "-o", "json"]);
    let made = made.stdin(&line).run().expect(0);
    assert_eq!(made.json()["password"], "[redacted]");
    assert_eq!(stored(&bench), PASSWORD);

    let file = bench.home().join("pw");
    std::fs::write(&file, "from a file\r\n").unwrap();
    let changed = write(&bench, "update", "two").args(["--password-file", file.to_str().unwrap()]);
    changed.run().expect(0).says("two");
    assert_eq!(stored(&bench), "from a file");

    let changed = write(&bench, "update", "three").env("VMC_ADDON_PASSWORD", "from env");
    changed.run().expect(0);
    assert_eq!(stored(&bench), "from env");
    assert_eq!(bench.effects("credentials.created"), 1);
    assert_eq!(bench.effects("credentials.updated"), 2);
}

#[test]
fn a_password_is_shown_on_request_only() {
    let bench = bench();
    let create = || {
        write(&bench, "create", "one")
            .args(["--password-stdin"])
            .stdin(PASSWORD)
    };
    let dry = create().args(["--dry-run", "--debug"]).run().expect(0);
    assert_eq!(bench.effects("credentials.created"), 0);
    let made = create().args(["--debug"]).run().expect(0);
    let again = create().run().expect(5);
    let mut outputs = vec![dry, made, again];
    for verb in ["list", "show site-a"] {
        for format in ["table", "json", "csv", "yaml"] {
            let line = format!("addon {verb} --sddc lab -o {format}");
            outputs.push(bench.run(&line).expect(0));
            let revealed = bench.run(&format!("{line} --reveal")).expect(0);
            assert!(
                revealed.stdout.contains("CANARY"),
                "{line}: {}",
                revealed.stdout
            );
        }
    }
    for ran in outputs {
        let said = ran.stdout + &ran.stderr;
        assert!(!said.contains("CANARY"), "{}: {said}", ran.line);
    }
}

#[test]
fn a_password_that_nobody_gave_is_missed_before_anything_is_sent() {
    let bench = bench();
    write(&bench, "create", "one")
        .run()
        .expect(2)
        .says("--password-stdin");
    let empty = write(&bench, "create", "one")
        .args(["--password-stdin"])
        .stdin("\n");
    empty.run().expect(2).says("empty");
    for slip in [
        &["--password", "CANARY"][..],
        &["--password=CANARY"],
        &["CANARY"],
    ] {
        let wrong = write(&bench, "create", "one").args(slip.iter().copied());
        let wrong = wrong.run().expect(2);
        assert!(!wrong.stderr.contains("CANARY"), "{}", wrong.stderr);
    }
    let kind = write(&bench, "update", "one").args(["--password-stdin", "--type", "nosuch"]);
    kind.stdin("x").run().expect(1).says("nosuch");
    let unknown = write(&bench, "update", "one")
        .args(["--password-stdin"])
        .stdin("x");
    unknown.run().expect(3);
    assert_eq!(bench.effects("credentials.created"), 0);
}

#[test]
fn an_answer_that_got_lost_is_no_reason_to_try_again() {
    let bench = bench();
    bench.order(Fault::on("orgs.sddcs.addons.credentials.create").cut_after());
    let ran = write(&bench, "create", "one")
        .args(["--password-stdin"])
        .stdin("x")
        .run();
    let hint = ran
        .expect(6)
        .says("vmc addon show site-a --type HCX --sddc ");
    assert!(!hint.stderr.contains("not carried out"), "{}", hint.stderr);
    assert_eq!(bench.effects("credentials.created"), 1);
}
