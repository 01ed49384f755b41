//! What is in a release? The manifest inside every artifact, and the rules it must keep.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::artifact::checksum::{DIGITS, checksum_of_text};
use crate::artifact::elf::GlibcVersion;
use crate::artifact::signature::SIGNATURE_NAME;

/// The only layout of artifacts so far.
pub const FORMAT: u32 = 1;
/// The program every release must contain.
pub const BINARY: &str = "exam-service";
/// The manifest's own name inside the artifact and in the release's directory.
pub const MANIFEST_NAME: &str = "manifest.json";
/// `Manifest::target` of a release that is not an ELF program (a script, in tests).
pub const TARGET_ANY: &str = "any";

const FILES_MAX: usize = 64;
const FILE_SIZE_MAX_BYTES: u64 = 1 << 30;
const MIGRATIONS_MAX: usize = 4096;

/// Says what a release consists of; its id is derived from the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    /// `<version>-<commit, 12 digits>-<8 digits of the content's checksum>`.
    pub id: String,
    pub version: String,
    /// The full commit, or `unknown` where the sources were not in git.
    pub git_commit: String,
    pub git_dirty: bool,
    /// When the sources were committed (RFC 3339): the time of the build itself would make the
    /// same sources yield different bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built_at: Option<String>,
    /// Rust's name of the platform, or [`TARGET_ANY`].
    pub target: String,
    /// The oldest C library that has every symbol; `None` for a static program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_glibc: Option<GlibcVersion>,
    /// Sorted by path; the manifest itself is not listed.
    pub files: Vec<FileEntry>,
    /// Names of the database migrations that this release knows, in order.
    pub migrations: Vec<String>,
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    pub path: String,
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// Permission bits: 0o755 or 0o644.
    pub mode: u32,
}

/// Why a manifest is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error("manifest.json is not readable: {reason}")]
    Unreadable { reason: String },
    #[error(
        "the artifact has format {found}; this examctl reads format {FORMAT}: use the examctl that packed it"
    )]
    Format { found: u64 },
    #[error("the path `{path}` would leave the release's directory")]
    UnsafePath { path: String },
    #[error("manifest.json breaks a rule: {rule}")]
    Rule { rule: String },
    #[error("the id `{found}` does not belong to this content, which is `{expected}`")]
    Id { found: String, expected: String },
}

impl Manifest {
    /// Parses and checks a manifest: format, limits, safe paths, and that the id fits the content.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let unreadable = |error: serde_json::Error| ManifestError::Unreadable {
            reason: error.to_string(),
        };
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(unreadable)?;
        let format = value["format"].as_u64().unwrap_or(0);
        if format != u64::from(FORMAT) {
            return Err(ManifestError::Format { found: format });
        }
        let manifest: Self = serde_json::from_value(value).map_err(unreadable)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Bytes that this release takes up on a host.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// SHA-256 of the manifest as it lies on a host; `None` never happens to one that was parsed.
    pub fn checksum(&self) -> Option<String> {
        let text = serde_json::to_string_pretty(self).ok()?;
        Some(checksum_of_text(&text))
    }

    /// The id that belongs to this content: the same bytes always have the same one.
    pub fn derive_id(&self) -> String {
        let files = self
            .files
            .iter()
            .map(|file| format!("{}\0{}\0{:o}\n", file.path, file.sha256, file.mode));
        let migrations = self
            .migrations
            .iter()
            .map(|name| format!("migration\0{name}\n"));
        let content: String = files.chain(migrations).collect();
        let commit: String = self.git_commit.chars().take(12).collect();
        let hash = &checksum_of_text(&content)[..8];
        format!("{}-{commit}-{hash}", self.version)
    }

    fn check(&self) -> Result<(), ManifestError> {
        let rule = |rule: String| Err(ManifestError::Rule { rule });
        for (name, value) in [
            ("version", &self.version),
            ("git_commit", &self.git_commit),
            ("target", &self.target),
        ] {
            if !is_word(value) {
                return rule(format!(
                    "{name} `{value}` may only hold letters, digits, `.`, `+`, `_` and `-`"
                ));
            }
        }
        if self.files.len() > FILES_MAX || self.migrations.len() > MIGRATIONS_MAX {
            return rule(format!(
                "at most {FILES_MAX} files and {MIGRATIONS_MAX} migrations are allowed"
            ));
        }
        if let Some(name) = self.migrations.iter().find(|name| !is_word(name)) {
            return rule(format!("`{name}` is not a name of a migration"));
        }
        let mut seen = BTreeSet::new();
        for file in &self.files {
            check_file(file)?;
            if !seen.insert(file.path.as_str()) {
                return rule(format!("`{}` is listed twice", file.path));
            }
        }
        if !seen.contains(BINARY) {
            return rule(format!("`{BINARY}` is not among the files"));
        }
        let expected = self.derive_id();
        if self.id != expected {
            return Err(ManifestError::Id {
                found: self.id.clone(),
                expected,
            });
        }
        Ok(())
    }
}

fn check_file(file: &FileEntry) -> Result<(), ManifestError> {
    if !is_safe_path(&file.path) {
        return Err(ManifestError::UnsafePath {
            path: file.path.clone(),
        });
    }
    let problem = if file.path == MANIFEST_NAME || file.path == SIGNATURE_NAME {
        "must not be listed in the manifest"
    } else if file.sha256.len() != DIGITS || !file.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
        "has no valid sha256"
    } else if file.size > FILE_SIZE_MAX_BYTES {
        "is larger than 1 GiB"
    } else if !matches!(file.mode, 0o755 | 0o644) {
        "must have mode 755 or 644"
    } else {
        return Ok(());
    };
    Err(ManifestError::Rule {
        rule: format!("`{}` {problem}", file.path),
    })
}

/// A relative path of plain names: nothing absolute, no `..`, nothing a shell could read as more.
pub(crate) fn is_safe_path(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= 200
        && path.split('/').all(is_word)
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

/// Letters, digits, `.`, `+`, `_`, `-`; neither hidden nor an option.
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && !text.starts_with(['.', '-'])
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".+_-".contains(c))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Manifest {
        let mut manifest = Manifest {
            format: FORMAT,
            id: String::new(),
            version: "0.1.0".to_owned(),
            git_commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            git_dirty: false,
            built_at: None,
            target: "x86_64-unknown-linux-gnu".to_owned(),
            min_glibc: Some(GlibcVersion {
                major: 2,
                minor: 34,
            }),
            files: vec![FileEntry {
                path: BINARY.to_owned(),
                sha256: checksum_of_text("binary"),
                size: 6,
                mode: 0o755,
            }],
            migrations: vec!["0001_accounts".to_owned()],
        };
        manifest.id = manifest.derive_id();
        manifest
    }

    fn parse(manifest: &Manifest) -> Result<Manifest, ManifestError> {
        Manifest::parse(&serde_json::to_vec(manifest).unwrap())
    }

    #[test]
    fn a_manifest_comes_back_as_it_was_written() {
        assert_eq!(parse(&sample()), Ok(sample()));
    }

    #[test]
    fn the_id_names_version_commit_and_content() {
        let id = sample().id;
        assert!(id.starts_with("0.1.0-0123456789ab-"), "{id}");
        let mut other = sample();
        other.files[0].sha256 = checksum_of_text("other");
        assert_ne!(other.derive_id(), id);
        assert!(matches!(parse(&other), Err(ManifestError::Id { .. })));
    }

    /// Makes one thing of a manifest wrong.
    type Spoil = fn(&mut Manifest);

    #[test]
    fn a_manifest_that_breaks_a_rule_is_refused() {
        let cases: [(&str, Spoil); 9] = [
            ("would leave", |m| {
                m.files[0].path = "../exam-service".to_owned();
            }),
            ("would leave", |m| {
                m.files[0].path = "/exam-service".to_owned();
            }),
            ("would leave", |m| m.files[0].path = "a//b".to_owned()),
            ("listed twice", |m| m.files.push(m.files[0].clone())),
            ("not among the files", |m| m.files.clear()),
            ("no valid sha256", |m| m.files[0].sha256 = "12".to_owned()),
            ("larger than", |m| m.files[0].size = FILE_SIZE_MAX_BYTES + 1),
            ("mode 755", |m| m.files[0].mode = 0o4755),
            ("version `1 2`", |m| m.version = "1 2".to_owned()),
        ];
        for (expected, spoil) in cases {
            let mut manifest = sample();
            spoil(&mut manifest);
            manifest.id = manifest.derive_id();
            let message = parse(&manifest).unwrap_err().to_string();
            assert!(
                message.contains(expected),
                "{message} should contain {expected}"
            );
        }
    }

    #[test]
    fn another_format_is_named_before_anything_else_is_looked_at() {
        let error = Manifest::parse(br#"{"format": 2, "new": true}"#).unwrap_err();
        assert_eq!(error, ManifestError::Format { found: 2 });
    }
}
