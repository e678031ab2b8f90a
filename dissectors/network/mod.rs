//! Network layer: addresses, routes, fragments, and the protocols that serve them.

pub mod arp;
#[cfg(test)]
pub(crate) mod build;
pub mod erspan;
pub mod geneve;
pub mod gre;
pub mod gtp;
pub mod gtpv2;
pub mod mpls;
pub mod teredo;
pub mod vxlan;

use crate::checksum::{STATUS_NAMES, Status};
use crate::dissector::{Net, Table};
use crate::facts::{DatagramFacts, Piece};
use crate::field::{Field, Value};
use crate::packet::Layer;
use crate::walk::Walk;

pub mod ah;
pub mod echo;
pub mod icmp;
pub mod icmp_extensions;
pub mod icmpv6;
pub mod igmp;
pub mod ipv4;
pub mod ipv6;
pub mod ospf;
pub mod pim;
pub mod rgmp;
pub mod vrrp;

/// Protocol numbers of IPv4's protocol field and IPv6's next header (IANA `protocol-numbers`).
pub static IP_PROTO: Table = Table { name: "ip.proto" };

/// Names of protocol numbers, as Wireshark spells them.
pub const IP_PROTO_NAMES: &[(u64, &str)] = &[
    (0, "IPv6 Hop-by-Hop Option"),
    (1, "ICMP"),
    (2, "IGMP"),
    (3, "GGP"),
    (4, "IPIP"),
    (5, "Stream"),
    (6, "TCP"),
    (8, "EGP"),
    (9, "IGRP"),
    (17, "UDP"),
    (27, "RDP"),
    (33, "DCCP"),
    (41, "IPv6"),
    (43, "Routing Header for IPv6"),
    (44, "Fragment Header for IPv6"),
    (46, "Reservation Protocol"),
    (47, "Generic Routing Encapsulation"),
    (50, "Encap Security Payload"),
    (51, "Authentication Header"),
    (58, "ICMPv6"),
    (59, "No Next Header for IPv6"),
    (60, "Destination Options for IPv6"),
    (88, "EIGRP"),
    (89, "OSPF IGP"),
    (94, "IP in IP"),
    (97, "EtherIP"),
    (103, "PIM"),
    (108, "IPComp"),
    (112, "VRRP"),
    (115, "Layer 2 Tunneling"),
    (132, "SCTP"),
    (135, "Mobile IPv6"),
    (136, "UDPlite"),
    (137, "MPLS-in-IP"),
    (143, "Ethernet"),
];

/// Names of differentiated services code points (IANA `dscp-registry`).
pub const DSCP_NAMES: &[(u64, &str)] = &[
    (0, "default"),
    (1, "lower effort"),
    (8, "CS1"),
    (10, "AF11"),
    (12, "AF12"),
    (14, "AF13"),
    (16, "CS2"),
    (18, "AF21"),
    (20, "AF22"),
    (22, "AF23"),
    (24, "CS3"),
    (26, "AF31"),
    (28, "AF32"),
    (30, "AF33"),
    (32, "CS4"),
    (34, "AF41"),
    (36, "AF42"),
    (38, "AF43"),
    (40, "CS5"),
    (44, "voice admit"),
    (46, "expedited forwarding"),
    (48, "CS6"),
    (56, "CS7"),
];

/// Names of the two ECN bits (RFC 3168 section 5).
pub const ECN_NAMES: &[(u64, &str)] =
    &[(0, "not capable"), (1, "capable, ECT(1)"), (2, "capable, ECT(0)"), (3, "congestion experienced")];

/// The fields that tell how a datagram was rebuilt; IPv4 and IPv6 have the same under their own names.
pub(crate) struct FragmentFields {
    pub(crate) fragment: &'static Field,
    pub(crate) error: &'static Field,
    pub(crate) overlap: &'static Field,
    pub(crate) conflict: &'static Field,
    pub(crate) too_long: &'static Field,
    pub(crate) count: &'static Field,
    pub(crate) length: &'static Field,
    pub(crate) data: &'static Field,
    pub(crate) rebuilt_in: &'static Field,
    pub(crate) refused: &'static Field,
}

impl FragmentFields {
    /// Prints what became of the fragment in this layer, if anything is known.
    pub(crate) fn emit(&self, walk: &mut Walk<'_, '_>) -> Option<()> {
        let layer = walk.layer();
        let Some(facts) = walk.facts().datagram_at(layer.number()) else { return Some(()) };
        if let Some(why) = facts.refused {
            walk.emit(self.refused, 0..0, Value::Text(why.as_bytes()))?;
        }
        if let Some(frame) = facts.rebuilt_in {
            walk.uint(self.rebuilt_in, 0..0, frame)?;
        }
        if facts.source == 0 {
            return Some(());
        }
        self.rebuilt(walk, facts)
    }

    fn rebuilt(&self, walk: &mut Walk<'_, '_>, facts: &DatagramFacts) -> Option<()> {
        for piece in &facts.pieces {
            self.piece(walk, piece)?;
        }
        walk.uint(self.count, 0..0, facts.pieces.len() as u64)?;
        walk.uint(self.length, 0..0, facts.len)?;
        let bytes = walk.layer().source(facts.source);
        walk.emit(self.data, 0..0, Value::Bytes(bytes))
    }

    /// A piece that agrees with all others is a fragment, one at odds with another an error, as Wireshark sorts them.
    fn piece(&self, walk: &mut Walk<'_, '_>, piece: &Piece) -> Option<()> {
        let odd = piece.conflict || piece.too_long;
        let head = if odd { self.error } else { self.fragment };
        walk.open(head, 0..0, Value::Uint(piece.frame))?;
        for (said, field) in
            [(piece.overlap, self.overlap), (piece.conflict, self.conflict), (piece.too_long, self.too_long)]
        {
            if said {
                walk.bool(field, 0..0, true)?;
            }
        }
        walk.close();
        Some(())
    }
}

/// A field for the verdict on a checksum.
pub(crate) const fn status_field(abbrev: &'static str) -> Field {
    Field::u8(abbrev, "checksum status").names(STATUS_NAMES)
}

/// The verdict on the checksum of a message that fills its datagram, and the sum that led to it; `None` if the
/// message was not captured whole, is only a piece, or is quoted. `sum` gets the bytes and the addresses.
pub(crate) fn message_status(
    layer: &Layer<'_>,
    data: &[u8],
    sum: impl FnOnce(&[u8], &Net) -> u16,
) -> Option<(Status, u16)> {
    let net = layer.net()?;
    if layer.is_quoted() || net.piece || u32::try_from(data.len()) != Ok(net.payload_len) {
        return None;
    }
    let sum = sum(data, net);
    Some((if sum == 0xffff { Status::Good } else { Status::Bad }, sum))
}
