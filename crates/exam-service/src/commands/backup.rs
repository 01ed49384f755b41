//! `backup` and `backup-verify`: copy the database while it is in use, and say what such a copy is worth.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use super::{CommandError, print_line};
use crate::settings::DatabaseSettings;
use crate::store::StoreError;
use crate::store::sqlite::{Contents, DatabaseFile};

/// Rows that this program only ever adds: a copy that has fewer of them than there were before is none.
const ONLY_ADDED: &[&str] = &["users", "attempts", "answers"];

/// Copies the database into the new file `to`, readable to its owner alone, and prints what the copy holds as one JSON
/// object; without `to` copies nothing and prints what the database holds.
///
/// # Errors
/// When the database cannot be read, or `to` exists or cannot be written: then nothing new of it is left, and the
/// object that is printed says why.
pub async fn backup(
    settings: &DatabaseSettings,
    to: Option<&Path>,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let database = file(settings, "backup")?;
    if !database.exists() {
        if to.is_some() {
            let message = format!(
                "there is nothing to copy: {} does not exist",
                database.display()
            );
            return Err(CommandError::Usage(message));
        }
        return print(output, settings, &json!({"exists": false}));
    }
    let contents = match copy_or_count(database, to).await {
        Ok(contents) => contents,
        Err(error) => {
            // Whoever wants to put a copy in its place has to know where that is.
            let problem = json!({"exists": true, "problem": error.to_string()});
            print(output, settings, &problem)?;
            return Err(error.into());
        }
    };
    let counted = to.unwrap_or(database);
    let facts = json!({"exists": true, "bytes": bytes(counted)?});
    print(output, settings, &with(facts, &contents))
}

/// Opens a copy, checks and counts all of it, and prints what was found as one JSON object; with `compare` also what the
/// database in use has beyond it.
///
/// # Errors
/// When the copy cannot be read, is damaged, or holds no exam database: after the object was printed, where there is one.
pub async fn backup_verify(
    settings: &DatabaseSettings,
    copy: &Path,
    compare: bool,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let database = file(settings, "backup-verify")?;
    let store = DatabaseFile::open(copy).await?;
    let checked = async {
        let mut problems = store.problems().await?;
        let contents = store.contents().await?;
        if contents.schema.is_empty() {
            problems.push("no migration was ever applied: this is no exam database".to_owned());
        }
        Ok::<_, StoreError>((problems, contents))
    }
    .await;
    store.close().await;
    let (problems, contents) = checked?;
    let damaged = !problems.is_empty();
    let mut facts = json!({"bytes": bytes(copy)?, "problems": problems});
    if compare {
        // A database that cannot be read is no reason not to look at its copy: it is one to want it.
        match against_the_one_in_use(database, copy).await {
            Ok(compared) => facts = with(facts, &compared),
            Err(error) => facts["now_problem"] = error.to_string().into(),
        }
    }
    print(output, settings, &with(facts, &contents))?;
    if damaged {
        return Err(CommandError::Damaged(copy.to_owned()));
    }
    Ok(())
}

/// The file of the database; a server is copied by its own programs.
fn file<'a>(settings: &'a DatabaseSettings, what: &'static str) -> Result<&'a Path, StoreError> {
    settings
        .database
        .file()
        .ok_or_else(|| StoreError::OnlySqlite {
            what,
            database: settings.database.to_string(),
            instead: "Copy a database on a server with mariadb-dump, mysqldump or pg_dump",
        })
}

async fn copy_or_count(database: &Path, to: Option<&Path>) -> Result<Contents, StoreError> {
    let store = DatabaseFile::open(database).await?;
    let result = match to {
        None => store.contents().await,
        Some(to) => copy(&store, to).await,
    };
    store.close().await;
    result
}

async fn against_the_one_in_use(database: &Path, copy: &Path) -> Result<Value, StoreError> {
    if !database.exists() {
        return Ok(json!({"now": null}));
    }
    let store = DatabaseFile::open(database).await?;
    let compared = async {
        let now = store.contents().await?;
        let lost = store.loss_against(copy).await?;
        Ok::<_, StoreError>(json!({"now": now, "lost": lost}))
    }
    .await;
    store.close().await;
    compared
}

async fn copy(store: &DatabaseFile, to: &Path) -> Result<Contents, StoreError> {
    let before = store.contents().await?;
    let unwritable = |error: std::io::Error| {
        StoreError::Corrupt(format!("cannot write {}: {error}", to.display()))
    };
    create_private(to).map_err(unwritable)?;
    let written = async {
        store.copy_to(to).await?;
        File::open(to)
            .and_then(|file| file.sync_all())
            .map_err(unwritable)?;
        let copied = DatabaseFile::open(to).await?;
        let contents = copied.contents().await;
        copied.close().await;
        contents
    }
    .await;
    let checked = written.and_then(|copied| match fewer_rows(&before, &copied) {
        None => Ok(copied),
        Some(table) => Err(StoreError::Corrupt(format!(
            "the copy has fewer rows in {table} than the database had before"
        ))),
    });
    if checked.is_err() {
        // What was begun is of no use; whoever asked hears why.
        std::fs::remove_file(to).ok();
    }
    checked
}

fn fewer_rows(before: &Contents, copied: &Contents) -> Option<&'static str> {
    ONLY_ADDED
        .iter()
        .copied()
        .find(|table| copied.tables.get(*table) < before.tables.get(*table))
}

fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn bytes(file: &Path) -> Result<u64, CommandError> {
    Ok(std::fs::metadata(file)?.len())
}

/// The object with the fields of `more`.
fn with(mut object: Value, more: &impl Serialize) -> Value {
    if let (Some(fields), Value::Object(more)) = (object.as_object_mut(), json!(more)) {
        fields.extend(more);
    }
    object
}

fn print(
    output: &mut dyn Write,
    settings: &DatabaseSettings,
    facts: &Value,
) -> Result<(), CommandError> {
    let database = settings.database.to_string();
    print_line(
        output,
        &with(json!({"database": database}), facts).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_copy_with_fewer_answers_than_before_is_none() {
        let contents = |tables: &[(&str, u64)]| Contents {
            schema: Vec::new(),
            tables: tables
                .iter()
                .map(|(name, rows)| ((*name).to_owned(), *rows))
                .collect::<BTreeMap<_, _>>(),
            last_answer_at: None,
        };
        let before = contents(&[("users", 1), ("answers", 2), ("refresh_tokens", 9)]);
        for (copied, expected) in [
            (contents(&[("users", 1), ("answers", 2)]), None),
            (contents(&[("users", 2), ("answers", 7)]), None),
            (contents(&[("users", 1), ("answers", 1)]), Some("answers")),
            (contents(&[("answers", 2)]), Some("users")),
        ] {
            assert_eq!(fewer_rows(&before, &copied), expected, "{copied:?}");
        }
    }
}
