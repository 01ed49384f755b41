//! Deploys and rollbacks one after the other while students write: nobody notices, and nothing is lost.

use std::time::Instant;

use super::{Ground, Watch};

/// Deploys and rollbacks in turn, at 200 requests a second.
fn alternate(runner: &str, times: usize) {
    let mut ground = Ground::new(runner, 200, Watch::ForErrors);
    for number in 0..times {
        let began = Instant::now();
        let (what, run) = if number % 2 == 0 {
            let other = ground.other();
            ("deploy", ground.deploy(other))
        } else {
            let back = ["rollback", "--during-exam", "--yes"];
            ("rollback", ground.site.examctl(&back))
        };
        let took = began.elapsed();
        assert_eq!(run.code, 0, "{what} {number}: {run}");
        let served = ground.steady.since_last();
        let when = format!("{what} {number}");
        println!(
            "{runner}: {when}: {:.1} s, {} requests, the slowest {} ms",
            took.as_secs_f64(),
            served.answered,
            served.slowest.as_millis()
        );
        served.assert_all_answered(&when);
    }
    ground.steady.settle();
    ground.steady.since_last().assert_all_answered("in the end");
    ground.assert_database_as_before("in the end");
    ground.assert_nothing_is_lost();
}

#[test]
fn deploys_and_rollbacks_in_turn_lose_no_request_of_two_hundred_a_second() {
    alternate("supervisor", 6);
}

/// The whole length; `tests/run --full` runs it.
#[test]
fn long_run_of_twenty_deploys_and_rollbacks_loses_no_request() {
    alternate("systemd", 20);
}
