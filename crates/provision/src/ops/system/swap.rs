//! `swap`: a swap file, used now and at every boot.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fstab::{self, Column, RELOAD};
use super::live::{LIVE_FIELD, Live, container_request, is_container, parse_live};
use super::sysctl::SysctlArgs;
use crate::connections::{Command, quote};
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::Fields;
use crate::ops::owned::parse_present;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources, effects};

const MAX_SIZE_MIB: u64 = 1 << 20;
/// Writing a large file on a slow disk, or bringing its pages back into memory.
const TIMEOUT: Duration = Duration::from_mins(20);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SwapArgs {
    file: String,
    /// `None`: there shall be no such file.
    size_mib: Option<u64>,
    live: Live,
    swappiness: Option<SysctlArgs>,
}

impl Operation for SwapArgs {
    const SPEC: Spec = Spec {
        name: "swap",
        summary: "A swap file, used now and at every boot.",
        fields: &[
            Field::optional("file", Kind::Path, "The file. Default: /swapfile."),
            Field::optional(
                "size_mib",
                Kind::Number(MAX_SIZE_MIB),
                "Its size in MiB. Needed unless absent.",
            ),
            Field::optional(
                "swappiness",
                Kind::Number(200),
                "How readily the kernel swaps, 0 to 200. Default: left as it is.",
            ),
            LIVE_FIELD,
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "swap: {size_mib: 2048, swappiness: 10, live: when_possible}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let file = fields.optional_path("file");
        let present = parse_present(&mut fields);
        if present && fields.get("size_mib").is_none() {
            fields.missing("size_mib");
        }
        let size = fields.number("size_mib", MAX_SIZE_MIB);
        let swappiness = fields.number_in("swappiness", 0..=200);
        let live = parse_live(&mut fields);
        let setting =
            |value: u64| BTreeMap::from([("vm.swappiness".to_owned(), value.to_string())]);
        Some(Self {
            file: file.unwrap_or_else(|| "/swapfile".to_owned()),
            size_mib: if present {
                Some(size.unwrap_or(1))
            } else {
                None
            },
            live,
            swappiness: swappiness
                .map(|value| SysctlArgs::new("swappiness", setting(value), live, present)),
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = vec![
            FactKey::Path(self.file.clone()).into(),
            self.probe().into(),
            fstab::request(),
            container_request(),
        ];
        requests.extend(self.swappiness.iter().flat_map(Operation::requests));
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let file = &self.file;
        let kind = facts.paths.get(file).map(|state| state.kind);
        if kind.is_some_and(|kind| kind != PathKind::File) {
            let message = format!("{file} exists and is not a file; move it away first");
            return Err(PlanError(message));
        }
        let answer = facts.probes.get(&self.probe_name());
        let (size, active) = answer.map_or((0, false), |probed| parse_answer(&probed.stdout));
        let mut changes = match self.size_mib {
            Some(wanted) => self.plan_present(facts, wanted, kind.map(|_| size), active)?,
            None => self.plan_absent(facts, kind.is_some(), active),
        };
        if let Some(swappiness) = &self.swappiness {
            changes.extend(swappiness.plan(facts)?);
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, &self.file)
            || effects::on_file(key, "/etc/fstab")
            || effects::on_file(key, "/proc/swaps")
            || self
                .swappiness
                .iter()
                .any(|swappiness| swappiness.may_change(key))
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.file)
    }
}

impl SwapArgs {
    fn probe_name(&self) -> String {
        format!("swap {}", self.file)
    }

    /// `SIZE-IN-BYTES active|idle`.
    fn probe(&self) -> FactKey {
        let file = quote(&self.file);
        FactKey::Probe {
            name: self.probe_name(),
            script: format!(
                "s=$(stat -c %s {file} 2>/dev/null); a=idle; while read -r f r; do [ \"$f\" = {file} ] && a=active; done </proc/swaps; echo \"${{s:-0}} $a\""
            ),
            reads: vec![self.file.clone(), "/proc/swaps".to_owned()],
        }
    }

    fn plan_present(
        &self,
        facts: &Facts,
        wanted_mib: u64,
        size: Option<u64>,
        active: bool,
    ) -> Result<Vec<Change>, PlanError> {
        let file = &self.file;
        let container = "a container has no swap of its own";
        let live = self.live.decide(is_container(facts).then_some(container))?;
        let mut changes = Vec::new();
        let right = size == Some(wanted_mib << 20);
        if !right {
            let summary = match size {
                None => format!("create swap file {file} of {wanted_mib} MiB"),
                Some(old) => format!(
                    "size of swap file {file}: {} -> {wanted_mib} MiB",
                    old >> 20
                ),
            };
            changes.push(Change {
                summary,
                diff: None,
                action: Action::Run(
                    Command::new(self.create_script(wanted_mib, active)).timeout(TIMEOUT),
                ),
            });
        }
        let line = format!("{file} none swap sw 0 0");
        changes.extend(fstab::change(facts, Column::Source, file, Some(&line)));
        if live && !(right && active) {
            let script = format!("{RELOAD}; swapon {}", quote(file));
            changes.push(Change::run(format!("swap to {file}"), script));
        }
        Ok(changes)
    }

    fn plan_absent(&self, facts: &Facts, exists: bool, active: bool) -> Vec<Change> {
        let file = &self.file;
        let mut changes = Vec::new();
        if active {
            let script = format!("swapoff {}", quote(file));
            changes.push(Change {
                summary: format!("stop swapping to {file}"),
                diff: None,
                action: Action::Run(Command::new(script).timeout(TIMEOUT)),
            });
        }
        changes.extend(fstab::change(facts, Column::Source, file, None));
        if exists {
            let script = format!("rm -f {}; {RELOAD}", quote(file));
            changes.push(Change::run(format!("remove {file}"), script));
        }
        changes
    }

    /// Made beside the old one and then put in its place: a full disk leaves what there was. A
    /// file system that copies on write must not do so for this file.
    fn create_script(&self, size_mib: u64, active: bool) -> String {
        let file = quote(&self.file);
        let off = if active {
            format!("swapoff {file}\n")
        } else {
            String::new()
        };
        format!(
            "set -e\n\
             umask 077\n\
             t={file}.new\n\
             trap 'rm -f \"$t\"' EXIT\n\
             rm -f \"$t\"\n\
             : > \"$t\"\n\
             chattr +C \"$t\" 2>/dev/null || :\n\
             fallocate -l {size_mib}M \"$t\" 2>/dev/null || dd if=/dev/zero of=\"$t\" bs=1M count={size_mib} status=none\n\
             mkswap \"$t\" >/dev/null\n\
             {off}mv -fT \"$t\" {file}\n"
        )
    }
}

fn parse_answer(text: &str) -> (u64, bool) {
    let (size, state) = text.split_once(' ').unwrap_or(("0", ""));
    (size.parse().unwrap_or(0), state == "active")
}
