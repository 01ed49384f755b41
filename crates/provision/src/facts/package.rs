//! Which packages are installed.

use std::collections::BTreeMap;

use super::gather::{Wanted, words};

pub(super) fn snippet(wanted: &Wanted<'_>) -> String {
    if wanted.packages.is_empty() {
        return String::new();
    }
    let names = words(&wanted.packages);
    format!("dpkg-query -W -f '${{Package}} ${{db:Status-Status}} ${{Version}}\\n' {names}")
}

/// Package to version; anything but fully installed is left out.
pub(super) fn parse(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (name, status, version) = (words.next()?, words.next()?, words.next()?);
            (status == "installed").then(|| (name.to_owned(), version.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_and_half_installed_packages_do_not_count() {
        let text = "nginx installed 1.22.1-9\nsupervisor config-files 4.2.5-1\nperl half-configured 5.36\nunknown not-installed \n";
        let packages = parse(text);
        assert_eq!(packages.len(), 1);
        assert_eq!(packages["nginx"], "1.22.1-9");
    }
}
