//! The contract between a dissector's declared rows and what it emits, checked for every protocol and every sample;
//! and what mutated samples may not do (`mutated.rs`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
mod json;
mod mutated;
mod prefixes;
mod sample;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use netdissect_dissectors::field::{Field, Kind, Protocol, Value};
use netdissect_dissectors::packet::{Layer, Packet};
use netdissect_dissectors::registry::{LINK_TYPE, Registry};
use netdissect_dissectors::walk::Visitor;

/// Fails with all complaints at once.
#[track_caller]
fn nothing(wrong: impl IntoIterator<Item = String>) {
    let wrong: BTreeSet<String> = wrong.into_iter().collect();
    let text: Vec<&str> = wrong.iter().map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), text.join("\n"));
}

fn protocols(registry: &Registry) -> Vec<&'static Protocol> {
    registry.dissectors().map(|dissector| dissector.protocol()).collect()
}

#[test]
fn protocol_names_are_unique_and_well_formed() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    let mut known = HashSet::new();
    for protocol in protocols(&registry) {
        let name = protocol.name;
        if !known.insert(name) {
            wrong.push(format!("two protocols are called {name}"));
        }
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)) {
            wrong.push(format!("{name:?} is no name for a protocol"));
        }
        if protocol.title.is_empty() || protocol.about.is_empty() {
            wrong.push(format!("{name} does not say what it is"));
        }
    }
    nothing(wrong);
}

#[test]
fn keys_are_unique_and_their_tables_carried() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    let mut owners = BTreeMap::new();
    let mut tables = BTreeMap::from([(LINK_TYPE.name, &raw const LINK_TYPE)]);
    let mut carried = HashSet::from([LINK_TYPE.name]);
    for dissector in registry.dissectors() {
        carried.extend(dissector.carries().iter().map(|table| table.name));
    }
    for dissector in registry.dissectors() {
        let name = dissector.protocol().name;
        for key in dissector.keys() {
            let table = key.table.name;
            if *tables.entry(table).or_insert(&raw const *key.table) != &raw const *key.table {
                wrong.push(format!("two tables are called {table}"));
            }
            if !carried.contains(table) {
                wrong.push(format!("{name} has a key in {table}, which nobody looks into"));
            }
            // This value says: by its looks only.
            if key.value == u32::MAX {
                continue;
            }
            if let Some(other) = owners.insert((table, key.value), name) {
                wrong.push(format!("{table} {} belongs to {other} and to {name}", key.value));
            }
        }
    }
    nothing(wrong);
}

fn is_well_formed(abbrev: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    abbrev.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && abbrev.split('.').all(part)
}

#[test]
fn rows_are_well_formed() {
    let mut wrong = Vec::new();
    for protocol in protocols(&Registry::builtin()) {
        for field in protocol.fields {
            let name = format!("{} of {}", field.abbrev, protocol.name);
            if !is_well_formed(field.abbrev) {
                wrong.push(format!("{name}: no name for a field"));
            }
            if field.label.is_empty() || field.label.contains(|c: char| c.is_control()) {
                wrong.push(format!("{name}: no label"));
            }
            if !field.names.windows(2).all(|pair| pair[0].0 < pair[1].0) {
                wrong.push(format!("{name}: names of values are not ascending"));
            }
            let bits = match field.kind {
                Kind::Uint(bits) => {
                    if ![8, 16, 24, 32, 40, 48, 56, 64].contains(&bits) {
                        wrong.push(format!("{name}: {bits} bits"));
                    }
                    bits
                }
                Kind::Bool => 1,
                _ => 64,
            };
            if field.names.last().is_some_and(|row| bits < 64 && row.0 >> bits != 0) {
                wrong.push(format!("{name}: a value that has a name does not fit into {bits} bits"));
            }
            if field.names.iter().any(|row| row.1.is_empty() || row.1.contains(|c: char| c.is_control())) {
                wrong.push(format!("{name}: an empty or unprintable name of a value"));
            }
        }
    }
    nothing(wrong);
}

#[test]
fn a_name_means_the_same_wherever_it_is_declared() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    let mut known: BTreeMap<&str, (&Field, &str)> = BTreeMap::new();
    for protocol in protocols(&registry) {
        let mut own = HashSet::new();
        for &field in protocol.fields {
            if !own.insert(&raw const *field) {
                wrong.push(format!("{} lists one row of {} twice", protocol.name, field.abbrev));
            }
            let &mut (first, owner) = known.entry(field.abbrev).or_insert((field, protocol.name));
            // Numbers up to 32 bits are one type everywhere; Wireshark, too, has one name for two widths.
            let what = |field: &Field| match field.kind {
                Kind::Uint(bits) if bits <= 32 => format!("Uint, {:?}, many: {}", field.base, field.many),
                kind => format!("{kind:?}, {:?}, many: {}", field.base, field.many),
            };
            if what(first) != what(field) {
                let (name, other) = (field.abbrev, protocol.name);
                wrong.push(format!("{name}: {} in {owner}, {} in {other}", what(first), what(field)));
            }
        }
    }
    nothing(wrong);
}

/// Notes which rows are emitted and what is wrong with how.
struct Watch<'a> {
    packet: Packet<'a>,
    file: &'a str,
    emitted: &'a mut HashSet<*const Field>,
    wrong: &'a mut Vec<String>,
    protocol: Option<&'static Protocol>,
    source_len: usize,
    /// Names that stand already in the layer or in the groups that are open; one set for each.
    scopes: Vec<HashSet<&'static str>>,
    /// Whether what is open is a group.
    open: Vec<bool>,
}

impl<'a> Watch<'a> {
    fn new(
        packet: Packet<'a>,
        file: &'a str,
        emitted: &'a mut HashSet<*const Field>,
        wrong: &'a mut Vec<String>,
    ) -> Self {
        Self { packet, file, emitted, wrong, protocol: None, source_len: 0, scopes: vec![], open: vec![] }
    }

    fn complain(&mut self, field: &Field, what: &str) {
        let frame = self.packet.frame.number;
        let protocol = self.protocol.map_or("?", |protocol| protocol.name);
        // One frame of one file shows what is wrong.
        let line = format!("{} of {protocol}: {what}", field.abbrev);
        if !self.wrong.iter().any(|known| known.starts_with(&line)) {
            self.wrong.push(format!("{line} ({} frame {frame})", self.file));
        }
    }

    fn note(&mut self, field: &'static Field, at: &Range<usize>, value: Value<'_>) {
        self.emitted.insert(&raw const *field);
        let declared = self.protocol.is_some_and(|p| p.fields.iter().any(|&row| std::ptr::eq(row, field)));
        if !declared {
            self.complain(field, "not declared");
        }
        if !fits(field.kind, value) {
            self.complain(field, &format!("{value:?} is no value of kind {:?}", field.kind));
        }
        if at.start > at.end || at.end > self.source_len {
            self.complain(field, "lies outside its source");
        }
        let fresh = self.scopes.last_mut().is_none_or(|scope| scope.insert(field.abbrev));
        if !fresh && !field.many {
            self.complain(field, "stands twice in one layer or group, but is not declared many");
        }
    }
}

impl Visitor for Watch<'_> {
    fn layer(&mut self, layer: &Layer<'_>) -> bool {
        self.protocol = Some(layer.protocol());
        // A layer may go on in another source of the packet.
        let sources = self.packet.parts.sources.iter().map(Vec::len);
        self.source_len = sources.max().unwrap_or(0).max(self.packet.frame.data.len());
        self.scopes = vec![HashSet::new()];
        self.open.clear();
        true
    }

    fn end_layer(&mut self) {
        assert!(self.open.is_empty(), "{:?}: something stays open", self.protocol.map(|p| p.name));
    }

    fn field(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        if field.kind == Kind::Group {
            self.complain(field, "a group that is not opened");
        }
        self.note(field, &at, value);
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.note(field, &at, value);
        let group = field.kind == Kind::Group;
        self.open.push(group);
        if group {
            self.scopes.push(HashSet::new());
        }
    }

    fn close(&mut self) {
        if self.open.pop().expect("nothing is open") {
            self.scopes.pop();
        }
    }
}

fn fits(kind: Kind, value: Value<'_>) -> bool {
    match (kind, value) {
        (Kind::Uint(bits), Value::Uint(value)) => bits >= 64 || value >> bits == 0,
        (Kind::Int(bits), Value::Int(value)) => {
            bits >= 64 || (-(1_i64 << (bits - 1))..1_i64 << (bits - 1)).contains(&value)
        }
        (Kind::Flag | Kind::Group, Value::None)
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Frame, Value::Uint(_))
        | (Kind::Bytes | Kind::Oid, Value::Bytes(_))
        | (Kind::Text | Kind::Name, Value::Text(_))
        | (Kind::Ipv4, Value::Ipv4(_))
        | (Kind::Ipv6, Value::Ipv6(_))
        | (Kind::Mac, Value::Mac(_))
        | (Kind::Time | Kind::Epoch, Value::Time(_))
        | (Kind::Duration, Value::Duration(_))
        | (Kind::Float(_), Value::Float(_)) => true,
        _ => false,
    }
}

/// Every row that some sample shows, and what is wrong with how they were emitted.
fn emitted() -> (HashSet<*const Field>, Vec<String>) {
    let (mut emitted, mut wrong) = (HashSet::new(), Vec::new());
    for sample in sample::all() {
        sample.replay(|packet| {
            packet.walk(&mut Watch::new(*packet, &sample.name, &mut emitted, &mut wrong));
        });
    }
    (emitted, wrong)
}

#[test]
fn what_is_emitted_is_what_is_declared() {
    nothing(emitted().1);
}

/// `unshown.txt`: rows that no sample shows, each with the reason. It is complete, and holds nothing else.
#[test]
fn every_row_is_shown_by_a_sample() {
    let listed: BTreeMap<&str, &str> = include_str!("unshown.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(char::is_whitespace).unwrap_or((line, "")))
        .collect();
    let registry = Registry::builtin();
    let mut done = emitted().0;
    let (mut missing, mut known) = (BTreeSet::new(), BTreeSet::new());
    for protocol in protocols(&registry) {
        for &field in protocol.fields {
            // A row that several protocols list goes by the name of the first.
            if !done.insert(&raw const *field) {
                continue;
            }
            let name = format!("{}:{}", protocol.name, field.abbrev);
            if listed.contains_key(name.as_str()) {
                known.insert(name);
            } else {
                missing.insert(name);
            }
        }
    }
    let mut wrong: Vec<String> =
        missing.into_iter().map(|name| format!("{name} is in no sample and not in unshown.txt")).collect();
    for (name, reason) in listed {
        if !known.contains(name) {
            wrong.push(format!("{name} stands in unshown.txt, but is shown or not declared"));
        }
        if reason.trim().len() < 8 {
            wrong.push(format!("{name} stands in unshown.txt without a reason"));
        }
    }
    nothing(wrong);
}

#[test]
fn the_checks_can_fail() {
    static HIDDEN: Field = Field::u8("probe.hidden", "hidden");
    let sample = sample::all().into_iter().find(|sample| sample.name == "arp.pcap").unwrap();
    let (mut emitted, mut wrong) = (HashSet::new(), Vec::new());
    sample.replay(|packet| {
        let mut watch = Watch::new(*packet, "arp.pcap", &mut emitted, &mut wrong);
        watch.layer(&packet.layer(0).unwrap());
        watch.field(&HIDDEN, 0..1, Value::Uint(256));
        watch.field(&HIDDEN, 0..9999, Value::Uint(0));
        watch.end_layer();
    });
    let said = wrong.join("\n");
    for text in ["not declared", "is no value of kind", "outside its source", "stands twice"] {
        assert!(said.contains(text), "{text} is not in {said}");
    }
    assert!(!is_well_formed("Ip.src") && !is_well_formed("ip..src") && !is_well_formed("ip.s rc"));
}
