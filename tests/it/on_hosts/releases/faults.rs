//! The fault table: what goes wrong with a release, how the deploy ends, and who serves then.

use std::time::Duration;

use integration_tests::examctl::Run;
use integration_tests::faulty::Fault;
use integration_tests::waiting::wait_for;
use serde_json::{Value, json};

use super::{BOOT, Ground, Watch, follow_to, looking};

/// One thing that goes wrong, and the end that it must have.
struct Row {
    fault: &'static str,
    /// Brings it about, deploys into it, and puts the world right again; the run that met it.
    meet: fn(&Ground) -> Run,
    code: i32,
    then: Then,
    /// Whether it is met in another way by each runner; what is not is met under one of them only, but by `--full`.
    is_of_runner: bool,
    /// Whether requests of students may fail meanwhile: where they reach the release that is at fault, or no host.
    students_notice: bool,
    /// Words that tell a person what happened.
    says: &'static str,
}

/// Which release serves in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    Old,
    New,
}

const ROWS: &[Row] = &[
    row(
        "artifact corrupt",
        corrupt_artifact,
        2,
        Then::Old,
        "is cut short or damaged",
    ),
    row(
        "signed by another",
        signed_by_another,
        2,
        Then::Old,
        "can be trusted",
    ),
    row(
        "disk full during upload",
        disk_full,
        1,
        Then::Old,
        "No space left on device",
    ),
    row(
        "database down",
        database_down,
        1,
        Then::Old,
        "does not reach its database",
    ),
    row(
        "migration fails half-way",
        |g| faulty(g, Fault::MigrateFailsHalfway),
        1,
        Then::Old,
        "half-way",
    ),
    row(
        "crashes at its start",
        |g| faulty(g, Fault::CrashAtStart),
        4,
        Then::Old,
        "crashes at its start",
    )
    .of_runner(),
    row(
        "hangs at its start",
        |g| faulty(g, Fault::HangAtStart),
        4,
        Then::Old,
        "good readiness answers",
    )
    .of_runner(),
    row(
        "never gets ready",
        |g| faulty(g, Fault::NeverReady),
        4,
        Then::Old,
        "is never ready",
    ),
    row(
        "errors after the cutover",
        |g| faulty(g, Fault::ErrorsAfterCutover),
        4,
        Then::Old,
        "bake",
    )
    .noticed(),
    row(
        "slow after the cutover",
        |g| faulty(g, Fault::SlowAfterCutover),
        4,
        Then::Old,
        "p95",
    ),
    row(
        "leaks until it is killed",
        |g| faulty(g, Fault::LeaksUntilKilled),
        4,
        Then::Old,
        "",
    )
    .of_runner()
    .noticed(),
    row(
        "nginx refuses its configuration",
        nginx_refuses,
        0,
        Then::New,
        r#""outcome":"good""#,
    ),
    row(
        "two deploys at once",
        two_at_once,
        6,
        Then::Old,
        "locked by",
    ),
    row("Ctrl-C", ctrl_c, 130, Then::Old, "interrupted").of_runner(),
    row(
        "the host reboots in the middle",
        reboot,
        5,
        Then::Old,
        "lost at step",
    )
    .of_runner()
    .noticed(),
    row(
        "the old release ignores SIGTERM",
        deaf,
        0,
        Then::New,
        r#""outcome":"good""#,
    )
    .of_runner(),
];

const fn row(
    fault: &'static str,
    meet: fn(&Ground) -> Run,
    code: i32,
    then: Then,
    says: &'static str,
) -> Row {
    Row {
        fault,
        meet,
        code,
        then,
        is_of_runner: false,
        students_notice: false,
        says,
    }
}

impl Row {
    const fn of_runner(mut self) -> Self {
        self.is_of_runner = true;
        self
    }

    const fn noticed(mut self) -> Self {
        self.students_notice = true;
        self
    }

    fn check(&self, ground: &Ground) {
        let fault = self.fault;
        let before = ground.serving();
        let run = (self.meet)(ground);
        assert_eq!(run.code, self.code, "{fault}: {run}");
        assert!(
            run.to_string().contains(self.says),
            "{fault}: {:?} is not in {run}",
            self.says
        );
        // A refusal may be faster than students ask.
        ground.steady.settle();
        let meanwhile = ground.steady.since_last();
        if !self.students_notice {
            meanwhile.assert_all_answered(fault);
        }
        let expected = if self.then == Then::Old {
            before
        } else {
            1 - before
        };
        // Nothing unfinished, no lock, and what should serve does.
        assert_eq!(ground.serving(), expected, "{fault}: {run}");
        ground.steady.settle();
        let after = ground.steady.since_last();
        after.assert_all_answered(&format!("after: {fault}"));
        ground.assert_database_as_before(fault);
    }
}

fn every_fault_ends_well(runner: &str, is_met: fn(&Row) -> bool) {
    let mut ground = Ground::new(runner, 50, Watch::Closely);
    for row in ROWS.iter().filter(|row| is_met(row)) {
        let began = std::time::Instant::now();
        row.check(&ground);
        println!(
            "{runner}: {}: {:.1} s",
            row.fault,
            began.elapsed().as_secs_f64()
        );
    }
    looking::maintenance_turns_away_only_who_is_not_writing(&ground);
    looking::passwords_are_hashed_less_urgently(&ground);
    ground.assert_nothing_is_lost();
}

#[test]
fn under_supervisor_every_fault_ends_with_a_release_that_serves() {
    every_fault_ends_well("supervisor", |_| true);
}

#[test]
fn under_systemd_every_fault_of_a_runner_ends_with_a_release_that_serves() {
    every_fault_ends_well("systemd", |row| row.is_of_runner);
}

#[test]
fn in_containers_every_fault_of_a_runner_ends_with_a_release_that_serves() {
    every_fault_ends_well("docker", |row| row.is_of_runner);
}

/// The whole table under these two as well; `tests/run --full` runs it.
#[test]
fn long_run_of_every_fault_under_every_runner() {
    for runner in ["systemd", "docker"] {
        every_fault_ends_well(runner, |_| true);
    }
}

fn faulty(ground: &Ground, fault: Fault) -> Run {
    ground.deploy(&ground.site.faulty_release(fault))
}

/// One byte of the program is another one.
fn corrupt_artifact(ground: &Ground) -> Run {
    let mut bytes = std::fs::read(ground.site.path().join(ground.other())).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(ground.site.path().join("corrupt.tar.zst"), bytes).unwrap();
    ground.deploy("corrupt.tar.zst")
}

/// The host trusts one key; the release is signed with another.
fn signed_by_another(ground: &Ground) -> Run {
    let site = &ground.site;
    let key = |folder: &str| {
        let run = site.examctl(&["release", "keygen", "--output", folder]);
        assert_eq!(run.code, 0, "{run}");
        run.summary()
    };
    let (ours, theirs) = (key("ours.key"), key("theirs.key"));
    std::fs::copy(
        site.path().join(ground.other()),
        site.path().join("signed.tar.zst"),
    )
    .unwrap();
    let theirs = theirs["key_file"].as_str().unwrap();
    let signed = site.examctl(&["release", "sign", "signed.tar.zst", "--key", theirs]);
    assert_eq!(signed.code, 0, "{signed}");
    let inventory = site.path().join("inventory.yaml");
    let before = std::fs::read_to_string(&inventory).unwrap();
    // JSON is YAML.
    let mut trusting: Value = serde_json::from_str(&before).unwrap();
    trusting["hosts"]["web"]["vars"]["release_trusted_keys"] = json!([ours["public_key"]]);
    std::fs::write(&inventory, trusting.to_string()).unwrap();
    let run = ground.deploy("signed.tar.zst");
    std::fs::write(&inventory, before).unwrap();
    run
}

/// There is room for as many bytes as the deploy asks for, and for a folder, but for no file in it.
fn disk_full(ground: &Ground) -> Run {
    ground.site.host.exec(
        "cd /opt/exam-service && cp -a releases /tmp/kept && \
         mount -t tmpfs -o size=2g,mode=755 tmpfs releases && cp -a /tmp/kept/. releases/ && rm -r /tmp/kept && \
         mount -o remount,nr_inodes=$(($(df --output=iused releases | tail -n 1) + 1)) releases",
    );
    let release = ground.site.good_release("three");
    let run = ground.deploy(&release);
    ground
        .site
        .host
        .exec("umount -l /opt/exam-service/releases");
    run
}

/// Who serves has it open; nobody can open it any more.
fn database_down(ground: &Ground) -> Run {
    let host = &ground.site.host;
    host.exec("chmod 000 /var/lib/exam-service/exam.db");
    let run = ground.deploy(ground.other());
    host.exec("chmod 600 /var/lib/exam-service/exam.db");
    run
}

fn nginx_refuses(ground: &Ground) -> Run {
    let host = &ground.site.host;
    host.exec("echo 'nonsense on;' > /etc/nginx/conf.d/nonsense.conf && ! nginx -t");
    let run = ground.deploy_good(ground.other());
    host.exec("rm /etc/nginx/conf.d/nonsense.conf && nginx -t");
    run
}

/// The second is told who is first; the first is stopped by its user and undoes itself.
fn two_at_once(ground: &Ground) -> Run {
    let other = ground.other();
    let mut first = ground.start(other, &["--pause-before", "gate"]);
    first.wait_for_line(|line| line.contains("paused before"));
    let second = ground.deploy(other);
    let first = first.interrupt();
    assert_eq!(first.code, 130, "{first}");
    second
}

/// While the new release is in service, and is watched.
fn ctrl_c(ground: &Ground) -> Run {
    let mut running = ground.start(ground.other(), &[]);
    follow_to(&mut running, "bake");
    running.interrupt()
}

/// Power is cut while the new colour starts. The old one comes back by itself; a rollback that has nothing else to do
/// undoes what was begun.
fn reboot(ground: &Ground) -> Run {
    let before = ground.other().to_owned();
    let mut running = ground.start(&before, &[]);
    follow_to(&mut running, "gate");
    ground.site.host.kill();
    let run = running.finish();
    ground.site.host.boot_again();
    ground.steady.wait_until_answered(BOOT);
    wait_for("everybody's next request", Duration::from_secs(20), || {
        ground.steady.since_last();
        ground.steady.settle();
        ground.steady.since_last().failures.is_empty().then_some(())
    });
    // It undoes what was begun, and is then stopped before it begins anything itself.
    let mut next = ground.start(&before, &["--pause-before", "upload"]);
    next.wait_for_line(|line| line.contains("paused before"));
    let next = next.interrupt();
    assert_eq!(next.code, 130, "{next}");
    run
}

/// A release that can only be killed has to make room for the next one all the same.
fn deaf(ground: &Ground) -> Run {
    let before = ground.serving();
    let deaf = ground.deploy_good(&ground.site.faulty_release(Fault::IgnoresSigterm));
    assert_eq!(deaf.code, 0, "{deaf}");
    let next = ground.deploy_good(&ground.good[before]);
    assert_eq!(next.code, 0, "{next}");
    // Its slot is the one that this goes to.
    ground.deploy_good(&ground.good[1 - before])
}
