//! Elements of IEEE 802.1 (802.1AB-2016 annex D, 802.1Q-2018 annex D.2) and of IEEE 802.3 (section 79.3).

use super::media::{PRIORITY_NAMES, SOURCE_NAMES};
use super::{Place, bridging, negotiation, rest};
use crate::bytes::{u8_at, u16_at};
use crate::field::{Field, Value};
use crate::walk::Walk;

const BRIDGE_NAMES: &[(u64, &str)] = &[
    (1, "port VLAN"),
    (2, "port and protocol VLAN"),
    (3, "VLAN name"),
    (4, "protocol identity"),
    (5, "VID usage digest"),
    (6, "management VID"),
    (7, "link aggregation"),
    (8, "congestion notification"),
    (9, "ETS configuration"),
    (10, "ETS recommendation"),
    (11, "priority-based flow control"),
    (12, "application priority"),
    (13, "EVB"),
    (14, "CDCP"),
];
const ETHERNET_NAMES: &[(u64, &str)] = &[
    (1, "MAC and PHY configuration"),
    (2, "power via MDI"),
    (3, "link aggregation"),
    (4, "maximum frame size"),
    (5, "energy-efficient Ethernet"),
];
/// Types of medium attachment units (RFC 4836, IANA `ianamau-mib`).
const MAU_NAMES: &[(u64, &str)] = &[
    (5, "10BASE-T"),
    (10, "10BASE-T half duplex"),
    (11, "10BASE-T full duplex"),
    (14, "100BASE-T4"),
    (15, "100BASE-TX half duplex"),
    (16, "100BASE-TX full duplex"),
    (17, "100BASE-FX half duplex"),
    (18, "100BASE-FX full duplex"),
    (19, "100BASE-T2 half duplex"),
    (20, "100BASE-T2 full duplex"),
    (21, "1000BASE-X half duplex"),
    (22, "1000BASE-X full duplex"),
    (23, "1000BASE-LX half duplex"),
    (24, "1000BASE-LX full duplex"),
    (25, "1000BASE-SX half duplex"),
    (26, "1000BASE-SX full duplex"),
    (27, "1000BASE-CX half duplex"),
    (28, "1000BASE-CX full duplex"),
    (29, "1000BASE-T half duplex"),
    (30, "1000BASE-T full duplex"),
    (31, "10GBASE-X"),
    (32, "10GBASE-LX4"),
    (33, "10GBASE-R"),
    (34, "10GBASE-ER"),
    (35, "10GBASE-LR"),
    (36, "10GBASE-SR"),
    (54, "10GBASE-T"),
];
/// Classes as the object pethPsePortPowerClassifications counts them (RFC 3621): from 1.
const CLASS_NAMES: &[(u64, &str)] =
    &[(1, "class 0"), (2, "class 1"), (3, "class 2"), (4, "class 3"), (5, "class 4")];
const POWER_NAMES: &[(u64, &str)] = &[
    (0, "power source, type 2"),
    (1, "powered device, type 2"),
    (2, "power source, type 1"),
    (3, "powered device, type 1"),
];

fields! {
    BRIDGE = Field::u8("lldp.ieee.802_1.subtype", "of IEEE 802.1").hex().many().names(BRIDGE_NAMES),
    PORT_VLAN = Field::u16("lldp.ieee.802_1.port_vlan.id", "port VLAN").key(),
    PROTO_FLAGS = Field::u8("lldp.ieee.802_1.port_and_vlan_id_flag", "flags").hex().many(),
    PROTO_SUPPORTED = Field::bool("lldp.ieee.802_1.port_and_vlan_id_flag.supported", "supported").many(),
    PROTO_ENABLED = Field::bool("lldp.ieee.802_1.port_and_vlan_id_flag.enabled", "enabled").many(),
    PROTO_VLAN = Field::u16("lldp.ieee.802_1.port_proto_vlan.id", "port and protocol VLAN").many(),
    VLAN = Field::u16("lldp.ieee.802_1.vlan.id", "VLAN").many(),
    VLAN_NAME_LENGTH = Field::u8("lldp.ieee.802_1.vlan.name_len", "length of the name").many(),
    VLAN_NAME = Field::text("lldp.ieee.802_1.vlan.name", "name").many(),
    IDENTITY_LENGTH = Field::u8("lldp.ieee.802_1.proto.id_length", "length of the identity").many(),
    IDENTITY = Field::bytes("lldp.ieee.802_1.proto.id", "protocol identity").many(),
    AGGREGATION = Field::u8("lldp.ieee.802_1.aggregation_status", "aggregation").hex(),
    AGGREGATION_CAN = Field::bool("lldp.ieee.802_1.aggregation_status.cap", "capable"),
    AGGREGATION_IS = Field::bool("lldp.ieee.802_1.aggregation_status.enabled", "aggregated"),
    AGGREGATION_PORT = Field::u32("lldp.ieee.802_1.aggregated_port_id", "aggregated port"),
    ETHERNET = Field::u8("lldp.ieee.802_3.subtype", "of IEEE 802.3").hex().many().names(ETHERNET_NAMES),
    NEGOTIATION = Field::u8("lldp.ieee.802_3.mac_phy_auto_neg_status", "negotiation").hex(),
    NEGOTIATION_CAN = Field::bool("lldp.ieee.802_3.mac_phy_auto_neg_status.supported", "supported"),
    NEGOTIATION_ON = Field::bool("lldp.ieee.802_3.mac_phy_auto_neg_status.enabled", "enabled"),
    ADVERTISED = Field::u16("lldp.ieee.802_3.pmd_auto_neg_advertised_caps", "advertised capabilities").hex(),
    MAU_TYPE = Field::u16("lldp.ieee.802_3.pmd_mau_type", "operational MAU type").hex().names(MAU_NAMES),
    POWER = Field::u8("lldp.ieee.802_3.mdi_power_support", "power support").hex(),
    POWER_CLASS = Field::bool("lldp.ieee.802_3.mdi_power_support.port_class", "is a power source"),
    POWER_CAN = Field::bool("lldp.ieee.802_3.mdi_power_support.supported", "supported"),
    POWER_ON = Field::bool("lldp.ieee.802_3.mdi_power_support.enabled", "enabled"),
    POWER_PAIRS = Field::bool("lldp.ieee.802_3.mdi_power_support.pse_pairs", "pairs can be chosen"),
    POWER_PAIR = Field::u8("lldp.ieee.802_3.mdi_pse_pair", "power pair").names(&[(1, "signal"), (2, "spare")]),
    DEVICE_CLASS = Field::u8("lldp.ieee.802_3.mdi_power_class", "class of the device").names(CLASS_NAMES),
    POWER_TYPE = Field::u8("lldp.ieee.802_3.mdi_power_type", "power type").names(POWER_NAMES),
    POWER_SOURCE = Field::u8("lldp.ieee.802_3.mdi_power_source", "origin of the power").names(SOURCE_NAMES),
    POWER_PRIORITY = Field::u8("lldp.ieee.802_3.mdi_power_priority", "power priority").names(PRIORITY_NAMES),
    POWER_WANTED = Field::u16("lldp.ieee.802_3.mdi_pde_requested", "power wanted, in 0.1 W"),
    POWER_GIVEN = Field::u16("lldp.ieee.802_3.mdi_pse_allocated", "power given, in 0.1 W"),
    AGGREGATION_3 = Field::u8("lldp.ieee.802_3.aggregation_status", "aggregation").hex(),
    AGGREGATION_3_CAN = Field::bool("lldp.ieee.802_3.aggregation_status.cap", "capable"),
    AGGREGATION_3_IS = Field::bool("lldp.ieee.802_3.aggregation_status.enabled", "aggregated"),
    AGGREGATION_3_PORT = Field::u32("lldp.ieee.802_3.aggregated_port_id", "aggregated port"),
    MAX_FRAME = Field::u16("lldp.ieee.802_3.max_frame_size", "longest frame"),
    EEE_TRANSMIT = Field::u16("lldp.ieee.802_3.eee.transmit", "wake time of the sender, in µs"),
    EEE_RECEIVE = Field::u16("lldp.ieee.802_3.eee.receive", "wake time of the receiver, in µs"),
    EEE_FALLBACK = Field::u16("lldp.ieee.802_3.eee.fallback_receive", "fallback of the receiver, in µs"),
    EEE_ECHO_TRANSMIT = Field::u16("lldp.ieee.802_3.eee.echo_transmit", "sender's time as heard, in µs"),
    EEE_ECHO_RECEIVE = Field::u16("lldp.ieee.802_3.eee.echo_receive", "receiver's time as heard, in µs"),
}

/// An element of IEEE 802.1; `body` begins with its subtype.
pub(super) fn bridge(walk: &mut Walk<'_, '_>, body: Place) -> Option<()> {
    let kind = walk.u8(&BRIDGE, body.at)?;
    let body = rest(body, 1);
    let at = |skip: usize| body.at.saturating_add(skip);
    match kind {
        1 => _ = walk.u16(&PORT_VLAN, at(0))?,
        2 => {
            let flags = walk.u8(&PROTO_FLAGS, at(0))?;
            walk.bits(&[(&PROTO_SUPPORTED, 2), (&PROTO_ENABLED, 4)], at(0)..at(1), flags)?;
            walk.u16(&PROTO_VLAN, at(1))?;
        }
        3 => {
            walk.u16(&VLAN, at(0))?;
            let len = walk.u8(&VLAN_NAME_LENGTH, at(2))?;
            walk.text(&VLAN_NAME, at(3), usize::from(len).min(rest(body, 3).len))?;
        }
        4 => {
            let len = walk.u8(&IDENTITY_LENGTH, at(0))?;
            walk.bytes(&IDENTITY, at(1), usize::from(len).min(rest(body, 1).len))?;
        }
        7 => {
            let status = walk.u8(&AGGREGATION, at(0))?;
            walk.bits(&[(&AGGREGATION_CAN, 1), (&AGGREGATION_IS, 2)], at(0)..at(1), status)?;
            walk.u32(&AGGREGATION_PORT, at(1))?;
        }
        9 => bridging::selection(walk, body, true)?,
        10 => bridging::selection(walk, body, false)?,
        11 => bridging::flow_control(walk, body)?,
        12 => bridging::applications(walk, body)?,
        _ => {}
    }
    Some(())
}

/// An element of IEEE 802.3; `body` begins with its subtype.
pub(super) fn ethernet(walk: &mut Walk<'_, '_>, body: Place) -> Option<()> {
    let kind = walk.u8(&ETHERNET, body.at)?;
    let body = rest(body, 1);
    let at = |skip: usize| body.at.saturating_add(skip);
    match kind {
        1 => {
            let status = walk.u8(&NEGOTIATION, at(0))?;
            walk.bits(&[(&NEGOTIATION_CAN, 1), (&NEGOTIATION_ON, 2)], at(0)..at(1), status)?;
            let can = u16_at(walk.data(), at(1))?;
            walk.open(&ADVERTISED, at(1)..at(3), Value::Uint(can.into()))?;
            walk.bits(negotiation::ADVERTISED, at(1)..at(3), can)?;
            walk.bits(negotiation::INVERTED, at(1)..at(3), can)?;
            walk.close();
            walk.u16(&MAU_TYPE, at(3))?;
        }
        2 => power(walk, body)?,
        3 => {
            let status = walk.u8(&AGGREGATION_3, at(0))?;
            walk.bits(&[(&AGGREGATION_3_CAN, 1), (&AGGREGATION_3_IS, 2)], at(0)..at(1), status)?;
            walk.u32(&AGGREGATION_3_PORT, at(1))?;
        }
        4 => _ = walk.u16(&MAX_FRAME, at(0))?,
        5 => {
            let times = [&EEE_TRANSMIT, &EEE_RECEIVE, &EEE_FALLBACK, &EEE_ECHO_TRANSMIT, &EEE_ECHO_RECEIVE];
            for (place, field) in (at(0)..).step_by(2).zip(times) {
                walk.u16(field, place)?;
            }
        }
        _ => {}
    }
    Some(())
}

fn power(walk: &mut Walk<'_, '_>, body: Place) -> Option<()> {
    let at = |skip: usize| body.at.saturating_add(skip);
    let support = walk.u8(&POWER, at(0))?;
    let rows = [(&POWER_CLASS, 1), (&POWER_CAN, 2), (&POWER_ON, 4), (&POWER_PAIRS, 8)];
    walk.bits(&rows, at(0)..at(1), support)?;
    walk.u8(&POWER_PAIR, at(1))?;
    walk.u8(&DEVICE_CLASS, at(2))?;
    // What IEEE 802.3at added.
    if body.len >= 8 {
        let byte = u8_at(walk.data(), at(3))?;
        let rows = [(&POWER_TYPE, 0xc0), (&POWER_SOURCE, 0x30), (&POWER_PRIORITY, 0x0f)];
        walk.bits(&rows, at(3)..at(4), byte)?;
        walk.u16(&POWER_WANTED, at(4))?;
        walk.u16(&POWER_GIVEN, at(6))?;
    }
    Some(())
}
