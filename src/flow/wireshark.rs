//! Verdicts as Wireshark 4.0.17 gives them (docs/tcp-analysis.md, section 3.1), for `--compat wireshark`.
//!
//! Its rules are local: each looks at the segment and at a few numbers kept for each direction, in a fixed order. They
//! are kept as they are, known errors included (section 7 there): whoever asks for them wants to compare. Numbers are
//! raw, and 0 stands for "not known yet".

use std::collections::VecDeque;

use netdissect_dissectors::facts::{Analysis, Finding, Scale};
use netdissect_dissectors::transport::tcp::{Flags, SackBlocks};

use super::key::Both;
use super::tcp::Segment;

/// A copy this soon after a segment of the peer can be a fast retransmission, in ns.
const FAST: i64 = 20_000_000;
/// What is this much younger than the highest segment can be out of order, in ns, where no round trip is known.
const REORDERED: i64 = 3_000_000;
/// Segments remembered until they are acknowledged, in each direction; further ones are not, as in Wireshark, which
/// stops at 10,000.
const MAX_UNACKED: usize = 4_096;
/// More bytes than this are never in flight.
const MAX_FLIGHT: u32 = 2_000_000_000;

const SYN_FIN: Flags = Flags::SYN.union(Flags::FIN);
const SYN_FIN_RST: Flags = SYN_FIN.union(Flags::RST);

/// A segment that was not acknowledged yet.
#[derive(Clone, Copy, Debug)]
struct Unacked {
    frame: u64,
    /// When it passed, in ns.
    time: i64,
    seq: u32,
    end: u32,
}

/// What is remembered of one direction to tell what comes again or too late.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    /// End of the highest segment, 0 before the first, with its time in ns.
    next: u32,
    next_time: i64,
    /// Acknowledgment, window and time in ns of the last segment of any kind.
    ack: u32,
    window: Option<u16>,
    time: i64,
    /// What that segment asked the peer for.
    asked: Option<Finding>,
    /// How often its acknowledgment was repeated.
    duplicate_acks: u32,
}

/// What comes again or too late in a conversation: as much of [`Wireshark`] as decides which segments it reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Order {
    ends: Both<End>,
    /// Time of the latest SYN, in ns.
    syn: Option<i64>,
    initial_rtt: Option<i64>,
}

/// What [`Order`] says of one segment.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// It is a keep-alive or the probe of a zero window.
    asks: Option<Finding>,
    /// It says what the one before said: an answer to such a one, a window update, a repeated acknowledgment.
    repeats: Option<Finding>,
    /// It moves nothing on.
    late: Option<Finding>,
}

/// What is remembered of one direction beyond that.
#[derive(Clone, Debug, Default)]
struct Direction {
    /// The frame that moved the end of the highest segment.
    next_frame: u64,
    /// End of what was captured without a hole.
    contiguous: u32,
    /// It acknowledged what lies beyond everything that the other end is known to have sent, and that was told.
    told_beyond: bool,
    /// The last segment had a SYN, whose window is never scaled.
    window_of_syn: bool,
    /// The last segment that acknowledged something else than the one before.
    acked_in: u64,
    /// Newest first.
    unacked: VecDeque<Unacked>,
    sacked: SackBlocks,
    /// Something of it is missing, and the other end was not heard since: bytes in flight would be a guess.
    flight_unknown: bool,
    /// The last segment with payload was pushed, and how much was sent since the one before that was.
    pushed: bool,
    push_bytes: u32,
}

/// One conversation, as Wireshark sees it.
#[derive(Clone, Debug, Default)]
pub struct Wireshark {
    order: Order,
    directions: Both<Direction>,
    syn_had_data: bool,
}

/// `a` lies behind `b`, as 32-bit numbers that wrap.
const fn after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

/// What is known of a segment from outside the conversation.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// Scale of the windows that the receiver of the segment sends.
    pub receiver_scale: Scale,
    /// Its acknowledgment, relative.
    pub acknowledged: u32,
    /// It begins another connection between the same ends.
    pub is_another: bool,
}

/// Where the numbers of a segment end.
fn end_of(s: &Segment<'_>) -> u32 {
    s.seq.wrapping_add(s.len).wrapping_add(u32::from(s.flags.intersects(SYN_FIN)))
}

/// Whether a segment moves no number on: a reset without payload, or the probe of a zero window.
fn is_outside(s: &Segment<'_>, turn: Turn) -> bool {
    turn.asks == Some(Finding::ZeroWindowProbe) || s.flags.contains(Flags::RST) && s.len == 0
}

impl Order {
    /// Takes note of a segment. True if what it carries came before or comes too late, so that Wireshark does not read
    /// it; a copy that is sent fast it reads as if it were new.
    pub fn is_again(&mut self, s: &Segment<'_>) -> bool {
        let turn = self.judge(s);
        self.remember(s, turn);
        turn.is_again()
    }

    fn judge(&self, s: &Segment<'_>) -> Turn {
        let (own, peer) = (&self.ends[s.from], &self.ends[s.from.other()]);
        let mut turn = Turn::default();
        let controls = s.flags.intersects(SYN_FIN_RST);
        if s.len == 1 && s.seq == own.next && peer.window == Some(0) {
            turn.asks = Some(Finding::ZeroWindowProbe);
        } else if s.len <= 1 && s.seq == own.next.wrapping_sub(1) && !controls {
            turn.asks = Some(Finding::KeepAlive);
        }
        if s.len == 0 && s.seq == own.next && s.ack == own.ack && !controls {
            turn.repeats = match (peer.asked, s.window) {
                (_, 1..) if Some(s.window) != own.window => Some(Finding::WindowUpdate),
                _ if Some(s.window) != own.window => None,
                (Some(Finding::KeepAlive), 1..) => Some(Finding::KeepAliveAck),
                (Some(Finding::ZeroWindowProbe), 0) => Some(Finding::ZeroWindowProbeAck),
                (_, 0) => None,
                _ => Some(Finding::DuplicateAck),
            };
        }
        if turn.asks != Some(Finding::KeepAlive) && (s.len > 0 || s.flags.intersects(SYN_FIN)) {
            turn.late = self.late(s);
        }
        turn
    }

    fn late(&self, s: &Segment<'_>) -> Option<Finding> {
        let (own, peer) = (&self.ends[s.from], &self.ends[s.from.other()]);
        let now = s.time.as_nanos();
        if s.len > 0 && peer.ack != 0 && !after(s.seq.wrapping_add(s.len), peer.ack) {
            return Some(Finding::SpuriousRetransmission);
        }
        if own.next == 0 || !after(own.next, s.seq) {
            return None;
        }
        let soon = now.saturating_sub(peer.time) < FAST;
        if soon && peer.duplicate_acks >= 2 && peer.ack == s.seq {
            return Some(Finding::FastRetransmission);
        }
        let since_highest = now.saturating_sub(own.next_time);
        if since_highest < self.initial_rtt.unwrap_or(REORDERED) && own.next != end_of(s) {
            return Some(Finding::OutOfOrder);
        }
        Some(Finding::Retransmission)
    }

    fn remember(&mut self, s: &Segment<'_>, turn: Turn) {
        let now = s.time.as_nanos();
        let own = &mut self.ends[s.from];
        let end = end_of(s);
        if (own.next == 0 || after(end, own.next)) && !is_outside(s, turn) {
            (own.next, own.next_time) = (end, now);
        }
        if s.ack != own.ack {
            own.duplicate_acks = 0;
        }
        if turn.repeats == Some(Finding::DuplicateAck) {
            own.duplicate_acks = own.duplicate_acks.saturating_add(1);
        }
        own.ack = s.ack;
        own.window = Some(s.window);
        own.time = now;
        own.asked = turn.asks;
        let acks = s.flags.contains(Flags::ACK);
        match s.flags.contains(Flags::SYN) {
            true if !acks => self.syn = Some(now),
            false if acks && self.initial_rtt.is_none() => {
                self.initial_rtt = self.syn.map(|syn| now.saturating_sub(syn)).filter(|&rtt| rtt != 0);
            }
            _ => {}
        }
    }
}

impl Turn {
    fn is_again(self) -> bool {
        self.asks == Some(Finding::KeepAlive)
            || self.late.is_some_and(|late| late != Finding::FastRetransmission)
    }
}

impl Wireshark {
    /// Judges a segment and takes note of it. True if it is one that [`Order::is_again`] tells.
    pub fn judge(&mut self, s: &Segment<'_>, around: Around) -> (Analysis, bool) {
        let mut analysis = Analysis::default();
        if around.is_another {
            analysis.findings.add(Finding::ReusedPorts);
        }
        let turn = self.order.judge(s);
        self.place(s, turn, around.receiver_scale, &mut analysis);
        self.repeated_ack(s);
        let beyond = self.ack_of_unseen(s, &mut analysis);
        if let Some(late) = turn.late {
            self.sent_again(s, late, &mut analysis);
        }
        self.remember(s, turn, &analysis);
        self.acknowledge(s, &mut analysis);
        let is_counted = self.flight(s, &mut analysis);
        if is_counted || beyond || !analysis.is_empty() {
            analysis.initial_rtt = self.order.initial_rtt;
        }
        self.fast_open(s, around.acknowledged, &mut analysis);
        (analysis, turn.is_again())
    }

    fn fast_open(&mut self, s: &Segment<'_>, acknowledged: u32, analysis: &mut Analysis) {
        if !s.flags.contains(Flags::SYN) {
            return;
        }
        if !s.flags.contains(Flags::ACK) {
            self.syn_had_data |= s.len > 0;
            if s.options.fast_open {
                analysis.findings.add(Finding::TfoSyn);
            }
        } else if acknowledged > 1 {
            analysis.findings.add(Finding::TfoAck);
        } else if acknowledged == 1 && self.syn_had_data {
            analysis.findings.add(Finding::TfoIgnored);
        }
    }

    /// Windows, probes and their answers, holes: what the place of the segment tells.
    fn place(&self, s: &Segment<'_>, turn: Turn, scale: Scale, analysis: &mut Analysis) {
        let (own, peer) = (&self.order.ends[s.from], &self.order.ends[s.from.other()]);
        for finding in turn.asks.into_iter().chain(turn.repeats) {
            analysis.findings.add(finding);
        }
        if turn.asks == Some(Finding::ZeroWindowProbe) {
            return;
        }
        let controls = s.flags.intersects(SYN_FIN_RST);
        if s.window == 0 && !controls {
            analysis.findings.add(Finding::ZeroWindow);
        }
        if own.next != 0 && after(s.seq, own.next) && !s.flags.contains(Flags::RST) {
            analysis.findings.add(Finding::LostSegment);
        }
        let shift = match scale {
            _ if self.directions[s.from.other()].window_of_syn => Some(0),
            Scale::Shift(shift) => Some(shift.min(14)),
            Scale::None => Some(0),
            Scale::Unknown => None,
        };
        if s.len > 0
            && !controls
            && let (Some(shift), Some(window)) = (shift, peer.window)
            && s.seq.wrapping_add(s.len) == peer.ack.wrapping_add(u32::from(window) << shift)
        {
            analysis.findings.add(Finding::WindowFull);
        }
        if turn.repeats == Some(Finding::DuplicateAck) {
            analysis.duplicate_ack_num = Some(own.duplicate_acks.saturating_add(1));
            analysis.duplicate_ack_frame = Some(self.directions[s.from].acked_in);
        }
    }

    fn repeated_ack(&mut self, s: &Segment<'_>) {
        if s.ack != self.order.ends[s.from].ack {
            self.directions[s.from].acked_in = s.frame;
            self.directions[s.from.other()].told_beyond = false;
        }
    }

    /// Whether the segment acknowledges what was not captured. What lies beyond everything captured is told once, until
    /// the other end acknowledges something else.
    fn ack_of_unseen(&mut self, s: &Segment<'_>, analysis: &mut Analysis) -> bool {
        let next = self.order.ends[s.from.other()].next;
        let peer = &mut self.directions[s.from.other()];
        if !s.flags.contains(Flags::ACK) || peer.contiguous == 0 || !after(s.ack, peer.contiguous) {
            return false;
        }
        let beyond = peer.contiguous == next;
        peer.contiguous = next;
        if !beyond || !std::mem::replace(&mut self.directions[s.from].told_beyond, true) {
            analysis.findings.add(Finding::AckLostSegment);
        }
        true
    }

    fn sent_again(&self, s: &Segment<'_>, late: Finding, analysis: &mut Analysis) {
        analysis.findings.add(late);
        if late == Finding::OutOfOrder {
            return;
        }
        analysis.findings.add(Finding::Retransmission);
        if late != Finding::Retransmission {
            return;
        }
        let own = &self.directions[s.from];
        let now = s.time.as_nanos();
        let eldest = own.unacked.back().map(|sent| (sent.frame, sent.time));
        let (frame, time) = eldest.unwrap_or((own.next_frame, self.order.ends[s.from].next_time));
        if time != now {
            analysis.rto_frame = Some(frame);
            analysis.rto = Some(now.saturating_sub(time));
        }
    }

    fn remember(&mut self, s: &Segment<'_>, turn: Turn, analysis: &Analysis) {
        let before = self.order.ends[s.from].next;
        self.order.remember(s, turn);
        let next = self.order.ends[s.from].next;
        let own = &mut self.directions[s.from];
        let end = end_of(s);
        if end != s.seq && own.unacked.len() < MAX_UNACKED {
            own.unacked.push_front(Unacked { frame: s.frame, time: s.time.as_nanos(), seq: s.seq, end });
        }
        if next != before {
            own.next_frame = s.frame;
        }
        if (own.contiguous == 0 || own.contiguous == s.seq) && !is_outside(s, turn) {
            own.contiguous = next;
        }
        if analysis.findings.has(Finding::LostSegment) {
            own.flight_unknown = true;
        }
        own.window_of_syn = s.flags.contains(Flags::SYN);
        own.sacked = s.options.sack;
        if s.flags.contains(Flags::ACK) {
            self.directions[s.from.other()].flight_unknown = false;
        }
    }

    fn acknowledge(&mut self, s: &Segment<'_>, analysis: &mut Analysis) {
        let now = s.time.as_nanos();
        self.directions[s.from.other()].unacked.retain_mut(|sent| {
            if sent.end == s.ack {
                analysis.acks_frame = Some(sent.frame);
                // No time at all is not told.
                analysis.ack_rtt = Some(now.saturating_sub(sent.time)).filter(|&rtt| rtt != 0);
                return false;
            }
            if !after(sent.end, s.ack) {
                return false;
            }
            if after(s.ack, sent.seq) {
                sent.seq = s.ack;
            }
            true
        });
    }

    fn flight(&mut self, s: &Segment<'_>, analysis: &mut Analysis) -> bool {
        let sacked = self.directions[s.from.other()].sacked;
        let own = &mut self.directions[s.from];
        if s.len == 0 || own.flight_unknown {
            return false;
        }
        let Some(newest) = own.unacked.front() else { return false };
        let (mut low, mut high) = (newest.seq, newest.end);
        for sent in &own.unacked {
            if after(low, sent.seq) {
                low = sent.seq;
            }
            if after(sent.end, high) {
                high = sent.end;
            }
        }
        let mut bytes = high.wrapping_sub(low);
        for (left, right) in sacked.iter() {
            bytes = bytes.wrapping_sub(right.wrapping_sub(left));
        }
        if s.flags.intersects(SYN_FIN) {
            bytes = bytes.wrapping_sub(1);
        }
        own.push_bytes = if own.pushed { s.len } else { own.push_bytes.saturating_add(s.len) };
        own.pushed = s.flags.contains(Flags::PSH);
        if (1..MAX_FLIGHT).contains(&bytes) {
            analysis.bytes_in_flight = Some(bytes);
            analysis.push_bytes_sent = Some(own.push_bytes);
        }
        true
    }
}

#[cfg(test)]
mod tests;
