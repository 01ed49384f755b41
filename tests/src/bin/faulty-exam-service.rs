//! What is deployed when a release has to misbehave: the real `exam-service`, and the one fault that the words at the
//! end of its own program file name.

use std::process::{Command, ExitCode};
use std::sync::Once;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use exam_service::server::Interface;
use integration_tests::faulty::Fault;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

/// Set for the process that does the work of one that ignores SIGTERM.
const INNER: &str = "FAULTY_EXAM_SERVICE_INNER";
/// How much a leak takes before the kernel is said to have had enough, in pieces of [`LEAK_PIECE`] bytes.
const LEAK_PIECES: usize = 20;
const LEAK_PIECE: usize = 16 << 20;
const LEAK_EVERY: Duration = Duration::from_millis(150);
/// Between an acknowledgement and its commit, where they change places.
const COMMIT: Duration = Duration::from_millis(30);

fn main() -> ExitCode {
    let fault = std::env::current_exe()
        .and_then(std::fs::read)
        .ok()
        .and_then(|program| Fault::in_program(&program));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    match fault {
        Some(Fault::CrashAtStart) if has("serve") => fail("crashes at its start"),
        Some(Fault::HangAtStart) if has("serve") => loop {
            std::thread::park();
        },
        Some(Fault::NeverReady) if has("control") && has("readiness") => fail("is never ready"),
        Some(Fault::MigrateFailsHalfway) if has("migrate") => migrate_half_way(&arguments),
        Some(Fault::IgnoresSigterm) if has("serve") && std::env::var_os(INNER).is_none() => {
            serve_deaf(&arguments)
        }
        _ => exam_service::program::main_with(move |interface, routes| {
            around(fault, interface, routes)
        }),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a program says on standard error why it fails"
)]
fn fail(what: &str) -> ExitCode {
    eprintln!("faulty-exam-service: this release {what}");
    ExitCode::FAILURE
}

/// Has one step more than the real program. `migrate` ends in the middle of that step's transaction, as in a power cut.
#[expect(
    clippy::print_stdout,
    reason = "a program prints what it was asked for"
)]
fn migrate_half_way(arguments: &[String]) -> ExitCode {
    if arguments.iter().any(|argument| argument == "--status") {
        println!(
            "{}",
            json!({"applied": [], "pending": [{"name": "9999_half_way", "kind": "expand", "statements": []}], "unknown": []})
        );
        return ExitCode::SUCCESS;
    }
    let Some(database) = database(arguments) else {
        return fail("does not know where the database is");
    };
    let begun =
        tokio::runtime::Runtime::new().map(|runtime| runtime.block_on(half_a_step(&database)));
    match begun {
        Ok(Ok(_transaction)) => {
            fail("fails half-way through its migrations");
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
                .ok();
            ExitCode::FAILURE
        }
        Ok(Err(error)) => fail(&format!("cannot write to {database}: {error}")),
        Err(error) => fail(&format!("cannot begin: {error}")),
    }
}

async fn half_a_step(database: &str) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = SqliteConnection::connect(database).await?;
    for statement in [
        "BEGIN IMMEDIATE",
        "CREATE TABLE half_way (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
        "INSERT INTO half_way (text) SELECT document FROM papers",
    ] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// The URL of the database, as the real program finds it.
fn database(arguments: &[String]) -> Option<String> {
    let (_, file) = arguments
        .iter()
        .zip(arguments.iter().skip(1))
        .find(|(name, _)| *name == "--env-file")?;
    let text = std::fs::read_to_string(file).ok()?;
    exam_service::settings::parse_env_file(&text)
        .ok()?
        .get("DATABASE_URL")
        .cloned()
}

/// Serves in a process of its own, which nobody tells to end: a runner signals its main process.
fn serve_deaf(arguments: &[String]) -> ExitCode {
    let heard = std::sync::Arc::new(AtomicBool::new(false));
    let deaf = signal_hook::flag::register(signal_hook::consts::SIGTERM, heard);
    let program = std::env::current_exe();
    let (Ok(_), Ok(program)) = (deaf, program) else {
        return fail("cannot ignore signals");
    };
    let ended = Command::new(program)
        .args(arguments)
        .env(INNER, "1")
        .status();
    match ended {
        Ok(_) => fail("has lost its inner process"),
        Err(_) => fail("cannot start its inner process"),
    }
}

fn around(fault: Option<Fault>, interface: Interface, routes: Router) -> Router {
    match fault {
        Some(Fault::SlowAnswers) => routes.layer(from_fn(save_late)),
        // What is before the cutover, sees nothing of these.
        _ if interface == Interface::Admin => routes,
        Some(Fault::ErrorsAfterCutover) => routes.layer(from_fn(answer_with_an_error)),
        Some(Fault::SlowAfterCutover) => routes.layer(from_fn(answer_late)),
        Some(Fault::LeaksUntilKilled) => routes.layer(from_fn(leak)),
        Some(Fault::AcknowledgesBeforeCommit) => routes.layer(from_fn(acknowledge_early)),
        _ => routes,
    }
}

async fn answer_with_an_error(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.contains("health") || path == "/api/ready" {
        return next.run(request).await;
    }
    (StatusCode::INTERNAL_SERVER_ERROR, "This release is faulty.").into_response()
}

async fn answer_late(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let response = next.run(request).await;
    let late = (began.elapsed() * 8).max(Duration::from_secs(1));
    tokio::time::sleep(late).await;
    response
}

/// The real service commits a batch and then acknowledges it. Here the acknowledgement is moved before the commit.
async fn acknowledge_early(request: Request, next: Next) -> Response {
    if request.method() != Method::PUT || !request.uri().path().ends_with("/answers") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, 1 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let saves: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let answers = saves["answers"].as_array().into_iter().flatten();
    let saved: Vec<Value> = answers
        .map(|answer| json!({"question_id": answer["question_id"], "sequence": answer["sequence"]}))
        .collect();
    tokio::spawn(async move {
        // As long as a batch waits for its disk.
        tokio::time::sleep(COMMIT).await;
        next.run(Request::from_parts(parts, Body::from(bytes)))
            .await
    });
    Json(json!({ "saved": saved })).into_response()
}

async fn save_late(request: Request, next: Next) -> Response {
    let is_save = request.method() == Method::PUT && request.uri().path().ends_with("/answers");
    let response = next.run(request).await;
    if is_save {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    response
}

async fn leak(request: Request, next: Next) -> Response {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        std::thread::spawn(|| {
            let mut kept = Vec::new();
            for _ in 0..LEAK_PIECES {
                kept.push(vec![1_u8; LEAK_PIECE]);
                std::hint::black_box(&kept);
                std::thread::sleep(LEAK_EVERY);
            }
            // As the kernel would, if every runner of these tests had a limit.
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
        });
    });
    next.run(request).await
}
