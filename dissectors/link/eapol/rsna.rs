//! The key frames of a protected wireless network: the 4-way handshake and that of the group key (IEEE 802.11-2020
//! section 12.7.2), and WPA's, which have the same form.

use core::fmt;

use crate::bytes::{fixed, u16_at};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value};
use crate::link::eapol::{self, EAPOL_KEYDES};
use crate::packet::Layer;
use crate::walk::Walk;

const VERSION_NAMES: &[(u64, &str)] = &[
    (0, "by the key management"),
    (1, "RC4 and HMAC-MD5"),
    (2, "AES and HMAC-SHA1"),
    (3, "AES and AES-128-CMAC"),
];

fields! {
    INFO = Field::u16("wlan_rsna_eapol.keydes.key_info", "key information").hex(),
    VERSION = Field::u16("wlan_rsna_eapol.keydes.key_info.keydes_version", "version").names(VERSION_NAMES),
    PAIRWISE = Field::bool("wlan_rsna_eapol.keydes.key_info.key_type", "pairwise key"),
    INDEX = Field::u16("wlan_rsna_eapol.keydes.key_info.key_index", "key index"),
    INSTALL = Field::bool("wlan_rsna_eapol.keydes.key_info.install", "to be installed"),
    ACK = Field::bool("wlan_rsna_eapol.keydes.key_info.key_ack", "answer expected"),
    HAS_MIC = Field::bool("wlan_rsna_eapol.keydes.key_info.key_mic", "MIC present"),
    SECURE = Field::bool("wlan_rsna_eapol.keydes.key_info.secure", "secure"),
    ERROR = Field::bool("wlan_rsna_eapol.keydes.key_info.error", "error"),
    REQUEST = Field::bool("wlan_rsna_eapol.keydes.key_info.request", "request"),
    ENCRYPTED = Field::bool("wlan_rsna_eapol.keydes.key_info.encrypted_key_data", "key data encrypted"),
    SMK = Field::bool("wlan_rsna_eapol.keydes.key_info.smk_message", "SMK message"),
    MESSAGE = Field::u8("wlan_rsna_eapol.keydes.msgnr", "message").key(),
    NONCE = Field::bytes("wlan_rsna_eapol.keydes.nonce", "nonce"),
    RSC = Field::bytes("wlan_rsna_eapol.keydes.rsc", "sequence counter"),
    ID = Field::bytes("wlan_rsna_eapol.keydes.id", "key identifier"),
    MIC = Field::bytes("wlan_rsna_eapol.keydes.mic", "MIC"),
    DATA_LENGTH = Field::u16("wlan_rsna_eapol.keydes.data_len", "length of the key data"),
    DATA = Field::bytes("wlan_rsna_eapol.keydes.data", "key data");
    eapol::KEY_LENGTH, eapol::REPLAY, eapol::KEY_IV,
}

static PROTOCOL: Protocol = Protocol {
    name: "wlan_rsna_eapol",
    title: "802.11 key",
    about: "Key frames of protected wireless LANs (IEEE 802.11)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&EAPOL_KEYDES, 2), Key::new(&EAPOL_KEYDES, 254)];

static INFO_BITS: &[(&Field, u64)] = &[
    (&VERSION, 0x0007),
    (&PAIRWISE, 0x0008),
    (&INDEX, 0x0030),
    (&INSTALL, 0x0040),
    (&ACK, 0x0080),
    (&HAS_MIC, 0x0100),
    (&SECURE, 0x0200),
    (&ERROR, 0x0400),
    (&REQUEST, 0x0800),
    (&ENCRYPTED, 0x1000),
    (&SMK, 0x2000),
];

/// Bytes of a frame without key data.
const HEADER: usize = 94;
/// Where the length of the key data stands.
const DATA_LENGTH_AT: usize = 92;
const NONCE_LEN: usize = 32;
const IV_LEN: usize = 16;
const MIC_LEN: usize = 16;
/// Bytes of the sequence counter, and of the identifier.
const COUNTER_LEN: usize = 8;

/// Key frames of wireless LANs.
#[derive(Debug)]
pub struct Rsna;

/// Which message of its handshake a frame is, and how many there are. The last message of a pairwise key carries no
/// key data, except where it is to be told by its secure bit.
fn message(info: u16, data_len: u16) -> (u8, u8) {
    let (answered, protected) = (info & 0x0080 != 0, info & 0x0100 != 0);
    match info & 0x0008 != 0 {
        true if answered => (if protected { 3 } else { 1 }, 4),
        true if info & 0x0200 != 0 || data_len == 0 => (4, 4),
        true => (2, 4),
        false => (if answered { 1 } else { 2 }, 2),
    }
}

impl Dissector for Rsna {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        fixed::<HEADER>(data)?;
        let len = usize::from(u16_at(data, DATA_LENGTH_AT).unwrap_or_default()).saturating_add(HEADER);
        if len > cx.wire_len {
            cx.flaw(Fault::Malformed("key data beyond the frame (wlan_rsna_eapol.keydes.data_len)"));
        } else if len > data.len() {
            cx.flaw(Fault::Short { need: len, have: data.len() });
        }
        Ok(Parsed::end(len))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let (info, data_len) = (u16_at(walk.data(), 0)?, u16_at(walk.data(), DATA_LENGTH_AT));
        if let Some(data_len) = data_len {
            walk.uint(&MESSAGE, 0..2, message(info, data_len).0)?;
        }
        walk.open(&INFO, 0..2, Value::Uint(info.into()))?;
        walk.bits(INFO_BITS, 0..2, info)?;
        walk.close();
        let end = walk.data().len();
        let mut body = Cursor::new(walk, 2, end);
        body.u16(&eapol::KEY_LENGTH)?;
        body.u64(&eapol::REPLAY)?;
        body.bytes(&NONCE, NONCE_LEN)?;
        body.bytes(&eapol::KEY_IV, IV_LEN)?;
        body.bytes(&RSC, COUNTER_LEN)?;
        body.bytes(&ID, COUNTER_LEN)?;
        body.bytes(&MIC, MIC_LEN)?;
        let len = usize::from(body.u16(&DATA_LENGTH)?);
        if len > 0 {
            body.bytes(&DATA, len)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        match (u16_at(data, 0), u16_at(data, DATA_LENGTH_AT)) {
            (Some(info), Some(len)) => {
                let (number, count) = message(info, len);
                let group = if info & 0x0008 == 0 { "Group " } else { "" };
                write!(out, "Key ({group}Message {number} of {count})")
            }
            _ => out.write_str("Key, cut"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    /// A frame with this key information and these key data.
    fn seen(info: &str, data: &str) -> Seen {
        let zeros = |count: usize| -> String { "00".repeat(count) };
        let data_len = data.len() / 2;
        let body = format!(
            "02 {info} 0010 0000000000000001 {} {} {} {} {} {data_len:04x} {data}",
            "11".repeat(32),
            zeros(16),
            zeros(8),
            zeros(8),
            "22".repeat(16)
        );
        let head = format!("020000000001 020000000002 888e 02 03 {:04x}", 95 + data_len);
        let frame = bytes(&[head, body].concat());
        survives(LinkType::ETHERNET, &frame);
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn messages_are_counted() {
        let first = seen("008a", "dd04000fac04");
        assert_eq!(first.protocols, "eth:ethertype:eapol:wlan_rsna_eapol");
        assert_eq!(first.info, "Key (Message 1 of 4)");
        first.expect(&[
            ("eapol.keydes.type", "2"),
            ("eapol.keydes.key_len", "16"),
            ("eapol.keydes.replay_counter", "1"),
            ("wlan_rsna_eapol.keydes.key_info.key_ack", "1"),
            ("wlan_rsna_eapol.keydes.msgnr", "1"),
            ("wlan_rsna_eapol.keydes.data", "dd04000fac04"),
        ]);
        assert_eq!(seen("010a", "3000").info, "Key (Message 2 of 4)");
        assert_eq!(seen("13ca", "3000").info, "Key (Message 3 of 4)");
        assert_eq!(seen("030a", "").info, "Key (Message 4 of 4)");
        assert_eq!(seen("1382", "3000").info, "Key (Group Message 1 of 2)");
        assert_eq!(seen("0302", "").info, "Key (Group Message 2 of 2)");
    }
}
