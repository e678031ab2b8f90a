//! Cisco HDLC (RFC 1547 section 4.3.1 describes its framing).

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

/// EtherTypes and some numbers of Cisco's own.
pub static CHDLC_PROTOCOL: Table = Table { name: "chdlc.protocol" };

/// EtherTypes, but for what Cisco uses otherwise: RARP's number is SLARP's here.
const PROTOCOL_NAMES: &[(u64, &str)] = &[
    (0x0800, "IPv4"),
    (0x0806, "ARP"),
    (0x2000, "CDP"),
    (0x4242, "spanning tree"),
    (0x6558, "bridged Ethernet"),
    (0x8035, "SLARP"),
    (0x8137, "IPX"),
    (0x86dd, "IPv6"),
    (0x8847, "MPLS"),
    (0x8848, "MPLS multicast"),
    (0xfefe, "ISO network layer"),
];
const ADDRESS_NAMES: &[(u64, &str)] = &[(0x0f, "unicast"), (0x8f, "multicast")];

fields! {
    ADDRESS = Field::u8("chdlc.address", "address").hex().names(ADDRESS_NAMES),
    CONTROL = Field::u8("chdlc.control", "control").hex(),
    NEXT = Field::u16("chdlc.protocol", "protocol").hex().names(PROTOCOL_NAMES),
    PADDING = Field::u8("chdlc.clns_padding", "padding before CLNS").hex(),
}

static PROTOCOL: Protocol =
    Protocol { name: "chdlc", title: "Cisco HDLC", about: "Cisco HDLC framing", fields: FIELDS, via: None };

static KEYS: &[Key] = &[Key::new(&LINK_TYPE, CISCO_HDLC), Key::new(&LINK_TYPE, 112)];
static CARRIES: &[&Table] = &[&CHDLC_PROTOCOL];

/// Link type of Cisco HDLC.
pub const CISCO_HDLC: u32 = 104;
/// Bytes of address, control and protocol.
const HEADER: usize = 4;
/// Protocol number of the ISO network layer.
const OSI: u16 = 0xfefe;

/// Cisco HDLC.
#[derive(Debug)]
pub struct Chdlc;

impl Dissector for Chdlc {
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
        let &[_, _, high, low] = fixed::<HEADER>(data)?;
        let protocol = u16::from_be_bytes([high, low]);
        let header = if padded(data) { HEADER.saturating_add(1) } else { HEADER };
        Ok(Parsed::new(header, usize::MAX, Next::Table { nth: 0, value: protocol.into() }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&ADDRESS, 0)?;
        walk.u8(&CONTROL, 1)?;
        walk.u16(&NEXT, 2)?;
        if padded(walk.data()) {
            walk.u8(&PADDING, HEADER)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u16_at(layer.data(), 2) {
            Some(protocol) => write!(out, "protocol {protocol:#06x}"),
            None => out.write_str("header cut"),
        }
    }
}

/// A byte stands between the header and a CLNS packet, which would begin with 0x81, 0x82 or 0x83 (ISO/IEC TR 9577).
fn padded(data: &[u8]) -> bool {
    u16_at(data, 2) == Some(OSI) && u8_at(data, HEADER).is_some_and(|byte| !matches!(byte, 0x81..=0x83))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn payload_and_padding() {
        let frame = [bytes("0f00 0800"), bytes(UDP)].concat();
        let seen = Seen::new(LinkType(CISCO_HDLC), &frame);
        assert_eq!(seen.protocols, "chdlc:ip:udp");
        seen.expect(&[("chdlc.address", "0x0f"), ("chdlc.control", "0x00"), ("chdlc.protocol", "0x0800")]);
        survives(LinkType(CISCO_HDLC), &frame);

        let padded = Seen::new(LinkType(CISCO_HDLC), &bytes("0f00 fefe 03 83 00"));
        padded.expect(&[("chdlc.clns_padding", "0x03"), ("data.data", "8300")]);
        let plain = Seen::new(LinkType(CISCO_HDLC), &bytes("0f00 fefe 83 00"));
        plain.expect(&[("chdlc.clns_padding", ""), ("data.data", "8300")]);
    }
}
