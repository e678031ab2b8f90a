//! NetBIOS over UDP: names (RFC 1002 section 4.2) and datagrams (section 4.4).

use core::fmt;
use core::ops::Range;

use crate::application::dns::name::{self, Message, Name};
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed};
use crate::field::{Field, Kind, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

/// What a NetBIOS name looks like: 15 characters, filled up with blanks, and a byte that tells the kind of service.
const NAME_LEN: usize = 16;
/// The same with each half byte as a letter from `A` on (RFC 1001 section 14.1).
const ENCODED_LEN: usize = 32;

/// A name in its readable form: what is not printable, and the kind of service, in angle brackets.
pub(super) struct Readable<'a>(pub(super) Name<'a>);

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut labels = self.0.labels();
        let Some(name) = labels.next().and_then(decoded) else { return write!(f, "{}", self.0) };
        write!(f, "{}", Decoded(name))?;
        for label in labels {
            f.write_str(".")?;
            label.iter().try_for_each(|byte| plain(*byte, f))?;
        }
        Ok(())
    }
}

/// A name without its coding.
struct Decoded([u8; NAME_LEN]);

impl fmt::Display for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([name @ .., kind]) = self;
        name.trim_ascii_end().iter().try_for_each(|byte| plain(*byte, f))?;
        write!(f, "<{kind:02x}>")
    }
}

fn plain(byte: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match byte {
        0x20..0x7f => fmt::Write::write_char(f, char::from(byte)),
        _ => write!(f, "<{byte:02x}>"),
    }
}

/// Takes the half bytes of a label together; `None` if it is no NetBIOS name.
fn decoded(label: &[u8]) -> Option<[u8; NAME_LEN]> {
    let label: &[u8; ENCODED_LEN] = label.try_into().ok()?;
    let mut out = [0; NAME_LEN];
    for (byte, pair) in out.iter_mut().zip(label.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        let nibble = |letter: u8| letter.checked_sub(b'A').filter(|nibble| *nibble < 16);
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(out)
}

pub(super) fn read_name(data: &[u8], at: usize) -> Option<Name<'_>> {
    name::read(Message { data, base: 0 }, at).ok()
}

/// NetBIOS names.
pub mod names {
    use super::*;

    fields! {
        ID = Field::u16("nbns.id", "transaction id").hex().key(),
        FLAGS = Field::u16("nbns.flags", "flags").hex(),
        RESPONSE = Field::bool("nbns.flags.response", "response").key(),
        OPCODE = Field::u16("nbns.flags.opcode", "operation").names(OPCODES),
        AUTHORITATIVE = Field::bool("nbns.flags.authoritative", "authoritative"),
        TRUNCATED = Field::bool("nbns.flags.truncated", "truncated"),
        RECURSION_DESIRED = Field::bool("nbns.flags.recdesired", "recursion desired"),
        RECURSION_AVAILABLE = Field::bool("nbns.flags.recavail", "recursion available"),
        BROADCAST = Field::bool("nbns.flags.broadcast", "broadcast"),
        RCODE = Field::u16("nbns.flags.rcode", "reply code").names(RCODES).key(),
        QUERIES = Field::u16("nbns.count.queries", "questions"),
        ANSWERS = Field::u16("nbns.count.answers", "answers"),
        AUTHORITIES = Field::u16("nbns.count.auth_rr", "authority records"),
        ADDITIONALS = Field::u16("nbns.count.add_rr", "additional records"),
        QUESTION = Field::group("nd.nbns.question", "question"),
        RECORD = Field::group("nd.nbns.record", "record"),
        NAME = Field::text("nbns.name", "name").many().key(),
        TYPE = Field::u16("nbns.type", "type").names(TYPES).many(),
        CLASS = Field::u16("nbns.class", "class").names(&[(1, "IN")]).many(),
        TTL = Field::u32("nbns.ttl", "time to live (s)").many(),
        DATA_LENGTH = Field::u16("nbns.data_length", "data length").many(),
        NB_FLAGS = Field::u16("nbns.nb_flags", "name flags").hex().many(),
        GROUP = Field::bool("nbns.nb_flags.group", "group name").many(),
        NODE = Field::u16("nbns.nb_flags.ont", "owner").names(NODES).many(),
        ADDRESS = Field::ipv4("nbns.addr", "address").many().key(),
        COUNT = Field::u8("nbns.number_of_names", "names").many(),
        NODE_NAME = Field::text("nbns.netbios_name", "name").many(),
        NAME_FLAGS = Field::u16("nbns.name_flags", "name flags").hex().many(),
        NAME_GROUP = Field::bool("nbns.name_flags.group", "group name").many(),
        NAME_NODE = Field::u16("nbns.name_flags.ont", "owner").names(NODES).many(),
        NAME_RELEASED = Field::bool("nbns.name_flags.drg", "being released").many(),
        NAME_CONFLICT = Field::bool("nbns.name_flags.cnf", "in conflict").many(),
        NAME_ACTIVE = Field::bool("nbns.name_flags.act", "active").many(),
        NAME_PERMANENT = Field::bool("nbns.name_flags.prm", "permanent").many(),
        UNIT = Field::mac("nbns.unit_id", "unit id").many(),
        JUMPERS = Field::u8("nbns.jumpers", "jumpers").hex().many(),
        TEST_RESULT = Field::u8("nbns.test_result", "test result").hex().many(),
        VERSION_NUMBER = Field::u16("nbns.version_number", "version").hex().many(),
        PERIOD = Field::u16("nbns.period_of_statistics", "period of statistics").hex().many(),
        CRCS = Field::u16("nbns.num_crcs", "CRC errors").many(),
        ALIGNMENT_ERRORS = Field::u16("nbns.num_alignment_errors", "alignment errors").many(),
        COLLISIONS = Field::u16("nbns.num_collisions", "collisions").many(),
        SEND_ABORTS = Field::u16("nbns.num_send_aborts", "send aborts").many(),
        GOOD_SENDS = Field::u32("nbns.num_good_sends", "good sends").many(),
        GOOD_RECEIVES = Field::u32("nbns.num_good_receives", "good receives").many(),
        RETRANSMITS = Field::u16("nbns.numretransmits", "retransmits").many(),
        NO_RESOURCE = Field::u16("nbns.num_no_resource_conditions", "times without resources").many(),
        FREE_BLOCKS = Field::u16("nbns.numcommand_blocks", "free command blocks").many(),
        ALL_BLOCKS = Field::u16("nd.nbns.command_blocks", "command blocks").many(),
        MAX_BLOCKS = Field::u16("nd.nbns.max_command_blocks", "most command blocks").many(),
        PENDING = Field::u16("nd.nbns.pending_sessions", "pending sessions").many(),
        MAX_PENDING = Field::u16("nd.nbns.max_pending_sessions", "most pending sessions").many(),
        MAX_SESSIONS = Field::u16("nd.nbns.max_sessions", "most sessions possible").many(),
        PACKET_SIZE = Field::u16("nd.nbns.session_packet_size", "session packet size").many(),
    }

    static PROTOCOL: Protocol = Protocol {
        name: "nbns",
        title: "NBNS",
        about: "NetBIOS Name Service (RFC 1002)",
        fields: FIELDS,
        via: None,
    };

    static KEYS: &[Key] = &[Key::new(&UDP_PORT, 137)];

    /// RFC 1002 section 4.2.1.1.
    const OPCODES: &[(u64, &str)] = &[
        (0, "Name query"),
        (5, "Registration"),
        (6, "Release"),
        (7, "Wait for acknowledgment"),
        (8, "Refresh"),
        (9, "Refresh (alternate opcode)"),
        (15, "Multi-homed registration"),
    ];
    /// RFC 1002 sections 4.2.6, 4.2.11 and 4.2.14.
    const RCODES: &[(u64, &str)] = &[
        (0, "no error"),
        (1, "format error"),
        (2, "server failure"),
        (3, "no such name"),
        (4, "not implemented"),
        (5, "refused"),
        (6, "active: owned by another node"),
        (7, "in conflict"),
    ];
    const TYPES: &[(u64, &str)] =
        &[(1, "A"), (2, "NS"), (10, "NULL"), (NB as u64, "NB"), (NBSTAT as u64, "NBSTAT")];
    const NODES: &[(u64, &str)] = &[(0, "B-node"), (1, "P-node"), (2, "M-node"), (3, "H-node")];
    const NB: u16 = 0x20;
    const NBSTAT: u16 = 0x21;
    /// What follows a unit id (RFC 1002 section 4.2.18). Behind the free command blocks Wireshark leaves two of the
    /// numbers out and reads the others too early: they have names of their own here.
    static STATISTICS: &[&Field] = &[
        &JUMPERS,
        &TEST_RESULT,
        &VERSION_NUMBER,
        &PERIOD,
        &CRCS,
        &ALIGNMENT_ERRORS,
        &COLLISIONS,
        &SEND_ABORTS,
        &GOOD_SENDS,
        &GOOD_RECEIVES,
        &RETRANSMITS,
        &NO_RESOURCE,
        &FREE_BLOCKS,
        &ALL_BLOCKS,
        &MAX_BLOCKS,
        &PENDING,
        &MAX_PENDING,
        &MAX_SESSIONS,
        &PACKET_SIZE,
    ];
    const HEADER: usize = 12;
    /// Entries of a message that are shown.
    const MAX_ENTRIES: usize = 256;

    /// NetBIOS Name Service.
    #[derive(Debug)]
    pub struct Nbns;

    /// A question, or a record up to its data.
    struct Entry<'a> {
        at: usize,
        name: Name<'a>,
        kind: u16,
        /// The data of a record; empty at the end of a question.
        data: Range<usize>,
    }

    /// Questions and records with their section; the last is `None` if it does not fit.
    fn entries(data: &[u8]) -> impl Iterator<Item = Option<(usize, Entry<'_>)>> {
        let count =
            |section: usize| u16_at(data, section.saturating_mul(2).saturating_add(4)).unwrap_or_default();
        let sections = (0..4).flat_map(move |section| (0..count(section)).map(move |_| section));
        let mut at = Some(HEADER);
        sections.take(MAX_ENTRIES).map_while(move |section| {
            let found = entry(data, at?, section == 0);
            at = found.as_ref().map(|entry| entry.data.end);
            Some(found.map(|entry| (section, entry)))
        })
    }

    fn entry(data: &[u8], at: usize, question: bool) -> Option<Entry<'_>> {
        let name = read_name(data, at)?;
        let kind = u16_at(data, name.end)?;
        let rest = name.end.saturating_add(if question { 4 } else { 10 });
        let len = if question { 0 } else { u16_at(data, rest.saturating_sub(2))? };
        let end = rest.saturating_add(len.into());
        (end <= data.len()).then_some(Entry { at, name, kind, data: rest..end })
    }

    impl Dissector for Nbns {
        fn protocol(&self) -> &'static Protocol {
            &PROTOCOL
        }

        fn keys(&self) -> &'static [Key] {
            KEYS
        }

        fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
            if data.len() < HEADER || data.len() < cx.wire_len {
                cx.flaw(Fault::Short { need: HEADER.max(cx.wire_len), have: data.len() });
            } else if entries(data).any(|entry| entry.is_none()) {
                cx.flaw(Fault::Malformed("record does not fit its message (nbns.data_length)"));
            }
            Ok(Parsed::end(cx.wire_len))
        }

        fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
            walk.u16(&ID, 0)?;
            let flags = u16_at(walk.data(), 2)?;
            let set = |mask: u16| flags & mask != 0;
            let response = set(0x8000);
            walk.open(&FLAGS, 2..4, Value::Uint(flags.into()))?;
            walk.bool(&RESPONSE, 2..4, response)?;
            walk.uint(&OPCODE, 2..4, flags >> 11 & 0x0f)?;
            if response {
                walk.bool(&AUTHORITATIVE, 2..4, set(0x0400))?;
            }
            walk.bool(&TRUNCATED, 2..4, set(0x0200))?;
            walk.bool(&RECURSION_DESIRED, 2..4, set(0x0100))?;
            if response {
                walk.bool(&RECURSION_AVAILABLE, 2..4, set(0x0080))?;
            }
            walk.bool(&BROADCAST, 2..4, set(0x0010))?;
            if response {
                walk.uint(&RCODE, 2..4, flags & 0x0f)?;
            }
            walk.close();
            for (field, at) in [&QUERIES, &ANSWERS, &AUTHORITIES, &ADDITIONALS].into_iter().zip([4, 6, 8, 10])
            {
                walk.u16(field, at)?;
            }
            for entry in entries(walk.data()) {
                let (section, entry) = entry?;
                let end = entry.name.end;
                let group = if section == 0 { &QUESTION } else { &RECORD };
                walk.open(group, entry.at..entry.data.end, Value::None)?;
                walk.format(&NAME, entry.at..end, format_args!("{}", Readable(entry.name)))?;
                walk.u16(&TYPE, end)?;
                walk.u16(&CLASS, end.saturating_add(2))?;
                if section > 0 {
                    walk.u32(&TTL, end.saturating_add(4))?;
                    walk.u16(&DATA_LENGTH, end.saturating_add(8))?;
                    match entry.kind {
                        NB => addresses(walk, entry.data)?,
                        NBSTAT => status(walk, entry.data)?,
                        _ => {}
                    }
                }
                walk.close();
            }
            Some(())
        }

        fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
            let data = layer.data();
            let Some(flags) = u16_at(data, 2) else { return out.write_str("header cut") };
            let operation = u64::from(flags >> 11 & 0x0f);
            out.write_str(name_of(OPCODES, operation).unwrap_or("Unknown operation"))?;
            if flags & 0x8000 != 0 {
                out.write_str(" response")?;
            }
            if let Some(Some((_, first))) = entries(data).next() {
                let kind = name_of(TYPES, first.kind.into()).unwrap_or("record");
                write!(out, " {kind} {}", Readable(first.name))?;
                let address = first.data.start.saturating_add(2);
                if let Some(word) =
                    u32_at(data, address).filter(|_| first.kind == NB && first.data.len() >= 6)
                {
                    write!(out, " {}", core::net::Ipv4Addr::from(word))?;
                }
            }
            match name_of(RCODES, u64::from(flags & 0x0f)) {
                Some(error) if flags & 0x8000 != 0 && flags & 0x0f != 0 => write!(out, ", {error}"),
                _ => Ok(()),
            }
        }
    }

    /// Addresses of a name, each with its flags (RFC 1002 section 4.2.13).
    fn addresses(walk: &mut Walk<'_, '_>, area: Range<usize>) -> Option<()> {
        for at in area.clone().step_by(6).filter(|at| at.saturating_add(6) <= area.end) {
            let here = at..at.saturating_add(2);
            let flags = u16_at(walk.data(), at)?;
            walk.open(&NB_FLAGS, here.clone(), Value::Uint(flags.into()))?;
            walk.bool(&GROUP, here.clone(), flags & 0x8000 != 0)?;
            walk.uint(&NODE, here.clone(), flags >> 13 & 3)?;
            walk.close();
            walk.ipv4(&ADDRESS, here.end)?;
        }
        Some(())
    }

    /// All names of a node, its unit id and its statistics (RFC 1002 section 4.2.18).
    fn status(walk: &mut Walk<'_, '_>, area: Range<usize>) -> Option<()> {
        const ROW: usize = 18;
        if area.is_empty() {
            return Some(());
        }
        let count = usize::from(walk.u8(&COUNT, area.start)?);
        let rows = area.start.saturating_add(1);
        let end = rows.saturating_add(count.saturating_mul(ROW));
        if end > area.end {
            return Some(());
        }
        for at in (rows..end).step_by(ROW) {
            let name = Decoded(crate::bytes::chunk(walk.data(), at)?);
            walk.format(&NODE_NAME, at..at.saturating_add(NAME_LEN), format_args!("{name}"))?;
            let here = at.saturating_add(NAME_LEN)..at.saturating_add(ROW);
            let flags = u16_at(walk.data(), here.start)?;
            walk.open(&NAME_FLAGS, here.clone(), Value::Uint(flags.into()))?;
            let rows = [
                (&NAME_GROUP, 0x8000),
                (&NAME_NODE, 0x6000),
                (&NAME_RELEASED, 0x1000),
                (&NAME_CONFLICT, 0x0800),
                (&NAME_ACTIVE, 0x0400),
                (&NAME_PERMANENT, 0x0200),
            ];
            walk.bits(&rows, here, flags)?;
            walk.close();
        }
        let mut at = end.saturating_add(6);
        if at <= area.end {
            walk.mac(&UNIT, end)?;
        }
        for &field in STATISTICS {
            let len = match field.kind {
                Kind::Uint(8) => 1,
                Kind::Uint(16) => 2,
                _ => 4,
            };
            let next = at.saturating_add(len);
            if next > area.end {
                break;
            }
            match len {
                1 => _ = walk.u8(field, at)?,
                2 => _ = walk.u16(field, at)?,
                _ => _ = walk.u32(field, at)?,
            }
            at = next;
        }
        Some(())
    }
}

/// NetBIOS datagrams.
pub mod datagrams {
    use super::*;

    fields! {
        TYPE = Field::u8("nbdgm.type", "message").names(TYPES).key(),
        FLAGS = Field::u8("nbdgm.flags", "flags").hex(),
        MORE = Field::bool("nbdgm.next", "more fragments"),
        FIRST = Field::bool("nbdgm.first", "first fragment"),
        NODE = Field::u8("nbdgm.node_type", "node").names(NODES),
        ID = Field::u16("nbdgm.dgram_id", "datagram id").hex(),
        SOURCE = Field::ipv4("nbdgm.src.ip", "source address"),
        SOURCE_PORT = Field::u16("nbdgm.src.port", "source port"),
        LENGTH = Field::u16("nbdgm.dgram_len", "length"),
        OFFSET = Field::u16("nbdgm.pkt_offset", "offset"),
        SOURCE_NAME = Field::text("nbdgm.source_name", "source name").key(),
        DESTINATION_NAME = Field::text("nbdgm.destination_name", "destination name").key(),
        ERROR = Field::u8("nbdgm.error_code", "error").hex().names(ERRORS),
    }

    static PROTOCOL: Protocol = Protocol {
        name: "nbdgm",
        title: "NBDS",
        about: "NetBIOS Datagram Service (RFC 1002)",
        fields: FIELDS,
        via: None,
    };

    static KEYS: &[Key] = &[Key::new(&UDP_PORT, 138)];

    /// RFC 1002 section 4.4.1.
    const TYPES: &[(u64, &str)] = &[
        (0x10, "Direct_unique datagram"),
        (0x11, "Direct_group datagram"),
        (0x12, "Broadcast datagram"),
        (0x13, "Datagram error"),
        (0x14, "Datagram query request"),
        (0x15, "Datagram positive query response"),
        (0x16, "Datagram negative query response"),
    ];
    const NODES: &[(u64, &str)] = &[(0, "B node"), (1, "P node"), (2, "M node"), (3, "NBDD")];
    /// RFC 1002 section 4.4.3.
    const ERRORS: &[(u64, &str)] = &[
        (0x82, "destination name not present"),
        (0x83, "invalid source name format"),
        (0x84, "invalid destination name format"),
    ];
    /// Bytes of the header that all have, and where the names of those with data begin.
    const HEADER: usize = 10;
    const NAMES_AT: usize = 14;

    /// NetBIOS Datagram Service.
    #[derive(Debug)]
    pub struct Nbdgm;

    /// Where the data of a datagram begins, behind its two names.
    fn data_at(data: &[u8]) -> Option<usize> {
        Some(read_name(data, read_name(data, NAMES_AT)?.end)?.end)
    }

    impl Dissector for Nbdgm {
        fn protocol(&self) -> &'static Protocol {
            &PROTOCOL
        }

        fn keys(&self) -> &'static [Key] {
            KEYS
        }

        fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
            let Some(kind) = u8_at(data, 0) else { return Err(Fault::Short { need: HEADER, have: 0 }) };
            if data.len() < HEADER {
                cx.flaw(Fault::Short { need: HEADER, have: data.len() });
            }
            match kind {
                0x10..=0x12 => match data_at(data) {
                    Some(at) => Ok(Parsed::new(at, cx.wire_len, Next::Data)),
                    None => {
                        cx.flaw(Fault::Malformed("no names (nbdgm.source_name)"));
                        Ok(Parsed::end(cx.wire_len))
                    }
                },
                _ => Ok(Parsed::end(cx.wire_len)),
            }
        }

        fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
            let kind = walk.u8(&TYPE, 0)?;
            let flags = u8_at(walk.data(), 1)?;
            walk.open(&FLAGS, 1..2, Value::Uint(flags.into()))?;
            walk.bool(&MORE, 1..2, flags & 1 != 0)?;
            walk.bool(&FIRST, 1..2, flags & 2 != 0)?;
            walk.uint(&NODE, 1..2, flags >> 2 & 3)?;
            walk.close();
            walk.u16(&ID, 2)?;
            walk.ipv4(&SOURCE, 4)?;
            walk.u16(&SOURCE_PORT, 8)?;
            match kind {
                0x10..=0x12 => {
                    walk.u16(&LENGTH, HEADER)?;
                    walk.u16(&OFFSET, 12)?;
                    let end = named(walk, &SOURCE_NAME, NAMES_AT)?;
                    named(walk, &DESTINATION_NAME, end).map(|_| ())
                }
                0x13 => walk.u8(&ERROR, HEADER).map(|_| ()),
                0x14..=0x16 => named(walk, &DESTINATION_NAME, HEADER).map(|_| ()),
                _ => Some(()),
            }
        }

        fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
            let data = layer.data();
            let kind = u8_at(data, 0).unwrap_or_default();
            out.write_str(name_of(TYPES, kind.into()).unwrap_or("Unknown message"))?;
            let names = matches!(kind, 0x10..=0x12).then(|| {
                let source = read_name(data, NAMES_AT)?;
                let end = source.end;
                Some((source, read_name(data, end)?))
            });
            match names.flatten() {
                Some((from, to)) => write!(out, " {} → {}", Readable(from), Readable(to)),
                None => Ok(()),
            }
        }
    }

    fn named(walk: &mut Walk<'_, '_>, field: &'static Field, at: usize) -> Option<usize> {
        let name = read_name(walk.data(), at)?;
        let end = name.end;
        walk.format(field, at..end, format_args!("{}", Readable(name)))?;
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::testing::{Talk, bytes};

    /// A name in its coded form, with its length and the root.
    fn coded(name: &str, kind: u8) -> Vec<u8> {
        let mut plain = name.as_bytes().to_vec();
        plain.resize(15, b' ');
        plain.push(kind);
        let mut out = alloc::vec![32];
        out.extend(plain.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]));
        out.push(0);
        out
    }

    #[test]
    fn a_query_and_its_answer() {
        let mut talk = Talk::new("nbns");
        let mut query = bytes("1234 0110 0001 0000 0000 0000");
        query.extend(coded("STATION", 0x20));
        query.extend(bytes("0020 0001"));
        let seen = talk.datagram(0, &query);
        assert_eq!(seen.info, "Name query NB STATION<20>");
        seen.expect(&[
            ("nbns.flags", "0x0110"),
            ("nbns.flags.broadcast", "1"),
            ("nbns.name", "STATION<20>"),
            ("nbns.type", "32"),
            ("nbns.flags.rcode", ""),
        ]);
        let mut answer = bytes("1234 8500 0000 0001 0000 0000");
        answer.extend(coded("STATION", 0x20));
        answer.extend(bytes("0020 0001 000493e0 0006 6000 c000020a"));
        let seen = talk.datagram(1, &answer);
        assert_eq!(seen.info, "Name query response NB STATION<20> 192.0.2.10");
        seen.expect(&[("nbns.nb_flags.ont", "3"), ("nbns.addr", "192.0.2.10"), ("nbns.ttl", "300000")]);
        talk.survives(&query);
        talk.survives(&answer);
    }

    #[test]
    fn the_names_of_a_node() {
        let mut answer = bytes("0001 8400 0000 0001 0000 0000");
        answer.extend(coded("*", 0));
        answer
            .extend(bytes("0021 0001 00000000 0041 01 53544154494f4e 202020202020202000 0400 020000000001"));
        answer.extend(bytes("01 02 0003 0004 0005 0006 0007 0008 00000009 0000000a 000b 000c 000d"));
        answer.extend(bytes("000e 000f 0010 0011 0012 0013"));
        let seen = Talk::new("nbns").datagram(0, &answer);
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
        seen.expect(&[
            ("nbns.number_of_names", "1"),
            ("nbns.netbios_name", "STATION<00>"),
            ("nbns.name_flags", "0x0400"),
            ("nbns.name_flags.act", "1"),
            ("nbns.name_flags.group", "0"),
            ("nbns.unit_id", "02:00:00:00:00:01"),
            ("nbns.test_result", "0x02"),
            ("nbns.num_good_receives", "10"),
            ("nbns.numcommand_blocks", "13"),
            ("nd.nbns.pending_sessions", "16"),
            ("nd.nbns.session_packet_size", "19"),
        ]);
        Talk::new("nbns").survives(&answer);
    }

    #[test]
    fn datagrams_and_errors() {
        let mut message = bytes("11 0a 0001 c000020a 008a 0048 0000");
        message.extend(coded("STATION", 0));
        message.extend(coded("GROUP", 0x1e));
        message.extend(b"data");
        let seen = Talk::new("nbdgm").datagram(0, &message);
        assert_eq!(
            (seen.info.as_str(), seen.protocols.as_str()),
            ("Direct_group datagram STATION<00> → GROUP<1e>", "nbdgm:data")
        );
        seen.expect(&[
            ("nbdgm.first", "1"),
            ("nbdgm.node_type", "2"),
            ("nbdgm.source_name", "STATION<00>"),
            ("nbdgm.destination_name", "GROUP<1e>"),
        ]);
        Talk::new("nbdgm").survives(&message);
        let seen = Talk::new("nbdgm").datagram(0, &bytes("13 02 0001 c000020a 008a 82"));
        seen.expect(&[("nbdgm.error_code", "0x82")]);
    }
}
