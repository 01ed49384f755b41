//! What does a release need to know of a host? Its variables, typed, with defaults.

pub mod docker;
pub mod layout;
pub mod limits;
pub mod load_gate;
mod variables;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::artifact::signature::{PublicKey, TRUSTED_KEYS};
use crate::target::docker::DockerSettings;
use crate::target::layout::{Layout, Slot};
use crate::target::limits::{BakeLimits, HostLimits};
use crate::target::load_gate::LoadGate;
use crate::target::variables::Variables;

/// What the kernel takes as the name of a Unix socket, with `unix:` before it.
const SOCKET_MAX: usize = 107 + "unix:".len();

/// What keeps the service running on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerKind {
    /// Two colours behind nginx, kept running by supervisor.
    Supervisor,
    /// Two colours behind nginx, kept running by systemd.
    Systemd,
    /// Two colours behind nginx, each a container of the host's Docker engine.
    Docker,
    /// One process kept running by `examctl supervise`: no root, no proxy; stop, switch, start.
    Process,
}

impl RunnerKind {
    /// Whether two releases can run side by side, behind a proxy that knows both.
    pub fn has_colours(self) -> bool {
        self != Self::Process
    }

    fn parse(name: &str) -> Option<Self> {
        let all = [Self::Supervisor, Self::Systemd, Self::Docker, Self::Process];
        all.into_iter().find(|kind| kind.name() == name)
    }

    /// Its name, as the variable `runner` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supervisor => "supervisor",
            Self::Systemd => "systemd",
            Self::Docker => "docker",
            Self::Process => "process",
        }
    }
}

/// One host that a release goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host's name in the inventory.
    pub host: String,
    pub runner: RunnerKind,
    pub exam_root: String,
    pub exam_data: String,
    /// The account that the service runs as; `None`: the one that deploys.
    pub exam_user: Option<String>,
    /// The service's settings; where its runner reads them is not for a host to choose.
    pub exam_env_file: String,
    pub exam_blue_port: u16,
    pub exam_green_port: u16,
    /// Where students reach the host, for the check after a promotion.
    pub exam_public_url: Option<String>,
    /// The name that the proxy serves students under; `None`: any.
    pub server_name: Option<String>,
    /// How long the service may take to finish its requests.
    pub drain: Duration,
    /// How `supervisorctl` is called: the program and its arguments.
    pub supervisorctl: String,
    /// The `examctl` on the host that runs `supervise`.
    pub examctl_binary: String,
    /// Good readiness answers in a row that open the gate.
    pub gate_probes: u32,
    /// How long a release may take to become ready.
    pub gate: Duration,
    /// The load that a release must bear before students reach it.
    pub load_gate: LoadGate,
    /// Good releases that stay on the host.
    pub keep_releases: usize,
    /// How containers are run, where the runner is `docker`.
    pub docker: DockerSettings,
    /// Who may sign releases for this host; where nobody is listed, unsigned ones are taken too.
    pub trusted_keys: Vec<PublicKey>,
    /// What a new release must keep to while it is watched.
    pub bake: BakeLimits,
    /// What the host must have to spare before a release comes to it.
    pub limits: HostLimits,
    /// Where backups of the database are kept; root's own, or of the account that deploys.
    pub backup_directory: String,
    /// Deploys whose backup stays.
    pub keep_backups: usize,
    /// Whether the proxy has a certificate of its own to look at.
    pub has_tls: bool,
    /// Whether the host takes a release before the others.
    pub canary: bool,
}

/// Why a host's variables do not describe a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("host {host}: variable `{variable}` {problem}")]
pub struct TargetError {
    pub host: String,
    pub variable: String,
    pub problem: String,
}

impl Target {
    /// Reads a host's variables; what is not set has the default of the shipped playbooks.
    pub fn from_vars(host_name: &str, vars: &Map<String, Value>) -> Result<Self, TargetError> {
        let vars = Variables::new(host_name, vars);
        let runner = vars.runner()?;
        let process = runner == RunnerKind::Process;
        let exam_root = match vars.path("exam_root")? {
            Some(root) => root,
            None if process => {
                return Err(vars.error("exam_root", "must be set for runner `process`"));
            }
            None => "/opt/exam-service".to_owned(),
        };
        let inside = |name: &str| format!("{exam_root}/{name}");
        let or = |process_default: String, default: &str| {
            if process {
                process_default
            } else {
                default.to_owned()
            }
        };
        let target = Self {
            host: host_name.to_owned(),
            runner,
            exam_data: vars
                .path("exam_data")?
                .unwrap_or(or(exam_root.clone(), "/var/lib/exam-service")),
            exam_user: vars
                .text("exam_user")?
                .or((!process).then(|| "exam".to_owned())),
            exam_env_file: or(
                inside("exam-service.env"),
                "/etc/exam-service/exam-service.env",
            ),
            exam_blue_port: vars.number("exam_blue_port", 1..=65535)?.unwrap_or(8081),
            exam_green_port: vars.number("exam_green_port", 1..=65535)?.unwrap_or(8082),
            exam_public_url: vars.url("exam_public_url")?,
            server_name: vars
                .text("server_name")?
                .and_then(|names| first_name(&names)),
            drain: Duration::from_secs(vars.number("exam_drain_seconds", 0..=300)?.unwrap_or(30)),
            supervisorctl: vars
                .text("supervisorctl")?
                .unwrap_or_else(|| "supervisorctl".to_owned()),
            examctl_binary: vars
                .text("examctl_binary")?
                .unwrap_or_else(|| "examctl".to_owned()),
            gate_probes: vars.number("exam_gate_probes", 1..=100)?.unwrap_or(3),
            gate: Duration::from_secs(vars.number("exam_gate_seconds", 1..=600)?.unwrap_or(60)),
            load_gate: LoadGate::from_vars(&vars)?,
            keep_releases: vars.number("exam_keep_releases", 1..=100)?.unwrap_or(3),
            docker: DockerSettings::from_vars(&vars)?,
            trusted_keys: vars.keys(TRUSTED_KEYS)?,
            bake: BakeLimits::from_vars(&vars)?,
            limits: HostLimits::from_vars(&vars)?,
            backup_directory: vars
                .path("backup_directory")?
                .unwrap_or(or(inside("backups"), "/var/backups/exam")),
            keep_backups: vars.number("exam_keep_backups", 1..=1000)?.unwrap_or(5),
            has_tls: !process && vars.vars.get("tls").and_then(Value::as_str) != Some("none"),
            canary: vars.flag("deploy_canary")?,
            exam_root,
        };
        target.with_usable_sockets(&vars)
    }

    /// The kernel would refuse a longer name only when the service starts.
    fn with_usable_sockets(self, vars: &Variables<'_>) -> Result<Self, TargetError> {
        let name = match self.runner {
            RunnerKind::Process => "exam_root",
            RunnerKind::Supervisor | RunnerKind::Systemd | RunnerKind::Docker => "exam_data",
        };
        let addresses = self.slots().iter().map(|slot| self.admin_address(*slot));
        match addresses
            .into_iter()
            .find(|address| address.len() > SOCKET_MAX)
        {
            None => Ok(self),
            Some(address) => Err(vars.error(
                name,
                &format!("is too long: a socket cannot be called `{address}`"),
            )),
        }
    }

    /// This machine, with everything below `root`: what `examctl demo` uses.
    ///
    /// `root` must be an absolute path.
    pub fn process(root: &Path, examctl_binary: &Path) -> Result<Self, TargetError> {
        let mut vars = Map::new();
        for (name, value) in [
            ("runner", "process".into()),
            ("exam_root", root.to_string_lossy()),
            ("examctl_binary", examctl_binary.to_string_lossy()),
        ] {
            vars.insert(name.to_owned(), Value::from(value.as_ref()));
        }
        Self::from_vars("localhost", &vars)
    }

    pub fn layout(&self) -> Layout {
        Layout::new(&self.exam_root)
    }

    /// The admin address of a slot, as `exam-service control --admin` takes it.
    pub fn admin_address(&self, slot: Slot) -> String {
        match slot {
            Slot::Blue | Slot::Green => format!("unix:{}/run/{slot}.sock", self.exam_data),
            Slot::Single => admin_address(&self.exam_root),
        }
    }

    /// The port that a slot opens to the proxy; `None` where the env file decides.
    pub fn port(&self, slot: Slot) -> Option<u16> {
        match slot {
            Slot::Blue => Some(self.exam_blue_port),
            Slot::Green => Some(self.exam_green_port),
            Slot::Single => None,
        }
    }

    /// The slots of this host's runner.
    pub fn slots(&self) -> &'static [Slot] {
        match self.runner {
            RunnerKind::Supervisor | RunnerKind::Systemd | RunnerKind::Docker => {
                &[Slot::Blue, Slot::Green]
            }
            RunnerKind::Process => &[Slot::Single],
        }
    }

    /// How long ending all requests takes at most: the drain, and what its answer takes.
    pub(crate) fn drain_limit(&self) -> Duration {
        self.drain + Duration::from_secs(15)
    }

    /// Why nothing can be deployed where the root is missing.
    pub(crate) fn unprepared(&self) -> String {
        format!(
            "{} does not exist: prepare the host with `examctl apply` first",
            self.exam_root
        )
    }

    /// Whether work on the host needs root.
    pub(crate) fn needs_root(&self) -> bool {
        self.runner.has_colours()
    }
}

/// The admin address of the single process below a root.
pub(crate) fn admin_address(root: &str) -> String {
    format!("unix:{root}/run/admin.sock")
}

/// The first name of a proxy's list that a request can ask for.
fn first_name(names: &str) -> Option<String> {
    let is_plain = |name: &&str| {
        name.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
    };
    names.split_whitespace().find(is_plain).map(str::to_owned)
}

#[cfg(test)]
mod tests;
