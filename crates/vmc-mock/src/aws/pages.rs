//! Lists that are answered in parts.

use super::{
    Aws,
    query::invalid,
    xml::{members, optional},
};
use crate::{answer::Answer, world::derived_id};

/// A part of a list.
pub(crate) struct Part {
    pub(crate) from: usize,
    pub(crate) until: usize,
    /// What the next part is asked for with; nothing after the last one.
    pub(crate) next: Option<String>,
}

impl Part {
    /// The items of this part.
    pub(crate) fn of<T>(&self, items: Vec<T>) -> impl Iterator<Item = T> {
        let count = self.until - self.from;
        items.into_iter().skip(self.from).take(count)
    }
}

/// The part of a list of `count` that `given` asks for, with at most `most` items. `None`: this
/// action has never given that token for such a list.
pub(crate) fn part(aws: &Aws<'_>, given: Option<&str>, count: usize, most: usize) -> Option<Part> {
    let from = match given {
        None => 0,
        Some(text) => (1..count).find(|at| token(aws, *at) == text)?,
    };
    let until = count.min(from.saturating_add(most.max(1)));
    let next = (until < count).then(|| token(aws, until));
    Some(Part { from, until, next })
}

/// A list of CloudFormation's with the token of its next part.
pub(crate) fn listed(
    aws: &Aws<'_>,
    name: &str,
    items: Vec<String>,
    most: usize,
) -> Result<String, Answer> {
    let part = part(aws, aws.param("NextToken"), items.len(), most)
        .ok_or_else(|| invalid("The NextToken is not valid."))?;
    Ok(members(name, part.of(items)) + &optional("NextToken", part.next.as_deref()))
}

/// How many items a call asks for with `name`, of at most `most`.
pub(crate) fn limit(aws: &Aws<'_>, name: &str, most: usize) -> Result<Option<usize>, Answer> {
    let Some(text) = aws.param(name) else {
        return Ok(None);
    };
    let constraint = match text.parse::<i64>().map(usize::try_from) {
        Ok(Ok(count)) if (1..=most).contains(&count) => return Ok(Some(count)),
        Ok(Ok(0) | Err(_)) => "have value greater than or equal to 1".to_owned(),
        Ok(Ok(_)) => format!("have value less than or equal to {most}"),
        Err(_) => "be a number".into(),
    };
    let camel =
        name.get(..1).unwrap_or_default().to_lowercase() + name.get(1..).unwrap_or_default();
    Err(invalid(&format!(
        "1 validation error detected: Value '{text}' at '{camel}' failed to satisfy constraint: \
         Member must {constraint}"
    )))
}

/// Nothing that could be mistaken for a number.
fn token(aws: &Aws<'_>, at: usize) -> String {
    derived_id(&format!("{} page", aws.action), &at.to_string())
}
