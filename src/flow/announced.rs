//! Flows that messages of other flows announce: who is to read them, and what he is told.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use foldhash::quality::RandomState;
use netdissect_dissectors::dissector::{Expected, FlowState, Table};

use super::key::{Endpoint, Pair};

/// Announcements that are remembered; the oldest goes first.
const MAX_ANNOUNCED: usize = 4_096;

/// What was announced and has not been replaced since.
#[derive(Debug, Default)]
pub struct Announced {
    by_end: HashMap<Key, Announcement, RandomState>,
    /// Ends in the order of their announcements, and the number of each of these.
    order: VecDeque<(Key, u64)>,
    next: u64,
    evicted: u64,
}

/// A transport's port table, by its name, and one end.
type Key = (&'static str, Endpoint);

#[derive(Debug)]
struct Announcement {
    number: u64,
    reader: u16,
    peer: Option<IpAddr>,
    state: FlowState,
}

impl Announced {
    /// Remembers an announcement of a flow that `reader` reads; it replaces an earlier one of the same end.
    pub fn note(&mut self, expected: Expected, reader: u16) {
        let Expected { table, addr, port, peer, state, .. } = expected;
        let key = (table.name, Endpoint { addr, port });
        let number = self.next;
        self.next += 1;
        self.by_end.insert(key, Announcement { number, reader, peer, state });
        self.order.push_back((key, number));
        if self.order.len() > MAX_ANNOUNCED
            && let Some((key, number)) = self.order.pop_front()
            && self.by_end.get(&key).is_some_and(|oldest| oldest.number == number)
        {
            self.by_end.remove(&key);
            self.evicted += 1;
        }
    }

    /// Who reads a flow between these ends, if one of them was announced, and the state that is waiting for him. An
    /// announcement may serve several flows; the first has its state.
    pub fn take(&mut self, table: &'static Table, pair: &Pair) -> Option<(u16, FlowState)> {
        if self.by_end.is_empty() {
            return None;
        }
        [(pair.low, pair.high), (pair.high, pair.low)].into_iter().find_map(|(end, other)| {
            let found = self.by_end.get_mut(&(table.name, end))?;
            if found.peer.is_some_and(|peer| peer != other.addr) {
                return None;
            }
            Some((found.reader, std::mem::take(&mut found.state)))
        })
    }

    /// Announcements let go to make room.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netdissect_dissectors::dissector::Memory;
    use netdissect_dissectors::transport::tcp::TCP_PORT;
    use netdissect_dissectors::transport::udp::UDP_PORT;

    fn end(last: u8, port: u16) -> Endpoint {
        Endpoint { addr: IpAddr::from([192, 0, 2, last]), port }
    }

    #[derive(Debug, Default, PartialEq, Eq)]
    struct Told(u32);

    impl Memory for Told {
        fn heap(&self) -> usize {
            0
        }
    }

    fn expected(at: Endpoint, peer: Option<IpAddr>, state: u32) -> Expected {
        let Endpoint { addr, port } = at;
        Expected { table: &UDP_PORT, addr, port, peer, protocol: "tftp", state: FlowState::of(Told(state)) }
    }

    #[test]
    fn either_end_finds_it_and_the_first_gets_the_state() {
        let mut announced = Announced::default();
        announced.note(expected(end(1, 4000), Some(end(2, 0).addr), 7), 3);
        let (pair, _) = Pair::new(end(2, 5000), end(1, 4000));
        assert!(announced.take(&TCP_PORT, &pair).is_none());
        let (reader, mut state) = announced.take(&UDP_PORT, &pair).unwrap();
        assert_eq!((reader, state.get::<Told>()), (3, Some(&mut Told(7))));
        let (reader, mut state) = announced.take(&UDP_PORT, &pair).unwrap();
        assert_eq!((reader, state.get::<Told>()), (3, Some(&mut Told(0))));
        let (stranger, _) = Pair::new(end(9, 5000), end(1, 4000));
        assert!(announced.take(&UDP_PORT, &stranger).is_none());
    }

    #[test]
    fn the_oldest_goes_unless_it_was_announced_again() {
        let mut announced = Announced::default();
        announced.note(expected(end(1, 1), None, 0), 1);
        announced.note(expected(end(1, 2), None, 0), 1);
        announced.note(expected(end(1, 1), None, 0), 2);
        for port in 3..=MAX_ANNOUNCED + 1 {
            announced.note(expected(end(2, u16::try_from(port).unwrap()), None, 0), 1);
        }
        assert_eq!(announced.evicted(), 1);
        let (pair, _) = Pair::new(end(1, 2), end(3, 3));
        assert!(announced.take(&UDP_PORT, &pair).is_none());
        let (pair, _) = Pair::new(end(1, 1), end(3, 3));
        assert_eq!(announced.take(&UDP_PORT, &pair).unwrap().0, 2);
    }
}
