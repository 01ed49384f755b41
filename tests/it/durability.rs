//! Acknowledged means durable: the server is killed again and again while students save, and its disk is full, and after
//! each time every answer it acknowledged must be on the disk.
//!
//! It must be looked for before the students go on: a newer answer to the same question would hide the loss. The same on
//! database servers, which can be killed as well, is in `on_hosts::databases::durability`.

use std::process::Command;
use std::time::Duration;

use integration_tests::savers::Savers;
use integration_tests::service::Service;
use serde_json::Value;

const STUDENTS: usize = 16;
/// Kills that interrupt at least one request each.
const KILLS: usize = 10;
/// Acknowledgements that each life of the server gives at least, before it is killed.
const SAVES_PER_LIFE: u64 = 20;

/// A limit of a file's size that no file reaches. Under it, to reach a lower one is an error and not a signal.
const NO_LIMIT_KIB: u64 = 1 << 30;

/// Kills the server at random moments of its work and starts it again, until `KILLS` kills have interrupted
/// requests; how many requests each of these interrupted.
///
/// A kill between two batches, when everybody has just been answered, interrupts nothing and does not count.
fn kill_again_and_again(service: &mut Service, savers: &Savers) -> Vec<u64> {
    let mut interrupted_by_kill = Vec::new();
    for life in 0..KILLS * 5 {
        let interrupted = savers.interrupted();
        savers.wait_for_saves(SAVES_PER_LIFE);
        // Not a wait for anything: the moment of the kill is the experiment. Every other time it is the one right
        // after an acknowledgement: whatever should have been on the disk by then has no time left to get there.
        std::thread::sleep(Duration::from_micros(fastrand::u64(..200_000)));
        let acknowledged = savers.acknowledged();
        while life % 2 == 0 && savers.acknowledged() == acknowledged {
            std::hint::spin_loop();
        }
        service.kill();
        savers.rest(|ledgers| {
            ledgers.assert_nothing_is_lost(service);
            service.start();
        });
        let more = savers.interrupted() - interrupted;
        if more > 0 {
            interrupted_by_kill.push(more);
        }
        if interrupted_by_kill.len() == KILLS {
            return interrupted_by_kill;
        }
    }
    panic!("too few of the kills interrupted a request: {interrupted_by_kill:?}");
}

#[test]
fn no_acknowledged_answer_is_missing_after_kills_under_load() {
    let mut service = Service::new();
    let demo = service.prepare_demo(STUDENTS);
    service.start();
    let savers = Savers::start(&service, &demo);
    let interrupted = kill_again_and_again(&mut service, &savers);
    let acknowledged = savers.acknowledged();
    eprintln!(
        "{acknowledged} answers acknowledged, requests interrupted per kill: {interrupted:?}"
    );
    assert!(acknowledged >= KILLS as u64 * SAVES_PER_LIFE);
    savers.rest(|ledgers| {
        service.kill();
        let stored = ledgers.assert_nothing_is_lost(&service);
        service.start();
        ledgers.assert_reloads_show(&stored);
    });
}

/// Lets no file of the running server grow past this many bytes: writing more fails as it does on a full disk.
fn limit_file_size(process_id: u64, bytes: u64) {
    let status = Command::new("prlimit")
        .args(["--pid", &process_id.to_string()])
        // Only the soft limit: raising it again needs no privilege.
        .arg(format!("--fsize={bytes}:"))
        .status()
        .expect("prlimit starts");
    assert!(status.success(), "cannot limit the size of files");
}

#[test]
fn no_acknowledged_answer_is_missing_when_the_disk_is_full_and_saving_goes_on_when_it_is_not() {
    let mut service = Service::new();
    let demo = service.prepare_demo(STUDENTS);
    let socket = format!("unix:{}", service.directory().join("admin.sock").display());
    service.set("EXAM_ADMIN_LISTEN", &socket);
    service.set("RUST_LOG", "error");
    service.limit_file_size_kib(Some(NO_LIMIT_KIB));
    service.start();
    let status = service.run_successfully(&["control", "--admin", &socket, "status"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    let process_id = status["pid"].as_u64().unwrap();
    let savers = Savers::start(&service, &demo);
    savers.wait_for_saves(SAVES_PER_LIFE);

    limit_file_size(process_id, 64 * 1024);
    savers.wait_for_failures(20);
    savers.rest(|ledgers| {
        ledgers.assert_nothing_is_lost(&service);
        limit_file_size(process_id, NO_LIMIT_KIB * 1024);
    });
    // With room again, saving goes on in the same process: the outbox of a page is all that is needed.
    savers.wait_for_saves(SAVES_PER_LIFE);
    savers.rest(|ledgers| {
        service.kill();
        ledgers.assert_nothing_is_lost(&service);
    });
}
