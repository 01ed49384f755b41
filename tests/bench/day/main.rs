//! An exam day on one machine: everybody signs in within two minutes, and then saves every five seconds for five minutes.
//! Are saves slower while others sign in, and is each acknowledged answer stored?
//!
//! `cargo build --release -p exam-service && cargo bench -p integration-tests --bench day [-- DATABASE..]`, with
//! `STUDENTS`, `SIGN_IN_SECONDS` and `SAVE_SECONDS` in the environment if it shall be another day. A database server
//! needs a Docker engine and the images of `tests/host-image`.
//!
//! Arrivals are open: the moment at which each request is due is fixed beforehand, and its latency counts from there.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark prints, and stops where something is wrong"
)]

mod figures;
mod student;

use std::sync::Arc;
use std::time::{Duration, Instant};

use integration_tests::database::{Database, Engine};
use integration_tests::service::Service;

use figures::Figures;
use student::{Day, Student};

fn main() {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if is_wanted("sqlite") {
        run("SQLite", None);
    }
    for (word, name, engine) in [
        ("mariadb", "MariaDB", Engine::MariaDb),
        ("postgres", "PostgreSQL", Engine::Postgres),
    ] {
        if is_wanted(word) {
            run(name, Some(&Database::start(engine)));
        }
    }
}

fn number(name: &str, usual: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(usual, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}"))
    })
}

fn run(name: &str, server: Option<&Database>) {
    let mut service = Service::new();
    if let Some(server) = server {
        service.set_database(&server.url("exam"));
    }
    // As it is shipped.
    service.unset("EXAM_ACCOUNT_WRITES_PER_MINUTE");
    service.unset("EXAM_ADDRESS_WRITES_PER_MINUTE");
    let count = number("STUDENTS", 5000);
    let demo = service.prepare_demo(usize::try_from(count).expect("a room full of students"));
    service.start();
    let sign_in = Duration::from_secs(number("SIGN_IN_SECONDS", 120));
    let day = Arc::new(Day {
        base: service.url(),
        password: demo.password,
        exam: demo.exam_id,
        began: Instant::now(),
        all_in_after: sign_in,
        over_after: sign_in + Duration::from_secs(number("SAVE_SECONDS", 300)),
        client: reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client"),
        figures: Figures::default(),
    });
    let spacing = sign_in / u32::try_from(count).expect("a room full of students");
    println!(
        "\n{name}: {count} students, a sign-in every {:.1} ms",
        spacing.as_secs_f64() * 1000.0
    );
    let mut due = Duration::ZERO;
    let students = demo.students.into_iter().map(|login| {
        let student = Student::new(Arc::clone(&day), login, due);
        due += spacing;
        student
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let students = runtime.expect("a runtime").block_on(student::all(students));
    day.figures.print();
    println!("\nmemory of the service: {}", service.memory());
    assert_eq!(service.stop(), 0);
    let compared = student::assert_nothing_is_lost(&students, &service.stored_answers());
    println!("{compared} acknowledged answers compared with the database: all are there");
}
