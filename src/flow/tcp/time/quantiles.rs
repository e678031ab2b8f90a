//! Round-trip times as a distribution in bounded space (docs/tcp-analysis.md, T2).

/// Durations, counted in bins of equal ratio: least and greatest are exact; quantiles have three digits and are at most
/// three percent too high.
#[derive(Clone, Debug, Default)]
pub struct Quantiles {
    count: u32,
    least: i64,
    greatest: i64,
    /// Bin and how many fell into it, by bin; only bins that hold something.
    bins: Vec<(u16, u32)>,
}

/// Each power of two is cut into this many bins, as a power of two.
const CUTS: u32 = 6;

impl Quantiles {
    /// Bytes of memory beside its own size.
    pub(super) fn heap(&self) -> usize {
        self.bins.capacity() * size_of::<(u16, u32)>()
    }

    /// Adds a duration in ns. There are no more bins than powers of two below an hour times their cuts.
    pub(super) fn add(&mut self, nanos: i64) {
        let nanos = nanos.clamp(0, 3_600_000_000_000);
        self.least = if self.count == 0 { nanos } else { self.least.min(nanos) };
        self.greatest = self.greatest.max(nanos);
        self.count = self.count.saturating_add(1);
        let bin = bin(nanos.unsigned_abs());
        match self.bins.binary_search_by_key(&bin, |row| row.0) {
            Ok(at) => {
                if let Some(row) = self.bins.get_mut(at) {
                    row.1 = row.1.saturating_add(1);
                }
            }
            Err(at) => self.bins.insert(at, (bin, 1)),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The least, in ns.
    #[must_use]
    pub fn least(&self) -> Option<i64> {
        (self.count > 0).then_some(self.least)
    }

    /// The greatest, in ns.
    #[must_use]
    pub fn greatest(&self) -> Option<i64> {
        (self.count > 0).then_some(self.greatest)
    }

    /// A duration in ns that `percent` of all do not exceed, the least of three digits or the greatest of all.
    #[must_use]
    pub fn at(&self, percent: u32) -> Option<i64> {
        let rank = (u64::from(self.count) * u64::from(percent)).div_ceil(100).max(1);
        let mut passed = 0;
        let bin = self.bins.iter().find(|row| {
            passed += u64::from(row.1);
            passed >= rank
        })?;
        Some(three_digits(end(bin.0)).clamp(self.least, self.greatest))
    }
}

/// The bin of a duration: the number of its highest bit, then the bits behind that.
fn bin(nanos: u64) -> u16 {
    let nanos = nanos.max(1 << CUTS);
    let high = nanos.ilog2();
    let low = nanos >> (high - CUTS) & ((1 << CUTS) - 1);
    u16::try_from(u64::from(high) << CUTS | low).unwrap_or(u16::MAX)
}

/// Where a bin ends.
fn end(bin: u16) -> i64 {
    let high = (u32::from(bin) >> CUTS).clamp(CUTS, 60);
    let low = i64::from(bin) & ((1 << CUTS) - 1);
    (1_i64 << high) + ((low + 1) << (high - CUTS))
}

/// The next number that is not below and has no more than three digits before its zeros.
fn three_digits(nanos: i64) -> i64 {
    let unit = 10_i64.pow(nanos.unsigned_abs().max(1).ilog10().saturating_sub(2));
    nanos.unsigned_abs().div_ceil(unit.unsigned_abs()).cast_signed().saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_sample_is_all_of_its_quantiles() {
        let mut one = Quantiles::default();
        assert_eq!(one.at(50), None);
        one.add(105_000_000);
        assert_eq!([one.least(), one.at(50), one.at(95), one.greatest()], [Some(105_000_000); 4]);
    }

    #[test]
    fn as_many_as_are_told_are_within() {
        let mut four = Quantiles::default();
        [20_748_000, 23_870_000, 23_991_000, 29_479_000].into_iter().for_each(|nanos| four.add(nanos));
        assert_eq!([four.at(50), four.at(75), four.at(95)], [24_200_000, 24_200_000, 29_479_000].map(Some));
    }

    proptest! {
        #[test]
        fn quantiles_are_not_below_those_of_the_sorted_list(mut list in proptest::collection::vec(1_000i64..100_000_000_000, 1..300), percent in 1u32..=100) {
            let mut sketch = Quantiles::default();
            list.iter().for_each(|&nanos| sketch.add(nanos));
            list.sort_unstable();
            let rank = (list.len() * percent as usize).div_ceil(100).max(1);
            let exact = list[rank - 1];
            let got = sketch.at(percent).unwrap();
            prop_assert!((exact..=exact + exact / 33 + 1).contains(&got), "{} for {}", got, exact);
            prop_assert!(got == list[list.len() - 1] || got == three_digits(got));
            prop_assert_eq!(sketch.least(), list.first().copied());
            prop_assert!(sketch.bins.len() <= 64 * 64);
        }
    }
}
