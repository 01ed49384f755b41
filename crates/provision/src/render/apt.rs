//! What the template of the automatic updates may use.

use serde::{Deserialize, Serialize};

use super::facts::OsContext;
use super::{checks, shipped::TemplateContext};

/// `apt/52exam-upgrades`: `/etc/apt/apt.conf.d/52exam-upgrades`, after the distribution's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnattendedUpgrades {
    pub os: OsContext,
    /// Nothing is updated by itself: from the rehearsal to the last submission.
    #[serde(default)]
    pub updates_frozen: bool,
    /// Packages that only a person updates.
    #[serde(default)]
    pub updates_held: Vec<String>,
}

impl TemplateContext for UnattendedUpgrades {
    const TEMPLATE: &'static str = "apt/52exam-upgrades";

    fn check(&self) -> Result<(), String> {
        if !["debian", "ubuntu"].contains(&self.os.id.as_str()) {
            return Err(format!(
                "'os.id' is '{}': automatic updates are known for debian and ubuntu",
                self.os.id
            ));
        }
        checks::names("updates_held", &self.updates_held)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let on = |id, version, codename| Self {
            os: super::facts::samples::os(id, version, codename),
            updates_frozen: false,
            updates_held: Vec::new(),
        };
        let frozen = Self {
            updates_frozen: true,
            updates_held: vec!["nginx".to_owned(), "mariadb-server".to_owned()],
            ..on("debian", "12", "bookworm")
        };
        vec![
            ("bookworm", on("debian", "12", "bookworm")),
            ("bookworm-frozen", frozen),
            ("trixie", on("debian", "13", "trixie")),
            ("noble", on("ubuntu", "24.04", "noble")),
        ]
    }
}
