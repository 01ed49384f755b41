//! What apt knows of packages beyond what is installed: holds, left configuration, newer versions.

use std::collections::{BTreeMap, BTreeSet};

use crate::connections::quote;
use crate::facts::Probed;

/// What the answer to [`facts_script`] depends on.
pub(super) const PROBE_READS: [&str; 3] = ["/var/lib/dpkg", "/var/lib/apt", "/etc/apt"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PackageFacts {
    pub(super) held: BTreeSet<String>,
    /// Packages of which at least the configuration is there.
    pub(super) configured: BTreeSet<String>,
    /// Package to the version that apt would install.
    pub(super) candidates: BTreeMap<String, String>,
    pub(super) lists_are_fresh: bool,
}

/// `apt-cache policy` takes a tenth of a second: it is asked only for `latest`.
pub(super) fn facts_script(names: &[&str], latest: bool, state_directory: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
    let names = names.join(" ");
    let states = format!(
        "dpkg-query -W -f 'state ${{Package}} ${{db:Status-Want}} ${{db:Status-Status}}\\n' {names} 2>/dev/null\n"
    );
    if !latest {
        return format!("{states}exit 0\n");
    }
    let state = quote(state_directory);
    format!(
        "{states}[ -z \"$(find /var/lib/apt/lists /var/lib/apt/periodic/update-success-stamp {state}/apt-updated -maxdepth 0 -mmin -1440 2>/dev/null)\" ] || echo fresh\n\
         apt-cache policy {names}\n\
         exit 0\n"
    )
}

impl PackageFacts {
    pub(super) fn read(probed: &Probed) -> Self {
        let mut facts = Self::default();
        let mut current = "";
        for line in probed.stdout.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["fresh"] => facts.lists_are_fresh = true,
                ["state", name, want, status] => {
                    if *want == "hold" {
                        facts.held.insert((*name).to_owned());
                    }
                    if *status != "not-installed" {
                        facts.configured.insert((*name).to_owned());
                    }
                }
                ["Candidate:", version] if *version != "(none)" => {
                    let version = (*version).to_owned();
                    facts.candidates.insert(current.to_owned(), version);
                }
                [name] if !line.starts_with(' ') => current = name.trim_end_matches(':'),
                _ => {}
            }
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_candidates_are_told_apart() {
        let stdout = "state nginx hold installed\nstate old deinstall config-files\nfresh\nnginx:\n  Installed: 1.22.1-9\n  Candidate: 1.22.1-9+deb12u9\n  Version table:\n *** 1.22.1-9 100\nnone:\n  Installed: (none)\n  Candidate: (none)\n";
        let facts = PackageFacts::read(&Probed {
            status: 0,
            stdout: stdout.to_owned(),
        });
        assert_eq!(facts.held, BTreeSet::from(["nginx".to_owned()]));
        assert_eq!(facts.configured.len(), 2);
        assert_eq!(facts.candidates["nginx"], "1.22.1-9+deb12u9");
        assert_eq!(facts.candidates.len(), 1);
        assert!(facts.lists_are_fresh);
    }
}
