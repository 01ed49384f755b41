//! Why secrets cannot be read or written, and what to do about it.

use std::path::PathBuf;

use crate::problem::Problem;

/// A failure around the secrets file; its message never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("cannot read {}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot write {}: {source}; what was there before is unchanged", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is there already", path.display())]
    Exists { path: PathBuf },
    #[error("there is no {}: make it with `examctl secrets init`", path.display())]
    Missing { path: PathBuf },
    /// No key at any of the usual places.
    #[error(
        "no key to read secrets with: give a file of an age key with --identity or in \
         EXAMCTL_AGE_IDENTITY_FILE, or the key itself in EXAMCTL_AGE_IDENTITY{}",
        usual.as_ref().map(|path| format!(", or make one at {} with `examctl secrets init`", path.display())).unwrap_or_default()
    )]
    NoKey { usual: Option<PathBuf> },
    #[error(
        "{} can be read by others (mode {mode:04o}): chmod 600 it, and if somebody may have read it, make a \
         new key and `examctl secrets rekey` without the old one", path.display()
    )]
    ReadableByOthers { path: PathBuf, mode: u32 },
    #[error("{place}: not an age secret key (AGE-SECRET-KEY-1...)")]
    BadKey { place: String },
    #[error("{place}: it holds no age secret key (AGE-SECRET-KEY-1...)")]
    EmptyKey { place: String },
    #[error("{place}: not an age public key (age1...)")]
    BadRecipient { place: String },
    #[error(
        "{} is not encrypted for your key ({yours}), but for: {readers}; let somebody who has one of those run \
         `examctl secrets rekey --add {yours}`", path.display()
    )]
    NotForYou {
        path: PathBuf,
        yours: String,
        readers: String,
    },
    #[error(
        "{} is damaged or was changed by something that had no key ({reason}): restore it, for instance from \
         version control", path.display()
    )]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "{} was changed by somebody else since it was read; nothing was written: run the same command again",
        path.display()
    )]
    Changed { path: PathBuf },
    #[error(
        "{} names other keys than {} is encrypted for ({difference}); nothing was written: if that is meant, \
         run `examctl secrets rekey`, otherwise put the list back",
        super::RECIPIENTS_NAME,
        super::FILE_NAME
    )]
    OtherRecipients { difference: String },
    #[error("there is nobody to encrypt for: `examctl secrets rekey --add age1...`")]
    NoRecipients,
    #[error(
        "none of your keys could read the secrets afterwards: somebody who stays has to remove yours"
    )]
    LocksYouOut,
    #[error(
        "{} names no key or comment '{wanted}'; it has: {known}",
        super::RECIPIENTS_NAME
    )]
    UnknownRecipient { wanted: String, known: String },
    #[error("{name}: {reason}")]
    BadValue { name: String, reason: String },
    #[error("{}", list(.0))]
    Content(Vec<Problem>),
    #[error("no random numbers to be had from the system: {0}")]
    Random(String),
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
