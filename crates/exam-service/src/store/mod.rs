//! What is kept, and by which verbs. The only module (with what is below it) that knows a database.
//!
//! [`Store`] speaks the language of exams. [`DatabaseStore`] keeps it on `SQLite`, MySQL, MariaDB or PostgreSQL: its verbs
//! (`verbs/`) are written once, over statements that each database has in its own words where it must (`sql/`); only how
//! a database is opened, how durable it is and how a batch of answers is read and written is its own
//! (`sqlite/`, `mysql/`, `postgres/`). One suite (`conformance/`) holds for all of them.

pub mod audit;
pub mod bank;
mod batch;
mod breaks;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod courses;
mod database;
mod durability;
pub mod emergency_files;
mod error;
mod exam_codes;
pub mod exam_office;
pub mod incidents;
pub mod jobs;
mod load_runs;
pub mod migration_plan;
mod mysql;
mod page;
mod people;
mod postgres;
mod practice;
pub mod preparation;
mod records;
pub mod results;
pub mod seat_plans;
mod second_factors;
pub mod sitting;
mod sql;
pub mod sqlite;
mod staff;
mod statements;
mod verbs;
pub mod writer;

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, Utc};

use crate::exam::{AttemptId, SessionId, UserId};

pub use audit::AuditStore;
pub use bank::{
    BankQuestion, BankStore, Category, Media, NewQuestions, QuestionChange, QuestionFilter,
    QuestionVersion,
};
pub use breaks::{BreakOutcome, BreakStep, BreakStore};
pub use courses::{Course, CourseChange, CourseStore, Department, Enrolment, Group};
pub use database::DatabaseStore;
pub use durability::Weakness;
pub use emergency_files::EmergencyFileStore;
pub use error::StoreError;
pub use exam_codes::{CodeHolder, CodedExam, ExamCodeStore};
pub use exam_office::ExamOfficeStore;
pub use incidents::IncidentStore;
pub use jobs::JobStore;
pub use load_runs::{LoadPurge, LoadRunListing, LoadRunStore, LoadSeeding, LoadTarget, NewLoadRun};
pub use page::Page;
pub use people::{
    Finding, NewPerson, PeopleStore, Person, PersonChange, PersonFilter, Refusal as PeopleRefusal,
    Replaced, SessionListing,
};
pub use practice::PracticeStore;
pub use preparation::PreparationStore;
pub use records::{
    Account, AttemptRecord, CANARY_LOGIN, Calendar, ExamListing, MigrationStatus, NewAccount,
    NewSession, NewToken, NextExam, OwnAttempt, RefusedAnswer, Renewed, Role, Rotation,
    SaveOutcome, SaveRequest, StartOutcome, StartRequest, StoredAnswerLine,
};
pub use results::ResultStore;
pub use seat_plans::SeatPlanStore;
pub use second_factors::{SecondFactorStore, StoredFactor};
pub use sitting::SittingStore;
pub use staff::{Staff, StaffOutcome};
pub use verbs::demo::{DemoSeed, NewExam};

/// A store operation under way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Everything the service asks of its database.
///
/// Each verb that changes something is one transaction, and is done when that transaction is on the disk.
pub trait Store:
    AuditStore
    + BankStore
    + BreakStore
    + CourseStore
    + EmergencyFileStore
    + ExamCodeStore
    + ExamOfficeStore
    + IncidentStore
    + JobStore
    + LoadRunStore
    + PeopleStore
    + PracticeStore
    + PreparationStore
    + ResultStore
    + SeatPlanStore
    + SecondFactorStore
    + SittingStore
    + Send
    + Sync
    + 'static
{
    /// The account with this login or student number that is not disabled; never a synthetic student. A login comes before
    /// a number.
    fn account_by_login<'a>(&'a self, login: &'a str) -> Pending<'a, Option<Account>>;

    /// Makes a synthetic student whose login begins with [`CANARY_LOGIN`], as candidate of the exam that is kept for
    /// such tests; `false` when as many as may be are there. What broken-off tests left behind goes on the way.
    fn create_canary<'a>(&'a self, new: &'a NewAccount, now: DateTime<Utc>) -> Pending<'a, bool>;

    /// The synthetic student with this login, and nobody else.
    fn canary_by_login<'a>(&'a self, login: &'a str) -> Pending<'a, Option<Account>>;

    /// Takes a synthetic student away with all that is theirs; one that is gone is no error.
    fn remove_canary<'a>(&'a self, login: &'a str) -> Pending<'a, ()>;

    /// The account with this id.
    fn account(&self, id: UserId) -> Pending<'_, Option<Account>>;

    /// Opens a session: a new token family with its first refresh token.
    fn open_session(&self, new: NewSession) -> Pending<'_, SessionId>;

    /// Exchanges the refresh token with hash `used` for `next`. Reuse after the grace revokes the family.
    fn rotate_session<'a>(&'a self, used: &'a str, next: NewToken) -> Pending<'a, Rotation>;

    /// Ends the session that the refresh token with hash `token` belongs to, and which it is; an unknown one is already
    /// over.
    fn close_session<'a>(
        &'a self,
        token: &'a str,
        now: DateTime<Utc>,
    ) -> Pending<'a, Option<SessionId>>;

    /// The exams `user` may sit, with the attempt if there is one.
    fn exams_of(&self, user: UserId) -> Pending<'_, Vec<ExamListing>>;

    /// What `user` has sat, each time, the one that was started last first.
    fn attempts_of<'a>(&'a self, user: UserId, page: &'a Page) -> Pending<'a, Vec<OwnAttempt>>;

    /// Starts an attempt, or finds the one there is.
    fn start_attempt(&self, request: StartRequest) -> Pending<'_, StartOutcome>;

    /// The attempt of `user`; an overdue one is handed in on the way, once no save of it can be waiting any more.
    /// `None` when it is not theirs.
    fn attempt(
        &self,
        id: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<AttemptRecord>>;

    /// Hands in. An attempt that was handed in before is returned unchanged, and so is one that is paused.
    fn submit_attempt(
        &self,
        id: AttemptId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<AttemptRecord>>;

    /// How many batches of answers it writes at a time without one waiting for the other.
    fn batches_at_once(&self) -> usize;

    /// Saves the answers of many requests in ONE transaction; outcomes in the order of `requests`.
    ///
    /// # Errors
    /// Nothing of the batch may be taken as stored; all of it may be sent again.
    fn save_answers<'a>(
        &'a self,
        requests: &'a [SaveRequest],
        saved_at: DateTime<Utc>,
    ) -> Pending<'a, Vec<SaveOutcome>>;

    /// How many attempts still take answers.
    fn count_open_attempts(&self, now: DateTime<Utc>) -> Pending<'_, i64>;

    /// Which exams run, and which one comes next.
    fn calendar(&self, now: DateTime<Utc>) -> Pending<'_, Calendar>;

    /// Reads the database and commits a heartbeat to it.
    fn probe(&self, now: DateTime<Utc>) -> Pending<'_, ()>;

    /// What the database says that it is, with its version.
    fn database_version(&self) -> Pending<'_, String>;

    /// Which migrations are applied and which are not.
    fn migration_status(&self) -> Pending<'_, MigrationStatus>;

    /// Closes every connection; waits for those in use.
    fn close(&self) -> Pending<'_, ()>;
}
