//! Saves acknowledged after their commit, on each database: ours, beside one transaction for each request and beside
//! the same endpoint without a write.
//!
//! `cargo bench -p integration-tests --bench saves [-- DATABASE..]` needs wrk (Debian package `wrk`), and for the
//! database servers a Docker engine and the images of `tests/host-image`. Server, database and generator share this
//! machine: read the ratios.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark prints, and stops where something is wrong"
)]

mod wrk;

use integration_tests::database::{Database, Engine};
use integration_tests::service::Service;

use wrk::{Answers, Figures};

/// More answers than connections, so that none is saved twice at the same time.
const STUDENTS: usize = 400;
const SECONDS: u32 = 6;
const CONNECTIONS: [u32; 3] = [64, 256, 1000];
/// `ours` comes last: what it acknowledged is what the database has to have.
const WAYS: [&str; 3] = ["no-write", "naive", "ours"];

fn main() {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if is_wanted("sqlite") {
        measure("SQLite", None);
    }
    for (word, name, engine) in [
        ("mariadb", "MariaDB", Engine::MariaDb),
        ("postgres", "PostgreSQL", Engine::Postgres),
    ] {
        if is_wanted(word) {
            let server = Database::start(engine);
            measure(name, Some(&server));
        }
    }
}

fn measure(name: &str, server: Option<&Database>) {
    let mut service = Service::of_program("saves-server");
    if let Some(server) = server {
        service.set_database(&server.url("exam"));
    }
    service.set("RUST_LOG", "warn");
    let demo = service.prepare_demo(STUDENTS);
    service.start();
    let mut answers = Answers::of(&demo, &service);
    assert_eq!(service.stop(), 0);
    println!(
        "\n{name}, {} answers of {STUDENTS} students\n",
        answers.count()
    );
    println!(
        "| connections | way | saves/s | of the ceiling | p50 ms | p95 ms | p99 ms | failed |\n|---|---|---|---|---|---|---|---|"
    );
    for connections in CONNECTIONS {
        let mut ceiling = None;
        for way in WAYS {
            service.set("SAVES_WAY", way);
            service.start();
            let figures = answers.save(&service, connections, SECONDS);
            assert_eq!(service.stop(), 0);
            // The naive way may be too much for a database; what we are measured by may not.
            let is_whole = way == "naive" || figures.failed == 0;
            assert!(is_whole, "{way}: {} saves failed", figures.failed);
            let ceiling = *ceiling.get_or_insert(figures.per_second);
            print_row(connections, way, &figures, ceiling);
        }
    }
    service.start();
    let compared = answers.save_and_compare(&service, CONNECTIONS[1], SECONDS);
    assert_eq!(service.stop(), 0);
    println!("\n{compared} acknowledged answers compared with the database: all are there");
}

fn print_row(connections: u32, way: &str, figures: &Figures, ceiling: f64) {
    let [p50, p95, p99] = figures.latency_milliseconds;
    let failed = figures.failed;
    let (per_second, share) = (figures.per_second, figures.per_second / ceiling * 100.0);
    println!(
        "| {connections} | {way} | {per_second:.0} | {share:.0} % | {p50:.1} | {p95:.1} | {p99:.1} | {failed} |"
    );
}
