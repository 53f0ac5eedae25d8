//! Whether the names of management VMs resolve to private or to public addresses.

use super::{error, sddc_document::VCENTER, sddc_task, sddc_task::Change};
use crate::{answer::Outcome, handler::Call};
use serde_json::json;

pub(crate) fn private(call: &mut Call<'_>) -> Outcome {
    set(call, VCENTER.into(), "private")
}

pub(crate) fn public(call: &mut Call<'_>) -> Outcome {
    set(call, VCENTER.into(), "public")
}

pub(crate) fn management_vm(call: &mut Call<'_>) -> Outcome {
    let wanted = call.param("managementVmId");
    let known = call.settings.management_vms.iter();
    let Some(vm) = known.clone().find(|vm| vm.eq_ignore_ascii_case(wanted)) else {
        let text = format!("Cannot find the management VM with identifier {wanted}.");
        return Err(error(call, 404, &text));
    };
    let vm = vm.clone();
    match call.param("ipType") {
        "private" => set(call, vm, "private"),
        "public" => set(call, vm, "public"),
        other => {
            let text = format!("'{other}' is not a type of address: expected private or public.");
            Err(error(call, 400, &text))
        }
    }
}

fn set(call: &mut Call<'_>, vm: String, kind: &str) -> Outcome {
    let (id, estate) = sddc_task::begin(call)?;
    let mut change = Change {
        params: json!({"managementVmId": vm, "ipType": kind}),
        details: json!({"vm": vm, "ip_type": kind}),
        ..Change::new(call, "DNS-UPDATE", "dns.changed", estate)
    };
    match kind {
        "private" => change.done.private_dns.insert(vm),
        _ => change.done.private_dns.remove(&vm),
    };
    change.start(call, &id)
}
