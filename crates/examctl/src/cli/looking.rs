//! The arguments of `examctl status` and `examctl logs`.

use clap::{Args, ValueEnum};

use super::Hosts;

#[derive(Args, Debug)]
pub(crate) struct Logs {
    #[command(flatten)]
    pub(crate) hosts: Hosts,
    /// How many lines of each log, counted from the end [default: 20; with --since: all]
    #[arg(short = 'n', long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) lines: Option<u16>,
    /// Whose log [default: that of the release that serves; with --follow all of them]
    #[arg(long, value_enum, value_name = "COLOUR")]
    pub(crate) colour: Option<Colour>,
    /// Go on printing what is written, until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only what was written since: 90s, 15m, 2h, 1d, or a time as 2026-01-31T08:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Blue,
    Green,
    Both,
}
