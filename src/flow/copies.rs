//! Frames that were captured twice, or that the network doubled (docs/tcp-analysis.md, C1).

use std::net::IpAddr;

use super::fingerprint::Printer;
use super::key::Pair;
use super::tcp::Segment;

/// Segments remembered; a power of two. A burst puts dozens between a frame and its second copy.
const REMEMBERED: usize = 16_384;
/// A second copy with the same IP identification comes within this time, in ns (`DUP_ID`).
const DUP_ID: i64 = 1_000_000_000;
/// And within so many frames.
const DUP_FRAMES: u32 = 1_000;
/// A second copy that no identification tells comes within this time, in ns (`DUP_NOID`).
const DUP_NOID: i64 = 1_000_000;
/// Segments with payload among which so many copies mean that the capture doubles everything.
const LATEST: u32 = 16;
/// Routers between two passes of one frame from which on it goes in circles.
const HOPS: u8 = 2;

/// A segment that has passed before, by all its numbers and its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// Nanoseconds since.
    pub after: i64,
    /// Its IP identification is the same too.
    pub by_id: bool,
    /// It has passed routers since: it goes in circles.
    pub routed: bool,
    /// Its time to live is another: it was captured at two places of its way.
    pub elsewhere: bool,
    /// Most of what passes is doubled.
    pub doubling: bool,
}

/// What one of the last segments looked like, in 24 bytes: each packet looks at one of many.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Its numbers and its payload.
    print: u64,
    /// In ns.
    time: i64,
    /// The low half of its number.
    frame: u32,
    hop_limit: u8,
}

/// What the last segments looked like.
#[derive(Debug)]
pub struct Copies {
    seen: Box<[Place]>,
    /// Whether the latest segments with payload were copies, one bit each.
    latest: u16,
    printer: Printer,
}

impl Default for Copies {
    fn default() -> Self {
        let empty = Place { print: 0, time: i64::MIN, frame: 0, hop_limit: 0 };
        Self { seen: vec![empty; REMEMBERED].into_boxed_slice(), latest: 0, printer: Printer::default() }
    }
}

impl Copies {
    /// Whether the very same segment has just passed: by all its numbers, its payload and its IP identification where
    /// it has one; inside the same VLANs and tunnels (`context`), for others are other flows.
    pub fn again(&mut self, pair: &Pair, context: u64, s: &Segment<'_>) -> Option<Again> {
        let id = s.ip_id.unwrap_or(0);
        let (val, ecr) = s.options.timestamps.unwrap_or_default();
        let blocks =
            s.options.sack.iter().fold(0_u32, |mix, (l, r)| mix.rotate_left(7) ^ l ^ r.rotate_left(16));
        // Not keyed: each place holds one segment whatever is sent, so that nothing slows down, and the same capture
        // always gives the same answer.
        let two = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let words = [
            two(low(pair.low.addr), low(pair.high.addr)),
            two(u32::from(pair.low.port) << 16 | u32::from(pair.high.port), s.window.into()),
            two(s.seq, s.ack),
            two(s.len, blocks),
            two(val, ecr),
        ];
        let mut print = (u64::from(id) << 32 | u64::from(s.flags.0) << 8 | s.from.index() as u64) ^ context;
        for word in words {
            print = (print.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        print ^= print >> 32;
        let place = self.seen.get_mut(print as usize % REMEMBERED)?;
        let now = s.time.as_nanos();
        let print = print ^ self.printer.print(s.payload);
        let frame = (s.frame & u64::from(u32::MAX)) as u32;
        // A clock in the segment tells a copy from the same thing sent again as well as an identification does.
        let by_id = id != 0;
        let within = if by_id || s.options.timestamps.is_some() { DUP_ID } else { DUP_NOID };
        let after = now.saturating_sub(place.time).saturating_abs();
        let again = place.print == print && after <= within && frame.wrapping_sub(place.frame) <= DUP_FRAMES;
        let routed = again && place.hop_limit >= s.hop_limit.saturating_add(HOPS);
        let elsewhere = again && !routed && place.hop_limit != s.hop_limit;
        if !again {
            *place = Place { print, time: now, frame, hop_limit: s.hop_limit };
        }
        if s.len > 0 {
            self.latest = self.latest << 1 | u16::from(again);
        }
        let doubling = self.latest.count_ones() * 2 > LATEST;
        again.then_some(Again { after, by_id, routed, elsewhere, doubling })
    }
}

/// The part of an address that varies most.
fn low(addr: IpAddr) -> u32 {
    match addr {
        IpAddr::V4(addr) => addr.into(),
        IpAddr::V6(addr) => (u128::from(addr) & 0xffff_ffff) as u32,
    }
}
