//! EAP over LAN: how a station asks a port or an access point to be let in (IEEE 802.1X-2010 section 11).

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::link::ethernet::ETHERTYPE;
use crate::packet::Layer;
use crate::walk::Walk;

pub mod rsna;

/// Packet types of EAPOL.
pub static EAPOL_TYPE: Table = Table { name: "eapol.type" };
/// Descriptor types of keys.
pub static EAPOL_KEYDES: Table = Table { name: "eapol.keydes.type" };

/// The packet type that carries EAP.
pub const EAP: u8 = 0;
const KEY: u8 = 3;
/// The descriptor of a key for WEP; other descriptors have readers of their own.
const RC4: u8 = 1;

const TYPE_NAMES: &[(u64, &str)] = &[
    (EAP as u64, "EAP"),
    (1, "Start"),
    (2, "Logoff"),
    (KEY as u64, "Key"),
    (4, "Encapsulated ASF Alert"),
    (5, "MKA"),
    (6, "Announcement, generic"),
    (7, "Announcement, specific"),
    (8, "Announcement Request"),
];
const DESCRIPTOR_NAMES: &[(u64, &str)] = &[(RC4 as u64, "RC4"), (2, "RSN"), (254, "WPA")];

fields! {
    VERSION = Field::u8("eapol.version", "version"),
    TYPE = Field::u8("eapol.type", "type").key().names(TYPE_NAMES),
    LENGTH = Field::u16("eapol.len", "length"),
    DESCRIPTOR = Field::u8("eapol.keydes.type", "descriptor").names(DESCRIPTOR_NAMES),
    KEY_LENGTH = Field::u16("eapol.keydes.key_len", "key length"),
    REPLAY = Field::u64("eapol.keydes.replay_counter", "replay counter"),
    KEY_IV = Field::bytes("eapol.keydes.key_iv", "initialization vector"),
    KEY_INDEX = Field::u8("eapol.keydes.key_index", "key index").hex(),
    KEY_UNICAST = Field::bool("eapol.keydes.key_index.type", "for one station"),
    KEY_NUMBER = Field::u8("eapol.keydes.key_index.number", "number"),
    SIGNATURE = Field::bytes("eapol.keydes.key_signature", "signature"),
    KEY_DATA = Field::bytes("eapol.keydes.key", "key"),
    KEY_LOCAL = Field::bool("eapol.keydes.key.generated_locally", "key is made here"),
}

static PROTOCOL: Protocol = Protocol {
    name: "eapol",
    title: "EAPOL",
    about: "EAP over LAN (IEEE 802.1X)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x888e), Key::new(&ETHERTYPE, 0x88c7)];
static CARRIES: &[&Table] = &[&EAPOL_TYPE, &EAPOL_KEYDES];

/// Bytes of version, type and length.
const HEADER: usize = 4;
const IV_LEN: usize = 16;
const SIGNATURE_LEN: usize = 16;

/// EAP over LAN.
#[derive(Debug)]
pub struct Eapol;

impl Dissector for Eapol {
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
        let &[_, kind, high, low] = fixed::<HEADER>(data)?;
        let len = usize::from(u16::from_be_bytes([high, low])).saturating_add(HEADER);
        if len > cx.wire_len {
            cx.flaw(Fault::Malformed("longer than its frame (eapol.len)"));
        } else if len > data.len() {
            cx.flaw(Fault::Short { need: len, have: data.len() });
        }
        Ok(match (kind, u8_at(data, HEADER)) {
            (EAP, _) => Parsed::new(HEADER, len, Next::Table { nth: 0, value: kind.into() }),
            (KEY, Some(descriptor)) if descriptor != RC4 && len > HEADER => {
                let next = Next::Table { nth: 1, value: descriptor.into() };
                Parsed::new(HEADER.saturating_add(1), len, next)
            }
            (1..=KEY, _) => Parsed::end(len),
            _ => Parsed::new(HEADER, len, Next::Data),
        })
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&VERSION, 0)?;
        let kind = walk.u8(&TYPE, 1)?;
        let len = walk.u16(&LENGTH, 2)?;
        if kind != KEY || len == 0 {
            return Some(());
        }
        if walk.u8(&DESCRIPTOR, HEADER)? == RC4 { key(walk) } else { Some(()) }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u8_at(layer.data(), 1) {
            Some(kind) => match TYPE.name_of(kind.into()) {
                Some(name) => out.write_str(name),
                None => write!(out, "type {kind}"),
            },
            None => out.write_str("header cut"),
        }
    }
}

/// A key for WEP (IEEE 802.1X-2001 section 7.6): itself, or only its length if the station makes it.
fn key(walk: &mut Walk<'_, '_>) -> Option<()> {
    let end = usize::from(u16_at(walk.data(), 2)?).saturating_add(HEADER);
    let mut body = Cursor::new(walk, HEADER.saturating_add(1), end);
    let len = body.u16(&KEY_LENGTH)?;
    body.u64(&REPLAY)?;
    body.bytes(&KEY_IV, IV_LEN)?;
    let index = body.peek(1)?;
    let at = body.take(1)?;
    let place = at..body.at();
    let walk = body.walk();
    walk.open(&KEY_INDEX, place.clone(), Value::Uint(index.into()))?;
    walk.bits(&[(&KEY_UNICAST, 0x80), (&KEY_NUMBER, 0x7f)], place, index)?;
    walk.close();
    body.bytes(&SIGNATURE, SIGNATURE_LEN)?;
    if len == 0 {
        return Some(());
    }
    let left = body.left();
    if left > 0 {
        body.bytes(&KEY_DATA, left)?;
    }
    body.walk().bool(&KEY_LOCAL, 0..0, left == 0)
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    const HEAD: &str = "0180c2000003 020000000001 888e";

    fn seen(body: &str) -> Seen {
        let frame = bytes(&[HEAD, body].concat());
        survives(LinkType::ETHERNET, &frame);
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn a_station_begins() {
        let start = seen("01 01 0000 00000000");
        assert_eq!(start.protocols, "eth:ethertype:eapol");
        assert_eq!(start.info, "Start");
        start.expect(&[("eapol.version", "1"), ("eapol.len", "0"), ("eth.trailer", "00000000")]);
    }

    #[test]
    fn a_key_for_wep() {
        let head = "01 03 0031 01 0005 0000000000000007 000102030405060708090a0b0c0d0e0f 83";
        let signature = "101112131415161718191a1b1c1d1e1f";
        seen(&[head, signature, "a1a2a3a4a5"].concat()).expect(&[
            ("eapol.keydes.type", "1"),
            ("eapol.keydes.key_len", "5"),
            ("eapol.keydes.replay_counter", "7"),
            ("eapol.keydes.key_index", "0x83"),
            ("eapol.keydes.key_index.type", "1"),
            ("eapol.keydes.key_index.number", "3"),
            ("eapol.keydes.key_signature", signature),
            ("eapol.keydes.key", "a1a2a3a4a5"),
            ("eapol.keydes.key.generated_locally", "0"),
        ]);
    }

    #[test]
    fn a_length_beyond_the_frame_is_told() {
        assert_eq!(seen("01 03 0031 01 0005").faults, ["malformed: longer than its frame (eapol.len)"]);
    }
}
