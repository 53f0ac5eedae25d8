//! Tests of the way from an SDDC to the customer's site. Nothing is reached: a test fails when
//! what it is told contains one of `Settings::unreachable`.

use super::{error, sddc_task, sddcs, tasks};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::Then,
};
use serde_json::{Value, json};

struct SubGroup {
    id: &'static str,
    label: &'static str,
    /// What the tests are told, and what stands there at first.
    input: (&'static str, &'static str),
    source: &'static str,
    /// Ports for a test of connections, after ping, traceroute and a look at DNS.
    ports: &'static [&'static str],
}

const HLM: [SubGroup; 6] = [
    dns("PRIMARY_DNS", "Primary DNS server", "#primary-dns"),
    dns("SECONDARY_DNS", "Secondary DNS server", "#secondary-dns"),
    site(
        "ONPREM_VCENTER",
        "On-premises vCenter Server",
        "VCENTER",
        &["443"],
    ),
    site(
        "ONPREM_PSC",
        "On-premises Platform Services Controller",
        "VCENTER",
        &["389", "636", "443"],
    ),
    site(
        "ACTIVE_DIRECTORY",
        "Active Directory server",
        "VCENTER",
        &["389", "636", "3268", "3269"],
    ),
    site("ONPREM_ESX", "On-premises ESXi host", "VCENTER", &["902"]),
];

const DRAAS: [SubGroup; 4] = [
    site(
        "DRAAS_ONPREM_VCENTER",
        "On-premises vCenter Server",
        "SRM",
        &["80", "443"],
    ),
    site(
        "DRAAS_ONPREM_PSC",
        "On-premises Platform Services Controller",
        "SRM",
        &["389", "443"],
    ),
    site(
        "DRAAS_ONPREM_SRM",
        "On-premises Site Recovery Manager",
        "SRM",
        &["9086"],
    ),
    site(
        "DRAAS_ONPREM_VR",
        "On-premises vSphere Replication",
        "VR",
        &["8043", "31031"],
    ),
];

const fn dns(id: &'static str, label: &'static str, value: &'static str) -> SubGroup {
    SubGroup {
        id,
        label,
        input: ("HOST_IP", value),
        source: "VCENTER",
        ports: &["53"],
    }
}

const fn site(
    id: &'static str,
    label: &'static str,
    source: &'static str,
    ports: &'static [&'static str],
) -> SubGroup {
    SubGroup {
        id,
        label,
        input: ("HOSTNAME_OR_IP", ""),
        source,
        ports,
    }
}

fn group(id: &str) -> (&'static str, &'static [SubGroup]) {
    match id {
        "HLM" => ("Hybrid Linked Mode", &HLM),
        "DRAAS" => ("Site Recovery", &DRAAS),
        _ => ("", &[]),
    }
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    sddcs::find(call)?;
    let groups = ["HLM", "DRAAS"].map(|id| {
        let (name, all) = group(id);
        let sub_groups: Vec<Value> = all.iter().map(SubGroup::document).collect();
        json!({"id": id, "name": name, "sub_groups": sub_groups})
    });
    Call::ok(&json!({"groups": groups}))
}

/// Runs what the body names of a group: sub-groups with their inputs, all tests of each.
pub(crate) fn start(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    sddc_task::check_ready(call, sddc)?;
    let (sddc, id) = (
        sddc.id.clone(),
        call.body["id"].as_str().unwrap_or_default(),
    );
    let (name, known) = group(id);
    let mut results = Vec::new();
    for wanted in call.body["sub_groups"].as_array().into_iter().flatten() {
        let sub_group = wanted["id"].as_str().unwrap_or_default();
        let Some(found) = known.iter().find(|row| row.id == sub_group) else {
            let text = format!("Group '{id}' has no sub-group '{sub_group}'.");
            return Err(error(call, 400, &text));
        };
        results.push(found.run(call, wanted)?);
    }
    if results.is_empty() {
        let text = "Nothing to test: id must be HLM or DRAAS, and sub_groups must name one.";
        return Err(error(call, 400, text));
    }
    let result = json!({"test_result": {"id": id, "name": name, "sub_groups": results}});
    let then = Then::Results(result);
    tasks::short(call, ("sddc", &sddc), "CONNECTIVITY-TEST", json!({}), then)
}

impl SubGroup {
    fn document(&self) -> Value {
        json!({
            "id": self.id,
            "label": self.label,
            "help": format!("Tests the way from the SDDC to: {}.", self.label),
            "inputs": [{"id": self.input.0, "label": self.label, "value": self.input.1}],
            "tests": self.tests(),
        })
    }

    fn tests(&self) -> Vec<Value> {
        let mut tests = vec![
            json!({"type": "PING", "source": self.source, "pktsize": "1500"}),
            json!({"type": "TRACEROUTE", "source": self.source}),
            json!({"type": "CONNECTIVITY", "source": self.source, "ports": self.ports}),
        ];
        if self.input.0 != "HOST_IP" {
            tests.push(json!({"type": "DNS", "source": self.source}));
        }
        tests
    }

    /// The results of all tests, or why they cannot be run with these inputs.
    fn run(&self, call: &Call<'_>, wanted: &Value) -> Result<Value, Answer> {
        let mut inputs = wanted["inputs"].as_array().into_iter().flatten();
        let given = inputs.find(|input| input["id"] == self.input.0);
        let value = given
            .and_then(|input| input["value"].as_str())
            .unwrap_or_default();
        if value.trim().is_empty() {
            let text = format!("Sub-group {} needs a value for {}.", self.id, self.input.0);
            return Err(error(call, 400, &text));
        }
        let words = &call.settings.unreachable;
        let reached = !words.iter().any(|word| value.contains(word.as_str()));
        let (status, message) = match reached {
            true => ("PASSED", format!("{value} was reached.")),
            false => ("FAILED", format!("{value} could not be reached.")),
        };
        let tests = self.tests().into_iter().map(|mut test| {
            test["status"] = json!(status);
            test["message"] = json!(message);
            test
        });
        Ok(json!({
            "id": self.id,
            "label": self.label,
            "inputs": wanted["inputs"],
            "status": status,
            "tests": tests.collect::<Vec<Value>>(),
        }))
    }
}
