//! An exam day on one machine: `examctl load run online-5000` against each database, its verdict, and what the generator
//! itself needed.
//!
//! `cargo build --release -p exam-service -p examctl && cargo bench -p integration-tests --bench day [-- DATABASE..]`,
//! with `PROFILE` (a name or a file) and `USERS` in the environment if it shall be another day. A database server needs a
//! Docker engine and the images of `tests/host-image`. What was measured is kept in `target/load-results`.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use integration_tests::binaries::{binary, workspace_root};
use integration_tests::database::{Database, Engine};
use integration_tests::examctl::Examctl;
use integration_tests::service::Service;

fn main() {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if is_wanted("sqlite") {
        run("sqlite", None);
    }
    for (word, engine) in [("mariadb", Engine::MariaDb), ("postgres", Engine::Postgres)] {
        if is_wanted(word) {
            run(word, Some(&Database::start(engine)));
        }
    }
}

fn run(name: &str, server: Option<&Database>) {
    let variable =
        |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let (profile, users) = (
        variable("PROFILE", "online-5000"),
        variable("USERS", "5000"),
    );
    let mut service = Service::new();
    if let Some(server) = server {
        service.set_database(&server.url("exam"));
    }
    // As it is shipped.
    service.unset("EXAM_ACCOUNT_WRITES_PER_MINUTE");
    service.unset("EXAM_ADDRESS_WRITES_PER_MINUTE");
    service.run_successfully(&["migrate"]);
    let seeded =
        service.run_successfully(&["load", "seed", "--run", "bench", "--students", &users]);
    let folder = service.directory().to_owned();
    let path = |file: &str| folder.join(file).display().to_string();
    std::fs::write(path("students.json"), seeded).expect("the folder can be written");
    std::fs::write(path("service.env"), service.env_file()).expect("the folder can be written");
    service.start();
    println!("\n{name}");
    let results = workspace_root()
        .join("target/load-results")
        .display()
        .to_string();
    let (target, program) = (service.url(), binary("exam-service").display().to_string());
    let (students, env_file) = (path("students.json"), path("service.env"));
    let run = Examctl::new([
        "load",
        "run",
        &profile,
        "--users",
        &users,
        "--target",
        &target,
        "--students",
        &students,
        "--service-binary",
        &program,
        "--service-env-file",
        &env_file,
        "--results",
        &results,
    ])
    .run();
    println!("{}", run.stdout);
    let kept = run.stderr.lines().last().unwrap_or_default();
    println!("{kept}; exit {}", run.code);
    let gate = kept
        .strip_prefix("kept in ")
        .map(|folder| std::path::Path::new(folder).join("gate.json"));
    let gate = gate.and_then(|path| std::fs::read_to_string(path).ok());
    let gate: serde_json::Value = gate
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    println!("the generator: {:#}", gate["generators"][0]);
    println!("memory of the service: {}", service.memory());
}
