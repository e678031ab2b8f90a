//! Frames that were captured twice, or that the network doubled (docs/tcp-analysis.md, C1).

use std::hash::{BuildHasher as _, RandomState};

use super::key::Pair;
use super::tcp::Segment;

/// Segments remembered; a power of two. A burst puts dozens between a frame and its second copy.
const REMEMBERED: usize = 4_096;
/// A second copy with the same IP identification comes within this time, in ns (`DUP_ID`).
const DUP_ID: i64 = 1_000_000_000;
/// And within so many frames.
const DUP_FRAMES: u64 = 1_000;

/// What the last segments looked like.
#[derive(Debug)]
pub struct Copies {
    /// Fingerprint, time in ns, frame.
    seen: Box<[(u64, i64, u64)]>,
    /// Keyed: addresses and numbers are chosen by whoever sends.
    hasher: RandomState,
}

impl Default for Copies {
    fn default() -> Self {
        Self { seen: vec![(0, i64::MIN, 0); REMEMBERED].into_boxed_slice(), hasher: RandomState::new() }
    }
}

impl Copies {
    /// Whether the very same segment, by all its numbers and its IP identification, has just passed.
    pub fn again(&mut self, pair: &Pair, s: &Segment<'_>) -> bool {
        let Some(id) = s.ip_id.filter(|&id| id != 0) else { return false };
        let stamps = s.options.timestamps.unwrap_or_default();
        let ends = (pair.low.port, pair.high.port, pair.low.addr, pair.high.addr);
        let numbers = (id, s.seq, s.ack, s.flags.0, s.window, s.len, stamps);
        let print = self.hasher.hash_one((ends, s.from, numbers));
        let Some(place) = self.seen.get_mut(print as usize % REMEMBERED) else { return false };
        let now = s.time.as_nanos();
        let again = place.0 == print
            && now.saturating_sub(place.1).abs() <= DUP_ID
            && s.frame.saturating_sub(place.2) <= DUP_FRAMES;
        if !again {
            *place = (print, now, s.frame);
        }
        again
    }
}
