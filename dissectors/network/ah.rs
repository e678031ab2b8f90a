//! Authentication Header of IPsec (RFC 4302).

use core::fmt;

use crate::bytes::{fixed, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::network::{IP_PROTO, IP_PROTO_NAMES};
use crate::packet::Layer;
use crate::walk::Walk;

fields! {
    NEXT_HEADER = Field::u8("ah.next_header", "next header").names(IP_PROTO_NAMES),
    LENGTH = Field::u8("ah.length", "length in units of 4, less two"),
    RESERVED = Field::bytes("ah.reserved", "reserved"),
    SPI = Field::u32("ah.spi", "security parameters index").hex().key(),
    SEQUENCE = Field::u32("ah.sequence", "sequence number"),
    ICV = Field::bytes("ah.icv", "integrity check value"),
}

static PROTOCOL: Protocol = Protocol {
    name: "ah",
    title: "AH",
    about: "Authentication Header of IPsec (RFC 4302)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&IP_PROTO, 51)];
static CARRIES: &[&Table] = &[&IP_PROTO];

/// Bytes before the integrity check value.
const HEADER: usize = 12;

/// Authentication Header.
#[derive(Debug)]
pub struct Ah;

impl Dissector for Ah {
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
        let &[next, units, ..] = fixed::<HEADER>(data)?;
        let len = header_len(units);
        if len < HEADER {
            return Err(Fault::Malformed("length below 12 (ah.length)"));
        }
        if data.len() < len {
            return Err(Fault::Short { need: len, have: data.len() });
        }
        Ok(Parsed::new(len, usize::MAX, Next::Table { nth: 0, value: next.into() }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        walk.u8(&NEXT_HEADER, 0)?;
        let units = walk.u8(&LENGTH, 1)?;
        walk.bytes(&RESERVED, 2, 2)?;
        walk.u32(&SPI, 4)?;
        walk.u32(&SEQUENCE, 8)?;
        walk.bytes(&ICV, HEADER, header_len(units).checked_sub(HEADER)?)?;
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match u32_at(layer.data(), 4) {
            Some(spi) => write!(out, "AH (SPI=0x{spi:08x})"),
            None => out.write_str("header cut"),
        }
    }
}

fn header_len(units: u8) -> usize {
    usize::from(units).saturating_add(2).saturating_mul(4)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::network::build::{RAW_V6, ipv6, udp};
    use crate::testing::{Seen, survives};

    #[test]
    fn the_header_and_what_it_protects() {
        let mut ah = Vec::from([17, 4, 0, 0, 0, 0, 0, 0x4d, 0, 0, 0, 9]);
        ah.extend([0xee; 12]);
        ah.extend(udp(b"hi"));
        let packet = ipv6(51, &ah);
        let seen = Seen::new(RAW_V6, &packet);
        seen.expect(&[
            ("ah.next_header", "17"),
            ("ah.length", "4"),
            ("ah.reserved", "0000"),
            ("ah.spi", "0x0000004d"),
            ("ah.sequence", "9"),
            ("ah.icv", "eeeeeeeeeeeeeeeeeeeeeeee"),
        ]);
        assert_eq!(seen.protocols, "ipv6:ah:udp");
        survives(RAW_V6, &packet);
    }
}
