//! How the radio sent a frame: what 802.11n, 802.11ac and 802.11ax have of their own, and the header that all share
//! (radiotap.org: MCS, VHT, HE, HE-MU, L-SIG).

use crate::bytes::u8_at;
use crate::field::{Field, Value};
use crate::walk::Walk;

use super::{RATE, flags, short};

const WIDTH_NAMES: &[(u64, &str)] =
    &[(0, "20 MHz"), (1, "40 MHz"), (2, "20 MHz, lower half"), (3, "20 MHz, upper half")];
/// Widths of 802.11ac; where a signal is narrower than its channel, which part of the channel it takes.
const VHT_WIDTH_NAMES: &[(u64, &str)] = &[
    (0, "20 MHz"),
    (1, "40 MHz"),
    (2, "20 MHz, lower half of 40"),
    (3, "20 MHz, upper half of 40"),
    (4, "80 MHz"),
    (5, "40 MHz, lower half of 80"),
    (6, "40 MHz, upper half of 80"),
    (7, "20 MHz, quarter 1 of 80"),
    (8, "20 MHz, quarter 2 of 80"),
    (9, "20 MHz, quarter 3 of 80"),
    (10, "20 MHz, quarter 4 of 80"),
    (11, "160 MHz"),
    (12, "80 MHz, lower half of 160"),
    (13, "80 MHz, upper half of 160"),
    (14, "40 MHz, quarter 1 of 160"),
    (15, "40 MHz, quarter 2 of 160"),
    (16, "40 MHz, quarter 3 of 160"),
    (17, "40 MHz, quarter 4 of 160"),
    (18, "20 MHz, eighth 1 of 160"),
    (19, "20 MHz, eighth 2 of 160"),
    (20, "20 MHz, eighth 3 of 160"),
    (21, "20 MHz, eighth 4 of 160"),
    (22, "20 MHz, eighth 5 of 160"),
    (23, "20 MHz, eighth 6 of 160"),
    (24, "20 MHz, eighth 7 of 160"),
    (25, "20 MHz, eighth 8 of 160"),
];
/// Codes of the rates in L-SIG, their first bit the lowest (IEEE 802.11-2020 table 17-6).
const SIG_RATE_NAMES: &[(u64, &str)] = &[
    (8, "48 Mb/s"),
    (9, "24 Mb/s"),
    (10, "12 Mb/s"),
    (11, "6 Mb/s"),
    (12, "54 Mb/s"),
    (13, "36 Mb/s"),
    (14, "18 Mb/s"),
    (15, "9 Mb/s"),
];
const GUARD_NAMES: &[(u64, &str)] = &[(0, "long"), (1, "short")];
const FORMAT_NAMES: &[(u64, &str)] = &[(0, "mixed"), (1, "greenfield")];
const FEC_NAMES: &[(u64, &str)] = &[(0, "BCC"), (1, "LDPC")];

fields! {
    MCS_KNOWN = Field::u8("radiotap.mcs.known", "what is known of the MCS").hex().many(),
    MCS_HAVE_BW = Field::bool("radiotap.mcs.have_bw", "bandwidth").many(),
    MCS_HAVE_INDEX = Field::bool("radiotap.mcs.have_index", "index").many(),
    MCS_HAVE_GI = Field::bool("radiotap.mcs.have_gi", "guard interval").many(),
    MCS_HAVE_FORMAT = Field::bool("radiotap.mcs.have_format", "format").many(),
    MCS_HAVE_FEC = Field::bool("radiotap.mcs.have_fec", "error correction").many(),
    MCS_HAVE_STBC = Field::bool("radiotap.mcs.have_stbc", "STBC streams").many(),
    MCS_HAVE_NESS = Field::bool("radiotap.mcs.have_ness", "extension streams").many(),
    MCS_NESS_1 = Field::u8("radiotap.mcs.ness_bit1", "extension streams, high bit").many(),
    MCS_NESS_0 = Field::u8("radiotap.mcs.ness_bit0", "extension streams, low bit").many(),
    MCS_BW = Field::u8("radiotap.mcs.bw", "bandwidth").many().names(WIDTH_NAMES),
    MCS_GI = Field::u8("radiotap.mcs.gi", "guard interval").many().names(GUARD_NAMES),
    MCS_FORMAT = Field::u8("radiotap.mcs.format", "format").many().names(FORMAT_NAMES),
    MCS_FEC = Field::u8("radiotap.mcs.fec", "error correction").many().names(FEC_NAMES),
    MCS_STBC = Field::u8("radiotap.mcs.stbc", "STBC streams").many(),
    MCS_INDEX = Field::u8("radiotap.mcs.index", "MCS index").many(),
    VHT_KNOWN = Field::u16("radiotap.vht.known", "what is known of VHT").hex().many(),
    VHT_STBC = Field::bool("radiotap.vht.stbc", "STBC").many(),
    VHT_TXOP_PS = Field::bool("radiotap.vht.txop_ps", "stations may not doze").many(),
    VHT_GI = Field::u8("radiotap.vht.gi", "guard interval").many().names(GUARD_NAMES),
    VHT_BEAMFORMED = Field::bool("radiotap.vht.beamformed", "beamformed").many(),
    VHT_BW = Field::u8("radiotap.vht.bw", "bandwidth").many().names(VHT_WIDTH_NAMES),
    VHT_MCS_0 = Field::u8("radiotap.vht.mcs.0", "MCS index of user 0").many(),
    VHT_NSS_0 = Field::u8("radiotap.vht.nss.0", "streams of user 0").many(),
    VHT_CODING_0 = Field::u8("radiotap.vht.coding.0", "coding of user 0").many().names(FEC_NAMES),
    VHT_MCS_1 = Field::u8("radiotap.vht.mcs.1", "MCS index of user 1").many(),
    VHT_NSS_1 = Field::u8("radiotap.vht.nss.1", "streams of user 1").many(),
    VHT_CODING_1 = Field::u8("radiotap.vht.coding.1", "coding of user 1").many().names(FEC_NAMES),
    VHT_MCS_2 = Field::u8("radiotap.vht.mcs.2", "MCS index of user 2").many(),
    VHT_NSS_2 = Field::u8("radiotap.vht.nss.2", "streams of user 2").many(),
    VHT_CODING_2 = Field::u8("radiotap.vht.coding.2", "coding of user 2").many().names(FEC_NAMES),
    VHT_MCS_3 = Field::u8("radiotap.vht.mcs.3", "MCS index of user 3").many(),
    VHT_NSS_3 = Field::u8("radiotap.vht.nss.3", "streams of user 3").many(),
    VHT_CODING_3 = Field::u8("radiotap.vht.coding.3", "coding of user 3").many().names(FEC_NAMES),
    VHT_GROUP = Field::u8("radiotap.vht.gid", "group").many(),
    VHT_AID = Field::u16("radiotap.vht.paid", "partial association").many(),
    HE_1 = Field::u16("radiotap.he.data_1", "HE, word 1").hex().many(),
    HE_2 = Field::u16("radiotap.he.data_2", "HE, word 2").hex().many(),
    HE_3 = Field::u16("radiotap.he.data_3", "HE, word 3").hex().many(),
    HE_4 = Field::u16("radiotap.he.data_4", "HE, word 4").hex().many(),
    HE_5 = Field::u16("radiotap.he.data_5", "HE, word 5").hex().many(),
    HE_6 = Field::u16("radiotap.he.data_6", "HE, word 6").hex().many(),
    HE_MU_1 = Field::u16("radiotap.he_mu.flags_1", "HE-MU, flags 1").hex().many(),
    HE_MU_2 = Field::u16("radiotap.he_mu.flags_2", "HE-MU, flags 2").hex().many(),
    SIG_KNOWN = Field::u16("radiotap.l_sig.data1", "what is known of L-SIG").hex().many(),
    SIG_RATE_KNOWN = Field::bool("radiotap.l_sig.rate_known", "rate known").many(),
    SIG_LENGTH_KNOWN = Field::bool("radiotap.l_sig.length_known", "length known").many(),
    SIG = Field::u16("radiotap.l_sig.data2", "L-SIG").hex().many(),
    SIG_RATE = Field::u16("radiotap.l_sig.rate", "rate").many().names(SIG_RATE_NAMES),
    SIG_LENGTH = Field::u16("radiotap.l_sig.length", "length").many(),
}

static MCS_PARTS: &[(&Field, u64)] = &[
    (&MCS_HAVE_BW, 0x01),
    (&MCS_HAVE_INDEX, 0x02),
    (&MCS_HAVE_GI, 0x04),
    (&MCS_HAVE_FORMAT, 0x08),
    (&MCS_HAVE_FEC, 0x10),
    (&MCS_HAVE_STBC, 0x20),
    (&MCS_HAVE_NESS, 0x40),
];
/// Flags of the MCS, each with the bit that says that it is known.
static MCS_FLAGS: &[(u8, &Field, u64)] = &[
    (0x01, &MCS_BW, 0x03),
    (0x04, &MCS_GI, 0x04),
    (0x08, &MCS_FORMAT, 0x08),
    (0x10, &MCS_FEC, 0x10),
    (0x20, &MCS_STBC, 0x60),
];
/// The same of VHT.
static VHT_FLAGS: &[(u16, &Field, u64)] = &[
    (0x0001, &VHT_STBC, 0x01),
    (0x0002, &VHT_TXOP_PS, 0x02),
    (0x0004, &VHT_GI, 0x04),
    (0x0020, &VHT_BEAMFORMED, 0x20),
];
/// The users of a VHT frame: index, streams, coding with its bit.
static VHT_USERS: [(&Field, &Field, &Field, u64); 4] = [
    (&VHT_MCS_0, &VHT_NSS_0, &VHT_CODING_0, 0x01),
    (&VHT_MCS_1, &VHT_NSS_1, &VHT_CODING_1, 0x02),
    (&VHT_MCS_2, &VHT_NSS_2, &VHT_CODING_2, 0x04),
    (&VHT_MCS_3, &VHT_NSS_3, &VHT_CODING_3, 0x08),
];

/// Data bits of a symbol for each stream, by the low three bits of the MCS index: 20 MHz and 40 MHz wide.
const SYMBOL_BITS: [[u16; 8]; 2] =
    [[26, 52, 78, 104, 156, 208, 234, 260], [54, 108, 162, 216, 324, 432, 486, 540]];
/// In what is known of the MCS: bandwidth, index and guard interval, from which the rate follows.
const RATE_KNOWN: u8 = 0x07;
/// MCS indexes with the same modulation for all streams.
const EQUAL_INDEXES: u8 = 32;

/// Rate in Mb/s of an MCS index: a symbol takes 4 µs, or 3.6 µs with the short guard interval.
fn rate(index: u8, width: u8, short_guard: bool) -> Option<f64> {
    let row = SYMBOL_BITS.get(usize::from(width == 1))?;
    let bits = row.get(usize::from(index & 7)).filter(|_| index < EQUAL_INDEXES)?;
    let streams = f64::from((index >> 3).saturating_add(1));
    let tenths = if short_guard { 36.0 } else { 40.0 };
    Some(f64::from(*bits) * streams * 10.0 / tenths)
}

/// The modulation and coding scheme of 802.11n: what is known, some flags, the index.
pub(super) fn ht(walk: &mut Walk<'_, '_>, start: usize) -> Option<()> {
    let at = |skip: usize| start.saturating_add(skip);
    let known = u8_at(walk.data(), start)?;
    let (mcs, index) = (u8_at(walk.data(), at(1))?, u8_at(walk.data(), at(2))?);
    flags(walk, &MCS_KNOWN, start..at(1), known.into(), MCS_PARTS)?;
    for &(bit, field, mask) in MCS_FLAGS {
        if known & bit != 0 {
            walk.bits(&[(field, mask)], at(1)..at(2), mcs)?;
        }
    }
    if known & 0x02 != 0 {
        walk.uint(&MCS_INDEX, at(2)..at(3), index)?;
    }
    // One bit of the number of extension streams had no room beside the other.
    if known & 0x40 != 0 {
        walk.bits(&[(&MCS_NESS_1, 0x80)], start..at(1), known)?;
        walk.bits(&[(&MCS_NESS_0, 0x80)], at(1)..at(2), mcs)?;
    }
    match rate(index, mcs & 3, mcs & 4 != 0) {
        Some(rate) if known & RATE_KNOWN == RATE_KNOWN => walk.emit(&RATE, 0..0, Value::Float(rate)),
        _ => Some(()),
    }
}

/// What 802.11ac has: some flags, the bandwidth, and for each user that has streams how it is served.
pub(super) fn vht(walk: &mut Walk<'_, '_>, start: usize) -> Option<()> {
    let at = |skip: usize| start.saturating_add(skip);
    let data = walk.data();
    let known = short(data, start)?;
    walk.uint(&VHT_KNOWN, start..at(2), known)?;
    let bits = u8_at(data, at(2))?;
    for &(bit, field, mask) in VHT_FLAGS {
        if known & bit != 0 {
            walk.bits(&[(field, mask)], at(2)..at(3), bits)?;
        }
    }
    if known & 0x0040 != 0 {
        walk.uint(&VHT_BW, at(3)..at(4), u8_at(data, at(3))? & 0x1f)?;
    }
    let coding = u8_at(data, at(8))?;
    for (place, (index, streams, code, mask)) in (at(4)..at(8)).zip(VHT_USERS) {
        let user = u8_at(data, place)?;
        if user & 0x0f == 0 {
            continue;
        }
        let span = place..place.saturating_add(1);
        walk.bits(&[(index, 0xf0), (streams, 0x0f)], span, user)?;
        walk.bits(&[(code, mask)], at(8)..at(9), coding)?;
    }
    if known & 0x0080 != 0 {
        walk.u8(&VHT_GROUP, at(9))?;
    }
    if known & 0x0100 != 0 {
        walk.uint(&VHT_AID, at(10)..at(12), short(data, at(10))?)?;
    }
    Some(())
}

/// The six words of 802.11ax.
pub(super) fn he(walk: &mut Walk<'_, '_>, start: usize) -> Option<()> {
    words(walk, start, &[&HE_1, &HE_2, &HE_3, &HE_4, &HE_5, &HE_6])
}

/// What frames to several users add to that: two words of flags, and resource units that are not told here.
pub(super) fn he_mu(walk: &mut Walk<'_, '_>, start: usize) -> Option<()> {
    words(walk, start, &[&HE_MU_1, &HE_MU_2])
}

fn words(walk: &mut Walk<'_, '_>, start: usize, fields: &[&'static Field]) -> Option<()> {
    for (at, field) in (start..).step_by(2).zip(fields.iter().copied()) {
        walk.uint(field, at..at.saturating_add(2), short(walk.data(), at)?)?;
    }
    Some(())
}

/// The signal field that old stations can read.
pub(super) fn legacy(walk: &mut Walk<'_, '_>, start: usize) -> Option<()> {
    let (middle, end) = (start.saturating_add(2), start.saturating_add(4));
    let (known, signal) = (short(walk.data(), start)?, short(walk.data(), middle)?);
    let parts = [(&SIG_RATE_KNOWN, 0x0001), (&SIG_LENGTH_KNOWN, 0x0002)];
    flags(walk, &SIG_KNOWN, start..middle, known.into(), &parts)?;
    flags(walk, &SIG, middle..end, signal.into(), &[(&SIG_RATE, 0x000f), (&SIG_LENGTH, 0xfff0)])
}
