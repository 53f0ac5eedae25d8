//! The contract in `spec/`: operations, their parameters, the shapes of their bodies.

use crate::aws::Protocol;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One REST API.
#[derive(Debug, Deserialize)]
pub(crate) struct Spec {
    pub(crate) operations: Vec<Operation>,
    structs: BTreeMap<String, Struct>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: Vec<Param>,
    pub(crate) body: Option<BodySpec>,
    /// The declared status of success.
    #[serde(default)]
    pub(crate) success: Option<u16>,
    /// What it answers; only tests compare.
    #[cfg(test)]
    #[serde(default)]
    pub(crate) returns: String,
    /// How it declares to refuse, with statuses; only tests compare.
    #[cfg(test)]
    #[serde(default)]
    pub(crate) errors: Value,
    /// First version of a vCenter that has it, in words.
    #[serde(default)]
    pub(crate) since: Option<String>,
    /// Last version of a vCenter that has it, in words.
    #[serde(default)]
    pub(crate) until: Option<String>,
    /// The privilege that a vCenter wants for it.
    #[serde(default)]
    pub(crate) privilege: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Param {
    pub(crate) name: String,
    /// The value that selects this operation among those of one path.
    #[serde(default, rename = "const")]
    pub(crate) selects: Option<String>,
    #[serde(flatten)]
    field: Field,
}

#[derive(Debug, Deserialize)]
pub(crate) struct BodySpec {
    #[serde(rename = "type")]
    pub(crate) type_: String,
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) media: Media,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Media {
    #[default]
    Json,
    Form,
}

#[derive(Debug, Deserialize)]
struct Struct {
    fields: BTreeMap<String, Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    #[serde(rename = "type")]
    type_: String,
    #[serde(default)]
    required: bool,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    #[serde(default)]
    enum_open: bool,
}

/// The AWS services.
#[derive(Debug, Deserialize)]
pub(crate) struct QuerySpec {
    pub(crate) services: Vec<QueryService>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct QueryService {
    pub(crate) id: String,
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) protocol: Protocol,
    /// What `X-Amz-Target` starts with, in JSON.
    #[serde(default)]
    pub(crate) target: Option<String>,
    pub(crate) actions: Vec<Action>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Action {
    pub(crate) id: String,
    pub(crate) action: String,
    pub(crate) params: Vec<String>,
}

impl Action {
    /// Whether `name` is a parameter of this action; numbers match `N`.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.params.iter().any(|known| {
            known.split('.').count() == name.split('.').count()
                && known.split('.').zip(name.split('.')).all(|(known, given)| {
                    known == given
                        || known == "N" && given.bytes().all(|byte| byte.is_ascii_digit())
                })
        })
    }
}

impl Spec {
    pub(crate) fn vmc() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../spec/vmc.json"))
    }

    pub(crate) fn legacy() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../spec/vmc-legacy.json"))
    }

    pub(crate) fn autoscaler() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../spec/autoscaler.json"))
    }

    pub(crate) fn groups() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../spec/sddc-groups.json"))
    }

    pub(crate) fn csp() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../spec/csp.json"))
    }

    pub(crate) fn session() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../spec/cis-session.json"))
    }

    pub(crate) fn hvc() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../spec/hvc.json"))
    }

    pub(crate) fn aws() -> Result<QuerySpec, serde_json::Error> {
        serde_json::from_str(include_str!("../spec/aws-query.json"))
    }

    /// What is wrong with the query of a call, if anything.
    pub(crate) fn check_query(
        operation: &Operation,
        query: &[(String, String)],
    ) -> Result<(), String> {
        for (name, text) in query {
            let Some(param) = operation.query.iter().find(|param| param.name == *name) else {
                return Err(format!(
                    "unknown query parameter '{name}' for {}",
                    operation.id
                ));
            };
            // The one message of this kind that has been captured from the real service.
            if name == "sddcType" && !param.field.values.contains(text) {
                return Err("Invalid sddc type specified.".into());
            }
            let value = match param.field.type_.as_str() {
                "boolean" | "integer" => {
                    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
                }
                _ => Value::from(text.as_str()),
            };
            check_field(&BTreeMap::new(), &param.field, &value, name)?;
        }
        match operation.query.iter().find(|param| {
            param.field.required && !query.iter().any(|(name, _)| *name == param.name)
        }) {
            Some(missing) => Err(format!(
                "required query parameter '{}' is missing",
                missing.name
            )),
            None => Ok(()),
        }
    }

    /// What is wrong with a body of struct `type_`, if anything: unknown and missing fields,
    /// wrong types, values outside a closed list.
    pub(crate) fn check_body(&self, type_: &str, body: &Value) -> Result<(), String> {
        check(&self.structs, type_, body, "")
    }
}

fn check(
    structs: &BTreeMap<String, Struct>,
    type_: &str,
    value: &Value,
    at: &str,
) -> Result<(), String> {
    let wrong = || {
        let name = if at.is_empty() { "the body" } else { at };
        Err(format!("{name} must be of type {type_}, not {value}"))
    };
    if let Some(inner) = inner(type_, "list<").or_else(|| inner(type_, "set<")) {
        let Some(items) = value.as_array() else {
            return wrong();
        };
        return items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| check(structs, inner, item, &format!("{at}[{index}]")));
    }
    if let Some(inner) = inner(type_, "map<string,") {
        let Some(map) = value.as_object() else {
            return wrong();
        };
        return map
            .iter()
            .try_for_each(|(key, item)| check(structs, inner, item, &join(at, key)));
    }
    let right = match type_ {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "double" => value.is_number(),
        "dynamic" => value.is_object(),
        _ => match structs.get(type_) {
            Some(shape) => return check_struct(structs, shape, type_, value, at),
            None => true,
        },
    };
    if right { Ok(()) } else { wrong() }
}

fn check_struct(
    structs: &BTreeMap<String, Struct>,
    shape: &Struct,
    type_: &str,
    value: &Value,
    at: &str,
) -> Result<(), String> {
    let Some(map) = value.as_object() else {
        let name = if at.is_empty() { "the body" } else { at };
        return Err(format!("{name} must be a JSON object ({type_})"));
    };
    for (name, value) in map {
        let at = join(at, name);
        let Some(field) = shape.fields.get(name) else {
            return Err(format!("unknown field '{at}' in {type_}"));
        };
        if value.is_null() && !field.required {
            continue;
        }
        check_field(structs, field, value, &at)?;
    }
    match shape
        .fields
        .iter()
        .find(|(name, field)| field.required && !map.contains_key(*name))
    {
        Some((missing, _)) => Err(format!(
            "required field '{}' of {type_} is missing",
            join(at, missing)
        )),
        None => Ok(()),
    }
}

fn check_field(
    structs: &BTreeMap<String, Struct>,
    field: &Field,
    value: &Value,
    at: &str,
) -> Result<(), String> {
    check(structs, &field.type_, value, at)?;
    if field.values.is_empty() || field.enum_open {
        return Ok(());
    }
    let items = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let mut texts = items.iter().filter_map(Value::as_str);
    match texts.find(|text| !field.values.iter().any(|known| known == text)) {
        Some(text) => Err(format!(
            "'{text}' is not a valid {at}: expected one of {}",
            field.values.join(", ")
        )),
        None => Ok(()),
    }
}

fn inner<'a>(type_: &'a str, prefix: &str) -> Option<&'a str> {
    type_.strip_prefix(prefix)?.strip_suffix('>')
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.into()
    } else {
        format!("{at}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn says_what_is_wrong_with_a_body() {
        let spec = Spec::vmc().unwrap();
        let check = |body: Value| {
            spec.check_body("AwsSddcConfig", &body)
                .err()
                .unwrap_or_default()
        };
        assert_eq!(
            check(json!({"name": "a", "provider": "AWS", "num_hosts": 1})),
            ""
        );
        assert_eq!(
            check(json!({"name": "a", "provider": "AWS", "num_hosts": 1, "region": null})),
            ""
        );
        assert_eq!(
            check(json!({"name": "a", "num_hosts": 1})),
            "required field 'provider' of AwsSddcConfig is missing"
        );
        assert_eq!(
            check(json!({"name": "a", "provider": "AWS", "num_hosts": 1, "colour": 1})),
            "unknown field 'colour' in AwsSddcConfig"
        );
        assert_eq!(
            check(json!({"name": "a", "provider": "AWS", "num_hosts": "1"})),
            "num_hosts must be of type integer, not \"1\""
        );
        let nested = json!({"name": "a", "provider": "AWS", "num_hosts": 1,
            "account_link_sddc_config": [{"customer_subnet_ids": ["s"], "x": 1}]});
        assert_eq!(
            check(nested),
            "unknown field 'account_link_sddc_config[0].x' in AccountLinkSddcConfig"
        );
        assert!(check(json!({"name": "a", "provider": "AZURE", "num_hosts": 1})).contains("AZURE"));
    }

    #[test]
    fn says_what_is_wrong_with_a_query() {
        let spec = Spec::vmc().unwrap();
        let operation = spec
            .operations
            .iter()
            .find(|op| op.id == "orgs.sddcs.create")
            .unwrap();
        let check = |name: &str, value: &str| {
            Spec::check_query(operation, &[(name.into(), value.into())]).err()
        };
        assert_eq!(check("validateOnly", "true"), None);
        assert!(
            check("validateOnly", "yes")
                .unwrap()
                .contains("validateOnly")
        );
        assert!(
            check("validate_only", "true")
                .unwrap()
                .contains("'validate_only'")
        );
    }

    #[test]
    fn numbered_members_are_parameters() {
        let action = Action {
            id: String::new(),
            action: String::new(),
            params: vec!["Tags.member.N.Key".into(), "StackName".into()],
        };
        assert!(action.takes("Tags.member.12.Key") && action.takes("StackName"));
        assert!(!action.takes("Tags.member.x.Key") && !action.takes("Tags.member.1"));
    }
}
