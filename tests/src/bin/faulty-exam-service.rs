//! What is deployed when a release has to misbehave: the real `exam-service`, and the one fault that the words at the
//! end of its own program file name.

use std::process::{Command, ExitCode};
use std::sync::Once;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use integration_tests::faulty::Fault;

/// Set for the process that does the work of one that ignores SIGTERM.
const INNER: &str = "FAULTY_EXAM_SERVICE_INNER";
/// How much a leak takes before the kernel is said to have had enough, in pieces of [`LEAK_PIECE`] bytes.
const LEAK_PIECES: usize = 20;
const LEAK_PIECE: usize = 16 << 20;
const LEAK_EVERY: Duration = Duration::from_millis(150);

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
        Some(Fault::MigrateFailsHalfway) if has("migrate") && !has("--status") => {
            fail("fails half-way through its migrations")
        }
        Some(Fault::IgnoresSigterm) if has("serve") && std::env::var_os(INNER).is_none() => {
            serve_deaf(&arguments)
        }
        _ => exam_service::program::main_with(move |routes| around(fault, routes)),
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

fn around(fault: Option<Fault>, routes: Router) -> Router {
    match fault {
        Some(Fault::ErrorsAfterCutover) => routes.layer(from_fn(answer_with_an_error)),
        Some(Fault::SlowAfterCutover) => routes.layer(from_fn(answer_late)),
        Some(Fault::LeaksUntilKilled) => routes.layer(from_fn(leak)),
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
    let late = (began.elapsed() * 8).max(Duration::from_millis(200));
    tokio::time::sleep(late).await;
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
