//! One direction of a connection.

use netdissect_dissectors::facts::Scale;
use serde::{Deserialize, Serialize};

use super::Segment;
use super::classify::Hole;
use super::ecn::Ecn;
use super::sender::Sender;
use crate::flow::ranges::Ranges;
use crate::flow::seq::{Position, position};
use crate::flow::stream::Stream;

/// Times to live that systems begin with.
const BEGINNINGS: [u8; 3] = [64, 128, 255];
/// Routers that a packet passes at most on its way.
const MOST_HOPS: u8 = 32;

/// One direction.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Half {
    /// Its initial sequence number, seen or inferred.
    pub(super) base: Option<u32>,
    /// Highest position sent, one past it.
    pub(super) nxt: Position,
    /// Highest position that the peer acknowledged, one past it.
    pub(super) una: Position,
    /// Highest acknowledgment that it sent, in the peer's space.
    pub(super) ackmax: Position,
    /// Highest position of the peer that it ever allowed.
    pub(super) edgemax: Position,
    /// Window advertised last, scaled.
    pub(super) window: u64,
    /// Position of the peer up to which that allows it to send.
    pub(super) edge: Position,
    pub(super) seen: Ranges,
    pub(super) scale: Option<Scale>,
    /// The least shift that what it was sent allows, where the scale is unknown (Q4).
    pub(super) least_shift: u8,
    pub(super) syn_seen: bool,
    pub(super) syn_ack_seen: bool,
    /// SYNs or SYN+ACKs sent.
    pub(super) syns: u8,
    pub(super) fin: Option<Position>,
    /// A FIN that acknowledged the peer's FIN.
    pub(super) fin_acks_fin: bool,
    /// It last acknowledged a single position.
    pub(super) acked_one: bool,
    /// Nothing of it was captured, and the last position that was acknowledged is its FIN.
    pub(super) fin_unseen: bool,
    /// When an acknowledgment of its FIN first passed, in ns.
    pub(super) fin_ack_passed: Option<i64>,
    pub(super) sender: Sender,
    /// Copies are cut to a smaller path until this is acknowledged.
    pub(super) shrunk_until: Position,
    /// No router said that they have to be.
    pub(super) shrunk_silently: bool,
    pub(super) holes: Vec<Hole>,
    pub(super) mss: Option<u16>,
    /// Payload bytes of its largest segment that is no offloaded one.
    pub(super) largest: u32,
    /// Segments of the peer since its last frame that ask for an acknowledgment.
    pub(super) owes_acks: u32,
    /// Up to here it has sent, as the numbers of its packets tell (C25).
    pub(super) sent_unseen: Position,
    /// Frames that left meanwhile and may have carried more.
    pub(super) unseen_spare: u32,
    pub(super) sack_permitted: bool,
    pub(super) ecn: Ecn,
    /// Since when it offers no window, in ns.
    pub(super) zero_window_since: Option<i64>,
    /// It opened its window again, and the peer has not used that yet.
    pub(super) reopened_unused: bool,
    /// What its last segment asks for.
    pub(super) awaits: Option<Awaited>,
    /// A window probe that was not acknowledged: its payload counts once it is.
    pub(super) probe: Option<Probe>,
    /// Payload that counts only since it was acknowledged, and its position.
    pub(super) accepted: Option<(Position, Box<[u8]>)>,
    /// Stretches of which the network made a second copy.
    pub(super) doubled: Vec<Doubled>,
    pub(super) fast_open: Option<Box<[u8]>>,
    /// Up to here its SYN carried data that was not taken.
    pub(super) syn_data_until: Position,
    pub(super) other_isn: Option<u32>,
    pub(super) new_data: bool,
    /// Smallest round trip between the observer and this end, in ns.
    pub(super) rtt: Option<i64>,
    /// Time to live of its first packet that is no reset.
    pub(super) hop_limit: Option<u8>,
    /// Segments sent.
    pub packets: u64,
    /// Payload bytes sent, copies included.
    pub payload: u64,
    /// Payload bytes sent again.
    pub again: u64,
    /// The reassembled bytes.
    pub stream: Stream,
}

impl Half {
    /// Bytes of memory beside its own size, and beside what waits in the stream or is kept to compare copies with.
    pub(super) fn heap(&self) -> usize {
        let kept = [&self.fast_open].into_iter().flatten().chain(self.accepted.iter().map(|row| &row.1));
        let lists =
            self.holes.capacity() * size_of::<Hole>() + self.doubled.capacity() * size_of::<Doubled>();
        let kept = kept.map(|bytes| bytes.len()).sum::<usize>();
        self.sender.heap() + self.seen.heap() + self.stream.heap() + lists + kept
    }

    /// Payload bytes of the stream that were sent, as far as numbers tell.
    #[must_use]
    pub fn stream_len(&self) -> u64 {
        let end = self.fin.unwrap_or(self.nxt.max(self.una) - Position::from(self.fin_unseen));
        u64::try_from(end.saturating_sub(1)).unwrap_or(0)
    }

    /// Everything sent or acknowledged without a hole, one past it (Q7).
    pub(super) fn contiguous(&self) -> Position {
        self.seen.run_from(self.una.max(1))
    }

    /// Routers between this end and the observer, as the time to live of its packets tells; `None` if that is none that
    /// systems begin with, and too far below one.
    #[must_use]
    pub fn hops(&self) -> Option<u8> {
        let left = self.hop_limit?;
        let begun = BEGINNINGS.into_iter().find(|&begun| begun >= left)?;
        begun.checked_sub(left).filter(|&hops| hops <= MOST_HOPS)
    }

    /// The largest segment that this end takes, as it offered (`tcp.options.mss_val`).
    #[must_use]
    pub fn mss(&self) -> Option<u16> {
        self.mss
    }

    /// The highest position of the peer that this end ever allowed; `None` where the scale of its window is unknown.
    #[must_use]
    pub fn allowed(&self) -> Option<Position> {
        (self.edgemax > 0 && matches!(self.scale, Some(Scale::None | Scale::Shift(_))))
            .then_some(self.edgemax)
    }

    /// The least shift of its window that what it was sent allows, where the scale is unknown (Q4).
    #[must_use]
    pub fn scale_at_least(&self) -> Option<u8> {
        (self.least_shift > 0).then_some(self.least_shift)
    }

    /// Smallest round trip between the observer and this end, in ns.
    #[must_use]
    pub fn round_trip(&self) -> Option<i64> {
        self.rtt
    }

    /// The position of a raw number in this direction's space.
    pub(super) fn place(&self, raw: u32) -> Position {
        self.base.map_or(0, |base| position(base, self.nxt, raw))
    }

    pub(super) fn note_syn(&mut self, s: &Segment<'_>) {
        self.scale = Some(match s.options.wscale {
            Some(shift) => Scale::Shift(shift.min(14)),
            None if s.options.cut => Scale::Unknown,
            None => Scale::None,
        });
        self.window = s.window.into();
        // Until it acknowledges more, the peer's first byte is the first that it takes.
        self.edge = 1 + Position::from(s.window);
        self.edgemax = self.edgemax.max(self.edge);
        self.mss = s.options.mss;
        self.sack_permitted = s.options.sack_permitted;
    }

    /// So many payload bytes were sent again.
    pub(super) fn count_again(&mut self, bytes: u64) {
        self.again = self.again.saturating_add(bytes);
    }

    /// The first hole that touches `from..to`.
    pub(super) fn hole_over(&self, from: Position, to: Position) -> Option<&Hole> {
        self.holes.iter().find(|hole| hole.from < to && hole.to > from)
    }

    /// Payload bytes of a full segment: the maximum segment size less the options that every segment carries.
    pub(super) fn segment_size(&self) -> u32 {
        let options = if self.sender.newest_tsval.is_some() { 12 } else { 0 };
        let largest = u32::from(self.mss.unwrap_or(1_460)).saturating_sub(options);
        if self.largest > 0 { self.largest.min(largest) } else { largest }.max(1)
    }

    pub(super) fn sample(&mut self, rtt: i64) {
        // Beyond an hour a clock has jumped.
        if (0..3_600_000_000_000).contains(&rtt) {
            self.rtt = Some(self.rtt.map_or(rtt, |old| old.min(rtt)));
        }
    }

    /// Both ends permitted SACK.
    pub(super) fn sack_ok(&self) -> bool {
        self.sack_permitted
    }
}

/// What one end has sent that asks for an answer by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Awaited {
    KeepAlive,
    WindowProbe,
    /// An in-window reset or a SYN inside the flow (RFC 5961).
    Challenge,
}

/// A probe of a closed window with payload that no one needs to take.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Probe {
    pub(super) from: Position,
    pub(super) to: Position,
    pub(super) bytes: Box<[u8]>,
}

/// A stretch of sequence space of which a second copy passed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Doubled {
    pub(super) from: Position,
    pub(super) to: Position,
    /// The copy's frame and time, in ns.
    pub(super) frame: u64,
    pub(super) time: i64,
}
