//! What a segment with sequence space is, by evidence in the order of docs/tcp-analysis.md, section 3.2.

use super::cause::{Blame, Cause, Proofs};
use super::evidence::{Closing, Confidence, Evidence, News};
use super::label::Label;
use super::measures::Repeats;
use super::sender::{DUP_THRESHOLD, Episode, Feedback};
use super::sent::{Copy, Stretch};
use super::{Amendment, Probe, Segment, Side, Step, Tcp};
use crate::flow::seq::Position;
use netdissect_dissectors::facts::Scale;
use netdissect_dissectors::transport::tcp::Flags;
use serde::{Deserialize, Serialize};

/// A fill of a hole within this of what passed before it is reordering, where nothing else is known, in ns.
const OOO_DEFAULT: i64 = 3_000_000;
/// Bytes captured within this after their acknowledgment were overtaken by it in the capture, in ns.
const LATE: i64 = 1_000_000;
/// Silence before a probe of an idle connection, in ns.
pub(super) const KEEP_ALIVE_IDLE: i64 = 900_000_000;
/// The largest shift of a window (RFC 7323 section 2.3).
const MAX_SHIFT: u8 = 14;
/// Payload that every path takes (RFC 9293 section 3.7.1).
const TAKEN_BY_ALL: Position = 536;
/// Copies of one length in vain before a shorter one tells of a path that does not take them.
const VANISHED: u16 = 3;
/// Holes remembered for each direction.
const HOLES: usize = 256;

/// A stretch that was passed over, and the segment that showed it (C6).
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Hole {
    pub from: Position,
    pub to: Position,
    /// The right neighbour.
    pub shown: Copy,
    /// It is payload, and so left right behind what is missing.
    pub by_data: bool,
}

/// A segment's place and evidence, gathered once.
struct Candidate {
    seq: Position,
    /// One past the last position, the FIN's number included.
    end: Position,
    /// Payload bytes.
    payload: u64,
    copy: Copy,
    /// What its sender knew (C26).
    knew: Option<Feedback>,
    /// Timers that must have fired before it, for copies that never passed here (C25).
    timers: u32,
    /// Ends with a push or a FIN, and is shorter than a full segment.
    short: bool,
    /// More data waited behind it when it was sent first: it does not push.
    more: bool,
}

impl Tcp {
    /// Labels a segment that has payload or a FIN, and takes its sequence space into account.
    pub(super) fn take_space(&mut self, s: &Segment<'_>, seq: Position, end: Position, step: &mut Step) {
        let (x, y) = (s.from, s.from.other());
        let now = s.time.as_nanos();
        let tsecr = s.options.timestamps.map(|ts| ts.1);
        let copy =
            Copy { time: now, frame: s.frame, id: s.ip_id, tsval: s.options.timestamps.map(|ts| ts.0) };
        let to_x = self.halves[x].rtt;
        let knew = self.halves[x].sender.knew(now, tsecr, to_x);
        let full_size = self.halves[x].segment_size();
        let short = s.flags.contains(Flags::FIN) || s.flags.contains(Flags::PSH) && s.len < full_size;
        let more = !s.flags.intersects(Flags::PSH.union(Flags::FIN));
        let mut c = Candidate { seq, end, payload: s.len.into(), copy, knew, timers: 0, short, more };
        if self.probes_window(s, &c, step) || self.keeps_alive(s, &c, step) {
            return;
        }
        let (nxt, una) = (self.halves[x].nxt, self.halves[x].una);
        if s.len > 0 {
            step.labels.add(Label::Data);
            step.payload_at = Some(seq);
            self.label_window(x, y, end - Position::from(s.flags.contains(Flags::FIN)), step);
        }
        let payload_end = seq + Position::from(s.len);
        let half = &self.halves[x];
        if s.len > 0 && half.fin.is_some_and(|fin| payload_end > fin) {
            // S18: no receiver takes it.
            step.labels.add(Label::DataAfterFin);
            step.payload_at = None;
            return;
        }
        if self.midstream && end <= 1 && !half.seen.touches(seq, end) {
            step.labels.add(Label::PreBase);
            let half = &mut self.halves[x];
            half.seen.add(seq, end);
            half.sender.sent.record(seq, end, copy);
            return;
        }
        if seq >= nxt && end > una {
            self.note_new(x, y, &mut c, step);
            return;
        }
        let copied = u64::try_from(payload_end.min(nxt) - seq).unwrap_or(0);
        let full = half.seen.covers(seq, end.min(nxt.max(seq)));
        let none = !half.seen.touches(seq, end);
        if full && end <= nxt {
            if let Some(evidence) = self.is_late_original(x, &c) {
                // It left before the copy that came first: that one stays the last sent.
                step.labels.add(Label::OutOfOrder);
                step.judge(evidence, Confidence::Certain);
                self.amend_late_original(x, &c);
                return;
            }
            c.timers = self.timers_before(x, &c);
            step.judge(Evidence::Bytes, Confidence::Certain);
            self.retransmission(x, &c, step);
        } else if none && end <= nxt {
            self.fill(x, y, &c, step);
        } else {
            step.labels.add(if end > nxt { Label::PartialNew } else { Label::PartialHole });
            step.judge(Evidence::Bytes, Confidence::Certain);
            self.retransmission(x, &c, step);
        }
        let half = &mut self.halves[x];
        if step.labels.has(Label::Retransmission) {
            half.count_again(copied);
        }
        half.seen.add(seq, end);
        half.sender.sent.record(seq, end, copy);
        if step.labels.has(Label::UnseenOriginal) {
            half.sender.sent.was_sent_before(seq, end);
        }
        if step.proofs.has(Proofs::COUNTED) {
            half.sender.sent.had_arrived(seq, end);
        }
        let closing = match () {
            () if step.labels.has(Label::OutOfOrder) => Closing::Reordered,
            () if step.labels.has(Label::LateCapture) => Closing::Late,
            () => Closing::Retransmitted,
        };
        self.close_holes(x, closing, |hole| hole.from >= seq && hole.to <= end);
    }

    /// C6: these holes of `x` are closed; the segments that showed them learn how.
    pub(super) fn close_holes(&mut self, x: Side, closing: Closing, which: impl Fn(&Hole) -> bool) {
        let half = &mut self.halves[x];
        if half.holes.is_empty() {
            return;
        }
        let amendments = &mut self.amendments;
        half.holes.retain(|hole| {
            let closed = which(hole);
            if closed {
                amendments.push(Amendment { frame: hole.shown.frame, news: News::Closed(closing) });
            }
            !closed
        });
    }

    /// C20: how the end of this payload stands to the window of its receiver. Where its scale is unknown, what is in
    /// flight tells the least that it can be (Q4).
    fn label_window(&mut self, x: Side, y: Side, end: Position, step: &mut Step) {
        let una = self.halves[x].una;
        let peer = &mut self.halves[y];
        if peer.window == 0 {
            return;
        }
        if peer.scale.is_none_or(|scale| scale == Scale::Unknown) {
            let flight = u64::try_from(end - una).unwrap_or(0);
            while peer.least_shift < MAX_SHIFT && flight > peer.window << peer.least_shift {
                peer.least_shift += 1;
            }
            return;
        }
        if end > peer.edgemax {
            step.labels.add(Label::BeyondWindow);
        } else if end == peer.edge && end > una {
            step.labels.add(Label::WindowFull);
        }
    }

    fn note_new(&mut self, x: Side, y: Side, c: &mut Candidate, step: &mut Step) {
        let half = &mut self.halves[x];
        half.probe = None;
        if c.seq < half.syn_data_until {
            // C2: the SYN's data, which was not taken.
            step.labels.add(Label::Retransmission);
            step.labels.add(Label::FastOpenResend);
            step.cause = Some(Cause::FastOpen);
            step.judge(Evidence::Bytes, Confidence::Certain);
        }
        if step.cause.is_none() && self.was_sent_unseen(x, y, c) {
            step.labels.add(Label::UnseenOriginal);
            step.judge(Evidence::IdGap, Confidence::Likely);
            self.retransmission(x, c, step);
        }
        let half = &mut self.halves[x];
        if step.labels.has(Label::Retransmission) {
            half.count_again(c.payload);
        }
        half.seen.add(c.seq, c.end);
        half.sender.sent.record(c.seq, c.end, c.copy);
        if step.labels.has(Label::UnseenOriginal) {
            half.sender.sent.was_sent_before(c.seq, c.end);
        }
    }

    /// C25: whether the numbers of its sender's packets say that this new segment had been sent before, and died before
    /// it came here.
    fn was_sent_unseen(&mut self, x: Side, y: Side, c: &mut Candidate) -> bool {
        let half = &self.halves[x];
        let mss = Position::from(half.segment_size());
        if c.seq < half.sent_unseen {
            if c.short && c.seq >= half.shrunk_until {
                self.halves[x].sent_unseen = c.end;
            } else if c.seq >= half.shrunk_until {
                let skipped = self.unexplained(x, c).unwrap_or(0);
                self.extend_unseen(x, c, skipped);
            }
            return true;
        }
        let Some(skipped) = self.unexplained(x, c) else { return false };
        let nxt = half.nxt;
        let hole = u32::try_from((c.seq - nxt + mss - 1) / mss).unwrap_or(u32::MAX);
        let left = skipped.saturating_sub(hole);
        let recovers = half.holes.iter().any(|hole| hole.from < nxt && hole.to > half.una);
        if left == 0 || recovers {
            return false;
        }
        if left >= 2 && half.largest == 0 && c.end - c.seq < mss && !c.short {
            // C28: the first data to come are short though more follows, and full segments died before: the path
            // takes only smaller ones. The error comes from nearer than the receiver, so no time has to pass.
            let end = nxt.saturating_add(mss.saturating_mul(left.into()));
            let half = &mut self.halves[x];
            (half.sent_unseen, half.shrunk_until) = (end, end);
            return true;
        }
        if !half.sender.ids.count_segments() {
            return false;
        }
        let silence = c.copy.time.saturating_sub(half.sender.ids.newest_at);
        let full = half.rtt.zip(self.halves[y].rtt).map(|(a, b)| a.saturating_add(b));
        if full.is_none_or(|full| silence < full / 10 * 9) {
            return false;
        }
        // Each timer took a number, and so did the original.
        c.timers = half.sender.timers_fired(silence, half.rtt, half.sack_ok()).min(left.saturating_sub(1));
        let rest = left.saturating_sub(c.timers);
        let end =
            if c.short { c.end } else { c.seq.saturating_add(mss.saturating_mul(rest.into())).max(c.end) };
        let probes = c.timers.min(u32::from(half.sack_ok()));
        self.halves[x].sent_unseen = end;
        self.extend_unseen(x, c, probes);
        true
    }

    /// C25: where the last segment that is known to have been sent does not push, more data waited behind it. So the
    /// probe, and whatever else left since, carried that (RFC 8985 section 7.3): it was sent before, too.
    fn extend_unseen(&mut self, x: Side, c: &Candidate, spare: u32) {
        let half = &mut self.halves[x];
        half.unseen_spare = half.unseen_spare.saturating_add(spare);
        if c.end >= half.sent_unseen && c.more {
            let spare = std::mem::take(&mut half.unseen_spare);
            half.sent_unseen = c.end + Position::from(half.segment_size()).saturating_mul(spare.into());
        } else if c.end >= half.sent_unseen {
            half.unseen_spare = 0;
        }
    }

    /// C25: frames of `x` that left before this one and did not come here, less the acknowledgments that it owed.
    fn unexplained(&self, x: Side, c: &Candidate) -> Option<u32> {
        if self.is_beside(x) {
            return None;
        }
        let half = &self.halves[x];
        let ids = &half.sender.ids;
        let skipped = c.copy.id.filter(|_| ids.may_count_segments()).and_then(|id| ids.skipped(id))?;
        Some(skipped.saturating_sub(half.owes_acks))
    }

    /// Probes and time-outs between the last copy that passed here and this one, as the numbers tell (C25).
    fn timers_before(&self, x: Side, c: &Candidate) -> u32 {
        let half = &self.halves[x];
        let known = half.sender.ids.count_segments();
        let Some(left) = self.unexplained(x, c).filter(|_| known) else { return 0 };
        let silence = c.copy.time.saturating_sub(half.sender.ids.newest_at);
        half.sender.timers_fired(silence, half.rtt, half.sack_ok()).min(left)
    }

    /// C6: what lies between the highest position and this segment was passed over.
    pub(super) fn note_gap(&mut self, s: &Segment<'_>, seq: Position, step: &mut Step) {
        let half = &mut self.halves[s.from];
        // Behind a FIN there is nothing to miss.
        if seq <= half.nxt || half.fin.is_some() {
            return;
        }
        step.labels.add(Label::GapBefore);
        step.gap = u64::try_from(seq - half.nxt).unwrap_or(0);
        if half.holes.len() < HOLES {
            let (shown, by_data) = (Copy::of(s), s.len > 0);
            half.holes.push(Hole { from: half.nxt, to: seq, shown, by_data });
        }
    }

    /// C4: a probe of a closed window.
    fn probes_window(&mut self, s: &Segment<'_>, c: &Candidate, step: &mut Step) -> bool {
        let (x, y) = (s.from, s.from.other());
        let (half, peer) = (&self.halves[x], &self.halves[y]);
        let closed = peer.zero_window_since.is_some() || peer.reopened_unused;
        if !closed || s.len == 0 {
            return false;
        }
        let waited = peer.zero_window_since.map_or(i64::MAX, |since| c.copy.time.saturating_sub(since));
        let can_know = 2_i64.saturating_mul(half.rtt.unwrap_or(0)).max(1_000_000);
        let old = s.len <= 1 && c.seq + 1 == half.una && half.una >= half.nxt;
        let fresh = peer.zero_window_since.is_some()
            && c.seq == half.nxt
            && c.seq == half.una
            && (c.end > peer.edgemax || waited > can_know);
        if !old && !fresh {
            return false;
        }
        step.labels.add(Label::ZeroWindowProbe);
        if fresh {
            // What it carries counts once it is acknowledged.
            self.halves[x].probe = Some(Probe { from: c.seq, to: c.end, bytes: s.payload.into() });
        }
        true
    }

    /// C5: a probe of an idle connection.
    fn keeps_alive(&mut self, s: &Segment<'_>, c: &Candidate, step: &mut Step) -> bool {
        let half = &self.halves[s.from];
        let outstanding = half.una < half.nxt;
        let idle = c.copy.time.saturating_sub(self.previous) >= KEEP_ALIVE_IDLE;
        let place = s.len <= 1 && c.seq + 1 == half.nxt && c.end <= half.nxt;
        if !place || outstanding || !idle || !self.may_keep_alive(s.from) {
            return false;
        }
        step.labels.add(Label::KeepAlive);
        true
    }

    /// C5: an end that has closed keeps the connection alive only in FIN_WAIT_2; elsewhere the number is its FIN's.
    pub(super) fn may_keep_alive(&self, x: Side) -> bool {
        let half = &self.halves[x];
        half.fin.is_none_or(|fin| half.una > fin && self.halves[x.other()].fin.is_none())
    }

    /// C8: numbers of its own date this copy before every captured one, and which numbers do.
    fn is_late_original(&self, x: Side, c: &Candidate) -> Option<Evidence> {
        let sender = &self.halves[x].sender;
        let mut any = None;
        let counts = sender.ids.count_up();
        for stretch in sender.sent.over(c.seq, c.end) {
            let (before, evidence) = match (c.copy.tsval, stretch.first.tsval) {
                (Some(own), Some(other)) if own != other => {
                    (own.wrapping_sub(other).cast_signed() < 0, Evidence::Timestamps)
                }
                _ => match (c.copy.id, stretch.first.id) {
                    (Some(own), Some(other)) if counts => {
                        (own.wrapping_sub(other).cast_signed() < 0, Evidence::IpId)
                    }
                    _ => return None,
                },
            };
            if !before {
                return None;
            }
            any = Some(evidence);
        }
        any
    }

    /// The copy that was captured first came second: it was sent for nothing. Where it passed for the first, it was not
    /// counted as sent again.
    fn amend_late_original(&mut self, x: Side, c: &Candidate) {
        let copies: Vec<Stretch> = self.halves[x].sender.sent.over(c.seq, c.end).copied().collect();
        for copy in copies {
            self.amend(copy.first.frame, News::Redundant(Proofs::ORIGINAL));
            if copy.copies == 1 {
                let bytes = copy.to.min(c.end).saturating_sub(copy.from.max(c.seq));
                self.halves[x].count_again(u64::try_from(bytes).unwrap_or(0));
            }
        }
    }

    /// C9: a hole is filled. Out of order, or sent again after a loss before us? The first evidence that speaks wins.
    fn fill(&mut self, x: Side, y: Side, c: &Candidate, step: &mut Step) {
        let half = &self.halves[x];
        let neighbour = half.hole_over(c.seq, c.end).map(|hole| hole.shown);
        let full = half.rtt.zip(self.halves[y].rtt).map(|(a, b)| a.saturating_add(b));
        let since = neighbour.map_or(i64::MAX, |shown| c.copy.time.saturating_sub(shown.time));
        let sender = &half.sender;
        let (reordered, evidence, confidence) = 'evidence: {
            if let (Some(own), Some(other)) = (c.copy.tsval, neighbour.and_then(|n| n.tsval)) {
                let step = own.wrapping_sub(other).cast_signed();
                if step < 0 {
                    break 'evidence (true, Evidence::Timestamps, Confidence::Certain);
                }
                let newest =
                    sender.newest_tsval.is_none_or(|newest| own.wrapping_sub(newest).cast_signed() >= 0);
                if step > 0 && newest {
                    break 'evidence (false, Evidence::Timestamps, Confidence::Certain);
                }
            }
            if sender.ids.count_up()
                && let (Some(own), Some(other)) = (c.copy.id, neighbour.and_then(|n| n.id))
            {
                if own.wrapping_sub(other).cast_signed() < 0 {
                    break 'evidence (true, Evidence::IpId, Confidence::Certain);
                }
                if sender.ids.newest.is_some_and(|newest| own.wrapping_sub(newest).cast_signed() >= 0) {
                    break 'evidence (false, Evidence::IpId, Confidence::Certain);
                }
            }
            if full.is_some_and(|full| since < full / 10 * 9) {
                break 'evidence (true, Evidence::Causal, Confidence::Likely);
            }
            if half.una > c.seq {
                let soon =
                    sender.advanced.is_some_and(|advanced| c.copy.time.saturating_sub(advanced) <= LATE);
                let dated = sender.is_dated_back(&c.copy);
                if soon || dated.is_some() {
                    step.labels.add(Label::LateCapture);
                    step.judge(dated.unwrap_or(Evidence::Acked), Confidence::Likely);
                    return;
                }
                break 'evidence (false, Evidence::Acked, Confidence::Likely);
            }
            if self.loss_signal(x, c, true).is_some() {
                break 'evidence (false, Evidence::DupAcks, Confidence::Likely);
            }
            let answered =
                sender.feedback.back().is_some_and(|f| neighbour.is_some_and(|n| f.time >= n.time));
            if answered && sender.dup_acks == 0 && since < sender.least_timeout(half.rtt) / 10 * 9 {
                break 'evidence (true, Evidence::NoDupAcks, Confidence::Likely);
            }
            let confidence = if full.is_some() { Confidence::Likely } else { Confidence::Guess };
            let soon = since < full.unwrap_or(OOO_DEFAULT) || self.is_uncalled_for(x, y, c);
            (soon, Evidence::Time, confidence)
        };
        step.judge(evidence, confidence);
        if reordered {
            step.labels.add(Label::OutOfOrder);
        } else {
            step.labels.add(Label::UnseenOriginal);
            self.retransmission(x, c, step);
        }
    }

    /// C9, `time`: nothing that could report the hole came from `y` since it appeared, and no timer of `x` can have run
    /// out since it sent what stands below.
    fn is_uncalled_for(&self, x: Side, y: Side, c: &Candidate) -> bool {
        let half = &self.halves[x];
        let sender = &half.sender;
        let Some(hole) = half.hole_over(c.seq, c.end).filter(|_| self.halves[y].packets > 0) else {
            return false;
        };
        let Some(below) = sender.sent.over(hole.from.saturating_sub(1), hole.from).next() else {
            return false;
        };
        let begun = sender.advanced.map_or(below.last.time, |advanced| advanced.max(below.last.time));
        let is_silent = sender.feedback.back().is_none_or(|heard| heard.time < hole.shown.time);
        is_silent && c.copy.time.saturating_sub(begun) < sender.least_timeout(half.rtt) / 10 * 9
    }

    /// C12: whether a loss was signalled for these bytes, and how: `Some(true)` by time alone (RACK).
    fn loss_signal(&self, x: Side, c: &Candidate, unseen: bool) -> Option<bool> {
        let half = &self.halves[x];
        let knew = c.knew?;
        let last = half.sender.sent.over(c.seq, c.end).map(|s| s.last.time).max();
        let sacked =
            half.sender.sent.over(c.seq, c.end).any(|s| {
                s.sacked.is_some_and(|at| at <= knew.time) || s.acked.is_some_and(|at| at <= knew.time)
            });
        if sacked && !unseen {
            return None;
        }
        let by_time = match (last, knew.delivered) {
            (Some(last), Some(delivered)) => delivered > last,
            // An original that never passed here was sent before its right neighbour.
            (None, Some(delivered)) => {
                half.hole_over(c.seq, c.end).is_some_and(|hole| delivered >= hole.shown.time)
            }
            _ => false,
        };
        let by_count = knew.dup_acks >= DUP_THRESHOLD && c.seq <= knew.una;
        if !by_time && !by_count {
            return None;
        }
        let mss = Position::from(half.mss.unwrap_or(1_460));
        let above = half.sender.scoreboard.count(c.end, Position::MAX / 2);
        Some(knew.dup_acks < DUP_THRESHOLD && above <= 2 * mss)
    }

    /// C13: whether this copy is a time-out's.
    fn is_timeout(&self, x: Side, c: &Candidate, signalled: bool) -> bool {
        let half = &self.halves[x];
        let sender = &half.sender;
        let una = c.knew.map_or(1, |knew| knew.una).max(1);
        if !(c.seq <= una && una < c.end) {
            return false;
        }
        let elapsed = self.elapsed(x, c);
        if elapsed < sender.least_timeout(half.rtt) / 10 * 9 {
            return false;
        }
        let quiet = c.knew.map_or(i64::MAX, |knew| {
            c.copy.time.saturating_sub(knew.time.saturating_add(half.rtt.unwrap_or(0)))
        });
        let smoothed = sender.smoothed(half.rtt);
        if signalled {
            if half.sack_ok() {
                return smoothed.is_none_or(|smoothed| quiet > smoothed);
            }
            // NewReno sends a hole once: a copy long after the third duplicate is the second.
            let long_since = sender.third_dup_ack.zip(smoothed).is_some_and(|(third, smoothed)| {
                c.copy.time.saturating_sub(third) > half.rtt.unwrap_or(0).saturating_add(2 * smoothed)
            });
            let second = long_since
                || sender.episode == Episode::Recovery
                    && sender.sent.over(c.seq, c.end).any(|s| s.copies > 1);
            return second || smoothed.is_none_or(|smoothed| quiet > smoothed);
        }
        let least = smoothed.map_or(0, |s| s / 10).max(3_000_000).max(half.rtt.unwrap_or(0) / 4);
        quiet > least
    }

    /// Time since the later of the last copy and the acknowledgment that advanced last, as the sender felt it.
    fn elapsed(&self, x: Side, c: &Candidate) -> i64 {
        let half = &self.halves[x];
        let last = half.sender.sent.over(c.seq, c.end).map(|s| s.last).max_by_key(|copy| copy.time);
        // An original that never passed here was sent before its right neighbour.
        let shown = || half.hole_over(c.seq, c.end).filter(|hole| hole.by_data).map(|hole| hole.shown);
        let since_copy = last.or_else(shown).map(|last| match (c.copy.tsval, last.tsval) {
            (Some(own), Some(then)) => half.sender.clock_between(then, own),
            _ => c.copy.time.saturating_sub(last.time),
        });
        let since_ack = c
            .knew
            .and_then(|knew| knew.advanced)
            .map(|advanced| c.copy.time.saturating_sub(advanced.saturating_add(half.rtt.unwrap_or(0))));
        match (since_copy, since_ack) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b).unwrap_or(i64::MAX),
        }
    }

    /// C10 to C14: a copy of bytes sent before; which mechanism sent it.
    fn retransmission(&mut self, x: Side, c: &Candidate, step: &mut Step) {
        step.labels.add(Label::Retransmission);
        let known_una = c.knew.map_or(0, |knew| knew.una);
        if self.halves[x].sender.episode != Episode::Open && known_una >= self.halves[x].sender.point {
            self.halves[x].sender.episode = Episode::Open;
            self.halves[x].sender.back_off = 0;
        }
        let unseen = step.labels.has(Label::UnseenOriginal);
        let signal = self.loss_signal(x, c, unseen);
        let timeout = self.is_timeout(x, c, signal.is_some());
        let nxt = self.halves[x].nxt.max(c.end).max(self.halves[x].sent_unseen);
        if self.is_cut_in_silence(x, c) {
            let half = &mut self.halves[x];
            (half.shrunk_until, half.shrunk_silently) = (half.nxt, true);
        }
        let shrunk = known_una < self.halves[x].shrunk_until;
        let cause = match self.halves[x].sender.episode {
            _ if shrunk => Cause::Pmtu,
            Episode::Open if c.timers > 0 => Cause::Rto,
            Episode::Open => self.cause_when_open(x, c, signal, timeout, step),
            Episode::Recovery if timeout => Cause::Rto,
            Episode::Recovery => Cause::Recovery,
            Episode::Loss if timeout => Cause::Rto,
            Episode::Loss => {
                let began = self.halves[x].sender.began;
                let knew = c.knew.and_then(|knew| knew.delivered);
                let again =
                    self.halves[x].sender.sent.over(c.seq, c.end).any(|s| {
                        s.last.time >= began && s.copies > 1 && knew.is_some_and(|d| d > s.last.time)
                    });
                if again { Cause::FastRack } else { Cause::RtoRecovery }
            }
        };
        let sender = &mut self.halves[x].sender;
        match cause {
            Cause::Rto => {
                sender.episode = Episode::Loss;
                sender.point = nxt;
                sender.began = c.copy.time;
                sender.back_off = sender.back_off.saturating_add(1);
            }
            Cause::Fast | Cause::FastRack => {
                sender.episode = Episode::Recovery;
                sender.point = nxt;
                sender.began = c.copy.time;
            }
            Cause::Tlp => sender.probed = Some(nxt),
            _ => {}
        }
        step.cause = Some(cause);
        step.back_off = if cause == Cause::Rto { self.halves[x].sender.back_off } else { 0 };
        if cause == Cause::Pmtu {
            let (evidence, sure) = match step.evidence {
                Some(Evidence::IdGap) => (Evidence::IdGap, Confidence::Guess),
                _ if self.halves[x].shrunk_silently => (Evidence::Bytes, Confidence::Guess),
                _ => (Evidence::Icmp, Confidence::Certain),
            };
            step.judge(evidence, sure);
        }
        step.point = nxt;
        step.proofs = self.proofs_now(x, c);
        step.blame = self.blame(x, c, step.proofs);
        step.repeats = self.repeats(x, c, unseen, step.proofs);
    }

    /// C28: the segment at the edge was sent again and again at one length, and now its beginning is sent alone: its sender
    /// found out by itself that such packets do not pass (RFC 4821).
    fn is_cut_in_silence(&self, x: Side, c: &Candidate) -> bool {
        let half = &self.halves[x];
        let stuck = half.sender.sent.over(c.seq, c.seq.saturating_add(1)).next();
        c.seq == half.una
            && stuck.is_some_and(|stuck| {
                stuck.from == c.seq
                    && stuck.to > c.end
                    && stuck.to - stuck.from > TAKEN_BY_ALL
                    && stuck.copies >= VANISHED
                    && stuck.sacked.is_none()
            })
    }

    /// What of this copy had been sent before, and what of that need not have been sent again.
    fn repeats(&self, x: Side, c: &Candidate, unseen: bool, proofs: Proofs) -> Repeats {
        let half = &self.halves[x];
        let bytes = |count: Position| u32::try_from(count).unwrap_or(0);
        let payload_end = c.seq.saturating_add_unsigned(c.payload);
        let end = if unseen { payload_end } else { payload_end.min(half.nxt) };
        let all = bytes(end - c.seq);
        let passed = if unseen { 0 } else { bytes(half.seen.count(c.seq, end)) };
        let spared = match () {
            () if !proofs.is_empty() => all,
            () if self.is_beside_receiver(x) => passed,
            () => {
                let told = (half.una.min(end) - c.seq).max(0);
                let from = half.una.max(c.seq);
                let above = half.sender.sent.over(from, end);
                let above = above.filter(|stretch| stretch.sacked.is_some() || stretch.arrived);
                let above = above.map(|stretch| stretch.to.min(end) - stretch.from.max(from));
                bytes(told.saturating_add(above.sum()))
            }
        };
        Repeats { bytes: all, unseen: all.saturating_sub(passed), spared: spared.min(all) }
    }

    /// Whose fault it is that bytes were sent again which had been acknowledged, by number or by SACK.
    fn blame(&self, x: Side, c: &Candidate, proofs: Proofs) -> Option<Blame> {
        if !proofs.has(Proofs::ACKED) && !proofs.has(Proofs::SACKED) {
            return None;
        }
        let half = &self.halves[x];
        let told = |stretch: &Stretch| stretch.sacked.or(stretch.acked);
        let passed = half.sender.sent.over(c.seq, c.end).filter_map(told).max();
        let passed = passed.or(half.sender.advanced)?;
        let since = c.copy.time.saturating_sub(passed);
        Some(if since > half.rtt? { Blame::AckLost } else { Blame::Premature })
    }

    fn cause_when_open(
        &self,
        x: Side,
        c: &Candidate,
        signal: Option<bool>,
        timeout: bool,
        step: &mut Step,
    ) -> Cause {
        let half = &self.halves[x];
        let sender = &half.sender;
        let sacked_above = sender.scoreboard.iter().next_back().is_some_and(|last| last.1 > half.una);
        // Who sends bytes again below the probe has not heard of an acknowledgment that passed here.
        let probed = sender.probed.is_some_and(|probed| half.una.min(c.seq) < probed);
        let ends_at_top = c.end == half.nxt || c.seq >= half.nxt;
        if signal.is_none() && half.sack_ok() && !sacked_above && ends_at_top && !probed {
            // The first timer of a flight is the probe, by order alone: with one segment outstanding nothing else
            // tells it from a time-out.
            let unacked = half.una.max(1);
            if c.seq <= unacked {
                step.alt = Some(Cause::Rto);
            }
            return Cause::Tlp;
        }
        if timeout {
            return Cause::Rto;
        }
        match signal {
            Some(true) if half.sack_ok() => return Cause::FastRack,
            Some(_) => return Cause::Fast,
            None => {}
        }
        let smoothed = sender.smoothed(half.rtt);
        if smoothed.is_none() && sender.feedback.is_empty() {
            return Cause::Unspecified;
        }
        let early = self.elapsed(x, c) < sender.least_timeout(half.rtt) / 10 * 7;
        let passed = sender.sent.over(c.seq, c.end).next().map(|stretch| stretch.last.time);
        let shown = half.hole_over(c.seq, c.end).filter(|hole| hole.by_data);
        let dated = passed.or_else(|| shown.map(|hole| hole.shown.time));
        let cause = match dated.filter(|_| early) {
            None => Cause::Rto,
            Some(_) if c.end >= half.nxt => return Cause::Unspecified,
            // Too early for any timer: feedback that did not pass here, or faster than the round trip that is known.
            Some(since) if passed.is_some() || sender.feedback.back().is_some_and(|f| f.time >= since) => {
                Cause::Fast
            }
            Some(_) => return Cause::Unspecified,
        };
        step.confidence = Confidence::Guess;
        cause
    }

    /// T6: the observer stands near `x`, so that nothing it sends dies before it comes here.
    fn is_beside(&self, x: Side) -> bool {
        let (to_x, to_y) = (self.halves[x].rtt, self.halves[x.other()].rtt);
        to_x.zip(to_y).is_some_and(|(x, y)| x <= y / 4)
    }

    /// The observer stands beside the receiver of what `x` sends: what passes here arrives (C10, `seen`).
    pub(super) fn is_beside_receiver(&self, x: Side) -> bool {
        let (to_y, to_x) = (self.halves[x.other()].rtt, self.halves[x].rtt);
        to_y.zip(to_x).is_some_and(|(y, x)| y < 2_000_000 && y <= x / 4)
    }

    /// What already proves that an earlier copy had arrived.
    fn proofs_now(&self, x: Side, c: &Candidate) -> Proofs {
        let half = &self.halves[x];
        let mut proofs = Proofs::default();
        if half.una >= c.end {
            proofs.add(Proofs::ACKED);
        }
        let covered = half.sender.scoreboard.covers(c.seq, c.end);
        if covered {
            proofs.add(Proofs::SACKED);
        }
        let passed = half.seen.covers(c.seq, c.end);
        if !half.sack_ok() && c.seq > half.una && passed && half.doubled.is_empty() {
            // Every segment above the hole asked for a duplicate acknowledgment, and all of these came.
            let waiting = half.sender.waiting as usize;
            let above = half.sender.sent.over(half.una, half.nxt).filter(|stretch| stretch.from > half.una);
            // One more than wait tells as much as all of them.
            let some = above.take(waiting.saturating_add(1));
            if waiting > 0 && (1..=waiting).contains(&some.count()) {
                proofs.add(Proofs::COUNTED);
            }
        }
        if self.is_beside_receiver(x) && passed {
            proofs.add(Proofs::SEEN);
        }
        proofs
    }
}
