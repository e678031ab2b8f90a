//! Every way to show a packet or a flow, and what must be true of what is shown.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::{ControlFlow, Range};

use netdissect::expert::Findings;
use netdissect::flow::table::Flow;
use netdissect::pipeline::{Sink, Totals};
use netdissect::render::findings::{FindingsView, record};
use netdissect::render::flows::FlowTableView;
use netdissect::render::hex::Hex;
use netdissect::render::json::{Json, Which};
use netdissect::render::line::{Line, TimeFormat};
use netdissect::render::notes::Notes;
use netdissect::render::plot::Plot;
use netdissect::render::rows::{Layout, Rows};
use netdissect::render::timeline::Timeline;
use netdissect::render::tree::Tree;
use netdissect::render::{Cap, Screen, records};
use netdissect_dissectors::field::{Base, Field, Kind, Value};
use netdissect_dissectors::frame::{Comments, Frame, LinkType, Origin, Timestamp};
use netdissect_dissectors::packet::{Dissection, Layer, Packet, Slot};
use netdissect_dissectors::registry::{MAX_LAYERS, Registry};
use netdissect_dissectors::walk::{MAX_FIELDS, Visitor};

use super::registry;

/// The most that one packet may fill of any output, in bytes: 64 KiB and the line around it.
const MAX_OUTPUT: usize = 80 << 10;

/// Panics if `text` holds anything that no output may hold raw (docs/faults.md, section 1).
#[track_caller]
pub(crate) fn clean(what: &str, text: &[u8], tabs: bool) {
    let text = std::str::from_utf8(text).unwrap_or_else(|_| panic!("{what} is not UTF-8"));
    let bad = |c: char| match c {
        '\n' => false,
        '\t' => !tabs,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => false,
    };
    if let Some(at) = text.find(bad) {
        panic!("{what} holds {:?} at {at}", text[at..].chars().next().unwrap_or_default());
    }
}

#[track_caller]
fn one_line(what: &str, out: &[u8]) {
    assert!(
        out.ends_with(b"\n") && out.iter().filter(|&&byte| byte == b'\n').count() == 1,
        "{what} is not one line"
    );
    assert!(out.len() <= MAX_OUTPUT, "{what} has {} bytes", out.len());
}

/// All renderers, made once for each thread: a table of all fields takes its time.
struct Renderers {
    names: Vec<&'static str>,
    kinds: BTreeMap<&'static str, &'static Field>,
    /// Names that several protocols declare.
    shared: BTreeSet<&'static str>,
    line: Line,
    tree: Tree,
    narrow: Tree,
    key: Json,
    all: Json,
    capped: Json,
    tsv: Rows,
    csv: Rows,
    few: Rows,
    hex: Hex,
}

const FEW: [&str; 5] =
    ["frame.number", "frame.protocols", "_ws.col.protocol", "_ws.col.info", "frame.comment"];

impl Renderers {
    fn new() -> Self {
        let registry = registry();
        let mut names: Vec<&str> =
            registry.fields().filter(|field| field.kind != Kind::Group).map(|field| field.abbrev).collect();
        names.sort_unstable();
        let shared = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        names.dedup();
        Self {
            shared,
            line: Line::new(Screen::PIPE, TimeFormat::Relative, 6, false),
            tree: Tree::new(Screen::PIPE),
            narrow: Tree::new(Screen { width: Some(40), ..Screen::PIPE }),
            key: Json::new(registry, Which::Key, Cap::default()).unwrap(),
            all: Json::new(registry, Which::All, Cap::NONE).unwrap(),
            capped: Json::new(registry, Which::All, Cap::default()).unwrap(),
            tsv: Rows::new(registry, &names, Layout::tsv(), Cap::NONE).unwrap(),
            csv: Rows::new(registry, &names, Layout::csv(), Cap::default()).unwrap(),
            few: Rows::new(registry, &FEW, Layout::csv(), Cap::default()).unwrap(),
            hex: Hex::new(Cap::default()),
            kinds: registry.fields().map(|field| (field.abbrev, field)).collect(),
            names,
        }
    }
}

thread_local! {
    static RENDERERS: RefCell<Renderers> = RefCell::new(Renderers::new());
}

/// Shows `packet` in every way, and compares what they say.
pub(crate) fn packet(packet: &Packet<'_>) {
    bounds(packet);
    RENDERERS.with_borrow_mut(|all| {
        let out = &mut Vec::new();
        all.line.packet(out, packet);
        clean("the list", out, false);
        one_line("the list", out);
        let line = fresh(out);
        for tree in [&mut all.tree, &mut all.narrow] {
            out.clear();
            tree.packet(out, packet);
            clean("the tree", out, false);
            assert!(out.len() <= 4 * MAX_OUTPUT, "the tree has {} bytes", out.len());
        }
        out.clear();
        all.hex.packet(out, packet);
        clean("the dump", out, false);
        for json in [&mut all.key, &mut all.capped] {
            out.clear();
            json.packet(out, packet);
            clean("JSON", out, false);
            one_line("JSON", out);
            serde_json::from_slice::<serde_json::Value>(out).expect("JSON that parses");
        }
        out.clear();
        all.csv.packet(out, packet);
        clean("CSV", out, false);
        one_line("CSV", out);
        assert_eq!(cells(out).len(), all.names.len(), "cells of a row");
        out.clear();
        all.few.packet(out, packet);
        let few = cells(out);
        assert_eq!(few.len(), FEW.len(), "cells of a row");
        // The list may leave the end of a long text out.
        let info = few[3].strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
        let start: String = info.unwrap_or(&few[3]).chars().take(20).collect();
        assert!(line.contains(start.trim_end()), "the list has not {start:?}: {line}");
        agree(all, packet);
    });
}

fn fresh(out: &[u8]) -> String {
    String::from_utf8(out.to_vec()).expect("UTF-8")
}

fn cells(row: &[u8]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row);
    let mut rows = reader.records();
    let first = rows.next().expect("a row").expect("a row that parses");
    assert!(rows.next().is_none(), "one packet is one row");
    first.iter().map(str::to_owned).collect()
}

/// JSON and tab-separated rows hold the same values of the same fields, as often.
fn agree(all: &mut Renderers, packet: &Packet<'_>) {
    let (mut json, mut tsv) = (Vec::new(), Vec::new());
    all.all.packet(&mut json, packet);
    all.tsv.packet(&mut tsv, packet);
    clean("TSV", &tsv, true);
    let record: serde_json::Value = serde_json::from_slice(&json).expect("JSON that parses");
    let mut values: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    gather(&record, &mut values);
    let row = String::from_utf8(tsv).expect("UTF-8");
    let cells: Vec<&str> = row.trim_end_matches('\n').split('\t').collect();
    assert_eq!(cells.len(), all.names.len(), "cells of a row");
    for (name, cell) in all.names.iter().zip(cells) {
        let field = all.kinds[name];
        let comparable = match field.kind {
            Kind::Ipv4 | Kind::Ipv6 | Kind::Mac | Kind::Frame => true,
            Kind::Uint(bits) => bits <= 32 && field.base == Base::Dec,
            _ => false,
        };
        let there = values.get(name);
        if !comparable {
            // A value that is empty as text is `true` or an empty text in JSON.
            assert!(cell.is_empty() || there.is_some(), "{name} is {cell:?} in TSV and not in JSON");
            continue;
        }
        let mut cell: Vec<String> = cell.split(',').filter(|v| !v.is_empty()).map(str::to_owned).collect();
        let mut there = there.cloned().unwrap_or_default();
        cell.sort_unstable();
        there.sort_unstable();
        if all.shared.contains(name) {
            // Two layers of a flat record may have it; one of them tells.
            there.retain(|value| !cell.contains(value));
            assert!(there.is_empty(), "{name} in JSON: {there:?}; in TSV: {cell:?}");
        } else {
            assert_eq!(cell, there, "{name} in TSV and in JSON");
        }
    }
}

/// The scalars under each key, however deep. Nothing is nested deeper than the renderer's own groups.
fn gather<'j>(top: &'j serde_json::Value, values: &mut BTreeMap<&'j str, Vec<String>>) {
    let mut waiting = vec![("", top)];
    while let Some((key, value)) = waiting.pop() {
        match value {
            serde_json::Value::Object(object) => {
                // What repeats though it may not stands under a key of its own.
                let name = |key: &'j str| key.strip_suffix("_again").unwrap_or(key);
                waiting.extend(object.iter().map(|(key, value)| (name(key), value)));
            }
            serde_json::Value::Array(array) => waiting.extend(array.iter().map(|value| (key, value))),
            serde_json::Value::String(text) => values.entry(key).or_default().push(text.clone()),
            scalar => values.entry(key).or_default().push(scalar.to_string()),
        }
    }
}

/// Counts fields, and looks where they lie.
struct Watch {
    longest: usize,
    fields: u32,
    depth: u32,
}

impl Watch {
    fn note(&mut self, field: &Field, at: &Range<usize>) {
        self.fields += 1;
        assert!(
            at.start <= at.end && at.end <= self.longest,
            "{} lies at {at:?} of {} bytes",
            field.abbrev,
            self.longest
        );
    }
}

impl Visitor for Watch {
    fn end_layer(&mut self) {
        assert_eq!(self.depth, 0, "groups that stay open");
    }

    fn field(&mut self, field: &'static Field, at: Range<usize>, _value: Value<'_>) {
        self.note(field, &at);
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, _value: Value<'_>) {
        self.depth += 1;
        self.note(field, &at);
    }

    fn close(&mut self) {
        self.depth -= 1;
    }
}

/// What one packet may come to (docs/faults.md, section 4).
fn bounds(packet: &Packet<'_>) {
    let sources = packet.parts.sources.iter().map(Vec::len);
    let longest = sources.chain([packet.frame.data.len()]).max().unwrap_or_default();
    let mut watch = Watch { longest, fields: 0, depth: 0 };
    packet.walk(&mut watch);
    assert!(watch.fields <= MAX_FIELDS, "{} fields", watch.fields);
    let own = |layer: &Layer<'_>| layer.slot.flags & Slot::FURTHER == 0;
    let layers = packet.layers().filter(own).count();
    // The frame is one more, and bytes that nobody takes apart another; messages of a stream follow each other.
    let streams = packet.parts.facts.tcp.len();
    assert!(streams > 0 || layers <= usize::from(MAX_LAYERS) + 2, "{layers} layers");
    for layer in packet.layers() {
        let source = match layer.slot.source {
            0 => packet.frame.data.len(),
            number => packet.parts.sources.get(usize::from(number) - 1).map_or(0, Vec::len),
        };
        assert!(layer.slot.offset as usize <= source, "{} begins outside", layer.protocol().name);
    }
}

/// Shows everything that there is to say of a flow.
pub(crate) fn flow(flow: &Flow, registry: &Registry) {
    let out = &mut Vec::new();
    Timeline::new(Screen::PIPE, true).flow(out, flow, registry);
    Plot::new(Screen::PIPE).flow(out, flow);
    let mut table = FlowTableView::new(Screen::PIPE);
    table.flow(out, flow);
    table.finish(out, &Totals::default());
    let mut findings = Findings::default();
    findings.flow(flow);
    let report = findings.finish();
    FindingsView::new(Screen::PIPE, flow.tcp.times().0).all(out, &report, &Totals::default());
    clean("what is said of a flow", out, false);
    out.clear();
    let mut notes = Notes::new(flow);
    for row in &flow.kept.rows {
        records::row(out, flow, row, &notes.next_row());
    }
    for finding in &report.findings {
        record(out, finding);
    }
    records::flow(out, flow, registry);
    clean("the record of a flow", out, false);
    for line in out.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        serde_json::from_slice::<serde_json::Value>(line).expect("JSON that parses");
    }
}

/// A sink that shows everything and counts.
#[derive(Debug, Default)]
pub(crate) struct Viewer {
    pub(crate) packets: u64,
    pub(crate) flows: u64,
    pub(crate) totals: Option<Totals>,
}

impl Sink for Viewer {
    fn packet(&mut self, seen: &Packet<'_>) -> io::Result<ControlFlow<()>> {
        self.packets += 1;
        packet(seen);
        Ok(ControlFlow::Continue(()))
    }

    fn flow(&mut self, seen: Flow, registry: &Registry) -> io::Result<()> {
        self.flows += 1;
        flow(&seen, registry);
        Ok(())
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        self.totals = Some(totals.clone());
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn shown(&self) -> u64 {
        self.packets
    }
}

/// JSON gives the bytes of a comment back, whatever they are, and CSV its text in one cell.
pub(crate) fn comments_read_back(bytes: &[u8], places: &[(u32, u32)]) {
    let origin = Origin { comments: Comments::new(bytes, places), ..Origin::default() };
    let frame = Frame {
        number: 1,
        time: Timestamp::default(),
        link: LinkType::RAW,
        wire_len: 0,
        data: &[],
        origin: Some(origin),
    };
    let mut parts = Dissection::default();
    let _ = registry().dissect(&frame, &mut parts);
    let packet = Packet { frame, parts: &parts, registry: registry() };
    RENDERERS.with_borrow_mut(|all| {
        let mut out = Vec::new();
        all.all.packet(&mut out, &packet);
        let record: serde_json::Value = serde_json::from_slice(&out).expect("JSON that parses");
        let told = record["frame.comment"].as_array().cloned().unwrap_or_default();
        for (comment, told) in frame.origin.iter().flat_map(|origin| origin.comments).zip(&told) {
            if let Ok(text) = std::str::from_utf8(comment) {
                assert_eq!(told.as_str(), Some(text), "a comment in JSON");
            }
        }
    });
}
