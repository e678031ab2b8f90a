//! Conversations over UDP: their numbers, their times, and the state of what they carry.

use std::collections::HashMap;

use foldhash::quality::RandomState;
use netdissect_dissectors::dissector::FlowState;
use netdissect_dissectors::facts::UdpFacts;
use netdissect_dissectors::frame::Timestamp;

use super::idle::{Moment, SHORT, Sweep};
use super::key::{Pair, Side};
use super::slab::Slab;

/// One conversation.
#[derive(Debug)]
pub struct Conversation {
    pair: Pair,
    /// `udp.stream`.
    pub stream: u32,
    /// Who sent the first datagram.
    pub client: Side,
    /// Who reads the payload, once known.
    pub dissector: Option<u16>,
    /// The dissector's own state.
    pub state: FlowState,
    first: Timestamp,
    last: Timestamp,
    /// Bytes of memory that its state was found to take last.
    weight: usize,
    /// When its last datagram came, by the clock of all conversations.
    seen: i64,
}

/// All conversations over UDP, at most `limit`.
#[derive(Debug)]
pub struct Conversations {
    index: HashMap<Pair, u32, RandomState>,
    all: Slab<Conversation>,
    next_stream: u32,
    limit: usize,
    hand: u32,
    evicted: u64,
    /// Bytes of memory that the states were found to take last.
    states: usize,
    /// The time of the packet at hand, where silence ends conversations.
    now: i64,
    sweep: Sweep,
}

/// What a conversation takes: its place, and its entry in an index that is half full.
const CONVERSATION: usize = size_of::<Option<Conversation>>() + 2 * size_of::<(Pair, u32)>();
/// Silence after which one may go when memory is short, in ns.
const SILENCE: i64 = 5_000_000_000;

impl Conversations {
    /// None yet.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            index: HashMap::default(),
            all: Slab::default(),
            next_stream: 0,
            limit,
            hand: 0,
            evicted: 0,
            states: 0,
            now: 0,
            sweep: Sweep::default(),
        }
    }

    /// Conversations opened so far.
    #[must_use]
    pub fn opened(&self) -> u32 {
        self.next_stream
    }

    /// Conversations that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Conversations let go to make room.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Forgets some of the conversations that were silent for too long when a packet comes.
    pub(crate) fn let_go(&mut self, Moment { now, packet }: Moment) {
        self.now = packet;
        for index in self.sweep.places(now, self.all.places()) {
            let Some(known) = self.all.get_mut(index) else { continue };
            // A time in which nobody else believed is no time.
            known.seen = known.seen.min(now);
            if now.saturating_sub(known.seen) >= SHORT {
                let pair = known.pair;
                self.forget(&pair);
            }
        }
    }

    /// Finds or opens the conversation of a datagram and notes its time.
    pub fn note(&mut self, pair: Pair, from: Side, time: Timestamp) -> (u32, UdpFacts) {
        let index = match self.index.get(&pair) {
            Some(&index) => index,
            None => self.open(pair, from, time),
        };
        let Some(conversation) = self.all.get_mut(index) else { return (index, UdpFacts::default()) };
        let facts = UdpFacts {
            stream: conversation.stream,
            since_first: time.nanos_since(conversation.first),
            since_previous: time.nanos_since(conversation.last),
        };
        conversation.last = time;
        conversation.seen = self.now;
        (index, facts)
    }

    /// The number of the conversation of a datagram that an ICMP error quotes; it is opened by it if it is new, but
    /// its times do not move.
    pub fn quoted(&mut self, pair: Pair, from: Side, time: Timestamp) -> Option<u32> {
        let index = match self.index.get(&pair) {
            Some(&index) => index,
            None => self.open(pair, from, time),
        };
        self.all.get(index).map(|conversation| conversation.stream)
    }

    /// The conversation with this index.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut Conversation> {
        self.all.get_mut(index)
    }

    fn open(&mut self, pair: Pair, client: Side, time: Timestamp) -> u32 {
        if self.all.len() >= self.limit && self.evict(|_| true) {
            self.evicted += 1;
        }
        let stream = self.next_stream;
        self.next_stream = stream.wrapping_add(1);
        let conversation = Conversation {
            pair,
            stream,
            client,
            dissector: None,
            state: FlowState::default(),
            first: time,
            last: time,
            weight: 0,
            seen: self.now,
        };
        let index = self.all.insert(conversation);
        self.index.insert(pair, index);
        index
    }

    /// Bytes of memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.states + self.all.len() * CONVERSATION
    }

    /// Takes note of what the state of a conversation takes now.
    pub fn weigh(&mut self, index: u32) {
        let Some(conversation) = self.all.get_mut(index) else { return };
        let before = std::mem::replace(&mut conversation.weight, conversation.state.bytes());
        self.states = (self.states + conversation.weight).saturating_sub(before);
    }

    /// Lets one conversation go at `now` because memory is short, if there is one that was silent for a while, or in
    /// any case if `at_once`. False if none was.
    pub fn shed(&mut self, now: Timestamp, at_once: bool) -> bool {
        self.evict(|last| at_once || now.nanos_since(last) >= SILENCE)
    }

    /// Forgets the conversation between two ends.
    pub fn forget(&mut self, pair: &Pair) {
        if let Some(gone) = self.index.remove(pair).and_then(|index| self.all.remove(index)) {
            self.states = self.states.saturating_sub(gone.weight);
        }
    }

    /// Lets go of the longest silent of the next few at the hand that may go by the time of their last datagram.
    fn evict(&mut self, may_go: impl Fn(Timestamp) -> bool) -> bool {
        let least =
            self.all.least(&mut self.hand, |index, known| may_go(known.last).then_some((known.last, index)));
        let Some(pair) = least.and_then(|(_, index)| self.all.get(index)).map(|known| known.pair) else {
            return false;
        };
        self.forget(&pair);
        true
    }
}
