//! Numbers as Wireshark shows them: `tcp.stream`, relative sequence numbers, window scales.
//!
//! Its rules are simpler than ours, and people carry its numbers between tools, so they are kept apart from the
//! tracker: one number for each pair of endpoints, a new one when a SYN carries another sequence number; numbers
//! relative to the first of each direction; scaling on if both SYNs that were seen offered it; times since the first
//! and the previous segment; which kinds of segments there were.

use netdissect_dissectors::facts::Scale;
use netdissect_dissectors::transport::tcp::Flags;

use super::key::{Both, Side};
use super::tcp::Segment;

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
    /// Times of the first and of the last segment, in ns.
    times: Option<(i64, i64)>,
    completeness: u8,
    accurate_ecn: AccurateEcn,
}

/// How far both ends got in agreeing on accurate ECN (RFC 9768 section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum AccurateEcn {
    #[default]
    None,
    Offered,
    Agreed,
}

/// Relative numbers of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Relative {
    /// `tcp.seq`.
    pub seq: u32,
    /// `tcp.ack`.
    pub ack: u32,
    /// The raw number that the other direction's relative numbers count from.
    pub peer_base: u32,
    /// Scale of this segment's window.
    pub scale: Scale,
    /// Nanoseconds since the conversation's first segment (`tcp.time_relative`).
    pub since_first: i64,
    /// Nanoseconds since its previous segment (`tcp.time_delta`).
    pub since_previous: i64,
    /// `tcp.completeness`: 1 SYN, 2 SYN+ACK, 4 acknowledgment, 8 data, 16 FIN, 32 RST among the segments before.
    pub completeness: u8,
    /// Three flags are a counter of marks (`tcp.flags.ace`).
    pub accurate_ecn: bool,
    /// The same with this segment.
    pub kinds: u8,
}

impl Numbering {
    /// A conversation with this number.
    #[must_use]
    pub fn new(stream: u32) -> Self {
        Self { stream, ..Self::default() }
    }

    /// Whether this segment begins another conversation between the same endpoints.
    #[must_use]
    pub fn is_another(&self, s: &Segment<'_>) -> bool {
        s.flags.contains(Flags::SYN)
            && !s.flags.contains(Flags::ACK)
            && self.directions[s.from].base.is_some_and(|base| base != s.seq)
    }

    /// Whether this SYN+ACK has another number than the direction had before.
    #[must_use]
    pub fn is_rebased(&self, s: &Segment<'_>) -> bool {
        s.flags.contains(Flags::SYN.union(Flags::ACK))
            && self.directions[s.from].base.is_some_and(|base| base != s.seq)
    }

    /// Scale of the windows that `side` sends.
    #[must_use]
    pub fn scale(&self, side: Side) -> Scale {
        self.directions[side].scale
    }

    /// Takes note of a segment and returns its relative numbers.
    pub fn note(&mut self, s: &Segment<'_>) -> Relative {
        let &Segment { from, flags, seq, ack, time, .. } = s;
        let syn = flags.contains(Flags::SYN);
        let acks = flags.contains(Flags::ACK);
        let peer = from.other();
        if syn && acks {
            // Another SYN+ACK moves the numbers of its direction, whoever of the two answered the SYN.
            self.directions[from].base = Some(seq);
        }
        let base = *self.directions[from].base.get_or_insert(if syn { seq } else { seq.wrapping_sub(1) });
        if acks && self.directions[peer].base.is_none() {
            self.directions[peer].base = Some(ack.wrapping_sub(1));
        }
        if syn {
            self.note_scale(from, acks, s.options.wscale);
            self.note_ecn(flags);
        }
        let accurate_ecn = !syn && self.accurate_ecn == AccurateEcn::Agreed;
        if s.options.accurate_ecn && !syn {
            self.accurate_ecn = AccurateEcn::Agreed;
        }
        let completeness = self.completeness;
        // The segment that opens a conversation counts only if it is a SYN.
        if self.times.is_some() || syn && !acks {
            self.completeness |= kinds(s);
        }
        let now = time.as_nanos();
        let (first, previous) = self.times.unwrap_or((now, now));
        self.times = Some((first, now));
        let peer_base = self.directions[peer].base.unwrap_or(0);
        Relative {
            seq: seq.wrapping_sub(base),
            ack: if acks { ack.wrapping_sub(peer_base) } else { ack },
            peer_base,
            scale: self.directions[from].scale,
            since_first: now.saturating_sub(first),
            since_previous: now.saturating_sub(previous),
            completeness,
            accurate_ecn,
            kinds: self.completeness,
        }
    }

    fn note_ecn(&mut self, flags: Flags) {
        let bit = |flag| flags.contains(flag);
        let ace = (bit(Flags::AE), bit(Flags::CWR), bit(Flags::ECE));
        self.accurate_ecn = match (bit(Flags::ACK), ace, self.accurate_ecn) {
            (false, (true, true, true), _) => AccurateEcn::Offered,
            (false, ..) => AccurateEcn::None,
            // The four answers of table 2: how the SYN's codepoint came through.
            (true, (false, true, _) | (true, _, false), AccurateEcn::Offered | AccurateEcn::Agreed) => {
                AccurateEcn::Agreed
            }
            (true, ..) => AccurateEcn::None,
        };
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

/// The bits of `tcp.completeness` that a segment sets.
fn kinds(s: &Segment<'_>) -> u8 {
    let acks = s.flags.contains(Flags::ACK);
    let mut kinds = match (s.flags.contains(Flags::SYN), acks) {
        (true, false) => 1,
        (true, true) => 2,
        (false, true) if s.len == 0 => 4,
        _ => 0,
    };
    if s.len > 0 {
        kinds |= 8;
    }
    if acks && s.flags.contains(Flags::FIN) {
        kinds |= 16;
    }
    if s.flags.contains(Flags::RST) {
        kinds |= 32;
    }
    kinds
}
