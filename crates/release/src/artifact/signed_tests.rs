//! What becomes of artifacts whose signature is missing, somebody else's, or no longer true?

use std::io::Write as _;

use super::folder::list_artifacts;
use super::sign::{Signer, sign_artifact};
use super::signature::SIGNATURE_NAME;
use super::signing_key::SigningKey;
use super::tests::{Packed, packed};
use super::*;
use crate::clock::Clock;

struct Signed {
    directory: tempfile::TempDir,
    artifact: Artifact,
    signer: Signer,
}

impl Signed {
    fn trusted(&self) -> [PublicKey; 1] {
        [self.signer.key.public().clone()]
    }
}

fn signer(folder: &Path, name: &str) -> Signer {
    Signer {
        key: SigningKey::generate(&folder.join(name)).unwrap(),
        who: "ann@laptop".to_owned(),
        clock: Clock::from_fn(|| "2026-01-02T03:04:05.678Z".parse().unwrap()),
    }
}

fn signed() -> Signed {
    let Packed {
        directory,
        artifact,
    } = packed();
    let signer = signer(directory.path(), "a.key");
    let artifact = sign_artifact(&artifact.path, &signer).unwrap();
    Signed {
        directory,
        artifact,
        signer,
    }
}

fn refusal(path: &Path, trusted: &[PublicKey]) -> String {
    Artifact::open_trusted(path, &[trusted])
        .unwrap_err()
        .to_string()
}

/// Changes the archive below its compression.
fn rewrite(path: &Path, to: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    change(&mut bytes);
    let file = std::fs::File::create(to).unwrap();
    let mut encoder = zstd::stream::write::Encoder::new(file, 1).unwrap();
    encoder.write_all(&bytes).unwrap();
    encoder.finish().unwrap();
}

#[test]
fn a_signed_artifact_has_the_same_release_in_it_and_says_who_signed_it() {
    let unsigned = packed();
    let signed = signed();
    assert_eq!(signed.artifact.manifest, unsigned.artifact.manifest);
    let trust = signed.artifact.check_trust(&signed.trusted()).unwrap();
    let id = &signed.artifact.manifest.id;
    let comment = format!("{id} signed 2026-01-02T03:04:05.678Z by ann@laptop");
    let key = signed.signer.key.public().id();
    assert_eq!(trust, Trust::Signed { key, comment });
    assert_eq!(
        signed.artifact.check_trust(&[]).unwrap(),
        Trust::Unchecked { key }
    );
    assert_eq!(unsigned.artifact.check_trust(&[]).unwrap(), Trust::Unsigned);
    let mut content = String::new();
    let file = &signed.artifact.manifest.files[0];
    signed
        .artifact
        .with_file(file, |read| read.read_to_string(&mut content))
        .unwrap()
        .unwrap();
    assert!(content.starts_with("#!/bin/sh"), "{content}");
    // Nothing is left beside it.
    let dist = signed.artifact.path.parent().unwrap();
    assert_eq!(std::fs::read_dir(dist).unwrap().count(), 1);
}

#[test]
fn while_keys_are_exchanged_both_are_trusted_and_then_the_old_one_is_not() {
    let signed = signed();
    let new = signer(signed.directory.path(), "b.key");
    let (old, new_key) = (signed.trusted(), new.key.public().clone());
    let both = [old[0].clone(), new_key.clone()];
    let path = &signed.artifact.path;
    Artifact::open_trusted(path, &[&both]).unwrap();
    let refused = refusal(path, std::slice::from_ref(&new_key));
    let (found, trusted) = (old[0].id(), new_key.id());
    assert!(
        refused.contains(&format!(
            "signed by key {found}, and only key {trusted} can"
        )),
        "{refused}"
    );
    // Signed again, by the new one.
    let again = sign_artifact(path, &new).unwrap();
    assert_eq!(again.manifest.id, signed.artifact.manifest.id);
    Artifact::open_trusted(path, &[&[new_key]]).unwrap();
    assert!(refusal(path, &old).contains("signed by key"));
}

#[test]
fn every_host_must_trust_it() {
    let signed = signed();
    let other = signer(signed.directory.path(), "b.key");
    let path = &signed.artifact.path;
    let (ours, theirs) = (signed.trusted(), [other.key.public().clone()]);
    Artifact::open_trusted(path, &[&ours, &[], &ours]).unwrap();
    Artifact::open_trusted(path, &[&ours, &[], &theirs]).unwrap_err();
}

#[test]
fn an_unsigned_artifact_is_refused_where_keys_are_trusted_and_told_how_to_become_signed() {
    let unsigned = packed();
    let key = signer(unsigned.directory.path(), "a.key").key;
    let refused = refusal(&unsigned.artifact.path, &[key.public().clone()]);
    assert!(refused.contains("it is not signed"), "{refused}");
    assert!(refused.contains("examctl release sign"), "{refused}");
}

#[test]
fn a_stranger_gets_no_further_than_the_signature() {
    let signed = signed();
    let other = signer(signed.directory.path(), "b.key");
    // The files are damaged as well: nobody gets so far as to notice.
    let damaged = signed.directory.path().join("damaged.tar.zst");
    rewrite(&signed.artifact.path, &damaged, |bytes| {
        let at = bytes.windows(9).rposition(|w| w == b"#!/bin/sh").unwrap();
        bytes[at] ^= 1;
    });
    assert!(refusal(&damaged, &[other.key.public().clone()]).contains("is signed by key"));
    assert!(refusal(&damaged, &signed.trusted()).contains("checksum"));
}

#[test]
fn a_changed_manifest_with_the_old_signature_is_not_what_was_signed() {
    let signed = signed();
    let changed = signed.directory.path().join("changed.tar.zst");
    rewrite(&signed.artifact.path, &changed, |bytes| {
        let from = b"\"git_dirty\": false";
        let at = bytes.windows(from.len()).position(|w| w == from).unwrap();
        bytes[at..at + from.len()].copy_from_slice(b"\"git_dirty\": true ");
    });
    Artifact::open(&changed).unwrap();
    let refused = refusal(&changed, &signed.trusted());
    assert!(refused.contains("changed after it was signed"), "{refused}");
}

#[test]
fn no_byte_of_manifest_and_signature_can_be_changed_unnoticed() {
    let signed = signed();
    let trusted = signed.trusted();
    let path = &signed.artifact.path;
    let whole = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let changed = signed.directory.path().join("changed.tar.zst");
    let original = signed.artifact.check_trust(&trusted).unwrap();
    for position in 0..whole.len() {
        // Every byte of what is not padding, and some of that.
        if whole[position] == 0 && position % 16 != 0 {
            continue;
        }
        rewrite(path, &changed, |bytes| bytes[position] ^= 0x21);
        let Ok(artifact) = Artifact::open_trusted(&changed, &[&trusted]) else {
            continue;
        };
        // Headers hold bytes without meaning, and the first line of a signature is a remark.
        assert_eq!(artifact.manifest_text, signed.artifact.manifest_text);
        assert_eq!(artifact.check_trust(&trusted).unwrap(), original);
    }
}

#[test]
fn a_signed_artifact_cut_or_changed_anywhere_is_not_taken_for_another() {
    let signed = signed();
    let trusted = signed.trusted();
    let bytes = std::fs::read(&signed.artifact.path).unwrap();
    let path = signed.directory.path().join("changed.tar.zst");
    for position in 0..bytes.len() {
        std::fs::write(&path, &bytes[..position]).unwrap();
        refusal(&path, &trusted);
        let mut changed = bytes.clone();
        changed[position] ^= 0x55;
        std::fs::write(&path, &changed).unwrap();
        if let Ok(artifact) = Artifact::open_trusted(&path, &[&trusted]) {
            assert_eq!(artifact.manifest, signed.artifact.manifest);
            artifact.check_trust(&trusted).unwrap();
        }
    }
}

#[test]
fn a_signature_that_is_none_is_told_apart_from_a_wrong_one() {
    let signed = signed();
    let path = signed.directory.path().join("wrong.tar.zst");
    let manifest = signed.artifact.manifest_text.as_slice();
    for text in ["", "hello", "a\nb\nc\nd\n", "untrusted comment: x\nRUQ=\n"] {
        let regular = tar::EntryType::Regular;
        super::tests::archive(
            &path,
            &[
                ("manifest.json", manifest, regular),
                (SIGNATURE_NAME, text.as_bytes(), regular),
            ],
        );
        for trusted in [&signed.trusted()[..], &[]] {
            let refused = refusal(&path, trusted);
            assert!(refused.contains("signature cannot be read"), "{refused}");
        }
    }
}

#[test]
fn a_manifest_changed_in_memory_is_not_the_signed_one() {
    let mut signed = signed();
    signed.artifact.manifest.files[0].sha256 = "0".repeat(64);
    let refused = signed.artifact.check_trust(&signed.trusted());
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("changed after it was opened")
    );
}

#[test]
fn a_folder_lists_what_is_good_and_what_is_not() {
    let signed = signed();
    let folder = signed.artifact.path.parent().unwrap();
    std::fs::write(folder.join("a-broken.tar.zst"), "hello").unwrap();
    std::fs::write(folder.join("readme.txt"), "hello").unwrap();
    let listed = list_artifacts(folder, &signed.trusted()).unwrap();
    let [broken, good] = listed.as_slice() else {
        panic!("{listed:?}");
    };
    assert!(broken.found.is_err());
    let (artifact, trust) = good.found.as_ref().unwrap();
    assert_eq!(artifact.manifest, signed.artifact.manifest);
    assert!(matches!(trust, Trust::Signed { .. }));
    list_artifacts(&folder.join("missing"), &[]).unwrap_err();
}

#[test]
fn a_deploy_refuses_by_itself_what_the_host_does_not_trust() {
    use crate::target::Target;
    let signed = signed();
    let other = signer(signed.directory.path(), "b.key");
    let root = signed.directory.path().join("root");
    let mut target = Target::process(&root, Path::new("/nowhere/examctl")).unwrap();
    target.trusted_keys = vec![other.key.public().clone()];
    let refused = crate::deploy(
        &mut provision::connections::Local::default(),
        &target,
        &signed.artifact,
        &crate::DeployOptions::new("me"),
        &mut |_| (),
    );
    let refused = refused.unwrap_err();
    assert_eq!(refused.exit_code(), 2);
    assert!(refused.to_string().contains("signed by key"), "{refused}");
    assert!(!root.exists());
}
