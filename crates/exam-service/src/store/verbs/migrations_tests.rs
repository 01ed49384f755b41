//! What becomes of a database when migrations run, are refused, or fail.

use sqlx::Row as _;

use super::*;
use crate::settings::{Database, Environment};

const FIRST: Step = Step {
    name: "0001_first",
    sql: "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1);",
};
const HALF_WAY: Step = Step {
    name: "0002_half_way",
    sql: "CREATE TABLE u (a); INSERT INTO t VALUES (2); INSERT INTO t VALUES (3, 'one too many');",
};
const SECOND: Step = Step {
    name: "0002_second",
    sql: "ALTER TABLE t ADD COLUMN b INTEGER",
};
const CONTRACT: Step = Step {
    name: "0003_contract",
    sql: "-- contract: b is read by nobody\nALTER TABLE t DROP COLUMN b;",
};

async fn store() -> (DatabaseStore, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(directory.path().join("exam.db"));
    let store = DatabaseStore::open(&database, Environment::Production).await;
    (store.unwrap(), directory)
}

/// Everything the database has: its schema and the rows of `t`.
async fn contents(store: &DatabaseStore) -> Vec<String> {
    let Pool::Sqlite(pool) = &store.connections.readers else {
        panic!("this is a file")
    };
    let mut contents = Vec::new();
    for query in [
        "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name",
        "SELECT 'row ' || a FROM t ORDER BY a",
        "SELECT 'step ' || version || description FROM _sqlx_migrations ORDER BY version",
    ] {
        for row in sqlx::query(query).fetch_all(pool).await.unwrap() {
            contents.push(row.try_get(0).unwrap());
        }
    }
    contents
}

#[test]
fn migrations_are_numbered_without_gaps() {
    for (index, step) in SQLITE.iter().enumerate() {
        let number = i64::try_from(index).unwrap() + 1;
        assert_eq!(migration(step).version, number, "{}", step.name);
    }
}

#[test]
fn every_file_of_every_database_is_applied() {
    for (folder, steps) in [("sqlite", SQLITE), ("mysql", MYSQL), ("postgres", POSTGRES)] {
        let directory = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut files: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<String> = steps
            .iter()
            .map(|step| format!("{}.sql", step.name))
            .collect();
        assert_eq!(files, listed, "{folder}");
    }
}

#[test]
fn every_shipped_migration_only_adds_or_says_that_it_does_not() {
    for steps in [SQLITE, MYSQL, POSTGRES] {
        assert_eq!(check_steps(steps, true), Ok(()));
    }
}

#[test]
fn a_migration_that_stopped_half_way_can_be_repeated_where_it_cannot_be_undone() {
    assert_eq!(check_repeatable(MYSQL), Ok(()));
    let refusal = check_repeatable(&[FIRST]).unwrap_err();
    assert!(
        refusal.contains("0001_first could not be repeated"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_migration_that_fails_half_way_leaves_the_database_as_it_was() {
    let (store, _directory) = store().await;
    store.apply_steps(&[FIRST], false).await.unwrap();
    let before = contents(&store).await;
    let error = store
        .apply_steps(&[FIRST, HALF_WAY], false)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("migration 0002_half_way failed and was undone: "),
        "{error}"
    );
    assert!(
        error.contains("The database has what it had before it"),
        "{error}"
    );
    assert_eq!(contents(&store).await, before);
    // Put right, it runs.
    let status = store.apply_steps(&[FIRST, SECOND], false).await.unwrap();
    assert_eq!(status.applied, ["0001_first", "0002_second"]);
}

#[tokio::test]
async fn a_failure_names_the_steps_of_the_same_run_that_stay() {
    let (store, _directory) = store().await;
    let error = store.apply_steps(&[FIRST, HALF_WAY], false).await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.ends_with("before it, with 0001_first of the same run"),
        "{error}"
    );
    assert_eq!(contents(&store).await.last().unwrap(), "step 1first");
}

#[tokio::test]
async fn a_contract_migration_waits_until_it_is_allowed_and_nothing_before_it_runs_either() {
    let (store, _directory) = store().await;
    store.apply_steps(&[FIRST], false).await.unwrap();
    let before = contents(&store).await;
    let steps = [FIRST, SECOND, CONTRACT];
    let error = store
        .apply_steps(&steps, false)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("0003_contract takes something away (b is read by nobody)")
            && error.contains("--allow-contract")
            && error.ends_with("Nothing was changed"),
        "{error}"
    );
    assert_eq!(contents(&store).await, before);
    let status = store.apply_steps(&steps, true).await.unwrap();
    assert_eq!(status.applied.last().unwrap(), "0003_contract");
}

#[tokio::test]
async fn migrations_of_a_newer_release_are_named_and_left_alone() {
    let (store, _directory) = store().await;
    let newer = store.apply_steps(&[FIRST, SECOND], false).await.unwrap();
    assert_eq!(newer.unknown, Vec::<String>::new());
    let older = store.apply_steps(&[FIRST], false).await.unwrap();
    assert_eq!(older.unknown, ["0002_second"]);
    assert_eq!(older.pending, []);
}
