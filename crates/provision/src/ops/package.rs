//! `package`: packages of the distribution, installed or removed with apt.

use std::time::Duration;

use serde_json::Value;

use super::{Action, Change, PlanError, Sources};
use crate::connections::{Command, quote};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, Findings};
use crate::yaml::Step;

/// How long apt may take, downloads and waiting for its lock included.
const APT_TIMEOUT: Duration = Duration::from_mins(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PackageState {
    Present,
    Absent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageArgs {
    pub(crate) names: Vec<String>,
    pub(crate) state: PackageState,
    pub(crate) state_directory: String,
}

pub(super) fn parse(
    value: &Value,
    place: &[Step],
    sources: &dyn Sources,
    findings: &mut Findings,
) -> Option<PackageArgs> {
    let mut fields = Fields::open(value, place, "package", &["names", "state"], findings)?;
    if fields.get("names").is_none() {
        fields.missing("names");
    }
    let names = fields.texts("names");
    for name in &names {
        fields.checked_name("names", name.clone());
    }
    let choices = [
        ("present", PackageState::Present),
        ("absent", PackageState::Absent),
    ];
    let state = fields.choice("state", &choices);
    Some(PackageArgs {
        names,
        state: state.unwrap_or(PackageState::Present),
        state_directory: sources.state_directory().to_owned(),
    })
}

impl PackageArgs {
    pub(super) fn requests(&self) -> Vec<Request> {
        let key = |name: &String| FactKey::Package(name.clone()).into();
        self.names.iter().map(key).collect()
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "every operation's plan has the same shape"
    )]
    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let installed = |name: &&String| facts.packages.contains_key(*name);
        let (verb, names): (&str, Vec<&String>) = match self.state {
            PackageState::Present => (
                "install",
                self.names.iter().filter(|name| !installed(name)).collect(),
            ),
            PackageState::Absent => ("remove", self.names.iter().filter(installed).collect()),
        };
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let shown: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        let quoted: Vec<String> = names.iter().map(|name| quote(name)).collect();
        let script = match self.state {
            PackageState::Present => self.install_script(&quoted.join(" ")),
            PackageState::Absent => format!("{APT} remove {}", quoted.join(" ")),
        };
        Ok(vec![Change {
            summary: format!("{verb} {}", shown.join(", ")),
            diff: None,
            action: Action::Run(Command::new(script).timeout(APT_TIMEOUT)),
        }])
    }

    /// Package lists are fetched only where they are missing, older than a day, or do not know a
    /// package. The lock of the lists has no timeout of its own in apt, hence the loop.
    fn install_script(&self, names: &str) -> String {
        let state = quote(&self.state_directory);
        format!(
            r#"known() {{ for p in {names}; do apt-cache show --no-all-versions "$p" >/dev/null 2>&1 || return 1; done; }}
fresh() {{ [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' 2>/dev/null | head -n 1)" ] &&
  [ -n "$(find /var/lib/apt/lists /var/lib/apt/periodic/update-success-stamp {state}/apt-updated -maxdepth 0 -mmin -1440 2>/dev/null)" ]; }}
update() {{
  n=0
  until e=$(apt-get -q update 2>&1); do
    case "$e" in *"Could not get lock"*|*"Unable to lock"*) ;; *) printf '%s\n' "$e" >&2; return 1 ;; esac
    n=$((n + 1))
    [ "$n" -lt 24 ] || {{ printf '%s\n' "$e" >&2; return 1; }}
    sleep 5
  done
  mkdir -p {state} && touch {state}/apt-updated
}}
if ! fresh || ! known; then update || exit 1; fi
{APT} install {names}
"#
        )
    }
}

const APT: &str = "DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --no-install-recommends";
