//! How supervisor runs its programs, and whether it has read their current configuration.
//!
//! `supervisorctl` needs a quarter of a second to start, so supervisor's socket is asked directly
//! by the perl that every Debian has. Which configuration it has read cannot be asked at all:
//! loading one notes its checksum below the state directory (see `ops::supervisor`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::gather::Wanted;
use crate::connections::quote;

/// A program as supervisor sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProgramState {
    /// Whether supervisor itself answers.
    pub(crate) supervisor_answers: bool,
    /// `RUNNING`, `STOPPED`, `EXITED`, ...; `None` where supervisor does not know the program.
    pub(crate) state: Option<String>,
    /// Checksum of the configuration file that is there.
    pub(crate) conf_sha256: Option<String>,
    /// Checksum of the configuration file that was loaded last.
    pub(crate) loaded_sha256: Option<String>,
}

const ASK: &str = r#"perl -MIO::Socket::UNIX -e 'alarm 10; $s = IO::Socket::UNIX->new("/var/run/supervisor.sock") or exit 1; $b = "<?xml version=\"1.0\"?><methodCall><methodName>supervisor.getAllProcessInfo</methodName></methodCall>"; print $s "POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: " . length($b) . "\r\n\r\n$b"; local $/; print <$s>' || supervisorctl status </dev/null"#;

pub(super) fn snippet(wanted: &Wanted<'_>, state_directory: &str) -> String {
    if wanted.programs.is_empty() {
        return String::new();
    }
    let mut lines = Vec::new();
    for (name, conf) in &wanted.programs {
        let noted = quote(&noted_path(state_directory, name));
        lines.push(format!(
            "echo program {} $([ -f {conf} ] && sha256sum < {conf} | cut -c1-64 || echo -) $(cat {noted} || echo -)",
            quote(name),
            conf = quote(conf),
        ));
    }
    lines.push(ASK.to_owned());
    lines.join("\n")
}

/// Where the checksum of the configuration that was loaded last is noted.
pub(crate) fn noted_path(state_directory: &str, program: &str) -> String {
    format!("{state_directory}/supervisor/{program}")
}

pub(super) fn parse(text: &str) -> BTreeMap<String, ProgramState> {
    let states = if text.contains("<methodResponse>") {
        states_from_xml(text)
    } else {
        states_from_status(text)
    };
    let sum = |text: &str| (text.len() == 64).then(|| text.to_owned());
    let entry = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let ["program", name, conf, loaded] = words.as_slice() else {
            return None;
        };
        let program = ProgramState {
            supervisor_answers: states.is_some(),
            state: states
                .as_ref()
                .and_then(|states| states.get(*name).cloned()),
            conf_sha256: sum(conf),
            loaded_sha256: sum(loaded),
        };
        Some(((*name).to_owned(), program))
    };
    text.lines().filter_map(entry).collect()
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
            "program exam-blue {SUM} {SUM}\nprogram exam-green {SUM} -\nHTTP/1.0 200 OK\r\n\r\n<?xml version='1.0'?>\n<methodResponse>\n<params><param><value><array><data>\n<value><struct>\n<member>\n<name>name</name>\n<value><string>exam-blue</string></value>\n</member>\n<member>\n<name>group</name>\n<value><string>exam-blue</string></value>\n</member>\n<member>\n<name>statename</name>\n<value><string>EXITED</string></value>\n</member></struct></value></data></array></value></param></params></methodResponse>\n"
        );
        let programs = parse(&text);
        assert_eq!(programs["exam-blue"].state.as_deref(), Some("EXITED"));
        assert_eq!(programs["exam-blue"].loaded_sha256.as_deref(), Some(SUM));
        let green = &programs["exam-green"];
        assert!(green.supervisor_answers);
        assert_eq!(
            (green.state.clone(), green.loaded_sha256.clone()),
            (None, None)
        );
    }

    #[test]
    fn a_silent_supervisor_is_told_from_an_unknown_program() {
        let programs =
            parse("program exam-blue - -\nunix:///var/run/supervisor.sock no such file\n");
        assert!(!programs["exam-blue"].supervisor_answers);
    }
}
