//! Notes of invigilators as comma-separated values.

use chrono::SecondsFormat;

use super::questions::TransferError;
use super::table::csv::{harmless, write};
use crate::store::incidents::{Incident, Person};

/// The first row.
const HEADER: [&str; 12] = [
    "written_at",
    "author",
    "author_login",
    "category",
    "student",
    "student_login",
    "seat",
    "room",
    "text",
    "id",
    "corrects_id",
    "corrected_by_id",
];

/// A row for each note, under a row of names.
///
/// # Errors
/// When there is no memory for it.
pub fn write_csv(incidents: &[Incident]) -> Result<Vec<u8>, TransferError> {
    let header = HEADER.map(str::to_owned).to_vec();
    write(std::iter::once(header).chain(incidents.iter().map(row)))
}

fn row(incident: &Incident) -> Vec<String> {
    let about = |of: fn(&Person) -> &String| incident.about.as_ref().map(of);
    let text = |text: Option<&String>| text.map_or_else(String::new, |text| harmless(text));
    let id = |id: Option<crate::exam::IncidentId>| id.map_or_else(String::new, |id| id.to_string());
    vec![
        incident
            .written_at
            .to_rfc3339_opts(SecondsFormat::Secs, true),
        harmless(&incident.author.display_name),
        harmless(&incident.author.login),
        incident.category.as_str().to_owned(),
        text(about(|of| &of.display_name)),
        text(about(|of| &of.login)),
        text(incident.seat.as_ref()),
        text(incident.room.as_ref()),
        harmless(&incident.text),
        incident.id.to_string(),
        id(incident.corrects),
        id(incident.corrected_by),
    ]
}
