//! Slips of the hand: what was not meant is not done.

use integration_tests::Bench;
use vmc_mock::Fault;

fn lab(bench: &Bench) {
    let line = "sddc create --name lab --region us-west-2 --type 1node --delay-account-link";
    bench.run(line).expect(0);
}

#[test]
fn no_spelling_of_account_link_is_asked_twice() {
    for path in ["account-link", "account%2dlink", "account%2Dlin%6b"] {
        let bench = Bench::new();
        bench.order(Fault::on("orgs.account_link.get").status(503));
        bench
            .run(&format!("api /vmc/api/orgs/{{org}}/{path}"))
            .expect(6);
        let asked = bench.mock.journal().received("orgs.account_link.get");
        assert_eq!(asked, 1, "{path}");
    }
}

#[test]
fn an_unset_variable_or_a_name_in_other_letters_deletes_nothing() {
    let bench = Bench::new();
    lab(&bench);
    for arguments in [
        &["sddc", "delete", "lab", "--yes", "--org", ""][..],
        &["sddc", "delete", "lab", "--yes", "--profile", ""],
        &["sddc", "delete", "", "--yes"],
    ] {
        let ran = bench.vmc(arguments.iter().copied()).run();
        ran.expect(2).says("is empty");
    }
    bench.run("sddc delete LAB --yes").expect(3).says("exactly");
    assert_eq!(bench.effects("sddc.deleted"), 0);
    bench.run("sddc show LAB").expect(0);
    let gone = bench.run("sddc delete lab --yes --no-wait").expect(0);
    gone.says("Next: vmc task wait ");
}

#[test]
fn a_name_that_looks_like_an_id_is_found() {
    let bench = Bench::new();
    lab(&bench);
    let name = "00000000-0000-0000-0000-000000000001";
    bench.run(&format!("sddc rename lab {name}")).expect(0);
    bench.run(&format!("sddc show {name}")).expect(0);
    bench.run(&format!("sddc rename {name} lab")).expect(0);
    bench.run(&format!("sddc show {name}")).expect(3);
}

#[test]
fn logging_out_leaves_no_token_behind_a_link() {
    let bench = Bench::new();
    let folder = bench.home().join("settings");
    let real = bench.home().join("real.toml");
    let file = folder.join("credentials.toml");
    let env = bench.mock.env();
    let (_, token) = env
        .iter()
        .find(|(name, _)| *name == "VMC_API_TOKEN")
        .unwrap();
    let vmc = |line: &str| {
        bench
            .vmc(line.split(' '))
            .env("VMC_CONFIG_DIR", folder.to_str().unwrap())
            .without("VMC_API_TOKEN")
    };
    let login = || vmc("auth login --with-token").stdin(&format!("\u{feff}{token}\r\n"));
    login().run().expect(0);
    std::fs::rename(&file, &real).unwrap();
    std::os::unix::fs::symlink(&real, &file).unwrap();
    login().run().expect(0);
    let has = || {
        std::fs::read_to_string(&real)
            .unwrap()
            .contains(token.as_str())
    };
    assert!(file.is_symlink() && has());
    vmc("auth logout").run().expect(0);
    assert!(file.is_symlink() && !has());
}

#[test]
fn a_secret_as_an_argument_is_not_repeated() {
    let bench = Bench::new();
    for line in [
        "auth login CANARYtoken",
        "auth login --with-token=CANARYtoken",
        "auth login -o json CANARYtoken",
        "auth status eyJDANARYCANARYCANARYCANARY",
    ] {
        let ran = bench.run(line).expect(2);
        assert!(!ran.stderr.contains("CANARY"), "{}", ran.stderr);
        ran.says("--with-token < ");
    }
}
