//! Numbers as Wireshark shows them: `tcp.stream`, relative sequence numbers, window scales.
//!
//! Its rules are simpler than ours, and people carry its numbers between tools, so they are kept apart from the
//! tracker: one number for each pair of endpoints, a new one when a SYN carries another sequence number; numbers
//! relative to the first of each direction; scaling on if both SYNs that were seen offered it.

use netdissect_dissectors::facts::Scale;
use netdissect_dissectors::transport::tcp::Flags;

use super::key::{Both, Side};

/// Wireshark's view of one direction.
#[derive(Clone, Copy, Debug, Default)]
struct Direction {
    base: Option<u32>,
    scale: Scale,
}

/// Wireshark's view of one conversation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbering {
    /// `tcp.stream`.
    pub stream: u32,
    directions: Both<Direction>,
}

/// Relative numbers of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relative {
    /// `tcp.seq`.
    pub seq: u32,
    /// `tcp.ack`.
    pub ack: u32,
    /// The raw number that the other direction's relative numbers count from.
    pub peer_base: u32,
    /// Scale of this segment's window.
    pub scale: Scale,
}

impl Numbering {
    /// A conversation with this number.
    #[must_use]
    pub fn new(stream: u32) -> Self {
        Self { stream, ..Self::default() }
    }

    /// Whether this segment begins another conversation between the same endpoints.
    #[must_use]
    pub fn is_another(&self, from: Side, flags: Flags, seq: u32) -> bool {
        flags.contains(Flags::SYN)
            && !flags.contains(Flags::ACK)
            && self.directions[from].base.is_some_and(|base| base != seq)
    }

    /// Takes note of a segment and returns its relative numbers.
    pub fn note(&mut self, from: Side, flags: Flags, seq: u32, ack: u32, wscale: Option<u8>) -> Relative {
        let syn = flags.contains(Flags::SYN);
        let acks = flags.contains(Flags::ACK);
        let peer = from.other();
        let base = *self.directions[from].base.get_or_insert(if syn { seq } else { seq.wrapping_sub(1) });
        if acks && self.directions[peer].base.is_none() {
            self.directions[peer].base = Some(ack.wrapping_sub(1));
        }
        if syn {
            self.note_scale(from, acks, wscale);
        }
        let peer_base = self.directions[peer].base.unwrap_or(0);
        Relative {
            seq: seq.wrapping_sub(base),
            ack: if acks { ack.wrapping_sub(peer_base) } else { ack },
            peer_base,
            scale: self.directions[from].scale,
        }
    }

    fn note_scale(&mut self, from: Side, acks: bool, wscale: Option<u8>) {
        let peer = from.other();
        match wscale {
            Some(shift) => {
                let refused = acks && self.directions[peer].scale == Scale::None;
                self.directions[from].scale = if refused { Scale::None } else { Scale::Shift(shift.min(14)) };
            }
            None => {
                self.directions[from].scale = Scale::None;
                self.directions[peer].scale = Scale::None;
            }
        }
    }
}
