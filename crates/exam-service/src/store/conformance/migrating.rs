//! The schema, from nothing.

use super::*;
use crate::store::Store as _;

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
