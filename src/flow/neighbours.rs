//! Which identifications other flows have just used: a host with one counter for all that it sends skips numbers in each
//! of its flows, and nothing was lost (docs/tcp-analysis.md, C25).

use std::net::IpAddr;

/// Packets remembered.
const PACKETS: usize = 256;

/// One packet.
#[derive(Clone, Copy, Debug)]
struct Packet {
    host: IpAddr,
    flow: u32,
    id: u16,
    /// In ns.
    time: i64,
}

/// The latest packets with an identification.
#[derive(Debug, Default)]
pub struct Neighbours {
    packets: Vec<Packet>,
    next: usize,
}

impl Neighbours {
    /// A packet of `host` in `flow` has passed.
    pub fn note(&mut self, host: IpAddr, flow: u32, id: u16, time: i64) {
        let packet = Packet { host, flow, id, time };
        match self.packets.get_mut(self.next) {
            Some(place) => *place = packet,
            None => self.packets.push(packet),
        }
        self.next = (self.next + 1) % PACKETS;
    }

    /// Whether other flows of `host` used at least half of the `count` numbers behind `first`, at `since` or later.
    #[must_use]
    pub fn used(&self, host: IpAddr, flow: u32, first: u16, count: u32, since: i64) -> bool {
        let theirs = self.packets.iter().filter(|packet| {
            packet.time >= since
                && packet.flow != flow
                && u32::from(packet.id.wrapping_sub(first)).wrapping_sub(1) < count
                && packet.host == host
        });
        count > 0 && theirs.count().saturating_mul(2) >= count as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_another_flow_used_are_found_across_the_wrap() {
        let host = IpAddr::from([192, 0, 2, 1]);
        let mut neighbours = Neighbours::default();
        neighbours.note(host, 1, 65_535, 10);
        neighbours.note(host, 1, 0, 11);
        assert!(neighbours.used(host, 2, 65_534, 3, 10));
        assert!(!neighbours.used(host, 2, 65_534, 3, 11), "one of three");
        assert!(!neighbours.used(host, 1, 65_534, 3, 10), "its own");
        assert!(!neighbours.used(host, 2, 0, 3, 10), "others");
        assert!(!neighbours.used(IpAddr::from([192, 0, 2, 2]), 2, 65_534, 3, 10), "another host");
    }
}
