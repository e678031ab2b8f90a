//! Row D14 of docs/faults.md: what is shown of a frame that was cut is what is shown of the whole frame, as far as it goes.

use std::ops::Range;

use netdissect_dissectors::dissector::FlowState;
use netdissect_dissectors::field::{Field, Value};
use netdissect_dissectors::frame::Frame;
use netdissect_dissectors::packet::{Dissection, Layer, Packet};
use netdissect_dissectors::registry::{Feed, Registry, Stop};
use netdissect_dissectors::walk::Visitor;

use super::sample;

/// What a cut makes of fields behind it: bytes that cannot be told apart without the rest.
const INSTEAD: [(&str, &str); 5] = [
    ("http.file_data", "a first line that is cut is none"),
    ("http.request.full_uri", "it is made up of the head, where that ends"),
    ("icmp.ext.data", "an object that is cut is bytes"),
    ("eth.padding", "how long a jumbogram is stands in an option"),
    ("eth.trailer", "how long a jumbogram is stands in an option"),
];

/// A value that outlives its packet.
#[derive(Clone, Debug, PartialEq)]
enum Held {
    Bytes(Vec<u8>),
    Other(String),
}

/// Fields of one layer in wire order.
#[derive(Debug)]
struct Seen {
    protocol: &'static str,
    fields: Vec<(&'static str, Held)>,
}

#[derive(Default)]
struct Layers(Vec<Seen>);

impl Visitor for Layers {
    fn layer(&mut self, layer: &Layer<'_>) -> bool {
        self.0.push(Seen { protocol: layer.protocol().name, fields: Vec::new() });
        true
    }

    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        // A sum over all bytes, or over how many there are, says nothing of the first of them.
        if field.abbrev.contains("checksum") || field.abbrev.contains("cksum") {
            return;
        }
        let held = match value {
            Value::Bytes(bytes) | Value::Text(bytes) => Held::Bytes(bytes.to_vec()),
            other => Held::Other(format!("{other:?}")),
        };
        if let Some(layer) = self.0.last_mut() {
            layer.fields.push((field.abbrev, held));
        }
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.field(field, at, value);
    }

    fn close(&mut self) {}
}

/// The layers of a frame as it is by itself, a datagram read by its ports.
fn layers(registry: &Registry, frame: &Frame<'_>) -> Vec<Seen> {
    let mut parts = Dissection::default();
    if let Stop::Datagram { src, dst, span } = registry.dissect(frame, &mut parts) {
        let data = parts.source(frame, span.source).get(span.offset..span.end).unwrap_or_default();
        if let Some(reader) = registry.by_ports(&parts, (src, dst), None, data, None) {
            let mut state = FlowState::default();
            let feed = Feed { stream: None, from_client: true, against: false, state: &mut state };
            let _ = registry.datagram(frame, &mut parts, reader, span, feed);
        }
    }
    let mut layers = Layers::default();
    Packet { frame: *frame, parts: &parts, registry }.walk(&mut layers);
    layers.0
}

/// Where the cut frame says something else, if it does. The layer that the cut goes through may say less.
fn difference(cut: &[Seen], whole: &[Seen]) -> Option<String> {
    let last = cut.len().saturating_sub(1);
    // Pieces of datagrams are not looked into where they are whole, so that there may be fewer layers.
    for (cut, whole) in cut.iter().take(last).zip(whole).skip(1) {
        let told = cut.fields.iter().take_while(|(name, _)| INSTEAD.iter().all(|row| row.0 != *name));
        if cut.protocol != whole.protocol {
            return Some(format!("{} instead of {}", cut.protocol, whole.protocol));
        }
        let count = told.clone().count();
        for ((name, value), (known, full)) in told.zip(&whole.fields) {
            let agrees = match (value, full) {
                (Held::Bytes(value), Held::Bytes(full)) => full.starts_with(value),
                _ => value == full,
            };
            if name != known || !agrees {
                return Some(format!("{name} {value:?} instead of {known} {full:?}"));
            }
        }
        if count > whole.fields.len() {
            return Some(format!("{} has more fields", cut.protocol));
        }
    }
    None
}

#[test]
fn what_is_shown_of_a_cut_frame_is_a_prefix_of_the_whole() {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    for sample in sample::all() {
        for (at, kept) in sample.frames.iter().enumerate() {
            let whole = layers(&registry, &kept.lend(1, &kept.data));
            let length = kept.data.len();
            for len in (0..length.min(160)).chain((160..length.min(1_024)).step_by(29)) {
                let cut = layers(&registry, &kept.lend(1, &kept.data[..len]));
                if let Some(what) = difference(&cut, &whole) {
                    wrong.push(format!("{} frame {} cut to {len} of {length}: {what}", sample.name, at + 1));
                    break;
                }
            }
        }
    }
    super::nothing(wrong);
}
