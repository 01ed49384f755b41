//! The schema, from nothing.

use super::*;
use crate::store::migration_plan::Step;
use crate::store::{Store as _, StoreError};

/// Its second statement fails until the table is there.
const HALF_WAY: Step = Step {
    name: "0001_half_way",
    sql: "CREATE TABLE IF NOT EXISTS made (a BIGINT NOT NULL PRIMARY KEY); UPDATE missing SET a = 1 WHERE a = 0;",
};

/// See its name.
pub async fn an_empty_database_is_migrated_once_and_says_so(ground: Ground) {
    let store = ground.open().await;
    let empty = store.migration_status().await.unwrap();
    assert!(
        empty.applied.is_empty() && empty.unknown.is_empty(),
        "{empty:?}"
    );
    assert_eq!(empty.pending[0].name, "0001_accounts");
    let migrated = store.migrate(false).await.unwrap();
    assert!(migrated.pending.is_empty(), "{migrated:?}");
    let names: Vec<&str> = empty.pending.iter().map(|step| &*step.name).collect();
    assert_eq!(migrated.applied, names);
    assert_eq!(store.migrate(false).await.unwrap(), migrated);
    assert_eq!(store.migration_status().await.unwrap(), migrated);
    assert!(!store.read_version().await.unwrap().is_empty());
}

/// See its name.
pub async fn processes_that_migrate_at_the_same_time_do_it_once(ground: Ground) {
    let (first, second) = (ground.open().await, ground.open().await);
    let (one, other) = tokio::join!(first.migrate(false), second.migrate(false));
    assert_eq!(one.unwrap().pending, []);
    assert_eq!(other.unwrap().pending, []);
    assert_eq!(first.count_rows("exams").await, 1);
}

/// See its name.
pub async fn a_migration_that_failed_half_way_runs_once_its_cause_is_gone(ground: Ground) {
    let store = ground.open().await;
    let error = store.apply_steps(&[HALF_WAY], false).await.unwrap_err();
    let is_undone = match &error {
        StoreError::MigrationFailed { name, .. } => name == HALF_WAY.name,
        StoreError::MigrationStopped { .. } => false,
        other => panic!("{other}"),
    };
    let told = error.to_string();
    assert!(told.contains("0001_half_way failed"), "{told}");
    assert_eq!(told.contains("was undone"), is_undone, "{told}");
    assert_eq!(told.contains("run migrate again"), !is_undone, "{told}");
    store
        .execute_raw("CREATE TABLE missing (a BIGINT NOT NULL PRIMARY KEY)".to_owned())
        .await;
    let status = store.apply_steps(&[HALF_WAY], false).await.unwrap();
    assert_eq!(status.applied, [HALF_WAY.name]);
    assert_eq!(store.count_rows("made").await, 0);
}

/// See its name.
pub async fn a_probe_needs_the_tables_and_then_commits(ground: Ground) {
    let store = ground.open().await;
    assert!(store.probe(now()).await.is_err());
    store.migrate(false).await.unwrap();
    for round in 0..2 {
        let at = now() + TimeDelta::seconds(round);
        store.probe(at).await.unwrap();
    }
    assert_eq!(store.count_rows("heartbeat").await, 1);
    store.close().await.unwrap();
    assert!(store.probe(now()).await.is_err());
}
