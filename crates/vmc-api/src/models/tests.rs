//! Documents as the service sends them.

use serde_json::json;

use super::*;

#[test]
fn an_sddc_with_nulls_and_unknown_fields_is_read_whole() {
    let text = json!({
        "user_id": "u", "user_name": "ann", "created": "2021-04-05T18:29:35.000705Z", "version": 54,
        "id": "s1", "updated_by_user_id": "i", "updated_by_user_name": "Internal-Operator",
        "updated": "2021-05-05T18:29:35.000705Z", "name": "web", "provider": "AWS", "sddc_state": "READY",
        "sddc_access_state": "ENABLED", "account_link_state": null, "sddc_type": null,
        "expiration_date": null, "sddc_template_id": null, "nsxt_csp_mode": true, "org_id": "o1",
        "resource_config": {
            "provider": "AWS", "region": "US_WEST_2", "deployment_type": "TRIPLE_AZ", "nsxt": true,
            "vc_oauth_client": {"id": null, "secret": null, "accessTokenTTL": "1800"},
            "esx_hosts": [{"name": null, "esx_state": "NAPPING", "provider": "AWS"}],
        },
    })
    .to_string();
    let sddc: Sddc = serde_json::from_str(&text).unwrap();
    assert_eq!(sddc.sddc_state, Some(SddcState::Ready));
    assert_eq!(sddc.account_link_state, None);
    assert_eq!(sddc.extra["nsxt_csp_mode"], true);
    let config = sddc.resource_config.as_ref().unwrap();
    let deployment = config.deployment_type.as_ref().unwrap();
    assert_eq!(
        (deployment.as_str(), deployment.is_known()),
        ("TRIPLE_AZ", false)
    );
    let client = config.vc_oauth_client.as_ref().unwrap();
    assert_eq!(client.access_token_ttl.unwrap(), 1800);
}

#[test]
fn debug_of_an_sddc_shows_no_password() {
    let sddc: Sddc = serde_json::from_value(json!({
        "id": "s1",
        "resource_config": {
            "cloud_username": "cloudadmin@vmc.local", "cloud_password": "canary",
            "nsx_cloud_admin_password": "canary", "nsx_cloud_audit_password": "canary",
            "nsx_user_client": {"id": "c", "secret": "canary"},
            "password_of_tomorrow": "canary",
        },
    }))
    .unwrap();
    let shown = format!("{sddc:?} {sddc:#?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("cloudadmin@vmc.local"), "{shown}");
    // Nothing is lost for whoever asks on purpose.
    assert_eq!(
        serde_json::to_string(&sddc)
            .unwrap()
            .matches("canary")
            .count(),
        5
    );
}

#[test]
fn debug_shows_no_key_and_no_password_of_an_add_on() {
    let template: SddcTemplate = serde_json::from_value(json!({
        "id": "t1", "network_template": {"management_gateway_templates": [
            {"vpns": [{"name": "shown", "pre_shared_key": "canary"}]},
        ]},
    }))
    .unwrap();
    let new = NewCredentials::with("shown", "ann", "canary");
    let update = UpdateCredentials::new("shown", "canary");
    for shown in [
        format!("{template:?}"),
        format!("{new:?}"),
        format!("{update:?}"),
    ] {
        assert!(
            shown.contains("shown") && !shown.contains("canary"),
            "{shown}"
        );
    }
}

#[test]
fn a_connected_account_is_read() {
    let account: AwsCustomerConnectedAccount = serde_json::from_value(json!({
        "user_id": "u", "user_name": "ann", "created": "2019-07-01T22:31:07.000000Z", "version": 22, "id": "acc",
        "updated_by_user_id": "u", "updated_by_user_name": "ann", "updated": "2019-07-01T22:31:07.000000Z",
        "state": "ACTIVE", "account_number": "123456789012", "policy_external_id": "vmware-vmc",
        "policy_payer_arn": "arn:aws:iam::123456789012:role/r", "cf_stack_name": "vmware-sddc-formation-1",
        "region_to_az_to_shadow_mapping": {"ap-south-1": {"ap-south-1a": "ap-south-1a"}, "eu-west-1": null},
        "region_to_datacenter_to_az_mapping": null, "org_id": "o1",
    }))
    .unwrap();
    assert_eq!(account.state, Some(ConnectionState::Active));
    assert_eq!(
        account.created.as_ref().unwrap().parse().unwrap().year(),
        2019
    );
    let zones = account.region_to_az_to_shadow_mapping.unwrap();
    assert_eq!(zones.keys().collect::<Vec<_>>(), ["ap-south-1"]);
}

#[test]
fn subnets_come_with_their_vpc() {
    let answer: AwsCompatibleSubnets = serde_json::from_value(json!({
        "customer_available_zones": ["us-west-2a"],
        "vpc_map": {
            "vpc-1": {"vpc_id": "vpc-1", "subnets": [
                {"subnet_id": "subnet-1", "compatible": true},
                {"subnet_id": "subnet-2", "compatible": false, "note": "too small"},
            ]},
            "vpc-2": {"vpc_id": "vpc-2", "subnets": null},
        },
    }))
    .unwrap();
    let pairs: Vec<_> = answer
        .subnets()
        .map(|(vpc, subnet)| {
            (
                vpc.vpc_id.as_deref().unwrap(),
                subnet.subnet_id.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(pairs, [("vpc-1", "subnet-1"), ("vpc-1", "subnet-2")]);
}

#[test]
fn what_a_task_says_is_made_usable() {
    let task = |value| serde_json::from_value::<Task>(value).unwrap();
    let odd = task(json!({
        "id": "t", "progress_percent": "250", "estimated_remaining_minutes": -1, "phase_in_progress": ""
    }));
    assert_eq!(
        (odd.percent(), odd.remaining(), odd.phase()),
        (Some(100), None, None)
    );
    let huge = task(json!({"id": "t", "estimated_remaining_minutes": i64::MAX}));
    assert!(huge.remaining().is_some());
    // A phase is named by its id, or by a name that no list explains.
    let phases = json!([{"id": "p1", "name": "Hosts"}, {"id": "p2", "name": ""}]);
    for (phase, shown) in [("p1", "Hosts"), ("p2", "p2"), ("other", "other")] {
        let task =
            task(json!({"id": "t", "phase_in_progress": phase, "task_progress_phases": phases}));
        assert_eq!(task.phase(), Some(shown));
    }
    let service = json!([{"default_message": "quota"}]);
    let failed = task(json!({"id": "t", "error_message": " ", "service_errors": service}));
    assert_eq!(failed.failure_message(), Some("quota"));
}
