//! What goes into the store and what comes out of it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::migration_plan::PendingStep;
use crate::exam::admission::{Arrival, Obstacle};
use crate::exam::event::Report;
use crate::exam::rules::ExamRules;
use crate::exam::{
    Answer, Attempt, AttemptId, DeviceId, ExamId, Layout, Paper, QuestionId, Refusal, Sequence,
    SessionId, Standing, StoredAnswer, UserId,
};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sits exams.
    Student,
    /// Writes and grades exams.
    Lecturer,
    /// Watches exams.
    Invigilator,
    /// Runs the service.
    Administrator,
}

impl Role {
    /// The word used in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Lecturer => "lecturer",
            Self::Invigilator => "invigilator",
            Self::Administrator => "administrator",
        }
    }

    /// The role with this word.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Student,
            Self::Lecturer,
            Self::Invigilator,
            Self::Administrator,
        ]
        .into_iter()
        .find(|role| role.as_str() == text)
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// What is typed to sign in.
    pub login: String,
    /// What is shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// An argon2id hash in PHC form.
    pub password_hash: String,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What is typed to sign in; unique.
    pub login: String,
    /// What is shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// An argon2id hash in PHC form.
    pub password_hash: String,
}

/// What the login of every synthetic student begins with.
pub const CANARY_LOGIN: &str = "canary-";

/// What a cutover has to know of the exams: those that run and the one that comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Exams in which somebody sits, or may still start.
    pub running: i64,
    /// The first exam whose window has not begun.
    pub next: Option<NextExam>,
}

/// An exam that has not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextExam {
    /// Which exam.
    pub id: ExamId,
    /// Its title.
    pub title: String,
    /// From when it may be started.
    pub starts_at: DateTime<Utc>,
}

/// A refresh token to be stored.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its SHA-256, in hexadecimal.
    pub hash: String,
    /// Now.
    pub issued_at: DateTime<Utc>,
    /// From when it is worthless.
    pub expires_at: DateTime<Utc>,
    /// For how long a used token may be sent once more in any case (a retrying proxy, tabs that renew at the same time);
    /// later only while none of its successors was ever used (a lost reply).
    pub reuse_grace: TimeDelta,
}

/// A sign-in to be stored.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Who signed in.
    pub user: UserId,
    /// Their first refresh token.
    pub token: NewToken,
    /// From where, as far as that is known.
    pub address: Option<String>,
    /// What the browser calls itself, cut to what is worth keeping.
    pub browser: Option<String>,
    /// With the code of this exam: the session is good for it and for nothing else.
    pub exam: Option<ExamId>,
}

impl NewSession {
    /// One of which nothing more is known.
    pub fn new(user: UserId, token: NewToken) -> Self {
        Self {
            user,
            token,
            address: None,
            browser: None,
            exam: None,
        }
    }
}

/// A session that goes on.
#[derive(Debug)]
pub struct Renewed {
    /// Whose it is.
    pub account: Account,
    /// Which session.
    pub session: SessionId,
    /// The exam with whose code it was opened.
    pub exam: Option<ExamId>,
}

/// What became of a refresh token.
#[derive(Debug)]
pub enum Rotation {
    /// The new token is stored.
    Rotated(Box<Renewed>),
    /// Unknown, expired or revoked.
    Refused,
    /// Somebody has a copy: it was used, the grace is over and a successor of it was used too, or it was itself taken for
    /// lost and exchanged anew. The whole family is revoked.
    Reused,
}

/// An exam as its candidate sees it in the list.
#[derive(Debug, Clone)]
pub struct ExamListing {
    /// Which exam.
    pub id: ExamId,
    /// Its title.
    pub title: String,
    /// From when it may be started.
    pub starts_at: DateTime<Utc>,
    /// When it is over.
    pub ends_at: DateTime<Utc>,
    /// How long an attempt may take.
    pub duration: TimeDelta,
    /// How many questions it has.
    pub question_count: i64,
    /// The candidate's latest attempt.
    pub attempt: Option<Attempt>,
    /// Which of the candidate's attempts that is, from 1.
    pub number: Option<u32>,
    /// How it is sat.
    pub rules: ExamRules,
}

/// An attempt as its student sees it in the list of all that they have sat.
#[derive(Debug, Clone)]
pub struct OwnAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// Which of the student's attempts at its exam it is, from 1.
    pub number: u32,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// The exam's title.
    pub title: String,
    /// How the exam is sat.
    pub rules: ExamRules,
    /// How many questions it has.
    pub question_count: i64,
    /// How many of them have an answer that was not taken back.
    pub answered: i64,
}

/// A student wants to start.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// Which exam.
    pub exam: ExamId,
    /// Who.
    pub user: UserId,
    /// When the server received it.
    pub now: DateTime<Utc>,
    /// Decides the order of the options if an attempt is made.
    pub seed: [u8; 16],
    /// Which attempt at the exam is meant, from 1; `None`: the latest there is, or the first.
    pub number: Option<u32>,
    /// The computer that holds the attempt from now on, if it names itself.
    pub device: Option<DeviceId>,
    /// How the request came.
    pub arrival: Arrival,
}

impl StartRequest {
    /// `user` wants to start `exam`, or go on with it, and says nothing else.
    pub fn new(exam: ExamId, user: UserId, now: DateTime<Utc>, seed: [u8; 16]) -> Self {
        Self {
            exam,
            user,
            now,
            seed,
            number: None,
            device: None,
            arrival: Arrival::default(),
        }
    }
}

/// What became of a start.
#[derive(Debug)]
pub enum StartOutcome {
    /// An attempt was made.
    Started(AttemptRecord),
    /// There was one.
    Resumed(AttemptRecord),
    /// No such exam, or the student is not among its candidates.
    NotFound,
    /// The rules of the exam are against it.
    Refused {
        /// What stands in the way.
        obstacle: Obstacle,
        /// From when it may be started.
        starts_at: DateTime<Utc>,
        /// When it is over.
        ends_at: DateTime<Utc>,
    },
}

/// An attempt with all that belongs to it.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// The attempt.
    pub attempt: Attempt,
    /// What its page is told beside.
    pub standing: Standing,
    /// Which of the student's attempts at this exam it is, from 1.
    pub number: u32,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// The order its student sees.
    pub layout: Layout,
    /// What is asked.
    pub paper: Arc<Paper>,
    /// How it is sat.
    pub rules: ExamRules,
    /// What was answered so far.
    pub answers: Vec<StoredAnswer>,
}

/// The saves of one HTTP request.
#[derive(Debug, Clone)]
pub struct SaveRequest {
    /// Which attempt.
    pub attempt: AttemptId,
    /// Who sent it; must own the attempt.
    pub user: UserId,
    /// The exam that it has to be an attempt at, if the sender may do nothing else.
    pub only_of: Option<ExamId>,
    /// What is to be saved.
    pub answers: Vec<Answer>,
    /// When the server received it; decides whether it is late.
    pub received_at: DateTime<Utc>,
    /// The computer that it comes from, if it names itself.
    pub device: Option<DeviceId>,
    /// What the page says of itself; a report alone is a heartbeat.
    pub report: Option<Report>,
}

impl SaveRequest {
    /// Saves of `user` for `attempt`, with nothing else.
    pub fn new(
        attempt: AttemptId,
        user: UserId,
        answers: Vec<Answer>,
        received_at: DateTime<Utc>,
    ) -> Self {
        Self {
            attempt,
            user,
            only_of: None,
            answers,
            received_at,
            device: None,
            report: None,
        }
    }
}

/// A save that was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedAnswer {
    /// Which question.
    pub question_id: QuestionId,
    /// Which save of it.
    pub sequence: Sequence,
    /// Why, and what is stored instead.
    pub refusal: Refusal,
}

/// What became of one request's saves. Only handed out after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveOutcome {
    /// No such attempt, or somebody else's.
    NotFound,
    /// What the database has of this attempt cannot be read: nothing was stored, and sending it again will not help.
    Damaged,
    /// Each save was taken or refused.
    Decided {
        /// The attempt as it is now.
        attempt: Attempt,
        /// What its page is told beside.
        standing: Box<Standing>,
        /// Durable.
        saved: Vec<(QuestionId, Sequence)>,
        /// Not stored.
        refused: Vec<RefusedAnswer>,
    },
}

impl SaveOutcome {
    /// Whether something was refused, with what is stored instead.
    pub fn has_refusals(&self) -> bool {
        matches!(self, Self::Decided { refused, .. } if !refused.is_empty())
    }
}

/// The state of the schema; names as in the `migrations` directory, without `.sql`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationStatus {
    /// In the database. May contain names of a newer version.
    pub applied: Vec<String>,
    /// Known here and not in the database, with what each means for the version before.
    pub pending: Vec<PendingStep>,
    /// In the database and not known here: a newer release has been there. No hindrance to serving.
    pub unknown: Vec<String>,
}

/// A line of `stored-answers`: what the database really holds.
#[derive(Debug, Clone)]
pub struct StoredAnswerLine {
    /// Which attempt.
    pub attempt_id: String,
    /// Whose.
    pub login: String,
    /// Which question.
    pub question_id: String,
    /// The highest sequence stored.
    pub sequence: i64,
    /// Its canonical JSON text.
    pub response: String,
    /// When it was stored.
    pub saved_at: DateTime<Utc>,
    /// When the attempt was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
}
