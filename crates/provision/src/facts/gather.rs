//! One script for all facts, and its output taken apart again.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use super::{FactKey, Facts, Request, account, os, package, path, probe, program, service};
use crate::connections::{Command, Connection, ConnectionError, quote};

/// How long one reading may take; probes run in it.
const GATHER_TIMEOUT: Duration = Duration::from_mins(1);

/// Why facts could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatherError {
    #[error(transparent)]
    Connection(#[from] ConnectionError),

    #[error("{host}: reading facts failed: {reason}")]
    Output { host: String, reason: String },
}

/// The requests of one reading, by kind and without repeats.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    pub(super) paths: BTreeMap<&'a str, Option<&'a str>>,
    pub(super) packages: BTreeSet<&'a str>,
    pub(super) services: BTreeSet<&'a str>,
    pub(super) programs: BTreeMap<&'a str, &'a str>,
    pub(super) users: BTreeSet<&'a str>,
    pub(super) groups: BTreeSet<&'a str>,
    pub(super) probes: BTreeMap<&'a str, &'a str>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(requests: &'a [Request]) -> Self {
        let mut wanted = Self::default();
        for request in requests {
            match &request.key {
                FactKey::Path(name) => {
                    let expected = wanted.paths.entry(name).or_default();
                    *expected = match (*expected, request.expected_sha256.as_deref()) {
                        // One of them will need the content.
                        (Some(one), Some(other)) if one != other => Some(path::EMPTY_SHA256),
                        (one, other) => one.or(other),
                    };
                }
                FactKey::Package(name) => drop(wanted.packages.insert(name)),
                FactKey::Service(name) => drop(wanted.services.insert(name)),
                FactKey::Program { name, conf } => drop(wanted.programs.insert(name, conf)),
                FactKey::User(name) => drop(wanted.users.insert(name)),
                FactKey::Group(name) => drop(wanted.groups.insert(name)),
                FactKey::Probe { name, script, .. } => drop(wanted.probes.insert(name, script)),
            }
        }
        wanted
    }
}

/// `names` as words of a shell command.
pub(super) fn words<'a>(names: impl IntoIterator<Item = &'a &'a str>) -> String {
    names
        .into_iter()
        .map(|name| quote(name))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Reads the answers to `requests`, and what is always read, in one command.
pub(crate) fn gather_facts(
    connection: &mut dyn Connection,
    become_root: bool,
    state_directory: &str,
    requests: &[Request],
) -> Result<Facts, GatherError> {
    let mark = random_mark();
    let script = gather_script(requests, state_directory, &mark);
    let command = Command::new(script)
        .become_root(become_root)
        .timeout(GATHER_TIMEOUT);
    let output = connection.run(&command)?;
    parse_facts(&output.stdout, requests, &mark).map_err(|reason| GatherError::Output {
        host: connection.describe(),
        reason: match output.error_text().as_str() {
            "" => format!("{reason} (exit status {})", output.status),
            text if text.starts_with("sudo:") => format!(
                "{reason}: {text} (`become: true` needs a user whom sudo asks for no password)"
            ),
            text => format!("{reason}: {text}"),
        },
    })
}

fn random_mark() -> String {
    let random = || std::hash::RandomState::new().build_hasher().finish();
    format!("@@{:016x}{:016x}", random(), random())
}

pub(super) fn gather_script(requests: &[Request], state_directory: &str, mark: &str) -> String {
    let wanted = Wanted::new(requests);
    let sections = [
        ("os", os::snippet()),
        (
            "apply_count",
            format!("cat {}/apply-count", quote(state_directory)),
        ),
        (
            "pending",
            format!("cat {}/pending-handlers", quote(state_directory)),
        ),
        ("paths", path::stat_snippet(&wanted)),
        ("path_errors", path::errors_snippet(&wanted)),
        ("sums", path::sums_snippet(&wanted)),
        ("contents", path::contents_snippet(&wanted)),
        ("packages", package::snippet(&wanted)),
        ("services", service::snippet(&wanted)),
        ("accounts", account::snippet(&wanted)),
        ("programs", program::snippet(&wanted, state_directory)),
        ("probes", probe::snippet(&wanted)),
    ];
    let mut script = format!(
        "export LC_ALL=C\nPATH=$PATH:/usr/sbin:/sbin\nexec 3>&1 2>/dev/null\nf() {{ printf '\\n{mark} %s\\n' \"$1\"; }}\n"
    );
    for (name, snippet) in sections {
        if !snippet.is_empty() {
            script.extend(["f ", name, "\n", &snippet, "\n"]);
        }
    }
    script.push_str("f end\nexit 0\n");
    script
}

fn parse_facts(output: &[u8], requests: &[Request], mark: &str) -> Result<Facts, String> {
    let sections = split_sections(output, mark);
    if !sections.contains_key("end") {
        return Err("the answer is incomplete".to_owned());
    }
    let wanted = Wanted::new(requests);
    let section = |name: &str| sections.get(name).copied().unwrap_or_default();
    let text = |name: &str| String::from_utf8_lossy(section(name)).into_owned();
    path::check_errors(&text("path_errors"))?;
    let (users, groups) = account::parse(&text("accounts"));
    Ok(Facts {
        host: os::parse(&text("os")),
        paths: path::parse(&text("paths"), &text("sums"), &text("contents"))?,
        packages: package::parse(&text("packages")),
        services: service::parse(&text("services"), &wanted)?,
        programs: program::parse(&text("programs")),
        users,
        groups,
        probes: probe::parse(&sections, &wanted)?,
        apply_count: text("apply_count").trim().parse().unwrap_or(0),
        pending_handlers: text("pending").lines().map(str::to_owned).collect(),
    })
}

/// Sections by name, without the line end before the next mark. Whatever stands before the first
/// mark (a login banner, say) is ignored.
pub(super) fn split_sections<'a>(output: &'a [u8], mark: &str) -> BTreeMap<String, &'a [u8]> {
    let needle = format!("\n{mark} ").into_bytes();
    let mut starts: Vec<usize> = Vec::new();
    let mut from = 0;
    while let Some(found) = find(&output[from..], &needle) {
        starts.push(from + found);
        from += found + needle.len();
    }
    let mut sections = BTreeMap::new();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(output.len());
        let body = &output[start + needle.len()..end];
        let line_end = body
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(body.len());
        let name = String::from_utf8_lossy(&body[..line_end]).into_owned();
        let content = body.get(line_end + 1..).unwrap_or_default();
        sections.insert(name, content);
    }
    sections
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_survive_banners_and_lines_that_look_like_marks() {
        let output = b"Welcome!\n\n@@12 os\nID=debian\n@@zz probes\n\n@@12 end\n";
        let sections = split_sections(output, "@@12");
        assert_eq!(sections["os"], b"ID=debian\n@@zz probes\n");
        assert!(sections.contains_key("end"));
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        let error = parse_facts(b"\n@@12 os\nID=debian\n", &[], "@@12").unwrap_err();
        assert!(error.contains("incomplete"));
    }
}
