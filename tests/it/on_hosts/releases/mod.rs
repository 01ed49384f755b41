//! Releases on real hosts while students write: what may go wrong, and what must not.

#![expect(
    clippy::print_stdout,
    reason = "figures for whoever reads the log of a run"
)]

mod alternating;
mod faults;
mod interrupted;
mod looking;

use std::time::Duration;

use integration_tests::examctl::{Examctl, Run, Running};
use integration_tests::service::Demo;
use integration_tests::steady::Steady;
use serde_json::{Value, json};

use super::deploying::Site;

const STUDENTS: usize = 40;
/// `exam-service` on the host, of whichever release, as the account that it runs as.
const PROGRAM: &str = "runuser -u exam -- $(ls -d /opt/exam-service/releases/*/exam-service | head -n 1) \
                       --env-file /etc/exam-service/exam-service.env";
/// What a release may not change, however it ends: the schema, and how much there is of everything but answers.
const DATABASE: &str = "runuser -u exam -- sqlite3 -readonly /var/lib/exam-service/exam.db \
    'SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2;
     SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM exams), (SELECT count(*) FROM papers),
            (SELECT count(*) FROM candidates),
            (SELECT count(*) FROM attempts), (SELECT count(*) FROM _sqlx_migrations)'";

/// A host in the middle of an exam: a release serves, attempts are open, and students ask and save all the while.
struct Ground {
    site: Site,
    steady: Steady,
    /// Two artifacts of the real program; the first of them serves in the beginning.
    good: [String; 2],
    ids: [String; 2],
    database: String,
}

/// How a new release is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Watch {
    /// One that is slower than the one before is found out.
    Closely,
    /// Only errors count: whatever else runs on this machine may make a good release slow for a moment.
    ForErrors,
}

impl Ground {
    fn new(runner: &str, requests_per_second: u32, watch: Watch) -> Self {
        let site = prepared(runner, watch);
        let good = ["one", "two"].map(|mark| site.good_release(mark));
        let first = site.examctl(&["deploy", &good[0]]);
        assert_eq!(first.code, 0, "{first}");
        let seeded = site.host.exec(&format!(
            "{PROGRAM} seed-demo --students {STUDENTS} </dev/null"
        ));
        let demo = Demo::parse(&seeded);
        let steady = Steady::start(&site.host.client(), demo, requests_per_second);
        let mut ground = Self {
            database: site.host.exec(DATABASE),
            site,
            steady,
            good,
            ids: Default::default(),
        };
        ground.ids[0] = ground.site.serving();
        let second = ground.deploy_good(&ground.good[1]);
        assert_eq!(second.code, 0, "{second}");
        ground.ids[1] = ground.site.serving();
        ground.steady.since_last().assert_all_answered("at first");
        ground
    }

    /// Deploys while students write.
    fn deploy(&self, artifact: &str) -> Run {
        self.site
            .examctl(&["deploy", artifact, "--during-exam", "--yes"])
    }

    /// Deploys a release that is good, and is not asked whether it is as fast as the other.
    fn deploy_good(&self, artifact: &str) -> Run {
        let deploy = [
            "deploy",
            artifact,
            "--during-exam",
            "--yes",
            "--bake",
            "none",
        ];
        self.site.examctl(&deploy)
    }

    /// The same, to be followed and interfered with.
    fn start(&self, artifact: &str, more: &[&str]) -> Running {
        let deploy = [
            "--format",
            "json",
            "deploy",
            artifact,
            "--during-exam",
            "--yes",
        ];
        Examctl::new([&deploy, more].concat())
            .in_directory(self.site.path())
            .start()
    }

    /// Which of the two good releases serves.
    fn serving(&self) -> usize {
        let serving = self.site.serving();
        let of = |id: &String| *id == serving;
        self.ids
            .iter()
            .position(of)
            .unwrap_or_else(|| panic!("{serving} serves, which is none of {:?}", self.ids))
    }

    /// The artifact of the good release that does not serve.
    fn other(&self) -> &str {
        &self.good[1 - self.serving()]
    }

    #[track_caller]
    fn assert_database_as_before(&self, when: &str) {
        assert_eq!(self.site.host.exec(DATABASE), self.database, "{when}");
    }

    /// The end: every acknowledged answer is in the database, and nothing that nobody sent.
    fn assert_nothing_is_lost(&mut self) {
        let ledger = self.steady.stop();
        let lines = self
            .site
            .host
            .exec(&format!("{PROGRAM} stored-answers </dev/null"));
        let stored: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let differences = ledger.differences(&stored);
        assert!(differences.is_empty(), "{differences:#?}");
        assert!(
            ledger.acknowledged() >= STUDENTS,
            "{}",
            ledger.acknowledged()
        );
    }
}

/// A host that is ready for releases.
fn prepared(runner: &str, watch: Watch) -> Site {
    let (bake_seconds, floor, limit) = match watch {
        // What a shared machine needs now and then.
        Watch::Closely => (3, 700, 5000),
        Watch::ForErrors => (1, 60_000, 60_000),
    };
    let vars = json!({
        "runner": runner,
        "server_name": "exam.test",
        "app_url": "http://exam.test",
        "tls": "none",
        "app_env": "demo",
        // One address stands for all students of these tests.
        "campus_networks": ["172.16.0.0/12"],
        "exam_drain_seconds": 5,
        "exam_gate_seconds": 8,
        "exam_bake_seconds": bake_seconds,
        "exam_bake_min_requests": 20,
        "exam_bake_p95_floor_ms": floor,
        "exam_bake_p95_ms_max": limit,
        "exam_docker_memory_mib": 256,
        // A test host may have no more than its own machine.
        "exam_docker_open_files": 4096,
    });
    Site::provisioned(&vars)
}

/// What a JSON line says when a deploy begins this step.
fn begins(step: &str) -> String {
    format!(r#""step_started","step":"{step}""#)
}

/// What it says once an earlier run's work is finished or undone, and this one's begins.
const RECOVERED: &str = r#""step_done","step":"preflight""#;

/// Follows a run up to the beginning of one of its own steps.
fn follow_to(running: &mut Running, step: &str) {
    running.wait_for_line(|line| line.contains(RECOVERED));
    let begins = begins(step);
    running.wait_for_line(|line| line.contains(&begins));
}

/// Longer than a host takes to boot.
const BOOT: Duration = Duration::from_mins(1);
