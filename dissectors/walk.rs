//! The walk over a layer's fields, and the visitor that it feeds.

use alloc::string::String;
use core::fmt::{self, Write as _};
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use crate::bytes;
use crate::facts::{Facts, Link};
use crate::field::{Field, Kind, Value};
use crate::frame::{Frame, Timestamp};
use crate::packet::Layer;

/// Receives the fields of a packet in wire order. Tree, JSON, rows and filters are visitors.
pub trait Visitor {
    /// A layer begins; false skips its fields.
    fn layer(&mut self, _layer: &Layer<'_>) -> bool {
        true
    }
    /// The layer ends.
    fn end_layer(&mut self) {}
    /// Whether a *costly* value is worth computing.
    fn wants(&self, _field: &'static Field) -> bool {
        true
    }
    /// A field with its place in the layer's source, in bytes.
    fn field(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>);
    /// A field whose parts follow until [`Visitor::close`].
    fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>);
    /// The parts of the field opened last are complete.
    fn close(&mut self);
}

/// What is left of a packet's allowance: hostile bytes must not turn into unbounded output.
#[derive(Debug)]
pub struct Budget {
    fields: u32,
    text: u32,
    /// Where texts are made up.
    buffer: String,
}

/// Fields that one packet may emit.
pub const MAX_FIELDS: u32 = 4_096;
/// Bytes of formatted text that one packet may emit.
pub const MAX_TEXT: u32 = 65_536;

/// Bytes of one value that are shown.
pub const MAX_VALUE: usize = 4_096;

impl Default for Budget {
    fn default() -> Self {
        Self { fields: MAX_FIELDS, text: MAX_TEXT, buffer: String::new() }
    }
}

/// Emits the fields of one layer. Positions are bytes from the start of the layer; a read beyond the captured
/// bytes emits nothing and answers `None`, so that `?` ends the walk there.
pub struct Walk<'a, 'v> {
    layer: Layer<'a>,
    data: &'a [u8],
    /// Length of the source of the layer: no field lies beyond it, whatever its own length says.
    end: usize,
    visitor: &'v mut dyn Visitor,
    budget: &'v mut Budget,
    open: u32,
}

impl fmt::Debug for Walk<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("layer", &self.layer).field("open", &self.open).finish_non_exhaustive()
    }
}

macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident: $type:ty = $read:expr, $len:literal;)*) => {$(
        $(#[$meta])*
        pub fn $name(&mut self, field: &'static Field, at: usize) -> Option<$type> {
            let value: $type = $read(self.data, at)?;
            self.emit(field, at..at.saturating_add($len), Value::Uint(value.into()))?;
            Some(value)
        }
    )*};
}

impl<'a, 'v> Walk<'a, 'v> {
    pub(crate) fn new(layer: Layer<'a>, visitor: &'v mut dyn Visitor, budget: &'v mut Budget) -> Self {
        let end = layer.source(layer.slot.source).len();
        Self { layer, data: layer.data(), end, visitor, budget, open: 0 }
    }

    pub(crate) fn finish(&mut self) {
        while self.open > 0 {
            self.close();
        }
    }

    /// Captured bytes of the layer, payload included.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The layer.
    #[must_use]
    pub fn layer(&self) -> Layer<'a> {
        self.layer
    }

    /// The frame.
    #[must_use]
    pub fn frame(&self) -> &Frame<'a> {
        &self.layer.packet.frame
    }

    /// What the pipeline knows of the packet.
    #[must_use]
    pub fn facts(&self) -> &'a Facts {
        &self.layer.packet.parts.facts
    }

    /// The number that [`crate::Dissector::dissect`] left.
    #[must_use]
    pub fn memo(&self) -> u32 {
        self.layer.slot.memo
    }

    /// Ties of this layer to earlier frames.
    pub fn links(&self) -> impl Iterator<Item = Link> + 'a {
        let number = self.layer.number();
        self.facts().links.iter().filter(move |row| row.slot == number).map(|row| row.link)
    }

    /// Goes on with the bytes of `source` (a head kept from earlier segments); positions then count from its
    /// start.
    pub fn switch_source(&mut self, source: u8) {
        self.data = self.layer.source(source);
        self.end = self.data.len();
        self.layer.slot.source = source;
        self.layer.slot.offset = 0;
    }

    /// Hands the bytes of `source` to `read`, as [`Walk::switch_source`] would; then goes on where it was.
    pub fn within_source<R>(&mut self, source: u8, read: impl FnOnce(&mut Self) -> R) -> R {
        let (layer, data, end) = (self.layer, self.data, self.end);
        self.switch_source(source);
        let done = read(self);
        (self.layer, self.data, self.end) = (layer, data, end);
        done
    }

    /// Goes on with `len` bytes from the start of the layer, which may reach beyond what it handed on: for what
    /// a protocol puts behind its payload.
    pub fn extend(&mut self, len: usize) {
        let source = self.layer.source(self.layer.slot.source);
        let from = source.get(self.layer.slot.offset as usize..).unwrap_or_default();
        self.data = from.get(..len).unwrap_or(from);
    }

    /// Nothing that `read` asks for is found at `end` or behind it: the value of an element ends with the element,
    /// whatever follows in the layer.
    pub fn until<R>(&mut self, end: usize, read: impl FnOnce(&mut Self) -> R) -> R {
        let data = self.data;
        self.data = data.get(..end).unwrap_or(data);
        let done = read(self);
        self.data = data;
        done
    }

    /// Whether anyone looks at `field`; only to guard costly values.
    #[must_use]
    pub fn wants(&self, field: &'static Field) -> bool {
        self.visitor.wants(field)
    }

    /// Whether the packet's allowance still holds `fields` fields and `text` bytes of text: a list that may be
    /// long asks before each row, so that it can say how many it leaves out.
    #[must_use]
    pub fn room(&self, fields: u32, text: usize) -> bool {
        self.budget.fields >= fields && self.budget.text as usize >= text
    }

    /// Bytes of text that the packet may still emit.
    #[must_use]
    pub fn text_left(&self) -> usize {
        usize::try_from(self.budget.text).unwrap_or(usize::MAX)
    }

    /// Where bytes of the layer lie in its source, as far as they were captured.
    fn place(&self, at: Range<usize>) -> Range<usize> {
        let base = self.layer.slot.offset as usize;
        at.start.saturating_add(base).min(self.end)..at.end.saturating_add(base).min(self.end)
    }

    /// Emits `value`. `None` if the packet's allowance is used up.
    pub fn emit(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) -> Option<()> {
        self.charge(&value)?;
        self.visitor.field(field, self.place(at), value);
        Some(())
    }

    /// Emits how long after `earlier` this frame passed; nothing if the capture has no time of one of the two.
    pub fn since(&mut self, field: &'static Field, earlier: Timestamp) -> Option<()> {
        match self.frame().time.since(earlier) {
            Some(nanos) => self.emit(field, 0..0, Value::Duration(nanos)),
            None => Some(()),
        }
    }

    /// Emits `value` as the head of the fields that follow until [`Walk::close`].
    pub fn open(&mut self, field: &'static Field, at: Range<usize>, value: Value<'_>) -> Option<()> {
        self.charge(&value)?;
        self.visitor.open(field, self.place(at), value);
        self.open = self.open.saturating_add(1);
        Some(())
    }

    /// Ends the field opened last.
    pub fn close(&mut self) {
        if let Some(open) = self.open.checked_sub(1) {
            self.open = open;
            self.visitor.close();
        }
    }

    /// Fields that are open.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.open
    }

    fn charge(&mut self, value: &Value<'_>) -> Option<()> {
        self.budget.fields = self.budget.fields.checked_sub(1)?;
        if let Value::Text(text) = value {
            // No output shows more of one value.
            let len = text.len().min(MAX_VALUE);
            self.budget.text = self.budget.text.checked_sub(u32::try_from(len).ok()?)?;
        }
        Some(())
    }

    numbers! {
        /// One byte at `at`.
        u8: u8 = bytes::u8_at, 1;
        /// Two bytes at `at`, big-endian.
        u16: u16 = bytes::u16_at, 2;
        /// Three bytes at `at`, big-endian.
        u24: u32 = bytes::u24_at, 3;
        /// Four bytes at `at`, big-endian.
        u32: u32 = bytes::u32_at, 4;
        /// Eight bytes at `at`, big-endian.
        u64: u64 = bytes::u64_at, 8;
    }

    /// A number that is not simply bytes at a place: bits, little-endian, computed.
    pub fn uint(&mut self, field: &'static Field, at: Range<usize>, value: impl Into<u64>) -> Option<()> {
        self.emit(field, at, Value::Uint(value.into()))
    }

    /// The parts of a number: for each row the bits of `value` under its mask, as truth or as a number, by the
    /// row's kind.
    pub fn bits(
        &mut self,
        rows: &[(&'static Field, u64)],
        at: Range<usize>,
        value: impl Into<u64>,
    ) -> Option<()> {
        let value = value.into();
        for &(field, mask) in rows {
            let bits = value & mask;
            let part = match field.kind {
                Kind::Bool => Value::Bool(bits != 0),
                _ => Value::Uint(bits.checked_shr(mask.trailing_zeros()).unwrap_or_default()),
            };
            self.emit(field, at.clone(), part)?;
        }
        Some(())
    }

    /// One bit or condition.
    pub fn bool(&mut self, field: &'static Field, at: Range<usize>, value: bool) -> Option<()> {
        self.emit(field, at, Value::Bool(value))
    }

    /// A field without a value.
    pub fn flag(&mut self, field: &'static Field, at: Range<usize>) -> Option<()> {
        self.emit(field, at, Value::None)
    }

    /// `len` bytes at `at`, all of which must be there.
    pub fn bytes(&mut self, field: &'static Field, at: usize, len: usize) -> Option<&'a [u8]> {
        let value = bytes::slice(self.data, at, len)?;
        self.emit(field, at..at.saturating_add(len), Value::Bytes(value))?;
        Some(value)
    }

    /// `len` bytes of text at `at`, all of which must be there.
    pub fn text(&mut self, field: &'static Field, at: usize, len: usize) -> Option<&'a [u8]> {
        let value = bytes::slice(self.data, at, len)?;
        self.emit(field, at..at.saturating_add(len), Value::Text(value))?;
        Some(value)
    }

    /// Text made up from the bytes in `at`, such as an uncompressed domain name; only if anyone looks at it.
    pub fn format(
        &mut self,
        field: &'static Field,
        at: Range<usize>,
        text: fmt::Arguments<'_>,
    ) -> Option<()> {
        if !self.wants(field) {
            return self.charge(&Value::None);
        }
        let mut buffer = core::mem::take(&mut self.budget.buffer);
        buffer.clear();
        // Writing to a String fails only if a Display does, and then what was written is the text.
        let _ = buffer.write_fmt(text);
        let done = self.emit(field, at, Value::Text(buffer.as_bytes()));
        self.budget.buffer = buffer;
        done
    }

    /// An IPv4 address at `at`.
    pub fn ipv4(&mut self, field: &'static Field, at: usize) -> Option<Ipv4Addr> {
        let value = Ipv4Addr::from(bytes::chunk::<4>(self.data, at)?);
        self.emit(field, at..at.saturating_add(4), Value::Ipv4(value))?;
        Some(value)
    }

    /// An IPv6 address at `at`.
    pub fn ipv6(&mut self, field: &'static Field, at: usize) -> Option<Ipv6Addr> {
        let value = Ipv6Addr::from(bytes::chunk::<16>(self.data, at)?);
        self.emit(field, at..at.saturating_add(16), Value::Ipv6(value))?;
        Some(value)
    }

    /// A link-layer address at `at`.
    pub fn mac(&mut self, field: &'static Field, at: usize) -> Option<[u8; 6]> {
        let value = bytes::chunk::<6>(self.data, at)?;
        self.emit(field, at..at.saturating_add(6), Value::Mac(value))?;
        Some(value)
    }
}
