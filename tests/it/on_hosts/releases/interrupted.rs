//! Deploys that are killed or cut off at every step, and what the next run makes of them.

use integration_tests::host::Host;

use super::{Ground, Watch, follow_to};

/// Ends the SSH sessions of a host from its side, as a firewall that forgot them would.
const CUT: &str = "for p in /proc/[0-9]*; do case $(tr '\\0' ' ' < $p/cmdline) in 'sshd: root'*) kill -9 ${p#/proc/};; esac; done 2>/dev/null; true";

pub(super) fn cut_connections(host: &Host) {
    host.exec(CUT);
}

/// How a run is ended, and what its exit code is then.
#[derive(Clone, Copy, Debug)]
enum End {
    /// The program, at once.
    Kill,
    /// Its way to the host; it then ends by itself.
    Cut,
}

/// Every run recovers what the one before it left, and is ended at the next step; the last goes to its end. `ends` says
/// how it is ended at the step with this number.
fn every_step_can_be_the_last(runner: &str, ends: fn(usize) -> &'static [End]) {
    let mut ground = Ground::new(runner, 50, Watch::ForErrors);
    let steps = steps(&ground);
    assert!(steps.len() > 8, "{steps:?}");
    let no_return = steps.iter().position(|step| step == "activate").unwrap();
    let mut serving = ground.serving();
    for (number, step) in steps.iter().enumerate() {
        for end in ends(number) {
            let mut running = ground.start(&ground.good[1 - serving], &[]);
            follow_to(&mut running, step);
            let (run, code) = match end {
                End::Kill => (running.kill(), 137),
                End::Cut => {
                    cut_connections(&ground.site.host);
                    (running.finish(), 5)
                }
            };
            assert_eq!(run.code, code, "{end:?} at {step}: {run}");
            if number >= no_return {
                serving = 1 - serving;
            }
        }
        let when = format!("with the ends at {step}");
        ground.steady.since_last().assert_all_answered(&when);
    }
    // Between two steps, at the last moment at which the next run undoes it.
    let before = &ground.good[1 - serving];
    let held = [
        "deploy",
        before,
        "--during-exam",
        "--yes",
        "--pause-before",
        "activate",
    ];
    ground.site.killed(&held, "paused before");
    let last = ground.deploy(&ground.good[1 - serving]);
    assert_eq!(last.code, 0, "{last}");
    assert_eq!(ground.serving(), 1 - serving, "{last}");
    ground.steady.settle();
    ground.steady.since_last().assert_all_answered("in the end");
    ground.assert_database_as_before("in the end");
    ground.assert_nothing_is_lost();
}

/// The steps that a deploy takes and journals, in order.
fn steps(ground: &Ground) -> Vec<String> {
    let run = ground.deploy(ground.other());
    assert_eq!(run.code, 0, "{run}");
    let events: Vec<_> = run
        .events()
        .into_iter()
        .map(|line| line["event"].clone())
        .filter(|event| event["type"] == "step_done")
        .map(|event| event["step"].as_str().unwrap().to_owned())
        .collect();
    let first = events.iter().position(|step| step == "upload").unwrap();
    let rest = events.into_iter().skip(first);
    rest.filter(|step| step != "prune").collect()
}

/// Killed at the first step, cut off at the second, and so on.
fn killed_first(number: usize) -> &'static [End] {
    if number.is_multiple_of(2) {
        &[End::Kill]
    } else {
        &[End::Cut]
    }
}

fn cut_first(number: usize) -> &'static [End] {
    killed_first(number + 1)
}

// Between them these three do both at each step.

#[test]
fn under_systemd_a_deploy_killed_or_cut_off_at_any_step_is_finished_or_undone_by_the_next() {
    every_step_can_be_the_last("systemd", cut_first);
}

#[test]
fn under_supervisor_a_deploy_killed_or_cut_off_at_any_step_is_finished_or_undone_by_the_next() {
    every_step_can_be_the_last("supervisor", killed_first);
}

#[test]
fn in_containers_a_deploy_killed_or_cut_off_at_any_step_is_finished_or_undone_by_the_next() {
    every_step_can_be_the_last("docker", cut_first);
}

/// Both ends at each step of all three; `tests/run --full` runs it.
#[test]
fn long_run_of_deploys_killed_and_cut_off_at_every_step() {
    for runner in ["supervisor", "systemd", "docker"] {
        every_step_can_be_the_last(runner, |_| &[End::Kill, End::Cut]);
    }
}
