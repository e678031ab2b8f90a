//! An expression whose names and types are settled, and what it says of a packet.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use netdissect_dissectors::packet::Packet;
use regex::bytes::Regex;

use super::ast::{Arithmetic, Cut};
use super::columns::{Columns, ordinal};
use super::types::{Datum, Literal};

/// What is true or false of a packet.
#[derive(Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Odd(Vec<Node>),
    Not(Box<Node>),
    Test {
        /// Columns whose values the test looks at.
        columns: Vec<usize>,
        test: Test,
    },
}

/// A test of values or layers.
#[derive(Debug)]
pub(super) enum Test {
    /// One of these dissectors read a layer.
    Layer(Vec<u16>),
    /// There is a value.
    Present(Source),
    /// A value passes, or with `all` every value does and there is one.
    Values { all: bool, source: Source, check: Check },
}

/// What a value has to pass.
#[derive(Debug)]
pub(super) enum Check {
    Compare(Order, Literal),
    Among(Vec<(Literal, Option<Literal>)>),
    Find(Regex),
    /// A bit is set.
    NonZero,
    /// Compared with the values of another source.
    Against(Order, Source),
    /// Contains a value of another source.
    Contains(Source),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Order {
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::Unequal => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => order == Some(Ordering::Greater),
            Self::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// What yields values.
#[derive(Debug)]
pub(super) enum Source {
    /// The values of a field, of all layers or of one.
    Column { nth: usize, layer: Option<u8> },
    /// The bytes of the layers that these dissectors read.
    Layers { dissectors: Vec<u16>, layer: Option<u8> },
    /// A value from the expression.
    Literal(Literal),
    /// Parts of bytes, joined.
    Slice(Box<Source>, Vec<Cut>),
    /// Text in lower or upper case.
    Case(Box<Source>, fn(&mut [u8])),
    /// How many bytes; numbers have a fixed length.
    Len(Box<Source>, Option<u8>),
    /// How many values.
    Count(Box<Source>),
    /// Every value of one with every value of the other.
    Sum(Box<Source>, Arithmetic, Box<Source>),
}

/// Where values come from.
#[derive(Clone, Copy)]
struct View<'a> {
    columns: &'a Columns,
    packet: &'a Packet<'a>,
}

const NEXT: ControlFlow<()> = ControlFlow::Continue(());
const ENOUGH: ControlFlow<()> = ControlFlow::Break(());

impl Node {
    /// Whether it is true of `packet`.
    pub(super) fn holds(&self, columns: &mut Columns, packet: &Packet<'_>) -> bool {
        match self {
            Self::All(rows) => rows.iter().all(|row| row.holds(columns, packet)),
            Self::Any(rows) => rows.iter().any(|row| row.holds(columns, packet)),
            Self::Odd(rows) => rows.iter().fold(false, |odd, row| odd ^ row.holds(columns, packet)),
            Self::Not(inner) => !inner.holds(columns, packet),
            Self::Test { columns: needed, test } => {
                for &nth in needed {
                    columns.fill(nth, packet);
                }
                test.holds(View { columns, packet })
            }
        }
    }
}

impl Test {
    fn holds(&self, view: View<'_>) -> bool {
        match self {
            Self::Layer(dissectors) => {
                view.packet.parts.slots.iter().any(|slot| dissectors.contains(&slot.dissector))
            }
            Self::Present(source) => source.each(view, &mut |_| ENOUGH).is_break(),
            Self::Values { all: false, source, check } => source
                .each(view, &mut |value| if check.passes(value, view, false) { ENOUGH } else { NEXT })
                .is_break(),
            Self::Values { all: true, source, check } => {
                let mut seen = false;
                let failed = source.each(view, &mut |value| {
                    seen = true;
                    if check.passes(value, view, true) { NEXT } else { ENOUGH }
                });
                seen && failed.is_continue()
            }
        }
    }
}

impl Check {
    /// Whether `value` passes; `all`: against all values of the other source.
    fn passes(&self, value: Datum<'_>, view: View<'_>, all: bool) -> bool {
        match self {
            Self::Compare(order, literal) => order.holds(compare(value, literal)),
            Self::Among(members) => members.iter().any(|(from, to)| match to {
                None => compare(value, from) == Some(Ordering::Equal),
                Some(to) => {
                    Order::AtLeast.holds(compare(value, from)) && Order::AtMost.holds(compare(value, to))
                }
            }),
            Self::Find(pattern) => matches!(value, Datum::Bytes(bytes) if pattern.is_match(bytes)),
            Self::NonZero => match value {
                Datum::Number(number) => number != 0,
                Datum::Bytes(bytes) => bytes.iter().any(|byte| *byte != 0),
                _ => false,
            },
            Self::Against(order, other) => {
                pairs(other, view, all, |right| order.holds(value.partial_cmp(&right)))
            }
            Self::Contains(other) => pairs(other, view, all, |right| match (value, right) {
                (Datum::Bytes(bytes), Datum::Bytes(part)) => {
                    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
                }
                _ => false,
            }),
        }
    }
}

/// Whether one value of `other` passes, or all do and there is one.
fn pairs(other: &Source, view: View<'_>, all: bool, passes: impl Fn(Datum<'_>) -> bool) -> bool {
    let mut seen = false;
    let stopped = other.each(view, &mut |right| {
        seen = true;
        if passes(right) == all { NEXT } else { ENOUGH }
    });
    if all { seen && stopped.is_continue() } else { stopped.is_break() }
}

fn compare(value: Datum<'_>, literal: &Literal) -> Option<Ordering> {
    let Literal::Network(first, bits) = literal else { return value.partial_cmp(&literal.datum()) };
    let Datum::Bytes(address) = value else { return None };
    let mut masked = [0; 16];
    let masked = masked.get_mut(..address.len())?;
    masked.copy_from_slice(address);
    super::types::mask(masked, *bits);
    Some((*masked).cmp(first))
}

impl Source {
    /// Hands every value to `take` until it has enough.
    fn each(&self, view: View<'_>, take: &mut dyn FnMut(Datum<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        match self {
            Self::Column { nth, layer } => {
                for (value, ordinal) in view.columns.values(*nth, view.packet) {
                    if layer.is_none_or(|layer| layer == ordinal) {
                        take(value)?;
                    }
                }
                NEXT
            }
            Self::Layers { dissectors, layer } => {
                for row in view.packet.layers().filter(|row| dissectors.contains(&row.slot.dissector)) {
                    if layer.is_none_or(|layer| layer == ordinal(&row)) {
                        take(Datum::Bytes(row.data()))?;
                    }
                }
                NEXT
            }
            Self::Literal(literal) => take(literal.datum()),
            Self::Slice(inner, cuts) => inner.each(view, &mut |value| match (value, cuts.as_slice()) {
                (Datum::Bytes(bytes), [cut]) => cut.of(bytes).map_or(NEXT, |part| take(Datum::Bytes(part))),
                (Datum::Bytes(bytes), cuts) => {
                    let parts: Option<Vec<&[u8]>> = cuts.iter().map(|cut| cut.of(bytes)).collect();
                    parts.map_or(NEXT, |parts| take(Datum::Bytes(&parts.concat())))
                }
                _ => NEXT,
            }),
            Self::Case(inner, fold) => inner.each(view, &mut |value| match value {
                Datum::Bytes(bytes) => {
                    let mut folded = bytes.to_vec();
                    fold(&mut folded);
                    take(Datum::Bytes(&folded))
                }
                _ => NEXT,
            }),
            Self::Len(inner, fixed) => inner.each(view, &mut |value| match (fixed, value) {
                (Some(fixed), _) => take(Datum::Number((*fixed).into())),
                (None, Datum::Bytes(bytes)) => {
                    take(Datum::Number(i128::try_from(bytes.len()).unwrap_or(i128::MAX)))
                }
                _ => NEXT,
            }),
            Self::Count(inner) => {
                let mut count = 0_i128;
                // Nothing stops it early.
                let _ = inner.each(view, &mut |_| {
                    count = count.saturating_add(1);
                    NEXT
                });
                // As in Wireshark a field that is not there has no count.
                if count == 0 { NEXT } else { take(Datum::Number(count)) }
            }
            Self::Sum(left, sign, right) => left.each(view, &mut |a| {
                right.each(view, &mut |b| match (a, b) {
                    (Datum::Number(a), Datum::Number(b)) => {
                        calculate(a, *sign, b).map_or(NEXT, |number| take(Datum::Number(number)))
                    }
                    (Datum::Bytes(a), Datum::Bytes(b)) if a.len() == b.len() => {
                        let common: Vec<u8> = a.iter().zip(b).map(|(a, b)| a & b).collect();
                        take(Datum::Bytes(&common))
                    }
                    _ => NEXT,
                })
            }),
        }
    }
}

/// No value where there is no number: division by zero, or too large.
fn calculate(a: i128, sign: Arithmetic, b: i128) -> Option<i128> {
    match sign {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
        Arithmetic::And => Some(a & b),
    }
}
