//! A set of sequences. They come one after the other, so a whole exam day of them is a pair of numbers.

use serde::{Deserialize, Serialize};

/// Ranges with both their ends, in order, with gaps between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Whether it was not there.
    pub(crate) fn insert(&mut self, number: u64) -> bool {
        let after = self
            .0
            .partition_point(|(_, last)| last.saturating_add(1) < number);
        let Some((first, last)) = self.0.get_mut(after) else {
            self.0.push((number, number));
            return true;
        };
        if (*first..=*last).contains(&number) {
            return false;
        }
        if number + 1 < *first {
            self.0.insert(after, (number, number));
            return true;
        }
        if number < *first {
            *first = number;
            return true;
        }
        *last = number;
        // It may have closed the gap to the next one.
        let joined = *last;
        if let Some((next_first, next_last)) = self.0.get(after + 1).copied()
            && next_first == joined + 1
        {
            self.0[after].1 = next_last;
            self.0.remove(after + 1);
        }
        true
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        let at = self.0.partition_point(|(_, last)| *last < number);
        self.0.get(at).is_some_and(|(first, _)| *first <= number)
    }

    pub(crate) fn len(&self) -> u64 {
        self.above(0)
    }

    pub(crate) fn highest(&self) -> Option<u64> {
        self.0.last().map(|(_, last)| *last)
    }

    /// How many are greater than `floor`; sequences begin with 1.
    pub(crate) fn above(&self, floor: u64) -> u64 {
        let parts = self.0.iter().filter(|(_, last)| *last > floor);
        parts
            .map(|(first, last)| last - (*first).max(floor + 1) + 1)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::Chance;

    #[test]
    fn it_is_a_set_whatever_the_order() {
        for seed in 0..200 {
            let mut chance = Chance::new(seed, 1);
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for _ in 0..60 {
                let number = chance.next() % 40 + 1;
                assert_eq!(
                    ranges.insert(number),
                    set.insert(number),
                    "{number} {ranges:?}"
                );
            }
            assert_eq!(ranges.len(), set.len() as u64, "{ranges:?}");
            assert_eq!(ranges.highest(), set.last().copied());
            for number in 0..50 {
                assert_eq!(
                    ranges.contains(number),
                    set.contains(&number),
                    "{number} {ranges:?}"
                );
                let above = set.range(number + 1..).count() as u64;
                assert_eq!(ranges.above(number), above, "{number} {ranges:?}");
            }
            let gaps = ranges.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0);
            assert!(gaps, "{ranges:?}");
        }
    }
}
