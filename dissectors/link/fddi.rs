//! Fiber Distributed Data Interface (ISO 9314-2 section 7.2).

use core::fmt;

use crate::bytes::{chunk, fixed, u8_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, Value};
use crate::link::ethernet::LLC_PAYLOAD;
use crate::packet::Layer;
use crate::registry::LINK_TYPE;
use crate::walk::Walk;

const CLASS_NAMES: &[(u64, &str)] =
    &[(0, "void"), (4, "station management"), (5, "asynchronous LLC"), (12, "MAC"), (13, "synchronous LLC")];
const MANAGEMENT_NAMES: &[(u64, &str)] = &[(1, "info"), (15, "next station addressing")];
const MAC_NAMES: &[(u64, &str)] = &[(2, "beacon"), (3, "claim")];

fields! {
    FC = Field::u8("fddi.fc", "frame control").hex(),
    CLASS = Field::u8("fddi.fc.clf", "class").hex().names(CLASS_NAMES),
    PRIORITY = Field::u8("fddi.fc.prio", "priority"),
    MANAGEMENT = Field::u8("fddi.fc.smt_subtype", "kind of station management").names(MANAGEMENT_NAMES),
    MAC = Field::u8("fddi.fc.mac_subtype", "kind of MAC frame").names(MAC_NAMES),
    DST = Field::mac("fddi.dst", "destination").key(),
    SRC = Field::mac("fddi.src", "source").key(),
    ADDR = Field::mac("fddi.addr", "address").many().hidden(),
}

static PROTOCOL: Protocol = Protocol {
    name: "fddi",
    title: "FDDI",
    about: "Fiber Distributed Data Interface",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&LINK_TYPE, 10)];
static CARRIES: &[&Table] = &[&LLC_PAYLOAD];

/// Bytes of frame control and the two addresses.
const HEADER: usize = 13;
const STATION_MANAGEMENT: u8 = 4;
const ASYNC_LLC: u8 = 5;
const MAC_FRAME: u8 = 12;
const SYNC_LLC: u8 = 13;

/// Fiber Distributed Data Interface.
#[derive(Debug)]
pub struct Fddi;

impl Dissector for Fddi {
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
        let &[fc, ..] = fixed::<HEADER>(data)?;
        let next = match fc >> 4 {
            ASYNC_LLC | SYNC_LLC => Next::Table { nth: 0, value: 0 },
            _ => Next::Data,
        };
        Ok(Parsed::new(HEADER, usize::MAX, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let fc = walk.u8(&FC, 0)?;
        walk.uint(&CLASS, 0..1, fc >> 4)?;
        let low = fc & 15;
        match fc >> 4 {
            STATION_MANAGEMENT => walk.uint(&MANAGEMENT, 0..1, low)?,
            // The highest of the four bits is reserved.
            ASYNC_LLC if low < 8 => walk.uint(&PRIORITY, 0..1, low)?,
            MAC_FRAME if low > 0 => walk.uint(&MAC, 0..1, low)?,
            _ => {}
        }
        for (field, at) in [(&DST, 1_usize), (&SRC, 7)] {
            // The ring sends the low bit of each byte last, and captures keep that order.
            let address = chunk::<6>(walk.data(), at)?.map(u8::reverse_bits);
            let place = at..at.saturating_add(6);
            walk.emit(field, place.clone(), Value::Mac(address))?;
            walk.emit(&ADDR, place, Value::Mac(address))?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u8_at(layer.data(), 0) {
            Some(fc) => match CLASS.name_of(u64::from(fc >> 4)) {
                Some(name) => write!(out, "FDDI {name}"),
                None => write!(out, "FDDI frame control {fc:#04x}"),
            },
            None => out.write_str("header cut"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    #[test]
    fn addresses_arrive_low_bit_first() {
        let frame = [bytes("50 aa0004000001 aa0004000080 aaaa03 000000 0800"), bytes(UDP)].concat();
        let link = LinkType(10);
        let seen = Seen::new(link, &frame);
        assert_eq!(seen.protocols, "fddi:llc:ip:udp");
        seen.expect(&[
            ("fddi.fc", "0x50"),
            ("fddi.dst", "55:00:20:00:00:80"),
            ("fddi.src", "55:00:20:00:00:01"),
        ]);
        survives(link, &frame);
    }

    #[test]
    fn frames_of_the_ring_itself() {
        let seen = |first: &str| {
            Seen::new(LinkType(10), &bytes(&[first, "aa0004000001 aa0004000080 00000001"].concat()))
        };
        seen("41").expect(&[("fddi.fc.smt_subtype", "1"), ("fddi.fc.mac_subtype", "")]);
        seen("c3").expect(&[("fddi.fc.mac_subtype", "3"), ("fddi.fc.prio", "")]);
    }
}
