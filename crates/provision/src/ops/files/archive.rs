//! `archive`: what an archive holds, unpacked into a directory.

use std::time::Duration;

use super::attributes::{Attributes, parse_attributes};
use crate::connections::{Command, quote};
use crate::facts::path::sha256_of;
use crate::facts::{FactKey, Facts, PathKind, Probed, Request};
use crate::fields::{Fields, is_template};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources, effects};

const UNPACK: &str = include_str!("unpack.sh");
const UNPACK_TIMEOUT: Duration = Duration::from_mins(10);
/// What an archive's name may end in, and what `unpack.sh` calls it.
const KINDS: [(&str, &str); 8] = [
    (".tar.gz", "gz"),
    (".tgz", "gz"),
    (".tar.zst", "zst"),
    (".tzst", "zst"),
    (".tar.xz", "xz"),
    (".txz", "xz"),
    (".tar", "tar"),
    (".zip", "zip"),
];

/// Where the archive lies.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// Beside the playbook: its bytes.
    Here {
        name: String,
        bytes: Vec<u8>,
    },
    OnHost(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArchiveArgs {
    path: String,
    origin: Origin,
    kind: &'static str,
    creates: Option<String>,
    strip: u64,
    attributes: Attributes,
    /// Notes what was unpacked last.
    record: String,
}

impl Operation for ArchiveArgs {
    const SPEC: Spec = Spec {
        name: "archive",
        summary: "What an archive holds, unpacked into a directory; what else is there stays.",
        fields: &[
            Field::required("path", Kind::Path, "The directory."),
            Field::optional(
                "source",
                Kind::Text,
                "The archive, beside the playbook: .tar.gz, .tar.zst, .tar.xz, .tar or .zip.",
            ),
            Field::optional("from", Kind::Path, "The archive, on the host."),
            Field::optional(
                "creates",
                Kind::Path,
                "It is done where this path exists. Default: where this very archive was unpacked last.",
            ),
            Field::optional(
                "strip_components",
                Kind::Number(20),
                "How many leading folders of the names are left off. Default: none.",
            ),
            Field::optional(
                "owner",
                Kind::Name,
                "Owns what is unpacked. Default: who unpacks it.",
            ),
            Field::optional("group", Kind::Name, "Its group."),
            Field::optional(
                "mode",
                Kind::Mode,
                "Permission bits of the directory itself. Default: left as they are, or 0755.",
            ),
        ],
        example: "archive: {path: /opt/tool, from: /var/cache/tool-1.2.tar.gz, strip_components: 1}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let path = fields.path("path");
        let origin = parse_origin(&mut fields, sources);
        let kind = origin
            .as_ref()
            .and_then(|origin| kind_of(&mut fields, origin));
        let creates = fields.optional_path("creates");
        let strip = fields.number_in("strip_components", 0..=20).unwrap_or(0);
        let attributes = parse_attributes(&mut fields);
        let path = path?;
        let key = sha256_of(path.as_bytes());
        Some(Self {
            record: format!("{}/archives/{}", sources.state_directory(), &key[..16]),
            path,
            origin: origin?,
            kind: kind?,
            creates,
            strip,
            attributes,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = vec![FactKey::Path(self.path.clone()).into()];
        match &self.creates {
            Some(path) => requests.push(FactKey::Path(path.clone()).into()),
            None => requests.push(self.probe().into()),
        }
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let directory = facts.paths.get(&self.path);
        if directory.is_some_and(|state| state.kind != PathKind::Directory) {
            let path = &self.path;
            let message = format!("{path} exists and is not a directory; move it away first");
            return Err(PlanError(message));
        }
        let asked = match &self.creates {
            Some(path) if facts.paths.contains_key(path) => None,
            Some(_) => Some(String::new()),
            None => self.asked(facts.probes.get(&self.probe_name()))?,
        };
        Ok(match (asked, directory) {
            (None, Some(state)) => self.attributes.plan(&self.path, state),
            (None, None) if self.creates.is_some() => Vec::new(),
            // It was unpacked, and then the directory went.
            (None, None) => vec![self.unpack("")],
            (Some(stamp), _) => vec![self.unpack(&stamp)],
        })
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::below(key, &self.path) || effects::on_directory(key, &self.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl ArchiveArgs {
    fn probe_name(&self) -> String {
        match &self.origin {
            Origin::Here { .. } => format!("archive {}", self.path),
            Origin::OnHost(from) => format!("archive {} from {from}", self.path),
        }
    }

    /// Prints what was unpacked last and, of an archive on the host, its checksum and its size and
    /// time; read only where those are not what they were.
    fn probe(&self) -> FactKey {
        let record = quote(&self.record);
        let mut reads = vec![self.record.clone()];
        let script = match &self.origin {
            Origin::Here { .. } => format!("cat {record}"),
            Origin::OnHost(from) => {
                reads.push(from.clone());
                format!(
                    "f={from}; r=$(cat {record}); n=$(stat -L -c %s-%.9Y \"$f\") || exit 3\n\
                     case \"$r\" in *\" $n\") s=${{r%% *}} ;; *) s=$(sha256sum <\"$f\" | cut -c 1-64) ;; esac\n\
                     printf '%s\\n%s\\n%s\\n' \"$r\" \"$s\" \"$n\"",
                    from = quote(from)
                )
            }
        };
        FactKey::Probe {
            name: self.probe_name(),
            script,
            reads,
        }
    }

    /// `None` where this very archive was unpacked last, else what is to be noted of it.
    fn asked(&self, probed: Option<&Probed>) -> Result<Option<String>, PlanError> {
        let answer = probed.map_or("", |probed| probed.stdout.as_str());
        let (record, sha256, stamp) = match &self.origin {
            Origin::Here { bytes, .. } => (answer, sha256_of(bytes), ""),
            Origin::OnHost(from) => {
                let mut lines = answer.split('\n');
                let record = lines.next().unwrap_or_default();
                match (probed.map(|it| it.status), lines.next(), lines.next()) {
                    (Some(0), Some(sha256), Some(stamp)) => (record, sha256.to_owned(), stamp),
                    _ => {
                        return Err(PlanError(format!(
                            "there is no archive {from} on this host: download it in an earlier task"
                        )));
                    }
                }
            }
        };
        let is_same = record.starts_with(&format!("{sha256} {} ", self.strip));
        Ok((!is_same).then(|| stamp.to_owned()))
    }

    fn unpack(&self, stamp: &str) -> Change {
        let (name, archive, sha256, stdin) = match &self.origin {
            Origin::Here { name, bytes } => (name, "", sha256_of(bytes), bytes.clone()),
            Origin::OnHost(from) => (from, from.as_str(), String::new(), Vec::new()),
        };
        let mode = self.attributes.mode.map(|mode| format!("{mode:04o}"));
        let script = format!(
            "archive={} to={} owner={} mode={} kind={} strip={} sha256={sha256} record={} stamp={}\n{UNPACK}",
            quote(archive),
            quote(&self.path),
            quote(&self.attributes.owner_and_group(None).unwrap_or_default()),
            mode.unwrap_or_default(),
            self.kind,
            self.strip,
            quote(&self.record),
            quote(stamp),
        );
        Change {
            summary: format!("unpack {name} into {}", self.path),
            diff: None,
            action: Action::Run(Command::new(script).stdin(stdin).timeout(UNPACK_TIMEOUT)),
        }
    }
}

fn parse_origin(fields: &mut Fields<'_>, sources: &dyn Sources) -> Option<Origin> {
    match (fields.get("source"), fields.get("from")) {
        (Some(_), None) => {
            let name = fields.optional_text("source")?;
            if fields.findings.unrendered && is_template(&name) {
                let bytes = Vec::new();
                return Some(Origin::Here { name, bytes });
            }
            match sources.file(&name) {
                Ok(bytes) => Some(Origin::Here { name, bytes }),
                Err(message) => {
                    fields.wrong("source", message);
                    None
                }
            }
        }
        (None, Some(_)) => fields.optional_path("from").map(Origin::OnHost),
        (Some(_), Some(_)) => {
            fields.wrong("from", "archive takes 'source' or 'from', not both");
            None
        }
        (None, None) => {
            fields.missing_one_of(&["source", "from"]);
            None
        }
    }
}

fn kind_of(fields: &mut Fields<'_>, origin: &Origin) -> Option<&'static str> {
    let (key, name) = match origin {
        Origin::Here { name, .. } => ("source", name),
        Origin::OnHost(name) => ("from", name),
    };
    let found = KINDS.iter().find(|(suffix, _)| name.ends_with(suffix));
    if found.is_none() && fields.findings.unrendered && is_template(name) {
        return Some("gz");
    }
    if found.is_none() {
        let known: Vec<&str> = KINDS.iter().map(|(suffix, _)| *suffix).collect();
        let message = format!("'{name}' ends in none of {}", known.join(", "));
        fields.wrong(key, message);
    }
    found.map(|(_, kind)| *kind)
}
