//! Load runs taken away: all of theirs, from every table, and nothing else.

use std::collections::BTreeMap;

use super::load_runs::{Load, run, save_of, seeded, start};
use super::sitting::minutes;
use super::*;
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
    let (attempt, user, exam, by) = (record.attempt.id, load.students[0], load.exam, admin.user);
    let waiting = load.students[1];
    for sql in [
        format!(
            "INSERT INTO attempt_events (attempt_id, id, kind, is_violation, occurred_at, received_at) VALUES ('{attempt}', 'e', 'left', 1, 1, 1)"
        ),
        format!(
            "INSERT INTO practice_checks (attempt_id, question_id, sequence, checked_at) VALUES ('{attempt}', 'q', 1, 1)"
        ),
        format!(
            "INSERT INTO exam_messages (id, exam_id, is_to_all, body, sent_at) VALUES ('m', '{exam}', 0, 'b', 1)"
        ),
        format!("INSERT INTO message_attempts (attempt_id, message_id) VALUES ('{attempt}', 'm')"),
        format!(
            "INSERT INTO hand_grades (attempt_id, question_id, version, grade, graded_by, graded_at) VALUES ('{attempt}', 'q', 1, '{{}}', '{by}', 1)"
        ),
        format!(
            "INSERT INTO incidents (id, exam_id, author_id, written_at, category, user_id, attempt_id, body) VALUES ('a', '{exam}', '{by}', 1, 'other', '{user}', '{attempt}', 'b')"
        ),
        format!(
            "INSERT INTO incidents (id, exam_id, author_id, written_at, category, body, corrects_id) VALUES ('b', '{exam}', '{by}', 1, 'other', 'b', 'a')"
        ),
        format!(
            "INSERT INTO notifications (id, user_id, kind, exam_id, title, created_at) VALUES ('n', '{user}', 'k', '{exam}', 't', 1)"
        ),
        format!(
            "INSERT INTO password_resets (token_hash, user_id, expires_at) VALUES ('t', '{user}', 1)"
        ),
        format!(
            "INSERT INTO second_factors (user_id, secret, created_at) VALUES ('{user}', 's', 1)"
        ),
        format!("INSERT INTO recovery_codes (user_id, code_hash) VALUES ('{user}', 'c')"),
        format!(
            "INSERT INTO exam_codes (exam_id, user_id, code_hash, created_at) VALUES ('{exam}', '{user}', 'c', 1)"
        ),
        format!(
            "INSERT INTO idempotent_replies (actor_id, request_key, request_hash, created_at) VALUES ('{user}', 'k', 'h', 1)"
        ),
        format!("INSERT INTO seat_plans (exam_id, version, document) VALUES ('{exam}', 1, '{{}}')"),
        format!(
            "INSERT INTO key_corrections (exam_id, version, question, reason, corrected_by, corrected_at) VALUES ('{exam}', 1, '{{}}', 'r', '{by}', 1)"
        ),
        format!(
            "INSERT INTO result_releases (exam_id, released_by, released_at, waiting) VALUES ('{exam}', '{by}', 1, 0)"
        ),
        format!(
            "INSERT INTO enrolments (course_id, user_id, role) VALUES ('c', '{user}', 'student')"
        ),
        format!("INSERT INTO group_members (group_id, user_id) VALUES ('g', '{user}')"),
        format!(
            "INSERT INTO prepared_attempts (exam_id, user_id, layout, prepared_at) VALUES ('{exam}', '{waiting}', '{{}}', 1)"
        ),
    ] {
        store.execute_raw(sql).await;
    }
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

    let gone = store.purge_load_runs(Some(&run("night")), now()).await;
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
    store.check_audit().await.unwrap().unwrap();
    let gone = store.purge_load_runs(Some(&run("night")), now()).await;
    assert_eq!(gone.unwrap(), LoadPurge::default(), "again");
    // The name may be used again, and all that is left goes with all.
    seeded(store, "night", 1).await;
    let gone = store.purge_load_runs(None, now()).await.unwrap();
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
