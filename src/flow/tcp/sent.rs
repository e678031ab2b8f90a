//! What one end has sent: every stretch of its sequence space with its copies (the `tx` map of
//! docs/tcp-analysis.md, section 0).

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

use super::Segment;
use crate::flow::seq::Position;

/// Stretches that are kept after they were acknowledged, to recognise copies of them.
const HISTORY: usize = 256;
/// Stretches kept at all; beyond that the oldest are forgotten.
const MAX: usize = 4_096;
/// Stretches on each side of one within which its frames are looked for: sent in pieces of one byte, thousands would lie
/// within a segment's length.
const NEAR: usize = 32;
/// Copies between the first and the last that are kept, of all stretches together.
const BETWEEN: usize = 256;

/// One transmission, as it passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Copy {
    /// When, in ns.
    pub time: i64,
    /// Its frame.
    pub frame: u64,
    /// IPv4 identification.
    pub id: Option<u16>,
    /// TSval.
    pub tsval: Option<u32>,
}

impl Copy {
    /// The copy that a segment is.
    pub(super) fn of(s: &Segment<'_>) -> Self {
        Self {
            time: s.time.as_nanos(),
            frame: s.frame,
            id: s.ip_id,
            tsval: s.options.timestamps.map(|stamps| stamps.0),
        }
    }
}

/// A stretch of sequence space whose bytes were sent together.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub from: Position,
    pub to: Position,
    /// First copy captured.
    pub first: Copy,
    /// Last copy captured.
    pub last: Copy,
    pub copies: u16,
    /// When an acknowledgment first covered it, in ns.
    pub acked: Option<i64>,
    /// When a SACK block first covered it, in ns.
    pub sacked: Option<i64>,
    /// Its end is that of a segment.
    pub ends: bool,
    /// Duplicate acknowledgments tell that its first copy had arrived (C10, `counted`).
    pub arrived: bool,
    /// How often the receiver reported it as duplicate (C17).
    pub reports: u8,
}

impl Stretch {
    /// Sent for the first time, as one segment.
    fn new(from: Position, to: Position, copy: Copy) -> Self {
        Self {
            from,
            to,
            first: copy,
            last: copy,
            copies: 1,
            acked: None,
            sacked: None,
            ends: true,
            arrived: false,
            reports: 0,
        }
    }

    /// Two copies of it passed here.
    pub(super) fn passed_twice(&self) -> bool {
        self.copies > 1 && self.first.frame != self.last.frame
    }
}

/// Everything sent that may still matter, by position.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Sent {
    stretches: VecDeque<Stretch>,
    /// Where the copies began that were neither the first nor the last of their bytes, and their frames.
    between: VecDeque<(Position, u64)>,
}

impl Sent {
    /// Records a transmission of `from..to`.
    pub(super) fn record(&mut self, from: Position, to: Position, copy: Copy) {
        if from >= to {
            return;
        }
        if self.stretches.back().is_none_or(|last| last.to <= from) {
            self.push(from, to, copy);
            return;
        }
        self.split(from);
        self.split(to);
        let mut at = from;
        let mut index = self.stretches.partition_point(|s| s.to <= from);
        while at < to {
            match self.stretches.get_mut(index) {
                Some(stretch) if stretch.from == at => {
                    if stretch.passed_twice() {
                        self.between.push_back((at, stretch.last.frame));
                    }
                    stretch.last = copy;
                    stretch.copies = stretch.copies.saturating_add(1);
                    at = stretch.to;
                }
                next => {
                    let stop = next.map_or(to, |stretch| stretch.from.min(to));
                    self.stretches.insert(index, Stretch::new(at, stop, copy));
                    at = stop;
                }
            }
            index += 1;
        }
        self.shrink();
    }

    /// Bytes of memory beside its own size.
    pub(super) fn heap(&self) -> usize {
        self.stretches.capacity() * size_of::<Stretch>()
            + self.between.capacity() * size_of::<(Position, u64)>()
    }

    /// Forgets what is too much: the lowest positions.
    fn shrink(&mut self) {
        self.stretches.drain(..self.stretches.len().saturating_sub(MAX));
        self.between.drain(..self.between.len().saturating_sub(BETWEEN));
    }

    fn push(&mut self, from: Position, to: Position, copy: Copy) {
        if self.stretches.len() >= MAX {
            self.stretches.pop_front();
        }
        self.stretches.push_back(Stretch::new(from, to, copy));
    }

    fn split(&mut self, at: Position) {
        let index = self.stretches.partition_point(|s| s.to <= at);
        let Some(stretch) = self.stretches.get_mut(index).filter(|s| s.from < at) else { return };
        let mut right = *stretch;
        stretch.to = at;
        stretch.ends = false;
        right.from = at;
        self.stretches.insert(index + 1, right);
    }

    /// Forgets all but the newest stretches.
    pub(super) fn keep_newest(&mut self, count: usize) {
        self.between.clear();
        self.stretches.drain(..self.stretches.len().saturating_sub(count));
    }

    /// What stands at `from..to` had been sent before, and did not come here.
    pub(super) fn was_sent_before(&mut self, from: Position, to: Position) {
        let index = self.stretches.partition_point(|s| s.to <= from);
        for stretch in self.stretches.range_mut(index..).take_while(|s| s.from < to) {
            stretch.copies = stretch.copies.max(2);
        }
    }

    /// Of what stands at `from..to`, the first copy had arrived before the second was sent.
    pub(super) fn had_arrived(&mut self, from: Position, to: Position) {
        let index = self.stretches.partition_point(|s| s.to <= from);
        for stretch in self.stretches.range_mut(index..).take_while(|s| s.from < to) {
            stretch.arrived |= stretch.copies == 2;
        }
    }

    /// The frames of the copies of `stretch` between the first and the last, the newest first.
    pub(super) fn between(&self, stretch: &Stretch) -> impl Iterator<Item = u64> {
        let (from, to) = (stretch.from, stretch.to);
        self.between.iter().rev().filter(move |copy| (from..to).contains(&copy.0)).map(|copy| copy.1)
    }

    /// The frames of `stretch` that did not arrive, now that its last copy was needed.
    pub(super) fn in_vain(&self, stretch: &Stretch) -> impl Iterator<Item = u64> {
        std::iter::once(stretch.first.frame).chain(self.between(stretch))
    }

    /// The frames, ascending, that brought something of their own to where `needed` stands: what is acknowledged and
    /// passed in no other frame. A frame of more than `whole` bytes is several segments (C22), of which some may have
    /// died.
    pub(super) fn arrived(&self, needed: &[Stretch], whole: Position) -> Vec<u64> {
        let mut near: Vec<usize> =
            needed.iter().map(|own| self.stretches.partition_point(|s| s.to <= own.from)).collect();
        near.sort_unstable();
        let mut places: Vec<(u64, Position, Position, bool)> = Vec::new();
        let mut next = 0;
        for at in near {
            let from = at.saturating_sub(NEAR).max(next);
            next = at.saturating_add(NEAR + 1).clamp(from, self.stretches.len().max(from));
            for stretch in self.stretches.iter().take(next).skip(from) {
                let told = stretch.acked.is_some() || stretch.sacked.is_some();
                let own = told && !stretch.passed_twice();
                places.push((stretch.first.frame, stretch.from, stretch.to, own));
                places.push((stretch.last.frame, stretch.from, stretch.to, own));
            }
        }
        places.sort_unstable();
        let frames = places.chunk_by(|a, b| a.0 == b.0).filter(|frame| {
            let end = frame.iter().map(|place| place.2).max().unwrap_or_default();
            let begin = frame.first().map_or(end, |place| place.1);
            frame.iter().any(|place| place.3) && end - begin <= whole
        });
        frames.filter_map(|frame| frame.first()).map(|place| place.0).collect()
    }

    /// C17: the receiver got `from..to` once more. What stands there and was sent more than once.
    pub(super) fn report(&mut self, from: Position, to: Position) -> Vec<Stretch> {
        let index = self.stretches.partition_point(|s| s.to <= from);
        let reported = self.stretches.range_mut(index..).take_while(|s| s.from < to);
        let reported = reported.filter(|stretch| stretch.copies > 1);
        reported
            .map(|stretch| {
                stretch.reports = stretch.reports.saturating_add(1);
                *stretch
            })
            .collect()
    }

    /// The stretches that overlap `from..to`.
    pub(super) fn over(&self, from: Position, to: Position) -> impl Iterator<Item = &Stretch> {
        let index = self.stretches.partition_point(|s| s.to <= from);
        self.stretches.range(index..).take_while(move |s| s.from < to)
    }

    /// Marks everything below `una` as acknowledged at `time` and hands each newly covered stretch to `each`.
    pub(super) fn acknowledge(&mut self, una: Position, time: i64, mut each: impl FnMut(&Stretch)) {
        self.split(una);
        let end = self.stretches.partition_point(|s| s.to <= una);
        for stretch in self.stretches.range_mut(..end).rev() {
            if stretch.acked.is_some() {
                break;
            }
            stretch.acked = Some(time);
            each(stretch);
        }
        if end > HISTORY {
            self.stretches.drain(..end - HISTORY);
        }
        self.shrink();
    }

    /// Marks `from..to` as SACKed at `time` and hands each newly covered stretch to `each`.
    pub(super) fn sack(&mut self, from: Position, to: Position, time: i64, mut each: impl FnMut(&Stretch)) {
        self.split(from);
        self.split(to);
        let index = self.stretches.partition_point(|s| s.to <= from);
        for stretch in self.stretches.range_mut(index..) {
            if stretch.from >= to {
                break;
            }
            if stretch.sacked.is_none() && stretch.acked.is_none() {
                stretch.sacked = Some(time);
                each(stretch);
            }
        }
        self.shrink();
    }
}
