//! Second copies of one frame, which are no retransmissions (docs/tcp-analysis.md, C1).

use netdissect_dissectors::transport::tcp::Flags;

use super::evidence::{Confidence, Copier, Evidence, News};
use super::label::Label;
use super::sender::DUP_THRESHOLD;
use super::{Doubled, Segment, Side, Step, Tcp};
use crate::flow::copies::Again;
use crate::flow::seq::Position;

/// Stretches with a second copy that are remembered for each direction.
const MAX_DOUBLED: usize = 64;
/// Copies without any report that make the capture their author.
const SEVERAL: usize = 3;
/// Time beyond the round trip after which a report of a duplicate would have come, in ns.
const PATIENCE: i64 = 10_000_000;

impl Tcp {
    /// Whether a segment equal to an earlier one is its second copy, and not the same thing sent again.
    pub(super) fn is_second_copy(&self, s: &Segment<'_>, again: Again) -> bool {
        let (x, y) = (s.from, s.from.other());
        let half = &self.halves[x];
        if again.by_id && !half.sender.ids.is_constant() {
            return true;
        }
        if s.options.timestamps.is_some() && half.sender.tick.is_some_and(|tick| again.after > 2 * tick) {
            // Had it been sent again, its clock would have gone on.
            return true;
        }
        let takes_space = s.len > 0 || s.flags.intersects(Flags::SYN.union(Flags::FIN));
        if !takes_space {
            // Equal acknowledgments are how a receiver reports a hole.
            return again.doubling;
        }
        // No report of a loss can have gone to the sender and come back.
        let limit = match (half.rtt, self.halves[y].rtt) {
            (Some(a), Some(b)) => a.saturating_add(b) / 2,
            _ => i64::MAX,
        };
        again.after <= limit.min(1_000_000) && half.sender.dup_acks < DUP_THRESHOLD
    }

    pub(super) fn take_second_copy(&mut self, s: &Segment<'_>, again: Again, step: &mut Step) {
        self.duplicates = self.duplicates.saturating_add(1);
        step.labels.add(Label::Duplicate);
        let (from, ack) = self.place(s);
        step.ack = ack;
        if again.routed {
            step.labels.add(Label::Loop);
        }
        let sure = if again.by_id { Confidence::Certain } else { Confidence::Likely };
        step.judge(if again.by_id { Evidence::IpId } else { Evidence::Time }, sure);
        step.copier = (again.doubling || again.elsewhere).then_some(Copier::Capture);
        if again.elsewhere {
            // One packet, seen before and behind a router: nobody reports it as a duplicate.
            return;
        }
        let half = &mut self.halves[s.from];
        let control = s.flags.intersects(Flags::SYN.union(Flags::FIN));
        let to = from + Position::from(s.len) + Position::from(control);
        if to > from && half.doubled.len() < MAX_DOUBLED {
            half.doubled.push(Doubled { from, to, frame: s.frame, time: s.time.as_nanos() });
        }
    }

    /// The receiver of `y` says that it got `from..to` twice. Whether a second copy explains it.
    pub(super) fn copy_explains(&mut self, y: Side, from: Position, to: Position) -> bool {
        let half = &mut self.halves[y];
        let Some(at) = half.doubled.iter().position(|copy| copy.from < to && copy.to > from) else {
            return false;
        };
        let copy = half.doubled.remove(at);
        // Where one came over the network, the others did.
        half.doubled.retain(|other| other.time > copy.time);
        self.doubled_on_the_way = self.doubled_on_the_way.saturating_add(1);
        self.amend(copy.frame, News::Copied(Copier::Network));
        true
    }

    /// Second copies of `y` that its receiver would have reported by `now`, had they arrived: the capture made them.
    pub(super) fn settle_copies(&mut self, y: Side, now: i64) {
        let reporter = y.other();
        if self.halves[y].doubled.is_empty() || !self.halves[y].sack_ok() {
            return;
        }
        let Some(rtt) = self.halves[reporter].rtt else { return };
        let una = self.halves[y].una;
        let due = now.saturating_sub(rtt.saturating_mul(2).saturating_add(PATIENCE));
        let settled = |copy: &Doubled| copy.to <= una && copy.time < due;
        let doubled = &mut self.halves[y].doubled;
        if doubled.iter().filter(|copy| settled(copy)).count() < SEVERAL {
            // One report can be lost.
            return;
        }
        let made_here: Vec<u64> =
            doubled.iter().filter(|copy| settled(copy)).map(|copy| copy.frame).collect();
        doubled.retain(|copy| !settled(copy));
        for frame in made_here {
            self.amend(frame, News::Copied(Copier::Capture));
        }
    }
}
