//! What is said of a deploy or a rollback afterwards, for people and for programs?

mod host;
mod markdown;
pub mod trail;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use self::host::{HostOutcome, HostReport, WayBack};
use crate::artifact::Artifact;
use crate::fleet::{FleetEnd, Wave, WaveKind};
use crate::steps::Kind;

/// What is known of a deploy or a rollback when it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Occasion {
    pub kind: Kind,
    /// `login@machine`.
    pub who: String,
    pub began: DateTime<Utc>,
    /// `None`: the last good release of each host.
    pub release: Option<ReleaseReport>,
    pub waves: Vec<WaveReport>,
}

/// The release, as its artifact says it; of a rollback only what was asked for is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleaseReport {
    pub id: String,
    pub version: Option<String>,
    pub commit: Option<String>,
    /// It was built from sources with changes that are in no commit.
    pub dirty: bool,
    /// SHA-256 of its manifest, which holds those of all files.
    pub checksum: Option<String>,
    /// The key that signed it, as `examctl release verify` names it; `None`: it is not signed. Hosts with
    /// `release_trusted_keys` have checked it.
    pub signed_by: Option<String>,
}

/// One wave, with the names of its hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaveReport {
    pub kind: WaveKind,
    pub hosts: Vec<String>,
}

/// What a whole run left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Every host serves the release.
    Done,
    /// Nothing was begun anywhere.
    Refused,
    /// Every host serves what it served before.
    Undone,
    /// Some hosts serve the release and some what they had before.
    Mixed,
    /// A person must look.
    NeedsAttention,
}

/// Everything about one run, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    #[serde(flatten)]
    pub occasion: Occasion,
    pub ending: Ending,
    pub exit_code: u8,
    pub ended: DateTime<Utc>,
    pub took_ms: u64,
    pub hosts: Vec<HostReport>,
    /// Why it ended otherwise than well.
    pub reason: Option<String>,
    /// What to do now.
    pub next: String,
}

impl ReleaseReport {
    pub fn of(artifact: &Artifact) -> Self {
        let manifest = &artifact.manifest;
        Self {
            id: manifest.id.clone(),
            version: Some(manifest.version.clone()),
            commit: Some(manifest.git_commit.clone()),
            dirty: manifest.git_dirty,
            checksum: manifest.checksum(),
            signed_by: artifact
                .signature()
                .map(|signature| format!("key {}", signature.key_id())),
        }
    }

    /// A release of which only the id, or its beginning, is known.
    pub fn named(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            version: None,
            commit: None,
            dirty: false,
            checksum: None,
            signed_by: None,
        }
    }
}

impl Occasion {
    /// The waves by the names of `hosts`.
    pub fn name_waves(waves: &[Wave], hosts: &[&str]) -> Vec<WaveReport> {
        let names = |wave: &Wave| {
            let names = wave.hosts.iter().filter_map(|host| hosts.get(*host));
            names.map(|host| (*host).to_owned()).collect()
        };
        waves
            .iter()
            .map(|wave| WaveReport {
                kind: wave.kind,
                hosts: names(wave),
            })
            .collect()
    }

    /// For instance `deploy of 0.1.0-abc`.
    pub fn name(&self) -> String {
        match (self.kind, &self.release) {
            (Kind::Deploy, Some(release)) => format!("deploy of {}", release.id),
            (Kind::Deploy, None) => "deploy".to_owned(),
            (Kind::Rollback, Some(release)) => format!("rollback to {}", release.id),
            (Kind::Rollback, None) => "rollback to the last good release".to_owned(),
        }
    }
}

impl Report {
    pub fn new(occasion: Occasion, end: &FleetEnd, ended: DateTime<Utc>) -> Self {
        let ending = Ending::of(&end.hosts, end.exit_code());
        let took = ended.signed_duration_since(occasion.began);
        Self {
            ending,
            exit_code: end.exit_code(),
            ended,
            took_ms: u64::try_from(took.num_milliseconds()).unwrap_or(0),
            hosts: end.hosts.clone(),
            reason: end.error.as_ref().map(ToString::to_string),
            next: ending.next(occasion.kind).to_owned(),
            occasion,
        }
    }

    /// The same for people.
    pub fn markdown(&self) -> String {
        markdown::render(self)
    }

    /// Writes the Markdown to `path` and the JSON beside it, each whole or not at all.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let (markdown, json) = report_paths(path);
        write_whole(&markdown, &self.markdown())?;
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
        write_whole(&json, &format!("{text}\n"))
    }
}

/// Where a report named `path` is written: its Markdown and its JSON.
pub fn report_paths(path: &Path) -> (PathBuf, PathBuf) {
    let markdown = match path.extension() {
        Some(extension) if extension == "json" => path.with_extension("md"),
        _ => path.to_owned(),
    };
    let json = path.with_extension("json");
    (markdown, json)
}

fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path)
}

impl Ending {
    fn of(hosts: &[HostReport], exit_code: u8) -> Self {
        let any = |wanted: fn(HostOutcome) -> bool| hosts.iter().any(|host| wanted(host.outcome));
        if any(|outcome| outcome == HostOutcome::NeedsAttention) {
            return Self::NeedsAttention;
        }
        if exit_code == 0 {
            return Self::Done;
        }
        if any(|outcome| outcome == HostOutcome::Serves) {
            return Self::Mixed;
        }
        if any(|outcome| matches!(outcome, HostOutcome::Undone | HostOutcome::WentBack)) {
            return Self::Undone;
        }
        Self::Refused
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused, nothing was changed",
            Self::Undone => "failed, everything is as before",
            Self::Mixed => "failed, some hosts keep the release",
            Self::NeedsAttention => "needs attention",
        }
    }

    fn next(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Done, Kind::Deploy) => {
                "Nothing. While the release before is warm, `examctl rollback` brings it back in seconds."
            }
            (Self::Done, Kind::Rollback) => {
                "Find out what was wrong with the release that was left."
            }
            (Self::Refused, _) => "Mend what the reason names, then run the same command again.",
            (Self::Undone, _) => {
                "Read the reason and `examctl logs`. A release that failed a gate is marked as bad; deploy a mended one."
            }
            (Self::Mixed, _) => {
                "The hosts serve different releases. Run the same command again once the reason is mended, or `examctl rollback`."
            }
            (Self::NeedsAttention, _) => {
                "Look now: `examctl status`, then `examctl logs --colour both`. The next deploy or rollback finishes or undoes what is open."
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
