//! Is the service under maintenance? One file says so, to both colours and across restarts.
//!
//! A file and not a row: it has to be there when the database is what is being worked on. That it exists is the switch,
//! so that it can be made and removed by hand where nothing else works any more; what is in it only says more about it.
//! Requests look into memory; the file is looked at once in a second, and at once by whoever writes it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long after a change of the file the other colour may not know of it yet.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What is read of the file, in bytes: many times what is ever written.
const FILE_LIMIT: u64 = 16 * 1024;

/// What people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = MaintenanceNotice)]
pub struct Notice {
    /// From when on.
    pub since: DateTime<Utc>,
    /// Until when it is expected to take. Nothing happens then by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// One or two sentences for people.
    #[serde(default = "default_message")]
    pub message: String,
}

/// What is said where nobody said anything.
pub fn default_message() -> String {
    "We are working on the exam server.".to_owned()
}

/// The switch. Clones share it.
#[derive(Clone)]
pub struct Maintenance(Arc<Inner>);

struct Inner {
    file: PathBuf,
    now: RwLock<Option<Arc<Notice>>>,
    /// The file could not be looked at last time; said once, not once in a second.
    is_blind: AtomicBool,
}

impl Maintenance {
    /// The switch in `file`, as it stands.
    pub fn open(file: PathBuf) -> Self {
        let maintenance = Self(Arc::new(Inner {
            file,
            now: RwLock::default(),
            is_blind: AtomicBool::new(false),
        }));
        maintenance.look();
        maintenance
    }

    /// What people are told now; `None` when there is no maintenance.
    pub fn notice(&self) -> Option<Arc<Notice>> {
        self.0.now.read().ok().and_then(|now| now.clone())
    }

    /// Switches it on, or changes what people are told. Done when it is on the disk.
    ///
    /// # Errors
    /// When the file cannot be written; nothing is changed then.
    pub fn switch_on(&self, notice: &Notice) -> Result<(), io::Error> {
        let text = serde_json::to_string(notice)?;
        write_whole(&self.0.file, &text)?;
        self.look();
        Ok(())
    }

    /// Switches it off. Harmless when it is off.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn switch_off(&self) -> Result<(), io::Error> {
        match std::fs::remove_file(&self.0.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        sync_folder(&self.0.file)?;
        self.look();
        Ok(())
    }

    /// Switches it to what is `wanted`, `None` for off; what people were told until then.
    ///
    /// # Errors
    /// As [`Maintenance::switch_on`] and [`Maintenance::switch_off`].
    pub fn switch(&self, wanted: Option<&Notice>) -> Result<Option<Notice>, io::Error> {
        // What the other colour did in the last second is not in memory yet.
        self.look();
        let before = self.notice().as_deref().cloned();
        match wanted {
            Some(notice) => self.switch_on(notice)?,
            None => self.switch_off()?,
        }
        Ok(before)
    }

    /// Where it is written.
    pub fn file(&self) -> &Path {
        &self.0.file
    }

    /// Keeps looking at the file.
    pub async fn watch(self) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        loop {
            every.tick().await;
            let looking = self.clone();
            // A disk that hangs must not hold up requests.
            if let Err(error) = tokio::task::spawn_blocking(move || looking.look()).await {
                tracing::error!(%error, "looking at the maintenance file ended abnormally");
            }
        }
    }

    /// Takes over what the file says. One that cannot be looked at changes nothing.
    fn look(&self) {
        let found = match read(&self.0.file, self.notice().as_deref()) {
            Ok(found) => found,
            Err(error) => {
                if !self.0.is_blind.swap(true, Ordering::Relaxed) {
                    tracing::warn!(file = %self.0.file.display(), %error, "cannot tell whether there is maintenance");
                }
                return;
            }
        };
        self.0.is_blind.store(false, Ordering::Relaxed);
        if let Ok(mut now) = self.0.now.write() {
            if now.is_some() != found.is_some() {
                tracing::info!(is_on = found.is_some(), "maintenance was switched");
            }
            *now = found.map(Arc::new);
        }
    }
}

/// What the file says; `None` when there is none.
fn read(file: &Path, known: Option<&Notice>) -> Result<Option<Notice>, io::Error> {
    use std::io::Read as _;
    let opened = match std::fs::File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let changed = opened.metadata()?.modified()?;
    let mut text = String::new();
    opened.take(FILE_LIMIT).read_to_string(&mut text)?;
    Ok(Some(parse(&text, changed, known)))
}

/// Reads a notice. Whoever made the file by hand wanted maintenance, whatever is in it.
fn parse(text: &str, changed: SystemTime, known: Option<&Notice>) -> Notice {
    serde_json::from_str(text).unwrap_or_else(|error| {
        let notice = Notice {
            since: changed.into(),
            until: None,
            message: default_message(),
        };
        if !text.trim().is_empty() && known != Some(&notice) {
            tracing::warn!(%error, "the maintenance file is not ours; there is maintenance all the same");
        }
        notice
    })
}

/// Writes beside and renames: nobody ever sees half of it.
fn write_whole(file: &Path, text: &str) -> Result<(), io::Error> {
    use std::io::Write as _;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = file.with_file_name(name);
    let mut writing = std::fs::File::create(&beside)?;
    writing.write_all(text.as_bytes())?;
    writing.sync_all()?;
    std::fs::rename(&beside, file)?;
    sync_folder(file)
}

/// Makes a rename or removal last. Windows has no such thing for folders.
fn sync_folder(file: &Path) -> Result<(), io::Error> {
    if cfg!(windows) {
        return Ok(());
    }
    match file.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn notice(message: &str) -> Notice {
        Notice {
            since: DateTime::UNIX_EPOCH,
            until: Some(DateTime::UNIX_EPOCH + TimeDelta::hours(1)),
            message: message.to_owned(),
        }
    }

    #[test]
    fn both_colours_and_a_restart_see_what_one_of_them_switched() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("maintenance.json");
        let (blue, green) = (
            Maintenance::open(file.clone()),
            Maintenance::open(file.clone()),
        );
        assert_eq!(blue.notice(), None);
        blue.switch_on(&notice("New tables.")).unwrap();
        assert_eq!(*blue.notice().unwrap(), notice("New tables."));
        green.look();
        assert_eq!(green.notice(), blue.notice());
        assert_eq!(Maintenance::open(file.clone()).notice(), blue.notice());
        green.switch_on(&notice("It takes longer.")).unwrap();
        let before = blue.switch(None).unwrap();
        assert_eq!(before, Some(notice("It takes longer.")));
        assert_eq!(green.switch(None).unwrap(), None);
        green.switch_off().unwrap();
        blue.look();
        assert_eq!((blue.notice(), green.notice()), (None, None));
        let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn a_file_made_by_hand_is_enough() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("maintenance.json");
        for text in ["", "back soon", "{\"since\": 5}"] {
            std::fs::write(&file, text).unwrap();
            let found = Maintenance::open(file.clone()).notice().unwrap();
            assert_eq!(
                (&*found.message, found.until),
                (&*default_message(), None),
                "{text}"
            );
        }
        let text = r#"{"since": "2026-01-02T03:04:05Z"}"#;
        std::fs::write(&file, text).unwrap();
        let found = Maintenance::open(file).notice().unwrap();
        assert_eq!(found.since.to_rfc3339(), "2026-01-02T03:04:05+00:00");
    }

    #[test]
    fn what_cannot_be_written_is_an_error_and_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let maintenance = Maintenance::open(directory.path().join("missing").join("file"));
        assert!(maintenance.switch_on(&notice("x")).is_err());
        assert_eq!(maintenance.notice(), None);
    }
}
