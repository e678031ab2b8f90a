//! Point-to-Point Protocol (RFC 1661), bare or in HDLC-like framing (RFC 1662), and the protocols that set it up.

pub mod ccp;
pub mod chap;
pub mod control;
pub mod ipcp;
pub mod ipv6cp;
pub mod lcp;
pub mod pap;

use core::fmt;

use crate::bytes::{u8_at, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, name_of};
use crate::frame::LinkType;
use crate::link::chdlc::CISCO_HDLC;
use crate::link::sll::SLL_LTYPE;
use crate::network::gre::{self, GRE_PROTO};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

/// PPP protocol numbers (IANA `ppp-numbers`).
pub static PPP_PROTOCOL: Table = Table { name: "ppp.protocol" };

/// Names of the PPP protocol numbers.
pub const PROTOCOL_NAMES: &[(u64, &str)] = &[
    (0x0021, "Internet Protocol version 4"),
    (0x0023, "OSI Network Layer"),
    (0x002b, "Novell IPX"),
    (0x002d, "Van Jacobson Compressed TCP/IP"),
    (0x002f, "Van Jacobson Uncompressed TCP/IP"),
    (0x0031, "Bridging PDU"),
    (0x003d, "PPP Multilink"),
    (0x0057, "Internet Protocol version 6"),
    (0x00fd, "Compressed datagram"),
    (0x0281, "MPLS Unicast"),
    (0x0283, "MPLS Multicast"),
    (0x8021, "Internet Protocol Control Protocol"),
    (0x8023, "OSI Network Layer Control Protocol"),
    (0x8031, "Bridging Control Protocol"),
    (0x8057, "IPv6 Control Protocol"),
    (0x80fd, "Compression Control Protocol"),
    (0x8281, "MPLS Control Protocol"),
    (0xc021, "Link Control Protocol"),
    (0xc023, "Password Authentication Protocol"),
    (0xc025, "Link Quality Report"),
    (0xc029, "Callback Control Protocol"),
    (0xc223, "Challenge Handshake Authentication Protocol"),
    (0xc227, "Extensible Authentication Protocol"),
];
const DIRECTION_NAMES: &[(u64, &str)] = &[(0, "sent"), (1, "received")];

fields! {
    DIRECTION = Field::u8("ppp.direction", "direction").names(DIRECTION_NAMES),
    ADDRESS = Field::u8("ppp.address", "address").hex(),
    CONTROL = Field::u8("ppp.control", "control").hex(),
    NEXT = Field::u16("ppp.protocol", "protocol").hex().key().names(PROTOCOL_NAMES),
}

static PROTOCOL: Protocol = Protocol {
    name: "ppp",
    title: "PPP",
    about: "Point-to-Point Protocol (RFC 1661)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&LINK_TYPE, LinkType::PPP.0),
    Key::new(&LINK_TYPE, 50),
    Key::new(&LINK_TYPE, LinkType::PPP_WITH_DIR.0),
    Key::new(&GRE_PROTO, gre::PPP as u32),
    Key::new(&SLL_LTYPE, 7),
];
static CARRIES: &[&Table] = &[&PPP_PROTOCOL, &LINK_TYPE];

/// Address of all stations, with which HDLC-like framing begins unless it was negotiated away.
const ALL_STATIONS: u8 = 0xff;
/// With these two, the frame is Cisco HDLC on a line that was thought to be PPP.
const CISCO: [u8; 2] = [0x0f, 0x8f];

/// Point-to-Point Protocol.
#[derive(Debug)]
pub struct Ppp;

/// Where the parts of the header lie.
struct Head {
    /// Place of the protocol number.
    at: usize,
    protocol: u16,
    header: usize,
}

impl Dissector for Ppp {
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
        let directed = cx.slot == 1 && cx.link == LinkType::PPP_WITH_DIR;
        if !directed && data.first().is_some_and(|first| CISCO.contains(first)) {
            return Ok(Parsed::new(0, usize::MAX, Next::Table { nth: 1, value: CISCO_HDLC }));
        }
        let need = data.len().saturating_add(1);
        let head = head(data, directed).ok_or(Fault::Short { need, have: data.len() })?;
        Ok(Parsed::new(head.header, usize::MAX, Next::Table { nth: 0, value: head.protocol.into() }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let directed = is_directed(&walk.layer());
        if directed {
            let first = u8_at(walk.data(), 0)?;
            walk.uint(&DIRECTION, 0..1, u8::from(first == 0))?;
        } else if CISCO.contains(&u8_at(walk.data(), 0)?) {
            return Some(());
        }
        let at = usize::from(directed);
        if u8_at(walk.data(), at)? == ALL_STATIONS {
            walk.u8(&ADDRESS, at)?;
            walk.u8(&CONTROL, at.saturating_add(1))?;
        }
        let head = head(walk.data(), directed)?;
        walk.uint(&NEXT, head.at..head.header, head.protocol)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match head(layer.data(), is_directed(layer)) {
            Some(head) => match name_of(PROTOCOL_NAMES, head.protocol.into()) {
                Some(name) => out.write_str(name),
                None => write!(out, "PPP protocol {:#06x}", head.protocol),
            },
            None => out.write_str("header cut"),
        }
    }
}

fn is_directed(layer: &Layer<'_>) -> bool {
    layer.index == 1 && layer.packet.frame.link == LinkType::PPP_WITH_DIR
}

/// Finds the protocol number; `None` if the bytes end before it does.
fn head(data: &[u8], directed: bool) -> Option<Head> {
    let start = usize::from(directed);
    let framed = u8_at(data, start)? == ALL_STATIONS;
    let at = start.saturating_add(if framed { 2 } else { 0 });
    let first = u8_at(data, at)?;
    // An odd first byte is the whole number: its zero high byte was compressed away (RFC 1661 section 6.5).
    let (protocol, len) = if first & 1 == 1 { (first.into(), 1) } else { (u16_at(data, at)?, 2) };
    Some(Head { at, protocol, header: at.saturating_add(len) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[track_caller]
    fn reads(front: &str, protocols: &str, protocol: &str) {
        let frame = [bytes(front), bytes(UDP)].concat();
        let seen = Seen::new(LinkType::PPP, &frame);
        assert_eq!(seen.protocols, protocols);
        assert_eq!(seen.get("ppp.protocol"), protocol);
        survives(LinkType::PPP, &frame);
    }

    #[test]
    fn framing_and_compression_are_optional() {
        reads("ff03 0021", "ppp:ip:udp", "0x0021");
        reads("0021", "ppp:ip:udp", "0x0021");
        reads("21", "ppp:ip:udp", "0x0021");
        reads("ff03 21", "ppp:ip:udp", "0x0021");
        reads("ff03 4320", "ppp:data", "0x0043");
        reads("ff03 0281 00010140", "ppp:mpls:ip:udp", "0x0281");
        reads("0f00 0800", "ppp:chdlc:ip:udp", "");
    }

    #[test]
    fn a_direction_in_front() {
        let frame = [bytes("00 ff03 0021"), bytes(UDP)].concat();
        let seen = Seen::new(LinkType::PPP_WITH_DIR, &frame);
        assert_eq!(seen.protocols, "ppp:ip:udp");
        seen.expect(&[("ppp.direction", "1"), ("ppp.address", "0xff"), ("ppp.control", "0x03")]);
        survives(LinkType::PPP_WITH_DIR, &frame);
    }
}
