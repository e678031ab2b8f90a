//! What a file says of the records: times, limits, estimates (docs/tcp-analysis.md, sections 4, 6.1 and 6.2).

use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Is,
    AtLeast,
    AtMost,
}

/// One value of one record.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// The flow, from 1.
    pub(crate) flow: usize,
    /// When the segment passed, in nanoseconds from the start; `None` is the record of the flow.
    pub(crate) time: Option<i64>,
    key: String,
    relation: Relation,
    /// `None` is absent.
    value: Option<String>,
}

impl Claim {
    pub(crate) fn new(flow: usize, time: Option<i64>, key: &str, value: &[&str]) -> Result<Self, String> {
        let (relation, value) = match value {
            [">=", value] => (Relation::AtLeast, (*value).to_owned()),
            ["<=", value] => (Relation::AtMost, (*value).to_owned()),
            [] => return Err(format!("{key} has no value")),
            words => (Relation::Is, words.join(" ")),
        };
        if flow == 0 && time.is_none() {
            return Err("record before flow".to_owned());
        }
        let value = (value != "none").then_some(value);
        Ok(Self { flow, time, key: key.to_owned(), relation, value })
    }

    /// What is wrong with it in the record that it is about.
    pub(crate) fn check(&self, record: Option<&Map<String, Value>>) -> Option<String> {
        let Some(record) = record else { return Some(format!("{self:?}: no such record")) };
        let got = record.get(&self.key).map(|value| match value {
            Value::String(text) => text.clone(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        });
        let holds = match (&self.value, &got) {
            (None, None) => true,
            (Some(want), Some(got)) => match (want.parse::<f64>(), got.parse::<f64>()) {
                (Ok(want), Ok(got)) => match self.relation {
                    Relation::Is => (want - got).abs() < 1e-9,
                    Relation::AtLeast => got >= want,
                    Relation::AtMost => got <= want,
                },
                _ => self.relation == Relation::Is && want == got.trim_end(),
            },
            _ => false,
        };
        (!holds).then(|| format!("expected {} {:?} {:?}, got {got:?}", self.key, self.relation, self.value))
    }
}
