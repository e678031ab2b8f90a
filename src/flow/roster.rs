//! The flows themselves. A flow on which nothing is outstanding, or that is silent, can rest: it is packed into a few
//! hundred bytes until its next segment (docs/faults.md, section 4), beside what is kept of it because somebody wants to
//! see it. What it knew is all there when it wakes, but for the oldest of what it sent.

use std::collections::VecDeque;

use netdissect_dissectors::dissector::FlowState;
use netdissect_dissectors::facts::FlowNumber;
use netdissect_dissectors::frame::Timestamp;

use super::app::App;
use super::idle;
use super::key::{Both, Side};
use super::observed::Observed;
use super::packed;
use super::slab::Slab;
use super::table::{Flow, Kept};
use super::tcp::Tcp;
use super::tcp::time::Timing;

/// A flow rests after this time without a segment, in ns: while there is room, and when there is little.
const PATIENCE: (i64, i64) = (1_000_000_000, 100_000_000);
/// A flow is weighed with each of so many segments.
const WEIGHED: u64 = 16;
/// Segments that pass at most before a flow is asked to rest again.
const MAX_PAUSE: u32 = 16;
/// Bytes of a packed flow; one that would have more stays awake.
const LARGEST: usize = 16 << 10;
/// Flows that left and still stand in a queue, beyond as many as there are.
const GONE: usize = 1_024;

/// Where a flow stands in the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub number: FlowNumber,
    /// VLANs and tunnels around it.
    pub context: u64,
    pub conversation: u32,
    /// The next flow of the same conversation.
    pub next: Option<u32>,
    /// When its last segment came, by the clock of the table.
    pub seen: i64,
}

/// A flow at rest.
#[derive(Debug)]
struct Resting {
    place: Place,
    last: Timestamp,
    rank: Rank,
    is_established: bool,
    /// What its dissectors keep.
    state: Option<Box<FlowState>>,
    kept: Option<Box<Kept>>,
    times: Option<Box<Timing>>,
    packed: Box<[u8]>,
}

/// What goes first when there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It is over.
    Over,
    /// It never opened.
    HalfOpen,
    /// All others.
    Open,
}

#[derive(Debug)]
enum Entry {
    Awake(Box<Flow>),
    Resting(Box<Resting>),
}

/// All flows, awake or at rest.
#[derive(Debug)]
pub(super) struct Roster {
    /// Flows that may be awake: beyond it one rests after a while, beyond twice of it soon, and beyond four times at
    /// once.
    room: usize,
    entries: Slab<Entry>,
    /// The flows that are awake, in the order in which they are asked to rest, and when each was last known to be in
    /// use; some may be gone. Until that is long ago, the flow itself need not be looked at.
    awake: VecDeque<(u32, Timestamp)>,
    /// The flows in the order in which they were opened; some are open by now, or gone.
    opening: VecDeque<u32>,
    /// The flow that is being packed.
    flat: Vec<u8>,
    /// Where the search for a flow to let go goes on.
    hand: u32,
    /// Bytes of memory that the flows were found to take last.
    memory: usize,
    /// Segments that pass until a flow is asked to rest again, and how many were asked in vain one after the other:
    /// where hardly one can, to look at them all the time costs more than their memory.
    pause: u32,
    refusals: u32,
}

impl Entry {
    fn place(&self) -> &Place {
        match self {
            Self::Awake(flow) => &flow.place,
            Self::Resting(resting) => &resting.place,
        }
    }

    /// What speaks for keeping it: its rank, and when its last segment came.
    fn standing(&self) -> (Rank, Timestamp) {
        match self {
            Self::Awake(flow) => (rank(&flow.tcp), flow.tcp.times().1),
            Self::Resting(resting) => (resting.rank, resting.last),
        }
    }

    fn is_established(&self) -> bool {
        match self {
            Self::Awake(flow) => flow.tcp.is_established(),
            Self::Resting(resting) => resting.is_established,
        }
    }

    fn place_mut(&mut self) -> &mut Place {
        match self {
            Self::Awake(flow) => &mut flow.place,
            Self::Resting(resting) => &mut resting.place,
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Awake(flow) => flow.weight,
            Self::Resting(resting) => {
                let state = resting.state.as_ref().map_or(0, |state| state.bytes());
                let kept = resting.kept.as_ref().map_or(0, |kept| size_of::<Kept>() + kept.heap());
                let times = resting.times.as_ref().map_or(0, |times| times.heap());
                size_of::<Resting>() + resting.packed.len() + state + kept + times
            }
        }
    }
}

impl Roster {
    /// No flow, and room for so many that are awake.
    pub(super) fn new(room: usize) -> Self {
        let (entries, awake, opening) = (Slab::default(), VecDeque::new(), VecDeque::new());
        Self { room, entries, awake, opening, flat: Vec::new(), hand: 0, memory: 0, pause: 0, refusals: 0 }
    }

    /// Takes a flow in and returns its number here.
    pub(super) fn insert(&mut self, mut flow: Flow) -> u32 {
        flow.weight = flow.memory();
        self.memory += flow.weight;
        let used = flow.tcp.times().1;
        let index = self.entries.insert(Entry::Awake(Box::new(flow)));
        if self.awake.len() > 2 * self.entries.len() + GONE {
            // Flows that left are still in the queue.
            let awake = self.awake().map(|(index, flow)| (index, flow.tcp.times().1)).collect();
            self.awake = awake;
        } else {
            self.awake.push_back((index, used));
        }
        if self.opening.len() > 2 * self.entries.len() + GONE {
            let half_open = self.entries.iter().filter(|(_, entry)| entry.standing().0 == Rank::HalfOpen);
            self.opening = half_open.map(|(index, _)| index).collect();
        } else {
            self.opening.push_back(index);
        }
        index
    }

    /// The flow, if it is awake.
    pub(super) fn get(&self, index: u32) -> Option<&Flow> {
        match self.entries.get(index)? {
            Entry::Awake(flow) => Some(flow),
            Entry::Resting(_) => None,
        }
    }

    /// The flow; it wakes.
    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Flow> {
        let entry = self.entries.get_mut(index)?;
        if let Entry::Resting(resting) = entry {
            self.awake.push_back((index, resting.last));
            let flow = resting.wake()?;
            self.memory = (self.memory + flow.weight).saturating_sub(entry.weight());
            *entry = Entry::Awake(Box::new(flow));
        }
        match entry {
            Entry::Awake(flow) => Some(flow),
            Entry::Resting(_) => None,
        }
    }

    /// Takes a flow out.
    pub(super) fn remove(&mut self, index: u32) -> Option<Flow> {
        let entry = self.entries.remove(index)?;
        self.memory = self.memory.saturating_sub(entry.weight());
        match entry {
            Entry::Awake(flow) => Some(*flow),
            Entry::Resting(mut resting) => resting.wake(),
        }
    }

    /// Takes a flow out that is at rest and that nobody will look at; false if it is awake.
    pub(super) fn drop_resting(&mut self, index: u32) -> bool {
        let weight = match self.entries.get(index) {
            Some(entry @ Entry::Resting(_)) => entry.weight(),
            _ => return false,
        };
        self.memory = self.memory.saturating_sub(weight);
        self.entries.remove(index).is_some()
    }

    /// Bytes of memory that the flows were found to take last, with the places they stand in.
    pub(super) fn memory(&self) -> usize {
        self.memory + self.len() * size_of::<Option<Entry>>()
    }

    /// Takes note of what a flow takes now, if it is awake and it is time to: after each doubling of its segments, and
    /// often enough after that.
    pub(super) fn weigh(&mut self, index: u32) {
        let Some(Entry::Awake(flow)) = self.entries.get_mut(index) else { return };
        let segments = Side::both().into_iter().map(|side| flow.tcp.half(side).packets).sum::<u64>();
        if segments % WEIGHED != 0 && !segments.is_power_of_two() {
            return;
        }
        let now = flow.memory();
        let before = std::mem::replace(&mut flow.weight, now);
        self.memory = (self.memory + flow.weight).saturating_sub(before);
    }

    /// Where a flow stands.
    pub(super) fn place(&self, index: u32) -> Option<&Place> {
        self.entries.get(index).map(Entry::place)
    }

    /// Where a flow stands.
    pub(super) fn place_mut(&mut self, index: u32) -> Option<&mut Place> {
        self.entries.get_mut(index).map(Entry::place_mut)
    }

    /// Whether a flow was open at both ends.
    pub(super) fn is_established(&self, index: u32) -> bool {
        self.entries.get(index).is_some_and(Entry::is_established)
    }

    /// One more than the highest number that a flow ever had here.
    pub(super) fn places(&self) -> u32 {
        self.entries.places()
    }

    /// Whether a flow was silent for so long at `now` that it is let go.
    pub(super) fn is_idle(&mut self, index: u32, now: i64) -> bool {
        let Some(entry) = self.entries.get_mut(index) else { return false };
        let place = entry.place_mut();
        // A time in which nobody else believed.
        place.seen = place.seen.min(now);
        let silence = now.saturating_sub(place.seen);
        // Most are not; only of the others the state is looked up.
        silence >= idle::SHORT && (silence >= idle::LONG || !entry.is_established())
    }

    /// How many flows there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The flows that are awake.
    pub(super) fn awake(&self) -> impl Iterator<Item = (u32, &Flow)> {
        self.entries.iter().filter_map(|(index, entry)| match entry {
            Entry::Awake(flow) => Some((index, &**flow)),
            Entry::Resting(_) => None,
        })
    }

    /// All flows, by number; each wakes when its turn comes.
    pub(super) fn into_flows(self) -> impl Iterator<Item = Flow> {
        let mut entries: Vec<Entry> = self.entries.into_values().collect();
        entries.sort_by_key(|entry| entry.place().number);
        entries.into_iter().filter_map(|entry| match entry {
            Entry::Awake(flow) => Some(*flow),
            Entry::Resting(mut resting) => resting.wake(),
        })
    }

    /// Of the flows whose turn it is and that may go by their rank and the time of their last segment, the one that is
    /// over, else half-open. If none of them is, the half-open one that was opened first of all, so that a flood lets
    /// no open flow go; without any, the longest silent.
    pub(super) fn least_wanted(&mut self, may_go: impl Fn(Rank, Timestamp) -> bool) -> Option<u32> {
        let least = self.entries.least(&mut self.hand, |index, entry| {
            let (rank, last) = entry.standing();
            may_go(rank, last).then_some((rank, last, index))
        });
        if least.is_none_or(|least| least.0 == Rank::Open)
            && let Some(index) = self.first_half_open(&may_go)
        {
            return Some(index);
        }
        least.map(|least| least.2)
    }

    /// The half-open flow that was opened first, if it may go; it is not asked for again.
    fn first_half_open(&mut self, may_go: &impl Fn(Rank, Timestamp) -> bool) -> Option<u32> {
        while let Some(&index) = self.opening.front() {
            match self.entries.get(index).map(Entry::standing) {
                Some((Rank::HalfOpen, last)) if !may_go(Rank::HalfOpen, last) => return None,
                standing => {
                    self.opening.pop_front();
                    if standing.is_some_and(|standing| standing.0 == Rank::HalfOpen) {
                        return Some(index);
                    }
                }
            }
        }
        None
    }

    /// Lets one flow rest, if many are awake and the one whose turn it is can; `but` is in use.
    pub(super) fn rest_one(&mut self, now: Timestamp, but: u32) {
        if self.awake.len() <= self.room {
            return;
        }
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        let patience = match self.awake.len() {
            awake if awake > self.room * 4 => 0,
            awake if awake > self.room * 2 => PATIENCE.1,
            _ => PATIENCE.0,
        };
        let is_due = |used: Timestamp| patience == 0 || now.nanos_since(used) >= patience;
        let Some((index, _)) = self.awake.front().copied().filter(|&(_, used)| is_due(used)) else { return };
        self.awake.pop_front();
        let Some(entry) = self.entries.get_mut(index) else { return };
        let Entry::Awake(flow) = entry else { return };
        let used = flow.tcp.times().1;
        let is_due = is_due(used);
        if index != but
            && is_due
            && can_rest(flow, now.nanos_since(used))
            && let Some(resting) = Resting::new(flow, &mut self.flat)
        {
            let before = entry.weight();
            *entry = Entry::Resting(Box::new(resting));
            self.memory = (self.memory + entry.weight()).saturating_sub(before);
            self.refusals = 0;
        } else {
            self.refusals = self.refusals.saturating_add(1).min(MAX_PAUSE.ilog2());
            self.pause = (1 << self.refusals) - 1;
            // One that cannot rest yet has its next turn as late as one that was in use.
            self.awake.push_back((index, if is_due { now } else { used }));
        }
    }
}

fn rank(tcp: &Tcp) -> Rank {
    let half_open = !tcp.end(Side::Low).is_certainly_synchronized() || !tcp.end(Side::High).is_synchronized();
    match () {
        () if tcp.is_over() => Rank::Over,
        () if half_open => Rank::HalfOpen,
        () => Rank::Open,
    }
}

/// Nothing is outstanding, or has been for so long, in ns, that it will not come soon.
fn can_rest(flow: &Flow, silence: i64) -> bool {
    let nothing_soon = silence >= PATIENCE.1 || flow.tcp.is_quiet();
    nothing_soon && flow.tcp.is_whole() && flow.app.inboxes.0.iter().all(|inbox| inbox.pending.is_empty())
}

impl Resting {
    /// `flow`, packed by way of `flat`; `None` if that is unusually much.
    fn new(flow: &mut Flow, flat: &mut Vec<u8>) -> Option<Self> {
        flow.tcp.forget_oldest();
        flat.clear();
        packed::pack(&(&flow.tcp, &flow.observed, &flow.app), flat).ok()?;
        if flat.len() > LARGEST {
            return None;
        }
        let mut kept = std::mem::take(&mut flow.kept);
        kept.rows.shrink_to_fit();
        Some(Self {
            place: flow.place,
            last: flow.tcp.times().1,
            rank: rank(&flow.tcp),
            is_established: flow.tcp.is_established(),
            state: flow.app.state.take().map(Box::new),
            kept: (!kept.is_empty()).then(|| Box::new(kept)),
            times: flow.tcp.swap_times(None),
            packed: Box::from(flat.as_slice()),
        })
    }

    /// The flow as it was. Nothing that was packed here is refused.
    fn wake(&mut self) -> Option<Flow> {
        let (mut tcp, observed, mut app): (Tcp, Both<Observed>, App) = packed::unpack(&self.packed).ok()?;
        tcp.swap_times(self.times.take());
        if let Some(state) = self.state.take() {
            app.state = *state;
        }
        let mut flow = Flow {
            number: self.place.number,
            tcp,
            app,
            observed,
            kept: self.kept.take().map_or_else(Kept::default, |kept| *kept),
            evicted: false,
            weight: 0,
            place: self.place,
        };
        flow.weight = flow.memory();
        Some(flow)
    }
}
