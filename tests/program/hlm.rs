//! Hybrid Linked Mode. After each command no session is open.

use std::io::Read as _;
use std::net::TcpListener;

use integration_tests::{Bench, Ran, Vmc};
use vmc_mock::world::{
    self, CLOUD_VCENTER_PASSWORD, CLOUD_VCENTER_USER, Certificate, VCENTER_PASSWORD, VCENTER_USER,
    VCenter, Version,
};
use vmc_mock::{Builder, Fault, Mock};

/// An SDDC `lab` with the vCenter `cloud`; on premises `onprem` and `gateway`.
struct Estate {
    bench: Bench,
}

impl Estate {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let builder = Mock::builder()
            .speed(3600.0)
            .world(|world| {
                world.add_sddc(world::ORG_ID, "lab");
            })
            .vcenter(VCenter::cloud("cloud"))
            .vcenter(VCenter::gateway("gateway"))
            .vcenter(VCenter::on_premises("onprem"));
        Self {
            bench: Bench::with(change(builder)),
        }
    }

    fn host(&self, id: &str) -> String {
        let url = self.bench.mock.vcenter_url(id).unwrap();
        url.trim_start_matches("https://").to_owned()
    }

    /// `vmc hlm`, where HOSTs stand for the names of vCenters in capitals, and
    /// with the password of the side on premises.
    fn vmc(&self, line: &str) -> Vmc {
        let mut line = format!("hlm {line}");
        for id in ["cloud", "gateway", "onprem"] {
            line = line.replace(&id.to_uppercase(), &self.host(id));
        }
        self.bench
            .vmc(line.split(' '))
            .env("VMC_PSC_PASSWORD", VCENTER_PASSWORD)
            // Waiting between tries is tested elsewhere.
            .env("VMC_MAX_ATTEMPTS", "2")
    }

    fn run(&self, line: &str) -> Ran {
        self.ended(self.vmc(line).run())
    }

    fn ended(&self, ran: Ran) -> Ran {
        for id in ["cloud", "gateway", "onprem"] {
            assert_eq!(self.bench.mock.open_sessions(id), 0, "{id}: {}", ran.line);
        }
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains("CANARY"), "{}\n{text}", ran.line);
        }
        ran
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut VCenter)) {
        let mock = &self.bench.mock;
        mock.world(|world| change(world.vcenters.get_mut(id).unwrap()));
    }

    fn link(&self) -> Ran {
        self.run("link --sddc lab --psc ONPREM --admin-group admins@corp.local")
    }

    fn logins(&self) -> u64 {
        self.bench.mock.received("cis.session.create")
    }
}

#[test]
fn a_link_is_checked_made_shown_and_removed() {
    for version in [
        Version::new(6, 7, 0),
        Version::new(8, 0, 3),
        Version::new(9, 0, 0),
    ] {
        let estate = Estate::new();
        estate.change("cloud", |cloud| cloud.version = version);
        let dry = estate
            .run("link --sddc lab --psc ONPREM --dry-run")
            .expect(0);
        assert_eq!(dry.json()["requests"][0]["body"]["password"], "[redacted]");
        assert_eq!(estate.bench.effects("hlm.linked"), 0);
        estate
            .link()
            .expect(0)
            .says("is linked with vsphere.local.");
        estate.link().expect(0).says("Nothing to do");
        let list = estate.run("list --sddc lab -o json").expect(0).json();
        assert_eq!(list[0]["display_name"], "vsphere.local");
        let id = list[0]["link"].as_str().unwrap();
        estate
            .run(&format!("show {id} --sddc lab"))
            .expect(0)
            .says("vsphere.local");
        estate
            .run("show other.local --sddc lab")
            .expect(3)
            .says("There is: vsphere.local");

        let unlink = "unlink VSPHERE.local --sddc lab";
        estate.run(unlink).expect(2).says("--yes");
        let dry = estate.run(&format!("{unlink} --dry-run")).expect(0).json();
        assert!(
            dry["requests"][0]["path"]
                .as_str()
                .unwrap()
                .ends_with("?action=delete")
        );
        let gone = estate
            .run(&format!("{unlink} --yes -o json"))
            .expect(0)
            .json();
        assert_eq!(gone["removed"]["link"], id);
        assert!(
            gone["left_behind"]
                .to_string()
                .contains("admins@corp.local")
        );
        estate.run(unlink).expect(0).says("Nothing to do");
        let made = ["hlm.linked", "hlm.unlinked"].map(|kind| estate.bench.effects(kind));
        assert_eq!(made, [1, 1], "{version}");
    }
}

#[test]
fn from_a_gateway_the_sddc_is_the_other_side() {
    let estate = Estate::new();
    let gateway = |verb: &str| {
        let line = format!("{verb} --gateway --vcenter GATEWAY --username {VCENTER_USER}");
        estate
            .vmc(&line)
            .env("VMC_VCENTER_PASSWORD", VCENTER_PASSWORD)
    };
    let run = |verb: &str| estate.ended(gateway(verb).without("VMC_PSC_PASSWORD").run());
    run("check --sddc lab").expect(0).says("on that side");
    run("link --sddc lab")
        .expect(0)
        .says("is linked with vmc.local.");
    run("list -o name").expect(0);
    let other = "check --sddc lab --psc ONPREM --no-conn-test --other-gateway GATEWAY";
    estate.run(other).expect(9).says("linked with vmc.local");
    run("unlink vmc.local --yes").expect(0).says("stays behind");
    assert_eq!(estate.bench.effects("hlm.unlinked"), 1);
}

#[test]
fn raw_calls_reach_a_vcenter_too() {
    let estate = Estate::new();
    estate.link().expect(0);
    let api = |words: &str| {
        let words = format!("api {words} --sddc lab");
        estate.ended(estate.bench.vmc(words.split(' ')).run())
    };
    let list = api("/api/hvc/links --service vcenter").expect(0).json();
    assert_eq!(list[0]["display_name"], "vsphere.local");
    api("/rest/hvc/links --service vcenter")
        .expect(0)
        .says("\"value\"");
    api("/api/hvc/links/none --service vcenter")
        .expect(3)
        .says("NOT_FOUND");
    let administrators = "/api/hvc/management/administrators?action=add";
    api(&format!(
        "POST {administrators} -f group_name=x@y --service vcenter"
    ))
    .expect(0);
    assert_eq!(estate.bench.effects("hlm.administrators_changed"), 1);
    api("/vmc/api/orgs --username x")
        .expect(2)
        .says("--service vcenter");
    estate.change("cloud", |cloud| cloud.certificate = Certificate::Expired);
    api("/api/hvc/links --service vcenter")
        .expect(60)
        .says("vmc cert show");
}

#[test]
fn groups_are_a_set() {
    let estate = Estate::new();
    let groups = |line: &str| {
        let ran = estate
            .run(&format!("admins {line} --sddc lab -o json"))
            .expect(0);
        ran.json().to_string()
    };
    let dry = estate
        .run("admins add a@c b@c --sddc lab --dry-run")
        .expect(0)
        .json();
    assert_eq!(dry["requests"].as_array().unwrap().len(), 2);
    assert_eq!(groups("list"), "[]");
    assert_eq!(groups("add b@c a@c"), r#"["a@c","b@c"]"#);
    assert_eq!(groups("add A@c"), r#"["a@c","b@c"]"#);
    assert_eq!(groups("remove b@c x@c"), r#"["a@c"]"#);
    assert_eq!(groups("set c@c"), r#"["c@c"]"#);
    assert_eq!(groups("set C@c"), r#"["c@c"]"#);
    assert_eq!(estate.bench.effects("hlm.administrators_changed"), 4);
    let before = estate.bench.requests();
    estate
        .run("admins add nodomain --sddc lab")
        .expect(2)
        .says("domain is missing");
    assert_eq!(estate.bench.requests(), before);
}

#[test]
fn checks_tell_what_stands_in_the_way_and_from_where_they_were_made() {
    let estate = Estate::new();
    let check = "check --sddc lab --psc ONPREM --admin-group admins@corp.local";
    let rows = estate.run(&format!("{check} -o json")).expect(0).json();
    let row = |id: &str| {
        let all = rows.as_array().unwrap();
        all.iter().find(|row| row["id"] == id).unwrap().clone()
    };
    assert_eq!(row("credentials")["from"], "this machine");
    assert_eq!(row("conn-test")["from"], "VCENTER inside SDDC lab");
    assert_eq!(row("privilege")["state"], "not-made");
    assert_eq!(estate.bench.mock.received("hvc.links.create"), 0);

    estate.change("onprem", |vcenter| vcenter.clock_offset_seconds = 3600);
    let ran = estate.run(&format!("{check} --no-conn-test")).expect(9);
    ran.says("clock").says("NTP").says("1 of 19 checks");
    estate.change("onprem", |vcenter| {
        vcenter.certificate = Certificate::Expired;
    });
    let ran = estate
        .run(&format!("{check} --no-conn-test -o json"))
        .expect(9);
    let all = ran.json();
    let all = all.as_array().unwrap();
    let of_peer = |id: &str| {
        let target = estate.host("onprem");
        let is_it = |row: &&serde_json::Value| row["id"] == id && row["target"] == *target;
        all.iter().find(is_it).unwrap().clone()
    };
    assert_eq!(of_peer("certificate")["state"], "failed");
    assert!(of_peer("certificate")["advice"].is_string());
    assert!(
        of_peer("credentials")["reason"]
            .as_str()
            .unwrap()
            .contains("no password")
    );

    estate.change("onprem", |vcenter| vcenter.certificate = Certificate::Valid);
    let line = "check --sddc lab --psc unreachable.invalid";
    estate
        .run(line)
        .expect(9)
        .says("could not be reached")
        .says("ONPREM_VCENTER");
}

#[test]
fn without_a_password_of_the_other_side_its_login_is_not_checked() {
    let estate = Estate::new();
    let check = estate.vmc("check --sddc lab --psc ONPREM --no-conn-test");
    let ran = estate
        .ended(check.without("VMC_PSC_PASSWORD").run())
        .expect(0);
    ran.says("no credentials were given");
    let link = estate.vmc("link --sddc lab --psc ONPREM");
    let ran = estate
        .ended(link.without("VMC_PSC_PASSWORD").run())
        .expect(2);
    ran.says("--psc-password-stdin");
    let link = estate.vmc("link --sddc lab --psc ONPREM --psc-password-stdin");
    let link = link.without("VMC_PSC_PASSWORD");
    let ran = link.stdin(&format!("{VCENTER_PASSWORD}\r\n")).run();
    estate.ended(ran).expect(0);
}

#[test]
fn a_vcenter_is_named_in_many_ways() {
    let estate = Estate::new();
    let url = estate.host("cloud");
    let list = || estate.vmc("list");
    let run = |vmc: Vmc| estate.ended(vmc.run());
    let ours = list()
        .env("VMC_VCENTER_URL", &format!("https://{url}"))
        .env("VMC_VCENTER_USERNAME", CLOUD_VCENTER_USER)
        .env("VMC_VCENTER_PASSWORD", CLOUD_VCENTER_PASSWORD);
    run(ours).expect(0);
    let govc = || {
        list()
            .env("GOVC_URL", &format!("{url}/sdk"))
            .env("GOVC_USERNAME", CLOUD_VCENTER_USER)
            .env("GOVC_PASSWORD", CLOUD_VCENTER_PASSWORD)
    };
    run(govc()).expect(0);
    run(govc().env("GOVC_INSECURE", "false")).expect(0);
    // What is set for another tool counts less than what is set for this one.
    let elsewhere = govc().env("GOVC_URL", "127.0.0.1:1");
    run(elsewhere.env("VMC_SDDC_ID", "lab")).expect(0);
    let before = estate.bench.requests();
    run(govc().env("GOVC_INSECURE", "1"))
        .expect(2)
        .says("vmc cert pin");
    run(list()).expect(2).says("--sddc NAME");
    run(estate.vmc("list --sddc lab --vcenter CLOUD")).expect(2);
    assert_eq!(estate.bench.requests(), before);
    let whole = format!("https://cloudadmin%40vmc.local:{CLOUD_VCENTER_PASSWORD}@{url}/sdk");
    run(list().env("GOVC_URL", &whole)).expect(0);
    let ran = run(estate.vmc(&format!("list --vcenter {whole}")));
    ran.expect(2).says("must not carry");
    let ran = run(estate.vmc("link --psc ONPREM --psc-password CANARY"));
    ran.expect(2);
}

/// What a vCenter would see of a program that trusts too much: handshakes end
/// before a byte of a request.
#[test]
fn no_password_goes_over_a_connection_that_was_not_verified() {
    for certificate in [
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::WrongName,
        Certificate::CommonName,
        Certificate::SelfSigned,
    ] {
        let estate = Estate::new();
        estate.change("cloud", |cloud| cloud.certificate = certificate);
        for line in [
            "list --sddc lab",
            "link --sddc lab --psc ONPREM",
            "unlink vsphere.local --sddc lab --yes",
            "admins list --sddc lab",
        ] {
            let ran = estate.run(line).expect(60);
            ran.says("vmc cert pin").says(&estate.host("cloud"));
        }
        let handshakes = estate
            .bench
            .mock
            .world(|world| world.vcenters.get("cloud").unwrap().handshakes);
        assert!(handshakes > 0);
        let journal = estate.bench.mock.journal();
        let seen = journal.requests.iter().filter(|row| row.vcenter.is_some());
        assert_eq!(seen.count(), 0, "{certificate:?}");

        // And the other side's password is not handed to the cloud vCenter.
        let estate = Estate::new();
        estate.change("onprem", |onprem| onprem.certificate = certificate);
        estate.link().expect(60).says(&estate.host("onprem"));
        assert_eq!(estate.bench.mock.received("hvc.links.create"), 0);
        // Once a person has vouched for it, it is.
        let thumbprint = estate.bench.mock.vcenter_thumbprint("onprem").unwrap();
        let link = format!("link --sddc lab --psc ONPREM --thumbprint {thumbprint}");
        estate.run(&link).expect(0);
        assert_eq!(estate.bench.effects("hlm.linked"), 1);
    }
}

#[test]
fn a_pin_is_for_the_connection_that_carries_the_password() {
    let estate = Estate::new();
    estate.change("cloud", |cloud| cloud.certificate = Certificate::SelfSigned);
    let host = estate.host("cloud");
    let thumbprint = estate.bench.mock.vcenter_thumbprint("cloud").unwrap();
    let pin = ["cert", "pin", &host, "--thumbprint", &thumbprint];
    estate.bench.vmc(pin).run().expect(0);
    estate.run("list --sddc lab").expect(0);
    assert_eq!(estate.logins(), 1);
    estate.change("cloud", |cloud| cloud.certificate = Certificate::Rotating);
    estate
        .run("list --sddc lab")
        .expect(60)
        .says("pinned SHA-256");
    assert_eq!(estate.logins(), 1);
}

#[test]
fn what_does_not_speak_tls_hears_no_secret() {
    let estate = Estate::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = std::thread::spawn(move || {
        let mut all = Vec::new();
        // As often as it is tried, and then once to end.
        while let Ok((mut stream, _)) = listener.accept() {
            let mut bytes = vec![0; 65536];
            let read = stream.read(&mut bytes).unwrap_or(0);
            if bytes[..read] == *b"end" {
                break;
            }
            all.extend_from_slice(&bytes[..read]);
        }
        all
    });
    let list = estate.vmc(&format!(
        "list --vcenter {address} --username {CLOUD_VCENTER_USER}"
    ));
    let ran = list
        .env("VMC_VCENTER_PASSWORD", CLOUD_VCENTER_PASSWORD)
        .run();
    estate.ended(ran).expect(7);
    std::io::Write::write_all(&mut std::net::TcpStream::connect(&address).unwrap(), b"end")
        .unwrap();
    let heard = heard.join().unwrap();
    assert_eq!(heard[0], 0x16, "a handshake was begun");
    let heard = String::from_utf8_lossy(&heard);
    for secret in ["CANARY", "Basic", "POST", "cloudadmin"] {
        assert!(!heard.contains(secret), "{secret}");
    }
}

#[test]
fn each_mistake_has_its_name_and_its_code() {
    let estate = Estate::with(|builder| {
        builder.world(|world| {
            world.vcenters.get_mut("cloud").unwrap().groups = vec!["admins@corp.local".into()];
        })
    });
    for (line, code, said) in [
        (
            "link --sddc lab --psc CLOUD --domain vmc.local",
            2,
            "linked to itself",
        ),
        (
            "link --sddc lab --psc ONPREM --domain other.local",
            1,
            "no domain other.local",
        ),
        (
            "link --sddc lab --psc ONPREM --psc-username nobody@x",
            1,
            "user name or the password",
        ),
        (
            "link --sddc lab --psc ONPREM --admin-group x@corp.local",
            1,
            "no group x@corp.local",
        ),
        (
            "link --sddc lab --psc 127.0.0.1:1",
            7,
            "could not be reached",
        ),
        ("link --sddc lab --psc ::1%lo", 2, "zone"),
        ("link --sddc lab", 2, "--psc HOST"),
        ("list --sddc none", 3, "none"),
    ] {
        estate.run(line).expect(code).says(said);
    }
    let wrong = |line: &str| estate.vmc(line).env("VMC_VCENTER_PASSWORD", "wrong");
    let list = format!("list --vcenter CLOUD --username {CLOUD_VCENTER_USER}");
    let before = estate.logins();
    let ran = estate
        .ended(wrong(&format!("{list} -o json")).run())
        .expect(4);
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(error["error"]["service"], "vcenter");
    assert_eq!(estate.logins(), before + 1, "accounts get locked");
    estate
        .bench
        .mock
        .settings(|settings| settings.vcenter_empty_401 = true);
    estate
        .ended(wrong(&list).run())
        .expect(4)
        .says("does not let");
    estate.change("cloud", |cloud| cloud.users[0].locked = true);
    estate.run("list --sddc lab").expect(4).says("locks");
    estate.change("cloud", |cloud| {
        cloud.users[0].locked = false;
        cloud.users[0].privileges = vec!["System.Read".into()];
    });
    let line = "link --sddc lab --psc ONPREM --admin-group admins@corp.local";
    estate.run(line).expect(4).says("HLM.Manage");
    assert_eq!(estate.bench.effects("hlm.linked"), 0);
    estate.change("cloud", |cloud| cloud.version = Version::new(9, 1, 0));
    estate
        .run("list --sddc lab")
        .expect(5)
        .says("removed in vCenter 9.1");
    estate
        .bench
        .mock
        .settings(|settings| settings.vcenter_sessions_per_user = 0);
    estate
        .run("list --sddc lab")
        .expect(7)
        .says("too many sessions");
}

#[test]
fn another_domain_that_is_linked_already_is_a_conflict() {
    let estate = Estate::with(|builder| {
        let mut second = VCenter::on_premises("second");
        second.sso_domain = "second.local".into();
        second.users[0].name = "Administrator@second.local".into();
        builder.vcenter(second)
    });
    estate.link().expect(0);
    let second = estate.host("second");
    let line = format!("link --sddc lab --psc {second} --domain second.local");
    estate.run(&line).expect(5).says("Another domain is linked");
}

#[test]
fn pages_and_lost_answers_are_no_riddles() {
    let estate = Estate::new();
    estate
        .bench
        .order(Fault::on("cis.session.create").html(200));
    estate
        .run("list --sddc lab")
        .expect(7)
        .says("is not a vCenter");
    estate.bench.order(Fault::on("hvc.links.list").html(200));
    estate.run("list --sddc lab").expect(7).says("web page");
    estate
        .bench
        .order(Fault::on("hvc.links.create").cut_after());
    estate.link().expect(0);
    assert_eq!(estate.bench.effects("hlm.linked"), 1);
    estate
        .bench
        .order(Fault::on("hvc.links.delete_with_credentials").cut_after());
    estate
        .run("unlink vsphere.local --sddc lab --yes")
        .expect(0);
    assert_eq!(estate.bench.effects("hlm.unlinked"), 1);
    estate.bench.assert_struck();
}

#[test]
fn what_stays_unknown_is_said_with_the_way_to_find_out() {
    let estate = Estate::new();
    estate
        .bench
        .order(Fault::on("hvc.links.create").cut_after());
    // The looks before are answered, the one after is not.
    let looks = Fault::on("hvc.links.list").nth(3).times(0).cut_before();
    estate.bench.order(looks);
    estate.link().expect(6).says("vmc hlm list --sddc lab");
    estate.bench.assert_struck();
    estate.bench.mock.clear_faults();
    estate.link().expect(0).says("Nothing to do");
    assert_eq!(estate.bench.mock.received("hvc.links.create"), 1);
}

#[test]
fn a_link_made_by_half_is_reported_each_time() {
    let estate = Estate::new();
    estate.change("cloud", |cloud| cloud.half_made = Some("no route".into()));
    for _ in 0..2 {
        let ran = estate.link().expect(1);
        ran.says("UNHEALTHY")
            .says("no route")
            .says("vmc hlm unlink");
    }
    assert_eq!(estate.bench.effects("hlm.half_linked"), 1);
    estate.run("list --sddc lab").expect(0).says("no route");
    estate
        .run("unlink vsphere.local --sddc lab --yes")
        .expect(0);
    estate.link().expect(0);
}

#[test]
fn ctrl_c_logs_out() {
    // While the session is in use, and while nothing has an answer yet.
    for (operation, line) in [
        ("hvc.links.list", "list --sddc lab"),
        (
            "hvc.links.list",
            "check --sddc lab --psc ONPREM --no-conn-test",
        ),
    ] {
        let estate = Estate::new();
        estate.bench.order(Fault::on(operation).hang_before());
        let running = estate.vmc(line).spawn();
        estate.bench.until("a request that hangs", |mock| {
            mock.journal().requests.iter().any(|row| row.hung)
        });
        running.interrupt();
        estate.ended(running.wait()).expect(130);
        assert!(estate.bench.effects("session.closed") > 0);
    }
    // A link under way is waited for, and told.
    let estate = Estate::new();
    estate
        .bench
        .order(Fault::on("hvc.links.create").delay(std::time::Duration::from_millis(1500)));
    let running = estate.vmc("link --sddc lab --psc ONPREM").spawn();
    estate
        .bench
        .until("the link", |mock| mock.received("hvc.links.create") == 1);
    running.interrupt();
    let ran = estate.ended(running.wait()).expect(0);
    ran.says("is linked with vsphere.local");
    assert_eq!(estate.bench.effects("hlm.linked"), 1);
}
