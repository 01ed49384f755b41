//! `kernel_module`: a module loaded, or kept from being loaded, now and at every boot.

use super::live::{LIVE_FIELD, Live, container_request, is_container, parse_live};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{HEADER, owned_file};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Loaded,
    Blocked,
    /// Neither asked for nor blocked; the running kernel is left as it is.
    Absent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KernelModuleArgs {
    name: String,
    wanted: Wanted,
    live: Live,
    /// For modules-load.d and modprobe.d.
    files: [FileArgs; 2],
}

impl Operation for KernelModuleArgs {
    const SPEC: Spec = Spec {
        name: "kernel_module",
        summary: "A module of the kernel loaded, or kept from being loaded, now and at every boot.",
        fields: &[
            Field::required("name", Kind::Name, "The module."),
            Field::optional(
                "options",
                Kind::Mapping,
                "Its parameters; they hold from when it is next loaded.",
            ),
            LIVE_FIELD,
            Field::optional(
                "state",
                Kind::Choice(&["loaded", "blacklisted", "absent"]),
                "blacklisted refuses to load it by any way; absent forgets both. Default: loaded.",
            ),
        ],
        example: "kernel_module: {name: nf_conntrack, live: when_possible}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        let choices = [
            ("loaded", Wanted::Loaded),
            ("blacklisted", Wanted::Blocked),
            ("absent", Wanted::Absent),
        ];
        let wanted = fields.choice("state", &choices).unwrap_or(Wanted::Loaded);
        let options = fields.texts_by_name("options");
        if options
            .values()
            .any(|value| value.contains(char::is_whitespace))
        {
            fields.wrong(
                "options",
                "a space cannot stand in the parameter of a module",
            );
        }
        if wanted != Wanted::Loaded && !options.is_empty() {
            fields.wrong("options", "'options' are for a module that is loaded");
        }
        let live = parse_live(&mut fields);
        let name = name?;
        let load = (wanted == Wanted::Loaded).then(|| format!("{HEADER}{name}\n"));
        let configure = match wanted {
            Wanted::Loaded if !options.is_empty() => {
                let words = options.iter().map(|(key, value)| format!(" {key}={value}"));
                Some(format!(
                    "{HEADER}options {name}{}\n",
                    words.collect::<String>()
                ))
            }
            Wanted::Blocked => Some(format!(
                "{HEADER}blacklist {name}\ninstall {name} /bin/false\n"
            )),
            Wanted::Loaded | Wanted::Absent => None,
        };
        Some(Self {
            files: [
                owned_file(format!("/etc/modules-load.d/60-{name}.conf"), load),
                owned_file(format!("/etc/modprobe.d/60-{name}.conf"), configure),
            ],
            name,
            wanted,
            live,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests: Vec<Request> = self.files.iter().flat_map(Operation::requests).collect();
        requests.push(FactKey::Path("/etc/modprobe.d".to_owned()).into());
        requests.push(container_request());
        requests.push(self.probe().into());
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let mut changes = Vec::new();
        for file in &self.files {
            let planned = file.plan(facts)?;
            let needs_folder = file.content.is_some()
                && file.path.starts_with("/etc/modprobe.d/")
                && !facts.paths.contains_key("/etc/modprobe.d");
            if needs_folder && !planned.is_empty() {
                changes.push(Change::run(
                    "create directory /etc/modprobe.d",
                    "mkdir -p /etc/modprobe.d",
                ));
            }
            changes.extend(planned);
        }
        let answer = facts
            .probes
            .get(&self.probe_name())
            .map_or("", |probed| &probed.stdout);
        let name = quote(&self.name);
        let (done, said, script) = match self.wanted {
            Wanted::Loaded => (
                matches!(answer, "loaded" | "builtin"),
                "load",
                format!("modprobe {name}"),
            ),
            Wanted::Blocked => (answer != "loaded", "unload", format!("modprobe -r {name}")),
            Wanted::Absent => return Ok(changes),
        };
        let container = "a container cannot load or unload modules of the kernel";
        let lacking =
            "there is no modprobe on this host: install the package kmod in an earlier task";
        let hindrance = match answer {
            _ if is_container(facts) => Some(container),
            "no-modprobe" => Some(lacking),
            _ => None,
        };
        if !done && self.live.decide(hindrance)? {
            changes.push(Change::run(format!("{said} module {}", self.name), script));
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.files.iter().any(|file| file.may_change(key))
            || effects::on_directory(key, "/etc/modprobe.d")
            // A module brings settings of the kernel with it.
            || effects::below(key, "/proc/sys")
            || effects::below(key, "/sys/module")
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.files[0].path)
    }
}

impl KernelModuleArgs {
    fn probe_name(&self) -> String {
        format!("module {}", self.name)
    }

    /// `loaded`, `builtin`, `no-modprobe` or nothing. The kernel writes `_` where people write `-`.
    fn probe(&self) -> FactKey {
        let known_as = self.name.replace('-', "_");
        let pattern = quote(&format!("/{}\\.ko", known_as.replace('_', "[-_]")));
        FactKey::Probe {
            name: self.probe_name(),
            script: format!(
                "if grep -q {word} /proc/modules; then echo loaded; elif grep -q {pattern} \"/lib/modules/$(uname -r)/modules.builtin\" 2>/dev/null; then echo builtin; elif ! command -v modprobe >/dev/null; then echo no-modprobe; fi",
                word = quote(&format!("^{known_as} ")),
            ),
            reads: vec!["/sys/module".to_owned(), "/usr/sbin/modprobe".to_owned()],
        }
    }
}
