//! Wireless LAN (IEEE 802.11-2020 section 9): headers of all frames, what data frames carry, and what management and
//! control frames say.

use core::fmt;
use core::ops::Range;

use crate::bytes::{chunk, fixed, u8_at};
use crate::checksum::{STATUS_NAMES, Status};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value, concat, name_of};
use crate::link::ethernet::LLC_PAYLOAD;
use crate::network::gre::GRE_PROTO;
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

mod control;
mod elements;
mod management;
mod radio;
mod security;

/// Frames of 802.11 by what was captured besides them: a sum of [`WITH_FCS`] and [`PADDED`].
pub static WLAN_FRAME: Table = Table { name: "wlan.frame" };
/// In [`WLAN_FRAME`]: the last four bytes are the check sequence.
pub const WITH_FCS: u32 = 1;
/// In [`WLAN_FRAME`]: the header of data frames is padded to a multiple of four bytes.
pub const PADDED: u32 = 2;

const TYPE_NAMES: &[(u64, &str)] = &[(0, "management"), (1, "control"), (2, "data"), (3, "extension")];
/// Type and subtype in one number (IEEE 802.11 table 9-1).
const SUBTYPE_NAMES: &[(u64, &str)] = &[
    (0x00, "Association Request"),
    (0x01, "Association Response"),
    (0x02, "Reassociation Request"),
    (0x03, "Reassociation Response"),
    (0x04, "Probe Request"),
    (0x05, "Probe Response"),
    (0x06, "Timing Advertisement"),
    (0x08, "Beacon frame"),
    (0x09, "ATIM"),
    (0x0a, "Disassociate"),
    (0x0b, "Authentication"),
    (0x0c, "Deauthentication"),
    (0x0d, "Action"),
    (0x0e, "Action No Ack"),
    (0x12, "Trigger"),
    (0x14, "Beamforming Report Poll"),
    (0x15, "NDP Announcement"),
    (0x16, "Control Frame Extension"),
    (0x17, "Control Wrapper"),
    (0x18, "Block Ack Request"),
    (0x19, "Block Ack"),
    (0x1a, "PS-Poll"),
    (0x1b, "Request-to-send"),
    (0x1c, "Clear-to-send"),
    (0x1d, "Acknowledgement"),
    (0x1e, "CF-End"),
    (0x1f, "CF-End and CF-Ack"),
    (0x20, "Data"),
    (0x21, "Data and CF-Ack"),
    (0x22, "Data and CF-Poll"),
    (0x23, "Data, CF-Ack and CF-Poll"),
    (0x24, "Null function"),
    (0x25, "CF-Ack"),
    (0x26, "CF-Poll"),
    (0x27, "CF-Ack and CF-Poll"),
    (0x28, "QoS Data"),
    (0x29, "QoS Data and CF-Ack"),
    (0x2a, "QoS Data and CF-Poll"),
    (0x2b, "QoS Data, CF-Ack and CF-Poll"),
    (0x2c, "QoS Null function"),
    (0x2e, "QoS CF-Poll"),
    (0x2f, "QoS CF-Ack and CF-Poll"),
    (0x30, "DMG Beacon"),
    (0x31, "S1G Beacon"),
];
const DS_NAMES: &[(u64, &str)] = &[
    (0, "none"),
    (1, "to the distribution system"),
    (2, "from the distribution system"),
    (3, "between access points"),
];
const ACK_NAMES: &[(u64, &str)] = &[(0, "normal"), (1, "none"), (2, "no explicit one"), (3, "in a block")];

fields! {
    TYPE_SUBTYPE = Field::u16("wlan.fc.type_subtype", "frame").hex().key().names(SUBTYPE_NAMES),
    FC = Field::u16("wlan.fc", "frame control").hex(),
    VERSION = Field::u8("wlan.fc.version", "version"),
    TYPE = Field::u8("wlan.fc.type", "type").names(TYPE_NAMES),
    SUBTYPE = Field::u8("wlan.fc.subtype", "subtype"),
    DS = Field::u8("wlan.fc.ds", "distribution").hex().names(DS_NAMES),
    TO_DS = Field::bool("wlan.fc.tods", "to the distribution system"),
    FROM_DS = Field::bool("wlan.fc.fromds", "from the distribution system"),
    MORE_FRAGMENTS = Field::bool("wlan.fc.frag", "more fragments"),
    RETRY = Field::bool("wlan.fc.retry", "sent again"),
    POWER = Field::bool("wlan.fc.pwrmgt", "will sleep"),
    MORE_DATA = Field::bool("wlan.fc.moredata", "more data waits"),
    PROTECTED = Field::bool("wlan.fc.protected", "protected"),
    ORDER = Field::bool("wlan.fc.order", "HT control present, or strict order"),
    DURATION = Field::u16("wlan.duration", "duration (µs)"),
    AID = Field::u16("wlan.aid", "association"),
    RA = Field::mac("wlan.ra", "receiver").key(),
    TA = Field::mac("wlan.ta", "transmitter").key(),
    DA = Field::mac("wlan.da", "destination").key(),
    SA = Field::mac("wlan.sa", "source").key(),
    BSSID = Field::mac("wlan.bssid", "BSS").key(),
    STAA = Field::mac("wlan.staa", "station"),
    ADDRESS_3 = Field::mac("nd.wlan.address_3", "address 3 (BSS)"),
    ADDR = Field::mac("wlan.addr", "address").many().hidden(),
    FRAGMENT = Field::u16("wlan.frag", "fragment"),
    SEQUENCE = Field::u16("wlan.seq", "sequence number"),
    QOS = Field::u16("wlan.qos", "quality of service").hex(),
    QOS_TID = Field::u16("wlan.qos.tid", "traffic"),
    QOS_PRIORITY = Field::u16("wlan.qos.priority", "priority"),
    QOS_EOSP = Field::bool("wlan.qos.eosp", "end of the service period"),
    QOS_BIT4 = Field::bool("wlan.qos.bit4", "queue size follows"),
    QOS_ACK = Field::u16("wlan.qos.ack", "acknowledgment").hex().names(ACK_NAMES),
    QOS_AMSDU = Field::bool("wlan.qos.amsdupresent", "several frames inside"),
    QOS_TXOP = Field::u16("wlan.qos.txop_dur_req", "duration wanted (32 µs)"),
    QOS_QUEUE = Field::u16("wlan.qos.queue_size", "queue size (256 bytes)"),
    QOS_BUFFER = Field::u16("wlan.qos.ps_buf_state", "state of the access point's buffer").hex(),
    QOS_BUFFER_TOLD = Field::bool("wlan.qos.buf_state_indicated", "state of the buffer is told"),
    HTC = Field::u32("wlan.htc", "HT control").hex(),
    WEP_IV = Field::u24("wlan.wep.iv", "initialization vector").hex(),
    TKIP_IV = Field::text("wlan.tkip.extiv", "sequence counter of TKIP"),
    CCMP_IV = Field::text("wlan.ccmp.extiv", "packet number of CCMP"),
    KEY_INDEX = Field::u8("wlan.wep.key", "key"),
    WEP_ICV = Field::u32("wlan.wep.icv", "check value").hex(),
    FCS = Field::u32("wlan.fcs", "frame check sequence").hex(),
    FCS_STATUS = Field::u8("wlan.fcs.status", "frame check sequence status").names(STATUS_NAMES),
}

const OTHERS: [&[&Field]; 5] =
    [control::FIELDS, management::FIELDS, elements::FIELDS, radio::FIELDS, security::FIELDS];
static ALL_FIELDS: [&Field;
    FIELDS.len() + OTHERS[0].len() + OTHERS[1].len() + OTHERS[2].len() + OTHERS[3].len() + OTHERS[4].len()] =
    concat(&[FIELDS, OTHERS[0], OTHERS[1], OTHERS[2], OTHERS[3], OTHERS[4]]);

static PROTOCOL: Protocol = Protocol {
    name: "wlan",
    title: "802.11",
    about: "Wireless LAN (IEEE 802.11)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&LINK_TYPE, 105),
    Key::new(&WLAN_FRAME, 0),
    Key::new(&WLAN_FRAME, WITH_FCS),
    Key::new(&WLAN_FRAME, PADDED),
    Key::new(&WLAN_FRAME, WITH_FCS | PADDED),
    // What Aruba's access points saw, by priority.
    Key::new(&GRE_PROTO, 0x8200),
    Key::new(&GRE_PROTO, 0x8210),
    Key::new(&GRE_PROTO, 0x8220),
    Key::new(&GRE_PROTO, 0x8230),
    Key::new(&GRE_PROTO, 0x8240),
    Key::new(&GRE_PROTO, 0x8250),
    Key::new(&GRE_PROTO, 0x8260),
    Key::new(&GRE_PROTO, 0x8270),
    Key::new(&GRE_PROTO, 0x8280),
    Key::new(&GRE_PROTO, 0x8290),
    Key::new(&GRE_PROTO, 0x82a0),
    Key::new(&GRE_PROTO, 0x82b0),
    Key::new(&GRE_PROTO, 0x82c0),
    Key::new(&GRE_PROTO, 0x82d0),
    Key::new(&GRE_PROTO, 0x82e0),
    Key::new(&GRE_PROTO, 0x82f0),
];
static CARRIES: &[&Table] = &[&LLC_PAYLOAD];

const MANAGEMENT: u8 = 0;
const CONTROL: u8 = 1;
const DATA: u8 = 2;

/// Bytes of frame control, duration and the first address: the shortest frame.
const SHORTEST: usize = 10;
/// The same with a second address.
const TWO_ADDRESSES: usize = 16;
/// Bytes of the header with three addresses and the sequence number.
const HEADER: usize = 24;
const HT_LEN: usize = 4;
const FCS_LEN: usize = 4;
/// Bytes of the check value that a body protected by WEP ends with.
const ICV_LEN: usize = 4;
/// In the memo, beside what was captured: the check value of WEP lies behind the layer.
const WITH_ICV: u32 = 4;

/// Wireless LAN.
#[derive(Debug)]
pub struct Wlan;

/// What frame control says.
#[derive(Clone, Copy)]
struct Control {
    first: u8,
    flags: u8,
}

impl Control {
    fn read(data: &[u8]) -> Option<Self> {
        let [first, flags] = chunk(data, 0)?;
        Some(Self { first, flags })
    }

    fn version(self) -> u8 {
        self.first & 3
    }

    fn kind(self) -> u8 {
        self.first >> 2 & 3
    }

    fn subtype(self) -> u8 {
        self.first >> 4
    }

    fn type_subtype(self) -> u8 {
        self.kind() << 4 | self.subtype()
    }

    fn is_qos(self) -> bool {
        self.kind() == DATA && self.subtype() & 8 != 0
    }

    /// Data frames of the second half of the subtypes are empty.
    fn is_empty(self) -> bool {
        self.kind() == DATA && self.subtype() & 4 != 0
    }

    fn is_protected(self) -> bool {
        self.flags & 0x40 != 0
    }

    /// Several frames stand in one, an A-MSDU.
    fn is_several(self, data: &[u8]) -> bool {
        let has_body = self.is_qos() && !self.is_empty();
        has_body && u8_at(data, self.qos()).is_some_and(|qos| qos & 0x80 != 0)
    }

    /// The header ends with an HT control field.
    fn has_ht(self) -> bool {
        self.flags & 0x80 != 0 && (self.kind() == MANAGEMENT || self.is_qos())
    }

    fn ds(self) -> u8 {
        self.flags & 3
    }

    /// Where the quality of service field is.
    fn qos(self) -> usize {
        if self.kind() == DATA && self.ds() == 3 { HEADER.saturating_add(6) } else { HEADER }
    }

    /// Bytes of the header, without padding.
    fn header(self) -> usize {
        match self.kind() {
            // A poll for power saving, a request to send, block acknowledgments and the like name who sends them.
            CONTROL if matches!(self.subtype(), 2 | 4 | 5 | 8..=11 | 14 | 15) => TWO_ADDRESSES,
            MANAGEMENT | DATA => {
                let qos = if self.is_qos() { 2 } else { 0 };
                self.qos().saturating_add(qos).saturating_add(if self.has_ht() { HT_LEN } else { 0 })
            }
            _ => SHORTEST,
        }
    }

    /// Where the body of a frame that was captured in this way begins.
    fn body(self, how: u32) -> usize {
        let header = self.header();
        if how & PADDED != 0 && self.kind() == DATA { header.next_multiple_of(4) } else { header }
    }
}

/// How a protected body begins (IEEE 802.11-2020 sections 12.3.2, 12.5.2 and 12.5.3).
enum Cipher {
    Wep,
    Tkip,
    Ccmp,
}

impl Cipher {
    fn read(data: &[u8], at: usize) -> Option<Self> {
        let [first, second, _, key] = chunk(data, at)?;
        Some(if key & 0x20 == 0 {
            Self::Wep
        } else if second == (first | 0x20) & 0x7f {
            Self::Tkip
        } else {
            Self::Ccmp
        })
    }

    fn len(&self) -> usize {
        if matches!(self, Self::Wep) { 4 } else { 8 }
    }
}

impl Dissector for Wlan {
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
        let &[first, flags] = fixed::<2>(data)?;
        let control = Control { first, flags };
        if control.version() != 0 {
            return Err(Fault::Malformed("unknown version (wlan.fc.version)"));
        }
        // Other tables have other numbers.
        let how = if cx.called <= (WITH_FCS | PADDED) { cx.called } else { 0 };
        let body = control.body(how);
        if data.len() < body {
            return Err(Fault::Short { need: body, have: data.len() });
        }
        let has_fcs = how & WITH_FCS != 0 && cx.wire_len >= body.saturating_add(FCS_LEN);
        let mut memo = if has_fcs { how } else { how & PADDED };
        let mut len = cx.wire_len.saturating_sub(if has_fcs { FCS_LEN } else { 0 });
        let is_hidden = control.kind() == MANAGEMENT && control.is_protected();
        if control.kind() != DATA && !is_hidden {
            let body = data.get(..len).unwrap_or(data);
            if control.kind() == MANAGEMENT
                && let Some(fault) = management::check(body, control, len, has_fcs)
            {
                cx.flaw(fault);
            }
            return Ok(Parsed::end(len).memo(memo));
        }
        let in_pieces = flags & 4 != 0 || u8_at(data, 22).is_some_and(|number| number & 0x0f != 0);
        let (body, next) = if control.is_empty() {
            (body, Next::End)
        } else if control.is_protected() {
            let cipher = Cipher::read(data, body);
            let header = body.saturating_add(cipher.as_ref().map_or(0, Cipher::len));
            if matches!(cipher, Some(Cipher::Wep)) && len >= header.saturating_add(ICV_LEN) {
                len = len.saturating_sub(ICV_LEN);
                memo |= WITH_ICV;
            }
            (header, Next::Data)
        } else if in_pieces || control.is_several(data) {
            (body, Next::Data)
        } else {
            (body, Next::Table { nth: 0, value: 0 })
        };
        Ok(Parsed::new(body, len, next).memo(memo))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let control = Control::read(walk.data())?;
        if control.version() != 0 {
            return walk.uint(&VERSION, 0..1, control.version());
        }
        head(walk, control)?;
        addresses(walk, control)?;
        if matches!(control.kind(), MANAGEMENT | DATA) {
            let sequence = chunk(walk.data(), 22).map(u16::from_le_bytes)?;
            walk.uint(&FRAGMENT, 22..24, sequence & 0x0f)?;
            walk.uint(&SEQUENCE, 22..24, sequence >> 4)?;
        }
        if control.is_qos() {
            quality(walk, control)?;
        }
        if control.has_ht() {
            let end = control.header();
            let at = end.saturating_sub(HT_LEN);
            walk.uint(&HTC, at..end, chunk(walk.data(), at).map(u32::from_le_bytes)?)?;
        }
        if control.is_several(walk.data()) && !control.is_protected() {
            subframe(walk, control)?;
        }
        if walk.memo() & WITH_FCS != 0 {
            check_sequence(walk)?;
        }
        let body = control.body(walk.memo());
        match control.kind() {
            MANAGEMENT | DATA if control.is_protected() => cipher(walk, body),
            MANAGEMENT => management::body(walk, control.subtype(), body),
            CONTROL => control::body(walk, control.subtype()),
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(control) = Control::read(data) else { return out.write_str("header cut") };
        // Other versions have other types.
        if control.version() != 0 {
            return write!(out, "Frame of version {}", control.version());
        }
        match name_of(SUBTYPE_NAMES, control.type_subtype().into()) {
            Some(name) => out.write_str(name)?,
            None => write!(out, "Unknown frame {:#04x}", control.type_subtype())?,
        }
        if matches!(control.kind(), MANAGEMENT | DATA)
            && let Some(sequence) = chunk(data, 22).map(u16::from_le_bytes)
        {
            write!(out, ", SN={}, FN={}", sequence >> 4, sequence & 0x0f)?;
        }
        if control.is_protected() {
            return out.write_str(", protected");
        }
        if control.kind() == MANAGEMENT {
            management::summary(data, control.subtype(), control.header(), out)?;
        }
        Ok(())
    }
}

/// Emits frame control and the duration, which is the number of an association where a station polls.
fn head(walk: &mut Walk<'_, '_>, control: Control) -> Option<()> {
    walk.uint(&TYPE_SUBTYPE, 0..1, control.type_subtype())?;
    walk.u16(&FC, 0)?;
    walk.bits(&[(&VERSION, 0x03), (&TYPE, 0x0c), (&SUBTYPE, 0xf0)], 0..1, control.first)?;
    let rows = [
        (&DS, 0x03),
        (&TO_DS, 0x01),
        (&FROM_DS, 0x02),
        (&MORE_FRAGMENTS, 0x04),
        (&RETRY, 0x08),
        (&POWER, 0x10),
        (&MORE_DATA, 0x20),
        (&PROTECTED, 0x40),
        (&ORDER, 0x80),
    ];
    walk.bits(&rows, 1..2, control.flags)?;
    let duration = chunk(walk.data(), 2).map(u16::from_le_bytes)?;
    if control.type_subtype() == control::POLL {
        return walk.uint(&AID, 2..4, duration & 0x3fff);
    }
    walk.uint(&DURATION, 2..4, duration & 0x7fff)
}

/// Emits the addresses of a frame, each under all the parts that it plays (IEEE 802.11 table 9-30). Where several
/// frames stand in one, the third and fourth are the BSS, and [`subframe`] tells the rest.
fn addresses(walk: &mut Walk<'_, '_>, control: Control) -> Option<()> {
    let several = control.is_several(walk.data());
    let mut play = |at: usize, parts: &[&'static Field]| -> Option<()> {
        let address = chunk::<6>(walk.data(), at)?;
        let place: Range<usize> = at..at.saturating_add(6);
        for field in parts.iter().copied() {
            walk.emit(field, place.clone(), Value::Mac(address))?;
        }
        walk.emit(&ADDR, place, Value::Mac(address))
    };
    match (control.kind(), control.subtype(), control.ds()) {
        (CONTROL, 0x0a, _) => {
            play(4, &[&RA, &BSSID])?;
            play(10, &[&TA])
        }
        (CONTROL, 0x0e | 0x0f, _) => {
            play(4, &[&RA])?;
            play(10, &[&TA, &BSSID])
        }
        (CONTROL, ..) if control.header() == SHORTEST => play(4, &[&RA]),
        (CONTROL, ..) => {
            play(4, &[&RA])?;
            play(10, &[&TA])
        }
        (DATA, _, 1) if several => {
            play(4, &[&RA, &BSSID])?;
            play(10, &[&TA, &SA, &STAA])?;
            walk.mac(&ADDRESS_3, 16).map(|_| ())
        }
        (DATA, _, 2) if several => {
            play(4, &[&RA, &DA, &STAA])?;
            play(10, &[&TA, &BSSID])?;
            walk.mac(&ADDRESS_3, 16).map(|_| ())
        }
        (DATA, _, 3) if several => {
            play(4, &[&RA])?;
            play(10, &[&TA])?;
            play(16, &[&BSSID])?;
            play(HEADER, &[])
        }
        (DATA, _, 1) => {
            play(4, &[&RA, &BSSID])?;
            play(10, &[&TA, &SA, &STAA])?;
            play(16, &[&DA])
        }
        (DATA, _, 2) => {
            play(4, &[&RA, &DA, &STAA])?;
            play(10, &[&TA, &BSSID])?;
            play(16, &[&SA])
        }
        (DATA, _, 3) => {
            play(4, &[&RA])?;
            play(10, &[&TA])?;
            play(16, &[&DA])?;
            play(HEADER, &[&SA])
        }
        (MANAGEMENT | DATA, ..) => {
            play(4, &[&RA, &DA])?;
            play(10, &[&TA, &SA])?;
            play(16, &[&BSSID])
        }
        (_, 0, _) => play(4, &[&BSSID]),
        (_, 1, _) => play(4, &[&SA]),
        _ => Some(()),
    }
}

fn quality(walk: &mut Walk<'_, '_>, control: Control) -> Option<()> {
    let at = control.qos();
    let place = at..at.saturating_add(2);
    let qos = chunk(walk.data(), at).map(u16::from_le_bytes)?;
    walk.open(&QOS, place.clone(), Value::Uint(qos.into()))?;
    walk.bits(&[(&QOS_TID, 0x0f), (&QOS_PRIORITY, 0x07)], place.clone(), qos)?;
    let from_access_point = control.ds() & 2 != 0;
    walk.bool(if from_access_point { &QOS_EOSP } else { &QOS_BIT4 }, place.clone(), qos & 0x10 != 0)?;
    walk.bits(&[(&QOS_ACK, 0x60), (&QOS_AMSDU, 0x80)], place.clone(), qos)?;
    if from_access_point {
        walk.bits(&[(&QOS_BUFFER, 0xff00), (&QOS_BUFFER_TOLD, 0x0200)], place, qos)?;
    } else {
        walk.uint(if qos & 0x10 == 0 { &QOS_TXOP } else { &QOS_QUEUE }, place, qos >> 8)?;
    }
    walk.close();
    Some(())
}

/// Emits whence the first frame of an A-MSDU comes and where it goes, as far as the header does not say it (IEEE
/// 802.11-2020 section 9.3.2.2.2). A further piece of one does not begin with addresses.
fn subframe(walk: &mut Walk<'_, '_>, control: Control) -> Option<()> {
    if u8_at(walk.data(), 22)? & 0x0f != 0 {
        return Some(());
    }
    let at = control.body(walk.memo());
    if control.ds() & 1 != 0 {
        walk.mac(&DA, at)?;
    }
    if control.ds() & 2 != 0 {
        walk.mac(&SA, at.saturating_add(6))?;
    }
    Some(())
}

/// The four bytes that begin `skip` bytes behind the layer, and their place.
fn behind(walk: &mut Walk<'_, '_>, skip: usize) -> (Range<usize>, Option<[u8; 4]>) {
    let end = walk.data().len();
    let at = end.saturating_add(skip);
    let place = at..at.saturating_add(4);
    walk.extend(place.end);
    let bytes = chunk(walk.data(), at);
    walk.extend(end);
    (place, bytes)
}

/// Emits the check sequence, which lies behind the layer.
fn check_sequence(walk: &mut Walk<'_, '_>) -> Option<()> {
    let skip = if walk.memo() & WITH_ICV != 0 { ICV_LEN } else { 0 };
    let (place, bytes) = behind(walk, skip);
    if let Some(fcs) = bytes.map(u32::from_le_bytes) {
        walk.uint(&FCS, place.clone(), fcs)?;
        walk.uint(&FCS_STATUS, place, Status::Unverified as u8)?;
    }
    Some(())
}

/// Emits what a protected body begins with: a vector, or the number of the packet in pieces, and which key it is; and
/// the check value that WEP puts at its end.
fn cipher(walk: &mut Walk<'_, '_>, at: usize) -> Option<()> {
    let data = walk.data();
    let [a, b, c, key] = chunk(data, at)?;
    let (last, whole) = (at.saturating_add(3), at..at.saturating_add(8));
    let high = || chunk(data, at.saturating_add(4)).map(u32::from_le_bytes);
    match Cipher::read(data, at)? {
        Cipher::Wep => _ = walk.u24(&WEP_IV, at)?,
        Cipher::Tkip => walk.format(&TKIP_IV, whole, format_args!("0x{:08X}{a:02X}{c:02X}", high()?))?,
        Cipher::Ccmp => walk.format(&CCMP_IV, whole, format_args!("0x{:08X}{b:02X}{a:02X}", high()?))?,
    }
    walk.uint(&KEY_INDEX, last..last.saturating_add(1), key >> 6)?;
    if walk.memo() & WITH_ICV != 0 {
        let (place, bytes) = behind(walk, 0);
        walk.uint(&WEP_ICV, place, bytes.map(u32::from_be_bytes)?)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    const WLAN: LinkType = LinkType(105);
    const ADDRESSES: &str = "020000000001 020000000002 020000000003";

    fn seen(frame: &[&str]) -> Seen {
        let frame = bytes(&frame.concat());
        survives(WLAN, &frame);
        Seen::new(WLAN, &frame)
    }

    #[test]
    fn data_to_the_access_point() {
        let seen = seen(&["8801 2c00", ADDRESSES, "1002 0600 aaaa03 000000 0800", UDP]);
        assert_eq!(seen.protocols, "wlan:llc:ip:udp");
        seen.expect(&[
            ("wlan.fc", "0x8801"),
            ("wlan.fc.type_subtype", "0x0028"),
            ("wlan.fc.ds", "0x01"),
            ("wlan.duration", "44"),
            ("wlan.bssid", "02:00:00:00:00:01"),
            ("wlan.staa", "02:00:00:00:00:02"),
            ("wlan.da", "02:00:00:00:00:03"),
            ("wlan.addr", "02:00:00:00:00:01,02:00:00:00:00:02,02:00:00:00:00:03"),
            ("wlan.seq", "33"),
            ("wlan.qos.tid", "6"),
            ("wlan.qos.bit4", "0"),
            ("wlan.qos.eosp", ""),
        ]);
    }

    #[test]
    fn frames_between_access_points_have_four_addresses() {
        let seen = seen(&["0803 0000", ADDRESSES, "0000 020000000004 aaaa03 000000 0800", UDP]);
        assert_eq!(seen.protocols, "wlan:llc:ip:udp");
        seen.expect(&[("wlan.sa", "02:00:00:00:00:04"), ("wlan.da", "02:00:00:00:00:03")]);
    }

    #[test]
    fn several_frames_in_one_have_addresses_of_their_own() {
        let inner = "02000000000a 02000000000b 0000";
        let up = seen(&["8801 0000", ADDRESSES, "1000 8000", inner]);
        up.expect(&[
            ("wlan.bssid", "02:00:00:00:00:01"),
            ("wlan.sa", "02:00:00:00:00:02"),
            ("wlan.da", "02:00:00:00:00:0a"),
            ("nd.wlan.address_3", "02:00:00:00:00:03"),
            ("wlan.addr", "02:00:00:00:00:01,02:00:00:00:00:02"),
        ]);
        let down = seen(&["8802 0000", ADDRESSES, "1000 8000", inner]);
        down.expect(&[("wlan.sa", "02:00:00:00:00:0b"), ("wlan.da", "02:00:00:00:00:01")]);
        let both = seen(&["8803 0000", ADDRESSES, "1000 020000000004 8000", inner]);
        both.expect(&[
            ("wlan.bssid", "02:00:00:00:00:03"),
            ("wlan.sa", "02:00:00:00:00:0b"),
            ("wlan.da", "02:00:00:00:00:0a"),
        ]);
        // What is protected does not tell whence it comes.
        let closed = seen(&["8842 0000", ADDRESSES, "1000 8000 0100 0060 00000000 aa"]);
        closed.expect(&[("wlan.sa", ""), ("wlan.da", "02:00:00:00:00:01")]);
    }

    #[test]
    fn frames_of_another_version_have_no_known_type() {
        let seen = Seen::new(WLAN, &bytes("0100 0000 020000000001"));
        assert_eq!(seen.info, "Frame of version 1");
        seen.expect(&[("wlan.fc.version", "1"), ("wlan.fc.type_subtype", "")]);
    }

    #[test]
    fn a_piece_of_a_frame_is_not_read_on() {
        let first = seen(&["0805 0000", ADDRESSES, "1000 aaaa03 000000 0800", UDP]);
        assert_eq!(first.protocols, "wlan:data");
        let last = seen(&["0801 0000", ADDRESSES, "1100 aaaa03 000000 0800", UDP]);
        assert_eq!(last.protocols, "wlan:data");
        assert_eq!(seen(&["4801 0000", ADDRESSES, "1000"]).protocols, "wlan");
    }

    #[test]
    fn control_frames_are_named() {
        assert_eq!(seen(&["d400 0000 020000000001"]).info, "Acknowledgement");
        assert_eq!(seen(&["b400 0000 020000000001 020000000002"]).get("wlan.ta"), "02:00:00:00:00:02");
        let poll = seen(&["a400 01c0 020000000001 020000000002"]);
        poll.expect(&[("wlan.aid", "1"), ("wlan.duration", ""), ("wlan.bssid", "02:00:00:00:00:01")]);
    }

    #[test]
    fn what_is_protected_is_not_guessed_at() {
        let wep = seen(&["0841 0000", ADDRESSES, "0000 010203 40 a1a2 05060708"]);
        assert_eq!(wep.protocols, "wlan:data");
        assert_eq!(wep.faults, [""; 0]);
        wep.expect(&[
            ("wlan.wep.iv", "0x010203"),
            ("wlan.wep.key", "1"),
            ("wlan.wep.icv", "0x05060708"),
            ("data.data", "a1a2"),
        ]);
        let answer = seen(&["b040 0000", ADDRESSES, "0000 010203 40 a1a2 05060708"]);
        assert_eq!(answer.protocols, "wlan:data");
        answer.expect(&[("wlan.wep.icv", "0x05060708"), ("wlan.fixed.auth.alg", ""), ("data.data", "a1a2")]);
        let tkip = seen(&["0841 0000", ADDRESSES, "0000 01 21 02 20 03000000 aa"]);
        tkip.expect(&[("wlan.tkip.extiv", "0x000000030102"), ("data.data", "aa")]);
        let ccmp = seen(&["0841 0000", ADDRESSES, "0000 0100 0060 00000000 aa"]);
        ccmp.expect(&[("wlan.ccmp.extiv", "0x000000000001"), ("wlan.wep.key", "1")]);
    }
}
