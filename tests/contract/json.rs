//! What a JSON packet record may look like: no key twice, and each key of the type that its field has for good.

use netdissect::render::Cap;
use netdissect::render::json::{Json, Which};
use netdissect_dissectors::field::{Field, Kind};
use netdissect_dissectors::registry::Registry;
use serde_json::Value;

use super::{nothing, sample};

/// The keys that stand twice in one object, found without a parser that would merge them.
pub(crate) fn keys_that_stand_twice(text: &str) -> Vec<String> {
    let mut twice = Vec::new();
    let mut objects: Vec<Vec<String>> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '{' => objects.push(Vec::new()),
            '}' => {
                objects.pop();
            }
            '"' => {
                let mut end = at;
                while let Some((here, c)) = chars.next() {
                    match c {
                        '\\' => {
                            chars.next();
                        }
                        '"' => {
                            end = here;
                            break;
                        }
                        _ => {}
                    }
                }
                if chars.peek().is_some_and(|&(_, c)| c == ':')
                    && let Some(keys) = objects.last_mut()
                {
                    let key = text[at + 1..end].to_owned();
                    if keys.contains(&key) {
                        twice.push(key.clone());
                    }
                    keys.push(key);
                }
            }
            _ => {}
        }
    }
    twice
}

/// Keys that are no fields: of the record, and of what stopped a layer.
const OTHERS: [&str; 7] = ["schema", "kind", "more", "layer", "quoted", "nd.faults", "fault"];

fn is_of_type(value: &Value, field: &Field) -> bool {
    match value {
        Value::Array(values) if field.many => {
            values.iter().all(|value| !value.is_array() && is_of_type_one(value, field))
        }
        Value::Array(_) => false,
        _ if field.many => false,
        _ => is_of_type_one(value, field),
    }
}

fn is_of_type_one(value: &Value, field: &Field) -> bool {
    match field.kind {
        Kind::Flag | Kind::Bool => value.is_boolean(),
        Kind::Uint(bits) | Kind::Int(bits) if bits <= 32 => value.is_i64() || value.is_u64(),
        Kind::Frame => value.is_u64() || value.is_string(),
        Kind::Float(_) => value.is_number() || value.is_null(),
        Kind::Group => value.is_object(),
        _ => value.is_string(),
    }
}

fn check(object: &Value, registry: &Registry, path: &str, wrong: &mut Vec<String>) {
    let Some(object) = object.as_object() else {
        wrong.push(format!("{path}: not an object"));
        return;
    };
    for (key, value) in object {
        if key == "more" {
            for layer in value.as_array().into_iter().flatten() {
                check(layer, registry, "more", wrong);
            }
            continue;
        }
        if OTHERS.contains(&key.as_str()) {
            continue;
        }
        // The exact bytes of a text that is not UTF-8 stand beside it.
        if let Some(text) = key.strip_suffix("_hex")
            && object.contains_key(text)
        {
            continue;
        }
        // And what repeats though it may not, behind its first value.
        if let Some(name) = key.strip_suffix("_again")
            && object.contains_key(name)
        {
            let is_right = |value: &Value| {
                registry.fields().filter(|row| row.abbrev == name).all(|row| is_of_type_one(value, row))
            };
            if !value.as_array().is_some_and(|values| values.iter().all(is_right)) {
                wrong.push(format!("{key}: {value} is no list of its type"));
            }
            continue;
        }
        let mut rows = registry.fields().filter(|row| row.abbrev == key).peekable();
        if rows.peek().is_none() {
            wrong.push(format!("{key}: no such field"));
        } else if !rows.all(|row| is_of_type(value, row)) {
            wrong.push(format!("{key}: {value} is not of its type"));
        }
        for inner in value.as_array().into_iter().flatten().filter(|inner| inner.is_object()) {
            check(inner, registry, key, wrong);
        }
    }
}

#[test]
fn records_keep_their_types_and_no_key_stands_twice() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    for sample in sample::all() {
        let mut renderers =
            [Which::Key, Which::All].map(|which| Json::new(&registry, which, Cap::NONE).unwrap());
        sample.replay(|packet| {
            for json in &mut renderers {
                let mut out = Vec::new();
                json.packet(&mut out, packet);
                let text = String::from_utf8(out).unwrap();
                let (file, number) = (&sample.name, packet.frame.number);
                let value: Value = match serde_json::from_str(&text) {
                    Ok(value) => value,
                    Err(why) => panic!("{file} frame {number}: {why}: {text}"),
                };
                let mut own = Vec::new();
                check(&value, &registry, "record", &mut own);
                own.extend(
                    keys_that_stand_twice(&text).into_iter().map(|key| format!("{key}: stands twice")),
                );
                wrong.extend(own.into_iter().map(|line| format!("{line} ({file} frame {number})")));
            }
        });
    }
    nothing(wrong);
}

#[test]
fn the_search_for_double_keys_finds_them() {
    assert_eq!(keys_that_stand_twice(r#"{"a":1,"b":{"a":"\"a\":"},"a":[{"c":1},{"c":2}]}"#), ["a"]);
    assert!(keys_that_stand_twice(r#"{"a":["a","a"],"b":"a"}"#).is_empty());
}
