//! JSON records: `-T jsonl` writes one object a line, `-T json` one array of the same objects.
//!
//! A packet is flat: the fields of the innermost layer of each protocol that is not quoted stand at the top, the
//! other layers are objects in `more`. Types belong to the field and never change within a [`SCHEMA`].

pub mod datagram;
mod packet;
pub mod streams;
pub mod trust;

use netdissect_dissectors::{Field, Timestamp, Value};

use super::style::Escaped;
use super::value;

pub use packet::{Json, Which};

/// Version of the records: within it existing keys keep their types.
pub const SCHEMA: u64 = 1;

/// An object being written.
#[derive(Debug)]
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Object<'a> {
    /// Begins an object.
    pub fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        let start = out.len();
        Self { out, start }
    }

    /// Begins a record of `kind`: an object that starts with `schema` and `kind`.
    pub fn record(out: &'a mut Vec<u8>, kind: &str) -> Self {
        let mut record = Self::begin(out);
        record.number("schema", SCHEMA);
        record.text("kind", kind.as_bytes());
        record
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if self.out.len() > self.start {
            self.out.push(b',');
        }
        push_key(self.out, key);
        self.out
    }

    /// Text of any encoding. If it is not UTF-8, its bytes follow in hex under the key with `_hex`.
    pub fn text(&mut self, key: &str, text: &[u8]) {
        if !push_text(self.key(key), text) && std::str::from_utf8(text).is_err() {
            let key = format!("{key}_hex");
            push_hex(self.key(&key), text);
        }
    }

    /// A number of at most 53 bits; wider ones go through [`Object::wide`].
    pub fn number(&mut self, key: &str, number: u64) {
        value::decimal(self.key(key), number);
    }

    /// A number that may have more than 53 bits, as a decimal string.
    pub fn wide(&mut self, key: &str, number: u64) {
        let out = self.key(key);
        out.push(b'"');
        value::decimal(out, number);
        out.push(b'"');
    }

    /// A fraction; `null` if it is no number.
    pub fn float(&mut self, key: &str, number: f64) {
        push_float(self.key(key), number);
    }

    /// True or false.
    pub fn bool(&mut self, key: &str, value: bool) {
        self.key(key).extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Bytes in hex.
    pub fn hex(&mut self, key: &str, bytes: &[u8]) {
        push_hex(self.key(key), bytes);
    }

    /// A field that does not repeat, as packet records have it.
    pub fn field(&mut self, field: &Field, value: Value<'_>) {
        packet::push_value(self.key(field.abbrev), field, value, usize::MAX);
    }

    /// A span of time: seconds with nine decimals as a string.
    pub fn duration(&mut self, key: &str, nanos: i64) {
        let out = self.key(key);
        out.push(b'"');
        value::seconds(out, nanos, 9);
        out.push(b'"');
    }

    /// A point in time: seconds since 1970 with nine decimals as a string.
    pub fn time(&mut self, key: &str, time: Timestamp) {
        let out = self.key(key);
        out.push(b'"');
        value::epoch(out, time, 9);
        out.push(b'"');
    }

    /// What a `Display` writes, as text.
    pub fn display(&mut self, key: &str, text: impl std::fmt::Display) {
        self.text(key, text.to_string().as_bytes());
    }

    /// An array of texts.
    pub fn texts<T: AsRef<[u8]>>(&mut self, key: &str, texts: impl IntoIterator<Item = T>) {
        self.array(key, texts, |out, text| {
            push_text(out, text.as_ref());
        });
    }

    /// An array of numbers of at most 53 bits.
    pub fn numbers(&mut self, key: &str, numbers: impl IntoIterator<Item = u64>) {
        self.array(key, numbers, value::decimal);
    }

    /// An object in this object.
    pub fn object(&mut self, key: &str, write: impl FnOnce(&mut Object<'_>)) {
        let mut object = Object::begin(self.key(key));
        write(&mut object);
        object.end();
    }

    /// An array of objects.
    pub fn objects<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Object<'_>, T),
    ) {
        self.array(key, items, |out, item| {
            let mut object = Object::begin(out);
            write(&mut object, item);
            object.end();
        });
    }

    fn array<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Vec<u8>, T),
    ) {
        let out = self.key(key);
        out.push(b'[');
        let start = out.len();
        for item in items {
            if out.len() > start {
                out.push(b',');
            }
            write(out, item);
        }
        out.push(b']');
    }

    /// Members that `write` spells, at least one, `"a":1,"b":2`.
    fn members(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.out.len() > self.start {
            self.out.push(b',');
        }
        write(self.out);
    }
}

/// Names of fields and keys of ours: nothing in them needs an escape.
fn push_key(out: &mut Vec<u8>, key: &str) {
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

/// True if nothing in the text needed an escape: then it is ASCII.
fn push_text(out: &mut Vec<u8>, text: &[u8]) -> bool {
    let escaped = Escaped::json(text);
    out.push(b'"');
    let is_plain = escaped.push_plain(out);
    if !is_plain {
        escaped.push(out);
    }
    out.push(b'"');
    is_plain
}

fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    value::plain_hex(out, bytes);
    out.push(b'"');
}

fn push_float(out: &mut Vec<u8>, number: f64) {
    if number.is_finite() {
        value::display(out, format_args!("{number:?}"));
    } else {
        out.extend_from_slice(b"null");
    }
}

/// What stands between records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    /// One object a line (`-T jsonl`).
    Lines,
    /// One array (`-T json`); true once it has an element.
    Array(bool),
}

impl Records {
    /// Call before each record.
    pub fn next(&mut self, out: &mut Vec<u8>) {
        if let Self::Array(has_any) = self {
            out.push(if *has_any { b',' } else { b'[' });
            *has_any = true;
        }
    }

    /// There were records before the next one.
    pub fn go_on(&mut self) {
        if let Self::Array(has_any) = self {
            *has_any = true;
        }
    }

    /// Call after the last record.
    pub fn close(self, out: &mut Vec<u8>) {
        match self {
            Self::Lines => {}
            Self::Array(false) => out.extend_from_slice(b"[]\n"),
            Self::Array(true) => out.extend_from_slice(b"]\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_make_lines_or_one_array() {
        let mut out = Vec::new();
        let mut records = Records::Array(false);
        for number in 0..2 {
            records.next(&mut out);
            let mut record = Object::record(&mut out, "flow");
            record.number("n", number);
            record.texts("states", ["A", "B"]);
            record.numbers("frames", [1, 2]);
            record.object("inner", |inner| inner.wide("bytes", u64::MAX));
            record.objects("list", [1, 2], |item, n| item.duration("t", n));
            record.float("rate", f64::NAN);
            record.text("odd", b"\xff");
            record.end();
            out.push(b'\n');
        }
        records.close(&mut out);
        let all: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            all[1],
            json!({"schema": 1, "kind": "flow", "n": 1, "states": ["A", "B"], "frames": [1, 2],
                   "inner": {"bytes": "18446744073709551615"},
                   "list": [{"t": "0.000000001"}, {"t": "0.000000002"}], "rate": null,
                   "odd": "\\xff", "odd_hex": "ff"})
        );
        let mut out = Vec::new();
        Records::Array(false).close(&mut out);
        assert_eq!(out, b"[]\n");
    }
}
