use std::fs::File;

use tar::{Builder, EntryType, Header};

use super::*;
use crate::artifact::manifest::BINARY;
use crate::artifact::pack::{PackBinaryOptions, pack_binary};

const SCRIPT: &str = "#!/bin/sh\nexit 1\n";

/// Name, content and kind of an entry in an archive.
pub(super) type Raw<'a> = (&'a str, &'a [u8], EntryType);

pub(super) struct Packed {
    pub(super) directory: tempfile::TempDir,
    pub(super) artifact: Artifact,
}

pub(super) fn packed() -> Packed {
    let directory = tempfile::tempdir().unwrap();
    let binary = directory.path().join("broken");
    std::fs::write(&binary, SCRIPT).unwrap();
    let artifact = pack_binary(&PackBinaryOptions {
        version: Some("0.1.0".to_owned()),
        git_commit: Some("abc".to_owned()),
        migrations: vec!["0001_accounts".to_owned()],
        ..PackBinaryOptions::new(binary, directory.path().join("dist"))
    })
    .unwrap();
    Packed {
        directory,
        artifact,
    }
}

fn verify(path: &Path) -> Result<Manifest, ArtifactError> {
    Artifact::open(path).map(|artifact| artifact.manifest)
}

/// Archives entries as they are given, with no care for rules.
pub(super) fn archive(path: &Path, entries: &[Raw<'_>]) {
    let encoder = zstd::stream::write::Encoder::new(File::create(path).unwrap(), 1).unwrap();
    let mut builder = Builder::new(encoder);
    for (name, bytes, kind) in entries {
        let mut header = Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap();
}

#[test]
fn what_was_packed_is_verified_and_read_back() {
    let Packed {
        directory: _directory,
        artifact,
    } = packed();
    assert_eq!(verify(&artifact.path).unwrap(), artifact.manifest);
    assert_eq!(artifact.manifest.target, "any");
    let mut content = String::new();
    let file = &artifact.manifest.files[0];
    artifact
        .with_file(file, |read| read.read_to_string(&mut content))
        .unwrap()
        .unwrap();
    assert_eq!(content, SCRIPT);
}

#[test]
fn packing_the_same_program_again_gives_the_same_bytes() {
    let (first, second) = (packed(), packed());
    assert_eq!(first.artifact.manifest.id, second.artifact.manifest.id);
    let read = |packed: &Packed| std::fs::read(&packed.artifact.path).unwrap();
    assert_eq!(read(&first), read(&second));
}

#[test]
fn an_artifact_cut_anywhere_is_not_accepted() {
    let Packed {
        directory,
        artifact,
    } = packed();
    let bytes = std::fs::read(&artifact.path).unwrap();
    let cut = directory.path().join("cut.tar.zst");
    for length in 0..bytes.len() {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        assert!(
            verify(&cut).is_err(),
            "accepted with {length} of {} bytes",
            bytes.len()
        );
    }
}

#[test]
fn no_changed_byte_changes_what_is_accepted() {
    let Packed {
        directory,
        artifact,
    } = packed();
    let bytes = std::fs::read(&artifact.path).unwrap();
    let changed = directory.path().join("changed.tar.zst");
    for position in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[position] ^= 0x55;
        std::fs::write(&changed, &bytes).unwrap();
        // A byte without meaning (a flag of the compression) may change; the content may not.
        if let Ok(manifest) = verify(&changed) {
            assert_eq!(manifest, artifact.manifest, "byte {position}");
        }
    }
}

#[test]
fn something_that_is_no_artifact_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let message = |path: &Path| verify(path).unwrap_err().to_string();
    assert!(message(&path).contains("cannot read"), "{}", message(&path));
    std::fs::write(&path, "hello, world").unwrap();
    assert!(
        message(&path).contains("is not an artifact"),
        "{}",
        message(&path)
    );
    archive(&path, &[("readme", b"hello", EntryType::Regular)]);
    assert!(
        message(&path).contains("first file is not manifest.json"),
        "{}",
        message(&path)
    );
}

#[test]
fn files_other_than_the_listed_ones_are_refused() {
    let Packed {
        directory,
        artifact,
    } = packed();
    let path = directory.path().join("wrong.tar.zst");
    let manifest = serde_json::to_vec(&artifact.manifest).unwrap();
    let manifest = ("manifest.json", manifest.as_slice(), EntryType::Regular);
    let binary = (BINARY, SCRIPT.as_bytes(), EntryType::Regular);
    let other = SCRIPT.replace('1', "0");
    let file = EntryType::Regular;
    let cases: [(&str, Vec<Raw<'_>>); 9] = [
        ("listed but missing", vec![manifest]),
        ("not listed", vec![manifest, binary, ("extra", b"", file)]),
        ("not listed", vec![manifest, binary, binary]),
        (
            "would leave",
            vec![manifest, ("../exam-service", SCRIPT.as_bytes(), file)],
        ),
        (
            "would leave",
            vec![manifest, ("/exam-service", SCRIPT.as_bytes(), file)],
        ),
        (
            "not a plain file",
            vec![manifest, (BINARY, b"", EntryType::Symlink)],
        ),
        (
            "bytes, the manifest says",
            vec![manifest, (BINARY, b"short", file)],
        ),
        ("checksum", vec![manifest, (BINARY, other.as_bytes(), file)]),
        // What tar would read into memory as a name, however long it is.
        (
            "not a plain file",
            vec![manifest, ("long", b"name", EntryType::GNULongName), binary],
        ),
    ];
    for (expected, entries) in cases {
        archive(&path, &entries);
        let message = verify(&path).unwrap_err().to_string();
        assert!(
            message.contains(expected),
            "{message} should contain `{expected}`"
        );
    }
}
