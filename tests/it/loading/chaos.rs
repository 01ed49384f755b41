//! The server is killed three times while students save. The product loses nothing that it acknowledged; the same
//! program with its acknowledgement moved before its commit is found out, every time.

use std::path::Path;

use integration_tests::binaries::binary;
use integration_tests::examctl::Run;
use integration_tests::faulty::Fault;
use integration_tests::kept_alive::{KeptAlive, faulty_program};

use super::{Site, gate};

const PROFILE: &str = "
name: chaos
users: { count: 60 }
seed: 7
client: { timeout: 3s, save_attempts: 10 }
phases:
  - { name: login, run: login_storm, duration: 4s }
  - { name: start, run: exam_start, duration: 2s }
  - { name: kill, run: chaos_kill, duration: 15s, every: 250ms, answers: 1, chaos: { kills: 3, recover_within: 20s }, settle: 3s }
  - { name: reconnect, run: reconnect, duration: 2s }
  - { name: submit, run: submit_storm, duration: 1s }
# Both the server and the generator are unoptimised, beside other tests.
generator: { canary_p99: 10s, idle_lag_p99: 10s, cpu: 100%, steal: 100%, clock: 10s, headroom: 0 }
gates:
  defaults: { error_rate: 1%, min_samples: 10, achieved_of_offered: 80% }
  phases:
    kill: { error_rate: 95%, achieved_of_offered: 5% }
";

fn run(program: impl FnOnce(&Path) -> std::path::PathBuf) -> (Run, serde_json::Value) {
    let site = Site::new(60, 10);
    let profile = site.profile("chaos.yaml", PROFILE);
    let kept = KeptAlive::start(&site.service, &program(site.folder.path()));
    let kill = kept.kill_command();
    let more = [
        "--kill",
        kill.as_str(),
        "--restart",
        kill.as_str(),
        "--run-id",
        "chaos",
    ];
    let run = site.load(&profile, &more).run();
    let gate = gate(site.folder.path(), "chaos");
    (run, gate)
}

#[test]
fn what_the_product_acknowledged_survives_three_kills() {
    let (run, gate) = run(|_| binary("exam-service"));
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stdout.contains("verdict: PASS (exit 0)"), "{run}");
    let kills = gate["phases"][2]["kills"].as_array().unwrap();
    assert!(
        kills.len() == 3 && kills.iter().all(|kill| kill["recovered_ms"].is_f64()),
        "{kills:?}"
    );
    // Without students whom the kills disturbed, they would prove nothing.
    let by_status = &gate["phases"][2]["endpoints"][0]["by_status"];
    assert!(by_status.as_object().unwrap().len() > 1, "{by_status}");
    assert_eq!(gate["after_restart"], gate["correctness"]);
}

#[test]
fn an_acknowledgement_before_the_commit_is_found_out() {
    let (run, gate) = run(|folder| faulty_program(folder, Fault::AcknowledgesBeforeCommit));
    assert_eq!(run.code, 8, "{run}");
    assert!(run.stdout.contains("verdict: CORRUPT (exit 8)"), "{run}");
    let count = |name: &str| gate["correctness"][name].as_u64().unwrap();
    assert!(count("stale_reads") + count("lost_acked") > 0, "{gate:#}");
}
