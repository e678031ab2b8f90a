//! Traceroutes: probes of rising time to live, and who answered them.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use netdissect_dissectors::bytes::{u8_at, u16_at, u32_at};

use super::{Datagram, Echo, ICMP, ICMPV6, Place, Quote, TCP, UDP};
use crate::flow::problem::Problem;
use crate::survey::exchange::Moment;

/// Groups of possible probes at once.
const MAX_ROUTES: usize = 16_384;
/// Probes of one group.
const MAX_PROBES: usize = 1_024;
/// Probes of all groups.
const MAX_ALL_PROBES: usize = 262_144;
/// Routers with complaints that no probe in the capture explains.
const MAX_STRAYS: usize = 4_096;
/// Probes have no longer time to live: traceroute stops at 30.
const MAX_TTL: u8 = 32;
/// Without any complaint, a traceroute begins at most so far away.
const NEAR: u8 = 3;
/// A group that was silent for so long is over, in ns.
const SILENCE: i64 = 30_000_000_000;

/// What probes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Datagrams to unlikely ports.
    Udp,
    /// Echo requests with this identifier.
    Echo(u16),
    /// SYN segments to this port.
    Tcp(u16),
}

impl Method {
    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Echo(_) => "ICMP",
            Self::Tcp(_) => "TCP",
        }
    }
}

type Key = (Place, IpAddr, IpAddr, Method);

/// Who answered a probe, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its source address.
    pub from: IpAddr,
    /// When it passed.
    pub at: Moment,
    /// The error; `None` if the target itself replied.
    pub problem: Option<Problem>,
}

/// One probe.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Its time to live as it passed here.
    pub ttl: u8,
    /// When it passed.
    pub at: Moment,
    /// What came back.
    pub answer: Option<Answer>,
    id: Option<u16>,
    mark: u64,
}

impl Probe {
    /// Nanoseconds to the answer.
    #[must_use]
    pub fn trip(&self) -> Option<i64> {
        self.answer.and_then(|answer| answer.at.time.since(self.at.time))
    }
}

/// Probes from one host to another.
#[derive(Clone, Debug)]
pub struct Route {
    /// Where it was captured.
    pub place: Place,
    /// Who asked.
    pub client: IpAddr,
    /// Where to.
    pub target: IpAddr,
    /// What the probes are.
    pub method: Method,
    /// All probes in their order.
    pub probes: Vec<Probe>,
    /// Probes for which there was no room.
    pub left_out: u64,
}

/// Where a route ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The target answered probes with this time to live, but none with a shorter one.
    Reached(u8),
    /// A router said that it cannot go on.
    Refused(u8, IpAddr, Problem),
    /// Nobody answered probes with this time to live or a longer one.
    Silent(u8),
    /// All that was asked was answered, and the target was not among those.
    Open,
}

impl Route {
    /// Times to live with their probes.
    #[must_use]
    pub fn hops(&self) -> BTreeMap<u8, Vec<&Probe>> {
        let mut hops: BTreeMap<u8, Vec<&Probe>> = BTreeMap::new();
        for probe in &self.probes {
            hops.entry(probe.ttl).or_default().push(probe);
        }
        hops
    }

    /// How it ends.
    #[must_use]
    pub fn end(&self) -> End {
        let answers = || self.probes.iter().filter_map(|probe| Some((probe.ttl, probe.answer?)));
        let reached = answers().filter(|(_, answer)| answer.problem.is_none() || answer.from == self.target);
        if let Some(ttl) = reached.map(|row| row.0).min() {
            return End::Reached(ttl);
        }
        let refused = answers().filter_map(|(ttl, answer)| match answer.problem? {
            problem @ Problem::Unreachable { .. } => Some((ttl, answer.from, problem)),
            _ => None,
        });
        if let Some((ttl, from, problem)) = refused.min() {
            return End::Refused(ttl, from, problem);
        }
        let heard = answers().map(|row| row.0).max().unwrap_or_default();
        match self.probes.iter().map(|probe| probe.ttl).filter(|&ttl| ttl > heard).min() {
            Some(ttl) => End::Silent(ttl),
            None => End::Open,
        }
    }

    /// More than traffic that happens to have a short time to live.
    fn is_route(&self) -> bool {
        let least = self.probes.iter().map(|probe| probe.ttl).min().unwrap_or_default();
        let rises = self.probes.iter().any(|probe| probe.ttl != least);
        let exceeded = self
            .probes
            .iter()
            .any(|probe| probe.answer.is_some_and(|answer| answer.problem == Some(Problem::Exceeded)));
        match self.method {
            // A ping with a short time to live stays a ping.
            Method::Echo(_) => rises && (exceeded || least <= NEAR),
            _ => exceeded || (rises && least <= NEAR),
        }
    }
}

/// A router's complaints about packets between two hosts that are no probes here.
pub type Stray = (IpAddr, IpAddr, IpAddr);

/// All traceroutes.
#[derive(Debug, Default)]
pub struct Routes {
    open: HashMap<Key, Route>,
    over: Vec<Route>,
    probes: usize,
    strays: BTreeMap<Stray, u64>,
    /// Probes for which there was no room.
    pub left_out: u64,
    /// Complaints for which there was no room.
    pub strays_left_out: u64,
}

impl Routes {
    pub(super) fn udp(&mut self, datagram: &Datagram<'_>) {
        let header = &datagram.header;
        let (Some(ports), Some(back)) = (u32_at(datagram.data, 0), swapped(datagram.data)) else { return };
        let key = (header.place, header.dst, header.src, Method::Udp);
        if let Some(route) = self.open.get_mut(&key) {
            answer(route, |probe| (probe.mark >> 16) as u32 == back, None, reply(datagram));
        }
        let Some(len) = u16_at(datagram.data, 4) else { return };
        self.probe(datagram, Method::Udp, u64::from(ports) << 16 | u64::from(len));
    }

    pub(super) fn tcp(&mut self, datagram: &Datagram<'_>) {
        const SYN: u8 = 0x02;
        const RST: u8 = 0x04;
        const ACK: u8 = 0x10;
        let header = &datagram.header;
        let data = datagram.data;
        let (Some(flags), Some(back)) = (u8_at(data, 13), swapped(data)) else { return };
        if flags & (SYN | ACK) == SYN {
            let (Some(port), Some(start)) = (u16_at(data, 2), data.first_chunk()) else { return };
            self.probe(datagram, Method::Tcp(port), u64::from_be_bytes(*start));
        } else if flags & ACK != 0 && flags & (SYN | RST) != 0 {
            let (Some(port), Some(ack)) = (u16_at(data, 0), u32_at(data, 8)) else { return };
            let key = (header.place, header.dst, header.src, Method::Tcp(port));
            let mark = u64::from(back) << 32 | u64::from(ack.wrapping_sub(1));
            if let Some(route) = self.open.get_mut(&key) {
                answer(route, |probe| probe.mark == mark, None, reply(datagram));
            }
        }
    }

    pub(super) fn echo_request(&mut self, datagram: &Datagram<'_>, echo: Echo) {
        self.probe(datagram, Method::Echo(echo.id), echo.seq.into());
    }

    pub(super) fn echo_reply(&mut self, datagram: &Datagram<'_>, echo: Echo) {
        let header = &datagram.header;
        let key = (header.place, header.dst, header.src, Method::Echo(echo.id));
        if let Some(route) = self.open.get_mut(&key) {
            answer(route, |probe| probe.mark == u64::from(echo.seq), None, reply(datagram));
        }
    }

    pub(super) fn error(&mut self, datagram: &Datagram<'_>, quote: &Quote, problem: Problem) {
        let header = &datagram.header;
        let start = u64::from_be_bytes(quote.start);
        let probe = match quote.protocol {
            UDP => Some((Method::Udp, start >> 16)),
            TCP => Some((Method::Tcp((start >> 32) as u16), start)),
            ICMP | ICMPV6 => quote.echo().map(|echo| (Method::Echo(echo.id), echo.seq.into())),
            _ => None,
        };
        let said = Answer { from: header.src, at: header.at, problem: Some(problem) };
        let known = probe.is_some_and(|(method, mark)| {
            let route = self.open.get_mut(&(header.place, quote.src, quote.dst, method));
            route.is_some_and(|route| answer(route, |probe| probe.mark == mark, quote.id, said))
        });
        if known || problem != Problem::Exceeded {
            return;
        }
        let stray = (header.src, quote.src, quote.dst);
        if self.strays.len() >= MAX_STRAYS && !self.strays.contains_key(&stray) {
            self.strays_left_out += 1;
            return;
        }
        *self.strays.entry(stray).or_default() += 1;
    }

    fn probe(&mut self, datagram: &Datagram<'_>, method: Method, mark: u64) {
        let header = &datagram.header;
        if header.ttl > MAX_TTL || header.dst.is_multicast() || is_broadcast(header.dst) {
            return;
        }
        let key = (header.place, header.src, header.dst, method);
        let is_over = |route: &Route| {
            let last = route.probes.last();
            last.is_some_and(|last| header.at.time.nanos_since(last.at.time) > SILENCE)
        };
        if self.open.get(&key).is_some_and(is_over)
            && let Some(route) = self.open.remove(&key)
        {
            self.close(route);
        }
        let is_full = self.open.len() + self.over.len() >= MAX_ROUTES && !self.open.contains_key(&key);
        if is_full || self.probes >= MAX_ALL_PROBES {
            self.left_out += 1;
            return;
        }
        let route = self.open.entry(key).or_insert_with(|| Route {
            place: header.place,
            client: header.src,
            target: header.dst,
            method,
            probes: Vec::new(),
            left_out: 0,
        });
        if route.probes.len() >= MAX_PROBES {
            if route.is_route() {
                route.left_out += 1;
                self.left_out += 1;
                return;
            }
            // Traffic that has a short time to live for other reasons.
            self.probes -= route.probes.len();
            route.probes.clear();
        }
        route.probes.push(Probe { ttl: header.ttl, at: header.at, answer: None, id: header.id, mark });
        self.probes += 1;
    }

    fn close(&mut self, route: Route) {
        if route.is_route() {
            self.over.push(route);
        } else {
            self.probes -= route.probes.len();
        }
    }

    /// The traceroutes in the order in which they began.
    #[must_use]
    pub fn rows(&self) -> Vec<&Route> {
        let open = self.open.values().filter(|route| route.is_route());
        let mut rows: Vec<&Route> = self.over.iter().chain(open).collect();
        let first = |route: &Route| route.probes.first().map(|probe| probe.at.frame);
        rows.sort_by_key(|route| (first(route), route.client, route.target, route.method));
        rows
    }

    /// Complaints that no probe explains: router, source and destination of what it quotes, and how many.
    #[must_use]
    pub fn strays(&self) -> &BTreeMap<Stray, u64> {
        &self.strays
    }
}

/// Ports of the answer to these: the first four bytes with its halves swapped.
fn swapped(data: &[u8]) -> Option<u32> {
    u32_at(data, 0).map(|ports| ports.rotate_left(16))
}

fn reply(datagram: &Datagram<'_>) -> Answer {
    Answer { from: datagram.header.src, at: datagram.header.at, problem: None }
}

fn is_broadcast(addr: IpAddr) -> bool {
    matches!(addr, IpAddr::V4(addr) if addr.is_broadcast())
}

/// Gives an answer to its probe: the one with the identification that is quoted, or the first that waits.
fn answer(route: &mut Route, is_it: impl Fn(&Probe) -> bool, id: Option<u16>, answer: Answer) -> bool {
    let find = |route: &Route, exact: bool| {
        route
            .probes
            .iter()
            .position(|probe| probe.answer.is_none() && is_it(probe) && (!exact || probe.id == id))
    };
    let at = id.and_then(|_| find(route, true)).or_else(|| find(route, false));
    match at.and_then(|at| route.probes.get_mut(at)) {
        Some(probe) => {
            probe.answer = Some(answer);
            true
        }
        None => route.probes.iter().any(is_it),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Header;
    use super::*;
    use netdissect_dissectors::frame::Timestamp;
    use std::net::Ipv4Addr;

    const UDP_HEADER: [u8; 8] = [0, 53, 130, 154, 0, 8, 0, 0];

    fn probe(frame: u64, src: u32, ttl: u8) -> Datagram<'static> {
        let at = Moment { frame, time: Timestamp::new(0, frame) };
        let [src, dst] = [src, 9].map(|addr| Ipv4Addr::from(addr).into());
        let (id, total) = (Some(7), 28);
        let header = Header { at, place: (0, 0), src, dst, ttl, id, total, whole: false, piece: false };
        Datagram { header, len: Some(8), data: &UDP_HEADER }
    }

    #[test]
    fn traffic_of_one_short_time_to_live_is_no_route() {
        let mut routes = Routes::default();
        for frame in 0..10 * MAX_PROBES as u64 {
            routes.udp(&probe(frame, 1, 1));
        }
        assert!(routes.rows().is_empty());
        assert!(routes.probes <= MAX_PROBES);
        assert_eq!(routes.left_out, 0, "nothing of a route was lost");
    }

    #[test]
    fn groups_and_probes_are_bounded() {
        let mut routes = Routes::default();
        for host in 0..MAX_ROUTES as u32 + 2 {
            routes.udp(&probe(host.into(), 100 + host, 1));
        }
        assert_eq!((routes.open.len(), routes.left_out), (MAX_ROUTES, 2));
        let mut routes = Routes::default();
        for frame in 0..MAX_PROBES as u64 + 5 {
            routes.udp(&probe(frame, 1, 1 + (frame % 2) as u8));
        }
        let rows = routes.rows();
        assert_eq!((rows.len(), rows[0].probes.len(), rows[0].left_out), (1, MAX_PROBES, 5));
        assert_eq!(rows[0].end(), End::Silent(1));
    }
}
