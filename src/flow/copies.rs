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
const DUP_FRAMES: u64 = 1_000;

/// What the last segments looked like.
#[derive(Debug)]
pub struct Copies {
    /// Fingerprint of the numbers, of the payload, time in ns, frame.
    seen: Box<[(u64, u64, i64, u64)]>,
    printer: Printer,
}

impl Default for Copies {
    fn default() -> Self {
        Self { seen: vec![(0, 0, i64::MIN, 0); REMEMBERED].into_boxed_slice(), printer: Printer::default() }
    }
}

impl Copies {
    /// Whether the very same segment, by all its numbers, its payload and its IP identification, has just passed.
    pub fn again(&mut self, pair: &Pair, s: &Segment<'_>) -> bool {
        let Some(id) = s.ip_id.filter(|&id| id != 0) else { return false };
        let (val, ecr) = s.options.timestamps.unwrap_or_default();
        // Not keyed: each place holds one segment whatever is sent, so that nothing slows down, and the same capture
        // always gives the same answer.
        let mut print = u64::from(id) << 32 | u64::from(s.flags.0) << 8 | s.from.index() as u64;
        for word in [low(pair.low.addr), low(pair.high.addr), pair.low.port.into(), pair.high.port.into()]
            .into_iter()
            .chain([s.seq, s.ack, s.window.into(), s.len, val, ecr])
        {
            print = (print.rotate_left(23) ^ u64::from(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        print ^= print >> 32;
        let Some(place) = self.seen.get_mut(print as usize % REMEMBERED) else { return false };
        let now = s.time.as_nanos();
        let payload = self.printer.print(s.payload);
        let again = place.0 == print
            && place.1 == payload
            && now.saturating_sub(place.2).abs() <= DUP_ID
            && s.frame.saturating_sub(place.3) <= DUP_FRAMES;
        if !again {
            *place = (print, payload, now, s.frame);
        }
        again
    }
}

/// The part of an address that varies most.
fn low(addr: IpAddr) -> u32 {
    match addr {
        IpAddr::V4(addr) => addr.into(),
        IpAddr::V6(addr) => (u128::from(addr) & 0xffff_ffff) as u32,
    }
}
