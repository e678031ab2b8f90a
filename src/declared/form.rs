//! The text of a declaration: its words, and what they may say.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Range;

use netdissect_dissectors::dissector::{Key, Table};
use netdissect_dissectors::field::{Field, Kind, Protocol};
use netdissect_dissectors::registry::Registry;
use serde::Deserialize;
use toml::Spanned;

use super::{Declared, Length, MAX_MESSAGE, MAX_ROWS, Payload, Piece, Row, Size, What};
use crate::render::style::Escaped;

/// Bytes of a declaration.
const MAX_TEXT: usize = 1 << 20;

/// Why a declaration cannot be used.
#[derive(Debug)]
pub struct Wrong {
    line: Option<usize>,
    why: String,
}

impl Wrong {
    pub(super) fn unreadable(error: &io::Error) -> Self {
        Self { line: None, why: error.to_string() }
    }

    fn at(text: &str, span: Range<usize>, why: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        Self { line: Some(before.bytes().filter(|&byte| byte == b'\n').count() + 1), why: why.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}", Escaped::text(self.why.as_bytes()))
    }
}

impl std::error::Error for Wrong {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Form {
    name: Spanned<String>,
    title: Option<String>,
    about: Option<String>,
    keys: Vec<Spanned<String>>,
    #[serde(default)]
    byte_order: ByteOrder,
    info: Option<Spanned<String>>,
    length: Option<Spanned<LengthForm>>,
    payload: Option<Spanned<PayloadForm>>,
    #[serde(default)]
    field: Vec<Spanned<FieldForm>>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum ByteOrder {
    #[default]
    Big,
    Little,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LengthForm {
    field: String,
    #[serde(default)]
    plus: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayloadForm {
    table: String,
    value: Option<u32>,
    field: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FieldForm {
    name: String,
    label: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    byte_order: Option<ByteOrder>,
    size: Option<SizeForm>,
    of: Option<String>,
    mask: Option<u64>,
    #[serde(default)]
    hex: bool,
    #[serde(default)]
    key: bool,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SizeForm {
    Bytes(usize),
    Word(String),
}

/// Reads a declaration.
pub(super) fn read(text: &str, registry: &Registry) -> Result<Declared, Wrong> {
    if text.len() > MAX_TEXT {
        return Err(Wrong { line: None, why: "a declaration has at most 1 MiB".into() });
    }
    let form: Form = toml::from_str(text)
        .map_err(|error| Wrong::at(text, error.span().unwrap_or_default(), error.message()))?;
    Reader { text, registry, rows: Vec::new(), shorts: Vec::new() }.declared(&form)
}

struct Reader<'a> {
    text: &'a str,
    registry: &'a Registry,
    rows: Vec<Row>,
    /// Names of the rows without the protocol's.
    shorts: Vec<String>,
}

impl Reader<'_> {
    fn declared(mut self, form: &Form) -> Result<Declared, Wrong> {
        let name = form.name.get_ref();
        for text in [&form.title, &form.about].into_iter().flatten() {
            self.plain(&form.name, text)?;
        }
        if !is_name(name) {
            return Err(
                self.wrong(&form.name, "a protocol's name is a letter, then letters, digits, - _ or .")
            );
        }
        if self.registry.named(name).is_some() {
            return Err(self.wrong(&form.name, format!("there is already a protocol called {name}")));
        }
        if form.field.is_empty() || form.field.len() > MAX_ROWS {
            let why = format!("a protocol has 1 to {MAX_ROWS} fields, as [[field]]");
            return Err(self.wrong(&form.name, why));
        }
        for field in &form.field {
            self.field(name, form.byte_order, field)?;
        }
        let keys = form.keys.iter().map(|key| self.key(key)).collect::<Result<Vec<_>, _>>()?;
        let length = form.length.as_ref().map(|length| self.length(length)).transpose()?;
        let (table, payload) = match &form.payload {
            Some(payload) => self.payload(payload).map(|(table, payload)| (Some(table), Some(payload)))?,
            None => (None, None),
        };
        let takes_rest = |row: &Row| matches!(row.what, What::Bytes(Size::Rest) | What::Text(Size::Rest));
        if length.is_none() {
            if self.rows.iter().any(takes_rest) && keys.iter().any(|key| key.table.name == "tcp.port") {
                let why =
                    "a field of size \"rest\" in a byte stream needs the message's length: add [length]";
                return Err(self.wrong(&form.name, why));
            }
            if !self.rows.iter().any(|row| takes_bytes(row.what)) {
                return Err(self.wrong(&form.name, "at least one field must always take bytes"));
            }
        }
        let info = form.info.as_ref().map(|info| self.info(info)).transpose()?.unwrap_or_default();
        let fields: Vec<&'static Field> = self.rows.iter().map(|row| row.field).collect();
        let protocol = Protocol {
            name: leak(name),
            title: leak(form.title.as_deref().unwrap_or(&name.to_uppercase())),
            about: leak(form.about.as_deref().unwrap_or("declared in a file")),
            fields: Box::leak(fields.into()),
            via: None,
        };
        Ok(Declared {
            protocol: Box::leak(Box::new(protocol)),
            keys: Box::leak(keys.into()),
            carries: Box::leak(table.into_iter().collect()),
            rows: self.rows,
            info,
            length,
            payload,
        })
    }

    fn field(&mut self, protocol: &str, order: ByteOrder, form: &Spanned<FieldForm>) -> Result<(), Wrong> {
        let row = form.get_ref();
        if !is_name(&row.name) || self.shorts.contains(&row.name) {
            let why = format!("{} is no name for a field, or is there twice", row.name);
            return Err(self.wrong(form, why));
        }
        if row.size.is_some() && !matches!(row.kind.as_str(), "bytes" | "text") {
            return Err(self.wrong(form, format!("{}: only bytes and text have a size", row.name)));
        }
        if (row.of.is_some() || row.mask.is_some()) && !matches!(row.kind.as_str(), "bool" | "bits") {
            return Err(self.wrong(form, format!("{}: only bool and bits have `of` and `mask`", row.name)));
        }
        let little = row.byte_order.unwrap_or(order) == ByteOrder::Little;
        let (kind, what) = match row.kind.as_str() {
            "u8" => (Kind::Uint(8), What::Uint { width: 1, little }),
            "u16" => (Kind::Uint(16), What::Uint { width: 2, little }),
            "u24" => (Kind::Uint(24), What::Uint { width: 3, little }),
            "u32" => (Kind::Uint(32), What::Uint { width: 4, little }),
            "u64" => (Kind::Uint(64), What::Uint { width: 8, little }),
            "i8" => (Kind::Int(8), What::Int { width: 1, little }),
            "i16" => (Kind::Int(16), What::Int { width: 2, little }),
            "i32" => (Kind::Int(32), What::Int { width: 4, little }),
            "i64" => (Kind::Int(64), What::Int { width: 8, little }),
            "f32" => (Kind::Float(32), What::Float { width: 4, little }),
            "f64" => (Kind::Float(64), What::Float { width: 8, little }),
            "bool" => {
                let (of, mask) = self.bits(form)?;
                (Kind::Bool, What::Flag { of, mask })
            }
            "bits" => {
                let (of, mask) = self.bits(form)?;
                (self.kind_of(of), What::Bits { of, mask })
            }
            "bytes" => (Kind::Bytes, What::Bytes(self.size(form)?)),
            "text" => (Kind::Text, What::Text(self.size(form)?)),
            "ipv4" => (Kind::Ipv4, What::Ipv4),
            "ipv6" => (Kind::Ipv6, What::Ipv6),
            "mac" => (Kind::Mac, What::Mac),
            other => {
                let known = "u8 u16 u24 u32 u64 i8 i16 i32 i64 f32 f64 bool bits bytes text ipv4 ipv6 mac";
                return Err(
                    self.wrong(form, format!("{}: no type is called {other}; there are {known}", row.name))
                );
            }
        };
        let label = row.label.clone().unwrap_or_else(|| row.name.replace(['-', '_'], " "));
        self.plain(form, &label)?;
        let mut field = Field::new(leak(&format!("{protocol}.{}", row.name)), leak(&label), kind);
        field = if row.hex { field.hex() } else { field };
        field = if row.key { field.key() } else { field };
        field = field.names(self.names(form)?);
        self.rows.push(Row { field: Box::leak(Box::new(field)), what });
        self.shorts.push(row.name.clone());
        Ok(())
    }

    /// The earlier number that bits are taken from, and which.
    fn bits(&self, form: &Spanned<FieldForm>) -> Result<(usize, u64), Wrong> {
        let row = form.get_ref();
        let (Some(of), Some(mask)) = (&row.of, row.mask.filter(|&mask| mask != 0)) else {
            let why = format!("{}: bits lie in a number: give `of`, an earlier field, and `mask`", row.name);
            return Err(self.wrong(form, why));
        };
        Ok((self.number(form, of)?, mask))
    }

    fn size(&self, form: &Spanned<FieldForm>) -> Result<Size, Wrong> {
        let row = form.get_ref();
        match &row.size {
            Some(SizeForm::Bytes(size)) if *size <= MAX_MESSAGE => Ok(Size::Fixed(*size)),
            Some(SizeForm::Bytes(_)) => Err(self.wrong(form, format!("{}: at most 64 KiB", row.name))),
            Some(SizeForm::Word(word)) if word == "rest" => Ok(Size::Rest),
            Some(SizeForm::Word(word)) => self.number(form, word).map(Size::Of),
            None => {
                let why = format!("{}: size is missing: bytes, an earlier field, or \"rest\"", row.name);
                Err(self.wrong(form, why))
            }
        }
    }

    fn names(&self, form: &Spanned<FieldForm>) -> Result<&'static [(u64, &'static str)], Wrong> {
        let mut names = Vec::new();
        for (number, name) in &form.get_ref().names {
            let parsed = match number.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16),
                None => number.parse(),
            };
            let Ok(parsed) = parsed else {
                return Err(self.wrong(form, format!("names: {number} is not a number")));
            };
            self.plain(form, name)?;
            names.push((parsed, leak(name)));
        }
        names.sort_unstable_by_key(|&(number, _)| number);
        names.dedup_by_key(|row| row.0);
        Ok(Box::leak(names.into()))
    }

    /// The row called `name`, which must hold a whole number.
    fn number<T>(&self, place: &Spanned<T>, name: &str) -> Result<usize, Wrong> {
        let row = self.row(name);
        let is_number = |row: &usize| {
            self.rows.get(*row).is_some_and(|row| matches!(row.what, What::Uint { .. } | What::Bits { .. }))
        };
        row.filter(is_number)
            .ok_or_else(|| self.wrong(place, format!("{name} is no earlier field with a number")))
    }

    fn row(&self, name: &str) -> Option<usize> {
        self.shorts.iter().position(|short| short == name)
    }

    fn kind_of(&self, row: usize) -> Kind {
        self.rows.get(row).map_or(Kind::Uint(64), |row| row.field.kind)
    }

    fn key(&self, key: &Spanned<String>) -> Result<Key, Wrong> {
        let word = key.get_ref();
        let parts = word.split_once("==").map(|(table, value)| (table.trim(), value.trim()));
        let Some((table, Ok(value))) = parts.map(|(table, value)| (table, whole(value))) else {
            return Err(self.wrong(key, format!("{word}: keys look like udp.port==7777")));
        };
        Ok(Key { table: self.table(key, table)?, value })
    }

    fn table<T>(&self, place: &Spanned<T>, name: &str) -> Result<&'static Table, Wrong> {
        let found = self.registry.tables().find(|table| table.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.registry.tables().map(|table| table.name).collect();
            self.wrong(place, format!("no table is called {name}; there are {}", known.join(", ")))
        })
    }

    fn length(&self, form: &Spanned<LengthForm>) -> Result<Length, Wrong> {
        let LengthForm { field, plus } = form.get_ref();
        if *plus > MAX_MESSAGE {
            return Err(self.wrong(form, "plus: at most 64 KiB"));
        }
        Ok(Length { of: self.number(form, field)?, plus: *plus })
    }

    fn payload(&self, form: &Spanned<PayloadForm>) -> Result<(&'static Table, Payload), Wrong> {
        let PayloadForm { table, value, field } = form.get_ref();
        let table = self.table(form, table)?;
        let payload = match (value, field) {
            (Some(value), None) => Payload::Fixed(*value),
            (None, Some(field)) => Payload::Of(self.number(form, field)?),
            _ => {
                return Err(
                    self.wrong(form, "payload: either `value` or `field` says which number is looked up")
                );
            }
        };
        Ok((table, payload))
    }

    /// `{name}` stands for a field's value.
    fn info(&self, info: &Spanned<String>) -> Result<Vec<Piece>, Wrong> {
        self.plain(info, info.get_ref())?;
        let mut pieces = Vec::new();
        let mut rest = info.get_ref().as_str();
        while let Some((words, behind)) = rest.split_once('{') {
            let (name, behind) =
                behind.split_once('}').ok_or_else(|| self.wrong(info, "info: a { is not closed"))?;
            let row =
                self.row(name).ok_or_else(|| self.wrong(info, format!("info: no field is called {name}")))?;
            pieces.extend([Piece::Words(words.to_owned()), Piece::Value(row)]);
            rest = behind;
        }
        pieces.push(Piece::Words(rest.to_owned()));
        Ok(pieces)
    }

    /// Words that are printed as they stand hold nothing that a terminal would obey.
    fn plain<T>(&self, place: &Spanned<T>, words: &str) -> Result<(), Wrong> {
        if words.chars().any(char::is_control) {
            return Err(self.wrong(place, "control characters are not allowed here"));
        }
        Ok(())
    }

    fn wrong<T>(&self, place: &Spanned<T>, why: impl Into<String>) -> Wrong {
        Wrong::at(self.text, place.span(), why)
    }
}

fn takes_bytes(what: What) -> bool {
    !matches!(
        what,
        What::Bits { .. }
            | What::Flag { .. }
            | What::Bytes(Size::Fixed(0) | Size::Of(_) | Size::Rest)
            | What::Text(Size::Fixed(0) | Size::Of(_) | Size::Rest)
    )
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain) && name.len() <= 64
}

fn whole(word: &str) -> Result<u32, std::num::ParseIntError> {
    match word.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => word.parse(),
    }
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
