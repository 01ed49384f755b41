//! What stands at a path: its type, mode, owner, link target, checksum, and content where needed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::gather::{Wanted, words};
use crate::connections::quote;

/// What helps where something may not be looked at.
const REMEDY: &str = "log in as root or set `become: true` for this host";

/// Contents up to this many bytes are read for diffs.
pub(crate) const CONTENT_LIMIT: usize = 256 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PathKind {
    File,
    Directory,
    Link,
    Other,
}

/// The SHA-256 of nothing: a request that expects it gets any content that is not empty.
pub(crate) const EMPTY_SHA256: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What stands at a path; links are not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PathState {
    pub(crate) kind: PathKind,
    #[serde(default)]
    pub(crate) mode: u32,
    #[serde(default)]
    pub(crate) owner: String,
    #[serde(default)]
    pub(crate) group: String,
    #[serde(default)]
    pub(crate) target: Option<String>,
    /// Lower-case hexadecimal; for files that were asked about with a checksum.
    #[serde(default)]
    pub(crate) sha256: Option<String>,
    /// Only where the checksum is not the expected one and the file is small.
    #[serde(default)]
    pub(crate) content: Option<String>,
}

/// The SHA-256 of `bytes` in lower-case hexadecimal.
pub(crate) fn sha256_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").ok();
            text
        })
}

pub(super) fn stat_snippet(wanted: &Wanted<'_>) -> String {
    if wanted.paths.is_empty() {
        return String::new();
    }
    let paths = words(wanted.paths.keys());
    format!("e=$(find {paths} -maxdepth 0 -printf '%p\\0%y\\0%m\\0%u\\0%g\\0%l\\0' 2>&1 >&3)")
}

pub(super) fn errors_snippet(wanted: &Wanted<'_>) -> String {
    if wanted.paths.is_empty() {
        return String::new();
    }
    "printf '%s\\n' \"$e\"".to_owned()
}

/// `find` says on its standard error what it could not look at; only absence is an answer.
pub(super) fn check_errors(text: &str) -> Result<(), String> {
    let real = |line: &&str| {
        !line.is_empty()
            && !line.ends_with("No such file or directory")
            && !line.ends_with("Not a directory")
    };
    match text.lines().find(real) {
        None => Ok(()),
        Some(line) => Err(format!("{line}; {REMEDY}")),
    }
}

pub(super) fn sums_snippet(wanted: &Wanted<'_>) -> String {
    let compared: Vec<&str> = compared(wanted).map(|(path, _)| path).collect();
    if compared.is_empty() {
        return String::new();
    }
    format!(
        "s=$(sha256sum -- {})\nprintf '%s\\n' \"$s\"",
        words(&compared)
    )
}

pub(super) fn contents_snippet(wanted: &Wanted<'_>) -> String {
    let mut lines = vec![format!(
        "c() {{ case \"\n$s\n\" in *\"\n$1  $2\n\"*) ;; *) if [ -f \"$2\" ]; then printf '%s ' \"$2\"; if [ -r \"$2\" ]; then head -c {} \"$2\" | base64 -w0; else printf '!'; fi; echo; fi ;; esac; }}",
        CONTENT_LIMIT + 1
    )];
    lines.extend(compared(wanted).map(|(path, sha256)| format!("c {sha256} {}", quote(path))));
    if lines.len() == 1 {
        return String::new();
    }
    lines.join("\n")
}

fn compared<'a>(wanted: &Wanted<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    wanted
        .paths
        .iter()
        .filter_map(|(path, expected)| Some((*path, (*expected)?)))
}

pub(super) fn parse(
    stat: &str,
    sums: &str,
    contents: &str,
) -> Result<BTreeMap<String, PathState>, String> {
    let sums: BTreeMap<&str, &str> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, path)| (path, sum))
        .collect();
    let contents: BTreeMap<&str, &str> = contents
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .collect();
    let fields: Vec<&str> = stat.split('\0').collect();
    let mut paths = BTreeMap::new();
    for entry in fields.chunks_exact(6) {
        let [path, kind, mode, owner, group, target] = entry else {
            continue;
        };
        let path = path.trim_start_matches('\n');
        let kind = match *kind {
            "f" => PathKind::File,
            "d" => PathKind::Directory,
            "l" => PathKind::Link,
            _ => PathKind::Other,
        };
        let mode = u32::from_str_radix(mode, 8).map_err(|_| format!("mode '{mode}' of {path}"))?;
        let (content, content_sum) = decode(path, contents.get(path).copied())?;
        let state = PathState {
            kind,
            mode,
            owner: (*owner).to_owned(),
            group: (*group).to_owned(),
            target: (kind == PathKind::Link).then(|| (*target).to_owned()),
            sha256: sums.get(path).map(|sum| (*sum).to_owned()).or(content_sum),
            content,
        };
        paths.insert(path.to_owned(), state);
    }
    Ok(paths)
}

/// The text and checksum of a content; neither where it is longer than what is sent.
fn decode(path: &str, encoded: Option<&str>) -> Result<(Option<String>, Option<String>), String> {
    let Some(encoded) = encoded else {
        return Ok((None, None));
    };
    if encoded == "!" {
        return Err(format!("{path} may not be read; {REMEDY}"));
    }
    let bytes = STANDARD
        .decode(encoded)
        .map_err(|error| format!("a file's content came back damaged: {error}"))?;
    if bytes.len() > CONTENT_LIMIT {
        return Ok((None, None));
    }
    let sum = sha256_of(&bytes);
    Ok((String::from_utf8(bytes).ok(), Some(sum)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_links_and_contents_come_together() {
        let stat = "/etc/a b\0f\x00640\0root\0exam\0\0/etc/l\0l\x00777\0root\0root\0/etc/a b\0";
        let sum = sha256_of(b"hello\n");
        let sums = format!("{sum}  /etc/a b\n");
        let paths = parse(stat, &sums, "/etc/a b aGVsbG8K\n").unwrap();
        let file = &paths["/etc/a b"];
        assert_eq!((file.kind, file.mode), (PathKind::File, 0o640));
        assert_eq!(file.content.as_deref(), Some("hello\n"));
        assert_eq!(file.sha256.as_deref(), Some(sum.as_str()));
        assert_eq!(paths["/etc/l"].target.as_deref(), Some("/etc/a b"));
    }

    #[test]
    fn a_file_that_may_not_be_read_is_not_taken_for_an_empty_one() {
        let stat = "/etc/a\0f\x00600\0root\0root\0\0";
        assert!(
            parse(stat, "", "/etc/a !\n")
                .unwrap_err()
                .contains("become")
        );
    }

    #[test]
    fn a_path_that_may_not_be_looked_at_is_not_taken_for_a_missing_one() {
        assert!(check_errors("find: '/x': No such file or directory\n").is_ok());
        let error = check_errors("find: '/root/x': Permission denied\n").unwrap_err();
        assert!(error.contains("become: true"), "{error}");
    }
}
