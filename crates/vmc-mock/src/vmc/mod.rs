//! The VMC API, `/vmc/api`. A new operation is one function and one row here.

mod account_link;
mod addon_credentials;
mod cluster_rules;
mod clusters;
mod connected_accounts;
mod connectivity_tests;
mod convert;
mod customer_support;
mod dns;
mod edrs;
mod enablements;
mod error;
mod filter;
mod groups;
mod hosts;
mod locale;
mod offers;
mod orgs;
mod payment_methods;
mod public_ips;
mod quotas;
mod reservations;
mod sddc_document;
mod sddc_rules;
mod sddc_task;
mod sddcs;
mod storage;
mod subnets;
mod subscriptions;
mod support_windows;
mod tasks;
mod templates;
mod tos;

use crate::{answer::Answer, handler::Call, handler::Caller, handler::Handler};
pub(crate) use error::{document, error, spring, unauthorized};

/// Operation id in `vmc.json`, `vmc-legacy.json`, `autoscaler.json` or `sddc-groups.json` of `spec/`,
/// and the code for it.
pub(crate) const OPERATIONS: &[(&str, Handler)] = &[
    ("orgs.list", orgs::list),
    ("orgs.get", orgs::get),
    ("orgs.providers.list", orgs::providers),
    ("groups.list", groups::list),
    ("groups.get", groups::get),
    ("groups.members", groups::members),
    ("orgs.sddcs.list", sddcs::list),
    ("orgs.sddcs.get", sddcs::get),
    ("orgs.sddcs.create", sddcs::create),
    ("orgs.sddcs.patch", sddcs::rename),
    ("orgs.sddcs.delete", sddcs::delete),
    ("orgs.sddcs.provision_spec.get", orgs::provision_spec),
    ("orgs.sddcs.clusters.create", clusters::create),
    ("orgs.sddcs.clusters.delete", clusters::delete),
    (
        "orgs.sddcs.clusters.config.constraints.get",
        clusters::constraints,
    ),
    (
        "orgs.sddcs.clusters.msft_licensing.publish.post",
        clusters::publish_license,
    ),
    (
        "orgs.sddcs.clusters.reconfigure.cluster_reconfig",
        clusters::reconfigure,
    ),
    ("orgs.sddcs.primarycluster.get", clusters::primary),
    ("orgs.sddcs.esxs.create", hosts::change),
    (
        "orgs.sddcs.add_hosts_precheck.add_host_precheck_task",
        hosts::precheck,
    ),
    (
        "orgs.storage.cluster_constraints.get",
        storage::cluster_constraints,
    ),
    ("orgs.sddcs.convert.create", convert::convert),
    ("orgs.sddcs.dns.private.update", dns::private),
    ("orgs.sddcs.dns.public.update", dns::public),
    ("orgs.sddcs.management_vms.dns.update", dns::management_vm),
    (
        "orgs.sddcs.networking.connectivity_tests.get",
        connectivity_tests::get,
    ),
    (
        "orgs.sddcs.networking.connectivity_tests.post",
        connectivity_tests::start,
    ),
    ("orgs.sddc_templates.list", templates::list),
    ("orgs.sddc_templates.get", templates::get),
    ("orgs.sddc_templates.delete", templates::delete),
    ("orgs.sddcs.sddc_template.get", templates::of_sddc),
    ("orgs.subscriptions.get_0", subscriptions::list),
    ("orgs.subscriptions.get", subscriptions::get),
    ("orgs.subscriptions.create", subscriptions::create),
    ("orgs.subscriptions.delete", subscriptions::delete),
    ("orgs.subscriptions.products.list", offers::products),
    ("orgs.subscriptions.offer_instances.list", offers::list),
    ("orgs.offer_instances.list", offers::list),
    ("orgs.reservations.list", reservations::list),
    ("orgs.reservations.mw.get", reservations::get_window),
    ("orgs.reservations.mw.put", reservations::set_window),
    ("orgs.tbrs.reservation.post", reservations::query),
    ("orgs.tbrs.support_window.get", support_windows::list),
    ("orgs.tbrs.support_window.put", support_windows::set),
    (
        "orgs.aws.resources.servicequotas.requests.list",
        quotas::list,
    ),
    ("orgs.aws.resources.servicequotas.requests.get", quotas::get),
    ("orgs.sddcs.enablements.list", enablements::list),
    (
        "orgs.sddcs.enablements.enable_disable_addon",
        enablements::change,
    ),
    (
        "orgs.sddcs.addons.credentials.list",
        addon_credentials::list,
    ),
    (
        "orgs.sddcs.addons.credentials.create",
        addon_credentials::create,
    ),
    ("orgs.sddcs.addons.credentials.get", addon_credentials::get),
    (
        "orgs.sddcs.addons.credentials.update",
        addon_credentials::update,
    ),
    (
        "orgs.payment_methods.get_org_payment_methods",
        payment_methods::list,
    ),
    ("orgs.tos.get", tos::get),
    ("locale.set", locale::set),
    ("customer_support.inputs.get", customer_support::inputs),
    ("orgs.sddcs.publicips.list", public_ips::list),
    ("orgs.sddcs.publicips.get", public_ips::get),
    ("orgs.sddcs.publicips.create", public_ips::allocate),
    ("orgs.sddcs.publicips.update", public_ips::update),
    ("orgs.sddcs.publicips.delete", public_ips::release),
    ("orgs.sddcs.mgw.publicips.list", public_ips::list_mgw),
    ("orgs.sddcs.mgw.publicips.get", public_ips::get_mgw),
    ("orgs.tasks.list", tasks::list),
    ("orgs.tasks.get", tasks::get),
    ("orgs.tasks.update", tasks::update),
    ("autoscaler.list", tasks::list),
    ("autoscaler.get", tasks::get),
    ("autoscaler.update", tasks::update),
    ("orgs.sddcs.edrs_policy.get", edrs::of_sddc),
    ("orgs.sddcs.clusters.edrs_policy.get", edrs::get),
    ("orgs.sddcs.clusters.edrs_policy.post", edrs::set),
    (
        "orgs.sddcs.clusters.edrs_provisioning_spec.get",
        edrs::provisioning_spec,
    ),
    ("orgs.account_link.get", account_link::get),
    (
        "orgs.account_link.map_customer_zones.post",
        account_link::map_zones,
    ),
    (
        "orgs.account_link.sddc_connections.get",
        account_link::sddc_connections,
    ),
    (
        "orgs.account_link.connected_accounts.get",
        connected_accounts::list,
    ),
    (
        "orgs.account_link.connected_accounts.delete",
        connected_accounts::delete,
    ),
    ("orgs.account_link.compatible_subnets.get", subnets::get),
    ("orgs.account_link.compatible_subnets.post", subnets::set),
    (
        "orgs.account_link.compatible_subnets_async.get",
        subnets::get_async,
    ),
    (
        "orgs.account_link.compatible_subnets_async.post",
        subnets::set_async,
    ),
];

pub(crate) fn handler(id: &str) -> Option<Handler> {
    OPERATIONS
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, handler)| *handler)
}

/// Who calls, by `csp-auth-token` or bearer token; then whether the organization in the path is
/// theirs.
pub(crate) fn authenticate(call: &mut Call<'_>) -> Result<(), Answer> {
    let bearer = call.header("authorization").and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    });
    let (scheme, token) = match (call.header("csp-auth-token"), bearer) {
        (Some(token), _) => ("csp-auth-token", token),
        (None, Some(token)) => ("bearer", token),
        (None, None) => return Err(unauthorized(call)),
    };
    let token = token.trim().to_owned();
    let Some(row) = call.world.access_tokens.get(&token) else {
        call.auth = Some(format!("{scheme}#unknown"));
        return Err(unauthorized(call));
    };
    call.auth = Some(format!("{scheme}#{}", row.number));
    if !call.world.accepts(row, call.now) {
        return Err(unauthorized(call));
    }
    let role = row.role;
    call.caller = Caller {
        user: row.user.clone(),
        user_name: row.username.clone(),
        orgs: row.orgs.clone(),
        may_delete: role != crate::world::Role::DeleteRestricted,
    };
    if role == crate::world::Role::None {
        let text = "The user has no VMware Cloud on AWS service role in this organization.";
        return Err(error(call, 403, text));
    }
    let org = call.params.get("org").or(call.params.get("orgId"));
    if let Some(org) =
        org.filter(|org| !call.caller.orgs.contains(org) || call.world.orgs.get(org).is_none())
    {
        let text = format!("No access to organization {org}.");
        return Err(error(call, call.settings.foreign_org_status, &text));
    }
    Ok(())
}
