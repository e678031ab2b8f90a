//! What the packets of one direction tell of how they were captured.

use netdissect_dissectors::transport::tcp::Soundness;

/// Counted for each direction of a flow; see [`crate::trust`] for what follows from it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Observed {
    /// Payload bytes of the largest segment.
    pub largest: u32,
    /// Segments with a wrong checksum.
    pub wrong: u32,
    /// Segments whose checksum was left to the interface.
    pub unfinished: u32,
}

impl Observed {
    /// One segment with `len` bytes of payload.
    pub fn note(&mut self, len: u32, soundness: Soundness) {
        self.largest = self.largest.max(len);
        match soundness {
            Soundness::Sound => {}
            Soundness::Wrong => self.wrong = self.wrong.saturating_add(1),
            Soundness::Unfinished => self.unfinished = self.unfinished.saturating_add(1),
        }
    }
}
