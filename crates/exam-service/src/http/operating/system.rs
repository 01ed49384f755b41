//! `GET /api/v1/system`: how the service is, for administrators.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::exam::ExamId;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::maintenance::Notice;
use crate::settings::{Settings, ShownSetting};
use crate::version;

/// What does not change while a process lives.
pub struct Instance {
    started_at: DateTime<Utc>,
    pub(super) environment: &'static str,
    colour: Option<String>,
    /// `sqlite`, `mysql` or `postgres`.
    database: &'static str,
    file: Option<PathBuf>,
    works: bool,
    sends_mail: bool,
    /// How many saves may wait.
    save_queue: usize,
    pub(super) settings: Vec<ShownSetting>,
    pub(super) warnings: Vec<String>,
}

impl Instance {
    /// This one, with these settings.
    pub fn new(settings: &Settings, started_at: DateTime<Utc>) -> Self {
        Self {
            started_at,
            environment: settings.telemetry.environment.as_str(),
            colour: settings.colour.as_ref().map(|colour| colour.name.clone()),
            database: settings.database.kind(),
            file: settings.database.file().map(PathBuf::from),
            works: settings.works,
            sends_mail: settings.mail.is_some(),
            save_queue: settings.save_queue,
            settings: settings.shown(),
            warnings: settings.warnings(),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SystemReply {
    version: &'static str,
    commit: &'static str,
    /// `production`, `staging`, `development` or `demo`.
    environment: &'static str,
    /// Which of two instances answers; null where there is one.
    colour: Option<String>,
    started_at: DateTime<Utc>,
    server_time: DateTime<Utc>,
    database: DatabaseBody,
    /// Attempts that still take answers.
    open_attempts: i64,
    /// Exams in which somebody sits or may still start.
    exams_running: i64,
    /// The next one to begin.
    next_exam: Option<NextExamBody>,
    saves: SavesBody,
    jobs: JobsBody,
    /// What people are told; null where there is no maintenance.
    maintenance: Option<Notice>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SystemDatabase)]
struct DatabaseBody {
    /// `sqlite`, `mysql` or `postgres`.
    kind: &'static str,
    /// As the database says it.
    version: String,
    /// How large its file is; null where it is no file.
    bytes: Option<u64>,
    migrations_applied: usize,
    /// The names of those that are not; the service is not ready with any.
    migrations_pending: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SystemExam)]
struct NextExamBody {
    #[schema(value_type = Uuid)]
    id: ExamId,
    title: String,
    starts_at: DateTime<Utc>,
}

/// Saves that wait for the database, of how many may.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemSaves)]
struct SavesBody {
    waiting: usize,
    most: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SystemJobs)]
struct JobsBody {
    /// They wait for their time, or are being done.
    waiting: i64,
    /// Nobody tries them any more.
    dead: i64,
    /// Whether this process does them itself; else a worker beside it has to.
    works: bool,
    sends_mail: bool,
}

/// How the service is
///
/// Also during maintenance.
#[utoipa::path(
    get, path = "/api/v1/system", tag = "Operation", operation_id = "system",
    responses((status = 200, description = "How it is now", body = SystemReply))
)]
pub(in crate::http) async fn show(
    State(state): State<AppState>,
) -> Result<Json<SystemReply>, ApiError> {
    let (store, now, instance) = (&state.store, state.clock.now(), &state.instance);
    let migrations = store.migration_status().await?;
    let calendar = store.calendar(now).await?;
    let jobs = store.count_jobs().await?;
    Ok(Json(SystemReply {
        version: version::VERSION,
        commit: version::COMMIT,
        environment: instance.environment,
        colour: instance.colour.clone(),
        started_at: instance.started_at,
        server_time: now,
        database: DatabaseBody {
            kind: instance.database,
            version: store.database_version().await?,
            bytes: size_bytes(instance.file.clone()).await,
            migrations_applied: migrations.applied.len(),
            migrations_pending: migrations
                .pending
                .into_iter()
                .map(|step| step.name)
                .collect(),
        },
        open_attempts: store.count_open_attempts(now).await?,
        exams_running: calendar.running,
        next_exam: calendar.next.map(|exam| NextExamBody {
            id: exam.id,
            title: exam.title,
            starts_at: exam.starts_at,
        }),
        saves: SavesBody {
            waiting: state.saves.depth(),
            most: instance.save_queue,
        },
        jobs: JobsBody {
            waiting: jobs.waiting,
            dead: jobs.dead,
            works: instance.works,
            sends_mail: instance.sends_mail,
        },
        maintenance: state.maintenance.notice().as_deref().cloned(),
    }))
}

/// How large the file is; a disk that hangs holds up nobody else.
async fn size_bytes(file: Option<PathBuf>) -> Option<u64> {
    let file = file?;
    let looked = tokio::task::spawn_blocking(move || std::fs::metadata(file));
    let found = looked.await.ok()?.ok()?;
    Some(found.len())
}
