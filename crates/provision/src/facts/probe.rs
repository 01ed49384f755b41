//! What an operation asks of a host in words of its own: a snippet that changes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::gather::Wanted;
use crate::connections::quote;

/// What a snippet left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Probed {
    /// Its exit status.
    pub(crate) status: i32,
    /// At most [`OUTPUT_LIMIT_BYTES`], without the final line ends.
    pub(crate) stdout: String,
}

/// What a snippet may print; more is cut.
const OUTPUT_LIMIT_BYTES: usize = 1 << 20;

/// Each snippet runs in a shell of its own, without the start of another program: a syntax error in one cannot spoil
/// the others. Marks of the reading (`f`) keep what they print apart.
pub(super) fn snippet(wanted: &Wanted<'_>) -> String {
    let run = |(index, script): (usize, &&str)| {
        let script = quote(script);
        format!("f 'probe {index}'\n(eval {script}) </dev/null\ns=$?\nf 'status {index}'\necho $s")
    };
    let lines: Vec<String> = wanted.probes.values().enumerate().map(run).collect();
    lines.join("\n")
}

/// Name to answer, by order, from all sections of a reading.
pub(super) fn parse(
    sections: &BTreeMap<String, &[u8]>,
    wanted: &Wanted<'_>,
) -> Result<BTreeMap<String, Probed>, String> {
    let answer = |(index, name): (usize, &&str)| {
        let section = |kind: &str| sections.get(&format!("{kind} {index}")).copied();
        let status = section("status").map(String::from_utf8_lossy);
        let status = status.and_then(|text| text.trim().parse().ok());
        let (Some(output), Some(status)) = (section("probe"), status) else {
            return Err(format!("the answer to '{name}' is damaged"));
        };
        let output = &output[..output.len().min(OUTPUT_LIMIT_BYTES)];
        let stdout = String::from_utf8_lossy(output).replace('\0', "");
        let stdout = stdout.trim_end_matches('\n').to_owned();
        Ok(((*name).to_owned(), Probed { status, stdout }))
    };
    wanted.probes.keys().enumerate().map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::{Command, Connection as _, Local};
    use crate::facts::gather::{gather_script, split_sections};
    use crate::facts::{FactKey, Request};

    #[test]
    fn answers_keep_their_lines_and_a_broken_script_spoils_no_other() {
        let scripts = [
            "printf 'a\\n\\nb\\n'; exit 3",
            "if",
            "cat",
            "set -e; false; echo c",
        ];
        let requests: Vec<Request> = scripts
            .iter()
            .map(|script| {
                let key = FactKey::Probe {
                    name: (*script).to_owned(),
                    script: (*script).to_owned(),
                    reads: Vec::new(),
                };
                key.into()
            })
            .collect();
        let wanted = Wanted::new(&requests);
        let script = gather_script(&requests, "/nowhere", "@@7");
        let output = Local::default().run(&Command::new(script)).unwrap();
        let probes = parse(&split_sections(&output.stdout, "@@7"), &wanted).unwrap();
        let first = &probes[scripts[0]];
        assert_eq!((first.status, first.stdout.as_str()), (3, "a\n\nb"));
        assert_ne!(probes["if"].status, 0);
        assert_eq!(probes["cat"], Probed::default());
        assert_eq!(probes[scripts[3]].stdout, "");
        assert_eq!(probes[scripts[3]].status, 1);
    }
}
