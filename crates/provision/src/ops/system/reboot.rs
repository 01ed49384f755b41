//! `reboot`: the host booted anew, where it asks for that.

use std::time::Duration;

use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Action, Change, Operation, PlanError, Sources};

const NAME: &str = "reboot required";
const MAX_TIMEOUT_SECONDS: u64 = 3600;
const DEFAULT_TIMEOUT_SECONDS: u64 = 600;

/// Whether a package asked for it, the running kernel, and the kernels that are installed.
const SCRIPT: &str = "[ -e /run/reboot-required ] && echo asked || echo -; uname -r; for k in /boot/vmlinuz-*; do [ ! -e \"$k\" ] || echo \"${k#/boot/vmlinuz-}\"; done";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RebootArgs {
    /// Handlers only.
    always: bool,
    timeout: Duration,
}

impl Operation for RebootArgs {
    const SPEC: Spec = Spec {
        name: "reboot",
        summary: "The host booted anew, where a package or a newer kernel asks for it.",
        fields: &[
            Field::optional(
                "when",
                Kind::Choice(&["needed", "always"]),
                "always is for handlers. Default: needed.",
            ),
            Field::optional(
                "timeout_seconds",
                Kind::Number(MAX_TIMEOUT_SECONDS),
                "How long the host may take until it can be reached again. Default: 600.",
            ),
        ],
        example: "reboot: {when: needed, timeout_seconds: 300}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let choices = [("needed", false), ("always", true)];
        let always = fields.choice("when", &choices).unwrap_or(false);
        let seconds = fields.number("timeout_seconds", MAX_TIMEOUT_SECONDS);
        Some(Self {
            always,
            timeout: Duration::from_secs(seconds.unwrap_or(DEFAULT_TIMEOUT_SECONDS)),
        })
    }

    fn requests(&self) -> Vec<Request> {
        let probe = FactKey::Probe {
            name: NAME.to_owned(),
            script: SCRIPT.to_owned(),
            reads: vec!["/run/reboot-required".to_owned(), "/boot".to_owned()],
        };
        vec![probe.into()]
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let Some(answer) = facts.probes.get(NAME) else {
            return Err(PlanError(
                "the host did not say which kernel it runs".to_owned(),
            ));
        };
        Ok(reason(&answer.stdout)
            .map(|reason| self.change(&reason))
            .into_iter()
            .collect())
    }

    // Everything that runs starts anew.
    fn may_change(&self, key: &FactKey) -> bool {
        matches!(
            key,
            FactKey::Service(_) | FactKey::Program { .. } | FactKey::Probe { .. }
        )
    }

    fn handler_change(&self) -> Option<Change> {
        self.always.then(|| self.change("a task asked for it"))
    }

    fn is_handler_only(&self) -> bool {
        self.always
    }

    fn caution(&self, _: &Facts) -> Option<String> {
        Some("reboots the host: not during an exam".to_owned())
    }
}

impl RebootArgs {
    fn change(&self, reason: &str) -> Change {
        Change {
            summary: format!("reboot: {reason}"),
            diff: None,
            action: Action::Reboot(self.timeout),
        }
    }
}

fn reason(text: &str) -> Option<String> {
    let mut lines = text.lines();
    if lines.next() == Some("asked") {
        return Some("an installed package asks for it".to_owned());
    }
    let running = lines.next()?;
    let newest = lines
        .filter(|kernel| flavour(kernel) == flavour(running))
        .max_by_key(|kernel| numbers(kernel))?;
    (numbers(newest) > numbers(running))
        .then(|| format!("kernel {newest} is installed, {running} runs"))
}

/// What follows the numbers, for instance `amd64` or `cloud-amd64`: one does not replace another.
fn flavour(kernel: &str) -> &str {
    let start = kernel
        .match_indices('-')
        .map(|(at, _)| at + 1)
        .find(|at| kernel[*at..].starts_with(|c: char| c.is_ascii_alphabetic()));
    start.map_or("", |at| &kernel[at..])
}

fn numbers(kernel: &str) -> Vec<u64> {
    let version = kernel.strip_suffix(flavour(kernel)).unwrap_or(kernel);
    version
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_kernel_of_the_same_flavour_asks_for_a_reboot() {
        let newer = "-\n6.1.0-9-amd64\n6.1.0-9-amd64\n6.1.0-18-amd64";
        assert!(reason(newer).unwrap().contains("6.1.0-18-amd64"));
        assert_eq!(reason("-\n6.1.0-9-amd64\n6.1.0-18-cloud-amd64"), None);
        assert_eq!(reason("-\n6.8.0-51-generic\n6.8.0-51-generic"), None);
        assert_eq!(reason("-\n5.15.153.1-wsl2"), None);
        assert!(reason("asked\n6.1.0-9-amd64").is_some());
    }
}
