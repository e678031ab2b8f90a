//! MPLS label stack (RFC 3032 section 2.1; RFC 5462 section 2 for the name of the traffic class).

use core::fmt;

use crate::bytes::{u8_at, u32_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol};
use crate::link::chdlc::CHDLC_PROTOCOL;
use crate::link::ethernet::{ETHERTYPE, TYPE_IPV4, TYPE_IPV6};
use crate::link::ppp::PPP_PROTOCOL;
use crate::network::gre::GRE_PROTO;
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

/// Names of the reserved labels (IANA `mpls-label-values`).
const LABEL_NAMES: &[(u64, &str)] = &[
    (0, "IPv4 Explicit-Null"),
    (1, "Router Alert"),
    (2, "IPv6 Explicit-Null"),
    (3, "Implicit-Null"),
    (7, "Entropy Label Indicator"),
    (13, "Generic Associated Channel Label"),
    (14, "OAM Alert"),
    (15, "Extension Label"),
];

fields! {
    LABEL = Field::u32("mpls.label", "label").key().many().names(LABEL_NAMES),
    EXP = Field::u32("mpls.exp", "traffic class").many(),
    BOTTOM = Field::u32("mpls.bottom", "bottom of stack").many(),
    TTL = Field::u32("mpls.ttl", "time to live").many(),
    MORE = Field::u32("mpls.labels_not_shown", "labels not shown"),
}

static PROTOCOL: Protocol = Protocol {
    name: "mpls",
    title: "MPLS",
    about: "Multiprotocol Label Switching (RFC 3032)",
    fields: FIELDS,
    via: None,
};

static KEYS: &[Key] = &[
    Key::new(&ETHERTYPE, UNICAST),
    Key::new(&ETHERTYPE, MULTICAST),
    Key::new(&GRE_PROTO, UNICAST),
    Key::new(&GRE_PROTO, MULTICAST),
    Key::new(&CHDLC_PROTOCOL, UNICAST),
    Key::new(&CHDLC_PROTOCOL, MULTICAST),
    Key::new(&PPP_PROTOCOL, 0x0281),
    Key::new(&PPP_PROTOCOL, 0x0283),
    Key::new(&UDP_PORT, 6635),
];
static CARRIES: &[&Table] = &[&ETHERTYPE];

const UNICAST: u32 = 0x8847;
const MULTICAST: u32 = 0x8848;
/// Bytes of one entry.
const ENTRY: usize = 4;
/// Entries that the walk shows (row D04 of docs/faults.md).
const MAX_SHOWN: usize = 16;

/// MPLS label stack.
#[derive(Debug)]
pub struct Mpls;

/// One entry of the stack.
#[derive(Clone, Copy)]
struct Entry(u32);

impl Entry {
    fn label(self) -> u32 {
        self.0 >> 12
    }
    fn exp(self) -> u32 {
        self.0 >> 9 & 7
    }
    fn bottom(self) -> u32 {
        self.0 >> 8 & 1
    }
    fn ttl(self) -> u32 {
        self.0 & 0xff
    }
}

/// The entries up to the bottom of the stack, as far as the bytes go.
fn entries(data: &[u8]) -> impl Iterator<Item = Entry> {
    let mut done = false;
    data.chunks_exact(ENTRY).map_while(move |bytes| {
        let entry = Entry(u32_at(bytes, 0)?);
        (!core::mem::replace(&mut done, entry.bottom() == 1)).then_some(entry)
    })
}

impl Dissector for Mpls {
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
        let (count, last) =
            entries(data).fold((0_usize, None), |(n, _), entry| (n.saturating_add(1), Some(entry)));
        let header = count.saturating_mul(ENTRY);
        if last.is_none_or(|last| last.bottom() == 0) {
            return Err(Fault::Short { need: header.saturating_add(ENTRY), have: data.len() });
        }
        // The stack does not say what it carries; the first four bits do, as far as it is IP (RFC 4928 section 3).
        let next = match u8_at(data, header).map(|byte| byte >> 4) {
            Some(4) => Next::Table { nth: 0, value: TYPE_IPV4.into() },
            Some(6) => Next::Table { nth: 0, value: TYPE_IPV6.into() },
            Some(_) => Next::Data,
            None => Next::End,
        };
        Ok(Parsed::new(header, usize::MAX, next))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let data = walk.data();
        let mut at = 0_usize;
        for entry in entries(data).take(MAX_SHOWN) {
            let next = at.saturating_add(ENTRY);
            walk.uint(&LABEL, at..next, entry.label())?;
            walk.uint(&EXP, at..next, entry.exp())?;
            walk.uint(&BOTTOM, at..next, entry.bottom())?;
            walk.uint(&TTL, at..next, entry.ttl())?;
            at = next;
        }
        if let more @ 1.. = entries(data).skip(MAX_SHOWN).count() {
            walk.uint(&MORE, at..at.saturating_add(more.saturating_mul(ENTRY)), more as u64)?;
        }
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str("MPLS Label Switched Packet")?;
        for entry in entries(layer.data()).take(MAX_SHOWN) {
            write!(out, " {}", entry.label())?;
        }
        Ok(())
    }
}

/// Whether `layer` is a label stack, which has no length of its own.
pub(crate) fn is_stack(layer: &Layer<'_>) -> bool {
    core::ptr::eq(layer.protocol(), &PROTOCOL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::LinkType;
    use crate::testing::{Seen, UDP, bytes, survives};

    fn seen(payload: &[u8]) -> Seen {
        let frame = [&bytes("020000000002 020000000001 8847"), payload].concat();
        Seen::new(LinkType::ETHERNET, &frame)
    }

    #[test]
    fn two_labels_and_a_datagram() {
        let stack = [bytes("00010040 00020f20"), bytes(UDP)].concat();
        let seen = seen(&stack);
        assert_eq!(seen.protocols, "eth:ethertype:mpls:ip:udp");
        seen.expect(&[
            ("mpls.label", "16,32"),
            ("mpls.exp", "0,7"),
            ("mpls.bottom", "0,1"),
            ("mpls.ttl", "64,32"),
        ]);
        survives(LinkType::ETHERNET, &[bytes("020000000002 020000000001 8847"), stack].concat());
    }

    #[test]
    fn padding_behind_the_datagram_is_the_frame_s() {
        let seen = seen(&[bytes("00010140"), bytes(UDP), [0; 12].to_vec()].concat());
        assert_eq!(seen.get("eth.padding"), "000000000000000000000000");
    }

    #[test]
    fn a_stack_without_bottom_is_shown_in_part() {
        let seen = seen(&bytes("00010040").repeat(400));
        assert_eq!(seen.get("mpls.label").split(',').count(), MAX_SHOWN);
        assert_eq!(seen.get("mpls.labels_not_shown"), "384");
        assert_eq!(seen.faults, ["cut: 1600 of 1604 bytes"]);
    }

    #[test]
    fn other_payload_is_data() {
        assert_eq!(seen(&bytes("00010140 00000000 0200")).protocols, "eth:ethertype:mpls:data");
        assert_eq!(seen(&bytes("00010140")).protocols, "eth:ethertype:mpls");
    }
}
