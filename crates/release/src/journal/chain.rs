//! Was a line of the journal changed, put in or taken out after it was written? Pure.
//!
//! Every record ends with its number and the SHA-256 of the record before it, as written; the first
//! one has the SHA-256 of all that was there before the chain began. The host adds both under the
//! journal's lock, in the script that appends ([`APPEND_LINK_SCRIPT`]): whoever wrote the last record,
//! and however that process ended, the next one follows from it. What a crash left of a line does not
//! end that way, is in no chain and says nothing.
//!
//! Who can write the journal can write all of it anew from some line on: the hash of the last record,
//! kept elsewhere, shows that too.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::IgnoredAny;

use crate::artifact::checksum::{DIGITS, checksum_of_bytes};
use crate::journal::{Entry, Record};

/// Sets `sequence` and `previous_sha256` for the record to be appended; under the lock of the journal.
///
/// Leaves with an error where it cannot work them out: a record without its place is not written.
pub(crate) const APPEND_LINK_SCRIPT: &str = r#"
LC_ALL=C; export LC_ALL
hash() { sha256sum | cut -c 1-64; }
touch journal.jsonl || exit 1
last=$(grep -aE ',"sequence":[0-9]+,"previous_sha256":"[0-9a-f]{64}"}$' journal.jsonl | tail -n 1)
if [ -n "$last" ]; then
  sequence=${last##*,\"sequence\":}; sequence=$((${sequence%%,*} + 1))
  previous=$(printf '%s' "$last" | hash)
else
  sequence=1; previous=$(hash < journal.jsonl)
fi
[ "${#previous}" -eq 64 ] || { echo "cannot work out the hash of the journal's last line" >&2; exit 1; }
"#;

/// The place of a record in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    pub sequence: u64,
    /// The SHA-256 of the record itself.
    pub hash: String,
}

/// A line that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Misfit {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// What does not fit, and what that can mean.
    pub problem: String,
}

/// What a journal, or one file of it, proves of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// Records with a place in it.
    pub records: usize,
    /// Lines from before it began; its first record vouches for them.
    pub older_lines: usize,
    /// What crashes left of lines.
    pub torn_lines: usize,
    /// The record before the first one here: it was moved to another file.
    pub continues: Option<Link>,
    /// The last record.
    pub head: Option<Link>,
    pub misfits: Vec<Misfit>,
    /// The number of each record, by its hash.
    #[serde(skip)]
    hashes: BTreeMap<String, u64>,
    /// What the chain itself says was moved away.
    #[serde(skip)]
    shortened: Vec<Link>,
}

impl Chain {
    pub fn fits(&self) -> bool {
        self.misfits.is_empty()
    }

    /// The number of the record with this hash.
    pub fn find(&self, hash: &str) -> Option<u64> {
        let hash = hash.to_ascii_lowercase();
        let before = self.continues.as_ref().filter(|link| link.hash == hash);
        self.hashes
            .get(&hash)
            .copied()
            .or(before.map(|link| link.sequence))
    }

    /// Puts the chain of the file before this one in front of it.
    pub(crate) fn after(mut self, before: Self) -> Self {
        let mut misfits = before.misfits;
        misfits.append(&mut self.misfits);
        let mut hashes = before.hashes;
        hashes.append(&mut self.hashes);
        Self {
            records: before.records + self.records,
            older_lines: before.older_lines + self.older_lines,
            torn_lines: before.torn_lines + self.torn_lines,
            continues: before.continues,
            head: self.head.or(before.head),
            misfits,
            hashes,
            shortened: self.shortened,
        }
    }
}

/// What the end of a line says: its number, and the hash of the record before it.
pub(crate) struct Claim<'t> {
    pub(crate) sequence: u64,
    pub(crate) previous: &'t str,
}

/// Reads the end of a line as [`APPEND_LINK_SCRIPT`] does. No text in a record can look like it: its
/// quotes would have a backslash before them.
pub(crate) fn parse_claim(line: &[u8]) -> Option<Claim<'_>> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix("\"}")?;
    let (rest, previous) = line.split_at_checked(line.len().checked_sub(DIGITS)?)?;
    let is_hash = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let (_, sequence) = rest
        .strip_suffix(",\"previous_sha256\":\"")?
        .rsplit_once(",\"sequence\":")?;
    let is_number = sequence.bytes().all(|byte| byte.is_ascii_digit());
    (previous.chars().all(is_hash) && is_number).then_some(())?;
    Some(Claim {
        sequence: sequence.parse().ok()?,
        previous,
    })
}

/// Where the line with this record ends up in the chain, as it would have to be written.
#[cfg(test)]
pub(crate) fn linked(record: &str, before: Option<&Link>, text_before: &str) -> String {
    let (sequence, previous) = match before {
        Some(link) => (link.sequence + 1, link.hash.clone()),
        None => (1, checksum_of_bytes(text_before.as_bytes())),
    };
    let open = record.strip_suffix('}').unwrap_or(record);
    format!("{open},\"sequence\":{sequence},\"previous_sha256\":\"{previous}\"}}\n")
}

/// One file of a journal, line by line.
pub(crate) fn verify_chain(file: &str, text: &[u8]) -> Chain {
    let mut walk = Walk {
        file,
        text,
        chain: Chain::default(),
        last: None,
        last_line: 0,
    };
    let mut offset = 0;
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        walk.line(number + 1, offset, line);
        offset += line.len() + 1;
    }
    walk.finish()
}

struct Walk<'t> {
    file: &'t str,
    text: &'t [u8],
    chain: Chain,
    /// The record that the next one must name.
    last: Option<Link>,
    last_line: usize,
}

impl Walk<'_> {
    fn line(&mut self, number: usize, offset: usize, line: &[u8]) {
        if let Some(claim) = parse_claim(line) {
            self.record(number, offset, line, &claim);
            return;
        }
        if serde_json::from_slice::<IgnoredAny>(line).is_err() {
            self.chain.torn_lines += usize::from(!line.is_empty());
        } else if self.last.is_none() {
            self.chain.older_lines += 1;
        } else {
            self.misfit(number, "it has no place in the chain: an older examctl wrote it, or somebody put it in by hand");
        }
    }

    fn record(&mut self, number: usize, offset: usize, line: &[u8], claim: &Claim<'_>) {
        let entry = serde_json::from_slice::<Record>(line).map(|record| record.entry);
        if let Ok(Entry::Shortened { until, head, .. }) = &entry {
            let link = Link {
                sequence: *until,
                hash: head.clone(),
            };
            if offset == 0 && claim.sequence == *until && claim.previous == head {
                self.chain.continues = Some(link.clone());
                self.last = Some(link);
                self.last_line = number;
                return;
            }
            self.chain.shortened.push(link);
        }
        if serde_json::from_slice::<IgnoredAny>(line).is_err() {
            self.misfit(
                number,
                "it is no record: it was changed after it was written",
            );
        }
        if let Some(problem) = self.problem(offset, claim) {
            self.misfit(number, &problem);
        }
        let link = Link {
            sequence: claim.sequence,
            hash: checksum_of_bytes(line),
        };
        self.chain.hashes.insert(link.hash.clone(), link.sequence);
        self.chain.records += 1;
        self.last = Some(link);
        self.last_line = number;
    }

    /// Why a record does not follow from what is before it, if it does not.
    fn problem(&self, offset: usize, claim: &Claim<'_>) -> Option<String> {
        let found = claim.sequence;
        let Some(last) = &self.last else {
            // The text is whole, so that every offset lies in it.
            let before = self.text.get(..offset).unwrap_or_default();
            return match found {
                1 if claim.previous == checksum_of_bytes(before) => None,
                1 if before.is_empty() => Some("it is record 1 and names lines before it: they were taken out".to_owned()),
                1 => Some("the chain begins here, and the lines before it are not those that were there then: one of them was changed, put in or taken out".to_owned()),
                _ => Some(format!("it is record {found}: those before it were taken out")),
            };
        };
        let (expected, line) = (last.sequence.saturating_add(1), self.last_line);
        if found == expected && claim.previous == last.hash {
            return None;
        }
        let before = last.sequence;
        Some(match found.cmp(&expected) {
            Ordering::Greater => format!(
                "it is record {found}, after record {before} in line {line}: {} records between them were taken out",
                found - expected
            ),
            Ordering::Less => format!(
                "it is record {found}, after record {before} in line {line}: one of them was put in, or the lines were exchanged"
            ),
            Ordering::Equal => format!(
                "it does not follow from record {before} in line {line}: that one was changed after it was written, or this one was replaced"
            ),
        })
    }

    fn misfit(&mut self, line: usize, problem: &str) {
        self.chain.misfits.push(Misfit {
            file: self.file.to_owned(),
            line,
            problem: problem.to_owned(),
        });
    }

    fn finish(mut self) -> Chain {
        if let Some(continues) = &self.chain.continues
            && !self.chain.shortened.contains(continues)
        {
            let problem = format!(
                "it says that records up to {} were moved to another file, and no record tells of that: somebody cut the beginning off",
                continues.sequence
            );
            self.misfit(1, &problem);
        }
        self.chain.head = self.last.take().filter(|_| self.chain.records > 0);
        self.chain
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
pub(crate) mod tests;
