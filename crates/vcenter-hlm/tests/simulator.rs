//! Against simulated vCenters, over TLS. After each test no session is open.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use std::time::Duration;

use vcenter_hlm::precheck::{Check, Finding, Prechecks, Side, State, Targets};
use vcenter_hlm::{
    Dialect, ErrorType, Flavour, Hash, Hlm, HlmError, HostPort, LeftBehind, LinkCredentials,
    LinkSpec, Linked, Login, LoginError, Thumbprint, Trust, VCenter, certificate,
};
use vmc_http::Outcome;
use vmc_mock::world::{
    self, CLOUD_VCENTER_PASSWORD, CLOUD_VCENTER_USER, Certificate, VCENTER_PASSWORD, VCENTER_USER,
    Version,
};
use vmc_mock::{Builder, Fault, Mock};

/// A cloud vCenter, a gateway, and a vCenter on premises.
struct Estate {
    mock: Mock,
}

impl Estate {
    async fn new() -> Self {
        Self::with(Version::new(8, 0, 3), |builder| builder).await
    }

    async fn with(version: Version, change: impl FnOnce(Builder) -> Builder) -> Self {
        let builder = Mock::builder()
            .vcenter(world::VCenter::cloud("cloud").version(version))
            .vcenter(world::VCenter::gateway("gateway").version(version))
            .vcenter(world::VCenter::on_premises("onprem"));
        let mock = change(builder).start().await.unwrap();
        Self { mock }
    }

    fn address(&self, id: &str) -> HostPort {
        self.mock.vcenter_url(id).unwrap().parse().unwrap()
    }

    fn trust(&self) -> Trust {
        Trust::Bundle(self.mock.ca_pem().unwrap().into())
    }

    fn pin(&self, id: &str) -> Trust {
        let thumbprint = self.mock.vcenter_thumbprint(id).unwrap();
        Trust::Pinned(thumbprint.parse().unwrap())
    }

    fn vcenter(&self, id: &str) -> VCenter {
        let login = match id {
            "cloud" => Login::new(CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD),
            _ => Login::new(VCENTER_USER, VCENTER_PASSWORD),
        };
        VCenter::at(&self.address(id), &self.trust(), login.unwrap()).unwrap()
    }

    fn spec(&self) -> LinkSpec {
        let address = self.address("onprem");
        LinkSpec::with(&address, "vsphere.local", VCENTER_USER, VCENTER_PASSWORD)
    }

    /// Links as the cloud vCenter, and logs out.
    async fn link(&self, spec: LinkSpec) -> Result<Linked, HlmError> {
        self.link_from("cloud", Flavour::CloudVcenter, spec, &self.trust())
            .await
    }

    async fn link_from(
        &self,
        id: &str,
        flavour: Flavour,
        spec: LinkSpec,
        peer: &Trust,
    ) -> Result<Linked, HlmError> {
        let work =
            |vcenter: VCenter| async move { Hlm::new(&vcenter, flavour).link(spec, peer).await };
        let done = self.vcenter(id).with_session(work).await;
        self.no_session_is_open();
        done
    }

    fn no_session_is_open(&self) {
        for id in ["cloud", "gateway", "onprem"] {
            assert_eq!(self.mock.open_sessions(id), 0, "{id}");
        }
    }

    fn linked(&self) -> usize {
        self.mock.effects("hlm.linked").len()
    }
}

#[tokio::test]
async fn a_link_from_its_making_to_its_end() {
    for (version, dialect) in [
        (Version::new(6, 7, 0), Dialect::Rest),
        (Version::new(7, 0, 2), Dialect::Api),
        (Version::new(8, 0, 3), Dialect::Api),
        (Version::new(9, 0, 0), Dialect::Api),
    ] {
        for (id, flavour) in [
            ("cloud", Flavour::CloudVcenter),
            ("gateway", Flavour::Gateway),
        ] {
            let estate = Estate::with(version, |builder| builder).await;
            let peer = estate.pin("onprem");
            let spec = estate.spec().admin_group("admins@corp.local");
            let vcenter = estate.vcenter(id);
            let work = |vcenter: VCenter| async move {
                let hlm = Hlm::new(&vcenter, flavour);
                let made = hlm.link(spec.clone(), &peer).await?;
                assert!(
                    matches!(&made, Linked::Made(link) if !link.is_unhealthy()),
                    "{made:?}"
                );
                let again = hlm.link(spec, &peer).await?;
                assert_eq!(again, Linked::Already(made.link().clone()));
                assert_eq!(hlm.links().await?, [made.link().clone()]);
                assert_eq!(vcenter.dialect().await.unwrap(), dialect);
                let administrators = vcenter.administrators();
                administrators.add("more@corp.local").await?;
                administrators.remove("admins@corp.local").await?;
                administrators.set(["b@c".into(), "a@c".into()]).await?;
                let groups = vec!["a@c".to_owned(), "b@c".to_owned()];
                assert_eq!(administrators.get().await?, groups);
                let credentials = LinkCredentials::new(VCENTER_USER, VCENTER_PASSWORD);
                let gone = hlm.unlink("vsphere.local", Some(credentials)).await?;
                assert!(gone.removed.is_some());
                assert_eq!(gone.left_behind[0], LeftBehind::AdminGroups(groups));
                hlm.unlink("vsphere.local", None).await
            };
            let again = vcenter.with_session(work).await;
            assert_eq!(again.unwrap().removed, None, "{version} {id}");
            assert_eq!(estate.linked(), 1);
            assert_eq!(estate.mock.effects("hlm.unlinked").len(), 1);
            estate.no_session_is_open();
        }
    }
}

#[tokio::test]
async fn the_synchronization_is_where_it_was() {
    let estate = Estate::with(Version::new(7, 0, 2), |builder| builder).await;
    let made = estate.link(estate.spec()).await.unwrap();
    let link = made.link().summary.link.clone();
    let work = |vcenter: VCenter| async move {
        let sync = vcenter.sync();
        let providers = sync.providers(&link).await?;
        let provider = &providers[0].provider;
        sync.start(&link, provider, None).await?;
        let info = sync.provider(&link, provider).await?;
        assert!(info.current_session_info.is_some());
        sync.remediate(&link, None).await?;
        sync.reset(&link).await
    };
    estate.vcenter("cloud").with_session(work).await.unwrap();
    estate.no_session_is_open();
    let estate = Estate::new().await;
    let work = |vcenter: VCenter| async move { vcenter.sync().providers(&"l".into()).await };
    let error = estate
        .vcenter("cloud")
        .with_session(work)
        .await
        .unwrap_err();
    assert!(matches!(error, HlmError::Removed { .. }), "{error:?}");
    estate.no_session_is_open();
}

#[tokio::test]
async fn removed_in_9_1_is_said() {
    let estate = Estate::with(Version::new(9, 1, 0), |builder| builder).await;
    let error = estate.link(estate.spec()).await.unwrap_err();
    assert!(matches!(error, HlmError::Removed { .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Refused);
}

#[tokio::test]
async fn bad_input_is_named_and_leaves_nothing() {
    let estate = Estate::with(Version::new(8, 0, 3), |builder| {
        builder.world(|world| {
            let cloud = world.vcenters.get_mut("cloud").unwrap();
            cloud.groups = vec!["known@corp.local".into()];
        })
    })
    .await;
    let own = estate.address("cloud");
    let itself = LinkSpec::with(&own, "vmc.local", VCENTER_USER, VCENTER_PASSWORD);
    let error = estate.link(itself).await.unwrap_err();
    assert!(matches!(error, HlmError::ToItself { .. }), "{error:?}");
    let mut password = estate.spec();
    password.password = "wrong".into();
    let mut domain = estate.spec();
    domain.domain_name = "other.local".into();
    let group = estate.spec().admin_group("unknown@corp.local");
    for spec in [password, domain, group] {
        let error = estate.link(spec).await.unwrap_err();
        assert_eq!(error.kind(), Some(&ErrorType::InvalidArgument), "{error:?}");
        assert_eq!(error.outcome(), Outcome::Refused);
        assert!(error.vapi().unwrap().message().is_some());
    }
    let thumbprint: Thumbprint = "00".repeat(20).parse().unwrap();
    let error = estate
        .link(estate.spec().thumbprint(thumbprint))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Some(&ErrorType::UnverifiedPeer));
    let seen = error.vapi().unwrap().peer().unwrap().to_string();
    assert_eq!(Some(seen), estate.mock.vcenter_thumbprint("onprem"));
    assert_eq!(estate.linked(), 0);
}

#[tokio::test]
async fn an_unreachable_peer_is_an_error_and_not_a_riddle() {
    let estate = Estate::new().await;
    let nowhere = estate.address("onprem").with_port(1);
    let spec = LinkSpec::with(&nowhere, "vsphere.local", VCENTER_USER, VCENTER_PASSWORD);
    let done = estate
        .link_from("gateway", Flavour::Gateway, spec, &Trust::System)
        .await;
    let error = done.unwrap_err();
    assert_eq!(error.kind(), Some(&ErrorType::Error), "{error:?}");
    // The vCenter said 500, and a look has shown that there is no link.
    assert_eq!(error.outcome(), Outcome::Refused);
}

#[tokio::test]
async fn wrong_passwords_and_locked_accounts_are_refused_once() {
    let estate = Estate::new().await;
    let wrong = || Login::new(CLOUD_VCENTER_USER, "wrong").unwrap();
    for empty in [false, true] {
        estate
            .mock
            .settings(|settings| settings.vcenter_empty_401 = empty);
        let before = estate.mock.received("cis.session.create");
        let vcenter = VCenter::at(&estate.address("cloud"), &estate.trust(), wrong()).unwrap();
        for _ in 0..3 {
            let error = vcenter.links().list().await.unwrap_err();
            assert!(
                matches!(error.login(), Some(LoginError::Refused { .. })),
                "{error:?}"
            );
        }
        assert_eq!(estate.mock.received("cis.session.create"), before + 1);
    }
    estate
        .mock
        .world(|world| world.vcenters.get_mut("cloud").unwrap().users[0].locked = true);
    let error = estate.link(estate.spec()).await.unwrap_err();
    assert!(
        matches!(error.login(), Some(LoginError::Refused { .. })),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("locks"));
}

#[tokio::test]
async fn bad_certificates_stop_the_password() {
    for certificate in [
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::WrongName,
        Certificate::CommonName,
        Certificate::SelfSigned,
    ] {
        // Here: on the connection that carries the login.
        let estate = Estate::with(Version::new(8, 0, 3), |builder| {
            builder
                .world(|world| world.vcenters.get_mut("cloud").unwrap().certificate = certificate)
        })
        .await;
        let error = estate.link(estate.spec()).await.unwrap_err();
        assert!(error.is_certificate(), "{certificate:?}: {error:?}");
        assert_eq!(estate.mock.received("cis.session.create"), 0);
        // There: on the side whose password is in the link.
        let estate = Estate::with(Version::new(8, 0, 3), |builder| {
            builder
                .world(|world| world.vcenters.get_mut("onprem").unwrap().certificate = certificate)
        })
        .await;
        let error = estate.link(estate.spec()).await.unwrap_err();
        assert!(
            matches!(error, HlmError::UnverifiedPeer { .. }),
            "{certificate:?}: {error:?}"
        );
        assert_eq!(estate.mock.received("hvc.links.create"), 0);
    }
}

#[tokio::test]
async fn a_certificate_that_changes_between_look_and_call_is_refused() {
    let estate = Estate::with(Version::new(8, 0, 3), |builder| {
        builder.world(|world| {
            world.vcenters.get_mut("cloud").unwrap().certificate = Certificate::Rotating;
        })
    })
    .await;
    let address = estate.address("cloud");
    let chain = certificate::fetch(&address, Duration::from_secs(10))
        .await
        .unwrap();
    let pin = Trust::Pinned(chain.leaf().thumbprint(Hash::Sha256));
    let login = Login::new(CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD).unwrap();
    let vcenter = VCenter::at(&address, &pin, login).unwrap();
    let error = vcenter.links().list().await.unwrap_err();
    assert!(error.pin_mismatch().is_some(), "{error:?}");
    assert_eq!(estate.mock.received("cis.session.create"), 0);
}

#[tokio::test]
async fn a_lost_answer_makes_one_link() {
    let estate = Estate::new().await;
    estate
        .mock
        .fault(Fault::on("hvc.links.create").cut_after())
        .unwrap();
    let made = estate.link(estate.spec()).await.unwrap();
    assert!(matches!(made, Linked::Made(_)));
    assert_eq!(
        (estate.linked(), estate.mock.received("hvc.links.create")),
        (1, 1)
    );
    assert!(estate.mock.faults().iter().all(|rule| rule.fired > 0));
}

#[tokio::test]
async fn a_link_made_by_half_is_found() {
    let estate = Estate::with(Version::new(8, 0, 3), |builder| {
        builder.world(|world| {
            world.vcenters.get_mut("cloud").unwrap().half_made = Some("no route".into());
        })
    })
    .await;
    let made = estate.link(estate.spec()).await.unwrap();
    assert!(made.link().is_unhealthy());
    assert_eq!(made.link().message().as_deref(), Some("no route"));
}

#[tokio::test]
async fn checks_see_links_of_both_flavours_and_log_out() {
    let estate = Estate::new().await;
    let side = |id: &str| Side {
        address: estate.address(id),
        trust: estate.trust(),
        vcenter: Some(estate.vcenter(id)),
    };
    let targets = Targets {
        local: side("cloud"),
        flavour: Flavour::CloudVcenter,
        remote: side("onprem"),
        domain_name: "vsphere.local".into(),
        admin_groups: vec!["admins@corp.local".into()],
        other_flavour: Some(side("gateway")),
    };
    let failed = |findings: Vec<Finding>| {
        let of = |finding: &Finding| (finding.state == State::Failed).then_some(finding.id);
        findings.iter().filter_map(of).collect::<Vec<_>>()
    };
    assert_eq!(failed(Prechecks::run(&targets).await), []);
    estate.no_session_is_open();
    let peer = estate.pin("onprem");
    estate
        .link_from("gateway", Flavour::Gateway, estate.spec(), &peer)
        .await
        .unwrap();
    assert_eq!(failed(Prechecks::run(&targets).await), [Check::Flavour]);
    estate.no_session_is_open();
    assert_eq!(estate.linked(), 1);
}

#[tokio::test]
async fn old_versions_and_wrong_clocks_are_found() {
    let estate = Estate::with(Version::new(9, 1, 0), |builder| builder).await;
    estate.mock.world(|world| {
        let onprem = world.vcenters.get_mut("onprem").unwrap();
        onprem.clock_offset_seconds = 1200;
    });
    let side = |id: &str| Side {
        address: estate.address(id),
        trust: estate.trust(),
        vcenter: None,
    };
    let findings = Prechecks::run(&Targets {
        local: side("cloud"),
        flavour: Flavour::CloudVcenter,
        remote: side("onprem"),
        domain_name: "vsphere.local".into(),
        admin_groups: Vec::new(),
        other_flavour: None,
    })
    .await;
    let failed = |check: Check| {
        let failed = |finding: &Finding| finding.id == check && finding.state == State::Failed;
        findings.iter().any(failed)
    };
    assert!(failed(Check::Clock), "{findings:?}");
    assert!(failed(Check::Version), "{findings:?}");
}

#[tokio::test]
async fn pages_in_the_way_are_named() {
    let estate = Estate::new().await;
    estate
        .mock
        .fault(Fault::on("cis.session.create").times(0).html(200))
        .unwrap();
    let error = estate.link(estate.spec()).await.unwrap_err();
    assert!(
        matches!(error.login(), Some(LoginError::NotVCenter { .. })),
        "{error:?}"
    );
    estate.mock.clear_faults();
    estate
        .mock
        .fault(Fault::on("hvc.links.list").times(0).html(200))
        .unwrap();
    let error = estate.link(estate.spec()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("web page"), "{error:?}");
    estate.mock.clear_faults();
    // Not every 404 is a vCenter without HLM.
    estate
        .mock
        .fault(Fault::on("hvc.links.list").times(0).html(404))
        .unwrap();
    let error = estate.link(estate.spec()).await.unwrap_err();
    assert!(matches!(error, HlmError::Call(_)), "{error:?}");
    assert!(error.hint().unwrap().contains("web page"));
}

#[tokio::test]
async fn an_ended_session_is_renewed_and_a_full_house_is_named() {
    let estate = Estate::new().await;
    let work = |vcenter: VCenter| {
        let mock = &estate.mock;
        async move {
            vcenter.links().list().await?;
            mock.clock().advance(Duration::from_secs(600));
            vcenter.links().list().await
        }
    };
    estate.vcenter("cloud").with_session(work).await.unwrap();
    assert_eq!(estate.mock.received("cis.session.create"), 2);
    estate.no_session_is_open();
    estate
        .mock
        .settings(|settings| settings.vcenter_sessions_per_user = 0);
    let error = estate.link(estate.spec()).await.unwrap_err();
    assert!(
        error.hint().unwrap().contains("too many sessions"),
        "{error:?}"
    );
}
