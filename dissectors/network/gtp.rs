//! GPRS Tunnelling Protocol: version 0 (GSM 09.60), version 1 for control (3GPP TS 29.060) and for user traffic
//! (TS 29.281), and GTP' for charging (TS 32.295). Version 2 is in `gtpv2.rs`.

use alloc::collections::BTreeMap;
use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Memory, Next, Parsed, Table, heap_of_map};
use crate::facts::Link;
use crate::field::{Field, Protocol, Value, concat, name_of};
use crate::frame::{LinkType, Timestamp};
use crate::link::ethernet::{ETHERTYPE, TYPE_IPV4, TYPE_IPV6};
use crate::link::ppp::PPP_PROTOCOL;
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

mod element;
mod names;

use names::{EXTENSION_NAMES, MESSAGE_NAMES};

/// Versions of GTP that have a dissector of their own.
pub static GTP_VERSION: Table = Table { name: "gtp.version" };

fields! {
    FLAGS = Field::u8("gtp.flags", "flags").hex(),
    VERSION = Field::u8("gtp.flags.version", "version").key(),
    PAYLOAD = Field::u8("gtp.flags.payload", "protocol type").names(&[(0, "GTP'"), (1, "GTP")]),
    RESERVED = Field::u8("gtp.flags.reserved", "reserved"),
    SNN = Field::bool("gtp.flags.snn", "N-PDU number of SNDCP present"),
    SHORT = Field::bool("gtp.flags.hdr_length", "header has 6 bytes"),
    E = Field::bool("gtp.flags.e", "extension header present"),
    S = Field::bool("gtp.flags.s", "sequence number present"),
    PN = Field::bool("gtp.flags.pn", "N-PDU number present"),
    MESSAGE = Field::u8("gtp.message", "message").hex().key().names(MESSAGE_NAMES),
    LENGTH = Field::u16("gtp.length", "length").many(),
    TEID = Field::u32("gtp.teid", "tunnel endpoint").hex().key(),
    SEQUENCE = Field::u16("gtp.seq_number", "sequence number").hex(),
    NPDU = Field::u8("gtp.npdu_number", "N-PDU number").hex(),
    NEXT = Field::u8("gtp.ext_hdr.next", "next extension header").hex().many().names(EXTENSION_NAMES),
    EXTENSION = Field::flag("gtp.ext_hdr", "extension header").many(),
    EXTENSION_LENGTH = Field::u8("gtp.ext_hdr.length", "extension header length").many(),
    UDP_PORT_BEFORE = Field::u16("gtp.ext_hdr.udp_port", "UDP port of the packet in error"),
    PDCP = Field::u16("gtp.ext_hdr.pdcp_sn", "PDCP sequence number"),
    PDU_TYPE = Field::u8("gtp.ext_hdr.pdu_ses_con.pdu_type", "PDU type").names(&[(0, "downlink"), (1, "uplink")]),
    PPP_BIT = Field::bool("gtp.ext_hdr.pdu_ses_cont.ppp", "paging policy present"),
    RQI = Field::bool("gtp.ext_hdr.pdu_ses_cont.rqi", "reflective QoS"),
    QFI = Field::u8("gtp.ext_hdr.pdu_ses_con.qos_flow_id", "QoS flow"),
    FLOW_LABEL = Field::u16("gtp.flow_label", "flow label").hex(),
    SNDCP = Field::u8("gtp.sndcp_number", "SNDCP N-PDU number").hex(),
    TID = Field::text("gtp.tid", "tunnel"),
    RESPONSE_TO = Field::frame("gtp.response_to", "request in").key(),
    TIME = Field::duration("gtp.time", "time since the request").key(),
}

static ALL_FIELDS: [&Field; FIELDS.len() + element::FIELDS.len()] = concat(&[FIELDS, element::FIELDS]);

static GTP_PROTOCOL: Protocol = Protocol {
    name: "gtp",
    title: "GTP",
    about: "GPRS Tunnelling Protocol (3GPP TS 29.060, TS 29.281)",
    fields: &ALL_FIELDS,
    via: None,
};
static PRIME_PROTOCOL: Protocol = Protocol {
    name: "gtpprime",
    title: "GTP'",
    about: "GPRS Tunnelling Protocol, first version and charging (GSM 09.60, 3GPP TS 32.295)",
    fields: &ALL_FIELDS,
    via: None,
};

static GTP_KEYS: &[Key] = &[Key::new(&UDP_PORT, 2152), Key::new(&UDP_PORT, 2123)];
static PRIME_KEYS: &[Key] = &[Key::new(&UDP_PORT, 3386)];
static CARRIES: &[&Table] = &[&ETHERTYPE, &LINK_TYPE, &PPP_PROTOCOL, &GTP_VERSION];

/// Bytes of the header of version 1 without its optional part, of that part, and of version 0.
const HEADER: usize = 8;
const OPTIONAL: usize = 4;
const HEADER_V0: usize = 20;
/// Bytes of the short header of GTP'.
const HEADER_SHORT: usize = 6;
/// The message that carries a packet of the subscriber.
const T_PDU: u8 = 255;
/// Requests of one conversation that wait for their answers.
const MAX_OPEN: usize = 512;

/// GPRS Tunnelling Protocol.
pub static GTP: Gtp = Gtp { protocol: &GTP_PROTOCOL, keys: GTP_KEYS };
/// The same on the port of its first version.
pub static GTP_PRIME: Gtp = Gtp { protocol: &PRIME_PROTOCOL, keys: PRIME_KEYS };

/// Versions 0 and 1, on either port.
#[derive(Debug)]
pub struct Gtp {
    protocol: &'static Protocol,
    keys: &'static [Key],
}

/// Requests without an answer so far, by sequence number: the message, its frame, its time.
#[derive(Debug, Default)]
struct Open(BTreeMap<u16, (u8, u64, Timestamp)>);

impl Memory for Open {
    fn heap(&self) -> usize {
        heap_of_map(&self.0)
    }
}

/// The header, as its flags have it.
struct Head {
    flags: u8,
    message: u8,
    /// Bytes before the payload or the information elements.
    header: usize,
    /// Bytes of the whole message by its own length.
    len: usize,
    /// Place of the sequence number.
    sequence: Option<usize>,
}

impl Head {
    fn version(&self) -> u8 {
        self.flags >> 5
    }

    fn is_prime(&self) -> bool {
        self.flags & 0x10 == 0
    }

    fn read(data: &[u8]) -> Result<Self, Fault> {
        let &[flags, message, l1, l0] = fixed::<4>(data)?;
        let length = usize::from(u16::from_be_bytes([l1, l0]));
        let head = |header, before: usize, sequence| Self {
            flags,
            message,
            header,
            len: before.saturating_add(length),
            sequence,
        };
        if flags & 0x10 == 0 {
            let header = if flags >> 5 == 0 && flags & 1 == 0 { HEADER_V0 } else { HEADER_SHORT };
            return Ok(head(header, header, Some(4)));
        }
        if flags >> 5 == 0 {
            return Ok(head(HEADER_V0, HEADER_V0, Some(4)));
        }
        let mut header = HEADER;
        if flags & 7 != 0 {
            header = header.saturating_add(OPTIONAL);
            if flags & 4 != 0 {
                for extension in Extensions::new(data) {
                    header = extension.end;
                }
            }
        }
        let head = head(header, HEADER, (flags & 2 != 0).then_some(HEADER));
        if head.len < head.header {
            return Err(Fault::Malformed("length ends within the header (gtp.length)"));
        }
        Ok(head)
    }
}

/// One extension header (TS 29.281 section 5.2): length in words, content, kind of the next.
struct Extension {
    kind: u8,
    at: usize,
    end: usize,
}

struct Extensions<'a> {
    data: &'a [u8],
    kind: u8,
    at: usize,
}

impl<'a> Extensions<'a> {
    fn new(data: &'a [u8]) -> Self {
        let at = HEADER.saturating_add(OPTIONAL);
        Self { data, kind: u8_at(data, at.saturating_sub(1)).unwrap_or_default(), at }
    }
}

impl Iterator for Extensions<'_> {
    type Item = Extension;

    fn next(&mut self) -> Option<Extension> {
        let words = u8_at(self.data, self.at).filter(|&words| words > 0 && self.kind != 0)?;
        let end = self.at.saturating_add(usize::from(words).saturating_mul(4));
        let found = Extension { kind: self.kind, at: self.at, end };
        // Where the next kind is cut off there is nothing more to read.
        self.kind = u8_at(self.data, end.saturating_sub(1)).unwrap_or_default();
        self.at = end;
        Some(found)
    }
}

impl Dissector for Gtp {
    fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    fn keys(&self) -> &'static [Key] {
        self.keys
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[first] = fixed::<1>(data)?;
        if first >> 5 > 1 && first & 0x10 != 0 || first >> 5 == 2 && core::ptr::eq(self, &GTP) {
            let version = (first >> 5).into();
            return Ok(Parsed::new(0, usize::MAX, Next::Table { nth: 3, value: version }).bare());
        }
        let head = Head::read(data)?;
        if data.len() < head.header {
            return Err(Fault::Short { need: head.header, have: data.len() });
        }
        pair(&head, data, cx);
        if head.message == T_PDU && !head.is_prime() {
            let next = match u8_at(data, head.header) {
                Some(0x45..=0x4f) => Next::Table { nth: 0, value: TYPE_IPV4.into() },
                Some(0x60..=0x6f) => Next::Table { nth: 0, value: TYPE_IPV6.into() },
                Some(_) => Next::Table { nth: 1, value: LinkType::PPP.0 },
                None => Next::End,
            };
            return Ok(Parsed::new(head.header, head.len, next));
        }
        // What the terminal and the network say to each other in PPP travels as an option of the request.
        if let Some(inner) = element::ppp(data, head.header, head.len.min(data.len()), head.version()) {
            let next = Next::Quoted { nth: 2, value: inner.protocol.into() };
            return Ok(Parsed::new(inner.start, inner.end, next));
        }
        Ok(Parsed::end(head.len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let head = Head::read(walk.data()).ok()?;
        walk.extend(head.len);
        walk.u8(&FLAGS, 0)?;
        walk.bits(&[(&VERSION, 0xe0), (&PAYLOAD, 0x10)], 0..1, head.flags)?;
        if head.is_prime() {
            walk.bits(&[(&RESERVED, 0x0e), (&SHORT, 1)], 0..1, head.flags)?;
        } else if head.version() == 0 {
            walk.bits(&[(&RESERVED, 0x0e), (&SNN, 1)], 0..1, head.flags)?;
        } else {
            walk.bits(&[(&RESERVED, 8), (&E, 4), (&S, 2), (&PN, 1)], 0..1, head.flags)?;
        }
        walk.u8(&MESSAGE, 1)?;
        walk.u16(&LENGTH, 2)?;
        match head.version() {
            _ if head.is_prime() => _ = walk.u16(&SEQUENCE, 4)?,
            0 => first_version(walk)?,
            _ => optional(walk, head.flags)?,
        }
        for link in walk.links() {
            if let Link::Request { frame, time } = link {
                walk.uint(&RESPONSE_TO, 0..0, frame)?;
                walk.since(&TIME, time)?;
            }
        }
        if head.message == T_PDU && !head.is_prime() {
            return Some(());
        }
        element::all(walk, head.header, head.version())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let Some(message) = u8_at(layer.data(), 1) else { return out.write_str("header cut") };
        match name_of(MESSAGE_NAMES, message.into()) {
            Some(name) => out.write_str(name),
            None => write!(out, "Unknown message {message:#04x}"),
        }
    }
}

/// The rest of the header of version 0.
fn first_version(walk: &mut Walk<'_, '_>) -> Option<()> {
    walk.u16(&SEQUENCE, 4)?;
    walk.u16(&FLOW_LABEL, 6)?;
    walk.u8(&SNDCP, 8)?;
    let digits = element::Digits::new(walk.data().get(12..HEADER_V0)?);
    walk.format(&TID, 12..HEADER_V0, format_args!("{digits}"))
}

/// The rest of the header of version 1.
fn optional(walk: &mut Walk<'_, '_>, flags: u8) -> Option<()> {
    walk.u32(&TEID, 4)?;
    if flags & 2 != 0 {
        walk.u16(&SEQUENCE, 8)?;
    }
    if flags & 1 != 0 {
        walk.u8(&NPDU, 10)?;
    }
    if flags & 4 == 0 {
        return Some(());
    }
    walk.u8(&NEXT, 11)?;
    for Extension { kind, at, end } in Extensions::new(walk.data()) {
        walk.open(&EXTENSION, at..end, Value::None)?;
        walk.u8(&EXTENSION_LENGTH, at)?;
        let body = at.saturating_add(1);
        match kind {
            0x40 => _ = walk.u16(&UDP_PORT_BEFORE, body)?,
            0xc0 => _ = walk.u16(&PDCP, body)?,
            0x85 => {
                let next = body.saturating_add(1);
                let kind = u8_at(walk.data(), body)?;
                walk.uint(&PDU_TYPE, body..next, kind >> 4)?;
                let (place, byte) = (next..next.saturating_add(1), u8_at(walk.data(), next)?);
                if kind >> 4 == 0 {
                    walk.bits(&[(&PPP_BIT, 0x80), (&RQI, 0x40)], place.clone(), byte)?;
                }
                walk.uint(&QFI, place, byte & 0x3f)?;
            }
            _ => {}
        }
        walk.u8(&NEXT, end.saturating_sub(1))?;
        walk.close();
    }
    Some(())
}

/// Remembers a request, or ties an answer to its own.
fn pair(head: &Head, data: &[u8], cx: &mut Context<'_>) {
    let Some(sequence) = head.sequence.and_then(|at| u16_at(data, at)) else { return };
    let (frame, time) = (cx.frame, cx.time);
    let Some(Open(open)) = cx.state::<Open>() else { return };
    if names::is_request(head.message) {
        if open.len() >= MAX_OPEN && !open.contains_key(&sequence) {
            open.pop_first();
        }
        open.insert(sequence, (head.message, frame, time));
    } else if let Some(&(request, frame, time)) = open.get(&sequence)
        && request.checked_add(1) == Some(head.message)
    {
        open.remove(&sequence);
        cx.link(Link::Request { frame, time });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, UDP, bytes};

    #[test]
    fn a_packet_of_the_subscriber() {
        let message = [bytes("30ff 001e 91364467"), bytes(UDP)].concat();
        let mut talk = Talk::new("gtp");
        let seen = talk.datagram(0, &message);
        assert_eq!(seen.protocols, "gtp:ip:udp");
        seen.expect(&[
            ("gtp.flags", "0x30"),
            ("gtp.flags.version", "1"),
            ("gtp.flags.payload", "1"),
            ("gtp.message", "0xff"),
            ("gtp.length", "30"),
            ("gtp.teid", "0x91364467"),
        ]);
        talk.survives(&message);
    }

    #[test]
    fn extension_headers_of_a_5g_core() {
        // Sequence number and N-PDU number are there but mean nothing; a PDU session container, then none.
        let message = [bytes("34ff 0026 00000001 0000 00 85 01 10 09 00"), bytes(UDP)].concat();
        let mut talk = Talk::new("gtp");
        let seen = talk.datagram(0, &message);
        assert_eq!(seen.protocols, "gtp:ip:udp");
        seen.expect(&[
            ("gtp.ext_hdr.next", "0x85,0x00"),
            ("gtp.ext_hdr.pdu_ses_con.pdu_type", "1"),
            ("gtp.ext_hdr.pdu_ses_con.qos_flow_id", "9"),
        ]);
        talk.survives(&message);
    }

    #[test]
    fn ppp_travels_as_an_option() {
        let options = "84 0014 80 8021 10 0200 0010 8106 00000000 8306 00000000";
        let message = bytes(&["3211 001d 00000001 0c010000 0180", options].concat());
        let mut talk = Talk::new("gtp");
        let seen = talk.datagram(0, &message);
        assert_eq!(seen.protocols, "gtp:ipcp");
        assert_eq!(seen.info, "Create PDP context response");
        seen.expect(&[("gtp.cause", "128"), ("ppp.code", "2"), ("nd.gtp.element", "1,132")]);
        talk.survives(&message);
    }

    #[test]
    fn a_number_to_call() {
        let message = bytes("3212 000d 00000001 00010000 86 0006 91 41527200f0");
        let mut talk = Talk::new("gtp");
        talk.datagram(0, &message).expect(&[("nd.gtp.element", "134"), ("e164.msisdn", "142527000")]);
        talk.survives(&message);
    }

    #[test]
    fn an_answer_finds_its_request() {
        let mut talk = Talk::new("gtp");
        talk.datagram(0, &bytes("3201 0004 00000000 0c000000"));
        let answer = talk.datagram(5, &bytes("3202 0006 00000000 0c000000 0e01"));
        answer.expect(&[("gtp.response_to", "1"), ("gtp.time", "5000000 ns"), ("gtp.recovery", "1")]);
        assert_eq!(answer.info, "Echo response");
        let other = talk.datagram(9, &bytes("3202 0006 00000000 0c010000 0e01"));
        assert_eq!(other.get("gtp.response_to"), "");
    }

    #[test]
    fn the_first_version() {
        let mut talk = Talk::new("gtpprime");
        let request = bytes("1e10 0002 0001 0000 ff ffffff 4220010123456789 0e03");
        let seen = talk.datagram(0, &request);
        seen.expect(&[
            ("gtp.flags.reserved", "7"),
            ("gtp.flow_label", "0x0000"),
            ("gtp.sndcp_number", "0xff"),
            ("gtp.tid", "2402101032547698"),
            ("gtp.recovery", "3"),
        ]);
        talk.survives(&request);
    }

    #[test]
    fn a_length_that_ends_within_the_header_is_told() {
        let seen = Talk::new("gtp").datagram(0, &bytes("3201 0001 00000000 0c000000"));
        assert_eq!(seen.faults, ["malformed: length ends within the header (gtp.length)"]);
    }
}
