//! Token buckets by key, and the headers that tell a client how full its own is.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::http::client_address::{neighbourhood, origin};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
/// With more addresses than this, about 10 MB, they are counted by neighbourhood.
const MOST_ADDRESSES: usize = 100_000;

/// How much is left after a request that was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Allowance {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Until nothing is used any more, in seconds.
    reset_seconds: u64,
}

/// A request that was one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Refused {
    limit: u32,
    /// At least 1.
    pub(in crate::http) retry_after_seconds: u64,
}

impl Allowance {
    pub(in crate::http) fn write(self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(self.reset_seconds));
    }
}

impl Refused {
    pub(in crate::http) fn write(self, headers: &mut HeaderMap) {
        let nothing_left = Allowance {
            limit: self.limit,
            remaining: 0,
            reset_seconds: 60,
        };
        nothing_left.write(headers);
    }
}

/// One bucket for each key: as many tokens as may be used in a minute, filled evenly.
pub(super) struct Buckets<K: Hash + Eq + Clone, C: Clock + Clone = DefaultClock> {
    per_minute: NonZeroU32,
    limiter: RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>,
    clock: C,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Buckets<K, C> {
    pub(super) fn new(per_minute: NonZeroU32, clock: C) -> Self {
        let limiter = RateLimiter::<K, _, C, StateInformationMiddleware>::new(
            Quota::per_minute(per_minute),
            DashMapStateStore::default(),
            clock.clone(),
        );
        Self {
            per_minute,
            limiter,
            clock,
        }
    }

    pub(super) fn take(&self, key: &K) -> Result<Allowance, Refused> {
        let limit = self.per_minute.get();
        match self.limiter.check_key(key) {
            Ok(left) => {
                let remaining = left.remaining_burst_capacity();
                let used = u64::from(limit.saturating_sub(remaining));
                Ok(Allowance {
                    limit,
                    remaining,
                    reset_seconds: (used * 60).div_ceil(u64::from(limit)),
                })
            }
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(Refused {
                    limit,
                    retry_after_seconds: wait.as_secs() + 1,
                })
            }
        }
    }

    /// Takes several tokens; where there are not so many, none.
    pub(super) fn take_more(&self, key: &K, count: NonZeroU32) {
        // Who has less than this left is about to be refused in any case.
        self.limiter.check_key_n(key, count).ok();
    }

    pub(super) fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

impl<C: Clock + Clone> Buckets<IpAddr, C> {
    /// The key of an address: bounded in number, whoever asks.
    pub(super) fn known(&self, address: IpAddr) -> IpAddr {
        if self.limiter.len() < MOST_ADDRESSES {
            origin(address)
        } else {
            neighbourhood(address)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn buckets(per_minute: u32) -> (Buckets<IpAddr, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let per_minute = NonZeroU32::new(per_minute).unwrap();
        (Buckets::new(per_minute, clock.clone()), clock)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_minutes_worth_may_come_at_once_and_the_rest_when_it_is_said() {
        let (buckets, clock) = buckets(6);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        for used in 1..=6 {
            let allowance = buckets.take(&one).unwrap();
            assert_eq!((allowance.limit, allowance.remaining), (6, 6 - used));
            assert_eq!(allowance.reset_seconds, u64::from(used) * 10);
        }
        let refused = buckets.take(&one).unwrap_err();
        assert!((10..=11).contains(&refused.retry_after_seconds));
        buckets.take(&other).unwrap();
        clock.advance(Duration::from_secs(refused.retry_after_seconds));
        buckets.take(&one).unwrap();
        buckets.take(&one).unwrap_err();
    }

    #[test]
    fn a_bucket_that_is_full_again_is_forgotten() {
        let (buckets, clock) = buckets(6);
        buckets.take(&address("192.0.2.1")).unwrap();
        buckets.forget();
        assert_eq!(buckets.limiter.len(), 1);
        clock.advance(Duration::from_mins(2));
        buckets.forget();
        assert_eq!(buckets.limiter.len(), 0);
    }

    #[test]
    fn so_many_addresses_are_kept_apart_and_no_more() {
        let (buckets, _clock) = buckets(6);
        for number in 0..300_000_u32 {
            let address = IpAddr::from((0x0A00_0000 + number).to_be_bytes());
            buckets.take(&buckets.known(address)).ok();
        }
        assert!(buckets.limiter.len() <= MOST_ADDRESSES + 5);
    }
}
