//! Sequence numbers as positions: 64 bits, relative to the direction's initial number, never wrapping
//! (docs/tcp-analysis.md, Q1 to Q3).

/// A place in one direction's sequence space: 0 is the SYN, 1 the first byte. Signed, because bytes before the
/// first captured one may turn up later.
pub type Position = i64;

/// The position of the 32-bit number `raw` nearest to `near`, in a space whose position 0 is the number `base`.
#[must_use]
pub fn position(base: u32, near: Position, raw: u32) -> Position {
    let reference = raw_at(base, near);
    near.saturating_add(i64::from(raw.wrapping_sub(reference).cast_signed()))
}

/// The 32-bit number that stands for `position`.
#[must_use]
pub fn raw_at(base: u32, position: Position) -> u32 {
    // The low half of a position is exactly its distance from the base modulo 2^32.
    base.wrapping_add((position & 0xffff_ffff) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_that_lands_on_zero_is_a_number_like_any_other() {
        let base = u32::MAX - 1500;
        assert_eq!(position(base, 1, 0), 1501);
        assert_eq!(raw_at(base, 1501), 0);
    }

    proptest! {
        #[test]
        fn positions_round_trip_within_half_the_space(base: u32, near in -1i64 << 40..1i64 << 40, off in -(1i64 << 31)..(1i64 << 31)) {
            let at = near + off;
            prop_assert_eq!(position(base, near, raw_at(base, at)), at);
        }
    }
}
