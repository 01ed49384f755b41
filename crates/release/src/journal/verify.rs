//! Does the journal of a host still say what was written into it? Reads all of its files, changes none.

use std::collections::BTreeMap;

use provision::connections::{Connection, quote};

use crate::artifact::checksum::checksum_of_bytes;
use crate::error::DeployError;
use crate::host::{Host, StepError, said};
use crate::journal::chain::{Chain, Link, Misfit, verify_chain};
use crate::target::Target;

const JOURNAL: &str = "journal.jsonl";
/// Reading some MiB over a slow line.
const LIMIT: std::time::Duration = std::time::Duration::from_mins(10);
/// The last line of the answer: one without it was cut off.
const END: &[u8] = b"\nend of journal\n";

/// Checks the chain of a host's journal from its oldest line that is still there to its last.
pub fn verify_journal(
    connection: &mut dyn Connection,
    target: &Target,
) -> Result<Chain, DeployError> {
    let mut host = Host::new(connection, target);
    gather_files(&mut host)
        .map(|files| verify_files(&files))
        .map_err(|error| error.refused(target))
}

/// Name -> content.
type Files = BTreeMap<String, Vec<u8>>;

fn gather_files(host: &mut Host<'_>) -> Result<Files, StepError> {
    let root = quote(&host.target.exam_root);
    let script = format!(
        r#"
cd {root} 2>/dev/null || {{ printf '\nend of journal\n'; exit 0; }}
for file in journal-until-*.jsonl {JOURNAL}; do
  [ -f "$file" ] || continue
  size=$(wc -c < "$file") || exit 1
  printf '%s %s\n' "$file" "$size"; head -c "$size" "$file" || exit 1
done
printf '\nend of journal\n'
"#
    );
    let output = host.run_anywhere(&script, "", LIMIT)?;
    if !output.success() {
        let said = said(&output);
        return Err(StepError::Failed(format!(
            "cannot read the journal: {said}"
        )));
    }
    parse_files(&output.stdout).ok_or_else(|| {
        let reason = "the journal was cut off, or changed, while it was read: try again";
        StepError::Failed(reason.to_owned())
    })
}

fn parse_files(mut answer: &[u8]) -> Option<Files> {
    let mut files = Files::new();
    while answer != END {
        let end = answer.iter().position(|byte| *byte == b'\n')?;
        let (name, size) = std::str::from_utf8(&answer[..end]).ok()?.split_once(' ')?;
        let rest = &answer[end + 1..];
        let (content, rest) = rest.split_at_checked(size.trim().parse().ok()?)?;
        files.insert(name.to_owned(), content.to_owned());
        answer = rest;
    }
    Some(files)
}

/// From the journal backwards, as long as the file before is there.
fn verify_files(files: &Files) -> Chain {
    let mut text = files.get(JOURNAL).map_or(&[][..], Vec::as_slice);
    let mut chain = verify_chain(JOURNAL, text);
    // Every file begins where an older one ends: no more rounds than there are files.
    for _ in 0..files.len() {
        let Some(continues) = chain.continues.clone() else {
            break;
        };
        let name = format!("journal-until-{}.jsonl", continues.sequence);
        let Some(before) = files.get(&name) else {
            break;
        };
        text = before;
        let mut earlier = verify_chain(&name, text);
        let end = match &earlier.head {
            Some(head) => head.clone(),
            // Lines from before the chain began: it vouches for all of them at once.
            None => Link {
                sequence: 0,
                hash: checksum_of_bytes(text),
            },
        };
        if end != continues {
            earlier.misfits.push(Misfit {
                file: name,
                line: text.split(|byte| *byte == b'\n').count().saturating_sub(1),
                problem: format!("it ends with record {}, and not with the record {} that the file after it follows: lines were changed or taken out", end.sequence, continues.sequence),
            });
        }
        chain = chain.after(earlier);
    }
    chain
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
