//! Sets of positions, kept as few disjoint ranges; nearly always one.

use super::seq::Position;
use serde::{Deserialize, Serialize};

/// Ranges beyond this many are joined at the low end, where they matter least.
const MAX_RANGES: usize = 1_024;

/// A set of positions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ranges {
    /// Disjoint, not adjacent, ascending half-open ranges.
    parts: Vec<(Position, Position)>,
}

impl Ranges {
    /// Bytes of memory beside its own size.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.parts.capacity() * size_of::<(Position, Position)>()
    }

    /// Adds `from..to`.
    pub fn add(&mut self, from: Position, to: Position) {
        if from >= to {
            return;
        }
        if let Some(last) = self.parts.last_mut()
            && from >= last.0
            && from <= last.1
        {
            last.1 = last.1.max(to);
            return;
        }
        let first = self.parts.partition_point(|part| part.1 < from);
        let end = self.parts.partition_point(|part| part.0 <= to);
        let joined = self.parts.get(first..end).unwrap_or_default();
        let from = joined.first().map_or(from, |part| part.0.min(from));
        let to = joined.last().map_or(to, |part| part.1.max(to));
        self.parts.splice(first..end, [(from, to)]);
        if self.parts.len() > MAX_RANGES {
            let low = self.parts.remove(0);
            if let Some(next) = self.parts.first_mut() {
                next.0 = low.0;
            }
        }
    }

    /// Whether all of `from..to` is in the set.
    #[must_use]
    pub fn covers(&self, from: Position, to: Position) -> bool {
        from >= to || self.part_with(from).is_some_and(|part| part.1 >= to)
    }

    /// Whether anything of `from..to` is in the set.
    #[must_use]
    pub fn touches(&self, from: Position, to: Position) -> bool {
        let at = self.parts.partition_point(|part| part.1 <= from);
        from < to && self.parts.get(at).is_some_and(|part| part.0 < to)
    }

    /// The end of the unbroken run that holds `from`; `from` itself if it is not in the set.
    #[must_use]
    pub fn run_from(&self, from: Position) -> Position {
        self.part_with(from).map_or(from, |part| part.1)
    }

    /// Where the first range that begins behind `at` begins.
    #[must_use]
    pub fn first_after(&self, at: Position) -> Option<Position> {
        let index = self.parts.partition_point(|part| part.0 <= at);
        self.parts.get(index).map(|part| part.0)
    }

    /// How many positions of `from..to` are in the set.
    #[must_use]
    pub fn count(&self, from: Position, to: Position) -> i64 {
        let at = self.parts.partition_point(|part| part.1 <= from);
        let parts = self.parts.get(at..).unwrap_or_default();
        parts.iter().take_while(|part| part.0 < to).map(|part| part.1.min(to) - part.0.max(from)).sum()
    }

    /// Takes everything below `to` out of the set.
    pub fn forget_below(&mut self, to: Position) {
        self.parts.retain(|part| part.1 > to);
        if let Some(first) = self.parts.first_mut() {
            first.0 = first.0.max(to);
        }
    }

    /// The ranges, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Position, Position)> + '_ {
        self.parts.iter().copied()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    fn part_with(&self, at: Position) -> Option<(Position, Position)> {
        // The newest range is the one asked about nearly always.
        if let Some(&last) = self.parts.last()
            && at >= last.0
        {
            return (at < last.1).then_some(last);
        }
        let index = self.parts.partition_point(|part| part.1 <= at);
        self.parts.get(index).copied().filter(|part| part.0 <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_as_a_set(adds in proptest::collection::vec((0i64..60, 0i64..12), 0..40), from in 0i64..70, len in 0i64..20) {
            let (mut ranges, mut model) = (Ranges::default(), BTreeSet::new());
            for (at, n) in adds {
                ranges.add(at, at + n);
                model.extend(at..at + n);
            }
            let to = from + len;
            prop_assert_eq!(ranges.covers(from, to), (from..to).all(|p| model.contains(&p)));
            prop_assert_eq!(ranges.touches(from, to), (from..to).any(|p| model.contains(&p)));
            prop_assert_eq!(ranges.count(from, to), (from..to).filter(|p| model.contains(p)).count() as i64);
            prop_assert_eq!(ranges.run_from(from), (from..).find(|p| !model.contains(p)).unwrap());
            prop_assert_eq!(ranges.first_after(from), model.range(from + 1..).copied().find(|p| !model.contains(&(p - 1))));
            let parts: Vec<_> = ranges.iter().collect();
            prop_assert!(parts.windows(2).all(|w| w[0].1 < w[1].0));
        }
    }
}
