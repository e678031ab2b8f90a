//! Internet Group Management Protocol, versions 1 to 3 (RFC 1112, 2236 and 3376), and the multicast traceroute that
//! uses its number (draft-ietf-idmr-traceroute-ipm).

use core::fmt;
use core::net::Ipv4Addr;

use crate::bytes::{chunk, fixed, u8_at, u16_at};
use crate::checksum::Status;
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value, name_of};
use crate::network::{IP_PROTO, message_status, status_field};
use crate::packet::Layer;
use crate::walk::Walk;

/// Message types of IGMP.
pub static IGMP_TYPE: Table = Table { name: "igmp.type" };

fields! {
    VERSION = Field::u8("igmp.version", "version"),
    TYPE = Field::u8("igmp.type", "type").hex().key().names(TYPE_NAMES),
    RESERVED = Field::bytes("igmp.reserved", "reserved").many(),
    MAX_RESP = Field::u8("igmp.max_resp", "response within (0.1 s)"),
    MAX_RESP_EXP = Field::u8("igmp.max_resp.exp", "exponent").hex(),
    MAX_RESP_MANT = Field::u8("igmp.max_resp.mant", "mantissa").hex(),
    CHECKSUM = Field::u16("igmp.checksum", "checksum").hex(),
    CHECKSUM_STATUS = status_field("igmp.checksum.status"),
    MADDR = Field::ipv4("igmp.maddr", "group").many().key(),
    S = Field::bool("igmp.s", "routers ignore timers"),
    QRV = Field::u8("igmp.qrv", "robustness"),
    QQIC = Field::u8("igmp.qqic", "query interval code"),
    QUERY_INTERVAL = Field::u16("nd.igmp.query_interval", "query interval (s)"),
    NUM_SRC = Field::u16("igmp.num_src", "sources").many(),
    SADDR = Field::ipv4("igmp.saddr", "source").many(),
    NUM_GRP_RECS = Field::u16("igmp.num_grp_recs", "group records"),
    RECORD_TYPE = Field::u8("igmp.record_type", "group record").many().names(RECORD_NAMES),
    AUX_DATA_LEN = Field::u8("igmp.aux_data_len", "auxiliary data length").many(),
    AUX_DATA = Field::bytes("igmp.aux_data", "auxiliary data").many(),
    MAX_HOPS = Field::u8("igmp.mtrace.max_hops", "hops at most"),
    TRACE_SADDR = Field::ipv4("igmp.mtrace.saddr", "source"),
    TRACE_RADDR = Field::ipv4("igmp.mtrace.raddr", "receiver"),
    TRACE_RSPADDR = Field::ipv4("igmp.mtrace.rspaddr", "answer to"),
    TRACE_RESP_TTL = Field::u8("igmp.mtrace.resp_ttl", "TTL of the answer"),
    TRACE_ID = Field::u24("igmp.mtrace.q_id", "query id"),
    TRACE_ARRIVAL = Field::u32("igmp.mtrace.q_arrival", "query arrival (1/65536 s)").many(),
    TRACE_INADDR = Field::ipv4("igmp.mtrace.q_inaddr", "incoming interface").many(),
    TRACE_OUTADDR = Field::ipv4("igmp.mtrace.q_outaddr", "outgoing interface").many(),
    TRACE_PREVRTR = Field::ipv4("igmp.mtrace.q_prevrtr", "previous router").many(),
    TRACE_INPKT = Field::u32("igmp.mtrace.q_inpkt", "packets in").many(),
    TRACE_OUTPKT = Field::u32("igmp.mtrace.q_outpkt", "packets out").many(),
    TRACE_TOTAL = Field::u32("igmp.mtrace.q_total", "packets of this source and group").many(),
    TRACE_PROTO = Field::u8("igmp.mtrace.q_rtg_proto", "routing protocol").many().names(ROUTING_NAMES),
    TRACE_FWD_TTL = Field::u8("igmp.mtrace.q_fwd_ttl", "TTL needed").many(),
    TRACE_MBZ = Field::u8("igmp.mtrace.q_mbz", "must be zero").hex().many(),
    TRACE_S = Field::u8("igmp.mtrace.q_s", "counts the source's network").hex().many(),
    TRACE_MASK = Field::u8("igmp.mtrace.q_src_mask", "source mask").hex().many(),
    TRACE_CODE = Field::u8("igmp.mtrace.q_fwd_code", "forwarding code").hex().many().names(CODE_NAMES),
}

static PROTOCOL: Protocol = Protocol {
    name: "igmp",
    title: "IGMP",
    about: "Internet Group Management Protocol (RFC 3376)",
    fields: FIELDS,
    // Wireshark reads the message of each version in a step of its own.
    via: Some("igmp"),
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, 2)];
static CARRIES: &[&Table] = &[&IGMP_TYPE];

/// Bytes of a message of version 1 or 2, and of what all versions share.
const HEADER: usize = 8;

const QUERY: u8 = 0x11;
const REPORT_V1: u8 = 0x12;
const REPORT_V2: u8 = 0x16;
const LEAVE: u8 = 0x17;
const TRACE_RESPONSE: u8 = 0x1e;
const TRACE: u8 = 0x1f;
const REPORT_V3: u8 = 0x22;

const TYPE_NAMES: &[(u64, &str)] = &[
    (QUERY as u64, "Membership Query"),
    (REPORT_V1 as u64, "Membership Report"),
    (0x13, "DVMRP Protocol"),
    (0x14, "PIM v1"),
    (REPORT_V2 as u64, "Membership Report"),
    (LEAVE as u64, "Leave Group"),
    (TRACE_RESPONSE as u64, "Traceroute Response"),
    (TRACE as u64, "Traceroute Query or Request"),
    (REPORT_V3 as u64, "Membership Report"),
    // Discovery of multicast routers (RFC 4286).
    (0x30, "Multicast Router Advertisement"),
    (0x31, "Multicast Router Solicitation"),
    (0x32, "Multicast Router Termination"),
    (0xfc, "RGMP"),
    (0xfd, "RGMP"),
    (0xfe, "RGMP"),
    (0xff, "RGMP"),
];
const RECORD_NAMES: &[(u64, &str)] = &[
    (1, "Mode Is Include"),
    (2, "Mode Is Exclude"),
    (3, "Change To Include Mode"),
    (4, "Change To Exclude Mode"),
    (5, "Allow New Sources"),
    (6, "Block Old Sources"),
];
/// How a router on the path of a traceroute knows the way, and what it did with packets of the group.
const ROUTING_NAMES: &[(u64, &str)] = &[
    (1, "DVMRP"),
    (2, "MOSPF"),
    (3, "PIM"),
    (4, "CBT"),
    (5, "PIM with a routing table of its own"),
    (6, "PIM with a static route"),
    (7, "DVMRP with a static route"),
    (8, "PIM with a route of MBGP"),
    (9, "CBT with a routing table of its own"),
    (10, "CBT with a static route"),
    (11, "PIM as an assert decided"),
];
const CODE_NAMES: &[(u64, &str)] = &[
    (0x00, "no error"),
    (0x01, "wrong interface"),
    (0x02, "prune sent"),
    (0x03, "prune received"),
    (0x04, "scoped"),
    (0x05, "no route"),
    (0x06, "wrong last hop"),
    (0x07, "not forwarding"),
    (0x08, "reached the rendezvous point"),
    (0x09, "arrived on the RPF interface"),
    (0x0a, "no multicast"),
    (0x0b, "information hidden"),
    (0x81, "no space"),
    (0x82, "old router"),
    (0x83, "prohibited"),
];

/// Internet Group Management Protocol.
#[derive(Debug)]
pub struct Igmp;

impl Dissector for Igmp {
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
        let &[kind, ..] = fixed::<HEADER>(data)?;
        let len = data.len();
        // What is not read here goes on whole to whoever answers to the type.
        let header = if form(kind, len).is_some() { len } else { 0 };
        Ok(Parsed::new(header, len, Next::Table { nth: 0, value: kind.into() }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let kind = u8_at(data, 0)?;
        let form = form(kind, data.len());
        if let Some(version) = form.and_then(|form| form.version(u8_at(data, 1).unwrap_or_default())) {
            walk.uint(&VERSION, 0..0, version)?;
        }
        // A message that has a reader of its own is not of this protocol, though it has its number.
        if form.is_none() && walk.layer().above().is_some_and(|above| !above.dissector.is_content(above.slot))
        {
            return Some(());
        }
        walk.u8(&TYPE, 0)?;
        match form {
            Some(Form::Query) => query(walk),
            Some(Form::LongQuery) => long_query(walk),
            Some(Form::Report(1)) => {
                walk.bytes(&RESERVED, 1, 1)?;
                checksum(walk)?;
                walk.ipv4(&MADDR, 4).map(|_| ())
            }
            Some(Form::Report(_)) => {
                walk.u8(&MAX_RESP, 1)?;
                checksum(walk)?;
                walk.ipv4(&MADDR, 4).map(|_| ())
            }
            Some(Form::Records) => records(walk),
            Some(Form::Trace) => trace(walk),
            None => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(kind), Some(group)) = (u8_at(data, 0), chunk::<4>(data, 4).map(Ipv4Addr::from)) else {
            return out.write_str("message cut");
        };
        match form(kind, data.len()) {
            Some(Form::Query | Form::LongQuery) => {
                out.write_str("Membership Query")?;
                match form(kind, data.len()).and_then(|f| f.version(u8_at(data, 1).unwrap_or_default())) {
                    Some(1) => Ok(()),
                    _ if group.is_unspecified() => out.write_str(", general"),
                    _ => {
                        write!(out, ", specific for group {group}")?;
                        match u16_at(data, 10) {
                            Some(count) if count > 0 && data.len() >= 12 => {
                                sources(data, 12, count, ", source", out)
                            }
                            _ => Ok(()),
                        }
                    }
                }
            }
            Some(Form::Report(1)) => out.write_str("Membership Report"),
            Some(Form::Report(_)) if kind == LEAVE => write!(out, "Leave Group {group}"),
            Some(Form::Report(_)) => write!(out, "Membership Report group {group}"),
            Some(Form::Records) => {
                out.write_str("Membership Report")?;
                for record in Records::new(data) {
                    record.describe(data, out)?;
                }
                Ok(())
            }
            Some(Form::Trace) if kind == TRACE_RESPONSE => out.write_str("Traceroute Response"),
            Some(Form::Trace) if data.len() == TRACE_HEADER => out.write_str("Traceroute Query"),
            Some(Form::Trace) => out.write_str("Traceroute Request"),
            None => match name_of(TYPE_NAMES, kind.into()) {
                Some(name) => out.write_str(name),
                None => write!(out, "Unknown Type:0x{kind:02x}"),
            },
        }
    }
}

/// Which layout a message has.
#[derive(Clone, Copy)]
enum Form {
    /// A query of version 1 or 2.
    Query,
    /// A query of version 3.
    LongQuery,
    /// A report or leave of version 1 or 2.
    Report(u8),
    /// A report of version 3.
    Records,
    /// Multicast traceroute.
    Trace,
}

impl Form {
    fn version(self, code: u8) -> Option<u8> {
        match self {
            // Version 1 has zero where version 2 has the time to respond (RFC 2236 section 4).
            Self::Query => Some(if code == 0 { 1 } else { 2 }),
            Self::Report(version) => Some(version),
            Self::LongQuery | Self::Records => Some(3),
            Self::Trace => None,
        }
    }
}

fn form(kind: u8, len: usize) -> Option<Form> {
    match kind {
        QUERY if len >= 12 => Some(Form::LongQuery),
        QUERY => Some(Form::Query),
        REPORT_V1 => Some(Form::Report(1)),
        REPORT_V2 | LEAVE => Some(Form::Report(2)),
        REPORT_V3 => Some(Form::Records),
        TRACE | TRACE_RESPONSE => Some(Form::Trace),
        _ => None,
    }
}

fn checksum(walk: &mut Walk<'_, '_>) -> Option<()> {
    walk.u16(&CHECKSUM, 2)?;
    let status = message_status(&walk.layer(), walk.data(), |data, _| crate::checksum::sum(data));
    walk.uint(&CHECKSUM_STATUS, 2..4, status.map_or(Status::Unverified, |found| found.0) as u8)
}

fn query(walk: &mut Walk<'_, '_>) -> Option<()> {
    if u8_at(walk.data(), 1)? == 0 {
        walk.bytes(&RESERVED, 1, 1)?;
    } else {
        walk.u8(&MAX_RESP, 1)?;
    }
    checksum(walk)?;
    walk.ipv4(&MADDR, 4).map(|_| ())
}

/// Codes from here on are small floating-point numbers (RFC 3376 sections 4.1.1 and 4.1.7).
const FLOATING: u8 = 0x80;

/// Exponent and mantissa of such a code.
const fn float(code: u8) -> (u8, u8) {
    (code >> 4 & 7, code & 15)
}

/// The time that a code stands for.
fn time(code: u8) -> u32 {
    let (exponent, mantissa) = float(code);
    if code < FLOATING { code.into() } else { (u32::from(mantissa) | 0x10) << exponent.saturating_add(3) }
}

fn long_query(walk: &mut Walk<'_, '_>) -> Option<()> {
    let code = u8_at(walk.data(), 1)?;
    walk.open(&MAX_RESP, 1..2, Value::Uint(time(code).into()))?;
    if code >= FLOATING {
        let (exponent, mantissa) = float(code);
        walk.uint(&MAX_RESP_EXP, 1..2, exponent)?;
        walk.uint(&MAX_RESP_MANT, 1..2, mantissa)?;
    }
    walk.close();
    checksum(walk)?;
    walk.ipv4(&MADDR, 4)?;
    let flags = u8_at(walk.data(), 8)?;
    walk.bool(&S, 8..9, flags & 8 != 0)?;
    walk.uint(&QRV, 8..9, flags & 7)?;
    let code = walk.u8(&QQIC, 9)?;
    walk.uint(&QUERY_INTERVAL, 0..0, time(code))?;
    let count = walk.u16(&NUM_SRC, 10)?;
    for nth in 0..usize::from(count) {
        walk.ipv4(&SADDR, 12_usize.saturating_add(nth.saturating_mul(4)))?;
    }
    Some(())
}

fn records(walk: &mut Walk<'_, '_>) -> Option<()> {
    walk.bytes(&RESERVED, 1, 1)?;
    checksum(walk)?;
    walk.bytes(&RESERVED, 4, 2)?;
    walk.u16(&NUM_GRP_RECS, 6)?;
    for record in Records::new(walk.data()) {
        let at = record.at;
        walk.open(&RECORD_TYPE, at..record.end, Value::Uint(record.kind.into()))?;
        walk.u8(&AUX_DATA_LEN, at.saturating_add(1))?;
        walk.u16(&NUM_SRC, at.saturating_add(2))?;
        walk.ipv4(&MADDR, at.saturating_add(4))?;
        let mut place = at.saturating_add(8);
        for _ in 0..record.sources {
            walk.ipv4(&SADDR, place)?;
            place = place.saturating_add(4);
        }
        if record.end > place {
            walk.bytes(&AUX_DATA, place, record.end.saturating_sub(place))?;
        }
        walk.close();
    }
    Some(())
}

/// One group record of a version 3 report (RFC 3376 section 4.2.4).
struct Record {
    at: usize,
    end: usize,
    kind: u8,
    sources: u16,
    group: Ipv4Addr,
}

/// The group records of a version 3 report: as many as it says, as far as its bytes reach.
struct Records<'a> {
    data: &'a [u8],
    at: usize,
    left: u16,
}

impl<'a> Records<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self { data, at: HEADER, left: u16_at(data, 6).unwrap_or_default() }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.left = self.left.checked_sub(1)?;
        let at = self.at;
        let [kind, aux, s1, s0, g @ ..] = chunk::<8>(self.data, at)?;
        let sources = u16::from_be_bytes([s1, s0]);
        let words = usize::from(sources).saturating_add(aux.into());
        self.at = at.saturating_add(8).saturating_add(words.saturating_mul(4));
        Some(Record { at, end: self.at, kind, sources, group: Ipv4Addr::from(g) })
    }
}

impl Record {
    fn describe(&self, data: &[u8], out: &mut dyn fmt::Write) -> fmt::Result {
        let group = self.group;
        let (before, after) = match (self.kind, self.sources) {
            (1 | 3, 0) => return write!(out, " / Leave group {group}"),
            (2 | 4, 0) => return write!(out, " / Join group {group} for any sources"),
            (1 | 3, _) => ("Join group", " for source"),
            (2 | 4, _) => ("Join group", ", not for source"),
            (5, _) => ("Group", ", new source"),
            (6, _) => ("Group", ", block source"),
            _ => return write!(out, " / Group {group}, record type {}", self.kind),
        };
        write!(out, " / {before} {group}")?;
        sources(data, self.at.saturating_add(8), self.sources, after, out)
    }
}

/// Sources that the Info column names before it says how many more there are.
const SHOWN_SOURCES: u16 = 16;

fn sources(data: &[u8], at: usize, count: u16, before: &str, out: &mut dyn fmt::Write) -> fmt::Result {
    write!(out, "{before}{} {{", if count > 1 { "s" } else { "" })?;
    let mut place = at;
    for nth in 0..count.min(SHOWN_SOURCES) {
        let Some(source) = chunk::<4>(data, place).map(Ipv4Addr::from) else { break };
        write!(out, "{}{source}", if nth > 0 { ", " } else { "" })?;
        place = place.saturating_add(4);
    }
    out.write_str(if count > SHOWN_SOURCES { ", …}" } else { "}" })
}

/// Bytes of a multicast traceroute before its response blocks, and of each block.
const TRACE_HEADER: usize = 24;
const TRACE_BLOCK: usize = 32;

fn trace(walk: &mut Walk<'_, '_>) -> Option<()> {
    walk.u8(&MAX_HOPS, 1)?;
    checksum(walk)?;
    walk.ipv4(&MADDR, 4)?;
    walk.ipv4(&TRACE_SADDR, 8)?;
    walk.ipv4(&TRACE_RADDR, 12)?;
    walk.ipv4(&TRACE_RSPADDR, 16)?;
    walk.u8(&TRACE_RESP_TTL, 20)?;
    walk.u24(&TRACE_ID, 21)?;
    let end = walk.data().len().saturating_sub(TRACE_BLOCK.saturating_sub(1));
    for at in (TRACE_HEADER..end).step_by(TRACE_BLOCK) {
        let place = |offset: usize| at.saturating_add(offset);
        walk.u32(&TRACE_ARRIVAL, at)?;
        walk.ipv4(&TRACE_INADDR, place(4))?;
        walk.ipv4(&TRACE_OUTADDR, place(8))?;
        walk.ipv4(&TRACE_PREVRTR, place(12))?;
        walk.u32(&TRACE_INPKT, place(16))?;
        walk.u32(&TRACE_OUTPKT, place(20))?;
        walk.u32(&TRACE_TOTAL, place(24))?;
        walk.u8(&TRACE_PROTO, place(28))?;
        walk.u8(&TRACE_FWD_TTL, place(29))?;
        let flags = u8_at(walk.data(), place(30))?;
        walk.uint(&TRACE_MBZ, place(30)..place(31), flags >> 7)?;
        walk.uint(&TRACE_S, place(30)..place(31), flags >> 6 & 1)?;
        walk.uint(&TRACE_MASK, place(30)..place(31), flags & 0x3f)?;
        walk.u8(&TRACE_CODE, place(31))?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::network::build::{RAW_V4, icmp, ipv4};
    use crate::testing::{Seen, survives};

    fn seen(kind: u8, code: u8, rest: &[u8]) -> Seen {
        let packet = ipv4(2, 0, &[148, 4, 0, 0], &icmp(kind, code, rest));
        survives(RAW_V4, &packet);
        Seen::new(RAW_V4, &packet)
    }

    #[test]
    fn queries_of_three_versions() {
        let one = seen(0x11, 0, &[0; 4]);
        one.expect(&[("igmp.version", "1"), ("igmp.reserved", "00"), ("igmp.checksum.status", "1")]);
        assert_eq!((&*one.info, &*one.protocols), ("Membership Query", "ip:igmp:igmp"));
        let two = seen(0x11, 10, &[225, 1, 1, 3]);
        two.expect(&[("igmp.version", "2"), ("igmp.max_resp", "10"), ("igmp.maddr", "225.1.1.3")]);
        assert_eq!(two.info, "Membership Query, specific for group 225.1.1.3");
        let three = seen(0x11, 0xfe, &[225, 1, 1, 3, 0x0a, 255, 0, 2, 10, 0, 0, 1, 10, 0, 0, 2]);
        three.expect(&[
            ("igmp.version", "3"),
            ("igmp.max_resp", "30720"),
            ("igmp.max_resp.exp", "0x07"),
            ("igmp.max_resp.mant", "0x0e"),
            ("igmp.s", "1"),
            ("igmp.qrv", "2"),
            ("igmp.qqic", "255"),
            ("nd.igmp.query_interval", "31744"),
            ("igmp.num_src", "2"),
            ("igmp.saddr", "10.0.0.1,10.0.0.2"),
        ]);
        assert_eq!(
            three.info,
            "Membership Query, specific for group 225.1.1.3, sources {10.0.0.1, 10.0.0.2}"
        );
        assert_eq!(seen(0x11, 10, &[0; 8]).info, "Membership Query, general");
    }

    #[test]
    fn reports_and_leaves() {
        assert_eq!(seen(0x12, 0, &[225, 1, 1, 3]).info, "Membership Report");
        assert_eq!(seen(0x16, 0, &[225, 1, 1, 3]).info, "Membership Report group 225.1.1.3");
        let leave = seen(0x17, 0, &[225, 1, 1, 3]);
        leave.expect(&[("igmp.version", "2"), ("igmp.type", "0x17"), ("igmp.max_resp", "0")]);
        assert_eq!(leave.info, "Leave Group 225.1.1.3");
    }

    #[test]
    fn records_of_version_3() {
        let records = [
            &[0, 0, 0, 4][..],
            &[4, 0, 0, 0, 224, 0, 0, 251],
            &[3, 0, 0, 0, 224, 0, 0, 252],
            &[6, 1, 0, 1, 225, 0, 0, 1, 10, 0, 0, 9, 1, 2, 3, 4],
            &[9, 0, 0, 0, 225, 0, 0, 2],
        ]
        .concat();
        let report = seen(0x22, 0, &records);
        report.expect(&[
            ("igmp.reserved", "00,0000"),
            ("igmp.num_grp_recs", "4"),
            ("igmp.record_type", "4,3,6,9"),
            ("igmp.aux_data_len", "0,0,1,0"),
            ("igmp.num_src", "0,0,1,0"),
            ("igmp.maddr", "224.0.0.251,224.0.0.252,225.0.0.1,225.0.0.2"),
            ("igmp.saddr", "10.0.0.9"),
            ("igmp.aux_data", "01020304"),
        ]);
        assert_eq!(
            report.info,
            "Membership Report / Join group 224.0.0.251 for any sources / Leave group 224.0.0.252 \
             / Group 225.0.0.1, block source {10.0.0.9} / Group 225.0.0.2, record type 9"
        );
    }

    #[test]
    fn multicast_traceroute() {
        let head = [225, 1, 1, 1, 10, 0, 0, 1, 10, 0, 0, 2, 10, 0, 0, 3, 64, 0, 0, 7];
        let query = seen(0x1f, 32, &head);
        query.expect(&[
            ("igmp.version", ""),
            ("igmp.mtrace.max_hops", "32"),
            ("igmp.mtrace.saddr", "10.0.0.1"),
            ("igmp.mtrace.raddr", "10.0.0.2"),
            ("igmp.mtrace.rspaddr", "10.0.0.3"),
            ("igmp.mtrace.resp_ttl", "64"),
            ("igmp.mtrace.q_id", "7"),
        ]);
        assert_eq!(query.info, "Traceroute Query");
        let mut block = [1; 32];
        block[30] = 0xd8;
        let request = seen(0x1f, 32, &[&head[..], &block].concat());
        request.expect(&[
            ("igmp.mtrace.q_inaddr", "1.1.1.1"),
            ("igmp.mtrace.q_rtg_proto", "1"),
            ("igmp.mtrace.q_mbz", "0x01"),
            ("igmp.mtrace.q_s", "0x01"),
            ("igmp.mtrace.q_src_mask", "0x18"),
            ("igmp.mtrace.q_fwd_code", "0x01"),
        ]);
        assert_eq!(request.info, "Traceroute Request");
    }

    #[test]
    fn a_wrong_checksum_and_a_count_that_lies() {
        let mut packet = ipv4(2, 0, &[], &icmp(0x22, 0, &[0, 0, 0xff, 0xff, 1, 0, 0xff, 0xff, 225, 0, 0, 1]));
        packet[22] ^= 1;
        let seen = Seen::new(RAW_V4, &packet);
        seen.expect(&[("igmp.checksum.status", "0"), ("igmp.record_type", "1"), ("igmp.num_src", "65535")]);
    }
}
