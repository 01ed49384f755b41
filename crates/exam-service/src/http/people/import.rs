//! `POST /api/v1/users/import`: many accounts in one request, all of them or none.

use axum::Json;
use axum::extract::{Extension, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::passwords::generate;

use super::upload::Upload;
use crate::accounts::fields::Field;
use crate::accounts::initial_password::marked;
use crate::exam::UserId;
use crate::http::client_address::ClientAddress;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::Parameters;
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::security;
use crate::store::{Finding, NewPerson};
use crate::transfer::people::{self, PeopleReport, PersonRow};
use crate::transfer::questions::TransferError;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportParameters {
    /// Says what would be done and does nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PeopleImport)]
pub(super) struct ImportReply {
    /// How many accounts were made; none by a dry run.
    created: usize,
    report: PeopleReport,
    /// Login, student number, name and password of each account whose password was made here, as CSV to be printed.
    /// It is shown this once. Null where there is none.
    credentials_csv: Option<String>,
}

/// Make many accounts from a file
///
/// The first row names the columns: `login` and `display_name`, and as wanted `role` (`student` if it is empty), `email`,
/// `student_number`, `password` (one is made if it is empty; at most 100 rows may give one) and `courses` (codes, separated by
/// `;`). All or nothing: one row that is wrong changes nothing. A repeat is refused, since the logins are taken then.
#[utoipa::path(
    post, path = "/api/v1/users/import", tag = "People", params(ImportParameters),
    request_body(content((String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses(
        (status = 200, description = "Imported, or with `dry_run` it could be", body = ImportReply),
        (status = 415, description = "`unsupported-format`: This kind of file is not taken", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`import-refused`: At least one row is wrong; nothing was changed. The member `report` names rows and columns", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn import_users(
    State(state): State<AppState>,
    session: Session,
    Extension(address): Extension<ClientAddress>,
    Parameters(parameters): Parameters<ImportParameters>,
    upload: Upload,
) -> Result<Json<ImportReply>, ApiError> {
    let reading = move || people::read(upload.format, &upload.bytes);
    let (rows, mut report) = blocking(reading)
        .await?
        .map_err(|error| unreadable(&error))?;
    let is_trial = parameters.dry_run || report.count() > 0;
    let made = if is_trial {
        rows.iter()
            .map(|row| (new_person(row, String::new()), None))
            .collect()
    } else {
        with_passwords(&state, &rows).await?
    };
    let (accounts, shown): (Vec<NewPerson>, Vec<Option<String>>) = made.into_iter().unzip();
    let findings = state
        .store
        .add_people(session.into(), &accounts, is_trial)
        .await?;
    for (index, finding) in findings {
        let row = rows.get(index).map_or(0, |row| row.row);
        add_finding(&mut report, row, &finding);
    }
    if report.count() > 0 {
        return Err(refused(&mut report));
    }
    if parameters.dry_run {
        return Ok(Json(ImportReply {
            created: 0,
            report,
            credentials_csv: None,
        }));
    }
    security::people_imported(session.user, accounts.len(), address);
    Ok(Json(ImportReply {
        created: accounts.len(),
        report,
        credentials_csv: credentials(&accounts, &shown)?,
    }))
}

/// An account to be made, and its password if it was made here.
type Made = (NewPerson, Option<String>);

fn new_person(row: &PersonRow, password_hash: String) -> NewPerson {
    NewPerson {
        id: UserId::generate(),
        login: row.login.clone(),
        display_name: row.display_name.clone(),
        role: row.role,
        password_hash,
        email: row.email.clone(),
        student_number: row.student_number.clone(),
        courses: row.courses.clone(),
    }
}

/// The accounts with their passwords: those of the file hashed slowly, of which there are few; the others made here.
async fn with_passwords(state: &AppState, rows: &[PersonRow]) -> Result<Vec<Made>, ApiError> {
    let mut made = Vec::with_capacity(rows.len());
    for row in rows {
        made.push(if let Some(given) = &row.password {
            let hash = state.passwords.hash(given.clone()).await?;
            (new_person(row, marked(&hash)), None)
        } else {
            let password = generate()?;
            let shown = Some(password.printed());
            (new_person(row, password.stored()), shown)
        });
    }
    Ok(made)
}

fn credentials(
    accounts: &[NewPerson],
    shown: &[Option<String>],
) -> Result<Option<String>, ApiError> {
    let rows: Vec<[&str; 4]> = accounts
        .iter()
        .zip(shown)
        .filter_map(|(person, password)| {
            let number = person.student_number.as_deref().unwrap_or_default();
            let password = password.as_deref()?;
            Some([&*person.login, number, &*person.display_name, password])
        })
        .collect();
    if rows.is_empty() {
        return Ok(None);
    }
    credentials_csv("password", rows.into_iter()).map(Some)
}

/// What was made for people, as CSV to be printed.
pub(super) fn credentials_csv<'a>(
    secret: &'a str,
    rows: impl Iterator<Item = [&'a str; 4]>,
) -> Result<String, ApiError> {
    people::credentials(secret, rows).map_err(|error| {
        tracing::error!(%error, "a list of new secrets could not be written");
        ApiError::internal()
    })
}

fn add_finding(report: &mut PeopleReport, row: usize, finding: &Finding) {
    match finding {
        Finding::Taken(field) => {
            let what = match field {
                Field::StudentNumber => {
                    "an account with this student number exists: take the row out, or change one of them"
                }
                _ => "an account with this login exists: take the row out, or change that account",
            };
            report.add(row, field.as_str(), what);
        }
        Finding::UnknownCourse(code) => {
            let what = format!(
                "there is no course '{code}' that is not archived: make it, or correct the code"
            );
            report.add(row, "courses", what);
        }
    }
}

fn refused(report: &mut PeopleReport) -> ApiError {
    report.problems.sort_by_key(|problem| problem.row);
    let first = report.problems.first();
    let first = first.map_or(String::new(), |problem| {
        format!(
            " Row {}, {}: {}.",
            problem.row, problem.column, problem.what
        )
    });
    let count = report.count();
    let detail = format!(
        "Nothing was changed. Cells that are wrong: {count}. Correct them and send the file again.{first}"
    );
    ApiError::new(ProblemType::ImportRefused, detail).with("report", serde_json::json!(report))
}

fn unreadable(error: &TransferError) -> ApiError {
    let detail = format!("Nothing was changed: {error}.");
    ApiError::new(ProblemType::ImportRefused, detail)
}

/// Does what takes the processor for a while where it keeps nobody else waiting.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "reading a file ended abnormally");
        ApiError::internal()
    })
}
