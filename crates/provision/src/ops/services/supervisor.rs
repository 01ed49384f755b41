//! `supervisor`: a program's current configuration loaded, and the program running or not.
//!
//! Loading notes the identity of the configuration below the state directory, so that a
//! configuration that changed without being loaded is seen by any later run.

use crate::connections::quote;
use crate::facts::program::{IDENTITY, noted_path};
use crate::facts::{FactKey, Facts, ProgramState, Request, path::sha256_of};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

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
    /// A file that holds the last part of the name of the program that serves, for instance `blue`.
    pub(crate) active_file: Option<String>,
    pub(crate) state: Wanted,
    pub(crate) state_directory: String,
}

fn is_running(state: &ProgramState) -> bool {
    let current = state.state.as_deref().unwrap_or("STOPPED");
    matches!(current, "RUNNING" | "STARTING" | "BACKOFF")
}

impl Operation for SupervisorArgs {
    const SPEC: Spec = Spec {
        name: "supervisor",
        summary: "A program of supervisor: its current configuration loaded, running or not.",
        fields: &[
            Field::required("program", Kind::Name, "The program."),
            Field::optional(
                "conf",
                Kind::Path,
                "Its configuration file. Default: /etc/supervisor/conf.d/PROGRAM.conf.",
            ),
            Field::optional(
                "active_file",
                Kind::Path,
                "A file that names the colour that serves; loading that one is said loudly.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["loaded", "started", "stopped", "restarted"]),
                "Default: loaded; restarted is for handlers.",
            ),
        ],
        example: "supervisor: {program: exam-service-blue, active_file: /opt/exam-service/active}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let program = fields.name("program");
        let conf = fields.optional_path("conf");
        let active_file = fields.optional_path("active_file");
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
            active_file,
            state,
            state_directory: sources.state_directory().to_owned(),
        })
    }

    fn requests(&self) -> Vec<Request> {
        let key = FactKey::Program {
            name: self.program.clone(),
            conf: self.conf.clone(),
        };
        let active = self.active_file.iter().map(|path| Request {
            key: FactKey::Path(path.clone()),
            // The content of a file that is not empty is sent.
            expected_sha256: Some(sha256_of(b"")),
        });
        std::iter::once(key.into()).chain(active).collect()
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
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
        if state.conf.is_none() {
            let message = format!("{} is missing: write it in an earlier task", self.conf);
            return Err(PlanError(message));
        }
        let mut changes = Vec::new();
        if state.state.is_none() || state.conf != state.loaded {
            let caution = self.caution(facts);
            let warning = caution.map_or(String::new(), |text| format!(" ({text})"));
            changes.push(Change::run(
                format!("load the configuration of {name}{warning}"),
                self.load(),
            ));
        }
        let running = is_running(state);
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

    /// What loading does, where this is the program that the active file names and it runs.
    fn caution(&self, facts: &Facts) -> Option<String> {
        let running = facts.programs.get(&self.program).is_some_and(is_running);
        let active = self.active_file.as_ref().and_then(|path| {
            let content = facts.paths.get(path)?.content.as_deref()?;
            Some(content.trim()).filter(|name| !name.is_empty())
        });
        let serves = active.is_some_and(|name| self.program.rsplit('-').next() == Some(name));
        (running && serves)
            .then(|| "restarts the colour that serves: not during an exam".to_owned())
    }

    fn handler_change(&self) -> Option<Change> {
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

    fn may_change(&self, key: &FactKey) -> bool {
        match key {
            FactKey::Program { name, .. } => *name == self.program,
            FactKey::Probe { .. } => true,
            _ => false,
        }
    }

    fn is_handler_only(&self) -> bool {
        self.handler_change().is_some()
    }
}

impl SupervisorArgs {
    /// `update` reads the configuration again by itself. Waits for a supervisor that has just been
    /// installed to answer.
    fn load(&self) -> String {
        let noted = quote(&noted_path(&self.state_directory, &self.program));
        let folder = quote(&format!("{}/supervisor", self.state_directory));
        format!(
            "set -e\n\
             n=0\n\
             until e=$(supervisorctl update {program} 2>&1); do\n\
             case \"$e\" in *'no such file'*|*'refused connection'*) n=$((n + 1)) ;; *) n=50 ;; esac\n\
             [ $n -lt 50 ] || {{ printf '%s\\n' \"$e\" >&2; exit 1; }}\n\
             sleep 0.2\n\
             done\n\
             mkdir -p {folder}\n\
             {IDENTITY}\n\
             identity {conf} > {noted}\n",
            program = quote(&self.program),
            conf = quote(&self.conf),
        )
    }
}
