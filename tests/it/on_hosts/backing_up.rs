//! Backups of a real host's database: taken before it is migrated, read back, and put into place again.

use integration_tests::examctl::{Examctl, Run};
use integration_tests::service::Demo;
use integration_tests::student::Student;
use serde_json::{Value, json};

use super::deploying::Site;

const DATABASE: &str = "/var/lib/exam-service/exam.db";
const BACKUPS: &str = "/var/backups/exam";

/// A release with one more migration, of that number (higher than any of ours): the real program but for `migrate`, which
/// goes on with it, all in one transaction. `then`: more SQL in that transaction.
fn release_with_migration(site: &Site, mark: &str, number: u32, then: &str) -> String {
    let sql = format!(
        "CREATE TABLE extra_{number} (id INTEGER PRIMARY KEY) STRICT; \
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES ({number}, 'extra', 1, x'00', 0); {then}"
    );
    let version = integration_tests::binaries::service_version();
    let script = format!(
        "#!/bin/sh\n\
         # {mark}\n\
         for real in /opt/exam-service/releases/*/exam-service; do head -c 4 $real | grep -q ELF && break; done\n\
         db=${{DATABASE_URL:-sqlite://{DATABASE}}}; db=${{db#sqlite://}}\n\
         case \"$*\" in\n\
         *--version*) echo '{version}' ;;\n\
         *migrate*--status*)\n\
         if [ -e $db ] && [ -n \"$(sqlite3 -readonly $db \"SELECT 1 FROM _sqlx_migrations WHERE version = {number}\")\" ]; then pending=; else pending='\"{number:04}_extra\"'; fi\n\
         echo \"{{\\\"applied\\\":[],\\\"pending\\\":[$pending],\\\"unknown\\\":[]}}\" ;;\n\
         *migrate*) $real \"$@\" && sqlite3 -bail -cmd '.timeout 5000' $db \"BEGIN IMMEDIATE; {sql} COMMIT;\" ;;\n\
         *) exec $real \"$@\" ;;\n\
         esac\n"
    );
    site.script_release(mark, &script)
}

/// What somebody who is careful looks at before and after.
#[derive(Debug, PartialEq)]
struct Kept {
    tables: String,
    migrations: String,
    answers: String,
    submitted: String,
}

fn query(site: &Site, sql: &str) -> String {
    site.host.exec(&format!(
        "sqlite3 -readonly -cmd '.timeout 5000' {DATABASE} \"{sql}\""
    ))
}

fn kept(site: &Site) -> Kept {
    Kept {
        tables: query(site, "SELECT name FROM sqlite_schema ORDER BY name"),
        migrations: query(site, "SELECT version FROM _sqlx_migrations"),
        answers: query(
            site,
            "SELECT attempt_id, question_id, sequence, response FROM answers ORDER BY 1, 2",
        ),
        submitted: query(
            site,
            "SELECT count(*) FROM attempts WHERE submitted_at IS NOT NULL",
        ),
    }
}

fn backups(site: &Site) -> Vec<Value> {
    let run = site.examctl(&["backup", "list"]);
    assert_eq!(run.code, 0, "{run}");
    let events = run.events().into_iter();
    events.filter(|line| line["type"] == "backup").collect()
}

fn preview(run: &Run) -> Value {
    let events = run.events();
    let found = events
        .iter()
        .find(|line| line["type"] == "restore_preview")
        .unwrap_or_else(|| panic!("nothing was shown: {run}"));
    found.clone()
}

#[track_caller]
fn ends(run: &Run, code: i32, words: &str) {
    assert_eq!(run.code, code, "{run}");
    assert!(run.to_string().contains(words), "{words:?} is not in {run}");
}

/// Sits the exam from beginning to end: nothing of it is open afterwards.
fn sits_and_submits(site: &Site, demo: &Demo, number: usize, answers: usize) -> Student {
    let student = demo.student_at(&site.host.client(), number);
    for question in 0..answers {
        student
            .save(&[student.answer(question, 1, 0)])
            .unwrap()
            .expect(200);
    }
    student.submit().unwrap().expect(200);
    student
}

#[test]
fn a_database_is_backed_up_before_it_is_migrated_and_comes_back_when_asked_for() {
    let site = Site::new();
    let one = site.deployed(&site.good_release("one"));
    let demo = site.seed_demo(6);
    sits_and_submits(&site, &demo, 0, 3);
    assert_eq!(backups(&site), Vec::<Value>::new());

    a_migration_that_fails_half_way_leaves_everything_as_before(&site, &one);
    let two = a_deploy_that_migrates_is_backed_up(&site, &one);
    sits_and_submits(&site, &demo, 1, 2);
    the_loss_is_shown_and_nothing_happens_without_a_yes(&site, &two);
    open_attempts_hold_a_restore_back(&site, &demo, &two);
    a_restore_that_is_killed_is_taken_back_by_the_next_run(&site, &two);
    the_way_back_and_the_way_back_from_it(&site, &one, &two);
    a_backup_that_is_damaged_is_refused(&site);
    a_full_disk_fails_the_deploy_before_anything_changes(&site);
}

fn a_migration_that_fails_half_way_leaves_everything_as_before(site: &Site, one: &str) {
    let before = kept(site);
    let broken = release_with_migration(site, "broken", 9001, "SELECT no_such_function();");
    let run = site.deploy(&broken);
    ends(&run, 1, "no_such_function");
    assert_eq!(site.serving(), one);
    assert_eq!(kept(site), before);
    // Its backup was taken for nothing, and stays.
    let taken = backups(site);
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0]["serving"], one);
}

fn a_deploy_that_migrates_is_backed_up(site: &Site, one: &str) -> String {
    let kept = kept(site);
    let (answers, migrations) = (
        kept.answers.lines().count(),
        kept.migrations.lines().count(),
    );
    let two = site.deployed(&release_with_migration(site, "two", 9001, ""));
    let taken = backups(site);
    let newest = taken.last().unwrap();
    assert_eq!(taken.len(), 2, "{taken:?}");
    assert_eq!(newest["why"], "deploy");
    assert_eq!(
        (&newest["serving"], &newest["before"]),
        (&json!(one), &json!(two))
    );
    assert_eq!(newest["tables"]["answers"], answers);
    assert_eq!(newest["schema"].as_array().unwrap().len(), migrations);
    let name = newest["name"].as_str().unwrap();
    let modes = site.host.exec(&format!(
        "stat -c '%a %U' {BACKUPS} {BACKUPS}/{name}.db {BACKUPS}/{name}.json"
    ));
    assert_eq!(modes, "700 root\n600 root\n600 root");
    let left = site.host.exec("ls -A /var/lib/exam-service");
    assert!(!left.contains("backup"), "{left}");
    let verified = site.examctl(&["backup", "verify"]);
    assert_eq!(verified.code, 0, "{verified}");
    let history = site.examctl(&["history"]);
    assert!(
        history
            .to_string()
            .contains(&format!("{name} before migrating")),
        "{history}"
    );
    two
}

fn the_loss_is_shown_and_nothing_happens_without_a_yes(site: &Site, two: &str) {
    let before = kept(site);
    let run = site.examctl(&["rollback", "--with-db"]);
    ends(&run, 2, "there is nobody to ask");
    let shown = preview(&run);
    assert_eq!(shown["lost"]["answers"]["count"], 2, "{shown:#}");
    assert_eq!(shown["lost"]["answers"]["people"], 1);
    assert_eq!(shown["lost"]["submissions"]["count"], 1);
    assert_eq!(shown["lost"]["accounts"]["count"], 0);
    assert_eq!(shown["now"]["tables"]["extra_9001"], 0);
    assert_eq!(site.serving(), two);
    assert_eq!(kept(site), before);
}

fn open_attempts_hold_a_restore_back(site: &Site, demo: &Demo, two: &str) {
    let student = demo.student_at(&site.host.client(), 2);
    student
        .save(&[student.answer(0, 1, 0)])
        .unwrap()
        .expect(200);
    let run = site.examctl(&["rollback", "--with-db", "--yes"]);
    ends(&run, 1, "1 exam attempts are open");
    assert_eq!(site.serving(), two);
    student.submit().unwrap().expect(200);
}

/// Once before each step that comes before the point of no return.
fn a_restore_that_is_killed_is_taken_back_by_the_next_run(site: &Site, two: &str) {
    let before = kept(site);
    for step in ["keep", "restore", "link", "gate"] {
        let arguments = ["rollback", "--with-db", "--yes", "--pause-before", step];
        site.killed(&arguments, "paused before");
        // Whatever comes next first takes back what was begun; this deploys what serves already.
        let next = site.examctl(&["rollback", "--to", two]);
        assert_eq!(next.code, 0, "after a kill before {step}: {next}");
        assert_eq!(site.serving(), two, "after a kill before {step}: {next}");
        assert_eq!(kept(site), before, "after a kill before {step}: {next}");
    }
    let left = site.host.exec("ls -A /var/lib/exam-service");
    assert!(
        !left.contains("before-") && !left.contains(".new"),
        "{left}"
    );
}

fn the_way_back_and_the_way_back_from_it(site: &Site, one: &str, two: &str) {
    let before = kept(site);
    let run = site.examctl(&["rollback", "--with-db", "--yes"]);
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(preview(&run)["lost"]["answers"]["count"], 3);
    assert_eq!(site.serving(), one);
    let now = kept(site);
    assert!(!now.tables.contains("extra"), "{now:?}");
    assert_eq!(now.submitted, "1");
    assert_eq!(
        site.host.exec(&format!("stat -c '%a %U' {DATABASE}")),
        "600 exam"
    );
    let left = site.host.exec("ls -A /var/lib/exam-service");
    assert!(!left.contains("before-"), "{left}");

    // What that took away was kept: it comes back, with a release that fits.
    let taken = backups(site);
    assert_eq!(taken.last().unwrap()["why"], "restore");
    let back = site.examctl(&["backup", "restore", "latest", "--release", two, "--yes"]);
    assert_eq!(back.code, 0, "{back}");
    assert_eq!(site.serving(), two);
    assert_eq!(kept(site), before);
}

fn a_backup_that_is_damaged_is_refused(site: &Site) {
    let (before, serving) = (kept(site), site.serving());
    let newest = backups(site).last().unwrap()["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = format!("{BACKUPS}/{newest}.db");
    site.host.exec(&format!(
        "cp -a {file} /root/kept.db; dd if=/dev/urandom of={file} bs=512 seek=9 count=40 conv=notrunc 2>&1"
    ));
    ends(&site.examctl(&["backup", "verify"]), 1, "does not count");
    let run = site.examctl(&["backup", "restore", "latest", "--yes"]);
    ends(&run, 1, "does not count");
    site.host.exec(&format!("truncate -s 5000 {file}"));
    let run = site.examctl(&["backup", "restore", "latest", "--yes"]);
    ends(&run, 1, "the copy has 5000 bytes");
    assert_eq!((site.serving(), kept(site)), (serving, before));
    site.host.exec(&format!("cp -a /root/kept.db {file}"));
    let verified = site.examctl(&["backup", "verify"]);
    assert_eq!(verified.code, 0, "{verified}");
}

fn a_full_disk_fails_the_deploy_before_anything_changes(site: &Site) {
    let (before, serving) = (kept(site), site.serving());
    site.host.exec(&format!(
        "mount -t tmpfs -o size=64k,mode=700 tmpfs {BACKUPS}"
    ));
    let run = Examctl::new(["backup", "create"])
        .in_directory(site.path())
        .run();
    ends(&run, 1, "0 MiB are free on the disk of /var/backups/exam");
    let run = site.deploy(&release_with_migration(site, "three", 9002, ""));
    ends(&run, 1, "MiB are free for backups");
    assert_eq!((site.serving(), kept(site)), (serving, before));
    assert_eq!(site.host.exec(&format!("ls -A {BACKUPS}")), "");
    site.host.exec(&format!("umount {BACKUPS}"));
}
