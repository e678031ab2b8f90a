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
    /// The fingerprint of `bytes`. Eight bytes at a time: payload is most of what passes.
    #[must_use]
    pub fn print(self, bytes: &[u8]) -> u64 {
        let mut print = self.secret ^ bytes.len() as u64;
        let mut mix = |word: u64| {
            let product = u128::from(print ^ word) * u128::from(self.secret);
            print = (product >> 64) as u64 ^ (product & u128::from(u64::MAX)) as u64;
            print = print.wrapping_add(self.secret).rotate_left(17);
        };
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        for (place, byte) in last.iter_mut().zip(rest) {
            *place = *byte;
        }
        mix(u64::from_le_bytes(last));
        print
    }
}
