//! What exchanges of question and answer have in common, whatever the protocol.

use std::collections::BTreeMap;

use netdissect_dissectors::facts::{FlowNumber, Link, Linked};
use netdissect_dissectors::frame::Timestamp;
use netdissect_dissectors::packet::{Layer, Packet};

use crate::flow::key::Endpoint;

/// Questions that wait for their answer; of more, the oldest is given up.
const MAX_OPEN: usize = 16_384;
/// The last questions among which an ICMP error finds the one that it is about: it comes soon.
const MAX_RECENT: usize = 64;
/// Bytes kept of one text of a message.
const MAX_TEXT: usize = 1_024;

/// Where a message passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Frame that holds it, or its last part.
    pub frame: u64,
    /// Time of that frame.
    pub time: Timestamp,
}

impl Moment {
    /// That of `packet`.
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Self {
        Self { frame: packet.frame.number, time: packet.frame.time }
    }
}

/// An exchange, and whether it is to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The exchange.
    pub exchange: T,
    /// One of its packets passed the filter.
    pub wanted: bool,
}

/// Finds exchanges in packets.
pub trait Collector {
    /// What it finds.
    type Exchange;

    /// Looks at a packet; exchanges that are over go to `done`. `wanted`: those with a message in it are to be shown.
    fn note(&mut self, packet: &Packet<'_>, wanted: bool, done: &mut Vec<Found<Self::Exchange>>);

    /// Forgets what it knows of a flow that is over.
    fn flow(&mut self, _flow: FlowNumber) {}

    /// Gives up those that still wait, the oldest first.
    fn finish(&mut self, done: &mut Vec<Found<Self::Exchange>>);
}

/// Exchanges that wait for their answer, by the frame of the question and its number.
#[derive(Debug)]
pub(super) struct Waiting<T>(BTreeMap<(u64, u32), Found<T>>);

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Waiting<T> {
    /// Adds one. Answers that which has to leave for it, or that stood under the same key.
    pub(super) fn add(&mut self, key: (u64, u32), exchange: Found<T>) -> Option<Found<T>> {
        let before = self.0.insert(key, exchange);
        if self.0.len() > MAX_OPEN { self.0.pop_first().map(|row| row.1) } else { before }
    }

    pub(super) fn get_mut(&mut self, key: (u64, u32)) -> Option<&mut Found<T>> {
        self.0.get_mut(&key)
    }

    /// Those that were asked last, the last first.
    pub(super) fn recent_mut(&mut self) -> impl Iterator<Item = &mut Found<T>> {
        self.0.values_mut().rev().take(MAX_RECENT)
    }

    pub(super) fn take(&mut self, key: (u64, u32)) -> Option<Found<T>> {
        self.0.remove(&key)
    }

    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Found<T>> {
        std::mem::take(&mut self.0).into_values()
    }
}

/// Source and destination of what `layer` carries.
pub(super) fn ends(layer: &Layer<'_>) -> Option<[Endpoint; 2]> {
    let net = layer.net()?;
    let (src, dst) = layer.packet.parts.ports.unwrap_or_default();
    Some([Endpoint { addr: net.src, port: src }, Endpoint { addr: net.dst, port: dst }])
}

/// The ties of `layer` to earlier frames.
pub(super) fn links(layer: &Layer<'_>) -> impl Iterator<Item = Link> {
    let slot = layer.number();
    let links: &[Linked] = &layer.packet.parts.facts.links;
    links.iter().filter(move |linked| linked.slot == slot).map(|linked| linked.link)
}

/// As much of a text as is kept.
pub(super) fn kept(text: &[u8]) -> Vec<u8> {
    text.get(..text.len().min(MAX_TEXT)).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_question_leaves_for_a_new_one() {
        let found = |exchange: u64| Found { exchange, wanted: true };
        let mut waiting = Waiting::default();
        for frame in 0..MAX_OPEN as u64 {
            assert_eq!(waiting.add((frame, 0), found(frame)), None);
        }
        assert_eq!(waiting.add((MAX_OPEN as u64, 0), found(7)), Some(found(0)));
        assert_eq!(waiting.add((1, 0), found(8)), Some(found(1)));
        assert_eq!(waiting.take((1, 0)), Some(found(8)));
    }
}
