//! Where the time of a connection went and what limited it (docs/tcp-analysis.md, section 4).
//!
//! It looks on: every segment is shown to it when the tracker is done with it, and nothing here changes a verdict.
//! Only modes that print it keep it.

use super::cause::Cause;
use super::label::Label;
use super::{Amendment, Half, Segment, Step, Tcp};
use crate::flow::key::{Both, Side};
use crate::flow::seq::Position;
use account::{Before, Ledger};

mod account;
mod acks;
mod course;
mod growth;
mod limits;
mod opening;
mod quantiles;

pub use account::Account;
pub use acks::Acks;
pub use course::{Course, Sum, Timeout};
pub use growth::{Episodes, Growth, Phase, Span};
pub use limits::{Limit, Limits};
pub use opening::Opening;
pub use quantiles::Quantiles;

/// How much is kept of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// Nothing.
    #[default]
    No,
    /// Sums and estimates.
    Sums,
    /// Also when each phase began.
    Phases,
}

/// A segment and its two ends after it.
pub(super) struct Seen<'a> {
    pub s: &'a Segment<'a>,
    pub step: &'a Step,
    /// Its sender.
    pub own: &'a Half,
    /// Its receiver.
    pub peer: &'a Half,
    /// When it passed, in ns.
    pub now: i64,
}

/// What one segment showed, for its row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Bytes out with it, as its sender saw it.
    pub flight: Option<u64>,
    /// The congestion window is at least this many bytes.
    pub window: Option<u64>,
    /// The round trip that its acknowledgment closes, in ns.
    pub rtt: Option<i64>,
    /// How long the timer that sent it had run.
    pub timeout: Option<Timeout>,
}

/// Where the observer stands, seen from a sender (T6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vantage {
    /// Beside it: what passes here is what it knew.
    Near,
    /// Beside the other end: what passes here arrived.
    Far,
    /// Somewhere between.
    Middle,
}

impl Vantage {
    /// From the least round trips between the observer and the sender, and the other end; in ns.
    pub(super) fn of(own: i64, peer: i64) -> Self {
        match () {
            () if own <= peer / 4 => Self::Near,
            () if peer <= own / 4 => Self::Far,
            () => Self::Middle,
        }
    }
}

/// Times and limits of one connection.
#[derive(Debug, Default)]
pub struct Timing {
    opening: Opening,
    courses: Both<Option<Box<Course>>>,
    ledger: Ledger,
    /// A receiver has no room; data are out: since the segment before.
    closed: bool,
    out: bool,
    una: Both<Position>,
    moment: Moment,
    times: Times,
}

impl Timing {
    /// Nothing seen yet.
    pub(super) fn new(times: Times) -> Self {
        Self { times, ..Self::default() }
    }

    /// Bytes of memory, its own size included.
    pub(in crate::flow) fn heap(&self) -> usize {
        let courses = self.courses.0.iter().flatten().map(|course| course.heap());
        size_of::<Self>() + courses.sum::<usize>()
    }

    /// Looks at one segment, its effect on both ends, and what it proved of earlier ones.
    pub(super) fn observe(
        &mut self,
        s: &Segment<'_>,
        step: &Step,
        halves: &Both<Half>,
        client: Side,
        midstream: bool,
        amendments: &[Amendment],
    ) {
        self.moment = Moment::default();
        let void = [Label::BadChecksum, Label::Duplicate, Label::Insane, Label::NoAck];
        if void.into_iter().any(|label| step.labels.has(label)) {
            return;
        }
        let (x, y) = (s.from, s.from.other());
        let seen = Seen { s, step, own: &halves[x], peer: &halves[y], now: s.time.as_nanos() };
        self.opening.observe(&seen, x == client);
        self.count(&seen, client, midstream);
        for course in self.courses.0.iter_mut().flatten() {
            course.amend(seen.now, amendments);
        }
        if let Some(course) = &mut self.courses[y] {
            self.moment = course.hears(&seen, self.una[y]);
        }
        let data = s.len > 0 && step.labels.has(Label::Data);
        let course = match &mut self.courses[x] {
            Some(course) => Some(course),
            none if data => Some(none.insert(Box::new(Course::new(seen.now, seen.own, self.times)))),
            _ => None,
        };
        if let Some(course) = course
            && (data || step.cause.is_some())
        {
            let Moment { flight, window, rtt: _, timeout } = course.sends(&seen);
            self.moment = Moment { flight, window, timeout, ..self.moment };
        }
        self.una[x] = seen.own.una;
        self.una[y] = seen.peer.una;
    }

    fn count(&mut self, seen: &Seen<'_>, client: Side, midstream: bool) {
        let ends = [seen.own, seen.peer];
        let timer = matches!(seen.step.cause, Some(Cause::Rto | Cause::Tlp));
        let server = if seen.s.from == client { seen.peer } else { seen.own };
        let courses = self.courses.0.iter().flatten();
        let before = Before {
            closed: self.closed,
            repairing: timer || courses.clone().any(|course| course.growth().phase().is_episode()),
            out: self.out,
            opened: midstream || self.opening.ended().is_some(),
            to_server: server.rtt,
        };
        self.ledger.elapse(seen, seen.s.from == client, &before);
        self.closed = ends.into_iter().any(|half| half.zero_window_since.is_some());
        self.out = ends.into_iter().any(|half| half.nxt > half.una.max(1));
    }

    /// What the handshake told.
    #[must_use]
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The data of one direction; `None` if it sent none.
    #[must_use]
    pub fn course(&self, side: Side) -> Option<&Course> {
        self.courses[side].as_deref()
    }

    /// Where the time went.
    #[must_use]
    pub fn account(&self) -> Account {
        self.ledger.close()
    }

    /// What the newest segment showed.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }
}

/// What the connection tells of its times.
impl Tcp {
    /// From here on times and limits are kept, as far as `times` says.
    pub fn keep_times(&mut self, times: Times) {
        self.timing = (times != Times::No).then(|| Box::new(Timing::new(times)));
    }

    /// Takes the times out, for a flow that rests, or gives them back.
    pub(in crate::flow) fn swap_times(&mut self, timing: Option<Box<Timing>>) -> Option<Box<Timing>> {
        std::mem::replace(&mut self.timing, timing)
    }

    /// Times and limits, if they are kept.
    #[must_use]
    pub fn timing(&self) -> Option<&Timing> {
        self.timing.as_deref()
    }

    /// What limited the direction that sent more, and for how much of its time in thousandths; `None` where nothing
    /// shows it.
    #[must_use]
    pub fn limiter(&self) -> Option<(Limit, i64)> {
        let side = Side::both().into_iter().max_by_key(|&side| self.halves[side].stream_len())?;
        self.timing()?.course(side)?.limits()?.limiter()
    }

    /// Needed copies by all payload bytes sent, both directions, in thousandths; `None` without payload.
    #[must_use]
    pub fn loss(&self) -> Option<u64> {
        let timing = self.timing()?;
        let courses = Side::both().into_iter().filter_map(|side| timing.course(side));
        let (lost, sent) = courses.fold((0_u64, 0_u64), |(lost, sent), course| {
            (lost.saturating_add(course.lost_bytes()), sent.saturating_add(course.sent_bytes()))
        });
        lost.saturating_mul(1_000).checked_div(sent)
    }

    /// Where the observer stands as `side` sees it; `None` while a round trip is not known.
    #[must_use]
    pub fn vantage(&self, side: Side) -> Option<Vantage> {
        Some(Vantage::of(self.halves[side].rtt?, self.halves[side.other()].rtt?))
    }

    /// Smoothed round trip of the data of `side`, as that end has it, in ns (T3).
    #[must_use]
    pub fn smoothed(&self, side: Side) -> Option<i64> {
        let half = &self.halves[side];
        half.sender.smoothed(half.rtt)
    }
}
