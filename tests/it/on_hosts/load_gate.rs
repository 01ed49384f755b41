//! A new release must bear the load of a small exam before students reach it; one that does not is undone.

use std::time::Duration;

use integration_tests::examctl::{Examctl, Run, Running};
use integration_tests::faulty::Fault;
use integration_tests::waiting::wait_for;
use serde_json::{Value, json};

use super::deploying::Site;

/// What is in the database while a load is under way, and may not be afterwards.
const LOAD_RUNS: &str = "runuser -u exam -- $(ls -d /opt/exam-service/releases/*/exam-service | head -n 1) \
                         --env-file /etc/exam-service/exam-service.env load list </dev/null";
const MARK: &str = "/opt/exam-service/load-gate.run";

fn site() -> Site {
    Site::provisioned(&json!({
        "server_name": "exam.test",
        "app_url": "http://exam.test",
        "tls": "none",
        "app_env": "demo",
        "exam_bake_seconds": 0,
        "exam_load_gate": "smoke",
    }))
}

/// The rules of the load that a run held a release against.
fn figures(run: &Run) -> Vec<Value> {
    let events = run.events().into_iter();
    events
        .map(|line| line["event"].clone())
        .filter(|event| event["type"] == "gate" && event["step"] == "load")
        .collect()
}

fn is_of_saves(figure: &Value) -> bool {
    figure["name"].as_str().unwrap().ends_with("PUT answers")
}

/// Deploys a release, again where this machine was too busy for a verdict: that is never a pass.
fn deploy(site: &Site, artifact: &str) -> Run {
    for _ in 0..4 {
        let run = site.deploy(artifact);
        if !run.stdout.contains("could not judge") {
            return run;
        }
        assert_eq!(run.code, 1, "{run}");
        assert_nothing_of_it_stays(site);
    }
    site.deploy(artifact)
}

#[track_caller]
fn assert_nothing_of_it_stays(site: &Site) {
    assert_eq!(site.host.exec(LOAD_RUNS), "");
    let left = site.host.exec(&format!(
        "ls -d {MARK} /tmp/exam-load.* 2>/dev/null || true"
    ));
    assert_eq!(left, "");
}

#[test]
fn a_release_that_does_not_bear_the_load_is_undone_before_a_student_reaches_it() {
    let site = site();
    let first = deploy(&site, &site.good_release("one"));
    assert_eq!(first.code, 0, "{first}");
    let rules = figures(&first);
    assert!(
        rules
            .iter()
            .any(|rule| is_of_saves(rule) && rule["limit"] == "p95 <= 500ms"),
        "{first}"
    );
    assert!(
        rules.iter().all(|rule| rule["verdict"] == "passed"),
        "{first}"
    );
    assert_nothing_of_it_stays(&site);
    let one = site.serving();
    let tools = site.host.exec("ls -i /opt/exam-service/tools");
    assert_eq!(tools.lines().count(), 1, "{tools}");

    let asking = site.keep_asking();
    let slow = deploy(&site, &site.faulty_release(Fault::SlowAnswers));
    assert_eq!(slow.code, 4, "{slow}");
    let rules = figures(&slow);
    let broken = rules
        .iter()
        .find(|rule| is_of_saves(rule) && rule["verdict"] == "failed");
    assert!(broken.is_some(), "{slow}");
    for words in [
        "did not pass `load`",
        "it does not bear the load `smoke`: ",
        "PUT answers: p95 <= 500ms, observed ",
        "serves as before",
    ] {
        assert!(slow.stdout.contains(words), "{words}: {slow}");
    }
    assert_eq!(site.serving(), one);
    assert!(asking.all_answered() > 100);
    assert_nothing_of_it_stays(&site);
    // What makes the load was sent once.
    assert_eq!(site.host.exec("ls -i /opt/exam-service/tools"), tools);

    let without = site.examctl(&["deploy", &site.good_release("two"), "--load-gate", "off"]);
    assert_eq!(without.code, 0, "{without}");
    assert!(figures(&without).is_empty(), "{without}");
    assert_ne!(site.serving(), one);
}

#[test]
fn accounts_of_a_load_that_was_ended_are_taken_away_at_once_or_by_the_next_run() {
    let site = site();
    let first = site.examctl(&["deploy", &site.good_release("one"), "--load-gate", "off"]);
    assert_eq!(first.code, 0, "{first}");
    let (one, two) = (site.serving(), site.good_release("two"));
    let dry = Examctl::new(["deploy", &two, "--dry-run"])
        .in_directory(site.path())
        .run();
    assert_eq!(dry.code, 0, "{dry}");
    assert!(dry.stdout.contains(". load\n"), "{dry}");

    let interrupted = in_the_middle(&site, &two).interrupt();
    assert_eq!(interrupted.code, 130, "{interrupted}");
    assert_eq!(site.serving(), one);
    assert_nothing_of_it_stays(&site);

    let running = in_the_middle(&site, &two);
    site.host.kill();
    let lost = running.finish();
    assert_eq!(lost.code, 5, "{lost}");
    site.host.boot_again();
    assert_ne!(site.host.exec(LOAD_RUNS), "");
    let again = site.examctl(&["deploy", &two, "--load-gate", "off"]);
    assert_eq!(again.code, 0, "{again}");
    assert!(again.stdout.contains("was interrupted at load"), "{again}");
    assert_ne!(site.serving(), one);
    assert_nothing_of_it_stays(&site);
}

/// A deploy whose load has begun.
fn in_the_middle(site: &Site, artifact: &str) -> Running {
    let running = Examctl::new(["--format", "json", "deploy", artifact])
        .in_directory(site.path())
        .start();
    wait_for("the load on the host", Duration::from_mins(2), || {
        let runs = site.host.try_exec(LOAD_RUNS);
        (!runs.stdout.is_empty()).then_some(())
    });
    running
}
