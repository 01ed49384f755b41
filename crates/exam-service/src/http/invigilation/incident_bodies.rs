//! Notes as they are read and written.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::exam::incident::IncidentCategory;
use crate::exam::{AttemptId, IncidentId, UserId};
use crate::store::incidents::{Incident, Person};

#[derive(Serialize, ToSchema)]
pub(super) struct IncidentsReply {
    /// The oldest first.
    pub(super) incidents: Vec<IncidentBody>,
    /// For `after`, if there may be more.
    pub(super) next: Option<String>,
}

/// Something that an invigilator wrote down.
#[derive(Serialize, ToSchema)]
#[schema(as = Incident)]
pub(in crate::http) struct IncidentBody {
    #[schema(value_type = Uuid)]
    id: IncidentId,
    /// By the server's clock.
    written_at: DateTime<Utc>,
    author: PersonBody,
    /// The candidate that it is about; null: about nobody in particular.
    about: Option<PersonBody>,
    /// Where they sit now.
    seat: Option<String>,
    /// The latest attempt that they had when it was written.
    #[schema(value_type = Option<Uuid>)]
    attempt_id: Option<AttemptId>,
    room: Option<String>,
    /// `technical`, `behaviour`, `health` or `other`.
    #[schema(value_type = String, example = "technical")]
    category: IncidentCategory,
    text: String,
    /// The note that this one takes the place of.
    #[schema(value_type = Option<Uuid>)]
    corrects_id: Option<IncidentId>,
    /// The note that takes the place of this one.
    #[schema(value_type = Option<Uuid>)]
    corrected_by_id: Option<IncidentId>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = IncidentPerson)]
struct PersonBody {
    #[schema(value_type = Uuid)]
    user_id: UserId,
    login: String,
    display_name: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct NewIncidentBody {
    /// `technical`, `behaviour`, `health` or `other`.
    #[schema(value_type = String, example = "technical")]
    pub(super) category: IncidentCategory,
    /// What happened.
    #[schema(min_length = 1, max_length = 4000)]
    pub(super) text: String,
    /// The candidate that it is about; left out: about nobody in particular.
    #[schema(value_type = Option<Uuid>)]
    pub(super) user_id: Option<UserId>,
    /// Left out: none is named.
    #[schema(max_length = 100)]
    pub(super) room: Option<String>,
    /// The note that this one takes the place of. That one stays, and says so.
    #[schema(value_type = Option<Uuid>)]
    pub(super) corrects_id: Option<IncidentId>,
}

impl From<Incident> for IncidentBody {
    fn from(incident: Incident) -> Self {
        Self {
            id: incident.id,
            written_at: incident.written_at,
            author: incident.author.into(),
            about: incident.about.map(Into::into),
            seat: incident.seat,
            attempt_id: incident.attempt,
            room: incident.room,
            category: incident.category,
            text: incident.text,
            corrects_id: incident.corrects,
            corrected_by_id: incident.corrected_by,
        }
    }
}

impl From<Person> for PersonBody {
    fn from(person: Person) -> Self {
        Self {
            user_id: person.user,
            login: person.login,
            display_name: person.display_name,
        }
    }
}
