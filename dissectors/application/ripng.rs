//! RIPng: the Routing Information Protocol for IPv6 (RFC 2080).

use core::fmt;

use crate::bytes::{fixed, u8_at};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value, name_of};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    COMMAND = Field::u8("ripng.cmd", "command").names(COMMANDS).key(),
    VERSION = Field::u8("ripng.version", "version"),
    RESERVED = Field::bytes("ripng.reserved", "reserved"),
    ENTRY = Field::group("ripng.rte", "route"),
    PREFIX = Field::ipv6("ripng.rte.ipv6_prefix", "prefix").many().key(),
    ROUTE_TAG = Field::u16("ripng.rte.route_tag", "route tag").hex().many(),
    PREFIX_LENGTH = Field::u8("ripng.rte.prefix_length", "prefix length").many().key(),
    METRIC = Field::u8("ripng.rte.metric", "metric").names(METRICS).many().key(),
}

static PROTOCOL: Protocol = Protocol {
    name: "ripng",
    title: "RIPng",
    about: "Routing Information Protocol for IPv6 (RFC 2080)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 521)];

/// Bytes of the header, and of each route (RFC 2080 section 2.1).
const HEADER: usize = 4;
const ENTRY_LEN: usize = 20;
/// The metric of an entry that holds the next hop of those behind it (RFC 2080 section 2.1.1).
const NEXT_HOP: u8 = 0xff;

/// The metric of what cannot be reached, and in a request for everything (RFC 2080 section 2.4.1).
const INFINITY: u8 = 16;
const REQUEST: u8 = 1;

const COMMANDS: &[(u64, &str)] = &[(REQUEST as u64, "Request"), (2, "Response")];
const METRICS: &[(u64, &str)] =
    &[(INFINITY as u64, "infinity"), (NEXT_HOP as u64, "none: next hop of the routes behind it")];

/// RIPng.
#[derive(Debug)]
pub struct Ripng;

impl Dissector for Ripng {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[_, version, ..] = fixed::<HEADER>(data)?;
        if data.len() == cx.wire_len
            && version == 1
            && !data.len().saturating_sub(HEADER).is_multiple_of(ENTRY_LEN)
        {
            cx.flaw(Fault::Malformed("the last entry has not 20 bytes (ripng.rte)"));
        }
        Ok(Parsed::end(cx.wire_len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let len = walk.data().len();
        let mut cursor = Cursor::new(walk, 0, len);
        cursor.u8(&COMMAND)?;
        let version = cursor.u8(&VERSION)?;
        cursor.bytes(&RESERVED, 2)?;
        // Other versions may have other entries.
        while version == 1 && cursor.left() > 0 {
            cursor.group(&ENTRY, Value::None, ENTRY_LEN, |entry| {
                entry.ipv6(&PREFIX)?;
                entry.u16(&ROUTE_TAG)?;
                entry.u8(&PREFIX_LENGTH)?;
                entry.u8(&METRIC).map(|_| ())
            })?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(command), Some(version)) = (u8_at(data, 0), u8_at(data, 1)) else {
            return out.write_str("header cut");
        };
        match name_of(COMMANDS, command.into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "Unknown command ({command})")?,
        }
        if version != 1 {
            return write!(out, ", version {version}");
        }
        let entries = data.get(HEADER..).unwrap_or_default();
        if command == REQUEST && is_whole_table(entries) {
            return out.write_str(", whole table");
        }
        let routes = entries
            .chunks_exact(ENTRY_LEN)
            .filter(|entry| u8_at(entry, ENTRY_LEN - 1) != Some(NEXT_HOP))
            .count();
        write!(out, ", {routes} route{}", if routes == 1 { "" } else { "s" })
    }
}

/// Whether a request holds nothing but a default route at infinity.
fn is_whole_table(entries: &[u8]) -> bool {
    matches!(entries, [prefix @ .., _, _, 0, INFINITY] if prefix == [0; 16])
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    #[test]
    fn a_response_with_a_next_hop() {
        let mut talk = Talk::new("ripng");
        let packet = bytes(
            "02010000
             fe800000000000000000000000000001 0000 00 ff
             20010db8000100000000000000000000 0007 30 02",
        );
        let seen = talk.datagram(0, &packet);
        assert_eq!(seen.info, "Response, 1 route");
        seen.expect(&[
            ("ripng.cmd", "2"),
            ("ripng.version", "1"),
            ("ripng.reserved", "0000"),
            ("ripng.rte.ipv6_prefix", "fe80::1,2001:db8:1::"),
            ("ripng.rte.route_tag", "0x0000,0x0007"),
            ("ripng.rte.prefix_length", "0,48"),
            ("ripng.rte.metric", "255,2"),
        ]);
        talk.survives(&packet);
    }

    #[test]
    fn a_request_for_the_whole_table() {
        let request = |metric| {
            let packet = [bytes("01010000 00000000000000000000000000000000 0000 00"), bytes(metric)].concat();
            Talk::new("ripng").datagram(0, &packet).info
        };
        assert_eq!(request("10"), "Request, whole table");
        assert_eq!(request("01"), "Request, 1 route");
    }

    #[test]
    fn another_version_shows_its_header_only() {
        let seen = Talk::new("ripng").datagram(0, &bytes("01300000 01020304"));
        assert_eq!(seen.info, "Request, version 48");
        assert_eq!(seen.get("ripng.rte.ipv6_prefix"), "");
    }
}
