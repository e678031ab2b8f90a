//! Hop-by-hop options extension header (RFC 8200 section 4.3).

use core::fmt;

use super::{describe, following, options};
use crate::bytes::u8_at;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table};
use crate::field::{Field, Protocol, concat};
use crate::network::{IP_PROTO, IP_PROTO_NAMES};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    NXT = Field::u8("ipv6.hopopts.nxt", "next header").names(IP_PROTO_NAMES),
    LEN = Field::u8("ipv6.hopopts.len", "length in units of 8, less one"),
    LEN_OCT = Field::u16("ipv6.hopopts.len_oct", "length"),
}

static ALL_FIELDS: [&Field; FIELDS.len() + options::FIELDS.len()] = concat(&[FIELDS, options::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "ipv6.hopopts",
    title: "IPv6 Hop-by-Hop",
    about: "Hop-by-hop options extension header of IPv6 (RFC 8200)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, 0)];
static CARRIES: &[&Table] = &[&IP_PROTO];

/// Hop-by-hop options extension header.
#[derive(Debug)]
pub struct HopByHop;

impl Dissector for HopByHop {
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
        let (len, next) = options::measure(data)?;
        Ok(Parsed::new(len, usize::MAX, following(next)))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&NXT, 0)?;
        let units = walk.u8(&LEN, 1)?;
        walk.uint(&LEN_OCT, 1..2, super::extension_len(units.into()) as u64)?;
        options::emit(walk)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u8_at(layer.data(), 0) {
            Some(next) if layer.fault().is_none() => describe(next, out),
            _ => out.write_str("IPv6 hop-by-hop options"),
        }
    }
}
