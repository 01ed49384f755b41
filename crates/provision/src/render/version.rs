//! Versions of packages, as far as templates ask: is it at least this one?

use std::fmt;

use serde::{Deserialize, Serialize};

/// A Debian package version, for instance `1:10.11.14-0+deb12u2`. Compared are the numbers of its
/// upstream part (`10.11.14`); the epoch and the packaging behind `-`, `+` or `~` are not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackageVersion(String);

impl PackageVersion {
    pub fn new(version: &str) -> Self {
        Self(version.to_owned())
    }

    /// Neither installed nor known to apt.
    pub fn is_unknown(&self) -> bool {
        self.numbers().is_empty()
    }

    /// Whether it is this version or a newer one; an unknown version is older than any.
    pub fn at_least(&self, wanted: &[u32]) -> bool {
        !self.is_unknown() && self.numbers().as_slice() >= wanted
    }

    /// The first number: `15` for `15+248+deb12u1`.
    pub fn major(&self) -> u32 {
        self.numbers().first().copied().unwrap_or(0)
    }

    /// Which update of a stable release it is: `(12, 7)` for `1:9.2p1-2+deb12u7`.
    pub fn stable_update(&self) -> Option<(u32, u32)> {
        let (release, update) = self.0.rsplit_once("+deb")?.1.split_once('u')?;
        Some((release.parse().ok()?, update.parse().ok()?))
    }

    fn numbers(&self) -> Vec<u32> {
        let without_epoch = self.0.split_once(':').map_or(self.0.as_str(), |(_, v)| v);
        let upstream = without_epoch
            .split(['-', '+', '~'])
            .next()
            .unwrap_or_default();
        upstream
            .split('.')
            .map_while(|part| {
                // OpenSSH counts `9.2p1`.
                let digits = part.split(|c: char| !c.is_ascii_digit()).next()?;
                digits.parse().ok()
            })
            .collect()
    }
}

impl fmt::Display for PackageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_upstream_numbers_count() {
        let cases: &[(&str, &[u32])] = &[
            ("1.22.1-9+deb12u3", &[1, 22, 1]),
            ("1:10.11.14-0+deb12u2", &[10, 11, 14]),
            ("15+248+deb12u1", &[15]),
            ("5:7.0.15-1~deb12u5", &[7, 0, 15]),
            ("1:9.2p1-2+deb12u6", &[9, 2]),
            ("", &[]),
            ("(none)", &[]),
        ];
        for (version, numbers) in cases {
            assert_eq!(
                PackageVersion::new(version).numbers(),
                *numbers,
                "{version}"
            );
        }
    }

    #[test]
    fn an_update_of_a_stable_release_is_recognised() {
        let update = |version| PackageVersion::new(version).stable_update();
        assert_eq!(update("1:9.2p1-2+deb12u10"), Some((12, 10)));
        assert_eq!(update("1:9.2p1-2"), None);
        assert_eq!(update("1:9.6p1-3ubuntu13.14"), None);
    }

    #[test]
    fn a_shorter_version_is_older_and_an_unknown_one_is_older_than_any() {
        let version = PackageVersion::new("1.25.1-1");
        assert!(version.at_least(&[1, 25, 1]) && version.at_least(&[1, 9]));
        assert!(!version.at_least(&[1, 25, 2]) && !version.at_least(&[1, 26]));
        assert!(!PackageVersion::new("1.25").at_least(&[1, 25, 1]));
        assert!(!PackageVersion::default().at_least(&[0]));
    }
}
