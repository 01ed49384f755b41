//! `mount`: a file system mounted with these options, now and at every boot.

use super::fstab::{self, Column, RELOAD};
use super::live::{LIVE_FIELD, Live, parse_live};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::owned::{is_final, parse_present};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

/// Options that every mount shows, and what stands for their opposite.
const FLAGS: [(&str, &str); 8] = [
    ("ro", "rw"),
    ("nosuid", "suid"),
    ("nodev", "dev"),
    ("noexec", "exec"),
    ("noatime", "atime"),
    ("nodiratime", "diratime"),
    ("relatime", "norelatime"),
    ("sync", "async"),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MountArgs {
    path: String,
    /// `None`: nothing shall be mounted there.
    entry: Option<Entry>,
    live: Live,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    source: String,
    kind: String,
    options: Vec<String>,
}

impl Operation for MountArgs {
    const SPEC: Spec = Spec {
        name: "mount",
        summary: "A file system mounted with these options, now and at every boot.",
        fields: &[
            Field::required("path", Kind::Path, "Where it is mounted."),
            Field::optional(
                "source",
                Kind::Text,
                "What is mounted: a device, UUID=..., tmpfs. Needed unless absent.",
            ),
            Field::optional(
                "type",
                Kind::Text,
                "Its type, for instance ext4 or tmpfs. Needed unless absent.",
            ),
            Field::optional(
                "options",
                Kind::Texts,
                "Mount options. Those of the file system itself, such as size=, are compared in /etc/fstab only. Default: defaults.",
            ),
            LIVE_FIELD,
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "absent unmounts it and forgets it. Default: present.",
            ),
        ],
        example: "mount: {path: /var/tmp, source: tmpfs, type: tmpfs, options: [nosuid, nodev, noexec, size=256m]}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let path = fields.path("path");
        let present = parse_present(&mut fields);
        let words = ["source", "type"].map(|key| {
            let word = if present {
                fields.text(key)
            } else {
                fields.optional_text(key)
            };
            check_word(&mut fields, key, word.as_deref());
            word
        });
        let options = fields.texts("options");
        for option in &options {
            check_word(&mut fields, "options", Some(option));
        }
        if path
            .as_deref()
            .is_some_and(|path| path.contains([' ', '\t']))
        {
            fields.wrong("path", "a space in a mount point is not supported");
        }
        let live = parse_live(&mut fields);
        let [source, kind] = words;
        let entry = if present {
            Some(Entry {
                source: source?,
                kind: kind?,
                options,
            })
        } else {
            None
        };
        Some(Self {
            path: path?,
            entry,
            live,
        })
    }

    fn requests(&self) -> Vec<Request> {
        vec![fstab::request(), self.probe().into()]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let answer = facts.probes.get(&self.probe_name());
        let mounted = answer.and_then(|probed| parse_mount(&probed.stdout));
        let line = self.entry.as_ref().map(|entry| entry.line(&self.path));
        let listed = fstab::change(facts, Column::Path, &self.path, line.as_deref());
        let path = quote(&self.path);
        let live = self.live != Live::No;
        let mut changes = Vec::new();
        match (&self.entry, mounted) {
            (None, mounted) => {
                if mounted.is_some() && live {
                    let script = format!("umount {path}");
                    changes.push(Change::run(format!("unmount {}", self.path), script));
                }
                changes.extend(listed);
            }
            (Some(entry), None) => {
                let missing = live && !entry.has("noauto");
                changes.extend(listed);
                if missing {
                    let script = format!("{RELOAD}; mkdir -p {path} && mount {path}");
                    changes.push(Change::run(format!("mount {}", self.path), script));
                }
            }
            (Some(entry), Some(mounted)) => {
                if live
                    && !matches!(entry.kind.as_str(), "none" | "auto")
                    && entry.kind != mounted.kind
                {
                    return Err(PlanError(format!(
                        "{} is a mount of type {}, not {}: unmount it first",
                        self.path, mounted.kind, entry.kind
                    )));
                }
                let wrong = entry.wrong_flags(&mounted);
                let remount = live && (listed.is_some() || !wrong.is_empty());
                changes.extend(listed);
                if remount {
                    let because = match wrong.as_slice() {
                        [] => String::new(),
                        wrong => format!(" for {}", wrong.join(", ")),
                    };
                    let options = entry.remount_options();
                    changes.push(Change::run(
                        format!("mount {} again{because}", self.path),
                        format!("{RELOAD}; mount -o {} {path}", quote(&options)),
                    ));
                }
            }
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, "/etc/fstab") || effects::below(key, &self.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

fn check_word(fields: &mut Fields<'_>, key: &str, word: Option<&str>) {
    let Some(word) = word.filter(|word| is_final(fields, word)) else {
        return;
    };
    if word.is_empty() || word.contains(char::is_whitespace) || word.starts_with(['#', '-']) {
        fields.wrong(key, format!("'{word}' cannot stand in /etc/fstab"));
    }
}

/// A mount as the kernel shows it.
struct Mounted {
    kind: String,
    flags: Vec<String>,
}

impl MountArgs {
    fn probe_name(&self) -> String {
        format!("mount {}", self.path)
    }

    /// The last line of the table wins: it is on top.
    fn probe(&self) -> FactKey {
        FactKey::Probe {
            name: self.probe_name(),
            script: format!(
                "while read -r a b c d p r; do [ \"$p\" = {} ] && l=$r; done </proc/self/mountinfo; echo \"$l\"",
                quote(&self.path)
            ),
            reads: vec![self.path.clone(), "/proc/self/mountinfo".to_owned()],
        }
    }
}

/// `FLAGS [optional fields] - TYPE SOURCE SUPER-OPTIONS`, as in proc(5).
fn parse_mount(text: &str) -> Option<Mounted> {
    let (first, second) = text.split_once(" - ")?;
    let flags = first.split_whitespace().next()?.split(',');
    let mut words = second.split_whitespace();
    let kind = words.next()?.to_owned();
    let options = words.nth(1).unwrap_or_default();
    // A mount is read-only or synchronous where its file system is, too.
    let of_all = options
        .split(',')
        .filter(|option| matches!(*option, "ro" | "sync"));
    Some(Mounted {
        kind,
        flags: flags.chain(of_all).map(str::to_owned).collect(),
    })
}

impl Entry {
    fn options(&self) -> String {
        if self.options.is_empty() {
            "defaults".to_owned()
        } else {
            self.options.join(",")
        }
    }

    fn has(&self, option: &str) -> bool {
        self.options().split(',').any(|word| word == option)
    }

    fn line(&self, path: &str) -> String {
        // Only file systems of disks are checked at boot.
        let checked = matches!(self.kind.as_str(), "ext2" | "ext3" | "ext4");
        let pass = if checked { 2 } else { 0 };
        format!(
            "{} {path} {} {} 0 {pass}",
            self.source,
            self.kind,
            self.options()
        )
    }

    /// The options that are asked for and not in force.
    fn wrong_flags(&self, mounted: &Mounted) -> Vec<String> {
        let is_on = |flag: &str| mounted.flags.iter().any(|other| other == flag);
        FLAGS
            .iter()
            .filter_map(|(flag, opposite)| {
                if self.has(flag) && !is_on(flag) {
                    return Some((*flag).to_owned());
                }
                (self.has(opposite) && is_on(flag)).then(|| (*opposite).to_owned())
            })
            .collect()
    }

    fn remount_options(&self) -> String {
        let for_boot = [
            "defaults", "noauto", "auto", "nofail", "_netdev", "user", "nouser", "bind",
        ];
        let options = self.options();
        let kept = options
            .split(',')
            .filter(|option| !for_boot.contains(option) && !option.starts_with("x-"));
        std::iter::once("remount")
            .chain(kept)
            .collect::<Vec<_>>()
            .join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_mount_table_is_understood() {
        let mounted =
            parse_mount("rw,nosuid shared:7 master:1 - tmpfs tmpfs ro,size=65536k").unwrap();
        assert_eq!(mounted.kind, "tmpfs");
        assert_eq!(mounted.flags, ["rw", "nosuid", "ro"]);
        assert!(parse_mount("").is_none());
    }
}
