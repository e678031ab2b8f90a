//! Routing extension header (RFC 8200 section 4.4): source routes (type 0), mobility (type 2), low-power networks
//! (type 3) and segment routing (type 4).

use core::fmt;
use core::net::Ipv6Addr;

use super::{describe, extension_len, following, options};
use crate::bytes::{chunk, slice, u8_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::network::{IP_PROTO, IP_PROTO_NAMES};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    NXT = Field::u8("ipv6.routing.nxt", "next header").names(IP_PROTO_NAMES),
    LEN = Field::u8("ipv6.routing.len", "length in units of 8, less one"),
    LEN_OCT = Field::u16("ipv6.routing.len_oct", "length"),
    TYPE = Field::u8("ipv6.routing.type", "type").names(TYPE_NAMES),
    SEGLEFT = Field::u8("ipv6.routing.segleft", "segments left"),
    SOURCE_RESERVED = Field::bytes("ipv6.routing.src.reserved", "reserved"),
    SOURCE_ADDR = Field::ipv6("ipv6.routing.src.addr", "address").many(),
    MOBILE_RESERVED = Field::bytes("ipv6.routing.mipv6.reserved", "reserved"),
    MOBILE_HOME = Field::ipv6("ipv6.routing.mipv6.home_address", "home address"),
    RPL_CMPR_I = Field::u32("ipv6.routing.rpl.cmprI", "bytes left out of each address"),
    RPL_CMPR_E = Field::u32("ipv6.routing.rpl.cmprE", "bytes left out of the last address"),
    RPL_PAD = Field::u32("ipv6.routing.rpl.pad", "padding"),
    RPL_RESERVED = Field::u32("ipv6.routing.rpl.reserved", "reserved"),
    RPL_ADDRESS = Field::bytes("ipv6.routing.rpl.address", "address as sent").many(),
    RPL_FULL_ADDRESS = Field::ipv6("ipv6.routing.rpl.full_address", "address").many(),
    SRH_LAST_ENTRY = Field::u8("ipv6.routing.srh.last_entry", "last entry"),
    SRH_FLAGS = Field::u8("ipv6.routing.srh.flags", "flags").hex(),
    SRH_TAG = Field::bytes("ipv6.routing.srh.tag", "tag"),
    SRH_ADDR = Field::ipv6("ipv6.routing.srh.addr", "segment").many(),
    UNKNOWN = Field::bytes("ipv6.routing.unknown_data", "data of this type"),
}

static PROTOCOL: Protocol = Protocol {
    name: "ipv6.routing",
    title: "IPv6 Routing",
    about: "Routing extension header of IPv6 (RFC 8200)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, 43)];
static CARRIES: &[&Table] = &[&IP_PROTO];

const SOURCE_ROUTE: u8 = 0;
const MOBILE: u8 = 2;
const RPL: u8 = 3;
const SEGMENTS: u8 = 4;

const TYPE_NAMES: &[(u64, &str)] = &[
    (SOURCE_ROUTE as u64, "source route"),
    (1, "nimrod"),
    (MOBILE as u64, "mobility"),
    (RPL as u64, "RPL source route"),
    (SEGMENTS as u64, "segment routing"),
];

/// Bytes before the data of all types.
const COMMON: usize = 4;
/// Bytes before the addresses of all types read here.
const FIXED: usize = 8;

/// Routing extension header.
#[derive(Debug)]
pub struct Routing;

impl Dissector for Routing {
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
        let len = extension_len(units.into());
        walk.uint(&LEN_OCT, 1..2, len as u64)?;
        let kind = walk.u8(&TYPE, 2)?;
        walk.u8(&SEGLEFT, 3)?;
        match kind {
            SOURCE_ROUTE => {
                walk.bytes(&SOURCE_RESERVED, COMMON, 4)?;
                addresses(walk, &SOURCE_ADDR, len)
            }
            MOBILE => {
                walk.bytes(&MOBILE_RESERVED, COMMON, 4)?;
                if len >= 24 {
                    walk.ipv6(&MOBILE_HOME, FIXED)?;
                }
                Some(())
            }
            RPL => {
                let word = u32_at(walk.data(), COMMON)?;
                walk.uint(&RPL_CMPR_I, 4..5, word >> 28)?;
                walk.uint(&RPL_CMPR_E, 4..5, word >> 24 & 15)?;
                walk.uint(&RPL_PAD, 5..6, word >> 20 & 15)?;
                walk.uint(&RPL_RESERVED, 5..8, word & 0xf_ffff)?;
                let route = carrier_destination(&walk.layer());
                for hop in Compressed::new(walk.data(), len) {
                    let sent = slice(walk.data(), hop.at, hop.len)?;
                    walk.emit(&RPL_ADDRESS, hop.at..hop.at.saturating_add(hop.len), Value::Bytes(sent))?;
                    if let Some(prefix) = route {
                        let full = complete(prefix, sent);
                        let at = hop.at..hop.at.saturating_add(hop.len);
                        walk.emit(&RPL_FULL_ADDRESS, at, Value::Ipv6(full))?;
                    }
                }
                Some(())
            }
            SEGMENTS => {
                let last = walk.u8(&SRH_LAST_ENTRY, COMMON)?;
                walk.u8(&SRH_FLAGS, 5)?;
                walk.bytes(&SRH_TAG, 6, 2)?;
                let segments = usize::from(last).saturating_add(1).saturating_mul(16);
                addresses(walk, &SRH_ADDR, len.min(FIXED.saturating_add(segments)))
            }
            _ => {
                walk.bytes(&UNKNOWN, COMMON, len.saturating_sub(COMMON))?;
                Some(())
            }
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u8_at(layer.data(), 0) {
            Some(next) if layer.fault().is_none() => describe(next, out),
            _ => out.write_str("IPv6 routing header"),
        }
    }
}

/// Whole addresses from byte 8 up to `end`.
fn addresses(walk: &mut Walk<'_, '_>, field: &'static Field, end: usize) -> Option<()> {
    for at in (FIXED..end.saturating_sub(15)).step_by(16) {
        walk.ipv6(field, at)?;
    }
    Some(())
}

/// One address of an RPL route: where its bytes lie.
struct Hop {
    at: usize,
    len: usize,
}

/// The addresses of an RPL route, without the leading bytes that all share (RFC 6554 section 3).
struct Compressed {
    at: usize,
    end: usize,
    each: usize,
    last: usize,
}

impl Compressed {
    fn new(data: &[u8], len: usize) -> Self {
        let [first, second] = chunk::<2>(data, COMMON).unwrap_or_default();
        let kept = |left_out: u8| 16_usize.saturating_sub(left_out.into());
        let end = len.saturating_sub(usize::from(second >> 4));
        Self { at: FIXED, end, each: kept(first >> 4), last: kept(first & 15) }
    }
}

impl Iterator for Compressed {
    type Item = Hop;

    fn next(&mut self) -> Option<Hop> {
        let left = self.end.checked_sub(self.at).filter(|left| *left >= self.last)?;
        let len = if left >= self.each.saturating_add(self.last) { self.each } else { self.last };
        let hop = Hop { at: self.at, len };
        self.at = self.at.saturating_add(len);
        Some(hop)
    }
}

/// An address of an RPL route with the leading bytes of `prefix` put back.
fn complete(prefix: Ipv6Addr, sent: &[u8]) -> Ipv6Addr {
    let mut octets = prefix.octets();
    let at = octets.len().saturating_sub(sent.len());
    if let Some(tail) = octets.get_mut(at..)
        && tail.len() == sent.len()
    {
        tail.copy_from_slice(sent);
    }
    Ipv6Addr::from(octets)
}

/// The destination in the fixed header below this layer.
fn carrier_destination(layer: &Layer<'_>) -> Option<Ipv6Addr> {
    let mut below = layer.below()?;
    while below.protocol().name != "ipv6" {
        below = below.below()?;
    }
    chunk::<16>(below.data(), 24).map(Ipv6Addr::from)
}

/// The last address of a route that is not used up yet, in a routing header at the start of `header`, on the way to
/// `dst`.
pub(super) fn last_hop(header: &[u8], dst: Ipv6Addr) -> Option<Ipv6Addr> {
    let [_, units, kind, left] = chunk::<4>(header, 0)?;
    let len = extension_len(units.into());
    if left == 0 {
        return None;
    }
    let at = match kind {
        SOURCE_ROUTE => len.checked_sub(16)?,
        MOBILE | SEGMENTS => FIXED,
        RPL => {
            let hop = Compressed::new(header, len).last()?;
            return slice(header, hop.at, hop.len).map(|sent| complete(dst, sent));
        }
        _ => return None,
    };
    if at < FIXED || at.saturating_add(16) > len {
        return None;
    }
    chunk::<16>(header, at).map(Ipv6Addr::from)
}
