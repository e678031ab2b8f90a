//! What the unit tests of all dissectors share: a packet from bytes, its fields as text, and broken copies of it.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::ops::Range;

use crate::field::{Base, Field, Kind, Value};
use crate::frame::{Frame, LinkType, Timestamp};
use crate::packet::{Dissection, Packet};
use crate::registry::Registry;
use crate::walk::Visitor;

/// One packet, taken apart and walked over.
pub(crate) struct Seen {
    /// The layers as `frame.protocols` names them.
    pub(crate) protocols: String,
    /// Every field with its value spelled as in rows; groups have an empty value.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The Info column of the uppermost layer that is not quoted.
    pub(crate) info: String,
    /// Faults, in words.
    pub(crate) faults: Vec<String>,
}

impl Seen {
    /// Takes the bytes apart as one whole frame of this link type.
    pub(crate) fn new(link: LinkType, data: &[u8]) -> Self {
        Self::cut(link, data, data.len())
    }

    /// The same, of a frame that had `wire` bytes.
    pub(crate) fn cut(link: LinkType, data: &[u8], wire: usize) -> Self {
        let registry = Registry::builtin();
        let frame = Frame {
            number: 1,
            time: Timestamp::new(1_700_000_000, 0),
            link,
            wire_len: u32::try_from(wire).unwrap(),
            data,
            origin: None,
        };
        let mut parts = Dissection::default();
        let _ = registry.dissect(&frame, &mut parts);
        Self::of(&Packet { frame, parts: &parts, registry: &registry })
    }

    /// What there is to see of a packet taken apart elsewhere.
    pub(crate) fn of(packet: &Packet<'_>) -> Self {
        let mut collector = Collector::default();
        packet.walk(&mut collector);
        let (mut protocols, mut info) = (String::new(), String::new());
        packet.protocols(&mut protocols).unwrap();
        packet.top().unwrap().summary(&mut info).unwrap();
        let faults = packet.parts.faults.iter().map(|row| row.1.to_string()).collect();
        Self { protocols, fields: collector.fields, info, faults }
    }

    /// The values of one field joined by commas.
    pub(crate) fn get(&self, abbrev: &str) -> String {
        let values: Vec<&str> =
            self.fields.iter().filter(|row| row.0 == abbrev).map(|row| row.1.as_str()).collect();
        values.join(",")
    }

    /// Checks several fields at once.
    #[track_caller]
    pub(crate) fn expect(&self, rows: &[(&str, &str)]) {
        for (abbrev, value) in rows {
            assert_eq!(self.get(abbrev), *value, "{abbrev}");
        }
    }
}

/// Takes every prefix of the bytes and every copy with one bit flipped apart; the test is that nothing panics.
pub(crate) fn survives(link: LinkType, data: &[u8]) {
    for len in 0..=data.len() {
        let _ = Seen::cut(link, &data[..len], data.len());
    }
    let mut copy = data.to_vec();
    for bit in 0..data.len() * 8 {
        copy[bit / 8] ^= 1 << (bit % 8);
        let _ = Seen::new(link, &copy);
        copy[bit / 8] ^= 1 << (bit % 8);
    }
}

#[derive(Default)]
struct Collector {
    fields: Vec<(&'static str, String)>,
}

impl Visitor for Collector {
    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        self.fields.push((field.abbrev, spell(field, value)));
    }
    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }
    fn close(&mut self) {}
}

fn spell(field: &Field, value: Value<'_>) -> String {
    match (value, field.kind) {
        (Value::None, Kind::Group) => String::new(),
        (Value::None, _) => "1".to_string(),
        (Value::Bool(value), _) => u8::from(value).to_string(),
        (Value::Uint(value), Kind::Uint(bits)) if field.base == Base::Hex => {
            format!("{value:#0width$x}", width = usize::from(bits) / 4 + 2)
        }
        (Value::Uint(value), _) => value.to_string(),
        (Value::Int(value), _) => value.to_string(),
        (Value::Bytes(bytes), _) => hex(bytes, if field.base == Base::Colon { ":" } else { "" }),
        (Value::Text(text), _) => String::from_utf8_lossy(text).into_owned(),
        (Value::Ipv4(value), _) => value.to_string(),
        (Value::Ipv6(value), _) => value.to_string(),
        (Value::Mac(value), _) => hex(&value, ":"),
        (Value::Time(value), _) => format!("{}.{:09}", value.secs, value.nanos),
        (Value::Duration(value), _) => format!("{value} ns"),
        (Value::Float(value), _) => value.to_string(),
    }
}

fn hex(bytes: &[u8], separator: &str) -> String {
    let mut out = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let _ = write!(out, "{}{byte:02x}", if at == 0 { "" } else { separator });
    }
    out
}
