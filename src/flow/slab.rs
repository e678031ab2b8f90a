//! Values with stable numbers.

/// Values of which the one wanted least is looked for, and places in which they are.
const CANDIDATES: u32 = 16;
const REACH: u32 = 256;

/// Values with stable numbers; numbers of removed values are used again.
#[derive(Debug)]
pub struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Stores `value` and returns its number.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(index) = self.free.pop()
            && let Some(place) = self.places.get_mut(index as usize)
        {
            *place = Some(value);
            return index;
        }
        self.places.push(Some(value));
        // Flows are capped far below 2^32.
        u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
    }

    /// The value with this number.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&T> {
        self.places.get(index as usize)?.as_ref()
    }

    /// The value with this number.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.places.get_mut(index as usize)?.as_mut()
    }

    /// Takes the value out.
    pub fn remove(&mut self, index: u32) -> Option<T> {
        let value = self.places.get_mut(index as usize)?.take()?;
        self.free.push(index);
        Some(value)
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more than the highest number that was ever given.
    pub(super) fn places(&self) -> u32 {
        u32::try_from(self.places.len()).unwrap_or(u32::MAX)
    }

    /// All values with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0_u32..).zip(&self.places).filter_map(|(index, place)| Some((index, place.as_ref()?)))
    }

    /// The least by `key` of the next few values that have one. `hand` goes on behind them, round and round. Few places are
    /// looked at, whether values stand there or not: what costs each packet something must not depend on how many there were.
    pub(super) fn least<K: Ord>(&self, hand: &mut u32, key: impl Fn(u32, &T) -> Option<K>) -> Option<K> {
        let count = self.places().max(1);
        let mut least = None;
        let mut candidates = 0;
        for _ in 0..REACH.min(count) {
            let index = *hand % count;
            *hand = index + 1;
            let Some(value) = self.get(index) else { continue };
            least = key(index, value).into_iter().chain(least).min();
            candidates += 1;
            if candidates == CANDIDATES {
                break;
            }
        }
        least
    }

    /// All values, in the order of their numbers.
    pub(super) fn into_values(self) -> impl Iterator<Item = T> {
        self.places.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_the_next_few_goes_round() {
        let mut slab = Slab::default();
        for value in 0..20 {
            slab.insert(19 - value);
        }
        let mut hand = 0;
        let least = |slab: &Slab<i32>, hand: &mut u32| {
            slab.least(hand, |_, value| (value % 2 == 0).then_some(*value))
        };
        assert_eq!((least(&slab, &mut hand), hand), (Some(4), 16), "of 19 to 4");
        assert_eq!((least(&slab, &mut hand), hand), (Some(0), 12), "of 3 to 0 and of 19 to 8");
        assert_eq!(slab.least(&mut hand, |_, _| None::<i32>), None);
        assert_eq!(Slab::<i32>::default().least(&mut hand, |_, value| Some(*value)), None);
    }

    /// Where most values are gone, not all of their places are gone through for each of the others.
    #[test]
    fn empty_places_are_passed_a_few_at_a_time() {
        let mut slab = Slab::default();
        for value in 0..100 * REACH {
            slab.insert(value);
        }
        let last = 100 * REACH - 1;
        for index in 0..last {
            slab.remove(index);
        }
        let mut hand = 0;
        let mut asked = 1;
        while slab.least(&mut hand, |_, value| Some(*value)).is_none() {
            assert_eq!(hand, asked * REACH);
            asked += 1;
        }
        assert_eq!(asked, 100);
    }
}
