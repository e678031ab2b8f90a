//! Link Aggregation Control Protocol (IEEE 802.1AX-2014 section 6.4.2).

use core::fmt::{self, Write as _};

use crate::bytes::{chunk, u8_at, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Parsed};
use crate::field::{Field, Protocol, Value};
use crate::link::slow::SLOW_SUBTYPE;
use crate::packet::Layer;
use crate::walk::Walk;

const TYPE_NAMES: &[(u64, &str)] = &[
    (0, "terminator"),
    (1, "actor"),
    (2, "partner"),
    (3, "collector"),
    (4, "port algorithm"),
    (5, "port conversation ids"),
    (6, "port conversation mask 1"),
    (7, "port conversation mask 2"),
    (8, "port conversation mask 3"),
    (9, "port conversation mask 4"),
    (10, "port conversation services"),
];

fields! {
    VERSION = Field::u8("lacp.version", "version").hex(),
    TYPE = Field::u8("lacp.tlv_type", "element").hex().many().names(TYPE_NAMES),
    LENGTH = Field::u8("lacp.tlv_length", "length").hex().many(),
    ACTOR_PRIORITY = Field::u16("lacp.actor.sys_priority", "system priority"),
    ACTOR_SYSTEM = Field::mac("lacp.actor.sysid", "system").key(),
    ACTOR_KEY = Field::u16("lacp.actor.key", "key").key(),
    ACTOR_PORT_PRIORITY = Field::u16("lacp.actor.port_priority", "port priority"),
    ACTOR_PORT = Field::u16("lacp.actor.port", "port").key(),
    ACTOR_STATE = Field::u8("lacp.actor.state", "state").hex().key(),
    ACTOR_ACTIVE = Field::bool("lacp.actor.state.activity", "active"),
    ACTOR_SHORT = Field::bool("lacp.actor.state.timeout", "short timeout"),
    ACTOR_AGGREGATES = Field::bool("lacp.actor.state.aggregation", "can be aggregated"),
    ACTOR_SYNC = Field::bool("lacp.actor.state.synchronization", "in sync"),
    ACTOR_COLLECTING = Field::bool("lacp.actor.state.collecting", "collecting"),
    ACTOR_DISTRIBUTING = Field::bool("lacp.actor.state.distributing", "distributing"),
    ACTOR_DEFAULTED = Field::bool("lacp.actor.state.defaulted", "partner by default"),
    ACTOR_EXPIRED = Field::bool("lacp.actor.state.expired", "expired"),
    ACTOR_LETTERS = Field::text("lacp.actor.state_str", "state in letters"),
    ACTOR_RESERVED = Field::bytes("lacp.actor.reserved", "reserved"),
    PARTNER_PRIORITY = Field::u16("lacp.partner.sys_priority", "system priority"),
    PARTNER_SYSTEM = Field::mac("lacp.partner.sysid", "system").key(),
    PARTNER_KEY = Field::u16("lacp.partner.key", "key").key(),
    PARTNER_PORT_PRIORITY = Field::u16("lacp.partner.port_priority", "port priority"),
    PARTNER_PORT = Field::u16("lacp.partner.port", "port").key(),
    PARTNER_STATE = Field::u8("lacp.partner.state", "state").hex().key(),
    PARTNER_ACTIVE = Field::bool("lacp.partner.state.activity", "active"),
    PARTNER_SHORT = Field::bool("lacp.partner.state.timeout", "short timeout"),
    PARTNER_AGGREGATES = Field::bool("lacp.partner.state.aggregation", "can be aggregated"),
    PARTNER_SYNC = Field::bool("lacp.partner.state.synchronization", "in sync"),
    PARTNER_COLLECTING = Field::bool("lacp.partner.state.collecting", "collecting"),
    PARTNER_DISTRIBUTING = Field::bool("lacp.partner.state.distributing", "distributing"),
    PARTNER_DEFAULTED = Field::bool("lacp.partner.state.defaulted", "partner by default"),
    PARTNER_EXPIRED = Field::bool("lacp.partner.state.expired", "expired"),
    PARTNER_LETTERS = Field::text("lacp.partner.state_str", "state in letters"),
    PARTNER_RESERVED = Field::bytes("lacp.partner.reserved", "reserved"),
    DELAY = Field::u16("lacp.collector.max_delay", "longest delay of the collector (10 µs)"),
    COLLECTOR_RESERVED = Field::bytes("lacp.coll_reserved", "reserved"),
    PAD = Field::bytes("lacp.pad", "padding"),
}

static PROTOCOL: Protocol = Protocol {
    name: "lacp",
    title: "LACP",
    about: "Link Aggregation Control Protocol (IEEE 802.1AX)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&SLOW_SUBTYPE, 1)];

const TERMINATOR: u8 = 0;
const ACTOR: u8 = 1;
const PARTNER: u8 = 2;
const COLLECTOR: u8 = 3;
/// Where the elements begin, behind the version.
const ELEMENTS: usize = 1;

/// The rows of one end of a link.
struct End {
    priority: &'static Field,
    system: &'static Field,
    key: &'static Field,
    port_priority: &'static Field,
    port: &'static Field,
    state: &'static Field,
    bits: &'static [(&'static Field, u64)],
    letters: &'static Field,
    reserved: &'static Field,
}

static ACTOR_END: End = End {
    priority: &ACTOR_PRIORITY,
    system: &ACTOR_SYSTEM,
    key: &ACTOR_KEY,
    port_priority: &ACTOR_PORT_PRIORITY,
    port: &ACTOR_PORT,
    state: &ACTOR_STATE,
    bits: &[
        (&ACTOR_ACTIVE, 0x01),
        (&ACTOR_SHORT, 0x02),
        (&ACTOR_AGGREGATES, 0x04),
        (&ACTOR_SYNC, 0x08),
        (&ACTOR_COLLECTING, 0x10),
        (&ACTOR_DISTRIBUTING, 0x20),
        (&ACTOR_DEFAULTED, 0x40),
        (&ACTOR_EXPIRED, 0x80),
    ],
    letters: &ACTOR_LETTERS,
    reserved: &ACTOR_RESERVED,
};
static PARTNER_END: End = End {
    priority: &PARTNER_PRIORITY,
    system: &PARTNER_SYSTEM,
    key: &PARTNER_KEY,
    port_priority: &PARTNER_PORT_PRIORITY,
    port: &PARTNER_PORT,
    state: &PARTNER_STATE,
    bits: &[
        (&PARTNER_ACTIVE, 0x01),
        (&PARTNER_SHORT, 0x02),
        (&PARTNER_AGGREGATES, 0x04),
        (&PARTNER_SYNC, 0x08),
        (&PARTNER_COLLECTING, 0x10),
        (&PARTNER_DISTRIBUTING, 0x20),
        (&PARTNER_DEFAULTED, 0x40),
        (&PARTNER_EXPIRED, 0x80),
    ],
    letters: &PARTNER_LETTERS,
    reserved: &PARTNER_RESERVED,
};

/// The bits of a state from the highest, as letters or stars.
struct Letters(u8);

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (bit, letter) in (0..8).rev().zip("EFDCSGSA".chars()) {
            f.write_char(if self.0 >> bit & 1 == 0 { '*' } else { letter })?;
        }
        Ok(())
    }
}

/// Link Aggregation Control Protocol.
#[derive(Debug)]
pub struct Lacp;

impl Dissector for Lacp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let mut at = ELEMENTS;
        while let (Some(kind @ 1..), Some(len)) = (u8_at(data, at), u8_at(data, at.saturating_add(1))) {
            let next = at.saturating_add(len.into());
            if len < 2 || matches!((kind, len), (ACTOR | PARTNER, ..20) | (COLLECTOR, ..16)) {
                cx.flaw(Fault::Malformed("an element is shorter than its content (lacp.tlv_length)"));
                break;
            }
            if next > data.len() {
                cx.flaw(Fault::Short { need: next, have: data.len() });
            }
            at = next;
        }
        Ok(Parsed::end(usize::MAX))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&VERSION, 0)?;
        let mut at = ELEMENTS;
        loop {
            let kind = u8_at(walk.data(), at)?;
            let len = usize::from(u8_at(walk.data(), at.saturating_add(1))?);
            let (body, next) = (at.saturating_add(2), at.saturating_add(len));
            walk.open(&TYPE, at..next.max(body), Value::Uint(kind.into()))?;
            walk.u8(&LENGTH, at.saturating_add(1))?;
            match (kind, len) {
                (ACTOR, 20..) => end(walk, body, &ACTOR_END)?,
                (PARTNER, 20..) => end(walk, body, &PARTNER_END)?,
                (COLLECTOR, 16..) => {
                    walk.u16(&DELAY, body)?;
                    walk.bytes(&COLLECTOR_RESERVED, body.saturating_add(2), 12)?;
                }
                (TERMINATOR, _) => {
                    let rest = walk.data().len().saturating_sub(body);
                    if rest > 0 {
                        walk.bytes(&PAD, body, rest)?;
                    }
                    return Some(());
                }
                (ACTOR | PARTNER | COLLECTOR, _) | (_, ..2) => return None,
                _ => {}
            }
            walk.close();
            at = next;
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        write!(out, "v{}", u8_at(data, 0).unwrap_or_default())?;
        let mut at = ELEMENTS;
        while let (Some(kind @ (ACTOR | PARTNER)), Some(len @ 20..)) =
            (u8_at(data, at), u8_at(data, at.saturating_add(1)))
        {
            out.write_str(if kind == ACTOR { ", actor " } else { ", partner " })?;
            let place = |skip: usize| at.saturating_add(skip);
            if let (Some([a, b, c, d, e, f]), Some(port), Some(state)) =
                (chunk::<6>(data, place(4)), u16_at(data, place(14)), u8_at(data, place(16)))
            {
                write!(
                    out,
                    "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x} port {port} [{}]",
                    Letters(state)
                )?;
            }
            at = place(len.into());
        }
        Ok(())
    }
}

fn end(walk: &mut Walk<'_, '_>, body: usize, rows: &End) -> Option<()> {
    let at = |skip: usize| body.saturating_add(skip);
    walk.u16(rows.priority, at(0))?;
    walk.mac(rows.system, at(2))?;
    walk.u16(rows.key, at(8))?;
    walk.u16(rows.port_priority, at(10))?;
    walk.u16(rows.port, at(12))?;
    let state = walk.u8(rows.state, at(14))?;
    walk.bits(rows.bits, at(14)..at(15), state)?;
    walk.format(rows.letters, at(14)..at(15), format_args!("{}", Letters(state)))?;
    walk.bytes(rows.reserved, at(15), 3).map(|_| ())
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    const HEAD: &str = "0180c2000002 020000000001 8809 01 01";
    const ACTOR: &str = "0114 8000 020000000001 000d 8000 0016 85 000000";
    const PARTNER: &str = "0214 8000 020000000002 000d 8000 0019 36 000000";

    #[test]
    fn both_ends_and_the_collector() {
        let frame = bytes(&[HEAD, ACTOR, PARTNER, "0310 8000 000000000000000000000000 0000 0000"].concat());
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:slow:lacp");
        assert_eq!(
            seen.info,
            "v1, actor 02:00:00:00:00:01 port 22 [E****G*A], partner 02:00:00:00:00:02 port 25 [**DC*GS*]"
        );
        seen.expect(&[
            ("slow.subtype", "0x01"),
            ("lacp.version", "0x01"),
            ("lacp.tlv_type", "0x01,0x02,0x03,0x00"),
            ("lacp.tlv_length", "0x14,0x14,0x10,0x00"),
            ("lacp.actor.sysid", "02:00:00:00:00:01"),
            ("lacp.actor.state.expired", "1"),
            ("lacp.actor.state_str", "E****G*A"),
            ("lacp.partner.port", "25"),
            ("lacp.partner.state.collecting", "1"),
            ("lacp.collector.max_delay", "32768"),
            ("lacp.pad", "0000"),
        ]);
        survives(LinkType::ETHERNET, &frame);
    }

    #[test]
    fn an_element_that_is_too_short_is_told() {
        let seen = Seen::new(LinkType::ETHERNET, &bytes(&[HEAD, "0102 8000"].concat()));
        assert_eq!(seen.faults, ["malformed: an element is shorter than its content (lacp.tlv_length)"]);
    }
}
