//! Protocol Independent Multicast, version 2: sparse mode (RFC 7761 section 4.9), its bootstrap routers (RFC 5059
//! section 4), and the state refresh of dense mode (RFC 3973 section 4.7).

use core::fmt;

use crate::bytes::{fixed, u8_at, u32_at};
use crate::checksum::{self, Status, pseudo_sum};
use crate::cursor::Cursor;
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value, concat, name_of};
use crate::link::ethernet::{ETHERTYPE, TYPE_IPV4, TYPE_IPV6};
use crate::network::{IP_PROTO, message_status, status_field};
use crate::packet::Layer;
use crate::walk::Walk;

use address::{GROUP_ROWS, JOIN_ROWS, PRUNE_ROWS};

mod address;

const HELLO: u8 = 0;
const REGISTER: u8 = 1;
const REGISTER_STOP: u8 = 2;
const JOIN_PRUNE: u8 = 3;
const BOOTSTRAP: u8 = 4;
const ASSERT: u8 = 5;
const GRAFT: u8 = 6;
const GRAFT_ACK: u8 = 7;
const CANDIDATE: u8 = 8;
const STATE_REFRESH: u8 = 9;

const TYPE_NAMES: &[(u64, &str)] = &[
    (HELLO as u64, "Hello"),
    (REGISTER as u64, "Register"),
    (REGISTER_STOP as u64, "Register-stop"),
    (JOIN_PRUNE as u64, "Join/Prune"),
    (BOOTSTRAP as u64, "Bootstrap"),
    (ASSERT as u64, "Assert"),
    (GRAFT as u64, "Graft"),
    (GRAFT_ACK as u64, "Graft-Ack"),
    (CANDIDATE as u64, "Candidate-RP-Advertisement"),
    (STATE_REFRESH as u64, "State-Refresh"),
    (10, "DF election"),
    (11, "ECMP redirect"),
    (12, "PFM"),
];
const OPTION_NAMES: &[(u64, &str)] = &[
    (1, "hold time"),
    (2, "LAN prune delay"),
    (19, "DR priority"),
    (20, "generation"),
    (21, "state refresh"),
    (22, "bidirectional"),
    (24, "addresses"),
    (26, "join attributes"),
    (65_001, "addresses, before they had a number"),
];

fields! {
    VERSION = Field::u8("pim.version", "version"),
    TYPE = Field::u8("pim.type", "type").key().names(TYPE_NAMES),
    RESERVED = Field::bytes("pim.res_bytes", "reserved").many(),
    NO_FORWARD = Field::bool("nd.pim.no_forward", "not to be forwarded"),
    CHECKSUM = Field::u16("pim.cksum", "checksum").hex(),
    CHECKSUM_STATUS = status_field("pim.cksum.status"),
    OPTION = Field::u16("pim.optiontype", "option").many().names(OPTION_NAMES),
    OPTION_LENGTH = Field::u16("pim.optionlength", "length").many(),
    OPTION_VALUE = Field::bytes("pim.optionvalue", "value").many(),
    HOLD_TIME = Field::u16("pim.holdtime", "hold time (s)").many(),
    TRACKING = Field::bool("pim.t", "tracks joins").many(),
    DELAY = Field::u16("pim.propagation_delay", "propagation delay (ms)").many(),
    OVERRIDE = Field::u16("pim.override_interval", "override interval (ms)").many(),
    DR_PRIORITY = Field::u32("pim.dr_priority", "DR priority").many(),
    GENERATION = Field::u32("pim.generation_id", "generation").many(),
    REFRESH_VERSION = Field::u8("pim.state_refresh_version", "version").many(),
    REFRESH_INTERVAL = Field::u8("pim.state_refresh_interval", "interval (s)").many(),
    REFRESH_RESERVED = Field::u16("pim.state_refresh_reserved", "reserved").many(),
    REGISTER_FLAGS = Field::u32("pim.register_flag", "flags").hex(),
    REGISTER_BORDER = Field::bool("pim.register_flag.border", "border"),
    REGISTER_NULL = Field::bool("pim.register_flag.null_register", "no packet inside"),
    IP_VERSION = Field::u8("pim.ip_version", "IP version"),
    GROUPS = Field::u16("pim.numgroups", "groups"),
    JOINS = Field::u16("pim.numjoins", "joined sources").many(),
    PRUNES = Field::u16("pim.numprunes", "pruned sources").many(),
    FRAGMENT = Field::u16("pim.fragment_tag", "fragment").hex(),
    HASH_MASK = Field::u8("pim.hash_mask_len", "hash mask length"),
    BSR_PRIORITY = Field::u8("pim.bsr_priority", "BSR priority"),
    RP_COUNT = Field::u8("pim.rp_count", "RPs").many(),
    RP_HERE = Field::u8("pim.frp_count", "RPs in this fragment").many(),
    PRIORITY = Field::u8("pim.priority", "priority").many(),
    PREFIXES = Field::u8("pim.prefix_count", "prefixes"),
    ON_TREE = Field::bool("pim.rpt", "on the RP's tree"),
    PREFERENCE = Field::u32("pim.metric_pref", "metric preference"),
    METRIC = Field::u32("pim.metric", "metric"),
    MASK_LENGTH = Field::u8("pim.mask_len", "mask length").many(),
    REFRESH_TTL = Field::u8("pim.ttl", "TTL"),
    REFRESH_PRUNE = Field::bool("pim.prune_indicator", "pruned"),
    REFRESH_NOW = Field::bool("pim.prune_now", "prune now"),
    REFRESH_ASSERT = Field::bool("pim.assert_override", "assert override"),
    INTERVAL = Field::u8("pim.interval", "interval (s)"),
}

static ALL_FIELDS: [&Field; FIELDS.len() + address::FIELDS.len()] = concat(&[FIELDS, address::FIELDS]);

static PROTOCOL: Protocol = Protocol {
    name: "pim",
    title: "PIM",
    about: "Protocol Independent Multicast (RFC 7761)",
    fields: &ALL_FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, PROTOCOL_NUMBER as u32)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

const PROTOCOL_NUMBER: u8 = 103;
/// Bytes of version, type, reserved byte and checksum.
const HEADER: usize = 4;
/// Bytes before the packet in a register; its checksum covers no more (RFC 7761 section 4.9).
const REGISTER_HEADER: usize = 8;
/// In a register's flags: the packet is only a header that says whose it would be.
const NULL_REGISTER: u32 = 0x4000_0000;

/// Protocol Independent Multicast.
#[derive(Debug)]
pub struct Pim;

/// Type of a message of version 2.
fn kind(data: &[u8]) -> Option<u8> {
    let first = u8_at(data, 0)?;
    (first >> 4 == 2).then_some(first & 0x0f)
}

impl Dissector for Pim {
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
        fixed::<HEADER>(data)?;
        let Some(kind) = kind(data) else {
            cx.flaw(Fault::Malformed("not version 2 (pim.version)"));
            return Ok(Parsed::end(usize::MAX));
        };
        if kind != REGISTER {
            return Ok(Parsed::end(usize::MAX));
        }
        let &[.., a, b, c, d] = fixed::<REGISTER_HEADER>(data)?;
        let is_null = u32::from_be_bytes([a, b, c, d]) & NULL_REGISTER != 0;
        let value = match u8_at(data, REGISTER_HEADER).map(|first| first >> 4) {
            Some(4) if !is_null => TYPE_IPV4,
            Some(6) if !is_null => TYPE_IPV6,
            _ => return Ok(Parsed::end(usize::MAX)),
        };
        let next = Next::Table { nth: 0, value: value.into() };
        Ok(Parsed::new(REGISTER_HEADER, usize::MAX, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let first = u8_at(walk.data(), 0)?;
        walk.bits(&[(&VERSION, 0xf0), (&TYPE, 0x0f)], 0..1, first)?;
        let kind = kind(walk.data());
        walk.bytes(&RESERVED, 1, 1)?;
        if kind == Some(BOOTSTRAP) {
            // One bit of the reserved byte is not (RFC 5059 section 4.1).
            walk.bool(&NO_FORWARD, 1..2, u8_at(walk.data(), 1)? & 0x80 != 0)?;
        }
        checksum(walk)?;
        let Some(kind) = kind else { return Some(()) };
        let end = walk.data().len();
        let mut body = Cursor::new(walk, HEADER, end);
        match kind {
            HELLO => hello(&mut body),
            REGISTER => register(&mut body),
            REGISTER_STOP => {
                address::prefix(&mut body, GROUP_ROWS)?;
                address::unicast(&mut body, &address::SOURCE, &address::SOURCE_V6)
            }
            JOIN_PRUNE | GRAFT | GRAFT_ACK => joins(&mut body),
            BOOTSTRAP => bootstrap(&mut body),
            ASSERT => {
                address::prefix(&mut body, GROUP_ROWS)?;
                address::unicast(&mut body, &address::SOURCE, &address::SOURCE_V6)?;
                metrics(&mut body)
            }
            CANDIDATE => {
                let count = body.u8(&PREFIXES)?;
                body.u8(&PRIORITY)?;
                body.u16(&HOLD_TIME)?;
                address::unicast(&mut body, &address::RP, &address::RP_V6)?;
                for _ in 0..count {
                    address::prefix(&mut body, GROUP_ROWS)?;
                }
                Some(())
            }
            STATE_REFRESH => refresh(&mut body),
            _ => Some(()),
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match kind(layer.data()) {
            Some(kind) => match name_of(TYPE_NAMES, kind.into()) {
                Some(name) => out.write_str(name),
                None => write!(out, "type {kind}"),
            },
            None => out.write_str("unknown version"),
        }
    }
}

fn checksum(walk: &mut Walk<'_, '_>) -> Option<()> {
    walk.u16(&CHECKSUM, 2)?;
    let is_register = kind(walk.data()) == Some(REGISTER);
    let status = message_status(&walk.layer(), walk.data(), |data, net| {
        let covered = if is_register { data.get(..REGISTER_HEADER).unwrap_or(data) } else { data };
        if net.src.is_ipv6() {
            let len = u32::try_from(covered.len()).unwrap_or(u32::MAX);
            pseudo_sum(net.src, net.dst, PROTOCOL_NUMBER, len, covered)
        } else {
            checksum::sum(covered)
        }
    });
    walk.uint(&CHECKSUM_STATUS, 2..4, status.map_or(Status::Unverified, |found| found.0) as u8)
}

/// A neighbour and its options (RFC 7761 section 4.9.2).
fn hello(body: &mut Cursor<'_, '_, '_>) -> Option<()> {
    while body.left() >= 4 {
        let head = body.peek(4)?;
        let (kind, len) = (head >> 16, usize::try_from(head & 0xffff).ok()?);
        body.group(&OPTION, Value::Uint(kind.into()), len.saturating_add(4), |option| {
            option.take(2)?;
            option.u16(&OPTION_LENGTH)?;
            match kind {
                1 => option.u16(&HOLD_TIME).map(|_| ()),
                2 => {
                    let delay = option.peek(2)?;
                    let at = option.take(2)?;
                    let place = at..option.at();
                    option.walk().bits(&[(&TRACKING, 0x8000), (&DELAY, 0x7fff)], place, delay)?;
                    option.u16(&OVERRIDE).map(|_| ())
                }
                19 => option.u32(&DR_PRIORITY).map(|_| ()),
                20 => option.u32(&GENERATION).map(|_| ()),
                21 => {
                    option.u8(&REFRESH_VERSION)?;
                    option.u8(&REFRESH_INTERVAL)?;
                    option.u16(&REFRESH_RESERVED).map(|_| ())
                }
                24 | 65_001 => {
                    while option.left() > 0 {
                        address::unicast(option, &address::LISTED, &address::LISTED_V6)?;
                    }
                    Some(())
                }
                _ if len == 0 => Some(()),
                _ => option.bytes(&OPTION_VALUE, len).map(|_| ()),
            }
        })?;
    }
    Some(())
}

/// A packet on its way to the rendezvous point, or a header that says whose it would be.
fn register(body: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let flags = u32_at(body.rest(), 0)?;
    let rows: &[(u32, &Field)] = &[(0x8000_0000, &REGISTER_BORDER), (NULL_REGISTER, &REGISTER_NULL)];
    body.bits(&REGISTER_FLAGS, 4, rows)?;
    let version = u8_at(body.rest(), 0)? >> 4;
    let at = body.at();
    body.walk().uint(&IP_VERSION, at..at.saturating_add(1), version)?;
    if flags & NULL_REGISTER == 0 {
        return Some(());
    }
    // A header of version 0 belongs to the family of the datagram around it.
    if version == 6 || version == 0 && body.walk().layer().net().is_some_and(|net| net.src.is_ipv6()) {
        body.take(8)?;
        body.ipv6(&address::SOURCE_V6)?;
        return body.ipv6(&address::GROUP_V6).map(|_| ());
    }
    body.take(12)?;
    body.ipv4(&address::SOURCE)?;
    body.ipv4(&address::GROUP).map(|_| ())
}

/// What a router wants of its neighbour towards the sources (RFC 7761 section 4.9.5).
fn joins(body: &mut Cursor<'_, '_, '_>) -> Option<()> {
    address::unicast(body, &address::UPSTREAM, &address::UPSTREAM_V6)?;
    body.bytes(&RESERVED, 1)?;
    let groups = body.peek(1)?;
    body.uint(&GROUPS, 1, groups)?;
    body.u16(&HOLD_TIME)?;
    for _ in 0..groups {
        address::prefix(body, GROUP_ROWS)?;
        let joins = body.u16(&JOINS)?;
        let prunes = body.u16(&PRUNES)?;
        for _ in 0..joins {
            address::prefix(body, JOIN_ROWS)?;
        }
        for _ in 0..prunes {
            address::prefix(body, PRUNE_ROWS)?;
        }
    }
    Some(())
}

/// Which rendezvous points serve which groups (RFC 5059 section 4.1).
fn bootstrap(body: &mut Cursor<'_, '_, '_>) -> Option<()> {
    body.u16(&FRAGMENT)?;
    body.u8(&HASH_MASK)?;
    body.u8(&BSR_PRIORITY)?;
    address::unicast(body, &address::BSR, &address::BSR_V6)?;
    while body.left() > 0 {
        address::prefix(body, GROUP_ROWS)?;
        body.u8(&RP_COUNT)?;
        let here = body.u8(&RP_HERE)?;
        body.bytes(&RESERVED, 2)?;
        for _ in 0..here {
            address::unicast(body, &address::RP, &address::RP_V6)?;
            body.u16(&HOLD_TIME)?;
            body.u8(&PRIORITY)?;
            body.bytes(&RESERVED, 1)?;
        }
    }
    Some(())
}

/// How far away the source is, or the rendezvous point if the first bit says so.
fn metrics(body: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let first = u32_at(body.rest(), 0)?;
    let at = body.take(4)?;
    let place = at..body.at();
    body.walk().bits(&[(&ON_TREE, 0x8000_0000), (&PREFERENCE, 0x7fff_ffff)], place, first)?;
    body.u32(&METRIC).map(|_| ())
}

/// What keeps prunes of dense mode alive (RFC 3973 section 4.7.10).
fn refresh(body: &mut Cursor<'_, '_, '_>) -> Option<()> {
    address::prefix(body, GROUP_ROWS)?;
    address::unicast(body, &address::SOURCE, &address::SOURCE_V6)?;
    address::unicast(body, &address::ORIGINATOR, &address::ORIGINATOR_V6)?;
    metrics(body)?;
    body.u8(&MASK_LENGTH)?;
    body.u8(&REFRESH_TTL)?;
    let flags = body.peek(1)?;
    let at = body.take(1)?;
    let place = at..body.at();
    let rows = [(&REFRESH_PRUNE, 0x80), (&REFRESH_NOW, 0x40), (&REFRESH_ASSERT, 0x20)];
    body.walk().bits(&rows, place, flags)?;
    body.u8(&INTERVAL).map(|_| ())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::network::build::ipv4;
    use crate::testing::{Seen, UDP, bytes, survives};

    /// An IPv4 header around these bytes.
    fn seen(message: &[&str]) -> Seen {
        let frame = ipv4(103, 0, &[], &bytes(&message.concat()));
        survives(LinkType::RAW, &frame);
        Seen::new(LinkType::RAW, &frame)
    }

    #[test]
    fn a_neighbour_says_hello() {
        let options = "0001 0002 0069  0002 0004 81f4 09c4  0013 0004 00000001  0014 0004 12345678";
        let hello = seen(&["2000 0000", options, "0015 0004 013c0000", "fde9 0006 0100 c0000202"]);
        assert_eq!(hello.protocols, "raw:ip:pim");
        assert_eq!(hello.info, "Hello");
        hello.expect(&[
            ("pim.version", "2"),
            ("pim.type", "0"),
            ("pim.cksum.status", "0"),
            ("pim.optiontype", "1,2,19,20,21,65001"),
            ("pim.holdtime", "105"),
            ("pim.t", "1"),
            ("pim.propagation_delay", "500"),
            ("pim.override_interval", "2500"),
            ("pim.generation_id", "305419896"),
            ("pim.state_refresh_interval", "60"),
            ("pim.address_list", "192.0.2.2"),
        ]);
    }

    #[test]
    fn a_register_carries_a_packet() {
        let register = seen(&["2100 deff 00000000", UDP]);
        assert_eq!(register.protocols, "raw:ip:pim:ip:udp");
        register.expect(&[("pim.cksum.status", "1"), ("pim.ip_version", "4")]);
        let null = seen(&["2100 9eff 40000000", "45000014 00000000 01670000 0a000001 ef010101"]);
        assert_eq!(null.protocols, "raw:ip:pim");
        null.expect(&[
            ("pim.cksum.status", "1"),
            ("pim.register_flag.null_register", "1"),
            ("pim.source", "10.0.0.1"),
            ("pim.group", "239.1.1.1"),
        ]);
    }

    #[test]
    fn sources_are_joined_and_pruned() {
        let group = "0100 0020 ef010101 0001 0001";
        let join =
            seen(&["2300 0000 0100c0000202 00 01 00d2", group, "0100 0720 0a000001 0100 0520 0a000002"]);
        join.expect(&[
            ("pim.upstream_neighbor", "192.0.2.2"),
            ("pim.numgroups", "1"),
            ("pim.group", "239.1.1.1"),
            ("pim.mask_len", "32,32,32"),
            ("pim.join_ip", "10.0.0.1"),
            ("pim.source_addr.flags.w", "1,0"),
            ("pim.prune_ip", "10.0.0.2"),
            ("pim.addr_address_family", "1,1,1,1"),
        ]);
    }

    #[test]
    fn rendezvous_points_are_told() {
        let head = "2480 0000 04b0 1e 40 0100c0000201";
        let group = "0100 8004 e0000000 01 01 0000 0100c0000203 0096 07 00";
        seen(&[head, group]).expect(&[
            ("nd.pim.no_forward", "1"),
            ("pim.fragment_tag", "0x04b0"),
            ("pim.bsr", "192.0.2.1"),
            ("pim.group_addr.flags.b", "1"),
            ("pim.rp", "192.0.2.3"),
            ("pim.priority", "7"),
        ]);
        let candidate = seen(&["2800 0000 01 00 0096 0100c0000203 0100 0004 e0000000"]);
        candidate.expect(&[("pim.prefix_count", "1"), ("pim.rp", "192.0.2.3")]);
    }

    #[test]
    fn metrics_are_compared() {
        let assert = seen(&["2500 0000 0100 0020 ef010101 01000a000001 80000065 0000000a"]);
        assert.expect(&[("pim.rpt", "1"), ("pim.metric_pref", "101"), ("pim.metric", "10")]);
        let sources = "0100 0020 ef010101 01000a000001 0100c0000201";
        let refresh = seen(&["2900 0000", sources, "00000065 0000000a 18 10 a0 3c"]);
        refresh.expect(&[
            ("pim.originator", "192.0.2.1"),
            ("pim.mask_len", "32,24"),
            ("pim.prune_indicator", "1"),
            ("pim.prune_now", "0"),
            ("pim.assert_override", "1"),
        ]);
    }

    #[test]
    fn another_version_is_told() {
        assert_eq!(seen(&["1000 0000"]).faults, ["malformed: not version 2 (pim.version)"]);
    }
}
