//! What would be lost if a backup took the place of the database in use? Shown before anybody is asked.

use serde::{Deserialize, Serialize};

use crate::backup::manifest::{BackupManifest, Contents};

/// What the database in use has and the backup has not, or has otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Answers saved since, first or anew.
    pub answers: LostRows,
    /// Attempts begun since.
    pub attempts: LostRows,
    /// Attempts handed in since.
    pub submissions: LostRows,
    /// Accounts made since.
    pub accounts: LostRows,
}

impl Loss {
    /// Each kind with its name.
    pub fn kinds(&self) -> [(&'static str, &LostRows); 4] {
        [
            ("answers", &self.answers),
            ("attempts", &self.attempts),
            ("submissions", &self.submissions),
            ("accounts", &self.accounts),
        ]
    }

    /// Whether nothing that people made would be lost.
    pub fn is_nothing(&self) -> bool {
        self.kinds().iter().all(|(_, rows)| rows.count == 0)
    }
}

/// Rows of one kind that would be lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostRows {
    pub count: u64,
    /// Of how many people.
    pub people: u64,
    /// RFC 3339.
    pub first_at: Option<String>,
    /// RFC 3339.
    pub last_at: Option<String>,
}

/// Everything that somebody should know before a backup takes the place of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestorePreview {
    pub host: String,
    pub backup: BackupManifest,
    /// The release that will be started on it.
    pub release: String,
    /// The release that serves now.
    pub serving: Option<String>,
    /// Attempts that take answers right now.
    pub open_attempts: u64,
    /// What the database holds now; `None` where there is none, or none that can be read.
    pub now: Option<Contents>,
    /// Why it cannot be read.
    pub now_problem: Option<String>,
    /// `None` where nothing can be compared.
    pub lost: Option<Loss>,
}

impl RestorePreview {
    /// Every table with its rows now and in the backup; `None`: there is no such table.
    pub fn tables(&self) -> Vec<(String, Option<u64>, Option<u64>)> {
        let then = &self.backup.contents.tables;
        let none = std::collections::BTreeMap::new();
        let now = self.now.as_ref().map_or(&none, |now| &now.tables);
        let mut names: Vec<&String> = now.keys().chain(then.keys()).collect();
        names.sort();
        names.dedup();
        let row = |name: &String| {
            (
                name.clone(),
                now.get(name).copied(),
                then.get(name).copied(),
            )
        };
        names.into_iter().map(row).collect()
    }
}

/// Shows what would be lost and asks; `false`: nothing is changed.
pub type Confirm<'c> = &'c mut dyn FnMut(&RestorePreview) -> bool;
