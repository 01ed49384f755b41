//! `supervisor`: a program's current configuration loaded, and the program running or not.
//!
//! Loading notes the checksum of the configuration below the state directory, so that a
//! configuration that changed without being loaded is seen by any later run.

use serde_json::Value;

use super::{Change, PlanError, Sources};
use crate::connections::quote;
use crate::facts::program::noted_path;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::{Fields, Findings};
use crate::yaml::Step;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Known to supervisor with its current configuration, in whatever state.
    Loaded,
    Started,
    Stopped,
    /// Handlers only.
    Restarted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SupervisorArgs {
    pub(crate) program: String,
    pub(crate) conf: String,
    pub(crate) state: Wanted,
    pub(crate) state_directory: String,
}

pub(super) fn parse(
    value: &Value,
    place: &[Step],
    sources: &dyn Sources,
    findings: &mut Findings,
) -> Option<SupervisorArgs> {
    let known = ["program", "conf", "state"];
    let mut fields = Fields::open(value, place, "supervisor", &known, findings)?;
    let program = fields.name("program");
    let conf = fields.optional_path("conf");
    let choices = [
        ("loaded", Wanted::Loaded),
        ("started", Wanted::Started),
        ("stopped", Wanted::Stopped),
        ("restarted", Wanted::Restarted),
    ];
    let state = fields.choice("state", &choices).unwrap_or(Wanted::Loaded);
    let program = program?;
    Some(SupervisorArgs {
        conf: conf.unwrap_or_else(|| format!("/etc/supervisor/conf.d/{program}.conf")),
        program,
        state,
        state_directory: sources.state_directory().to_owned(),
    })
}

impl SupervisorArgs {
    pub(super) fn requests(&self) -> Vec<Request> {
        let key = FactKey::Program {
            name: self.program.clone(),
            conf: self.conf.clone(),
        };
        vec![key.into()]
    }

    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let name = &self.program;
        let Some(state) = facts
            .programs
            .get(name)
            .filter(|state| state.supervisor_answers)
        else {
            return Err(PlanError(
                "supervisor does not answer on this host: install and start it in an earlier task"
                    .to_owned(),
            ));
        };
        if state.conf_sha256.is_none() {
            let message = format!("{} is missing: write it in an earlier task", self.conf);
            return Err(PlanError(message));
        }
        let mut changes = Vec::new();
        if state.state.is_none() || state.conf_sha256 != state.loaded_sha256 {
            changes.push(Change::run(
                format!("load the configuration of {name}"),
                self.load(),
            ));
        }
        let current = state.state.as_deref().unwrap_or("STOPPED");
        let running = matches!(current, "RUNNING" | "STARTING" | "BACKOFF");
        let program = quote(&format!("{name}:*"));
        match self.state {
            Wanted::Started if !running => changes.push(Change::run(
                format!("start {name}"),
                // Loading may have started it already.
                format!("e=$(supervisorctl start {program} 2>&1) || case \"$e\" in *'already started'*) ;; *) echo \"$e\" >&2; exit 1 ;; esac"),
            )),
            Wanted::Stopped if running || state.state.is_none() => changes.push(Change::run(
                format!("stop {name}"),
                format!("supervisorctl stop {program}"),
            )),
            _ => {}
        }
        Ok(changes)
    }

    /// Waits for a supervisor that has just been installed to answer.
    fn load(&self) -> String {
        let noted = quote(&noted_path(&self.state_directory, &self.program));
        let folder = quote(&format!("{}/supervisor", self.state_directory));
        format!(
            "set -e\n\
             n=0\n\
             until supervisorctl pid >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 50 ] || {{ echo 'supervisor does not answer' >&2; exit 1; }}; sleep 0.2; done\n\
             supervisorctl reread\n\
             supervisorctl update {program}\n\
             mkdir -p {folder}\n\
             sha256sum < {conf} | cut -c1-64 > {noted}\n",
            program = quote(&self.program),
            conf = quote(&self.conf),
        )
    }

    pub(super) fn handler_change(&self) -> Option<Change> {
        (self.state == Wanted::Restarted).then(|| {
            Change::run(
                format!("restart {}", self.program),
                format!(
                    "supervisorctl restart {}",
                    quote(&format!("{}:*", self.program))
                ),
            )
        })
    }
}
