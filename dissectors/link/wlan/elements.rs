//! Elements of management frames (IEEE 802.11-2020 section 9.4.2). What they say of the radio is in `radio.rs`, of
//! ciphers and keys in `security.rs`.

use crate::bytes::chunk;
use crate::cursor::Cursor;
use crate::field::{Field, Value};
use crate::walk::Walk;

use super::{radio, security};

const TAG_NAMES: &[(u64, &str)] = &[
    (0, "SSID"),
    (1, "supported rates"),
    (2, "FH parameters"),
    (3, "DS parameters"),
    (4, "CF parameters"),
    (5, "traffic indication map"),
    (6, "IBSS parameters"),
    (7, "country"),
    (10, "request"),
    (11, "BSS load"),
    (16, "challenge"),
    (32, "power constraint"),
    (33, "power capability"),
    (36, "supported channels"),
    (37, "channel switch"),
    (42, "ERP"),
    (45, "HT capabilities"),
    (46, "quality of service"),
    (48, "RSN"),
    (50, "extended supported rates"),
    (54, "mobility domain"),
    (55, "fast BSS transition"),
    (59, "operating classes"),
    (61, "HT operation"),
    (70, "RM enabled capabilities"),
    (71, "several BSSIDs"),
    (76, "MIC of management"),
    (107, "interworking"),
    (114, "mesh ID"),
    (127, "extended capabilities"),
    (191, "VHT capabilities"),
    (192, "VHT operation"),
    (195, "transmit power"),
    (221, "vendor's own"),
    (244, "RSN extension"),
    (255, "extension"),
];
/// Elements whose number stands behind the length (IEEE 802.11-2020 table 9-92).
const EXTENSION_NAMES: &[(u64, &str)] = &[
    (1, "association delay"),
    (2, "FILS request parameters"),
    (3, "FILS key confirmation"),
    (4, "FILS session"),
    (5, "FILS HLP container"),
    (6, "FILS address assignment"),
    (7, "key delivery"),
    (8, "FILS wrapped data"),
    (10, "extended request"),
    (11, "estimated service parameters"),
    (12, "FILS public key"),
    (13, "FILS nonce"),
    (14, "future channels"),
    (32, "OWE Diffie-Hellman parameter"),
    (33, "password identifier"),
    (35, "HE capabilities"),
    (36, "HE operation"),
    (37, "UORA parameters"),
    (38, "MU EDCA parameters"),
    (39, "spatial reuse"),
    (42, "change of the BSS color"),
    (43, "quiet time period"),
    (45, "ESS report"),
    (47, "HE BSS load"),
    (55, "configuration of several BSSIDs"),
    (56, "non-inheritance"),
    (57, "known BSSIDs"),
    (58, "short SSIDs"),
    (59, "HE capabilities at 6 GHz"),
    (92, "rejected groups"),
    (93, "token against clogging"),
];
/// Rates in steps of 0.5 Mb/s. The highest bit marks those that all stations of the network must know; some numbers
/// with it are no rates, but say what else a station must know (IEEE 802.11-2020 section 9.4.2.3).
const RATE_NAMES: &[(u64, &str)] = &[
    (0x02, "1 Mb/s"),
    (0x04, "2 Mb/s"),
    (0x05, "2.5 Mb/s"),
    (0x06, "3 Mb/s"),
    (0x09, "4.5 Mb/s"),
    (0x0b, "5.5 Mb/s"),
    (0x0c, "6 Mb/s"),
    (0x12, "9 Mb/s"),
    (0x16, "11 Mb/s"),
    (0x18, "12 Mb/s"),
    (0x1b, "13.5 Mb/s"),
    (0x24, "18 Mb/s"),
    (0x2c, "22 Mb/s"),
    (0x30, "24 Mb/s"),
    (0x36, "27 Mb/s"),
    (0x42, "33 Mb/s"),
    (0x48, "36 Mb/s"),
    (0x60, "48 Mb/s"),
    (0x6c, "54 Mb/s"),
    (0x82, "1 Mb/s, basic"),
    (0x84, "2 Mb/s, basic"),
    (0x85, "2.5 Mb/s, basic"),
    (0x86, "3 Mb/s, basic"),
    (0x89, "4.5 Mb/s, basic"),
    (0x8b, "5.5 Mb/s, basic"),
    (0x8c, "6 Mb/s, basic"),
    (0x92, "9 Mb/s, basic"),
    (0x96, "11 Mb/s, basic"),
    (0x98, "12 Mb/s, basic"),
    (0x9b, "13.5 Mb/s, basic"),
    (0xa4, "18 Mb/s, basic"),
    (0xac, "22 Mb/s, basic"),
    (0xb0, "24 Mb/s, basic"),
    (0xb6, "27 Mb/s, basic"),
    (0xc2, "33 Mb/s, basic"),
    (0xc8, "36 Mb/s, basic"),
    (0xe0, "48 Mb/s, basic"),
    (0xec, "54 Mb/s, basic"),
    (0xfb, "SAE by hash to element needed"),
    (0xfc, "EPD needed"),
    (0xfd, "GLK needed"),
    (0xfe, "VHT needed"),
    (0xff, "HT needed"),
];
const OUI_NAMES: &[(u64, &str)] = &[
    (0x00_0fac, "IEEE 802.11"),
    (0x00_1018, "Broadcom"),
    (0x00_4096, "Cisco Aironet"),
    (0x00_50f2, "Microsoft"),
    (0x50_6f9a, "Wi-Fi Alliance"),
];
const MICROSOFT_NAMES: &[(u64, &str)] = &[(1, "WPA"), (2, "WMM"), (4, "WPS")];
const CLASS_NAMES: &[(u64, &str)] = &[(0, "best effort"), (1, "background"), (2, "video"), (3, "voice")];
const WMM_NAMES: &[(u64, &str)] = &[(0, "information"), (1, "parameters"), (2, "traffic")];

fields! {
    TAG = Field::u8("wlan.tag.number", "element").many().names(TAG_NAMES),
    TAG_LENGTH = Field::u32("wlan.tag.length", "length").many(),
    EXTENSION = Field::u8("wlan.ext_tag.number", "its number").many().names(EXTENSION_NAMES),
    EXTENSION_LENGTH = Field::u32("wlan.ext_tag.length", "length behind the number").many(),
    TAG_DATA = Field::bytes("nd.wlan.tag_data", "data").many(),
    SSID = Field::bytes("wlan.ssid", "SSID").many().key(),
    SSID_TEXT = Field::text("nd.wlan.ssid", "name of the network").many(),
    RATE = Field::u8("wlan.supported_rates", "rate").hex().many().names(RATE_NAMES),
    MORE_RATE = Field::u8("wlan.extended_supported_rates", "rate").hex().many().names(RATE_NAMES),
    CHANNEL = Field::u8("wlan.ds.current_channel", "channel").many().key(),
    DTIM_COUNT = Field::u8("wlan.tim.dtim_count", "beacons until the DTIM").many(),
    DTIM_PERIOD = Field::u8("wlan.tim.dtim_period", "beacons between DTIMs").many(),
    BITMAP = Field::u8("wlan.tim.bmapctl", "bitmap").hex().many(),
    BITMAP_GROUP = Field::bool("wlan.tim.bmapctl.multicast", "group traffic waits").many(),
    BITMAP_OFFSET = Field::u8("wlan.tim.bmapctl.offset", "offset").hex().many(),
    BITMAP_PART = Field::bytes("wlan.tim.partial_virtual_bitmap", "stations").many(),
    COUNTRY = Field::text("wlan.country_info.code", "country").many(),
    ENVIRONMENT = Field::u8("wlan.country_info.environment", "environment").many(),
    FIRST_CHANNEL = Field::u8("wlan.country_info.fnm.fcn", "first channel").many(),
    CHANNELS = Field::u8("wlan.country_info.fnm.nc", "channels").many(),
    MAX_POWER = Field::int("wlan.country_info.fnm.mtpl", "power at most (dBm)", 8).many(),
    OPERATING = Field::u8("wlan.country_info.rrc.oei", "operating extension").many(),
    OPERATING_CLASS = Field::u8("wlan.country_info.rrc.oc", "operating class").many(),
    COVERAGE_CLASS = Field::u8("wlan.country_info.rrc.cc", "coverage class").many(),
    LOAD_VERSION = Field::u8("wlan.qbss.version", "version").many(),
    LOAD_STATIONS = Field::u16("wlan.qbss.scount", "stations").many(),
    LOAD_CHANNEL = Field::u8("wlan.qbss.cu", "use of the channel (of 255)").many(),
    LOAD_CAPACITY = Field::u16("wlan.qbss.adc", "capacity left (32 µs/s)").many(),
    CHALLENGE = Field::bytes("wlan.tag.challenge_text", "challenge").many(),
    CONSTRAINT = Field::u8("wlan.powercon.local", "power constraint (dB)").many(),
    POWER_MIN = Field::int("wlan.powercap.min", "power at least (dBm)", 8).many(),
    POWER_MAX = Field::int("wlan.powercap.max", "power at most (dBm)", 8).many(),
    ERP = Field::u8("wlan.erp_info", "ERP").hex().many(),
    ERP_OLD = Field::bool("wlan.erp_info.erp_present", "stations without ERP").many(),
    ERP_PROTECTION = Field::bool("wlan.erp_info.use_protection", "protection needed").many(),
    ERP_BARKER = Field::bool("wlan.erp_info.barker_preamble_mode", "no short preambles").many(),
    ERP_RESERVED = Field::u8("wlan.erp_info.reserved", "reserved").hex().many(),
    MOBILITY = Field::u16("wlan.mobility_domain.mdid", "mobility domain").hex().many(),
    MOBILITY_CAN = Field::u8("wlan.mobility_domain.ft_capab", "fast transition").hex().many(),
    EXTENDED = Field::u8("wlan.extcap", "extended capabilities").hex().many(),
    OUI = Field::u24("wlan.tag.oui", "organization").many().names(OUI_NAMES),
    VENDOR_TYPE = Field::u8("wlan.tag.vendor.oui.type", "its element").many(),
    VENDOR_DATA = Field::bytes("wlan.tag.vendor.data", "data").many(),
    MICROSOFT_TYPE = Field::u8("wlan.wfa.ie.type", "element").hex().many().names(MICROSOFT_NAMES),
    WMM_SUBTYPE = Field::u8("wlan.wfa.ie.wme.subtype", "WMM").many().names(WMM_NAMES),
    WMM_VERSION = Field::u8("wlan.wfa.ie.wme.version", "version").many(),
    WMM_QOS = Field::u8("wlan.wfa.ie.wme.qos_info", "quality of service").hex().many(),
    WMM_RESERVED = Field::bytes("wlan.wfa.ie.wme.reserved", "reserved").many(),
    WMM_CLASS = Field::u8("wlan.wfa.ie.wme.acp.aci_aifsn", "access category").hex().many(),
    WMM_ACI = Field::u8("wlan.wfa.ie.wme.acp.aci", "category").many().names(CLASS_NAMES),
    WMM_ACM = Field::bool("wlan.wfa.ie.wme.acp.acm", "admission needed").many(),
    WMM_AIFSN = Field::u8("wlan.wfa.ie.wme.acp.aifsn", "interframe spaces").many(),
    WMM_WINDOW = Field::u8("wlan.wfa.ie.wme.acp.ecw", "contention window").hex().many(),
    WMM_WINDOW_MAX = Field::u8("wlan.wfa.ie.wme.acp.ecw.max", "exponent of the largest").many(),
    WMM_WINDOW_MIN = Field::u8("wlan.wfa.ie.wme.acp.ecw.min", "exponent of the smallest").many(),
    WMM_TXOP = Field::u16("wlan.wfa.ie.wme.acp.txop_limit", "longest transmission (32 µs)").many(),
}

static ERP_BITS: &[(&Field, u64)] =
    &[(&ERP_OLD, 0x01), (&ERP_PROTECTION, 0x02), (&ERP_BARKER, 0x04), (&ERP_RESERVED, 0xf8)];

/// Bytes of an element's number and length.
const HEADER: usize = 2;
/// Elements of this number have another one behind their length.
const EXTENDED_NUMBER: u8 = 255;
/// First channel numbers from here on are operating extensions instead.
const OPERATING_EXTENSION: u8 = 201;
const MICROSOFT: u32 = 0x00_50f2;
const WPA: u8 = 1;
const WMM: u8 = 2;

/// Emits the elements from `at` on.
pub(super) fn all(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let end = walk.data().len();
    let mut rest = Cursor::new(walk, at, end);
    while rest.left() >= HEADER {
        let [number, len] = chunk(rest.rest(), 0)?;
        let whole = usize::from(len).saturating_add(HEADER);
        rest.group(&TAG, Value::Uint(number.into()), whole, |tag| {
            tag.take(1)?;
            if number == EXTENDED_NUMBER && len > 0 {
                tag.uint(&EXTENSION_LENGTH, 1, len.saturating_sub(1))?;
                tag.u8(&EXTENSION)?;
                return unread(tag);
            }
            tag.uint(&TAG_LENGTH, 1, len)?;
            element(number, tag)
        })?;
    }
    Some(())
}

/// Place of the first name of a network among the elements from `at` on: its length, and where it begins.
pub(super) fn network(data: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut at = at;
    loop {
        let [number, len] = chunk(data, at)?;
        let body = at.saturating_add(HEADER);
        if number == 0 {
            return Some((len.into(), body));
        }
        at = body.saturating_add(len.into());
    }
}

fn element(number: u8, tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    match number {
        0 => {
            let (at, len) = (tag.at(), tag.left());
            bytes(tag, &SSID)?;
            if len == 0 { Some(()) } else { tag.walk().text(&SSID_TEXT, at, len).map(|_| ()) }
        }
        1 => each(tag, &RATE),
        3 => tag.u8(&CHANNEL).map(|_| ()),
        5 => traffic(tag),
        7 => country(tag),
        11 => {
            tag.walk().uint(&LOAD_VERSION, 0..0, 2_u8)?;
            little(tag, &LOAD_STATIONS)?;
            tag.u8(&LOAD_CHANNEL)?;
            little(tag, &LOAD_CAPACITY)
        }
        16 => bytes(tag, &CHALLENGE),
        32 => tag.u8(&CONSTRAINT).map(|_| ()),
        33 => {
            signed(tag, &POWER_MIN)?;
            signed(tag, &POWER_MAX)
        }
        42 => {
            let value = tag.peek(1)?;
            parts(tag, &ERP, 1, value, ERP_BITS)
        }
        45 => radio::ht(tag),
        48 => security::rsn(tag),
        50 => each(tag, &MORE_RATE),
        54 => {
            little(tag, &MOBILITY)?;
            tag.u8(&MOBILITY_CAN).map(|_| ())
        }
        61 => radio::ht_operation(tag),
        127 => each(tag, &EXTENDED),
        191 => radio::vht(tag),
        192 => radio::vht_operation(tag),
        221 => vendor(tag),
        _ => unread(tag),
    }
}

/// Emits what nobody here can read.
fn unread(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    if tag.left() == 0 { Some(()) } else { bytes(tag, &TAG_DATA) }
}

/// Emits what is left as bytes.
fn bytes(tag: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    let len = tag.left();
    tag.bytes(field, len).map(|_| ())
}

/// Emits every byte that is left as a number of its own.
fn each(tag: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    while tag.left() > 0 {
        tag.u8(field)?;
    }
    Some(())
}

fn signed(tag: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    let [byte] = chunk(tag.rest(), 0)?;
    tag.emit(field, 1, Value::Int(byte.cast_signed().into()))
}

/// The next two bytes as a number, which is not passed over.
pub(super) fn peek(tag: &Cursor<'_, '_, '_>) -> Option<u16> {
    chunk(tag.rest(), 0).map(u16::from_le_bytes)
}

/// Emits a number of two bytes.
pub(super) fn little(tag: &mut Cursor<'_, '_, '_>, field: &'static Field) -> Option<()> {
    let value = peek(tag)?;
    tag.uint(field, 2, value)
}

/// Emits a number of `len` bytes and its bits below it.
pub(super) fn parts(
    tag: &mut Cursor<'_, '_, '_>,
    field: &'static Field,
    len: usize,
    value: u32,
    rows: &[(&'static Field, u64)],
) -> Option<()> {
    let at = tag.take(len)?;
    let place = at..tag.at();
    let walk = tag.walk();
    walk.open(field, place.clone(), Value::Uint(value.into()))?;
    walk.bits(rows, place, value)?;
    walk.close();
    Some(())
}

/// Whose traffic waits at the access point.
fn traffic(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    tag.u8(&DTIM_COUNT)?;
    tag.u8(&DTIM_PERIOD)?;
    let value = tag.peek(1)?;
    parts(tag, &BITMAP, 1, value, &[(&BITMAP_GROUP, 0x01), (&BITMAP_OFFSET, 0xfe)])?;
    bytes(tag, &BITMAP_PART)
}

/// Where the network is, and which channels it may use with which power; a byte of padding may end it.
fn country(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    tag.text(&COUNTRY, 2)?;
    tag.u8(&ENVIRONMENT)?;
    while tag.left() >= 3 {
        if tag.peek(1)? >= u32::from(OPERATING_EXTENSION) {
            tag.u8(&OPERATING)?;
            tag.u8(&OPERATING_CLASS)?;
            tag.u8(&COVERAGE_CLASS)?;
        } else {
            tag.u8(&FIRST_CHANNEL)?;
            tag.u8(&CHANNELS)?;
            signed(tag, &MAX_POWER)?;
        }
    }
    Some(())
}

fn vendor(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let oui = tag.u24(&OUI)?;
    let kind = tag.u8(&VENDOR_TYPE)?;
    if oui == MICROSOFT {
        let at = tag.at();
        tag.walk().uint(&MICROSOFT_TYPE, at.saturating_sub(1)..at, kind)?;
    }
    match (oui, kind) {
        (MICROSOFT, WPA) => security::wpa(tag),
        (MICROSOFT, WMM) => multimedia(tag),
        _ if tag.left() == 0 => Some(()),
        _ => bytes(tag, &VENDOR_DATA),
    }
}

/// Wi-Fi Multimedia: what quality of service was before it was standardized.
fn multimedia(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let kind = tag.u8(&WMM_SUBTYPE)?;
    tag.u8(&WMM_VERSION)?;
    if kind > 1 {
        return Some(());
    }
    tag.u8(&WMM_QOS)?;
    if kind == 0 {
        return Some(());
    }
    tag.bytes(&WMM_RESERVED, 1)?;
    while tag.left() >= 4 {
        let class = tag.peek(1)?;
        let rows = [(&WMM_ACI, 0x60), (&WMM_ACM, 0x10), (&WMM_AIFSN, 0x0f)];
        parts(tag, &WMM_CLASS, 1, class, &rows)?;
        let window = tag.peek(1)?;
        parts(tag, &WMM_WINDOW, 1, window, &[(&WMM_WINDOW_MAX, 0xf0), (&WMM_WINDOW_MIN, 0x0f)])?;
        little(tag, &WMM_TXOP)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    const HEAD: &str = "8000 0000 ffffffffffff 020000000001 020000000001 1000 0100000000000000 6400 1104";

    fn seen(elements: &str) -> Seen {
        let frame = bytes(&[HEAD, elements].concat());
        survives(LinkType(105), &frame);
        Seen::new(LinkType(105), &frame)
    }

    #[test]
    fn a_beacon_tells_the_name_of_its_network() {
        let seen = seen("0003 6c6162 0102 8284 0301 06 dd05 506f9a 10 ff");
        assert_eq!(seen.info, "Beacon frame, SN=1, FN=0, SSID=lab");
        seen.expect(&[
            ("wlan.fixed.timestamp", "1"),
            ("wlan.fixed.beacon", "100"),
            ("wlan.fixed.capabilities.privacy", "1"),
            ("wlan.tag.number", "0,1,3,221"),
            ("wlan.tag.length", "3,2,1,5"),
            ("wlan.ssid", "6c6162"),
            ("nd.wlan.ssid", "lab"),
            ("wlan.supported_rates", "0x82,0x84"),
            ("wlan.ds.current_channel", "6"),
            ("wlan.tag.oui", "5271450"),
            ("wlan.tag.vendor.oui.type", "16"),
            ("wlan.tag.vendor.data", "ff"),
        ]);
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn what_else_a_beacon_tells() {
        let country = "0706 444520 010d14";
        let seen = seen(&["0504 00 03 01 00", country, "0b05 0200 40 1027", "2a01 04"].concat());
        seen.expect(&[
            ("wlan.tim.dtim_period", "3"),
            ("wlan.tim.bmapctl.multicast", "1"),
            ("wlan.tim.partial_virtual_bitmap", "00"),
            ("wlan.country_info.code", "DE"),
            ("wlan.country_info.environment", "32"),
            ("wlan.country_info.fnm.fcn", "1"),
            ("wlan.country_info.fnm.nc", "13"),
            ("wlan.country_info.fnm.mtpl", "20"),
            ("wlan.qbss.scount", "2"),
            ("wlan.qbss.adc", "10000"),
            ("wlan.erp_info.barker_preamble_mode", "1"),
        ]);
    }

    #[test]
    fn elements_without_a_reader_show_their_bytes() {
        let seen = seen("ff05 23 01020304 5602 aabb ff00 2500");
        seen.expect(&[
            ("wlan.tag.number", "255,86,255,37"),
            ("wlan.tag.length", "2,0,0"),
            ("wlan.ext_tag.number", "35"),
            ("wlan.ext_tag.length", "4"),
            ("nd.wlan.tag_data", "01020304,aabb"),
        ]);
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn quality_of_service_of_wmm() {
        seen("dd18 0050f2 02 01 01 84 00 03a40000 27a40000 42435e00 62322f00").expect(&[
            ("wlan.wfa.ie.type", "0x02"),
            ("wlan.wfa.ie.wme.acp.aci", "0,1,2,3"),
            ("wlan.wfa.ie.wme.acp.aifsn", "3,7,2,2"),
            ("wlan.wfa.ie.wme.acp.ecw.max", "10,10,4,3"),
            ("wlan.wfa.ie.wme.acp.txop_limit", "0,0,94,47"),
        ]);
    }
}
