//! Ciphers and keys that a network wants: RSN (IEEE 802.11-2020 section 9.4.2.24) and WPA, its forerunner.

use crate::cursor::Cursor;
use crate::field::Field;

use super::elements::{little, parts, peek};

/// Ciphers (IEEE 802.11-2020 table 9-149).
const CIPHER_NAMES: &[(u64, &str)] = &[
    (0, "that of the group"),
    (1, "WEP-40"),
    (2, "TKIP"),
    (4, "CCMP-128"),
    (5, "WEP-104"),
    (6, "BIP-CMAC-128"),
    (7, "no group traffic"),
    (8, "GCMP-128"),
    (9, "GCMP-256"),
    (10, "CCMP-256"),
    (11, "BIP-GMAC-128"),
    (12, "BIP-GMAC-256"),
    (13, "BIP-CMAC-256"),
];
/// Ways to agree upon keys (IEEE 802.11-2020 table 9-151).
const KEY_NAMES: &[(u64, &str)] = &[
    (1, "802.1X"),
    (2, "PSK"),
    (3, "802.1X, fast transition"),
    (4, "PSK, fast transition"),
    (5, "802.1X, SHA-256"),
    (6, "PSK, SHA-256"),
    (7, "TDLS"),
    (8, "SAE"),
    (9, "SAE, fast transition"),
    (11, "802.1X, suite B"),
    (12, "802.1X, suite B, SHA-384"),
    (14, "FILS, SHA-256"),
    (15, "FILS, SHA-384"),
    (18, "OWE"),
];

fields! {
    VERSION = Field::u16("wlan.rsn.version", "version").many(),
    GROUP_OUI = Field::u24("wlan.rsn.gcs.oui", "group cipher's organization").many(),
    GROUP = Field::u8("wlan.rsn.gcs.type", "group cipher").many().names(CIPHER_NAMES),
    PAIRWISE_COUNT = Field::u16("wlan.rsn.pcs.count", "pairwise ciphers").many(),
    PAIRWISE_OUI = Field::u24("wlan.rsn.pcs.oui", "pairwise cipher's organization").many(),
    PAIRWISE = Field::u8("wlan.rsn.pcs.type", "pairwise cipher").many().names(CIPHER_NAMES),
    KEYS_COUNT = Field::u16("wlan.rsn.akms.count", "ways to agree upon keys").many(),
    KEYS_OUI = Field::u24("wlan.rsn.akms.oui", "their organization").many(),
    KEYS = Field::u8("wlan.rsn.akms.type", "keys by").many().names(KEY_NAMES),
    CAN = Field::u16("wlan.rsn.capabilities", "RSN capabilities").hex().many(),
    CAN_PREAUTH = Field::bool("wlan.rsn.capabilities.preauth", "authentication in advance").many(),
    CAN_NO_PAIRWISE = Field::bool("wlan.rsn.capabilities.no_pairwise", "no pairwise key besides WEP").many(),
    CAN_PTKSA = Field::u16("wlan.rsn.capabilities.ptksa_replay_counter", "replay counters, pairwise").hex().many(),
    CAN_GTKSA = Field::u16("wlan.rsn.capabilities.gtksa_replay_counter", "replay counters, group").hex().many(),
    CAN_MFPR = Field::bool("wlan.rsn.capabilities.mfpr", "management must be protected").many(),
    CAN_MFPC = Field::bool("wlan.rsn.capabilities.mfpc", "management can be protected").many(),
    CAN_JMR = Field::bool("wlan.rsn.capabilities.jmr", "several bands").many(),
    CAN_PEERKEY = Field::bool("wlan.rsn.capabilities.peerkey", "peer keys").many(),
    PMKID_COUNT = Field::u16("wlan.rsn.pmkid.count", "PMKIDs").many(),
    PMKID = Field::bytes("wlan.rsn.pmkid.list", "PMKID").many(),
    MANAGEMENT_OUI = Field::u24("wlan.rsn.gmcs.oui", "management cipher's organization").many(),
    MANAGEMENT = Field::u8("wlan.rsn.gmcs.type", "management cipher").many().names(CIPHER_NAMES),
    WPA_VERSION = Field::u16("wlan.wfa.ie.wpa.version", "WPA version").many(),
    WPA_GROUP_OUI = Field::u24("wlan.wfa.ie.wpa.mcs.oui", "group cipher's organization").many(),
    WPA_GROUP = Field::u8("wlan.wfa.ie.wpa.mcs.type", "group cipher").many().names(CIPHER_NAMES),
    WPA_PAIRWISE_COUNT = Field::u16("wlan.wfa.ie.wpa.ucs.count", "pairwise ciphers").many(),
    WPA_PAIRWISE_OUI = Field::u24("wlan.wfa.ie.wpa.ucs.oui", "pairwise cipher's organization").many(),
    WPA_PAIRWISE = Field::u8("wlan.wfa.ie.wpa.ucs.type", "pairwise cipher").many().names(CIPHER_NAMES),
    WPA_KEYS_COUNT = Field::u16("wlan.wfa.ie.wpa.akms.count", "ways to agree upon keys").many(),
    WPA_KEYS_OUI = Field::u24("wlan.wfa.ie.wpa.akms.oui", "their organization").many(),
    WPA_KEYS = Field::u8("wlan.wfa.ie.wpa.akms.type", "keys by").many().names(KEY_NAMES),
}

static CAN_BITS: &[(&Field, u64)] = &[
    (&CAN_PREAUTH, 0x0001),
    (&CAN_NO_PAIRWISE, 0x0002),
    (&CAN_PTKSA, 0x000c),
    (&CAN_GTKSA, 0x0030),
    (&CAN_MFPR, 0x0040),
    (&CAN_MFPC, 0x0080),
    (&CAN_JMR, 0x0100),
    (&CAN_PEERKEY, 0x0200),
];

/// Bytes of the name of a key.
const PMKID_LEN: usize = 16;

/// RSN. Whatever stands at its end may be missing.
pub(super) fn rsn(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    little(tag, &VERSION)?;
    suite(tag, &GROUP_OUI, &GROUP)?;
    suites(tag, &PAIRWISE_COUNT, &PAIRWISE_OUI, &PAIRWISE)?;
    suites(tag, &KEYS_COUNT, &KEYS_OUI, &KEYS)?;
    let can = peek(tag)?;
    parts(tag, &CAN, 2, can.into(), CAN_BITS)?;
    let count = peek(tag)?;
    little(tag, &PMKID_COUNT)?;
    for _ in 0..count {
        tag.bytes(&PMKID, PMKID_LEN)?;
    }
    suite(tag, &MANAGEMENT_OUI, &MANAGEMENT)
}

/// WPA; its organization and type are read already.
pub(super) fn wpa(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    little(tag, &WPA_VERSION)?;
    suite(tag, &WPA_GROUP_OUI, &WPA_GROUP)?;
    suites(tag, &WPA_PAIRWISE_COUNT, &WPA_PAIRWISE_OUI, &WPA_PAIRWISE)?;
    suites(tag, &WPA_KEYS_COUNT, &WPA_KEYS_OUI, &WPA_KEYS)
}

/// A cipher or a way to agree upon keys: whose number it is, and the number.
fn suite(tag: &mut Cursor<'_, '_, '_>, oui: &'static Field, kind: &'static Field) -> Option<()> {
    tag.u24(oui)?;
    tag.u8(kind).map(|_| ())
}

/// Several of them, with their count in front.
fn suites(
    tag: &mut Cursor<'_, '_, '_>,
    counted: &'static Field,
    oui: &'static Field,
    kind: &'static Field,
) -> Option<()> {
    let count = peek(tag)?;
    little(tag, counted)?;
    for _ in 0..count {
        suite(tag, oui, kind)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    fn seen(element: &str) -> Seen {
        let head = "4000 0000 ffffffffffff 020000000001 ffffffffffff 1000";
        let frame = bytes(&[head, element].concat());
        survives(LinkType(105), &frame);
        Seen::new(LinkType(105), &frame)
    }

    #[test]
    fn rsn_with_and_without_its_end() {
        let short = "3014 0100 000fac04 0100 000fac04 0100 000fac02 8c00";
        seen(short).expect(&[
            ("wlan.rsn.version", "1"),
            ("wlan.rsn.gcs.oui", "4012"),
            ("wlan.rsn.gcs.type", "4"),
            ("wlan.rsn.akms.type", "2"),
            ("wlan.rsn.capabilities.ptksa_replay_counter", "0x0003"),
            ("wlan.rsn.capabilities.mfpc", "1"),
            ("wlan.rsn.pmkid.count", ""),
        ]);
        let long = "302a 0100 000fac04 0100 000fac04 0100 000fac08 c000 0100 000102030405060708090a0b0c0d0e0f 000fac06";
        seen(long).expect(&[
            ("wlan.rsn.pmkid.list", "000102030405060708090a0b0c0d0e0f"),
            ("wlan.rsn.gmcs.type", "6"),
        ]);
    }

    #[test]
    fn wpa_with_two_ciphers() {
        seen("dd1a 0050f2 01 0100 0050f202 0200 0050f202 0050f204 0100 0050f202").expect(&[
            ("wlan.wfa.ie.wpa.version", "1"),
            ("wlan.wfa.ie.wpa.ucs.type", "2,4"),
            ("wlan.wfa.ie.wpa.akms.type", "2"),
        ]);
    }

    #[test]
    fn a_count_that_lies_ends_with_its_element() {
        let seen = seen("300a 0100 000fac04 ffff 0000 0000");
        assert_eq!(seen.get("wlan.rsn.pcs.type"), "");
        assert_eq!(seen.get("wlan.tag.number"), "48,0");
    }
}
