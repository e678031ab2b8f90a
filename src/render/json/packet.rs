//! Packet records: one walk over the packet fills one object and those nested in it.

use std::collections::HashMap;
use std::ops::Range;

use netdissect_dissectors::{Field, Kind, Layer, Packet, Registry, Value, Visitor};

use super::{Object, push_float, push_hex, push_key, push_text};
use crate::render::Cap;
use crate::render::info::{Column, Info, innermost_net};
use crate::render::select::{Selection, UnknownField};
use crate::render::style::capped;
use crate::render::value;

/// Which fields a packet record has.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// Those that are marked as key fields.
    Key,
    /// All (`-V`).
    All,
    /// The ones named (`-e`), among them `_ws.col.protocol` and `_ws.col.info`. The name of a group stands for all
    /// that is in it.
    Named(&'a [String]),
}

/// Writes packet records.
#[derive(Clone, Debug)]
pub struct Json {
    /// Every field: twice the number of its name, one more if it is wanted.
    known: Selection,
    /// The fields that are wanted.
    wanted: Selection,
    /// By number of the name, `,"name":`.
    keys: Vec<Box<[u8]>>,
    is_named: bool,
    columns: Vec<Column>,
    info: Info,
    cap: Cap,
    levels: Vec<Level>,
    depth: usize,
    /// The open fields; groups among them have a level of their own.
    open: Vec<&'static Field>,
    /// The innermost open group takes all that is in it.
    takes_all: bool,
    /// Finished objects of `more`.
    more: Vec<u8>,
    in_more: bool,
    item: Vec<u8>,
    allowance: Allowance,
}

/// What a packet may take.
#[derive(Clone, Debug)]
struct Allowance {
    room: usize,
    spent: usize,
    is_cut: bool,
}

impl Allowance {
    /// Whether there is room for `bytes` more.
    fn charge(&mut self, bytes: usize) -> bool {
        let spent = self.spent.saturating_add(bytes);
        if spent > self.room {
            self.is_cut = true;
            return false;
        }
        self.spent = spent;
        true
    }
}

/// What is put to the name of a field that has one value in any sound packet, for all values but the first.
const AGAIN: &str = "_again";

/// A name without a value yet.
const NOTHING: u16 = 0;
/// A name that has the one value that it may have.
const SINGLE: u16 = 1;
/// The place of the first list.
const FIRST_LIST: u16 = 2;

/// One object being filled.
#[derive(Clone, Debug, Default)]
struct Level {
    /// Single values, `"a":1,"b":2`.
    body: Vec<u8>,
    /// By number of the name, what it has: [`NOTHING`], [`SINGLE`], or its list and [`FIRST_LIST`].
    places: Vec<u16>,
    /// The names that have something, in the order in which they got it; from `since` on, within the layer at hand.
    filled: Vec<u32>,
    since: usize,
    lists: Vec<List>,
    used: usize,
    /// Whether the group around it takes all.
    around: bool,
}

/// The values of a field that may repeat, or those behind the first of one that may not, and of the keys beside it.
#[derive(Clone, Debug, Default)]
struct List {
    name: &'static str,
    number: u32,
    /// The first value stands alone under the name.
    is_again: bool,
    count: usize,
    items: Vec<u8>,
    hex: Twin,
    cut: Twin,
}

/// An array as long as the one that it explains, with `null` where there is nothing to explain.
#[derive(Clone, Debug, Default)]
struct Twin {
    count: usize,
    items: Vec<u8>,
}

impl Twin {
    fn fill(&mut self, count: usize) {
        for _ in self.count..count {
            if !self.items.is_empty() {
                self.items.push(b',');
            }
            self.items.extend_from_slice(b"null");
        }
        self.count = count;
    }

    fn push(&mut self, at: usize, write: impl FnOnce(&mut Vec<u8>)) {
        self.fill(at);
        if !self.items.is_empty() {
            self.items.push(b',');
        }
        write(&mut self.items);
        self.count = at + 1;
    }
}

/// What a value has beside itself.
pub(super) struct Beside<'a> {
    /// The bytes of text that is not UTF-8.
    hex: Option<&'a [u8]>,
    /// The full length in bytes of a value that was cut.
    cut: Option<u64>,
}

impl Level {
    /// Without a value, and with a place for each of so many names.
    fn clear(&mut self, names: usize) {
        self.body.clear();
        self.places.resize(names, NOTHING);
        for number in self.filled.drain(..) {
            if let Some(place) = usize::try_from(number).ok().and_then(|at| self.places.get_mut(at)) {
                *place = NOTHING;
            }
        }
        (self.used, self.since) = (0, 0);
    }

    fn is_empty(&self) -> bool {
        self.body.is_empty() && self.used == 0
    }

    fn place(&mut self, number: u32) -> Option<&mut u16> {
        self.places.get_mut(usize::try_from(number).ok()?)
    }

    fn list(&mut self, name: &'static str, number: u32) -> Option<&mut List> {
        let used = self.used;
        let place = self.place(number)?;
        if let Some(at) = place.checked_sub(FIRST_LIST) {
            return self.lists.get_mut(usize::from(at));
        }
        let is_again = *place == SINGLE;
        *place = u16::try_from(used).ok()?.checked_add(FIRST_LIST)?;
        self.filled.push(number);
        self.used += 1;
        if used == self.lists.len() {
            self.lists.push(List::default());
        }
        let list = self.lists.get_mut(used)?;
        (list.name, list.number, list.is_again, list.count) = (name, number, is_again, 0);
        list.items.clear();
        for twin in [&mut list.hex, &mut list.cut] {
            twin.count = 0;
            twin.items.clear();
        }
        Some(list)
    }

    /// Whether this is the first value of a name that has one value; a further one would be a key twice.
    fn is_first(&mut self, number: u32) -> bool {
        let Some(place) = self.place(number) else { return false };
        if *place != NOTHING {
            return false;
        }
        *place = SINGLE;
        self.filled.push(number);
        true
    }

    /// Whether a name got its value within the layer at hand. Of layers that share a name, the first one tells.
    fn is_of_this_layer(&self, number: u32) -> bool {
        self.filled.get(self.since..).is_some_and(|names| names.contains(&number))
    }

    /// One more value of a field that may repeat, or that repeats though it may not.
    fn add(&mut self, field: &'static Field, number: u32, item: &[u8], beside: &Beside<'_>) {
        let Some(list) = self.list(field.abbrev, number) else { return };
        comma(&mut list.items);
        list.items.extend_from_slice(item);
        if let Some(bytes) = beside.hex {
            list.hex.push(list.count, |out| push_hex(out, bytes));
        }
        if let Some(len) = beside.cut {
            list.cut.push(list.count, |out| value::decimal(out, len));
        }
        list.count += 1;
    }

    /// Appends all members, without the braces; `keys` are those of all names.
    fn write(&mut self, out: &mut Vec<u8>, keys: &[Box<[u8]>]) {
        out.extend_from_slice(&self.body);
        let mut is_first = self.body.is_empty();
        for list in self.lists.iter_mut().take(self.used) {
            if list.is_again {
                if !is_first {
                    out.push(b',');
                }
                push_twin_key(out, list.name, &[AGAIN]);
            } else {
                let key = usize::try_from(list.number).ok().and_then(|at| keys.get(at));
                let key = key.map_or(&[][..], |key| key);
                out.extend_from_slice(key.get(usize::from(is_first)..).unwrap_or_default());
            }
            is_first = false;
            push_array(out, &list.items);
            for (suffix, twin) in [("_hex", &mut list.hex), ("_cut", &mut list.cut)] {
                if twin.count > 0 {
                    twin.fill(list.count);
                    out.push(b',');
                    push_twin_key(out, list.name, &[if list.is_again { AGAIN } else { "" }, suffix]);
                    push_array(out, &twin.items);
                }
            }
        }
    }
}

fn push_array(out: &mut Vec<u8>, items: &[u8]) {
    out.push(b'[');
    out.extend_from_slice(items);
    out.push(b']');
}

fn comma(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b',');
    }
}

fn push_twin_key(out: &mut Vec<u8>, name: &str, suffixes: &[&str]) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    suffixes.iter().for_each(|suffix| out.extend_from_slice(suffix.as_bytes()));
    out.extend_from_slice(b"\":");
}

/// Bytes that a key takes beside its name.
const KEY: usize = 8;

impl Beside<'_> {
    /// What it takes.
    #[inline]
    fn cost(&self, field: &Field) -> usize {
        match self {
            Self { hex: None, cut: None } => 0,
            Self { hex, cut } => {
                let name = field.abbrev.len() + KEY;
                hex.map_or(0, |bytes| name + 2 * bytes.len()) + cut.map_or(0, |_| name + 20)
            }
        }
    }

    /// Members of their own behind that of the value.
    #[inline]
    fn write(&self, body: &mut Vec<u8>, field: &Field) {
        if let Some(bytes) = self.hex {
            body.push(b',');
            push_twin_key(body, field.abbrev, &["_hex"]);
            push_hex(body, bytes);
        }
        if let Some(len) = self.cut {
            body.push(b',');
            push_twin_key(body, field.abbrev, &["_cut"]);
            value::decimal(body, len);
        }
    }
}

/// Room for what no value is charged for: braces, `more`, the note that something was cut.
const SLACK: usize = 1_024;

impl Json {
    /// Records with `which` fields.
    ///
    /// # Errors
    /// A name that no field has.
    pub fn new(registry: &Registry, which: Which<'_>, cap: Cap) -> Result<Self, UnknownField> {
        let mut columns = Vec::new();
        if let Which::Named(names) = which {
            for name in names {
                match Column::named(name) {
                    Some(column) if columns.contains(&column) => {}
                    Some(column) => columns.push(column),
                    None if registry.field(name).is_some() => {}
                    None => return Err(UnknownField::new(registry, name)),
                }
            }
        }
        let is_wanted = |field: &Field| match which {
            Which::Key => field.key,
            Which::All => true,
            Which::Named(names) => names.iter().any(|name| name == field.abbrev),
        };
        let mut numbers: HashMap<&'static str, u32> = HashMap::new();
        let known = Selection::new(registry, |field| {
            let next = u32::try_from(numbers.len()).ok()?;
            let number = *numbers.entry(field.abbrev).or_insert(next);
            Some(number << 1 | u32::from(is_wanted(field)))
        });
        let mut keys = vec![Box::default(); numbers.len()];
        for (name, number) in numbers {
            if let Some(key) = usize::try_from(number).ok().and_then(|at| keys.get_mut(at)) {
                *key = format!(",\"{name}\":").into_bytes().into_boxed_slice();
            }
        }
        Ok(Self {
            known,
            wanted: Selection::new(registry, |field| is_wanted(field).then_some(0)),
            keys,
            is_named: matches!(which, Which::Named(_)),
            columns,
            info: Info::new(cap.value),
            cap,
            levels: Vec::new(),
            depth: 0,
            open: Vec::new(),
            takes_all: false,
            more: Vec::new(),
            in_more: false,
            item: Vec::new(),
            allowance: Allowance { room: cap.packet.saturating_sub(SLACK), spent: 0, is_cut: false },
        })
    }

    /// The record of one packet, with the end of its line.
    pub fn packet(&mut self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        self.more.clear();
        self.open.clear();
        self.depth = 0;
        self.takes_all = false;
        self.allowance.spent = 0;
        self.allowance.is_cut = false;
        self.enter();
        self.show_columns(packet);
        packet.walk(self);
        let mut record = Object::record(out, "packet");
        if let Some(top) = self.levels.first_mut().filter(|top| !top.is_empty()) {
            let keys = &self.keys;
            record.members(|out| top.write(out, keys));
        }
        if !self.more.is_empty() {
            let out = record.key("more");
            out.push(b'[');
            out.extend_from_slice(&self.more);
            out.push(b']');
        }
        if !packet.parts.faults.is_empty() && !self.is_named {
            record.objects("nd.faults", packet.parts.faults.iter().take(8), |fault, (slot, what)| {
                let layer = packet.layer(usize::from(*slot));
                fault.text("layer", layer.map_or("", |layer| layer.protocol().name).as_bytes());
                fault.display("fault", what);
            });
        }
        if self.allowance.is_cut {
            record.bool("nd.truncated", true);
        }
        record.end();
        out.push(b'\n');
    }

    fn show_columns(&mut self, packet: &Packet<'_>) {
        let Some(top) = self.levels.first_mut() else { return };
        for &column in &self.columns {
            comma(&mut top.body);
            push_key(&mut top.body, column.name());
            push_text(&mut top.body, self.info.column(column, packet).as_bytes());
        }
        self.allowance.spent = top.body.len();
    }

    /// A further object on the stack.
    fn enter(&mut self) {
        if self.depth == self.levels.len() {
            self.levels.push(Level::default());
        }
        if let Some(level) = self.levels.get_mut(self.depth) {
            level.clear(self.keys.len());
        }
        self.depth += 1;
    }

    /// The object on top of the stack.
    fn level(&mut self) -> Option<&mut Level> {
        self.levels.get_mut(self.depth.checked_sub(1)?)
    }

    /// Whether the value of a field with this entry in `known` is shown.
    #[inline]
    fn takes(&self, entry: u32) -> bool {
        entry & 1 == 1 || self.takes_all
    }

    /// One value of the name `number`.
    fn add(&mut self, field: &'static Field, number: u32, value: Value<'_>) {
        let Some(level) = self.depth.checked_sub(1).and_then(|at| self.levels.get_mut(at)) else { return };
        let is_again = !field.many && !level.is_first(number);
        if is_again && !level.is_of_this_layer(number) {
            return;
        }
        if field.many || is_again {
            self.item.clear();
            let beside = push_value(&mut self.item, field, value, self.cap.value);
            let suffix = if is_again { AGAIN.len() } else { 0 };
            let cost = field.abbrev.len() + suffix + KEY + self.item.len();
            if self.allowance.charge(cost + beside.cost(field)) {
                level.add(field, number, &self.item, &beside);
            }
            return;
        }
        let body = &mut level.body;
        let start = body.len();
        let key = usize::try_from(number).ok().and_then(|at| self.keys.get(at));
        let key = key.map_or(&[][..], |key| key);
        body.extend_from_slice(key.get(usize::from(start == 0)..).unwrap_or_default());
        let item = body.len();
        let beside = push_value(body, field, value, self.cap.value);
        let cost = field.abbrev.len() + KEY + (body.len() - item);
        if !self.allowance.charge(cost + beside.cost(field)) {
            body.truncate(start);
            return;
        }
        beside.write(body, field);
    }

    fn open_group(&mut self, field: &'static Field) {
        let around = self.takes_all;
        self.takes_all =
            around || (self.is_named && self.known.get(field).is_some_and(|entry| entry & 1 == 1));
        self.enter();
        if let Some(level) = self.level() {
            level.around = around;
        }
    }

    fn close_group(&mut self, field: &'static Field) {
        let Some(at) = self.depth.checked_sub(1) else { return };
        self.takes_all = self.levels.get(at).is_some_and(|level| level.around);
        let has_room = self.levels.get(at).is_some_and(|level| !level.is_empty())
            && self.allowance.charge(field.abbrev.len() + 8);
        self.depth = at;
        if !has_room {
            return;
        }
        let Some(number) = self.known.get(field) else { return };
        let mut item = std::mem::take(&mut self.item);
        item.clear();
        item.push(b'{');
        if let Some(level) = self.levels.get_mut(at) {
            level.write(&mut item, &self.keys);
        }
        item.push(b'}');
        if let Some(list) = self.level().and_then(|level| level.list(field.abbrev, number >> 1)) {
            comma(&mut list.items);
            list.items.extend_from_slice(&item);
            list.count += 1;
        }
        self.item = item;
    }
}

/// Whether the fields of `layer` stand at the top: the first of its protocol after the innermost network layer, or,
/// if there is none, the last before it.
fn is_top(layer: &Layer<'_>) -> bool {
    if layer.is_quoted() {
        return false;
    }
    let packet = layer.packet;
    let others = |range: Range<usize>| {
        packet.parts.slots.get(range).unwrap_or_default().iter().any(|slot| {
            slot.dissector == layer.slot.dissector
                && slot.flags & netdissect_dissectors::packet::Slot::QUOTED == 0
        })
    };
    match innermost_net(&packet) {
        Some(net) if layer.index >= net => !others(net..layer.index),
        _ => !others(layer.index + 1..packet.parts.slots.len()),
    }
}

/// Appends the value in its field's JSON type.
#[inline]
pub(super) fn push_value<'a>(out: &mut Vec<u8>, field: &Field, value: Value<'a>, cap: usize) -> Beside<'a> {
    match value {
        Value::None => out.extend_from_slice(b"true"),
        Value::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Value::Uint(number) if !is_wide(field.kind) => value::decimal(out, number),
        _ => return push_long(out, field, value, cap),
    }
    Beside { hex: None, cut: None }
}

/// The same of a value that is more than a few letters.
fn push_long<'a>(out: &mut Vec<u8>, field: &Field, value: Value<'a>, cap: usize) -> Beside<'a> {
    let mut beside = Beside { hex: None, cut: None };
    match value {
        Value::None | Value::Bool(_) => {}
        Value::Uint(number) => {
            out.push(b'"');
            value::decimal(out, number);
            out.push(b'"');
        }
        Value::Int(number) => {
            let quote: &[u8] = if is_wide(field.kind) { b"\"" } else { b"" };
            out.extend_from_slice(quote);
            value::display(out, format_args!("{number}"));
            out.extend_from_slice(quote);
        }
        Value::Bytes(bytes) => {
            out.push(b'"');
            if field.kind != Kind::Oid || !value::oid(out, bytes) {
                let shown = bytes.get(..cap).unwrap_or(bytes);
                value::plain_hex(out, shown);
                beside.cut = (shown.len() < bytes.len()).then(|| value::len(bytes));
            }
            out.push(b'"');
        }
        Value::Text(text) => {
            let (shown, is_cut) = capped(text, cap);
            let is_plain = push_text(out, shown);
            beside.cut = is_cut.then(|| value::len(text));
            beside.hex = (!is_plain && std::str::from_utf8(shown).is_err()).then_some(shown);
        }
        Value::Ipv4(_) | Value::Ipv6(_) | Value::Mac(_) => {
            out.push(b'"');
            value::row(out, field, value, cap);
            out.push(b'"');
        }
        Value::Time(time) => {
            out.push(b'"');
            value::epoch(out, time, 9);
            out.push(b'"');
        }
        Value::Duration(nanos) => {
            out.push(b'"');
            value::seconds(out, nanos, 9);
            out.push(b'"');
        }
        Value::Float(number) => push_float(out, number),
    }
    beside
}

/// Whether numbers of this kind are decimal strings.
fn is_wide(kind: Kind) -> bool {
    matches!(kind, Kind::Uint(33..) | Kind::Int(33..))
}

impl Visitor for Json {
    fn layer(&mut self, layer: &Layer<'_>) -> bool {
        let has_fields = self.wanted.has(layer);
        self.in_more = !is_top(layer) && (has_fields || !self.is_named) && self.allowance.charge(48);
        if self.in_more {
            self.enter();
            if let Some(level) = self.level() {
                let body = &mut level.body;
                push_key(body, "layer");
                push_text(body, layer.protocol().name.as_bytes());
                if layer.is_quoted() {
                    body.extend_from_slice(b",\"quoted\":true");
                }
            }
        } else if let Some(top) = self.level() {
            top.since = top.filled.len();
        }
        has_fields
    }

    fn end_layer(&mut self) {
        if !self.in_more {
            return;
        }
        self.in_more = false;
        let Some(at) = self.depth.checked_sub(1) else { return };
        self.depth = at;
        comma(&mut self.more);
        self.more.push(b'{');
        if let Some(level) = self.levels.get_mut(at) {
            level.write(&mut self.more, &self.keys);
        }
        self.more.push(b'}');
    }

    fn wants(&self, field: &'static Field) -> bool {
        self.known.get(field).is_some_and(|entry| self.takes(entry))
    }

    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        if let Some(entry) = self.known.get(field).filter(|&entry| self.takes(entry)) {
            self.add(field, entry >> 1, value);
        }
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.open.push(field);
        if field.kind == Kind::Group {
            self.open_group(field);
        } else {
            self.field(field, at, value);
        }
    }

    fn close(&mut self) {
        if let Some(field) = self.open.pop()
            && field.kind == Kind::Group
        {
            self.close_group(field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{frame, probe, registry, with_packet};
    use proptest::prelude::*;
    use serde_json::json;

    fn line(which: Which<'_>, cap: Cap, bytes: &[u8]) -> String {
        let mut json = Json::new(&registry(), which, cap).unwrap();
        let mut out = Vec::new();
        with_packet(frame(bytes), |packet| json.packet(&mut out, packet));
        // A second packet through the same renderer must not see the first.
        let mut again = Vec::new();
        with_packet(frame(bytes), |packet| json.packet(&mut again, packet));
        assert_eq!(out, again);
        String::from_utf8(out).unwrap()
    }

    fn record(which: Which<'_>, bytes: &[u8]) -> serde_json::Value {
        serde_json::from_str(&line(which, Cap::default(), bytes)).unwrap()
    }

    #[test]
    fn a_packet_is_flat_and_holds_its_key_fields() {
        let shown = line(Which::Key, Cap::default(), &probe(1, b"hi"));
        assert!(shown.starts_with("{\"schema\":1,\"kind\":\"packet\",\"frame.time_epoch\":"), "{shown}");
        assert!(shown.ends_with("}\n"));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            json!({
                "schema": 1, "kind": "packet",
                "frame.number": 4, "frame.time_epoch": "1362692526.939527000", "frame.len": 17,
                "frame.protocols": "eth:ethertype:probe",
                "eth.src": "02:00:00:00:00:01", "eth.dst": "02:00:00:00:00:02",
                "probe.text": "hi", "probe.name": ["a\\.b.example", "hi"],
                "probe.big": "18446744073709551615", "probe.small": 7, "probe.yes": true, "probe.flag": true,
                "probe.span": "-0.000002000",
                "probe.records": [{"probe.record.name": "hi"}],
            })
        );
    }

    #[test]
    fn all_fields_in_their_types() {
        let all = record(Which::All, &probe(1, b"hi"));
        assert_eq!(all["probe.flag"], json!(true));
        assert_eq!(all["probe.signed"], json!(-1));
        assert_eq!(all["probe.bytes"], json!("6869"));
        assert_eq!(all["probe.addr"], json!(["192.0.2.1", "198.51.100.1"]));
        assert_eq!(all["probe.time"], json!("0.000000005"));
        assert_eq!(all["probe.rate"], json!(5.5));
        assert_eq!(all["probe.small"], json!(7));
        assert_eq!(all["probe.records"], json!([{"probe.record.name": "hi", "probe.record.part": [1, 2]}]));
    }

    #[test]
    fn named_fields_and_groups() {
        let named = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            record(Which::Named(&names), &probe(1, b"hi"))
        };
        assert_eq!(
            named(&["frame.number", "probe.record.part"]),
            json!({"schema": 1, "kind": "packet", "frame.number": 4,
                   "probe.records": [{"probe.record.part": [1, 2]}]})
        );
        assert_eq!(
            named(&["_ws.col.info", "_ws.col.protocol", "_ws.col.Info"]),
            json!({"schema": 1, "kind": "packet", "_ws.col.info": "hi", "_ws.col.protocol": "Probe"})
        );
        assert_eq!(
            named(&["probe.records"])["probe.records"],
            json!([{"probe.record.name": "hi", "probe.record.part": [1, 2]}])
        );
        let unknown = [String::from("no.such")];
        assert!(Json::new(&registry(), Which::Named(&unknown), Cap::default()).is_err());
    }

    #[test]
    fn the_innermost_layer_is_at_the_top() {
        let tunnel = record(Which::Key, &probe(3, b"\x09\x01inner"));
        assert_eq!(tunnel["probe.text"], "inner");
        assert_eq!(tunnel["probe.small"], 7);
        assert_eq!(tunnel["more"], json!([{"layer": "probe", "probe.small": 9}]));
        let quoted = record(Which::Key, &probe(4, b"\x09\x01inner"));
        assert_eq!(quoted["probe.small"], 9);
        assert_eq!(quoted["more"][0]["quoted"], true);
        assert_eq!(quoted["more"][0]["probe.text"], "inner");
    }

    #[test]
    fn text_that_is_not_utf8_has_a_twin() {
        let odd = record(Which::Key, &probe(1, b"a\\\x9b\x1b"));
        assert_eq!(odd["probe.text"], r"a\\\x9b\x1b");
        assert_eq!(odd["probe.text_hex"], "615c9b1b");
        assert_eq!(odd["probe.name_hex"], json!([null, "615c9b1b"]));
        let sound = record(Which::Key, &probe(1, "\u{202e}\n".as_bytes()));
        assert_eq!(sound["probe.text"], "\u{202e}\n");
        assert_eq!(sound.get("probe.text_hex"), None);
    }

    #[test]
    fn long_values_say_how_long_they_are() {
        let cap = Cap { value: 3, packet: 65_536 };
        let long: serde_json::Value =
            serde_json::from_str(&line(Which::All, cap, &probe(1, b"abcdef"))).unwrap();
        assert_eq!(long["probe.text"], "abc");
        assert_eq!(long["probe.text_cut"], 6);
        assert_eq!(long["probe.bytes"], "616263");
        assert_eq!(long["probe.bytes_cut"], 6);
        assert_eq!(long["probe.name_cut"], json!([12, 6]));
    }

    #[test]
    fn a_packet_stays_within_its_cap() {
        let cap = Cap { value: usize::MAX, packet: 4_096 };
        let shown = line(Which::All, cap, &probe(1, &[0xff; 5_000]));
        assert!(shown.len() <= 4_096, "{}", shown.len());
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["nd.truncated"], true);
    }

    #[test]
    fn faults_are_told() {
        let bad = record(Which::Key, &probe(5, b"x"));
        assert_eq!(bad["nd.faults"], json!([{"layer": "probe", "fault": "malformed: of kind 5"}]));
    }

    proptest! {
        #[test]
        fn any_packet_is_one_json_object(text: Vec<u8>, kind: u8, chars: String) {
            for text in [&text, chars.as_bytes()] {
                for which in [Which::Key, Which::All] {
                    let shown = line(which, Cap::default(), &probe(kind, text));
                    prop_assert_eq!(shown.matches('\n').count(), 1);
                    prop_assert!(!shown.trim_end_matches('\n').chars().any(char::is_control));
                    let value: serde_json::Value = serde_json::from_str(&shown).unwrap();
                    prop_assert!(value.is_object());
                    let keys = shown.matches("\"frame.number\":").count();
                    prop_assert_eq!(keys, 1);
                }
            }
        }
    }
}
