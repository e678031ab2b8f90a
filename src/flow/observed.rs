//! What the packets of one direction tell of how they were captured.

use netdissect_dissectors::transport::tcp::Soundness;

/// Counted for each direction of a flow; see [`crate::trust`] for what follows from it.
#[derive(serde::Serialize, serde::Deserialize, Clone, Copy, Debug, Default)]
pub struct Observed {
    /// Payload bytes of the largest segment.
    pub largest: u32,
    /// A segment had the right checksum: the sender's stand in the capture as it sent them.
    has_right: bool,
    /// Segments with a wrong checksum, after one with the right one: no receiver took them (S19).
    pub refuted: u32,
    /// Segments whose checksum says nothing: an interface was to finish it, or none of the sender's had been right.
    pub unproven: u32,
}

impl Observed {
    /// Whether a segment had the right checksum, so that a wrong one is proof that no receiver takes the next
    /// (docs/tcp-analysis.md, S19).
    #[must_use]
    pub fn has_right(&self) -> bool {
        self.has_right
    }

    /// One segment with `len` bytes of payload.
    pub fn note(&mut self, len: u32, soundness: Soundness) {
        self.largest = self.largest.max(len);
        match soundness {
            Soundness::Sound => self.has_right = true,
            Soundness::Unknown => {}
            Soundness::Wrong if self.has_right => self.refuted = self.refuted.saturating_add(1),
            Soundness::Wrong | Soundness::Unfinished => self.unproven = self.unproven.saturating_add(1),
        }
    }
}
