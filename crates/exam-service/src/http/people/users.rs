//! `/api/v1/users`: accounts, for administrators.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::passwords::{self, Given};
use super::request::page_limit;
use crate::accounts::fields::Field;
use crate::exam::UserId;
use crate::http::client_address::ClientAddress;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::security;
use crate::store::{
    Finding, NewPerson, PeopleRefusal, Person, PersonChange, PersonFilter, Replaced, Role,
};

/// The longest text that is searched for, in bytes.
const MAX_SEARCH_BYTES: usize = 200;

/// An account as administrators see it.
#[derive(Serialize, ToSchema)]
#[schema(as = Person)]
pub(super) struct PersonBody {
    #[schema(value_type = Uuid)]
    id: UserId,
    login: String,
    display_name: String,
    #[schema(value_type = String, example = "student")]
    role: Role,
    email: Option<String>,
    student_number: Option<String>,
    /// Since when nobody can sign in with it.
    disabled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    /// Its password was given to it and has to be changed at the next sign-in.
    has_initial_password: bool,
    /// Codes of an authenticator app are asked for.
    has_second_factor: bool,
}

impl From<Person> for PersonBody {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            login: person.login,
            display_name: person.display_name,
            role: person.role,
            email: person.email,
            student_number: person.student_number,
            disabled_at: person.disabled_at,
            created_at: person.created_at,
            has_initial_password: person.has_initial_password,
            has_second_factor: person.has_second_factor,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct PeopleReply {
    users: Vec<PersonBody>,
    /// For `after`, where there may be more.
    #[schema(value_type = Option<Uuid>)]
    next: Option<UserId>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PeopleParameters {
    /// Somewhere in login, name or student number, whatever the case and the accents; 200 bytes at most.
    #[serde(default)]
    search: String,
    /// With this role only.
    #[param(value_type = Option<RoleWord>)]
    role: Option<Role>,
    /// From 1 to 500; 100 if it is left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// What `next` said.
    #[param(value_type = Option<Uuid>)]
    after: Option<UserId>,
}

/// What an account may do.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes `Role`, which knows nothing of HTTP")]
pub(super) enum RoleWord {
    Student,
    Lecturer,
    Invigilator,
    Administrator,
}

/// Accounts
///
/// In the order in which they were made; one query for a page.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "People", params(PeopleParameters),
    responses((status = 200, description = "A page of accounts", body = PeopleReply))
)]
pub(super) async fn list_users(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<PeopleParameters>,
) -> Result<Json<PeopleReply>, ApiError> {
    if parameters.search.len() > MAX_SEARCH_BYTES {
        return Err(ApiError::invalid_request(format!(
            "search has at most {MAX_SEARCH_BYTES} bytes."
        )));
    }
    let filter = PersonFilter {
        search: parameters.search,
        role: parameters.role,
        after: parameters.after,
        limit: page_limit(parameters.limit)?,
    };
    let people = state.store.people(&filter).await?;
    let is_full = people.len() == filter.limit;
    let next = people.last().filter(|_| is_full).map(|person| person.id);
    let users = people.into_iter().map(PersonBody::from).collect();
    Ok(Json(PeopleReply { users, next }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewUserRequest {
    login: String,
    display_name: String,
    #[schema(value_type = RoleWord)]
    role: Role,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    student_number: Option<String>,
    /// To be changed at the first sign-in. One is made if it is left out.
    #[serde(default)]
    #[schema(format = Password)]
    password: Option<String>,
}

/// An account that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct NewUserReply {
    user: PersonBody,
    /// The password that was made; it is shown this once. Null if one was sent.
    password: Option<String>,
}

/// Make an account
///
/// A repeat is refused, since its login is taken then.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "People", request_body = NewUserRequest,
    responses(
        (status = 201, description = "Made", body = NewUserReply),
        (status = 409, description = "`taken`: Another one has this login or student number", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`password-refused`: The password is not taken", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create_user(
    State(state): State<AppState>,
    session: Session,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<NewUserRequest>,
) -> Result<(StatusCode, Json<NewUserReply>), ApiError> {
    check(Field::Login, Some(&request.login))?;
    check(Field::DisplayName, Some(&request.display_name))?;
    check(Field::Email, request.email.as_deref())?;
    check(Field::StudentNumber, request.student_number.as_deref())?;
    let known = [&*request.login, &*request.display_name];
    let Given { stored, shown } =
        passwords::given_by_administrator(&state, request.password, request.role, &known).await?;
    let id = UserId::generate();
    let person = NewPerson {
        id,
        login: request.login,
        display_name: request.display_name,
        role: request.role,
        password_hash: stored,
        email: request.email,
        student_number: request.student_number,
        courses: Vec::new(),
    };
    let now = state.clock.now();
    let findings = state.store.add_people(&[person], now, false).await?;
    if let Some((_, Finding::Taken(field))) = findings.first() {
        return Err(PeopleRefusal::Taken(field.as_str()).into());
    }
    security::account_changed("account-made", session.user, id, address);
    let person = state.store.person(id).await?;
    let person = person.ok_or_else(|| ApiError::not_found("account"))?;
    let reply = NewUserReply {
        user: person.into(),
        password: shown,
    };
    Ok((StatusCode::CREATED, Json(reply)))
}

/// An account
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "People",
    params(("id" = Uuid, Path, description = "Which account")),
    responses((status = 200, description = "The account", body = PersonBody))
)]
pub(super) async fn show_user(
    State(state): State<AppState>,
    Id(id): Id<UserId>,
) -> Result<Json<PersonBody>, ApiError> {
    let person = state.store.person(id).await?;
    let person = person.ok_or_else(|| ApiError::not_found("account"))?;
    Ok(Json(person.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct UserChangeRequest {
    #[serde(default)]
    display_name: Option<String>,
    /// Counts from the next renewal of a session on, within 15 minutes.
    #[serde(default)]
    #[schema(value_type = Option<RoleWord>)]
    role: Option<Role>,
    /// Null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    email: Replaced<String>,
    /// Null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    student_number: Replaced<String>,
    /// Whether nobody may sign in with it. True ends its sessions; what it has done stays.
    #[serde(default)]
    disabled: Option<bool>,
}

/// Change an account
///
/// What is left out stays. A repeat changes nothing further. Accounts are disabled and not deleted: a disabled one can neither
/// sign in nor renew a session, and its sessions are over at once, in other processes of the service within seconds.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", tag = "People", request_body = UserChangeRequest,
    params(("id" = Uuid, Path, description = "Which account")),
    responses(
        (status = 200, description = "The account as it is now", body = PersonBody),
        (status = 409, description = "`taken`: Another one has this student number\n`last-administrator`: The last administrator", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change_user(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<UserId>,
    Extension(address): Extension<ClientAddress>,
    Body(request): Body<UserChangeRequest>,
) -> Result<Json<PersonBody>, ApiError> {
    check(Field::DisplayName, request.display_name.as_deref())?;
    check(Field::Email, request.email.as_deref().over(None))?;
    check(
        Field::StudentNumber,
        request.student_number.as_deref().over(None),
    )?;
    let change = PersonChange {
        display_name: request.display_name,
        role: request.role,
        email: request.email,
        student_number: request.student_number,
        is_disabled: request.disabled,
    };
    let now = state.clock.now();
    let person = state.store.change_person(id, &change, now).await??;
    let event = if person.disabled_at.is_some() {
        state.look_for_ended_sessions().await;
        "account-disabled"
    } else {
        "account-changed"
    };
    security::account_changed(event, session.user, id, address);
    Ok(Json(person.into()))
}

/// Whether `text`, if there is one, may be in `field`.
pub(super) fn check(field: Field, text: Option<&str>) -> Result<(), ApiError> {
    text.map_or(Ok(()), |text| field.check(text))
        .map_err(|why| ApiError::invalid_request(format!("{why}.")))
}
