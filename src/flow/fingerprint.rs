//! Fingerprints of payload: equal bytes have equal ones, and whoever sends cannot choose other bytes with the same.

use std::hash::{BuildHasher as _, RandomState};

/// Makes fingerprints. Those of one printer can be compared; whether two are equal does not depend on which it is.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    secret: u64,
}

impl Default for Printer {
    fn default() -> Self {
        Self { secret: RandomState::new().hash_one(0_u8) | 1 }
    }
}

impl Printer {
    /// The fingerprint of `bytes`. Payload is most of what passes, hence whole words.
    #[must_use]
    pub fn print(self, bytes: &[u8]) -> u64 {
        let start = self.secret ^ bytes.len() as u64;
        // Four prints side by side: the multiplications of one have to wait for each other.
        let mut lanes = [start, start.rotate_left(16), start.rotate_left(32), start.rotate_left(48)];
        let (blocks, rest) = bytes.as_chunks::<32>();
        for block in blocks {
            for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
                *lane = self.mix(*lane, u64::from_le_bytes(*word));
            }
        }
        let [mut print, lanes @ ..] = lanes;
        if !blocks.is_empty() {
            print = lanes.into_iter().fold(print, |print, lane| self.mix(print, lane));
        }
        let (words, rest) = rest.as_chunks::<8>();
        for word in words {
            print = self.mix(print, u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        if let Some(place) = last.get_mut(..rest.len()) {
            place.copy_from_slice(rest);
        }
        self.mix(print, u64::from_le_bytes(last))
    }

    fn mix(self, print: u64, word: u64) -> u64 {
        let product = u128::from(print ^ word) * u128::from(self.secret);
        let folded = (product >> 64) as u64 ^ (product & u128::from(u64::MAX)) as u64;
        folded.wrapping_add(self.secret).rotate_left(17)
    }
}
