//! Open Shortest Path First, version 2 (RFC 2328) for IPv4 and version 3 (RFC 5340) for IPv6 and, by instance, IPv4
//! (RFC 5838).

use core::fmt;
use core::net::Ipv4Addr;

use crate::bytes::{chunk, fixed, slice, u8_at, u16_at, u24_at, u32_at};
use crate::checksum::{self, STATUS_NAMES, Status};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value, concat, name_of};
use crate::network::IP_PROTO;
use crate::packet::Layer;
use crate::walk::Walk;

mod body;
mod lsa;
mod opaque;
#[cfg(test)]
mod tests;
mod trailer;

fields! {
    HEADER = Field::group("ospf.header", "header"),
    VERSION = Field::u8("ospf.version", "version").key(),
    MESSAGE = Field::u8("ospf.msg", "message").names(MESSAGES).key(),
    IS_HELLO = Field::flag("ospf.msg.hello", "hello").hidden(),
    IS_DESCRIPTION = Field::flag("ospf.msg.dbdesc", "database description").hidden(),
    IS_REQUEST = Field::flag("ospf.msg.lsreq", "link state request").hidden(),
    IS_UPDATE = Field::flag("ospf.msg.lsupdate", "link state update").hidden(),
    IS_ACKNOWLEDGMENT = Field::flag("ospf.msg.lsack", "link state acknowledgment").hidden(),
    LENGTH = Field::u16("ospf.packet_length", "packet length"),
    ROUTER = Field::ipv4("ospf.srcrouter", "router").key(),
    AREA = Field::ipv4("ospf.area_id", "area").key(),
    CHECKSUM = Field::u16("ospf.checksum", "checksum").hex(),
    CHECKSUM_STATUS = Field::u8("nd.ospf.checksum.status", "checksum status").names(STATUS_NAMES),
    AUTH_TYPE = Field::u16("ospf.auth.type", "authentication").names(AUTH_TYPES),
    AUTH_NONE = Field::bytes("ospf.auth.none", "not used"),
    AUTH_SIMPLE = Field::text("ospf.auth.simple", "password").ascii(),
    AUTH_UNKNOWN = Field::bytes("ospf.auth.unknown", "authentication data"),
    KEY_ID = Field::u8("ospf.auth.crypt.key_id", "key"),
    DIGEST_LEN = Field::u8("ospf.auth.crypt.data_length", "digest length"),
    SEQUENCE = Field::u32("ospf.auth.crypt.seq_nbr", "sequence number"),
    DIGEST = Field::bytes("ospf.auth.crypt.data", "digest"),
    INSTANCE = Field::u8("ospf.instance_id", "instance"),
    RESERVED = Field::bytes("ospf.reserved", "reserved").many(),
    HELLO = Field::group("ospf.hello", "hello"),
    MASK = Field::ipv4("ospf.hello.network_mask", "network mask"),
    INTERFACE = Field::u32("ospf.hello.interface_id", "interface"),
    HELLO_INTERVAL = Field::u32("ospf.hello.hello_interval", "hello interval (s)"),
    PRIORITY = Field::u8("ospf.hello.router_priority", "router priority"),
    DEAD_INTERVAL = Field::u32("ospf.hello.router_dead_interval", "dead interval (s)"),
    DESIGNATED = Field::ipv4("ospf.hello.designated_router", "designated router"),
    BACKUP = Field::ipv4("ospf.hello.backup_designated_router", "backup designated router"),
    NEIGHBOR = Field::ipv4("ospf.hello.active_neighbor", "neighbour").many().key(),
    OPTIONS2 = Field::u8("ospf.v2.options", "options").hex().many(),
    DN = Field::bool("ospf.v2.options.dn", "DN: not to be sent on").many(),
    O = Field::bool("ospf.v2.options.o", "O: opaque advertisements").many(),
    DC = Field::bool("ospf.v2.options.dc", "DC: demand circuits").many(),
    L = Field::bool("ospf.v2.options.l", "L: link-local signaling").many(),
    N = Field::bool("ospf.v2.options.n", "N: not-so-stubby area").many(),
    P = Field::bool("ospf.v2.options.p", "P: propagate").many(),
    MC = Field::bool("ospf.v2.options.mc", "MC: multicast").many(),
    E = Field::bool("ospf.v2.options.e", "E: external routing").many(),
    MT = Field::bool("ospf.v2.options.mt", "MT: multi-topology").many(),
    OPTIONS3 = Field::u24("ospf.v3.options", "options").hex().many(),
    AT3 = Field::bool("ospf.v3.options.at", "AT: authentication trailer").many(),
    L3 = Field::bool("ospf.v3.options.l", "L: link-local signaling").many(),
    AF3 = Field::bool("ospf.v3.options.af", "AF: address families").many(),
    DC3 = Field::bool("ospf.v3.options.dc", "DC: demand circuits").many(),
    R3 = Field::bool("ospf.v3.options.r", "R: router").many(),
    N3 = Field::bool("ospf.v3.options.n", "N: not-so-stubby area").many(),
    MC3 = Field::bool("ospf.v3.options.mc", "MC: multicast").many(),
    E3 = Field::bool("ospf.v3.options.e", "E: external routing").many(),
    V6 = Field::bool("ospf.v3.options.v6", "V6: IPv6 routing").many(),
    DESCRIPTION = Field::group("nd.ospf.description", "database description"),
    MTU = Field::u16("ospf.db.interface_mtu", "interface MTU"),
    DBD = Field::u8("ospf.dbd", "flags").hex(),
    DBD_R = Field::bool("ospf.dbd.r", "R: resynchronization out of band"),
    DBD_I = Field::bool("ospf.dbd.i", "I: first"),
    DBD_M = Field::bool("ospf.dbd.m", "M: more follow"),
    DBD_MS = Field::bool("ospf.dbd.ms", "MS: from the master"),
    DD_SEQUENCE = Field::u32("ospf.db.dd_sequence", "sequence number"),
    REQUEST = Field::group("nd.ospf.request", "requested"),
    COUNT = Field::u32("ospf.ls.number_of_lsas", "advertisements"),
}

static ALL_FIELDS: [&Field;
    FIELDS.len() + lsa::FIELDS.len() + body::FIELDS.len() + opaque::FIELDS.len() + trailer::FIELDS.len()] =
    concat(&[FIELDS, lsa::FIELDS, body::FIELDS, opaque::FIELDS, trailer::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "ospf",
    title: "OSPF",
    about: "Open Shortest Path First (RFC 2328, RFC 5340)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, PROTOCOL_NUMBER as u32)];

const PROTOCOL_NUMBER: u8 = 89;
/// Bytes of the header: RFC 2328 section A.3.1, RFC 5340 section A.3.1.
const HEADER2: usize = 24;
const HEADER3: usize = 16;

const HELLO_TYPE: u8 = 1;
const DESCRIPTION_TYPE: u8 = 2;
const REQUEST_TYPE: u8 = 3;
const UPDATE_TYPE: u8 = 4;
const ACKNOWLEDGMENT_TYPE: u8 = 5;

/// Authentication types (RFC 2328 section D).
const NULL: u16 = 0;
const SIMPLE: u16 = 1;
const CRYPTOGRAPHIC: u16 = 2;

/// Options that announce blocks behind the packet: RFC 5613 section 2.1, RFC 7166 section 2.1.
const L_BIT2: u32 = 0x10;
const L_BIT3: u32 = 0x200;
const AT_BIT3: u32 = 0x400;

const MESSAGES: &[(u64, &str)] = &[
    (HELLO_TYPE as u64, "Hello Packet"),
    (DESCRIPTION_TYPE as u64, "DB Description"),
    (REQUEST_TYPE as u64, "LS Request"),
    (UPDATE_TYPE as u64, "LS Update"),
    (ACKNOWLEDGMENT_TYPE as u64, "LS Acknowledge"),
];
const AUTH_TYPES: &[(u64, &str)] = &[(0, "Null"), (1, "Simple password"), (2, "Cryptographic")];

/// Open Shortest Path First.
#[derive(Debug)]
pub struct Ospf;

/// Which version a packet has; all other numbers are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// Version 2.
    Two,
    /// Version 3; the addresses of its instance (RFC 5838 section 2.1).
    Three {
        /// They are IPv4's.
        ipv4: bool,
    },
}

impl Version {
    fn of(data: &[u8]) -> Option<Self> {
        match u8_at(data, 0)? {
            2 => Some(Self::Two),
            3 => Some(Self::Three { ipv4: u8_at(data, 14).is_some_and(|id| (64..128).contains(&id)) }),
            _ => None,
        }
    }

    const fn header(self) -> usize {
        match self {
            Self::Two => HEADER2,
            Self::Three { .. } => HEADER3,
        }
    }
}

impl Dissector for Ospf {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[_, _, high, low, ..] = fixed::<HEADER3>(data)?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        match Version::of(data) {
            None => cx.flaw(Fault::Malformed("neither version 2 nor 3 (ospf.version)")),
            Some(version) if length < version.header() || length > cx.wire_len => {
                cx.flaw(Fault::Malformed("not the length of this packet (ospf.packet_length)"));
            }
            Some(_) => {}
        }
        // Digests and blocks that the length leaves out stand behind the packet.
        Ok(Parsed::end(cx.wire_len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let layer = walk.layer();
        let len = data.len();
        let mut cursor = Cursor::new(walk, 0, len);
        let version = Version::of(data);
        let header = version.map_or(HEADER3, Version::header);
        cursor.group(&HEADER, Value::None, header, |part| read_header(part, version, &layer))?;
        let version = version?;
        let length = usize::from(u16_at(data, 2)?);
        let body = length.checked_sub(header)?;
        let message = u8_at(data, 1)?;
        if message != HELLO_TYPE {
            cursor.part(body, |part| match message {
                DESCRIPTION_TYPE => description(part, version),
                REQUEST_TYPE => requests(part, version),
                UPDATE_TYPE => updates(part, version),
                ACKNOWLEDGMENT_TYPE => headers(part, version),
                _ => Some(()),
            })?;
        } else {
            cursor.group(&HELLO, Value::None, body, |part| hello(part, version))?;
        }
        // Behind the packet: the digest, then link-local signaling, then the trailer of version 3.
        if version == Version::Two && u16_at(data, 14) == Some(CRYPTOGRAPHIC) {
            cursor.bytes(&DIGEST, u8_at(data, 19)?.into())?;
        }
        let options = announced(data, version, message).unwrap_or_default();
        let three = version != Version::Two;
        if options & if three { L_BIT3 } else { L_BIT2 } != 0 {
            trailer::signaling(&mut cursor)?;
        }
        if three && options & AT_BIT3 != 0 {
            trailer::authentication(&mut cursor)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(message), Some(router)) = (u8_at(data, 1), chunk::<4>(data, 4).map(Ipv4Addr::from)) else {
            return out.write_str("header cut");
        };
        match name_of(MESSAGES, message.into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "Unknown message ({message})")?,
        }
        write!(out, " from {router}")?;
        let Some(version) = Version::of(data) else { return Ok(()) };
        let body = usize::from(u16_at(data, 2).unwrap_or_default()).saturating_sub(version.header());
        let count = match (message, version) {
            (HELLO_TYPE, _) => {
                let neighbors = body.saturating_sub(20) / 4;
                return write!(out, ", {neighbors} neighbour{}", if neighbors == 1 { "" } else { "s" });
            }
            (DESCRIPTION_TYPE, Version::Two) => body.saturating_sub(8) / lsa::HEADER,
            (DESCRIPTION_TYPE, _) => body.saturating_sub(12) / lsa::HEADER,
            (REQUEST_TYPE, _) => body / 12,
            (UPDATE_TYPE, _) => u32_at(data, version.header()).unwrap_or_default() as usize,
            (ACKNOWLEDGMENT_TYPE, _) => body / lsa::HEADER,
            _ => return Ok(()),
        };
        write!(out, ", {count} LSA{}", if count == 1 { "" } else { "s" })
    }
}

fn read_header(part: &mut Cursor<'_, '_, '_>, version: Option<Version>, layer: &Layer<'_>) -> Option<()> {
    part.u8(&VERSION)?;
    let flag = match u8_at(part.rest(), 0) {
        Some(HELLO_TYPE) => Some(&IS_HELLO),
        Some(DESCRIPTION_TYPE) => Some(&IS_DESCRIPTION),
        Some(REQUEST_TYPE) => Some(&IS_REQUEST),
        Some(UPDATE_TYPE) => Some(&IS_UPDATE),
        Some(ACKNOWLEDGMENT_TYPE) => Some(&IS_ACKNOWLEDGMENT),
        _ => None,
    };
    let at = part.at();
    part.u8(&MESSAGE)?;
    if let Some(flag) = flag {
        part.walk().flag(flag, at..at.saturating_add(1))?;
    }
    part.u16(&LENGTH)?;
    part.ipv4(&ROUTER)?;
    part.ipv4(&AREA)?;
    let at = part.at();
    let found = part.u16(&CHECKSUM)?;
    let status = version.map_or(Status::Unverified, |version| verify(layer, version, found));
    part.walk().uint(&CHECKSUM_STATUS, at..at.saturating_add(2), status as u8)?;
    if version != Some(Version::Two) {
        part.u8(&INSTANCE)?;
        return part.bytes(&RESERVED, 1).map(|_| ());
    }
    match part.u16(&AUTH_TYPE)? {
        NULL => part.bytes(&AUTH_NONE, 8).map(|_| ()),
        SIMPLE => part.text(&AUTH_SIMPLE, 8).map(|_| ()),
        CRYPTOGRAPHIC => {
            part.take(2)?;
            part.u8(&KEY_ID)?;
            part.u8(&DIGEST_LEN)?;
            part.u32(&SEQUENCE).map(|_| ())
        }
        _ => part.bytes(&AUTH_UNKNOWN, 8).map(|_| ()),
    }
}

/// Version 2 leaves its authentication field out of the sum, and has none where a digest serves (RFC 2328 sections
/// D.4.1 and D.4.3); version 3 adds IPv6's pseudo-header (RFC 5340 section A.3.1).
fn verify(layer: &Layer<'_>, version: Version, found: u16) -> Status {
    let data = layer.data();
    let (Some(length), Some(net)) = (u16_at(data, 2), layer.net()) else { return Status::Unverified };
    if version == Version::Two && u16_at(data, 14) == Some(CRYPTOGRAPHIC) {
        return Status::NotPresent;
    }
    let Some(packet) = slice(data, 0, length.into()) else { return Status::Unverified };
    if layer.is_quoted() || net.piece {
        return Status::Unverified;
    }
    let sum = match version {
        Version::Two => {
            let (Some(head), Some(body)) = (packet.get(..16), packet.get(HEADER2..)) else {
                return Status::Unverified;
            };
            // Sums of whole words add up; the end-around carry is part of it.
            let both = u32::from(checksum::sum(head)).saturating_add(checksum::sum(body).into());
            (both & 0xffff).saturating_add(both >> 16)
        }
        Version::Three { .. } if found == 0 && net.src.is_ipv4() => return Status::NotPresent,
        Version::Three { .. } => {
            checksum::pseudo_sum(net.src, net.dst, PROTOCOL_NUMBER, length.into(), packet).into()
        }
    };
    if sum == 0xffff { Status::Good } else { Status::Bad }
}

/// The options of a packet that can announce blocks behind it.
fn announced(data: &[u8], version: Version, message: u8) -> Option<u32> {
    match (message, version) {
        (HELLO_TYPE, Version::Two) => u8_at(data, HEADER2 + 6).map(u32::from),
        (DESCRIPTION_TYPE, Version::Two) => u8_at(data, HEADER2 + 2).map(u32::from),
        (HELLO_TYPE, _) => u24_at(data, HEADER3 + 5),
        (DESCRIPTION_TYPE, _) => u24_at(data, HEADER3 + 1),
        _ => None,
    }
}

/// Options of version 2 (RFC 2328 section A.2, RFC 3101, 4576, 4915, 5250, 5613).
fn options2(part: &mut Cursor<'_, '_, '_>, nssa: bool) -> Option<()> {
    let n = if nssa { &P } else { &N };
    let bits =
        [(0x80, &DN), (0x40, &O), (0x20, &DC), (0x10, &L), (0x08, n), (0x04, &MC), (0x02, &E), (0x01, &MT)];
    part.bits(&OPTIONS2, 1, &bits).map(|_| ())
}

/// Options of version 3 (RFC 5340 section A.2, RFC 5613, 5838 and 7166).
fn options3(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let bits = [
        (0x400, &AT3),
        (0x200, &L3),
        (0x100, &AF3),
        (0x20, &DC3),
        (0x10, &R3),
        (0x08, &N3),
        (0x04, &MC3),
        (0x02, &E3),
        (0x01, &V6),
    ];
    part.bits(&OPTIONS3, 3, &bits).map(|_| ())
}

fn hello(part: &mut Cursor<'_, '_, '_>, version: Version) -> Option<()> {
    if version == Version::Two {
        part.ipv4(&MASK)?;
        interval(part, &HELLO_INTERVAL)?;
        options2(part, false)?;
        part.u8(&PRIORITY)?;
        part.u32(&DEAD_INTERVAL)?;
    } else {
        part.u32(&INTERFACE)?;
        part.u8(&PRIORITY)?;
        options3(part)?;
        interval(part, &HELLO_INTERVAL)?;
        interval(part, &DEAD_INTERVAL)?;
    }
    part.ipv4(&DESIGNATED)?;
    part.ipv4(&BACKUP)?;
    while part.left() > 0 {
        part.ipv4(&NEIGHBOR)?;
    }
    Some(())
}

/// Seconds in two bytes; the fields are as wide as version 2's longest.
fn interval(part: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    let seconds = part.peek(2)?;
    part.uint(field, 2, seconds)
}

fn description(part: &mut Cursor<'_, '_, '_>, version: Version) -> Option<()> {
    let head = if version == Version::Two { 8 } else { 12 };
    part.group(&DESCRIPTION, Value::None, head, |part| {
        if version == Version::Two {
            part.u16(&MTU)?;
            options2(part, false)?;
        } else {
            part.bytes(&RESERVED, 1)?;
            options3(part)?;
            part.u16(&MTU)?;
            part.bytes(&RESERVED, 1)?;
        }
        part.bits(&DBD, 1, &[(8, &DBD_R), (4, &DBD_I), (2, &DBD_M), (1, &DBD_MS)])?;
        part.u32(&DD_SEQUENCE).map(|_| ())
    })?;
    headers(part, version)
}

fn requests(part: &mut Cursor<'_, '_, '_>, version: Version) -> Option<()> {
    while part.left() > 0 {
        part.group(&REQUEST, Value::None, 12, |part| {
            if version == Version::Two {
                let kind = part.peek(4)?;
                part.uint(&lsa::KIND2, 4, kind)?;
            } else {
                part.bytes(&RESERVED, 2)?;
                lsa::kind3(part)?;
            }
            part.ipv4(&lsa::LINK_STATE_ID)?;
            part.ipv4(&lsa::ADVERTISER).map(|_| ())
        })?;
    }
    Some(())
}

fn headers(part: &mut Cursor<'_, '_, '_>, version: Version) -> Option<()> {
    while part.left() > 0 {
        part.group(&lsa::ADVERTISEMENT, Value::None, lsa::HEADER, |part| {
            lsa::header(part, version).map(|_| ())
        })?;
    }
    Some(())
}

fn updates(part: &mut Cursor<'_, '_, '_>, version: Version) -> Option<()> {
    let count = part.u32(&COUNT)?;
    for _ in 0..count {
        if part.left() == 0 {
            break;
        }
        let length = usize::from(u16_at(part.rest(), 18)?);
        // What is shorter than its header says nothing of where the next begins.
        let is_sane = length >= lsa::HEADER;
        let len = if is_sane { length } else { lsa::HEADER };
        part.group(&lsa::ADVERTISEMENT, Value::None, len, |part| lsa::whole(part, version))?;
        if !is_sane {
            return None;
        }
    }
    Some(())
}
