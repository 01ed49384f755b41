//! Which facts an operation's change may make untrue.
//!
//! While applying, anything that runs foreign code (packages, commands, services) is taken to
//! change everything: what follows is read again, one round trip. While planning, nothing can be
//! read again, so only what is certain not to be touched stays certain; the rest is undecided.

use super::Op;
use super::command::Guard;
use crate::facts::FactKey;

/// What the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Planning,
    Applying,
}

/// Where packages of the distribution never put anything (Debian Policy 9.1; /home, /srv and
/// /usr/local belong to the site).
const FREE_OF_PACKAGES: [&str; 6] = ["/opt", "/srv", "/home", "/root", "/usr/local", "/tmp"];

impl Op {
    /// Whether a change made by this operation may change the answer to `key`.
    pub(crate) fn may_change(&self, key: &FactKey, moment: Moment) -> bool {
        if moment == Moment::Applying && self.runs_foreign_code() {
            return true;
        }
        // What a guard looks at is unknown.
        if matches!(key, FactKey::Guard(_)) {
            return true;
        }
        match self {
            // Directories above it may have been made with it.
            Self::Directory(args) => is_above(key, &args.path),
            Self::File(args) | Self::Template(args) => is_file(key, &args.path),
            // What is seen below a link changes with it.
            Self::Symlink(args) => is_below(key, &args.path) || is_file(key, &args.path),
            Self::Package(_) => package_may_change(key),
            Self::User(args) => match key {
                FactKey::User(_) | FactKey::Group(_) => true,
                FactKey::Path(_) => {
                    args.create_home && args.home.as_deref().is_none_or(|home| is_below(key, home))
                }
                _ => false,
            },
            Self::Service(args) => match key {
                FactKey::Service(name) => *name == args.name,
                FactKey::Program { .. } => args.name.starts_with("supervisor"),
                _ => false,
            },
            Self::Supervisor(args) => {
                matches!(key, FactKey::Program { name, .. } if *name == args.program)
            }
            Self::Command(args) => match &args.guard {
                Some(Guard::Creates(path)) => is_below(key, path) || is_file(key, path),
                Some(Guard::Unless(_)) | None => true,
            },
        }
    }

    fn runs_foreign_code(&self) -> bool {
        match self {
            Self::Directory(_) | Self::File(_) | Self::Template(_) | Self::Symlink(_) => false,
            Self::Package(_)
            | Self::User(_)
            | Self::Service(_)
            | Self::Supervisor(_)
            | Self::Command(_) => true,
        }
    }
}

/// The path itself or a directory above it.
fn is_above(key: &FactKey, path: &str) -> bool {
    matches!(key, FactKey::Path(asked) if is_below(&FactKey::Path(path.to_owned()), asked))
}

fn is_below(key: &FactKey, path: &str) -> bool {
    let FactKey::Path(asked) = key else {
        return false;
    };
    asked
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A file, and whatever is configured by it.
fn is_file(key: &FactKey, path: &str) -> bool {
    match key {
        FactKey::Path(asked) => asked == path,
        FactKey::Program { conf, .. } => conf == path,
        FactKey::Service(_) => {
            path.contains("/systemd/system/") || path.starts_with("/etc/init.d/")
        }
        FactKey::User(_) | FactKey::Group(_) => {
            matches!(path, "/etc/passwd" | "/etc/group")
        }
        FactKey::Package(_) => false,
        FactKey::Guard(_) => true,
    }
}

fn package_may_change(key: &FactKey) -> bool {
    match key {
        FactKey::Path(_) => !FREE_OF_PACKAGES.iter().any(|free| is_below(key, free)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::directory::DirectoryArgs;
    use crate::ops::package::{PackageArgs, PackageState};

    #[test]
    fn a_new_directory_leaves_what_is_below_it_certain() {
        let op = Op::Directory(DirectoryArgs {
            path: "/opt/a".into(),
            attributes: crate::ops::attributes::Attributes::default(),
        });
        let below = FactKey::Path("/opt/a/b".into());
        assert!(!op.may_change(&below, Moment::Planning));
        assert!(op.may_change(&FactKey::Path("/opt/a".into()), Moment::Planning));
    }

    #[test]
    fn an_uninstalled_package_makes_its_service_and_configuration_uncertain_but_not_opt() {
        let op = Op::Package(PackageArgs {
            names: vec!["nginx".into()],
            state: PackageState::Present,
            state_directory: "/var/lib/examctl".into(),
        });
        let sure = FactKey::Path("/opt/a".into());
        assert!(op.may_change(&FactKey::Service("nginx".into()), Moment::Planning));
        assert!(op.may_change(&FactKey::Path("/etc/nginx/x".into()), Moment::Planning));
        assert!(!op.may_change(&sure, Moment::Planning));
        assert!(op.may_change(&sure, Moment::Applying));
    }
}
