//! The file itself: how durable it is, who shares it, how it is filled.

use super::*;
use crate::store::{NewAccount, Role};

#[tokio::test]
async fn weaker_pragmas_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("exam.db");
    let refusal = async |options| open_pool(&path, options, 1).await.unwrap_err().to_string();
    let durable = durable_options(&path).create_if_missing(true);
    let weak = durable.clone().synchronous(SqliteSynchronous::Normal);
    assert!(
        refusal(weak)
            .await
            .contains("synchronous=1, but an acknowledged answer is only safe with 2 (FULL)")
    );
    let weak = durable.clone().journal_mode(SqliteJournalMode::Delete);
    assert!(refusal(weak).await.contains("journal_mode=delete"));
    let weak = durable.clone().foreign_keys(false);
    assert!(refusal(weak).await.contains("foreign_keys=0"));
    let weak = durable.clone().busy_timeout(std::time::Duration::ZERO);
    assert!(refusal(weak).await.contains("busy_timeout=0"));
    open_pool(&path, durable, 1).await.unwrap();
}

#[tokio::test]
async fn two_processes_share_the_file_and_see_each_others_commits() {
    let fixture = fixture().await;
    let other = SqliteStore::open(&fixture.directory.path().join("exam.db"))
        .await
        .unwrap();
    let question = fixture.question(1);
    let from_blue = [fixture.save(0, question, 5, Response::Value(true))];
    let from_green = [fixture.save(0, question, 4, Response::Value(false))];
    fixture.store.save_answers(&from_blue, now()).await.unwrap();
    let outcomes = other.save_answers(&from_green, now()).await.unwrap();
    assert_eq!(decided(&outcomes[0]), (0, vec![RefusalReason::StaleAnswer]));
    other
        .submit_attempt(fixture.records[0].attempt.id, fixture.students[0], now())
        .await
        .unwrap();
    let late = [fixture.save(0, question, 6, Response::Value(false))];
    let outcomes = fixture.store.save_answers(&late, now()).await.unwrap();
    assert_eq!(
        decided(&outcomes[0]),
        (0, vec![RefusalReason::AttemptClosed])
    );
}

#[tokio::test]
async fn seeding_again_keeps_the_exam_and_adds_students() {
    let fixture = fixture().await;
    let seed = DemoSeed {
        students: ["one", "two", "three"].map(str::to_owned).to_vec(),
        admin: "admin",
        password_hash: "another hash".to_owned(),
        now: now(),
        open_for: TimeDelta::days(2),
    };
    assert_eq!(
        fixture.store.seed_demo(&EXAM, &seed).await.unwrap(),
        fixture.exam
    );
    for login in &seed.students {
        let account = fixture
            .store
            .account_by_login(login)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(account.password_hash, "another hash");
        assert_eq!(fixture.store.exams_of(account.id).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let fixture = fixture().await;
    let before = fixture.store.migration_status().await.unwrap();
    assert!(before.pending.is_empty());
    assert_eq!(fixture.store.migrate(false).await.unwrap(), before);
}

#[tokio::test]
async fn a_full_disk_stops_saving_only_while_it_is_full() {
    let fixture = fixture().await;
    // Nothing can grow any more, on the one connection that writes.
    let mut connection = fixture.store.writer.acquire().await.unwrap();
    sqlx::query("PRAGMA max_page_count = 1")
        .execute(&mut *connection)
        .await
        .unwrap();
    drop(connection);
    let mut failure = None;
    for number in 0..1000 {
        let account = NewAccount {
            login: format!("login-{number}"),
            display_name: "x".repeat(200),
            role: Role::Student,
            password_hash: "hash".to_owned(),
        };
        if let Err(error) = fixture.store.create_account(account, now()).await {
            failure = Some(error.to_string());
            break;
        }
    }
    let failure = failure.expect("the limit was never reached");
    assert!(failure.contains("full"), "{failure}");
    // The limit has gone with the connection.
    let save = [fixture.save(0, fixture.question(1), 1, Response::Value(true))];
    let outcomes = fixture.store.save_answers(&save, now()).await.unwrap();
    assert_eq!(decided(&outcomes[0]), (1, Vec::new()));
}

#[tokio::test]
async fn what_was_committed_is_copied_into_the_database_without_any_further_commit() {
    let fixture = fixture().await;
    let path = fixture.directory.path().join("exam.db");
    let save = [fixture.save(0, fixture.question(1), 1, Response::Value(true))];
    fixture.store.save_answers(&save, now()).await.unwrap();
    let log = path.with_extension("db-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    let changed = || std::fs::metadata(&path).unwrap().modified().unwrap();
    let before = changed();
    let copied = async {
        while changed() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), copied)
        .await
        .expect("the log was never copied");
    fixture.store.close().await.unwrap();
    assert!(!log.exists(), "the log is left after a clean end");
}
