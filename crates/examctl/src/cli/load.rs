//! The arguments of `examctl load`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Hosts;

#[derive(Debug, Subcommand)]
pub(crate) enum Load {
    /// Run a profile against a server and print the verdict
    Run(Box<LoadRun>),
    /// Compare two runs of the same profile: exit code 4 if the second is worse
    Compare(Compare),
    /// The runs that are kept, newest first
    List(Kept),
    /// Print a profile for a real exam: as many students, and as long, as it has
    PlanFrom(PlanFrom),
    /// Remove what load runs left in a database: their exams, accounts, attempts and answers
    Purge(Purge),
    /// One generator, orders on standard input (started by `load run`, not by people)
    #[command(hide = true)]
    Worker,
}

impl Load {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "load run",
            Self::Compare(_) => "load compare",
            Self::List(_) => "load list",
            Self::PlanFrom(_) => "load plan-from",
            Self::Purge(_) => "load purge",
            Self::Worker => "load worker",
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Kept {
    /// The folder in which each run has its own
    #[arg(long, default_value = "load-results", value_name = "FOLDER")]
    pub(crate) results: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct LoadRun {
    /// smoke, baseline, online-5000, offline-500, deadline-rush, soak, chaos-kill, or a file
    #[arg(value_name = "PROFILE")]
    pub(crate) profile: String,
    /// The server's address: a URL, or `unix:` and the path of an admin socket
    #[arg(long, default_value = "http://127.0.0.1:8480", value_name = "URL")]
    pub(crate) target: String,
    /// Who sits the exam: what `exam-service load seed` printed
    #[arg(long, value_name = "FILE")]
    pub(crate) students: PathBuf,
    /// Students, instead of what the profile says
    #[arg(long, value_name = "COUNT")]
    pub(crate) users: Option<u32>,
    /// Another timetable and other answers
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// The name of the run and of its folder [default: the profile, the time and a few letters]
    #[arg(long, value_name = "NAME")]
    pub(crate) run_id: Option<String>,
    /// Generate the load on these hosts of the inventory, in equal parts, and not on this machine
    #[arg(long, value_name = "HOST,...")]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// Read what was stored with this exam-service program and --env-file, from the database itself
    #[arg(long, value_name = "PROGRAM", requires = "service_env_file")]
    pub(crate) service_binary: Option<PathBuf>,
    /// The env file that names the database
    #[arg(long, value_name = "FILE")]
    pub(crate) service_env_file: Option<PathBuf>,
    /// What kills the server, in a profile that has it killed; run by a shell on this machine
    #[arg(long, value_name = "COMMAND")]
    pub(crate) kill: Option<String>,
    /// What restarts the server after the run: the answers are then compared once more
    #[arg(long, value_name = "COMMAND")]
    pub(crate) restart: Option<String>,
    /// Where the server's metrics are read meanwhile [default: /metrics of a target on this machine]
    #[arg(long, value_name = "URL")]
    pub(crate) metrics: Option<String>,
    /// The production server that is meant, by its name in --target: others are refused
    #[arg(long, value_name = "HOST")]
    pub(crate) production: Option<String>,
    /// Run although real exams are open, with 20 students at most
    #[arg(long)]
    pub(crate) beside_exams: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Compare {
    /// A run that is kept, or its gate.json
    #[arg(value_name = "BEFORE")]
    pub(crate) before: String,
    /// The run that may be worse
    #[arg(value_name = "AFTER")]
    pub(crate) after: String,
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// How much slower a percentile may be, in percent of what it was
    #[arg(long, default_value_t = 20.0, value_name = "PERCENT")]
    pub(crate) slower_percent: f64,
    /// And by how many milliseconds: less is never worse
    #[arg(long, default_value_t = 10.0, value_name = "MS")]
    pub(crate) slower_ms: f64,
}

#[derive(Args, Debug)]
pub(crate) struct PlanFrom {
    /// The exam's id
    #[arg(value_name = "EXAM_ID")]
    pub(crate) exam: String,
    /// The server's address
    #[arg(long, default_value = "http://127.0.0.1:8480", value_name = "URL")]
    pub(crate) target: String,
    /// A member of staff who may see the exam; the password is the first line of standard input
    #[arg(long, value_name = "LOGIN")]
    pub(crate) login: String,
    /// How long students sit, such as 10m, instead of as long as the exam
    #[arg(long, value_name = "TIME", value_parser = goose_scenarios::parse_duration)]
    pub(crate) sitting: Option<std::time::Duration>,
    /// Write it there instead of printing it; the file must be new
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Purge {
    /// What this run was seeded as
    #[arg(
        long,
        value_name = "NAME",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pub(crate) run: Option<String>,
    /// What all runs left
    #[arg(long)]
    pub(crate) all: bool,
    /// The exam-service program
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) service_binary: PathBuf,
    /// The env file that names the database
    #[arg(long, value_name = "FILE")]
    pub(crate) service_env_file: PathBuf,
}
