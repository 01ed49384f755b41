//! A small exam service with faults to switch on. It tests the generator, not the product.
//!
//! It runs on a thread and a runtime of its own, so that a sick generator does not make it sick too.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// What is wrong with the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Every answer with a sequence divisible by 4 and above is acknowledged and not stored.
    LosesSaves,
    /// Acknowledges what it was sent and stores something else.
    AltersSaves,
    /// Stores an answer that nobody gave.
    InventsAnswers,
    /// Acknowledges a submission and forgets it.
    ForgetsSubmissions,
    /// Saves fail at once.
    FastErrors,
    /// Saves answer 200 with nothing in it.
    EmptyAcknowledgements,
    /// Every first try of a save is answered 503 after it was stored.
    UnknownOutcomes,
    /// All saves wait for a second in the middle of the exam.
    Stalls,
    /// All saves wait for two seconds after this many.
    StallsAfter(u32),
    RefusesLogin,
    /// Stops listening and closes every connection in the middle of the exam.
    Dies,
    /// Every student has submitted already.
    AlreadySubmitted,
    /// Every answer of an attempt that was handed in is there twice.
    DuplicatesAnswers,
    /// Shows the answers of before the last save, the first time an attempt is read.
    ShowsStaleAnswers,
    /// Opening an exam takes a long time.
    StartsSlowly,
    /// Says that it lives, slowly.
    AnswersHealthSlowly,
    /// The students are real people.
    RealAccounts,
    /// It is in production.
    Production,
    /// A real exam is open.
    ExamIsOpen,
    /// Does not say what it is.
    Silent,
}

type Answers = BTreeMap<String, (u64, Value)>;

#[derive(Debug)]
struct Service {
    fault: Fault,
    /// Saves that arrived so far: faults of the middle of the exam count in these, not in time.
    saves: AtomicU32,
    stall_ends: Mutex<Option<Instant>>,
    answers: Mutex<BTreeMap<String, Answers>>,
    submitted: Mutex<Vec<String>>,
    /// How often each attempt was read.
    reads: Mutex<BTreeMap<String, u32>>,
    die: Mutex<Option<oneshot::Sender<()>>>,
}

/// Saves after which the middle of the exam is reached.
const SAVES_UNTIL_MIDDLE: u32 = 12;

/// Questions on the paper.
const QUESTIONS: [&str; 3] = ["q1", "q2", "q3"];

/// Starts the service with this fault; it lives as long as the test process.
pub(crate) fn start(fault: Fault) -> String {
    let (die, died) = oneshot::channel();
    let service = Arc::new(Service {
        fault,
        saves: AtomicU32::new(0),
        stall_ends: Mutex::default(),
        answers: Mutex::default(),
        submitted: Mutex::default(),
        reads: Mutex::default(),
        die: Mutex::new(Some(die)),
    });
    let (tell_address, address) = std::sync::mpsc::channel::<SocketAddr>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell_address.send(listener.local_addr().unwrap()).unwrap();
            let routes = Router::new()
                .route("/health/liveness", get(liveness))
                .route("/health/readiness", get(async || Json(json!({}))))
                .route(
                    "/",
                    get(async || axum::response::Html("<!doctype html><html>")),
                )
                .route("/api/v1/me", get(async || Json(json!({}))))
                .route("/api/v1/me/notifications", get(async || Json(json!({}))))
                .route("/api/v1/my/attempts", get(async || Json(json!({}))))
                .route("/api/v1/load/target", get(target))
                .route("/api/v1/attempts/{attempt}/events", post(events))
                .route("/api/v1/auth/login", post(log_in))
                .route("/api/v1/my/exams", get(list))
                .route("/api/v1/exams/{exam}/attempts", post(open))
                .route("/api/v1/attempts/{attempt}", get(read))
                .route("/api/v1/attempts/{attempt}/answers", put(save))
                .route("/api/v1/attempts/{attempt}/submit", post(submit))
                .route("/api/v1/attempts/{attempt}/result", get(result))
                .with_state(service);
            tokio::select! {
                served = async { axum::serve(listener, routes).await } => served.unwrap(),
                Ok(()) = died => {}
            }
        });
        // Dropping the runtime drops every connection.
    });
    format!("http://{}", address.recv().unwrap())
}

fn student(headers: &HeaderMap) -> String {
    let token = headers["authorization"].to_str().unwrap();
    token.trim_start_matches("Bearer ").to_owned()
}

fn problem(status: StatusCode, title: &str) -> Response {
    (status, Json(json!({ "title": title }))).into_response()
}

async fn liveness(State(service): State<Arc<Service>>) -> Response {
    if service.fault == Fault::AnswersHealthSlowly {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Json(json!({})).into_response()
}

async fn target(State(service): State<Arc<Service>>) -> Response {
    let (environment, open_exams) = match service.fault {
        Fault::RealAccounts => return problem(StatusCode::FORBIDDEN, "Not for you"),
        Fault::Silent => return problem(StatusCode::INTERNAL_SERVER_ERROR, "Broken"),
        Fault::Production => ("production", 0),
        Fault::ExamIsOpen => ("staging", 1),
        _ => ("staging", 0),
    };
    Json(json!({ "run": "r", "environment": environment, "version": "1.0.0", "open_exams": open_exams }))
        .into_response()
}

async fn events(Path(_): Path<String>) -> Response {
    Json(json!({ "state": "open" })).into_response()
}

async fn log_in(State(service): State<Arc<Service>>, Json(body): Json<Value>) -> Response {
    if service.fault == Fault::RefusesLogin {
        return problem(StatusCode::UNAUTHORIZED, "Wrong credentials");
    }
    assert_eq!(body["password"], "correct horse");
    Json(json!({ "access_token": body["login"] })).into_response()
}

async fn list(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    let attempt = match service.fault {
        Fault::AlreadySubmitted => json!({ "id": student(&headers), "state": "submitted" }),
        _ => Value::Null,
    };
    Json(json!({ "exams": [{ "id": "exam", "attempt": attempt }] })).into_response()
}

async fn open(
    State(service): State<Arc<Service>>,
    Path(_): Path<String>,
    headers: HeaderMap,
) -> Response {
    if service.fault == Fault::StartsSlowly {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    (
        StatusCode::CREATED,
        Json(service.attempt(&student(&headers))),
    )
        .into_response()
}

async fn read(State(service): State<Arc<Service>>, Path(attempt): Path<String>) -> Response {
    let mut shown = service.attempt(&attempt);
    let is_first = {
        let mut reads = service.reads.lock().unwrap();
        let reads = reads.entry(attempt).or_default();
        *reads += 1;
        *reads == 1
    };
    if service.fault == Fault::ShowsStaleAnswers && is_first {
        for answer in shown["answers"].as_array_mut().unwrap() {
            answer["sequence"] = (answer["sequence"].as_u64().unwrap() - 1).into();
        }
    }
    Json(shown).into_response()
}

async fn save(
    State(service): State<Arc<Service>>,
    Path(attempt): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    let middle = match service.fault {
        Fault::StallsAfter(saves) => saves,
        _ => SAVES_UNTIL_MIDDLE,
    };
    let is_middle = service.saves.fetch_add(1, Ordering::Relaxed) == middle;
    match service.fault {
        Fault::StallsAfter(_) => service.stall(is_middle, Duration::from_secs(2)).await,
        Fault::FastErrors => return problem(StatusCode::INTERNAL_SERVER_ERROR, "Broken"),
        Fault::EmptyAcknowledgements => return Json(json!({})).into_response(),
        Fault::Stalls => service.stall(is_middle, Duration::from_secs(1)).await,
        Fault::Dies if is_middle => {
            let die = service.die.lock().unwrap().take();
            die.unwrap().send(()).unwrap();
        }
        _ => {}
    }
    let mut saved = Vec::new();
    let mut is_new = false;
    for answer in body["answers"].as_array().unwrap() {
        is_new |= service.store(&attempt, answer);
        saved.push(json!({ "question_id": answer["question_id"], "sequence": answer["sequence"] }));
    }
    if service.fault == Fault::UnknownOutcomes && is_new {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "Unknown outcome");
    }
    Json(json!({ "saved": saved })).into_response()
}

async fn submit(State(service): State<Arc<Service>>, Path(attempt): Path<String>) -> Response {
    if service.fault != Fault::ForgetsSubmissions {
        service.submitted.lock().unwrap().push(attempt);
    }
    Json(json!({ "state": "submitted" })).into_response()
}

async fn result(Path(_): Path<String>) -> Response {
    Json(json!({ "score": 1.0, "max_score": 3.0 })).into_response()
}

impl Service {
    /// From the middle of the exam on, every save waits until so long after it.
    async fn stall(&self, is_middle: bool, length: Duration) {
        let ends = {
            let mut ends = self.stall_ends.lock().unwrap();
            if is_middle {
                *ends = Some(Instant::now() + length);
            }
            *ends
        };
        if let Some(ends) = ends {
            tokio::time::sleep_until(ends.into()).await;
        }
    }

    /// Stores the answer unless the fault says otherwise; whether the sequence was new.
    fn store(&self, attempt: &str, answer: &Value) -> bool {
        let sequence = answer["sequence"].as_u64().unwrap();
        if self.fault == Fault::LosesSaves && sequence >= 4 {
            return false;
        }
        let response = match self.fault {
            Fault::AltersSaves => json!({ "value": "something else" }),
            _ => answer["response"].clone(),
        };
        let mut answers = self.answers.lock().unwrap();
        let answers = answers.entry(attempt.to_owned()).or_default();
        let question = answer["question_id"].as_str().unwrap().to_owned();
        let before = answers.insert(question, (sequence, response));
        before.is_none_or(|(before, _)| before < sequence)
    }

    fn attempt(&self, attempt: &str) -> Value {
        let questions =
            QUESTIONS.map(|id| json!({ "id": id, "type": "true_false", "options": [] }));
        let answers = self.answers.lock().unwrap();
        let mut answers: Vec<Value> = answers
            .get(attempt)
            .into_iter()
            .flatten()
            .map(|(question, (sequence, response))| {
                json!({ "question_id": question, "sequence": sequence, "response": response })
            })
            .collect();
        if self.fault == Fault::InventsAnswers && !answers.is_empty() {
            answers.push(json!({ "question_id": "q9", "sequence": 1, "response": null }));
        }
        let submitted = self.submitted.lock().unwrap();
        if self.fault == Fault::DuplicatesAnswers && submitted.iter().any(|one| one == attempt) {
            answers.extend(answers.clone());
        }
        let state = if submitted.iter().any(|one| one == attempt) {
            "submitted"
        } else {
            "open"
        };
        json!({ "id": attempt, "state": state, "paper": { "questions": questions }, "answers": answers })
    }
}
