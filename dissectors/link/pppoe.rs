//! PPP over Ethernet (RFC 2516): discovery of an access concentrator, then the session.

use core::fmt;

use crate::bytes::{fixed, u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::frame::LinkType;
use crate::link::ethernet::ETHERTYPE;
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

const CODE_NAMES: &[(u64, &str)] = &[
    (0x00, "Session Data"),
    (0x07, "Active Discovery Offer (PADO)"),
    (0x09, "Active Discovery Initiation (PADI)"),
    (0x19, "Active Discovery Request (PADR)"),
    (0x65, "Active Discovery Session-confirmation (PADS)"),
    (0xa7, "Active Discovery Terminate (PADT)"),
];

/// The header that both stages share.
mod header {
    use super::{CODE_NAMES, Field};

    pub(super) static VERSION: Field = Field::u8("pppoe.version", "version");
    pub(super) static TYPE: Field = Field::u8("pppoe.type", "type");
    pub(super) static CODE: Field = Field::u8("pppoe.code", "code").hex().key().names(CODE_NAMES);
    pub(super) static SESSION: Field = Field::u16("pppoe.session_id", "session").hex().key();
    pub(super) static LENGTH: Field = Field::u16("pppoe.payload_length", "payload length");
}

fields! {
    SERVICE_NAME = Field::text("pppoed.tags.service_name", "service name").many(),
    AC_NAME = Field::text("pppoed.tags.ac_name", "concentrator name").many(),
    HOST_UNIQ = Field::bytes("pppoed.tags.host_uniq", "host's own mark").many(),
    AC_COOKIE = Field::bytes("pppoed.tags.ac_cookie", "concentrator's cookie").many(),
    RELAY_SESSION_ID = Field::bytes("pppoed.tags.relay_session_id", "relay's session").many(),
    MAX_PAYLOAD = Field::bytes("pppoed.tags.max_payload", "maximum payload").many(),
    MAX_PAYLOAD_NUMBER = Field::u16("nd.pppoed.max_payload", "maximum payload in bytes").many(),
    VENDOR = Field::u32("pppoed.tags.vendor_id", "vendor").many(),
    VENDOR_DATA = Field::bytes("pppoed.tags.vendor_unspecified", "what the vendor adds").many(),
    SERVICE_NAME_ERROR = Field::text("pppoed.tags.service_name_error", "service name error").many(),
    AC_SYSTEM_ERROR = Field::text("pppoed.tags.ac_system_error", "concentrator error").many(),
    GENERIC_ERROR = Field::text("pppoed.tags.generic_error", "error").many();
    header::VERSION,
    header::TYPE,
    header::CODE,
    header::SESSION,
    header::LENGTH,
}

static DISCOVERY: Protocol = Protocol {
    name: "pppoed",
    title: "PPPoE discovery",
    about: "PPP over Ethernet, discovery stage (RFC 2516)",
    fields: FIELDS,
    via: None,
};
static SESSION: Protocol = Protocol {
    name: "pppoes",
    title: "PPPoE session",
    about: "PPP over Ethernet, session stage (RFC 2516)",
    fields: &[&header::VERSION, &header::TYPE, &header::CODE, &header::SESSION, &header::LENGTH],
    via: None,
};

static DISCOVERY_KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x8863)];
static SESSION_KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x8864), Key::new(&LINK_TYPE, 51)];
static CARRIES: &[&Table] = &[&LINK_TYPE];

/// Bytes before the tags or the PPP packet.
const HEADER: usize = 6;
/// Bytes of a tag's type and length.
const TAG: usize = 4;
/// Bytes of a vendor's number.
const VENDOR_LEN: usize = 4;
/// The vendor whose tags have a form of their own (TR-101), which is not read here.
const BROADBAND_FORUM: u32 = 3561;

/// PPP over Ethernet, discovery stage.
#[derive(Debug)]
pub struct Discovery;

impl Dissector for Discovery {
    fn protocol(&self) -> &'static Protocol {
        &DISCOVERY
    }

    fn keys(&self) -> &'static [Key] {
        DISCOVERY_KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        Ok(Parsed::end(measure(data)?))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        head(walk)?;
        let data = walk.data();
        let mut at = HEADER;
        while let (Some(tag @ 1..), Some(len)) = (u16_at(data, at), u16_at(data, at.saturating_add(2))) {
            let (body, len) = (at.saturating_add(TAG), usize::from(len));
            let text = match tag {
                0x0101 => Some(&SERVICE_NAME),
                0x0102 => Some(&AC_NAME),
                0x0201 => Some(&SERVICE_NAME_ERROR),
                0x0202 => Some(&AC_SYSTEM_ERROR),
                0x0203 => Some(&GENERIC_ERROR),
                _ => None,
            };
            let bytes = match tag {
                0x0103 => Some(&HOST_UNIQ),
                0x0104 => Some(&AC_COOKIE),
                0x0110 => Some(&RELAY_SESSION_ID),
                0x0120 => Some(&MAX_PAYLOAD),
                _ => None,
            };
            match (text, bytes) {
                // A service name of no bytes asks for any service and names none.
                (Some(field), _) if len > 0 => _ = walk.text(field, body, len)?,
                (_, Some(field)) => _ = walk.bytes(field, body, len)?,
                _ => {}
            }
            match tag {
                0x0105 => vendor(walk, body, len)?,
                // A number (RFC 4638 section 2), which Wireshark has as bytes.
                0x0120 if len == 2 => _ = walk.u16(&MAX_PAYLOAD_NUMBER, body)?,
                _ => {}
            }
            at = body.saturating_add(len);
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        summary(layer, out)
    }
}

/// PPP over Ethernet, session stage.
#[derive(Debug)]
pub struct Session;

impl Dissector for Session {
    fn protocol(&self) -> &'static Protocol {
        &SESSION
    }

    fn keys(&self) -> &'static [Key] {
        SESSION_KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let next = Next::Table { nth: 0, value: LinkType::PPP.0 };
        Ok(Parsed::new(HEADER, measure(data)?, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        head(walk)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        summary(layer, out)
    }
}

/// Bytes of the whole packet by its own length field.
fn measure(data: &[u8]) -> Result<usize, Fault> {
    let &[.., high, low] = fixed::<HEADER>(data)?;
    Ok(HEADER.saturating_add(u16::from_be_bytes([high, low]).into()))
}

fn head(walk: &mut Walk<'_, '_>) -> Option<()> {
    let first = u8_at(walk.data(), 0)?;
    walk.uint(&header::VERSION, 0..1, first >> 4)?;
    walk.uint(&header::TYPE, 0..1, first & 15)?;
    walk.u8(&header::CODE, 1)?;
    walk.u16(&header::SESSION, 2)?;
    walk.u16(&header::LENGTH, 4)?;
    Some(())
}

/// The tag of a vendor: its enterprise number, and what only it can read (RFC 2516 appendix A).
fn vendor(walk: &mut Walk<'_, '_>, at: usize, len: usize) -> Option<()> {
    let Some(more) = len.checked_sub(VENDOR_LEN) else { return Some(()) };
    let id = u32_at(walk.data(), at)?;
    walk.u32(&VENDOR, at)?;
    if more > 0 && id != BROADBAND_FORUM {
        walk.bytes(&VENDOR_DATA, at.saturating_add(VENDOR_LEN), more)?;
    }
    Some(())
}

fn summary(layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    match u8_at(layer.data(), 1) {
        Some(code) => match header::CODE.name_of(code.into()) {
            Some(name) => out.write_str(name),
            None => write!(out, "Unknown code {code:#04x}"),
        },
        None => out.write_str("header cut"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn tags_of_discovery() {
        let mut frame = bytes(
            "020000000002 020000000001 8863  11 09 0000 001b  0101 0000  0103 0002 aabb  0102 0003 414243  0104 0000  \
             0000 0000",
        );
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:pppoed");
        assert_eq!(seen.info, "Active Discovery Initiation (PADI)");
        seen.expect(&[
            ("pppoe.version", "1"),
            ("pppoe.type", "1"),
            ("pppoe.code", "0x09"),
            ("pppoe.payload_length", "27"),
            ("pppoed.tags.service_name", ""),
            ("pppoed.tags.host_uniq", "aabb"),
            ("pppoed.tags.ac_name", "ABC"),
        ]);
        survives(LinkType::ETHERNET, &frame);
        frame.resize(60, 0);
        survives(LinkType::ETHERNET, &frame);
    }

    #[test]
    fn a_vendor_and_a_maximum() {
        let frame = bytes(
            "020000000002 020000000001 8863  11 09 0000 0012  0120 0002 05dc  0105 0008 00007ed9 01026162",
        );
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        seen.expect(&[
            ("pppoed.tags.max_payload", "05dc"),
            ("nd.pppoed.max_payload", "1500"),
            ("pppoed.tags.vendor_id", "32473"),
            ("pppoed.tags.vendor_unspecified", "01026162"),
        ]);
        survives(LinkType::ETHERNET, &frame);
    }

    #[test]
    fn a_session_carries_ppp_and_no_padding() {
        let mut frame =
            [bytes("020000000002 020000000001 8864  11 00 002d 0005 c023 aabbcc"), bytes("0000")].concat();
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:pppoes:ppp:pap");
        frame = [bytes("020000000002 020000000001 8864  11 00 002d 0020 0021"), bytes(UDP)].concat();
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:pppoes:ppp:ip:udp");
        seen.expect(&[("pppoe.session_id", "0x002d"), ("ppp.protocol", "0x0021")]);
    }
}
