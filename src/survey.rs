//! What a capture holds, counted over its packets: protocols, endpoints, conversations, time, and pairs of question
//! and answer.
//!
//! Each file counts one thing and prints nothing. All of it is bounded; what a bound leaves out is counted.

pub mod arp;
pub mod dns;
pub mod endpoints;
pub mod exchange;
pub mod http;
pub mod leases;
pub mod nat;
pub mod path;
pub mod protocols;
pub mod rate;

use netdissect_dissectors::packet::Packet;

use crate::flow::key::{Endpoint, Pair, Side};

/// Packets and their bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many packets.
    pub packets: u64,
    /// Their lengths on the wire, added up.
    pub bytes: u64,
}

impl Traffic {
    /// One packet more, of `bytes` on the wire.
    pub fn add(&mut self, bytes: u64) {
        self.packets = self.packets.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            packets: self.packets.saturating_add(other.packets),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// The ends of the segment or datagram in layer `slot` and which of them sent it: both headers begin with the two
/// ports.
#[must_use]
pub fn ends(packet: &Packet<'_>, slot: u8) -> Option<(Pair, Side)> {
    let layer = packet.layer(slot.into())?;
    let net = layer.net()?;
    let &[s1, s0, d1, d0] = layer.data().first_chunk()?;
    let src = Endpoint { addr: net.src, port: u16::from_be_bytes([s1, s0]) };
    let dst = Endpoint { addr: net.dst, port: u16::from_be_bytes([d1, d0]) };
    Some(Pair::new(src, dst))
}
