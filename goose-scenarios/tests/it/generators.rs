//! Several generators, and generators that are sick: the verdict is on the merge, and a missing part is no pass.

use std::{process::Child, thread, time::Duration};

use goose_scenarios::{Link, Report, Verdict, lead};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    fake::{Fault, start},
    rig::{PROFILE, assert_verdict, options, saves, start_generator},
};

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// Runs with so many generators while `meanwhile` has the first of them.
fn run_with(count: usize, fault: Fault, meanwhile: impl FnOnce(&Child) + Send) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a", "b", "c"].into_iter().take(count);
    let (links, mut children): (Vec<Link>, Vec<Child>) = names
        .map(|name| start_generator(name, folder.path()))
        .unzip();
    let options = options(&start(fault), PROFILE);
    let report = thread::scope(|scope| {
        let first = &children[0];
        scope.spawn(move || meanwhile(first));
        lead(&options, links, &mut |_| ()).unwrap()
    });
    for child in &mut children {
        child.kill().ok();
        child.wait().unwrap();
    }
    report
}

#[test]
fn several_generators_are_judged_as_one() {
    let report = run_with(3, Fault::None, |_| ());
    assert_verdict(&report, Verdict::Pass, 0, "sit/error_rate/PUT answers", "");
    let users: Vec<_> = report
        .generators
        .iter()
        .map(|health| health.users)
        .collect();
    assert_eq!((users, report.users.finished), (vec![2, 1, 1], 4));
    assert_eq!(saves(&report).offered, 48);
    let correctness = report.correctness.as_ref().unwrap();
    assert_eq!(
        (correctness.submits_acked, correctness.stored),
        (4, correctness.acked)
    );
}

#[test]
fn what_is_lost_on_any_of_them_is_corrupt() {
    let report = run_with(2, Fault::LosesSaves, |_| ());
    assert_verdict(
        &report,
        Verdict::Corrupt,
        8,
        "correctness.lost_acked",
        "was acknowledged",
    );
}

#[test]
fn a_generator_that_is_killed_is_missed() {
    for count in [1, 2] {
        // It needs about two seconds until the first student comes.
        let report = run_with(count, Fault::None, |first| {
            thread::sleep(Duration::from_secs(3));
            signal(first, Signal::KILL);
        });
        let words = "ended without its evidence";
        assert_verdict(
            &report,
            Verdict::Inconclusive,
            7,
            "generator.healthy/a",
            words,
        );
        let finished = if count == 1 { 0 } else { 2 };
        assert_eq!((report.users.planned, report.users.finished), (4, finished));
    }
}

/// Stopped and continued again and again, as on a machine that is far too busy.
#[test]
fn a_generator_starved_of_processors_condemns_nobody() {
    let report = run_with(1, Fault::Stalls, |first| {
        thread::sleep(Duration::from_secs(2));
        for _ in 0..4 {
            signal(first, Signal::STOP);
            thread::sleep(Duration::from_millis(500));
            signal(first, Signal::CONT);
            thread::sleep(Duration::from_millis(50));
        }
    });
    let words = "late (99th percentile";
    assert_verdict(
        &report,
        Verdict::Inconclusive,
        7,
        "generator.healthy/a",
        words,
    );
    // The server was slow too, but a sick generator cannot say so.
    let fails = report
        .rules
        .iter()
        .filter(|rule| rule.verdict == Verdict::Fail);
    assert_eq!(fails.count(), 0, "{:#?}", report.rules);
}

#[test]
fn a_way_that_is_too_narrow_for_the_plan_is_found_before_the_run() {
    let report = run_with(1, Fault::AnswersHealthSlowly, |_| ());
    let words = "3 times the planned";
    assert_verdict(
        &report,
        Verdict::Inconclusive,
        7,
        "generator.healthy/a",
        words,
    );
}
