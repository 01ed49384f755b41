//! What must not be put under load is not, and is told why; nothing has happened then.

use goose_scenarios::{LoadError, Permission};

use crate::{
    fake::{Fault, start},
    rig::{PROFILE, options, run_with},
};

fn refused(fault: Fault, permission: Permission) -> LoadError {
    let mut options = options(&start(fault), PROFILE);
    options.permission = permission;
    run_with(&options).unwrap_err()
}

#[track_caller]
fn assert_refused(error: &LoadError, exit_code: u8, words: &str) {
    assert_eq!(error.exit_code(), exit_code, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn accounts_of_real_people_are_never_used() {
    let error = refused(Fault::RealAccounts, Permission::default());
    assert_refused(&error, 2, "exam-service load seed");
}

#[test]
fn production_is_refused_unless_it_is_named() {
    let error = refused(Fault::Production, Permission::default());
    assert_refused(&error, 2, "--production 127.0.0.1");
    let mut named = options(&start(Fault::Production), PROFILE);
    named.permission.production = Some("127.0.0.1".into());
    assert_eq!(run_with(&named).unwrap().exit_code, 0);
}

#[test]
fn a_server_with_an_open_exam_is_refused_but_for_a_few_students() {
    let error = refused(Fault::ExamIsOpen, Permission::default());
    assert_refused(&error, 2, "--beside-exams");
    let beside = Permission {
        beside_exams: true,
        ..Permission::default()
    };
    let mut few = options(&start(Fault::ExamIsOpen), PROFILE);
    few.permission = beside.clone();
    assert_eq!(run_with(&few).unwrap().exit_code, 0);
    let mut many = options(&start(Fault::ExamIsOpen), PROFILE);
    (many.permission, many.overrides.users) = (beside, Some(21));
    assert_refused(&run_with(&many).unwrap_err(), 2, "21 students are too many");
}

#[test]
fn a_server_that_does_not_say_what_it_is_gets_no_load() {
    let error = refused(Fault::Silent, Permission::default());
    assert_refused(&error, 7, "500");
}

#[test]
fn what_cannot_start_says_why() {
    let mut few = options("http://127.0.0.1:9", PROFILE);
    few.credentials.logins.truncate(3);
    assert_refused(
        &run_with(&few).unwrap_err(),
        2,
        "4 users and there are only 3 logins",
    );
    let chaos = PROFILE.replace(
        "run: autosave, duration: 1200ms,",
        "run: chaos_kill, chaos: { kills: 1, recover_within: 1s }, duration: 1200ms,",
    );
    assert_refused(
        &run_with(&options("http://127.0.0.1:9", &chaos)).unwrap_err(),
        2,
        "--kill",
    );
    let wrong = PROFILE.replace("p95", "p59");
    assert_refused(
        &run_with(&options("http://127.0.0.1:9", &wrong)).unwrap_err(),
        2,
        "p59",
    );
    assert_refused(
        &run_with(&options("ftp://x", PROFILE)).unwrap_err(),
        2,
        "ftp://x",
    );
}

#[test]
fn a_ledger_of_another_run_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (link, mut child) = crate::rig::start_generator("local", folder.path());
    std::fs::write(&link.ledger_path, "an older run").unwrap();
    let path = link.ledger_path.clone();
    let options = options(&start(Fault::None), PROFILE);
    let error = goose_scenarios::lead(&options, vec![link], &mut |_| ()).unwrap_err();
    assert_refused(&error, 2, "ledger-local.jsonl");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "an older run");
    child.wait().unwrap();
}
