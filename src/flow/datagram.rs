//! Conversations over UDP: their numbers, their times, and the state of what they carry.

use std::collections::HashMap;

use netdissect_dissectors::dissector::FlowState;
use netdissect_dissectors::facts::UdpFacts;
use netdissect_dissectors::frame::Timestamp;

use super::idle::{SHORT, Sweep};
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
    /// When its last datagram came, by the clock of all conversations.
    seen: i64,
}

/// All conversations over UDP, at most `limit`.
#[derive(Debug)]
pub struct Conversations {
    index: HashMap<Pair, u32>,
    all: Slab<Conversation>,
    next_stream: u32,
    limit: usize,
    hand: u32,
    evicted: u64,
    /// The time of the packet at hand, where silence ends conversations.
    now: i64,
    sweep: Sweep,
}

impl Conversations {
    /// None yet.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            index: HashMap::new(),
            all: Slab::default(),
            next_stream: 0,
            limit,
            hand: 0,
            evicted: 0,
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

    /// Forgets some of the conversations that were silent for too long at `now`, of which only differences matter.
    pub fn let_go(&mut self, now: i64) {
        self.now = now;
        for index in self.sweep.places(now, self.all.places()) {
            let is_idle = |known: &Conversation| now.saturating_sub(known.seen) >= SHORT;
            if self.all.get(index).is_some_and(is_idle)
                && let Some(gone) = self.all.remove(index)
            {
                self.index.remove(&gone.pair);
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
        if self.all.len() >= self.limit {
            self.evict();
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
            seen: self.now,
        };
        let index = self.all.insert(conversation);
        self.index.insert(pair, index);
        index
    }

    /// Lets go of the longest silent of the next few at the hand.
    fn evict(&mut self) {
        let mut victim: Option<(Timestamp, u32)> = None;
        for _ in 0..8 {
            let Some((index, conversation)) = self.all.next_after(self.hand) else { break };
            self.hand = index.wrapping_add(1);
            let candidate = (conversation.last, index);
            if victim.is_none_or(|victim| candidate < victim) {
                victim = Some(candidate);
            }
        }
        if let Some(gone) = victim.and_then(|(_, index)| self.all.remove(index)) {
            self.index.remove(&gone.pair);
            self.evicted += 1;
        }
    }
}
