//! Who claims which IPv4 address by ARP (RFC 826, RFC 5227), and who asked in vain.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use netdissect_dissectors::bytes::{chunk, u8_at, u16_at};
use netdissect_dissectors::packet::Packet;

use super::exchange::Moment;

/// Addresses that have a row.
const MAX_ROWS: usize = 65_536;
/// Hardware addresses of one address.
const MAX_CLAIMS: usize = 16;
/// Hosts whose questions for one address are kept apart.
const MAX_ASKERS: usize = 64;

/// A hardware address that claims an address.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Whose it is.
    pub mac: [u8; 6],
    /// When it was first heard of.
    pub first: Moment,
    /// When last.
    pub last: Moment,
    /// Replies.
    pub replies: u64,
    /// Questions about others, which tell the asker's address too.
    pub requests: u64,
    /// Announcements of itself, without a question.
    pub gratuitous: u64,
}

/// Questions of one host for one address.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// When first.
    pub first: Moment,
    /// How many.
    pub requests: u64,
    /// Those that waited when a reply came.
    pub answered: u64,
    /// Of these, those that asked whether the address is free (probes).
    pub probes: u64,
    /// Requests since the last reply.
    waiting: u64,
}

impl Asked {
    /// Requests that nobody answered.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.waiting
    }
}

/// What is known of one address.
#[derive(Clone, Debug, Default)]
pub struct Neighbour {
    /// Who claims it, in the order in which they were heard of.
    pub claims: Vec<Claim>,
    /// Who asked for it: the asker's address, 0.0.0.0 for probes, and its hardware address.
    pub asked: BTreeMap<(Ipv4Addr, [u8; 6]), Asked>,
}

/// What several claims of one address mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispute {
    /// There is one claim at most.
    None,
    /// One after the other: the address went to another host, or the host to another card.
    Moved,
    /// One claims it again after another did: two hosts have one address.
    Conflict,
}

impl Neighbour {
    /// Whether hosts dispute about it.
    #[must_use]
    pub fn dispute(&self) -> Dispute {
        let overlap = self.claims.iter().enumerate().any(|(at, claim)| {
            self.claims.iter().skip(at + 1).any(|later| later.first.frame < claim.last.frame)
        });
        match (self.claims.len(), overlap) {
            (0 | 1, _) => Dispute::None,
            (_, true) => Dispute::Conflict,
            (_, false) => Dispute::Moved,
        }
    }
}

/// The table.
#[derive(Debug, Default)]
pub struct Neighbours {
    rows: BTreeMap<Ipv4Addr, Neighbour>,
    /// Requests and replies.
    pub messages: u64,
    /// Facts for which there was no room.
    pub left_out: u64,
}

impl Neighbours {
    /// Looks at one packet: ARP for IPv4 over hardware with addresses of six bytes.
    pub fn note(&mut self, packet: &Packet<'_>) {
        for layer in packet.layers() {
            if layer.protocol().name == "arp" && !layer.is_quoted() {
                // None only says that the bytes ran out.
                let _ = self.message(Moment::of(packet), layer.data());
            }
        }
    }

    fn message(&mut self, at: Moment, data: &[u8]) -> Option<()> {
        const REQUEST: u16 = 1;
        const REPLY: u16 = 2;
        let is_ours = u16_at(data, 2)? == 0x0800 && u8_at(data, 4)? == 6 && u8_at(data, 5)? == 4;
        let op = u16_at(data, 6).filter(|_| is_ours)?;
        let (mac, src) = (chunk::<6>(data, 8)?, Ipv4Addr::from(chunk::<4>(data, 14)?));
        let dst = Ipv4Addr::from(chunk::<4>(data, 24)?);
        if !matches!(op, REQUEST | REPLY) {
            return None;
        }
        self.messages += 1;
        let own = src == dst;
        if !src.is_unspecified() {
            self.claim(src, mac, at, (op == REPLY, own));
        }
        match op {
            REQUEST if !own => self.ask(dst, (src, mac), at),
            REPLY if !own => self.answer(src, dst),
            _ => {}
        }
        Some(())
    }

    fn row(&mut self, addr: Ipv4Addr) -> Option<&mut Neighbour> {
        if self.rows.len() >= MAX_ROWS && !self.rows.contains_key(&addr) {
            self.left_out += 1;
            return None;
        }
        Some(self.rows.entry(addr).or_default())
    }

    fn claim(&mut self, addr: Ipv4Addr, mac: [u8; 6], at: Moment, (is_reply, own): (bool, bool)) {
        let Some(row) = self.row(addr) else { return };
        if !row.claims.iter().any(|claim| claim.mac == mac) {
            if row.claims.len() >= MAX_CLAIMS {
                self.left_out += 1;
                return;
            }
            row.claims.push(Claim { mac, first: at, last: at, replies: 0, requests: 0, gratuitous: 0 });
        }
        let Some(claim) = row.claims.iter_mut().find(|claim| claim.mac == mac) else { return };
        claim.last = at;
        let count = match (own, is_reply) {
            (true, _) => &mut claim.gratuitous,
            (false, true) => &mut claim.replies,
            (false, false) => &mut claim.requests,
        };
        *count += 1;
    }

    fn ask(&mut self, addr: Ipv4Addr, asker: (Ipv4Addr, [u8; 6]), at: Moment) {
        let Some(row) = self.row(addr) else { return };
        if row.asked.len() >= MAX_ASKERS && !row.asked.contains_key(&asker) {
            self.left_out += 1;
            return;
        }
        let fresh = Asked { first: at, requests: 0, answered: 0, probes: 0, waiting: 0 };
        let asked = row.asked.entry(asker).or_insert(fresh);
        asked.requests += 1;
        asked.waiting += 1;
        asked.probes += u64::from(asker.0.is_unspecified());
    }

    /// A reply from the owner of `addr` to `to`; to a probe it is sent to 0.0.0.0.
    fn answer(&mut self, addr: Ipv4Addr, to: Ipv4Addr) {
        let Some(row) = self.rows.get_mut(&addr) else { return };
        for (_, asked) in row.asked.iter_mut().filter(|(asker, _)| asker.0 == to) {
            asked.answered += u64::from(asked.waiting > 0);
            asked.waiting = 0;
        }
    }

    /// The rows by address.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<Ipv4Addr, Neighbour> {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netdissect_dissectors::frame::Timestamp;

    fn request(src: u32, mac: u16, dst: u32) -> Vec<u8> {
        let [high, low] = mac.to_be_bytes();
        let head = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, high, low];
        [&head[..], &src.to_be_bytes(), &[0; 6], &dst.to_be_bytes()].concat()
    }

    #[test]
    fn addresses_claims_and_questions_are_bounded() {
        let at = Moment { frame: 1, time: Timestamp::new(0, 0) };
        let mut table = Neighbours::default();
        for mac in 0..MAX_CLAIMS as u16 + 3 {
            table.message(at, &request(1, mac, 1));
        }
        assert_eq!((table.rows[&Ipv4Addr::from(1)].claims.len(), table.left_out), (MAX_CLAIMS, 3));
        let mut table = Neighbours::default();
        for addr in 0..MAX_ROWS as u32 + 3 {
            table.message(at, &request(0, 1, 100 + addr));
        }
        assert_eq!((table.rows.len(), table.left_out), (MAX_ROWS, 3));
        assert!(table.message(at, &request(1, 1, 1)[..27]).is_none());
    }
}
