//! An SDDC as the API shows it: with nulls, with fields no binding lists, with passwords.

use crate::{
    handler::Call,
    world::{Cluster, Estate, Host, PublicIp, Sddc, aws_region},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// The management VM whose name the SDDC's own DNS switch is about.
pub(crate) const VCENTER: &str = "vcenter";

pub(crate) fn document(call: &Call<'_>, sddc: &Sddc) -> Value {
    json!({
        "id": sddc.id,
        "version": sddc.version,
        "created": sddc.created,
        "updated": sddc.updated,
        "user_id": sddc.user,
        "user_name": sddc.user_name,
        "updated_by_user_id": sddc.user,
        "updated_by_user_name": "Internal-Operator",
        "org_id": sddc.org,
        "name": sddc.name,
        "provider": sddc.text("provider", "AWS"),
        "sddc_state": sddc.state,
        "sddc_access_state": "ENABLED",
        "sddc_type": match sddc.estate().converted {
            true => json!("DEFAULT"),
            false => sddc.config["sddc_type"].clone(),
        },
        "account_link_state": sddc.link_state,
        "expiration_date": sddc.expires,
        "sddc_template_id": sddc.config["sddc_template_id"],
        "nsxt_csp_mode": true,
        "resource_config": match has_machines(sddc) {
            false => early(sddc),
            true => full(call, sddc),
        },
    })
}

/// What there is to see of its parts: nothing before there are machines.
pub(crate) fn estate(sddc: &Sddc) -> Cow<'_, Estate> {
    match has_machines(sddc) {
        true => sddc.estate(),
        false => Cow::Owned(Estate::default()),
    }
}

fn has_machines(sddc: &Sddc) -> bool {
    !["DEPLOYING", "FAILED", "CANCELED"].contains(&sddc.state.as_str())
}

/// What a template keeps of it: no addresses and no passwords.
pub(crate) fn configuration(call: &Call<'_>, sddc: &Sddc) -> Value {
    let mut document = document(call, sddc);
    document["resource_config"] = early(sddc);
    document
}

/// What is known before there are machines.
fn early(sddc: &Sddc) -> Value {
    json!({
        "provider": sddc.text("provider", "AWS"),
        "region": region(sddc),
        "deployment_type": deployment(sddc),
        "sddc_id": sddc.id,
        "sso_domain": sddc.text("sso_domain", "vmc.local"),
        "vpc_info": {"provider": "AWS", "vpc_cidr": sddc.text("vpc_cidr", "10.2.0.0/16")},
        "esx_hosts": null,
        "clusters": null,
        "vc_url": null,
        "cloud_username": null,
        "cloud_password": null,
        "sddc_size": size(sddc),
        "nsxt": true,
    })
}

fn full(call: &Call<'_>, sddc: &Sddc) -> Value {
    let estate = sddc.estate();
    let hosts: Vec<Value> = estate
        .clusters
        .iter()
        .flat_map(|cluster| hosts(call, sddc, cluster))
        .collect();
    let clusters = estate.clusters.iter();
    let clusters: Vec<Value> = clusters.map(|one| cluster(call, sddc, one)).collect();
    let addresses: Vec<Value> = estate.public_ips.iter().map(public_ip).collect();
    let hash = Sha256::digest(sddc.id.as_bytes());
    let byte = |at: usize| u16::from(hash.get(at).copied().unwrap_or(0));
    let public = format!("54-{}-{}-{}", byte(0), byte(1), byte(2));
    let dotted = public.replace('-', ".");
    let simulated = call.world.vcenter_of(sddc);
    let vcenter = match simulated {
        Some(vcenter) => format!("{}/", vcenter.url()),
        None => format!("https://vcenter.sddc-{public}.vmwarevmc.com/"),
    };
    let nsx = format!("https://nsx-{public}.rp.vmwarevmc.com/vmc/reverse-proxy/api");
    let nsx_public = format!("{nsx}/orgs/{}/sddcs/{}/sks-nsxt-manager", sddc.org, sddc.id);
    let canary = |what: &str| format!("{}-{what}-{}", call.settings.canary, byte(3));
    let admin = simulated.and_then(|vcenter| vcenter.users.first());
    let admin = admin.map(|user| (user.name.clone(), user.password.clone()));
    let (admin, admin_password) = admin.unwrap_or_else(|| {
        let name = "cloudadmin@vmc.local";
        (name.into(), canary("cloudadmin-password"))
    });
    let oauth = |id: &str, secret: Option<String>| json!({"id": id, "org_id": sddc.org, "secret": secret, "accessTokenTTL": null, "refreshTokenTTL": null});
    json!({
        "provider": sddc.text("provider", "AWS"),
        "region": region(sddc),
        "deployment_type": deployment(sddc),
        "sddc_id": sddc.id,
        "sso_domain": sddc.text("sso_domain", "vmc.local"),
        "vpc_info": {
            "provider": "AWS",
            "id": format!("vpc-{:x}", byte(4)),
            "vpc_cidr": sddc.text("vpc_cidr", "10.2.0.0/16"),
            "network_type": null,
            "available_zones": [],
        },
        "vpc_info_peered_agent": null,
        "vc_url": vcenter,
        "vc_public_ip": dotted,
        "vc_management_ip": "10.2.224.4",
        "vc_instance_id": sddc.id,
        "vc_csp_login_status": null,
        "cloud_username": admin,
        "cloud_password": admin_password,
        "cloud_user_group": "CloudAdminGroup",
        "psc_url": format!("{vcenter}psc"),
        "psc_management_ip": null,
        "nsxt": true,
        "nsx_mgr_url": "https://10.2.224.67/",
        "nsx_mgr_management_ip": "10.2.224.67",
        "nsx_mgr_login_url": "https://10.2.224.67/login.jsp?local=true",
        "nsx_reverse_proxy_url": nsx,
        "nsx_api_public_endpoint_url": nsx_public,
        "nsx_cloud_admin": "cloud_admin",
        "nsx_cloud_admin_password": canary("nsx-admin-password"),
        "nsx_cloud_audit": "cloud_audit",
        "nsx_cloud_audit_password": canary("nsx-audit-password"),
        "nsx_service_client": oauth("nsx-service", Some(canary("oauth-secret"))),
        "nsx_user_client": null,
        "nsx_native_client": oauth("nsx-native", None),
        "vc_oauth_client": null,
        "nsx_controller_ips": [],
        "nsxt_addons": null,
        "availability_zones": zones(call, sddc),
        "witness_availability_zone": null,
        "esx_hosts": hosts,
        "clusters": clusters,
        "esx_cluster_id": null,
        "esx_host_subnet": null,
        "account_link_sddc_config": sddc.config["account_link_sddc_config"],
        "sddc_size": size(sddc),
        "sddc_manifest": {
            "vmc_version": "1.24",
            "vmc_internal_version": "1.24.0.5",
            "glcm_bundle": null,
            "pop_info": null,
            "metadata": {"timestamp": "1700000000", "cycle_id": null},
        },
        "sddc_security": null,
        "sddc_networks": [],
        "vxlan_subnet": sddc.config["vxlan_subnet"],
        "skip_creating_vxlan": sddc.config["skip_creating_vxlan"].as_bool().unwrap_or(false),
        "management_ds": "WorkloadDatastore",
        "management_rp": "Mgmt-ResourcePool",
        "mgmt_appliance_network_name": "sddc-cgw-network-1",
        "max_num_public_ip": null,
        "public_ip_pool": addresses,
        "mgw_public_ip_pool": null,
        "dns_with_management_vm_private_ip": estate.private_dns.contains(VCENTER),
        "two_hostname_vc_deployment": true,
        "cvds_enabled": true,
        "vlcm_enabled": true,
        "nfs_mode": false,
        "custom_properties": Map::new(),
        "outpost_config": null,
        "msft_license_config": null,
        "key_provider": null,
        // Not in any binding: real answers carry such fields too.
        "esx_ami_id": null,
        "feature_flags": {"simulated": true},
    })
}

fn region(sddc: &Sddc) -> String {
    aws_region(sddc.text("region", "US_WEST_2"))
        .to_uppercase()
        .replace('-', "_")
}

/// Requests say SingleAZ, answers SINGLE_AZ.
pub(crate) fn deployment(sddc: &Sddc) -> &'static str {
    match sddc.text("deployment_type", "SingleAZ") {
        "MultiAZ" => "MULTI_AZ",
        _ => "SINGLE_AZ",
    }
}

fn size(sddc: &Sddc) -> Value {
    let (vc, nsx, size) = match sddc.text("size", "medium") {
        "large" => ("large", "large", "LARGE"),
        "nsx_large" => ("medium", "large", "NSX_LARGE"),
        "nsx_small" => ("medium", "small", "NSX_SMALL"),
        _ => ("medium", "medium", "MEDIUM"),
    };
    json!({"vc_size": vc, "nsx_size": nsx, "size": size})
}

/// Zones of the linked subnets, or the region's first.
pub(crate) fn zones(call: &Call<'_>, sddc: &Sddc) -> Vec<String> {
    let mut zones: Vec<String> = sddc
        .links()
        .iter()
        .filter_map(|(account, subnet)| {
            let number = &call.world.connected_accounts.get(account)?.number;
            Some(
                call.world
                    .aws_accounts
                    .get(number)?
                    .subnet(subnet)?
                    .zone
                    .clone(),
            )
        })
        .collect();
    if zones.is_empty() {
        zones.push(format!("{}a", aws_region(&region(sddc))));
    }
    zones
}

fn hosts(call: &Call<'_>, sddc: &Sddc, cluster: &Cluster) -> Vec<Value> {
    let zones = cluster_zones(call, sddc, cluster);
    let hosts = cluster.hosts.iter().map(|host| {
        let at = usize::try_from(host.number).unwrap_or(0);
        json!({
            "esx_id": host.id,
            "name": format!("esx-{}", host.number),
            "hostname": format!("esx-{}.sddc.vmwarevmc.com", host.number),
            "provider": sddc.text("provider", "AWS"),
            "esx_state": host_state(call, sddc, host),
            "instance_type": cluster.instance_type,
            "availability_zone": zones.get(at % zones.len().max(1)),
            "mac_address": null,
            "custom_properties": null,
            "eni_list": null,
        })
    });
    hosts.collect()
}

/// Hosts come and go in steps: which one follows from the progress of the task at work.
fn host_state<'a>(call: &Call<'_>, sddc: &Sddc, host: &'a Host) -> &'a str {
    let task = sddc.busy.as_ref().and_then(|id| call.world.tasks.get(id));
    let percent = task.map_or(0, |task| task.progress(call.now).1);
    match (host.state.as_str(), percent) {
        ("DEPLOYING", 40..=69) => "PROVISIONED",
        ("DEPLOYING", 70..) => "ADDING_TO_VCENTER",
        ("DELETING", ..=49) => "DELETING_FROM_VCENTER",
        (state, _) => state,
    }
}

fn cluster_zones(call: &Call<'_>, sddc: &Sddc, cluster: &Cluster) -> Vec<String> {
    match cluster.zones.is_empty() {
        true => zones(call, sddc),
        false => cluster.zones.clone(),
    }
}

pub(crate) fn cluster(call: &Call<'_>, sddc: &Sddc, cluster: &Cluster) -> Value {
    json!({
        "cluster_id": cluster.id,
        "cluster_name": cluster.name,
        "cluster_state": cluster.state,
        "availability_type": deployment(sddc),
        "availability_zones": cluster_zones(call, sddc, cluster),
        "esx_host_list": hosts(call, sddc, cluster),
        "esx_host_info": {"instance_type": cluster.instance_type},
        "cluster_capacity": {"storage_capacity_gib": cluster.storage_gib},
        "hyper_threading_enabled": true,
        "host_cpu_cores_count": cluster.cores,
        "vsan_version": sddc.text("vsan_version", "vsan1"),
        "vsan_witness": null,
        "msft_license_config": cluster.msft_license,
        "custom_properties": null,
        "mgmt_rp_name": "Mgmt-ResourcePool",
        "compute_rp_name": "Compute-ResourcePool",
    })
}

/// A public address of the legacy API.
pub(crate) fn public_ip(address: &PublicIp) -> Value {
    let rule = |kind: &str| {
        let private = address.private_ip.as_ref()?;
        Some(format!("{kind}-{}-{private}", address.allocation_id))
    };
    json!({
        "allocation_id": address.allocation_id,
        "public_ip": address.public_ip,
        "name": address.name,
        "associated_private_ip": address.private_ip,
        "dnat_rule_id": rule("dnat"),
        "snat_rule_id": rule("snat"),
    })
}
