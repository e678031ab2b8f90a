//! Simple Network Management Protocol: version 1 (RFC 1157), 2c (RFC 1901, RFC 3416) and 3 (RFC 3412, RFC 3414).

use alloc::collections::BTreeMap;
use core::fmt;
use core::ops::Range;

use crate::ber::{self, Dotted, Element};
use crate::bytes::{chunk, u8_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, heap_of_map};
use crate::facts::Link;
use crate::field::{Field, Kind, Protocol, Value, name_of};
use crate::frame::Timestamp;
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    VERSION = Field::int("snmp.version", "version", 32).names(VERSIONS).key(),
    COMMUNITY = Field::text("snmp.community", "community").key(),
    V3_VERSION = Field::int("snmp.msgVersion", "version", 32).names(VERSIONS).key(),
    MESSAGE_ID = Field::u32("snmp.msgID", "message id"),
    MAX_SIZE = Field::u32("snmp.msgMaxSize", "largest message"),
    FLAGS = Field::bytes("snmp.msgFlags", "flags"),
    REPORTABLE = Field::bool("snmp.v3.flags.report", "reportable"),
    ENCRYPTED = Field::bool("snmp.v3.flags.crypt", "encrypted"),
    AUTHENTICATED = Field::bool("snmp.v3.flags.auth", "authenticated"),
    SECURITY_MODEL = Field::u32("snmp.msgSecurityModel", "security model").names(MODELS),
    ENGINE_ID = Field::bytes("snmp.msgAuthoritativeEngineID", "authoritative engine"),
    ENGINE_CONFORM = Field::bool("snmp.engineid.conform", "engine id of RFC 3411").many(),
    ENGINE_ENTERPRISE = Field::u32("snmp.engineid.enterprise", "enterprise").many(),
    ENGINE_FORMAT = Field::u8("snmp.engineid.format", "format").names(FORMATS).many(),
    ENGINE_IPV4 = Field::ipv4("snmp.engineid.ipv4", "engine's address").many(),
    ENGINE_IPV6 = Field::ipv6("snmp.engineid.ipv6", "engine's address").many(),
    ENGINE_MAC = Field::mac("snmp.engineid.mac", "engine's MAC address").many(),
    ENGINE_TEXT = Field::text("snmp.engineid.text", "engine's name").many(),
    ENGINE_DATA = Field::bytes("snmp.engineid.data", "engine data").many(),
    ENGINE_TIME = Field::time("snmp.engineid.time", "made").many(),
    BOOTS = Field::u32("snmp.msgAuthoritativeEngineBoots", "engine boots"),
    TIME_SINCE_BOOT = Field::u32("snmp.msgAuthoritativeEngineTime", "seconds since the engine's boot"),
    USER = Field::text("snmp.msgUserName", "user").key(),
    AUTH_PARAMETERS = Field::bytes("snmp.msgAuthenticationParameters", "authentication parameters"),
    PRIVACY_PARAMETERS = Field::bytes("snmp.msgPrivacyParameters", "privacy parameters"),
    MESSAGE_DATA = Field::u32("snmp.msgData", "data").names(&[(0, "plaintext"), (1, "encrypted")]),
    CONTEXT_ENGINE = Field::bytes("snmp.contextEngineID", "context engine"),
    CONTEXT_NAME = Field::text("snmp.contextName", "context"),
    ENCRYPTED_PDU = Field::bytes("snmp.encryptedPDU", "encrypted data"),
    DATA = Field::u32("snmp.data", "operation").names(OPERATIONS).key(),
    REQUEST_ID = Field::int("snmp.request_id", "request id", 32).key(),
    ERROR_STATUS = Field::int("snmp.error_status", "error", 32).names(ERRORS).key(),
    ERROR_INDEX = Field::int("snmp.error_index", "error index", 32),
    NON_REPEATERS = Field::u32("snmp.non_repeaters", "non-repeaters"),
    MAX_REPETITIONS = Field::u32("snmp.max_repetitions", "max repetitions"),
    ENTERPRISE = Field::new("snmp.enterprise", "enterprise", Kind::Oid),
    AGENT = Field::ipv4("snmp.agent_addr", "agent"),
    GENERIC_TRAP = Field::int("snmp.generic_trap", "generic trap", 32).names(TRAPS),
    SPECIFIC_TRAP = Field::int("snmp.specific_trap", "specific trap", 32),
    UPTIME = Field::u32("snmp.time_stamp", "agent's uptime in 1/100 s"),
    BINDINGS = Field::u32("snmp.variable_bindings", "variables"),
    NAME = Field::new("snmp.name", "object", Kind::Oid).many().key(),
    INT = Field::int("snmp.value.int", "integer", 64).many(),
    OCTETS = Field::bytes("snmp.value.octets", "octets").many(),
    TEXT = Field::text("nd.snmp.value.text", "text").many().key(),
    SYSTEM_TEXT = Field::text("snmp.var-bind_str", "text").many().hidden().ascii(),
    VALUE_NULL = Field::flag("snmp.value.null", "null").many(),
    VALUE_OID = Field::new("snmp.value.oid", "object identifier", Kind::Oid).many(),
    IPV4 = Field::ipv4("snmp.value.ipv4", "address").many(),
    IPV6 = Field::ipv6("snmp.value.ipv6", "address").many(),
    ADDRESS = Field::bytes("snmp.value.addr", "address").many(),
    COUNTER = Field::u64("snmp.value.counter", "counter").many(),
    GAUGE = Field::int("snmp.value.g32", "gauge", 64).many(),
    TICKS = Field::u64("snmp.value.timeticks", "time in 1/100 s").many(),
    OPAQUE = Field::bytes("snmp.value.opaque", "opaque").many(),
    NSAP = Field::u64("snmp.value.nsap", "NSAP address as a number").many(),
    NSAP_BYTES = Field::bytes("nd.snmp.value.nsap", "NSAP address").many(),
    UNSIGNED = Field::int("snmp.value.u32", "unsigned", 64).many(),
    UNKNOWN = Field::bytes("snmp.value.unk", "value of an unknown type").many(),
    NO_OBJECT = Field::flag("snmp.noSuchObject", "no such object").many(),
    NO_INSTANCE = Field::flag("snmp.noSuchInstance", "no such instance").many(),
    END_OF_VIEW = Field::flag("snmp.endOfMibView", "end of the view").many(),
    RESPONSE_IN = Field::frame("snmp.response_in", "response in frame"),
    RESPONSE_TO = Field::frame("snmp.response_to", "request in frame"),
    TIME = Field::duration("snmp.time", "time since the request"),
}

static PROTOCOL: Protocol = Protocol {
    name: "snmp",
    title: "SNMP",
    about: "Simple Network Management Protocol (RFC 1157, RFC 3416, RFC 3412)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&UDP_PORT, 161),
    Key::new(&UDP_PORT, 162),
    Key::new(&UDP_PORT, 8161),
    Key::new(&TCP_PORT, 161),
    Key::new(&TCP_PORT, 162),
];

const VERSIONS: &[(u64, &str)] = &[(0, "version-1"), (1, "v2c"), (2, "v2u"), (3, "snmpv3")];
const V3: i64 = 3;
/// RFC 3411 section 5, SnmpSecurityModel.
const MODELS: &[(u64, &str)] = &[(0, "any"), (1, "SNMPv1"), (2, "SNMPv2c"), (3, "USM"), (4, "TSM")];
const USM: i64 = 3;
/// RFC 3411 section 5, SnmpEngineID; 128 and above are the enterprise's own.
const FORMATS: &[(u64, &str)] =
    &[(1, "IPv4 address"), (2, "IPv6 address"), (3, "MAC address"), (4, "text"), (5, "octets")];
/// By the number of the context tag (RFC 3416 section 3; RFC 1157 section 4.1).
const OPERATIONS: &[(u64, &str)] = &[
    (0, "get-request"),
    (1, "get-next-request"),
    (2, "get-response"),
    (3, "set-request"),
    (4, "trap"),
    (5, "getBulkRequest"),
    (6, "informRequest"),
    (7, "snmpV2-trap"),
    (8, "report"),
];
const RESPONSE: u8 = 2;
const TRAP: u8 = 4;
const BULK: u8 = 5;
const INFORM: u8 = 6;
/// RFC 3416 section 3.
const ERRORS: &[(u64, &str)] = &[
    (0, "noError"),
    (1, "tooBig"),
    (2, "noSuchName"),
    (3, "badValue"),
    (4, "readOnly"),
    (5, "genErr"),
    (6, "noAccess"),
    (7, "wrongType"),
    (8, "wrongLength"),
    (9, "wrongEncoding"),
    (10, "wrongValue"),
    (11, "noCreation"),
    (12, "inconsistentValue"),
    (13, "resourceUnavailable"),
    (14, "commitFailed"),
    (15, "undoFailed"),
    (16, "authorizationError"),
    (17, "notWritable"),
    (18, "inconsistentName"),
];
/// RFC 1157 section 4.1.6.
const TRAPS: &[(u64, &str)] = &[
    (0, "coldStart"),
    (1, "warmStart"),
    (2, "linkDown"),
    (3, "linkUp"),
    (4, "authenticationFailure"),
    (5, "egpNeighborLoss"),
    (6, "enterpriseSpecific"),
];
/// Enterprises whose engines made before RFC 3411 could be named have an own form (net-snmp's snmpEngineID).
const NET_SNMP: [u32; 2] = [2021, 8072];
const NET_SNMP_RANDOM: u8 = 128;
/// sysDescr.0 and sysName.0 (RFC 3418), whose values Wireshark has as text too.
const SYSTEM_NAMES: [&[u8]; 2] = [&[0x2b, 6, 1, 2, 1, 1, 1, 0], &[0x2b, 6, 1, 2, 1, 1, 5, 0]];

/// Names of objects in one line.
const MAX_NAMES: usize = 8;
/// Requests of one conversation that wait for their responses.
const MAX_OPEN: usize = 512;

/// Simple Network Management Protocol.
#[derive(Debug)]
pub struct Snmp;

#[derive(Debug, Default)]
struct Open(BTreeMap<i64, (u64, Timestamp)>);

impl Memory for Open {
    fn heap(&self) -> usize {
        heap_of_map(&self.0)
    }
}

impl Dissector for Snmp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        // What the ports carry beside SNMP is not taken for it.
        if u8_at(data, 0).is_some_and(|tag| tag != ber::SEQUENCE) {
            return Ok(Parsed::new(0, cx.wire_len, Next::Data).bare());
        }
        let end = if cx.stream.is_some() { MAX_MESSAGE } else { cx.wire_len };
        let whole = ber::element(data, 0, end)?.content.end;
        if cx.stream.is_some() && whole > data.len() {
            return Err(Fault::Short { need: whole, have: data.len() });
        }
        match Message::read(data, cx.wire_len) {
            Ok(message) => {
                if let Some(fault) = message.pdu.as_ref().and_then(|pdu| pdu.check(data).err()) {
                    cx.flaw(fault);
                }
                pair(data, &message, cx);
            }
            Err(fault) => cx.flaw(fault),
        }
        Ok(Parsed::end(whole))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let outer = ber::expect(data, 0, usize::MAX, ber::SEQUENCE).ok()?;
        let end = outer.content.end;
        let version = ber::expect(data, outer.content.start, end, ber::INTEGER).ok()?;
        let number = version.int(data)?;
        let next = version.content.end;
        if number == V3 {
            int(walk, &V3_VERSION, &version)?;
            return version_3(walk, next, end);
        }
        int(walk, &VERSION, &version)?;
        let community = ber::expect(data, next, end, ber::OCTETS).ok()?;
        walk.text(&COMMUNITY, community.content.start, community.content.len())?;
        operation(walk, community.content.end, end)?;
        links(walk)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Ok(message) = Message::read(data, data.len()) else { return out.write_str("cut or malformed") };
        let Some(pdu) = message.pdu else { return out.write_str("encrypted data") };
        match name_of(OPERATIONS, pdu.operation.into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "operation {}", pdu.operation)?,
        }
        let mut names = pdu.bindings(data).filter_map(|binding| binding.ok());
        for (name, _) in names.by_ref().take(MAX_NAMES) {
            write!(out, " {}", Dotted(name.bytes(data).unwrap_or_default()))?;
        }
        let error = pdu.error(data).filter(|error| *error > 0);
        if names.next().is_some() {
            out.write_str(" …")?;
        }
        match error.map(|error| (error, name_of(ERRORS, error))) {
            Some((_, Some(name))) => write!(out, " {name}"),
            Some((error, None)) => write!(out, " error {error}"),
            None => Ok(()),
        }
    }
}

/// Bytes of one message on a stream.
const MAX_MESSAGE: usize = 65_535;

/// Where the operation of a message lies.
#[derive(Debug)]
struct Message {
    /// `None` if it is encrypted.
    pdu: Option<Pdu>,
}

#[derive(Debug)]
struct Pdu {
    operation: u8,
    content: Range<usize>,
}

impl Message {
    fn read(data: &[u8], wire: usize) -> Result<Self, Fault> {
        let outer = ber::expect(data, 0, wire, ber::SEQUENCE)?;
        let end = outer.content.end;
        let version = ber::expect(data, outer.content.start, end, ber::INTEGER)?;
        if version.int(data) != Some(V3) {
            let community = ber::expect(data, version.content.end, end, ber::OCTETS)?;
            return Ok(Self { pdu: Some(Pdu::at(data, community.content.end, end)?) });
        }
        let global = ber::expect(data, version.content.end, end, ber::SEQUENCE)?;
        let security = ber::expect(data, global.content.end, end, ber::OCTETS)?;
        let scoped = ber::element(data, security.content.end, end)?;
        if scoped.tag != ber::SEQUENCE {
            return Ok(Self { pdu: None });
        }
        let end = scoped.content.end;
        let engine = ber::expect(data, scoped.content.start, end, ber::OCTETS)?;
        let name = ber::expect(data, engine.content.end, end, ber::OCTETS)?;
        Ok(Self { pdu: Some(Pdu::at(data, name.content.end, end)?) })
    }
}

impl Pdu {
    fn at(data: &[u8], at: usize, end: usize) -> Result<Self, Fault> {
        let element = ber::element(data, at, end)?;
        match element.tag {
            0xa0..=0xa8 => Ok(Self { operation: element.tag & 0x1f, content: element.content }),
            _ => Err(Fault::Malformed("no operation (snmp.data)")),
        }
    }

    /// The elements before the variables.
    fn heads(&self) -> usize {
        if self.operation == TRAP { 5 } else { 3 }
    }

    fn head(&self, data: &[u8], nth: usize) -> Result<Element, Fault> {
        let mut element = ber::element(data, self.content.start, self.content.end)?;
        for _ in 0..nth {
            element = ber::element(data, element.content.end, self.content.end)?;
        }
        Ok(element)
    }

    fn request(&self, data: &[u8]) -> Option<i64> {
        self.head(data, 0).ok().filter(|_| self.operation != TRAP)?.int(data)
    }

    fn error(&self, data: &[u8]) -> Option<u64> {
        let error = self.head(data, 1).ok().filter(|_| !matches!(self.operation, TRAP | BULK))?;
        error.int(data).and_then(|error| u64::try_from(error).ok())
    }

    /// Names and values of the variables, as far as they can be read.
    fn bindings<'a>(&self, data: &'a [u8]) -> Bindings<'a> {
        let list = self.head(data, self.heads()).ok().filter(|list| list.tag == ber::SEQUENCE);
        let list = list.map(|list| list.content).unwrap_or_default();
        Bindings { data, at: list.start, end: list.end }
    }

    fn check(&self, data: &[u8]) -> Result<(), Fault> {
        let list = self.head(data, self.heads())?;
        if list.content.end > data.len() {
            return Err(Fault::Short { need: list.content.end, have: data.len() });
        }
        self.bindings(data).try_for_each(|binding| binding.map(|_| ()))
    }
}

/// Reads variables one after the other; ends behind the first that cannot be read.
#[derive(Debug)]
struct Bindings<'a> {
    data: &'a [u8],
    at: usize,
    end: usize,
}

impl Iterator for Bindings<'_> {
    type Item = Result<(Element, Element), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let read = || {
            let pair = ber::expect(self.data, self.at, self.end, ber::SEQUENCE)?;
            let end = pair.content.end;
            let name = ber::expect(self.data, pair.content.start, end, ber::OID)?;
            let value = ber::element(self.data, name.content.end, end)?;
            Ok((end, name, value))
        };
        match read() {
            Ok((end, name, value)) => {
                self.at = end;
                Some(Ok((name, value)))
            }
            Err(fault) => {
                self.at = self.end;
                Some(Err(fault))
            }
        }
    }
}

/// Remembers a request, or finds the one that a response answers, by the request id.
fn pair(data: &[u8], message: &Message, cx: &mut Context<'_>) {
    let Some(pdu) = &message.pdu else { return };
    let Some(id) = pdu.request(data) else { return };
    let now = (cx.frame, cx.time);
    let Some(Open(open)) = cx.state::<Open>() else { return };
    match pdu.operation {
        RESPONSE => {
            if let Some(&(frame, time)) = open.get(&id) {
                cx.link(Link::Request { frame, time });
            }
        }
        0 | 1 | 3 | BULK | INFORM => {
            if open.len() >= MAX_OPEN && !open.contains_key(&id) {
                let oldest = open.iter().min_by_key(|row| row.1.0).map(|row| *row.0);
                oldest.and_then(|oldest| open.remove(&oldest));
            }
            open.insert(id, now);
        }
        _ => {}
    }
}

fn links(walk: &mut Walk<'_, '_>) -> Option<()> {
    for link in walk.links() {
        match link {
            Link::Request { frame, time } => {
                walk.uint(&RESPONSE_TO, 0..0, frame)?;
                walk.since(&TIME, time)?;
            }
            Link::ResponseIn(frame) => walk.uint(&RESPONSE_IN, 0..0, frame)?,
            _ => {}
        }
    }
    Some(())
}

/// The number that a field of its width can hold, as the bytes have it.
fn int(walk: &mut Walk<'_, '_>, field: &'static Field, element: &Element) -> Option<()> {
    let data = walk.data();
    let value = match field.kind {
        Kind::Uint(64) => Value::Uint(element.uint(data)?),
        Kind::Uint(_) => Value::Uint(u32::try_from(element.uint(data)?).ok()?.into()),
        Kind::Int(64) => Value::Int(element.int(data)?),
        _ => Value::Int(i32::try_from(element.int(data)?).ok()?.into()),
    };
    walk.emit(field, element.range(), value)
}

fn octets(walk: &mut Walk<'_, '_>, field: &'static Field, element: &Element) -> Option<()> {
    walk.bytes(field, element.content.start, element.content.len()).map(|_| ())
}

/// Everything behind the version of a message of version 3 (RFC 3412 section 6).
fn version_3(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    let data = walk.data();
    let global = ber::expect(data, at, end, ber::SEQUENCE).ok()?;
    let next = |after: &Element| ber::element(data, after.content.end, global.content.end).ok();
    let id = ber::element(data, global.content.start, global.content.end).ok()?;
    int(walk, &MESSAGE_ID, &id)?;
    let size = next(&id)?;
    int(walk, &MAX_SIZE, &size)?;
    let flags = next(&size)?;
    let bits = flags.bytes(data)?;
    walk.open(&FLAGS, flags.content.clone(), Value::Bytes(bits))?;
    for (field, bit) in [(&REPORTABLE, 4), (&ENCRYPTED, 2), (&AUTHENTICATED, 1)] {
        walk.bool(field, flags.content.clone(), bits.first()? & bit != 0)?;
    }
    walk.close();
    let model = next(&flags)?;
    int(walk, &SECURITY_MODEL, &model)?;
    let security = ber::expect(data, global.content.end, end, ber::OCTETS).ok()?;
    if model.int(data) == Some(USM) {
        // Parameters that are wrong say nothing about the data behind them.
        let _ = user_security(walk, security.content.clone());
    }
    let scoped = ber::element(data, security.content.end, end).ok()?;
    if scoped.tag != ber::SEQUENCE {
        walk.uint(&MESSAGE_DATA, scoped.range(), 1u8)?;
        return octets(walk, &ENCRYPTED_PDU, &scoped);
    }
    walk.uint(&MESSAGE_DATA, scoped.range(), 0u8)?;
    let end = scoped.content.end;
    let engine = ber::expect(data, scoped.content.start, end, ber::OCTETS).ok()?;
    engine_id(walk, &CONTEXT_ENGINE, engine.content.clone())?;
    let name = ber::expect(data, engine.content.end, end, ber::OCTETS).ok()?;
    walk.text(&CONTEXT_NAME, name.content.start, name.content.len())?;
    operation(walk, name.content.end, end)?;
    links(walk)
}

/// The parameters of the user-based security model (RFC 3414 section 2.4).
fn user_security(walk: &mut Walk<'_, '_>, at: Range<usize>) -> Option<()> {
    let data = walk.data();
    let list = ber::expect(data, at.start, at.end, ber::SEQUENCE).ok()?;
    let next = |after: &Element| ber::element(data, after.content.end, list.content.end).ok();
    let engine = ber::element(data, list.content.start, list.content.end).ok()?;
    engine_id(walk, &ENGINE_ID, engine.content.clone())?;
    let boots = next(&engine)?;
    int(walk, &BOOTS, &boots)?;
    let time = next(&boots)?;
    int(walk, &TIME_SINCE_BOOT, &time)?;
    let user = next(&time)?;
    walk.text(&USER, user.content.start, user.content.len())?;
    let auth = next(&user)?;
    octets(walk, &AUTH_PARAMETERS, &auth)?;
    let privacy = next(&auth)?;
    octets(walk, &PRIVACY_PARAMETERS, &privacy)
}

/// An engine id and what it is made of (RFC 3411 section 5).
fn engine_id(walk: &mut Walk<'_, '_>, field: &'static Field, at: Range<usize>) -> Option<()> {
    let data = walk.data();
    let id = data.get(at.clone())?;
    walk.open(field, at.clone(), Value::Bytes(id))?;
    // The parts may lack; the id is there all the same.
    let _ = engine_parts(walk, id, at);
    walk.close();
    Some(())
}

fn engine_parts(walk: &mut Walk<'_, '_>, id: &[u8], at: Range<usize>) -> Option<()> {
    const FORMAT: usize = 4;
    let word = u32_at(id, 0)?;
    let (conforms, enterprise) = (word & 0x8000_0000 != 0, word & 0x7fff_ffff);
    let head = at.start..at.start.saturating_add(FORMAT);
    walk.bool(&ENGINE_CONFORM, head.clone(), conforms)?;
    walk.uint(&ENGINE_ENTERPRISE, head.clone(), enterprise)?;
    if !conforms {
        return Some(());
    }
    let format = u8_at(id, FORMAT)?;
    walk.uint(&ENGINE_FORMAT, head.end..head.end.saturating_add(1), format)?;
    let start = head.end.saturating_add(1);
    let rest = at.end.saturating_sub(start);
    match (format, rest) {
        (1, 4) => walk.ipv4(&ENGINE_IPV4, start).map(|_| ()),
        (2, 16) => walk.ipv6(&ENGINE_IPV6, start).map(|_| ()),
        (3, 6) => walk.mac(&ENGINE_MAC, start).map(|_| ()),
        (4, _) => walk.text(&ENGINE_TEXT, start, rest).map(|_| ()),
        (NET_SNMP_RANDOM, 8..) if NET_SNMP.contains(&enterprise) => {
            walk.bytes(&ENGINE_DATA, start, 4)?;
            let [a, b, c, d] = chunk(walk.data(), start.saturating_add(4))?;
            let made = i64::from(u32::from_le_bytes([a, b, c, d]));
            let here = start.saturating_add(4)..start.saturating_add(8);
            walk.emit(&ENGINE_TIME, here, Value::Time(Timestamp::new(made, 0)))
        }
        _ => walk.bytes(&ENGINE_DATA, start, rest).map(|_| ()),
    }
}

/// An operation and its variables (RFC 3416 section 3, RFC 1157 section 4.1).
fn operation(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    let data = walk.data();
    let pdu = Pdu::at(data, at, end).ok()?;
    walk.uint(&DATA, at..pdu.content.end, pdu.operation)?;
    let head = |nth| pdu.head(data, nth).ok();
    if pdu.operation == TRAP {
        octets(walk, &ENTERPRISE, &head(0)?)?;
        let agent = head(1)?;
        if agent.content.len() == 4 {
            walk.ipv4(&AGENT, agent.content.start)?;
        }
        int(walk, &GENERIC_TRAP, &head(2)?)?;
        int(walk, &SPECIFIC_TRAP, &head(3)?)?;
        int(walk, &UPTIME, &head(4)?)?;
    } else {
        int(walk, &REQUEST_ID, &head(0)?)?;
        let rows = if pdu.operation == BULK {
            [&NON_REPEATERS, &MAX_REPETITIONS]
        } else {
            [&ERROR_STATUS, &ERROR_INDEX]
        };
        for (nth, field) in (1..).zip(rows) {
            int(walk, field, &head(nth)?)?;
        }
    }
    let list = head(pdu.heads())?;
    let count = pdu.bindings(data).filter(Result::is_ok).count();
    walk.open(&BINDINGS, list.range(), Value::Uint(u64::try_from(count).unwrap_or(u64::MAX)))?;
    for binding in pdu.bindings(data) {
        let Ok((name, value)) = binding else { break };
        octets(walk, &NAME, &name)?;
        // A value that does not fit its type says nothing about the next variable.
        let _ = variable(walk, &name, &value);
    }
    walk.close();
    Some(())
}

/// A value by its type (RFC 2578 section 7.1, RFC 3416 section 3).
fn variable(walk: &mut Walk<'_, '_>, name: &Element, value: &Element) -> Option<()> {
    let bytes = value.bytes(walk.data())?;
    match (value.tag, bytes.len()) {
        (ber::INTEGER, _) => int(walk, &INT, value),
        (ber::OCTETS, _) => {
            walk.open(&OCTETS, value.content.clone(), Value::Bytes(bytes))?;
            if bytes.iter().all(|byte| (0x20..0x7f).contains(byte)) {
                walk.emit(&TEXT, value.content.clone(), Value::Text(bytes))?;
            }
            if name.bytes(walk.data()).is_some_and(|name| SYSTEM_NAMES.contains(&name)) {
                walk.emit(&SYSTEM_TEXT, value.content.clone(), Value::Text(bytes))?;
            }
            walk.close();
            Some(())
        }
        (ber::NULL, 0) => walk.flag(&VALUE_NULL, value.range()),
        (ber::OID, _) => octets(walk, &VALUE_OID, value),
        (0x40, 4) => walk.ipv4(&IPV4, value.content.start).map(|_| ()),
        (0x40, 16) => walk.ipv6(&IPV6, value.content.start).map(|_| ()),
        (0x40, _) => octets(walk, &ADDRESS, value),
        (0x41 | 0x46, _) => int(walk, &COUNTER, value),
        (0x42, _) => walk.emit(&GAUGE, value.range(), unsigned(walk, value)?),
        (0x43, _) => int(walk, &TICKS, value),
        (0x44, _) => octets(walk, &OPAQUE, value),
        (0x45, _) => {
            // Octets by RFC 1442; Wireshark takes them for a number, and most addresses are too long for that.
            let _ = int(walk, &NSAP, value);
            octets(walk, &NSAP_BYTES, value)
        }
        (0x47, _) => walk.emit(&UNSIGNED, value.range(), unsigned(walk, value)?),
        (0x80, _) => walk.flag(&NO_OBJECT, value.range()),
        (0x81, _) => walk.flag(&NO_INSTANCE, value.range()),
        (0x82, _) => walk.flag(&END_OF_VIEW, value.range()),
        _ => octets(walk, &UNKNOWN, value),
    }
}

/// Numbers that are never negative in a field that Wireshark made a signed one.
fn unsigned(walk: &Walk<'_, '_>, value: &Element) -> Option<Value<'static>> {
    Some(Value::Int(i64::try_from(value.uint(walk.data())?).ok()?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    /// GET of sysDescr.0 and its answer, as RFC 1157 section 4.1.2 lays them out.
    const GET: &str =
        "3026 020100 0406 7075626c6963 a019 020104 020100 020100 300e 300c 0608 2b06010201010100 0500";
    const ANSWER: &str = "302b 020100 0406 7075626c6963 a21e 020104 020100 020100 3013 3011 0608 2b06010201010100 0405 746f776572";

    #[test]
    fn a_get_and_its_answer() {
        let mut talk = Talk::new("snmp");
        let seen = talk.datagram(0, &bytes(GET));
        assert_eq!(seen.info, "get-request 1.3.6.1.2.1.1.1.0");
        seen.expect(&[
            ("snmp.version", "0"),
            ("snmp.community", "public"),
            ("snmp.data", "0"),
            ("snmp.request_id", "4"),
            ("snmp.variable_bindings", "1"),
            ("snmp.name", "2b06010201010100"),
            ("snmp.value.null", "1"),
        ]);
        let seen = talk.datagram(7, &bytes(ANSWER));
        assert_eq!(seen.info, "get-response 1.3.6.1.2.1.1.1.0");
        seen.expect(&[
            ("snmp.response_to", "1"),
            ("snmp.time", "7000000 ns"),
            ("snmp.value.octets", "746f776572"),
            ("snmp.var-bind_str", "tower"),
            ("nd.snmp.value.text", "tower"),
        ]);
        talk.survives(&bytes(ANSWER));
    }

    #[test]
    fn an_nsap_address_has_octets() {
        let mut talk = Talk::new("snmp");
        let short = "3028 020100 0406 7075626c6963 a21b 020104 020100 020100 3010 300e 0608 2b06010201010100
            4502 4900";
        let seen = talk.datagram(0, &bytes(short));
        assert_eq!(seen.faults.len(), 0);
        seen.expect(&[("snmp.value.nsap", "18688"), ("nd.snmp.value.nsap", "4900")]);
        let long = "303a 020100 0406 7075626c6963 a22d 020104 020100 020100 3022 3020 0608 2b06010201010100
            4514 47000580ffe1000000f21a45260001020304aa00";
        let seen = talk.datagram(0, &bytes(long));
        assert_eq!(seen.faults.len(), 0);
        seen.expect(&[
            ("snmp.value.nsap", ""),
            ("nd.snmp.value.nsap", "47000580ffe1000000f21a45260001020304aa00"),
        ]);
    }

    #[test]
    fn a_trap_of_version_1() {
        let trap = bytes(
            "3026 020100 0406 7075626c6963 a419 0606 2b0601040109 4004 c0000250 020106 020102 430164 3000",
        );
        let seen = Talk::new("snmp").datagram(0, &trap);
        assert_eq!((seen.info.as_str(), seen.faults.len()), ("trap", 0));
        seen.expect(&[
            ("snmp.enterprise", "2b0601040109"),
            ("snmp.agent_addr", "192.0.2.80"),
            ("snmp.generic_trap", "6"),
            ("snmp.specific_trap", "2"),
            ("snmp.time_stamp", "100"),
            ("snmp.variable_bindings", "0"),
        ]);
        Talk::new("snmp").survives(&trap);
    }

    #[test]
    fn version_3_in_clear_and_encrypted() {
        let clear = bytes(
            "3053 020103 300e 020101 020300ffe3 040104 020103 0422 3020
             0411 80001f8880 11223344 00e1f505 00000000 020103 020124 0401 61 0400 0400
             301a 0405 8000000005 0403 637478 a00c 020107 020100 020100 3001 00",
        );
        let seen = Talk::new("snmp").datagram(0, &clear);
        seen.expect(&[
            ("snmp.msgVersion", "3"),
            ("snmp.msgMaxSize", "65507"),
            ("snmp.msgFlags", "04"),
            ("snmp.v3.flags.report", "1"),
            ("snmp.engineid.conform", "1,1"),
            ("snmp.engineid.enterprise", "8072,0"),
            ("snmp.engineid.format", "128,5"),
            ("snmp.engineid.time", "100000000.000000000"),
            ("snmp.msgUserName", "a"),
            ("snmp.contextName", "ctx"),
            ("snmp.request_id", "7"),
        ]);
        // The list of variables has a byte that is no element.
        assert_eq!(seen.faults.len(), 1);
        Talk::new("snmp").survives(&clear);
        let secret =
            bytes("3024 020103 300e 020101 020300ffe3 040103 020103 0407 3005 0400 020103 0406 010203040506");
        let seen = Talk::new("snmp").datagram(0, &secret);
        assert_eq!(seen.info, "encrypted data");
        seen.expect(&[("snmp.msgData", "1"), ("snmp.encryptedPDU", "010203040506")]);
    }

    #[test]
    fn lengths_that_lie_are_told() {
        let mut get = bytes(GET);
        get[14] = 0x30;
        let seen = Talk::new("snmp").datagram(0, &get);
        assert_eq!(seen.faults, ["malformed: an element reaches beyond what holds it"]);
        let seen = Talk::new("snmp").datagram(0, b"not BER");
        assert_eq!(seen.protocols, "data");
    }
}
