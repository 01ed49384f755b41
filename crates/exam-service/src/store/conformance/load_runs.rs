//! Load runs: made, and seen by nobody who counts or lists.

use super::bank::{done, taught};
use super::exam_office::drafted;
use super::*;
use crate::exam::{LoadRun, QuestionKind};
use crate::store::exam_office::{CandidateOrder, ExamFilter, NewCandidates};
use crate::store::people::{PeopleStore as _, PersonFilter};
use crate::store::results::ResultStore as _;
use crate::store::{
    CourseStore as _, ExamCodeStore as _, ExamOfficeStore as _, LoadRunStore as _, LoadSeeding,
    NewAccount, NewLoadRun, Page, PeopleRefusal, StaffOutcome,
};

pub(super) fn run(name: &str) -> LoadRun {
    name.parse().unwrap()
}

pub(super) fn new_run(name: &str, students: u32) -> NewLoadRun {
    NewLoadRun {
        run: run(name),
        paper: exam().paper,
        students,
        password_hash: "hash".to_owned(),
        now: now(),
        open_for: TimeDelta::hours(4),
    }
}

/// A load run with its exam and its students.
pub(super) struct Load {
    pub(super) exam: ExamId,
    pub(super) logins: Vec<String>,
    pub(super) students: Vec<UserId>,
}

pub(super) async fn seeded(store: &DatabaseStore, name: &str, students: u32) -> Load {
    let new = new_run(name, students);
    let LoadSeeding::Made(logins) = store.seed_load_run(&new).await.unwrap() else {
        panic!("{name} was not made")
    };
    let mut ids = Vec::new();
    for login in &logins {
        let account = store.account_by_login(login).await.unwrap();
        ids.push(account.unwrap().id);
    }
    Load {
        exam: new.paper.exam_id,
        logins,
        students: ids,
    }
}

pub(super) async fn start(store: &DatabaseStore, exam: ExamId, user: UserId) -> AttemptRecord {
    let request = StartRequest::new(exam, user, now(), [9; 16]);
    match store.start_attempt(request).await.unwrap() {
        StartOutcome::Started(record) => record,
        other => panic!("{other:?}"),
    }
}

/// A save of the question that is true or false.
pub(super) fn save_of(record: &AttemptRecord, sequence: i64) -> SaveRequest {
    let mut questions = record.paper.questions().iter();
    let statement = questions.find(|it| matches!(it.kind, QuestionKind::TrueFalse(_)));
    let answer = Answer {
        question_id: statement.unwrap().id,
        response: Response::Value(true),
        sequence: Sequence::new(sequence).unwrap(),
        flagged: None,
    };
    let attempt = &record.attempt;
    SaveRequest::new(attempt.id, attempt.owner, vec![answer], now())
}

/// See its name.
pub async fn a_load_run_is_made_once_and_never_over_a_person(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let load = seeded(store, "night-1", 1201).await;
    assert_eq!(load.logins.len(), 1201);
    assert_eq!(load.logins[1200], "load-night-1-01201");
    for student in [load.students[0], load.students[1200]] {
        let exams = store.exams_of(student).await.unwrap();
        assert_eq!(exams.len(), 1);
        let window = (exams[0].starts_at, exams[0].ends_at);
        assert_eq!(exams[0].id, load.exam);
        assert_eq!(window, (now(), now() + TimeDelta::hours(4)));
    }
    let again = store.seed_load_run(&new_run("night-1", 1)).await;
    assert_eq!(again.unwrap(), LoadSeeding::Exists);
    let account = NewAccount {
        login: "load-day-00007".to_owned(),
        display_name: "Lo Ad".to_owned(),
        role: Role::Student,
        password_hash: "hash".to_owned(),
    };
    store.create_account(account, now()).await.unwrap();
    let taken = store.seed_load_run(&new_run("day", 1)).await.unwrap();
    assert_eq!(taken, LoadSeeding::LoginTaken("load-day-00007".to_owned()));
    // Names that begin alike are different runs.
    assert_eq!(seeded(store, "night", 2).await.students.len(), 2);
    start(store, load.exam, load.students[0]).await;
    let listed = store.load_runs(now()).await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|it| {
            let of_exam = it.exam.map(|(id, ends_at)| (id == load.exam, ends_at));
            assert_eq!(it.created_at, now());
            let counts = (it.accounts, it.attempts, it.open_attempts);
            (it.run.as_str(), of_exam, counts)
        })
        .collect();
    let end = now() + TimeDelta::hours(4);
    assert_eq!(
        listed,
        [
            ("night", Some((false, end)), (2, 0, 0)),
            ("night-1", Some((true, end)), (1201, 1, 1)),
        ]
    );
    let found = store.exam_of_load_run(&run("night-1")).await.unwrap();
    assert_eq!(found, Some(load.exam));
    let found = store.exam_of_load_run(&run("day")).await.unwrap();
    assert_eq!(found, None);
    let later = now() + TimeDelta::seconds(1);
    assert_eq!(store.count_load_accounts(now()).await.unwrap(), 0);
    assert_eq!(store.count_load_accounts(later).await.unwrap(), 1203);
}

/// Accounts that anybody lists or finds.
async fn people(store: &DatabaseStore, search: &str) -> Vec<String> {
    let filter = PersonFilter {
        search: search.to_owned(),
        limit: 100,
        ..PersonFilter::default()
    };
    let people = store.people(&filter).await.unwrap();
    people.into_iter().map(|person| person.login).collect()
}

/// See its name.
pub async fn the_accounts_and_the_exam_of_a_load_run_are_in_no_list_and_in_no_count(
    ground: Ground,
) {
    let taught = taught(ground).await;
    let (store, course) = (&taught.fixture.store, taught.course);
    let everywhere = taught.fixture.admin().await;
    let any = ExamFilter::default();
    let first_page = Page {
        after: String::new(),
        limit: 100,
    };
    let seen = async || {
        let exams = store.find_exams(everywhere, &any, None, 100).await.unwrap();
        let of_course = store.exams(everywhere, course, &first_page).await.unwrap();
        let course = course.to_string();
        let trend = store.course_exams(&course, everywhere, 100).await;
        let of_trend = trend.unwrap().unwrap().exams;
        (
            store.count_open_attempts(now()).await.unwrap(),
            store.calendar(now()).await.unwrap(),
            store.calendar(now() - TimeDelta::hours(1)).await.unwrap(),
            people(store, "").await,
            exams.iter().map(|it| it.exam.id).collect::<Vec<_>>(),
            (done(of_course).len(), of_trend),
        )
    };
    let before = seen().await;
    let load = seeded(store, "night", 2).await;
    let record = start(store, load.exam, load.students[0]).await;
    let saved = store.save_answers(&[save_of(&record, 1)], now()).await;
    assert_eq!(decided(&saved.unwrap()[0]), (1, Vec::new()));
    assert_eq!(seen().await, before);
    assert_eq!(people(store, "load").await, [""; 0]);
    // Not even where somebody moves it by hand to a course that has trends.
    let move_it = format!(
        "UPDATE exams SET course_id = '{course}' WHERE id = '{}'",
        load.exam
    );
    store.execute_raw(move_it).await;
    assert_eq!(seen().await, before);

    assert_eq!(store.person(load.students[0]).await.unwrap(), None);
    let exam = store.exam(everywhere, load.exam).await.unwrap();
    assert_eq!(exam, StaffOutcome::NotFound);
    let graded = store.exam_to_grade(load.exam, everywhere).await.unwrap();
    assert!(graded.is_none());
    let graded = store.attempt_to_grade(record.attempt.id, everywhere).await;
    assert!(graded.unwrap().is_none());
    let candidates = store
        .candidates(everywhere, load.exam, CandidateOrder::Account, &first_page)
        .await;
    assert_eq!(candidates.unwrap(), StaffOutcome::NotFound);
    let codes = store.coded_exam(everywhere, load.exam).await.unwrap();
    assert!(codes.is_none());
    // Its own board and its student's own result are there, and so is what it stored.
    let by_id = ExamFilter {
        exam: Some(load.exam),
        ..ExamFilter::default()
    };
    let found = store.find_exams(everywhere, &by_id, None, 100).await;
    assert_eq!(found.unwrap().len(), 1);
    let marked = store.marked_exam(load.exam).await.unwrap();
    assert_eq!(marked.id, load.exam);
    let stored = store.stored_answers(Some(load.exam)).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].login, load.logins[0]);
    assert_eq!(store.stored_answers(None).await.unwrap().len(), 1);
    let other = store.stored_answers(Some(taught.fixture.exam)).await;
    assert_eq!(other.unwrap().len(), 0);
}

/// See its name.
pub async fn nobody_is_put_into_a_load_run_and_no_load_account_anywhere_else(ground: Ground) {
    let taught = taught(ground).await;
    let store = &taught.fixture.store;
    let (lecturer, everywhere) = (taught.lecturer, taught.fixture.admin().await);
    let draft = drafted(&taught).await;
    let load = seeded(store, "night", 1).await;
    let person = NewCandidates::Named(vec!["one".to_owned()]);
    let added = store.add_candidates(everywhere, load.exam, &person).await;
    assert_eq!(added.unwrap(), StaffOutcome::NotFound);
    let names = vec![load.logins[0].clone()];
    let loaded = NewCandidates::Named(names.clone());
    let added = store.add_candidates(lecturer, draft, &loaded).await;
    assert_eq!(done(added.unwrap()).unknown, names);
    let enrolled = store
        .enrol(everywhere, taught.course, &names, Role::Student)
        .await;
    assert_eq!(
        enrolled.unwrap(),
        Err(PeopleRefusal::UnknownPeople(names.clone()))
    );
    // An older version could have done so: what counts is the account.
    let exam = taught.fixture.exam;
    let sql = format!(
        "INSERT INTO candidates (exam_id, user_id) VALUES ('{exam}', '{}')",
        load.students[0]
    );
    store.execute_raw(sql).await;
    start(store, exam, load.students[0]).await;
    let graded = store.attempts_to_grade(exam, None, 10).await.unwrap();
    let logins: Vec<_> = graded.iter().map(|it| &*it.candidate.login).collect();
    assert_eq!(logins, ["one", "two"]);
}

/// See its name.
pub async fn a_load_run_is_told_whether_real_exams_are_open(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let load = seeded(store, "night", 2).await;
    start(store, load.exam, load.students[0]).await;
    let open = async |at: DateTime<Utc>| {
        let target = store.load_target(load.students[1], at).await.unwrap();
        let target = target.unwrap();
        assert_eq!(target.run, run("night"));
        target.open_exams
    };
    assert_eq!(open(now()).await, 1);
    let nobody = store.load_target(fixture.students[0], now()).await;
    assert_eq!(nobody.unwrap(), None);
    // The window is over, and somebody has been given more time.
    let hour = TimeDelta::hours(1);
    let set = async |what: String| {
        let sql = format!("UPDATE exams SET {what} WHERE id = '{}'", fixture.exam);
        store.execute_raw(sql).await;
    };
    set(format!("ends_at = {}", now().timestamp_millis() + 60_000)).await;
    assert_eq!(open(now() + TimeDelta::minutes(9)).await, 1);
    assert_eq!(open(now() + hour).await, 0);
    let sql = format!(
        "UPDATE attempts SET paused_at = started_at WHERE id = '{}'",
        fixture.records[0].attempt.id
    );
    store.execute_raw(sql).await;
    assert_eq!(open(now() + hour).await, 1);
    // The demo's own exam is nobody's, until somebody else may sit it.
    set("code = 'demo'".to_owned()).await;
    assert_eq!(open(now()).await, 0);
    let account = NewAccount {
        login: "person".to_owned(),
        display_name: "A person".to_owned(),
        role: Role::Student,
        password_hash: "hash".to_owned(),
    };
    let person = store.create_account(account, now()).await.unwrap();
    let sql = format!(
        "INSERT INTO candidates (exam_id, user_id) VALUES ('{}', '{person}')",
        fixture.exam
    );
    store.execute_raw(sql).await;
    assert_eq!(open(now()).await, 1);
    set("state = 'draft'".to_owned()).await;
    assert_eq!(open(now()).await, 0);

    for (user, at, expected) in [
        (load.students[0], now() + hour * 3, false),
        (load.students[0], now() + hour * 4, true),
        (fixture.students[0], now() + hour * 9000, false),
    ] {
        assert_eq!(store.is_load_over(user, at).await.unwrap(), expected);
    }
}
