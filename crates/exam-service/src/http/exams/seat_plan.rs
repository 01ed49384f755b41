//! `/api/v1/exams/{id}/seat-plan`: rooms with seats, who is given which, and the list to be signed.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::exam::seating::{Room, SeatOrder, SeatPlan, Seats, Wish};
use crate::exam::{ExamId, UserId};
use crate::http::attachment::attachment;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Id, Parameters};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::Page;
use crate::store::exam_office::{CandidateLine, CandidateOrder};
use crate::transfer::attendance::{AttendanceList, Attendant, by_room, write_csv, write_pdf};

/// The longest seed, in characters.
const LONGEST_SEED: usize = 100;
/// The most seats that stay free between two.
const MOST_BETWEEN: usize = 20;
/// The most people on a list.
const MOST_PEOPLE: usize = 10_000;

/// A room with its seats. A candidate's seat is its name and the seat's: `H1-A01`.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Room)]
pub(super) struct RoomBody {
    #[schema(min_length = 1, max_length = 40, example = "H1")]
    name: String,
    seats: SeatsOfRoom,
    /// Which of the seats nobody is given.
    #[serde(default)]
    out_of_use: BTreeSet<String>,
}

/// One of the two.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SeatsOfRoom {
    /// Rows with letters from the front, columns with numbers: `A01`, or `A1` with fewer than ten columns.
    Grid {
        #[schema(minimum = 1, maximum = 100)]
        rows: usize,
        #[schema(minimum = 1, maximum = 100)]
        columns: usize,
    },
    /// By their names, without hyphens, side by side.
    Named(Vec<String>),
}

impl From<RoomBody> for Room {
    fn from(body: RoomBody) -> Self {
        Self {
            name: body.name,
            seats: match body.seats {
                SeatsOfRoom::Grid { rows, columns } => Seats::Grid { rows, columns },
                SeatsOfRoom::Named(names) => Seats::Named(names),
            },
            out_of_use: body.out_of_use,
        }
    }
}

impl From<Room> for RoomBody {
    fn from(room: Room) -> Self {
        Self {
            name: room.name,
            seats: match room.seats {
                Seats::Grid { rows, columns } => SeatsOfRoom::Grid { rows, columns },
                Seats::Named(names) => SeatsOfRoom::Named(names),
            },
            out_of_use: room.out_of_use,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct SeatPlanReply {
    /// In the order in which they are filled.
    rooms: Vec<RoomBody>,
    /// To be sent as `seen_version` with the next change; 0: there is no plan.
    version: i64,
}

/// The rooms of an exam
///
/// One query of the database.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/seat-plan", operation_id = "rooms", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam")),
    responses((status = 200, description = "Its rooms", body = SeatPlanReply))
)]
pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
) -> Result<Json<SeatPlanReply>, ApiError> {
    let rooms = state.store.exam_rooms(session.into(), id).await?;
    let rooms = rooms.or_refuse("exam")?;
    Ok(Json(SeatPlanReply {
        rooms: rooms.plan.rooms.into_iter().map(RoomBody::from).collect(),
        version: rooms.version,
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SeatPlanBody {
    /// In the order in which they are filled; at most 10,000 seats.
    #[schema(max_items = 200)]
    rooms: Vec<RoomBody>,
    /// The version that its author has seen; 0: there was no plan.
    #[serde(default)]
    #[schema(minimum = 0)]
    seen_version: i64,
}

/// Say in which rooms an exam is sat
///
/// Nobody is seated by it, and nobody loses a seat. A repeat changes nothing.
#[utoipa::path(
    put, path = "/api/v1/exams/{id}/seat-plan", operation_id = "set_rooms", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = SeatPlanBody,
    responses(
        (status = 200, description = "The rooms are kept", body = SeatPlanReply),
        (status = 409, description = "`version-conflict`: Somebody else has changed it", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Body(body): Body<SeatPlanBody>,
) -> Result<Json<SeatPlanReply>, ApiError> {
    let plan = SeatPlan {
        rooms: body.rooms.into_iter().map(Room::from).collect(),
    };
    plan.check().map_err(ApiError::invalid_input)?;
    let kept = state
        .store
        .set_seat_plan(session.into(), id, &plan, body.seen_version)
        .await?;
    Ok(Json(SeatPlanReply {
        version: kept.or_refuse("exam")?,
        rooms: plan.rooms.into_iter().map(RoomBody::from).collect(),
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct AssignBody {
    order: OrderWord,
    /// For `random`: the same seed gives the same seats.
    #[serde(default)]
    #[schema(max_length = 100)]
    seed: String,
    /// How many seats of a row stay free between two candidates.
    #[serde(default)]
    #[schema(maximum = 20)]
    seats_between: usize,
    /// Whether those who have a seat keep it, as all do who have started.
    #[serde(default = "yes")]
    keep_seated: bool,
    /// Without it nobody is seated: a dry run.
    #[serde(default)]
    apply: bool,
}

fn yes() -> bool {
    true
}

/// In which order candidates are given the seats.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OrderWord {
    /// By what they are called, without regard to case and accents.
    Name,
    /// By what they sign in with.
    Login,
    /// As the seed puts them.
    Random,
}

#[derive(Serialize, ToSchema)]
pub(super) struct AssignReply {
    /// Whether they sit there from now on.
    is_applied: bool,
    /// How many keep the seat that they have.
    kept: usize,
    /// Who is given which seat, in their order.
    given: Vec<GivenSeat>,
}

#[derive(Serialize, ToSchema)]
struct GivenSeat {
    #[schema(value_type = Uuid)]
    user_id: UserId,
    seat: String,
}

impl AssignBody {
    fn wish(&self) -> Result<Wish, ApiError> {
        if self.seats_between > MOST_BETWEEN || self.seed.chars().count() > LONGEST_SEED {
            return Err(ApiError::invalid_input(format!(
                "At most {MOST_BETWEEN} seats stay free between two, and a seed has at most {LONGEST_SEED} characters."
            )));
        }
        Ok(Wish {
            order: match self.order {
                OrderWord::Name => SeatOrder::Name,
                OrderWord::Login => SeatOrder::Login,
                OrderWord::Random => SeatOrder::Random(self.seed.clone()),
            },
            seats_between: self.seats_between,
            keeps_seated: self.keep_seated,
        })
    }
}

/// Give the seats of the rooms to candidates
///
/// All of them or nobody: of too few seats the member `missing` of the refusal says how many more it takes. A repeat with
/// `keep_seated` gives a seat to those who have come since.
#[utoipa::path(
    post, path = "/api/v1/exams/{id}/seat-plan/assign", operation_id = "fill_rooms", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam")),
    request_body = AssignBody,
    responses(
        (status = 200, description = "Who sits where, or would", body = AssignReply),
        (status = 409, description = "`not-possible`: There are too few seats", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-input`: The request says what cannot be", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn assign(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Body(body): Body<AssignBody>,
) -> Result<Json<AssignReply>, ApiError> {
    let wish = body.wish()?;
    let assigned = state
        .store
        .assign_seats(session.into(), id, &wish, body.apply)
        .await?;
    let assignment = assigned.or_refuse("exam")?.map_err(|few| {
        let missing = few.needed.saturating_sub(few.free);
        let why = format!(
            "{} candidates need a seat, and {} can be given like this: {missing} are missing. Add rooms, or leave fewer seats between. Nobody was seated.",
            few.needed, few.free
        );
        ApiError::new(ProblemType::NotPossible, why).with("missing", json!(missing))
    })?;
    if body.apply {
        tracing::info!(exam = %id, given = assignment.given.len(), by = %session.user, "candidates were given seats");
    }
    let given = assignment.given.into_iter();
    Ok(Json(AssignReply {
        is_applied: body.apply,
        kept: assignment.kept,
        given: given
            .map(|(user_id, seat)| GivenSeat { user_id, seat })
            .collect(),
    }))
}

/// How the list is written.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ListFormat {
    /// A row for each candidate.
    Csv,
    /// Pages of A4 for each room, to be signed.
    Pdf,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListWanted {
    /// `csv` or `pdf`.
    #[param(inline)]
    format: ListFormat,
}

/// The attendance list by room
///
/// At most 10,000 candidates. Those who sit where the plan has no seat, and those who sit nowhere, come last.
#[utoipa::path(
    get, path = "/api/v1/exams/{id}/seat-plan/attendance", operation_id = "attendance_list", tag = "Candidates",
    params(("id" = Uuid, Path, description = "Which exam"), ListWanted),
    responses((status = 200, description = "The list", content((String = "text/csv"), (String = "application/pdf"))))
)]
pub(super) async fn attendance(
    State(state): State<AppState>,
    session: Session,
    Id(id): Id<ExamId>,
    Parameters(wanted): Parameters<ListWanted>,
) -> Result<Response, ApiError> {
    let rooms = state.store.exam_rooms(session.into(), id).await?;
    let rooms = rooms.or_refuse("exam")?;
    let page = Page {
        after: String::new(),
        limit: MOST_PEOPLE,
    };
    let order = CandidateOrder::Account;
    let people = state.store.candidates(session.into(), id, order, &page);
    let people = people.await?.or_refuse("exam")?;
    // Thousands of names take their time, in which others are served.
    let written = tokio::task::spawn_blocking(move || {
        let list = AttendanceList {
            title: rooms.title,
            starts_at: rooms.starts_at,
            rooms: by_room(&rooms.plan, people.into_iter().map(attendant).collect()),
        };
        match wanted.format {
            ListFormat::Csv => write_csv(&list).map_err(|error| error.to_string()),
            ListFormat::Pdf => write_pdf(&list).map_err(|error| error.to_string()),
        }
    });
    let file = written.await.map_err(|_| ApiError::internal())?;
    let file = file.map_err(|error| {
        tracing::error!(error, "an attendance list could not be written");
        ApiError::internal()
    })?;
    let (kind, name) = match wanted.format {
        ListFormat::Csv => ("text/csv; charset=utf-8", "attendance.csv"),
        ListFormat::Pdf => ("application/pdf", "attendance.pdf"),
    };
    Ok(attachment(kind, name, file))
}

fn attendant(line: CandidateLine) -> Attendant {
    Attendant {
        seat: line.seat,
        name: line.display_name,
        student_number: line.student_number,
        login: line.login,
    }
}
