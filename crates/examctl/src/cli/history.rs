//! The arguments of `examctl history`.

use clap::Args;

use super::Lines;

#[derive(Args, Debug)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) lines: Lines,
    /// Check that no line of the journal was changed, put in or taken out; exit with 1 if one was
    #[arg(long)]
    pub(crate) verify: bool,
    /// With --verify: the hash that was printed earlier must still be in the journal, so that nothing was cut off since
    #[arg(
        long,
        requires = "verify",
        value_delimiter = ',',
        value_name = "[HOST=]HASH"
    )]
    pub(crate) head: Vec<String>,
}
