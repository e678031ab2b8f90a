//! Data centre bridging: priority groups, flow control, applications (IEEE 802.1Q-2018 annex D.2.8 to D.2.11).

use super::{Place, rest};
use crate::bytes::{u8_at, u16_at};
use crate::field::Field;
use crate::walk::Walk;

const SELECTOR_NAMES: &[(u64, &str)] = &[
    (1, "EtherType"),
    (2, "TCP or SCTP port"),
    (3, "UDP or DCCP port"),
    (4, "TCP, SCTP, UDP or DCCP port"),
    (5, "DSCP"),
];
const ALGORITHM_NAMES: &[(u64, &str)] = &[
    (0, "strict priority"),
    (1, "credit-based shaper"),
    (2, "enhanced transmission selection"),
    (255, "vendor-specific"),
];

fields! {
    WILLING = Field::bool("lldp.dcbx.ieee.willing", "willing").many(),
    SHAPER = Field::bool("lldp.dcbx.ieee.ets.cbs", "credit-based shaper"),
    CLASSES = Field::u8("lldp.dcbx.ieee.ets.maxtcs", "traffic classes at most"),
    RESERVED = Field::u8("lldp.dcbx.ieee.app.reserved", "reserved").hex().many(),
    BYPASS = Field::bool("lldp.dcbx.ieee.pfc.mbc", "MACsec bypass"),
    PFC_CLASSES = Field::u8("lldp.dcbx.ieee.pfc.numtcs", "classes with flow control at most"),
    APP_PRIORITY = Field::u8("lldp.dcbx.ieee.app.prio", "application priority").many(),
    APP_SELECTOR = Field::u8("lldp.dcbx.iee.app.sf", "application selector").many().names(SELECTOR_NAMES),
    APP_PROTOCOL = Field::u16("lldp.dcbx.feature.app.proto", "application").hex().many(),
    GROUP_0 = Field::u16("lldp.dcbx.feature.pg.pgid_prio0", "class of priority 0").many(),
    GROUP_1 = Field::u16("lldp.dcbx.feature.pg.pgid_prio1", "class of priority 1").many(),
    GROUP_2 = Field::u16("lldp.dcbx.feature.pg.pgid_prio2", "class of priority 2").many(),
    GROUP_3 = Field::u16("lldp.dcbx.feature.pg.pgid_prio3", "class of priority 3").many(),
    GROUP_4 = Field::u16("lldp.dcbx.feature.pg.pgid_prio4", "class of priority 4").many(),
    GROUP_5 = Field::u16("lldp.dcbx.feature.pg.pgid_prio5", "class of priority 5").many(),
    GROUP_6 = Field::u16("lldp.dcbx.feature.pg.pgid_prio6", "class of priority 6").many(),
    GROUP_7 = Field::u16("lldp.dcbx.feature.pg.pgid_prio7", "class of priority 7").many(),
    SHARE_0 = Field::u8("lldp.dcbx.feature.pg.per0", "percent of class 0").many(),
    SHARE_1 = Field::u8("lldp.dcbx.feature.pg.per1", "percent of class 1").many(),
    SHARE_2 = Field::u8("lldp.dcbx.feature.pg.per2", "percent of class 2").many(),
    SHARE_3 = Field::u8("lldp.dcbx.feature.pg.per3", "percent of class 3").many(),
    SHARE_4 = Field::u8("lldp.dcbx.feature.pg.per4", "percent of class 4").many(),
    SHARE_5 = Field::u8("lldp.dcbx.feature.pg.per5", "percent of class 5").many(),
    SHARE_6 = Field::u8("lldp.dcbx.feature.pg.per6", "percent of class 6").many(),
    SHARE_7 = Field::u8("lldp.dcbx.feature.pg.per7", "percent of class 7").many(),
    TSA_0 = Field::u8("lldp.dcbx.ieee.ets.tsa0", "algorithm of class 0").many().names(ALGORITHM_NAMES),
    TSA_1 = Field::u8("lldp.dcbx.ieee.ets.tsa1", "algorithm of class 1").many().names(ALGORITHM_NAMES),
    TSA_2 = Field::u8("lldp.dcbx.ieee.ets.tsa2", "algorithm of class 2").many().names(ALGORITHM_NAMES),
    TSA_3 = Field::u8("lldp.dcbx.ieee.ets.tsa3", "algorithm of class 3").many().names(ALGORITHM_NAMES),
    TSA_4 = Field::u8("lldp.dcbx.ieee.ets.tsa4", "algorithm of class 4").many().names(ALGORITHM_NAMES),
    TSA_5 = Field::u8("lldp.dcbx.ieee.ets.tsa5", "algorithm of class 5").many().names(ALGORITHM_NAMES),
    TSA_6 = Field::u8("lldp.dcbx.ieee.ets.tsa6", "algorithm of class 6").many().names(ALGORITHM_NAMES),
    TSA_7 = Field::u8("lldp.dcbx.ieee.ets.tsa7", "algorithm of class 7").many().names(ALGORITHM_NAMES),
    PFC_0 = Field::bool("lldp.dcbx.feature.pfc.prio0", "flow control of priority 0"),
    PFC_1 = Field::bool("lldp.dcbx.feature.pfc.prio1", "flow control of priority 1"),
    PFC_2 = Field::bool("lldp.dcbx.feature.pfc.prio2", "flow control of priority 2"),
    PFC_3 = Field::bool("lldp.dcbx.feature.pfc.prio3", "flow control of priority 3"),
    PFC_4 = Field::bool("lldp.dcbx.feature.pfc.prio4", "flow control of priority 4"),
    PFC_5 = Field::bool("lldp.dcbx.feature.pfc.prio5", "flow control of priority 5"),
    PFC_6 = Field::bool("lldp.dcbx.feature.pfc.prio6", "flow control of priority 6"),
    PFC_7 = Field::bool("lldp.dcbx.feature.pfc.prio7", "flow control of priority 7"),
}

static GROUPS: [&[(&Field, u64)]; 2] = [
    &[(&GROUP_0, 0xf000), (&GROUP_1, 0x0f00), (&GROUP_2, 0x00f0), (&GROUP_3, 0x000f)],
    &[(&GROUP_4, 0xf000), (&GROUP_5, 0x0f00), (&GROUP_6, 0x00f0), (&GROUP_7, 0x000f)],
];
static SHARES: [&Field; 8] = [&SHARE_0, &SHARE_1, &SHARE_2, &SHARE_3, &SHARE_4, &SHARE_5, &SHARE_6, &SHARE_7];
static ALGORITHMS: [&Field; 8] = [&TSA_0, &TSA_1, &TSA_2, &TSA_3, &TSA_4, &TSA_5, &TSA_6, &TSA_7];
static PRIORITIES: &[(&Field, u64)] = &[
    (&PFC_0, 0x01),
    (&PFC_1, 0x02),
    (&PFC_2, 0x04),
    (&PFC_3, 0x08),
    (&PFC_4, 0x10),
    (&PFC_5, 0x20),
    (&PFC_6, 0x40),
    (&PFC_7, 0x80),
];

/// Enhanced transmission selection: what is configured, or what is recommended.
pub(super) fn selection(walk: &mut Walk<'_, '_>, body: Place, configured: bool) -> Option<()> {
    let at = |skip: usize| body.at.saturating_add(skip);
    if configured {
        let byte = u8_at(walk.data(), at(0))?;
        walk.bits(&[(&WILLING, 0x80), (&SHAPER, 0x40), (&CLASSES, 0x07)], at(0)..at(1), byte)?;
    }
    for (skip, rows) in [1, 3].into_iter().zip(GROUPS) {
        let word = u16_at(walk.data(), at(skip))?;
        walk.bits(rows, at(skip)..at(skip.saturating_add(2)), word)?;
    }
    for (place, field) in (at(5)..).zip(SHARES.into_iter().chain(ALGORITHMS)) {
        walk.u8(field, place)?;
    }
    Some(())
}

/// Priority-based flow control.
pub(super) fn flow_control(walk: &mut Walk<'_, '_>, body: Place) -> Option<()> {
    let at = |skip: usize| body.at.saturating_add(skip);
    let (first, second) = (u8_at(walk.data(), at(0))?, u8_at(walk.data(), at(1))?);
    walk.bits(&[(&WILLING, 0x80), (&BYPASS, 0x40), (&PFC_CLASSES, 0x0f)], at(0)..at(1), first)?;
    walk.bits(PRIORITIES, at(1)..at(2), second)
}

/// Which application gets which priority, three bytes each.
pub(super) fn applications(walk: &mut Walk<'_, '_>, body: Place) -> Option<()> {
    walk.u8(&RESERVED, body.at)?;
    let mut row = rest(body, 1);
    while row.len >= 3 {
        let next = row.at.saturating_add(1);
        let byte = u8_at(walk.data(), row.at)?;
        walk.bits(&[(&APP_PRIORITY, 0xe0), (&APP_SELECTOR, 0x07)], row.at..next, byte)?;
        walk.u16(&APP_PROTOCOL, next)?;
        row = rest(row, 3);
    }
    Some(())
}
