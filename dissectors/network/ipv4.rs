//! Internet Protocol version 4 (RFC 791), with its options.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};

use crate::bytes::{chunk, fixed, u8_at, u16_at};
use crate::checksum::{self, Status};
use crate::dissector::{Context, Dissector, Fault, Fragment, Key, Net, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value, concat, name_of};
use crate::link::chdlc::CHDLC_PROTOCOL;
use crate::link::ethernet::ETHERTYPE;
use crate::link::llc::LLC_DSAP;
use crate::link::null::NULL_BSD;
use crate::link::ppp::PPP_PROTOCOL;
use crate::network::gre::GRE_PROTO;
use crate::network::{
    DSCP_NAMES, ECN_NAMES, FragmentFields, IP_PROTO, IP_PROTO_NAMES, ipv6::ETHERTYPE_IPV6, status_field,
};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

mod options;
pub(crate) mod quick_start;

fields! {
    VERSION = Field::u8("ip.version", "version"),
    HDR_LEN = Field::u8("ip.hdr_len", "header length"),
    DSFIELD = Field::u8("ip.dsfield", "differentiated services").hex(),
    DSCP = Field::u8("ip.dsfield.dscp", "code point").names(DSCP_NAMES),
    ECN = Field::u8("ip.dsfield.ecn", "congestion notification").names(ECN_NAMES),
    LEN = Field::u16("ip.len", "total length").key(),
    ID = Field::u16("ip.id", "identification").hex(),
    FLAGS = Field::u8("ip.flags", "flags").hex(),
    FLAGS_RB = Field::bool("ip.flags.rb", "reserved bit"),
    FLAGS_DF = Field::bool("ip.flags.df", "don't fragment"),
    FLAGS_MF = Field::bool("ip.flags.mf", "more fragments"),
    FRAG_OFFSET = Field::u16("ip.frag_offset", "fragment offset"),
    TTL = Field::u8("ip.ttl", "time to live").key(),
    PROTO = Field::u8("ip.proto", "protocol").key().names(IP_PROTO_NAMES),
    CHECKSUM = Field::u16("ip.checksum", "header checksum").hex(),
    CHECKSUM_STATUS = status_field("ip.checksum.status"),
    CHECKSUM_CALCULATED = Field::u16("ip.checksum_calculated", "calculated checksum").hex(),
    SRC = Field::ipv4("ip.src", "source").key(),
    DST = Field::ipv4("ip.dst", "destination").key(),
    ADDR = Field::ipv4("ip.addr", "address").many().hidden(),
    CUR_RT = Field::ipv4("ip.cur_rt", "current route"),
    FRAGMENT = Field::frame("ip.fragment", "fragment").many(),
    FRAGMENT_ERROR = Field::frame("ip.fragment.error", "fragment at odds").many(),
    FRAGMENT_OVERLAP = Field::bool("ip.fragment.overlap", "overlaps").many(),
    FRAGMENT_CONFLICT = Field::bool("ip.fragment.overlap.conflict", "overlaps with other bytes").many(),
    FRAGMENT_TOO_LONG = Field::bool("ip.fragment.toolongfragment", "reaches beyond the end").many(),
    FRAGMENT_COUNT = Field::u32("ip.fragment.count", "fragments"),
    REASSEMBLED_LENGTH = Field::u32("ip.reassembled.length", "rebuilt length"),
    REASSEMBLED_DATA = Field::bytes("ip.reassembled.data", "rebuilt datagram"),
    REASSEMBLED_IN = Field::frame("ip.reassembled_in", "rebuilt in frame"),
    REFUSED = Field::text("nd.ip.fragment.refused", "fragment refused"),
}

static ALL_FIELDS: [&Field; FIELDS.len() + options::FIELDS.len()] = concat(&[FIELDS, options::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "ip",
    title: "IPv4",
    about: "Internet Protocol version 4 (RFC 791)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&ETHERTYPE, ETHERTYPE_IPV4),
    Key::new(&IP_PROTO, 4),
    Key::new(&IP_PROTO, 94),
    Key::new(&LINK_TYPE, 228),
    Key::new(&NULL_BSD, 2),
    Key::new(&PPP_PROTOCOL, 0x0021),
    Key::new(&CHDLC_PROTOCOL, ETHERTYPE_IPV4),
    Key::new(&LLC_DSAP, 0x06),
    Key::new(&GRE_PROTO, ETHERTYPE_IPV4),
];
static CARRIES: &[&Table] = &[&IP_PROTO, &ETHERTYPE];

/// EtherType of IPv4.
pub const ETHERTYPE_IPV4: u32 = 0x0800;
/// Bytes of the header without options.
const HEADER: usize = 20;

const FRAGMENT_FIELDS: FragmentFields = FragmentFields {
    fragment: &FRAGMENT,
    error: &FRAGMENT_ERROR,
    overlap: &FRAGMENT_OVERLAP,
    conflict: &FRAGMENT_CONFLICT,
    too_long: &FRAGMENT_TOO_LONG,
    count: &FRAGMENT_COUNT,
    length: &REASSEMBLED_LENGTH,
    data: &REASSEMBLED_DATA,
    rebuilt_in: &REASSEMBLED_IN,
    refused: &REFUSED,
};

/// Internet Protocol version 4.
#[derive(Debug)]
pub struct Ipv4;

impl Dissector for Ipv4 {
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
        let &[first] = fixed::<1>(data)?;
        match first >> 4 {
            4 => {}
            // An IPv6 packet under IPv4's number: its own dissector reads it.
            6 => return Ok(Parsed::new(0, usize::MAX, Next::Table { nth: 1, value: ETHERTYPE_IPV6 })),
            _ => return Err(Fault::Malformed("version is neither 4 nor 6 (ip.version)")),
        }
        let header = header_len(first);
        if header < HEADER {
            return Err(Fault::Malformed("header length below 20 (ip.hdr_len)"));
        }
        let &[_, tos, l1, l0, i1, i0, f1, f0, ttl, protocol, ..] = fixed::<HEADER>(data)?;
        let total = match usize::from(u16::from_be_bytes([l1, l0])) {
            // Captured before the interface cut the packet up (TCP segmentation offload).
            0 => cx.wire_len,
            total => total,
        };
        if total < header {
            return Err(Fault::Malformed("total length below the header's (ip.len)"));
        }
        if data.len() < header {
            return Err(Fault::Short { need: header, have: data.len() });
        }
        let (flags, id) = (u16::from_be_bytes([f1, f0]), u16::from_be_bytes([i1, i0]));
        let (offset, more) = (frag_offset(flags), flags & MORE != 0);
        let payload = total.saturating_sub(header);
        let piece = more || offset != 0;
        let (src, dst) = addresses(data, header).ok_or(Fault::Short { need: header, have: data.len() })?;
        cx.enter(Net {
            src: IpAddr::V4(src),
            dst: IpAddr::V4(dst),
            id: Some(id),
            ttl,
            ecn: tos & 3,
            payload_len: u32::try_from(payload).unwrap_or(u32::MAX),
            piece,
        });
        let next = Next::Table { nth: 0, value: protocol.into() };
        let next = match (piece, offset) {
            (false, _) => next,
            // Only what was captured whole, with a sound header, can be joined.
            _ if data.len() >= total && sound(data, header) && cx.quoted => Next::Data,
            _ if data.len() >= total && sound(data, header) => {
                cx.fragment = Some(Fragment {
                    id: id.into(),
                    protocol: protocol.into(),
                    nth: 0,
                    offset,
                    len: u32::try_from(payload).unwrap_or(u32::MAX),
                    header: u32::try_from(header).unwrap_or(HEADER as u32),
                    more,
                });
                Next::Fragment
            }
            (true, 0) => next,
            (true, _) => Next::Data,
        };
        Ok(Parsed::new(header, total, next).memo(u32::try_from(total).unwrap_or(u32::MAX)))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let first = u8_at(data, 0)?;
        walk.uint(&VERSION, 0..1, first >> 4)?;
        if first >> 4 != 4 {
            return Some(());
        }
        let header = header_len(first);
        walk.uint(&HDR_LEN, 0..1, header as u64)?;
        if header < HEADER {
            return Some(());
        }
        let tos = u8_at(data, 1)?;
        walk.open(&DSFIELD, 1..2, Value::Uint(tos.into()))?;
        walk.uint(&DSCP, 1..2, tos >> 2)?;
        walk.uint(&ECN, 1..2, tos & 3)?;
        walk.close();
        let total = match u16_at(data, 2)? {
            0 => walk.memo(),
            total => total.into(),
        };
        walk.uint(&LEN, 2..4, total)?;
        if (total as usize) < header {
            return Some(());
        }
        walk.u16(&ID, 4)?;
        let flags = u16_at(data, 6)?;
        walk.open(&FLAGS, 6..7, Value::Uint(u64::from(flags >> 13)))?;
        walk.bool(&FLAGS_RB, 6..7, flags & 0x8000 != 0)?;
        walk.bool(&FLAGS_DF, 6..7, flags & 0x4000 != 0)?;
        walk.bool(&FLAGS_MF, 6..7, flags & MORE != 0)?;
        walk.close();
        walk.uint(&FRAG_OFFSET, 6..8, frag_offset(flags))?;
        walk.u8(&TTL, 8)?;
        walk.u8(&PROTO, 9)?;
        header_checksum(walk, header)?;
        let src = walk.ipv4(&SRC, 12)?;
        walk.emit(&ADDR, 12..16, Value::Ipv4(src))?;
        let written = Ipv4Addr::from(chunk::<4>(data, 16)?);
        let dst = addresses(data, header).map_or(written, |(_, dst)| dst);
        if dst != written {
            walk.ipv4(&CUR_RT, 16)?;
        }
        walk.emit(&DST, 16..20, Value::Ipv4(dst))?;
        walk.emit(&ADDR, 16..20, Value::Ipv4(dst))?;
        options::emit(walk, header)?;
        FRAGMENT_FIELDS.emit(walk)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(&[first, _, l1, l0, i1, i0, f1, f0, _, protocol, ..]) = data.first_chunk::<HEADER>() else {
            return out.write_str("header cut");
        };
        let (version, header, total) = (first >> 4, header_len(first), u16::from_be_bytes([l1, l0]));
        if version != 4 {
            return write!(out, "Bogus IPv4 version ({version}, must be 4)");
        }
        if header < HEADER {
            return write!(out, "Bogus IP header length ({header}, must be at least {HEADER})");
        }
        if total != 0 && usize::from(total) < header {
            return write!(out, "Bogus IP length ({total}, less than header length {header})");
        }
        let name = name_of(IP_PROTO_NAMES, protocol.into()).unwrap_or("Unknown");
        let flags = u16::from_be_bytes([f1, f0]);
        let offset = frag_offset(flags);
        if offset == 0 && flags & MORE == 0 {
            return write!(out, "{name} ({protocol})");
        }
        let id = u16::from_be_bytes([i1, i0]);
        write!(out, "Fragmented IP protocol (proto={name} {protocol}, off={offset}, ID={id:04x})")?;
        match layer.packet.parts.facts.datagram_at(layer.number()).and_then(|facts| facts.refused) {
            Some(why) => write!(out, " [{why}]"),
            None => Ok(()),
        }
    }
}

/// More fragments (RFC 791 section 3.1).
const MORE: u16 = 0x2000;

fn header_len(first: u8) -> usize {
    usize::from(first & 0x0f).saturating_mul(4)
}

/// Offset in bytes of a fragment, out of the field's units of eight.
fn frag_offset(flags: u16) -> u32 {
    u32::from(flags & 0x1fff).saturating_mul(8)
}

/// Whether the header's checksum is right.
fn sound(data: &[u8], header: usize) -> bool {
    data.get(..header).is_some_and(|header| checksum::sum(header) == 0xffff)
}

fn header_checksum(walk: &mut Walk<'_, '_>, header: usize) -> Option<()> {
    let found = walk.u16(&CHECKSUM, 10)?;
    match walk.data().get(..header) {
        Some(bytes) => {
            let sum = checksum::sum(bytes);
            let status = if sum == 0xffff { Status::Good } else { Status::Bad };
            walk.uint(&CHECKSUM_STATUS, 10..12, status as u8)?;
            walk.uint(&CHECKSUM_CALCULATED, 10..12, checksum::expected(sum, found))
        }
        None => walk.uint(&CHECKSUM_STATUS, 10..12, Status::Unverified as u8),
    }
}

/// Source, and the destination that the packet will reach in the end: the last address of a source route that is
/// not used up (RFC 791 section 3.1), else the one in the header.
fn addresses(data: &[u8], header: usize) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let src = Ipv4Addr::from(chunk::<4>(data, 12)?);
    let dst = Ipv4Addr::from(chunk::<4>(data, 16)?);
    if header == HEADER {
        return Some((src, dst));
    }
    for (at, kind, len) in options::Options::new(data, header) {
        if !options::is_route(kind) {
            continue;
        }
        let pointer = usize::from(u8_at(data, at.saturating_add(2))?);
        let addresses = len.saturating_sub(3) / 4;
        if pointer > addresses.saturating_mul(4) || addresses == 0 {
            break;
        }
        let last = at.saturating_add(3).saturating_add(addresses.saturating_sub(1).saturating_mul(4));
        return Some((src, Ipv4Addr::from(chunk::<4>(data, last)?)));
    }
    Some((src, dst))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::facts::{DatagramFacts, Piece};
    use crate::frame::{Frame, Timestamp};
    use crate::network::build::{RAW_V4, ipv4, ipv6, udp};
    use crate::packet::{Dissection, Packet};
    use crate::registry::{Registry, Span, Stop};
    use crate::testing::{Seen, survives};

    const UDP: u8 = 17;

    #[test]
    fn a_plain_header() {
        let seen = Seen::new(RAW_V4, &ipv4(UDP, 0x4000, &[], &udp(b"hi")));
        seen.expect(&[
            ("ip.version", "4"),
            ("ip.hdr_len", "20"),
            ("ip.len", "30"),
            ("ip.id", "0x0007"),
            ("ip.flags", "0x02"),
            ("ip.flags.df", "1"),
            ("ip.frag_offset", "0"),
            ("ip.ttl", "64"),
            ("ip.proto", "17"),
            ("ip.checksum.status", "1"),
            ("ip.src", "10.0.0.1"),
            ("ip.dst", "10.0.0.2"),
            ("ip.addr", "10.0.0.1,10.0.0.2"),
        ]);
        assert_eq!(seen.protocols, "ip:udp");
    }

    #[test]
    fn a_wrong_checksum_is_named_with_the_right_one() {
        let mut packet = ipv4(UDP, 0, &[], &udp(b"hi"));
        packet[10] ^= 0x10;
        let seen = Seen::new(RAW_V4, &packet);
        assert_eq!(seen.get("ip.checksum.status"), "0");
        packet[10] ^= 0x10;
        assert_eq!(seen.get("ip.checksum_calculated"), Seen::new(RAW_V4, &packet).get("ip.checksum"));
    }

    #[test]
    fn a_source_route_leads_to_its_last_address() {
        let route = [131, 11, 4, 1, 2, 3, 4, 5, 6, 7, 8, 0];
        let seen = Seen::new(RAW_V4, &ipv4(UDP, 0, &route, &udp(b"")));
        seen.expect(&[
            ("ip.dst", "5.6.7.8"),
            ("ip.cur_rt", "10.0.0.2"),
            ("ip.src_rt", "1.2.3.4"),
            ("ip.opt.type", "131,0"),
            ("ip.opt.ptr", "4"),
        ]);
        let mut used_up = route;
        used_up[2] = 12;
        let seen = Seen::new(RAW_V4, &ipv4(UDP, 0, &used_up, &udp(b"")));
        seen.expect(&[("ip.dst", "10.0.0.2"), ("ip.cur_rt", ""), ("ip.rec_rt", "1.2.3.4,5.6.7.8")]);
    }

    #[test]
    fn options_are_read_by_their_kinds() {
        let options = [
            &[7, 7, 8, 1, 2, 3, 4, 1][..],
            &[68, 12, 13, 0x11, 10, 0, 0, 9, 0, 0, 0, 5],
            &[148, 4, 0, 0],
            &[136, 4, 0x12, 0x34],
            &[11, 4, 5, 0xdc],
            &[149, 6, 224, 0, 0, 1, 0, 0],
        ]
        .concat();
        let packet = ipv4(UDP, 0, &options, &udp(b""));
        Seen::new(RAW_V4, &packet).expect(&[
            ("ip.opt.type", "7,1,68,148,136,11,149,0"),
            ("ip.opt.type.copy", "0,0,0,1,1,0,1,0"),
            ("ip.opt.type.class", "0,0,2,0,0,0,0,0"),
            ("ip.rec_rt", "1.2.3.4"),
            ("ip.opt.overflow", "1"),
            ("ip.opt.flag", "0x01"),
            ("ip.opt.time_stamp_addr", "10.0.0.9"),
            ("ip.opt.time_stamp", "5"),
            ("ip.opt.ra", "0"),
            ("ip.opt.sid", "4660"),
            ("ip.opt.mtu", "1500"),
            ("ip.opt.addr", "224.0.0.1"),
        ]);
        survives(RAW_V4, &packet);
    }

    #[test]
    fn security_and_the_rarer_options() {
        let options = [
            &[130, 11, 0xf1, 0x35, 0, 1, b'X', b'Y', b'A', b'B', b'C', 1][..],
            &[130, 4, 0xab, 0x20],
            &[133, 3, 9, 1],
            &[82, 12, 0, 1, 0, 2, 0, 3, 10, 0, 0, 8],
            &[25, 8, 0x0a, 5, 0, 0, 0, 4],
        ]
        .concat();
        Seen::new(RAW_V4, &ipv4(UDP, 0, &options, &udp(b""))).expect(&[
            ("ip.opt.sec_rfc791_sec", "0xf135"),
            ("ip.opt.sec_rfc791_comp", "1"),
            ("ip.opt.sec_rfc791_hr", "XY"),
            ("ip.opt.sec_rfc791_tcc", "ABC"),
            ("ip.opt.sec_cl", "0xab"),
            ("ip.opt.ext_sec_add_sec_info_format_code", "0x09"),
            ("ip.opt.id_number", "1"),
            ("ip.opt.ohc", "2"),
            ("ip.opt.rhc", "3"),
            ("ip.opt.originator", "10.0.0.8"),
            ("ip.opt.qs_func", "0"),
            ("ip.opt.qs_rate", "10"),
            ("ip.opt.qs_ttl", "5"),
            ("ip.opt.qs_ttl_diff", "59"),
            ("ip.opt.qs_nonce", "0x00000001"),
            ("ip.opt.qs_reserved", "0x00000000"),
            ("ip.opt.sec_prot_auth_flags", "0x20"),
            ("ip.opt.sec_prot_auth_sci", "1"),
        ]);
    }

    /// FIPS 188 and draft-ietf-cipso-ipsecurity-01: a domain, then tags.
    #[test]
    fn what_of_an_option_is_not_read_is_shown_as_bytes() {
        let options = [
            &[134, 19, 0, 0, 0, 1, 1, 6, 0, 2, 0x80, 0xff, 7, 4, b'a', b'b', 9, 1, 5][..],
            &[158, 5, b'o', b'd', b'd'],
            &[130, 6, 0x5a, 0xc1, 0x80, 7],
            &[133, 4, 1, 0xaa],
            &[25, 6, 1, 2, 3, 4],
        ]
        .concat();
        let packet = ipv4(UDP, 0, &options, &udp(b""));
        let seen = Seen::new(RAW_V4, &packet);
        seen.expect(&[
            ("ip.opt.type", "134,130,133,25"),
            ("ip.opt.len", "19,6,4,6"),
            ("ip.cipso.doi", "1"),
            ("ip.cipso.tag_type", "1,7"),
            ("ip.cipso.sensitivity_level", "2"),
            ("nd.ip.option.type", "158"),
            ("nd.ip.option.length", "5"),
            ("nd.ip.option.data", "80ff,6162,090105,6f6464,07,01020304"),
            ("ip.opt.sec_prot_auth_flags", "0xc1,0x80"),
            ("ip.opt.sec_prot_auth_unassigned", "0x00,0x40"),
            ("ip.opt.sec_prot_auth_fti", "1,0"),
            ("ip.opt.ext_sec_add_sec_info", "aa"),
            ("ip.opt.qs_func", ""),
        ]);
        survives(RAW_V4, &packet);
    }

    #[test]
    fn an_option_that_leads_nowhere_ends_the_list() {
        for bad in [[7, 0, 0, 0], [7, 1, 0, 0], [7, 9, 0, 0]] {
            let seen = Seen::new(RAW_V4, &ipv4(UDP, 0, &bad, &udp(b"")));
            assert_eq!((seen.get("ip.opt.type"), &*seen.protocols), ("".into(), "ip:udp"));
        }
    }

    #[test]
    fn header_lengths_that_lie() {
        let mut packet = ipv4(UDP, 0, &[], &udp(b"hi"));
        packet[0] = 0x41;
        let seen = Seen::new(RAW_V4, &packet);
        assert_eq!((seen.get("ip.hdr_len"), seen.get("ip.src")), ("4".into(), "".into()));
        assert_eq!(seen.info, "Bogus IP header length (4, must be at least 20)");
        assert_eq!(seen.faults, ["malformed: header length below 20 (ip.hdr_len)"]);
        packet[0] = 0x4f;
        let seen = Seen::new(RAW_V4, &packet);
        assert_eq!(seen.info, "Bogus IP length (30, less than header length 60)");
    }

    #[test]
    fn total_lengths_that_lie() {
        let mut packet = ipv4(UDP, 0, &[], &udp(b"hi"));
        packet[3] = 5;
        assert_eq!(Seen::new(RAW_V4, &packet).info, "Bogus IP length (5, less than header length 20)");
        packet[2..4].copy_from_slice(&[0xff, 0xff]);
        let seen = Seen::new(RAW_V4, &packet);
        assert_eq!((seen.get("ip.len"), &*seen.protocols), ("65535".into(), "ip:udp"));
        packet[2..4].copy_from_slice(&[0, 0]);
        let seen = Seen::new(RAW_V4, &packet);
        assert_eq!((seen.get("ip.len"), &*seen.protocols), ("30".into(), "ip:udp"));
        let mut padded = ipv4(253, 0, &[], b"data");
        padded.extend([0; 20]);
        assert_eq!(Seen::new(RAW_V4, &padded).get("data.data"), "64617461");
    }

    #[test]
    fn an_ipv6_packet_under_its_number_is_read_as_such() {
        let seen = Seen::new(RAW_V4, &ipv6(59, b""));
        assert_eq!((seen.get("ip.version"), &*seen.protocols), ("6,6".into(), "ip:ipv6"));
        let mut other = ipv4(UDP, 0, &[], b"");
        other[0] = 0x55;
        assert_eq!(Seen::new(RAW_V4, &other).info, "Bogus IPv4 version (5, must be 4)");
    }

    #[test]
    fn packets_in_packets_end_at_the_depth_allowed() {
        for depth in [60, 700] {
            let mut packet = ipv4(253, 0, &[], b"core");
            for _ in 0..depth {
                packet = ipv4(4, 0, &[], &packet);
            }
            let seen = Seen::new(RAW_V4, &packet);
            assert_eq!(seen.faults, ["malformed: too many tunnels"]);
            assert!(seen.get("ip.ttl").split(',').count() <= 9);
        }
    }

    /// What the loop says of a packet, and the packet's parts.
    fn stop(packet: &[u8]) -> (Stop, Dissection) {
        let mut parts = Dissection::default();
        let frame = frame(packet, packet.len());
        (Registry::builtin().dissect(&frame, &mut parts), parts)
    }

    fn frame(data: &[u8], wire: usize) -> Frame<'_> {
        Frame {
            number: 9,
            time: Timestamp::default(),
            link: RAW_V4,
            wire_len: wire as u32,
            data,
            origin: None,
        }
    }

    #[test]
    fn a_piece_is_handed_over_with_what_joins_it() {
        let (stop, _) = stop(&ipv4(UDP, 0x2000 | 185, &[], &[7; 16]));
        let Stop::Fragment(piece, span) = stop else { panic!("{stop:?}") };
        let expected =
            Fragment { id: 7, protocol: 17, nth: 0, offset: 1480, len: 16, header: 20, more: true };
        assert_eq!(piece, expected);
        assert_eq!((span.offset, span.end, span.wire), (20, 36, 16));
    }

    #[test]
    fn pieces_that_cannot_be_joined_are_shown_as_far_as_they_go() {
        let whole = ipv4(UDP, 0x2000, &[], &udp(b"abcdefgh"));
        let mut bad = whole.clone();
        bad[10] ^= 1;
        assert!(matches!(stop(&bad).0, Stop::Datagram { .. }));
        let later = Seen::cut(RAW_V4, &ipv4(UDP, 5, &[], &[0; 16])[..30], 36);
        assert_eq!((&*later.protocols, later.get("data.len")), ("ip:data", "10".into()));
        assert_eq!(Seen::cut(RAW_V4, &whole[..30], whole.len()).protocols, "ip:udp");
    }

    #[test]
    fn a_rebuilt_datagram_shows_its_pieces() {
        let registry = Registry::builtin();
        let last = ipv4(UDP, 1, &[], b"end");
        let frame = frame(&last, last.len());
        let mut parts = Dissection::default();
        let Stop::Fragment(piece, _) = registry.dissect(&frame, &mut parts) else { panic!("not a piece") };
        let bytes = udp(b"end");
        let source = parts.add_source(bytes.clone()).unwrap();
        let held = |frame, offset, len, overlap| Piece {
            frame,
            offset,
            len,
            overlap,
            conflict: overlap,
            too_long: false,
        };
        let pieces = Vec::from([held(8, 0, 8, false), held(9, 8, 3, true)]);
        let facts = DatagramFacts { pieces, source, len: 11, ..DatagramFacts::default() };
        parts.facts.datagrams.push((1, facts));
        let span = Span { source, offset: 0, end: bytes.len(), wire: bytes.len() };
        let stop = registry.rebuilt(&frame, &mut parts, &piece, span);
        assert!(matches!(stop, Stop::Datagram { src: 40000, dst: 9, .. }));
        assert_eq!(parts.net().map(|net| (net.payload_len, net.piece)), Some((11, false)));
        let seen = Seen::of(&Packet { frame, parts: &parts, registry: &registry });
        seen.expect(&[
            ("ip.fragment", "8"),
            ("ip.fragment.error", "9"),
            ("ip.fragment.overlap", "1"),
            ("ip.fragment.overlap.conflict", "1"),
            ("ip.fragment.count", "2"),
            ("ip.reassembled.length", "11"),
            ("ip.reassembled.data", "9c400009000b0000656e64"),
        ]);
        assert_eq!(seen.protocols, "ip:udp");
    }

    #[test]
    fn a_refused_piece_says_why() {
        let piece = ipv4(UDP, 0x2000, &[], &[0; 8]);
        let (_, mut parts) = stop(&piece);
        let facts = DatagramFacts { refused: Some("FragOverlap"), ..DatagramFacts::default() };
        parts.facts.datagrams.push((1, facts));
        let registry = Registry::builtin();
        let seen =
            Seen::of(&Packet { frame: frame(&piece, piece.len()), parts: &parts, registry: &registry });
        assert_eq!(seen.get("nd.ip.fragment.refused"), "FragOverlap");
        assert_eq!(seen.info, "Fragmented IP protocol (proto=UDP 17, off=0, ID=0007) [FragOverlap]");
    }
}
