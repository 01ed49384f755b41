//! /etc/fstab: one entry found, put in, or taken out; all other lines stay as they are.

use crate::facts::{FactKey, Facts, Request};
use crate::ops::Change;
use crate::ops::owned::edited;

const FSTAB: &str = "/etc/fstab";

/// Generated units of systemd follow the file.
pub(super) const RELOAD: &str = "[ ! -d /run/systemd/system ] || systemctl daemon-reload";

/// Which entry: the first field for swap, the second for what is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Source = 0,
    Path = 1,
}

pub(super) fn request() -> Request {
    FactKey::Probe {
        name: FSTAB.to_owned(),
        script: format!("cat {FSTAB}"),
        reads: vec![FSTAB.to_owned()],
    }
    .into()
}

/// The change that makes `line` the only entry with `value` in `column`; none where it is so.
pub(super) fn change(
    facts: &Facts,
    column: Column,
    value: &str,
    line: Option<&str>,
) -> Option<Change> {
    let old = match facts.probes.get(FSTAB).map(|probed| probed.stdout.as_str()) {
        None | Some("") => String::new(),
        Some(text) => format!("{text}\n"),
    };
    let new = with_entry(&old, column, value, line)?;
    let summary = match line {
        Some(line) => format!("put `{line}` into {FSTAB}"),
        None => format!("take {value} out of {FSTAB}"),
    };
    Some(edited(FSTAB, summary, &old, new))
}

fn with_entry(old: &str, column: Column, value: &str, line: Option<&str>) -> Option<String> {
    let fields = |line: &str| -> Vec<String> {
        let content = if line.trim_start().starts_with('#') {
            ""
        } else {
            line
        };
        content.split_whitespace().map(str::to_owned).collect()
    };
    let is_it = |line: &&str| {
        fields(line)
            .get(column as usize)
            .is_some_and(|field| field == value)
    };
    let current: Vec<&str> = old.lines().filter(is_it).collect();
    let done = match line {
        None => current.is_empty(),
        Some(line) => current.len() == 1 && fields(current[0]) == fields(line),
    };
    if done {
        return None;
    }
    let mut lines: Vec<&str> = Vec::new();
    let mut left = line;
    for old in old.lines() {
        if is_it(&old) {
            lines.extend(left.take());
        } else {
            lines.push(old);
        }
    }
    lines.extend(left);
    Some(lines.into_iter().flat_map(|line| [line, "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_put_in_changed_in_its_place_and_taken_out() {
        let swap = |old: &str, line| with_entry(old, Column::Source, "/swapfile", line);
        let line = Some("/swapfile none swap sw 0 0");
        let old = "# /swapfile is below\n/dev/a / ext4 rw 0 1\n";
        let new = swap(old, line).unwrap();
        assert_eq!(new, format!("{old}/swapfile none swap sw 0 0\n"));
        assert_eq!(swap(&new, line), None);
        assert_eq!(swap(&new, None).unwrap(), old);
        let tabs = "/swapfile\tnone  swap sw 0 0\n/dev/b /b ext4 rw 0 2\n";
        assert_eq!(swap(tabs, line), None);
        let changed = swap(tabs, Some("/swapfile none swap pri=5 0 0")).unwrap();
        assert!(
            changed.starts_with("/swapfile none swap pri=5 0 0\n/dev/b"),
            "{changed}"
        );
    }
}
