//! Internet Control Message Protocol (RFC 792), with router discovery (RFC 1256), address masks (RFC 950), traceroute
//! messages (RFC 1393), extensions (RFC 4884) and the extended echo (RFC 8335).

use core::fmt;

use super::echo::{self, EchoFields};
use super::icmp_extensions as extensions;
use crate::bytes::{chunk, fixed, u8_at, u16_at, u32_at, u64_at};
use crate::checksum::Status;
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Kind, Protocol, Value, concat, name_of};
use crate::frame::Timestamp;
use crate::link::ethernet::ETHERTYPE;
use crate::network::ipv4::ETHERTYPE_IPV4;
use crate::network::{IP_PROTO, message_status, status_field};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    TYPE = Field::u8("icmp.type", "type").key().names(TYPE_NAMES),
    CODE = Field::u8("icmp.code", "code").key(),
    CHECKSUM = Field::u16("icmp.checksum", "checksum").hex(),
    CHECKSUM_STATUS = status_field("icmp.checksum.status"),
    UNUSED = Field::bytes("icmp.unused", "unused").many(),
    LENGTH = Field::u8("icmp.length", "quoted length in units of 4"),
    MTU = Field::u16("icmp.mtu", "MTU of the next hop").key(),
    POINTER = Field::u32("icmp.pointer", "pointer"),
    REDIR_GW = Field::ipv4("icmp.redir_gw", "gateway").key(),
    IDENT = Field::u16("icmp.ident", "identifier").key(),
    IDENT_LE = Field::u16("icmp.ident_le", "identifier, little-endian"),
    SEQ = Field::u16("icmp.seq", "sequence number").key(),
    SEQ_LE = Field::u16("icmp.seq_le", "sequence number, little-endian"),
    RESP_TO = Field::frame("icmp.resp_to", "answers the request in"),
    RESPTIME = Field::new("icmp.resptime", "response time (ms)", Kind::Float(64)),
    RESP_IN = Field::frame("icmp.resp_in", "answered in"),
    NO_RESP = Field::flag("icmp.no_resp", "no reply comes"),
    WIDE_TIME = Field::time("nd.icmp.data_time", "time in the data"),
    WIDE_TIME_RELATIVE = Field::duration("nd.icmp.data_time_relative", "age of the time in the data"),
    DATA_TIME = Field::time("icmp.data_time", "time in the data, if of 32 bits"),
    DATA_TIME_RELATIVE = Field::duration("icmp.data_time_relative", "its age, if of 32 bits"),
    NUM_ADDRS = Field::u8("icmp.num_addrs", "addresses"),
    ADDR_ENTRY_SIZE = Field::u8("icmp.addr_entry_size", "words an address"),
    LIFETIME = Field::u16("icmp.lifetime", "lifetime (s)"),
    ROUTER_ADDRESS = Field::ipv4("icmp.router_address", "router").many(),
    PREF_LEVEL = Field::int("icmp.pref_level", "preference", 32).many(),
    RESERVED = Field::bytes("icmp.reserved", "reserved").many(),
    ORIGINATE = Field::u32("icmp.originate_timestamp", "sent (ms of the day)"),
    RECEIVE = Field::u32("icmp.receive_timestamp", "received (ms of the day)"),
    TRANSMIT = Field::u32("icmp.transmit_timestamp", "sent back (ms of the day)"),
    ADDRESS_MASK = Field::ipv4("icmp.address_mask", "address mask"),
    EXT_SEQ = Field::u8("icmp.ext.echo.seq", "sequence number"),
    EXT_REQ_RES = Field::u8("icmp.ext.echo.req.res", "reserved").hex(),
    EXT_REQ_LOCAL = Field::bool("icmp.ext.echo.req.local", "about an interface of the asked node"),
    EXT_RSP_STATE = Field::u8("icmp.ext.echo.rsp.state", "neighbour state").names(extensions::STATE_NAMES),
    EXT_RSP_RES = Field::u8("icmp.ext.echo.rsp.res", "reserved").hex(),
    EXT_RSP_ACTIVE = Field::bool("icmp.ext.echo.rsp.active", "interface is active"),
    EXT_RSP_IPV4 = Field::bool("icmp.ext.echo.rsp.ipv4", "interface speaks IPv4"),
    EXT_RSP_IPV6 = Field::bool("icmp.ext.echo.rsp.ipv6", "interface speaks IPv6"),
    TRACE_ID = Field::u16("nd.icmp.traceroute.id", "traceroute id"),
    TRACE_OUT = Field::u16("nd.icmp.traceroute.out_hops", "outbound hops"),
    TRACE_RETURN = Field::u16("nd.icmp.traceroute.return_hops", "return hops").names(RETURN_NAMES),
    TRACE_SPEED = Field::u32("nd.icmp.traceroute.speed", "speed of the output link (bytes/s)"),
    TRACE_MTU = Field::u32("nd.icmp.traceroute.mtu", "MTU of the output link"),
    BODY = Field::bytes("nd.icmp.data", "data"),
}

static ALL_FIELDS: [&Field; FIELDS.len() + extensions::FIELDS.len()] = concat(&[FIELDS, extensions::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "icmp",
    title: "ICMP",
    about: "Internet Control Message Protocol (RFC 792)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, 1)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

/// Bytes that all types have.
const COMMON: usize = 4;
/// Bytes of the header that nearly all types have.
const HEADER: usize = 8;
/// Bytes of an echo's data that may be the time it was sent.
const DATA_TIME_LEN: usize = 8;

const ECHO_FIELDS: EchoFields =
    EchoFields { resp_to: &RESP_TO, resptime: &RESPTIME, resp_in: &RESP_IN, no_resp: &NO_RESP };

const ECHO_REPLY: u8 = 0;
const UNREACHABLE: u8 = 3;
const SOURCE_QUENCH: u8 = 4;
const REDIRECT: u8 = 5;
const ECHO: u8 = 8;
const ROUTER_ADVERTISEMENT: u8 = 9;
const ROUTER_SOLICITATION: u8 = 10;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER: u8 = 12;
const TIMESTAMP: u8 = 13;
const TIMESTAMP_REPLY: u8 = 14;
const INFORMATION: u8 = 15;
const INFORMATION_REPLY: u8 = 16;
const MASK: u8 = 17;
const MASK_REPLY: u8 = 18;
const TRACEROUTE: u8 = 30;
const EXTENDED_ECHO: u8 = 42;
const EXTENDED_REPLY: u8 = 43;
/// The code of unreachable that tells an MTU (RFC 1191 section 4).
const TOO_BIG: u8 = 4;

/// Names of the types in Wireshark's spelling.
const TYPE_NAMES: &[(u64, &str)] = &[
    (0, "Echo (ping) reply"),
    (1, "Reserved"),
    (2, "Reserved"),
    (3, "Destination unreachable"),
    (4, "Source quench (flow control)"),
    (5, "Redirect"),
    (6, "Alternate host address"),
    (8, "Echo (ping) request"),
    (9, "Router advertisement"),
    (10, "Router solicitation"),
    (11, "Time-to-live exceeded"),
    (12, "Parameter problem"),
    (13, "Timestamp request"),
    (14, "Timestamp reply"),
    (15, "Information request"),
    (16, "Information reply"),
    (17, "Address mask request"),
    (18, "Address mask reply"),
    (30, "Traceroute"),
    (31, "Datagram Conversion Error"),
    (32, "Mobile Host Redirect"),
    (33, "IPv6 Where-Are-You"),
    (34, "IPv6 I-Am-Here"),
    (35, "Mobile Registration Request"),
    (36, "Mobile Registration Reply"),
    (37, "Domain Name Request"),
    (38, "Domain Name Reply"),
    (39, "SKIP"),
    (40, "Photuris"),
    (41, "Experimental mobility protocols"),
    (42, "Extended Echo request"),
    (43, "Extended Echo reply"),
];

/// What the sender of a traced packet sets, so that it is known for one on its way out (RFC 1393 section 3.1).
const RETURN_NAMES: &[(u64, &str)] = &[(0xffff, "none, on the way out")];

/// Names of the codes of the types that have some, in Wireshark's spelling.
fn code_names(kind: u8) -> Option<&'static [(u64, &'static str)]> {
    Some(match kind {
        UNREACHABLE => &[
            (0, "Network unreachable"),
            (1, "Host unreachable"),
            (2, "Protocol unreachable"),
            (3, "Port unreachable"),
            (4, "Fragmentation needed"),
            (5, "Source route failed"),
            (6, "Destination network unknown"),
            (7, "Destination host unknown"),
            (8, "Source host isolated"),
            (9, "Network administratively prohibited"),
            (10, "Host administratively prohibited"),
            (11, "Network unreachable for TOS"),
            (12, "Host unreachable for TOS"),
            (13, "Communication administratively filtered"),
            (14, "Host precedence violation"),
            (15, "Precedence cutoff in effect"),
        ],
        REDIRECT => &[
            (0, "Redirect for network"),
            (1, "Redirect for host"),
            (2, "Redirect for TOS and network"),
            (3, "Redirect for TOS and host"),
        ],
        6 => &[(0, "Alternate address for host")],
        ROUTER_ADVERTISEMENT => &[(0, "Normal router advertisement"), (16, "Does not route common traffic")],
        TIME_EXCEEDED => &[(0, "Time to live exceeded in transit"), (1, "Fragment reassembly time exceeded")],
        PARAMETER => &[(0, "Pointer indicates the error"), (1, "Required option missing"), (2, "Bad length")],
        40 => &[
            (0, "Bad SPI"),
            (1, "Authentication Failed"),
            (2, "Decompression Failed"),
            (3, "Decryption Failed"),
            (4, "Need Authentication"),
            (5, "Need Authorization"),
        ],
        EXTENDED_ECHO => &[(0, "No error")],
        EXTENDED_REPLY => &[
            (0, "No error"),
            (1, "Malformed Query"),
            (2, "No Such Interface"),
            (3, "No Such Table Entry"),
            (4, "Multiple Interfaces Satisfy Query"),
        ],
        _ => return None,
    })
}

/// Internet Control Message Protocol.
#[derive(Debug)]
pub struct Icmp;

impl Dissector for Icmp {
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
        let &[kind, _, c1, c0, i1, i0, s1, s0] = fixed::<HEADER>(data)?;
        let quoted = Next::Quoted { nth: 0, value: ETHERTYPE_IPV4 };
        Ok(match kind {
            UNREACHABLE | TIME_EXCEEDED | PARAMETER => {
                // What lies behind the quoted packet is not its payload; the walk reads on through the memo.
                match extensions_at(data, cx.wire_len) {
                    Some(at) => {
                        Parsed::new(HEADER, at, quoted).memo(u32::try_from(data.len()).unwrap_or(u32::MAX))
                    }
                    None => Parsed::new(HEADER, usize::MAX, quoted),
                }
            }
            SOURCE_QUENCH | REDIRECT => Parsed::new(HEADER, usize::MAX, quoted),
            ECHO | ECHO_REPLY => {
                let message = echo::Message {
                    reply: kind == ECHO_REPLY,
                    ident: u16::from_be_bytes([i1, i0]),
                    seq: u16::from_be_bytes([s1, s0]),
                    checksum: u16::from_be_bytes([c1, c0]),
                    difference: 0x0800,
                };
                echo::pair(cx, message);
                let header = match data_time(data, cx.time) {
                    Some(_) => HEADER.saturating_add(DATA_TIME_LEN),
                    None => HEADER,
                };
                Parsed::new(header, usize::MAX, Next::Data)
            }
            _ => Parsed::new(data.len(), usize::MAX, Next::End),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        if walk.memo() != 0 {
            walk.extend(walk.memo() as usize);
        }
        let kind = walk.u8(&TYPE, 0)?;
        let code = walk.u8(&CODE, 1)?;
        walk.u16(&CHECKSUM, 2)?;
        let status = message_status(&walk.layer(), walk.data(), |data, _| crate::checksum::sum(data));
        walk.uint(&CHECKSUM_STATUS, 2..4, status.map_or(Status::Unverified, |found| found.0) as u8)?;
        match kind {
            UNREACHABLE | TIME_EXCEEDED | PARAMETER => {
                error(walk, kind, code)?;
                match extensions_at(walk.data(), walk.data().len()) {
                    Some(at) if walk.memo() != 0 => extensions::emit(walk, at),
                    _ => Some(()),
                }
            }
            REDIRECT => walk.ipv4(&REDIR_GW, 4).map(|_| ()),
            ROUTER_ADVERTISEMENT => routers(walk),
            ECHO | ECHO_REPLY => {
                identity(walk)?;
                ECHO_FIELDS.emit(walk, kind == ECHO)?;
                let time = walk.frame().time;
                if let Some(sent) = data_time(walk.data(), time) {
                    walk.emit(&DATA_TIME, 8..16, Value::Time(sent))?;
                    walk.emit(&DATA_TIME_RELATIVE, 8..16, Value::Duration(time.nanos_since(sent)))?;
                }
                if let Some(sent) = wide_time(walk.data(), time) {
                    walk.emit(&WIDE_TIME, 8..24, Value::Time(sent))?;
                    walk.emit(&WIDE_TIME_RELATIVE, 8..24, Value::Duration(time.nanos_since(sent)))?;
                }
                Some(())
            }
            TIMESTAMP | TIMESTAMP_REPLY => {
                identity(walk)?;
                walk.u32(&ORIGINATE, 8)?;
                walk.u32(&RECEIVE, 12)?;
                walk.u32(&TRANSMIT, 16).map(|_| ())
            }
            INFORMATION | INFORMATION_REPLY => identity(walk),
            MASK | MASK_REPLY => {
                identity(walk)?;
                walk.ipv4(&ADDRESS_MASK, 8).map(|_| ())
            }
            TRACEROUTE => {
                walk.u16(&TRACE_ID, 4)?;
                walk.u16(&TRACE_OUT, 8)?;
                walk.u16(&TRACE_RETURN, 10)?;
                walk.u32(&TRACE_SPEED, 12)?;
                walk.u32(&TRACE_MTU, 16).map(|_| ())
            }
            EXTENDED_ECHO => {
                extended(walk)?;
                let flags = u8_at(walk.data(), 7)?;
                walk.uint(&EXT_REQ_RES, 7..8, flags >> 1)?;
                walk.bool(&EXT_REQ_LOCAL, 7..8, flags & 1 != 0)?;
                extensions::emit(walk, HEADER)
            }
            EXTENDED_REPLY => {
                extended(walk)?;
                let flags = u8_at(walk.data(), 7)?;
                walk.uint(&EXT_RSP_STATE, 7..8, flags >> 5)?;
                walk.uint(&EXT_RSP_RES, 7..8, flags >> 3 & 3)?;
                walk.bool(&EXT_RSP_ACTIVE, 7..8, flags & 4 != 0)?;
                walk.bool(&EXT_RSP_IPV4, 7..8, flags & 2 != 0)?;
                walk.bool(&EXT_RSP_IPV6, 7..8, flags & 1 != 0)
            }
            // Nothing but reserved bytes, before the quoted packet or the end.
            SOURCE_QUENCH | ROUTER_SOLICITATION => Some(()),
            _ => rest(walk, COMMON),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(kind), Some(code)) = (u8_at(data, 0), u8_at(data, 1)) else {
            return out.write_str("message cut");
        };
        let name = match (kind, code) {
            // What a mobility agent says of itself (RFC 5944 section 2.1), not a router.
            (ROUTER_ADVERTISEMENT, 16) => "Mobile IP Advertisement",
            (ROUTER_ADVERTISEMENT, 0) if is_of_agent(data) => "Mobile IP Advertisement",
            _ => name_of(TYPE_NAMES, kind.into()).unwrap_or("Unknown ICMP (obsolete or malformed?)"),
        };
        write!(out, "{name:<20}")?;
        match kind {
            ECHO | ECHO_REPLY | TIMESTAMP..=MASK_REPLY => {
                let (Some(id), Some(seq)) = (u16_at(data, 4), u16_at(data, 6)) else { return Ok(()) };
                write!(out, " id=0x{id:04x}, seq={seq}/{}", seq.swap_bytes())?;
                if let Some(net) = layer.net() {
                    write!(out, ", ttl={}", net.ttl)?;
                }
                match echo::request_of(layer) {
                    Some(frame) => write!(out, " (request in {frame})"),
                    None => Ok(()),
                }
            }
            _ => match code_names(kind) {
                Some(names) => match name_of(names, code.into()) {
                    Some(code) => write!(out, " ({code})"),
                    None => write!(out, " (Unknown code: {code})"),
                },
                None => Ok(()),
            },
        }
    }
}

/// The words that errors have before the packet that they quote.
fn error(walk: &mut Walk<'_, '_>, kind: u8, code: u8) -> Option<()> {
    if kind == PARAMETER {
        walk.uint(&POINTER, 4..5, u8_at(walk.data(), 4)?)?;
    }
    let units = u8_at(walk.data(), 5)?;
    let with_mtu = kind == UNREACHABLE && code == TOO_BIG;
    let first: usize = if kind == PARAMETER { 5 } else { 4 };
    let last: usize = if with_mtu { 6 } else { 8 };
    if units == 0 {
        walk.bytes(&UNUSED, first, last.saturating_sub(first))?;
    } else {
        if kind != PARAMETER {
            walk.bytes(&UNUSED, 4, 1)?;
        }
        walk.u8(&LENGTH, 5)?;
        if !with_mtu {
            walk.bytes(&UNUSED, 6, 2)?;
        }
    }
    if with_mtu {
        walk.u16(&MTU, 6)?;
    }
    Some(())
}

/// Where the extensions of an error begin, in a message of `wire` bytes.
fn extensions_at(data: &[u8], wire: usize) -> Option<usize> {
    let quote = data.get(HEADER..)?;
    let quoted = u16_at(quote, 2)?;
    let wire = wire.saturating_sub(HEADER);
    let at = extensions::behind_quote(quote, wire, u8_at(data, 5)?, 4, quoted.into())?;
    Some(HEADER.saturating_add(at))
}

/// Identifier and sequence number, in both byte orders: some systems send them in theirs.
fn identity(walk: &mut Walk<'_, '_>) -> Option<()> {
    let id = walk.u16(&IDENT, 4)?;
    walk.uint(&IDENT_LE, 4..6, id.swap_bytes())?;
    let seq = walk.u16(&SEQ, 6)?;
    walk.uint(&SEQ_LE, 6..8, seq.swap_bytes())
}

fn extended(walk: &mut Walk<'_, '_>) -> Option<()> {
    let id = walk.u16(&IDENT, 4)?;
    walk.uint(&IDENT_LE, 4..6, id.swap_bytes())?;
    walk.u8(&EXT_SEQ, 6).map(|_| ())
}

fn routers(walk: &mut Walk<'_, '_>) -> Option<()> {
    let count = walk.u8(&NUM_ADDRS, 4)?;
    let words = walk.u8(&ADDR_ENTRY_SIZE, 5)?;
    walk.u16(&LIFETIME, 6)?;
    if words < 2 {
        return rest(walk, HEADER);
    }
    let mut at = HEADER;
    for _ in 0..count {
        walk.ipv4(&ROUTER_ADDRESS, at)?;
        let level = at.saturating_add(4);
        let preference = i32::from_be_bytes(chunk::<4>(walk.data(), level)?);
        walk.emit(&PREF_LEVEL, level..level.saturating_add(4), Value::Int(preference.into()))?;
        at = at.saturating_add(usize::from(words).saturating_mul(4));
    }
    // The extensions of mobility agents stand behind the addresses.
    rest(walk, at)
}

/// Whether the first extension of an advertisement, behind its addresses, is that of a mobility agent.
fn is_of_agent(data: &[u8]) -> bool {
    const MOBILITY_AGENT: u8 = 16;
    let (Some(count), Some(words)) = (u8_at(data, 4), u8_at(data, 5)) else { return false };
    let addresses = usize::from(count).saturating_mul(usize::from(words)).saturating_mul(4);
    u8_at(data, HEADER.saturating_add(addresses)) == Some(MOBILITY_AGENT)
}

/// What nobody here reads, from `at` on.
fn rest(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    match walk.data().len().checked_sub(at) {
        None | Some(0) => Some(()),
        Some(len) => walk.bytes(&BODY, at, len).map(|_| ()),
    }
}

/// The time at the head of an echo's data: two words of 32 bits in either byte order. `ping` puts it there, other
/// senders do not.
fn data_time(data: &[u8], now: Timestamp) -> Option<Timestamp> {
    let (secs, micros) = (u32_at(data, HEADER)?, u32_at(data, 12)?);
    [(secs, micros), (secs.swap_bytes(), micros.swap_bytes())]
        .into_iter()
        .find_map(|(secs, micros)| sent_at(secs.into(), micros.into(), now))
}

/// The same in two words of 64 bits, as systems of that width have it. Whoever takes little-endian ones for 32 bits has
/// the upper half of the seconds, which is zero, for microseconds.
fn wide_time(data: &[u8], now: Timestamp) -> Option<Timestamp> {
    let (secs, micros) = (u64_at(data, HEADER)?, u64_at(data, 16)?);
    [(secs, micros), (secs.swap_bytes(), micros.swap_bytes())]
        .into_iter()
        .find_map(|(secs, micros)| sent_at(secs, micros, now))
}

/// The time of so many seconds and microseconds, if it is one and within a day of `now`.
fn sent_at(secs: u64, micros: u64, now: Timestamp) -> Option<Timestamp> {
    const DAY: u64 = 86_400;
    let secs = i64::try_from(secs).ok()?;
    let near = now.is_valid() && now.secs.abs_diff(secs) < DAY;
    (near && micros < 1_000_000).then(|| Timestamp::new(secs, micros.saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::checksum::sum;
    use crate::frame::Frame;
    use crate::network::build::{RAW_V4, back, icmp, ipv4, udp};
    use crate::packet::{Dissection, Packet};
    use crate::registry::Registry;
    use crate::testing::{Seen, survives};

    fn seen(kind: u8, code: u8, rest: &[u8]) -> Seen {
        let packet = ipv4(1, 0, &[], &icmp(kind, code, rest));
        survives(RAW_V4, &packet);
        Seen::new(RAW_V4, &packet)
    }

    fn quote() -> Vec<u8> {
        ipv4(17, 0, &[], &udp(b"quoted"))
    }

    #[test]
    fn a_quoted_datagram_is_read_on_without_the_state_of_its_flow() {
        let answer = crate::testing::bytes("1234 8180 0001 0000 0000 0000 01 61 00 0001 0001");
        let mut datagram = udp(&answer);
        datagram[0..4].copy_from_slice(&[0, 53, 0x9c, 0x40]);
        let seen = seen(3, 3, &[&[0; 4][..], &ipv4(17, 0, &[], &datagram)].concat());
        assert_eq!(seen.protocols, "ip:icmp:ip:udp:dns");
        seen.expect(&[("dns.qry.name", "a"), ("dns.unsolicited", "1"), ("udp.checksum.status", "3")]);
    }

    #[test]
    fn errors_quote_a_packet_that_is_shown_and_not_tracked() {
        let seen = seen(3, 4, &[&[0, 0, 5, 0xdc][..], &quote()].concat());
        seen.expect(&[
            ("icmp.type", "3"),
            ("icmp.code", "4"),
            ("icmp.checksum.status", "1"),
            ("icmp.unused", "0000"),
            ("icmp.mtu", "1500"),
            ("udp.dstport", "9"),
            ("data.data", "71756f746564"),
        ]);
        assert_eq!(seen.protocols, "ip:icmp:ip:udp:data");
        assert_eq!(seen.info, "Destination unreachable (Fragmentation needed)");
    }

    #[test]
    fn the_words_before_a_quote_depend_on_the_type() {
        let q = quote();
        let with = |head: [u8; 4]| [&head[..], &q].concat();
        let gone = seen(11, 0, &with([0; 4]));
        assert_eq!(gone.get("icmp.unused"), "00000000");
        assert_eq!(gone.info, "Time-to-live exceeded (Time to live exceeded in transit)");
        let pointer = seen(12, 0, &with([20, 0, 0, 0]));
        pointer.expect(&[("icmp.pointer", "20"), ("icmp.unused", "000000")]);
        let redirect = seen(5, 1, &with([10, 0, 0, 9]));
        assert_eq!(redirect.get("icmp.redir_gw"), "10.0.0.9");
        assert_eq!(redirect.info, "Redirect             (Redirect for host)");
        assert_eq!(seen(4, 0, &with([0; 4])).info, "Source quench (flow control)");
    }

    #[test]
    fn a_quote_of_nine_bytes_is_cut_and_not_fatal() {
        let packet = ipv4(1, 0, &[], &icmp(3, 3, &[&[0; 4][..], &quote()[..9]].concat()));
        let seen = Seen::new(RAW_V4, &packet);
        assert_eq!((&*seen.protocols, seen.get("ip.ttl")), ("ip:icmp:ip", "64,64".into()));
        assert_eq!(seen.faults, ["cut: 9 of 20 bytes"]);
    }

    fn extended(objects: &[u8]) -> Vec<u8> {
        let mut extension = [&[0x20, 0, 0, 0][..], objects].concat();
        let checksum = !sum(&extension);
        extension[2..4].copy_from_slice(&checksum.to_be_bytes());
        extension
    }

    #[test]
    fn extensions_stand_behind_the_quote() {
        let mut padded = quote();
        padded.resize(128, 0);
        let objects = [
            &[0, 8, 1, 1, 0x18, 0x96, 0x0b, 7][..],
            &[
                0, 28, 2, 0x0f, 0, 0, 0, 15, 0, 1, 0, 0, 10, 1, 2, 3, 8, b'e', b't', b'h', b'0', 0, 0, 0, 0,
                0, 5, 0xdc,
            ],
            &[0, 8, 9, 9, 1, 2, 3, 4],
        ]
        .concat();
        for units in [0, 32] {
            let seen = seen(3, 1, &[&[0, units, 0, 0][..], &padded, &extended(&objects)].concat());
            seen.expect(&[
                ("icmp.length", if units == 0 { "" } else { "32" }),
                ("icmp.ext.version", "2"),
                ("icmp.ext.res", "0x0000"),
                ("icmp.ext.checksum.status", "1"),
                ("icmp.ext.length", "8,28,8"),
                ("icmp.ext.class", "1,2,9"),
                ("icmp.mpls.label", "100704"),
                ("icmp.mpls.exp", "5"),
                ("icmp.mpls.s", "1"),
                ("icmp.mpls.ttl", "7"),
                ("icmp.int_info.index", "15"),
                ("icmp.int_info.afi", "1"),
                ("icmp.int_info.ipv4", "10.1.2.3"),
                ("icmp.int_info.name_length", "8"),
                ("icmp.int_info.mtu", "1500"),
                ("icmp.ext.data", "01020304"),
            ]);
            assert_eq!(seen.protocols, "ip:icmp:ip:udp:data");
            assert_eq!(seen.get("data.data"), "71756f746564");
        }
    }

    #[test]
    fn echoes_with_the_time_in_their_data() {
        let sent = 1_699_999_999_u32;
        let seen =
            seen(8, 0, &[&[0, 1, 0, 2][..], &sent.to_le_bytes(), &250_000_u32.to_le_bytes(), b"zz"].concat());
        seen.expect(&[
            ("icmp.ident", "1"),
            ("icmp.ident_le", "256"),
            ("icmp.seq", "2"),
            ("icmp.seq_le", "512"),
            ("icmp.data_time", "1699999999.250000000"),
            ("icmp.data_time_relative", "750000000 ns"),
            ("nd.icmp.data_time", ""),
            ("data.data", "7a7a"),
        ]);
        assert_eq!(seen.info, "Echo (ping) request  id=0x0001, seq=2/512, ttl=64");
    }

    #[test]
    fn the_time_in_the_data_may_have_words_of_64_bits() {
        let (secs, micros) = (1_699_999_999_u64, 250_000_u64);
        let little = [&[0, 1, 0, 2][..], &secs.to_le_bytes(), &micros.to_le_bytes(), b"zz"].concat();
        seen(8, 0, &little).expect(&[
            ("nd.icmp.data_time", "1699999999.250000000"),
            ("nd.icmp.data_time_relative", "750000000 ns"),
            // What the data begin with for Wireshark.
            ("icmp.data_time", "1699999999.000000000"),
            ("data.data", "90d00300000000007a7a"),
        ]);
        let big = [&[0, 1, 0, 2][..], &secs.to_be_bytes(), &micros.to_be_bytes()].concat();
        seen(0, 0, &big).expect(&[("nd.icmp.data_time", "1699999999.250000000"), ("icmp.data_time", "")]);
        let odd = [&[0, 1, 0, 2][..], &secs.to_le_bytes(), &1_000_000_u64.to_le_bytes()].concat();
        assert_eq!(seen(8, 0, &odd).get("nd.icmp.data_time"), "");
    }

    #[test]
    fn a_reply_finds_the_request_with_the_same_data() {
        let registry = Registry::builtin();
        let mut parts = Dissection::default();
        let mut number = 0;
        let mut shown = |packet: &[u8]| {
            number += 1;
            let frame = Frame {
                number,
                time: Timestamp::new(1_700_000_000, number * 1_500_000),
                link: RAW_V4,
                wire_len: packet.len() as u32,
                data: packet,
                origin: None,
            };
            let _ = registry.dissect(&frame, &mut parts);
            let seen = Seen::of(&Packet { frame, parts: &parts, registry: &registry });
            (seen.get("icmp.resp_to"), seen.get("icmp.resptime"), seen.info)
        };
        let message = |kind, data: &[u8]| icmp(kind, 0, &[&[0, 7, 0, 1][..], data].concat());
        shown(&ipv4(1, 0, &[], &message(8, b"abcdefgh")));
        let other = shown(&back(ipv4(1, 0, &[], &message(0, b"ABCDEFGH"))));
        assert_eq!((&*other.0, &*other.1), ("", ""));
        let reply = shown(&back(ipv4(1, 0, &[], &message(0, b"abcdefgh"))));
        assert_eq!((&*reply.0, &*reply.1), ("1", "3"));
        assert_eq!(reply.2, "Echo (ping) reply    id=0x0007, seq=1/256, ttl=64 (request in 1)");
        assert_eq!(shown(&back(ipv4(1, 0, &[], &message(0, b"abcdefgh")))).0, "");
    }

    #[test]
    fn router_discovery_times_masks_and_the_extended_echo() {
        let routers = seen(9, 0, &[2, 2, 0, 30, 10, 0, 0, 1, 0, 0, 0, 5, 10, 0, 0, 2, 0x80, 0, 0, 0]);
        routers.expect(&[
            ("icmp.num_addrs", "2"),
            ("icmp.addr_entry_size", "2"),
            ("icmp.lifetime", "30"),
            ("icmp.router_address", "10.0.0.1,10.0.0.2"),
            ("icmp.pref_level", "5,-2147483648"),
            ("nd.icmp.data", ""),
        ]);
        assert_eq!(routers.info, "Router advertisement (Normal router advertisement)");
        let agent = seen(9, 0, &[1, 2, 0, 30, 10, 0, 0, 1, 0, 0, 0, 5, 16, 6, 0, 1, 0, 60, 0x80, 0]);
        assert_eq!(agent.info, "Mobile IP Advertisement (Normal router advertisement)");
        assert_eq!(agent.get("nd.icmp.data"), "10060001003c8000");
        seen(14, 0, &[0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]).expect(&[
            ("icmp.originate_timestamp", "1"),
            ("icmp.receive_timestamp", "2"),
            ("icmp.transmit_timestamp", "3"),
        ]);
        let mask = seen(18, 0, &[0, 1, 0, 2, 255, 255, 255, 0]);
        assert_eq!(mask.get("icmp.address_mask"), "255.255.255.0");
        let names = [&[0, 8, 3, 1][..], b"eth0", &[0, 12, 3, 3, 0, 1, 4, 0, 10, 0, 0, 1]].concat();
        let probe = seen(42, 0, &[&[0, 1, 2, 3][..], &extended(&names)].concat());
        probe.expect(&[
            ("icmp.ext.echo.seq", "2"),
            ("icmp.ext.echo.req.res", "0x01"),
            ("icmp.ext.echo.req.local", "1"),
            ("icmp.int_ident.name", "eth0"),
            ("icmp.int_ident.ipv4", "10.0.0.1"),
        ]);
        let answer = seen(43, 2, &[0, 1, 2, 0x27]);
        answer.expect(&[
            ("icmp.ext.echo.rsp.state", "1"),
            ("icmp.ext.echo.rsp.active", "1"),
            ("icmp.ext.echo.rsp.ipv4", "1"),
            ("icmp.ext.echo.rsp.ipv6", "1"),
        ]);
        assert_eq!(answer.info, "Extended Echo reply  (No Such Interface)");
        assert_eq!(seen(200, 0, &[0; 4]).info, "Unknown ICMP (obsolete or malformed?)");
    }

    #[test]
    fn traceroute_messages_and_types_that_nobody_reads() {
        seen(30, 0, &[0, 5, 0, 0, 0, 1, 0xff, 0xff, 0, 1, 0xe8, 0x48, 0, 0, 5, 0xdc]).expect(&[
            ("nd.icmp.traceroute.id", "5"),
            ("nd.icmp.traceroute.out_hops", "1"),
            ("nd.icmp.traceroute.return_hops", "65535"),
            ("nd.icmp.traceroute.speed", "125000"),
            ("nd.icmp.traceroute.mtu", "1500"),
        ]);
        assert_eq!(seen(200, 7, b"\0\0\0\0body").get("nd.icmp.data"), "00000000626f6479");
        assert_eq!(seen(10, 0, &[0; 4]).get("nd.icmp.data"), "");
    }
}
