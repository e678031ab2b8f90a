//! BSD loopback: four bytes of address family, in the byte order of whoever captured (LINKTYPE_NULL) or of the
//! network (LINKTYPE_LOOP).

use core::fmt;

use crate::bytes::fixed;
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::frame::LinkType;
use crate::link::ethernet::{ETHERTYPE, ETHERTYPE_NAMES, MAX_LENGTH};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

/// Address families of the BSDs (`AF_…`).
pub static NULL_BSD: Table = Table { name: "null.bsd" };

/// 24 is NetBSD's and OpenBSD's, 28 FreeBSD's, 30 Darwin's.
const FAMILY_NAMES: &[(u64, &str)] =
    &[(2, "IP"), (7, "OSI"), (23, "IPX"), (24, "IPv6"), (28, "IPv6"), (30, "IPv6")];

fields! {
    FAMILY = Field::u32("null.family", "address family").names(FAMILY_NAMES),
    TYPE = Field::u16("null.type", "type").hex().names(ETHERTYPE_NAMES),
}

static PROTOCOL: Protocol = Protocol {
    name: "null",
    title: "loopback",
    about: "BSD loopback and OpenBSD loop",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&LINK_TYPE, LinkType::NULL.0), Key::new(&LINK_TYPE, LinkType::LOOP.0)];
static CARRIES: &[&Table] = &[&NULL_BSD, &ETHERTYPE, &LINK_TYPE];

/// Bytes of the address family.
const HEADER: usize = 4;

/// BSD loopback.
#[derive(Debug)]
pub struct Null;

/// What the first four bytes are.
enum Head {
    Family(u32),
    Type(u16),
    /// PPP, whose address and control bytes stand where the family should.
    Ppp,
}

impl Dissector for Null {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        Ok(match head(data, cx.link)? {
            Head::Family(family) => Parsed::new(HEADER, usize::MAX, Next::Table { nth: 0, value: family }),
            Head::Type(kind) => Parsed::new(HEADER, usize::MAX, Next::Table { nth: 1, value: kind.into() }),
            Head::Ppp => Parsed::new(0, usize::MAX, Next::Table { nth: 2, value: LinkType::PPP.0 }),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        match head(walk.data(), walk.frame().link).ok()? {
            Head::Family(family) => walk.uint(&FAMILY, 0..HEADER, family),
            Head::Type(kind) => walk.uint(&TYPE, 0..HEADER, kind),
            Head::Ppp => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match head(layer.data(), layer.packet.frame.link) {
            Ok(Head::Family(family)) => write!(out, "address family {family}"),
            Ok(Head::Type(kind)) => write!(out, "type {kind:#06x}"),
            Ok(Head::Ppp) => out.write_str("PPP"),
            Err(_) => out.write_str("header cut"),
        }
    }
}

/// Reads the family, whose byte order and width the capture does not tell: a value that fits neither way round is
/// an EtherType, as some systems write instead.
fn head(data: &[u8], link: LinkType) -> Result<Head, Fault> {
    let &[a, b, c, d] = fixed::<HEADER>(data)?;
    if link == LinkType::LOOP {
        return Ok(Head::Family(u32::from_be_bytes([a, b, c, d])));
    }
    if [a, b] == [0xff, 0x03] {
        return Ok(Head::Ppp);
    }
    let value = match u32::from_le_bytes([a, b, c, d]) {
        value @ ..=0xffff => value,
        // Families of 16 bits in the upper half are below 6.
        value @ ..=0x5_ffff => value >> 16,
        value => value.swap_bytes(),
    };
    Ok(if value <= MAX_LENGTH.into() {
        Head::Family(value)
    } else {
        let [.., high, low] = value.to_be_bytes();
        Head::Type(u16::from_be_bytes([high, low]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[track_caller]
    fn head(link: LinkType, head: &str, protocols: &str, family: &str, kind: &str) {
        let frame = [bytes(head), bytes(UDP)].concat();
        let seen = Seen::new(link, &frame);
        assert_eq!(seen.protocols, protocols);
        seen.expect(&[("null.family", family), ("null.type", kind)]);
        survives(link, &frame);
    }

    #[test]
    fn families_in_either_byte_order() {
        head(LinkType::NULL, "02000000", "null:ip:udp", "2", "");
        head(LinkType::NULL, "00000002", "null:ip:udp", "2", "");
        head(LinkType::NULL, "0000 0200", "null:ip:udp", "2", "");
        head(LinkType::NULL, "63000000", "null:data", "99", "");
        head(LinkType::LOOP, "00000002", "null:ip:udp", "2", "");
        head(LinkType::LOOP, "02000000", "null:data", "33554432", "");
    }

    #[test]
    fn what_is_no_family() {
        head(LinkType::NULL, "00080000", "null:ip:udp", "", "0x0800");
        head(LinkType::NULL, "00000800", "null:ip:udp", "", "0x0800");
        head(LinkType::NULL, "ff030021", "null:ppp:ip:udp", "", "");
    }
}
