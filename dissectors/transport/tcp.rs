//! Transmission Control Protocol (RFC 9293) with the options of RFC 2018, 7323, 7413, 5482 and 8684.

use core::fmt::{self, Write as _};

use crate::bytes::{chunk, fixed, u8_at, u16_at, u32_at};
use crate::checksum::{self, STATUS_NAMES, Status};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::facts::{Scale, TcpFacts};
use crate::field::{Field, Kind, Protocol, Value, concat};
use crate::network::IP_PROTO;
use crate::packet::Layer;
use crate::walk::Walk;

mod options;
mod verdict;

pub use options::{Options, SackBlocks, options};
pub use verdict::{analysis, judgement};

/// TCP port numbers.
pub static TCP_PORT: Table = Table { name: "tcp.port" };

fields! {
    SRCPORT = Field::u16("tcp.srcport", "source port").key(),
    DSTPORT = Field::u16("tcp.dstport", "destination port").key(),
    PORT = Field::u16("tcp.port", "port").many().hidden(),
    STREAM = Field::u32("tcp.stream", "stream").key(),
    LEN = Field::u32("tcp.len", "payload").key(),
    SEQ = Field::u32("tcp.seq", "sequence").key(),
    SEQ_RAW = Field::u32("tcp.seq_raw", "sequence as sent"),
    NXTSEQ = Field::u32("tcp.nxtseq", "next sequence"),
    ACK = Field::u32("tcp.ack", "acknowledgment").key(),
    ACK_RAW = Field::u32("tcp.ack_raw", "acknowledgment as sent"),
    HDR_LEN = Field::u8("tcp.hdr_len", "header length"),
    FLAGS = Field::new("tcp.flags", "flags", Kind::Uint(16)).hex(),
    FLAGS_RES = Field::bool("tcp.flags.res", "reserved"),
    FLAGS_AE = Field::bool("tcp.flags.ae", "accurate ECN"),
    FLAGS_ACE = Field::u8("tcp.flags.ace", "ACE, accurate ECN"),
    FLAGS_CWR = Field::bool("tcp.flags.cwr", "congestion window reduced"),
    FLAGS_ECE = Field::bool("tcp.flags.ece", "ECN echo"),
    FLAGS_URG = Field::bool("tcp.flags.urg", "urgent"),
    FLAGS_ACK = Field::bool("tcp.flags.ack", "acknowledgment").key(),
    FLAGS_PUSH = Field::bool("tcp.flags.push", "push").key(),
    FLAGS_RESET = Field::bool("tcp.flags.reset", "reset").key(),
    FLAGS_SYN = Field::bool("tcp.flags.syn", "syn").key(),
    FLAGS_FIN = Field::bool("tcp.flags.fin", "fin").key(),
    FLAGS_STR = Field::text("tcp.flags.str", "flags as letters"),
    WINDOW_VALUE = Field::u16("tcp.window_size_value", "window as sent"),
    WINDOW = Field::u32("tcp.window_size", "window"),
    WINDOW_SCALEFACTOR =
        Field::int("tcp.window_size_scalefactor", "window scale factor", 32).names(SCALE_NAMES),
    CHECKSUM = Field::u16("tcp.checksum", "checksum").hex(),
    CHECKSUM_STATUS = Field::u8("tcp.checksum.status", "checksum status").names(STATUS_NAMES),
    CHECKSUM_CALCULATED = Field::u16("tcp.checksum_calculated", "calculated checksum").hex(),
    URGENT_POINTER = Field::u16("tcp.urgent_pointer", "urgent pointer"),
    OPTIONS = Field::bytes("tcp.options", "options"),
    PAYLOAD = Field::bytes("tcp.payload", "payload bytes"),
    REASSEMBLED_IN = Field::frame("tcp.reassembled_in", "message ends in frame").above(),
    RESET_CAUSE = Field::text("tcp.reset_cause", "reset cause"),
}

static PROTOCOL: Protocol = Protocol {
    name: "tcp",
    title: "TCP",
    about: "Transmission Control Protocol (RFC 9293)",
    fields: &ALL_FIELDS,
    via: None,
};

static ALL_FIELDS: [&Field; FIELDS.len() + options::ALL_FIELDS.len() + verdict::FIELDS.len()] =
    concat(&[FIELDS, &options::ALL_FIELDS, verdict::FIELDS]);

static KEYS: &[Key] = &[Key::new(&IP_PROTO, PROTOCOL_NUMBER as u32)];
static CARRIES: &[&Table] = &[&TCP_PORT];

/// Labels that go without saying in the list: its flags tell as much.
const ORDINARY: [&str; 9] =
    ["syn", "syn-ack", "data", "ack", "fin", "rst", "ecn-setup", "ecn-accepted", "accurate-ecn"];

/// Whether a label of a segment is worth a word beside its flags.
#[must_use]
pub fn is_noteworthy(label: &str) -> bool {
    !ORDINARY.contains(&label)
}

/// TCP's number in the IP header.
pub const PROTOCOL_NUMBER: u8 = 6;
/// Bytes of the header without options.
const HEADER: usize = 20;

/// The control bits and what a segment may carry of them (RFC 9293 section 3.1, RFC 3168, RFC 9768).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Flags(pub u16);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x001);
    /// Synchronize sequence numbers.
    pub const SYN: Self = Self(0x002);
    /// Reset the connection.
    pub const RST: Self = Self(0x004);
    /// Push.
    pub const PSH: Self = Self(0x008);
    /// The acknowledgment number means something.
    pub const ACK: Self = Self(0x010);
    /// The urgent pointer means something.
    pub const URG: Self = Self(0x020);
    /// ECN echo.
    pub const ECE: Self = Self(0x040);
    /// Congestion window reduced.
    pub const CWR: Self = Self(0x080);
    /// Accurate ECN.
    pub const AE: Self = Self(0x100);

    /// All bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// A bit of `other` is set.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// AE, CWR and ECE as the number that they are once both ends agreed on accurate ECN: marks modulo 8.
    #[must_use]
    pub const fn marks(self) -> u16 {
        self.0 >> 6 & 0x7
    }

    /// Without those bits that are the counter, where both ends agreed on accurate ECN.
    #[must_use]
    pub const fn without_marks(self) -> Self {
        Self(self.0 & !(Self::AE.0 | Self::CWR.0 | Self::ECE.0))
    }

    /// Both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What the numbers below zero say instead of a factor; the table goes by the bits of a number.
const SCALE_NAMES: &[(u64, &str)] = &[(u64::MAX - 1, "none used"), (u64::MAX, "unknown")];

/// Bits that nobody has given a meaning.
const RESERVED: u16 = 0xe00;

/// Names in the order in which they are printed.
const FLAG_NAMES: [(u16, &str); 10] = [
    (Flags::FIN.0, "FIN"),
    (Flags::SYN.0, "SYN"),
    (Flags::RST.0, "RST"),
    (Flags::PSH.0, "PSH"),
    (Flags::ACK.0, "ACK"),
    (Flags::URG.0, "URG"),
    (Flags::ECE.0, "ECE"),
    (Flags::CWR.0, "CWR"),
    (Flags::AE.0, "AE"),
    (RESERVED, "Reserved"),
];

impl Flags {
    fn write(self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut first = true;
        for (bits, name) in FLAG_NAMES {
            if self.0 & bits != 0 {
                if !first {
                    out.write_str(", ")?;
                }
                first = false;
                out.write_str(name)?;
            }
        }
        if first { out.write_str("<None>") } else { Ok(()) }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

/// The fixed header and its options, read once.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Source port.
    pub src: u16,
    /// Destination port.
    pub dst: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// Header length in bytes, 20 to 60.
    pub len: usize,
    /// Control bits; the three reserved ones above them as sent.
    pub flags: Flags,
    /// Window as sent, unscaled.
    pub window: u16,
    /// Checksum as sent.
    pub checksum: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Option bytes that were captured.
    pub options: &'a [u8],
    /// Not all option bytes were captured.
    pub options_cut: bool,
}

impl<'a> Header<'a> {
    /// Reads the header at the start of `data`.
    ///
    /// # Errors
    /// [`Fault::Short`] below 20 bytes, [`Fault::Malformed`] for a data offset below 5. Options may be cut.
    pub fn parse(data: &'a [u8]) -> Result<Self, Fault> {
        let &[s1, s0, d1, d0, q3, q2, q1, q0, a3, a2, a1, a0, off, bits, w1, w0, c1, c0, u1, u0] =
            fixed::<HEADER>(data)?;
        let len = usize::from(off >> 4).saturating_mul(4);
        if len < HEADER {
            return Err(Fault::Malformed("data offset below 5 (tcp.hdr_len)"));
        }
        let options = crate::bytes::up_to(data, HEADER, len.saturating_sub(HEADER));
        Ok(Self {
            src: u16::from_be_bytes([s1, s0]),
            dst: u16::from_be_bytes([d1, d0]),
            seq: u32::from_be_bytes([q3, q2, q1, q0]),
            ack: u32::from_be_bytes([a3, a2, a1, a0]),
            len,
            flags: Flags(u16::from_be_bytes([off & 0x0f, bits])),
            window: u16::from_be_bytes([w1, w0]),
            checksum: u16::from_be_bytes([c1, c0]),
            urgent: u16::from_be_bytes([u1, u0]),
            options,
            options_cut: options.len() < len.saturating_sub(HEADER),
        })
    }
}

/// Transmission Control Protocol.
#[derive(Debug)]
pub struct Tcp;

impl Dissector for Tcp {
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
        let header = Header::parse(data)?;
        if header.len > cx.wire_len {
            return Err(Fault::Malformed("data offset beyond the segment (tcp.hdr_len)"));
        }
        cx.ports = Some((header.src, header.dst));
        let next = Next::Stream { src: header.src, dst: header.dst };
        Ok(Parsed::new(header.len, cx.wire_len, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let layer = walk.layer();
        let facts = walk.facts().tcp_at(layer.number());
        let src = walk.u16(&SRCPORT, 0)?;
        let dst = walk.u16(&DSTPORT, 2)?;
        walk.uint(&PORT, 0..2, src)?;
        walk.uint(&PORT, 2..4, dst)?;
        // Of a piece of a datagram that is read alone nobody knows how long the segment is.
        let sized = facts.filter(|_| layer.net().is_none_or(|net| !net.piece));
        if let Some(facts) = facts {
            walk.uint(&STREAM, 0..0, facts.stream)?;
        }
        if let Some(facts) = sized {
            walk.uint(&LEN, 12..13, facts.len)?;
        }
        if let Some(stream) = walk.facts().quoted_stream(layer.number()) {
            walk.uint(&STREAM, 0..0, stream)?;
        }
        let raw_seq = u32_at(walk.data(), 4)?;
        walk.uint(&SEQ, 4..8, facts.map_or(raw_seq, |facts| facts.seq))?;
        walk.u32(&SEQ_RAW, 4)?;
        let bits = u16_at(walk.data(), 12)? & 0x0fff;
        let flags = Flags(bits);
        if let Some(facts) = sized {
            let phantom = u32::from(flags.intersects(Flags::SYN.union(Flags::FIN)));
            walk.uint(&NXTSEQ, 4..8, facts.seq.wrapping_add(facts.len).wrapping_add(phantom))?;
        }
        let raw_ack = u32_at(walk.data(), 8)?;
        walk.uint(&ACK, 8..12, facts.map_or(raw_ack, |facts| facts.ack))?;
        walk.u32(&ACK_RAW, 8)?;
        let hdr_len = (u8_at(walk.data(), 12)? >> 4).saturating_mul(4);
        walk.uint(&HDR_LEN, 12..13, hdr_len)?;
        flag_fields(walk, flags, facts.is_some_and(|facts| facts.accurate_ecn))?;
        window_fields(walk, flags, facts)?;
        let found = walk.u16(&CHECKSUM, 16)?;
        // The sum goes over the whole segment.
        if walk.wants(&CHECKSUM_STATUS) || walk.wants(&CHECKSUM_CALCULATED) {
            let (status, expected) = verify(&layer, found);
            if let Some(expected) = expected {
                walk.uint(&CHECKSUM_CALCULATED, 16..18, expected)?;
            }
            walk.uint(&CHECKSUM_STATUS, 16..18, status as u8)?;
        }
        walk.u16(&URGENT_POINTER, 18)?;
        let header = usize::from(hdr_len).max(HEADER);
        if header > HEADER {
            let captured = crate::bytes::up_to(walk.data(), HEADER, header.saturating_sub(HEADER));
            walk.open(&OPTIONS, HEADER..HEADER.saturating_add(captured.len()), Value::Bytes(captured))?;
            options::fields(walk, HEADER..header, facts, flags)?;
            walk.close();
        }
        let payload = walk.data().len().saturating_sub(header);
        if payload > 0 {
            if flags.contains(Flags::RST) {
                walk.text(&RESET_CAUSE, header, payload)?;
            } else {
                walk.bytes(&PAYLOAD, header, payload)?;
            }
        }
        let Some(facts) = facts else { return Some(()) };
        if let Some(frame) = facts.rebuilt_in {
            walk.uint(&REASSEMBLED_IN, 0..0, frame)?;
        }
        verdict::fields(walk, facts)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let header = match Header::parse(layer.data()) {
            Ok(header) => header,
            Err(fault) => return write!(out, "{fault}"),
        };
        let facts = layer.packet.parts.facts.tcp_at(layer.number());
        if let Some(pending) = facts.and_then(|facts| facts.pending) {
            let len = facts.map_or(0, |facts| facts.len);
            return write!(out, "{len} bytes {pending}");
        }
        if facts.is_none() {
            write!(out, "{} → {} ", header.src, header.dst)?;
        }
        let (seq, ack) = facts.map_or((header.seq, header.ack), |facts| (facts.seq, facts.ack));
        let is_counter = facts.is_some_and(|facts| facts.accurate_ecn);
        out.write_char('[')?;
        if is_counter {
            header.flags.without_marks().write(out)?;
            named(out, ", ACE=", header.flags.marks().into())?;
        } else {
            header.flags.write(out)?;
        }
        named(out, "] Seq=", seq)?;
        if header.flags.contains(Flags::ACK) {
            named(out, " Ack=", ack)?;
        }
        named(out, " Win=", window(header.window, header.flags, facts))?;
        if header.flags.contains(Flags::URG) {
            named(out, " Urg=", header.urgent.into())?;
        }
        if let Some(facts) = facts {
            named(out, " Len=", facts.len)?;
        }
        options::summary(header.options, header.flags, facts, out)?;
        if let Some(facts) = facts {
            for label in facts.labels.iter().filter(|label| is_noteworthy(label)) {
                write!(out, " ! {label}")?;
            }
        }
        Ok(())
    }
}

/// `name` and a number in decimal, without the machinery of formatting: most lines of a packet list have four of these.
fn named(out: &mut dyn fmt::Write, name: &str, mut number: u32) -> fmt::Result {
    let mut digits = [b'0'; 10];
    let mut used = 0_usize;
    for place in digits.iter_mut().rev() {
        *place = b'0'.wrapping_add((number % 10) as u8);
        number /= 10;
        used = used.saturating_add(1);
        if number == 0 {
            break;
        }
    }
    let digits = digits.get(digits.len().saturating_sub(used)..).unwrap_or_default();
    out.write_str(name)?;
    out.write_str(core::str::from_utf8(digits).unwrap_or_default())
}

/// The flags; where both ends agreed on it, AE, CWR and ECE are a counter (RFC 9768 section 3.2.2).
fn flag_fields(walk: &mut Walk<'_, '_>, flags: Flags, is_counter: bool) -> Option<()> {
    walk.open(&FLAGS, 12..14, Value::Uint(flags.0.into()))?;
    walk.bool(&FLAGS_RES, 12..13, flags.0 & RESERVED != 0)?;
    if is_counter {
        walk.uint(&FLAGS_ACE, 12..14, flags.marks())?;
    } else {
        walk.bool(&FLAGS_AE, 12..13, flags.contains(Flags::AE))?;
        walk.bool(&FLAGS_CWR, 13..14, flags.contains(Flags::CWR))?;
        walk.bool(&FLAGS_ECE, 13..14, flags.contains(Flags::ECE))?;
    }
    for (field, flag) in [
        (&FLAGS_URG, Flags::URG),
        (&FLAGS_ACK, Flags::ACK),
        (&FLAGS_PUSH, Flags::PSH),
        (&FLAGS_RESET, Flags::RST),
        (&FLAGS_SYN, Flags::SYN),
        (&FLAGS_FIN, Flags::FIN),
    ] {
        walk.bool(field, 13..14, flags.contains(flag))?;
    }
    walk.format(&FLAGS_STR, 12..14, format_args!("{}", Letters { flags, is_counter }))?;
    walk.close();
    Some(())
}

/// The twelve bits as letters, a middle dot for each that is not set; the counter of marks as a digit between two.
struct Letters {
    flags: Flags,
    is_counter: bool,
}

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DOTS: &str = "············";
        let mut dots = 0_usize;
        for (at, letter) in (0u16..12).rev().zip(['R', 'R', 'R', 'A', 'C', 'E', 'U', 'A', 'P', 'R', 'S', 'F'])
        {
            let letter = match at {
                6 | 8 if self.is_counter => Some('-'),
                7 if self.is_counter => char::from_digit(self.flags.marks().into(), 10),
                _ => Some(letter).filter(|_| self.flags.0 & 1u16.wrapping_shl(at.into()) != 0),
            };
            match letter {
                None => dots = dots.saturating_add('·'.len_utf8()),
                Some(letter) => {
                    f.write_str(DOTS.get(..dots).unwrap_or(DOTS))?;
                    dots = 0;
                    f.write_char(letter)?;
                }
            }
        }
        f.write_str(DOTS.get(..dots).unwrap_or(DOTS))
    }
}

fn window_fields(walk: &mut Walk<'_, '_>, flags: Flags, facts: Option<&TcpFacts>) -> Option<()> {
    let raw = walk.u16(&WINDOW_VALUE, 14)?;
    walk.uint(&WINDOW, 14..16, window(raw, flags, facts))?;
    if !flags.contains(Flags::SYN)
        && let Some(facts) = facts
    {
        let factor = match facts.scale {
            Scale::Unknown => -1,
            Scale::None => -2,
            Scale::Shift(shift) => 1i64.wrapping_shl(shift.into()),
        };
        walk.emit(&WINDOW_SCALEFACTOR, 0..0, Value::Int(factor))?;
    }
    Some(())
}

/// The window in bytes; a SYN's is never scaled (RFC 7323 section 2.2).
fn window(raw: u16, flags: Flags, facts: Option<&TcpFacts>) -> u32 {
    match facts.map(|facts| facts.scale) {
        Some(Scale::Shift(shift)) if !flags.contains(Flags::SYN) => {
            u32::from(raw).wrapping_shl(shift.min(14).into())
        }
        _ => raw.into(),
    }
}

/// Verifies the checksum over the pseudo-header of the network layer that carries this segment.
fn verify(layer: &Layer<'_>, found: u16) -> (Status, Option<u16>) {
    let data = layer.data();
    let Some(net) = layer.net().filter(|net| data.len() as u64 == u64::from(net.payload_len)) else {
        return (Status::Unverified, None);
    };
    let sum = checksum::pseudo_sum(net.src, net.dst, PROTOCOL_NUMBER, net.payload_len, data);
    let status = if sum == 0xffff { Status::Good } else { Status::Bad };
    (status, Some(checksum::expected(sum, found)))
}

/// What a segment's checksum says of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Soundness {
    /// Right.
    Sound,
    /// Not all of the segment is at hand.
    Unknown,
    /// The field holds the pseudo-header's partial sum that checksum offload leaves there: the segment was captured
    /// on its sender before the interface finished it, or cut and finished it.
    Unfinished,
    /// Proven wrong (docs/tcp-analysis.md, S19).
    Wrong,
}

/// Judges the checksum of a whole segment carried by `net`.
#[must_use]
pub fn soundness(net: &crate::dissector::Net, segment: &[u8]) -> Soundness {
    if segment.len() as u64 != u64::from(net.payload_len) {
        return Soundness::Unknown;
    }
    if checksum::pseudo_sum(net.src, net.dst, PROTOCOL_NUMBER, net.payload_len, segment) == 0xffff {
        return Soundness::Sound;
    }
    let partial = |len| checksum::pseudo_sum(net.src, net.dst, PROTOCOL_NUMBER, len, &[]);
    let found = chunk::<2>(segment, 16).map(u16::from_be_bytes);
    // Where the interface cuts the segment as well, its length may be left out of the sum.
    if [net.payload_len, 0].into_iter().any(|len| found == Some(partial(len))) {
        Soundness::Unfinished
    } else {
        Soundness::Wrong
    }
}
