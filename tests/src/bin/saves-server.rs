//! What the benchmark of saves starts: the real `exam-service`, in which answers may take another way.
//!
//! `SAVES_WAY` is `ours` (nothing is changed), `no-write` (the ceiling: the same request is read and checked, and nothing
//! is stored) or `naive` (one transaction for each request).

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response as Reply};
use axum::routing::put;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use exam_service::clock::Clock;
use exam_service::exam::{Answer, AttemptId, QuestionId, Response, Sequence, timing};
use exam_service::http::AppState;
use exam_service::lifecycle::termination;
use exam_service::server::{Interface, Server};
use exam_service::settings::{Settings, Variables};
use exam_service::store::{DatabaseStore, SaveOutcome, SaveRequest, Store as _, StoreError};
use exam_service::telemetry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Semaphore;

/// How many transactions the naive way has open at a time.
const NAIVE_TRANSACTIONS: usize = 16;
/// Each store has up to two connections for saves.
const NAIVE_STORES: usize = NAIVE_TRANSACTIONS / 2;

/// The naive way: whoever has a turn takes the next store.
struct Naive {
    turns: Semaphore,
    stores: Vec<DatabaseStore>,
    next: AtomicUsize,
}

#[derive(Deserialize)]
struct SaveBody {
    answers: Vec<AnswerInput>,
}

#[derive(Deserialize)]
struct AnswerInput {
    question_id: QuestionId,
    response: Value,
    sequence: i64,
    flagged: Option<bool>,
}

#[derive(Serialize)]
struct SavedReply {
    saved: Vec<SavedAnswer>,
    server_time: DateTime<Utc>,
    remaining_ms: i64,
}

#[derive(Serialize)]
struct SavedAnswer {
    question_id: QuestionId,
    sequence: i64,
}

/// What the server consists of; known a moment after its port is open.
static STATE: OnceLock<AppState> = OnceLock::new();

fn main() -> ExitCode {
    let way = std::env::var("SAVES_WAY").unwrap_or_else(|_| "ours".to_owned());
    let is_serving = std::env::args().nth(1).is_some_and(|word| word == "serve");
    if way == "ours" || !is_serving {
        return exam_service::program::main();
    }
    match serve(way == "naive") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.as_ref()),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a program says on standard error why it fails"
)]
fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("saves-server: {error}");
    ExitCode::FAILURE
}

fn serve(is_naive: bool) -> Result<(), Box<dyn std::error::Error>> {
    let variables: Variables = std::env::vars().collect();
    let settings = Settings::from_variables(&variables)?;
    let _telemetry = telemetry::start(&settings.telemetry);
    tokio::runtime::Runtime::new()?.block_on(async {
        let naive = if is_naive {
            Some(Arc::new(Naive::open(&settings).await?))
        } else {
            None
        };
        let around = |interface: Interface, routes: Router| {
            if interface == Interface::Admin {
                return routes;
            }
            let naive = naive.clone();
            Router::new()
                .route(
                    "/api/v1/attempts/{id}/answers",
                    put(move |path, headers, body| save(naive, path, headers, body)),
                )
                .fallback_service(routes)
        };
        let server = Server::start_with(&settings, Clock::System, around).await?;
        STATE.set(server.state.clone()).ok();
        termination().await?;
        server.stop().await;
        Ok(())
    })
}

/// The work of the real handler, up to where it hands the request to the writer.
async fn save(
    naive: Option<Arc<Naive>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<SaveBody>,
) -> Reply {
    let Some(state) = STATE.get() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let Some(request) = read(state, &id, &headers, body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let saved = match naive {
        None => {
            let saved = request.answers.iter();
            let saved = saved.map(|answer| (answer.question_id, answer.sequence));
            Some((request.received_at, saved.collect()))
        }
        Some(naive) => naive.save(state, request).await,
    };
    let Some((deadline_at, saved)) = saved else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let server_time = state.clock.now();
    let reply = SavedReply {
        saved: saved
            .into_iter()
            .map(|(question_id, sequence)| SavedAnswer {
                question_id,
                sequence: sequence.get(),
            })
            .collect(),
        server_time,
        remaining_ms: timing::remaining_ms(server_time, deadline_at),
    };
    Json(reply).into_response()
}

/// When the time is over, and what is stored.
type Saved = (DateTime<Utc>, Vec<(QuestionId, Sequence)>);

impl Naive {
    async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let mut stores = Vec::new();
        for _ in 0..NAIVE_STORES {
            let environment = settings.telemetry.environment;
            stores.push(DatabaseStore::open(&settings.database, environment).await?);
        }
        Ok(Self {
            turns: Semaphore::new(NAIVE_TRANSACTIONS),
            stores,
            next: AtomicUsize::new(0),
        })
    }

    /// `None` when it failed or was refused.
    async fn save(&self, state: &AppState, request: SaveRequest) -> Option<Saved> {
        let _turn = self.turns.acquire().await.ok()?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let store = &self.stores[number % self.stores.len()];
        let saving = store.save_answers(std::slice::from_ref(&request), state.clock.now());
        match saving.await.ok()?.pop()? {
            SaveOutcome::Decided {
                attempt,
                saved,
                refused,
                ..
            } if refused.is_empty() => Some((attempt.deadline_at, saved)),
            _ => None,
        }
    }
}

/// Who sends which answers; `None` where the real handler would refuse.
fn read(state: &AppState, id: &str, headers: &HeaderMap, body: SaveBody) -> Option<SaveRequest> {
    let received_at = state.clock.now();
    let bearer = headers.get("authorization")?.to_str().ok()?;
    let (session, _) = state
        .tokens
        .verify(bearer.strip_prefix("Bearer ")?, received_at)?;
    let attempt: AttemptId = id.parse().ok()?;
    let answers = body.answers.into_iter().map(|answer| {
        Some(Answer {
            question_id: answer.question_id,
            response: Response::parse(&answer.response).ok()?,
            sequence: Sequence::new(answer.sequence)?,
            flagged: answer.flagged,
        })
    });
    Some(SaveRequest::new(
        attempt,
        session.user,
        answers.collect::<Option<_>>()?,
        received_at,
    ))
}
