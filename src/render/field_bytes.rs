//! The bytes of named fields: `-x -e FIELD`.

use std::ops::Range;

use netdissect_dissectors::{Field, Kind, Layer, Packet, Registry, Value, Visitor};

use super::Cap;
use super::hex::dump_from;
use super::select::{Selection, UnknownField};
use super::value;

/// Writes each occurrence of the fields with its value and a dump of the bytes that it was read from.
#[derive(Clone, Debug)]
pub struct FieldBytes {
    selection: Selection,
    cap: Cap,
}

impl FieldBytes {
    /// For fields of these names.
    ///
    /// # Errors
    /// A name that no field has.
    pub fn new<S: AsRef<str>>(registry: &Registry, names: &[S], cap: Cap) -> Result<Self, UnknownField> {
        for name in names.iter().map(AsRef::as_ref) {
            registry.field(name).ok_or_else(|| UnknownField::new(registry, name))?;
        }
        let position = |field: &'static Field| names.iter().position(|name| name.as_ref() == field.abbrev);
        let selection = Selection::new(registry, |field| u32::try_from(position(field)?).ok());
        Ok(Self { selection, cap })
    }

    /// The fields of one packet, then an empty line.
    pub fn packet(&self, out: &mut Vec<u8>, packet: &Packet<'_>) {
        let room = self.cap.packet.saturating_sub(256);
        let end = out.len().saturating_add(room);
        packet.walk(&mut Picker { fields: self, packet, source: 0, end, out });
        out.push(b'\n');
    }
}

/// Writes the fields that were asked for as they pass.
struct Picker<'a, 'p> {
    fields: &'a FieldBytes,
    packet: &'a Packet<'p>,
    /// The source that positions in the present layer count in.
    source: u8,
    out: &'a mut Vec<u8>,
    /// Where the packet's allowance of output ends.
    end: usize,
}

impl Picker<'_, '_> {
    fn take(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        if self.fields.selection.get(field).is_none() || self.out.len() >= self.end {
            return;
        }
        self.out.extend_from_slice(field.abbrev.as_bytes());
        if !matches!(field.kind, Kind::Group | Kind::Flag | Kind::Bytes) {
            self.out.extend_from_slice(b"  ");
            value::human(self.out, field, value, self.fields.cap.value);
        }
        // A text may lie in a source of its own; its bytes are at hand.
        let bytes = match value {
            Value::Bytes(bytes) | Value::Text(bytes) if bytes.len() == at.len() => bytes,
            _ => {
                self.packet.parts.source(&self.packet.frame, self.source).get(at.clone()).unwrap_or_default()
            }
        };
        if bytes.is_empty() {
            self.out.extend_from_slice(b"  (computed)\n");
            return;
        }
        self.out.push(b'\n');
        let room = self.end.saturating_sub(self.out.len()) / 4;
        let shown = bytes.get(..room).unwrap_or(bytes);
        dump_from(self.out, at.start, shown);
        if shown.len() < bytes.len() {
            let more = bytes.len() - shown.len();
            value::display(self.out, format_args!("! {more} more bytes are left out\n"));
        }
    }
}

impl Visitor for Picker<'_, '_> {
    fn layer(&mut self, layer: &Layer<'_>) -> bool {
        self.source = layer.slot.source;
        self.fields.selection.has(layer)
    }

    fn wants(&self, field: &'static Field) -> bool {
        self.fields.selection.get(field).is_some()
    }

    fn field(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.take(field, at, value);
    }

    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) {
        self.take(field, at, value);
    }

    fn close(&mut self) {}
}
