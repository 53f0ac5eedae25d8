//! Each operation sends what it says.

use vmc_http::{Body, Operation};

use crate::models::*;
use crate::{
    Filter, OPERATIONS, account_link, addon_credentials, clusters, connectivity_tests,
    customer_support, dns, edrs, enablements, groups, hosts, legacy, locale, maintenance, orgs,
    payment_methods, providers, reservations, sddc_templates, sddcs, service_quotas, storage,
    subscriptions, tasks, tos,
};

/// What an operation sends, in one line.
fn line<O: Operation>(operation: &O) -> (&'static str, String) {
    assert_eq!(operation.call().unwrap().replay, O::REPLAY);
    let body = match operation.body().unwrap() {
        Body::Empty => String::new(),
        Body::Json(bytes) => format!(" {}", String::from_utf8(bytes.to_vec()).unwrap()),
        Body::Form(_) => unreachable!("the service takes no forms"),
    };
    (
        O::NAME,
        format!("{} {}{body}", O::METHOD, operation.target()),
    )
}

#[test]
fn each_operation_sends_what_it_says() {
    let mut config = AwsSddcConfig::new("web", Provider::Aws, 1);
    config.sddc_type = Some("1NODE".into());
    let mut subnet = AwsSubnet::new();
    subnet.subnet_id = Some("subnet-1".into());
    let mut zones = MapZonesRequest::new();
    zones.petronas_regions_to_map = Some(vec!["US_WEST_2".into()]);
    let mut licences = MsftLicensingConfig::new();
    licences.windows_licensing = Some(MsftLicensing::Enabled);
    let mut hosts = EsxConfig::new(1);
    hosts.cluster_id = Some("c".into());
    hosts.esxs = Some(vec!["e".into()]);
    let mut group = ConnectivityValidationGroup::new();
    group.id = Some(ConnectivityGroupId::Hlm);
    let subscription = SubscriptionRequest::new("host", "US_WEST_2", "offer", "1", "12", 2);
    let mut only = SddcStateRequest::new();
    only.states = Some(vec![ReservationState::Running]);
    let mut window = MaintenanceWindow::new();
    window.day_of_week = Some(DayOfWeek::Sunday);
    window.hour_of_day = Some(3.into());

    let lines = [
        (line(&orgs::List::new()), "GET /vmc/api/orgs"),
        (line(&orgs::Get::new("a/b")), "GET /vmc/api/orgs/a%2Fb"),
        (
            line(&providers::List::new("o")),
            "GET /vmc/api/orgs/o/providers",
        ),
        (
            line(&account_link::Request::new("o")),
            "GET /vmc/api/orgs/o/account-link",
        ),
        (
            line(
                &account_link::CompatibleSubnets::new("o", "acc")
                    .region("US_WEST_2")
                    .sddc("s")
                    .force_refresh(true)
                    .instance_type("i3.metal")
                    .sddc_type("1NODE")
                    .num_of_hosts(1u32),
            ),
            "GET /vmc/api/orgs/o/account-link/compatible-subnets?linkedAccountId=acc&region=US_WEST_2&sddc=s\
             &forceRefresh=true&instanceType=i3.metal&sddcType=1NODE&numOfHosts=1",
        ),
        (
            line(&account_link::SetSubnet::new("o")),
            "POST /vmc/api/orgs/o/account-link/compatible-subnets",
        ),
        (
            // An empty value is refused by the service, so it is left out.
            line(
                &account_link::CompatibleSubnetsAsync::new("o", "acc")
                    .sddc_type("")
                    .num_of_hosts(2u32),
            ),
            "GET /vmc/api/orgs/o/account-link/compatible-subnets-async?linkedAccountId=acc&numOfHosts=2",
        ),
        (
            line(&account_link::SetSubnetAsync::new("o", subnet)),
            r#"POST /vmc/api/orgs/o/account-link/compatible-subnets-async {"subnet_id":"subnet-1"}"#,
        ),
        (
            line(&account_link::ConnectedAccounts::new("o").provider("AWS")),
            "GET /vmc/api/orgs/o/account-link/connected-accounts?provider=AWS",
        ),
        (
            line(
                &account_link::DeleteConnectedAccount::new("o", "acc")
                    .force_even_when_sddc_present(false),
            ),
            "DELETE /vmc/api/orgs/o/account-link/connected-accounts/acc?forceEvenWhenSddcPresent=false",
        ),
        (
            line(&account_link::MapCustomerZones::new("o", zones)),
            r#"POST /vmc/api/orgs/o/account-link/map-customer-zones {"petronas_regions_to_map":["US_WEST_2"]}"#,
        ),
        (
            line(&account_link::SddcConnections::new("o").sddc("s")),
            "GET /vmc/api/orgs/o/account-link/sddc-connections?sddc=s",
        ),
        (
            line(
                &sddcs::List::new("o")
                    .include_deleted(true)
                    .filter(Filter::eq("name", "a b")),
            ),
            "GET /vmc/api/orgs/o/sddcs?includeDeleted=true&%24filter=%28name%20eq%20%27a%20b%27%29",
        ),
        (
            line(&sddcs::Get::new("o", "s")),
            "GET /vmc/api/orgs/o/sddcs/s",
        ),
        (
            line(&sddcs::Create::new("o", config.clone())),
            r#"POST /vmc/api/orgs/o/sddcs {"name":"web","provider":"AWS","num_hosts":1,"sddc_type":"1NODE"}"#,
        ),
        (
            line(&sddcs::Validate::new("o", config)),
            "POST /vmc/api/orgs/o/sddcs?validateOnly=true \
             {\"name\":\"web\",\"provider\":\"AWS\",\"num_hosts\":1,\"sddc_type\":\"1NODE\"}",
        ),
        (
            line(&sddcs::Patch::rename("o", "s", "new")),
            r#"PATCH /vmc/api/orgs/o/sddcs/s {"name":"new"}"#,
        ),
        (
            line(
                &sddcs::Delete::new("o", "s")
                    .retain_configuration(true)
                    .template_name("t")
                    .force(false),
            ),
            "DELETE /vmc/api/orgs/o/sddcs/s?retain_configuration=true&template_name=t&force=false",
        ),
        (
            line(&sddcs::GetProvisionSpec::new("o")),
            "GET /vmc/api/orgs/o/sddcs/provision-spec",
        ),
        (
            line(&sddcs::Convert::new("o", "s")),
            "POST /vmc/api/orgs/o/sddcs/s/convert",
        ),
        (
            line(&clusters::Create::new("o", "s", ClusterConfig::new(3))),
            r#"POST /vmc/api/orgs/o/sddcs/s/clusters {"num_hosts":3}"#,
        ),
        (
            line(&clusters::Delete::new("o", "s", "c")),
            "DELETE /vmc/api/orgs/o/sddcs/s/clusters/c",
        ),
        (
            line(&clusters::Constraints::new("o", "s", "c").expected_num_hosts(4u32)),
            "GET /vmc/api/orgs/o/sddcs/s/clusters/c/config/constraints?expected_num_hosts=4",
        ),
        (
            line(&clusters::PublishMsftLicensing::new(
                "o", "s", "c", licences,
            )),
            r#"POST /vmc/api/orgs/o/sddcs/s/clusters/c/msft-licensing/publish {"windows_licensing":"ENABLED"}"#,
        ),
        (
            line(&clusters::Reconfigure::new(
                "o",
                "s",
                "c",
                ClusterReconfigureParams::new(4),
            )),
            r#"POST /vmc/api/orgs/o/sddcs/s/clusters/c/reconfigure {"num_hosts":4}"#,
        ),
        (
            line(&clusters::Primary::new("o", "s")),
            "GET /vmc/api/orgs/o/sddcs/s/primarycluster",
        ),
        (
            line(&storage::ClusterConstraints::new("o", Provider::Aws, 3u32)),
            "GET /vmc/api/orgs/o/storage/cluster-constraints?provider=AWS&num_hosts=3",
        ),
        (
            line(&hosts::Change::remove("o", "s", hosts.clone())),
            r#"POST /vmc/api/orgs/o/sddcs/s/esxs?action=remove {"num_hosts":1,"cluster_id":"c","esxs":["e"]}"#,
        ),
        (
            line(&hosts::Precheck::new("o", "s", hosts)),
            r#"POST /vmc/api/orgs/o/sddcs/s/add-hosts-precheck {"num_hosts":1,"cluster_id":"c","esxs":["e"]}"#,
        ),
        (
            line(&dns::UsePrivate::new("o", "s")),
            "PUT /vmc/api/orgs/o/sddcs/s/dns/private",
        ),
        (
            line(&dns::UsePublic::new("o", "s")),
            "PUT /vmc/api/orgs/o/sddcs/s/dns/public",
        ),
        (
            line(&dns::SetManagementVm::new("o", "s", "vc", IpType::Private)),
            "PUT /vmc/api/orgs/o/sddcs/s/management-vms/vc/dns/private",
        ),
        (
            line(&connectivity_tests::Get::new("o", "s")),
            "GET /vmc/api/orgs/o/sddcs/s/networking/connectivity-tests",
        ),
        (
            line(&connectivity_tests::Start::new("o", "s", group)),
            r#"POST /vmc/api/orgs/o/sddcs/s/networking/connectivity-tests?action=start {"id":"HLM"}"#,
        ),
        (
            line(&enablements::List::new("o", "s")),
            "GET /vmc/api/orgs/o/sddcs/s/enablements",
        ),
        (
            line(&enablements::Change::disable("o", "s", "hcx")),
            "POST /vmc/api/orgs/o/sddcs/s/enablements/hcx?action=disable",
        ),
        (
            line(&addon_credentials::List::new("o", "s", AddonType::Hcx)),
            "GET /vmc/api/orgs/o/sddcs/s/addons/HCX/credentials",
        ),
        (
            line(&addon_credentials::Create::new(
                "o",
                "s",
                "HCX",
                NewCredentials::with("n", "ann", "pass"),
            )),
            r#"POST /vmc/api/orgs/o/sddcs/s/addons/HCX/credentials {"name":"n","username":"ann","password":"pass"}"#,
        ),
        (
            line(&addon_credentials::Get::new("o", "s", "HCX", "a/b")),
            "GET /vmc/api/orgs/o/sddcs/s/addons/HCX/credentials/a%2Fb",
        ),
        (
            line(&addon_credentials::Update::new(
                "o",
                "s",
                "HCX",
                "n",
                UpdateCredentials::new("ann", "pass"),
            )),
            r#"PUT /vmc/api/orgs/o/sddcs/s/addons/HCX/credentials/n {"username":"ann","password":"pass"}"#,
        ),
        (
            line(&sddc_templates::List::new("o")),
            "GET /vmc/api/orgs/o/sddc-templates",
        ),
        (
            line(&sddc_templates::Get::new("o", "t")),
            "GET /vmc/api/orgs/o/sddc-templates/t",
        ),
        (
            line(&sddc_templates::Delete::new("o", "t")),
            "DELETE /vmc/api/orgs/o/sddc-templates/t",
        ),
        (
            line(&sddc_templates::OfSddc::new("o", "s")),
            "GET /vmc/api/orgs/o/sddcs/s/sddc-template",
        ),
        (
            line(&subscriptions::List::new("o").offer_type(OfferType::Term)),
            "GET /vmc/api/orgs/o/subscriptions?offer_type=TERM",
        ),
        (
            line(&subscriptions::Get::new("o", "sub")),
            "GET /vmc/api/orgs/o/subscriptions/sub",
        ),
        (
            line(&subscriptions::Create::new("o", subscription)),
            r#"POST /vmc/api/orgs/o/subscriptions {"product_type":"host","region":"US_WEST_2","offer_name":"offer","offer_version":"1","commitment_term":"12","quantity":2}"#,
        ),
        (
            line(
                &subscriptions::OfferInstances::new("o", "US_WEST_2", "host")
                    .product("p")
                    .kind("i3"),
            ),
            "GET /vmc/api/orgs/o/subscriptions/offer-instances?region=US_WEST_2&product_type=host&product=p&type=i3",
        ),
        (
            line(&subscriptions::Products::new("o")),
            "GET /vmc/api/orgs/o/subscriptions/products",
        ),
        (
            line(&maintenance::Windows::new("o").only(only)),
            r#"POST /vmc/api/orgs/o/tbrs/reservation {"states":["RUNNING"]}"#,
        ),
        (
            line(
                &maintenance::SupportWindows::new("o")
                    .minimum_seats_available(2u32)
                    .created_by("ann"),
            ),
            "GET /vmc/api/orgs/o/tbrs/support-window?minimumSeatsAvailable=2&createdBy=ann",
        ),
        (
            line(&maintenance::SetSupportWindow::new(
                "o",
                "w",
                SddcIdBody::of("s"),
            )),
            r#"PUT /vmc/api/orgs/o/tbrs/support-window/w {"sddc_id":"s"}"#,
        ),
        (
            line(&service_quotas::List::new("o")),
            "GET /vmc/api/orgs/o/aws/resources/servicequotas/requests",
        ),
        (
            line(&service_quotas::Get::new("o", "q")),
            "GET /vmc/api/orgs/o/aws/resources/servicequotas/requests/q",
        ),
        (
            line(&payment_methods::List::new("o").default_only(true)),
            "GET /vmc/api/orgs/o/payment-methods?defaultFlag=true",
        ),
        (
            line(&tos::Get::new("o", "terms")),
            "GET /vmc/api/orgs/o/tos?termsId=terms",
        ),
        (
            line(&locale::Set::new(VmcLocale::of("en_US"))),
            r#"POST /vmc/api/locale {"locale":"en_US"}"#,
        ),
        (
            line(&customer_support::GetInputs::new("u", "o")),
            "GET /vmc/api/customer-support/inputs?userId=u&orgId=o",
        ),
        (
            line(&tasks::List::new("o").filter("(a eq 1)")),
            "GET /vmc/api/orgs/o/tasks?%24filter=%28a%20eq%201%29",
        ),
        (
            line(&tasks::Get::new("o", "t")),
            "GET /vmc/api/orgs/o/tasks/t",
        ),
        (
            line(&tasks::Cancel::new("o", "t")),
            "POST /vmc/api/orgs/o/tasks/t?action=cancel",
        ),
        (
            line(&reservations::List::new("o")),
            "GET /vmc/api/orgs/o/reservations",
        ),
        (
            line(&reservations::GetMaintenanceWindow::new("o", "r")),
            "GET /vmc/api/orgs/o/reservations/r/mw",
        ),
        (
            line(&reservations::SetMaintenanceWindow::new("o", "r", window)),
            r#"PUT /vmc/api/orgs/o/reservations/r/mw {"day_of_week":"SUNDAY","hour_of_day":3}"#,
        ),
        (
            line(&legacy::ListPublicIps::new("o", "s")),
            "GET /vmc/api/orgs/o/sddcs/s/publicips",
        ),
        (
            line(&legacy::AllocatePublicIps::new(
                "o",
                "s",
                SddcAllocatePublicIpSpec::new(2),
            )),
            r#"POST /vmc/api/orgs/o/sddcs/s/publicips {"count":2}"#,
        ),
        (
            line(&legacy::GetPublicIp::new("o", "s", "ip")),
            "GET /vmc/api/orgs/o/sddcs/s/publicips/ip",
        ),
        (
            line(&legacy::UpdatePublicIp::new(
                "o",
                "s",
                "ip",
                PublicIpAction::Detach,
                SddcPublicIp::new(),
            )),
            "PATCH /vmc/api/orgs/o/sddcs/s/publicips/ip?action=detach {}",
        ),
        (
            line(&legacy::DeletePublicIp::new("o", "s", "ip")),
            "DELETE /vmc/api/orgs/o/sddcs/s/publicips/ip",
        ),
        (
            line(&legacy::ListMgwPublicIps::new("o", "s")),
            "GET /vmc/api/orgs/o/sddcs/s/mgw/publicips",
        ),
        (
            line(&legacy::GetMgwPublicIp::new("o", "s", "ip")),
            "GET /vmc/api/orgs/o/sddcs/s/mgw/publicips/ip",
        ),
        (
            line(&legacy::DeleteSubscription::new("o", "sub")),
            "DELETE /vmc/api/orgs/o/subscriptions/sub",
        ),
        (
            line(&legacy::ListOfferInstances::new("o", "US_WEST_2", "host")),
            "GET /vmc/api/orgs/o/offer-instances?region=US_WEST_2&product_type=host",
        ),
        (
            line(&edrs::OfSddc::new("o", "s")),
            "GET /vmc/autoscaler/api/orgs/o/sddcs/s/edrs-policy",
        ),
        (
            line(&edrs::Get::new("o", "s", "c")),
            "GET /vmc/autoscaler/api/orgs/o/sddcs/s/clusters/c/edrs-policy",
        ),
        (
            line(&edrs::Set::new("o", "s", "c", EdrsPolicy::with(false))),
            r#"POST /vmc/autoscaler/api/orgs/o/sddcs/s/clusters/c/edrs-policy {"enable_edrs":false}"#,
        ),
        (
            line(&edrs::ProvisioningSpec::new("o", "s", "c")),
            "GET /vmc/autoscaler/api/orgs/o/sddcs/s/clusters/c/edrs-provisioning-spec",
        ),
        (
            line(&tasks::autoscaler::List::new("o").filter("f")),
            "GET /vmc/autoscaler/api/orgs/o/tasks?%24filter=f",
        ),
        (
            line(&tasks::autoscaler::Get::new("o", "t")),
            "GET /vmc/autoscaler/api/orgs/o/tasks/t",
        ),
        (
            line(&tasks::autoscaler::Cancel::new("o", "t")),
            "POST /vmc/autoscaler/api/orgs/o/tasks/t?action=cancel",
        ),
        (
            line(&groups::List::new("o").page(1u32).size(9u32)),
            "GET /api/inventory/o/core/deployment-groups?page=1&size=9",
        ),
        (
            line(&tasks::draas::Get::new("o", "t")),
            "GET /vmc/draas/api/orgs/o/tasks/t",
        ),
    ];
    for ((name, sent), expected) in &lines {
        assert_eq!(sent, expected, "{name}");
    }
    let tested: Vec<&str> = lines.iter().map(|((name, _), _)| *name).collect();
    let known: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(tested, known);
}
