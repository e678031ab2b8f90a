//! Ethernet II and IEEE 802.3 framing (IEEE 802.3-2018 section 3).

use core::fmt;

use crate::bytes::{fixed, u16_at, u32_at};
use crate::checksum::{STATUS_NAMES, Status};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::link::chdlc::CHDLC_PROTOCOL;
use crate::link::sll::SLL_LTYPE;
use crate::network::IP_PROTO;
use crate::network::gre::GRE_PROTO;
use crate::network::mpls;
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

/// EtherTypes (IEEE registration authority), shared by all link layers that carry one.
pub static ETHERTYPE: Table = Table { name: "ethertype" };
/// Payload of an 802.3 frame: key 0 is LLC (IEEE 802.2).
pub static LLC_PAYLOAD: Table = Table { name: "eth.llc" };

/// EtherType of IPv4.
pub const TYPE_IPV4: u16 = 0x0800;
/// EtherType of IPv6.
pub const TYPE_IPV6: u16 = 0x86dd;
/// EtherType of bridged Ethernet frames inside another protocol.
pub const TYPE_BRIDGED: u16 = 0x6558;
/// The type field is a length up to here (IEEE 802.3 section 3.2.6).
pub const MAX_LENGTH: u16 = 1500;

/// Names of the EtherTypes that a course or a data centre meets.
pub const ETHERTYPE_NAMES: &[(u64, &str)] = &[
    (0x0800, "IPv4"),
    (0x0806, "ARP"),
    (0x0842, "Wake-on-LAN"),
    (0x2000, "CDP"),
    (0x22eb, "ERSPAN III"),
    (0x6558, "bridged Ethernet"),
    (0x8035, "RARP"),
    (0x80f3, "AARP"),
    (0x8100, "802.1Q VLAN tag"),
    (0x8137, "IPX"),
    (0x86dd, "IPv6"),
    (0x8808, "Ethernet flow control"),
    (0x8809, "slow protocols"),
    (0x880b, "PPP"),
    (0x883e, "WCCP"),
    (0x8847, "MPLS"),
    (0x8848, "MPLS multicast"),
    (0x8863, "PPPoE discovery"),
    (0x8864, "PPPoE session"),
    (0x8870, "jumbo LLC"),
    (0x888e, "802.1X authentication"),
    (0x88a2, "ATA over Ethernet"),
    (0x88a8, "802.1ad service tag"),
    (0x88be, "ERSPAN"),
    (0x88cc, "LLDP"),
    (0x88e5, "MACsec"),
    (0x88e7, "802.1ah backbone tag"),
    (0x88f7, "PTP"),
    (0x8902, "802.1ag connectivity fault management"),
    (0x8906, "Fibre Channel over Ethernet"),
    (0x8926, "VN-Tag"),
    (0x9000, "loopback test"),
    (0x9100, "802.1Q VLAN tag (old QinQ)"),
];

fields! {
    DST = Field::mac("eth.dst", "destination").key(),
    DST_LG = Field::bool("eth.dst.lg", "destination is locally administered"),
    DST_IG = Field::bool("eth.dst.ig", "destination is a group"),
    SRC = Field::mac("eth.src", "source").key(),
    SRC_LG = Field::bool("eth.src.lg", "source is locally administered"),
    SRC_IG = Field::bool("eth.src.ig", "source is a group"),
    ADDR = Field::mac("eth.addr", "address").many().hidden(),
    TYPE = Field::u16("eth.type", "type").hex().names(ETHERTYPE_NAMES),
    LEN = Field::u16("eth.len", "length"),
    INVALID = Field::u16("eth.invalid_lentype", "neither length nor type").hex(),
    PADDING = Field::bytes("eth.padding", "padding"),
    TRAILER = Field::bytes("eth.trailer", "trailer"),
    FCS = Field::u32("eth.fcs", "frame check sequence").hex(),
    FCS_STATUS = Field::u8("eth.fcs.status", "frame check sequence status").names(STATUS_NAMES),
}

static PROTOCOL: Protocol = Protocol {
    name: "eth",
    title: "Ethernet",
    about: "Ethernet II and IEEE 802.3",
    fields: FIELDS,
    via: Some("ethertype"),
};

static KEYS: &[Key] = &[
    Key::new(&LINK_TYPE, 1),
    Key::new(&ETHERTYPE, TYPE_BRIDGED as u32),
    Key::new(&GRE_PROTO, TYPE_BRIDGED as u32),
    Key::new(&GRE_PROTO, 0x6400),
    Key::new(&CHDLC_PROTOCOL, TYPE_BRIDGED as u32),
    Key::new(&SLL_LTYPE, 3),
    // Ethernet in IP (RFC 8986 section 4.9).
    Key::new(&IP_PROTO, 143),
];
static CARRIES: &[&Table] = &[&ETHERTYPE, &LLC_PAYLOAD];

/// Bytes of the two addresses and the type or length.
const HEADER: usize = 14;
/// Types begin here (IEEE 802.3 section 3.2.6).
const MIN_TYPE: u16 = 1536;
/// First two bytes of Novell's IPX in 802.3 without LLC: a checksum that is never used.
const RAW_IPX: u16 = 0xffff;
/// Shortest frame without its frame check sequence.
const MIN_FRAME: usize = 60;
/// Bytes of a frame check sequence.
const FCS_LEN: usize = 4;

/// Ethernet II and IEEE 802.3.
#[derive(Debug)]
pub struct Ethernet;

impl Dissector for Ethernet {
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
        let &[.., high, low] = fixed::<HEADER>(data)?;
        let kind = u16::from_be_bytes([high, low]);
        Ok(match kind {
            // Type 0 is no length: Cisco switches use it for frames of their own.
            0 | MIN_TYPE.. => Parsed::new(HEADER, usize::MAX, Next::Table { nth: 0, value: kind.into() }),
            ..=MAX_LENGTH => {
                let len = HEADER.saturating_add(kind.into());
                Parsed::new(HEADER, len, llc_or_ipx(data, HEADER))
            }
            _ => Parsed::new(HEADER, usize::MAX, Next::Data),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let dst = walk.mac(&DST, 0)?;
        address(walk, 0, dst, &DST_LG, &DST_IG)?;
        let src = walk.mac(&SRC, 6)?;
        address(walk, 6, src, &SRC_LG, &SRC_IG)?;
        let kind = u16_at(walk.data(), 12)?;
        let end = match kind {
            0 | MIN_TYPE.. => {
                walk.u16(&TYPE, 12)?;
                payload_end(&walk.layer())
            }
            ..=MAX_LENGTH => {
                walk.u16(&LEN, 12)?;
                Some(HEADER.saturating_add(kind.into()))
            }
            _ => {
                walk.u16(&INVALID, 12)?;
                None
            }
        };
        // Whoever carries a frame inside another protocol leaves its check sequence out.
        let fcs = walk.layer().index == 1;
        trailer(walk, end?, &PADDING, &TRAILER, fcs.then_some((&FCS, &FCS_STATUS)))
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u16_at(layer.data(), 12) {
            Some(kind @ MIN_TYPE..) => match TYPE.name_of(kind.into()) {
                Some(name) => write!(out, "{name}"),
                None => out.write_str("Ethernet II"),
            },
            Some(1..=MAX_LENGTH) => out.write_str("IEEE 802.3 Ethernet"),
            Some(kind) => write!(out, "type {kind:#06x}"),
            None => out.write_str("header cut"),
        }
    }
}

/// The layer of a tag whose `header` ends in a type, or in the length of what follows.
pub(crate) fn tagged(data: &[u8], header: usize, kind: u16) -> Parsed {
    match kind {
        ..=MAX_LENGTH => Parsed::new(header, header.saturating_add(kind.into()), llc_or_ipx(data, header)),
        _ => Parsed::new(header, usize::MAX, Next::Table { nth: 0, value: kind.into() }),
    }
}

/// What an 802.3 frame with a length carries at `at`.
fn llc_or_ipx(data: &[u8], at: usize) -> Next {
    if u16_at(data, at) == Some(RAW_IPX) { Next::Data } else { Next::Table { nth: 1, value: 0 } }
}

fn address(
    walk: &mut Walk<'_, '_>,
    at: usize,
    address: [u8; 6],
    local: &'static Field,
    group: &'static Field,
) -> Option<()> {
    let [first, ..] = address;
    let end = at.saturating_add(6);
    walk.emit(&ADDR, at..end, Value::Mac(address))?;
    walk.bool(local, at..end, first & 2 != 0)?;
    walk.bool(group, at..end, first & 1 != 0)
}

/// Where the payload of `layer` ends by its own account, in bytes from the start of `layer`. A label stack has no
/// length of its own and ends where its payload does; a tag keeps the trailer to itself.
pub(crate) fn payload_end(layer: &Layer<'_>) -> Option<usize> {
    let mut above = layer.above()?;
    while mpls::is_stack(&above) {
        above = above.above()?;
    }
    let ends = above.slot.source == layer.slot.source && above.protocol().via.is_none();
    ends.then(|| above.slot.range().end.saturating_sub(layer.slot.offset as usize))
}

/// Emits what lies between `end`, counted from the start of the layer, and the end of its carrier: `padding` if it
/// fills the frame up to the minimum and is all zeros, then `trailer`, and last, for frames of at least 64 bytes
/// whose last four bytes are nobody's, the frame check sequence that some interfaces hand over.
pub(crate) fn trailer(
    walk: &mut Walk<'_, '_>,
    end: usize,
    padding: &'static Field,
    trailer: &'static Field,
    fcs: Option<(&'static Field, &'static Field)>,
) -> Option<()> {
    let (layer, frame) = (walk.layer(), *walk.frame());
    let room = layer.room();
    let mut rest = room.get(end..).filter(|rest| !rest.is_empty())?;
    let mut at = end;
    let wire = frame.wire_len as usize;
    let reach = room.len().saturating_add(layer.slot.offset as usize);
    let cut = if layer.slot.source == 0 && reach == frame.data.len() {
        wire.saturating_sub(frame.data.len())
    } else {
        0
    };
    let mut on_wire = rest.len().saturating_add(cut);

    let fill = MIN_FRAME.saturating_sub(wire.saturating_sub(on_wire));
    if wire >= MIN_FRAME && fill > 0 && rest.iter().take(fill).all(|&byte| byte == 0) {
        let (zeros, more) = rest.split_at_checked(fill)?;
        let next = at.saturating_add(fill);
        walk.emit(padding, at..next, Value::Bytes(zeros))?;
        (rest, at, on_wire) = (more, next, on_wire.saturating_sub(fill));
    }

    let fcs = fcs.filter(|_| wire >= MIN_FRAME.saturating_add(FCS_LEN) && on_wire >= FCS_LEN);
    let len = if fcs.is_some() { rest.len().min(on_wire.saturating_sub(FCS_LEN)) } else { rest.len() };
    let next = at.saturating_add(len);
    if len > 0 {
        walk.emit(trailer, at..next, Value::Bytes(rest.get(..len)?))?;
    }
    if let Some((field, status)) = fcs {
        let value = u32_at(rest, len)?;
        let end = next.saturating_add(FCS_LEN);
        walk.uint(field, next..end, value)?;
        // Its bytes are a guess, so that a mismatch would prove nothing.
        walk.uint(status, next..end, Status::Unverified as u8)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    const HEAD: &str = "020000000002 010203040506 0800";

    /// The frame of `HEAD` and a datagram, 44 bytes, with `tail` behind it.
    fn framed(tail: &[u8]) -> Vec<u8> {
        let mut frame = bytes(HEAD);
        frame.extend(bytes(UDP));
        frame.extend(tail);
        frame
    }

    #[track_caller]
    fn tail(tail: &[u8], padding: &str, trailer: &str, fcs: &str) {
        let seen = Seen::new(LinkType::ETHERNET, &framed(tail));
        seen.expect(&[("eth.padding", padding), ("eth.trailer", trailer), ("eth.fcs", fcs)]);
    }

    #[test]
    fn addresses_and_their_bits() {
        let seen = Seen::new(LinkType::ETHERNET, &framed(&[]));
        assert_eq!(seen.protocols, "eth:ethertype:ip:udp");
        seen.expect(&[
            ("eth.dst", "02:00:00:00:00:02"),
            ("eth.src", "01:02:03:04:05:06"),
            ("eth.addr", "02:00:00:00:00:02,01:02:03:04:05:06"),
            ("eth.dst.lg", "1"),
            ("eth.dst.ig", "0"),
            ("eth.src.lg", "0"),
            ("eth.src.ig", "1"),
            ("eth.type", "0x0800"),
        ]);
        survives(LinkType::ETHERNET, &framed(&[0; 20]));
    }

    #[test]
    fn zeros_up_to_the_minimum_are_padding() {
        tail(&[0; 16], "00000000000000000000000000000000", "", "");
        tail(&[0; 18], "00000000000000000000000000000000", "0000", "");
        tail(&[0; 15], "", "000000000000000000000000000000", "");
        tail(&[1; 16], "", "01010101010101010101010101010101", "");
    }

    #[test]
    fn four_bytes_behind_a_full_frame_are_its_check_sequence() {
        let mut behind = [0; 20];
        behind[16..].copy_from_slice(&[1, 2, 3, 4]);
        tail(&behind, "00000000000000000000000000000000", "", "0x01020304");
        tail(&[9; 22], "", "090909090909090909090909090909090909", "0x09090909");
    }

    #[test]
    fn a_cut_trailer_shows_what_is_there() {
        let frame = framed(&[1; 5]);
        let seen = Seen::cut(LinkType::ETHERNET, &frame, 74);
        seen.expect(&[("eth.padding", ""), ("eth.trailer", "0101010101"), ("eth.fcs", "")]);
        let seen = Seen::cut(LinkType::ETHERNET, &framed(&[0; 5]), 74);
        seen.expect(&[("eth.padding", ""), ("eth.trailer", ""), ("eth.fcs", "")]);
    }

    #[test]
    fn a_length_instead_of_a_type() {
        let mut frame = bytes("020000000002 010203040506 0004 f0f003aa");
        frame.resize(60, 0);
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:llc:data");
        seen.expect(&[("eth.len", "4"), ("eth.type", ""), ("data.data", "aa")]);
        assert_eq!(seen.get("eth.padding").len(), 84);
        survives(LinkType::ETHERNET, &frame);

        let seen = Seen::new(LinkType::ETHERNET, &bytes("020000000002 010203040506 05dd aabb"));
        assert_eq!(seen.protocols, "eth:data");
        seen.expect(&[("eth.len", ""), ("eth.type", ""), ("eth.invalid_lentype", "0x05dd")]);
    }

    #[test]
    fn a_frame_inside_another_has_no_check_sequence() {
        let mut inner = framed(&[5; 20]);
        let mut frame = bytes("020000000002 010203040506 6558");
        frame.append(&mut inner);
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:eth:ethertype:ip:udp");
        assert_eq!(seen.get("eth.trailer").len(), 40);
        assert_eq!(seen.get("eth.fcs"), "");
    }
}
