//! The arguments of `examctl secrets`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Secrets {
    /// Make an empty secrets file, and your own key where you have none
    Init(Init),
    /// Set a text: from standard input, asked for on a terminal, or made up
    Set(Set),
    /// Print a value, or without a name the names
    Get(Get),
    /// Change everything in $VISUAL or $EDITOR
    Edit(Edit),
    /// Encrypt for other people: add keys, take keys out, or confirm the list as it is
    Rekey(Rekey),
}

impl Secrets {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "secrets init",
            Self::Set(_) => "secrets set",
            Self::Get(_) => "secrets get",
            Self::Edit(_) => "secrets edit",
            Self::Rekey(_) => "secrets rekey",
        }
    }
}

/// Which secrets file, and with which key.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The inventory that the secrets are beside
    #[arg(short, long, default_value = "inventory.yaml", value_name = "FILE")]
    pub(crate) inventory: PathBuf,
    /// The private key [default: ~/.config/examctl/identity.txt]
    #[arg(long, env = "EXAMCTL_AGE_IDENTITY_FILE", value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args, Debug)]
pub(crate) struct Set {
    /// The variable; its value is never an argument, because everybody on a machine can read those
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Make up a value of this many letters and digits and do not show it
    #[arg(long, num_args = 0..=1, default_missing_value = "32", value_name = "LENGTH",
          value_parser = clap::value_parser!(u16).range(16..=1024))]
    pub(crate) generate: Option<u16>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args, Debug)]
pub(crate) struct Get {
    /// The variable [default: list the names of all]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args, Debug)]
pub(crate) struct Edit {
    /// Throw away what an earlier edit could not save, and begin with what is saved
    #[arg(long)]
    pub(crate) discard_draft: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args, Debug)]
pub(crate) struct Rekey {
    /// A public key that can read the secrets from now on
    #[arg(long, value_name = "age1...")]
    pub(crate) add: Vec<String>,
    /// Whose the added keys are
    #[arg(long, value_name = "TEXT", requires = "add", default_value = "")]
    pub(crate) comment: String,
    /// A key, or the comment above it, that cannot read them any more
    #[arg(long, value_name = "KEY")]
    pub(crate) remove: Vec<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}
