//! Extensible Authentication Protocol (RFC 3748 section 4). What the methods say is in `methods.rs`.

use core::fmt;

use crate::bytes::{fixed, u8_at};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, concat};
use crate::link::eapol::{self, EAPOL_TYPE};
use crate::link::ppp::PPP_PROTOCOL;
use crate::packet::Layer;
use crate::walk::Walk;

mod methods;

const CODE_NAMES: &[(u64, &str)] =
    &[(1, "Request"), (2, "Response"), (3, "Success"), (4, "Failure"), (5, "Initiate"), (6, "Finish")];
/// Methods (IANA `eap-numbers`).
const TYPE_NAMES: &[(u64, &str)] = &[
    (1, "Identity"),
    (2, "Notification"),
    (3, "Legacy Nak"),
    (4, "MD5-Challenge"),
    (5, "One-Time Password"),
    (6, "Generic Token Card"),
    (13, "TLS"),
    (17, "Cisco LEAP"),
    (18, "SIM"),
    (21, "TTLS"),
    (23, "AKA"),
    (25, "PEAP"),
    (26, "MS-CHAP-V2"),
    (29, "EAP-MSCHAP-V2"),
    (33, "Authentication-TLV"),
    (43, "FAST"),
    (46, "PAX"),
    (47, "PSK"),
    (48, "SAKE"),
    (49, "IKEv2"),
    (50, "AKA'"),
    (51, "GPSK"),
    (52, "PWD"),
    (53, "EKE"),
    (55, "TEAP"),
    (254, "Expanded"),
    (255, "Experimental"),
];

fields! {
    CODE = Field::u8("eap.code", "code").key().names(CODE_NAMES),
    ID = Field::u8("eap.id", "identifier"),
    LENGTH = Field::u16("eap.len", "length"),
    TYPE = Field::u8("eap.type", "type").key().names(TYPE_NAMES),
}

static ALL_FIELDS: [&Field; FIELDS.len() + methods::FIELDS.len()] = concat(&[FIELDS, methods::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "eap",
    title: "EAP",
    about: "Extensible Authentication Protocol (RFC 3748)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&EAPOL_TYPE, eapol::EAP as u32), Key::new(&PPP_PROTOCOL, 0xc227)];

/// Bytes of code, identifier and length.
const HEADER: usize = 4;
const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;

/// Extensible Authentication Protocol.
#[derive(Debug)]
pub struct Eap;

impl Dissector for Eap {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[_, _, high, low] = fixed::<HEADER>(data)?;
        let len = usize::from(u16::from_be_bytes([high, low]));
        if len < HEADER {
            return Err(Fault::Malformed("length below 4 (eap.len)"));
        }
        if len > cx.wire_len {
            cx.flaw(Fault::Malformed("longer than its packet (eap.len)"));
        } else if len > data.len() {
            cx.flaw(Fault::Short { need: len, have: data.len() });
        }
        Ok(Parsed::end(len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let code = walk.u8(&CODE, 0)?;
        walk.u8(&ID, 1)?;
        let len = walk.u16(&LENGTH, 2)?;
        if !matches!(code, REQUEST | RESPONSE) || usize::from(len) <= HEADER {
            return Some(());
        }
        let kind = walk.u8(&TYPE, HEADER)?;
        let body = Cursor::new(walk, HEADER.saturating_add(1), len.into());
        methods::method(body, kind, code == REQUEST)
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(code) = u8_at(data, 0) else { return out.write_str("header cut") };
        match CODE.name_of(code.into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "code {code}")?,
        }
        match u8_at(data, HEADER).filter(|_| matches!(code, REQUEST | RESPONSE)) {
            Some(kind) => match TYPE.name_of(kind.into()) {
                Some(name) => write!(out, ", {name}"),
                None => write!(out, ", type {kind}"),
            },
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    /// A packet of this code with this type and what it says.
    fn seen(code: u8, body: &str) -> Seen {
        let body = bytes(body);
        let len = body.len() + 4;
        let head = format!("0180c2000003 020000000001 888e 01 00 {len:04x} {code:02x} 07 {len:04x}");
        let frame = [bytes(&head), body].concat();
        survives(LinkType::ETHERNET, &frame);
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn identity_and_refusal() {
        let identity = seen(2, "01 616c696365");
        assert_eq!(identity.protocols, "eth:ethertype:eapol:eap");
        assert_eq!(identity.info, "Response, Identity");
        identity.expect(&[
            ("eap.code", "2"),
            ("eap.id", "7"),
            ("eap.len", "10"),
            ("eap.type", "1"),
            ("eap.identity", "alice"),
        ]);
        seen(2, "03 0d19").expect(&[("eap.desired_type", "13,25")]);
        assert_eq!(seen(3, "").info, "Success");
    }

    #[test]
    fn challenges() {
        let md5 = seen(1, "04 10 000102030405060708090a0b0c0d0e0f 7365727665");
        md5.expect(&[
            ("eap.md5.value_size", "16"),
            ("eap.md5.value", "000102030405060708090a0b0c0d0e0f"),
            ("eap.md5.extra_data", "7365727665"),
        ]);
        let chap = seen(1, "1a 01 07 0018 10 000102030405060708090a0b0c0d0e0f 737276");
        chap.expect(&[("eap.ms_chap_v2.opcode", "1"), ("eap.ms_chap_v2.name", "srv")]);
        seen(1, "1a 03 07 0006 533d").expect(&[("eap.ms_chap_v2.message", "S=")]);
    }

    #[test]
    fn attributes_of_sim() {
        seen(1, "12 0a 0000 0f02 000200010000 1101 0100").expect(&[
            ("eap.sim.subtype", "10"),
            ("eap.sim.reserved", "0x0000"),
            ("eap.sim.subtype.type", "15,17"),
            ("eap.sim.subtype.len", "2,1"),
            ("eap.sim.subtype.value", "000200010000,0100"),
        ]);
        let identity = seen(2, "12 0a 0000 0e03 0005 616c696365 000000");
        identity.expect(&[("eap.identity.actual_len", "5"), ("eap.identity", "alice")]);
    }

    #[test]
    fn tls_and_its_kin() {
        seen(1, "0d 20").expect(&[("eap.tls.flags.start", "1"), ("eap.tls.len", "")]);
        seen(1, "0d 20").expect(&[("eap.tls.flags.version", "")]);
        seen(2, "19 81 00000100 1603").expect(&[
            ("eap.tls.flags.len_included", "1"),
            ("eap.tls.flags.version", "1"),
            ("eap.tls.len", "256"),
            ("eap.data", "1603"),
        ]);
    }

    #[test]
    fn wrong_lengths_are_told() {
        let frame = bytes("0180c2000003 020000000001 888e 01 00 0005 01 07 0003 01");
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.faults, ["malformed: length below 4 (eap.len)"]);
    }
}
