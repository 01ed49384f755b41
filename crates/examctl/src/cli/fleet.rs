//! How a release gets to several hosts, and who is told: the same for `deploy` and `rollback`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use release::fleet::{Batch, Canary};

#[derive(Args, Debug)]
pub(crate) struct Fleet {
    /// Print every step with its exact commands and what would undo it; looks at the hosts and changes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Hosts that go before all others: names with commas, or how many
    /// [default: those with `deploy_canary: true`, or the first of several]
    #[arg(long, value_name = "HOST|COUNT")]
    pub(crate) canary: Option<Canary>,
    /// How many of the other hosts go at the same time, or which share of them
    #[arg(long, default_value = "50%", value_name = "COUNT|PERCENT")]
    pub(crate) batch: Batch,
    /// What hosts do that had switched when another one failed
    #[arg(long, value_enum, default_value_t = OnFailure::Undo, value_name = "WHAT")]
    pub(crate) on_failure: OnFailure,
    /// Hosts worked on at the same time
    #[arg(long, default_value_t = 8, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) parallel: u16,
    /// Write what happened to this file as Markdown, and as JSON beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Tell this program too: it gets JSON on standard input at the beginning and at the end
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) notify_command: Option<String>,
    /// Tell the webhook too whose address is in this file (also: the variable
    /// `EXAMCTL_NOTIFY_WEBHOOK_URL` of the environment)
    #[arg(long, value_name = "FILE")]
    pub(crate) notify_webhook_file: Option<PathBuf>,
    /// Tell nobody, whatever the inventory says
    #[arg(long)]
    pub(crate) no_notify: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnFailure {
    /// They go back to the release that they had before
    Undo,
    /// They keep the new one
    Stop,
}
