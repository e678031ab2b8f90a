//! Linux netfilter log: a packet that a firewall rule chose, behind what the kernel knows of it (LINKTYPE_NFLOG of the
//! tcpdump.org registry).

use core::fmt;

use crate::bytes::{chunk, fixed, u8_at, u16_at, u32_at, u64_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::frame::Timestamp;
use crate::link::ethernet::{ETHERTYPE, ETHERTYPE_NAMES, TYPE_IPV4, TYPE_IPV6};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

const FAMILY_NAMES: &[(u64, &str)] = &[(2, "IPv4"), (10, "IPv6")];
const TYPE_NAMES: &[(u64, &str)] = &[
    (1, "packet header"),
    (2, "mark"),
    (3, "timestamp"),
    (4, "input device"),
    (5, "output device"),
    (6, "physical input device"),
    (7, "physical output device"),
    (8, "hardware address"),
    (9, "payload"),
    (10, "prefix"),
    (11, "user"),
    (12, "sequence"),
    (13, "global sequence"),
    (14, "group"),
    (15, "hardware type"),
    (16, "hardware header"),
    (17, "hardware header length"),
];
const HOOK_NAMES: &[(u64, &str)] =
    &[(0, "Pre routing"), (1, "Local in"), (2, "Forward"), (3, "Local out"), (4, "Post routing")];

fields! {
    FAMILY = Field::u8("nflog.family", "family").names(FAMILY_NAMES),
    VERSION = Field::u8("nflog.version", "version"),
    RES_ID = Field::u16("nflog.res_id", "log group").key(),
    LENGTH = Field::u16("nflog.tlv_length", "length").many(),
    TYPE = Field::u16("nflog.tlv_type", "type").many().names(TYPE_NAMES),
    PROTO = Field::u16("nflog.protocol", "hardware protocol").hex().many().names(ETHERTYPE_NAMES),
    HOOK = Field::u8("nflog.hook", "netfilter hook").many().names(HOOK_NAMES),
    INDEV = Field::u32("nflog.ifindex_indev", "input device").many(),
    OUTDEV = Field::u32("nflog.ifindex_outdev", "output device").many(),
    PHYS_INDEV = Field::u32("nflog.ifindex_physindev", "physical input device").many(),
    PHYS_OUTDEV = Field::u32("nflog.ifindex_physoutdev", "physical output device").many(),
    PREFIX = Field::text("nflog.prefix", "prefix").many(),
    UID = Field::int("nflog.uid", "user", 32).many(),
    GID = Field::int("nflog.gid", "group", 32).many(),
    TIMESTAMP = Field::time("nflog.timestamp", "time").many(),
    VALUE = Field::bytes("nflog.tlv_value", "value").many(),
}

static PROTOCOL: Protocol =
    Protocol { name: "nflog", title: "NFLOG", about: "Linux netfilter log", fields: FIELDS, via: None };

static KEYS: &[Key] = &[Key::new(&LINK_TYPE, 239)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

/// Bytes of family, version and log group.
const HEADER: usize = 4;
/// Bytes of a record's length and type.
const RECORD: usize = 4;
const PAYLOAD: u16 = 9;
const TIME: u16 = 3;
/// Bytes of a time: seconds and microseconds, eight each.
const TIME_LEN: usize = 16;

/// Linux netfilter log.
#[derive(Debug)]
pub struct Nflog;

/// One record of type, length and value; lengths and types are in the byte order of the machine that captured.
#[derive(Clone, Copy)]
struct Record {
    kind: u16,
    /// Bytes of the whole record without the padding to a multiple of four.
    len: u16,
    value: usize,
    end: usize,
    next: usize,
}

fn record(data: &[u8], at: usize) -> Option<Record> {
    let (len, kind) = (u16_at(data, at)?, u16_at(data, at.checked_add(2)?)?);
    // No record is shorter than its head, and types are small: that tells one order from the other.
    let (len, kind) =
        if kind.swap_bytes() & 0x7fff < 0x100 { (len.swap_bytes(), kind.swap_bytes()) } else { (len, kind) };
    let size = usize::from(len);
    if size < RECORD {
        return None;
    }
    Some(Record {
        kind: kind & 0x7fff,
        len,
        value: at.checked_add(RECORD)?,
        end: at.checked_add(size)?,
        next: at.checked_add(size.checked_next_multiple_of(4)?)?,
    })
}

fn records(data: &[u8]) -> impl Iterator<Item = Record> {
    let mut at = HEADER;
    core::iter::from_fn(move || {
        let found = record(data, at)?;
        at = found.next;
        Some(found)
    })
}

impl Dissector for Nflog {
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
        let &[family, ..] = fixed::<HEADER>(data)?;
        let Some(payload) = records(data).find(|record| record.kind == PAYLOAD) else {
            return Ok(Parsed::end(data.len()));
        };
        let next = match family {
            2 => Next::Table { nth: 0, value: TYPE_IPV4.into() },
            10 => Next::Table { nth: 0, value: TYPE_IPV6.into() },
            _ => Next::Data,
        };
        Ok(Parsed::new(payload.value, payload.end, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&FAMILY, 0)?;
        walk.u8(&VERSION, 1)?;
        walk.u16(&RES_ID, 2)?;
        for record in records(walk.data()) {
            let Record { kind, len, value, end, .. } = record;
            let start = value.saturating_sub(RECORD);
            walk.uint(&LENGTH, start..value, len)?;
            walk.uint(&TYPE, start..value, kind)?;
            match kind {
                1 => {
                    walk.u16(&PROTO, value)?;
                    walk.u8(&HOOK, value.saturating_add(2))?;
                }
                4 => _ = walk.u32(&INDEV, value)?,
                5 => _ = walk.u32(&OUTDEV, value)?,
                6 => _ = walk.u32(&PHYS_INDEV, value)?,
                7 => _ = walk.u32(&PHYS_OUTDEV, value)?,
                10 => {
                    // The text ends with a zero byte.
                    let len = end.saturating_sub(value).saturating_sub(1);
                    walk.text(&PREFIX, value, len)?;
                }
                11 => signed(walk, &UID, value)?,
                14 => signed(walk, &GID, value)?,
                TIME if end.saturating_sub(value) == TIME_LEN => {
                    let time = time(walk.data(), value)?;
                    walk.emit(&TIMESTAMP, value..end, Value::Time(time))?;
                }
                // It is the next layer.
                PAYLOAD => {}
                _ => _ = walk.bytes(&VALUE, value, end.saturating_sub(value))?,
            }
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        match (u8_at(data, 0), u32_at(data, 0)) {
            (Some(family), Some(head)) => write!(out, "family {family}, log group {}", head & 0xffff),
            _ => out.write_str("header cut"),
        }
    }
}

/// Seconds and microseconds since 1970.
fn time(data: &[u8], at: usize) -> Option<Timestamp> {
    let secs = i64::from_be_bytes(chunk(data, at)?);
    let micros = u64_at(data, at.saturating_add(8))?;
    Some(Timestamp::new(secs, micros.saturating_mul(1_000))).filter(|time| time.is_valid())
}

/// Four bytes; -1 is nobody.
fn signed(walk: &mut Walk<'_, '_>, field: &'static Field, at: usize) -> Option<()> {
    let value = i32::from_be_bytes(chunk(walk.data(), at)?);
    walk.emit(field, at..at.saturating_add(4), Value::Int(value.into()))
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn records_lead_to_the_packet() {
        let head = bytes("02 00 002a 0800 0100 0000 03 00 0600 0a00 6100 0000 0800 0b00 ffffffff 2200 0900");
        let frame = [head, bytes(UDP)].concat();
        let link = LinkType(239);
        let seen = Seen::new(link, &frame);
        assert_eq!(seen.protocols, "nflog:ip:udp");
        seen.expect(&[
            ("nflog.res_id", "42"),
            ("nflog.tlv_type", "1,10,11,9"),
            ("nflog.tlv_length", "8,6,8,34"),
            ("nflog.hook", "3"),
            ("nflog.prefix", "a"),
            ("nflog.uid", "-1"),
        ]);
        survives(link, &frame);
    }

    #[test]
    fn records_without_a_field_of_their_own_show_their_bytes() {
        let mark = "0800 0200 00000007";
        let time = "1400 0300 0000000067748580 0000000000000005";
        let frame = bytes(&["02 00 002a", mark, time].concat());
        let seen = Seen::new(LinkType(239), &frame);
        seen.expect(&[("nflog.tlv_type", "2,3"), ("nflog.tlv_value", "00000007")]);
        assert!(!seen.get("nflog.timestamp").is_empty());
        survives(LinkType(239), &frame);
    }

    #[test]
    fn a_record_without_length_ends_the_list() {
        let seen = Seen::new(LinkType(239), &bytes("02 00 002a 0000 0900 45000000"));
        assert_eq!(seen.protocols, "nflog");
    }
}
