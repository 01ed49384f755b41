//! How does a journal stay short and still prove that nothing was taken out of it? Pure, and its script.
//!
//! Old lines move to a file of their own. A record in the chain says so first; then the file is
//! replaced by one that begins with a copy of that record, in the place of the last one that went.

use crate::artifact::checksum::checksum_of_bytes;
use crate::journal::chain::{Claim, parse_claim};
use crate::journal::{Entry, Record};

/// A longer journal is shortened, so that reading it stays quick.
pub(crate) const SHORTEN_BEYOND_BYTES: usize = 2 << 20;
/// About how much of it stays.
const KEEP_BYTES: usize = 1 << 20;
/// Files with old lines that stay on the host.
const ARCHIVES_MAX: usize = 16;

/// What goes, decided from the whole text of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// How many bytes at the beginning.
    pub(crate) bytes: usize,
    /// Their SHA-256.
    pub(crate) sha256: String,
    /// The last record that goes.
    pub(crate) until: u64,
    pub(crate) head: String,
}

impl Cut {
    /// The file that the lines go to.
    pub(crate) fn archive(&self) -> String {
        format!("journal-until-{}.jsonl", self.until)
    }

    pub(crate) fn entry(&self, who: &str) -> Entry {
        Entry::Shortened {
            until: self.until,
            head: self.head.clone(),
            archive: self.archive(),
            who: who.to_owned(),
        }
    }

    /// The first line of what is left.
    pub(crate) fn first_line(&self, record: &Record) -> Result<String, serde_json::Error> {
        let text = serde_json::to_string(record)?;
        let open = text.strip_suffix('}').unwrap_or(&text);
        let (until, head) = (self.until, &self.head);
        Ok(format!(
            "{open},\"sequence\":{until},\"previous_sha256\":\"{head}\"}}"
        ))
    }
}

/// Where to cut: before the first record of the last MiB. `None` where there is nothing to win.
pub(crate) fn plan_cut(text: &[u8]) -> Option<Cut> {
    plan_cut_keeping(text, KEEP_BYTES)
}

pub(crate) fn plan_cut_keeping(text: &[u8], keep_bytes: usize) -> Option<Cut> {
    let from = text.len().checked_sub(keep_bytes)?;
    let mut offset = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let record = line.strip_suffix(b"\n").unwrap_or(line);
        if offset >= from.max(1)
            && let Some(Claim { sequence, previous }) = parse_claim(record)
        {
            return Some(Cut {
                bytes: offset,
                sha256: checksum_of_bytes(&text[..offset]),
                until: sequence.checked_sub(1)?,
                head: previous.to_owned(),
            });
        }
        offset += line.len();
    }
    None
}

/// Moves the old lines away, under the guard and only while the lock is still the deploy's.
///
/// Input: deploy, bytes, their SHA-256, archive, first line.
pub(crate) fn cut_script() -> String {
    format!(
        r#"
IFS= read -r deploy; IFS= read -r bytes; IFS= read -r sha256; IFS= read -r archive; IFS= read -r first
grep -qsF "\"$deploy\"" lock/owner.json || {{ cat lock/owner.json 2>/dev/null; exit 73; }}
umask 077
head -c "$bytes" journal.jsonl > journal.old || exit 1
[ "$(sha256sum < journal.old | cut -c 1-64)" = "$sha256" ] || {{ echo "it was changed meanwhile" >&2; exit 1; }}
sync journal.old && mv -fT journal.old "$archive" || exit 1
{{ printf '%s\n' "$first" && tail -c "+$((bytes + 1))" journal.jsonl; }} > journal.new || exit 1
sync journal.new && mv -fT journal.new journal.jsonl && sync . || exit 1
ls journal-until-*.jsonl | sort -V | head -n -{ARCHIVES_MAX} | while IFS= read -r old; do rm -f -- "$old"; done
"#
    )
}

#[cfg(test)]
#[path = "shorten_tests.rs"]
mod tests;
