//! How often one account and one address may ask: token buckets, and the headers that tell clients how full theirs is.
//!
//! An account is held to what a person can need. An exam hall sits behind one address, so an address may do what all its
//! students need; whoever guesses passwords is slowed down by [`crate::lockout`] and by what each failure costs.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::client_address::{neighbourhood, origin};
use crate::exam::UserId;
use crate::settings::RateSettings;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
/// What a login with a wrong password takes from its address, beyond what every login does.
const FAILED_LOGIN_COST: NonZeroU32 = NonZeroU32::new(9).unwrap();
/// So many refusals are written to the security log in a second: who floods the service does not flood the disk.
const REPORTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// With more addresses than this, about 10 MB, they are counted by neighbourhood.
const MOST_ADDRESSES: usize = 100_000;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Signing in, by address; wrong passwords count ten times.
    Login,
    /// Renewing and ending sessions, by address.
    Renewal,
    /// Changing something, by account and by address.
    Write,
}

impl Rate {
    /// The word in logs and in the description of the interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Renewal => "renewal",
            Self::Write => "write",
        }
    }
}

/// How much is left after a request that was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    limit: u32,
    remaining: u32,
    /// Until nothing is used any more, in seconds.
    reset_seconds: u64,
}

/// A request that was one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    limit: u32,
    /// At least 1.
    pub(super) retry_after_seconds: u64,
}

impl Allowance {
    pub(super) fn write(self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(self.reset_seconds));
    }
}

impl Refused {
    pub(super) fn write(self, headers: &mut HeaderMap) {
        let nothing_left = Allowance {
            limit: self.limit,
            remaining: 0,
            reset_seconds: 60,
        };
        nothing_left.write(headers);
    }
}

/// All limits of the service. They are counted by this process alone.
pub struct Rates {
    logins: Buckets<IpAddr>,
    renewals: Buckets<IpAddr>,
    writes_of_accounts: Buckets<UserId>,
    writes_of_addresses: Buckets<IpAddr>,
    reports: DefaultDirectRateLimiter,
}

impl Rates {
    /// Full buckets.
    pub fn new(settings: RateSettings) -> Self {
        let clock = DefaultClock::default;
        Self {
            logins: Buckets::new(settings.logins_per_address, clock()),
            renewals: Buckets::new(settings.logins_per_address, clock()),
            writes_of_accounts: Buckets::new(settings.writes_per_account, clock()),
            writes_of_addresses: Buckets::new(settings.writes_per_address, clock()),
            reports: RateLimiter::direct(Quota::per_second(REPORTS_PER_SECOND)),
        }
    }

    /// Takes one request from the buckets it is counted in; the account's is the one that is told about.
    pub(super) fn count(
        &self,
        rate: Rate,
        user: Option<UserId>,
        address: Option<IpAddr>,
    ) -> Result<Option<Allowance>, Refused> {
        let by_address = match rate {
            Rate::Login => &self.logins,
            Rate::Renewal => &self.renewals,
            Rate::Write => &self.writes_of_addresses,
        };
        let of_account = match (rate, user) {
            (Rate::Write, Some(user)) => Some(self.writes_of_accounts.take(&user)?),
            _ => None,
        };
        let of_address = match address {
            Some(address) => Some(by_address.take(&by_address.known(address))?),
            None => None,
        };
        Ok(of_account.or(of_address))
    }

    /// Whether one more refusal is to be written to the security log.
    pub(super) fn may_report(&self) -> bool {
        self.reports.check().is_ok()
    }

    /// Takes what a wrong password costs its address beyond the request itself.
    pub(super) fn charge_failed_login(&self, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.logins
                .take_more(&self.logins.known(address), FAILED_LOGIN_COST);
        }
    }

    /// Forgets whose bucket is full again; call it every few seconds.
    pub fn run_upkeep(&self) {
        self.logins.forget();
        self.renewals.forget();
        self.writes_of_accounts.forget();
        self.writes_of_addresses.forget();
    }
}

/// One bucket for each key: as many tokens as may be used in a minute, filled evenly.
struct Buckets<K: Hash + Eq + Clone, C: Clock + Clone = DefaultClock> {
    per_minute: NonZeroU32,
    limiter: RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>,
    clock: C,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Buckets<K, C> {
    fn new(per_minute: NonZeroU32, clock: C) -> Self {
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

    fn take(&self, key: &K) -> Result<Allowance, Refused> {
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
    fn take_more(&self, key: &K, count: NonZeroU32) {
        // Who has less than this left is about to be refused in any case.
        self.limiter.check_key_n(key, count).ok();
    }

    fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

impl<C: Clock + Clone> Buckets<IpAddr, C> {
    /// The key of an address: bounded in number, whoever asks.
    fn known(&self, address: IpAddr) -> IpAddr {
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

    #[test]
    fn an_exam_hall_behind_one_address_signs_in_at_once_and_guessing_is_slowed_down() {
        let hall = Some(address("192.0.2.1"));
        let rates = Rates::new(RateSettings::default());
        for _ in 0..5000 {
            rates.count(Rate::Login, None, hall).unwrap();
        }
        let rates = Rates::new(RateSettings::default());
        let guesses = (0..5000).take_while(|_| {
            rates.charge_failed_login(hall);
            rates.count(Rate::Login, None, hall).is_ok()
        });
        assert!(guesses.count() < 700);
    }

    #[test]
    fn an_account_is_held_to_its_limit_while_others_behind_its_address_go_on() {
        let hall = Some(address("192.0.2.1"));
        let per_account = NonZeroU32::new(3).unwrap();
        let rates = Rates::new(RateSettings {
            writes_per_account: per_account,
            ..RateSettings::default()
        });
        let (flooding, other) = (Some(UserId::generate()), Some(UserId::generate()));
        for _ in 0..3 {
            rates.count(Rate::Write, flooding, hall).unwrap();
        }
        rates.count(Rate::Write, flooding, hall).unwrap_err();
        let allowance = rates.count(Rate::Write, other, hall).unwrap().unwrap();
        assert_eq!((allowance.limit, allowance.remaining), (3, 2));
        rates.run_upkeep();
        rates.count(Rate::Write, flooding, hall).unwrap_err();
    }
}
