//! Configuration Test Protocol: Ethernet's own loopback test (Ethernet version 2.0 specification, section 8). Its
//! numbers are little-endian.

use core::fmt;

use crate::bytes::{fixed, u16_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed};
use crate::field::{Field, Protocol};
use crate::link::ethernet::ETHERTYPE;
use crate::packet::Layer;
use crate::walk::Walk;

const FUNCTION_NAMES: &[(u64, &str)] = &[(1, "Reply"), (2, "Forward Data")];

fields! {
    SKIP = Field::u16("loop.skipcount", "skip count"),
    RELEVANT = Field::u16("loop.relevant_function", "relevant function").key().names(FUNCTION_NAMES),
    FUNCTION = Field::u16("loop.function", "function").many().names(FUNCTION_NAMES),
    RECEIPT = Field::u16("loop.receipt_number", "receipt number"),
    FORWARD = Field::mac("loop.forwarding_address", "forwarding address").many(),
}

static PROTOCOL: Protocol = Protocol {
    name: "loop",
    title: "loopback test",
    about: "Configuration Test Protocol (Ethernet loopback)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[Key::new(&ETHERTYPE, 0x9000)];

/// Bytes of the skip count.
const HEADER: usize = 2;
const REPLY: u16 = 1;
const FORWARD_DATA: u16 = 2;

/// Configuration Test Protocol.
#[derive(Debug)]
pub struct Ctp;

impl Dissector for Ctp {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        fixed::<HEADER>(data)?;
        let mut at = HEADER;
        while let Some((_, len)) = message(data, at) {
            at = at.saturating_add(len);
        }
        let short = Fault::Short { need: at.saturating_add(2), have: data.len() };
        let last = u16_at(data, at).map(u16::swap_bytes).ok_or(short)?;
        let header = at.saturating_add(if last == REPLY { 4 } else { 2 });
        if header > data.len() {
            return Err(Fault::Short { need: header, have: data.len() });
        }
        Ok(Parsed::new(header, usize::MAX, Next::Data))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let skip = u16_at(data, 0)?.swap_bytes();
        walk.uint(&SKIP, 0..2, skip)?;
        let relevant = HEADER.saturating_add(skip.into());
        let mut at = HEADER;
        loop {
            let function = u16_at(data, at)?.swap_bytes();
            let place = at..at.saturating_add(2);
            if at == relevant {
                walk.uint(&RELEVANT, place.clone(), function)?;
            }
            walk.uint(&FUNCTION, place.clone(), function)?;
            match message(data, at) {
                Some((body, len)) => {
                    walk.mac(&FORWARD, body)?;
                    at = at.saturating_add(len);
                }
                None if function == REPLY => {
                    let receipt = u16_at(data, place.end)?.swap_bytes();
                    return walk.uint(&RECEIPT, place.end..place.end.saturating_add(2), receipt);
                }
                None => return Some(()),
            }
        }
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let skip = u16_at(data, 0).map_or(0, u16::swap_bytes);
        let relevant = u16_at(data, HEADER.saturating_add(skip.into())).map(u16::swap_bytes);
        match relevant.and_then(|function| RELEVANT.name_of(function.into())) {
            Some(name) => out.write_str(name),
            None => out.write_str("Invalid"),
        }
    }
}

/// A message at `at` after which another follows: where its address lies, and the bytes of the whole.
fn message(data: &[u8], at: usize) -> Option<(usize, usize)> {
    let function = u16_at(data, at)?.swap_bytes();
    let body = at.checked_add(2)?;
    (function == FORWARD_DATA && data.len() >= body.checked_add(6)?).then_some((body, 8))
}

#[cfg(test)]
mod tests {
    use crate::frame::LinkType;
    use crate::testing::{Seen, bytes, survives};

    #[test]
    fn forwarding_and_reply() {
        let frame = bytes("020000000002 020000000001 9000  0800  0200 020000000003  0100 0500  aabb");
        let seen = Seen::new(LinkType::ETHERNET, &frame);
        assert_eq!(seen.protocols, "eth:ethertype:loop:data");
        seen.expect(&[
            ("loop.skipcount", "8"),
            ("loop.function", "2,1"),
            ("loop.relevant_function", "1"),
            ("loop.forwarding_address", "02:00:00:00:00:03"),
            ("loop.receipt_number", "5"),
            ("data.data", "aabb"),
        ]);
        survives(LinkType::ETHERNET, &frame);
    }
}
