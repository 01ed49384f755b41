//! The arguments. The shape is stable: scripts and tests rely on it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

mod backup;
mod fleet;
mod history;
mod load;
mod looking;
mod maintenance;
mod proving;
mod release;
mod secrets;

pub(crate) use backup::{Backup, BackupRestore, BackupVerify};
pub(crate) use fleet::{Fleet, OnFailure};
pub(crate) use history::History;
pub(crate) use load::{Compare, Kept, Load, LoadRun, PlanFrom, Purge};
pub(crate) use looking::{Colour, Logs};
pub(crate) use maintenance::{Maintenance, MaintenanceOn};
pub(crate) use proving::Proving;
pub(crate) use release::{Keygen, List, Pack, Release, Sign, Signing, Verify};
pub(crate) use secrets::{Edit, Get, Place, Rekey, Secrets, Set};

/// Provisions, deploys, rolls back, load-tests and signs off exam servers.
#[derive(Debug, Parser)]
#[command(
    name = "examctl",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// How results are printed; `json` is one object per line, the last one the summary
    #[arg(long, global = true, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// No colours (also: the environment variable `NO_COLOR`)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Answer yes to every question
    #[arg(long, global = true)]
    pub(crate) yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Deploy a real exam server here, load it, print the verdict and serve until Ctrl-C
    Demo(Demo),
    /// Write an inventory and a playbook to start from
    Init(Init),
    /// Check playbook and inventory without contacting any host
    Check(PlaybookRun),
    /// Show exactly what `apply` would change; changes nothing
    Plan(Plan),
    /// Say how the hosts differ from the playbook: exit code 3 if they do; changes nothing
    Drift(PlaybookRun),
    /// Make the hosts match the playbook
    Apply(Apply),
    /// Print a template as it would be written for a host
    Render(Render),
    /// Print the JSON Schema of playbooks, with which an editor completes and checks them
    Schema(Schema),
    /// Make, sign and check release artifacts
    #[command(subcommand)]
    Release(Release),
    /// Put a release into service behind its gate; a failed gate undoes itself
    Deploy(Deploy),
    /// Go back to the last good release, or to a named one
    Rollback(Rollback),
    /// Copies of the database, each counted only once it was restored
    #[command(subcommand)]
    Backup(Backup),
    /// What serves on each host, since when, by whom, and is it healthy: exit code 1 if it is not
    Status(Hosts),
    /// What was deployed, rolled back and noted on each host, the newest first
    History(History),
    /// The last lines of the service's own log on each host
    Logs(Logs),
    /// Tell people to come back later, or serve them again
    #[command(subcommand)]
    Maintenance(Maintenance),
    /// Look at each host for what would hurt an exam; changes nothing
    Audit(Audit),
    /// Run an exam day as load and judge it
    #[command(subcommand)]
    Load(Load),
    /// Variables that only some people may read: secrets.age beside the inventory
    #[command(subcommand)]
    Secrets(Secrets),
    /// Keep the service of a `process` runner alive (started by a deploy, not by people)
    #[command(hide = true)]
    Supervise(Supervise),
}

impl Command {
    /// The name in the summary line.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Demo(_) => "demo",
            Self::Init(_) => "init",
            Self::Check(_) => "check",
            Self::Plan(_) => "plan",
            Self::Drift(_) => "drift",
            Self::Apply(_) => "apply",
            Self::Render(_) => "render",
            Self::Schema(_) => "schema",
            Self::Release(release) => release.name(),
            Self::Deploy(_) => "deploy",
            Self::Rollback(_) => "rollback",
            Self::Backup(backup) => backup.name(),
            Self::Status(_) => "status",
            Self::History(_) => "history",
            Self::Logs(_) => "logs",
            Self::Maintenance(maintenance) => maintenance.name(),
            Self::Audit(_) => "audit",
            Self::Load(load) => load.name(),
            Self::Secrets(secrets) => secrets.name(),
            Self::Supervise(_) => "supervise",
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Exit after the verdict
    #[arg(long)]
    pub(crate) once: bool,
    /// Where the demo lives; its data is made anew at each start
    #[arg(long, default_value = ".examctl-demo", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Port on 127.0.0.1 [default: 8480, or the next free one]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Deploy this artifact instead of packing the checkout
    #[arg(long, value_name = "FILE")]
    pub(crate) artifact: Option<PathBuf>,
    /// How the checkout is built
    #[arg(long, value_enum, default_value_t = Build::Release, value_name = "PROFILE")]
    pub(crate) build: Build,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Build {
    /// Optimised; what goes to an exam
    Release,
    /// Quick to build and slow to run; for trying things out
    Dev,
}

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// What is set up
    #[arg(long, value_enum, default_value_t = Kind::Online, value_name = "KIND")]
    pub(crate) kind: Kind,
    /// Where to write
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Debian or Ubuntu servers with nginx and supervisor
    Online,
    /// The same with a Docker engine instead of supervisor
    Docker,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct PlaybookRun {
    /// A file, or the name of a built-in playbook [default: playbooks/online.yaml, or the built-in one]
    #[arg(value_name = "PLAYBOOK")]
    pub(crate) playbook: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// Only tasks with one of these tags
    #[arg(long, value_delimiter = ',', value_name = "TAGS")]
    pub(crate) tags: Vec<String>,
    /// Set a variable over every other place it is set
    #[arg(short = 'e', long = "extra-var", value_name = "NAME=VALUE")]
    pub(crate) extra_vars: Vec<String>,
    /// Hosts worked on at the same time
    #[arg(long, default_value_t = 8, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) parallel: u16,
}

#[derive(Args, Debug)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) playbook: PlaybookRun,
    /// Exit with 3 when something would change
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Keep the plan in this file, for `apply --plan`; it holds no secrets
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) playbook: PlaybookRun,
    /// Do exactly what this file of `plan --out` says, or nothing; it names playbook, inventory, limit and tags
    #[arg(long, value_name = "FILE", conflicts_with_all = ["playbook", "inventory", "limit", "tags"])]
    pub(crate) plan: Option<PathBuf>,
    /// When a host takes back by itself a change of firewall or sshd after which it cannot be reached again
    #[arg(long, default_value_t = 90, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(10..=600))]
    pub(crate) revert_after: u16,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Hosts {
    /// The hosts and their variables
    #[arg(short, long, default_value = "inventory.yaml", value_name = "FILE")]
    pub(crate) inventory: PathBuf,
    /// Only these hosts and groups, with commas between them
    #[arg(long, value_name = "HOST")]
    pub(crate) limit: Option<String>,
    /// The private key to secrets.age [default: ~/.config/examctl/identity.txt]
    #[arg(long, env = "EXAMCTL_AGE_IDENTITY_FILE", value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// Trust hosts that are met for the first time and note their keys; a changed key is still refused
    #[arg(long)]
    pub(crate) accept_new: bool,
    /// Instead of ~/.ssh/config
    #[arg(long, value_name = "FILE")]
    pub(crate) ssh_config: Option<PathBuf>,
}

impl Hosts {
    /// How the hosts are reached.
    pub(crate) fn open_options(&self) -> provision::connections::OpenOptions {
        provision::connections::OpenOptions {
            accept_new: self.accept_new,
            ssh_config: self.ssh_config.clone(),
            ..provision::connections::OpenOptions::default()
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Lines {
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// How many lines, counted from the end
    #[arg(short = 'n', long, default_value_t = 20, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) lines: u16,
}

#[derive(Args, Debug)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// Exit with 4 where something this bad is found, or worse
    #[arg(long, value_enum, default_value_t = FailOn::High, value_name = "SEVERITY")]
    pub(crate) fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Low,
    Medium,
    High,
    Critical,
    /// Whatever is found
    Never,
}

#[derive(Args, Debug)]
pub(crate) struct Render {
    /// The template as a playbook names it, for instance nginx/exam-site.conf
    #[arg(value_name = "TEMPLATE")]
    pub(crate) template: String,
    /// The host whose variables are used
    #[arg(long, value_name = "HOST")]
    pub(crate) host: String,
    /// The private key to secrets.age [default: ~/.config/examctl/identity.txt]
    #[arg(long, env = "EXAMCTL_AGE_IDENTITY_FILE", value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// The hosts and their variables
    #[arg(short, long, default_value = "inventory.yaml", value_name = "FILE")]
    pub(crate) inventory: PathBuf,
    /// The playbook whose variables are used [default: as for `apply`]
    #[arg(long, value_name = "PLAYBOOK")]
    pub(crate) playbook: Option<PathBuf>,
    /// Set a variable over every other place it is set
    #[arg(short = 'e', long = "extra-var", value_name = "NAME=VALUE")]
    pub(crate) extra_vars: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// Of inventories instead
    #[arg(long)]
    pub(crate) inventory: bool,
    /// Write it to this file instead of printing it
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Deploy {
    /// The artifact file
    #[arg(value_name = "RELEASE")]
    pub(crate) artifact: PathBuf,
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// Switch although attempts are open
    #[arg(long)]
    pub(crate) during_exam: bool,
    /// Deploy a release again that failed on a host before
    #[arg(long)]
    pub(crate) retry_failed: bool,
    #[command(flatten)]
    pub(crate) fleet: Fleet,
    #[command(flatten)]
    pub(crate) proving: Proving,
    /// Wait before this step until killed (for tests of interrupted deploys)
    #[arg(long, hide = true, value_name = "STEP")]
    pub(crate) pause_before: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Rollback {
    /// The release to go back to [default: the last good one before the present]
    #[arg(long, value_name = "ID")]
    pub(crate) to: Option<String>,
    /// Also restore the database as it was when that release was left, after showing what that loses
    #[arg(long)]
    pub(crate) with_db: bool,
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// Switch although attempts are open
    #[arg(long)]
    pub(crate) during_exam: bool,
    /// Wait before this step until killed (for tests of interrupted rollbacks)
    #[arg(long, hide = true, value_name = "STEP")]
    pub(crate) pause_before: Option<String>,
    #[command(flatten)]
    pub(crate) fleet: Fleet,
}

#[derive(Args, Debug)]
pub(crate) struct Supervise {
    #[arg(long, value_name = "DIR")]
    pub(crate) root: PathBuf,
}

#[cfg(test)]
mod workflow_tests;
