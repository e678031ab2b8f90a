//! A protocol that a text file declares (`--dissector acme.toml`; docs/dissectors.md): its fields one behind the other,
//! numbers that give lengths, and what its payload is. The file is read once, before the first packet.

mod form;

use std::fmt;
use std::ops::Range;
use std::path::Path;

use netdissect_dissectors::bytes::{self, up_to};
use netdissect_dissectors::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use netdissect_dissectors::field::{Field, Protocol, Value};
use netdissect_dissectors::packet::Layer;
use netdissect_dissectors::registry::Registry;
use netdissect_dissectors::walk::Walk;

pub use form::Wrong;

/// Rows that one protocol may declare.
const MAX_ROWS: usize = 128;
/// Bytes of one message, so that a stream does not wait for what a hostile length promises.
const MAX_MESSAGE: usize = 65_536;

/// Reads the declaration in `file`, for a registry that already has the dissectors of `registry`.
///
/// # Errors
/// What is wrong with the file, and in which line where that is known.
pub fn load(file: &Path, registry: &Registry) -> Result<&'static dyn Dissector, Wrong> {
    let text = std::fs::read_to_string(file).map_err(|error| Wrong::unreadable(&error))?;
    let declared = form::read(&text, registry)?;
    // Names and rows live as long as those of the built-in protocols: to the end of the run.
    Ok(Box::leak(Box::new(declared)))
}

/// One declared protocol.
#[derive(Debug)]
struct Declared {
    protocol: &'static Protocol,
    keys: &'static [Key],
    carries: &'static [&'static Table],
    rows: Vec<Row>,
    info: Vec<Piece>,
    length: Option<Length>,
    payload: Option<Payload>,
}

/// One field.
#[derive(Debug)]
struct Row {
    field: &'static Field,
    what: What,
}

/// What stands there. Numbers of rows point backwards.
#[derive(Clone, Copy, Debug)]
enum What {
    Uint {
        width: usize,
        little: bool,
    },
    Int {
        width: usize,
        little: bool,
    },
    Float {
        width: usize,
        little: bool,
    },
    /// The bits of `mask` in the number of row `of`; they take no bytes of their own.
    Bits {
        of: usize,
        mask: u64,
    },
    Flag {
        of: usize,
        mask: u64,
    },
    Bytes(Size),
    Text(Size),
    Ipv4,
    Ipv6,
    Mac,
}

/// How many bytes a value takes.
#[derive(Clone, Copy, Debug)]
enum Size {
    Fixed(usize),
    /// As many as the number of an earlier row says.
    Of(usize),
    /// All that is left of the message.
    Rest,
}

/// The message's length: the number of a row, and so many bytes that it does not count.
#[derive(Clone, Copy, Debug)]
struct Length {
    of: usize,
    plus: usize,
}

/// Who reads what follows the fields.
#[derive(Clone, Copy, Debug)]
enum Payload {
    Fixed(u32),
    Of(usize),
}

/// A part of the Info column.
#[derive(Debug)]
enum Piece {
    Words(String),
    Value(usize),
}

/// Where the fields of one message lie.
struct Places {
    /// First byte behind the last field.
    end: usize,
    /// Length of the message, if it says so itself.
    len: Option<usize>,
    /// The number of each row that has one.
    numbers: [u64; MAX_ROWS],
}

impl Declared {
    /// Goes through the rows and calls `see` with each, its place and its number. `all` is the length of what the message lies in.
    fn places(
        &self,
        data: &[u8],
        all: usize,
        mut see: impl FnMut(usize, &Row, Range<usize>, u64) -> Option<()>,
    ) -> Result<Places, Fault> {
        let mut places = Places { end: 0, len: None, numbers: [0; MAX_ROWS] };
        for (index, row) in self.rows.iter().enumerate() {
            let at = places.end;
            let number_of = |row: usize| places.numbers.get(row).copied().unwrap_or_default();
            let (width, number) = match row.what {
                What::Uint { width, little }
                | What::Int { width, little }
                | What::Float { width, little } => (width, number(data, at, width, little)),
                What::Bits { of, mask } => (0, (number_of(of) & mask) >> mask.trailing_zeros().min(63)),
                What::Flag { of, mask } => (0, u64::from(number_of(of) & mask != 0)),
                What::Ipv4 => (4, 0),
                What::Mac => (6, 0),
                What::Ipv6 => (16, 0),
                What::Bytes(size) | What::Text(size) => {
                    let width = match size {
                        Size::Fixed(width) => width,
                        Size::Of(row) => usize::try_from(number_of(row)).unwrap_or(usize::MAX),
                        Size::Rest => places.len.unwrap_or(all).saturating_sub(at),
                    };
                    (width, 0)
                }
            };
            let end = at.saturating_add(width);
            if end > MAX_MESSAGE {
                return Err(Fault::Malformed("a field reaches beyond 64 KiB"));
            }
            if places.len.is_some_and(|len| end > len) {
                return Err(Fault::Malformed("a field reaches beyond the message's length"));
            }
            if end > data.len() {
                return Err(Fault::Short { need: places.len.unwrap_or(end), have: data.len() });
            }
            if let Some(slot) = places.numbers.get_mut(index) {
                *slot = number;
            }
            places.end = end;
            if let Some(length) = self.length.filter(|length| length.of == index) {
                let len = usize::try_from(number).unwrap_or(usize::MAX).saturating_add(length.plus);
                if len > MAX_MESSAGE {
                    return Err(Fault::Malformed("the message's length is above 64 KiB"));
                }
                if len < end {
                    return Err(Fault::Malformed("the message's length is below its fields"));
                }
                places.len = Some(len);
            }
            if see(index, row, at..end, number).is_none() {
                break;
            }
        }
        Ok(places)
    }
}

impl Dissector for Declared {
    fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    fn keys(&self) -> &'static [Key] {
        self.keys
    }

    fn carries(&self) -> &'static [&'static Table] {
        self.carries
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let places = self.places(data, cx.wire_len, |_, _, _, _| Some(()))?;
        let len = match places.len {
            Some(len) if cx.stream.is_some() && data.len() < len => {
                return Err(Fault::Short { need: len, have: data.len() });
            }
            Some(len) => len,
            None if cx.stream.is_some() => places.end,
            None => cx.wire_len.max(places.end),
        };
        let next = match self.payload {
            _ if len == places.end => Next::End,
            None => Next::Data,
            Some(Payload::Fixed(value)) => Next::Table { nth: 0, value },
            Some(Payload::Of(row)) => {
                let number = places.numbers.get(row).copied().unwrap_or_default();
                // What is beyond any table's numbers is nobody's.
                u32::try_from(number).map_or(Next::Data, |value| Next::Table { nth: 0, value })
            }
        };
        Ok(Parsed::new(places.end, len, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let shown = self.places(data, data.len(), |_, row, at, number| {
            let value = value(row.what, data, &at, number)?;
            walk.emit(row.field, at, value)
        });
        shown.ok().map(|_| ())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        for piece in &self.info {
            match piece {
                Piece::Words(words) => out.write_str(words)?,
                Piece::Value(wanted) => {
                    let mut done = Ok(());
                    // A cut message is told as far as it goes.
                    let _ = self.places(data, data.len(), |index, row, at, number| {
                        if index == *wanted {
                            done = value(row.what, data, &at, number)
                                .map_or(Ok(()), |v| spell(row.field, v, out));
                            return None;
                        }
                        Some(())
                    });
                    done?;
                }
            }
        }
        Ok(())
    }
}

/// The `width` bytes at `at` as a number, 0 if they are not there.
fn number(data: &[u8], at: usize, width: usize, little: bool) -> u64 {
    let bytes = up_to(data, at, width);
    let shift = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if little { bytes.iter().rev().fold(0, shift) } else { bytes.iter().fold(0, shift) }
}

fn value<'a>(what: What, data: &'a [u8], at: &Range<usize>, number: u64) -> Option<Value<'a>> {
    Some(match what {
        What::Uint { .. } | What::Bits { .. } => Value::Uint(number),
        What::Int { width, .. } => {
            let unused = 64_u32.saturating_sub(u32::try_from(width).ok()?.saturating_mul(8)).min(63);
            Value::Int((number << unused).cast_signed() >> unused)
        }
        What::Float { width: 4, .. } => Value::Float(f32::from_bits(u32::try_from(number).ok()?).into()),
        What::Float { .. } => Value::Float(f64::from_bits(number)),
        What::Flag { .. } => Value::Bool(number != 0),
        What::Bytes(_) => Value::Bytes(data.get(at.clone())?),
        What::Text(_) => Value::Text(data.get(at.clone())?),
        What::Ipv4 => Value::Ipv4(bytes::chunk::<4>(data, at.start)?.into()),
        What::Ipv6 => Value::Ipv6(bytes::chunk::<16>(data, at.start)?.into()),
        What::Mac => Value::Mac(bytes::chunk(data, at.start)?),
    })
}

/// Bytes of a value in the Info column.
const MAX_SPELLED: usize = 64;

fn spell(field: &Field, value: Value<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    match value {
        Value::Uint(number) => match field.name_of(number) {
            Some(name) => out.write_str(name),
            None if field.base == netdissect_dissectors::field::Base::Hex => write!(out, "{number:#x}"),
            None => write!(out, "{number}"),
        },
        Value::Int(number) => write!(out, "{number}"),
        Value::Float(number) => write!(out, "{number}"),
        Value::Bool(yes) => out.write_str(if yes { "yes" } else { "no" }),
        Value::Text(text) => out.write_str(&String::from_utf8_lossy(up_to(text, 0, MAX_SPELLED))),
        Value::Bytes(bytes) => {
            up_to(bytes, 0, MAX_SPELLED).iter().try_for_each(|byte| write!(out, "{byte:02x}"))
        }
        Value::Ipv4(addr) => write!(out, "{addr}"),
        Value::Ipv6(addr) => write!(out, "{addr}"),
        Value::Mac([a, b, c, d, e, f]) => write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"),
        Value::None | Value::Time(_) | Value::Duration(_) => Ok(()),
    }
}
