//! Where the time of a connection went and what limited it (docs/tcp-analysis.md, section 4).
//!
//! It looks on: every segment is shown to it when the tracker is done with it, and nothing here changes a verdict.
//! Only modes that print it keep it.

use super::cause::Cause;
use super::label::Label;
use super::{Amendment, Half, News, Proofs, Segment, Step, Tcp};
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
    /// It is the first copy of bytes that a later one had brought already (C8).
    pub is_late_original: bool,
}

/// How long the way from here to a sender and back may take where nothing tells it, in ns: as long as a sender waits that
/// has no sample either (RFC 6298 section 2.1).
const UNKNOWN_WAY: i64 = 1_000_000_000;

/// How much longer than the shortest one of `way` a round trip may be before its sender is thought to have paused, in ns.
fn spread(way: i64) -> i64 {
    (way / 4).min(5_000_000)
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
        let is_original = |news| matches!(news, News::Redundant(proofs) if proofs.has(Proofs::ORIGINAL));
        let seen = Seen {
            s,
            step,
            own: &halves[x],
            peer: &halves[y],
            now: s.time.as_nanos(),
            is_late_original: amendments.iter().any(|amendment| is_original(amendment.news)),
        };
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
            none if data => {
                let course = none.insert(Box::new(Course::new(&seen, self.times)));
                if midstream {
                    course.joined_late();
                }
                Some(course)
            }
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
        let step = seen.step;
        let timer = matches!(step.cause, Some(Cause::Rto | Cause::Tlp));
        // It was waited for since the first copy did not come.
        let awaited = step.cause.is_some() && step.labels.has(Label::UnseenOriginal);
        let server = if seen.s.from == client { seen.peer } else { seen.own };
        let repairs =
            |side: Side| self.courses[side].as_ref().is_some_and(|course| course.repairs(self.una[side]));
        let before = Before {
            closed: self.closed,
            repairing: timer || awaited || Side::both().into_iter().any(repairs),
            out: self.out,
            opened: midstream || self.opening.ended().is_some(),
            to_server: server.rtt,
            to_sender: seen.own.rtt,
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

    /// What limited the direction that sent more, for how long and of how much, in ns; `None` where nothing shows it.
    #[must_use]
    pub fn limiter(&self) -> Option<(Limit, u64, u64)> {
        let side = Side::both().into_iter().max_by_key(|&side| self.halves[side].stream_len())?;
        self.timing()?.course(side)?.limits()?.limiter()
    }

    /// Payload bytes that had to be sent again and all that were sent, both directions; `None` without payload.
    #[must_use]
    pub fn loss(&self) -> Option<(u64, u64)> {
        let timing = self.timing()?;
        let courses = Side::both().into_iter().filter_map(|side| timing.course(side));
        let (lost, sent) = courses.map(Course::loss).fold((0_u64, 0_u64), |(lost, sent), one| {
            (lost.saturating_add(one.0), sent.saturating_add(one.1))
        });
        (sent > 0).then_some((lost, sent))
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
