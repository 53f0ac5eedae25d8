//! What client and simulator say of themselves, in a form that a test can alter.

use std::collections::BTreeMap;

use vmc_api::{Family, OPERATIONS, models};

/// An operation of the client.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<String>,
    pub(crate) body: Option<(String, bool)>,
    pub(crate) output: String,
    pub(crate) replay: &'static str,
}

/// Client and simulator.
#[derive(Clone)]
pub(crate) struct Ours {
    pub(crate) operations: Vec<Operation>,
    pub(crate) fields: BTreeMap<String, Vec<&'static str>>,
    pub(crate) simulated: Vec<String>,
    pub(crate) unsimulated: Vec<(String, String)>,
}

/// Each changes one fact about an operation, if it has it.
pub(crate) const ALTERATIONS: [fn(&mut Operation) -> bool; 6] = [
    |operation| alter(&mut operation.name),
    |operation| alter(&mut operation.method),
    |operation| alter(&mut operation.path),
    |operation| operation.query.last_mut().is_some_and(alter),
    |operation| operation.body.as_mut().is_some_and(|(kind, _)| alter(kind)),
    |operation| alter(&mut operation.output),
];

fn alter(text: &mut String) -> bool {
    text.push('X');
    true
}

impl Ours {
    pub(crate) fn read() -> Self {
        // There are no facts about site recovery in `spec/`.
        let known = OPERATIONS
            .iter()
            .filter(|operation| operation.family != Family::Draas);
        let operations = known.map(|operation| Operation {
            name: operation.name.into(),
            method: operation.method.to_string(),
            path: operation.path.into(),
            query: operation.query.iter().map(|name| (*name).into()).collect(),
            body: operation
                .body
                .map(|body| (body.shape().name(), body.required)),
            output: contract_type(&operation.output()),
            replay: operation.replay.as_str(),
        });
        Self {
            operations: operations.collect(),
            fields: models::all()
                .map(|(name, fields)| (name.to_owned(), fields))
                .collect(),
            // Identity and AWS are the simulator's own contract.
            simulated: vmc_mock::simulated()
                .filter(|id| OPERATIONS.iter().any(|operation| operation.name == *id))
                .map(str::to_owned)
                .collect(),
            unsimulated: vmc_mock::unsimulated()
                .iter()
                .map(|(id, why)| ((*id).into(), (*why).into()))
                .collect(),
        }
    }
}

/// A Rust type as the contract writes it.
fn contract_type(rust: &str) -> String {
    let generic = rust.replace("Vec<", "list<").replace("Map<", "map<string,");
    contract_name(&generic.replace("Nothing", "void")).to_owned()
}

/// Two structures have the names of our ids.
pub(crate) fn contract_name(name: &str) -> &str {
    name.strip_suffix("Body").unwrap_or(name)
}
