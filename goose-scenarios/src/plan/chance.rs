//! A reproducible source of chance.

use std::time::Duration;

/// A small reproducible source of chance (`SplitMix64`): the same on every machine and release.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut chance = Self(seed ^ stream.wrapping_mul(0xA076_1D64_78BD_642F));
        chance.next();
        chance
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A duration from nothing up to, but not including, `limit`.
    pub(crate) fn within(&mut self, limit: Duration) -> Duration {
        let nanoseconds = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.next() % nanoseconds.max(1))
    }

    /// A share from 0 up to, but not including, 1.
    pub(crate) fn share(&mut self) -> f64 {
        // 53 bits are as many as the type holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        let bits = (self.next() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }
}
