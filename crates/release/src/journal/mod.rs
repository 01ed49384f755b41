//! What was done on this host, and what was being done when it stopped?
//!
//! One JSON object per line, appended and synced *before* the step that it announces. A line that
//! is no JSON was torn by a crash: its step had not begun. The host adds to each line which line
//! comes before it (`chain.rs`), so that nobody changes the past unnoticed.

pub mod chain;
pub(crate) mod shorten;
pub(crate) mod verify;

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::backup::restore::in_place::RestorePlan;
use crate::steps::{Kind, Step};
use crate::target::layout::Slot;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// RFC 3339.
    pub(crate) at: String,
    /// Which deploy or rollback this belongs to.
    pub(crate) deploy: String,
    #[serde(flatten)]
    pub(crate) entry: Entry,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Entry {
    Begin(Box<Begin>),
    /// This step is about to be done.
    Step {
        step: Step,
    },
    /// From here on everything is taken back.
    Undo {
        step: Step,
        reason: String,
        blame: bool,
    },
    End {
        outcome: Outcome,
    },
    /// Something worth knowing later that decides nothing by itself: a backup that belongs to this
    /// deploy, or something that is no deploy at all (maintenance, a restore, pruning).
    Note {
        /// A few plain words that stay the same for the same kind of thing, for instance `backup`.
        what: String,
        /// What a person or a program wants to know of it; one line, no secrets.
        detail: String,
        who: String,
    },
    /// Everything up to this record of the chain is moved to another file. Stands twice: in the
    /// chain, and as the first line of what is left, in the place of the last record that went.
    Shortened {
        until: u64,
        /// The hash of that record.
        head: String,
        archive: String,
        who: String,
    },
}

/// Everything that finishing or undoing needs to know, written before anything changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begin {
    pub(crate) kind: Kind,
    pub(crate) release: String,
    pub(crate) to: Slot,
    /// The slot that serves; `None` on a host's first release.
    pub(crate) from: Option<Slot>,
    /// The release that serves.
    pub(crate) previous: Option<String>,
    /// The release that the slot `to` named before.
    pub(crate) to_before: Option<String>,
    /// Whether `from` answered as serving when this began.
    pub(crate) was_serving: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) who: String,
    /// The backup that takes the place of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) restore: Option<Box<RestorePlan>>,
    /// The load profile of the step `load`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) load_profile: Option<String>,
}

/// How a deploy or a rollback ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The release serves.
    Good,
    /// Everything is as it was before.
    Undone,
}

/// What is known of a release from its past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It passed every gate.
    Good,
    /// It failed one.
    Bad,
    /// It was good, and then left by a rollback.
    RolledBack,
    /// It lies there and was never proved.
    Untried,
}

/// One deploy or rollback, as a person asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastDeploy {
    pub deploy: String,
    pub kind: Kind,
    pub release: String,
    pub previous: Option<String>,
    pub who: String,
    pub began: String,
    pub ended: Option<String>,
    /// How long it took, where it ended and the clock of whoever deployed did not jump.
    pub took_ms: Option<u64>,
    /// `None`: unfinished; the next run finishes or undoes it.
    pub outcome: Option<Outcome>,
    /// Why it was undone.
    pub reason: Option<String>,
    /// The last step that was begun.
    pub last_step: Option<Step>,
    #[serde(skip)]
    pub(crate) begin: Option<Box<Begin>>,
    /// The release itself did not pass `last_step`: it is marked bad.
    pub failed: bool,
}

/// One note, as a person asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastNote {
    /// RFC 3339.
    pub at: String,
    /// The deploy that it was written in, or the run that wrote nothing else.
    pub deploy: String,
    pub what: String,
    pub detail: String,
    pub who: String,
}

/// One line of a host's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "past", rename_all = "snake_case")]
pub enum Past {
    Deploy(Box<PastDeploy>),
    Note(PastNote),
}

/// A line of a journal that was written whole, but not for this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the journal was written by a newer examctl, use that one (line {line} of what was read: {reason})"
)]
pub(crate) struct JournalError {
    line: usize,
    reason: String,
}

/// All lines that could be read, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Journal {
    pub(crate) records: Vec<Record>,
}

impl Journal {
    /// Lines that are no JSON are skipped: they were torn.
    ///
    /// # Errors
    /// Where a whole line says something that this program does not know.
    pub(crate) fn parse(text: &str) -> Result<Self, JournalError> {
        let mut records = Vec::new();
        for (number, line) in text.lines().enumerate() {
            match serde_json::from_str(line) {
                Ok(record) => records.push(record),
                Err(_) if serde_json::from_str::<IgnoredAny>(line).is_err() => {}
                Err(error) => {
                    return Err(JournalError {
                        line: number + 1,
                        reason: error.to_string(),
                    });
                }
            }
        }
        Ok(Self { records })
    }

    /// Every deploy and rollback, oldest first.
    pub(crate) fn deploys(&self) -> Vec<PastDeploy> {
        let mut deploys: Vec<PastDeploy> = Vec::new();
        for record in &self.records {
            if let Entry::Begin(begin) = &record.entry {
                deploys.push(begun(record, begin));
                continue;
            }
            // What belongs to no beginning (cut off by the limit on reading) tells nothing.
            let Some(deploy) = deploys
                .last_mut()
                .filter(|last| last.deploy == record.deploy)
            else {
                continue;
            };
            match &record.entry {
                Entry::Begin(_) | Entry::Note { .. } | Entry::Shortened { .. } => {}
                Entry::Step { step } => deploy.last_step = Some(*step),
                Entry::Undo { reason, blame, .. } => {
                    deploy.reason = Some(reason.clone());
                    deploy.failed = *blame;
                }
                Entry::End { outcome } => {
                    deploy.outcome = Some(*outcome);
                    deploy.ended = Some(record.at.clone());
                    deploy.took_ms = milliseconds_between(&deploy.began, &record.at);
                }
            }
        }
        deploys
    }

    /// Every note, oldest first.
    pub(crate) fn notes(&self) -> Vec<PastNote> {
        // As the first line it stands for the one in the chain.
        let is_first = |record: &Record| matches!(record.entry, Entry::Shortened { .. });
        let skipped = usize::from(self.records.first().is_some_and(is_first));
        let note = |record: &Record| match &record.entry {
            Entry::Note { what, detail, who } => Some(PastNote {
                at: record.at.clone(),
                deploy: record.deploy.clone(),
                what: what.clone(),
                detail: detail.clone(),
                who: who.clone(),
            }),
            Entry::Shortened {
                until,
                archive,
                who,
                ..
            } => Some(PastNote {
                at: record.at.clone(),
                deploy: record.deploy.clone(),
                what: "journal shortened".to_owned(),
                detail: format!("records up to {until} are in {archive}"),
                who: who.clone(),
            }),
            _ => None,
        };
        self.records.iter().skip(skipped).filter_map(note).collect()
    }

    /// The last `limit` deploys, rollbacks and notes, the newest first.
    pub(crate) fn past(&self, limit: usize) -> Vec<Past> {
        let deploys = self
            .deploys()
            .into_iter()
            .map(|deploy| (deploy.began.clone(), Past::Deploy(Box::new(deploy))));
        let notes = self
            .notes()
            .into_iter()
            .map(|note| (note.at.clone(), Past::Note(note)));
        let mut past: Vec<_> = deploys.chain(notes).collect();
        // Stable: what has the same time stays as it was written, deploys first.
        past.sort_by(|(left, _), (right, _)| left.cmp(right));
        past.into_iter()
            .rev()
            .take(limit)
            .map(|(_, past)| past)
            .collect()
    }

    /// What every release that was ever begun is worth.
    pub(crate) fn marks(&self) -> BTreeMap<String, Mark> {
        let mut marks = BTreeMap::new();
        for deploy in self.deploys() {
            match deploy.outcome {
                Some(Outcome::Good) => {
                    if let (Kind::Rollback, Some(left)) = (deploy.kind, deploy.previous) {
                        marks.insert(left, Mark::RolledBack);
                    }
                    marks.insert(deploy.release, Mark::Good);
                }
                Some(Outcome::Undone) if deploy.failed => {
                    marks.insert(deploy.release, Mark::Bad);
                }
                _ => {}
            }
        }
        marks
    }

    /// The releases that were proved good and not left since, the latest proof first, each once.
    pub(crate) fn good_releases(&self) -> Vec<String> {
        let marks = self.marks();
        let mut good = self.proved_releases();
        good.retain(|id| marks.get(id) == Some(&Mark::Good));
        good
    }

    /// The releases that were ever proved good and did not fail since, the latest proof first.
    pub(crate) fn proved_releases(&self) -> Vec<String> {
        let marks = self.marks();
        let mut proved = Vec::new();
        for deploy in self.deploys().into_iter().rev() {
            let is_proved = deploy.outcome == Some(Outcome::Good)
                && marks.get(&deploy.release) != Some(&Mark::Bad);
            if is_proved && !proved.contains(&deploy.release) {
                proved.push(deploy.release);
            }
        }
        proved
    }

    /// The last time that a release did not pass its gates, unless it was good since.
    ///
    /// Settings that a release refuses are no reason: they are checked again before anything changes.
    pub(crate) fn failed_before(&self, release: &str) -> Option<PastDeploy> {
        let bad = self.marks().get(release) == Some(&Mark::Bad);
        let mut deploys = self.deploys().into_iter().rev();
        deploys
            .find(|deploy| bad && deploy.failed && deploy.release == release)
            .filter(|deploy| deploy.last_step != Some(Step::CheckSettings))
    }

    /// The deploy that has no end, if the last one has none.
    pub(crate) fn unfinished(&self) -> Option<PastDeploy> {
        self.deploys()
            .pop()
            .filter(|deploy| deploy.outcome.is_none())
    }
}

fn milliseconds_between(began: &str, ended: &str) -> Option<u64> {
    let time = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let took = time(ended)?.signed_duration_since(time(began)?);
    u64::try_from(took.num_milliseconds()).ok()
}

fn begun(record: &Record, begin: &Begin) -> PastDeploy {
    PastDeploy {
        deploy: record.deploy.clone(),
        kind: begin.kind,
        release: begin.release.clone(),
        previous: begin.previous.clone(),
        who: begin.who.clone(),
        began: record.at.clone(),
        ended: None,
        took_ms: None,
        outcome: None,
        reason: None,
        last_step: None,
        begin: Some(Box::new(begin.clone())),
        failed: false,
    }
}

#[cfg(test)]
pub(crate) mod tests;
