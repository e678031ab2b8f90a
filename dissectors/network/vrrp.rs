//! Virtual Router Redundancy Protocol, versions 2 and 3 (RFC 3768, RFC 5798).

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at};
use crate::checksum::{self, Status, pseudo_sum};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value};
use crate::network::{IP_PROTO, message_status, status_field};
use crate::packet::Layer;
use crate::walk::Walk;

const TYPE_NAMES: &[(u64, &str)] = &[(ADVERTISEMENT as u64, "Advertisement")];
const PRIORITY_NAMES: &[(u64, &str)] =
    &[(0, "gives up"), (100, "default of a backup"), (255, "owns the addresses")];
const AUTHENTICATION_NAMES: &[(u64, &str)] =
    &[(0, "none"), (1, "simple text"), (2, "IP authentication header"), (254, "MD5")];

fields! {
    TYPEVER = Field::u8("vrrp.typever", "version and type"),
    VERSION = Field::u8("vrrp.version", "version"),
    TYPE = Field::u8("vrrp.type", "type").names(TYPE_NAMES),
    ROUTER = Field::u8("vrrp.virt_rtr_id", "virtual router").key(),
    PRIORITY = Field::u8("vrrp.prio", "priority").key().names(PRIORITY_NAMES),
    COUNT = Field::u8("vrrp.addr_count", "addresses"),
    AUTHENTICATION = Field::u8("vrrp.auth_type", "authentication").names(AUTHENTICATION_NAMES),
    INTERVAL = Field::u8("vrrp.adver_int", "interval (s)"),
    RESERVED = Field::u8("vrrp.reserved_mbz", "reserved"),
    SHORT_INTERVAL = Field::u16("vrrp.short_adver_int", "interval (0.01 s)"),
    CHECKSUM = Field::u16("vrrp.checksum", "checksum").hex(),
    CHECKSUM_STATUS = status_field("vrrp.checksum.status"),
    ADDRESS = Field::ipv4("vrrp.ip_addr", "address").many().key(),
    ADDRESS_V6 = Field::ipv6("vrrp.ipv6_addr", "address").many().key(),
    PASSWORD = Field::text("vrrp.auth_string", "password"),
}

static PROTOCOL: Protocol = Protocol {
    name: "vrrp",
    title: "VRRP",
    about: "Virtual Router Redundancy Protocol (RFC 3768, RFC 5798)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, PROTOCOL_NUMBER as u32)];

const PROTOCOL_NUMBER: u8 = 112;
/// Bytes before the addresses.
const HEADER: usize = 8;
/// Bytes of the password of version 2.
const PASSWORD_LEN: usize = 8;
const SIMPLE_TEXT: u8 = 1;
const ADVERTISEMENT: u8 = 1;

/// Virtual Router Redundancy Protocol.
#[derive(Debug)]
pub struct Vrrp;

impl Dissector for Vrrp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[version, _, _, count, ..] = fixed::<HEADER>(data)?;
        let six = cx.net.is_some_and(|net| net.src.is_ipv6());
        let address = if six { 16 } else { 4 };
        let password = if version >> 4 == 2 { PASSWORD_LEN } else { 0 };
        let addresses = usize::from(count).saturating_mul(address);
        let len = HEADER.saturating_add(addresses).saturating_add(password);
        if len > cx.wire_len {
            cx.flaw(Fault::Malformed("more addresses than the packet holds (vrrp.addr_count)"));
        } else if len > data.len() {
            cx.flaw(Fault::Short { need: len, have: data.len() });
        }
        // What the checksum covers goes to the end of the datagram.
        Ok(Parsed::end(usize::MAX))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let first = u8_at(walk.data(), 0)?;
        walk.open(&TYPEVER, 0..1, Value::Uint(first.into()))?;
        walk.bits(&[(&VERSION, 0xf0), (&TYPE, 0x0f)], 0..1, first)?;
        walk.close();
        walk.u8(&ROUTER, 1)?;
        walk.u8(&PRIORITY, 2)?;
        let count = walk.u8(&COUNT, 3)?;
        let (version, authentication) = (first >> 4, u8_at(walk.data(), 4)?);
        if version == 3 {
            let interval = u16_at(walk.data(), 4)?;
            walk.uint(&RESERVED, 4..5, authentication >> 4)?;
            walk.uint(&SHORT_INTERVAL, 4..6, interval & 0x0fff)?;
        } else {
            walk.u8(&AUTHENTICATION, 4)?;
            walk.u8(&INTERVAL, 5)?;
        }
        checksum(walk, version)?;
        let six = walk.layer().net().is_some_and(|net| net.src.is_ipv6());
        let end = walk.data().len();
        let mut rest = Cursor::new(walk, HEADER, end);
        for _ in 0..count {
            if six {
                rest.ipv6(&ADDRESS_V6)?;
            } else {
                rest.ipv4(&ADDRESS)?;
            }
        }
        if version != 3 && authentication == SIMPLE_TEXT {
            let padded = rest.rest().get(..PASSWORD_LEN)?;
            let len = padded.iter().position(|byte| *byte == 0).unwrap_or(PASSWORD_LEN);
            rest.text(&PASSWORD, len)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(first), Some(router), Some(priority)) = (u8_at(data, 0), u8_at(data, 1), u8_at(data, 2))
        else {
            return out.write_str("header cut");
        };
        match first & 0x0f {
            // Wireshark's word for it in the list.
            ADVERTISEMENT => out.write_str("Announcement")?,
            kind => write!(out, "type {kind}")?,
        }
        write!(out, " (v{}), router {router}, priority {priority}", first >> 4)
    }
}

/// Version 2 sums the message alone, version 3 the pseudo-header too (RFC 5798 section 5.2.8).
fn checksum(walk: &mut Walk<'_, '_>, version: u8) -> Option<()> {
    walk.u16(&CHECKSUM, 6)?;
    let status = message_status(&walk.layer(), walk.data(), |data, net| {
        if version == 3 {
            pseudo_sum(net.src, net.dst, PROTOCOL_NUMBER, net.payload_len, data)
        } else {
            checksum::sum(data)
        }
    });
    walk.uint(&CHECKSUM_STATUS, 6..8, status.map_or(Status::Unverified, |found| found.0) as u8)
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    /// An IPv4 header around these bytes.
    fn seen(message: &str) -> Seen {
        let message = bytes(message);
        let mut frame = bytes("45000000 00010000 ff700000 c0000201 e0000012");
        let len = u16::try_from(frame.len() + message.len()).unwrap();
        frame[2..4].copy_from_slice(&len.to_be_bytes());
        frame.extend(message);
        survives(LinkType::RAW, &frame);
        Seen::new(LinkType::RAW, &frame)
    }

    #[test]
    fn version_two_with_a_password() {
        let seen = seen("21 07 64 01 01 01 0000 c0000264 6c61620000000000");
        assert_eq!(seen.protocols, "raw:ip:vrrp");
        assert_eq!(seen.info, "Announcement (v2), router 7, priority 100");
        seen.expect(&[
            ("vrrp.typever", "33"),
            ("vrrp.version", "2"),
            ("vrrp.auth_type", "1"),
            ("vrrp.adver_int", "1"),
            ("vrrp.checksum.status", "0"),
            ("vrrp.ip_addr", "192.0.2.100"),
            ("vrrp.auth_string", "lab"),
        ]);
    }

    #[test]
    fn version_three() {
        let seen = seen("31 07 64 01 0064 059e c0000264");
        seen.expect(&[
            ("vrrp.reserved_mbz", "0"),
            ("vrrp.short_adver_int", "100"),
            ("vrrp.ip_addr", "192.0.2.100"),
            ("vrrp.auth_type", ""),
            ("vrrp.checksum.status", "1"),
        ]);
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn addresses_that_are_not_there_are_told() {
        let seen = seen("31 07 64 09 0064 0000 c0000264");
        assert_eq!(seen.faults, ["malformed: more addresses than the packet holds (vrrp.addr_count)"]);
    }
}
