//! All flows at once, bounded: who belongs where, which number it has, who has to leave.

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use netdissect_dissectors::facts::{Analysis, FlowNumber};
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::transport::tcp::{Flags, Soundness};

use super::app::App;
use super::community::{Transport, community_id};
use super::conflict::Conflicts;
use super::copies::Copies;
use super::habits::Habits;
use super::hosts::Hosts;
use super::idle::{Moment, Sweep};
use super::key::{Both, Pair, Side};
use super::neighbours::Neighbours;
use super::numbering::{Numbering, Relative};
use super::observed::Observed;
use super::roster::{Place, Rank, Roster};
use super::row::{Complaint, Row};
use super::slab::Slab;
use super::tcp::time::Times;
use super::tcp::{Incarnation, Odd, Orphan, Segment, Step, Tcp};
use super::wireshark::{Around, Order, Wireshark};
use super::zeek::Zeek;
use crate::limits::{Bound, Hits, Limits};

/// ICMP errors that are kept of one flow.
const MAX_COMPLAINTS: usize = 256;

/// A TCP flow and what goes with it.
#[derive(Debug)]
pub struct Flow {
    /// `nd.flow`.
    pub number: FlowNumber,
    /// The connection.
    pub tcp: Tcp,
    /// What its payload is.
    pub app: App,
    /// How each end's packets were captured.
    pub observed: Both<Observed>,
    /// What not every flow has.
    pub kept: Kept,
    /// Let go to keep memory bounded.
    pub evicted: bool,
    /// Bytes of memory that it was found to take last.
    pub(super) weight: usize,
    /// Where it stands in the table.
    pub(super) place: Place,
}

/// What is kept of a flow where it is wanted, or where there is any.
#[derive(Debug, Default)]
pub struct Kept {
    /// Its timeline, if one is kept.
    pub rows: Vec<Row>,
    /// Rows that no longer fitted.
    pub rows_lost: u64,
    /// The first ICMP errors about its segments.
    pub complaints: Vec<Complaint>,
    /// Errors that no longer fitted.
    pub complaints_lost: u64,
    /// What its ends' packets have in common, if wanted.
    pub habits: Option<Box<Habits>>,
    /// Copies of the same bytes that differ, once there are any.
    pub conflicts: Option<Box<Conflicts>>,
    /// Running hashes of both streams, if wanted.
    pub digests: Option<Box<Both<sha2::Sha256>>>,
    /// What Zeek would say of it, if wanted.
    pub zeek: Option<Box<Zeek>>,
}

impl Kept {
    pub(super) fn is_empty(&self) -> bool {
        let nothing = self.habits.is_none() && self.conflicts.is_none();
        nothing
            && self.digests.is_none()
            && self.zeek.is_none()
            && self.rows.is_empty()
            && self.rows_lost == 0
            && self.complaints.is_empty()
    }

    /// Notes an ICMP error, if there is room.
    pub fn complain(&mut self, complaint: Complaint) {
        if self.complaints.len() < MAX_COMPLAINTS {
            self.complaints.push(complaint);
        } else {
            self.complaints_lost += 1;
        }
    }

    /// Bytes of memory beside its own size, without its rows: these have a bound of their own.
    pub(super) fn heap(&self) -> usize {
        self.conflicts.as_ref().map_or(0, |conflicts| conflicts.memory())
            + self.habits.as_ref().map_or(0, |habits| habits.memory())
            + self.complaints.capacity() * size_of::<Complaint>()
            + self.digests.as_ref().map_or(0, |_| size_of::<Both<sha2::Sha256>>())
            + self.zeek.as_ref().map_or(0, |_| size_of::<Zeek>())
    }
}

/// What to keep of each flow beyond what its states need.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras {
    /// A SHA-256 of each stream.
    pub digests: bool,
    /// What Zeek would say.
    pub zeek: bool,
    /// Where the time went and what limited it.
    pub times: Times,
    /// What Wireshark would say of each segment.
    pub wireshark: bool,
    /// Whether Wireshark would read each segment.
    pub order: bool,
    /// Nobody looks at flows that are over.
    pub unseen: bool,
}

impl Flow {
    /// The name by which other tools know it.
    #[must_use]
    pub fn community_id(&self) -> String {
        community_id(&self.tcp.pair, Transport::Tcp)
    }

    /// Bytes of memory, without its rows and what its streams hold: these have bounds of their own.
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>() + self.tcp.heap() + self.app.heap() + self.kept.heap()
    }
}

#[derive(Debug)]
struct Conversation {
    pair: Pair,
    numbering: Numbering,
    flows_of_stream: u32,
    flow: Option<u32>,
    judge: Judge,
}

/// Who follows Wireshark's rules in a conversation.
#[derive(Debug)]
enum Judge {
    Nobody,
    Order(Box<Order>),
    All(Box<Wireshark>),
}

impl Judge {
    fn new(extras: Extras) -> Self {
        match extras {
            Extras { wireshark: true, .. } => Self::All(Box::default()),
            Extras { order: true, .. } => Self::Order(Box::default()),
            _ => Self::Nobody,
        }
    }

    /// Bytes of memory beside its own size.
    const fn heap(extras: Extras) -> usize {
        match extras {
            Extras { wireshark: true, .. } => size_of::<Wireshark>(),
            Extras { order: true, .. } => size_of::<Order>(),
            _ => 0,
        }
    }
}

/// Where a segment went.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// Its flow.
    pub flow: u32,
    /// Numbers as Wireshark shows them.
    pub relative: Relative,
    /// Wireshark's number of the conversation.
    pub stream: u32,
    /// What the tracker says.
    pub step: Step,
    /// What Wireshark would say, if that was asked for.
    pub wireshark: Option<Box<Analysis>>,
    /// Wireshark would not read its payload, which came before or comes too late; if that was asked for.
    pub is_again: bool,
}

/// All TCP flows.
#[derive(Debug)]
pub struct FlowTable {
    limits: Limits,
    hits: Hits,
    /// The conversations by their ends; keyed, because whoever sends chooses the ends.
    index: HashTable<u32>,
    keys: RandomState,
    conversations: Slab<Conversation>,
    flows: Roster,
    next_stream: u32,
    extras: Extras,
    opened: u64,
    copies: Copies,
    hosts: Hosts,
    neighbours: Neighbours,
    over: Vec<Flow>,
    /// The time of the packet at hand, where silence ends flows.
    now: i64,
    sweep: Sweep,
}

impl FlowTable {
    /// An empty table.
    #[must_use]
    pub fn new(limits: Limits, extras: Extras) -> Self {
        Self {
            limits,
            hits: Hits::default(),
            index: HashTable::new(),
            keys: RandomState::default(),
            conversations: Slab::default(),
            flows: Roster::new(limits.awake_flows),
            next_stream: 0,
            extras,
            opened: 0,
            copies: Copies::default(),
            hosts: Hosts::default(),
            neighbours: Neighbours::default(),
            over: Vec::new(),
            now: 0,
            sweep: Sweep::default(),
        }
    }

    /// How often bounds were reached.
    #[must_use]
    pub fn hits(&self) -> Hits {
        self.hits
    }

    /// Bytes of memory, without rows and what streams hold.
    #[must_use]
    pub fn memory(&self) -> usize {
        let each = CONVERSATION + Judge::heap(self.extras);
        self.flows.memory() + self.conversations.len() * each
    }

    /// Takes note of what a flow takes now.
    pub fn weigh(&mut self, index: u32) {
        self.flows.weigh(index);
    }

    /// Lets one flow go at `now` because memory is short, if there is one that was silent for long, or in any case if
    /// `at_once`. False if none was.
    pub fn shed(&mut self, now: Timestamp, at_once: bool) -> bool {
        let gone = self.flows.least_wanted(|rank, last| at_once || now.nanos_since(last) >= silence(rank));
        gone.is_some_and(|index| self.evict(index))
    }

    /// Forgets everything between two ends; nothing of it is shown.
    pub fn forget(&mut self, pair: &Pair) {
        let Some(conversation) = self.known(pair) else { return };
        while let Some(index) = self.conversations.get(conversation).and_then(|head| head.flow) {
            self.unlink(index, conversation);
            self.flows.remove(index);
        }
        self.forget_conversation(conversation);
    }

    /// Flows opened so far.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// Flows that are not over yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.flows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The flow with this index.
    pub fn flow_mut(&mut self, index: u32) -> Option<&mut Flow> {
        self.flows.get_mut(index)
    }

    /// The flow with this index.
    #[must_use]
    pub fn flow(&self, index: u32) -> Option<&Flow> {
        self.flows.get(index)
    }

    /// `nd.flow` of the flow with this index, awake or at rest.
    #[must_use]
    pub fn number(&self, index: u32) -> Option<FlowNumber> {
        self.flows.place(index).map(|place| place.number)
    }

    /// The flows that are not at rest, with their indices.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Flow)> {
        self.flows.awake()
    }

    /// The flow opened last between two ends.
    pub fn newest(&mut self, pair: Pair) -> Option<&mut Flow> {
        let conversation = self.known(&pair)?;
        let flow = self.conversations.get(conversation)?.flow?;
        self.flows.get_mut(flow)
    }

    /// Wireshark's number of the conversation between two ends, if it is known.
    #[must_use]
    pub fn stream_of(&self, pair: Pair) -> Option<u32> {
        let conversation = self.known(&pair)?;
        Some(self.conversations.get(conversation)?.numbering.stream)
    }

    /// Flows that ended early and were taken out, since the last call.
    pub fn take_over(&mut self) -> Vec<Flow> {
        std::mem::take(&mut self.over)
    }

    /// Takes out some of the flows that were silent for too long when a packet of this time comes.
    pub(crate) fn let_go(&mut self, moment: Moment, time: Timestamp) {
        self.now = moment.packet;
        for index in self.sweep.places(moment.now, self.flows.places()) {
            if self.flows.is_idle(index, moment.now)
                && let Some(Some(mut flow)) = self.take_out(index)
            {
                flow.tcp.expire(time);
                self.over.push(flow);
            }
        }
    }

    /// Every flow left, by number.
    pub fn take_all(&mut self) -> impl Iterator<Item = Flow> + use<> {
        std::mem::replace(&mut self.flows, Roster::new(0)).into_flows()
    }

    /// Finds the flow of a segment, opens one where needed, and applies the segment; one whose checksum is refuted changes
    /// nothing (S19).
    pub fn segment(&mut self, pair: Pair, context: u64, s: &Segment<'_>, checksum: Soundness) -> Placed {
        let conversation = self.conversation(pair);
        let numbered = self.numbered(conversation, s);
        let mut found = self.find(conversation, context);
        let is_refuted = checksum == Soundness::Wrong
            && found
                .and_then(|index| self.flows.get_mut(index))
                .is_some_and(|flow| flow.observed[s.from].has_right());
        let odd = match is_refuted {
            true => Some(Odd::BadChecksum),
            false => self.copies.again(&pair, context, s).map(Odd::SecondCopy),
        };
        if let Some(index) = found {
            let incarnation =
                self.flows.get_mut(index).map_or(Incarnation::Same, |flow| flow.tcp.incarnation(s));
            match incarnation {
                Incarnation::Same => {}
                Incarnation::Next(parked) => {
                    self.retire(index, conversation, s.time);
                    found = parked.map(|orphan| self.open_parked(conversation, pair, context, &orphan));
                }
                Incarnation::Superseded(orphan) => {
                    if let Some(flow) = self.flows.get_mut(index) {
                        flow.tcp.supersede();
                    }
                    self.retire(index, conversation, s.time);
                    found = Some(self.open_parked(conversation, pair, context, &orphan));
                }
            }
            if found.is_none() {
                found = Some(self.open(conversation, pair, context, s, true));
            }
        }
        let flow = found.unwrap_or_else(|| self.open(conversation, pair, context, s, false));
        let step = self.apply(flow, s, odd, checksum);
        self.flows.rest_one(s.time, flow);
        Placed { flow, step, ..numbered }
    }

    /// Opens the flow that a parked SYN began, dated at that SYN.
    fn open_parked(&mut self, conversation: u32, pair: Pair, context: u64, orphan: &Orphan) -> u32 {
        let syn = orphan_segment(orphan);
        let index = self.open(conversation, pair, context, &syn, true);
        self.apply(index, &syn, None, Soundness::Unknown);
        if let Some(flow) = self.flows.get_mut(index) {
            flow.tcp.tell_reuse_later();
        }
        index
    }

    fn apply(&mut self, index: u32, s: &Segment<'_>, odd: Option<Odd>, checksum: Soundness) -> Step {
        let Some(flow) = self.flows.get_mut(index) else { return Step::default() };
        if let Some(zeek) = &mut flow.kept.zeek {
            zeek.segment(&flow.tcp.pair, s, checksum == Soundness::Wrong);
        }
        flow.place.seen = self.now;
        let host = flow.tcp.pair.end(s.from).addr;
        if let Some((newest, count, since)) = flow.tcp.skips_ids(s)
            && self.neighbours.used(host, index, newest, count, since)
        {
            flow.tcp.share_ids(s.from);
        }
        if let Some(id) = s.ip_id {
            self.neighbours.note(host, index, id, s.time.as_nanos());
        }
        let before = flow.tcp.first_steps(s.from);
        let step = flow.tcp.on_segment(s, odd);
        if let (Some((exact, all)), Some((more_exact, more))) = (before, flow.tcp.first_steps(s.from))
            && more > all
        {
            self.hosts.note(host, more_exact - exact, more - all);
        }
        step
    }

    fn conversation(&mut self, pair: Pair) -> u32 {
        if let Some(index) = self.known(&pair) {
            return index;
        }
        let numbering = Numbering::new(self.next_stream);
        self.next_stream = self.next_stream.wrapping_add(1);
        let index = self.conversations.insert(Conversation {
            pair,
            numbering,
            flows_of_stream: 0,
            flow: None,
            judge: Judge::new(self.extras),
        });
        let (keys, conversations) = (&self.keys, &self.conversations);
        let hash = |index: &u32| conversations.get(*index).map_or(0, |known| keys.hash_one(known.pair));
        self.index.insert_unique(keys.hash_one(pair), index, hash);
        index
    }

    /// The conversation between these ends.
    fn known(&self, pair: &Pair) -> Option<u32> {
        let is = |&index: &u32| self.conversations.get(index).is_some_and(|known| known.pair == *pair);
        self.index.find(self.keys.hash_one(pair), is).copied()
    }

    /// The segment as Wireshark numbers it, and judges it as far as that was asked for.
    fn numbered(&mut self, conversation: u32, s: &Segment<'_>) -> Placed {
        let next_stream = self.next_stream;
        let Some(conversation) = self.conversations.get_mut(conversation) else {
            return Placed { relative: Numbering::new(0).note(s), ..Placed::default() };
        };
        let is_another = conversation.numbering.is_another(s);
        if is_another {
            conversation.numbering = Numbering::new(next_stream);
            conversation.flows_of_stream = 0;
            conversation.judge = Judge::new(self.extras);
            self.next_stream = next_stream.wrapping_add(1);
        }
        let numbering = &mut conversation.numbering;
        let is_rebased = numbering.is_rebased(s);
        let mut placed =
            Placed { stream: numbering.stream, relative: numbering.note(s), ..Placed::default() };
        match &mut conversation.judge {
            Judge::Nobody => {}
            Judge::Order(order) => placed.is_again = order.is_again(s),
            Judge::All(wireshark) => {
                let around = Around {
                    receiver_scale: numbering.scale(s.from.other()),
                    acknowledged: placed.relative.ack,
                    is_another: is_another || is_rebased,
                };
                let (analysis, is_again) = wireshark.judge(s, around);
                (placed.wireshark, placed.is_again) = (Some(Box::new(analysis)), is_again);
            }
        }
        placed
    }

    fn find(&mut self, conversation: u32, context: u64) -> Option<u32> {
        let mut at = self.conversations.get(conversation)?.flow;
        for _ in 0..CONTEXTS {
            let index = at?;
            let place = self.flows.place(index)?;
            if place.context == context {
                return Some(index);
            }
            at = place.next;
        }
        self.crowd_out(conversation);
        None
    }

    /// Whoever sends chooses VLANs and tunnels, and every packet looks at all flows of its two ends: one of them goes,
    /// the oldest that is half-open if there is one.
    #[cold]
    fn crowd_out(&mut self, conversation: u32) {
        let mut at = self.conversations.get(conversation).and_then(|known| known.flow);
        let (mut half_open, mut oldest) = (None, None);
        while let Some(index) = at {
            oldest = Some(index);
            if !self.flows.is_established(index) {
                half_open = oldest;
            }
            at = self.flows.place(index).and_then(|place| place.next);
        }
        if half_open.or(oldest).is_some_and(|index| self.evict(index)) {
            self.hits.note(Bound::Flows);
        }
    }

    fn open(&mut self, conversation: u32, pair: Pair, context: u64, s: &Segment<'_>, reused: bool) -> u32 {
        if self.flows.len() >= self.limits.flows
            && let Some(index) = self.flows.least_wanted(|_, _| true)
            && self.evict(index)
        {
            self.hits.note(Bound::Flows);
        }
        self.opened += 1;
        let (number, next) = match self.conversations.get_mut(conversation) {
            Some(conversation) => {
                conversation.flows_of_stream += 1;
                let number =
                    FlowNumber { stream: conversation.numbering.stream, nth: conversation.flows_of_stream };
                (number, conversation.flow)
            }
            None => (FlowNumber::default(), None),
        };
        let mut tcp = Tcp::new(pair, s, reused);
        tcp.keep_times(self.extras.times);
        for side in Side::both() {
            tcp.borrow_habit(side, self.hosts.count_segments(pair.end(side).addr));
        }
        let index = self.flows.insert(Flow {
            number,
            tcp,
            app: App::default(),
            observed: Both::default(),
            kept: Kept {
                digests: self.extras.digests.then(Box::default),
                zeek: self.extras.zeek.then(Box::default),
                ..Kept::default()
            },
            evicted: false,
            weight: 0,
            place: Place { number, context, conversation, next, seen: self.now },
        });
        if let Some(conversation) = self.conversations.get_mut(conversation) {
            conversation.flow = Some(index);
        }
        index
    }

    /// Takes a flow that is over at `now` out of the table.
    fn retire(&mut self, index: u32, conversation: u32, now: Timestamp) {
        self.unlink(index, conversation);
        if let Some(mut flow) = self.flows.remove(index) {
            flow.tcp.expire(now);
            self.over.push(flow);
        }
    }

    fn unlink(&mut self, index: u32, conversation: u32) {
        let next = self.flows.place(index).and_then(|place| place.next);
        let Some(head) = self.conversations.get_mut(conversation) else { return };
        if head.flow == Some(index) {
            head.flow = next;
            return;
        }
        let mut at = head.flow;
        while let Some(here) = at {
            let Some(place) = self.flows.place_mut(here) else { return };
            if place.next == Some(index) {
                place.next = next;
                return;
            }
            at = place.next;
        }
    }

    /// Lets a flow go; it is shown as it stands.
    fn evict(&mut self, index: u32) -> bool {
        let gone = self.take_out(index);
        let found = gone.is_some();
        if let Some(mut flow) = gone.flatten() {
            flow.evicted = true;
            self.over.push(flow);
        }
        found
    }

    /// Takes a flow out, and its conversation if that has no other. One at rest that nobody looks at is not woken for it.
    fn take_out(&mut self, index: u32) -> Option<Option<Flow>> {
        let conversation = self.flows.place(index)?.conversation;
        self.unlink(index, conversation);
        let is_dropped = self.extras.unseen && self.flows.drop_resting(index);
        let flow = if is_dropped { None } else { self.flows.remove(index) };
        if self.conversations.get(conversation).is_some_and(|c| c.flow.is_none()) {
            self.forget_conversation(conversation);
        }
        Some(flow)
    }

    fn forget_conversation(&mut self, conversation: u32) {
        if let Some(gone) = self.conversations.remove(conversation)
            && let Ok(entry) =
                self.index.find_entry(self.keys.hash_one(gone.pair), |&index| index == conversation)
        {
            entry.remove();
        }
    }
}

/// How long a flow must have been silent to be let go when memory is short, in ns (docs/faults.md, section 4).
const fn silence(rank: Rank) -> i64 {
    match rank {
        Rank::HalfOpen => 5_000_000_000,
        Rank::Over => 10_000_000_000,
        Rank::Open => 100_000_000_000,
    }
}

/// Flows between the same two ends, in different VLANs and tunnels.
const CONTEXTS: usize = 256;

/// What a conversation takes: its place, and its entry in an index that is half full.
const CONVERSATION: usize = size_of::<Option<Conversation>>() + 16;

fn orphan_segment(orphan: &Orphan) -> Segment<'static> {
    Segment {
        frame: orphan.frame,
        time: orphan.time,
        from: orphan.from,
        seq: orphan.seq,
        ack: 0,
        flags: Flags::SYN,
        window: orphan.window,
        len: 0,
        payload: &[],
        options: orphan.options,
        ip_id: None,
        ecn: 0,
        hop_limit: 0,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::flow::key::Endpoint;

    /// Ends that were chosen to collide in one run do not collide in the next (docs/faults.md, F21).
    #[test]
    fn every_table_has_a_key_of_its_own() {
        let end = |last| Endpoint { addr: IpAddr::from([192, 0, 2, last]), port: 80 };
        let (pair, _) = Pair::new(end(1), end(2));
        let hash = || FlowTable::new(Limits::default(), Extras::default()).keys.hash_one(pair);
        assert_ne!(hash(), hash());
    }
}
