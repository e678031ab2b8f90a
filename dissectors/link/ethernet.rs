//! Ethernet II and IEEE 802.3 framing (IEEE 802.3-2018 section 3).

use core::fmt;

use crate::bytes::fixed;
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

/// EtherTypes (IEEE registration authority), shared by all link layers that carry one.
pub static ETHERTYPE: Table = Table { name: "ethertype" };
/// Payload of an 802.3 frame: key 0 is LLC (IEEE 802.2).
pub static LLC_PAYLOAD: Table = Table { name: "eth.llc" };

/// Names of the EtherTypes that a course or a data centre meets.
pub const ETHERTYPE_NAMES: &[(u64, &str)] = &[
    (0x0800, "IPv4"),
    (0x0806, "ARP"),
    (0x8035, "RARP"),
    (0x8100, "802.1Q VLAN tag"),
    (0x86dd, "IPv6"),
    (0x8847, "MPLS"),
    (0x8848, "MPLS multicast"),
    (0x8863, "PPPoE discovery"),
    (0x8864, "PPPoE session"),
    (0x88a8, "802.1ad service tag"),
    (0x88cc, "LLDP"),
];

fields! {
    DST = Field::mac("eth.dst", "destination").key(),
    SRC = Field::mac("eth.src", "source").key(),
    ADDR = Field::mac("eth.addr", "address").many().hidden(),
    TYPE = Field::u16("eth.type", "type").hex().names(ETHERTYPE_NAMES),
    LEN = Field::u16("eth.len", "length"),
    PADDING = Field::bytes("eth.padding", "padding"),
    TRAILER = Field::bytes("eth.trailer", "trailer"),
}

static PROTOCOL: Protocol = Protocol {
    name: "eth",
    title: "Ethernet",
    about: "Ethernet II and IEEE 802.3",
    fields: FIELDS,
    via: Some("ethertype"),
};

static KEYS: &[Key] = &[Key::new(&LINK_TYPE, 1)];
static CARRIES: &[&Table] = &[&ETHERTYPE, &LLC_PAYLOAD];

/// Bytes of the two addresses and the type or length.
const HEADER: usize = 14;
/// The type field is a length up to here (IEEE 802.3 section 3.2.6).
const MAX_LENGTH: u16 = 1500;

/// Ethernet II and IEEE 802.3.
#[derive(Debug)]
pub struct Ethernet;

impl Dissector for Ethernet {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[.., high, low] = fixed::<HEADER>(data)?;
        let kind = u16::from_be_bytes([high, low]);
        if kind <= MAX_LENGTH {
            let len = HEADER.saturating_add(kind.into());
            return Ok(Parsed::new(HEADER, len, Next::Table { nth: 1, value: 0 }));
        }
        Ok(Parsed::new(HEADER, usize::MAX, Next::Table { nth: 0, value: kind.into() }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let dst = walk.mac(&DST, 0)?;
        walk.emit(&ADDR, 0..6, Value::Mac(dst))?;
        let src = walk.mac(&SRC, 6)?;
        walk.emit(&ADDR, 6..12, Value::Mac(src))?;
        let kind = crate::bytes::u16_at(walk.data(), 12)?;
        if kind <= MAX_LENGTH {
            walk.u16(&LEN, 12)?
        } else {
            walk.u16(&TYPE, 12)?
        };
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match crate::bytes::u16_at(layer.data(), 12) {
            Some(kind) if kind > MAX_LENGTH => write!(out, "EtherType {kind:#06x}"),
            _ => write!(out, "802.3"),
        }
    }
}
