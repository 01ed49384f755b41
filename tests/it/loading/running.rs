//! A run as its user has it: what is printed, what is kept, what is refused, what two runs say of each other.

use integration_tests::binaries::binary;

use super::{Site, gate};

const PROFILE: &str = "
name: short
users: { count: 8 }
seed: 7
client: { timeout: 5s, save_attempts: 4 }
phases: [{ name: day, run: exam_day, duration: 8s, every: 1s, heartbeat: 2s }]
# Unoptimised programs beside other tests.
generator: { canary_p99: 10s, idle_lag_p99: 10s, cpu: 100%, steal: 100%, clock: 10s }
gates:
  defaults: { error_rate: 1%, min_samples: 4, achieved_of_offered: 50% }
  endpoints: { PUT answers: { p99: 10s } }
";

#[test]
fn a_run_is_seen_kept_compared_and_purged() {
    let mut site = Site::new(8, 10);
    site.service.start();
    let profile = site.profile("short.yaml", PROFILE);
    let run = site.load(&profile, &["--run-id", "one"]).run();
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stdout.ends_with("verdict: PASS (exit 0)\n\n"), "{run}");
    assert!(run.stderr.contains(" of 8 s, day-sit: 8 students"), "{run}");
    assert!(
        run.stderr.contains("MiB, "),
        "the server's own figures: {run}"
    );
    assert!(run.stderr.contains("kept in load-results/one"), "{run}");
    let report = gate(site.folder.path(), "one");
    assert_eq!(report["target_facts"]["run"], "first");
    assert_eq!(report["correctness"]["lost_acked"], 0);
    for (name, words) in [
        ("report.html", "What the server said of itself"),
        ("junit.xml", "<testsuite"),
    ] {
        let text = std::fs::read_to_string(site.path("load-results/one").join(name)).unwrap();
        assert!(text.contains(words), "{name}");
    }

    // A run never writes over another, and its students have had their exam.
    let again = site.load(&profile, &["--run-id", "one"]).run();
    assert!(
        again.code == 2 && again.stderr.contains("is there already"),
        "{again}"
    );
    let used_up = site.load(&profile, &["--run-id", "used"]).run();
    assert!(
        used_up.code == 4 && used_up.stdout.contains("use fresh logins"),
        "{used_up}"
    );

    site.seed("second", 8, 10);
    let other = site.load(&profile, &["--run-id", "two"]).run();
    assert_eq!(other.code, 0, "{other}");
    let compared = site.examctl(&["load", "compare", "one", "two", "--slower-ms", "10000"]);
    assert!(
        compared.code == 0 && compared.stdout.contains("verdict: NOT WORSE (exit 0)"),
        "{compared}"
    );
    let compared = site.examctl(&["load", "compare", "one", "used"]);
    assert!(
        compared.code == 4 && compared.stdout.contains("dead users"),
        "{compared}"
    );
    let listed = site.examctl(&["load", "list"]);
    assert_eq!(listed.stdout.lines().count(), 4, "{listed}");

    let program = binary("exam-service").display().to_string();
    let purge = [
        "load",
        "purge",
        "--all",
        "--service-binary",
        &program,
        "--service-env-file",
        "service.env",
    ];
    let purged = site.examctl(&purge);
    let words = "purged 2 runs: 2 exams, 16 accounts, 16 attempts";
    assert!(
        purged.code == 0 && purged.stdout.contains(words),
        "{purged}"
    );
    assert_eq!(site.service.stored_answers().len(), 0);
}

#[test]
fn people_are_never_put_under_load() {
    let mut site = Site::new(8, 10);
    let demo = site
        .service
        .run_successfully(&["seed-demo", "--students", "8"]);
    std::fs::write(site.path("students.json"), demo).unwrap();
    site.service.start();
    let profile = site.profile("short.yaml", PROFILE);
    let run = site.load(&profile, &[]).run();
    assert!(
        run.code == 2 && run.stderr.contains("exam-service load seed"),
        "{run}"
    );
    assert_eq!(
        std::fs::read_dir(site.path("load-results"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn a_run_that_is_interrupted_tells_what_it_knows_and_is_no_pass() {
    let mut site = Site::new(8, 10);
    site.service.start();
    let profile = site.profile(
        "long.yaml",
        &PROFILE.replace("duration: 8s", "duration: 80s"),
    );
    let mut running = site
        .load(&profile, &["--run-id", "cut", "--format", "json"])
        .start();
    running.wait_for_line(|line| line.contains("\"phase\":\"day-sit\""));
    let run = running.interrupt();
    assert_eq!(run.code, 7, "{run}");
    let report = gate(site.folder.path(), "cut");
    assert_eq!(
        (&report["ended_by"], &report["verdict"]),
        (&"interrupted".into(), &"inconclusive".into())
    );
    assert_eq!(run.summary()["verdict"], "inconclusive");
}

#[test]
fn a_profile_is_derived_from_a_real_exam() {
    let mut site = Site::new(1, 10);
    let demo = site.service.prepare_demo(37);
    site.service.start();
    let url = site.service.url();
    let plan = [
        "load",
        "plan-from",
        &demo.exam_id,
        "--target",
        &url,
        "--login",
        &demo.admin,
        "--sitting",
        "5m",
    ];
    let derive = |password: &str, more: &[&str]| {
        integration_tests::examctl::Examctl::new(plan.iter().chain(more))
            .input(password)
            .in_directory(site.folder.path())
            .run()
    };
    let run = derive(&demo.password, &["--output", "real.yaml"]);
    assert_eq!(run.code, 0, "{run}");
    let text = std::fs::read_to_string(site.path("real.yaml")).unwrap();
    assert!(
        text.contains("users: { count: 37 }") && text.contains("duration: 300s, every: 5s"),
        "{text}"
    );
    // It is a profile: what is missing is students.
    let run = site.load("./real.yaml", &[]).run();
    assert!(
        run.code == 2 && run.stderr.contains("37 users and there are only 1 logins"),
        "{run}"
    );
    let run = derive("wrong", &[]);
    assert!(run.code == 1 && run.stderr.contains("401"), "{run}");
    assert!(!run.stderr.contains("wrong\n"), "{run}");
    let run = derive(&demo.password, &["--output", "real.yaml"]);
    assert!(
        run.code == 2 && run.stderr.contains("is there already"),
        "{run}"
    );
}
