//! Domain Name System (RFC 1035) over UDP, TCP and HTTP (RFC 8484), multicast DNS (RFC 6762) and LLMNR (RFC 4795).

use alloc::collections::BTreeMap;
use core::fmt;

use crate::bytes::{fixed, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Parsed, Verdict, heap_of_map};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, concat, name_of};
use crate::frame::Timestamp;
use crate::packet::Layer;
use crate::transport::tcp::TCP_PORT;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

use super::media::{DNS_KIND, MEDIA_TYPE};

mod edns;
mod location;
pub(crate) mod name;
mod records;
mod rows;
mod tables;

use name::{Flaw, Label, Message, Name};

fields! {
    LENGTH = Field::u16("dns.length", "length"),
    ID = Field::u16("dns.id", "transaction id").hex().key(),
    FLAGS = Field::u16("dns.flags", "flags").hex(),
    RESPONSE = Field::bool("dns.flags.response", "response").key(),
    OPCODE = Field::u16("dns.flags.opcode", "operation").names(tables::OPCODES),
    AUTHORITATIVE = Field::bool("dns.flags.authoritative", "authoritative"),
    CONFLICT = Field::bool("dns.flags.conflict", "conflict"),
    TRUNCATED = Field::bool("dns.flags.truncated", "truncated"),
    RECURSION_DESIRED = Field::bool("dns.flags.recdesired", "recursion desired"),
    TENTATIVE = Field::bool("dns.flags.tentative", "tentative"),
    RECURSION_AVAILABLE = Field::bool("dns.flags.recavail", "recursion available"),
    RESERVED = Field::bool("dns.flags.z", "reserved"),
    AUTHENTICATED = Field::bool("dns.flags.authenticated", "authenticated data"),
    CHECKING_DISABLED = Field::bool("dns.flags.checkdisable", "checking disabled"),
    RCODE = Field::u16("dns.flags.rcode", "response code").names(tables::RCODES).key(),
    COUNT_QUERIES = Field::u16("dns.count.queries", "questions"),
    COUNT_ANSWERS = Field::u16("dns.count.answers", "answers"),
    COUNT_AUTHORITIES = Field::u16("dns.count.auth_rr", "authority records"),
    COUNT_ZONES = Field::u16("dns.count.zones", "zones"),
    COUNT_PREREQUISITES = Field::u16("dns.count.prerequisites", "prerequisites"),
    COUNT_UPDATES = Field::u16("dns.count.updates", "updates"),
    COUNT_ADDITIONALS = Field::u16("dns.count.add_rr", "additional records"),
    QUERIES = Field::group("dns.queries", "question"),
    ANSWERS = Field::group("dns.answers", "answer"),
    AUTHORITIES = Field::group("dns.authorities", "authority record"),
    ZONES = Field::group("dns.zones", "zone"),
    PREREQUISITES = Field::group("dns.prerequisites", "prerequisite"),
    UPDATES = Field::group("dns.updates", "update"),
    ADDITIONALS = Field::group("dns.additionals", "additional record"),
    QRY_NAME = Field::name("dns.qry.name", "name").many().key(),
    QRY_NAME_LEN = Field::u16("dns.qry.name.len", "length of the name as shown").many(),
    QRY_LABELS = Field::u16("dns.count.labels", "labels of the name as shown").many(),
    QRY_TYPE = Field::u16("dns.qry.type", "type").names(tables::TYPES).many().key(),
    QRY_CLASS = Field::u16("dns.qry.class", "class").hex().names(tables::CLASSES).many(),
    QRY_QU = Field::bool("dns.qry.qu", "unicast answer wanted").many(),
    SRV_SERVICE = Field::name("dns.srv.service", "service").many(),
    SRV_PROTO = Field::name("dns.srv.proto", "protocol").many(),
    SRV_NAME = Field::name("dns.srv.name", "name").many(),
    RESP_NAME = Field::name("dns.resp.name", "name").many().key(),
    RESP_TYPE = Field::u16("dns.resp.type", "type").names(tables::TYPES).many().key(),
    RESP_CLASS = Field::u16("dns.resp.class", "class").hex().names(tables::CLASSES).many(),
    RESP_CACHE_FLUSH = Field::bool("dns.resp.cache_flush", "cache flush").many(),
    RESP_TTL = Field::u32("dns.resp.ttl", "time to live (s)").many(),
    RESP_UDP_SIZE = Field::u16("dns.rr.udp_payload_size", "UDP payload size").many(),
    RESP_EXT_RCODE = Field::u8("dns.resp.ext_rcode", "upper bits of the response code").hex().many(),
    RESP_VERSION = Field::u8("dns.resp.edns0_version", "EDNS version").many(),
    RESP_Z = Field::u16("dns.resp.z", "EDNS flags").hex().many(),
    RESP_DO = Field::bool("dns.resp.z.do", "DNSSEC wanted").many(),
    RESP_Z_RESERVED = Field::u16("dns.resp.z.reserved", "reserved").hex().many(),
    RESP_LEN = Field::u16("dns.resp.len", "data length").many(),
    OMITTED = Field::u32("nd.dns.omitted", "records not shown"),
    RESPONSE_TO = Field::frame("dns.response_to", "request in").key(),
    RESPONSE_IN = Field::frame("dns.response_in", "response in").key(),
    TIME = Field::duration("dns.time", "time since the request").key(),
    UNSOLICITED = Field::bool("dns.unsolicited", "no request seen"),
    RETRANSMIT_REQUEST_IN = Field::frame("dns.retransmit_request_in", "request first sent in"),
    RETRANSMIT_RESPONSE_IN = Field::frame("dns.retransmit_response_in", "response first sent in"),
    RETRANSMISSION = Field::bool("dns.retransmission", "retransmission"),
    EXTRANEOUS = Field::bytes("dns.extraneous.data", "bytes after the message"),
    EXTRANEOUS_LENGTH = Field::int("dns.extraneous.length", "number of bytes after the message", 32),
}

static ALL_FIELDS: [&Field; FIELDS.len() + rows::FIELDS.len() + edns::FIELDS.len()] =
    concat(&[FIELDS, rows::FIELDS, edns::FIELDS]);

static DNS_PROTOCOL: Protocol = Protocol {
    name: "dns",
    title: "DNS",
    about: "Domain Name System (RFC 1035)",
    fields: &ALL_FIELDS,
    via: None,
};
static MDNS_PROTOCOL: Protocol = Protocol {
    name: "mdns",
    title: "mDNS",
    about: "Multicast DNS (RFC 6762)",
    fields: &ALL_FIELDS,
    via: None,
};
static LLMNR_PROTOCOL: Protocol = Protocol {
    name: "llmnr",
    title: "LLMNR",
    about: "Link-Local Multicast Name Resolution (RFC 4795)",
    fields: &ALL_FIELDS,
    via: None,
};

static DNS_KEYS: &[Key] = &[
    Key::new(&UDP_PORT, 53),
    Key::new(&TCP_PORT, 53),
    Key::new(&TCP_PORT, 5353),
    Key::new(&MEDIA_TYPE, DNS_KIND),
    Key::heuristic(&UDP_PORT),
];
static MDNS_KEYS: &[Key] = &[Key::new(&UDP_PORT, 5353)];
static LLMNR_KEYS: &[Key] = &[Key::new(&UDP_PORT, 5355)];

/// Bytes of the header (RFC 1035 section 4.1.1).
const HEADER: usize = 12;
/// In the memo: the message has a length before it; it is shorter than a header.
const OVER_TCP: u32 = 1;
const NO_HEADER: u32 = 2;
/// Bytes of the length before a message on a stream (RFC 1035 section 4.2.2).
const PREFIX: usize = 2;
/// Questions and records that are read of one message (docs/faults.md section 4).
const MAX_RECORDS: u32 = 512;
/// Bytes of the Info column after which no further record is added.
const MAX_SUMMARY: usize = 4_096;
/// Requests that one flow remembers (docs/faults.md section 4).
const MAX_OPEN: usize = 512;
/// Nanoseconds within which the same id is taken for the same request sent again.
const RETRY: i64 = 5_000_000_000;
/// The record type whose class and time to live mean something else (RFC 6891 section 6.1.2).
const OPT: u16 = 41;
/// The record type whose owner names a service and its transport (RFC 2782).
const SRV: u16 = 33;
/// The operation that names its sections otherwise (RFC 2136 section 2).
const UPDATE: u16 = 5;
/// The port of the NetBIOS name service, whose messages look like these (RFC 1002 section 4.2).
const NETBIOS: u16 = 137;
/// Upper bit of the class in multicast DNS (RFC 6762 sections 5.4 and 10.2).
const TOP_BIT: u16 = 0x8000;

/// Domain Name System.
pub static DNS: Dns = Dns { protocol: &DNS_PROTOCOL, keys: DNS_KEYS, flavor: Flavor::Unicast };
/// Multicast DNS.
pub static MDNS: Dns = Dns { protocol: &MDNS_PROTOCOL, keys: MDNS_KEYS, flavor: Flavor::Multicast };
/// Link-Local Multicast Name Resolution.
pub static LLMNR: Dns = Dns { protocol: &LLMNR_PROTOCOL, keys: LLMNR_KEYS, flavor: Flavor::LinkLocal };

/// One of the three protocols that speak in DNS messages.
#[derive(Debug)]
pub struct Dns {
    protocol: &'static Protocol,
    keys: &'static [Key],
    flavor: Flavor,
}

/// What the flags and classes of a message mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavor {
    Unicast,
    Multicast,
    LinkLocal,
}

/// The requests of one flow, by the stream within it and by transaction id, which is 0 in HTTP (RFC 8484 section 4.1).
#[derive(Debug, Default)]
struct Exchanges(BTreeMap<(u32, u16), Exchange>);

impl Memory for Exchanges {
    fn heap(&self) -> usize {
        heap_of_map(&self.0)
    }
}

/// The latest request with its id.
#[derive(Clone, Copy, Debug)]
struct Exchange {
    frame: u64,
    time: Timestamp,
    answer: Option<u64>,
}

impl Dissector for Dns {
    fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    fn keys(&self) -> &'static [Key] {
        self.keys
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let (base, len) = match cx.stream {
            _ if cx.called == DNS_KIND => (0, cx.wire_len),
            None => (0, cx.wire_len),
            Some(stream) => {
                let &[high, low] = fixed::<PREFIX>(data)?;
                let len = PREFIX.saturating_add(u16::from_be_bytes([high, low]).into());
                if data.len() < len && !stream.is_last() {
                    return Err(Fault::Short { need: len, have: data.len() });
                }
                (PREFIX, len)
            }
        };
        let message = Message { data: data.get(..len).unwrap_or(data), base };
        pair(message, cx);
        if let Err(flaw) = message.check() {
            cx.flaw(match flaw {
                Flaw::Cut(need) if base == 0 || data.len() < len => Fault::Short { need, have: data.len() },
                Flaw::Cut(_) => Fault::Malformed("records are cut by the end of the message (dns.length)"),
                Flaw::Bad(why) => Fault::Malformed(why),
            });
        }
        let over_tcp = if base == 0 { 0 } else { OVER_TCP };
        // What was never long enough for a header has none; what was cut shows what is there.
        let no_header = if len < base.saturating_add(HEADER) { NO_HEADER } else { 0 };
        Ok(Parsed::end(len).memo(over_tcp | no_header))
    }

    fn probe(&self, data: &[u8], cx: &Context<'_>) -> Verdict {
        let message = Message { data, base: 0 };
        let netbios = cx.ports.is_some_and(|(src, dst)| src == NETBIOS || dst == NETBIOS);
        if cx.stream.is_none() && !netbios && message.is_likely() { Verdict::Yes } else { Verdict::No }
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let base = if walk.memo() & OVER_TCP == 0 { 0 } else { PREFIX };
        if base != 0 {
            walk.u16(&LENGTH, 0)?;
        }
        let at = |offset: usize| base.saturating_add(offset);
        if walk.memo() & NO_HEADER != 0 && !is_promised(&walk.layer()) {
            return None;
        }
        walk.u16(&ID, base)?;
        let flags = u16_at(walk.data(), at(2))?;
        self.flags(walk, at(2), flags)?;
        let update = opcode(flags) == UPDATE;
        let counts = if update {
            [&COUNT_ZONES, &COUNT_PREREQUISITES, &COUNT_UPDATES, &COUNT_ADDITIONALS]
        } else {
            [&COUNT_QUERIES, &COUNT_ANSWERS, &COUNT_AUTHORITIES, &COUNT_ADDITIONALS]
        };
        let groups = if update {
            [&ZONES, &PREREQUISITES, &UPDATES, &ADDITIONALS]
        } else {
            [&QUERIES, &ANSWERS, &AUTHORITIES, &ADDITIONALS]
        };
        for (field, place) in counts.into_iter().zip([4, 6, 8, 10]) {
            walk.u16(field, at(place))?;
        }
        let message = Message { data: walk.data(), base };
        let mut here = at(HEADER);
        let (mut shown, mut omitted) = (0, 0u32);
        for (section, group) in groups.into_iter().enumerate() {
            let count = message.count(section)?;
            for number in 0..count {
                let entry = message.entry(here, section == 0).ok()?;
                // A record that the message ends in is none (RFC 9267 section 5); where the capture cuts it, what is
                // there is shown.
                if section > 0 && entry.end > walk.data().len() && is_complete(walk) {
                    return links(walk);
                }
                let text = entry.end.saturating_sub(entry.rest).saturating_add(3 * name::MAX_TEXT);
                if shown == MAX_RECORDS || !walk.room(ROOM, text) {
                    omitted = omitted.saturating_add(u32::from(count.saturating_sub(number)));
                    break;
                }
                shown = shown.saturating_add(1);
                // The length of the data is the sender's word: what is shown stays within the message.
                walk.open(group, here..entry.end.min(walk.data().len()), Value::None)?;
                if section == 0 {
                    self.question(walk, &entry)?;
                } else {
                    self.record(walk, message, &entry)?;
                }
                walk.close();
                here = entry.end;
            }
        }
        if omitted > 0 {
            walk.uint(&OMITTED, here..walk.data().len(), omitted)?;
        }
        links(walk)?;
        let left = walk.data().len().saturating_sub(here);
        if left > 0 && omitted == 0 {
            walk.bytes(&EXTRANEOUS, here, left)?;
            walk.emit(
                &EXTRANEOUS_LENGTH,
                here..here.saturating_add(left),
                Value::Int(i64::try_from(left).ok()?),
            )?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let base = if layer.slot.memo & OVER_TCP == 0 { 0 } else { PREFIX };
        let message = Message { data: layer.data(), base };
        let (Some(id), Some(flags)) = (message.word(0), message.word(2)) else {
            return out.write_str("header cut");
        };
        match name_of(tables::OPCODES, opcode(flags).into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "Unknown operation ({})", opcode(flags))?,
        }
        let response = flags & 0x8000 != 0;
        write!(out, "{} {id:#06x}", if response { " response" } else { "" })?;
        let rcode = flags & 0x000f;
        if response && rcode != 0 {
            match name_of(tables::RCODES, rcode.into()) {
                Some(name) => write!(out, " {name}")?,
                None => write!(out, " Unknown error ({rcode})")?,
            }
        }
        let mut written = 0usize;
        for (section, entry) in message.entries() {
            if written > MAX_SUMMARY {
                return out.write_str(" …");
            }
            written = written.saturating_add(entry.name.len).saturating_add(16);
            out.write_char(' ')?;
            Kind(entry.kind).write(out)?;
            let top = entry.class & TOP_BIT != 0;
            match (section, self.flavor) {
                (0, Flavor::Multicast) => {
                    write!(out, " {}, \"{}\" question", entry.name, if top { "QU" } else { "QM" })?;
                }
                (0, _) => write!(out, " {}", entry.name)?,
                (_, flavor) => {
                    if flavor == Flavor::Multicast && top {
                        out.write_str(", cache flush")?;
                    }
                    records::summary(message, &entry.name, entry.kind, entry.rest, entry.end, out)?;
                }
            }
        }
        Ok(())
    }
}

/// Fields for which there must be room before a record is begun.
const ROOM: u32 = 64;

/// A record type by name, or as a number.
struct Kind(u16);

impl Kind {
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match name_of(tables::TYPES, self.0.into()) {
            Some(name) => out.write_str(name),
            None => write!(out, "Unknown ({})", self.0),
        }
    }
}

fn opcode(flags: u16) -> u16 {
    flags >> 11 & 0x0f
}

/// A question, or a record up to its data.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    name: Name<'a>,
    at: usize,
    kind: u16,
    class: u16,
    /// Where the data begins; of a question, its end.
    rest: usize,
    /// Position after the entry, by its own length field.
    end: usize,
}

impl<'a> Message<'a> {
    /// The 16-bit number at `offset` from the start of the message.
    fn word(&self, offset: usize) -> Option<u16> {
        u16_at(self.data, self.base.saturating_add(offset))
    }

    /// How many entries the section has by the header.
    fn count(&self, section: usize) -> Option<u16> {
        self.word(section.saturating_mul(2).saturating_add(4))
    }

    /// The question or record at `at`.
    fn entry(self, at: usize, question: bool) -> Result<Entry<'a>, Flaw> {
        let name = name::read(self, at)?;
        let rest = name.end.saturating_add(if question { 4 } else { 10 });
        if rest > self.data.len() {
            return Err(Flaw::Cut(rest));
        }
        let word = |offset: usize| u16_at(self.data, name.end.saturating_add(offset)).unwrap_or_default();
        let len = if question { 0 } else { word(8) };
        Ok(Entry { name, at, kind: word(0), class: word(2), rest, end: rest.saturating_add(len.into()) })
    }

    /// Questions and records with their section, as far as they can be read and at most [`MAX_RECORDS`].
    fn entries(self) -> impl Iterator<Item = (usize, Entry<'a>)> {
        let mut at = self.base.saturating_add(HEADER);
        let sections =
            (0..4).flat_map(move |section| (0..self.count(section).unwrap_or(0)).map(move |_| section));
        sections.take(MAX_RECORDS as usize).map_while(move |section| {
            let entry = self.entry(at, section == 0).ok()?;
            at = entry.end;
            Some((section, entry))
        })
    }

    /// Whether bytes on any port are a message beyond reasonable doubt: a header that only stub resolvers send, or one
    /// question, or the first answer without one, of a known type and class, sensible flags, and entries that end
    /// where the bytes do.
    fn is_likely(self) -> bool {
        let (Some(flags), Some(questions)) = (self.word(2), self.count(0)) else { return false };
        if self.is_stub_query(flags) {
            return true;
        }
        let response = flags & 0x8000 != 0;
        let answers = self.count(1).unwrap_or(0);
        let sensible = opcode(flags) == 0
            && flags & 0x0040 == 0
            && (response || flags & 0x048f == 0 && answers == 0)
            && (questions == 1 || questions == 0 && response && answers > 0)
            && self.check().is_ok();
        let Ok(first) = self.entry(HEADER, questions == 1) else { return false };
        sensible
            && first.name.flaw.is_none()
            && name_of(tables::TYPES, first.kind.into()).is_some_and(|_| first.kind != 0)
            && matches!(first.class, 1 | 3)
            && self.entries().last().is_some_and(|(_, last)| last.end == self.data.len())
    }

    /// A standard query with recursion desired, perhaps with AD set (RFC 6840 section 5.7), one question, perhaps an
    /// OPT record: 79 of 80 bits are as every stub resolver sends them, so that what follows may be anything.
    fn is_stub_query(self, flags: u16) -> bool {
        matches!(flags, 0x0100 | 0x0120)
            && [0, 1, 2].map(|section| self.count(section)) == [Some(1), Some(0), Some(0)]
            && matches!(self.count(3), Some(0 | 1))
    }

    /// Whether header, questions and records can be read, the first [`MAX_RECORDS`] of them.
    fn check(self) -> Result<(), Flaw> {
        let mut at = self.base.saturating_add(HEADER);
        if self.data.len() < at {
            return Err(Flaw::Cut(at));
        }
        let mut left = MAX_RECORDS;
        for section in 0..4 {
            for _ in 0..self.count(section).unwrap_or(0) {
                let Some(rest) = left.checked_sub(1) else { return Ok(()) };
                left = rest;
                let entry = self.entry(at, section == 0)?;
                if let Some(flaw) = entry.name.flaw {
                    return Err(Flaw::Bad(flaw));
                }
                if entry.end > self.data.len() {
                    return Err(Flaw::Cut(entry.end));
                }
                if entry.rest < entry.end
                    && let Some(offset) = records::name_offset(entry.kind)
                    && let Some(flaw) = name::read(self, entry.rest.saturating_add(offset))?.flaw
                {
                    return Err(Flaw::Bad(flaw));
                }
                at = entry.end;
            }
        }
        Ok(())
    }
}

impl Dns {
    /// The flags (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6 and 3.2.2; LLMNR: RFC 4795 section 2.1.1).
    fn flags(&self, walk: &mut Walk<'_, '_>, at: usize, flags: u16) -> Option<()> {
        let here = at..at.saturating_add(2);
        let set = |mask: u16| flags & mask != 0;
        let response = set(0x8000);
        walk.open(&FLAGS, here.clone(), Value::Uint(flags.into()))?;
        walk.bool(&RESPONSE, here.clone(), response)?;
        walk.uint(&OPCODE, here.clone(), opcode(flags))?;
        if self.flavor == Flavor::LinkLocal {
            walk.bool(&CONFLICT, here.clone(), set(0x0400))?;
            walk.bool(&TRUNCATED, here.clone(), set(0x0200))?;
            walk.bool(&TENTATIVE, here.clone(), set(0x0100))?;
        } else {
            if response {
                walk.bool(&AUTHORITATIVE, here.clone(), set(0x0400))?;
            }
            walk.bool(&TRUNCATED, here.clone(), set(0x0200))?;
            walk.bool(&RECURSION_DESIRED, here.clone(), set(0x0100))?;
            if response {
                walk.bool(&RECURSION_AVAILABLE, here.clone(), set(0x0080))?;
            }
            walk.bool(&RESERVED, here.clone(), set(0x0040))?;
            // In a request the bit only says something where it is set (RFC 6840 section 5.7).
            if response || set(0x0020) {
                walk.bool(&AUTHENTICATED, here.clone(), set(0x0020))?;
            }
            walk.bool(&CHECKING_DISABLED, here.clone(), set(0x0010))?;
        }
        if response {
            walk.uint(&RCODE, here, flags & 0x000f)?;
        }
        walk.close();
        Some(())
    }

    fn question(&self, walk: &mut Walk<'_, '_>, entry: &Entry<'_>) -> Option<()> {
        walk.format(&QRY_NAME, entry.at..entry.name.end, format_args!("{}", entry.name))?;
        walk.uint(&QRY_NAME_LEN, 0..0, entry.name.len as u64)?;
        walk.uint(&QRY_LABELS, 0..0, entry.name.labels as u64)?;
        walk.u16(&QRY_TYPE, entry.name.end)?;
        let class = entry.name.end.saturating_add(2);
        self.class(walk, class, entry.class, [&QRY_CLASS, &QRY_QU])
    }

    /// A class, of which multicast DNS uses the upper bit.
    fn class(
        &self,
        walk: &mut Walk<'_, '_>,
        at: usize,
        class: u16,
        fields: [&'static Field; 2],
    ) -> Option<()> {
        let here = at..at.saturating_add(2);
        let [field, top] = fields;
        if self.flavor == Flavor::Multicast {
            walk.uint(field, here.clone(), class & !TOP_BIT)?;
            walk.bool(top, here, class & TOP_BIT != 0)
        } else {
            walk.uint(field, here, class)
        }
    }

    fn record(&self, walk: &mut Walk<'_, '_>, message: Message<'_>, entry: &Entry<'_>) -> Option<()> {
        let name = entry.at..entry.name.end;
        if entry.kind == SRV {
            let labels = || entry.name.labels();
            for (field, label) in [&SRV_SERVICE, &SRV_PROTO].into_iter().zip(labels()) {
                walk.format(field, name.clone(), format_args!("{}", Label(label)))?;
            }
            if entry.name.labels > 2 {
                walk.format(&SRV_NAME, name, format_args!("{}", entry.name.after(2)))?;
            }
        } else {
            walk.format(&RESP_NAME, name, format_args!("{}", entry.name))?;
        }
        let at = |offset: usize| entry.name.end.saturating_add(offset);
        walk.u16(&RESP_TYPE, at(0))?;
        if entry.kind == OPT {
            self.class(walk, at(2), entry.class, [&RESP_UDP_SIZE, &RESP_CACHE_FLUSH])?;
            walk.u8(&RESP_EXT_RCODE, at(4))?;
            walk.u8(&RESP_VERSION, at(5))?;
            let flags = u16_at(walk.data(), at(6))?;
            walk.open(&RESP_Z, at(6)..at(8), Value::Uint(flags.into()))?;
            walk.bool(&RESP_DO, at(6)..at(8), flags & TOP_BIT != 0)?;
            walk.uint(&RESP_Z_RESERVED, at(6)..at(8), flags & !TOP_BIT)?;
            walk.close();
        } else {
            self.class(walk, at(2), entry.class, [&RESP_CLASS, &RESP_CACHE_FLUSH])?;
            walk.u32(&RESP_TTL, at(4))?;
        }
        walk.u16(&RESP_LEN, at(8))?;
        let depth = walk.depth();
        let done = records::emit(walk, message, entry.kind, entry.rest, entry.end);
        // Data that does not fit its type says nothing about the next record, unless the allowance is used up.
        if done.is_none() && !walk.room(1, 0) {
            return None;
        }
        while walk.depth() > depth {
            walk.close();
        }
        Some(())
    }
}

/// Whether the datagram's own length has room for a header, although the packet around it ends before.
fn is_promised(layer: &Layer<'_>) -> bool {
    const UDP_HEADER: usize = 8;
    let udp = layer.below().filter(|below| below.protocol().name == "udp");
    let length = udp.and_then(|udp| u16_at(udp.data(), 4)).unwrap_or_default();
    usize::from(length) >= UDP_HEADER.saturating_add(HEADER)
}

/// Finds the request that belongs to the message, by flow and id, and remembers a request.
fn pair(message: Message<'_>, cx: &mut Context<'_>) {
    let (Some(id), Some(flags)) = (message.word(0), message.word(2)) else { return };
    let (frame, time) = (cx.frame, cx.time);
    let id = (cx.substream, id);
    let Some(Exchanges(open)) = cx.state::<Exchanges>() else {
        // Quoted: what it answers is not looked for.
        if flags & 0x8000 != 0 {
            cx.link(Link::Unsolicited);
        }
        return;
    };
    let known = open.get(&id).copied();
    let link = if flags & 0x8000 == 0 {
        match known {
            Some(first) if first.answer.is_none() && time.nanos_since(first.time) < RETRY => {
                Some(Link::RepeatedRequest(first.frame))
            }
            _ => {
                if known.is_none() && open.len() >= MAX_OPEN {
                    let oldest = open.iter().min_by_key(|row| row.1.frame).map(|row| *row.0);
                    oldest.and_then(|oldest| open.remove(&oldest));
                }
                open.insert(id, Exchange { frame, time, answer: None });
                None
            }
        }
    } else {
        match open.get_mut(&id) {
            None => Some(Link::Unsolicited),
            Some(Exchange { answer: Some(first), .. }) => Some(Link::RepeatedResponse(*first)),
            Some(request) => {
                request.answer = Some(frame);
                Some(Link::Request { frame: request.frame, time: request.time })
            }
        }
    };
    if let Some(link) = link {
        cx.link(link);
    }
}

/// Whether no byte of the message was left out by the capture.
fn is_complete(walk: &Walk<'_, '_>) -> bool {
    let frame = walk.frame();
    walk.layer().slot.source != 0 || frame.data.len() >= frame.wire_len as usize
}

/// The ties to earlier frames that [`pair`] found.
fn links(walk: &mut Walk<'_, '_>) -> Option<()> {
    for link in walk.links() {
        match link {
            Link::Request { frame, time } => {
                walk.uint(&RESPONSE_TO, 0..0, frame)?;
                walk.since(&TIME, time)?;
            }
            Link::ResponseIn(frame) => walk.uint(&RESPONSE_IN, 0..0, frame)?,
            Link::Unsolicited => walk.bool(&UNSOLICITED, 0..0, true)?,
            Link::RepeatedRequest(frame) => {
                walk.uint(&RETRANSMIT_REQUEST_IN, 0..0, frame)?;
                walk.bool(&RETRANSMISSION, 0..0, true)?;
            }
            Link::RepeatedResponse(frame) => {
                walk.uint(&RETRANSMIT_RESPONSE_IN, 0..0, frame)?;
                walk.bool(&RETRANSMISSION, 0..0, true)?;
            }
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests;
