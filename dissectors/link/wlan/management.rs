//! What management frames say in their fixed parts (IEEE 802.11-2020 sections 9.3.3, 9.4.1 and 9.6), before their
//! elements.

use core::fmt;

use crate::bytes::{chunk, slice, u8_at};
use crate::dissector::Fault;
use crate::field::{Field, Value, name_of};
use crate::walk::Walk;

use super::{Control, control, elements};

const ALGORITHM_NAMES: &[(u64, &str)] = &[
    (0, "open system"),
    (1, "shared key"),
    (2, "fast transition"),
    (3, "SAE"),
    (4, "FILS, shared key"),
    (5, "FILS, shared key with PFS"),
    (6, "FILS, public key"),
    (128, "network EAP"),
];
/// Reasons to leave (IEEE 802.11-2020 table 9-49).
const REASON_NAMES: &[(u64, &str)] = &[
    (1, "unspecified"),
    (2, "authentication no longer valid"),
    (3, "leaves the network"),
    (4, "inactive"),
    (5, "too many stations"),
    (6, "not authenticated"),
    (7, "not associated"),
    (8, "leaves the network"),
    (9, "associates without being authenticated"),
    (10, "power capability not acceptable"),
    (11, "channels not acceptable"),
    (12, "transition of the network"),
    (13, "invalid element"),
    (14, "MIC wrong"),
    (15, "4-way handshake timed out"),
    (16, "group key handshake timed out"),
    (17, "element of the handshake differs"),
    (18, "invalid group cipher"),
    (19, "invalid pairwise cipher"),
    (20, "invalid key management"),
    (21, "version of RSN not supported"),
    (22, "invalid RSN capabilities"),
    (23, "802.1X authentication failed"),
    (24, "cipher rejected"),
    (32, "quality of service, unspecified"),
    (34, "too many frames not acknowledged"),
    (36, "leaves"),
    (37, "ends the session"),
    (38, "used without a set-up"),
    (39, "timed out"),
    (45, "cipher not supported"),
];
/// Results (IEEE 802.11-2020 table 9-50).
const STATUS_NAMES: &[(u64, &str)] = &[
    (0, "successful"),
    (1, "unspecified failure"),
    (10, "capabilities not supported"),
    (11, "former association not confirmed"),
    (12, "denied"),
    (13, "algorithm not supported"),
    (14, "step out of sequence"),
    (15, "challenge not met"),
    (16, "timed out"),
    (17, "too many stations"),
    (18, "basic rates not supported"),
    (23, "power capability not acceptable"),
    (24, "channels not acceptable"),
    (30, "try again later"),
    (31, "robust management frames needed"),
    (37, "declined"),
    (38, "invalid parameters"),
    (40, "invalid element"),
    (41, "group cipher not valid"),
    (42, "pairwise cipher not valid"),
    (43, "key management not valid"),
    (44, "version of RSN not supported"),
    (45, "invalid RSN capabilities"),
    (46, "cipher rejected"),
    (53, "invalid PMKID"),
    (72, "invalid RSN element"),
    (76, "token against clogging needed"),
    (77, "group not supported"),
    (126, "hash to element"),
];
/// Categories of actions (IEEE 802.11-2020 table 9-51).
const CATEGORY_NAMES: &[(u64, &str)] = &[
    (0, "spectrum management"),
    (1, "quality of service"),
    (2, "direct link"),
    (3, "block acknowledgment"),
    (4, "public"),
    (5, "radio measurement"),
    (6, "fast transition"),
    (7, "HT"),
    (8, "SA query"),
    (9, "protected public"),
    (10, "network management"),
    (12, "TDLS"),
    (13, "mesh"),
    (15, "self-protected"),
    (17, "WMM"),
    (21, "VHT"),
    (126, "vendor's own, protected"),
    (127, "vendor's own"),
];
const BLOCK_NAMES: &[(u64, &str)] = &[(0, "wanted"), (1, "answer"), (2, "ended")];
/// Public actions (IEEE 802.11-2020 section 9.6.7.1).
const PUBLIC_NAMES: &[(u64, &str)] = &[
    (0, "20/40 MHz coexistence"),
    (1, "DSE enablement"),
    (2, "DSE deenablement"),
    (3, "DSE registered location"),
    (4, "extended channel switch"),
    (5, "DSE measurement request"),
    (6, "DSE measurement report"),
    (7, "measurement pilot"),
    (8, "DSE power constraint"),
    (9, "vendor's own"),
    (10, "GAS initial request"),
    (11, "GAS initial response"),
    (12, "GAS comeback request"),
    (13, "GAS comeback response"),
    (14, "TDLS discovery response"),
    (15, "location track notification"),
    (32, "FTM request"),
    (33, "FTM"),
    (34, "FILS discovery"),
];
/// Actions of 802.11n (IEEE 802.11-2020 section 9.6.11).
const HT_NAMES: &[(u64, &str)] = &[
    (0, "notify channel width"),
    (1, "power save of streams"),
    (2, "PSMP"),
    (3, "set PCO phase"),
    (4, "CSI"),
    (5, "noncompressed beamforming"),
    (6, "compressed beamforming"),
    (7, "antenna selection"),
];
/// Actions of 802.11ac (IEEE 802.11-2020 section 9.6.22).
const VHT_NAMES: &[(u64, &str)] =
    &[(0, "compressed beamforming"), (1, "group identifiers"), (2, "operating mode notification")];
/// Groups that SAE computes in (the registry of IKE's groups).
const GROUP_NAMES: &[(u64, &str)] = &[(19, "NIST P-256"), (20, "NIST P-384"), (21, "NIST P-521")];

fields! {
    TIMESTAMP = Field::u64("wlan.fixed.timestamp", "time stamp (µs)"),
    BEACON = Field::u32("wlan.fixed.beacon", "beacon interval (1.024 ms)"),
    CAPABILITIES = Field::u16("wlan.fixed.capabilities", "capabilities").hex(),
    CAN_ESS = Field::bool("wlan.fixed.capabilities.ess", "infrastructure"),
    CAN_IBSS = Field::bool("wlan.fixed.capabilities.ibss", "ad hoc"),
    CAN_RESERVED_1 = Field::u16("wlan.fixed.capabilities.reserved1", "reserved"),
    CAN_RESERVED_2 = Field::u16("wlan.fixed.capabilities.reserved2", "reserved"),
    CAN_PRIVACY = Field::bool("wlan.fixed.capabilities.privacy", "privacy"),
    CAN_SHORT_PREAMBLE = Field::bool("wlan.fixed.capabilities.short_preamble", "short preamble"),
    CAN_RESERVED_3 = Field::u16("wlan.fixed.capabilities.reserved3", "reserved"),
    CAN_RESERVED_4 = Field::u16("wlan.fixed.capabilities.reserved4", "reserved"),
    CAN_SPECTRUM = Field::bool("wlan.fixed.capabilities.spec_man", "spectrum management"),
    CAN_QOS = Field::bool("wlan.fixed.capabilities.qos", "quality of service"),
    CAN_SHORT_SLOT = Field::bool("wlan.fixed.capabilities.short_slot_time", "short slot time"),
    CAN_APSD = Field::bool("wlan.fixed.capabilities.apsd", "automatic power save"),
    CAN_MEASURE = Field::bool("wlan.fixed.capabilities.radio_measurement", "radio measurement"),
    CAN_EPD = Field::bool("wlan.fixed.capabilities.epd", "EtherType discrimination"),
    CAN_RESERVED_5 = Field::u16("wlan.fixed.capabilities.reserved5", "reserved"),
    CAN_RESERVED_6 = Field::u16("wlan.fixed.capabilities.reserved6", "reserved"),
    LISTEN = Field::u16("wlan.fixed.listen_ival", "listen interval (beacons)").hex(),
    STATUS = Field::u16("wlan.fixed.status_code", "status").hex().names(STATUS_NAMES),
    AID = Field::u16("wlan.fixed.aid", "association").hex(),
    CURRENT = Field::mac("wlan.fixed.current_ap", "current access point"),
    ALGORITHM = Field::u16("wlan.fixed.auth.alg", "algorithm").names(ALGORITHM_NAMES),
    STEP = Field::u16("wlan.fixed.auth_seq", "step").hex(),
    GROUP = Field::u16("wlan.fixed.finite_cyclic_group", "group").names(GROUP_NAMES),
    SCALAR = Field::bytes("wlan.fixed.scalar", "scalar"),
    REASON = Field::u16("wlan.fixed.reason_code", "reason").hex().names(REASON_NAMES),
    CATEGORY = Field::u16("wlan.fixed.category_code", "category").names(CATEGORY_NAMES),
    ACTION = Field::u8("wlan.fixed.action_code", "action"),
    PUBLIC_ACTION = Field::u8("wlan.fixed.publicact", "public action").hex().names(PUBLIC_NAMES),
    HT_ACTION = Field::u8("wlan.fixed.htact", "HT action").hex().names(HT_NAMES),
    VHT_ACTION = Field::u8("wlan.vht.action", "VHT action").names(VHT_NAMES),
    MODE = Field::bytes("wlan.vht.operation_mode_notification", "operating mode"),
    TOKEN = Field::u8("wlan.fixed.dialog_token", "dialog").hex(),
    TRANSACTION = Field::u16("wlan.fixed.transaction_id", "transaction").hex(),
    BLOCK = Field::u16("wlan.fixed.baparams", "block acknowledgment").hex(),
    BLOCK_AMSDU = Field::bool("wlan.fixed.baparams.amsdu", "A-MSDUs"),
    BLOCK_POLICY = Field::bool("wlan.fixed.baparams.policy", "immediate"),
    BLOCK_TID = Field::u16("wlan.fixed.baparams.tid", "traffic").hex(),
    BLOCK_SIZE = Field::u16("wlan.fixed.baparams.buffersize", "buffers"),
    BLOCK_TIMEOUT = Field::u16("wlan.fixed.batimeout", "timeout").hex(),
    END = Field::u16("wlan.fixed.delba.param", "end of block acknowledgment").hex(),
    END_INITIATOR = Field::bool("wlan.fixed.delba.param.initiator", "by the initiator"),
    END_TID = Field::u16("wlan.fixed.delba.param.tid", "traffic").hex(),
}

static CAPABILITY_BITS: &[(&Field, u64)] = &[
    (&CAN_ESS, 0x0001),
    (&CAN_IBSS, 0x0002),
    (&CAN_RESERVED_1, 0x0004),
    (&CAN_RESERVED_2, 0x0008),
    (&CAN_PRIVACY, 0x0010),
    (&CAN_SHORT_PREAMBLE, 0x0020),
    (&CAN_RESERVED_3, 0x0040),
    (&CAN_RESERVED_4, 0x0080),
    (&CAN_SPECTRUM, 0x0100),
    (&CAN_QOS, 0x0200),
    (&CAN_SHORT_SLOT, 0x0400),
    (&CAN_APSD, 0x0800),
    (&CAN_MEASURE, 0x1000),
    (&CAN_EPD, 0x2000),
    (&CAN_RESERVED_5, 0x4000),
    (&CAN_RESERVED_6, 0x8000),
];
const BLOCK_BITS: &[(&Field, u64)] =
    &[(&BLOCK_AMSDU, 0x0001), (&BLOCK_POLICY, 0x0002), (&BLOCK_TID, 0x003c), (&BLOCK_SIZE, 0xffc0)];
const END_BITS: &[(&Field, u64)] = &[(&END_INITIATOR, 0x0800), (&END_TID, 0xf000)];

/// Category of the actions that end with elements, and the one of them that has no dialog.
const SPECTRUM: u8 = 0;
const CHANNEL_SWITCH: u8 = 4;
/// Category of the actions that arrange block acknowledgments, and its actions.
const BLOCK_ACTIONS: u8 = 3;
const BLOCK_WANTED: u8 = 0;
const BLOCK_ANSWER: u8 = 1;
const BLOCK_ENDED: u8 = 2;

/// The algorithm whose messages are not made of elements: SAE.
const SAE: u16 = 3;
/// Subtype of the frames that authenticate.
const AUTHENTICATION: u8 = 11;

/// The parts with a fixed place.
#[derive(Clone, Copy)]
enum Part {
    Timestamp,
    Beacon,
    Capabilities,
    Word(&'static Field),
    /// A word and its bits.
    Bits(&'static Field, &'static [(&'static Field, u64)]),
    Byte(&'static Field),
    /// So many bytes.
    Bytes(&'static Field, usize),
    /// Who gives the rest its meaning.
    Oui,
    /// The number of an association has two more bits set (IEEE 802.11 section 9.4.1.8).
    Aid,
    /// The access point that the station was with.
    Current,
    /// The sequence number that a block begins with.
    Start,
}

impl Part {
    fn len(self) -> usize {
        match self {
            Self::Timestamp => 8,
            Self::Current => 6,
            Self::Byte(_) => 1,
            Self::Bytes(_, len) => len,
            Self::Oui => 3,
            _ => 2,
        }
    }
}

/// The fixed parts of a management frame whose body begins at `at`, and whether elements follow that are read here.
fn parts(data: &[u8], subtype: u8, at: usize) -> (&'static [Part], bool) {
    use Part::{Aid, Beacon, Capabilities, Current, Timestamp, Word};
    const ASK: &[Part] = &[Capabilities, Word(&LISTEN)];
    const ANSWER: &[Part] = &[Capabilities, Word(&STATUS), Aid];
    const ASK_AGAIN: &[Part] = &[Capabilities, Word(&LISTEN), Current];
    const BEACON_OR_PROBE: &[Part] = &[Timestamp, Beacon, Capabilities];
    const TIMING: &[Part] = &[Timestamp, Capabilities];
    const LEAVE: &[Part] = &[Word(&REASON)];
    const AUTHENTICATE: &[Part] = &[Word(&ALGORITHM), Word(&STEP), Word(&STATUS)];
    match subtype {
        0 => (ASK, true),
        1 | 3 => (ANSWER, true),
        2 => (ASK_AGAIN, true),
        4 => (&[], true),
        5 | 8 => (BEACON_OR_PROBE, true),
        6 => (TIMING, true),
        10 | 12 => (LEAVE, true),
        AUTHENTICATION => (AUTHENTICATE, chunk(data, at).map(u16::from_le_bytes) != Some(SAE)),
        13 | 14 => (action(data, at), u8_at(data, at) == Some(SPECTRUM)),
        _ => (&[], false),
    }
}

/// The fixed parts of an action, which its first two bytes name.
fn action(data: &[u8], at: usize) -> &'static [Part] {
    use Part::{Bits, Byte, Bytes, Oui, Start, Word};
    const CATEGORY_ALONE: &[Part] = &[Byte(&CATEGORY)];
    const BY_BYTE: &[Part] = &[Byte(&CATEGORY), Byte(&ACTION)];
    const PUBLIC: &[Part] = &[Byte(&CATEGORY), Byte(&PUBLIC_ACTION)];
    const HT: &[Part] = &[Byte(&CATEGORY), Byte(&HT_ACTION)];
    const VHT: &[Part] = &[Byte(&CATEGORY), Byte(&VHT_ACTION)];
    const VHT_MODE: &[Part] = &[Byte(&CATEGORY), Byte(&VHT_ACTION), Bytes(&MODE, 1)];
    const VENDOR: &[Part] = &[Byte(&CATEGORY), Oui];
    const WITH_TOKEN: &[Part] = &[Byte(&CATEGORY), Byte(&ACTION), Byte(&TOKEN)];
    const QUERY: &[Part] = &[Byte(&CATEGORY), Byte(&ACTION), Word(&TRANSACTION)];
    const WANTED: &[Part] = &[
        Byte(&CATEGORY),
        Byte(&ACTION),
        Byte(&TOKEN),
        Bits(&BLOCK, BLOCK_BITS),
        Word(&BLOCK_TIMEOUT),
        Start,
    ];
    const ANSWERED: &[Part] = &[
        Byte(&CATEGORY),
        Byte(&ACTION),
        Byte(&TOKEN),
        Word(&STATUS),
        Bits(&BLOCK, BLOCK_BITS),
        Word(&BLOCK_TIMEOUT),
    ];
    const ENDED: &[Part] = &[Byte(&CATEGORY), Byte(&ACTION), Bits(&END, END_BITS), Word(&REASON)];
    let Some([category, number]) = chunk(data, at) else { return CATEGORY_ALONE };
    match (category, number) {
        (BLOCK_ACTIONS, BLOCK_WANTED) => WANTED,
        (BLOCK_ACTIONS, BLOCK_ANSWER) => ANSWERED,
        (BLOCK_ACTIONS, BLOCK_ENDED) => ENDED,
        (SPECTRUM, CHANNEL_SWITCH) | (1..=3, _) => BY_BYTE,
        (SPECTRUM | 5, _) => WITH_TOKEN,
        (4 | 9, _) => PUBLIC,
        (7, _) => HT,
        (8, _) => QUERY,
        (21, 2) => VHT_MODE,
        (21, _) => VHT,
        (127, _) => VENDOR,
        _ => CATEGORY_ALONE,
    }
}

fn end_of(parts: &[Part], at: usize) -> usize {
    parts.iter().fold(at, |at, part| at.saturating_add(part.len()))
}

/// What is wrong with the lengths in a frame that had `len` bytes and whose captured bytes are `data`. A check
/// sequence that nobody told of is no element.
pub(super) fn check(data: &[u8], control: Control, len: usize, has_fcs: bool) -> Option<Fault> {
    let at = control.header();
    let (parts, has_elements) = parts(data, control.subtype(), at);
    let mut end = end_of(parts, at);
    let mut begin = end;
    while has_elements && let Some([_, size]) = chunk(data, end) {
        begin = end;
        end = end.saturating_add(2).saturating_add(size.into());
    }
    let is_fcs = !has_fcs && data.len().saturating_sub(begin) == 4;
    match end > data.len() {
        true if data.len() < len => Some(Fault::Short { need: end, have: data.len() }),
        true if !is_fcs => Some(Fault::Malformed("an element reaches beyond the frame (wlan.tag.length)")),
        _ => None,
    }
}

/// Emits the body of a management frame, which begins at `at`.
pub(super) fn body(walk: &mut Walk<'_, '_>, subtype: u8, at: usize) -> Option<()> {
    let (parts, has_elements) = parts(walk.data(), subtype, at);
    let mut at = at;
    for &part in parts {
        emit(walk, part, at)?;
        at = at.saturating_add(part.len());
    }
    match subtype {
        _ if has_elements => elements::all(walk, at),
        AUTHENTICATION => commit(walk, at),
        _ => Some(()),
    }
}

/// Emits the group of an SAE commit, which begins at `at`, and its scalar, which is as long as the prime of the group
/// (IEEE 802.11-2020 section 12.4.7.4). Who must prove his address has a token in front of the scalar, which only the
/// length of all shows; then neither is told.
fn commit(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    const COMMIT: u16 = 1;
    const HASH_TO_ELEMENT: u16 = 126;
    let data = walk.data();
    let word = |at: usize| chunk(data, at).map(u16::from_le_bytes);
    let (step, status) = (word(at.saturating_sub(4))?, word(at.saturating_sub(2))?);
    if step != COMMIT || !matches!(status, 0 | 76 | 77 | HASH_TO_ELEMENT) {
        return Some(());
    }
    let begin = at.saturating_add(2);
    let group = word(at)?;
    walk.uint(&GROUP, at..begin, group)?;
    let len: usize = match group {
        19 => 32,
        20 => 48,
        21 => 66,
        _ => return Some(()),
    };
    // The element behind the scalar is twice as long.
    let left = data.len().saturating_sub(begin);
    let is_plain = status == 0 && left <= len.saturating_mul(3);
    if is_plain || status == HASH_TO_ELEMENT {
        walk.bytes(&SCALAR, begin, len)?;
    }
    Some(())
}

fn emit(walk: &mut Walk<'_, '_>, part: Part, at: usize) -> Option<()> {
    let data = walk.data();
    let place = at..at.saturating_add(part.len());
    let word = || chunk(data, at).map(u16::from_le_bytes);
    match part {
        Part::Timestamp => walk.uint(&TIMESTAMP, place, u64::from_le_bytes(chunk(data, at)?)),
        Part::Beacon => walk.uint(&BEACON, place, word()?),
        Part::Capabilities => bits(walk, at, &CAPABILITIES, CAPABILITY_BITS),
        Part::Word(field) => walk.uint(field, place, word()?),
        Part::Bits(field, rows) => bits(walk, at, field, rows),
        Part::Byte(field) => walk.uint(field, place, u8_at(data, at)?),
        Part::Bytes(field, len) => walk.bytes(field, at, len).map(|_| ()),
        Part::Oui => walk.u24(&elements::OUI, at).map(|_| ()),
        Part::Aid => walk.uint(&AID, place, word()? & 0x3fff),
        Part::Current => walk.mac(&CURRENT, at).map(|_| ()),
        Part::Start => control::start(walk, at).map(|_| ()),
    }
}

fn bits(
    walk: &mut Walk<'_, '_>,
    at: usize,
    field: &'static Field,
    rows: &[(&'static Field, u64)],
) -> Option<()> {
    let place = at..at.saturating_add(2);
    let value = chunk(walk.data(), at).map(u16::from_le_bytes)?;
    walk.open(field, place.clone(), Value::Uint(value.into()))?;
    walk.bits(rows, place, value)?;
    walk.close();
    Some(())
}

/// Writes the name of the network, a reason, a result or an action, where a frame tells them.
pub(super) fn summary(data: &[u8], subtype: u8, header: usize, out: &mut dyn fmt::Write) -> fmt::Result {
    let (parts, has_elements) = parts(data, subtype, header);
    let mut at = header;
    for &part in parts {
        if let Part::Word(field) = part
            && (core::ptr::eq(field, &REASON) || core::ptr::eq(field, &STATUS))
            && let Some(value) = chunk(data, at).map(u16::from_le_bytes)
        {
            match field.name_of(value.into()) {
                Some(name) => write!(out, ", {name}")?,
                None => write!(out, ", {} {value}", field.label)?,
            }
        }
        at = at.saturating_add(part.len());
    }
    if let (13 | 14, Some([category, number])) = (subtype, chunk(data, header)) {
        match name_of(CATEGORY_NAMES, u64::from(category & 0x7f)) {
            Some(name) => write!(out, ", {name}")?,
            None => write!(out, ", category {category}")?,
        }
        if category == BLOCK_ACTIONS
            && let Some(name) = name_of(BLOCK_NAMES, number.into())
        {
            write!(out, " {name}")?;
        }
    }
    if !has_elements {
        return Ok(());
    }
    match elements::network(data, at) {
        Some((0, _)) => out.write_str(", SSID=any"),
        Some((len, at)) => match slice(data, at, len) {
            Some(name) => write!(out, ", SSID={}", name.escape_ascii()),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    const ADDRESSES: &str = "020000000001 020000000002 020000000003";

    fn seen(head: &str, body: &str) -> Seen {
        let frame = bytes(&[head, ADDRESSES, "1000", body].concat());
        survives(LinkType(105), &frame);
        Seen::new(LinkType(105), &frame)
    }

    #[test]
    fn a_station_asks_and_is_answered() {
        let ask = seen("0000 0000", "3104 0a00 0003 6c6162");
        assert_eq!(ask.info, "Association Request, SN=1, FN=0, SSID=lab");
        ask.expect(&[("wlan.fixed.listen_ival", "0x000a"), ("wlan.fixed.capabilities.qos", "0")]);
        let answer = seen("1000 0000", "3104 0000 01c0 0102 8284");
        assert_eq!(answer.info, "Association Response, SN=1, FN=0, successful");
        answer.expect(&[("wlan.fixed.aid", "0x0001"), ("wlan.fixed.status_code", "0x0000")]);
        let again = seen("2000 0000", "3104 0a00 020000000009 0003 6c6162");
        again.expect(&[("wlan.fixed.current_ap", "02:00:00:00:00:09"), ("wlan.ssid", "6c6162")]);
    }

    #[test]
    fn authentication_and_its_end() {
        let shared = seen("b000 0000", "0100 0200 0000 1004 01020304");
        assert_eq!(shared.info, "Authentication, SN=1, FN=0, successful");
        shared.expect(&[("wlan.fixed.auth.alg", "1"), ("wlan.tag.challenge_text", "01020304")]);
        let sae = seen("b000 0000", "0300 0100 0000 1300 ffff");
        sae.expect(&[("wlan.fixed.auth.alg", "3"), ("wlan.tag.number", "")]);
        assert_eq!(sae.faults, [""; 0]);
        let scalar = "11".repeat(32);
        let commit = self::seen("b000 0000", &["0300 0100 0000 1300", scalar.as_str()].concat());
        commit.expect(&[("wlan.fixed.finite_cyclic_group", "19"), ("wlan.fixed.scalar", scalar.as_str())]);
        assert_eq!(seen("c000 0000", "0300").info, "Deauthentication, SN=1, FN=0, leaves the network");
    }

    #[test]
    fn block_acknowledgments_are_arranged() {
        let wanted = seen("d000 0000", "03 00 01 0310 0000 2000");
        assert_eq!(wanted.info, "Action, SN=1, FN=0, block acknowledgment wanted");
        wanted.expect(&[
            ("wlan.fixed.baparams.amsdu", "1"),
            ("wlan.fixed.baparams.buffersize", "64"),
            ("wlan.fixed.ssc.sequence", "2"),
        ]);
        let ended = seen("d000 0000", "03 02 0018 2700");
        ended.expect(&[
            ("wlan.fixed.delba.param.initiator", "1"),
            ("wlan.fixed.delba.param.tid", "0x0001"),
            ("wlan.fixed.reason_code", "0x0027"),
        ]);
        seen("d000 0000", "08 00 0102").expect(&[("wlan.fixed.transaction_id", "0x0201")]);
    }

    #[test]
    fn actions_and_what_follows_them() {
        seen("d000 0000", "00 00 01 2503 010602").expect(&[
            ("wlan.fixed.dialog_token", "0x01"),
            ("wlan.tag.number", "37"),
            ("nd.wlan.tag_data", "010602"),
        ]);
        let switch = seen("d000 0000", "00 04 2503 010602");
        switch.expect(&[("wlan.fixed.dialog_token", ""), ("wlan.tag.number", "37")]);
        seen("d000 0000", "15 02 3f").expect(&[("wlan.vht.operation_mode_notification", "3f")]);
        seen("e000 0000", "7f 506f9a").expect(&[("wlan.tag.oui", "5271450")]);
    }

    #[test]
    fn an_element_beyond_the_frame_is_told() {
        let seen = seen("4000 0000", "0009 6c6162");
        assert_eq!(seen.faults, ["malformed: an element reaches beyond the frame (wlan.tag.length)"]);
        assert_eq!(seen.get("wlan.tag.number"), "0");
        // The last four bytes are no element, but a check sequence that nobody told of.
        assert_eq!(self::seen("4000 0000", "0003 6c6162 fff00102").faults, [""; 0]);
    }
}
