//! Models have the fields of the contract, and lose nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use vmc_http::{Field, Shape};

use super::{TABLES, facts, reachable, received};
use crate::models::{CATALOG, round_trip};

/// How a sample spells what can be spelt in more than one way.
#[derive(Clone, Copy)]
enum Spelling {
    /// As the contract says.
    Plain,
    /// Whole numbers as text.
    NumbersAsText,
}

/// A value of a type of the contract with every field filled. Its words are
/// known to no enumeration.
fn sample(facts: &Value, kind: &str, spelling: Spelling) -> Value {
    let inner = |outer: &str| kind.strip_prefix(outer)?.strip_suffix('>');
    if let Some(item) = inner("list<").or_else(|| inner("set<")) {
        return json!([sample(facts, item, spelling)]);
    }
    if let Some(item) = inner("map<string,") {
        return json!({"key": sample(facts, item, spelling)});
    }
    match (kind, spelling) {
        ("string", _) => json!("text"),
        ("integer", Spelling::Plain) => json!(7),
        ("integer", Spelling::NumbersAsText) => json!("7"),
        ("double", _) => json!(1.5),
        ("boolean", _) => json!(true),
        ("dynamic", _) => json!({"any": [null, {"a": 1}]}),
        (name, _) => {
            let filled = fields(facts, name).iter().map(|(field, fact)| {
                let kind = fact["type"].as_str().unwrap();
                (field.clone(), sample(facts, kind, spelling))
            });
            let mut filled: Map<_, _> = filled.collect();
            filled.insert("field_of_tomorrow".into(), json!({"kept": [1, null]}));
            Value::Object(filled)
        }
    }
}

fn fields<'a>(facts: &'a Value, name: &str) -> &'a Map<String, Value> {
    facts["structs"][name]["fields"]
        .as_object()
        .unwrap_or_else(|| panic!("{name} is not in the contract"))
}

/// What a model looks like.
fn model(name: &str) -> &'static [Field] {
    let (_, shape) = CATALOG
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap_or_else(|| panic!("{name} has no model"));
    match shape() {
        Shape::Object(_, fields) => fields,
        other => panic!("{name} is {other:?}"),
    }
}

fn read(name: &str, document: &Value) -> serde_json::Result<Value> {
    round_trip(name, document.to_string().as_bytes()).unwrap()
}

/// The fields without which a structure is not read: the id of what is stored,
/// and what a request cannot do without, unless it is answered too.
fn needed(facts: &Value, name: &str) -> BTreeSet<String> {
    let stored = facts["structs"][name]["includes"] == json!(["AbstractEntity"]);
    let answered = received(facts).contains(name);
    fields(facts, name)
        .iter()
        .filter(|(field, fact)| match *field {
            field if stored => field == "id",
            _ => !answered && fact["required"] == true,
        })
        .map(|(field, _)| field.clone())
        .collect()
}

#[test]
fn a_filled_instance_survives_with_what_nobody_knows() {
    for file in TABLES {
        let facts = facts(file);
        for name in reachable(&facts) {
            let plain = sample(&facts, name, Spelling::Plain);
            for spelling in [Spelling::Plain, Spelling::NumbersAsText] {
                let sent = sample(&facts, name, spelling);
                let back = read(name, &sent).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(back, plain, "{name}");
            }
        }
    }
}

#[test]
fn null_costs_nobody_the_rest() {
    for file in TABLES {
        let facts = facts(file);
        for name in reachable(&facts) {
            let needed = needed(&facts, name);
            let filled = sample(&facts, name, Spelling::Plain);
            for field in fields(&facts, name).keys() {
                for absent in [false, true] {
                    let mut holed = filled.clone();
                    let object = holed.as_object_mut().unwrap();
                    if absent {
                        object.remove(field);
                    } else {
                        object.insert(field.clone(), Value::Null);
                    }
                    let refused = read(name, &holed).is_err();
                    assert_eq!(refused, needed.contains(field), "{name}.{field}");
                }
            }
        }
    }
}

#[test]
fn models_have_the_fields_of_the_contract() {
    let mut seen = BTreeSet::new();
    for file in TABLES {
        let facts = facts(file);
        for name in reachable(&facts) {
            // The autoscaler's tasks are read as those of the VMC API: what
            // it has more stays in `extra`, as the test above shows.
            if !seen.insert(name.to_owned()) {
                continue;
            }
            let ours: BTreeSet<&str> = model(name).iter().map(|field| field.name).collect();
            let theirs: BTreeSet<&str> = fields(&facts, name).keys().map(String::as_str).collect();
            assert_eq!(ours, theirs, "{name}");
            for field in model(name) {
                let fact = &fields(&facts, name)[field.name];
                compare(&format!("{name}.{}", field.name), &(field.shape)(), fact);
            }
        }
    }
    let listed: BTreeSet<String> = CATALOG.iter().map(|(name, _)| (*name).into()).collect();
    assert_eq!(listed, seen, "the models and the contract's structures");
}

/// A field holds what the contract says, and knows the contract's words.
fn compare(place: &str, shape: &Shape, fact: &Value) {
    let kind = fact["type"].as_str().unwrap().replace("set<", "list<");
    let ours = shape.name().replace("IdBody", "Id");
    assert_eq!(ours.replace("any", "dynamic"), kind, "{place}");
    let words = match shape {
        Shape::Words(words) => *words,
        Shape::List(item) => match **item {
            Shape::Words(words) => words,
            _ => &[],
        },
        _ => &[],
    };
    let known: BTreeSet<&str> = words.iter().copied().collect();
    let listed = fact["enum"].as_array().into_iter().flatten();
    let theirs: BTreeSet<&str> = listed.map(|word| word.as_str().unwrap()).collect();
    match place {
        // The vendor lists no words here, but the same ones elsewhere.
        _ if theirs.is_empty() => {}
        // One enumeration for two lists, of which one is shorter.
        "SddcStateRequest.states" | "SddcSize.vc_size" => {
            assert!(theirs.is_subset(&known), "{place}");
        }
        _ => assert_eq!(known, theirs, "{place}"),
    }
}

/// Surprise 14 of the contract: the same quantity is a number here and text there.
#[test]
fn text_that_comes_as_a_number_is_still_read() {
    for (name, field, sent, kept) in [
        (
            "SubscriptionDetails",
            "commitment_term",
            json!(12),
            json!("12"),
        ),
        ("SubscriptionDetails", "quantity", json!(3), json!("3")),
        (
            "SubscriptionDetails",
            "auto_renewed_allowed",
            json!(true),
            json!("true"),
        ),
        (
            "TermOfferInstance",
            "commitment_term",
            json!("12"),
            json!(12),
        ),
        ("TermOfferInstance", "unit_price", json!(1.5), json!("1.5")),
        (
            "OnDemandOfferInstance",
            "monthly_cost",
            json!(100),
            json!("100"),
        ),
        ("LogicalNetwork", "dhcp_enabled", json!(true), json!("true")),
        ("VpnTunnelTrafficStats", "packets_in", json!(9), json!("9")),
    ] {
        let back = read(name, &json!({field: sent})).unwrap();
        assert_eq!(back, json!({field: kept}), "{name}.{field}");
    }
}
