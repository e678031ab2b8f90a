//! Virtual eXtensible Local Area Network (RFC 7348), with group policy (draft-smith-vxlan-group-policy), and its
//! generic extension (draft-ietf-nvo3-vxlan-gpe).

use core::fmt;

use crate::bytes::{fixed, u8_at, u24_at};
use crate::dissector::{Context, Dissector, Fault, Key, Next, Parsed, Table};
use crate::field::{Field, Protocol, name_of};
use crate::link::ethernet::{ETHERTYPE, TYPE_BRIDGED, TYPE_IPV4, TYPE_IPV6};
use crate::packet::Layer;
use crate::transport::udp::UDP_PORT;
use crate::walk::Walk;

const NEXT_NAMES: &[(u64, &str)] =
    &[(1, "IPv4"), (2, "IPv6"), (3, "Ethernet"), (4, "NSH"), (5, "MPLS"), (7, "vBNG")];

fields! {
    FLAGS = Field::u16("vxlan.flags", "flags").hex(),
    G = Field::bool("vxlan.flag_g", "group policy present"),
    I = Field::bool("vxlan.flag_i", "network identifier present"),
    D = Field::bool("vxlan.flag_d", "do not learn the address"),
    A = Field::bool("vxlan.flag_a", "policy applied"),
    FLAGS_RESERVED = Field::u16("vxlan.flags_reserved", "reserved").hex(),
    GROUP = Field::u16("vxlan.gbp", "group policy"),
    GPE_FLAGS = Field::u8("vxlan.flags", "flags").hex(),
    GPE_VERSION = Field::u8("vxlan.ver", "version"),
    GPE_I = Field::u8("vxlan.i_bit", "network identifier present"),
    GPE_P = Field::u8("vxlan.p_bit", "next protocol present"),
    // Wireshark counts this bit among the reserved ones.
    GPE_B = Field::u8("nd.vxlan.b_bit", "broadcast, unknown or multicast"),
    GPE_O = Field::u8("vxlan.o_bit", "operation and maintenance"),
    GPE_FLAGS_RESERVED = Field::u8("vxlan.flags_reserved", "reserved").hex(),
    GPE_RESERVED = Field::u16("vxlan.reserved_16", "reserved"),
    NEXT = Field::u8("vxlan.next_proto", "next protocol").names(NEXT_NAMES),
    VNI = Field::u24("vxlan.vni", "network identifier").key(),
    RESERVED = Field::u8("vxlan.reserved8", "reserved"),
}

static VXLAN_PROTOCOL: Protocol = Protocol {
    name: "vxlan",
    title: "VXLAN",
    about: "Virtual eXtensible Local Area Network (RFC 7348)",
    fields: FIELDS,
    via: None,
};
static GPE_PROTOCOL: Protocol = Protocol {
    name: "vxlan_gpe",
    title: "VXLAN-GPE",
    about: "generic protocol extension of VXLAN (draft-ietf-nvo3-vxlan-gpe)",
    fields: FIELDS,
    via: None,
};

static VXLAN_KEYS: &[Key] = &[Key::new(&UDP_PORT, 4789)];
static GPE_KEYS: &[Key] = &[Key::new(&UDP_PORT, 4790)];
static CARRIES: &[&Table] = &[&ETHERTYPE];

/// Bytes of the header.
const HEADER: usize = 8;
/// The next protocol is told (GPE).
const FLAG_P: u8 = 4;
/// EtherTypes of what GPE has short numbers for.
const TYPE_NSH: u16 = 0x894f;
const TYPE_MPLS: u16 = 0x8847;

/// VXLAN.
pub static VXLAN: Vxlan = Vxlan { protocol: &VXLAN_PROTOCOL, keys: VXLAN_KEYS, generic: false };
/// VXLAN-GPE.
pub static VXLAN_GPE: Vxlan = Vxlan { protocol: &GPE_PROTOCOL, keys: GPE_KEYS, generic: true };

/// One of the two.
#[derive(Debug)]
pub struct Vxlan {
    protocol: &'static Protocol,
    keys: &'static [Key],
    /// Can carry more than Ethernet.
    generic: bool,
}

impl Dissector for Vxlan {
    fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    fn keys(&self) -> &'static [Key] {
        self.keys
    }

    fn carries(&self) -> &'static [&'static Table] {
        CARRIES
    }

    fn dissect(&self, data: &[u8], _cx: &mut Context<'_>) -> Result<Parsed, Fault> {
        let &[flags, _, _, next, ..] = fixed::<HEADER>(data)?;
        let kind = match next {
            _ if !self.generic || flags & FLAG_P == 0 => TYPE_BRIDGED,
            1 => TYPE_IPV4,
            2 => TYPE_IPV6,
            3 => TYPE_BRIDGED,
            4 => TYPE_NSH,
            5 => TYPE_MPLS,
            _ => return Ok(Parsed::new(HEADER, usize::MAX, Next::Data)),
        };
        Ok(Parsed::new(HEADER, usize::MAX, Next::Table { nth: 0, value: kind.into() }))
    }

    fn fields(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        if self.generic {
            let flags = walk.u8(&GPE_FLAGS, 0)?;
            let rows = [(&GPE_VERSION, 0x30), (&GPE_I, 8), (&GPE_P, FLAG_P.into()), (&GPE_B, 2), (&GPE_O, 1)];
            walk.bits(&rows, 0..1, flags)?;
            walk.uint(&GPE_FLAGS_RESERVED, 0..1, flags & 0xc2)?;
            walk.u16(&GPE_RESERVED, 1)?;
            walk.u8(&NEXT, 3)?;
        } else {
            let flags = walk.u16(&FLAGS, 0)?;
            let rows = [(&G, 0x8000), (&I, 0x0800), (&D, 0x0040), (&A, 0x0008)];
            walk.bits(&rows, 0..2, flags)?;
            walk.uint(&FLAGS_RESERVED, 0..2, flags & 0x77b7)?;
            walk.u16(&GROUP, 2)?;
        }
        walk.u24(&VNI, 4)?;
        walk.u8(&RESERVED, 7)?;
        Some(())
    }

    fn summary(&self, layer: &Layer<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let data = layer.data();
        let Some(vni) = u24_at(data, 4) else { return out.write_str("header cut") };
        write!(out, "VNI {vni}")?;
        match u8_at(data, 3).filter(|_| self.generic) {
            Some(next) => write!(out, ", {}", name_of(NEXT_NAMES, next.into()).unwrap_or("unknown protocol")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Talk, UDP, bytes};

    #[test]
    fn a_frame_of_the_network_inside() {
        let mut talk = Talk::new("vxlan");
        let frame = [bytes("88480102 000025ff 020000000002 020000000001 0800"), bytes(UDP)].concat();
        let seen = talk.datagram(0, &frame);
        assert_eq!(seen.protocols, "vxlan:eth:ethertype:ip:udp");
        seen.expect(&[
            ("vxlan.flags", "0x8848"),
            ("vxlan.flag_g", "1"),
            ("vxlan.flag_i", "1"),
            ("vxlan.flag_d", "1"),
            ("vxlan.flag_a", "1"),
            ("vxlan.flags_reserved", "0x0000"),
            ("vxlan.gbp", "258"),
            ("vxlan.vni", "37"),
            ("vxlan.reserved8", "255"),
        ]);
        talk.survives(&frame);
    }

    #[test]
    fn the_generic_extension_tells_what_follows() {
        let mut talk = Talk::new("vxlan_gpe");
        let packet = [bytes("0c000001 00002500"), bytes(UDP)].concat();
        let seen = talk.datagram(0, &packet);
        assert_eq!(seen.protocols, "vxlan_gpe:ip:udp");
        seen.expect(&[
            ("vxlan.flags", "0x0c"),
            ("vxlan.ver", "0"),
            ("vxlan.i_bit", "1"),
            ("vxlan.p_bit", "1"),
            ("nd.vxlan.b_bit", "0"),
            ("vxlan.o_bit", "0"),
            ("vxlan.next_proto", "1"),
        ]);
        talk.datagram(0, &bytes("0e000009 00002500 aa")).expect(&[("nd.vxlan.b_bit", "1")]);
        assert_eq!(talk.datagram(0, &bytes("0c000009 00002500 aa")).protocols, "vxlan_gpe:data");
        talk.survives(&packet);
    }
}
