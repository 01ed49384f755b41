use super::*;
use crate::artifact::manifest::tests::sample;
use crate::host::facts::tests::{HOST, facts_of};

fn plan(host: &str, kind: Kind) -> Plan {
    plan_with(host, kind, &DeployOptions::new("me"))
}

fn plan_with(host: &str, kind: Kind, options: &DeployOptions) -> Plan {
    let (mut manifest, target) = (
        sample(),
        Target::from_vars("h", &serde_json::Map::new()).unwrap(),
    );
    manifest.git_commit = "abc".to_owned();
    manifest.id = "b".to_owned();
    plan_release(
        &target,
        &facts_of(host),
        &Goal {
            kind,
            manifest: &manifest,
            artifact: None,
        },
        options,
    )
}

#[test]
fn a_release_goes_to_the_colour_that_does_not_serve() {
    let Plan { begin, .. } = plan(HOST, Kind::Deploy);
    assert_eq!((begin.from, begin.to), (Some(Slot::Blue), Slot::Green));
    assert_eq!(
        (begin.previous.as_deref(), begin.to_before.as_deref()),
        (Some("a"), Some("b"))
    );
    assert!(begin.was_serving);
    let Plan { begin, .. } = plan(&HOST.replace("active blue", "active green"), Kind::Deploy);
    assert_eq!(
        (begin.from, begin.to, begin.was_serving),
        (Some(Slot::Green), Slot::Blue, false)
    );
    let Plan { begin, .. } = plan(&HOST.replace("active blue", "active"), Kind::Deploy);
    assert_eq!((begin.from, begin.to), (None, Slot::Blue));
}

#[test]
fn a_deploy_waits_for_the_load_that_it_is_told_of_and_a_rollback_for_none() {
    let mut options = DeployOptions::new("me");
    assert_eq!(plan(HOST, Kind::Deploy).begin.load_profile, None);
    options.load_gate = Some("smoke".parse().unwrap());
    let deploy = plan_with(HOST, Kind::Deploy, &options).begin;
    assert_eq!(deploy.load_profile.as_deref(), Some("smoke"));
    assert!(deploy.steps.contains(&Step::Load));
    let back = plan_with(HOST, Kind::Rollback, &options).begin;
    assert_eq!(back.load_profile, None);
    assert!(!back.steps.contains(&Step::Load));
}

#[test]
fn what_a_deploy_is_told_wins_over_what_the_host_says() {
    let vars = serde_json::json!({"exam_load_gate": "smoke"});
    let target = Target::from_vars("h", vars.as_object().unwrap()).unwrap();
    let mut options = DeployOptions::new("me");
    assert_eq!(options.load_profile(&target), Some("smoke"));
    options.load_gate = Some("off".parse().unwrap());
    assert_eq!(options.load_profile(&target), None);
}

#[test]
fn a_release_that_runs_but_is_too_busy_to_answer_counts_as_serving() {
    let silent = HOST.replace("status blue {", "status blue ");
    assert!(plan(&silent, Kind::Deploy).begin.was_serving);
    for state in ["FATAL", "BACKOFF"] {
        let dead = silent.replace("blue RUNNING", &format!("blue {state}"));
        assert!(!plan(&dead, Kind::Deploy).begin.was_serving, "{state}");
    }
}

#[test]
fn only_a_rollback_to_what_waits_in_standby_is_warm() {
    let standby = HOST.replace(
        "status green ",
        "status green {\"state\":\"standby\",\"version\":\"0.1.0\",\"commit\":\"abc\"}",
    );
    assert!(plan(&standby, Kind::Rollback).warm);
    assert!(!plan(&standby, Kind::Deploy).warm);
    assert!(!plan(HOST, Kind::Rollback).warm);
    assert!(
        !plan(
            &standby.replace("../releases/b", "../releases/c"),
            Kind::Rollback
        )
        .warm
    );
    assert!(
        !plan(
            &standby.replace(
                "standby\",\"version\":\"0.1.0",
                "standby\",\"version\":\"0.2.0"
            ),
            Kind::Rollback
        )
        .warm
    );
}

#[test]
fn a_release_that_serves_is_not_deployed_again() {
    assert!(!plan(HOST, Kind::Deploy).serves_already);
    let serving = HOST.replace("link blue ../releases/a", "link blue ../releases/b");
    assert!(plan(&serving, Kind::Deploy).serves_already);
    assert!(
        !plan(
            &serving.replace("\"serving\"", "\"draining\""),
            Kind::Deploy
        )
        .serves_already
    );
}
