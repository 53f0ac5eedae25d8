//! The facts in `spec/`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

/// The files about the VMC API.
#[derive(Clone)]
pub(crate) struct Facts {
    /// `vmc.json`, `vmc-legacy.json`, `autoscaler.json`, `sddc-groups.json`.
    pub(crate) files: Vec<Value>,
    pub(crate) table: Value,
}

/// Operations of the autoscaler that this project is about; the rest of that
/// API has its own users.
const AUTOSCALER: [&str; 7] = [
    "orgs.sddcs.edrs_policy.get",
    "orgs.sddcs.clusters.edrs_policy.get",
    "orgs.sddcs.clusters.edrs_policy.post",
    "orgs.sddcs.clusters.edrs_provisioning_spec.get",
    "autoscaler.list",
    "autoscaler.get",
    "autoscaler.update",
];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(name: &str) -> Value {
    let path = root().join("spec").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap()
}

impl Facts {
    pub(crate) fn read() -> Self {
        Self {
            files: [
                "vmc.json",
                "vmc-legacy.json",
                "autoscaler.json",
                "sddc-groups.json",
            ]
            .map(read)
            .into(),
            table: read("seed-table.json"),
        }
    }

    /// Whether an operation has to be in the client.
    pub(crate) fn wanted(&self, operation: &Value) -> bool {
        let path = operation["path"].as_str().unwrap();
        let id = operation["id"].as_str().unwrap();
        match path {
            path if path.starts_with("/vmc/autoscaler/") => {
                AUTOSCALER.iter().any(|known| id.starts_with(known))
            }
            // Of the groups, their list: it has the members too.
            path if path.starts_with("/api/") => id == "groups.list",
            _ => true,
        }
    }

    /// The wanted operations, each with the file it is in.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (usize, &Value)> {
        let all = self.files.iter().enumerate().flat_map(|(file, facts)| {
            let operations = facts["operations"].as_array().unwrap();
            operations.iter().map(move |operation| (file, operation))
        });
        all.filter(|(_, operation)| self.wanted(operation))
    }

    /// The structures that wanted operations take or give, and theirs.
    pub(crate) fn structs(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut next: Vec<String> = self
            .operations()
            .flat_map(|(_, operation)| [&operation["returns"], &operation["body"]["type"]])
            .filter_map(|kind| kind.as_str())
            .flat_map(names)
            .collect();
        while let Some(name) = next.pop() {
            let Some(fields) = self.fields(&name) else {
                continue;
            };
            if found.insert(name) {
                let kinds = fields.values().filter_map(|field| field["type"].as_str());
                next.extend(kinds.flat_map(names));
            }
        }
        found
    }

    /// Fields of a structure; the first file that knows it counts.
    pub(crate) fn fields(&self, name: &str) -> Option<&Map<String, Value>> {
        self.files
            .iter()
            .find_map(|facts| facts["structs"][name]["fields"].as_object())
    }

    /// The same facts but for the name of a field.
    pub(crate) fn with_renamed_field(&self, name: &str, field: &str) -> Self {
        let mut other = self.clone();
        let known = other
            .files
            .iter_mut()
            .find(|facts| facts["structs"][name].is_object());
        let fields = known.unwrap()["structs"][name]["fields"]
            .as_object_mut()
            .unwrap();
        let fact = fields.remove(field).unwrap();
        fields.insert(format!("{field}X"), fact);
        other
    }

    /// A value of a type with every field filled.
    pub(crate) fn sample(&self, kind: &str) -> Value {
        let inner = |outer: &str| kind.strip_prefix(outer)?.strip_suffix('>');
        if let Some(item) = inner("list<").or_else(|| inner("set<")) {
            return json!([self.sample(item)]);
        }
        if let Some(item) = inner("map<string,") {
            return json!({"key": self.sample(item)});
        }
        match kind {
            "string" => json!("text"),
            "integer" => json!(7),
            "double" => json!(1.5),
            "boolean" => json!(true),
            "dynamic" | "any" => json!({"any": [null, {"a": 1}]}),
            name => {
                let fields = self
                    .fields(name)
                    .unwrap_or_else(|| panic!("no type {name}"));
                let filled = fields.iter().map(|(field, fact)| {
                    (field.clone(), self.sample(fact["type"].as_str().unwrap()))
                });
                Value::Object(filled.collect())
            }
        }
    }
}

/// The names in a type such as `map<string,list<Task>>`.
fn names(kind: &str) -> Vec<String> {
    kind.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(char::is_uppercase))
        .map(str::to_owned)
        .collect()
}
