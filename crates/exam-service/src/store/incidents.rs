//! What invigilators write down while an exam is sat.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Page, Pending, Staff, StaffOutcome};
use crate::exam::incident::IncidentCategory;
use crate::exam::{AttemptId, ExamId, IncidentId, UserId};

/// Something to be written down.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// Which it will be.
    pub id: IncidentId,
    /// In which exam.
    pub exam: ExamId,
    /// The client's name for this request: sent again, it is not written down again.
    pub key: String,
    /// SHA-256 of what was asked for.
    pub request_hash: String,
    /// About which candidate, if about one.
    pub user: Option<UserId>,
    /// In which room, if that matters.
    pub room: Option<String>,
    /// In a word.
    pub category: IncidentCategory,
    /// What happened.
    pub text: String,
    /// The note that this one takes the place of.
    pub corrects: Option<IncidentId>,
}

/// Somebody by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub user: UserId,
    /// Its login.
    pub login: String,
    /// Its name.
    pub display_name: String,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Which.
    pub id: IncidentId,
    /// When, by the server's clock.
    pub written_at: DateTime<Utc>,
    /// Who wrote it.
    pub author: Person,
    /// About which candidate, if about one.
    pub about: Option<Person>,
    /// Where they sit now.
    pub seat: Option<String>,
    /// The latest attempt that they had then.
    pub attempt: Option<AttemptId>,
    /// In which room, if one is named.
    pub room: Option<String>,
    /// In a word.
    pub category: IncidentCategory,
    /// What happened.
    pub text: String,
    /// The note that this one takes the place of.
    pub corrects: Option<IncidentId>,
    /// The note that takes the place of this one.
    pub corrected_by: Option<IncidentId>,
}

/// What became of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentOutcome {
    /// No such exam, or it is not theirs.
    NotFound,
    /// The key was used for something else.
    KeyUsedBefore,
    /// A rule is against it; a sentence that says which, and what to do.
    Refused(String),
    /// It is kept, now or when the same request came before.
    Noted(Box<Incident>),
}

/// What notes ask of the database. They are written and read by those who watch the exam, and never changed.
pub trait IncidentStore {
    /// Writes something down, once for each key of an account.
    fn note_incident<'a>(
        &'a self,
        staff: Staff,
        new: &'a NewIncident,
    ) -> Pending<'a, IncidentOutcome>;

    /// The notes of an exam, the oldest first; those that were corrected stay in the list.
    fn incidents<'a>(
        &'a self,
        staff: Staff,
        exam: ExamId,
        page: &'a Page,
    ) -> Pending<'a, StaffOutcome<Vec<Incident>>>;
}

impl IncidentStore for DatabaseStore {
    fn note_incident<'a>(
        &'a self,
        staff: Staff,
        new: &'a NewIncident,
    ) -> Pending<'a, IncidentOutcome> {
        Box::pin(retrying(move || self.write_incident(staff, new)))
    }

    fn incidents<'a>(
        &'a self,
        staff: Staff,
        exam: ExamId,
        page: &'a Page,
    ) -> Pending<'a, StaffOutcome<Vec<Incident>>> {
        Box::pin(self.read_incidents(staff, exam, page))
    }
}
