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

/// What is remembered of one direction.
#[derive(Clone, Debug, Default)]
struct Direction {
    /// End of the highest segment, 0 before the first, with its frame and time in ns.
    next: u32,
    next_frame: u64,
    next_time: i64,
    /// End of what was captured without a hole.
    contiguous: u32,
    /// It acknowledged what lies beyond everything that the other end is known to have sent, and that was told.
    told_beyond: bool,
    /// Acknowledgment, window and time in ns of the last segment of any kind.
    ack: u32,
    window: Option<u16>,
    time: i64,
    /// That segment had a SYN, whose window is never scaled.
    window_of_syn: bool,
    /// Verdict on that segment.
    last: Option<Finding>,
    /// The last segment that acknowledged something else than the one before, and how often it was repeated.
    acked_in: u64,
    duplicate_acks: u32,
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
    directions: Both<Direction>,
    /// Time of the latest SYN, in ns.
    syn: Option<i64>,
    initial_rtt: Option<i64>,
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

impl Wireshark {
    /// Judges a segment and takes note of it.
    pub fn judge(&mut self, s: &Segment<'_>, around: Around) -> Analysis {
        let mut analysis = Analysis::default();
        if around.is_another {
            analysis.findings.add(Finding::ReusedPorts);
        }
        let verdict = self.place(s, around.receiver_scale, &mut analysis);
        self.repeated_ack(s);
        let beyond = self.ack_of_unseen(s, &mut analysis);
        if s.len > 0 || s.flags.intersects(SYN_FIN) {
            self.sent_again(s, &mut analysis);
        }
        self.remember(s, verdict, &analysis);
        self.acknowledge(s, &mut analysis);
        self.flight(s, &mut analysis);
        self.note_handshake(s);
        if beyond || !analysis.is_empty() {
            analysis.initial_rtt = self.initial_rtt;
        }
        self.fast_open(s, around.acknowledged, &mut analysis);
        analysis
    }

    fn note_handshake(&mut self, s: &Segment<'_>) {
        let now = s.time.as_nanos();
        let acks = s.flags.contains(Flags::ACK);
        if s.flags.contains(Flags::SYN) && !acks {
            self.syn = Some(now);
        }
        if acks && !s.flags.contains(Flags::SYN) && self.initial_rtt.is_none() {
            self.initial_rtt = self.syn.map(|syn| now.saturating_sub(syn)).filter(|&rtt| rtt != 0);
        }
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

    /// Windows, probes and their answers, holes: what the place of the segment tells. The verdict that the next
    /// segment of the peer is to be compared with is returned.
    fn place(&self, s: &Segment<'_>, scale: Scale, analysis: &mut Analysis) -> Option<Finding> {
        let (own, peer) = (&self.directions[s.from], &self.directions[s.from.other()]);
        let controls = s.flags.intersects(SYN_FIN_RST);
        if s.len == 1 && s.seq == own.next && peer.window == Some(0) {
            analysis.findings.add(Finding::ZeroWindowProbe);
            return Some(Finding::ZeroWindowProbe);
        }
        if s.window == 0 && !controls {
            analysis.findings.add(Finding::ZeroWindow);
        }
        if own.next != 0 && after(s.seq, own.next) && !s.flags.contains(Flags::RST) {
            analysis.findings.add(Finding::LostSegment);
        }
        let keeps_alive = s.len <= 1 && s.seq == own.next.wrapping_sub(1) && !controls;
        if keeps_alive {
            analysis.findings.add(Finding::KeepAlive);
        }
        let repeats = s.len == 0 && s.seq == own.next && s.ack == own.ack && !controls;
        if repeats && s.window != 0 && Some(s.window) != own.window {
            analysis.findings.add(Finding::WindowUpdate);
        }
        let shift = match scale {
            _ if peer.window_of_syn => Some(0),
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
        if repeats && Some(s.window) == own.window {
            let finding = match (peer.last, s.window) {
                (Some(Finding::KeepAlive), 1..) => Finding::KeepAliveAck,
                (Some(Finding::ZeroWindowProbe), 0) => Finding::ZeroWindowProbeAck,
                (_, 0) => return None,
                _ => Finding::DuplicateAck,
            };
            analysis.findings.add(finding);
            if finding == Finding::DuplicateAck {
                analysis.duplicate_ack_num = Some(own.duplicate_acks.saturating_add(1));
                analysis.duplicate_ack_frame = Some(own.acked_in);
            }
        }
        keeps_alive.then_some(Finding::KeepAlive)
    }

    fn repeated_ack(&mut self, s: &Segment<'_>) {
        let own = &mut self.directions[s.from];
        if s.ack != own.ack {
            own.acked_in = s.frame;
            own.duplicate_acks = 0;
            self.directions[s.from.other()].told_beyond = false;
        }
    }

    /// Whether the segment acknowledges what was not captured. What lies beyond everything captured is told once, until
    /// the other end acknowledges something else.
    fn ack_of_unseen(&mut self, s: &Segment<'_>, analysis: &mut Analysis) -> bool {
        let peer = &mut self.directions[s.from.other()];
        if !s.flags.contains(Flags::ACK) || peer.contiguous == 0 || !after(s.ack, peer.contiguous) {
            return false;
        }
        let beyond = peer.contiguous == peer.next;
        peer.contiguous = peer.next;
        if !beyond || !std::mem::replace(&mut self.directions[s.from].told_beyond, true) {
            analysis.findings.add(Finding::AckLostSegment);
        }
        true
    }

    fn sent_again(&self, s: &Segment<'_>, analysis: &mut Analysis) {
        let (own, peer) = (&self.directions[s.from], &self.directions[s.from.other()]);
        if analysis.findings.has(Finding::KeepAlive) {
            return;
        }
        let now = s.time.as_nanos();
        let end = s.seq.wrapping_add(s.len);
        let phantom = u32::from(s.flags.intersects(SYN_FIN));
        if s.len > 0 && peer.ack != 0 && !after(end, peer.ack) {
            analysis.findings.add(Finding::SpuriousRetransmission);
            analysis.findings.add(Finding::Retransmission);
            return;
        }
        if own.next == 0 || !after(own.next, s.seq) {
            return;
        }
        let soon = now.saturating_sub(peer.time) < FAST;
        if soon && peer.duplicate_acks >= 2 && peer.ack == s.seq {
            analysis.findings.add(Finding::FastRetransmission);
            analysis.findings.add(Finding::Retransmission);
            return;
        }
        let since_highest = now.saturating_sub(own.next_time);
        if since_highest < self.initial_rtt.unwrap_or(REORDERED) && own.next != end.wrapping_add(phantom) {
            analysis.findings.add(Finding::OutOfOrder);
            return;
        }
        analysis.findings.add(Finding::Retransmission);
        let eldest = own.unacked.back().map(|sent| (sent.frame, sent.time));
        let (frame, time) = eldest.unwrap_or((own.next_frame, own.next_time));
        if time != now {
            analysis.rto_frame = Some(frame);
            analysis.rto = Some(now.saturating_sub(time));
        }
    }

    fn remember(&mut self, s: &Segment<'_>, verdict: Option<Finding>, analysis: &Analysis) {
        let peer_side = s.from.other();
        let own = &mut self.directions[s.from];
        let now = s.time.as_nanos();
        let mut end = s.seq.wrapping_add(s.len);
        if s.flags.intersects(SYN_FIN) {
            end = end.wrapping_add(1);
        }
        if end != s.seq && own.unacked.len() < MAX_UNACKED {
            own.unacked.push_front(Unacked { frame: s.frame, time: now, seq: s.seq, end });
        }
        // A reset without payload moves nothing on.
        let probes =
            analysis.findings.has(Finding::ZeroWindowProbe) || s.flags.contains(Flags::RST) && s.len == 0;
        if (own.next == 0 || after(end, own.next)) && !probes {
            (own.next, own.next_frame, own.next_time) = (end, s.frame, now);
        }
        if (own.contiguous == 0 || own.contiguous == s.seq) && !probes {
            own.contiguous = own.next;
        }
        if analysis.findings.has(Finding::LostSegment) {
            own.flight_unknown = true;
        }
        if let Some(number) = analysis.duplicate_ack_num {
            own.duplicate_acks = number;
        }
        own.ack = s.ack;
        own.window = Some(s.window);
        own.window_of_syn = s.flags.contains(Flags::SYN);
        own.time = now;
        own.last = verdict;
        own.sacked = s.options.sack;
        if s.flags.contains(Flags::ACK) {
            self.directions[peer_side].flight_unknown = false;
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

    fn flight(&mut self, s: &Segment<'_>, analysis: &mut Analysis) {
        let sacked = self.directions[s.from.other()].sacked;
        let own = &mut self.directions[s.from];
        if s.len == 0 || own.flight_unknown {
            return;
        }
        let Some(newest) = own.unacked.front() else { return };
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
    }
}

#[cfg(test)]
mod tests;
