//! What EC2's `Describe…` actions have in common: ids, filters, pages.

use super::{
    Aws, pages,
    xml::{node, optional},
};
use crate::answer::{Answer, Outcome};

/// A kind of thing that can be described.
pub(crate) struct Kind {
    /// The parameter with its ids: `SubnetId`.
    pub(crate) ids: &'static str,
    /// The element around the answer: `subnetSet`.
    pub(crate) set: &'static str,
    /// What an unknown id is called: `InvalidSubnetID.NotFound`, and in words.
    pub(crate) missing: (&'static str, &'static str),
    /// The filters that are simulated, besides `tag:…`.
    pub(crate) filters: &'static [&'static str],
}

/// One thing: its id, what filters compare, its XML.
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) values: Vec<(String, String)>,
    pub(crate) xml: String,
}

/// Answers with those that were asked for.
pub(crate) fn answer(aws: &Aws<'_>, kind: &Kind, all: Vec<Found>) -> Outcome {
    let ids = aws.numbered(&format!("{}.", kind.ids), "");
    if let Some(id) = ids.iter().find(|id| !all.iter().any(|one| one.id == **id)) {
        let (code, word) = kind.missing;
        let text = format!("The {word} ID '{id}' does not exist");
        return Err(aws.error(400, code, &text));
    }
    let filters = filters(aws, kind)?;
    let chosen = all.into_iter().filter(|one| {
        let named = ids.is_empty() || ids.contains(&one.id);
        named && filters.iter().all(|filter| filter.admits(one))
    });
    let chosen: Vec<String> = chosen.map(|one| node("item", &one.xml)).collect();
    if aws.param("DryRun") == Some("true") {
        let text = "Request would have succeeded, but DryRun flag is set.";
        return Err(aws.error(412, "DryRunOperation", text));
    }
    let part = page(aws, chosen.len())?;
    let next = optional("nextToken", part.next.as_deref());
    let items: String = part.of(chosen).collect();
    aws.answer(&(node(kind.set, &items) + &next))
}

struct Filter {
    name: String,
    values: Vec<String>,
}

impl Filter {
    fn admits(&self, one: &Found) -> bool {
        let mut values = one.values.iter().filter(|(name, _)| *name == self.name);
        values.any(|(_, value)| self.values.iter().any(|wanted| matches(wanted, value)))
    }
}

/// `*` stands for any text, `?` for one character.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let mut tails = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            tails.any(|at| matches(rest.as_str(), text.get(at..).unwrap_or_default()))
        }
        Some(wanted) => {
            let mut text = text.chars();
            let found = text.next();
            found.is_some_and(|c| wanted == '?' || c == wanted)
                && matches(rest.as_str(), text.as_str())
        }
    }
}

fn filters(aws: &Aws<'_>, kind: &Kind) -> Result<Vec<Filter>, Answer> {
    let mut filters = Vec::new();
    for (number, name) in (1..).zip(aws.numbered("Filter.", ".Name")) {
        if !kind.filters.contains(&name.as_str()) && !name.starts_with("tag:") {
            let text = format!("The filter '{name}' is invalid");
            return Err(aws.error(400, "InvalidParameterValue", &text));
        }
        let values = aws.numbered(&format!("Filter.{number}.Value."), "");
        if values.is_empty() {
            let text = format!("The filter '{name}' has no values");
            return Err(aws.error(400, "InvalidParameterValue", &text));
        }
        filters.push(Filter { name, values });
    }
    Ok(filters)
}

fn page(aws: &Aws<'_>, count: usize) -> Result<pages::Part, Answer> {
    let bad = |text: &str| aws.error(400, "InvalidParameterValue", text);
    let most = match aws.param("MaxResults").map(str::parse::<usize>) {
        None => count,
        Some(Ok(most @ 5..=1000)) => most,
        Some(_) => {
            return Err(bad(
                "Value for parameter maxResults is invalid. Expecting a value from 5 to 1000.",
            ));
        }
    };
    pages::part(aws, aws.param("NextToken"), count, most)
        .ok_or_else(|| bad("Unable to parse pagination token"))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        assert!(matches("VMware VMC*", "VMware VMC Interface"));
        assert!(matches("*DO?NOT*", "x DO NOT USE") && matches("*", ""));
        assert!(!matches("VMware", "VMware VMC") && !matches("?", ""));
    }
}
