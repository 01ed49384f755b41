//! Releases to deploy, of the programs under test: packed once for all tests of a process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::binaries::binary;
use crate::examctl::Examctl;
use crate::faulty::Fault;

/// An artifact of the real program in a folder of the caller's; `mark` makes it another release. Its path.
pub fn good_release(folder: &Path, mark: &str) -> PathBuf {
    release(folder, "exam-service", mark, mark)
}

/// The same of a program that is the real one but for this fault.
pub fn faulty_release(folder: &Path, fault: Fault) -> PathBuf {
    release(folder, "faulty-exam-service", fault.name(), &fault.words())
}

/// Packs a program and copies the artifact; the caller may do to the copy what it likes.
fn release(folder: &Path, program: &'static str, name: &str, end: &str) -> PathBuf {
    static PACKED: Mutex<BTreeMap<String, Arc<OnceLock<PathBuf>>>> = Mutex::new(BTreeMap::new());
    let place = {
        let mut packed = PACKED.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(packed.entry(name.to_owned()).or_default())
    };
    let packed = place.get_or_init(|| pack(program, name, end));
    std::fs::create_dir_all(folder).unwrap();
    let copy = folder.join(packed.file_name().unwrap());
    std::fs::copy(packed, &copy).unwrap();
    copy
}

fn pack(program: &'static str, name: &str, end: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    // An ELF file ends where its headers say; what follows changes its hash and nothing else.
    let mut bytes = std::fs::read(stripped(program)).unwrap();
    bytes.extend_from_slice(end.as_bytes());
    let path = folder().join(format!("{program}-{name}"));
    std::fs::write(&path, bytes).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let binary = path.to_str().unwrap();
    let run = Examctl::new([
        "--format", "json", "release", "pack", "--binary", binary, "--output", "dist",
    ])
    .in_directory(folder())
    .run();
    assert_eq!(run.code, 0, "{run}");
    std::fs::remove_file(&path).unwrap();
    folder().join(run.summary()["path"].as_str().unwrap())
}

/// A program without its symbols, which a host has no use for and which are half of it.
fn stripped(program: &'static str) -> PathBuf {
    static STRIPPED: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut stripped = STRIPPED.lock().unwrap_or_else(PoisonError::into_inner);
    let path = stripped.entry(program).or_insert_with(|| {
        let path = folder().join(program);
        let mut strip = Command::new("strip");
        let status = strip.arg("-o").arg(&path).arg(binary(program)).status();
        assert!(status.unwrap().success(), "strip (package binutils) failed");
        path
    });
    path.clone()
}

/// Of this process, beside the programs; those of processes that are gone are removed.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let all = binary("exam-service").with_file_name("test-artifacts");
        std::fs::create_dir_all(&all).unwrap();
        for other in std::fs::read_dir(&all).unwrap() {
            let other = other.unwrap();
            if !Path::new("/proc").join(other.file_name()).exists() {
                std::fs::remove_dir_all(other.path()).unwrap();
            }
        }
        let own = all.join(std::process::id().to_string());
        std::fs::create_dir_all(&own).unwrap();
        own
    })
}
