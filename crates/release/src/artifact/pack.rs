//! How does a release become one file? Build with cargo, then archive the same way every time.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use crate::artifact::checksum::checksum_of;
use crate::artifact::elf::{GlibcVersion, parse_needs};
use crate::artifact::manifest::{BINARY, FORMAT, FileEntry, Manifest, TARGET_ANY};
use crate::artifact::sign::Signer;
use crate::artifact::signing_key::SigningKeyError;
use crate::artifact::write::ArtifactWriter;
use crate::artifact::{Artifact, ArtifactError};

const MIGRATIONS: &str = "crates/exam-service/migrations/sqlite";
const UNKNOWN: &str = "unknown";

/// Which of cargo's profiles builds the release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    #[default]
    Release,
    Dev,
}

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
        }
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "release" => Ok(Self::Release),
            "dev" => Ok(Self::Dev),
            other => Err(format!("unknown profile `{other}`: release or dev")),
        }
    }
}

/// Build the sources in a checkout and pack what comes out.
#[derive(Clone, Debug)]
pub struct PackOptions {
    pub checkout: PathBuf,
    pub profile: Profile,
    /// Link the C library in, so that the release runs on a host with any version of it.
    pub static_link: bool,
    pub output_dir: PathBuf,
    /// `None`: the artifact is not signed.
    pub signer: Option<Signer>,
}

/// Pack a program that has been built already.
#[derive(Clone, Debug)]
pub struct PackBinaryOptions {
    pub binary: PathBuf,
    pub output_dir: PathBuf,
    /// `None`: what `BINARY --version` says.
    pub version: Option<String>,
    /// `None`: what `BINARY --version` says.
    pub git_commit: Option<String>,
    pub git_dirty: bool,
    pub built_at: Option<String>,
    pub migrations: Vec<String>,
    /// `None`: the artifact is not signed.
    pub signer: Option<Signer>,
}

impl PackBinaryOptions {
    pub fn new(binary: impl Into<PathBuf>, output_dir: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            output_dir: output_dir.into(),
            version: None,
            git_commit: None,
            git_dirty: false,
            built_at: None,
            migrations: Vec::new(),
            signer: None,
        }
    }
}

/// Why there is no artifact.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("{} is not a checkout of exam-service: it has no Cargo.toml and {MIGRATIONS}", .path.display())]
    NotACheckout { path: PathBuf },
    #[error("cargo could not build exam-service in {}: {reason}", .checkout.display())]
    Build { checkout: PathBuf, reason: String },
    #[error("cannot pack {}: {reason}", .path.display())]
    Binary { path: PathBuf, reason: String },
    #[error("cannot write {}: {reason}", .path.display())]
    Write { path: PathBuf, reason: String },
    #[error("the artifact does not pass its own check: {0}")]
    Check(#[from] ArtifactError),
    #[error(transparent)]
    Sign(#[from] SigningKeyError),
}

/// Builds exam-service in a checkout and packs it; `progress` gets what cargo says, line by line.
pub fn pack(options: &PackOptions, progress: &mut dyn FnMut(&str)) -> Result<Artifact, PackError> {
    let checkout = &options.checkout;
    let migrations = gather_migrations(&checkout.join(MIGRATIONS));
    let Some(migrations) = migrations.filter(|_| checkout.join("Cargo.toml").is_file()) else {
        return Err(PackError::NotACheckout {
            path: checkout.clone(),
        });
    };
    let git = |arguments: &[&str]| gather_git(checkout, arguments);
    let commit = git(&["rev-parse", "HEAD"]).unwrap_or_else(|| UNKNOWN.to_owned());
    let changes = git(&["status", "--porcelain", "--untracked-files=no"]);
    let binary = build(options, &commit, progress)?;
    pack_binary(&PackBinaryOptions {
        git_commit: Some(commit),
        git_dirty: changes.is_none_or(|changes| !changes.is_empty()),
        built_at: git(&["log", "-1", "--format=%cI"]),
        migrations,
        signer: options.signer.clone(),
        ..PackBinaryOptions::new(binary, &options.output_dir)
    })
}

/// Packs one program as `exam-service-<id>.tar.zst` in the output directory.
///
/// The same program gives the same file, byte for byte.
pub fn pack_binary(options: &PackBinaryOptions) -> Result<Artifact, PackError> {
    let binary = &options.binary;
    let failed = |reason: String| PackError::Binary {
        path: binary.clone(),
        reason,
    };
    let bytes = std::fs::read(binary).map_err(|error| failed(error.to_string()))?;
    let manifest = describe(options, &bytes).map_err(failed)?;
    let path = options
        .output_dir
        .join(format!("{BINARY}-{}.tar.zst", manifest.id));
    let mut text =
        serde_json::to_vec_pretty(&manifest).map_err(|error| failed(error.to_string()))?;
    text.push(b'\n');
    let signature = match &options.signer {
        Some(signer) => Some(signer.sign(&manifest.id, &text)?),
        None => None,
    };
    let write = || {
        let mut artifact = ArtifactWriter::create(&path, &text, signature.as_ref())?;
        for file in &manifest.files {
            artifact.add(file, &mut &bytes[..])?;
        }
        artifact.finish()
    };
    let unwritten = |error: std::io::Error| PackError::Write {
        path: path.clone(),
        reason: error.to_string(),
    };
    Ok(write().map_err(unwritten)?.accept()?)
}

fn describe(options: &PackBinaryOptions, bytes: &[u8]) -> Result<Manifest, String> {
    let (version, git_commit) = match (&options.version, &options.git_commit) {
        (Some(version), Some(commit)) => (version.clone(), commit.clone()),
        (version, commit) => {
            let said = gather_version(&options.binary)?;
            (
                version.clone().unwrap_or(said.0),
                commit.clone().unwrap_or(said.1),
            )
        }
    };
    let needs = parse_needs(bytes)?;
    let (sha256, size) = checksum_of(&mut &bytes[..]).map_err(|error| error.to_string())?;
    let min_glibc: Option<GlibcVersion> = needs.as_ref().and_then(|needs| needs.glibc);
    let mut manifest = Manifest {
        format: FORMAT,
        id: String::new(),
        version,
        git_commit,
        git_dirty: options.git_dirty,
        built_at: options.built_at.clone(),
        target: needs.map_or(TARGET_ANY.to_owned(), |needs| {
            format!("{}-unknown-linux-gnu", needs.architecture)
        }),
        min_glibc,
        files: vec![FileEntry {
            path: BINARY.to_owned(),
            sha256,
            size,
            mode: 0o755,
        }],
        migrations: options.migrations.clone(),
    };
    manifest.id = manifest.derive_id();
    Ok(manifest)
}

fn build(
    options: &PackOptions,
    commit: &str,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, PackError> {
    let failed = |reason: String| PackError::Build {
        checkout: options.checkout.clone(),
        reason,
    };
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--locked", "--package", BINARY, "--bin", BINARY])
        .args(["--profile", options.profile.name()])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(&options.checkout)
        .env("EXAM_GIT_COMMIT", commit)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if options.static_link {
        let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        cargo
            .env("RUSTFLAGS", "-C target-feature=+crt-static")
            .args(["--target", &target]);
    }
    let mut child = cargo.spawn().map_err(|error| failed(error.to_string()))?;
    let stdout = child.stdout.take();
    let messages = std::thread::spawn(move || find_executable(stdout));
    let mut last = String::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            progress(&line);
            if line.starts_with("error") {
                last.clone_from(&line);
            }
        }
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    match messages.join() {
        Ok(Some(executable)) if status.success() => Ok(executable),
        _ => Err(failed(format!("{status}; {last}"))),
    }
}

/// The path of the built program in cargo's messages (it depends on settings we do not know).
fn find_executable(messages: Option<impl std::io::Read>) -> Option<PathBuf> {
    BufReader::new(messages?)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok())
        .filter(|message| message["target"]["name"] == BINARY)
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .last()
}

fn gather_git(checkout: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(checkout)
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn gather_migrations(directory: &Path) -> Option<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".sql").map(str::to_owned))
        .collect();
    names.sort();
    Some(names)
}

/// `exam-service 0.1.0 (COMMIT)` -> version and commit.
fn gather_version(binary: &Path) -> Result<(String, String), String> {
    // A bare name would be looked for in the search path.
    let output = binary
        .canonicalize()
        .and_then(|path| Command::new(path).arg("--version").output())
        .map_err(|error| format!("`--version` does not run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    parse_version(&text)
        .ok_or_else(|| format!("`--version` says `{text}`, not `{BINARY} VERSION (COMMIT)`"))
}

fn parse_version(text: &str) -> Option<(String, String)> {
    let (version, commit) = text.strip_prefix(BINARY)?.trim().split_once(' ')?;
    let commit = commit.strip_prefix('(')?.strip_suffix(')')?;
    Some((version.to_owned(), commit.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_line_is_taken_apart() {
        let expected = Some(("0.1.0".to_owned(), "abc".to_owned()));
        assert_eq!(parse_version("exam-service 0.1.0 (abc)"), expected);
        assert_eq!(parse_version("something else"), None);
    }

    #[test]
    fn a_folder_without_sources_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let options = PackOptions {
            checkout: directory.path().to_owned(),
            profile: Profile::Dev,
            static_link: false,
            output_dir: directory.path().to_owned(),
            signer: None,
        };
        let error = pack(&options, &mut |_| ()).unwrap_err();
        assert!(matches!(error, PackError::NotACheckout { .. }), "{error}");
    }
}
