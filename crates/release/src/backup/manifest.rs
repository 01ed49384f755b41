//! What is a backup, and does what was restored from it hold what it should? Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::artifact::manifest::is_word;

/// What a database holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The migrations that were applied.
    pub schema: Vec<String>,
    /// Rows of every table.
    pub tables: BTreeMap<String, u64>,
    /// When the newest answer was stored, RFC 3339.
    pub last_answer_at: Option<String>,
}

impl Contents {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

/// Why a backup was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Before a deploy that changes the schema.
    Deploy,
    /// Of what a restore took away.
    Restore,
    /// Somebody asked for it.
    ByHand,
}

impl Why {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Deploy => "before a deploy",
            Self::Restore => "before a restore",
            Self::ByHand => "by hand",
        }
    }
}

/// What lies beside the copy of a database; written last: a copy without it does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// The name of both files, without their ends.
    pub name: String,
    pub host: String,
    /// `sqlite`.
    pub database: String,
    pub sha256: String,
    pub bytes: u64,
    #[serde(flatten)]
    pub contents: Contents,
    /// RFC 3339.
    pub taken_at: String,
    /// `login@machine`.
    pub by: String,
    pub why: Why,
    /// The deploy, rollback or run that it was taken in.
    pub deploy: String,
    /// The release that served then.
    pub serving: Option<String>,
    /// The release that was about to come.
    pub before: Option<String>,
}

impl BackupManifest {
    /// The file with the copy, in the directory of the backups.
    pub(crate) fn file(&self) -> String {
        file_of(&self.name)
    }
}

pub(crate) fn file_of(name: &str) -> String {
    format!("{name}.db")
}

/// `TIME_RELEASE_DEPLOY`: sorts by time, and says what it belongs to.
pub(crate) fn name_of(
    taken_at: chrono::DateTime<chrono::Utc>,
    release: Option<&str>,
    deploy: &str,
) -> String {
    format!(
        "{}_{}_{deploy}",
        taken_at.format("%Y%m%dT%H%M%SZ"),
        release.unwrap_or("none")
    )
}

/// What reading a copy back gave.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Counted {
    #[serde(default)]
    pub(crate) problems: Vec<String>,
    #[serde(flatten)]
    pub(crate) contents: Contents,
}

/// A copy as it is on the disk, and as a scratch database made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Restored {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) counted: Counted,
}

/// Why a backup does not count; empty when it does.
pub(crate) fn differences(manifest: &BackupManifest, restored: &Restored) -> Vec<String> {
    let mut reasons = restored.counted.problems.clone();
    if restored.bytes != manifest.bytes {
        reasons.push(format!(
            "the copy has {} bytes, not {}",
            restored.bytes, manifest.bytes
        ));
    }
    if restored.sha256 != manifest.sha256 {
        reasons.push("the copy has another checksum".to_owned());
    }
    let (found, expected) = (&restored.counted.contents, &manifest.contents);
    if found.schema != expected.schema {
        reasons.push(format!(
            "its schema is {}, not {}",
            last_of(&found.schema),
            last_of(&expected.schema)
        ));
    }
    for (table, rows) in &expected.tables {
        match found.tables.get(table) {
            Some(found) if found == rows => {}
            Some(found) => reasons.push(format!("{table} has {found} rows, not {rows}")),
            None => reasons.push(format!("the table {table} is missing")),
        }
    }
    for table in found.tables.keys() {
        if !expected.tables.contains_key(table) {
            reasons.push(format!("there is a table {table} too many"));
        }
    }
    if found.last_answer_at != expected.last_answer_at {
        reasons.push("its newest answer is another one".to_owned());
    }
    reasons
}

/// The newest step of a schema, for people.
pub(crate) fn last_of(schema: &[String]) -> &str {
    schema.last().map_or("empty", String::as_str)
}

/// One backup as it is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backup {
    #[serde(flatten)]
    pub manifest: BackupManifest,
    /// Why it is none, as far as that can be seen without reading all of it.
    pub problem: Option<String>,
}

/// Reads one line per backup: the size of its copy (`-`: none) and its manifest. Oldest first.
pub(crate) fn parse_list(text: &str) -> Vec<Backup> {
    let mut backups: Vec<Backup> = text.lines().filter_map(parse_line).collect();
    backups.sort_by(|left, right| left.manifest.name.cmp(&right.manifest.name));
    backups
}

fn parse_line(line: &str) -> Option<Backup> {
    let (size, manifest) = line.split_once(' ')?;
    // What is no manifest of ours says nothing of any backup.
    let manifest: BackupManifest = serde_json::from_str(manifest).ok()?;
    if !is_word(&manifest.name) {
        return None;
    }
    let problem = match size.parse::<u64>() {
        Ok(bytes) if bytes == manifest.bytes => None,
        Ok(bytes) => Some(format!(
            "the copy has {bytes} bytes, not {}",
            manifest.bytes
        )),
        Err(_) => Some("the copy is gone".to_owned()),
    };
    Some(Backup { manifest, problem })
}

/// The backup that a person names: `latest`, or a unique beginning of its name.
pub(crate) fn find<'b>(backups: &'b [Backup], wanted: &str) -> Result<&'b Backup, String> {
    let there_are = || match backups {
        [] => "there is none on this host: examctl backup create".to_owned(),
        _ => "examctl backup list shows those of this host".to_owned(),
    };
    if wanted == "latest" {
        return backups.last().ok_or_else(there_are);
    }
    let wanted = wanted.strip_suffix(".db").unwrap_or(wanted);
    let mut matching = backups
        .iter()
        .filter(|backup| backup.manifest.name.starts_with(wanted));
    match (matching.next(), matching.count()) {
        (Some(backup), 0) => Ok(backup),
        (None, _) => Err(format!("no backup is called {wanted}: {}", there_are())),
        (Some(_), more) => Err(format!(
            "`{wanted}` is the beginning of {} backups: give more of the name",
            more + 1
        )),
    }
}

/// The pre-deploy backups that may go while those of the last `keep` deploys stay.
pub(crate) fn plan_thinning(backups: &[Backup], keep: usize) -> Vec<String> {
    backups
        .iter()
        .rev()
        .filter(|backup| backup.manifest.why == Why::Deploy)
        .skip(keep)
        .map(|backup| backup.manifest.name.clone())
        .collect()
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
pub(crate) mod tests;
