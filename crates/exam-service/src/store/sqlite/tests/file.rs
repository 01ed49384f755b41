//! The file itself: how durable it is, and who waits for its one writing connection.

use std::sync::atomic::{AtomicUsize, Ordering};

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
            .contains("synchronous is 1, and has to be 2 (FULL) or more")
    );
    let weak = durable.clone().journal_mode(SqliteJournalMode::Delete);
    assert!(refusal(weak).await.contains("journal_mode is delete"));
    let weak = durable.clone().foreign_keys(false);
    assert!(refusal(weak).await.contains("foreign_keys is 0"));
    let weak = durable.clone().busy_timeout(std::time::Duration::ZERO);
    assert!(refusal(weak).await.contains("busy_timeout is 0"));
    open_pool(&path, durable, 1).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_stops_saving_only_while_it_is_full() {
    let fixture = fixture().await;
    // Nothing can grow any more, on the one connection that writes.
    let mut connection = fixture.writer().acquire().await.unwrap();
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
    let save = [fixture.save(0, 1, true)];
    let outcomes = fixture.store.save_answers(&save, now()).await.unwrap();
    assert_eq!(saved(&outcomes[0]), 1);
}

#[tokio::test]
async fn what_was_committed_is_copied_into_the_database_without_any_further_commit() {
    let fixture = fixture().await;
    let path = fixture.directory.path().join("exam.db");
    let save = [fixture.save(0, 1, true)];
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

#[tokio::test]
async fn answers_do_not_queue_behind_everything_else_that_writes() {
    let fixture = fixture().await;
    let store = Arc::new(fixture.store);
    let busy = store.begin_write("hold the connection").await.unwrap();
    let finished = Arc::new(AtomicUsize::new(0));
    let others: Vec<_> = (0..50)
        .map(|_| {
            let (store, finished) = (Arc::clone(&store), Arc::clone(&finished));
            tokio::spawn(async move {
                store.begin_write("wait").await.map(drop).unwrap();
                finished.fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    // On this single-threaded runtime each of them has queued by then.
    tokio::task::yield_now().await;
    let saving = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            store.save_answers(&[], now()).await.unwrap();
            // Counted here: this test itself may hear of it much later.
            finished.load(Ordering::Relaxed)
        })
    };
    tokio::task::yield_now().await;
    drop(busy);
    let before = saving.await.unwrap();
    assert!(before < 10, "{before} of 50 went first");
    for other in others {
        other.await.unwrap();
    }
}
