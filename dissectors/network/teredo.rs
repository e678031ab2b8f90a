//! Teredo: IPv6 through NATs in UDP (RFC 4380 section 5.1.1).

use core::fmt;
use core::net::Ipv4Addr;

use crate::bytes::{u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::link::ethernet::{ETHERTYPE, TYPE_IPV6};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

fields! {
    AUTH = Field::group("teredo.auth", "authentication"),
    ID_LENGTH = Field::u8("teredo.auth.idlen", "client identifier length"),
    VALUE_LENGTH = Field::u8("teredo.auth.aulen", "authentication value length"),
    ID = Field::bytes("teredo.auth.id", "client identifier"),
    VALUE = Field::bytes("teredo.auth.value", "authentication value"),
    NONCE = Field::bytes("teredo.auth.nonce", "nonce"),
    CONFIRMATION = Field::bytes("teredo.auth.conf", "confirmation"),
    ORIGIN = Field::group("teredo.orig", "origin indication"),
    ORIGIN_PORT = Field::u16("teredo.orig.port", "port").key(),
    ORIGIN_ADDRESS = Field::ipv4("teredo.orig.addr", "address").key(),
}

static PROTOCOL: Protocol = Protocol {
    name: "teredo",
    title: "Teredo",
    about: "Teredo, IPv6 over UDP through NATs (RFC 4380)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&UDP_PORT, 3544)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

/// First two bytes of the headers that may come before the packet.
const AUTHENTICATION: u16 = 1;
const ORIGIN_INDICATION: u16 = 0;
/// Bytes of type and lengths before the authentication's parts, of nonce and confirmation behind them, and of
/// the origin indication.
const AUTH_HEAD: usize = 4;
const NONCE_LEN: usize = 8;
const ORIGIN_LEN: usize = 8;

/// Teredo.
#[derive(Debug)]
pub struct Teredo;

/// Bytes of the authentication header in front, 0 if there is none.
fn authentication(data: &[u8]) -> usize {
    match (u16_at(data, 0), u8_at(data, 2), u8_at(data, 3)) {
        (Some(AUTHENTICATION), Some(id), Some(value)) => {
            AUTH_HEAD.saturating_add(id.into()).saturating_add(value.into()).saturating_add(NONCE_LEN + 1)
        }
        _ => 0,
    }
}

/// Bytes of the origin indication at `at`, 0 if there is none.
fn origin(data: &[u8], at: usize) -> usize {
    if u16_at(data, at) == Some(ORIGIN_INDICATION) { ORIGIN_LEN } else { 0 }
}

impl Dissector for Teredo {
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
        let before = authentication(data);
        let header = before.saturating_add(origin(data, before));
        match u8_at(data, header) {
            Some(0x60..=0x6f) => {
                Ok(Parsed::new(header, usize::MAX, Next::Table { nth: 0, value: TYPE_IPV6.into() }))
            }
            Some(_) => Err(Fault::Malformed("no IPv6 packet inside (teredo)")),
            None => Err(Fault::Short { need: header.saturating_add(1), have: data.len() }),
        }
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let before = authentication(walk.data());
        if before > 0 {
            walk.open(&AUTH, 0..before, Value::None)?;
            let id = walk.u8(&ID_LENGTH, 2)?.into();
            let value = walk.u8(&VALUE_LENGTH, 3)?.into();
            if id > 0 {
                walk.bytes(&ID, AUTH_HEAD, id)?;
            }
            let at = AUTH_HEAD.saturating_add(id);
            if value > 0 {
                walk.bytes(&VALUE, at, value)?;
            }
            let at = at.saturating_add(value);
            walk.bytes(&NONCE, at, NONCE_LEN)?;
            walk.bytes(&CONFIRMATION, at.saturating_add(NONCE_LEN), 1)?;
            walk.close();
        }
        let at = |skip: usize| before.saturating_add(skip);
        if origin(walk.data(), before) > 0 {
            // Both are inverted, so that translators that rewrite addresses in payload do not find them.
            let port = !u16_at(walk.data(), at(2))?;
            let address = Ipv4Addr::from(!u32_at(walk.data(), at(4))?);
            walk.open(&ORIGIN, before..at(ORIGIN_LEN), Value::None)?;
            walk.uint(&ORIGIN_PORT, at(2)..at(4), port)?;
            walk.emit(&ORIGIN_ADDRESS, at(4)..at(8), Value::Ipv4(address))?;
            walk.close();
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let before = authentication(data);
        match (before > 0, origin(data, before) > 0) {
            (true, true) => out.write_str("authentication, origin indication"),
            (true, false) => out.write_str("authentication"),
            (false, true) => out.write_str("origin indication"),
            (false, false) => out.write_str("IPv6 in UDP"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, bytes};

    #[test]
    fn both_headers_and_a_bubble() {
        let auth = "0001 01 02 aa bbcc cd5669400b22df88 00";
        let origin = "0000 f12a b9c82815";
        let bubble = "60000000 0000 3b 15 fe800000000000008000ffffffffffd0 ff020000000000000000000000000002";
        let packet = bytes(&[auth, origin, bubble].concat());
        let mut talk = Talk::new("teredo");
        let seen = talk.datagram(0, &packet);
        assert_eq!(seen.protocols, "teredo:ipv6");
        seen.expect(&[
            ("teredo.auth.idlen", "1"),
            ("teredo.auth.aulen", "2"),
            ("teredo.auth.id", "aa"),
            ("teredo.auth.value", "bbcc"),
            ("teredo.auth.nonce", "cd5669400b22df88"),
            ("teredo.auth.conf", "00"),
            ("teredo.orig.port", "3797"),
            ("teredo.orig.addr", "70.55.215.234"),
        ]);
        talk.survives(&packet);
        assert_eq!(talk.datagram(0, &bytes(bubble)).protocols, "teredo:ipv6");
        assert_eq!(talk.datagram(0, &bytes("4500")).faults, ["malformed: no IPv6 packet inside (teredo)"]);
    }
}
