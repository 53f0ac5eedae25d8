//! `$filter`: the OData-like language of the task and SDDC lists.
//!
//! Comparison `eq ne lt gt le ge`, arithmetic `mul div mod sub add` and unary `-`, `and or not`,
//! parentheses, `startswith endswith contains length tolower toupper`, fields nested with `.`,
//! strings in single quotes (`''` is a quote), dates and (as pyVMC sends them) UUIDs without.

use crate::{answer::Answer, clock::Time, handler::Call, vmc::error};
use serde_json::Value;
use std::cmp::Ordering;

pub(crate) struct Filter(Expr);

#[derive(Debug)]
enum Expr {
    Field(String),
    Literal(Value),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Gt,
    Le,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

#[derive(Clone, Copy, Debug)]
enum Function {
    StartsWith,
    EndsWith,
    Contains,
    Length,
    ToLower,
    ToUpper,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Minus,
    Word(String),
    Literal(Value),
}

impl Filter {
    /// The filter of a call; a bad one is refused with 400.
    pub(crate) fn of(call: &Call<'_>) -> Result<Option<Self>, Answer> {
        let Some(text) = call.query("$filter").filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        Self::parse(text)
            .map(Some)
            .map_err(|reason| error(call, 400, &format!("Invalid $filter: {reason}.")))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            tokens: lex(text)?,
            at: 0,
            depth: 0,
        };
        let expr = parser.binary(0)?;
        match parser.next() {
            None => Ok(Self(expr)),
            Some(token) => Err(format!("unexpected {token:?}")),
        }
    }

    /// Whether a list with this filter, or none, shows the document.
    pub(crate) fn admits(filter: Option<&Self>, document: &Value) -> bool {
        filter.is_none_or(|filter| filter.matches(document))
    }

    fn matches(&self, document: &Value) -> bool {
        eval(&self.0, document) == Value::Bool(true)
    }
}

fn lex(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '\'' => quoted(rest)?,
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '\''))
                    .unwrap_or(rest.len());
                let (word, _) = rest.split_at(end);
                bare(word)?
            }
        };
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn quoted(text: &str) -> Result<(Token, usize), String> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            value.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == '\'') {
            chars.next();
            value.push('\'');
        } else {
            return Ok((Token::Literal(Value::String(value)), at + 1));
        }
    }
    Err("a quote is not closed".into())
}

/// A word without quotes: number, date, UUID, `true`, `false`, `null`, a name, or a minus sign.
fn bare(word: &str) -> Result<(Token, usize), String> {
    let all = word.len();
    if is_uuid(word) || is_date(word) {
        return Ok((Token::Literal(Value::String(word.into())), all));
    }
    if let Some(rest) = word.strip_prefix('-') {
        return match rest.chars().next() {
            Some(c) if c.is_ascii_digit() && rest.parse::<f64>().is_ok() => {
                Ok((Token::Literal(number(word)?), all))
            }
            _ => Ok((Token::Minus, 1)),
        };
    }
    match word {
        "true" => Ok((Token::Literal(true.into()), all)),
        "false" => Ok((Token::Literal(false.into()), all)),
        "null" => Ok((Token::Literal(Value::Null), all)),
        _ if word.starts_with(|c: char| c.is_ascii_digit()) => {
            Ok((Token::Literal(number(word)?), all))
        }
        _ if word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '$')) =>
        {
            Ok((Token::Word(word.into()), all))
        }
        _ => Err(format!("'{word}' is neither a name nor a value")),
    }
}

fn number(word: &str) -> Result<Value, String> {
    serde_json::from_str(word)
        .ok()
        .filter(Value::is_number)
        .ok_or_else(|| format!("'{word}' is not a number"))
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36 && uuid::Uuid::try_parse(word).is_ok()
}

fn is_date(word: &str) -> bool {
    date(word).is_some()
}

/// `yyyy-MM-dd`, or an RFC 3339 time.
fn date(word: &str) -> Option<Time> {
    Time::parse(word).or_else(|| {
        (word.len() == 10)
            .then(|| Time::parse(&format!("{word}T00:00:00Z")))
            .flatten()
    })
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Binary operators by strength: or, and, comparison, sum, product.
    fn binary(&mut self, strength: u8) -> Result<Expr, String> {
        let mut left = self.unary()?;
        while let Some(Token::Word(word)) = self.peek() {
            let Some((op, binds)) = operator(word) else {
                break;
            };
            if binds < strength {
                break;
            }
            self.next();
            let right = self.binary(binds + 1)?;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("nested too deeply".into());
        }
        let expr = match self.next() {
            Some(Token::Minus) => Expr::Negate(Box::new(self.unary()?)),
            Some(Token::Literal(value)) => Expr::Literal(value),
            Some(Token::Open) => {
                let inner = self.binary(0)?;
                self.expect(&Token::Close)?;
                inner
            }
            // `not` is stronger than `and`, weaker than a comparison.
            Some(Token::Word(word)) if word == "not" => Expr::Not(Box::new(self.binary(2)?)),
            Some(Token::Word(word)) if self.peek() == Some(&Token::Open) => self.call(&word)?,
            Some(Token::Word(word)) if operator(&word).is_some() => {
                return Err(format!("'{word}' has nothing on its left"));
            }
            Some(Token::Word(word)) => Expr::Field(word),
            Some(token) => return Err(format!("unexpected {token:?}")),
            None => return Err("it ends too early".into()),
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn call(&mut self, name: &str) -> Result<Expr, String> {
        let (function, count) = match name {
            "startswith" => (Function::StartsWith, 2),
            "endswith" => (Function::EndsWith, 2),
            "contains" => (Function::Contains, 2),
            "length" => (Function::Length, 1),
            "tolower" => (Function::ToLower, 1),
            "toupper" => (Function::ToUpper, 1),
            _ => return Err(format!("there is no function '{name}'")),
        };
        self.expect(&Token::Open)?;
        let mut arguments = vec![self.binary(0)?];
        while self.peek() == Some(&Token::Comma) {
            self.next();
            arguments.push(self.binary(0)?);
        }
        self.expect(&Token::Close)?;
        match arguments.len() == count {
            true => Ok(Expr::Call(function, arguments)),
            false => Err(format!("{name} takes {count} argument(s)")),
        }
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        match self.next() {
            Some(found) if found == *token => Ok(()),
            Some(found) => Err(format!("expected {token:?}, not {found:?}")),
            None => Err("it ends too early".into()),
        }
    }
}

fn operator(word: &str) -> Option<(Op, u8)> {
    Some(match word {
        "or" => (Op::Or, 0),
        "and" => (Op::And, 1),
        "eq" => (Op::Eq, 2),
        "ne" => (Op::Ne, 2),
        "lt" => (Op::Lt, 2),
        "gt" => (Op::Gt, 2),
        "le" => (Op::Le, 2),
        "ge" => (Op::Ge, 2),
        "add" => (Op::Add, 3),
        "sub" => (Op::Sub, 3),
        "mul" => (Op::Mul, 4),
        "div" => (Op::Div, 4),
        "mod" => (Op::Mod, 4),
        _ => return None,
    })
}

fn eval(expr: &Expr, document: &Value) -> Value {
    match expr {
        Expr::Literal(value) => value.clone(),
        Expr::Field(path) => path
            .split('.')
            .try_fold(document, |value, name| value.get(name))
            .cloned()
            .unwrap_or_default(),
        Expr::Not(inner) => Value::Bool(eval(inner, document) != Value::Bool(true)),
        Expr::Negate(inner) => eval(inner, document)
            .as_f64()
            .map_or(Value::Null, |number| Value::from(-number)),
        Expr::Binary(Op::And, left, right) => {
            Value::Bool(truth(left, document) && truth(right, document))
        }
        Expr::Binary(Op::Or, left, right) => {
            Value::Bool(truth(left, document) || truth(right, document))
        }
        Expr::Binary(op, left, right) => apply(*op, &eval(left, document), &eval(right, document)),
        Expr::Call(function, arguments) => {
            let texts: Vec<Value> = arguments.iter().map(|expr| eval(expr, document)).collect();
            call(*function, &texts)
        }
    }
}

fn truth(expr: &Expr, document: &Value) -> bool {
    eval(expr, document) == Value::Bool(true)
}

fn call(function: Function, arguments: &[Value]) -> Value {
    let text = |at: usize| arguments.get(at).and_then(Value::as_str);
    let Some(subject) = text(0) else {
        return Value::Null;
    };
    let other = text(1).unwrap_or_default();
    match function {
        Function::StartsWith => subject.starts_with(other).into(),
        Function::EndsWith => subject.ends_with(other).into(),
        Function::Contains => subject.contains(other).into(),
        Function::Length => subject.chars().count().into(),
        Function::ToLower => subject.to_lowercase().into(),
        Function::ToUpper => subject.to_uppercase().into(),
    }
}

fn apply(op: Op, left: &Value, right: &Value) -> Value {
    let order = compare(left, right);
    let arithmetic = |calculate: fn(f64, f64) -> f64| match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => Value::from(calculate(left, right)),
        _ => Value::Null,
    };
    match op {
        Op::Eq => Value::Bool(order == Some(Ordering::Equal)),
        Op::Ne => Value::Bool(order != Some(Ordering::Equal)),
        Op::Lt => Value::Bool(order == Some(Ordering::Less)),
        Op::Gt => Value::Bool(order == Some(Ordering::Greater)),
        Op::Le => Value::Bool(matches!(order, Some(Ordering::Less | Ordering::Equal))),
        Op::Ge => Value::Bool(matches!(order, Some(Ordering::Greater | Ordering::Equal))),
        Op::Add => arithmetic(|left, right| left + right),
        Op::Sub => arithmetic(|left, right| left - right),
        Op::Mul => arithmetic(|left, right| left * right),
        Op::Div => arithmetic(|left, right| left / right),
        Op::Mod => arithmetic(|left, right| left % right),
        Op::And | Op::Or => Value::Null,
    }
}

/// Numbers by value, times by moment, other texts by character; null equals only null.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => match (date(left), date(right)) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => Some(left.cmp(right)),
        },
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(filter: &str) -> bool {
        let document = json!({
            "status": "FINISHED",
            "resource_id": "2d3a8c1e-0000-4000-8000-000000000001",
            "created": "2019-07-01T22:31:07.000000Z",
            "progress_percent": 40,
            "name": "it's",
            "sddc": {"status": "READY"},
            "error": null,
        });
        Filter::parse(filter).unwrap().matches(&document)
    }

    #[test]
    fn documented_examples() {
        assert!(matches("(status eq 'FINISHED')"));
        assert!(matches(
            "(created gt 2016-08-09) and (sddc.status eq 'READY')"
        ));
        assert!(!matches("created gt 2019-07-01T22:31:08Z"));
        assert!(
            matches("(resource_id eq 2d3a8c1e-0000-4000-8000-000000000001)"),
            "unquoted"
        );
        assert!(matches(
            "resource_id eq '2d3a8c1e-0000-4000-8000-000000000001'"
        ));
    }

    #[test]
    fn operators() {
        assert!(matches("not status eq 'FAILED' and progress_percent lt 50"));
        assert!(matches("progress_percent add 2 mul 5 eq 50"));
        assert!(matches("progress_percent mod 7 eq 5 or status eq 'x'"));
        assert!(matches("-progress_percent le -40"));
        assert!(matches("0 sub progress_percent eq -40"));
        assert!(matches("name eq 'it''s'"));
        assert!(matches(
            "error eq null and missing eq null and status ne null"
        ));
        assert!(!matches("error lt 1 or error gt 1"));
    }

    #[test]
    fn functions() {
        assert!(matches(
            "startswith(status, 'FIN') and endswith(status,'HED')"
        ));
        assert!(matches("contains(tolower(status), 'nish')"));
        assert!(matches(
            "length(status) eq 8 and toupper(sddc.status) eq 'READY'"
        ));
    }

    #[test]
    fn nonsense_is_refused() {
        for filter in [
            "status eq",
            "status eq 'x",
            "(status eq 'x'",
            "eq 'x'",
            "nope(status)",
            "status ~ 1",
            "status eq 'x' 'y'",
            "length(status, 1) eq 1",
            "1x eq 1",
            "status eq 'a')",
        ] {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
        assert!(Filter::parse(&"(".repeat(10_000)).is_err());
    }
}
