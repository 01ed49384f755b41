//! The arguments of `examctl release`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Build;

#[derive(Debug, Subcommand)]
pub(crate) enum Release {
    /// Build this checkout into an artifact
    Pack(Pack),
    /// Check an artifact against its manifest, and its signature against the keys you trust
    Verify(Verify),
    /// Sign an artifact in its place; a signature that it had is replaced
    Sign(Sign),
    /// Make a key to sign with; its public half goes into the inventory
    Keygen(Keygen),
    /// The artifacts in a folder: which release, how large, signed by whom, intact or not
    List(List),
}

impl Release {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Pack(_) => "release pack",
            Self::Verify(_) => "release verify",
            Self::Sign(_) => "release sign",
            Self::Keygen(_) => "release keygen",
            Self::List(_) => "release list",
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Pack {
    /// Where the artifact is written
    #[arg(long, default_value = "dist", value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// How the checkout is built
    #[arg(long, value_enum, default_value_t = Build::Release, value_name = "PROFILE")]
    pub(crate) build: Build,
    /// Link the C library in too, for hosts with an older one than this machine's
    #[arg(long = "static")]
    pub(crate) static_link: bool,
    /// Pack this program instead of building one
    #[arg(long, value_name = "FILE", conflicts_with = "static_link")]
    pub(crate) binary: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Signing {
    /// Sign it with the secret key in this file
    #[arg(
        long = "sign",
        env = "EXAMCTL_SIGNING_KEY_FILE",
        value_name = "KEYFILE"
    )]
    pub(crate) key: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[arg(value_name = "ARTIFACT")]
    pub(crate) artifact: PathBuf,
    /// Refuse it unless one of these signed it: public keys, or files with one a line
    #[arg(long, num_args = 1.., value_name = "FILE|KEY")]
    pub(crate) trusted_keys: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Sign {
    #[arg(value_name = "ARTIFACT")]
    pub(crate) artifact: PathBuf,
    /// The secret key
    #[arg(long, env = "EXAMCTL_SIGNING_KEY_FILE", value_name = "KEYFILE")]
    pub(crate) key: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Keygen {
    /// Where the secret key is written: a file, or a folder (then release-signing.key in it)
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    #[arg(default_value = "dist", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Check signatures against these: public keys, or files with one a line
    #[arg(long, num_args = 1.., value_name = "FILE|KEY")]
    pub(crate) trusted_keys: Vec<String>,
}
