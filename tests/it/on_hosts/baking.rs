//! A new release is watched after its cutover: one that does well stays, one that does not is undone.

use integration_tests::examctl::{Examctl, Run};
use integration_tests::faulty::Fault;
use integration_tests::service::Demo;
use integration_tests::steady::Steady;
use serde_json::{Value, json};

use super::deploying::Site;

const STUDENTS: usize = 20;

fn site() -> Site {
    Site::provisioned(&json!({
        "server_name": "exam.test",
        "app_url": "http://exam.test",
        "tls": "none",
        "app_env": "demo",
        // One address stands for all students.
        "campus_networks": ["172.16.0.0/12"],
        "exam_drain_seconds": 5,
        "exam_bake_seconds": 6,
        "exam_bake_min_requests": 20,
        // What a shared machine needs now and then.
        "exam_bake_p95_floor_ms": 700,
        "exam_bake_p95_ms_max": 5000,
    }))
}

fn deploy(site: &Site, artifact: &str, more: &[&str]) -> Run {
    let deploy = [
        "--format",
        "json",
        "deploy",
        artifact,
        "--during-exam",
        "--yes",
    ];
    Examctl::new([&deploy, more].concat())
        .in_directory(site.path())
        .run()
}

fn seed(site: &Site) -> Demo {
    Demo::parse(&site.host.exec(&format!(
        "runuser -u exam -- /opt/exam-service/colours/blue/exam-service \
         --env-file /etc/exam-service/exam-service.env seed-demo --students {STUDENTS} </dev/null"
    )))
}

/// The figures that a run compared with their limits.
fn figures(run: &Run) -> Vec<Value> {
    let events = run.events().into_iter();
    events
        .map(|line| line["event"].clone())
        .filter(|event| event["type"] == "gate" && event["step"] == "bake")
        .collect()
}

#[track_caller]
fn verdict(run: &Run, name: &str) -> String {
    let figures = figures(run);
    let figure = figures.iter().find(|figure| figure["name"] == name);
    let figure = figure.unwrap_or_else(|| panic!("no figure {name} in {run}"));
    figure["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn a_release_that_does_well_stays_and_one_that_does_not_is_undone() {
    let site = site();
    let first = deploy(&site, &site.good_release("one"), &[]);
    assert_eq!(first.code, 0, "{first}");
    // There is nothing to go back to yet.
    assert!(figures(&first).is_empty(), "{first}");
    let mut steady = Steady::start(&site.host.client(), seed(&site), 50);
    steady.settle();

    let healthy = deploy(&site, &site.good_release("two"), &[]);
    assert_eq!(healthy.code, 0, "{healthy}");
    for name in [
        "requests",
        "error-rate",
        "error-rate-to-old",
        "p95",
        "p95-to-old",
        "save-p95",
    ] {
        assert_eq!(verdict(&healthy, name), "passed", "{name}: {healthy}");
    }
    let two = site.serving();
    steady.settle();
    steady.since_last().assert_all_answered("a healthy release");

    let slow = deploy(&site, &site.faulty_release(Fault::SlowAfterCutover), &[]);
    assert_eq!(slow.code, 4, "{slow}");
    assert_eq!(verdict(&slow, "p95-to-old"), "failed", "{slow}");
    assert_eq!(verdict(&slow, "error-rate"), "passed", "{slow}");
    assert_eq!(site.serving(), two);
    steady.settle();
    steady.since_last().assert_all_answered("a slow release");

    let failing = deploy(&site, &site.faulty_release(Fault::ErrorsAfterCutover), &[]);
    assert_eq!(failing.code, 4, "{failing}");
    assert_eq!(verdict(&failing, "error-rate"), "failed", "{failing}");
    assert_eq!(site.serving(), two);
    // Nothing failed but what the faulty release itself answered.
    let meanwhile = steady.since_last();
    assert!(!meanwhile.failures.is_empty());
    for failure in &meanwhile.failures {
        assert!(
            failure.reason.starts_with("500: This release is faulty"),
            "{failure:?}"
        );
    }
    steady.settle();
    steady
        .since_last()
        .assert_all_answered("after a release that failed");
    let ledger = steady.stop();
    assert!(ledger.acknowledged() >= STUDENTS);

    // Nobody asks any more: that is said, and is no reason to go back.
    let unused = deploy(&site, &site.good_release("three"), &["--bake", "2"]);
    assert_eq!(unused.code, 0, "{unused}");
    assert_eq!(verdict(&unused, "requests"), "not_judged", "{unused}");
    assert!(
        unused.stdout.contains("too few requests to judge: 0 of 20"),
        "{unused}"
    );
    let unwatched = deploy(&site, &site.good_release("four"), &["--bake", "none"]);
    assert_eq!(unwatched.code, 0, "{unwatched}");
    assert!(figures(&unwatched).is_empty(), "{unwatched}");
}
