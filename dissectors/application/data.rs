//! Payload that no protocol claims.

use core::fmt;

use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::packet::{Layer, Slot};
use crate::walk::Walk;

fields! {
    DATA = Field::bytes("data.data", "data"),
    LEN = Field::u32("data.len", "length"),
}

static PROTOCOL: Protocol = Protocol {
    name: "data",
    title: "data",
    about: "payload that no protocol claims",
    fields: FIELDS,
    via: None,
};

/// Payload that no protocol claims.
#[derive(Debug)]
pub struct Data;

impl Dissector for Data {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        &[]
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        Ok(Parsed::end(data.len()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let len = walk.data().len();
        walk.bytes(&DATA, 0, len)?;
        walk.uint(&LEN, 0..len, len as u64)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match layer.data().len() {
            1 => out.write_str("1 byte"),
            len => write!(out, "{len} bytes"),
        }
    }
    fn is_content(&self, _slot: Slot) -> bool {
        true
    }
}
