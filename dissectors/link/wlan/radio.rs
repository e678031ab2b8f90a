//! What elements say of the radio: capabilities and operation of 802.11n (HT) and 802.11ac (VHT), IEEE 802.11-2020
//! sections 9.4.2.55, 9.4.2.56, 9.4.2.157 and 9.4.2.158.

use crate::bytes::chunk;
use crate::cursor::Cursor;
use crate::field::Field;

use super::elements::{little, parts, peek};

fields! {
    HT = Field::u16("wlan.ht.capabilities", "HT capabilities").hex().many(),
    HT_LDPC = Field::bool("wlan.ht.capabilities.ldpccoding", "LDPC").many(),
    HT_WIDTH = Field::bool("wlan.ht.capabilities.width", "40 MHz").many(),
    HT_SM = Field::u16("wlan.ht.capabilities.sm", "power save of streams").hex().many(),
    HT_GREEN = Field::bool("wlan.ht.capabilities.green", "greenfield").many(),
    HT_SHORT_20 = Field::bool("wlan.ht.capabilities.short20", "short guard interval at 20 MHz").many(),
    HT_SHORT_40 = Field::bool("wlan.ht.capabilities.short40", "short guard interval at 40 MHz").many(),
    HT_TX_STBC = Field::bool("wlan.ht.capabilities.txstbc", "sends STBC").many(),
    HT_RX_STBC = Field::u16("wlan.ht.capabilities.rxstbc", "STBC streams received").hex().many(),
    HT_DELAYED = Field::bool("wlan.ht.capabilities.delayedblockack", "delayed block acknowledgment").many(),
    HT_AMSDU = Field::bool("wlan.ht.capabilities.amsdu", "long A-MSDU").many(),
    HT_DSSS = Field::bool("wlan.ht.capabilities.dsscck", "DSSS and CCK at 40 MHz").many(),
    HT_PSMP = Field::bool("wlan.ht.capabilities.psmp", "PSMP").many(),
    HT_INTOLERANT = Field::bool("wlan.ht.capabilities.40mhzintolerant", "intolerant of 40 MHz").many(),
    HT_LSIG = Field::bool("wlan.ht.capabilities.lsig", "L-SIG protection").many(),
    AMPDU = Field::u8("wlan.ht.ampduparam", "A-MPDU").hex().many(),
    AMPDU_LENGTH = Field::u8("wlan.ht.ampduparam.maxlength", "exponent of the length").hex().many(),
    AMPDU_DENSITY = Field::u8("wlan.ht.ampduparam.mpdudensity", "density").hex().many(),
    AMPDU_RESERVED = Field::u8("wlan.ht.ampduparam.reserved", "reserved").hex().many(),
    PRIMARY = Field::u8("wlan.ht.info.primarychannel", "primary channel").many(),
    INFO = Field::u8("wlan.ht.info.delim1", "HT operation").hex().many(),
    INFO_SECOND = Field::u8("wlan.ht.info.secchanoffset", "secondary channel").hex().many(),
    INFO_WIDTH = Field::bool("wlan.ht.info.chanwidth", "any width").many(),
    INFO_RIFS = Field::bool("wlan.ht.info.rifs", "reduced spacing").many(),
    INFO_PROTECTION = Field::u16("wlan.ht.info.ht_protection", "protection").hex().many(),
    INFO_GREEN = Field::bool("wlan.ht.info.greenfield", "stations without greenfield").many(),
    INFO_OLD = Field::bool("wlan.ht.info.obssnonht", "stations without HT").many(),
    VHT = Field::u32("wlan.vht.capabilities", "VHT capabilities").hex().many(),
    VHT_MPDU = Field::u32("wlan.vht.capabilities.maxmpdulength", "length of an MPDU").hex().many(),
    VHT_WIDTH = Field::u32("wlan.vht.capabilities.supportedchanwidthset", "widths").hex().many(),
    VHT_LDPC = Field::bool("wlan.vht.capabilities.rxldpc", "LDPC").many(),
    VHT_SHORT_80 = Field::bool("wlan.vht.capabilities.short80", "short guard interval at 80 MHz").many(),
    VHT_SHORT_160 = Field::bool("wlan.vht.capabilities.short160", "short guard interval at 160 MHz").many(),
    VHT_TX_STBC = Field::bool("wlan.vht.capabilities.txstbc", "sends STBC").many(),
    VHT_RX_STBC = Field::u32("wlan.vht.capabilities.rxstbc", "STBC streams received").hex().many(),
    VHT_BEAMFORMER = Field::bool("wlan.vht.capabilities.subeamformer", "beamformer").many(),
    VHT_BEAMFORMEE = Field::bool("wlan.vht.capabilities.subeamformee", "beamformee").many(),
    VHT_MU_BEAMFORMER = Field::bool("wlan.vht.capabilities.mubeamformer", "beamformer for several").many(),
    VHT_MU_BEAMFORMEE = Field::bool("wlan.vht.capabilities.mubeamformee", "beamformee among several").many(),
    VHT_AMPDU = Field::u32("wlan.vht.capabilities.maxampdu", "exponent of the length of an A-MPDU").hex().many(),
    RX_MAP = Field::u16("wlan.vht.mcsset.rxmcsmap", "MCS received").hex().many(),
    TX_MAP = Field::u16("wlan.vht.mcsset.txmcsmap", "MCS sent").hex().many(),
    OPERATION_WIDTH = Field::u8("wlan.vht.op.channelwidth", "width").many(),
    OPERATION_CENTRE_0 = Field::u8("wlan.vht.op.channelcenter0", "centre of segment 0").many(),
    OPERATION_CENTRE_1 = Field::u8("wlan.vht.op.channelcenter1", "centre of segment 1").many(),
    OPERATION_MAP = Field::u16("wlan.vht.op.basicmcsmap", "MCS of all").hex().many(),
}

static HT_BITS: &[(&Field, u64)] = &[
    (&HT_LDPC, 0x0001),
    (&HT_WIDTH, 0x0002),
    (&HT_SM, 0x000c),
    (&HT_GREEN, 0x0010),
    (&HT_SHORT_20, 0x0020),
    (&HT_SHORT_40, 0x0040),
    (&HT_TX_STBC, 0x0080),
    (&HT_RX_STBC, 0x0300),
    (&HT_DELAYED, 0x0400),
    (&HT_AMSDU, 0x0800),
    (&HT_DSSS, 0x1000),
    (&HT_PSMP, 0x2000),
    (&HT_INTOLERANT, 0x4000),
    (&HT_LSIG, 0x8000),
];
static AMPDU_BITS: &[(&Field, u64)] =
    &[(&AMPDU_LENGTH, 0x03), (&AMPDU_DENSITY, 0x1c), (&AMPDU_RESERVED, 0xe0)];
static INFO_BITS: &[(&Field, u64)] = &[(&INFO_SECOND, 0x03), (&INFO_WIDTH, 0x04), (&INFO_RIFS, 0x08)];
static INFO_MORE_BITS: &[(&Field, u64)] =
    &[(&INFO_PROTECTION, 0x0003), (&INFO_GREEN, 0x0004), (&INFO_OLD, 0x0010)];
static VHT_BITS: &[(&Field, u64)] = &[
    (&VHT_MPDU, 0x0000_0003),
    (&VHT_WIDTH, 0x0000_000c),
    (&VHT_LDPC, 0x0000_0010),
    (&VHT_SHORT_80, 0x0000_0020),
    (&VHT_SHORT_160, 0x0000_0040),
    (&VHT_TX_STBC, 0x0000_0080),
    (&VHT_RX_STBC, 0x0000_0700),
    (&VHT_BEAMFORMER, 0x0000_0800),
    (&VHT_BEAMFORMEE, 0x0000_1000),
    (&VHT_MU_BEAMFORMER, 0x0008_0000),
    (&VHT_MU_BEAMFORMEE, 0x0010_0000),
    (&VHT_AMPDU, 0x0380_0000),
];

/// What a station of 802.11n can do; its set of MCS and what follows are not told.
pub(super) fn ht(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let can = peek(tag)?;
    parts(tag, &HT, 2, can.into(), HT_BITS)?;
    let aggregates = tag.peek(1)?;
    parts(tag, &AMPDU, 1, aggregates, AMPDU_BITS)
}

/// How a network of 802.11n works.
pub(super) fn ht_operation(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    tag.u8(&PRIMARY)?;
    let first = tag.peek(1)?;
    parts(tag, &INFO, 1, first, INFO_BITS)?;
    let more = peek(tag)?;
    let at = tag.take(2)?;
    let place = at..tag.at();
    tag.walk().bits(INFO_MORE_BITS, place, more)
}

/// What a station of 802.11ac can do.
pub(super) fn vht(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let can = chunk(tag.rest(), 0).map(u32::from_le_bytes)?;
    parts(tag, &VHT, 4, can, VHT_BITS)?;
    little(tag, &RX_MAP)?;
    // The highest rate without short guard intervals.
    tag.take(2)?;
    little(tag, &TX_MAP)
}

/// How a network of 802.11ac works.
pub(super) fn vht_operation(tag: &mut Cursor<'_, '_, '_>) -> Option<()> {
    tag.u8(&OPERATION_WIDTH)?;
    tag.u8(&OPERATION_CENTRE_0)?;
    tag.u8(&OPERATION_CENTRE_1)?;
    little(tag, &OPERATION_MAP)
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    #[test]
    fn capabilities_and_operation() {
        let head = "4000 0000 ffffffffffff 020000000001 ffffffffffff 1000";
        let ht = ["2d1a 6f01 17 ffff", "00".repeat(21).as_str()].concat();
        let operation = ["3d16 06 05 0100", "00".repeat(18).as_str()].concat();
        let vht = "bf0c 92018003 faff 0000 faff 0000 c005 01 2a 00 fcff";
        let frame = bytes(&[head, ht.as_str(), operation.as_str(), vht].concat());
        survives(LinkType(105), &frame);
        Seen::new(LinkType(105), &frame).expect(&[
            ("wlan.ht.capabilities", "0x016f"),
            ("wlan.ht.capabilities.sm", "0x0003"),
            ("wlan.ht.capabilities.short40", "1"),
            ("wlan.ht.capabilities.rxstbc", "0x0001"),
            ("wlan.ht.ampduparam.mpdudensity", "0x05"),
            ("wlan.ht.info.primarychannel", "6"),
            ("wlan.ht.info.secchanoffset", "0x01"),
            ("wlan.ht.info.chanwidth", "1"),
            ("wlan.ht.info.ht_protection", "0x0001"),
            ("wlan.vht.capabilities", "0x03800192"),
            ("wlan.vht.capabilities.maxampdu", "0x00000007"),
            ("wlan.vht.mcsset.txmcsmap", "0xfffa"),
            ("wlan.vht.op.channelcenter0", "42"),
            ("wlan.vht.op.basicmcsmap", "0xfffc"),
        ]);
    }
}
