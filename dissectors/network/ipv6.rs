//! Internet Protocol version 6 (RFC 8200): the fixed header here, each extension header in a file of its own.

use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

use crate::bytes::{chunk, fixed, u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Net, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value, name_of};
use crate::link::chdlc::CHDLC_PROTOCOL;
use crate::link::ethernet::ETHERTYPE;
use crate::link::null::NULL_BSD;
use crate::link::ppp::PPP_PROTOCOL;
use crate::network::gre::GRE_PROTO;
use crate::network::{DSCP_NAMES, ECN_NAMES, IP_PROTO, IP_PROTO_NAMES};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

pub mod dstopts;
pub mod fragment;
pub mod hopopts;
mod options;
pub mod routing;

fields! {
    // Wireshark sets IPv4's version for both; one of the two is enough to look at.
    IP_VERSION = Field::u8("ip.version", "version").hidden(),
    VERSION = Field::u8("ipv6.version", "version"),
    TCLASS = Field::u32("ipv6.tclass", "traffic class").hex(),
    DSCP = Field::u32("ipv6.tclass.dscp", "code point").names(DSCP_NAMES),
    ECN = Field::u32("ipv6.tclass.ecn", "congestion notification").names(ECN_NAMES),
    FLOW = Field::u24("ipv6.flow", "flow label").hex(),
    PLEN = Field::u16("ipv6.plen", "payload length").key(),
    NXT = Field::u8("ipv6.nxt", "next header").key().names(IP_PROTO_NAMES),
    HLIM = Field::u8("ipv6.hlim", "hop limit").key(),
    SRC = Field::ipv6("ipv6.src", "source").key(),
    DST = Field::ipv6("ipv6.dst", "destination").key(),
    ADDR = Field::ipv6("ipv6.addr", "address").many().hidden(),
    SRC_MAC = Field::mac("ipv6.src_slaac_mac", "source's link address"),
    DST_MAC = Field::mac("ipv6.dst_slaac_mac", "destination's link address"),
    MAC = Field::mac("ipv6.slaac_mac", "link address").many().hidden(),
}

static PROTOCOL: Protocol = Protocol {
    name: "ipv6",
    title: "IPv6",
    about: "Internet Protocol version 6 (RFC 8200)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&ETHERTYPE, ETHERTYPE_IPV6),
    Key::new(&IP_PROTO, 41),
    Key::new(&LINK_TYPE, 229),
    // NetBSD and OpenBSD, FreeBSD, Darwin.
    Key::new(&NULL_BSD, 24),
    Key::new(&NULL_BSD, 28),
    Key::new(&NULL_BSD, 30),
    Key::new(&PPP_PROTOCOL, 0x0057),
    Key::new(&CHDLC_PROTOCOL, ETHERTYPE_IPV6),
    Key::new(&GRE_PROTO, ETHERTYPE_IPV6),
];
static CARRIES: &[&Table] = &[&IP_PROTO];

/// EtherType of IPv6.
pub const ETHERTYPE_IPV6: u32 = 0x86dd;
/// Bytes of the fixed header.
const HEADER: usize = 40;
/// Extension headers that the chain is followed through.
const MAX_CHAIN: usize = 16;

const HOP_BY_HOP: u8 = 0;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
/// No next header (RFC 8200 section 4.7).
pub(crate) const NO_NEXT: u8 = 59;
const DESTINATION: u8 = 60;

/// Internet Protocol version 6.
#[derive(Debug)]
pub struct Ipv6;

impl Dissector for Ipv6 {
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
        if first >> 4 != 6 {
            return Err(Fault::Malformed("version is not 6 (ipv6.version)"));
        }
        let &[_, second, _, _, l1, l0, next, hops, ..] = fixed::<HEADER>(data)?;
        let body = data.get(HEADER..).unwrap_or_default();
        let payload = match usize::from(u16::from_be_bytes([l1, l0])) {
            0 if next == HOP_BY_HOP => options::jumbo(body).unwrap_or(0),
            // Captured before the interface cut the packet up (segmentation offload).
            0 if matches!(next, TCP | UDP) => cx.wire_len.saturating_sub(HEADER),
            len => len,
        };
        let src = Ipv6Addr::from(chunk::<16>(data, 8).unwrap_or_default());
        let dst = Ipv6Addr::from(chunk::<16>(data, 24).unwrap_or_default());
        let chain = Chain::follow(body, next, dst);
        cx.enter(Net {
            src: IpAddr::V6(chain.home.unwrap_or(src)),
            dst: IpAddr::V6(chain.last_hop.unwrap_or(dst)),
            id: None,
            ttl: hops,
            ecn: second >> 4 & 3,
            payload_len: u32::try_from(payload.saturating_sub(chain.len)).unwrap_or(u32::MAX),
            piece: chain.piece,
        });
        Ok(Parsed::new(HEADER, HEADER.saturating_add(payload), following(next)))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let first = u8_at(data, 0)?;
        walk.uint(&IP_VERSION, 0..1, first >> 4)?;
        walk.uint(&VERSION, 0..1, first >> 4)?;
        if first >> 4 != 6 {
            return Some(());
        }
        let word = u32_at(data, 0)?;
        walk.open(&TCLASS, 0..2, Value::Uint(u64::from(word >> 20 & 0xff)))?;
        walk.uint(&DSCP, 0..2, word >> 22 & 0x3f)?;
        walk.uint(&ECN, 0..2, word >> 20 & 3)?;
        walk.close();
        walk.uint(&FLOW, 1..4, word & 0xf_ffff)?;
        walk.u16(&PLEN, 4)?;
        walk.u8(&NXT, 6)?;
        walk.u8(&HLIM, 7)?;
        let src = walk.ipv6(&SRC, 8)?;
        walk.emit(&ADDR, 8..24, Value::Ipv6(src))?;
        if let Some(mac) = link_address(src) {
            walk.emit(&SRC_MAC, 8..24, Value::Mac(mac))?;
            walk.emit(&MAC, 8..24, Value::Mac(mac))?;
        }
        let dst = walk.ipv6(&DST, 24)?;
        walk.emit(&ADDR, 24..40, Value::Ipv6(dst))?;
        if let Some(mac) = link_address(dst) {
            walk.emit(&DST_MAC, 24..40, Value::Mac(mac))?;
            walk.emit(&MAC, 24..40, Value::Mac(mac))?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        match (u8_at(data, 6), u16_at(data, 38)) {
            (Some(next), Some(_)) => describe(next, out),
            _ => write!(out, "Invalid IPv6 header ({} bytes, need exactly {HEADER})", data.len()),
        }
    }
}

/// What a next header number of the chain leads to.
pub(crate) fn following(next: u8) -> Next {
    if next == NO_NEXT { Next::Data } else { Next::Table { nth: 0, value: next.into() } }
}

/// The Info column of a header whose payload nobody reads.
pub(crate) fn describe(next: u8, out: &mut dyn fmt::Write) -> fmt::Result {
    if next == NO_NEXT {
        return out.write_str("IPv6 no next header");
    }
    let name = name_of(IP_PROTO_NAMES, next.into()).unwrap_or("Unknown");
    write!(out, "{name} ({next})")
}

/// The 48-bit address that an interface identifier was made of (RFC 4291 appendix A), if it looks made so.
fn link_address(addr: Ipv6Addr) -> Option<[u8; 6]> {
    let [_, _, _, _, _, _, _, _, a, b, c, 0xff, 0xfe, d, e, f] = addr.octets() else { return None };
    (a & 2 != 0).then_some([a ^ 2, b, c, d, e, f])
}

/// What the extension headers say that concerns the whole packet.
#[derive(Default)]
struct Chain {
    /// Bytes of all extension headers up to the transport header or the fragment's payload.
    len: usize,
    /// Where the packet goes in the end (RFC 8200 section 8.1).
    last_hop: Option<Ipv6Addr>,
    /// Whom the packet comes from (RFC 6275 section 6.3).
    home: Option<Ipv6Addr>,
    /// The payload is a piece of a datagram.
    piece: bool,
}

impl Chain {
    fn follow(body: &[u8], first: u8, dst: Ipv6Addr) -> Self {
        let (mut chain, mut next) = (Self::default(), first);
        for _ in 0..MAX_CHAIN {
            let rest = body.get(chain.len..).unwrap_or_default();
            let (Some(following), Some(units)) = (u8_at(rest, 0), u8_at(rest, 1)) else { break };
            let units = usize::from(units);
            let len = match next {
                HOP_BY_HOP => extension_len(units),
                ROUTING => {
                    chain.last_hop = routing::last_hop(rest, dst).or(chain.last_hop);
                    extension_len(units)
                }
                DESTINATION => {
                    chain.home = options::home(rest).or(chain.home);
                    extension_len(units)
                }
                FRAGMENT => {
                    chain.piece |= fragment::is_piece(rest);
                    8
                }
                AUTHENTICATION => units.saturating_add(2).saturating_mul(4),
                _ => break,
            };
            chain.len = chain.len.saturating_add(len);
            if chain.piece {
                break;
            }
            next = following;
        }
        chain
    }
}

/// Bytes of an extension header whose length field holds `units` of eight beyond the first (RFC 8200 section 4).
pub(crate) fn extension_len(units: usize) -> usize {
    units.saturating_add(1).saturating_mul(8)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::network::build::{DST, RAW_V6, extension, icmpv6, ipv6, udp};
    use crate::testing::{Seen, survives};

    const ICMPV6: u8 = 58;
    const ECHO: [u8; 4] = [0, 1, 0, 2];

    #[test]
    fn the_fixed_header() {
        let mut packet = ipv6(17, &udp(b"hi"));
        packet[..4].copy_from_slice(&[0x6b, 0x81, 0x23, 0x45]);
        let seen = Seen::new(RAW_V6, &packet);
        seen.expect(&[
            ("ip.version", "6"),
            ("ipv6.version", "6"),
            ("ipv6.tclass", "0x000000b8"),
            ("ipv6.tclass.dscp", "46"),
            ("ipv6.tclass.ecn", "0"),
            ("ipv6.flow", "0x012345"),
            ("ipv6.plen", "10"),
            ("ipv6.nxt", "17"),
            ("ipv6.hlim", "64"),
            ("ipv6.src", "fe80::200:5eff:fe00:1"),
            ("ipv6.addr", "fe80::200:5eff:fe00:1,2001:db8::2"),
            ("ipv6.src_slaac_mac", "00:00:5e:00:00:01"),
            ("ipv6.dst_slaac_mac", ""),
        ]);
        assert_eq!(seen.protocols, "ipv6:udp");
        survives(RAW_V6, &packet);
    }

    #[test]
    fn every_option_of_the_options_headers() {
        let options = [
            &[0, 1, 2, 0, 0, 5, 2, 0, 0, 4, 1, 3][..],
            &[0x30, 4, 5, 0xdc, 5, 0xdd],
            &[7, 8, 0, 0, 0, 1, 0, 5, 1, 2],
            &[0x26, 6, 0x0a, 5, 0, 0, 0, 4],
            &[0x63, 4, 0x80, 1, 2, 3],
            &[0x1e, 2, 9, 9, 0x99, 1, 7, 0x6d, 1, 2],
        ]
        .concat();
        let mut payload = extension(60, &options);
        payload.extend(extension(ICMPV6, &[0x3e, 1, 5]));
        payload.extend(icmpv6(128, 0, &ECHO, DST));
        let packet = ipv6(0, &payload);
        let seen = Seen::new(RAW_V6, &packet);
        assert_eq!(seen.protocols, "ipv6:ipv6.hopopts:ipv6.dstopts:icmpv6");
        seen.expect(&[
            ("ipv6.hopopts.nxt", "60"),
            ("ipv6.hopopts.len", "6"),
            ("ipv6.hopopts.len_oct", "56"),
            ("ipv6.dstopts.nxt", "58"),
            ("ipv6.opt.padn", "0000"),
            ("ipv6.opt.router_alert", "0"),
            ("ipv6.opt.tel", "3"),
            ("ipv6.opt.pmtu.min", "1500"),
            ("ipv6.opt.pmtu.rtn", "1500"),
            ("ipv6.opt.pmtu.r_flag", "1"),
            ("ipv6.opt.calipso.doi", "1"),
            ("ipv6.opt.calipso.sens_level", "5"),
            ("ipv6.opt.qs_rate", "10"),
            ("ipv6.opt.qs_ttl_diff", "59"),
            ("ipv6.opt.qs_nonce", "0x00000001"),
            ("ipv6.opt.rpl.flag", "0x80"),
            ("ipv6.opt.rpl.flag.o", "1"),
            ("ipv6.opt.rpl.flag.r", "0"),
            ("ipv6.opt.rpl.sender_rank", "0x0203"),
            ("ipv6.opt.experimental", "0909,05"),
            ("ipv6.opt.unknown", "07"),
            ("nd.ipv6.opt.data", "02"),
            ("icmpv6.checksum.status", "1"),
        ]);
        survives(RAW_V6, &packet);
    }

    /// RFC 7731 section 6.1.
    #[test]
    fn the_option_of_multicast_in_lossy_networks() {
        let options = [0x6d, 4, 0x6a, 9, 0x12, 0x34, 0x6d, 2, 0, 1];
        let packet = ipv6(0, &[extension(ICMPV6, &options), icmpv6(128, 0, &ECHO, DST)].concat());
        Seen::new(RAW_V6, &packet).expect(&[
            ("nd.ipv6.opt.data", "6a091234,0001"),
            ("ipv6.opt.mpl.flag", "0x6a,0x00"),
            ("ipv6.opt.mpl.flag.s", "1,0"),
            ("ipv6.opt.mpl.flag.m", "1,0"),
            ("ipv6.opt.mpl.flag.rsv", "0x0a,0x00"),
            ("ipv6.opt.mpl.sequence", "0x09,0x01"),
            ("ipv6.opt.mpl.ipv6_src_seed_id", "1"),
        ]);
        survives(RAW_V6, &packet);
    }

    #[test]
    fn a_home_address_stands_for_the_source_in_checksums() {
        let home = Ipv6Addr::new(0x2001, 0xdb8, 0, 9, 0, 0, 0, 9);
        let option = [&[0xc9, 16][..], &home.octets()].concat();
        let mut message = icmpv6(128, 0, &ECHO, DST);
        let right = crate::checksum::pseudo_sum(home.into(), DST.into(), 58, 8, &message);
        let found = u16_at(&message, 2).unwrap();
        message[2..4].copy_from_slice(&crate::checksum::expected(right, found).to_be_bytes());
        let packet = ipv6(60, &[extension(ICMPV6, &option), message].concat());
        let seen = Seen::new(RAW_V6, &packet);
        let rows = [("ipv6.opt.mipv6.home_address", "2001:db8:0:9::9"), ("icmpv6.checksum.status", "1")];
        seen.expect(&rows);
    }

    #[test]
    fn routes_lead_to_their_last_address() {
        let (a, b) = (
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xa),
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xb),
        );
        let two = [a.octets(), b.octets()].concat();
        type Rows = &'static [(&'static str, &'static str)];
        let cases: [(&[u8], Ipv6Addr, Rows); 6] = [
            (
                &[&[0, 2, 0, 0, 0, 0][..], &two].concat(),
                b,
                &[
                    ("ipv6.routing.src.addr", "2001:db8::a,2001:db8::b"),
                    ("ipv6.routing.src.reserved", "00000000"),
                ],
            ),
            (&[&[0, 0, 0, 0, 0, 0][..], &two].concat(), DST, &[("ipv6.routing.segleft", "0")]),
            (
                &[&[2, 1, 0, 0, 0, 0][..], &a.octets()].concat(),
                a,
                &[
                    ("ipv6.routing.mipv6.home_address", "2001:db8::a"),
                    ("ipv6.routing.mipv6.reserved", "00000000"),
                ],
            ),
            (
                &[&[4, 1, 1, 8, 0, 7][..], &two].concat(),
                a,
                &[
                    ("ipv6.routing.srh.addr", "2001:db8::a,2001:db8::b"),
                    ("ipv6.routing.srh.last_entry", "1"),
                    ("ipv6.routing.srh.flags", "0x08"),
                    ("ipv6.routing.srh.tag", "0007"),
                ],
            ),
            (
                &[3, 2, 0xee, 0x40, 0, 0, 0, 0xa, 0, 0xb, 0, 0, 0, 0],
                b,
                &[
                    ("ipv6.routing.rpl.cmprI", "14"),
                    ("ipv6.routing.rpl.cmprE", "14"),
                    ("ipv6.routing.rpl.pad", "4"),
                    ("ipv6.routing.rpl.address", "000a,000b"),
                    ("ipv6.routing.rpl.full_address", "2001:db8::a,2001:db8::b"),
                ],
            ),
            (&[9, 1, 1, 2, 3, 4], DST, &[("ipv6.routing.unknown_data", "01020304")]),
        ];
        for (body, last, rows) in cases {
            let packet = ipv6(43, &[extension(ICMPV6, body), icmpv6(128, 0, &ECHO, last)].concat());
            let seen = Seen::new(RAW_V6, &packet);
            seen.expect(rows);
            assert_eq!(seen.get("icmpv6.checksum.status"), "1", "{rows:?}");
            assert_eq!(seen.protocols, "ipv6:ipv6.routing:icmpv6");
            survives(RAW_V6, &packet);
        }
    }

    #[test]
    fn fragment_headers() {
        let atomic = [&[17, 0, 0, 0, 0, 0, 0, 5][..], &udp(b"hi")].concat();
        let seen = Seen::new(RAW_V6, &ipv6(44, &atomic));
        assert_eq!(seen.protocols, "ipv6:ipv6.fraghdr:udp");
        let piece = [&[17, 7, 0x05, 0xaf, 0, 1, 0, 5][..], &[0; 8]].concat();
        let packet = ipv6(44, &piece);
        let seen = Seen::new(RAW_V6, &packet);
        seen.expect(&[
            ("ipv6.fraghdr.nxt", "17"),
            ("ipv6.fraghdr.reserved_octet", "0x07"),
            ("ipv6.fraghdr.offset", "181"),
            ("ipv6.fraghdr.reserved_bits", "3"),
            ("ipv6.fraghdr.more", "1"),
            ("ipv6.fraghdr.ident", "0x00010005"),
        ]);
        assert_eq!(seen.info, "IPv6 fragment (off=1448 more=y ident=0x00010005 nxt=17)");
        survives(RAW_V6, &packet);
    }

    #[test]
    fn a_chain_of_headers_ends_at_the_depth_allowed() {
        let payload: Vec<u8> =
            (0..180).flat_map(|nth| [if nth == 179 { 59 } else { 60 }, 0, 1, 4, 0, 0, 0, 0]).collect();
        let seen = Seen::new(RAW_V6, &ipv6(60, &payload));
        assert_eq!(seen.faults, ["malformed: too many layers, the next is not reached"]);
        assert!(seen.get("ipv6.dstopts.nxt").split(',').count() <= 16);
    }

    #[test]
    fn an_extension_header_beyond_the_packet_is_cut() {
        let seen = Seen::new(RAW_V6, &ipv6(0, &[17, 5, 1, 4, 0, 0, 0, 0]));
        assert_eq!(
            (&*seen.protocols, &seen.faults[..]),
            ("ipv6:ipv6.hopopts", &["cut: 8 of 48 bytes".into()][..])
        );
        assert_eq!(seen.get("ipv6.opt.padn"), "00000000");
    }

    #[test]
    fn a_jumbogram_is_as_long_as_its_option_says() {
        let mut payload = extension(17, &[0xc2, 4, 0, 1, 0, 0x10]);
        payload.extend(udp(&[0; 65_536]));
        payload.resize(0x1_0010, 0);
        let mut packet = ipv6(0, &payload);
        packet[4..6].copy_from_slice(&[0, 0]);
        let seen = Seen::new(RAW_V6, &packet);
        seen.expect(&[("ipv6.plen", "0"), ("ipv6.opt.jumbo", "65552")]);
        assert_eq!(seen.protocols, "ipv6:ipv6.hopopts:udp");
    }

    #[test]
    fn no_next_header_and_unknown_ones() {
        let seen = Seen::new(RAW_V6, &ipv6(59, b""));
        assert_eq!((&*seen.protocols, &*seen.info), ("ipv6", "IPv6 no next header"));
        assert_eq!(Seen::new(RAW_V6, &ipv6(253, b"data")).protocols, "ipv6:data");
        let cut = Seen::cut(RAW_V6, &ipv6(17, &udp(b""))[..30], 48);
        assert_eq!(cut.info, "Invalid IPv6 header (30 bytes, need exactly 40)");
        assert_eq!((cut.get("ipv6.src"), cut.get("ipv6.dst")), ("fe80::200:5eff:fe00:1".into(), "".into()));
    }
}
