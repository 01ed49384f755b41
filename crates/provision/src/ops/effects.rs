//! Which facts a change may make untrue.
//!
//! While applying, anything that runs foreign code (packages, commands, services) is taken to
//! change everything: what follows is read again, one round trip. While planning, nothing can be
//! read again, so only what is certain not to be touched stays certain; the rest is undecided.

use super::Op;
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
    pub(crate) fn may_change_at(&self, key: &FactKey, moment: Moment) -> bool {
        match moment {
            Moment::Applying => {
                self.runs_foreign_code()
                    || matches!(key, FactKey::Probe { .. })
                    || self.may_change(key)
            }
            Moment::Planning => self.may_change(key),
        }
    }
}

/// A change of the directory `path`, which may have made the directories above it.
pub(crate) fn on_directory(key: &FactKey, path: &str) -> bool {
    match key {
        FactKey::Path(asked) => is_below(path, asked),
        FactKey::Probe { reads, .. } => reads.iter().any(|read| is_below(path, read)),
        _ => false,
    }
}

/// Anything at or below `path`.
pub(crate) fn below(key: &FactKey, path: &str) -> bool {
    match key {
        FactKey::Path(asked) => is_below(asked, path),
        FactKey::Probe { reads, .. } => reads
            .iter()
            .any(|read| is_below(read, path) || is_below(path, read)),
        _ => false,
    }
}

/// A change of the file `path`, and whatever is configured by it.
pub(crate) fn on_file(key: &FactKey, path: &str) -> bool {
    match key {
        FactKey::Path(asked) => asked == path,
        FactKey::Program { conf, .. } => conf == path,
        FactKey::Service(_) => {
            path.contains("/systemd/system/") || path.starts_with("/etc/init.d/")
        }
        FactKey::User(_) | FactKey::Group(_) => matches!(path, "/etc/passwd" | "/etc/group"),
        FactKey::Package(_) => false,
        FactKey::Probe { reads, .. } => reads.iter().any(|read| is_below(path, read)),
    }
}

/// Whatever packages of the distribution may bring, change or take away.
pub(crate) fn of_packages(key: &FactKey) -> bool {
    match key {
        FactKey::Path(asked) => !FREE_OF_PACKAGES.iter().any(|free| is_below(asked, free)),
        _ => true,
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> FactKey {
        FactKey::Path(path.to_owned())
    }

    #[test]
    fn a_new_directory_leaves_what_is_below_it_certain() {
        assert!(!on_directory(&path("/opt/a/b"), "/opt/a"));
        assert!(on_directory(&path("/opt/a"), "/opt/a"));
        assert!(on_directory(&path("/opt"), "/opt/a"));
    }

    #[test]
    fn a_package_makes_its_service_and_configuration_uncertain_but_not_opt() {
        assert!(of_packages(&FactKey::Service("nginx".into())));
        assert!(of_packages(&path("/etc/nginx/x")));
        assert!(!of_packages(&path("/opt/a")));
    }

    #[test]
    fn a_probe_is_as_certain_as_the_files_it_reads() {
        let probe = |reads: &str| FactKey::Probe {
            name: "x".into(),
            script: "x".into(),
            reads: vec![reads.into()],
        };
        assert!(on_file(&probe("/"), "/etc/a"));
        assert!(on_file(&probe("/etc/ssh"), "/etc/ssh/sshd_config"));
        assert!(!on_file(&probe("/etc/ssh"), "/etc/sshd"));
        assert!(below(&probe("/etc/ssh/sshd_config"), "/etc/ssh"));
    }
}
