//! Which command makes which call, by category.

/// An operation and the command for it.
pub(super) struct Row {
    pub(super) category: &'static str,
    pub(super) operation: &'static str,
    /// Empty where `vmc api` is the only way.
    pub(super) command: &'static str,
}

macro_rules! rows {
    ($($category:literal { $($operation:literal => $command:literal),+ $(,)? })+) => {
        &[$($(Row { category: $category, operation: $operation, command: $command }),+),+]
    };
}

/// In the order in which they are shown.
pub(super) const ROWS: &[Row] = rows! {
    "org" {
        "orgs.list" => "vmc org list",
        "orgs.get" => "vmc org show",
        "orgs.providers.list" => "vmc org providers",
        "orgs.payment_methods.get_org_payment_methods" => "vmc payment list",
        "orgs.tos.get" => "vmc tos show TERMS",
        "customer_support.inputs.get" => "vmc support inputs",
        "locale.set" => "vmc locale set LOCALE",
        "orgs.aws.resources.servicequotas.requests.list" => "vmc quota list",
        "orgs.aws.resources.servicequotas.requests.get" => "vmc quota show REQUEST",
    }
    "sddc" {
        "orgs.sddcs.list" => "vmc sddc list",
        "orgs.sddcs.get" => "vmc sddc show SDDC",
        "orgs.sddcs.create" => "vmc sddc create",
        "orgs.sddcs.create.validate" => "vmc sddc create --dry-run",
        "orgs.sddcs.patch" => "vmc sddc rename SDDC NAME",
        "orgs.sddcs.delete" => "vmc sddc delete SDDC",
        "orgs.sddcs.convert.create" => "vmc sddc convert SDDC",
        "orgs.sddcs.provision_spec.get" => "",
        "groups.list" => "",
    }
    "cluster" {
        "orgs.sddcs.clusters.create" => "vmc cluster create",
        "orgs.sddcs.clusters.delete" => "vmc cluster delete CLUSTER",
        "orgs.sddcs.clusters.reconfigure.cluster_reconfig" => "vmc cluster reconfigure CLUSTER",
        "orgs.sddcs.clusters.config.constraints.get" => "vmc cluster constraints CLUSTER",
        "orgs.sddcs.clusters.msft_licensing.publish.post" => "vmc cluster license CLUSTER",
        "orgs.sddcs.primarycluster.get" => "vmc cluster show",
        "orgs.storage.cluster_constraints.get" => "vmc cluster constraints",
    }
    "host" {
        "orgs.sddcs.esxs.create" => "vmc host add; vmc host remove",
        "orgs.sddcs.add_hosts_precheck.add_host_precheck_task" => "vmc host check",
    }
    "edrs" {
        "orgs.sddcs.edrs_policy.get" => "vmc edrs list",
        "orgs.sddcs.clusters.edrs_policy.get" => "vmc edrs show CLUSTER",
        "orgs.sddcs.clusters.edrs_policy.post" => "vmc edrs set CLUSTER",
        "orgs.sddcs.clusters.edrs_provisioning_spec.get" => "vmc edrs show --choices",
    }
    "dns" {
        "orgs.sddcs.dns.private.update" => "vmc dns set private",
        "orgs.sddcs.dns.public.update" => "vmc dns set public",
        "orgs.sddcs.management_vms.dns.update" => "vmc dns set-vm",
    }
    "conn-test" {
        "orgs.sddcs.networking.connectivity_tests.get" => "vmc conn-test list",
        "orgs.sddcs.networking.connectivity_tests.post" => "vmc conn-test run",
    }
    "enablement" {
        "orgs.sddcs.enablements.list" => "vmc enablement list",
        "orgs.sddcs.enablements.enable_disable_addon" => "vmc enablement enable; vmc enablement disable",
    }
    "addon" {
        "orgs.sddcs.addons.credentials.list" => "vmc addon list",
        "orgs.sddcs.addons.credentials.create" => "vmc addon create",
        "orgs.sddcs.addons.credentials.get" => "vmc addon show",
        "orgs.sddcs.addons.credentials.update" => "vmc addon update",
    }
    "template" {
        "orgs.sddc_templates.list" => "vmc template list",
        "orgs.sddc_templates.get" => "vmc template show TEMPLATE",
        "orgs.sddc_templates.delete" => "vmc template delete TEMPLATE",
        "orgs.sddcs.sddc_template.get" => "vmc template show --sddc",
    }
    "link" {
        "orgs.account_link.get" => "vmc link up",
        "orgs.account_link.connected_accounts.get" => "vmc account list",
        "orgs.account_link.connected_accounts.delete" => "vmc link unlink ACCOUNT",
        "orgs.account_link.compatible_subnets.get" => "vmc subnet list; vmc subnet pick",
        "orgs.account_link.compatible_subnets.post" => "",
        "orgs.account_link.compatible_subnets_async.get" => "",
        "orgs.account_link.compatible_subnets_async.post" => "",
        "orgs.account_link.map_customer_zones.post" => "vmc link rescan",
        "orgs.account_link.sddc_connections.get" => "vmc link verify",
    }
    "subscription" {
        "orgs.subscriptions.get_0" => "vmc subscription list",
        "orgs.subscriptions.get" => "vmc subscription show SUBSCRIPTION",
        "orgs.subscriptions.create" => "vmc subscription create",
        "orgs.subscriptions.products.list" => "vmc subscription products",
        "orgs.subscriptions.offer_instances.list" => "vmc subscription offers",
        "orgs.offer_instances.list" => "",
        "orgs.subscriptions.delete" => "",
    }
    "maintenance" {
        "orgs.reservations.list" => "vmc maintenance windows",
        "orgs.reservations.mw.get" => "vmc maintenance show",
        "orgs.reservations.mw.put" => "vmc maintenance set-window",
        "orgs.tbrs.reservation.post" => "vmc maintenance list",
        "orgs.tbrs.support_window.get" => "vmc maintenance support-windows",
        "orgs.tbrs.support_window.put" => "vmc maintenance set-support-window",
    }
    "public-ip" {
        "orgs.sddcs.publicips.list" => "vmc public-ip list",
        "orgs.sddcs.publicips.get" => "vmc public-ip show",
        "orgs.sddcs.publicips.create" => "vmc public-ip create",
        "orgs.sddcs.publicips.update" => "vmc public-ip update",
        "orgs.sddcs.publicips.delete" => "vmc public-ip delete",
        "orgs.sddcs.mgw.publicips.list" => "vmc public-ip list --management",
        "orgs.sddcs.mgw.publicips.get" => "vmc public-ip show --management",
    }
    "task" {
        "orgs.tasks.list" => "vmc task list",
        "orgs.tasks.get" => "vmc task show TASK",
        "orgs.tasks.update" => "vmc task cancel TASK",
        "autoscaler.list" => "vmc task list --service autoscaler",
        "autoscaler.get" => "vmc task show --service autoscaler",
        "autoscaler.update" => "vmc task cancel --service autoscaler",
        "task.get" => "vmc task show --service draas",
    }
};
