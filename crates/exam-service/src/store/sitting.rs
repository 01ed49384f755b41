//! What the store is asked about those who sit an exam by those who watch it, and by the service itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::incidents::Incident;
use super::sql::retrying;
use super::{DatabaseStore, Pending, Staff};
use crate::exam::invigilation::Measure;
use crate::exam::timing::Credit;
use crate::exam::{Attempt, AttemptId, ExamId, MessageId, UserId};

/// What the page of an attempt is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What was said, the newest last; at most the last hundred.
    pub messages: Vec<Message>,
    /// Whether breaks were granted: only then does anybody need to ask what is left of them.
    pub has_breaks: bool,
}

/// Something that an invigilator said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which one.
    pub id: MessageId,
    /// Its text.
    pub body: String,
    /// When.
    pub sent_at: DateTime<Utc>,
}

/// To whom something is done: of each student, the latest attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Everybody who sits the exam.
    All,
    /// These attempts; those of other exams are left alone.
    Attempts(Vec<AttemptId>),
    /// Who sits in the room of this name in the seat plan; where the plan has none, whose seat begins like this.
    Room(String),
    /// Who is in this group, by its id.
    Group(String),
}

/// Something that an invigilator wants done.
#[derive(Debug, Clone)]
pub struct ActionRequest {
    /// Who.
    pub staff: Staff,
    /// In which exam.
    pub exam: ExamId,
    /// The client's name for this request: sent again, it is not done again.
    pub key: String,
    /// SHA-256 of what was asked for.
    pub request_hash: String,
    /// To whom.
    pub target: Target,
    /// What is done, if something is.
    pub measure: Option<Measure>,
    /// What is said, if something is.
    pub message: Option<String>,
    /// Why, for the log.
    pub reason: Option<String>,
    /// When.
    pub now: DateTime<Utc>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionReceipt {
    /// The line of the log.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// How many attempts it was about.
    pub targeted: usize,
    /// For how many of them it changed something.
    pub changed: usize,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionOutcome {
    /// No such exam, or it is not theirs.
    NotFound,
    /// The key was used for something else.
    KeyUsedBefore,
    /// It is done, now or when the same request came before.
    Done(ActionReceipt),
}

/// A student on the board of those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRow {
    /// The account.
    pub user: UserId,
    /// Its login.
    pub login: String,
    /// Its name.
    pub display_name: String,
    /// Where they sit.
    pub seat: Option<String>,
    /// Their latest attempt, if they have started.
    pub attempt: Option<BoardAttempt>,
}

/// An attempt on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// Which of the student's attempts at this exam it is, from 1.
    pub number: i64,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// Whether its page hides what it shows.
    pub is_blanked: bool,
    /// While its student is on a break: until when the clock stands still for it.
    pub break_ends_at: Option<DateTime<Utc>>,
    /// How many questions have an answer that was not taken back.
    pub answered: i64,
    /// When an answer was last stored.
    pub saved_at: Option<DateTime<Utc>>,
    /// When the page last said that it is there.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// How many violations were noted.
    pub violations: i64,
    /// Whether the page has confirmed everything that staff changed.
    pub is_confirmed: bool,
}

/// Something that happened to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: Happening,
}

/// What can happen to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// It was started.
    Started,
    /// It was handed in.
    Submitted,
    /// An answer was stored, or set aside because another computer had taken over.
    Saved {
        /// To which question.
        question: String,
        /// Which save of it.
        sequence: i64,
        /// The canonical JSON text of the answer.
        response: String,
        /// It does not count.
        is_set_aside: bool,
        /// The line of the log by which it came out of an emergency file; `None`: its page saved it.
        audit_number: Option<i64>,
    },
    /// In practice, the student had an answer checked.
    Checked {
        /// To which question.
        question: String,
        /// Which save of it.
        sequence: i64,
    },
    /// Something that the page reported, or the service noticed.
    Event {
        /// A word of [`crate::exam::event::EventKind`].
        kind: String,
        /// Something that students may not do.
        is_violation: bool,
        /// When the server learnt of it.
        received_at: DateTime<Utc>,
    },
    /// An invigilator wrote something down about the student.
    Noted(Box<Incident>),
    /// Something that staff or the service did.
    Action {
        /// The line of the log.
        number: i64,
        /// In a word.
        action: String,
        /// The account; `None`: the service itself.
        actor: Option<String>,
        /// On whom and how much: a JSON text.
        detail: String,
    },
}

/// An attempt from its beginning on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The oldest first.
    pub entries: Vec<TimelineEntry>,
    /// Whether there was more than is kept in one answer.
    pub is_cut: bool,
    /// The questions by id, in the order in which the student sees them.
    pub questions: Vec<String>,
    /// Who acted, by id: their names.
    pub names: BTreeMap<String, String>,
}

/// A time in which nobody was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// When somebody was last served for certain.
    pub from: DateTime<Utc>,
    /// To how many attempts it was given back.
    pub given_back: usize,
    /// It was too long to be given back without a decision by staff.
    pub is_left_to_staff: bool,
}

/// What belongs to those who watch exams.
pub trait SittingStore {
    /// Whether an exam is among those that `staff` watches.
    fn is_exam_of(&self, staff: Staff, exam: ExamId) -> Pending<'_, bool>;

    /// Everybody who may sit an exam, by login, and how far they are; at most the first 10 000.
    fn board(&self, exam: ExamId) -> Pending<'_, Vec<BoardRow>>;

    /// What happened to an attempt; `None` when it is none of an exam that `staff` watches.
    fn timeline(
        &self,
        staff: Staff,
        attempt: AttemptId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<Timeline>>;

    /// Hands in attempts whose time is over and of which nothing is under way, each as of its deadline; how many, at
    /// most `limit`. Several processes may do so at the same time.
    fn submit_overdue(&self, now: DateTime<Utc>, limit: i64) -> Pending<'_, u64>;

    /// Notes that students are served at `now`. Where nobody was for a while before, that time is given back once to
    /// those who sat an exam then, as far as their exams want it.
    fn note_serving(&self, now: DateTime<Utc>) -> Pending<'_, Option<Outage>>;

    /// What was said to the student of an attempt, and whether there is more to be told.
    fn messages(&self, attempt: AttemptId) -> Pending<'_, Told>;

    /// The time credit that was given to attempts of this exam by this line of the log.
    fn time_credit(&self, exam: ExamId, line: i64) -> Pending<'_, Option<Credit>>;

    /// Does something to attempts, once for each key of an account, and writes it to the log.
    fn act<'a>(&'a self, request: &'a ActionRequest) -> Pending<'a, ActionOutcome>;
}

impl SittingStore for DatabaseStore {
    fn is_exam_of(&self, staff: Staff, exam: ExamId) -> Pending<'_, bool> {
        Box::pin(self.read_is_exam_of(staff, exam))
    }

    fn board(&self, exam: ExamId) -> Pending<'_, Vec<BoardRow>> {
        Box::pin(self.read_board(exam))
    }

    fn timeline(
        &self,
        staff: Staff,
        attempt: AttemptId,
        now: DateTime<Utc>,
    ) -> Pending<'_, Option<Timeline>> {
        Box::pin(self.read_timeline(staff, attempt, now))
    }

    fn submit_overdue(&self, now: DateTime<Utc>, limit: i64) -> Pending<'_, u64> {
        Box::pin(retrying(move || self.write_overdue(now, limit)))
    }

    fn note_serving(&self, now: DateTime<Utc>) -> Pending<'_, Option<Outage>> {
        Box::pin(retrying(move || self.write_serving(now)))
    }

    fn messages(&self, attempt: AttemptId) -> Pending<'_, Told> {
        Box::pin(self.read_messages(attempt))
    }

    fn time_credit(&self, exam: ExamId, line: i64) -> Pending<'_, Option<Credit>> {
        Box::pin(self.read_time_credit(exam, line))
    }

    fn act<'a>(&'a self, request: &'a ActionRequest) -> Pending<'a, ActionOutcome> {
        Box::pin(retrying(move || self.write_action(request)))
    }
}
