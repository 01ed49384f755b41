//! A container with the real programs of a release, and the files that the templates become there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::binaries::workspace_root;
use crate::host::{LABEL, docker};

/// Snapshots of what templates become: their folder, and what their names begin with. Then comes
/// the template, and after an `@` the sample, which begins with a release.
const TEMPLATES: (&str, &str) = (
    "crates/provision/src/render/snapshots",
    "provision__render__shipped__tests__",
);

/// The same of files that an operation writes alike on every release.
const OPERATIONS: (&str, &str) = (
    "crates/provision/src/ops/network/snapshots",
    "provision__ops__network__nftables__tests__",
);

/// What every script begins with: its trace apart from what its commands say, and a way to demand a
/// failure (`! command` never ends a script).
const PRELUDE: &str = r#"exec 9>&2
BASH_XTRACEFD=9
fails() {
    if "$@"; then
        echo "this should have failed: $*" >&9
        return 1
    fi
}
set -euo pipefail -x
"#;

/// One way to fill in a release's templates, or an operation: the files by their path, for instance
/// `nginx/nginx.conf`.
pub type Files = BTreeMap<String, String>;

/// A container in which everything that the playbooks install is installed and nothing runs. It has
/// no network; it is removed when this value is dropped.
pub struct Programs {
    container: String,
}

impl Programs {
    /// Of a Debian release by its code name; `tests/host-image` made the image.
    pub fn of(suite: &str) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let process = std::process::id();
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        let programs = Self {
            container: format!("examctl-programs-{process}-{number}-{suite}"),
        };
        let output = docker(&[
            "run",
            "--detach",
            "--network=none",
            "--cap-add=ALL",
            "--cap-drop=SYS_RESOURCE",
            "--security-opt=seccomp=unconfined",
            "--security-opt=apparmor=unconfined",
            &format!("--name={}", programs.container),
            &format!("--label={LABEL}={process}"),
            &format!("examhost:{suite}-programs"),
            "sleep",
            "infinity",
        ]);
        assert!(
            output.status.success(),
            "cannot start the programs of {suite}: {}\nHas `tests/host-image {suite}` been run? tests/run does.",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        programs
    }

    /// Runs `script` beside `files` with bash, where every failed command ends it.
    ///
    /// # Panics
    /// When it fails; the message holds what it did and what was said.
    #[track_caller]
    pub fn judge(&self, name: &str, script: &str, files: &Files) {
        let folder = format!("/judged/{name}");
        let unpack = format!("mkdir -p {folder} && tar -x -C {folder}");
        let packed = pack(files);
        let mut child = Command::new("docker")
            .args(["exec", "-i", &self.container, "sh", "-c", &unpack])
            .stdin(Stdio::piped())
            .spawn()
            .expect("docker starts");
        std::io::Write::write_all(&mut child.stdin.take().expect("stdin is a pipe"), &packed)
            .expect("docker takes input");
        assert!(child.wait().expect("docker ends").success(), "{unpack}");

        let run = ["exec", "--workdir", &folder, &self.container];
        let script = format!("{PRELUDE}{script}");
        let bash = ["timeout", "120", "bash", "-c", &script];
        let output = docker(&[run.as_slice(), bash.as_slice()].concat());
        assert!(
            output.status.success(),
            "{name}: {}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        docker(&["rm", "--force", "--volumes", &self.container]);
    }
}

/// What templates and operations write on a release, by the name of the sample. They are the
/// snapshots of the provision crate, whose own tests keep them equal to what it writes today.
pub fn samples(suite: &str) -> BTreeMap<String, Files> {
    let mut samples: BTreeMap<String, Files> = BTreeMap::new();
    for (file, sample, text) in snapshots(TEMPLATES) {
        if sample.split('-').next() == Some(suite) {
            samples.entry(sample).or_default().insert(file, text);
        }
    }
    assert!(samples.contains_key(suite), "{suite} has no samples");
    for (file, sample, text) in snapshots(OPERATIONS) {
        let files = samples.entry(format!("{suite}-{sample}")).or_default();
        files.insert(file, text);
    }
    samples
}

/// The file, the sample and the text of each snapshot in a folder.
fn snapshots((folder, prefix): (&str, &str)) -> Vec<(String, String, String)> {
    let folder = workspace_root().join(folder);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the snapshots are there") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        let parts = name
            .strip_prefix(prefix)
            .and_then(|name| name.strip_suffix(".snap"))
            .and_then(|name| name.rsplit_once('@'));
        if let Some((file, sample)) = parts {
            found.push((
                file.replacen('_', "/", 1),
                sample.to_owned(),
                rendered(&path),
            ));
        }
    }
    assert!(!found.is_empty(), "{} has no snapshots", folder.display());
    found
}

/// The text of a snapshot, without what insta writes before it.
fn rendered(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a snapshot can be read");
    let (_, rendered) = text.split_once("\n---\n").expect("a snapshot has a header");
    format!("{}\n", rendered.trim_end_matches('\n'))
}

fn pack(files: &Files) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("below the folder"))
            .and_then(|()| std::fs::write(&path, text))
            .expect("the temporary folder can be written");
    }
    let output = Command::new("tar")
        .args(["-c", "--owner=0", "--group=0", "-C"])
        .arg(folder.path())
        .arg(".")
        .output()
        .expect("tar is installed");
    assert!(output.status.success(), "tar: {}", output.status);
    output.stdout
}
