//! Spanning tree between bridges: STP (IEEE 802.1D-1998), RSTP (802.1D-2004), MSTP (802.1Q-2018 section 14), and
//! Cisco's tree for each VLAN.

use core::fmt;

use crate::bytes::{chunk, fixed, u8_at, u16_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Kind, Protocol, Value, name_of};
use crate::link::chdlc::CHDLC_PROTOCOL;
use crate::link::llc::{LLC_CISCO_PID, LLC_DSAP};
use crate::packet::Layer;
use crate::walk::Walk;

const VERSION_NAMES: &[(u64, &str)] = &[
    (0, "spanning tree"),
    (2, "rapid spanning tree"),
    (3, "multiple spanning tree"),
    (4, "shortest path tree"),
];
const TYPE_NAMES: &[(u64, &str)] = &[
    (0x00, "configuration"),
    (0x02, "rapid or multiple spanning tree"),
    (0x80, "topology change notification"),
];
const ROLE_NAMES: &[(u64, &str)] =
    &[(0, "unknown"), (1, "alternate or backup"), (2, "root"), (3, "designated")];

/// In an instance 0 is the master port, through which the region reaches the root; the common tree has no name for it.
const INSTANCE_ROLE_NAMES: &[(u64, &str)] =
    &[(0, "master"), (1, "alternate or backup"), (2, "root"), (3, "designated")];
/// Priorities of bridges in steps of 4096, told in four bits (IEEE 802.1Q-2018 section 14.2.5).
const BRIDGE_NAMES: &[(u64, &str)] = &[
    (0, "0"),
    (1, "4096"),
    (2, "8192"),
    (3, "12288"),
    (4, "16384"),
    (5, "20480"),
    (6, "24576"),
    (7, "28672"),
    (8, "32768"),
    (9, "36864"),
    (10, "40960"),
    (11, "45056"),
    (12, "49152"),
    (13, "53248"),
    (14, "57344"),
    (15, "61440"),
];
/// Priorities of ports in steps of 16, told in four bits.
const PORT_NAMES: &[(u64, &str)] = &[
    (0, "0"),
    (1, "16"),
    (2, "32"),
    (3, "48"),
    (4, "64"),
    (5, "80"),
    (6, "96"),
    (7, "112"),
    (8, "128"),
    (9, "144"),
    (10, "160"),
    (11, "176"),
    (12, "192"),
    (13, "208"),
    (14, "224"),
    (15, "240"),
];

/// Seconds, told in 256ths.
const fn time(abbrev: &'static str, label: &'static str) -> Field {
    Field::new(abbrev, label, Kind::Float(64))
}

fields! {
    PROTOCOL_ID = Field::u16("stp.protocol", "protocol").hex(),
    VERSION = Field::u8("stp.version", "version").names(VERSION_NAMES),
    TYPE = Field::u8("stp.type", "type").hex().key().names(TYPE_NAMES),
    FLAGS = Field::u8("stp.flags", "flags").hex(),
    CHANGE_ACK = Field::bool("stp.flags.tcack", "topology change acknowledged").many(),
    AGREEMENT = Field::bool("stp.flags.agreement", "agreement").many(),
    FORWARDING = Field::bool("stp.flags.forwarding", "forwarding").many(),
    LEARNING = Field::bool("stp.flags.learning", "learning").many(),
    ROLE = Field::u8("stp.flags.port_role", "port role").many().names(ROLE_NAMES),
    PROPOSAL = Field::bool("stp.flags.proposal", "proposal").many(),
    CHANGE = Field::bool("stp.flags.tc", "topology change").many(),
    ROOT_PRIORITY = Field::u16("stp.root.prio", "priority of the root"),
    ROOT_EXTENSION = Field::u16("stp.root.ext", "system id extension of the root"),
    ROOT = Field::mac("stp.root.hw", "root bridge").key(),
    COST = Field::u32("stp.root.cost", "cost to the root").key(),
    BRIDGE_PRIORITY = Field::u16("stp.bridge.prio", "priority of the bridge"),
    BRIDGE_EXTENSION = Field::u16("stp.bridge.ext", "system id extension of the bridge"),
    BRIDGE = Field::mac("stp.bridge.hw", "bridge").key(),
    OUTER_COST = Field::u32("stp.root.cost", "cost to the root outside the region").key(),
    REGION_PRIORITY = Field::u16("stp.bridge.prio", "priority of the regional root"),
    REGION_EXTENSION = Field::u16("stp.bridge.ext", "system id extension of the regional root"),
    REGION_ROOT = Field::mac("stp.bridge.hw", "regional root").key(),
    PORT = Field::u16("stp.port", "port").hex().key(),
    MESSAGE_AGE = time("stp.msg_age", "message age (s)"),
    MAX_AGE = time("stp.max_age", "maximum age (s)"),
    HELLO = time("stp.hello", "hello time (s)"),
    FORWARD = time("stp.forward", "forward delay (s)"),
    LENGTH_1 = Field::u8("stp.version_1_length", "length of version 1"),
    TLV_TYPE = Field::u16("stp.pvst.tlvtype", "element").hex().names(&[(0, "originating VLAN")]),
    TLV_LENGTH = Field::u16("stp.pvst.tlvlen", "length"),
    VLAN = Field::u16("stp.pvst.origvlan", "originating VLAN").key(),
    LENGTH_3 = Field::u16("mstp.version_3_length", "length of version 3"),
    SELECTOR = Field::u8("mstp.config_format_selector", "format of the configuration id"),
    NAME = Field::text("mstp.config_name", "name of the region").key(),
    REVISION = Field::u16("mstp.config_revision_level", "revision"),
    DIGEST = Field::bytes("mstp.config_digest", "digest of the configuration"),
    INNER_COST = Field::u32("mstp.cist_internal_root_path_cost", "cost to the regional root"),
    CIST_PRIORITY = Field::u16("mstp.cist_bridge.prio", "priority of the bridge in the common tree"),
    CIST_EXTENSION = Field::u16("mstp.cist_bridge.ext", "system id extension of the bridge"),
    CIST_BRIDGE = Field::mac("mstp.cist_bridge.hw", "bridge in the common tree"),
    CIST_HOPS = Field::u8("mstp.cist_remaining_hops", "remaining hops"),
    INSTANCE_FLAGS = Field::u8("mstp.msti.flags", "flags of an instance").hex().many(),
    INSTANCE_MASTER = Field::bool("stp.flags.tcack", "master").many(),
    INSTANCE_ROLE = Field::u8("stp.flags.port_role", "port role").many().names(INSTANCE_ROLE_NAMES),
    INSTANCE_PRIORITY = Field::u8("mstp.msti.priority", "priority of its root").hex().many().names(BRIDGE_NAMES),
    INSTANCE = Field::u16("mstp.msti.msti_id", "instance").many(),
    INSTANCE_ROOT = Field::mac("mstp.msti.root.hw", "its regional root").many(),
    INSTANCE_COST = Field::u32("mstp.msti.root_cost", "its cost").many(),
    INSTANCE_BRIDGE = Field::u8("mstp.msti.bridge_priority", "priority of the bridge in it").many().names(BRIDGE_NAMES),
    INSTANCE_PORT = Field::u8("mstp.msti.port_priority", "priority of the port in it").many().names(PORT_NAMES),
    INSTANCE_HOPS = Field::u8("mstp.msti.remaining_hops", "its remaining hops").many(),
    LENGTH_4 = Field::u16("mstp.version_4_length", "length of version 4"),
}

static PROTOCOL: Protocol = Protocol {
    name: "stp",
    title: "STP",
    about: "spanning tree: STP, RSTP, MSTP, PVST+ (IEEE 802.1D, 802.1Q)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&LLC_DSAP, 0x42),
    Key::new(&LLC_CISCO_PID, 0x0108),
    Key::new(&LLC_CISCO_PID, 0x0109),
    Key::new(&LLC_CISCO_PID, PER_VLAN),
    Key::new(&LLC_CISCO_PID, 0x010c),
    Key::new(&CHDLC_PROTOCOL, 0x4242),
];

/// Cisco's number for the tree of one VLAN.
const PER_VLAN: u32 = 0x010b;
/// Bytes of what every BPDU has, and of a configuration.
const HEADER: usize = 4;
const CONFIGURATION: usize = 35;
/// Bytes of version 3 before its instances, counted from its length; bytes of an instance.
const VERSION_3: usize = 64;
const INSTANCE_LEN: usize = 16;
/// Instances that a bridge can have (IEEE 802.1Q section 13.14).
const MAX_INSTANCES: usize = 64;
const CHANGE_NOTIFICATION: u8 = 0x80;
const RAPID: u8 = 2;

static FLAG_BITS: &[(&Field, u64)] = &[
    (&CHANGE_ACK, 0x80),
    (&AGREEMENT, 0x40),
    (&FORWARDING, 0x20),
    (&LEARNING, 0x10),
    (&ROLE, 0x0c),
    (&PROPOSAL, 0x02),
    (&CHANGE, 0x01),
];
/// The same of an instance, where two of them mean something else (IEEE 802.1Q-2018 section 14.4.1).
static INSTANCE_FLAG_BITS: &[(&Field, u64)] = &[
    (&INSTANCE_MASTER, 0x80),
    (&AGREEMENT, 0x40),
    (&FORWARDING, 0x20),
    (&LEARNING, 0x10),
    (&INSTANCE_ROLE, 0x0c),
    (&PROPOSAL, 0x02),
    (&CHANGE, 0x01),
];

/// Spanning tree.
#[derive(Debug)]
pub struct Stp;

impl Dissector for Stp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[high, low, _, kind] = fixed::<HEADER>(data)?;
        if (high, low) != (0, 0) {
            return Err(Fault::Malformed("not the spanning tree protocol (stp.protocol)"));
        }
        if kind != CHANGE_NOTIFICATION && data.len() < CONFIGURATION {
            cx.flaw(Fault::Short { need: CONFIGURATION, have: data.len() });
        }
        Ok(Parsed::end(usize::MAX).memo(u32::from(cx.called == PER_VLAN)))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u16(&PROTOCOL_ID, 0)?;
        let version = walk.u8(&VERSION, 2)?;
        let kind = walk.u8(&TYPE, 3)?;
        if kind == CHANGE_NOTIFICATION || walk.data().len() == HEADER {
            return Some(());
        }
        let flags = walk.u8(&FLAGS, 4)?;
        if kind == RAPID {
            walk.bits(FLAG_BITS, 4..5, flags)?;
        } else {
            walk.bits(&[(&CHANGE_ACK, 0x80), (&CHANGE, 1)], 4..5, flags)?;
        }
        bridge(walk, 5, &ROOT_PRIORITY, &ROOT_EXTENSION, &ROOT)?;
        if kind == RAPID && version >= 3 {
            walk.u32(&OUTER_COST, 13)?;
            // The bridge that sends it stands behind the region.
            bridge(walk, 17, &REGION_PRIORITY, &REGION_EXTENSION, &REGION_ROOT)?;
        } else {
            walk.u32(&COST, 13)?;
            bridge(walk, 17, &BRIDGE_PRIORITY, &BRIDGE_EXTENSION, &BRIDGE)?;
        }
        walk.u16(&PORT, 25)?;
        for (at, field) in (27..).step_by(2).zip([&MESSAGE_AGE, &MAX_AGE, &HELLO, &FORWARD]) {
            let ticks = u16_at(walk.data(), at)?;
            walk.emit(field, at..at.saturating_add(2), Value::Float(f64::from(ticks) / 256.0))?;
        }
        if kind == RAPID {
            walk.u8(&LENGTH_1, 35)?;
        }
        if walk.memo() != 0 {
            walk.u16(&TLV_TYPE, 36)?;
            walk.u16(&TLV_LENGTH, 38)?;
            walk.u16(&VLAN, 40)?;
        } else if kind == RAPID && version >= 3 {
            multiple(walk, version)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let (Some(version), Some(kind)) = (u8_at(data, 2), u8_at(data, 3)) else {
            return out.write_str("header cut");
        };
        if kind == CHANGE_NOTIFICATION {
            return out.write_str("Topology Change Notification");
        }
        out.write_str(match (kind, version) {
            (0, _) => "Conf. ",
            (RAPID, 2) => "RST. ",
            (RAPID, 3) => "MST. ",
            (RAPID, 4) => "SPT. ",
            _ => return write!(out, "{}", name_of(TYPE_NAMES, kind.into()).unwrap_or("unknown type")),
        })?;
        let (Some(flags), Some(priority), Some(root)) =
            (u8_at(data, 4), u16_at(data, 5), chunk::<6>(data, 7))
        else {
            return out.write_str("cut");
        };
        match (flags & 0x80 != 0, flags & 1 != 0) {
            (true, true) => out.write_str("TC + TCA, ")?,
            (true, false) => out.write_str("TCA, ")?,
            (false, true) => out.write_str("TC, ")?,
            (false, false) => {}
        }
        let [a, b, c, d, e, f] = root;
        write!(out, "Root = {}/{}", priority & 0xf000, priority & 0x0fff)?;
        write!(out, "/{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")?;
        match (u32_at(data, 13), u16_at(data, 25)) {
            (Some(cost), Some(port)) => write!(out, " Cost = {cost} Port = {port:#06x}"),
            _ => Ok(()),
        }
    }
}

/// A bridge identifier: four bits of priority, twelve of extension, an address (IEEE 802.1Q section 14.2.5).
fn bridge(
    walk: &mut Walk<'_, '_>,
    at: usize,
    priority: &'static Field,
    extension: &'static Field,
    address: &'static Field,
) -> Option<()> {
    let word = u16_at(walk.data(), at)?;
    let next = at.saturating_add(2);
    walk.uint(priority, at..next, word & 0xf000)?;
    walk.uint(extension, at..next, word & 0x0fff)?;
    walk.mac(address, next).map(|_| ())
}

/// What MSTP adds: the region, the common tree within it, one record for each instance.
fn multiple(walk: &mut Walk<'_, '_>, version: u8) -> Option<()> {
    let len = usize::from(walk.u16(&LENGTH_3, 36)?);
    if len < VERSION_3 {
        return Some(());
    }
    walk.u8(&SELECTOR, 38)?;
    let name = walk.data().get(39..71)?;
    let used = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    walk.text(&NAME, 39, used)?;
    walk.u16(&REVISION, 71)?;
    walk.bytes(&DIGEST, 73, 16)?;
    walk.u32(&INNER_COST, 89)?;
    bridge(walk, 93, &CIST_PRIORITY, &CIST_EXTENSION, &CIST_BRIDGE)?;
    walk.u8(&CIST_HOPS, 101)?;
    let end = len.saturating_add(38);
    let mut at = VERSION_3.saturating_add(38);
    for _ in 0..MAX_INSTANCES {
        if at.saturating_add(INSTANCE_LEN) > end {
            break;
        }
        instance(walk, at)?;
        at = at.saturating_add(INSTANCE_LEN);
    }
    if version >= 4 && walk.data().len() > end {
        walk.u16(&LENGTH_4, end)?;
    }
    Some(())
}

fn instance(walk: &mut Walk<'_, '_>, start: usize) -> Option<()> {
    let at = |skip: usize| start.saturating_add(skip);
    let word = u16_at(walk.data(), at(1))?;
    let head = Value::Uint((word & 0x0fff).into());
    walk.open(&INSTANCE, start..at(INSTANCE_LEN), head)?;
    let flags = walk.u8(&INSTANCE_FLAGS, start)?;
    walk.bits(INSTANCE_FLAG_BITS, start..at(1), flags)?;
    walk.uint(&INSTANCE_PRIORITY, at(1)..at(2), word >> 12)?;
    walk.mac(&INSTANCE_ROOT, at(3))?;
    walk.u32(&INSTANCE_COST, at(9))?;
    let (bridge, port) = (u8_at(walk.data(), at(13))?, u8_at(walk.data(), at(14))?);
    walk.uint(&INSTANCE_BRIDGE, at(13)..at(14), bridge >> 4)?;
    walk.uint(&INSTANCE_PORT, at(14)..at(15), port >> 4)?;
    walk.u8(&INSTANCE_HOPS, at(15))?;
    walk.close();
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    const ROOT: &str = "8001 020000000001 00000004 9002 020000000002 8003 0100 1400 0200 0f00";

    fn seen(llc: &str, bpdu: &[&str]) -> Seen {
        let payload = bytes(&[llc, &bpdu.concat()].concat());
        let len = u16::try_from(payload.len()).unwrap().to_be_bytes();
        let frame = [&bytes("0180c2000000 020000000002")[..], &len, &payload].concat();
        survives(LinkType::ETHERNET, &frame);
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn a_configuration() {
        let seen = seen("424203", &["0000 00 00 81", ROOT]);
        assert_eq!(seen.protocols, "eth:llc:stp");
        assert_eq!(seen.info, "Conf. TC + TCA, Root = 32768/1/02:00:00:00:00:01 Cost = 4 Port = 0x8003");
        seen.expect(&[
            ("stp.version", "0"),
            ("stp.flags.tc", "1"),
            ("stp.flags.tcack", "1"),
            ("stp.flags.agreement", ""),
            ("stp.root.prio", "32768"),
            ("stp.root.ext", "1"),
            ("stp.root.hw", "02:00:00:00:00:01"),
            ("stp.root.cost", "4"),
            ("stp.bridge.prio", "36864"),
            ("stp.bridge.hw", "02:00:00:00:00:02"),
            ("stp.port", "0x8003"),
            ("stp.msg_age", "1"),
            ("stp.max_age", "20"),
            ("stp.hello", "2"),
            ("stp.forward", "15"),
        ]);
    }

    #[test]
    fn a_topology_change() {
        assert_eq!(seen("424203", &["0000 00 80"]).info, "Topology Change Notification");
    }

    #[test]
    fn a_tree_for_a_vlan() {
        let seen = seen("aaaa03 00000c 010b", &["0000 02 02 3c", ROOT, "00 0000 0002 0064"]);
        assert_eq!(seen.protocols, "eth:llc:stp");
        seen.expect(&[
            ("stp.flags.port_role", "3"),
            ("stp.flags.forwarding", "1"),
            ("stp.version_1_length", "0"),
            ("stp.pvst.tlvtype", "0x0000"),
            ("stp.pvst.origvlan", "100"),
        ]);
    }

    #[test]
    fn instances_of_a_region() {
        let name = "00 6272 000000000000000000000000000000000000000000000000000000000000 0007";
        let digest = "9357ebb7a8d74dd5fef4f2bab50531aa";
        let common = "00030d40 8000 020000000003 14";
        let instance = "fc 6001 020000000003 00000000 60 80 14";
        let seen = seen("424203", &["0000 03 02 38", ROOT, "00 0050", name, digest, common, instance]);
        seen.expect(&[
            ("mstp.version_3_length", "80"),
            ("mstp.config_name", "br"),
            ("mstp.config_revision_level", "7"),
            ("mstp.cist_internal_root_path_cost", "200000"),
            ("mstp.cist_remaining_hops", "20"),
            ("mstp.msti.msti_id", "1"),
            ("mstp.msti.priority", "0x06"),
            ("mstp.msti.bridge_priority", "6"),
            ("stp.flags.agreement", "0,1"),
            ("stp.flags.tcack", "0,1"),
            ("stp.bridge.hw", "02:00:00:00:00:02"),
        ]);
    }
}
