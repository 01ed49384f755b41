//! What a converged apply, a deploy and a rollback take, beside a bare `ssh host true`.
//!
//! `cargo build --release && cargo bench -p integration-tests --bench hosts` needs a Docker engine
//! and the image of `tests/host-image` (`tests/run` provides both).

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops where something is wrong"
)]

use std::time::{Duration, Instant};

use integration_tests::binaries::binary;
use integration_tests::examctl::Examctl;
use integration_tests::host::Host;
use serde_json::json;

const RUNS: usize = 15;

fn main() {
    let host = Host::start("bench");
    let directory = tempfile::tempdir().unwrap();
    let inventory =
        host.inventory_yaml(&json!({"server_name": "exam.test", "app_url": "http://exam.test"}));
    std::fs::write(directory.path().join("inventory.yaml"), inventory).unwrap();
    let examctl = |arguments: &[&str]| {
        let run = Examctl::new([&["--format", "json"], arguments].concat())
            .in_directory(directory.path())
            .run();
        assert_eq!(run.code, 0, "{run}");
        run
    };
    println!("| what | runs | median | fastest | slowest |\n|---|---|---|---|---|");
    report(
        "first apply of online.yaml",
        &[timed(|| examctl(&["apply", "online"]))],
    );
    // In turns, so that both meet the same machine.
    let (mut bare, mut converged) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        bare.push(timed(|| {
            assert!(host.openssh("root", "true").status.success());
        }));
        converged.push(timed(|| {
            assert_eq!(examctl(&["apply", "online"]).summary()["changed"], 0);
        }));
    }
    report("ssh host true (OpenSSH)", &bare);
    report("examctl apply, nothing to change", &converged);

    let artifacts: Vec<String> = ["one", "two"]
        .iter()
        .map(|mark| artifact(directory.path(), mark, &examctl))
        .collect();
    examctl(&["deploy", &artifacts[0]]);
    let mut deploys = vec![timed(|| examctl(&["deploy", &artifacts[1]]))];
    let mut rollbacks = Vec::new();
    for _ in 0..5 {
        rollbacks.push(timed(|| examctl(&["rollback"])));
        deploys.push(timed(|| examctl(&["deploy", &artifacts[1]])));
    }
    report("examctl deploy (first of them uploads)", &deploys);
    report("examctl rollback to the warm colour", &rollbacks);
}

fn artifact(
    directory: &std::path::Path,
    mark: &str,
    examctl: &dyn Fn(&[&str]) -> integration_tests::examctl::Run,
) -> String {
    let program = directory.join(format!("exam-service-{mark}"));
    let mut bytes = std::fs::read(binary("exam-service")).unwrap();
    bytes.extend_from_slice(mark.as_bytes());
    std::fs::write(&program, bytes).unwrap();
    std::fs::set_permissions(
        &program,
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let run = examctl(&[
        "release",
        "pack",
        "--output",
        "dist",
        "--binary",
        program.to_str().unwrap(),
    ]);
    run.summary()["path"].as_str().unwrap().to_owned()
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn report(what: &str, runs: &[Duration]) {
    let mut sorted = runs.to_vec();
    sorted.sort();
    let seconds = |duration: &Duration| format!("{:.3} s", duration.as_secs_f64());
    println!(
        "| {what} | {} | {} | {} | {} |",
        runs.len(),
        seconds(&sorted[sorted.len() / 2]),
        seconds(&sorted[0]),
        seconds(&sorted[sorted.len() - 1])
    );
}
