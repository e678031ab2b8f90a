//! Opaque advertisements (RFC 5250): traffic engineering (RFC 3630, 4203, 4124), graceful restart (RFC 3623), router
//! information (RFC 7770, 5642, 8665), extended prefixes and links (RFC 7684, 8665).

use super::RESERVED;
use super::body::{LINK_DATA, LINK_ID, LINK_TYPE, PREFIX_LENGTH, prefix};
use super::trailer::{TLV_VALUE, tlv, tlv_of};
use crate::cursor::Cursor;
use crate::field::{Field, Kind};

fields! {
    IS_TRAFFIC = Field::flag("ospf.lsa.mpls", "traffic engineering").many().hidden(),
    TE_TYPE = Field::u16("ospf.tlv_type", "type").names(TE_TYPES).many(),
    TE_SUBTYPE = Field::u16("ospf.tlv_type", "type").names(TE_SUBTYPES).many(),
    TE_ROUTER = Field::ipv4("ospf.mpls.routerid", "router address").many(),
    TE_LINK_TYPE = Field::u8("ospf.mpls.linktype", "link type").names(TE_LINK_TYPES).many(),
    TE_LINK_ID = Field::ipv4("ospf.mpls.linkid", "link id").many(),
    TE_LOCAL = Field::ipv4("ospf.mpls.local_addr", "local address").many(),
    TE_REMOTE = Field::ipv4("ospf.mpls.remote_addr", "remote address").many(),
    TE_METRIC = Field::u32("ospf.mpls.te_metric", "metric").many(),
    TE_BANDWIDTH = Field::new("ospf.mpls.link_max_bw", "maximum bandwidth (byte/s)", Kind::Float(32)).many(),
    TE_RESERVABLE =
        Field::new("ospf.mpls.link_max_bw", "maximum reservable bandwidth (byte/s)", Kind::Float(32)).many(),
    TE_PRIORITY_0 = Field::new("ospf.mpls.pri", "bandwidth of priority 0 (byte/s)", Kind::Float(32)).many(),
    TE_PRIORITY_1 = Field::new("ospf.mpls.pri", "bandwidth of priority 1 (byte/s)", Kind::Float(32)).many(),
    TE_PRIORITY_2 = Field::new("ospf.mpls.pri", "bandwidth of priority 2 (byte/s)", Kind::Float(32)).many(),
    TE_PRIORITY_3 = Field::new("ospf.mpls.pri", "bandwidth of priority 3 (byte/s)", Kind::Float(32)).many(),
    TE_PRIORITY_4 = Field::new("ospf.mpls.pri", "bandwidth of priority 4 (byte/s)", Kind::Float(32)).many(),
    TE_PRIORITY_5 = Field::new("ospf.mpls.pri", "bandwidth of priority 5 (byte/s)", Kind::Float(32)).many(),
    TE_PRIORITY_6 = Field::new("ospf.mpls.pri", "bandwidth of priority 6 (byte/s)", Kind::Float(32)).many(),
    TE_PRIORITY_7 = Field::new("ospf.mpls.pri", "bandwidth of priority 7 (byte/s)", Kind::Float(32)).many(),
    TE_COLOR = Field::u32("ospf.mpls.linkcolor", "administrative group").hex().many(),
    TE_LOCAL_ID = Field::u32("ospf.mpls.local_id", "local identifier").many(),
    TE_REMOTE_ID = Field::u32("ospf.mpls.remote_id", "remote identifier").many(),
    TE_PROTECTION = Field::u8("ospf.mpls.protection_capability", "protection").hex().many(),
    TE_SWITCHING = Field::u8("ospf.mpls.switching_type", "switching").names(SWITCHING).many(),
    TE_ENCODING = Field::u8("ospf.mpls.encoding", "encoding").names(ENCODINGS).many(),
    TE_MINIMUM =
        Field::new("ospf.mpls.minimum_lsp_bandwidth", "minimum bandwidth (byte/s)", Kind::Float(32)).many(),
    TE_MTU = Field::u16("ospf.mpls.interface_mtu", "interface MTU").many(),
    TE_RISK = Field::u32("ospf.mpls.shared_risk_link_group", "shared risk").many(),
    TE_MODEL = Field::u8("ospf.mpls.bc.model_id", "bandwidth constraints model").many(),
    TE_CONSTRAINT = Field::new("ospf.mpls.bc", "bandwidth constraint (byte/s)", Kind::Float(32)).many(),
    GRACE_TYPE = Field::u16("ospf.tlv_type", "type").names(GRACE_TYPES).many(),
    GRACE_PERIOD = Field::u32("ospf.v2.grace.period", "grace period (s)").many(),
    GRACE_REASON = Field::u8("ospf.v2.grace.reason", "reason").names(REASONS).many(),
    GRACE_ADDRESS = Field::ipv4("ospf.v2.grace.ip", "interface address").many(),
    PADDING = Field::bytes("ospf.pad_bytes", "padding").many(),
    INFORMATION_TYPE = Field::u16("ospf.tlv_type.opaque", "type").names(INFORMATION).many(),
    CAPABILITIES = Field::u8("ospf.ri.options", "capabilities").hex().many(),
    CAPABLE_GRACE = Field::bool("ospf.ri.options.grc", "graceful restart").many(),
    CAPABLE_HELPER = Field::bool("ospf.ri.options.grh", "graceful restart helper").many(),
    CAPABLE_STUB = Field::bool("ospf.ri.options.srs", "stub router").many(),
    CAPABLE_TRAFFIC = Field::bool("ospf.ri.options.tes", "traffic engineering").many(),
    CAPABLE_LAN = Field::bool("ospf.ri.options.p2plan", "point-to-point over LAN").many(),
    CAPABLE_EXPERIMENT = Field::bool("ospf.ri.options.ete", "experimental traffic engineering").many(),
    CAPABLE_HOST = Field::bool("ospf.ri.options.host", "host router").many(),
    HOSTNAME = Field::text("ospf.dynhostname", "host name").ascii().many(),
    ALGORITHM = Field::u8("ospf.lsa_sa", "algorithm").names(ALGORITHMS).many(),
    RANGE_SIZE = Field::u24("ospf.tlv.range_size", "range size").many(),
    LABEL_TYPE = Field::u16("ospf.tlv.sidlabel_range.type", "type").names(LABEL_TYPES).many(),
    LABEL = Field::u32("ospf.tlv.sid_label", "SID or label").many(),
    MSD_TYPE = Field::u8("ospf.tlv.igp_msd_type", "depth type").names(DEPTHS).many(),
    MSD_VALUE = Field::u8("ospf.tlv.igp_msd_value", "maximum depth").many(),
    PREFERENCE = Field::u24("ospf.tlv.preference", "preference").many(),
    EXTENDED_PREFIX = Field::u16("ospf.tlv.extpfx.tlv_type", "type").names(PREFIX_TLVS).many(),
    EXTENDED_SUB = Field::u16("ospf.tlv.extpfx.subtlv_type", "type").names(PREFIX_SUBTYPES).many(),
    // Wireshark's spelling.
    ROUTE_TYPE = Field::u16("ospf.tlv.extpfx.rotuetype", "route type").names(ROUTES).many(),
    FAMILY = Field::u8("ospf.tlv.extpfx.af", "address family").many(),
    PREFIX_FLAGS = Field::u8("ospf.tlv.extpfx.flags", "flags").hex().many(),
    PREFIX_A = Field::bool("ospf.tlv.extpfx.flags.a", "A: attached").many(),
    PREFIX_N = Field::bool("ospf.tlv.extpfx.flags.n", "N: node").many(),
    RANGE_FLAGS = Field::u8("ospf.tlv.extpfx_range.flags", "flags").hex().many(),
    RANGE_IA = Field::bool("ospf.tlv.extpfx_range.flags.ia", "IA: inter-area").many(),
    SID_FLAGS = Field::u8("ospf.tlv.pfxsid.flags", "flags").hex().many(),
    SID_NP = Field::bool("ospf.tlv.pfxsid.flags.np", "NP: no popping").many(),
    SID_M = Field::bool("ospf.tlv.pfxsid.flags.m", "M: from a mapping server").many(),
    SID_E = Field::bool("ospf.tlv.pfxsid.flags.e", "E: explicit null").many(),
    SID_V = Field::bool("ospf.tlv.pfxsid.flags.v", "V: a value").many(),
    SID_L = Field::bool("ospf.tlv.pfxsid.flags.l", "L: local").many(),
    TOPOLOGY = Field::u8("ospf.tlv.extlink.mt_id", "topology").many(),
    EXTENDED_LINK = Field::u16("ospf.tlv.extlink.tlv_type", "type").names(LINK_TLVS).many(),
    LINK_SUB = Field::u16("ospf.tlv.extlink.subtlv_type", "type").names(LINK_SUBTYPES).many(),
    ADJACENCY_FLAGS = Field::u8("ospf.tlv.adjsid.flags", "flags").hex().many(),
    ADJACENCY_B = Field::bool("ospf.tlv.adjsid.flags.b", "B: backup").many(),
    ADJACENCY_V = Field::bool("ospf.tlv.adjsid.flags.v", "V: a value").many(),
    ADJACENCY_L = Field::bool("ospf.tlv.adjsid.flags.l", "L: local").many(),
    ADJACENCY_G = Field::bool("ospf.tlv.adjsid.flags.g", "G: a group").many(),
    ADJACENCY_P = Field::bool("ospf.tlv.adjsid.flags.p", "P: persistent").many(),
    WEIGHT = Field::u8("ospf.tlv.extlink.weight", "weight").many(),
    NEIGHBOR = Field::ipv4("ospf.tlv.extlink.nbr", "neighbour").many(),
}

pub(super) const TRAFFIC_ENGINEERING: u8 = 1;
const GRACE: u8 = 3;
const ROUTER_INFORMATION: u8 = 4;
const EXTENDED_PREFIXES: u8 = 7;
const EXTENDED_LINKS: u8 = 8;

pub(super) const TYPES: &[(u64, &str)] = &[
    (TRAFFIC_ENGINEERING as u64, "Traffic engineering"),
    (2, "Sycamore optical topology"),
    (GRACE as u64, "Grace"),
    (ROUTER_INFORMATION as u64, "Router information"),
    (5, "L1VPN"),
    (6, "Inter-AS traffic engineering"),
    (EXTENDED_PREFIXES as u64, "Extended prefix"),
    (EXTENDED_LINKS as u64, "Extended link"),
];
const TE_TYPES: &[(u64, &str)] = &[(1, "Router address"), (2, "Link")];
const TE_SUBTYPES: &[(u64, &str)] = &[
    (1, "Link type"),
    (2, "Link id"),
    (3, "Local address"),
    (4, "Remote address"),
    (5, "Metric"),
    (6, "Maximum bandwidth"),
    (7, "Maximum reservable bandwidth"),
    (8, "Unreserved bandwidth"),
    (9, "Administrative group"),
    (11, "Link identifiers"),
    (14, "Protection"),
    (15, "Switching capability"),
    (16, "Shared risk"),
    (17, "Bandwidth constraints"),
];
const TE_LINK_TYPES: &[(u64, &str)] = &[(1, "Point-to-point"), (2, "Multi-access")];
const SWITCHING: &[(u64, &str)] = &[
    (1, "Packet-switch capable 1"),
    (2, "Packet-switch capable 2"),
    (3, "Packet-switch capable 3"),
    (4, "Packet-switch capable 4"),
    (51, "Layer 2 switch capable"),
    (100, "Time-division multiplex capable"),
    (150, "Lambda-switch capable"),
    (200, "Fiber-switch capable"),
];
const ENCODINGS: &[(u64, &str)] = &[
    (1, "Packet"),
    (2, "Ethernet"),
    (3, "PDH"),
    (5, "SDH/SONET"),
    (7, "Digital wrapper"),
    (8, "Lambda"),
    (9, "Fiber"),
    (11, "FiberChannel"),
];
const GRACE_TYPES: &[(u64, &str)] = &[(1, "Grace period"), (2, "Reason"), (3, "Interface address")];
const REASONS: &[(u64, &str)] =
    &[(0, "Unknown"), (1, "Software restart"), (2, "Software reload"), (3, "Switch to redundant processor")];
const INFORMATION: &[(u64, &str)] = &[
    (1, "Informational capabilities"),
    (2, "Functional capabilities"),
    (7, "Dynamic host name"),
    (8, "Segment routing algorithm"),
    (9, "SID/label range"),
    (12, "Node maximum SID depth"),
    (14, "Local block"),
    (15, "Mapping server preference"),
];
const ALGORITHMS: &[(u64, &str)] = &[(0, "Shortest path first"), (1, "Strict shortest path first")];
const LABEL_TYPES: &[(u64, &str)] = &[(1, "SID/label")];
/// IANA `igp-msd-types` (RFC 8476, RFC 9088, RFC 9352).
const DEPTHS: &[(u64, &str)] = &[
    (1, "Base MPLS imposition"),
    (2, "Entropy readable label depth"),
    (41, "Segments left"),
    (42, "End pop"),
    (44, "Headend encapsulation"),
    (45, "End decapsulation"),
];
const PREFIX_TLVS: &[(u64, &str)] = &[(1, "Extended prefix"), (2, "Extended prefix range")];
const PREFIX_SUBTYPES: &[(u64, &str)] = &[(1, "SID/label"), (2, "Prefix SID")];
const LINK_TLVS: &[(u64, &str)] = &[(1, "Extended link")];
const LINK_SUBTYPES: &[(u64, &str)] = &[
    (1, "SID/label"),
    (2, "Adjacency SID"),
    (3, "LAN adjacency SID"),
    (6, "Link maximum SID depth"),
    (7, "Graceful link shutdown"),
    (8, "Remote address"),
    (9, "Local and remote identifier"),
    (10, "Attributes of applications"),
];
const ROUTES: &[(u64, &str)] =
    &[(0, "Unspecified"), (1, "Intra-area"), (3, "Inter-area"), (5, "AS external"), (7, "NSSA external")];

/// Bandwidths of the eight priorities, in the order in which they stand (RFC 3630 section 2.5.8).
static TE_PRIORITIES: [&Field; 8] = [
    &TE_PRIORITY_0,
    &TE_PRIORITY_1,
    &TE_PRIORITY_2,
    &TE_PRIORITY_3,
    &TE_PRIORITY_4,
    &TE_PRIORITY_5,
    &TE_PRIORITY_6,
    &TE_PRIORITY_7,
];

/// The body of an opaque advertisement of type `kind`.
pub(super) fn body(part: &mut Cursor<'_, '_, '_>, kind: u8) -> Option<()> {
    match kind {
        TRAFFIC_ENGINEERING => {
            let range = part.at()..part.end();
            part.walk().flag(&IS_TRAFFIC, range)?;
            while part.left() > 0 {
                tlv_of(part, &TE_TYPE, traffic)?;
            }
            Some(())
        }
        GRACE => {
            while part.left() > 0 {
                grace(part)?;
            }
            Some(())
        }
        ROUTER_INFORMATION => router_information(part),
        EXTENDED_PREFIXES => {
            while part.left() > 0 {
                tlv_of(part, &EXTENDED_PREFIX, extended_prefix)?;
            }
            Some(())
        }
        EXTENDED_LINKS => {
            while part.left() > 0 {
                tlv_of(part, &EXTENDED_LINK, extended_link)?;
            }
            Some(())
        }
        _ => {
            while part.left() > 0 {
                tlv(part, |part, _, len| part.bytes(&TLV_VALUE, len).map(|_| ()))?;
            }
            Some(())
        }
    }
}

fn traffic(part: &mut Cursor<'_, '_, '_>, kind: u16, len: usize) -> Option<()> {
    match kind {
        1 => part.ipv4(&TE_ROUTER).map(|_| ()),
        2 => {
            while part.left() > 0 {
                tlv_of(part, &TE_SUBTYPE, traffic_link)?;
            }
            Some(())
        }
        _ => part.bytes(&TLV_VALUE, len).map(|_| ()),
    }
}

/// One property of a link (RFC 3630 section 2.5, RFC 4203 section 1, RFC 4124 section 5.1).
fn traffic_link(part: &mut Cursor<'_, '_, '_>, kind: u16, len: usize) -> Option<()> {
    match kind {
        1 => part.u8(&TE_LINK_TYPE).map(|_| ()),
        2 => part.ipv4(&TE_LINK_ID).map(|_| ()),
        3 => repeat(part, |part| part.ipv4(&TE_LOCAL).map(|_| ())),
        4 => repeat(part, |part| part.ipv4(&TE_REMOTE).map(|_| ())),
        5 => part.u32(&TE_METRIC).map(|_| ()),
        6 => part.float(&TE_BANDWIDTH),
        7 => part.float(&TE_RESERVABLE),
        8 => priorities(part),
        9 => part.u32(&TE_COLOR).map(|_| ()),
        11 => {
            part.u32(&TE_LOCAL_ID)?;
            part.u32(&TE_REMOTE_ID).map(|_| ())
        }
        14 => part.u8(&TE_PROTECTION).map(|_| ()),
        15 => {
            let switching = part.u8(&TE_SWITCHING)?;
            part.u8(&TE_ENCODING)?;
            part.take(2)?;
            priorities(part)?;
            // Packet switches tell more (RFC 4203 section 1.4).
            if (1..=4).contains(&switching) {
                part.float(&TE_MINIMUM)?;
                part.u16(&TE_MTU)?;
            }
            Some(())
        }
        16 => repeat(part, |part| part.u32(&TE_RISK).map(|_| ())),
        17 => {
            part.u8(&TE_MODEL)?;
            part.take(3)?;
            repeat(part, |part| part.float(&TE_CONSTRAINT))
        }
        _ => part.bytes(&TLV_VALUE, len).map(|_| ()),
    }
}

fn priorities(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    for field in TE_PRIORITIES {
        part.float(field)?;
    }
    Some(())
}

fn repeat(
    part: &mut Cursor<'_, '_, '_>,
    mut read: impl FnMut(&mut Cursor<'_, '_, '_>) -> Option<()>,
) -> Option<()> {
    while part.left() > 0 {
        read(part)?;
    }
    Some(())
}

fn grace(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    tlv_of(part, &GRACE_TYPE, |part, kind, len| match kind {
        1 => part.u32(&GRACE_PERIOD).map(|_| ()),
        2 => {
            part.u8(&GRACE_REASON)?;
            let pad = len.next_multiple_of(4).saturating_sub(len);
            let padding = part.at()..part.at().saturating_add(pad);
            let bytes = crate::bytes::slice(part.walk().data(), padding.start, pad)?;
            part.walk().emit(&PADDING, padding, crate::field::Value::Bytes(bytes))
        }
        3 => part.ipv4(&GRACE_ADDRESS).map(|_| ()),
        _ => part.bytes(&TLV_VALUE, len).map(|_| ()),
    })
}

/// What a router can do (RFC 7770), in both versions.
pub(super) fn router_information(part: &mut Cursor<'_, '_, '_>) -> Option<()> {
    while part.left() > 0 {
        tlv_of(part, &INFORMATION_TYPE, information)?;
    }
    Some(())
}

fn information(part: &mut Cursor<'_, '_, '_>, kind: u16, len: usize) -> Option<()> {
    match kind {
        1 => {
            let bits = [
                (0x80, &CAPABLE_GRACE),
                (0x40, &CAPABLE_HELPER),
                (0x20, &CAPABLE_STUB),
                (0x10, &CAPABLE_TRAFFIC),
                (0x08, &CAPABLE_LAN),
                (0x04, &CAPABLE_EXPERIMENT),
                (0x01, &CAPABLE_HOST),
            ];
            part.bits(&CAPABILITIES, 1, &bits).map(|_| ())
        }
        7 => part.text(&HOSTNAME, len).map(|_| ()),
        8 => repeat(part, |part| part.u8(&ALGORITHM).map(|_| ())),
        9 | 14 => {
            part.u24(&RANGE_SIZE)?;
            part.bytes(&RESERVED, 1)?;
            while part.left() > 0 {
                tlv_of(part, &LABEL_TYPE, |part, _, len| label(part, len))?;
            }
            Some(())
        }
        12 => repeat(part, |part| {
            part.u8(&MSD_TYPE)?;
            part.u8(&MSD_VALUE).map(|_| ())
        }),
        15 => {
            let preference = part.peek(1)?;
            part.uint(&PREFERENCE, 1, preference)?;
            part.bytes(&RESERVED, 3).map(|_| ())
        }
        _ => part.bytes(&TLV_VALUE, len).map(|_| ()),
    }
}

/// Three bytes hold a label of 20 bits, four an index (RFC 8665 section 2.1).
fn label(part: &mut Cursor<'_, '_, '_>, len: usize) -> Option<()> {
    match len {
        3 => {
            let value = part.peek(3)?;
            part.uint(&LABEL, 3, value)
        }
        _ => part.u32(&LABEL).map(|_| ()),
    }
}

fn extended_prefix(part: &mut Cursor<'_, '_, '_>, kind: u16, len: usize) -> Option<()> {
    match kind {
        1 => {
            let route = part.peek(1)?;
            part.uint(&ROUTE_TYPE, 1, route)?;
            let bits = part.u8(&PREFIX_LENGTH)?;
            part.u8(&FAMILY)?;
            part.bits(&PREFIX_FLAGS, 1, &[(0x80, &PREFIX_A), (0x40, &PREFIX_N)])?;
            prefix(part, bits, true)?;
        }
        2 => {
            let bits = part.u8(&PREFIX_LENGTH)?;
            part.u8(&FAMILY)?;
            let size = part.peek(2)?;
            part.uint(&RANGE_SIZE, 2, size)?;
            part.bits(&RANGE_FLAGS, 1, &[(0x80, &RANGE_IA)])?;
            part.bytes(&RESERVED, 3)?;
            prefix(part, bits, true)?;
        }
        _ => return part.bytes(&TLV_VALUE, len).map(|_| ()),
    }
    while part.left() > 0 {
        tlv_of(part, &EXTENDED_SUB, |part, kind, len| match kind {
            2 => {
                let bits = [(0x40, &SID_NP), (0x20, &SID_M), (0x10, &SID_E), (8, &SID_V), (4, &SID_L)];
                part.bits(&SID_FLAGS, 1, &bits)?;
                part.bytes(&RESERVED, 1)?;
                part.u8(&TOPOLOGY)?;
                part.u8(&ALGORITHM)?;
                let left = part.left();
                label(part, left)
            }
            _ => part.bytes(&TLV_VALUE, len).map(|_| ()),
        })?;
    }
    Some(())
}

fn extended_link(part: &mut Cursor<'_, '_, '_>, kind: u16, len: usize) -> Option<()> {
    if kind != 1 {
        return part.bytes(&TLV_VALUE, len).map(|_| ());
    }
    part.u8(&LINK_TYPE)?;
    part.bytes(&RESERVED, 3)?;
    part.ipv4(&LINK_ID)?;
    part.ipv4(&LINK_DATA)?;
    while part.left() > 0 {
        tlv_of(part, &LINK_SUB, |part, kind, len| match kind {
            // To a neighbour, and to one on a shared medium (RFC 8665 section 6).
            2 | 3 => {
                let bits = [
                    (0x80, &ADJACENCY_B),
                    (0x40, &ADJACENCY_V),
                    (0x20, &ADJACENCY_L),
                    (0x10, &ADJACENCY_G),
                    (0x08, &ADJACENCY_P),
                ];
                part.bits(&ADJACENCY_FLAGS, 1, &bits)?;
                part.bytes(&RESERVED, 1)?;
                part.u8(&TOPOLOGY)?;
                part.u8(&WEIGHT)?;
                if kind == 3 {
                    part.ipv4(&NEIGHBOR)?;
                }
                let left = part.left();
                label(part, left)
            }
            _ => part.bytes(&TLV_VALUE, len).map(|_| ()),
        })?;
    }
    Some(())
}
