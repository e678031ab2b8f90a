//! Serial Line Address Resolution Protocol: addresses and keepalives on Cisco HDLC (RFC 1547 section 4.3.1).

use core::fmt;

use crate::bytes::u32_at;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol};
use crate::link::chdlc::CHDLC_PROTOCOL;
use crate::packet::Layer;
use crate::walk::Walk;

const PTYPE_NAMES: &[(u64, &str)] = &[(0, "Request"), (1, "Reply"), (2, "Line keepalive")];

fields! {
    PTYPE = Field::u32("slarp.ptype", "packet type").key().names(PTYPE_NAMES),
    ADDRESS = Field::ipv4("slarp.address", "address"),
    NETMASK = Field::ipv4("slarp.netmask", "network mask"),
    MY_SEQUENCE = Field::u32("slarp.mysequence", "own sequence number"),
    YOUR_SEQUENCE = Field::u32("slarp.yoursequence", "sequence number last seen"),
    RELIABILITY = Field::u16("slarp.reliability", "reliability").hex(),
    TIME = Field::bytes("nd.slarp.time", "time stamp"),
}

static PROTOCOL: Protocol = Protocol {
    name: "slarp",
    title: "SLARP",
    about: "Serial Line Address Resolution Protocol (Cisco HDLC)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&CHDLC_PROTOCOL, 0x8035)];

/// Bytes of every packet.
const LEN: usize = 14;
const KEEPALIVE: u32 = 2;

/// Serial Line Address Resolution Protocol.
#[derive(Debug)]
pub struct Slarp;

impl Dissector for Slarp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        if data.len() < LEN {
            return Err(Fault::Short { need: LEN, have: data.len() });
        }
        // Keepalives may end with a time stamp, in no agreed form.
        Ok(Parsed::end(data.len()))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        match walk.u32(&PTYPE, 0)? {
            0 | 1 => {
                walk.ipv4(&ADDRESS, 4)?;
                walk.ipv4(&NETMASK, 8)?;
            }
            KEEPALIVE => {
                walk.u32(&MY_SEQUENCE, 4)?;
                walk.u32(&YOUR_SEQUENCE, 8)?;
                walk.u16(&RELIABILITY, 12)?;
                let len = walk.data().len().saturating_sub(LEN);
                if len > 0 {
                    walk.bytes(&TIME, LEN, len)?;
                }
            }
            _ => {}
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        match (u32_at(data, 0), u32_at(data, 4), u32_at(data, 8)) {
            (Some(KEEPALIVE), Some(mine), Some(yours)) => {
                write!(out, "Line keepalive, outgoing sequence {mine}, returned sequence {yours}")
            }
            (Some(kind @ 0..=1), Some(address), Some(mask)) => {
                let name = PTYPE.name_of(kind.into()).unwrap_or_default();
                let (address, mask) = (core::net::Ipv4Addr::from(address), core::net::Ipv4Addr::from(mask));
                write!(out, "{name}, from {address}, mask {mask}")
            }
            (Some(kind), ..) => write!(out, "Unknown packet type {kind:#x}"),
            _ => out.write_str("header cut"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    #[test]
    fn keepalive_and_reply() {
        let link = LinkType(104);
        let keepalive = bytes("8f00 8035 00000002 00000005 00000002 ffff");
        let seen = Seen::new(link, &keepalive);
        assert_eq!(seen.protocols, "chdlc:slarp");
        assert_eq!(seen.info, "Line keepalive, outgoing sequence 5, returned sequence 2");
        seen.expect(&[
            ("slarp.ptype", "2"),
            ("slarp.mysequence", "5"),
            ("slarp.yoursequence", "2"),
            ("slarp.reliability", "0xffff"),
            ("slarp.address", ""),
        ]);
        survives(link, &keepalive);
        let stamped = Seen::new(link, &bytes("8f00 8035 00000002 00000005 00000002 ffff 000927c0"));
        stamped.expect(&[("nd.slarp.time", "000927c0")]);
        let reply = Seen::new(link, &bytes("8f00 8035 00000001 0a000001 fffffffc 0000"));
        reply.expect(&[("slarp.address", "10.0.0.1"), ("slarp.netmask", "255.255.255.252")]);
    }
}
