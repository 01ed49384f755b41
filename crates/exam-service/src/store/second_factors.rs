//! Second factors: the secret that an account shares with an app, and codes for whoever has lost it.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Pending, Staff};
use crate::exam::UserId;

/// A second factor as it is stored. Its secret is nobody's business: there is no `Debug`.
#[derive(Clone)]
pub struct StoredFactor {
    /// As it is stored: see [`crate::accounts::sealing`].
    pub secret: String,
    /// Whether its owner has shown that the app has it; it is not asked for before.
    pub is_confirmed: bool,
    /// The step of the last code that was taken.
    pub last_step: Option<u64>,
}

/// What the service asks of its database about second factors.
pub trait SecondFactorStore {
    /// The second factor of an account, confirmed or not.
    fn second_factor(&self, user: UserId) -> Pending<'_, Option<StoredFactor>>;

    /// Keeps a new secret until it is confirmed, in place of one that was not; `false` when there is a confirmed one.
    fn begin_second_factor<'a>(
        &'a self,
        user: UserId,
        secret: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, bool>;

    /// Confirms the secret with the step of a code, and keeps the hashes of recovery codes; `false` when there is none to
    /// confirm.
    fn confirm_second_factor<'a>(
        &'a self,
        user: UserId,
        step: u64,
        recovery_hashes: &'a [String],
        now: DateTime<Utc>,
    ) -> Pending<'a, bool>;

    /// Takes the code of `step`; `false` when one of it or of a later one was taken before.
    fn take_step(&self, user: UserId, step: u64) -> Pending<'_, bool>;

    /// Takes the recovery code with this hash; `false` when there is none or it was taken before.
    fn take_recovery_code<'a>(
        &'a self,
        user: UserId,
        hash: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, bool>;

    /// Takes the second factor away, with its recovery codes; one that is gone is no error.
    fn remove_second_factor(&self, staff: Staff, user: UserId) -> Pending<'_, ()>;
}

impl SecondFactorStore for DatabaseStore {
    fn second_factor(&self, user: UserId) -> Pending<'_, Option<StoredFactor>> {
        Box::pin(self.read_second_factor(user))
    }

    fn begin_second_factor<'a>(
        &'a self,
        user: UserId,
        secret: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, bool> {
        Box::pin(retrying(move || {
            self.write_second_factor(user, secret, now)
        }))
    }

    fn confirm_second_factor<'a>(
        &'a self,
        user: UserId,
        step: u64,
        recovery_hashes: &'a [String],
        now: DateTime<Utc>,
    ) -> Pending<'a, bool> {
        Box::pin(retrying(move || {
            self.write_confirmation(user, step, recovery_hashes, now)
        }))
    }

    fn take_step(&self, user: UserId, step: u64) -> Pending<'_, bool> {
        Box::pin(retrying(move || self.write_step(user, step)))
    }

    fn take_recovery_code<'a>(
        &'a self,
        user: UserId,
        hash: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, bool> {
        Box::pin(retrying(move || self.write_recovery(user, hash, now)))
    }

    fn remove_second_factor(&self, staff: Staff, user: UserId) -> Pending<'_, ()> {
        Box::pin(retrying(move || {
            self.write_second_factor_removal(staff, user)
        }))
    }
}
