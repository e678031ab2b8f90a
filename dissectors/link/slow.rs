//! Slow protocols: those that share one EtherType and send a few frames a second (IEEE 802.3 annex 57A).

pub mod lacp;

use core::fmt;

use crate::bytes::{fixed, u8_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, name_of};
use crate::link::ethernet::ETHERTYPE;
use crate::packet::Layer;
use crate::walk::Walk;

/// Subtypes of slow protocols.
pub static SLOW_SUBTYPE: Table = Table { name: "slow.subtype" };

const SUBTYPE_NAMES: &[(u64, &str)] =
    &[(1, "LACP"), (2, "marker"), (3, "operation and maintenance"), (10, "organization's own")];

fields! {
    SUBTYPE = Field::u8("slow.subtype", "subtype").hex().key().names(SUBTYPE_NAMES),
}

static PROTOCOL: Protocol = Protocol {
    name: "slow",
    title: "Slow",
    about: "slow protocols (IEEE 802.3 annex 57A)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x8809)];
static CARRIES: &[&Table] = &[&SLOW_SUBTYPE];

/// Slow protocols.
#[derive(Debug)]
pub struct Slow;

impl Dissector for Slow {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[subtype] = fixed::<1>(data)?;
        Ok(Parsed::new(1, usize::MAX, Next::Table { nth: 0, value: subtype.into() }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&SUBTYPE, 0).map(|_| ())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let Some(subtype) = u8_at(layer.data(), 0) else { return out.write_str("header cut") };
        match name_of(SUBTYPE_NAMES, subtype.into()) {
            Some(name) => out.write_str(name),
            None => write!(out, "subtype {subtype}"),
        }
    }
}
