//! How often one account and one address may ask: token buckets, and the headers that tell clients how full theirs is.
//!
//! An account is held to what a person can need. An exam hall sits behind one address, so an address may do what all its
//! students need; whoever guesses passwords is slowed down by [`crate::lockout`] and by what each failure costs.

mod buckets;

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::DefaultClock;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

pub(in crate::http) use buckets::{Allowance, Refused};

use buckets::Buckets;

use crate::exam::UserId;
use crate::settings::RateSettings;

/// What a login with a wrong password takes from its address, beyond what every login does.
const FAILED_LOGIN_COST: NonZeroU32 = NonZeroU32::new(9).unwrap();
/// So many refusals are written to the security log in a second: who floods the service does not flood the disk.
const REPORTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).unwrap();

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
    pub(in crate::http) fn count(
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
    pub(in crate::http) fn may_report(&self) -> bool {
        self.reports.check().is_ok()
    }

    /// Takes what a wrong password costs its address beyond the request itself.
    pub(in crate::http) fn charge_failed_login(&self, address: Option<IpAddr>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
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
