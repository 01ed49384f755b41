//! Versions of packages: the installed one, else the one apt would install.

use std::collections::BTreeMap;

use super::{FactKey, Facts, Request};
use crate::connections::quote;

const NAME: &str = "versions of packages";

/// Asks for `packages`; apt is started only where one of them is not installed.
pub(crate) fn request<'a>(packages: impl Iterator<Item = &'a String>) -> Request {
    let names: Vec<String> = packages.map(|name| quote(name)).collect();
    let script = format!(
        "i=$(dpkg-query -W -f '${{Package}} ${{db:Status-Status}} ${{Version}}\\n' {names})\n\
         echo \"$i\"\nm=\n\
         for p in {names}; do\n\
         case \"$i\" in *\"$p installed \"*) ;; *) m=\"$m $p\" ;; esac\n\
         done\n\
         [ -z \"$m\" ] || apt-cache policy $m\n",
        names = names.join(" ")
    );
    Request::from(FactKey::Probe {
        name: NAME.to_owned(),
        script,
        reads: Vec::new(),
    })
}

/// Package to version; `None` where nothing was asked.
pub(crate) fn value(facts: &Facts) -> Option<BTreeMap<String, String>> {
    facts.probes.get(NAME).map(|probed| parse(&probed.stdout))
}

fn parse(text: &str) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    let mut package = "";
    for line in text.lines() {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [name, "installed", version] => {
                versions.insert((*name).to_owned(), (*version).to_owned());
            }
            ["Candidate:", version] if *version != "(none)" => {
                versions.insert(package.to_owned(), (*version).to_owned());
            }
            [name] if !line.starts_with(' ') => package = name.trim_end_matches(':'),
            _ => {}
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_counts_before_what_could_be() {
        let text = "nginx installed 1.22.1-9+deb12u3\nmariadb-server config-files 1:10.5\n\
                    mariadb-server:\n  Installed: (none)\n  Candidate: 1:10.11.6-0\n  Version table:\n     1:10.11.6-0 500\n\
                    nothing:\n  Installed: (none)\n  Candidate: (none)\n";
        let versions = parse(text);
        assert_eq!(versions["nginx"], "1.22.1-9+deb12u3");
        assert_eq!(versions["mariadb-server"], "1:10.11.6-0");
        assert_eq!(versions.len(), 2);
    }
}
