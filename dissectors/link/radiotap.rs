//! Radiotap: what the radio knew of an 802.11 frame, in front of it (radiotap.org).

use core::fmt;
use core::ops::Range;

use crate::bytes::{chunk, fixed, u8_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Kind, Protocol, Value, concat};
use crate::link::wlan::{PADDED, WITH_FCS, WLAN_FRAME};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

mod bits;
mod modulation;

const SAMPLED_NAMES: &[(u64, &str)] = &[
    (0, "first bit of the MPDU"),
    (1, "signal acquired"),
    (2, "end of the PPDU"),
    (3, "end of the MPDU"),
    (15, "unknown"),
];
// radiotap.org gives nanoseconds another number than Linux does.
const UNIT_NAMES: &[(u64, &str)] = &[(0, "ms"), (1, "µs"), (2, "ns"), (3, "ns")];
const EMPTY_NAMES: &[(u64, &str)] = &[
    (0, "sounding"),
    (1, "data not captured"),
    (2, "control frame without data, 802.11ah"),
    (255, "vendor's own"),
];

fields! {
    VERSION = Field::u8("radiotap.version", "version"),
    PAD = Field::u8("radiotap.pad", "padding"),
    LENGTH = Field::u16("radiotap.length", "length"),
    PRESENT = Field::u32("radiotap.present.word", "what is present").hex().many(),
    TSFT = Field::u64("radiotap.mactime", "time stamp of the radio (µs)").many(),
    FLAGS = Field::u8("radiotap.flags", "flags").hex().many(),
    RATE = Field::new("radiotap.datarate", "rate (Mb/s)", Kind::Float(32)).many().key(),
    FREQUENCY = Field::u32("radiotap.channel.freq", "frequency (MHz)").many().key(),
    CHANNEL = Field::u16("radiotap.channel.flags", "channel").hex().many(),
    HOP_SET = Field::u8("radiotap.fhss.hopset", "hop set").many(),
    HOP_PATTERN = Field::u8("radiotap.fhss.pattern", "hop pattern").many(),
    SIGNAL = Field::int("radiotap.dbm_antsignal", "signal (dBm)", 8).many().key(),
    NOISE = Field::int("radiotap.dbm_antnoise", "noise (dBm)", 8).many(),
    QUALITY = Field::u16("radiotap.quality", "lock quality").many(),
    ATTENUATION = Field::u16("radiotap.txattenuation", "transmit attenuation").many(),
    DB_ATTENUATION = Field::u16("radiotap.db_txattenuation", "transmit attenuation (dB)").many(),
    POWER = Field::int("radiotap.txpower", "transmit power (dBm)", 8).many(),
    ANTENNA = Field::u32("radiotap.antenna", "antenna").many(),
    DB_SIGNAL = Field::u8("radiotap.db_antsignal", "signal (dB)").many(),
    DB_NOISE = Field::u8("radiotap.db_antnoise", "noise (dB)").many(),
    RX_FLAGS = Field::u16("radiotap.rxflags", "receive flags").hex().many(),
    TX_FLAGS = Field::u16("radiotap.txflags", "transmit flags").hex().many(),
    RETRIES = Field::u8("radiotap.data_retries", "data retries").many(),
    XCHANNEL = Field::u32("radiotap.xchannel.flags", "channel").hex().many(),
    XCHANNEL_FREQUENCY = Field::u32("radiotap.xchannel.freq", "frequency (MHz)").many(),
    XCHANNEL_NUMBER = Field::u32("radiotap.xchannel.channel", "channel number").many(),
    AMPDU_REFERENCE = Field::u32("radiotap.ampdu.reference", "A-MPDU").many(),
    AMPDU_FLAGS = Field::u16("radiotap.ampdu.flags", "A-MPDU flags").hex().many(),
    AMPDU_CRC = Field::u8("radiotap.ampdu.delim_crc", "check sequence of the delimiter").hex().many(),
    STAMP = Field::u64("radiotap.timestamp.ts", "time stamp").many(),
    STAMP_ACCURACY = Field::u16("radiotap.timestamp.accuracy", "accuracy").many(),
    STAMP_UNIT = Field::u8("radiotap.timestamp.unit", "unit").many().names(UNIT_NAMES),
    STAMP_SAMPLED = Field::u8("radiotap.timestamp.samplingpos", "taken at").many().names(SAMPLED_NAMES),
    STAMP_SHORT = Field::bool("radiotap.timestamp.flags.32bit", "counter of 32 bits").many(),
    STAMP_ACCURATE = Field::bool("radiotap.timestamp.flags.accuracy", "accuracy known").many(),
    EMPTY = Field::u8("radiotap.0_len_psdu.type", "frame without bytes").hex().many().names(EMPTY_NAMES),
    VENDOR_OUI = Field::u24("radiotap.vendor_oui", "organization").many(),
    VENDOR_SPACE = Field::u8("radiotap.vendor_subns", "its namespace").many(),
    VENDOR_LENGTH = Field::u16("radiotap.vendor_data_len", "length of its data").many(),
    VENDOR_DATA = Field::bytes("nd.radiotap.vendor_data", "its data").many(),
    TLV_TYPE = Field::u32("radiotap.tlv.type", "element").many(),
    TLV_LENGTH = Field::u32("radiotap.tlv.datalen", "length").many(),
    TLV_DATA = Field::bytes("radiotap.tlv.unknown_data", "data").many(),
}

static ALL_FIELDS: [&Field; FIELDS.len() + bits::FIELDS.len() + modulation::FIELDS.len()] =
    concat(&[FIELDS, bits::FIELDS, modulation::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "radiotap",
    title: "Radiotap",
    about: "Radiotap header of captured 802.11 frames (radiotap.org)",
    fields: &ALL_FIELDS,
    // Wireshark puts a layer between the two, for what all such headers have in common.
    via: Some("wlan_radio"),
};

static KEYS: &[Key] = &[Key::new(&LINK_TYPE, 127)];
static CARRIES: &[&Table] = &[&WLAN_FRAME];

/// Bytes of version, padding, length and the first word of what is present.
const HEADER: usize = 8;
/// Where that word stands.
const FIRST_WORD: usize = 4;
/// In a word of what is present: the values that have a length here.
const VALUES: u32 = 0x0fff_ffff;
/// The values go on as elements, behind all others.
const ELEMENTS: u32 = 0x1000_0000;
/// The next word begins again with the first value.
const AGAIN: u32 = 0x2000_0000;
/// A vendor's values follow, and the next word tells which.
const VENDOR: u32 = 0x4000_0000;
/// Another word follows.
const ANOTHER: u32 = 0x8000_0000;
/// In the flags: the frame ends with its check sequence.
const HAS_FCS: u8 = 0x10;
/// In the flags: the header of the frame is padded to a multiple of four bytes.
const HAS_PADDING: u8 = 0x20;
/// Alignment and length of the values in the order of their bits.
const SHAPES: [(usize, usize); 28] = [
    (8, 8),
    (1, 1),
    (1, 1),
    (2, 4),
    (2, 2),
    (1, 1),
    (1, 1),
    (2, 2),
    (2, 2),
    (2, 2),
    (1, 1),
    (1, 1),
    (1, 1),
    (1, 1),
    (2, 2),
    (2, 2),
    (1, 1),
    (1, 1),
    (4, 8),
    (1, 3),
    (4, 8),
    (2, 12),
    (8, 12),
    (2, 12),
    (2, 12),
    (2, 6),
    (1, 1),
    (2, 4),
];
/// Number of the bit that [`VENDOR`] is, and bytes in front of the vendor's values.
const VENDOR_BIT: u32 = 30;
const VENDOR_HEADER: usize = 6;

/// Radiotap.
#[derive(Debug)]
pub struct Radiotap;

fn word(data: &[u8], at: usize) -> Option<u32> {
    chunk(data, at).map(u32::from_le_bytes)
}

fn short(data: &[u8], at: usize) -> Option<u16> {
    chunk(data, at).map(u16::from_le_bytes)
}

/// Whose values the bits of a word stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    Radiotap,
    Vendor,
    /// Numbers above those of the first word, which nobody has given a meaning.
    Beyond,
}

/// The values of a header: number of the bit and place, each at its alignment from the start of the header.
struct Values<'a> {
    data: &'a [u8],
    /// The word at work, and its bits that are not told yet.
    word: usize,
    left: u32,
    space: Space,
    /// Elements follow the last value.
    elements: bool,
    /// Where the next value may begin.
    at: usize,
}

impl<'a> Values<'a> {
    /// Those of the header of `len` bytes.
    fn new(data: &'a [u8], len: usize) -> Self {
        let data = data.get(..len).unwrap_or(data);
        let mut at = FIRST_WORD;
        while let Some(present) = word(data, at) {
            at = at.saturating_add(4);
            if present & ANOTHER == 0 {
                break;
            }
        }
        let mut values =
            Self { data, word: FIRST_WORD, left: 0, space: Space::Radiotap, elements: false, at };
        values.begin();
        values
    }

    /// Takes up the bits of the word at work. `None` if nobody can measure what they stand for.
    fn begin(&mut self) -> Option<()> {
        let present = word(self.data, self.word)?;
        let own = match self.space {
            Space::Radiotap => {
                self.elements |= present & ELEMENTS != 0;
                present & VALUES
            }
            Space::Vendor => 0,
            Space::Beyond if present & (VALUES | ELEMENTS) != 0 => return None,
            Space::Beyond => 0,
        };
        self.left = own | present & VENDOR;
        Some(())
    }

    /// Goes on with the next word, whose namespace the present one tells.
    fn turn(&mut self) -> Option<()> {
        let present = word(self.data, self.word)?;
        if present & ANOTHER == 0 {
            return None;
        }
        self.space = if present & AGAIN != 0 {
            Space::Radiotap
        } else if present & VENDOR != 0 || self.space == Space::Vendor {
            Space::Vendor
        } else {
            Space::Beyond
        };
        self.word = self.word.saturating_add(4);
        self.begin()
    }

    fn shape(&self, bit: u32) -> Option<(usize, usize)> {
        if bit != VENDOR_BIT {
            return SHAPES.get(usize::try_from(bit).ok()?).copied();
        }
        let len = short(self.data, self.at.next_multiple_of(2).saturating_add(4))?;
        Some((2, VENDOR_HEADER.saturating_add(len.into())))
    }

    /// Whether all of what is present lies within the header.
    fn fits(mut self) -> bool {
        while self.next().is_some() {}
        self.left == 0 && self.at <= self.data.len()
    }
}

impl Iterator for Values<'_> {
    type Item = (u32, usize);

    fn next(&mut self) -> Option<(u32, usize)> {
        while self.left == 0 {
            self.turn()?;
        }
        let bit = self.left.trailing_zeros();
        let (align, len) = self.shape(bit)?;
        let start = self.at.next_multiple_of(align);
        let end = start.saturating_add(len);
        if end > self.data.len() {
            return None;
        }
        self.left &= self.left.wrapping_sub(1);
        self.at = end;
        Some((bit, start))
    }
}

impl Dissector for Radiotap {
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
        let &[_, _, low, high, ..] = fixed::<HEADER>(data)?;
        let len = usize::from(u16::from_le_bytes([low, high]));
        if len < HEADER {
            return Err(Fault::Malformed("length below 8 (radiotap.length)"));
        }
        if data.len() < len {
            return Err(Fault::Short { need: len, have: data.len() });
        }
        if !Values::new(data, len).fits() {
            cx.flaw(Fault::Malformed("more is present than the header holds (radiotap.length)"));
        }
        let flags = Values::new(data, len).find(|(bit, _)| *bit == 1).and_then(|(_, at)| u8_at(data, at));
        let flags = flags.unwrap_or_default();
        let fcs = if flags & HAS_FCS != 0 { WITH_FCS } else { 0 };
        let padded = if flags & HAS_PADDING != 0 { PADDED } else { 0 };
        Ok(Parsed::new(len, usize::MAX, Next::Table { nth: 0, value: fcs | padded }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&VERSION, 0)?;
        walk.u8(&PAD, 1)?;
        let len = short(walk.data(), 2)?;
        walk.uint(&LENGTH, 2..4, len)?;
        presence(walk, len.into())?;
        let mut values = Values::new(walk.data(), len.into());
        for (bit, at) in values.by_ref() {
            value(walk, bit, at)?;
        }
        if values.elements && values.left == 0 {
            elements(walk, values.at, len.into())?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match short(layer.data(), 2) {
            Some(len) => write!(out, "{len} bytes about the radio"),
            None => out.write_str("header cut"),
        }
    }
}

/// Emits the words that say what is present. Bits above those of the first word have no names.
fn presence(walk: &mut Walk<'_, '_>, len: usize) -> Option<()> {
    let (mut at, mut space) = (FIRST_WORD, Space::Radiotap);
    while let Some(present) = word(walk.data(), at).filter(|_| at < len) {
        let place = at..at.saturating_add(4);
        walk.open(&PRESENT, place.clone(), Value::Uint(present.into()))?;
        if space == Space::Radiotap {
            walk.bits(bits::PRESENT, place.clone(), present)?;
        }
        walk.bits(bits::SPACES, place, present)?;
        walk.close();
        at = at.saturating_add(4);
        if present & ANOTHER == 0 {
            break;
        }
        space = if present & AGAIN != 0 { Space::Radiotap } else { Space::Beyond };
    }
    Some(())
}

/// Emits the elements that stand behind the last value, each padded to a multiple of four bytes.
fn elements(walk: &mut Walk<'_, '_>, at: usize, end: usize) -> Option<()> {
    let mut at = at.next_multiple_of(4);
    while at.saturating_add(4) <= end {
        let (kind, len) = (short(walk.data(), at)?, short(walk.data(), at.saturating_add(2))?);
        let body = at.saturating_add(4);
        let next = body.saturating_add(len.into());
        walk.open(&TLV_TYPE, at..next.min(end), Value::Uint(kind.into()))?;
        walk.uint(&TLV_LENGTH, at.saturating_add(2)..body, len)?;
        if next > end {
            return None;
        }
        if len > 0 {
            walk.bytes(&TLV_DATA, body, len.into())?;
        }
        walk.close();
        at = next.next_multiple_of(4);
    }
    Some(())
}

/// Emits a number and its bits below it.
fn flags(
    walk: &mut Walk<'_, '_>,
    field: &'static Field,
    place: Range<usize>,
    value: u64,
    rows: &[(&'static Field, u64)],
) -> Option<()> {
    walk.open(field, place.clone(), Value::Uint(value))?;
    walk.bits(rows, place, value)?;
    walk.close();
    Some(())
}

fn value(walk: &mut Walk<'_, '_>, bit: u32, start: usize) -> Option<()> {
    let data = walk.data();
    let at = |skip: usize| start.saturating_add(skip);
    let byte = |skip: usize| u8_at(data, at(skip));
    let number = |skip: usize| short(data, at(skip));
    let signed = |byte: u8| Value::Int(byte.cast_signed().into());
    match bit {
        0 => walk.uint(&TSFT, start..at(8), u64::from_le_bytes(chunk(data, start)?)),
        1 => flags(walk, &FLAGS, start..at(1), byte(0)?.into(), bits::FLAGS),
        2 => walk.emit(&RATE, start..at(1), Value::Float(f64::from(byte(0)?) / 2.0)),
        3 => {
            walk.uint(&FREQUENCY, start..at(2), number(0)?)?;
            flags(walk, &CHANNEL, at(2)..at(4), number(2)?.into(), bits::CHANNEL)
        }
        4 => {
            walk.u8(&HOP_SET, start)?;
            walk.u8(&HOP_PATTERN, at(1)).map(|_| ())
        }
        5 => walk.emit(&SIGNAL, start..at(1), signed(byte(0)?)),
        6 => walk.emit(&NOISE, start..at(1), signed(byte(0)?)),
        7 => walk.uint(&QUALITY, start..at(2), number(0)?),
        8 => walk.uint(&ATTENUATION, start..at(2), number(0)?),
        9 => walk.uint(&DB_ATTENUATION, start..at(2), number(0)?),
        10 => walk.emit(&POWER, start..at(1), signed(byte(0)?)),
        11 => walk.uint(&ANTENNA, start..at(1), byte(0)?),
        12 => walk.uint(&DB_SIGNAL, start..at(1), byte(0)?),
        13 => walk.uint(&DB_NOISE, start..at(1), byte(0)?),
        14 => flags(walk, &RX_FLAGS, start..at(2), number(0)?.into(), bits::RX_FLAGS),
        15 => flags(walk, &TX_FLAGS, start..at(2), number(0)?.into(), bits::TX_FLAGS),
        17 => walk.uint(&RETRIES, start..at(1), byte(0)?),
        18 => {
            flags(walk, &XCHANNEL, start..at(4), word(data, start)?.into(), bits::XCHANNEL)?;
            walk.uint(&XCHANNEL_FREQUENCY, at(4)..at(6), number(4)?)?;
            walk.uint(&XCHANNEL_NUMBER, at(6)..at(7), byte(6)?)
        }
        19 => modulation::ht(walk, start),
        20 => aggregate(walk, start),
        21 => modulation::vht(walk, start),
        22 => {
            walk.uint(&STAMP, start..at(8), u64::from_le_bytes(chunk(data, start)?))?;
            walk.uint(&STAMP_ACCURACY, at(8)..at(10), number(8)?)?;
            walk.bits(&[(&STAMP_UNIT, 0x0f), (&STAMP_SAMPLED, 0xf0)], at(10)..at(11), byte(10)?)?;
            walk.bits(&[(&STAMP_SHORT, 0x01), (&STAMP_ACCURATE, 0x02)], at(11)..at(12), byte(11)?)
        }
        23 => modulation::he(walk, start),
        24 => modulation::he_mu(walk, start),
        26 => walk.uint(&EMPTY, start..at(1), byte(0)?),
        27 => modulation::legacy(walk, start),
        VENDOR_BIT => {
            walk.u24(&VENDOR_OUI, start)?;
            walk.u8(&VENDOR_SPACE, at(3))?;
            let len = number(4)?;
            walk.uint(&VENDOR_LENGTH, at(4)..at(6), len)?;
            if len > 0 {
                walk.bytes(&VENDOR_DATA, at(VENDOR_HEADER), len.into())?;
            }
            Some(())
        }
        _ => Some(()),
    }
}

/// What is known of the A-MPDU that the frame came in.
fn aggregate(walk: &mut Walk<'_, '_>, start: usize) -> Option<()> {
    /// The check sequence of the delimiter is known.
    const CRC_KNOWN: u16 = 0x0020;
    let at = |skip: usize| start.saturating_add(skip);
    walk.uint(&AMPDU_REFERENCE, start..at(4), word(walk.data(), start)?)?;
    let known = short(walk.data(), at(4))?;
    flags(walk, &AMPDU_FLAGS, at(4)..at(6), known.into(), bits::AMPDU)?;
    if known & CRC_KNOWN != 0 {
        walk.u8(&AMPDU_CRC, at(6))?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    const RADIOTAP: LinkType = LinkType(127);
    const ACK: &str = "d400 0000 020000000001";

    fn seen(header: &str, frame: &str) -> Seen {
        let frame = [bytes(header), bytes(frame)].concat();
        survives(RADIOTAP, &frame);
        Seen::new(RADIOTAP, &frame)
    }

    #[test]
    fn values_at_their_alignment() {
        let head = "00 00 2000 6f480800 1000000000000000 12 16 6c09 a000 c4 a1 05 00 0200 07 04 02 ff";
        let seen = seen(head, &[ACK, "01020304"].concat());
        assert_eq!(seen.protocols, "radiotap:wlan_radio:wlan");
        seen.expect(&[
            ("radiotap.length", "32"),
            ("radiotap.present.word", "0x0008486f"),
            ("radiotap.present.mcs", "1"),
            ("radiotap.mactime", "16"),
            ("radiotap.flags", "0x12"),
            ("radiotap.flags.fcs", "1"),
            ("radiotap.datarate", "11,21.666666666666668"),
            ("radiotap.channel.freq", "2412"),
            ("radiotap.channel.flags.cck", "1"),
            ("radiotap.dbm_antsignal", "-60"),
            ("radiotap.dbm_antnoise", "-95"),
            ("radiotap.antenna", "5"),
            ("radiotap.rxflags.badplcp", "1"),
            ("radiotap.mcs.gi", "1"),
            ("radiotap.mcs.index", "2"),
            ("wlan.fcs", "0x04030201"),
        ]);
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn antennas_follow_in_further_words() {
        let head = "00 00 1800 200000a0 200800a0 20080000 c4 c3 00 c2 01 00 00 00";
        let seen = seen(head, ACK);
        seen.expect(&[
            ("radiotap.present.word", "0xa0000020,0xa0000820,0x00000820"),
            ("radiotap.present.antenna", "0,1,1"),
            ("radiotap.present.ext", "1,1,0"),
            ("radiotap.dbm_antsignal", "-60,-61,-62"),
            ("radiotap.antenna", "0,1"),
        ]);
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn values_of_a_vendor_are_passed_over() {
        let head = "00 00 1a00 040000c0 ffffffa0 04000000 16 00 020304 07 0100 ee 0c";
        let seen = seen(head, ACK);
        seen.expect(&[
            ("radiotap.vendor_oui", "131844"),
            ("radiotap.vendor_subns", "7"),
            ("radiotap.vendor_data_len", "1"),
            ("nd.radiotap.vendor_data", "ee"),
            ("radiotap.datarate", "11,6"),
        ]);
    }

    #[test]
    fn elements_stand_behind_the_values() {
        let head = "00 00 1800 04000010 16 000000 0100 0200 aabb0000 0000 0000";
        seen(head, ACK).expect(&[
            ("radiotap.datarate", "11"),
            ("radiotap.tlv.type", "1,0"),
            ("radiotap.tlv.datalen", "2,0"),
            ("radiotap.tlv.unknown_data", "aabb"),
        ]);
    }

    #[test]
    fn wrong_lengths_are_told() {
        let seen = Seen::new(RADIOTAP, &bytes("00 00 0400 00000000"));
        assert_eq!(seen.faults, ["malformed: length below 8 (radiotap.length)"]);
        let seen = Seen::new(RADIOTAP, &bytes(&["00 00 0800 01000000", ACK].concat()));
        assert_eq!(seen.faults, ["malformed: more is present than the header holds (radiotap.length)"]);
        assert_eq!(seen.protocols, "radiotap:wlan_radio:wlan");
    }
}
