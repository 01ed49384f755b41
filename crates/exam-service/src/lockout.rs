//! How long a login has to wait after wrong passwords: longer each time, and never for good.
//!
//! A login that does not exist waits like one that does, so that nobody learns which is which.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

/// So many wrong passwords cost nothing but themselves: people mistype.
const FREE_FAILURES: u32 = 5;
/// The wait after one more than that; each further failure doubles it.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(10);
/// The longest wait: whoever guesses in somebody else's name must not cost them their exam.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(5);
/// From when on failures are forgotten, if none was added.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);
/// So many logins are remembered, about 10 MB.
const MOST_LOGINS: usize = 100_000;

/// A SHA-256: a login has any length, and people type passwords into its field.
type Key = [u8; 32];

#[derive(Debug, Clone, Copy)]
struct Record {
    failures: u32,
    /// Being checked at this moment.
    under_way: u32,
    last: DateTime<Utc>,
}

impl Record {
    fn locked_until(&self) -> DateTime<Utc> {
        self.last + wait_after(self.failures)
    }

    fn is_forgotten(&self, now: DateTime<Utc>) -> bool {
        self.under_way == 0 && now - self.last >= FORGOTTEN
    }
}

/// The wait after so many failures in a row.
fn wait_after(failures: u32) -> TimeDelta {
    let Some(doublings) = failures.checked_sub(FREE_FAILURES + 1) else {
        return TimeDelta::zero();
    };
    let factor = 1_i32.checked_shl(doublings.min(16)).unwrap_or(i32::MAX);
    (FIRST_WAIT * factor).min(LONGEST_WAIT)
}

/// Counts failed logins, in this process alone and in memory: a restart forgets them.
#[derive(Debug, Clone, Default)]
pub struct Lockout {
    records: Arc<Mutex<HashMap<Key, Record>>>,
}

/// A login that has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locked {
    /// Until then.
    pub until: DateTime<Utc>,
}

/// A password that is being checked. Dropped without a verdict it counts for nothing.
#[must_use]
pub struct LoginAttempt {
    lockout: Lockout,
    key: Key,
}

impl Lockout {
    /// Begins to check a password for `login`.
    ///
    /// As many may be checked at the same time as may fail without a wait, so that guesses sent all at once are no way
    /// around it.
    ///
    /// # Errors
    /// When the login has to wait.
    pub fn begin(&self, login: &str, now: DateTime<Utc>) -> Result<LoginAttempt, Locked> {
        let key: Key = Sha256::digest(login.as_bytes()).into();
        let mut records = self.records();
        if records.len() >= MOST_LOGINS && !records.contains_key(&key) {
            records.retain(|_, record| !record.is_forgotten(now));
        }
        let is_full = records.len() >= MOST_LOGINS;
        let fresh = Record {
            failures: 0,
            under_way: 0,
            last: now,
        };
        match records.get_mut(&key) {
            Some(record) if record.is_forgotten(now) => *record = fresh,
            Some(record) if record.locked_until() > now => {
                return Err(Locked {
                    until: record.locked_until(),
                });
            }
            Some(record) if record.under_way >= may_be_under_way(record.failures) => {
                return Err(Locked {
                    until: now + TimeDelta::seconds(1),
                });
            }
            Some(_) => {}
            // The limit of the address holds all the same.
            None if is_full => tracing::warn!("too many logins fail to remember each of them"),
            None => {
                records.insert(key, fresh);
            }
        }
        if let Some(record) = records.get_mut(&key) {
            record.under_way += 1;
        }
        Ok(LoginAttempt {
            lockout: self.clone(),
            key,
        })
    }

    /// Forgets what was long ago; call it now and then.
    pub fn run_upkeep(&self, now: DateTime<Utc>) {
        let mut records = self.records();
        records.retain(|_, record| !record.is_forgotten(now));
        records.shrink_to_fit();
    }

    fn records(&self) -> MutexGuard<'_, HashMap<Key, Record>> {
        // Every change of a record is whole.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many passwords are checked at a time, after so many failures.
fn may_be_under_way(failures: u32) -> u32 {
    (FREE_FAILURES + 1).saturating_sub(failures).max(1)
}

impl LoginAttempt {
    /// The password was wrong. Returns until when the login has to wait now, if it has to.
    pub fn failed(self, now: DateTime<Utc>) -> Option<Locked> {
        let mut records = self.lockout.records();
        let record = records.get_mut(&self.key)?;
        record.failures = record.failures.saturating_add(1);
        record.last = record.last.max(now);
        let until = record.locked_until();
        (until > now).then_some(Locked { until })
    }

    /// The password was right: what failed before is forgotten.
    pub fn succeeded(self) {
        let mut records = self.lockout.records();
        if let Some(record) = records.get_mut(&self.key) {
            record.failures = 0;
        }
    }
}

impl Drop for LoginAttempt {
    fn drop(&mut self) {
        let mut records = self.lockout.records();
        if let Some(record) = records.get_mut(&self.key) {
            record.under_way = record.under_way.saturating_sub(1);
            if record.under_way == 0 && record.failures == 0 {
                records.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    #[test]
    fn each_failure_after_the_free_ones_doubles_the_wait_up_to_a_bound() {
        let waits = (0..14).map(|failures| wait_after(failures).num_seconds());
        let expected = [0, 0, 0, 0, 0, 0, 10, 20, 40, 80, 160, 300, 300, 300];
        assert_eq!(waits.collect::<Vec<_>>(), expected);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn a_login_waits_after_wrong_passwords_and_is_free_after_a_right_one() {
        let (lockout, mut now) = (Lockout::default(), noon());
        for _ in 0..FREE_FAILURES {
            assert_eq!(lockout.begin("a", now).unwrap().failed(now), None);
        }
        let locked = lockout.begin("a", now).unwrap().failed(now).unwrap();
        assert_eq!(locked.until, now + FIRST_WAIT);
        assert_eq!(lockout.begin("a", now).err(), Some(locked));
        lockout.begin("b", now).unwrap().succeeded();
        now = locked.until;
        lockout.begin("a", now).unwrap().succeeded();
        for _ in 0..FREE_FAILURES {
            assert_eq!(lockout.begin("a", now).unwrap().failed(now), None);
        }
    }

    #[test]
    fn guesses_sent_all_at_once_are_not_checked_all() {
        let (lockout, now) = (Lockout::default(), noon());
        let checked: Vec<_> = (0..100)
            .filter_map(|_| lockout.begin("a", now).ok())
            .collect();
        assert_eq!(checked.len(), 6);
        for attempt in checked {
            attempt.failed(now);
        }
        assert!(lockout.begin("a", now).is_err());
        let later = now + FIRST_WAIT;
        let one = lockout.begin("a", later).unwrap();
        assert!(lockout.begin("a", later).is_err());
        // The server could not check it: no fault of whoever signs in.
        drop(one);
        lockout.begin("a", later).unwrap().succeeded();
    }

    #[test]
    fn nothing_is_remembered_for_longer_than_it_matters() {
        let (lockout, now) = (Lockout::default(), noon());
        lockout.begin("a", now).unwrap().failed(now);
        lockout.begin("b", now).unwrap().succeeded();
        assert_eq!(lockout.records().len(), 1);
        lockout.run_upkeep(now + FORGOTTEN - TimeDelta::seconds(1));
        assert_eq!(lockout.records().len(), 1);
        lockout.run_upkeep(now + FORGOTTEN);
        assert_eq!(lockout.records().len(), 0);
    }
}
