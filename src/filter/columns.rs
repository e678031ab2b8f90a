//! The values of the fields that an expression names, for the packet at hand: read when they are asked for, and from
//! no other layers than those that can have them. The memory is reused from packet to packet.

use std::ops::Range;

use netdissect_dissectors::field::{Field, Kind, Value};
use netdissect_dissectors::packet::{Layer, Packet};
use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::walk::{Budget, Visitor};

use super::shortcut::{Shortcut, shortcut};
use super::types::Datum;
use crate::render::select::Selection;

/// Bytes of values that lie in no source of the packet, such as names put together from several places. What a packet may have of them
/// is bounded by the walk already; this is the bound for values that one protocol makes up whole.
const MAX_COPIES: usize = 1 << 20;

/// A value as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    /// Present, without a value.
    None,
    /// See [`Datum::Number`].
    Number(i128),
    /// See [`Datum::Float`].
    Float(f64),
    /// An address.
    Short([u8; 16], u8),
    /// Bytes of a source of the packet.
    Place { source: u8, range: (u32, u32) },
    /// Bytes of which [`Columns`] holds a copy.
    Copy(u32, u32),
}

impl Cell {
    /// Up to 16 bytes.
    pub(super) fn short(bytes: &[u8]) -> Option<Self> {
        let mut short = [0; 16];
        short.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self::Short(short, u8::try_from(bytes.len()).ok()?))
    }
}

/// One name of fields and its values in this packet.
#[derive(Debug)]
struct Column {
    name: &'static str,
    /// Numbers of the dissectors that have such a field.
    dissectors: Vec<u16>,
    shortcut: Option<Shortcut>,
    /// Values, and in which layer of its protocol each was, from 1.
    cells: Vec<(Cell, u8)>,
    is_filled: bool,
}

/// The columns of an expression.
#[derive(Debug, Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    /// Protocols that are named themselves.
    protocols: Vec<&'static str>,
    selection: Selection,
    /// Dissectors whose layers were walked for this packet.
    walked: Vec<u16>,
    copies: Vec<u8>,
    budget: Budget,
}

impl Columns {
    /// The number of the column for fields called `name`, of which there is one at least.
    pub(super) fn add(&mut self, registry: &Registry, name: &'static str) -> usize {
        if let Some(nth) = self.columns.iter().position(|column| column.name == name) {
            return nth;
        }
        let has_it = |row: &(usize, &'static dyn netdissect_dissectors::Dissector)| {
            row.1.protocol().fields.iter().any(|field| field.abbrev == name)
        };
        let dissectors = registry.dissectors().enumerate().filter(has_it);
        self.columns.push(Column {
            name,
            dissectors: dissectors.filter_map(|(nth, _)| u16::try_from(nth).ok()).collect(),
            shortcut: shortcut(name),
            cells: Vec::new(),
            is_filled: false,
        });
        self.columns.len() - 1
    }

    /// The expression names a protocol.
    pub(super) fn mention(&mut self, registry: &Registry, dissector: u16) {
        self.protocols.extend(registry.dissector(dissector).map(|known| known.protocol().name));
    }

    /// Every field and protocol that the expression names.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.name).chain(self.protocols.iter().copied())
    }

    /// All columns are there.
    pub(super) fn complete(&mut self, registry: &Registry) {
        self.selection = Selection::new(registry, |field| {
            u32::try_from(self.columns.iter().position(|column| column.name == field.abbrev)?).ok()
        });
    }

    /// Ready for the next packet.
    pub(super) fn clear(&mut self) {
        for column in &mut self.columns {
            column.cells.clear();
            column.is_filled = false;
        }
        self.walked.clear();
        self.copies.clear();
        self.budget = Budget::default();
    }

    /// Reads the values of column `nth`.
    pub(super) fn fill(&mut self, nth: usize, packet: &Packet<'_>) {
        let Some(column) = self.columns.get_mut(nth).filter(|column| !column.is_filled) else { return };
        column.is_filled = true;
        for at in 0..packet.parts.slots.len() {
            let Some(slot) = packet.parts.slots.get(at) else { break };
            let Some(column) = self.columns.get_mut(nth) else { break };
            if !column.dissectors.contains(&slot.dissector) {
                continue;
            }
            let Some(layer) = packet.layer(at) else { continue };
            let ordinal = ordinal(&layer);
            let only = match column.shortcut {
                Some(shortcut) => {
                    if shortcut(&layer, &mut |cell| column.cells.push((cell, ordinal))).is_some() {
                        continue;
                    }
                    Some(nth)
                }
                None if self.walked.contains(&slot.dissector) => continue,
                None => None,
            };
            let mut filler = Filler {
                columns: &mut self.columns,
                selection: &self.selection,
                copies: &mut self.copies,
                packet,
                ordinal,
                only,
            };
            layer.walk(&mut filler, &mut self.budget);
        }
        if let Some(column) = self.columns.get(nth).filter(|column| column.shortcut.is_none()) {
            for &dissector in &column.dissectors {
                if !self.walked.contains(&dissector) {
                    self.walked.push(dissector);
                }
            }
        }
    }

    /// The values of column `nth`, and in which layer of its protocol each is. They must have been read.
    pub(super) fn values<'a>(
        &'a self,
        nth: usize,
        packet: &'a Packet<'_>,
    ) -> impl Iterator<Item = (Datum<'a>, u8)> {
        let cells = self.columns.get(nth).map_or(&[][..], |column| column.cells.as_slice());
        cells.iter().map(move |(cell, ordinal)| (self.datum(cell, packet), *ordinal))
    }

    fn datum<'a>(&'a self, cell: &'a Cell, packet: &'a Packet<'_>) -> Datum<'a> {
        let part = |bytes: &'a [u8], from: u32, to: u32| {
            Datum::Bytes(bytes.get(from as usize..to as usize).unwrap_or_default())
        };
        match cell {
            Cell::None => Datum::None,
            Cell::Number(number) => Datum::Number(*number),
            Cell::Float(number) => Datum::Float(*number),
            Cell::Short(bytes, len) => Datum::Bytes(bytes.get(..usize::from(*len)).unwrap_or_default()),
            Cell::Place { source, range: (from, to) } => {
                part(packet.parts.source(&packet.frame, *source), *from, *to)
            }
            Cell::Copy(from, to) => part(&self.copies, *from, *to),
        }
    }
}

/// Which layer of its protocol `layer` is, from 1.
pub(super) fn ordinal(layer: &Layer<'_>) -> u8 {
    let slots = layer.packet.parts.slots.iter().take(layer.index.saturating_add(1));
    let same = slots.filter(|slot| slot.dissector == layer.slot.dissector).count();
    u8::try_from(same).unwrap_or(u8::MAX)
}

/// Takes the values of one layer into columns.
struct Filler<'a, 'p> {
    columns: &'a mut [Column],
    selection: &'a Selection,
    copies: &'a mut Vec<u8>,
    packet: &'a Packet<'p>,
    ordinal: u8,
    /// Only into this column.
    only: Option<usize>,
}

impl Filler<'_, '_> {
    fn column(&self, field: &'static Field) -> Option<usize> {
        let nth = usize::try_from(self.selection.get(field)?).ok()?;
        let is_wanted = match self.only {
            Some(only) => only == nth,
            // Shortcuts fill their columns themselves.
            None => self.columns.get(nth)?.shortcut.is_none(),
        };
        is_wanted.then_some(nth)
    }

    fn take(&mut self, field: &'static Field, value: Value<'_>) {
        let Some(nth) = self.column(field) else { return };
        let Some(cell) = self.cell(field, value) else { return };
        if let Some(column) = self.columns.get_mut(nth) {
            column.cells.push((cell, self.ordinal));
        }
    }

    fn cell(&mut self, field: &'static Field, value: Value<'_>) -> Option<Cell> {
        Some(match value {
            Value::None if field.kind == Kind::Group => Cell::None,
            Value::None => Cell::Number(1),
            Value::Bool(yes) => Cell::Number(yes.into()),
            Value::Uint(number) => Cell::Number(number.into()),
            Value::Int(number) | Value::Duration(number) => Cell::Number(number.into()),
            Value::Time(time) => {
                let whole = i128::from(time.secs).saturating_mul(1_000_000_000);
                Cell::Number(whole.saturating_add(time.nanos.into()))
            }
            Value::Float(number) => Cell::Float(number),
            Value::Ipv4(addr) => Cell::short(&addr.octets())?,
            Value::Ipv6(addr) => Cell::short(&addr.octets())?,
            Value::Mac(addr) => Cell::short(&addr)?,
            Value::Bytes(bytes) | Value::Text(bytes) => match self.place(bytes) {
                Some(cell) => cell,
                None => self.copy(bytes)?,
            },
        })
    }

    /// Where `bytes` lie in the packet, if they are a part of it.
    fn place(&self, bytes: &[u8]) -> Option<Cell> {
        let start = bytes.as_ptr().addr();
        let sources = (0..=self.packet.parts.sources.len()).filter_map(|nth| u8::try_from(nth).ok());
        sources.into_iter().find_map(|source| {
            let whole = self.packet.parts.source(&self.packet.frame, source);
            let from = start.checked_sub(whole.as_ptr().addr())?;
            let to = from.checked_add(bytes.len()).filter(|to| *to <= whole.len())?;
            Some(Cell::Place { source, range: (u32::try_from(from).ok()?, u32::try_from(to).ok()?) })
        })
    }

    fn copy(&mut self, bytes: &[u8]) -> Option<Cell> {
        let from = self.copies.len();
        let kept = bytes.get(..MAX_COPIES.saturating_sub(from)).unwrap_or(bytes);
        self.copies.extend_from_slice(kept);
        Some(Cell::Copy(u32::try_from(from).ok()?, u32::try_from(self.copies.len()).ok()?))
    }
}

impl Visitor for Filler<'_, '_> {
    fn wants(&self, field: &'static Field) -> bool {
        self.column(field).is_some()
    }

    fn field(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        self.take(field, value);
    }

    fn open(&mut self, field: &'static Field, _at: Range<usize>, value: Value<'_>) {
        self.take(field, value);
    }

    fn close(&mut self) {}
}
