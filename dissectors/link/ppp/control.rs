//! What all control protocols of PPP share: code, identifier, length and a list of options (RFC 1661 section 5).

use core::fmt;
use core::ops::ControlFlow;

use crate::bytes::{fixed, u8_at, u16_at};
use crate::dissector::{Fault, Parsed};
use crate::field::Field;
use crate::packet::Layer;
use crate::walk::Walk;

/// Names of the codes.
pub const CODE_NAMES: &[(u64, &str)] = &[
    (0, "Vendor Specific"),
    (1, "Configuration Request"),
    (2, "Configuration Ack"),
    (3, "Configuration Nak"),
    (4, "Configuration Reject"),
    (5, "Termination Request"),
    (6, "Termination Ack"),
    (7, "Code Reject"),
    (8, "Protocol Reject"),
    (9, "Echo Request"),
    (10, "Echo Reply"),
    (11, "Discard Request"),
    (12, "Identification"),
    (13, "Time Remaining"),
    (14, "Reset-Request"),
    (15, "Reset-Ack"),
];

pub(super) static CODE: Field = Field::u8("ppp.code", "code").key().names(CODE_NAMES);
pub(super) static IDENTIFIER: Field = Field::u8("ppp.identifier", "identifier");
pub(super) static LENGTH: Field = Field::u16("ppp.length", "length");
pub(super) static DATA: Field = Field::bytes("ppp.data", "data");

/// Bytes of code, identifier and length.
pub(super) const HEADER: usize = 4;

/// Bytes of the packet by its own length field; what follows is padding.
pub(super) fn measure(data: &[u8]) -> Result<usize, Fault> {
    let &[_, _, high, low] = fixed::<HEADER>(data)?;
    match usize::from(u16::from_be_bytes([high, low])) {
        ..HEADER => Err(Fault::Malformed("length below 4")),
        len => Ok(len),
    }
}

/// A packet that carries nothing further.
pub(super) fn end(data: &[u8]) -> Result<Parsed, Fault> {
    measure(data).map(Parsed::end)
}

/// Emits code, identifier and length; answers the code.
pub(super) fn head(walk: &mut Walk<'_, '_>) -> Option<u8> {
    let code = walk.u8(&CODE, 0)?;
    walk.u8(&IDENTIFIER, 1)?;
    walk.u16(&LENGTH, 2)?;
    Some(code)
}

/// Emits what remains of the packet from `at` as `field`, if anything does.
pub(super) fn rest(walk: &mut Walk<'_, '_>, field: &'static Field, at: usize) -> Option<()> {
    let len = walk.data().len().saturating_sub(at);
    if len > 0 {
        walk.bytes(field, at, len)?;
    }
    Some(())
}

/// Codes 1 to 4 carry options.
pub(super) fn has_options(code: u8) -> bool {
    matches!(code, 1..=4)
}

/// Codes 5 to 7 carry bytes that mean nothing to the protocol.
pub(super) fn has_data(code: u8) -> bool {
    matches!(code, 5..=7)
}

/// Calls `each` with the walk, kind, position and length of every option.
pub(super) fn options<'a, 'v>(
    walk: &mut Walk<'a, 'v>,
    mut each: impl FnMut(&mut Walk<'a, 'v>, u8, usize, u8) -> Option<()>,
) -> Option<()> {
    let mut at = HEADER;
    loop {
        match option(walk.data(), at) {
            ControlFlow::Continue((kind, len)) => {
                each(walk, kind, at, len)?;
                at = at.checked_add(len.into())?;
            }
            ControlFlow::Break(()) => return Some(()),
        }
    }
}

/// The option at `at`: its kind and its length, which counts kind and length too and so is at least 2.
fn option(data: &[u8], at: usize) -> ControlFlow<(), (u8, u8)> {
    match (u8_at(data, at), u8_at(data, at.saturating_add(1))) {
        (Some(kind), Some(len @ 2..)) => ControlFlow::Continue((kind, len)),
        _ => ControlFlow::Break(()),
    }
}

/// Writes the code's name.
pub(super) fn summary(layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let data = layer.data();
    match (u8_at(data, 0), u16_at(data, 2)) {
        (Some(code), Some(_)) => match CODE.name_of(code.into()) {
            Some(name) => out.write_str(name),
            None => write!(out, "Unknown code {code}"),
        },
        _ => out.write_str("header cut"),
    }
}
