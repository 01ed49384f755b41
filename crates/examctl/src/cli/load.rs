//! The arguments of `examctl load`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Load {
    /// Run a profile against a server and print the verdict
    Run(Box<LoadRun>),
    /// One run, orders on standard input (started by `load run`, not by people)
    #[command(hide = true)]
    Worker,
}

impl Load {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "load run",
            Self::Worker => "load worker",
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct LoadRun {
    /// A built-in profile or a file
    #[arg(value_name = "PROFILE")]
    pub(crate) profile: String,
    /// The server's address
    #[arg(long, default_value = "http://127.0.0.1:8480", value_name = "URL")]
    pub(crate) target: String,
    /// Who sits the exam: what `exam-service seed-demo` printed
    #[arg(long, value_name = "FILE")]
    pub(crate) students: PathBuf,
    /// Students, instead of what the profile says
    #[arg(long, value_name = "COUNT")]
    pub(crate) users: Option<u32>,
    /// Where the ledger of acknowledged saves is kept
    #[arg(long, default_value = "load-ledger.jsonl", value_name = "FILE")]
    pub(crate) ledger: PathBuf,
    /// Where the whole report is written as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Where the report is written as a page with plots, which opens without a network
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Where the rules are written as XML for CI systems, in the form of `JUnit`
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Read what was stored with this exam-service program and --env-file, from the database itself
    #[arg(long, value_name = "PROGRAM", requires = "service_env_file")]
    pub(crate) service_binary: Option<PathBuf>,
    /// The env file that names the database
    #[arg(long, value_name = "FILE")]
    pub(crate) service_env_file: Option<PathBuf>,
}
