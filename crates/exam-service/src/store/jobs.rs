//! Work for later, mail among it; what people are told; links by which a forgotten password is set anew.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sql::retrying;
use super::{Account, DatabaseStore, Pending, Staff};
use crate::exam::{ExamId, UserId};

/// A mail that waits to be sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Whom to.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says. May hold a link that lets somebody in.
    pub text: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mail(********)")
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum Work {
    /// Send it.
    Mail(Mail),
    /// Somebody says that they forgot the password of this login or student number. Whether there is such an account is
    /// found out by the worker, so that who asks learns nothing from how long it takes.
    PasswordReset {
        /// As it was typed.
        login: String,
    },
}

/// A job that a worker has for a time.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Which job.
    pub id: Uuid,
    /// Which claim of it: a worker that took too long changes nothing any more.
    pub lease: Uuid,
    /// What is to be done; `None` for what this version does not know.
    pub work: Option<Work>,
    /// How often it was begun, this time included.
    pub tries: i64,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TryOutcome {
    /// Done: the job is removed.
    Done,
    /// To be tried again.
    Again {
        /// Not before.
        due_at: DateTime<Utc>,
        /// Why.
        error: String,
    },
    /// Never to be tried again by itself.
    Dead {
        /// Since when.
        at: DateTime<Utc>,
        /// Why.
        error: String,
    },
}

/// A job that nobody tries any more.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// Which job.
    pub id: Uuid,
    /// What was to be done.
    pub kind: String,
    /// Of a mail: whom to, and what about.
    pub mail: Option<(String, String)>,
    /// How often it was tried.
    pub tries: i64,
    /// Why it failed the last time.
    pub last_error: String,
    /// Since when.
    pub dead_at: DateTime<Utc>,
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Which.
    pub id: Uuid,
    /// What happened.
    pub kind: String,
    /// In which exam.
    pub exam_id: ExamId,
    /// Its title at that time.
    pub title: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
}

/// A link by which a password is set anew, as it is stored and sent.
#[derive(Clone)]
pub struct NewReset {
    /// SHA-256 of the token, in hexadecimal.
    pub token_hash: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
    /// What the mail is about.
    pub subject: String,
    /// What it says, with the link.
    pub text: String,
}

/// How many jobs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobCounts {
    /// That wait for their time, or are being done.
    pub waiting: i64,
    /// That nobody tries any more.
    pub dead: i64,
}

/// What is asked of the database for jobs, notifications and forgotten passwords.
pub trait JobStore {
    /// Puts work into the queue.
    fn add_job(&self, work: Work, now: DateTime<Utc>) -> Pending<'_, Uuid>;

    /// A job that is due and that nobody has, until `until`; `None` when there is none.
    fn claim_job(&self, now: DateTime<Utc>, until: DateTime<Utc>) -> Pending<'_, Option<Claim>>;

    /// Ends a claim; `false` when somebody else has the job by now, and nothing was changed.
    fn end_claim<'a>(&'a self, claim: &'a Claim, outcome: TryOutcome) -> Pending<'a, bool>;

    /// How many jobs there are.
    fn count_jobs(&self) -> Pending<'_, JobCounts>;

    /// Dead letters, the newest first, from the one `after` another on; at most `limit`.
    fn dead_letters(&self, after: Option<Uuid>, limit: i64) -> Pending<'_, Vec<DeadLetter>>;

    /// Has a dead letter tried once more; `false` when there is none with this id.
    fn revive_job(&self, staff: Staff, id: Uuid) -> Pending<'_, bool>;

    /// Stores a link for the account with this login or student number, and its mail, and ends the claim, all at once.
    /// Without such an account, without an address of it, or with too many links already, only the claim ends.
    fn issue_reset<'a>(
        &'a self,
        claim: &'a Claim,
        login: &'a str,
        reset: NewReset,
    ) -> Pending<'a, ()>;

    /// Whose password the link with this hash sets, while it is good.
    fn account_of_reset<'a>(
        &'a self,
        token_hash: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, Option<Account>>;

    /// Uses the link: sets the password, ends every session of the account and every other link of it. `None` when it is
    /// not good any more.
    fn use_reset<'a>(
        &'a self,
        token_hash: &'a str,
        password_hash: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, Option<UserId>>;

    /// What somebody was told, the newest first, from the one `after` another on; at most `limit`.
    fn notifications(
        &self,
        user: UserId,
        after: Option<Uuid>,
        limit: i64,
    ) -> Pending<'_, Vec<Notification>>;

    /// Marks what somebody was told, up to this one, as read; how many that were not before.
    fn read_notifications(&self, user: UserId, up_to: Uuid, now: DateTime<Utc>)
    -> Pending<'_, u64>;
}

impl JobStore for DatabaseStore {
    fn add_job(&self, work: Work, now: DateTime<Utc>) -> Pending<'_, Uuid> {
        let id = Uuid::now_v7();
        Box::pin(retrying(move || self.write_job(id, work.clone(), now)))
    }

    fn claim_job(&self, now: DateTime<Utc>, until: DateTime<Utc>) -> Pending<'_, Option<Claim>> {
        Box::pin(retrying(move || self.write_claim(now, until)))
    }

    fn end_claim<'a>(&'a self, claim: &'a Claim, outcome: TryOutcome) -> Pending<'a, bool> {
        Box::pin(retrying(move || self.write_outcome(claim, outcome.clone())))
    }

    fn count_jobs(&self) -> Pending<'_, JobCounts> {
        Box::pin(self.read_job_counts())
    }

    fn dead_letters(&self, after: Option<Uuid>, limit: i64) -> Pending<'_, Vec<DeadLetter>> {
        Box::pin(self.read_dead_letters(after, limit))
    }

    fn revive_job(&self, staff: Staff, id: Uuid) -> Pending<'_, bool> {
        Box::pin(retrying(move || self.write_revival(staff, id)))
    }

    fn issue_reset<'a>(
        &'a self,
        claim: &'a Claim,
        login: &'a str,
        reset: NewReset,
    ) -> Pending<'a, ()> {
        Box::pin(retrying(move || {
            self.write_reset(claim, login, reset.clone())
        }))
    }

    fn account_of_reset<'a>(
        &'a self,
        token_hash: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, Option<Account>> {
        Box::pin(self.read_account_of_reset(token_hash, now))
    }

    fn use_reset<'a>(
        &'a self,
        token_hash: &'a str,
        password_hash: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, Option<UserId>> {
        Box::pin(retrying(move || {
            self.write_reset_use(token_hash, password_hash, now)
        }))
    }

    fn notifications(
        &self,
        user: UserId,
        after: Option<Uuid>,
        limit: i64,
    ) -> Pending<'_, Vec<Notification>> {
        Box::pin(self.read_notifications_of(user, after, limit))
    }

    fn read_notifications(
        &self,
        user: UserId,
        up_to: Uuid,
        now: DateTime<Utc>,
    ) -> Pending<'_, u64> {
        Box::pin(retrying(move || self.write_reading(user, up_to, now)))
    }
}
