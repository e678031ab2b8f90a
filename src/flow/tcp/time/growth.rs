//! The congestion window as far as bytes in flight show it: rounds, phases, threshold (docs/tcp-analysis.md, T7, T8).
//!
//! All of it is an estimate. A passive observer sees what was sent, not what might have been.

use crate::flow::seq::Position;
use crate::flow::tcp::{Amendment, Cause, News, Proofs};

/// Changes of phase that are remembered for each direction.
const SPANS: usize = 64;
/// Growth of a round, new by acknowledged bytes in thousandths, from which on it is slow start.
const DOUBLING: u64 = 1_500;
/// Below this a round shrank.
const STEADY: u64 = 950;

/// What the sender's congestion control is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Every acknowledged byte lets two be sent (RFC 5681 section 3.1).
    #[default]
    SlowStart,
    /// About one segment more in a round (RFC 5681 section 3.1, RFC 9438).
    Avoidance,
    /// A loss told by acknowledgments is being repaired (RFC 6675, RFC 8985, RFC 6937).
    Recovery,
    /// All that was out counts as lost: after a time-out (RFC 5681 section 3.1), or because packets were too large for
    /// the path.
    Loss,
    /// After a pause, again from the beginning (RFC 5681 section 4.1, RFC 9293).
    IdleRestart,
}

impl Phase {
    /// The word (`nd.tcp.phase`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SlowStart => "slow-start",
            Self::Avoidance => "avoidance",
            Self::Recovery => "recovery",
            Self::Loss => "loss",
            Self::IdleRestart => "idle-restart",
        }
    }

    /// A loss is being repaired.
    #[must_use]
    pub const fn is_episode(self) -> bool {
        matches!(self, Self::Recovery | Self::Loss)
    }
}

/// A phase from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Since when, in ns.
    pub since: i64,
    /// The phase.
    pub phase: Phase,
}

/// One round trip's worth of sending.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    since: i64,
    /// It is over when something above this is acknowledged.
    end: Position,
    /// Highest acknowledgment when it began, without the one that began it.
    una: Position,
    /// New bytes sent in it.
    new: u64,
    /// Most bytes in flight in it: W of T7.
    peak: u64,
    /// The program or the receiver set the pace at some time in it.
    held: bool,
}

/// A repair of a loss, while it lasts and after.
#[derive(Clone, Copy, Debug, Default)]
struct Episode {
    since: i64,
    /// It is over when everything below this is acknowledged.
    point: Position,
    /// The phase before it, to go back to if it was for nothing.
    before: Phase,
    /// The copy that began it.
    trigger: u64,
    /// Most bytes in flight before it.
    window: u64,
    /// Copies sent in it, and those of them that were reported to have come twice.
    copies: u32,
    needless: u32,
    /// The round after it is to be compared with the one before.
    compare: bool,
}

/// How often each happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Episodes {
    /// Fast recoveries.
    pub recoveries: u32,
    /// Repairs of all that was out, after a time-out most of all.
    pub losses: u32,
    /// Those of both that were for nothing.
    pub undone: u32,
    /// Pauses after which the sender began again from its initial window.
    pub restarts: u32,
}

/// The course of one direction.
#[derive(Clone, Debug)]
pub struct Growth {
    /// The list of phases is wanted.
    listed: bool,
    spans: Vec<Span>,
    spans_lost: u32,
    phase: Phase,
    round: Round,
    rounds: u32,
    /// Highest acknowledgment that the sender knew.
    una: Position,
    /// W of the round before.
    last: u64,
    episode: Episode,
    episodes: Episodes,
    initial: u64,
    answered: bool,
    greatest: u64,
    window: u64,
    /// The direction began before the capture.
    joined_late: bool,
    /// So the phase is a guess until a round shows it.
    is_guess: bool,
    /// The round before doubled, in avoidance.
    doubled: bool,
    /// Rounds that neither the program nor the receiver held.
    free: u32,
    threshold: Option<u64>,
    /// Sum of window after by window before, in thousandths, and of how many.
    kept: (u64, u32),
}

impl Growth {
    /// Bytes of memory beside its own size.
    pub(super) fn heap(&self) -> usize {
        self.spans.capacity() * size_of::<Span>()
    }

    pub(super) fn new(listed: bool) -> Self {
        Self {
            listed,
            spans: Vec::new(),
            spans_lost: 0,
            phase: Phase::SlowStart,
            round: Round::default(),
            rounds: 0,
            una: 0,
            last: 0,
            episode: Episode::default(),
            episodes: Episodes::default(),
            initial: 0,
            answered: false,
            greatest: 0,
            window: 0,
            joined_late: false,
            is_guess: false,
            doubled: false,
            free: 0,
            threshold: None,
            kept: (0, 0),
        }
    }

    /// The direction began before the capture.
    pub(super) fn joined_late(&mut self) {
        (self.joined_late, self.is_guess) = (true, true);
    }

    /// New data of `bytes` at `seq` was sent at `now`; `flight` is what is out with it; the sender knew `una`.
    pub(super) fn sent(&mut self, now: i64, seq: Position, bytes: u64, flight: u64, una: Position) {
        if self.rounds == 0 {
            self.una = una;
            self.begin(now, seq, una);
            if !self.is_guess {
                self.turn(now, Phase::SlowStart);
            }
        }
        self.heard(now, seq, una, true);
        self.round.new = self.round.new.saturating_add(bytes);
        self.out(flight);
        if !self.answered {
            self.initial = self.initial.saturating_add(bytes);
        }
    }

    fn out(&mut self, flight: u64) {
        self.round.peak = self.round.peak.max(flight);
        self.greatest = self.greatest.max(flight);
        if !self.phase.is_episode() {
            self.window = self.window.max(flight);
        }
    }

    /// Data follow a silence longer than the time-out, with nothing out.
    pub(super) fn restarts(&mut self, now: i64, seq: Position) {
        if self.rounds == 0 || self.phase.is_episode() {
            return;
        }
        self.end_round(now);
        self.begin(now, seq, self.una);
        self.episode.before = self.phase;
        self.episode.compare = false;
        self.window = 0;
        self.episodes.restarts = self.episodes.restarts.saturating_add(1);
        self.turn(now, Phase::IdleRestart);
    }

    /// The sender knows at `now` that everything below `una` arrived; `nxt` is the highest position sent. Unless there is
    /// `more` to send for certain, a round is not judged before it shows that the program had more.
    pub(super) fn heard(&mut self, now: i64, nxt: Position, una: Position, more: bool) {
        if self.rounds == 0 {
            return;
        }
        self.answered |= una > self.una;
        if self.phase.is_episode() && una >= self.episode.point {
            self.episode.compare = self.phase == Phase::Recovery;
            let next = if self.phase == Phase::Loss { Phase::SlowStart } else { Phase::Avoidance };
            self.turn(now, next);
            // What was out before the loss is no measure any more.
            (self.window, self.last) = (0, 0);
            self.begin(now, nxt, self.una);
        } else if una > self.round.end {
            if !more {
                return;
            }
            self.end_round(now);
            self.begin(now, nxt, self.una);
        }
        self.una = self.una.max(una);
    }

    fn begin(&mut self, now: i64, end: Position, una: Position) {
        self.rounds = self.rounds.saturating_add(1);
        self.round = Round { since: now, end, una, new: 0, peak: 0, held: false };
    }

    /// Judges the round by what was sent for what was acknowledged in it.
    fn end_round(&mut self, now: i64) {
        let Round { since, una, new, peak, held, .. } = self.round;
        let last = std::mem::replace(&mut self.last, peak);
        if self.phase.is_episode() {
            return;
        }
        if self.phase == Phase::IdleRestart {
            // Only who begins again from the initial window has restarted.
            if peak <= self.initial {
                self.turn(now, Phase::SlowStart);
            } else {
                self.episodes.restarts = self.episodes.restarts.saturating_sub(1);
                self.turn(since, self.episode.before);
            }
            return;
        }
        if held {
            return;
        }
        if std::mem::take(&mut self.episode.compare) && self.episode.window > 0 {
            self.threshold = Some(peak);
            let kept = peak.saturating_mul(1_000) / self.episode.window;
            self.kept = (self.kept.0.saturating_add(kept), self.kept.1.saturating_add(1));
        }
        let acked = u64::try_from(self.una.saturating_sub(una)).unwrap_or(0);
        let Some(growth) = new.saturating_mul(1_000).checked_div(acked) else { return };
        self.free = self.free.saturating_add(1);
        let was_guess = std::mem::take(&mut self.is_guess);
        if growth >= DOUBLING {
            // Nothing but a loss or a pause leads back to slow start: once may be chance.
            if self.phase != Phase::Avoidance || std::mem::replace(&mut self.doubled, true) {
                self.turn(since, Phase::SlowStart);
            }
            return;
        }
        self.doubled = false;
        if growth >= STEADY && self.phase != Phase::Avoidance {
            if self.phase == Phase::SlowStart && last > 0 && !was_guess {
                self.threshold = Some(last);
            }
            self.turn(since, Phase::Avoidance);
        }
    }

    /// A copy was sent; `nxt` is the highest position sent, `flight` what was out before.
    pub(super) fn again(&mut self, now: i64, frame: u64, cause: Cause, nxt: Position, flight: u64) {
        let inside = self.phase.is_episode();
        let begins = match cause {
            Cause::Rto => Phase::Loss,
            Cause::RtoRecovery | Cause::Pmtu if !inside => Phase::Loss,
            Cause::Fast | Cause::FastRack if self.phase != Phase::Recovery => Phase::Recovery,
            Cause::Recovery if !inside => Phase::Recovery,
            _ => {
                self.episode.copies = self.episode.copies.saturating_add(inside.into());
                return;
            }
        };
        if !inside {
            self.episode = Episode {
                since: now,
                point: nxt,
                before: self.phase,
                trigger: frame,
                window: self.last.max(self.round.peak).max(flight),
                ..Episode::default()
            };
        }
        self.episode.point = nxt;
        self.episode.copies = self.episode.copies.saturating_add(1);
        if begins != self.phase {
            let count = match begins {
                Phase::Loss => &mut self.episodes.losses,
                _ => &mut self.episodes.recoveries,
            };
            *count = count.saturating_add(1);
            self.turn(now, begins);
        }
    }

    /// Later segments proved copies needless. An episode without any needed copy is undone.
    pub(super) fn amend(&mut self, now: i64, amendments: &[Amendment]) {
        if !self.phase.is_episode() {
            return;
        }
        for amendment in amendments {
            let News::Redundant(proofs) = amendment.news else { continue };
            let is = |proof| proofs.has(proof);
            if is(Proofs::DSACK) {
                self.episode.needless = self.episode.needless.saturating_add(1);
            }
            let began_for_nothing =
                amendment.frame == self.episode.trigger && (is(Proofs::EIFEL) || is(Proofs::EARLY));
            if began_for_nothing || self.episode.needless >= self.episode.copies {
                self.undo(now);
                return;
            }
        }
    }

    /// Something sent at `sent` and never again arrived. In the repair of a time-out this shows that nothing was
    /// lost (RFC 5682).
    pub(super) fn original_arrived(&mut self, now: i64, sent: i64) {
        if self.phase == Phase::Loss && sent < self.episode.since {
            self.undo(now);
        }
    }

    fn undo(&mut self, now: i64) {
        self.episodes.undone = self.episodes.undone.saturating_add(1);
        self.window = self.episode.window;
        self.turn(now, self.episode.before);
    }

    fn turn(&mut self, since: i64, phase: Phase) {
        let first = self.spans.is_empty() && self.listed;
        if phase == self.phase && !first {
            return;
        }
        self.phase = phase;
        if !self.listed {
            return;
        }
        let since = self.spans.last().map_or(since, |span| span.since.max(since));
        while self.spans.last().is_some_and(|span| span.since == since) {
            self.spans.pop();
        }
        if self.spans.last().is_some_and(|span| span.phase == phase) {
            return;
        }
        if self.spans.len() < SPANS {
            self.spans.push(Span { since, phase });
        } else {
            self.spans_lost = self.spans_lost.saturating_add(1);
        }
    }

    /// The program, or the receiver, and not the network set the pace of this round.
    pub(super) fn hold(&mut self) {
        self.round.held = true;
    }

    /// Most bytes in flight in this round and the one before.
    pub(super) fn recent_peak(&self) -> u64 {
        self.round.peak.max(self.last)
    }

    /// A loss is being repaired for which `una` is not enough.
    pub(super) fn repairs(&self, una: Position) -> bool {
        self.phase.is_episode() && una < self.episode.point
    }

    /// The phase now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The phases in order, if they were listed; the rest is counted by [`Growth::spans_lost`].
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Changes of phase that no longer fitted into the list.
    #[must_use]
    pub fn spans_lost(&self) -> u32 {
        self.spans_lost
    }

    /// Repairs and restarts.
    #[must_use]
    pub fn episodes(&self) -> Episodes {
        self.episodes
    }

    /// Rounds so far.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Whether anything shows what the congestion window did: a repair, or rounds that only it can have held.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.free > 0 || self.episodes.recoveries > 0 || self.episodes.losses > 0
    }

    /// Bytes sent before the first of them was acknowledged; `None` while none is, and where earlier ones passed unseen.
    #[must_use]
    pub fn initial(&self) -> Option<u64> {
        (self.answered && !self.joined_late).then_some(self.initial)
    }

    /// Most bytes in flight at any time.
    #[must_use]
    pub fn greatest(&self) -> u64 {
        self.greatest
    }

    /// Most bytes in flight since the window was cut last: no more than the congestion window.
    #[must_use]
    pub fn window(&self) -> u64 {
        self.window
    }

    /// Slow start threshold in bytes, as far as the last change shows it.
    #[must_use]
    pub fn threshold(&self) -> Option<u64> {
        self.threshold
    }

    /// What a recovery left of the window, in thousandths, on average.
    #[must_use]
    pub fn kept(&self) -> Option<u64> {
        self.kept.0.checked_div(self.kept.1.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MSS: u64 = 1_460;

    #[test]
    fn slow_start_doubles_until_it_does_not() {
        // Vector L04: 10, 20, 40 and 41 segments in flights of 100 ms, each acknowledged as a whole.
        let mut growth = Growth::new(true);
        let (mut nxt, mut windows) = (1, Vec::new());
        for (flight, time) in [(10, 200), (20, 300), (40, 400), (41, 500)] {
            let bytes = flight * MSS;
            growth.sent(time, nxt, bytes, bytes, nxt);
            windows.push(growth.round.peak);
            nxt += i64::try_from(bytes).unwrap();
            growth.heard(time + 100, nxt, nxt, true);
        }
        assert_eq!(windows, [14_600, 29_200, 58_400, 59_860]);
        assert_eq!(growth.initial(), Some(14_600));
        assert_eq!(growth.threshold(), Some(58_400));
        let spans: Vec<_> = growth.spans().iter().map(|span| (span.since, span.phase)).collect();
        assert_eq!(spans, [(200, Phase::SlowStart), (500, Phase::Avoidance)]);
    }

    #[test]
    fn a_recovery_ends_at_its_point_and_is_measured_by_the_next_round() {
        let mut growth = Growth::new(true);
        growth.sent(0, 1, 100_000, 100_000, 1);
        growth.again(10, 7, Cause::Fast, 100_001, 100_000);
        assert_eq!(growth.phase(), Phase::Recovery);
        growth.heard(20, 100_001, 50_000, true);
        assert_eq!(growth.phase(), Phase::Recovery);
        growth.heard(30, 100_001, 100_001, true);
        assert_eq!(growth.phase(), Phase::Avoidance);
        growth.sent(30, 100_001, 70_000, 70_000, 100_001);
        growth.heard(40, 170_001, 170_001, true);
        assert_eq!((growth.threshold(), growth.kept()), (Some(70_000), Some(700)));
    }

    #[test]
    fn a_time_out_for_nothing_is_undone() {
        let mut growth = Growth::new(true);
        growth.sent(0, 1, 10_000, 10_000, 1);
        growth.again(300, 7, Cause::Rto, 10_001, 10_000);
        growth.amend(310, &[Amendment { frame: 7, news: News::Redundant(Proofs::EIFEL) }]);
        assert_eq!((growth.phase(), growth.episodes().undone), (Phase::SlowStart, 1));
    }
}
