//! What a segment tells its receiver: acknowledgment, SACK, window (docs/tcp-analysis.md, C15 to C20, Q5, T2).

use std::iter;

use netdissect_dissectors::facts::Scale;
use netdissect_dissectors::transport::tcp::Flags;

use super::cause::Proofs;
use super::classify::KEEP_ALIVE_IDLE;
use super::evidence::{Closing, News};
use super::label::Label;
use super::sender::{DUP_THRESHOLD, Sender};
use super::sent::Stretch;
use super::{Amendment, Awaited, Segment, Side, Step, Tcp};
use crate::flow::seq::{Position, position};

/// Clean round-trip samples that it takes before an early acknowledgment proves anything (C10).
const EARLY_SAMPLES: u32 = 8;
/// Round trips below this prove nothing either, in ns.
const EARLY_LEAST: i64 = 1_000_000;
/// What a full segment holds where no option tells.
const USUAL_MSS: u16 = 1_460;

/// The SACK blocks of a segment as positions.
#[derive(Clone, Copy, Default)]
struct Blocks {
    blocks: [(Position, Position); 4],
    count: usize,
    /// The first one reports duplicates (RFC 2883).
    dsack: bool,
}

impl Blocks {
    /// The ones that report arrivals.
    fn news(&self) -> &[(Position, Position)] {
        self.blocks.get(usize::from(self.dsack)..self.count).unwrap_or_default()
    }
}

impl Tcp {
    /// An acknowledgment that is not stale: labels it if it is nothing else, then applies it.
    pub(super) fn take_feedback(&mut self, s: &Segment<'_>, seq: Position, ack: Position, step: &mut Step) {
        let blocks = self.blocks(s, ack);
        if s.len == 0 && !s.flags.contains(Flags::FIN) {
            self.label_pure_ack(s, seq, ack, &blocks, step);
        } else {
            let scoreboard = &self.halves[s.from.other()].sender.scoreboard;
            if blocks.news().iter().any(|&(from, to)| !scoreboard.covers(from, to)) {
                step.labels.add(Label::SackNews);
            }
            if blocks.dsack {
                step.labels.add(Label::Dsack);
            }
        }
        self.apply_feedback(s, ack, &blocks, step);
    }

    /// Applies acknowledgment, window and SACK of a segment of `x` that is not stale (Q5).
    pub(super) fn acknowledge(&mut self, s: &Segment<'_>, ack: Position, step: &mut Step) {
        let blocks = self.blocks(s, ack);
        self.apply_feedback(s, ack, &blocks, step);
    }

    fn apply_feedback(&mut self, s: &Segment<'_>, ack: Position, blocks: &Blocks, step: &mut Step) {
        let (x, y) = (s.from, s.from.other());
        let now = s.time.as_nanos();
        self.apply_window(s, ack, step);
        let advances = ack > self.halves[y].una;
        if advances {
            self.advance(x, ack, s, step);
        }
        self.apply_sack(x, blocks, now);
        if blocks.dsack {
            let (from, to) = blocks.blocks[0];
            self.reported_twice(y, from, to);
        }
        let tsval = s.options.timestamps.map(|ts| ts.0);
        let peer = &mut self.halves[y];
        let una = peer.una;
        peer.sender.hear(now, tsval, una);
        peer.stream.acked(ack, now);
        self.settle_copies(y, now);
    }

    fn blocks(&self, s: &Segment<'_>, ack: Position) -> Blocks {
        let peer = &self.halves[s.from.other()];
        let Some(base) = peer.base else { return Blocks::default() };
        let mut blocks = Blocks::default();
        for (left, right) in s.options.sack.iter() {
            let left = position(base, peer.nxt, left);
            let right = position(base, left, right);
            if right > left && right <= peer.nxt.max(ack) {
                blocks.blocks[blocks.count] = (left, right);
                blocks.count += 1;
            }
        }
        if blocks.count > 0 {
            let (first, second) = (blocks.blocks[0], blocks.blocks[1]);
            blocks.dsack = first.1 <= ack || blocks.count > 1 && first.0 >= second.0 && first.1 <= second.1;
        }
        blocks
    }

    /// C15 and C16.
    fn label_pure_ack(
        &mut self,
        s: &Segment<'_>,
        seq: Position,
        ack: Position,
        blocks: &Blocks,
        step: &mut Step,
    ) {
        let (x, y) = (s.from, s.from.other());
        let now = s.time.as_nanos();
        step.labels.add(Label::Ack);
        let (half, peer) = (&self.halves[x], &self.halves[y]);
        if seq < half.nxt {
            // Below what was sent: a probe without data, or an old acknowledgment that was overtaken.
            let closed = peer.zero_window_since.is_some() || peer.reopened_unused;
            let idle = now.saturating_sub(self.previous) >= KEEP_ALIVE_IDLE;
            let outstanding = half.una < half.nxt;
            step.labels.add(match () {
                () if closed && seq + 1 == half.una && !outstanding => Label::ZeroWindowProbe,
                () if seq + 1 == half.nxt && !outstanding && idle && self.may_keep_alive(x) => {
                    Label::KeepAlive
                }
                () => Label::OldSeqAck,
            });
            return;
        }
        let outstanding = peer.una < peer.nxt;
        let first = half.packets <= 1;
        let window = self.window_of(s);
        let probed = peer.probe.as_ref().map_or(peer.nxt, |probe| probe.to);
        match () {
            () if peer.awaits == Some(Awaited::KeepAlive) && ack == peer.nxt && window > 0 => {
                step.labels.add(Label::KeepAliveAck);
                if blocks.dsack {
                    step.labels.add(Label::Dsack);
                }
                return;
            }
            () if peer.awaits == Some(Awaited::WindowProbe)
                && window == 0
                && (ack == peer.nxt || ack == probed) =>
            {
                step.labels.add(Label::ZeroWindowProbeAck);
                return;
            }
            () if peer.awaits == Some(Awaited::Challenge) && ack == half.ackmax => {
                step.labels.add(Label::ChallengeAck);
                return;
            }
            () => {}
        }
        if ack != half.ackmax || first || ack == 0 || seq > half.nxt {
            return;
        }
        let news = blocks.news().iter().any(|&(from, to)| !peer.sender.scoreboard.covers(from, to));
        let edge = ack.saturating_add_unsigned(window);
        let label = match () {
            () if blocks.dsack && !news => Label::DsackAck,
            () if outstanding && window > 0 && (news || s.options.sack.is_empty() && edge <= half.edge) => {
                Label::DupAck
            }
            () if edge > half.edge => Label::WindowUpdate,
            () if edge < half.edge => Label::WindowShrink,
            () => Label::AckRepeat,
        };
        step.labels.add(label);
        if label == Label::DupAck {
            let sender = &mut self.halves[y].sender;
            sender.dup_acks = sender.dup_acks.saturating_add(1);
            sender.waiting = sender.waiting.saturating_add(1);
            if sender.dup_acks == DUP_THRESHOLD {
                sender.third_dup_ack = Some(now);
            }
            step.dup_ack = sender.dup_acks;
        }
    }

    fn window_of(&self, s: &Segment<'_>) -> u64 {
        let shift = match self.halves[s.from].scale {
            Some(Scale::Shift(shift)) if !s.flags.contains(Flags::SYN) => shift.min(14),
            _ => 0,
        };
        u64::from(s.window) << shift
    }

    /// C20: the window that this segment offers.
    fn apply_window(&mut self, s: &Segment<'_>, ack: Position, step: &mut Step) {
        let window = self.window_of(s);
        let control = Flags::SYN.union(Flags::FIN).union(Flags::RST);
        let half = &mut self.halves[s.from];
        half.ackmax = half.ackmax.max(ack);
        half.window = window;
        half.edge = ack.saturating_add_unsigned(window);
        half.edgemax = half.edgemax.max(half.edge);
        if window == 0 {
            // C4: a window that the SYN+ACK or a FIN closes is probed like any other.
            half.zero_window_since.get_or_insert(s.time.as_nanos());
            if !s.flags.intersects(control) {
                step.labels.add(Label::ZeroWindow);
            }
        } else if half.zero_window_since.take().is_some() {
            half.reopened_unused = true;
            step.labels.add(Label::WindowOpen);
        }
    }

    /// A cumulative acknowledgment that covers something new.
    fn advance(&mut self, x: Side, ack: Position, s: &Segment<'_>, step: &mut Step) {
        let y = x.other();
        let now = s.time.as_nanos();
        let tsecr = s.options.timestamps.map(|ts| ts.1);
        let to_x = self.halves[x].rtt;
        let peer = &mut self.halves[y];
        if let Some(probe) = peer.probe.take_if(|probe| ack > probe.from) {
            // C4: bytes of the probe were taken.
            peer.seen.add(probe.from, probe.to.min(ack));
            peer.accepted = Some((probe.from, probe.bytes));
            step.labels.add(Label::ProbeConsumed);
            step.accepts = true;
        }
        let unseen = ack - peer.una - peer.seen.count(peer.una, ack);
        if unseen > 0 && peer.packets > 0 {
            // C19: acknowledged, never captured.
            step.labels.add(Label::AckUnseen);
            step.gap = u64::try_from(unseen).unwrap_or(0);
        }
        if peer.sender.scoreboard.iter().any(|(left, right)| left <= ack && ack < right) {
            step.labels.add(Label::SackReneging);
        }
        peer.nxt = peer.nxt.max(ack);
        let una_before = std::mem::replace(&mut peer.una, ack);
        let sender = &mut peer.sender;
        sender.dup_acks = 0;
        let mut needed: Vec<Stretch> = Vec::new();
        let early = early_limit(sender.least, sender.samples, to_x);
        let (mut newest, mut copied_after, mut delivered) = (None, i64::MIN, sender.delivered);
        let mut amended: Vec<(u64, Proofs)> = Vec::new();
        let mut covered = 0_u32;
        sender.sent.acknowledge(ack, now, |stretch| {
            covered = covered.saturating_add(1);
            if newest.is_none() && stretch.ends {
                newest = Some(*stretch);
            } else {
                // What was sent again or overtaken: the acknowledgment may have waited for that.
                copied_after = copied_after.max(stretch.last.time);
            }
            let mut sent = stretch.last.time;
            if stretch.passed_twice() && stretch.sacked.is_none() {
                if early.is_some_and(|limit| now.saturating_sub(stretch.last.time) < limit) {
                    amended.push((stretch.last.frame, Proofs::EARLY));
                    sent = stretch.first.time;
                }
                if let (Some(echo), Some(own)) = (tsecr, stretch.last.tsval)
                    && echo.wrapping_sub(own).cast_signed() < 0
                {
                    amended.push((stretch.last.frame, Proofs::EIFEL));
                    sent = stretch.first.time;
                }
                if sent == stretch.last.time {
                    needed.push(*stretch);
                }
            }
            delivered = Some(delivered.map_or(sent, |old: i64| old.max(sent)));
        });
        sender.delivered = delivered;
        sender.third_dup_ack = None;
        if !peer.sack_permitted && peer.doubled.is_empty() {
            for stretch in accounted(sender, una_before, ack, peer.nxt, covered) {
                amended.push((stretch.last.frame, Proofs::COUNTED));
                sender.sent.had_arrived(stretch.from, stretch.to);
                needed.retain(|other| other.from != stretch.from || stretch.copies > 2);
            }
        }
        // One of them filled the hole; the others had waited behind it.
        sender.waiting =
            if ack < peer.nxt { sender.waiting.saturating_sub(covered.saturating_sub(1)) } else { 0 };
        sender.advanced = Some(now);
        sender.scoreboard.forget_below(ack);
        let clean = newest.filter(|n| n.copies == 1 && n.sacked.is_none() && copied_after <= n.first.time);
        if let Some(newest) = clean {
            let rtt = now.saturating_sub(newest.first.time);
            sender.sample(rtt);
            self.halves[x].sample(rtt);
        }
        for (frame, proofs) in amended {
            self.amend(frame, News::Redundant(proofs));
        }
        self.amend_lost(y, &needed, una_before);
        self.close_holes(y, Closing::CaptureLoss, |hole| hole.to <= ack);
    }

    /// SACK blocks that report arrivals: the scoreboard, the delivery clock, round trips.
    fn apply_sack(&mut self, x: Side, blocks: &Blocks, now: i64) {
        if blocks.news().is_empty() {
            return;
        }
        let y = x.other();
        for side in [x, y] {
            self.halves[side].sack_permitted = true;
        }
        let to_x = self.halves[x].rtt;
        let peer = &mut self.halves[y];
        let una = peer.una;
        let sender = &mut peer.sender;
        let early = early_limit(sender.least, sender.samples, to_x);
        let mut amended: Vec<(u64, Proofs)> = Vec::new();
        let mut needed: Vec<Stretch> = Vec::new();
        let mut sample = None;
        for &(from, to) in blocks.news() {
            let from = from.max(una);
            if from >= to || sender.scoreboard.covers(from, to) {
                continue;
            }
            let mut delivered = sender.delivered;
            let mut fresh = 0;
            sender.sent.sack(from, to, now, |stretch| {
                fresh += 1;
                let mut sent = stretch.last.time;
                if stretch.passed_twice() {
                    if early.is_some_and(|limit| now.saturating_sub(stretch.last.time) < limit) {
                        amended.push((stretch.last.frame, Proofs::EARLY));
                        sent = stretch.first.time;
                    } else {
                        needed.push(*stretch);
                    }
                }
                if stretch.copies == 1 {
                    sample = Some(now.saturating_sub(stretch.first.time));
                }
                delivered = Some(delivered.map_or(sent, |old: i64| old.max(sent)));
            });
            if fresh != 1 {
                sample = None;
            }
            sender.delivered = delivered;
            sender.scoreboard.add(from, to);
        }
        if let Some(rtt) = sample {
            sender.sample(rtt);
            self.halves[x].sample(rtt);
        }
        for (frame, proofs) in amended {
            self.amend(frame, News::Redundant(proofs));
        }
        self.amend_lost(y, &needed, una);
    }

    /// C29: the last copies of these stretches of `y` were needed, unless the frames before them brought something, or
    /// nothing told of a loss yet: those passed here and did not arrive. Beside their receiver that cannot be. The
    /// acknowledgments waited for the position `una`.
    fn amend_lost(&mut self, y: Side, needed: &[Stretch], una: Position) {
        if needed.is_empty() || self.is_beside_receiver(y) {
            return;
        }
        let half = &self.halves[y];
        let sent = &half.sender.sent;
        let arrived = sent.arrived(needed, half.mss.unwrap_or(USUAL_MSS).into());
        let has_arrived = |frame: u64| arrived.binary_search(&frame).is_ok();
        for stretch in needed {
            // Without SACK nothing tells of what stands above a hole, not even that it had arrived before its own frame
            // filled the hole.
            let waited_for = half.sack_ok() || stretch.from <= una || !has_arrived(stretch.last.frame);
            if stretch.arrived {
                continue;
            }
            if has_arrived(stretch.first.frame) || !waited_for || self.is_unprompted(y, stretch) {
                let bytes = u32::try_from(stretch.to - stretch.from).unwrap_or(u32::MAX);
                self.amendments.push(Amendment { frame: stretch.last.frame, news: News::Spared(bytes) });
                continue;
            }
            let lost = sent.in_vain(stretch).filter(|&frame| !has_arrived(frame));
            self.amendments.extend(lost.map(|frame| Amendment { frame, news: News::Lost }));
        }
    }

    /// C29: the last copy of `stretch` follows the first sooner than any report of a loss can have gone to `x` and come
    /// back, where no router reported one (C28).
    fn is_unprompted(&self, x: Side, stretch: &Stretch) -> bool {
        let half = &self.halves[x];
        let full = half.rtt.zip(self.halves[x.other()].rtt).map(|(a, b)| a.saturating_add(b));
        let soon =
            full.is_some_and(|full| stretch.last.time.saturating_sub(stretch.first.time) < full / 10 * 9);
        soon && stretch.from >= half.shrunk_until
    }

    /// C17: the receiver got these bytes twice. A copy that the network made explains it, or else the last copy
    /// that was sent.
    fn reported_twice(&mut self, y: Side, from: Position, to: Position) {
        if self.copy_explains(y, from, to) {
            return;
        }
        let sent = &mut self.halves[y].sender.sent;
        for stretch in sent.report(from, to) {
            // Every report after the first one is about one more of the copies.
            let more = usize::from(stretch.reports.saturating_sub(1));
            let needless = iter::once(stretch.last.frame).chain(sent.between(&stretch).take(more));
            let redundant = needless.map(|frame| (frame, News::Redundant(Proofs::DSACK)));
            let arrived = sent.in_vain(&stretch).map(|frame| (frame, News::NotLost));
            let news = redundant.chain(arrived);
            self.amendments.extend(news.map(|(frame, news)| Amendment { frame, news }));
        }
    }
}

/// C10, `counted`: an acknowledgment of a part shows the next hole. Where as many segments wait at the receiver as were
/// sent around the two holes, none of their copies was needed.
fn accounted(sender: &Sender, una: Position, ack: Position, nxt: Position, covered: u32) -> Vec<Stretch> {
    let above = sender.sent.over(ack, nxt).count().saturating_sub(1);
    if above == 0 || (sender.waiting as usize) < above.saturating_add(covered.saturating_sub(1) as usize) {
        return Vec::new();
    }
    let around = sender.sent.over(una, ack).skip(1).chain(sender.sent.over(ack, nxt).skip(1));
    around.filter(|stretch| stretch.passed_twice()).copied().collect()
}

/// An acknowledgment sooner than this after a copy was caused by an older one (C10).
fn early_limit(least: Option<i64>, samples: u32, to_x: Option<i64>) -> Option<i64> {
    let least = least.filter(|_| samples >= EARLY_SAMPLES)?;
    let least = to_x.map_or(least, |to_x| least.min(to_x));
    (least >= EARLY_LEAST).then_some(least / 4 * 3)
}
