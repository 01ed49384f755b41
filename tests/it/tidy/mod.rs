//! The rules of the layout that a machine can check; DESIGN and `crates/README.md` say why they are.
//!
//! A rule that has to be broken somewhere has a list of exceptions with reasons beside it; an exception
//! that nothing needs any more fails too.

mod dependencies;
mod layout;
mod operations;
mod ownership;

use std::process::Command;

use integration_tests::binaries::workspace_root;

/// A file of this repository: its path from the root with `/`, and its text.
struct SourceFile {
    path: String,
    text: String,
}

impl SourceFile {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Lines with their numbers from 1, without those that are only a comment.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Paths from the root of everything that is, or is about to be, committed.
fn paths() -> Vec<String> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(workspace_root())
        .output()
        .expect("git starts");
    assert!(output.status.success(), "git ls-files: {output:?}");
    let text = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let mut paths: Vec<String> = text
        .split_terminator('\0')
        .filter(|path| workspace_root().join(path).exists())
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    assert!(paths.len() > 20, "this is not the repository: {paths:?}");
    paths
}

/// The text files whose path `wanted` accepts.
fn files(wanted: impl Fn(&str) -> bool) -> Vec<SourceFile> {
    let read = |path: String| {
        let text = std::fs::read_to_string(workspace_root().join(&path)).ok()?;
        Some(SourceFile { path, text })
    };
    paths()
        .into_iter()
        .filter(|path| wanted(path))
        .filter_map(read)
        .collect()
}

fn rust_files() -> Vec<SourceFile> {
    let files = files(|path| has_extension(path, &["rs"]));
    assert!(!files.is_empty());
    files
}

fn has_extension(path: &str, extensions: &[&str]) -> bool {
    let extension = std::path::Path::new(path)
        .extension()
        .and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.contains(&extension))
}

#[track_caller]
fn assert_none(rule: &str, offenders: &[String]) {
    assert!(
        offenders.is_empty(),
        "{rule}:\n  {}",
        offenders.join("\n  ")
    );
}
