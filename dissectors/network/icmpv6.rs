//! ICMPv6 (RFC 4443): errors, echo, multicast listeners (RFC 2710 and 3810), router renumbering (RFC 2894), node
//! information (RFC 4620), mobility (RFC 6275). Neighbour discovery and RPL stand in files of their own.

use core::fmt;

use super::echo::{self, EchoFields};
use crate::bytes::{chunk, fixed, u8_at, u16_at};
use crate::checksum::{Status, pseudo_sum};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Kind, Protocol, Value, concat, name_of};
use crate::link::ethernet::ETHERTYPE;
use crate::network::ipv6::ETHERTYPE_IPV6;
use crate::network::{IP_PROTO, icmp_extensions as extensions, message_status, status_field};
use crate::packet::Layer;
use crate::walk::Walk;

mod discovery;
mod renumbering;
mod rpl;

fields! {
    TYPE = Field::u8("icmpv6.type", "type").key().names(TYPE_NAMES),
    CODE = Field::u8("icmpv6.code", "code").key(),
    MRA_CODE = Field::u8("icmpv6.code", "advertisement interval (s)").key(),
    CHECKSUM = Field::u16("icmpv6.checksum", "checksum").hex(),
    CHECKSUM_STATUS = status_field("icmpv6.checksum.status"),
    RESERVED = Field::bytes("icmpv6.reserved", "reserved").many(),
    LENGTH = Field::u8("icmpv6.length", "quoted length in units of 8"),
    MTU = Field::u32("icmpv6.mtu", "MTU").key(),
    POINTER = Field::u32("icmpv6.pointer", "pointer"),
    DATA = Field::bytes("icmpv6.data", "data").many(),
    UNKNOWN_DATA = Field::bytes("icmpv6.unknown_data", "unknown data").many(),
    UNREAD = Field::bytes("nd.icmpv6.data", "data").many(),
    ECHO_IDENT = Field::u16("icmpv6.echo.identifier", "identifier").hex().key(),
    ECHO_SEQ = Field::u16("icmpv6.echo.sequence_number", "sequence number").key(),
    RESP_TO = Field::frame("icmpv6.resp_to", "answers the request in"),
    RESPTIME = Field::new("icmpv6.resptime", "response time (ms)", Kind::Float(64)),
    RESP_IN = Field::frame("icmpv6.resp_in", "answered in"),
    NO_RESP = Field::flag("icmpv6.no_resp", "no reply comes"),
    MLD_DELAY = Field::u16("icmpv6.mld.maximum_response_delay", "response within (ms)"),
    MLD_CODE = Field::u16("icmpv6.mld.maximum_response_code", "response code"),
    MLD_CODE_DELAY = Field::u32("nd.icmpv6.mld.maximum_response_delay", "response within (ms)"),
    MLD_GROUP = Field::ipv6("icmpv6.mld.multicast_address", "group").key(),
    MLD_FLAG = Field::u8("icmpv6.mld.flag", "flags").hex(),
    MLD_FLAG_S = Field::bool("icmpv6.mld.flag.s", "routers ignore timers"),
    MLD_FLAG_QRV = Field::u8("icmpv6.mld.flag.qrv", "robustness"),
    MLD_FLAG_RESERVED = Field::u8("icmpv6.mld.flag.reserved", "reserved"),
    MLD_QQI = Field::u8("icmpv6.mld.qqi", "query interval code"),
    MLD_SOURCES = Field::u16("icmpv6.mld.nb_sources", "sources"),
    MLD_SOURCE = Field::ipv6("icmpv6.mld.source_address", "source").many(),
    MLDR_RECORDS = Field::u16("icmpv6.mldr.nb_mcast_records", "group records"),
    MLDR_TYPE = Field::u8("icmpv6.mldr.mar.record_type", "group record").many().names(RECORD_NAMES),
    MLDR_AUX_LEN = Field::u8("icmpv6.mldr.mar.aux_data_len", "auxiliary data length").many(),
    MLDR_SOURCES = Field::u16("icmpv6.mldr.mar.nb_sources", "sources").many(),
    MLDR_GROUP = Field::ipv6("icmpv6.mldr.mar.multicast_address", "group").many().key(),
    MLDR_SOURCE = Field::ipv6("icmpv6.mldr.mar.source_address", "source").many(),
    MLDR_AUX = Field::bytes("icmpv6.mldr.mar.auxiliary_data", "auxiliary data").many(),
    NI_QTYPE = Field::u16("icmpv6.ni.qtype", "query type").names(QTYPE_NAMES),
    NI_FLAG = Field::u16("icmpv6.ni.flag", "flags").hex(),
    NI_FLAG_G = Field::bool("icmpv6.ni.flag.g", "global addresses"),
    NI_FLAG_S = Field::bool("icmpv6.ni.flag.s", "site-local addresses"),
    NI_FLAG_L = Field::bool("icmpv6.ni.flag.l", "link-local addresses"),
    NI_FLAG_C = Field::bool("icmpv6.ni.flag.c", "compression"),
    NI_FLAG_A = Field::bool("icmpv6.ni.flag.a", "all unicast addresses"),
    NI_FLAG_T = Field::bool("icmpv6.ni.flag.t", "truncated"),
    NI_FLAG_RSV = Field::u16("icmpv6.ni.flag.rsv", "reserved").hex(),
    NI_NONCE = Field::u64("icmpv6.ni.nonce", "nonce").hex(),
    NI_SUBJECT_IPV6 = Field::ipv6("icmpv6.ni.query.subject_ipv6", "asked about").many(),
    NI_SUBJECT_IPV4 = Field::ipv4("icmpv6.ni.query.subject_ipv4", "asked about").many(),
    NI_TTL = Field::u32("icmpv6.ni.reply.node_ttl", "TTL").many(),
    NI_NAME = Field::name("icmpv6.ni.reply.node_name", "name").many(),
    NI_ADDRESS = Field::ipv6("icmpv6.ni.reply.node_address", "address").many(),
    NI_ADDRESS_IPV4 = Field::ipv4("icmpv6.ni.reply.ipv4_address", "address").many(),
    MIP_IDENT = Field::u16("icmpv6.mip6.identifier", "identifier"),
    MIP_FLAG = Field::u16("icmpv6.mip6.flag", "flags").hex(),
    MIP_FLAG_M = Field::bool("icmpv6.mip6.flag.m", "managed addresses"),
    MIP_FLAG_O = Field::bool("icmpv6.mip6.flag.o", "other configuration"),
    MIP_FLAG_RSV = Field::u16("icmpv6.mip6.flag.rsv", "reserved"),
    MIP_AGENT = Field::ipv6("icmpv6.mip6.home_agent_address", "home agent").many(),
    MRA_INTERVAL = Field::u16("icmpv6.mcast_ra.query_interval", "query interval (s)"),
    MRA_ROBUSTNESS = Field::u16("icmpv6.mcast_ra.robustness_variable", "robustness"),
    EXT_SEQ = Field::u8("icmpv6.ext.echo.seq", "sequence number"),
    EXT_REQ_RES = Field::u8("icmpv6.ext.echo.req.res", "reserved").hex(),
    EXT_REQ_LOCAL = Field::bool("icmpv6.ext.echo.req.local", "about an interface of the asked node"),
    EXT_RSP_STATE = Field::u8("icmpv6.ext.echo.rsp.state", "neighbour state").names(extensions::STATE_NAMES),
    EXT_RSP_RES = Field::u8("icmpv6.ext.echo.rsp.res", "reserved").hex(),
    EXT_RSP_ACTIVE = Field::bool("icmpv6.ext.echo.rsp.active", "interface is active"),
    EXT_RSP_IPV4 = Field::bool("icmpv6.ext.echo.rsp.ipv4", "interface speaks IPv4"),
    EXT_RSP_IPV6 = Field::bool("icmpv6.ext.echo.rsp.ipv6", "interface speaks IPv6"),
}

static ALL_FIELDS: [&Field;
    FIELDS.len()
        + discovery::FIELDS.len()
        + renumbering::FIELDS.len()
        + rpl::FIELDS.len()
        + extensions::FIELDS.len()
        + 1] = concat(&[
    FIELDS,
    discovery::FIELDS,
    renumbering::FIELDS,
    rpl::FIELDS,
    extensions::FIELDS,
    &[&super::icmp::RESERVED],
]);

static PROTOCOL: Protocol = Protocol {
    name: "icmpv6",
    title: "ICMPv6",
    about: "Internet Control Message Protocol for IPv6 (RFC 4443)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, PROTOCOL_NUMBER as u32)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

const PROTOCOL_NUMBER: u8 = 58;
/// Bytes before the body of most types.
const HEADER: usize = 8;
/// Bytes that all types have.
const COMMON: usize = 4;

const ECHO_FIELDS: EchoFields =
    EchoFields { resp_to: &RESP_TO, resptime: &RESPTIME, resp_in: &RESP_IN, no_resp: &NO_RESP };

const UNREACHABLE: u8 = 1;
const TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const PARAMETER: u8 = 4;
const ECHO: u8 = 128;
const ECHO_REPLY: u8 = 129;
const LISTENER_QUERY: u8 = 130;
const LISTENER_REPORT: u8 = 131;
const LISTENER_DONE: u8 = 132;
const RENUMBERING: u8 = 138;
const NODE_QUERY: u8 = 139;
const NODE_REPLY: u8 = 140;
const LISTENER_REPORT_V2: u8 = 143;
const HOME_AGENT_REQUEST: u8 = 144;
const HOME_AGENT_REPLY: u8 = 145;
const PREFIX_SOLICITATION: u8 = 146;
const PREFIX_ADVERTISEMENT: u8 = 147;
/// Multicast router discovery (RFC 4286).
const ROUTER_HERE: u8 = 151;
const ROUTER_WANTED: u8 = 152;
const ROUTER_GONE: u8 = 153;
const RPL: u8 = 155;
const EXTENDED_ECHO: u8 = 160;
const EXTENDED_REPLY: u8 = 161;

/// Names of the types in Wireshark's spelling.
const TYPE_NAMES: &[(u64, &str)] = &[
    (1, "Destination Unreachable"),
    (2, "Packet Too Big"),
    (3, "Time Exceeded"),
    (4, "Parameter Problem"),
    (128, "Echo (ping) request"),
    (129, "Echo (ping) reply"),
    (130, "Multicast Listener Query"),
    (131, "Multicast Listener Report"),
    (132, "Multicast Listener Done"),
    (133, "Router Solicitation"),
    (134, "Router Advertisement"),
    (135, "Neighbor Solicitation"),
    (136, "Neighbor Advertisement"),
    (137, "Redirect"),
    (138, "Router Renumbering"),
    (139, "Node Information Query"),
    (140, "Node Information Reply"),
    (141, "Inverse Neighbor Discovery Solicitation"),
    (142, "Inverse Neighbor Discovery Advertisement"),
    (143, "Multicast Listener Report Message v2"),
    (144, "Home Agent Address Discovery Request"),
    (145, "Home Agent Address Discovery Reply"),
    (146, "Mobile Prefix Solicitation"),
    (147, "Mobile Prefix Advertisement"),
    (148, "Certification Path Solicitation"),
    (149, "Certification Path Advertisement"),
    (ROUTER_HERE as u64, "Multicast Router Advertisement"),
    (ROUTER_WANTED as u64, "Multicast Router Solicitation"),
    (ROUTER_GONE as u64, "Multicast Router Termination"),
    (154, "FMIPv6"),
    (155, "RPL Control"),
    (156, "ILNPv6 Locator Update"),
    (157, "Duplicate Address Request"),
    (158, "Duplicate Address Confirmation"),
    (159, "MPL Control Message"),
    (160, "Extended Echo request"),
    (161, "Extended Echo reply"),
];
const RECORD_NAMES: &[(u64, &str)] = &[
    (1, "Include"),
    (2, "Exclude"),
    (3, "Changed to include"),
    (4, "Changed to exclude"),
    (5, "Allow new sources"),
    (6, "Block old sources"),
];
const QTYPE_NAMES: &[(u64, &str)] =
    &[(0, "NOOP"), (2, "node name"), (3, "node addresses"), (4, "IPv4 node addresses")];

/// Names of the codes of the types that have some, in Wireshark's spelling.
fn code_names(kind: u8) -> Option<&'static [(u64, &'static str)]> {
    Some(match kind {
        UNREACHABLE => &[
            (0, "no route to destination"),
            (1, "Administratively prohibited"),
            (2, "Beyond scope of source address"),
            (3, "Address unreachable"),
            (4, "Port unreachable"),
            (5, "Source address failed ingress/egress policy"),
            (6, "Reject route to destination"),
            (7, "Error in Source Routing Header"),
            (8, "Headers too long"),
        ],
        TIME_EXCEEDED => &[(0, "hop limit exceeded in transit"), (1, "fragment reassembly time exceeded")],
        PARAMETER => &[
            (0, "erroneous header field encountered"),
            (1, "unrecognized Next Header type encountered"),
            (2, "unrecognized IPv6 option encountered"),
            (3, "IPv6 First Fragment has incomplete IPv6 Header Chain"),
            (4, "SR Upper-layer Header Error"),
        ],
        RENUMBERING => &[(0, "Command"), (1, "Result"), (255, "Sequence Number Reset")],
        NODE_QUERY => &[
            (0, "Query subject = IPv6 addresses"),
            (1, "Query subject = DNS name or empty"),
            (2, "Query subject = IPv4 addresses"),
        ],
        NODE_REPLY => &[(0, "Successful"), (1, "Refused"), (2, "Unknown query type")],
        RPL => &[
            (0, "DODAG Information Solicitation"),
            (1, "DODAG Information Object"),
            (2, "Destination Advertisement Object"),
            (3, "Destination Advertisement Object Acknowledgment"),
            (128, "Secure DODAG Information Solicitation"),
            (129, "Secure DODAG Information Object"),
            (130, "Secure Destination Advertisement Object"),
            (131, "Secure Destination Advertisement Object Acknowledgment"),
            (138, "Consistency Check"),
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

/// ICMPv6.
#[derive(Debug)]
pub struct Icmpv6;

impl Dissector for Icmpv6 {
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
        let &[kind, ..] = fixed::<COMMON>(data)?;
        if let Some(flaw) = flaw(data, kind) {
            cx.flaw(flaw);
        }
        let quoted = Next::Quoted { nth: 0, value: ETHERTYPE_IPV6 };
        Ok(match kind {
            // What lies behind the quoted packet is not its payload; the walk reads on through the memo.
            UNREACHABLE | TIME_EXCEEDED => match extensions_at(data, cx.wire_len) {
                Some(at) => {
                    Parsed::new(HEADER, at, quoted).memo(u32::try_from(data.len()).unwrap_or(u32::MAX))
                }
                None => Parsed::new(HEADER, usize::MAX, quoted),
            },
            discovery::REDIRECT => match discovery::redirected(data) {
                Some((from, end)) => {
                    Parsed::new(from, end, quoted).memo(u32::try_from(data.len()).unwrap_or(u32::MAX))
                }
                None => Parsed::new(data.len(), usize::MAX, Next::End),
            },
            TOO_BIG | PARAMETER => Parsed::new(HEADER, usize::MAX, quoted),
            ECHO | ECHO_REPLY => {
                let &[_, _, c1, c0, i1, i0, s1, s0] = fixed::<HEADER>(data)?;
                let message = echo::Message {
                    reply: kind == ECHO_REPLY,
                    ident: u16::from_be_bytes([i1, i0]),
                    seq: u16::from_be_bytes([s1, s0]),
                    checksum: u16::from_be_bytes([c1, c0]),
                    // 0x8000 for a request, 0x8100 for a reply: minus 0x0100.
                    difference: !0x0100,
                };
                echo::pair(cx, message);
                Parsed::new(HEADER, usize::MAX, Next::Data)
            }
            _ => Parsed::new(data.len(), usize::MAX, Next::End),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        if walk.memo() != 0 {
            walk.extend(walk.memo() as usize);
        }
        let kind = walk.u8(&TYPE, 0)?;
        // A multicast router has no code there (RFC 4286 section 3.2).
        let code = walk.u8(if kind == ROUTER_HERE { &MRA_CODE } else { &CODE }, 1)?;
        walk.u16(&CHECKSUM, 2)?;
        let status = message_status(&walk.layer(), walk.data(), |data, net| {
            let len = u32::try_from(data.len()).unwrap_or(u32::MAX);
            pseudo_sum(net.src, net.dst, PROTOCOL_NUMBER, len, data)
        });
        walk.uint(&CHECKSUM_STATUS, 2..4, status.map_or(Status::Unverified, |found| found.0) as u8)?;
        match kind {
            UNREACHABLE | TIME_EXCEEDED => error(walk),
            TOO_BIG => walk.u32(&MTU, 4).map(|_| ()),
            PARAMETER => walk.u32(&POINTER, 4).map(|_| ()),
            ECHO | ECHO_REPLY => {
                walk.u16(&ECHO_IDENT, 4)?;
                walk.u16(&ECHO_SEQ, 6)?;
                ECHO_FIELDS.emit(walk, kind == ECHO)
            }
            LISTENER_QUERY | LISTENER_REPORT | LISTENER_DONE => listener(walk, kind),
            LISTENER_REPORT_V2 => records(walk),
            RENUMBERING => renumbering::emit(walk),
            NODE_QUERY | NODE_REPLY => node_information(walk, kind, code),
            HOME_AGENT_REQUEST | HOME_AGENT_REPLY | PREFIX_SOLICITATION => {
                walk.u16(&MIP_IDENT, 4)?;
                walk.bytes(&RESERVED, 6, 2)?;
                let mut at = if kind == HOME_AGENT_REPLY { HEADER } else { usize::MAX };
                while walk.data().len() > at {
                    walk.ipv6(&MIP_AGENT, at)?;
                    at = at.saturating_add(16);
                }
                Some(())
            }
            PREFIX_ADVERTISEMENT => {
                walk.u16(&MIP_IDENT, 4)?;
                let flags = u16_at(walk.data(), 6)?;
                walk.open(&MIP_FLAG, 6..8, Value::Uint(flags.into()))?;
                let rows = [(&MIP_FLAG_M, 0x8000), (&MIP_FLAG_O, 0x4000), (&MIP_FLAG_RSV, 0x3fff)];
                walk.bits(&rows, 6..8, flags)?;
                walk.close();
                discovery::options(walk, HEADER)
            }
            RPL => rpl::emit(walk, code),
            ROUTER_HERE => {
                walk.u16(&MRA_INTERVAL, 4)?;
                walk.u16(&MRA_ROBUSTNESS, 6).map(|_| ())
            }
            ROUTER_WANTED | ROUTER_GONE => Some(()),
            EXTENDED_ECHO | EXTENDED_REPLY => extended(walk, kind),
            _ if discovery::knows(kind) => discovery::emit(walk, kind),
            _ => {
                let rest = walk.data().len().checked_sub(COMMON)?;
                walk.bytes(&DATA, COMMON, rest).map(|_| ())
            }
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(kind), Some(code)) = (u8_at(data, 0), u8_at(data, 1)) else {
            return out.write_str("message cut");
        };
        match name_of(TYPE_NAMES, kind.into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "Unknown ({kind})")?,
        }
        if let Some(names) = code_names(kind) {
            match name_of(names, code.into()) {
                Some(name) => write!(out, " ({name})")?,
                None => write!(out, " (Unknown code: {code})")?,
            }
        }
        match kind {
            ECHO | ECHO_REPLY => {
                let (Some(id), Some(seq)) = (u16_at(data, 4), u16_at(data, 6)) else { return Ok(()) };
                write!(out, " id=0x{id:04x}, seq={seq}")?;
                if let Some(net) = layer.net() {
                    write!(out, ", hop limit={}", net.ttl)?;
                }
                match echo::request_of(layer) {
                    Some(frame) => write!(out, " (request in {frame})"),
                    None => Ok(()),
                }
            }
            _ => discovery::describe(data, kind, out),
        }
    }
}

/// What makes a message invalid whose fields can be read all the same.
fn flaw(data: &[u8], kind: u8) -> Option<Fault> {
    match kind {
        RPL => rpl::flaw(data),
        PREFIX_ADVERTISEMENT => discovery::flaw(data, kind),
        _ if discovery::knows(kind) => discovery::flaw(data, kind),
        _ => None,
    }
}

/// Up to `len` bytes at `at` that have a name, but are not read here.
fn unread(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    match len.min(walk.data().len().saturating_sub(at)) {
        0 => Some(()),
        there => walk.bytes(&UNREAD, at, there).map(|_| ()),
    }
}

/// The word that errors with a length have before the packet that they quote, and the extensions behind it.
fn error(walk: &mut Walk<'_, '_>) -> Option<()> {
    if u8_at(walk.data(), 4)? == 0 {
        walk.bytes(&RESERVED, 4, 4)?;
    } else {
        walk.u8(&LENGTH, 4)?;
        walk.bytes(&RESERVED, 5, 3)?;
    }
    match extensions_at(walk.data(), walk.data().len()) {
        Some(at) if walk.memo() != 0 => extensions::emit(walk, at),
        _ => Some(()),
    }
}

/// Where the extensions of an error begin, in a message of `wire` bytes; there are none without a length.
fn extensions_at(data: &[u8], wire: usize) -> Option<usize> {
    let units = u8_at(data, 4).filter(|units| *units > 0)?;
    let quote = data.get(HEADER..)?;
    let at = extensions::behind_quote(quote, wire.saturating_sub(HEADER), units, 8, 0)?;
    Some(HEADER.saturating_add(at))
}

/// Bytes from which on a query is one of version 2 (RFC 3810 section 8.1).
const LONG_QUERY: usize = 28;

fn listener(walk: &mut Walk<'_, '_>, kind: u8) -> Option<()> {
    let long = kind == LISTENER_QUERY && walk.data().len() >= LONG_QUERY;
    if long {
        let code = walk.u16(&MLD_CODE, 4)?;
        walk.uint(&MLD_CODE_DELAY, 4..6, response_delay(code))?;
    } else {
        walk.u16(&MLD_DELAY, 4)?;
    }
    walk.bytes(&RESERVED, 6, 2)?;
    walk.ipv6(&MLD_GROUP, HEADER)?;
    if !long {
        return Some(());
    }
    let flags = u8_at(walk.data(), 24)?;
    walk.open(&MLD_FLAG, 24..25, Value::Uint(flags.into()))?;
    walk.bool(&MLD_FLAG_S, 24..25, flags & 8 != 0)?;
    walk.uint(&MLD_FLAG_QRV, 24..25, flags & 7)?;
    walk.uint(&MLD_FLAG_RESERVED, 24..25, flags >> 4)?;
    walk.close();
    walk.u8(&MLD_QQI, 25)?;
    let count = walk.u16(&MLD_SOURCES, 26)?;
    for nth in 0..usize::from(count) {
        walk.ipv6(&MLD_SOURCE, LONG_QUERY.saturating_add(nth.saturating_mul(16)))?;
    }
    Some(())
}

/// The milliseconds that a response code stands for: itself, or a number of three bits of exponent and twelve of
/// mantissa (RFC 3810 section 5.1.3).
fn response_delay(code: u16) -> u32 {
    if code < 0x8000 {
        return code.into();
    }
    let shift = u32::from(code >> 12 & 7).saturating_add(3);
    (u32::from(code & 0x0fff) | 0x1000).checked_shl(shift).unwrap_or(u32::MAX)
}

fn records(walk: &mut Walk<'_, '_>) -> Option<()> {
    walk.bytes(&RESERVED, 4, 2)?;
    let count = walk.u16(&MLDR_RECORDS, 6)?;
    let mut at = HEADER;
    for _ in 0..count {
        let [kind, words, s1, s0] = chunk::<4>(walk.data(), at)?;
        let sources = u16::from_be_bytes([s1, s0]);
        let aux = usize::from(words).saturating_mul(4);
        let listed = at.saturating_add(20);
        let behind = listed.saturating_add(usize::from(sources).saturating_mul(16));
        let end = behind.saturating_add(aux);
        walk.open(&MLDR_TYPE, at..end, Value::Uint(kind.into()))?;
        walk.u8(&MLDR_AUX_LEN, at.saturating_add(1))?;
        walk.u16(&MLDR_SOURCES, at.saturating_add(2))?;
        walk.ipv6(&MLDR_GROUP, at.saturating_add(4))?;
        for nth in 0..usize::from(sources) {
            walk.ipv6(&MLDR_SOURCE, listed.saturating_add(nth.saturating_mul(16)))?;
        }
        if aux > 0 {
            walk.bytes(&MLDR_AUX, behind, aux)?;
        }
        walk.close();
        at = end;
    }
    Some(())
}

/// Where a node's information begins, behind the nonce.
const NI_DATA: usize = 16;

fn node_information(walk: &mut Walk<'_, '_>, kind: u8, code: u8) -> Option<()> {
    let query = walk.u16(&NI_QTYPE, 4)?;
    let flags = u16_at(walk.data(), 6)?;
    walk.open(&NI_FLAG, 6..8, Value::Uint(flags.into()))?;
    for (field, bit) in [
        (&NI_FLAG_G, 0x20),
        (&NI_FLAG_S, 0x10),
        (&NI_FLAG_L, 0x08),
        (&NI_FLAG_C, 0x04),
        (&NI_FLAG_A, 0x02),
        (&NI_FLAG_T, 0x01),
    ] {
        walk.bool(field, 6..8, flags & bit != 0)?;
    }
    walk.uint(&NI_FLAG_RSV, 6..8, flags >> 6)?;
    walk.close();
    walk.u64(&NI_NONCE, HEADER)?;
    let mut at = NI_DATA;
    while at < walk.data().len() {
        match (kind, code, query) {
            (NODE_QUERY, 0, _) => {
                walk.ipv6(&NI_SUBJECT_IPV6, at)?;
                at = at.saturating_add(16);
            }
            (NODE_QUERY, 2, _) => {
                walk.ipv4(&NI_SUBJECT_IPV4, at)?;
                at = at.saturating_add(4);
            }
            (NODE_REPLY, 0, 2) => {
                // One time to live, then the names (RFC 4620 section 6.3).
                if at == NI_DATA {
                    walk.u32(&NI_TTL, at)?;
                    at = at.saturating_add(4);
                }
                let name = discovery::Domain(walk.data().get(at..)?);
                let end = at.saturating_add(name.len());
                walk.format(&NI_NAME, at..end, format_args!("{name}"))?;
                at = end;
            }
            (NODE_REPLY, 0, 3) => {
                walk.u32(&NI_TTL, at)?;
                walk.ipv6(&NI_ADDRESS, at.saturating_add(4))?;
                at = at.saturating_add(20);
            }
            (NODE_REPLY, 0, 4) => {
                walk.u32(&NI_TTL, at)?;
                walk.ipv4(&NI_ADDRESS_IPV4, at.saturating_add(4))?;
                at = at.saturating_add(8);
            }
            _ => {
                let left = walk.data().len().saturating_sub(at);
                return unread(walk, at, left);
            }
        }
    }
    Some(())
}

fn extended(walk: &mut Walk<'_, '_>, kind: u8) -> Option<()> {
    walk.u16(&ECHO_IDENT, 4)?;
    walk.u8(&EXT_SEQ, 6)?;
    let flags = u8_at(walk.data(), 7)?;
    if kind == EXTENDED_ECHO {
        walk.uint(&EXT_REQ_RES, 7..8, flags >> 1)?;
        walk.bool(&EXT_REQ_LOCAL, 7..8, flags & 1 != 0)?;
        return extensions::emit(walk, HEADER);
    }
    walk.uint(&EXT_RSP_STATE, 7..8, flags >> 5)?;
    walk.uint(&EXT_RSP_RES, 7..8, flags >> 3 & 3)?;
    walk.bool(&EXT_RSP_ACTIVE, 7..8, flags & 4 != 0)?;
    walk.bool(&EXT_RSP_IPV4, 7..8, flags & 2 != 0)?;
    walk.bool(&EXT_RSP_IPV6, 7..8, flags & 1 != 0)
}

#[cfg(test)]
mod tests {
    use crate::network::build::{DST, RAW_V6, icmpv6, ipv6, udp};
    use crate::testing::{Seen, survives};

    fn seen(kind: u8, code: u8, rest: &[u8]) -> Seen {
        let packet = ipv6(58, &icmpv6(kind, code, rest, DST));
        survives(RAW_V6, &packet);
        Seen::new(RAW_V6, &packet)
    }

    #[test]
    fn errors_quote_a_packet() {
        let quote = ipv6(17, &udp(b"quoted"));
        let gone = seen(1, 4, &[&[0; 4][..], &quote].concat());
        gone.expect(&[
            ("icmpv6.type", "1"),
            ("icmpv6.code", "4"),
            ("icmpv6.checksum.status", "1"),
            ("icmpv6.reserved", "00000000"),
            ("udp.dstport", "9"),
        ]);
        assert_eq!(
            (&*gone.protocols, &*gone.info),
            ("ipv6:icmpv6:ipv6:udp:data", "Destination Unreachable (Port unreachable)")
        );
        assert_eq!(seen(2, 0, &[&[0, 0, 5, 0][..], &quote].concat()).get("icmpv6.mtu"), "1280");
        let odd = seen(4, 1, &[&[0, 0, 0, 6][..], &quote].concat());
        assert_eq!(odd.get("icmpv6.pointer"), "6");
        let hops = seen(3, 0, &[&[0; 4][..], &quote].concat());
        assert_eq!(hops.info, "Time Exceeded (hop limit exceeded in transit)");
    }

    #[test]
    fn extensions_stand_where_the_length_says() {
        let mut quote = ipv6(17, &udp(b"quoted"));
        quote.resize(64, 0);
        let seen =
            seen(3, 0, &[&[8, 0, 0, 0][..], &quote, &[0x20, 0, 0, 0, 0, 8, 1, 1, 0, 1, 1, 9]].concat());
        seen.expect(&[
            ("icmpv6.length", "8"),
            ("icmpv6.reserved", "000000"),
            ("icmp.ext.checksum.status", "0"),
            ("icmp.mpls.label", "16"),
            ("icmp.mpls.ttl", "9"),
            ("data.data", "71756f746564"),
        ]);
    }

    #[test]
    fn echoes() {
        let echo = seen(128, 0, &[&[0x12, 0x34, 0, 5][..], b"data"].concat());
        echo.expect(&[
            ("icmpv6.echo.identifier", "0x1234"),
            ("icmpv6.echo.sequence_number", "5"),
            ("data.data", "64617461"),
        ]);
        assert_eq!(echo.info, "Echo (ping) request id=0x1234, seq=5, hop limit=64");
        let probe = seen(160, 0, &[0, 1, 7, 1, 0x20, 0, 0, 0, 0, 8, 3, 2, 0, 0, 0, 4]);
        probe.expect(&[
            ("icmpv6.ext.echo.seq", "7"),
            ("icmpv6.ext.echo.req.local", "1"),
            ("icmp.int_ident.index", "4"),
        ]);
        let answer = seen(161, 2, &[0, 1, 7, 0x44]);
        answer.expect(&[("icmpv6.ext.echo.rsp.state", "2"), ("icmpv6.ext.echo.rsp.active", "1")]);
        assert_eq!(answer.info, "Extended Echo reply (No Such Interface)");
    }

    #[test]
    fn a_reply_is_tied_to_its_request_by_checksum_too() {
        let request = icmpv6(128, 0, &[0, 1, 0, 2, b'x'], DST);
        let reply = icmpv6(129, 0, &[0, 1, 0, 2, b'x'], DST);
        let found = |message: &[u8]| u16::from_be_bytes([message[2], message[3]]);
        assert_eq!(super::echo::request_checksum(found(&reply), !0x0100), found(&request));
    }

    #[test]
    fn multicast_listeners() {
        let group = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3];
        let short = seen(130, 0, &[&[0x27, 0x10, 0, 0][..], &group].concat());
        short.expect(&[
            ("icmpv6.mld.maximum_response_delay", "10000"),
            ("icmpv6.mld.multicast_address", "ff02::1:3"),
        ]);
        let source = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
        let long = seen(130, 0, &[&[0x27, 0x10, 0, 0][..], &group, &[0x0a, 60, 0, 1], &source].concat());
        long.expect(&[
            ("icmpv6.mld.maximum_response_code", "10000"),
            ("nd.icmpv6.mld.maximum_response_delay", "10000"),
            ("icmpv6.mld.flag", "0x0a"),
            ("icmpv6.mld.flag.s", "1"),
            ("icmpv6.mld.flag.qrv", "2"),
            ("icmpv6.mld.qqi", "60"),
            ("icmpv6.mld.nb_sources", "1"),
            ("icmpv6.mld.source_address", "2001:db8::9"),
        ]);
        // Exponent 3, mantissa 0x234.
        let late = seen(130, 0, &[&[0xb2, 0x34, 0, 0][..], &group, &[0, 60, 0, 0]].concat());
        assert_eq!(late.get("nd.icmpv6.mld.maximum_response_delay"), "298240");
        let report = seen(143, 0, &[&[0, 0, 0, 1, 5, 1, 0, 1][..], &group, &source, &[1, 2, 3, 4]].concat());
        report.expect(&[
            ("icmpv6.mldr.nb_mcast_records", "1"),
            ("icmpv6.mldr.mar.record_type", "5"),
            ("icmpv6.mldr.mar.aux_data_len", "1"),
            ("icmpv6.mldr.mar.nb_sources", "1"),
            ("icmpv6.mldr.mar.multicast_address", "ff02::1:3"),
            ("icmpv6.mldr.mar.source_address", "2001:db8::9"),
            ("icmpv6.mldr.mar.auxiliary_data", "01020304"),
        ]);
        assert_eq!(report.info, "Multicast Listener Report Message v2");
    }

    #[test]
    fn node_information() {
        let nonce = [0, 1, 2, 3, 4, 5, 6, 7];
        let query = seen(139, 0, &[&[0, 3, 0, 0x26][..], &nonce, &DST.octets()].concat());
        query.expect(&[
            ("icmpv6.ni.qtype", "3"),
            ("icmpv6.ni.flag", "0x0026"),
            ("icmpv6.ni.flag.g", "1"),
            ("icmpv6.ni.flag.c", "1"),
            ("icmpv6.ni.flag.a", "1"),
            ("icmpv6.ni.nonce", "0x0001020304050607"),
            ("icmpv6.ni.query.subject_ipv6", "2001:db8::2"),
        ]);
        assert_eq!(query.info, "Node Information Query (Query subject = IPv6 addresses)");
        let by_v4 = seen(139, 2, &[&[0, 4, 0, 0][..], &nonce, &[192, 0, 2, 1]].concat());
        assert_eq!(by_v4.get("icmpv6.ni.query.subject_ipv4"), "192.0.2.1");
        let addresses = seen(140, 0, &[&[0, 3, 0, 0][..], &nonce, &[0, 0, 0, 5], &DST.octets()].concat());
        addresses
            .expect(&[("icmpv6.ni.reply.node_ttl", "5"), ("icmpv6.ni.reply.node_address", "2001:db8::2")]);
        let v4 = seen(140, 0, &[&[0, 4, 0, 0][..], &nonce, &[0, 0, 0, 5, 192, 0, 2, 1]].concat());
        assert_eq!(v4.get("icmpv6.ni.reply.ipv4_address"), "192.0.2.1");
        let by_name = seen(139, 1, &[&[0, 2, 0, 0][..], &nonce, &[1, b'a', 0, 0]].concat());
        assert_eq!(by_name.get("nd.icmpv6.data"), "01610000");
    }

    #[test]
    fn mobility_and_types_that_nobody_knows() {
        let agents = seen(145, 0, &[&[0, 7, 0, 0][..], &DST.octets()].concat());
        agents.expect(&[("icmpv6.mip6.identifier", "7"), ("icmpv6.mip6.home_agent_address", "2001:db8::2")]);
        seen(147, 0, &[0, 7, 0x80, 1, 5, 1, 0, 0, 0, 0, 5, 0]).expect(&[
            ("icmpv6.mip6.flag", "0x8001"),
            ("icmpv6.mip6.flag.m", "1"),
            ("icmpv6.mip6.flag.o", "0"),
            ("icmpv6.mip6.flag.rsv", "1"),
            ("icmpv6.opt.mtu", "1280"),
        ]);
        let router = seen(151, 20, &[0, 125, 0, 2]);
        router.expect(&[("icmpv6.code", "20"), ("icmpv6.mcast_ra.query_interval", "125")]);
        let unknown = seen(99, 0, b"data");
        assert_eq!((unknown.get("icmpv6.data"), &*unknown.info), ("64617461".into(), "Unknown (99)"));
    }
}
