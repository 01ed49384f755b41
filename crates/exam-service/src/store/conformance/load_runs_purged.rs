//! Load runs taken away: all of theirs, from every table, and nothing else.

use std::collections::BTreeMap;

use super::load_runs::{Load, run, save_of, seeded, start};
use super::sitting::minutes;
use super::*;
use crate::exam::AttemptId;
use crate::exam::invigilation::Measure;
use crate::store::jobs::{JobStore as _, Work};
use crate::store::sitting::ActionRequest;
use crate::store::sql::Row;
use crate::store::{AuditStore as _, LoadPurge, NewSession};

static TABLES: Sql = Sql::each(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
    "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = database() ORDER BY 1",
    "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
);
/// In these a load run has nothing.
const NEVER_GROW: [&str; 12] = [
    "_sqlx_migrations",
    "audit_head",
    "course_groups",
    "courses",
    "departments",
    "heartbeat",
    "media",
    "question_categories",
    "question_tags",
    "question_versions",
    "questions",
    "serving",
];
/// What staff did stays, and what they were answered.
const STAYS: [&str; 3] = ["audit_log", "audit_head", "idempotent_replies"];

/// A column of any kind; `None` behind the last one.
fn cell(row: &Row, index: usize) -> Option<String> {
    let number = row.optional_integer(index).map(|it| format!("{it:?}"));
    let text = || row.optional_text(index).map(|it| format!("{it:?}"));
    let bytes = || row.bytes(index).map(|it| format!("{it:?}"));
    number.or_else(|_| text()).or_else(|_| bytes()).ok()
}

/// Every row of every table, as text.
async fn every_row(store: &DatabaseStore) -> BTreeMap<String, Vec<String>> {
    let (reading, none): (_, &[Argument<'_>]) = (store.reading("read all"), &[]);
    let mut tables = BTreeMap::new();
    for table in reading.all(&TABLES, none).await.unwrap() {
        let name = table.string(0).unwrap();
        let sql = leaked(format!("SELECT * FROM {name}"));
        let rows = reading.all(sql, none).await.unwrap();
        let shown = |row: &Row| {
            let cells: Vec<String> = (0..).map_while(|index| cell(row, index)).collect();
            assert!(cells.len() > 1, "{name}: {cells:?}");
            cells.join("|")
        };
        let mut rows: Vec<String> = rows.iter().map(shown).collect();
        rows.sort();
        tables.insert(name, rows);
    }
    tables
}

/// Something in every table in which something of a load run can be.
async fn fill_every_table(fixture: &Fixture, load: &Load) {
    let store = &fixture.store;
    let admin = fixture.admin().await;
    let record = start(store, load.exam, load.students[0]).await;
    let saves = [save_of(&record, 1)];
    store.save_answers(&saves, now()).await.unwrap();
    let again = [save_of(&record, 2)];
    let late = now() + minutes(3);
    store.save_answers(&again, late).await.unwrap();
    let order = ActionRequest {
        exam: load.exam,
        ..fixture.order("a load", Measure::CreditTime(60)).await
    };
    assert_eq!(fixture.act(&order).await.targeted, 1);
    let session = NewSession::new(load.students[0], super::sessions::token("load", now()));
    store.open_session(session).await.unwrap();
    let login = load.logins[0].clone();
    store
        .add_job(Work::PasswordReset { login }, now())
        .await
        .unwrap();
    let attempt = of_attempt(load, record.attempt.id, admin.user);
    let exam = of_exam(load.exam, admin.user);
    for (table, columns, values) in [attempt, of_account(load), exam].concat() {
        let sql = format!("INSERT INTO {table} ({columns}) VALUES ({values})");
        store.execute_raw(sql).await;
    }
}

/// A row: its table, columns and values.
type Filling = (&'static str, &'static str, String);

/// What hangs on an attempt.
fn of_attempt(load: &Load, attempt: AttemptId, by: UserId) -> Vec<Filling> {
    let (exam, user) = (load.exam, load.students[0]);
    let event = "attempt_id, id, kind, is_violation, occurred_at, received_at";
    let check = "attempt_id, question_id, sequence, checked_at";
    let message = "id, exam_id, is_to_all, body, sent_at";
    let grade = "attempt_id, question_id, version, grade, graded_by, graded_at";
    let note =
        "id, exam_id, author_id, written_at, category, user_id, attempt_id, body, corrects_id";
    let first = format!("'a', '{exam}', '{by}', 1, 'other', '{user}', '{attempt}', 'b', NULL");
    let second = format!("'b', '{exam}', '{by}', 1, 'other', NULL, NULL, 'b', 'a'");
    let graded = format!("'{attempt}', 'q', 1, '{{}}', '{by}', 1");
    let shown = format!("'{attempt}', 'm'");
    vec![
        (
            "attempt_events",
            event,
            format!("'{attempt}', 'e', 'left', 1, 1, 1"),
        ),
        ("practice_checks", check, format!("'{attempt}', 'q', 1, 1")),
        (
            "exam_messages",
            message,
            format!("'m', '{exam}', 0, 'b', 1"),
        ),
        ("message_attempts", "attempt_id, message_id", shown),
        ("hand_grades", grade, graded),
        ("incidents", note, first),
        ("incidents", note, second),
    ]
}

/// What hangs on an account.
fn of_account(load: &Load) -> Vec<Filling> {
    let (exam, user) = (load.exam, load.students[0]);
    let waiting = load.students[1];
    let told = "id, user_id, kind, exam_id, title, created_at";
    let reset = "token_hash, user_id, expires_at";
    let code = "exam_id, user_id, code_hash, created_at";
    let reply = "actor_id, request_key, request_hash, created_at";
    let layout = "exam_id, user_id, layout, prepared_at";
    let prepared = format!("'{exam}', '{waiting}', '{{}}', 1");
    let told_this = format!("'n', '{user}', 'k', '{exam}', 't', 1");
    let secret = format!("'{user}', 's', 1");
    vec![
        ("notifications", told, told_this),
        ("password_resets", reset, format!("'t', '{user}', 1")),
        ("second_factors", "user_id, secret, created_at", secret),
        (
            "recovery_codes",
            "user_id, code_hash",
            format!("'{user}', 'c'"),
        ),
        ("exam_codes", code, format!("'{exam}', '{user}', 'c', 1")),
        (
            "idempotent_replies",
            reply,
            format!("'{user}', 'k', 'h', 1"),
        ),
        (
            "enrolments",
            "course_id, user_id, role",
            format!("'c', '{user}', 'student'"),
        ),
        (
            "group_members",
            "group_id, user_id",
            format!("'g', '{user}'"),
        ),
        ("prepared_attempts", layout, prepared),
    ]
}

/// What hangs on an exam.
fn of_exam(exam: ExamId, by: UserId) -> Vec<Filling> {
    let key = "exam_id, version, question, reason, corrected_by, corrected_at";
    let release = "exam_id, released_by, released_at, waiting";
    let corrected = format!("'{exam}', 1, '{{}}', 'r', '{by}', 1");
    let plan = format!("'{exam}', 1, '{{}}'");
    vec![
        ("seat_plans", "exam_id, version, document", plan),
        ("key_corrections", key, corrected),
        (
            "result_releases",
            release,
            format!("'{exam}', '{by}', 1, 0"),
        ),
    ]
}

/// See its name.
pub async fn a_purge_takes_a_load_run_and_leaves_its_neighbours_row_by_row(ground: Ground) {
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    for sql in [
        "INSERT INTO courses (id, code, title, created_at) VALUES ('c', 'C', 'Course', 0)",
        "INSERT INTO course_groups (id, course_id, name) VALUES ('g', 'c', 'G')",
    ] {
        store.execute_raw(sql.to_owned()).await;
    }
    let order = fixture.order("a person", Measure::CreditTime(60)).await;
    fixture.act(&order).await;
    let save = fixture.save(0, fixture.question(1), 1, Response::Value(true));
    store.save_answers(&[save], now()).await.unwrap();
    let login = "one".to_owned();
    store
        .add_job(Work::PasswordReset { login }, now())
        .await
        .unwrap();
    let other = seeded(store, "night-2", 3).await;
    let record = start(store, other.exam, other.students[0]).await;
    store
        .save_answers(&[save_of(&record, 1)], now())
        .await
        .unwrap();
    let before = every_row(store).await;

    let load = seeded(store, "night", 3).await;
    fill_every_table(&fixture, &load).await;
    let full = every_row(store).await;
    for (table, rows) in &full {
        let has_grown = rows.len() > before[table].len();
        assert_eq!(has_grown, !NEVER_GROW.contains(&&**table), "{table}");
    }

    // Long after its last save.
    let later = now() + minutes(60);
    let gone = store.purge_load_runs(Some(&run("night")), later).await;
    let expected = LoadPurge {
        runs: vec![run("night")],
        accounts: 3,
        exams: 1,
        attempts: 1,
        answers: 1,
    };
    assert_eq!(gone.unwrap(), expected);
    let after = every_row(store).await;
    for (table, rows) in &after {
        if STAYS.contains(&&**table) {
            continue;
        }
        assert_eq!(rows, &before[table], "{table}");
    }
    assert_eq!(after["audit_log"], full["audit_log"]);
    // Of the replies only that of the load account has gone.
    let replies = |rows: &BTreeMap<String, Vec<String>>| rows["idempotent_replies"].len();
    assert_eq!(replies(&after) + 1, replies(&full));
    store.check_audit().await.unwrap().unwrap();
    let gone = store.purge_load_runs(Some(&run("night")), later).await;
    assert_eq!(gone.unwrap(), LoadPurge::default(), "again");
    // The name may be used again, and all that is left goes with all.
    seeded(store, "night", 1).await;
    let gone = store.purge_load_runs(None, later).await.unwrap();
    let runs = vec![run("night"), run("night-2")];
    assert_eq!((gone.runs, gone.accounts, gone.answers), (runs, 4, 1));
    assert!(store.load_runs(now()).await.unwrap().is_empty());
    assert_eq!(fixture.stored(0).await.len(), 1);
}

/// See its name.
pub async fn a_purge_leaves_nothing_of_students_who_go_on_saving(ground: Ground) {
    let fixture = fixture(ground).await;
    let other = fixture.ground.open().await;
    let load = seeded(&fixture.store, "night", 230).await;
    let mut records = Vec::new();
    for student in &load.students {
        records.push(start(&fixture.store, load.exam, *student).await);
    }
    let (begun, mut has_begun) = tokio::sync::mpsc::channel(1);
    let saving = tokio::spawn(async move {
        for sequence in 1.. {
            let saves: Vec<_> = records.iter().map(|it| save_of(it, sequence)).collect();
            let outcomes = other.save_answers(&saves, now()).await.unwrap();
            let is_gone = |it: &SaveOutcome| matches!(it, SaveOutcome::NotFound);
            if outcomes.iter().all(is_gone) {
                break;
            }
            begun.try_send(()).ok();
        }
        other.close().await.unwrap();
    });
    has_begun.recv().await.unwrap();
    let gone = fixture.store.purge_load_runs(None, now()).await.unwrap();
    assert_eq!(
        (gone.accounts, gone.attempts, gone.answers),
        (230, 230, 230)
    );
    saving.await.unwrap();
    for table in ["answers", "answer_history"] {
        assert_eq!(fixture.store.count_rows(table).await, 0, "{table}");
    }
    assert_eq!(fixture.store.count_rows("attempts").await, 2);
}

/// See its name.
pub async fn a_purge_finds_thousands_of_saves_among_those_of_others(ground: Ground) {
    const SECONDS: i64 = 110;
    let fixture = fixture(ground).await;
    let store = &fixture.store;
    let load = seeded(store, "night", 50).await;
    let mut records = Vec::new();
    for student in &load.students {
        records.push(start(store, load.exam, *student).await);
    }
    let question = fixture.question(1);
    for sequence in 1..=SECONDS {
        let saves = records.iter().map(|it| save_of(it, sequence));
        let person = fixture.save(0, question, sequence, Response::Value(true));
        let saves: Vec<_> = saves.chain([person]).collect();
        let at = now() + TimeDelta::seconds(sequence);
        store.save_answers(&saves, at).await.unwrap();
    }
    // More than are looked at in one go.
    let history = store.count_rows("answer_history").await;
    assert_eq!(history, SECONDS * 51);
    let later = now() + minutes(60);
    let gone = store.purge_load_runs(None, later).await.unwrap();
    assert_eq!((gone.attempts, gone.answers), (50, 50));
    assert_eq!(store.count_rows("answer_history").await, SECONDS);
    assert_eq!(fixture.stored(0).await[0].1, SECONDS);
}
