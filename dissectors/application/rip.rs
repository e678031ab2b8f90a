//! Routing Information Protocol, versions 1 and 2 (RFC 1058 and 2453), with keyed digests (RFC 2082 and 4822).

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at, u32_at};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    COMMAND = Field::u8("rip.command", "command").names(COMMANDS).key(),
    VERSION = Field::u8("rip.version", "version").key(),
    ENTRY = Field::group("nd.rip.entry", "entry"),
    AUTHENTICATION = Field::group("nd.rip.authentication", "authentication"),
    TRAILER = Field::group("nd.rip.trailer", "authentication trailer"),
    FAMILY = Field::u16("rip.family", "address family").names(FAMILIES).many(),
    UNKNOWN_FAMILY = Field::u16("nd.rip.unknown_family", "unknown address family").many(),
    ROUTE_TAG = Field::u16("rip.route_tag", "route tag").many(),
    IP = Field::ipv4("rip.ip", "address").many().key(),
    NETMASK = Field::ipv4("rip.netmask", "mask").many(),
    NEXT_HOP = Field::ipv4("rip.next_hop", "next hop").many(),
    METRIC = Field::u32("rip.metric", "metric").many().key(),
    AUTH_TYPE = Field::u16("rip.auth.type", "type").names(AUTH_TYPES).many(),
    PASSWORD = Field::text("rip.auth.passwd", "password").ascii(),
    DIGEST_OFFSET = Field::u16("rip.digest_offset", "length of the packet before the digest"),
    KEY_ID = Field::u8("rip.key_id", "key"),
    DIGEST_LEN = Field::u8("rip.auth_data_len", "digest length"),
    SEQUENCE = Field::u32("rip.seq_num", "sequence number"),
    DIGEST = Field::bytes("rip.authentication_data", "digest"),
}

static PROTOCOL: Protocol = Protocol {
    name: "rip",
    title: "RIP",
    about: "Routing Information Protocol (RFC 1058, RFC 2453)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 520)];

/// Bytes of the header, and of each entry (RFC 2453 section 3.6).
const HEADER: usize = 4;
const ENTRY_LEN: usize = 20;
/// Bytes before the digest in the trailer (RFC 4822 section 2.3).
const TRAILER_HEAD: usize = 4;
/// The address family of an entry that authenticates (RFC 2453 section 4.1).
const AUTHENTICATES: u16 = 0xffff;
const PLAIN: u16 = 2;
const KEYED: u16 = 3;
/// The metric of what cannot be reached, and in a request for everything (RFC 2453 section 3.9.1).
const INFINITY: u32 = 16;

const COMMANDS: &[(u64, &str)] = &[
    (1, "Request"),
    (2, "Response"),
    (3, "Traceon"),
    (4, "Traceoff"),
    (5, "Vendor specific (Sun)"),
    (9, "Triggered Request"),
    (10, "Triggered Response"),
    (11, "Triggered Acknowledgement"),
];
const FAMILIES: &[(u64, &str)] = &[(0, "Unspecified"), (2, "IP")];
const AUTH_TYPES: &[(u64, &str)] = &[(1, "IP Route"), (2, "Simple Password"), (3, "Keyed Message Digest")];

/// Routing Information Protocol.
#[derive(Debug)]
pub struct Rip;

impl Dissector for Rip {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        fixed::<HEADER>(data)?;
        let entries = entries_end(data).saturating_sub(HEADER);
        if data.len() == cx.wire_len && !entries.is_multiple_of(ENTRY_LEN) {
            cx.flaw(Fault::Malformed("the last entry has not 20 bytes (rip.family)"));
        }
        Ok(Parsed::end(cx.wire_len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        walk.u8(&COMMAND, 0)?;
        let version = walk.u8(&VERSION, 1)?;
        let end = entries_end(data);
        let mut cursor = Cursor::new(walk, HEADER, end);
        while let Some(family) = u16_at(cursor.rest(), 0) {
            let group = if family == AUTHENTICATES { &AUTHENTICATION } else { &ENTRY };
            cursor.group(group, Value::None, ENTRY_LEN, |entry| match family {
                AUTHENTICATES => authentication(entry),
                _ => route(entry, family, version),
            })?;
        }
        let len = data.len();
        let mut cursor = Cursor::new(walk, end, len);
        if cursor.left() > TRAILER_HEAD {
            let left = cursor.left();
            cursor.group(&TRAILER, Value::None, left, |trailer| {
                trailer.take(TRAILER_HEAD)?;
                let digest = trailer.left();
                trailer.bytes(&DIGEST, digest).map(|_| ())
            })?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(command), Some(version)) = (u8_at(data, 0), u8_at(data, 1)) else {
            return out.write_str("header cut");
        };
        write!(out, "RIPv{version} ")?;
        match name_of(COMMANDS, command.into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "Unknown command ({command})")?,
        }
        let entries = data.get(HEADER..entries_end(data)).unwrap_or_default();
        let mut routes =
            entries.chunks_exact(ENTRY_LEN).filter(|entry| u16_at(entry, 0) != Some(AUTHENTICATES));
        match (routes.next(), routes.count()) {
            (None, _) => Ok(()),
            (Some(only), 0) if u16_at(only, 0) == Some(0) && u32_at(only, 16) == Some(INFINITY) => {
                out.write_str(", whole table")
            }
            (Some(_), 0) => out.write_str(", 1 route"),
            (Some(_), more) => write!(out, ", {} routes", more.saturating_add(1)),
        }
    }
}

/// Where the entries end: before the digest of a message that has one, for its offset says so.
fn entries_end(data: &[u8]) -> usize {
    let keyed = u16_at(data, HEADER) == Some(AUTHENTICATES) && u16_at(data, HEADER + 2) == Some(KEYED);
    match u16_at(data, HEADER + 4).map(usize::from) {
        Some(offset) if keyed && offset >= HEADER + ENTRY_LEN => offset.min(data.len()),
        _ => data.len(),
    }
}

fn authentication(entry: &mut Cursor<'_, '_, '_>) -> Option<()> {
    entry.take(2)?;
    match entry.u16(&AUTH_TYPE)? {
        PLAIN => entry.text(&PASSWORD, 16).map(|_| ()),
        KEYED => {
            entry.u16(&DIGEST_OFFSET)?;
            entry.u8(&KEY_ID)?;
            entry.u8(&DIGEST_LEN)?;
            entry.u32(&SEQUENCE).map(|_| ())
        }
        _ => Some(()),
    }
}

fn route(entry: &mut Cursor<'_, '_, '_>, family: u16, version: u8) -> Option<()> {
    if family != 0 && family != 2 {
        return entry.u16(&UNKNOWN_FAMILY).map(|_| ());
    }
    entry.u16(&FAMILY)?;
    // What version 1 has no use for is zero there (RFC 1058 section 3.1).
    let has_masks = version != 1;
    if has_masks {
        entry.u16(&ROUTE_TAG).map(|_| ())?
    } else {
        entry.take(2).map(|_| ())?
    }
    if family == 0 {
        entry.take(4).map(|_| ())?
    } else {
        entry.ipv4(&IP).map(|_| ())?
    }
    if has_masks {
        entry.ipv4(&NETMASK)?;
        entry.ipv4(&NEXT_HOP)?;
    } else {
        entry.take(8)?;
    }
    entry.u32(&METRIC).map(|_| ())
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    #[test]
    fn a_request_of_version_1_for_the_whole_table() {
        let seen =
            Talk::new("rip").datagram(0, &bytes("01010000 0000 0000 00000000 00000000 00000000 00000010"));
        assert_eq!(seen.info, "RIPv1 Request, whole table");
        seen.expect(&[("rip.command", "1"), ("rip.version", "1"), ("rip.family", "0"), ("rip.metric", "16")]);
        seen.expect(&[("rip.ip", ""), ("rip.netmask", "")]);
    }

    #[test]
    fn a_response_with_a_password() {
        let mut talk = Talk::new("rip");
        let packet = bytes(
            "02020000 ffff 0002 73656372657400000000000000000000
             0002 0007 0a000000 ff000000 00000000 00000001
             0002 0000 c0000200 ffffff00 c0000201 00000010",
        );
        let seen = talk.datagram(0, &packet);
        assert_eq!(seen.info, "RIPv2 Response, 2 routes");
        seen.expect(&[
            ("rip.auth.type", "2"),
            ("rip.ip", "10.0.0.0,192.0.2.0"),
            ("rip.netmask", "255.0.0.0,255.255.255.0"),
            ("rip.next_hop", "0.0.0.0,192.0.2.1"),
            ("rip.route_tag", "7,0"),
            ("rip.metric", "1,16"),
        ]);
        assert!(seen.get("rip.auth.passwd").starts_with("secret"));
        talk.survives(&packet);
    }

    #[test]
    fn a_digest_stands_behind_the_routes() {
        let mut talk = Talk::new("rip");
        let packet = bytes(
            "02020000 ffff 0003 002c 05 10 00000009 0000000000000000
             0002 0000 0a000000 ff000000 00000000 00000001
             ffff 0001 000102030405060708090a0b0c0d0e0f",
        );
        let seen = talk.datagram(0, &packet);
        assert_eq!(seen.info, "RIPv2 Response, 1 route");
        assert!(seen.faults.is_empty());
        seen.expect(&[
            ("rip.auth.type", "3"),
            ("rip.digest_offset", "44"),
            ("rip.key_id", "5"),
            ("rip.auth_data_len", "16"),
            ("rip.seq_num", "9"),
            ("rip.authentication_data", "000102030405060708090a0b0c0d0e0f"),
            ("rip.ip", "10.0.0.0"),
        ]);
        talk.survives(&packet);
    }

    #[test]
    fn an_entry_that_is_too_short_is_told() {
        let seen = Talk::new("rip").datagram(0, &bytes("02020000 0002 0000 0a000000"));
        assert_eq!(seen.faults, ["malformed: the last entry has not 20 bytes (rip.family)"]);
        assert_eq!(seen.get("rip.ip"), "10.0.0.0");
    }
}
