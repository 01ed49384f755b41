//! How supervisor runs its programs, and whether it has read their current configuration.
//!
//! `supervisorctl` needs a quarter of a second to start, so supervisor's socket is asked directly
//! by the perl that every Debian has. Which configuration it has read cannot be asked at all:
//! loading one notes which it was below the state directory (see `ops::supervisor`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::gather::{Wanted, words};
use crate::connections::quote;

/// A program as supervisor sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProgramState {
    /// Whether supervisor itself answers.
    pub(crate) supervisor_answers: bool,
    /// `RUNNING`, `STOPPED`, `EXITED`, ...; `None` where supervisor does not know the program.
    pub(crate) state: Option<String>,
    /// Which configuration file is there; see [`IDENTITY`].
    pub(crate) conf: Option<String>,
    /// Which one was loaded last.
    pub(crate) loaded: Option<String>,
}

/// Shell functions that name a file's content and the moment it was written as one word.
///
/// The content alone is not enough: where a file was changed by hand, loaded, and put right
/// again, what is loaded is not what the same content once was.
pub(crate) const IDENTITY: &str = r#"identity() { [ -f "$1" ] && echo "$(sha256sum < "$1" | cut -c1-64):$(stat -c %i:%.9Y "$1")"; }"#;

/// Perl's own calls: its `IO::Socket::UNIX` takes six times as long to load as all the rest.
const ASK: &str = r#"perl -e 'alarm 10; socket($s, 1, 1, 0) && connect($s, pack("Sa*", 1, "/var/run/supervisor.sock\0")) or exit 1; $b = "<?xml version=\"1.0\"?><methodCall><methodName>supervisor.getAllProcessInfo</methodName></methodCall>"; syswrite $s, "POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: " . length($b) . "\r\n\r\n$b"; local $/; print <$s>' || supervisorctl status </dev/null"#;

/// What [`IDENTITY`] says of each configuration, with two processes for all of them.
pub(super) fn snippet(wanted: &Wanted<'_>, state_directory: &str) -> String {
    if wanted.programs.is_empty() {
        return String::new();
    }
    let mut lines = Vec::new();
    for (name, conf) in &wanted.programs {
        lines.push(format!(
            "l=-; read -r l < {}; printf 'program %s %s %s\\n' {} \"${{l:--}}\" {}",
            quote(&noted_path(state_directory, name)),
            quote(name),
            quote(conf),
        ));
    }
    let confs = words(wanted.programs.values());
    lines.push(format!("sha256sum -- {confs}"));
    lines.push(format!("stat -c 'written %i:%.9Y %n' -- {confs}"));
    lines.push(ASK.to_owned());
    lines.join("\n")
}

/// Where the identity of the configuration that was loaded last is noted.
pub(crate) fn noted_path(state_directory: &str, program: &str) -> String {
    format!("{state_directory}/supervisor/{program}")
}

pub(super) fn parse(text: &str) -> BTreeMap<String, ProgramState> {
    let states = if text.contains("<methodResponse>") {
        states_from_xml(text)
    } else {
        states_from_status(text)
    };
    let known = |text: &str| (text != "-").then(|| text.to_owned());
    let entry = |line: &str| {
        let (name, noted_and_conf) = line.strip_prefix("program ")?.split_once(' ')?;
        let (loaded, conf) = noted_and_conf.split_once(' ')?;
        let program = ProgramState {
            supervisor_answers: states.is_some(),
            state: states.as_ref().and_then(|states| states.get(name).cloned()),
            conf: identity_of(text, conf),
            loaded: known(loaded),
        };
        Some((name.to_owned(), program))
    };
    text.lines().filter_map(entry).collect()
}

/// The word that [`IDENTITY`] makes of a file; none where it is not there.
fn identity_of(text: &str, conf: &str) -> Option<String> {
    let sum = text
        .lines()
        .find_map(|line| line.strip_suffix(conf)?.strip_suffix("  "))?;
    let written = text.lines().find_map(|line| {
        let rest = line.strip_prefix("written ")?;
        rest.strip_suffix(conf)?.strip_suffix(' ')
    })?;
    Some(format!("{sum}:{written}"))
}

/// Group to state, from the answer of `supervisor.getAllProcessInfo`.
fn states_from_xml(text: &str) -> Option<BTreeMap<String, String>> {
    if text.contains("<fault>") {
        return None;
    }
    let member = |process: &str, name: &str| {
        let after = process.split_once(&format!("<name>{name}</name>"))?.1;
        let value = after.split_once("<string>")?.1.split_once("</string>")?.0;
        Some(value.to_owned())
    };
    let states = text
        .split("<struct>")
        .skip(1)
        .filter_map(|process| Some((member(process, "group")?, member(process, "statename")?)))
        .collect();
    Some(states)
}

/// The same from `supervisorctl status`: lines of `group:name STATE ...` or `name STATE ...`.
fn states_from_status(text: &str) -> Option<BTreeMap<String, String>> {
    let known = [
        "RUNNING", "STARTING", "STOPPED", "STOPPING", "EXITED", "FATAL", "BACKOFF", "UNKNOWN",
    ];
    let states: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (name, state) = (words.next()?, words.next()?);
            let group = name.split(':').next().unwrap_or(name);
            known
                .contains(&state)
                .then(|| (group.to_owned(), state.to_owned()))
        })
        .collect();
    (!states.is_empty()).then_some(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn the_answer_of_the_socket_is_understood() {
        let text = format!(
            "program exam-blue {SUM}:7:1.5 /etc/a b.conf\nprogram exam-green - /etc/b.conf\n{SUM}  /etc/a b.conf\nwritten 7:1.5 /etc/a b.conf\nHTTP/1.0 200 OK\r\n\r\n<?xml version='1.0'?>\n<methodResponse>\n<params><param><value><array><data>\n<value><struct>\n<member>\n<name>name</name>\n<value><string>exam-blue</string></value>\n</member>\n<member>\n<name>group</name>\n<value><string>exam-blue</string></value>\n</member>\n<member>\n<name>statename</name>\n<value><string>EXITED</string></value>\n</member></struct></value></data></array></value></param></params></methodResponse>\n"
        );
        let programs = parse(&text);
        assert_eq!(programs["exam-blue"].state.as_deref(), Some("EXITED"));
        let identity = format!("{SUM}:7:1.5");
        assert_eq!(programs["exam-blue"].loaded.as_ref(), Some(&identity));
        assert_eq!(programs["exam-blue"].conf, Some(identity));
        let green = &programs["exam-green"];
        assert!(green.supervisor_answers);
        assert_eq!((green.state.clone(), green.loaded.clone()), (None, None));
        assert_eq!(green.conf, None);
    }

    #[test]
    fn a_silent_supervisor_is_told_from_an_unknown_program() {
        let programs = parse(
            "program exam-blue - /etc/a.conf\nunix:///var/run/supervisor.sock no such file\n",
        );
        assert!(!programs["exam-blue"].supervisor_answers);
    }
}
