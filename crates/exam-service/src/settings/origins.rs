//! Who said what a setting is.

use std::collections::BTreeSet;

use super::{Settings, Variables};

/// Who said what a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The environment of the process.
    Environment,
    /// The file of `--env-file`.
    File,
    /// Nobody: it is as it is without being set.
    Usual,
}

impl Origin {
    /// The word for it in the interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::File => "file",
            Self::Usual => "usual",
        }
    }
}

/// Which variables are set, and where.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    set: BTreeSet<String>,
    of_file: BTreeSet<String>,
}

impl Origins {
    pub(super) fn of(variables: &Variables) -> Self {
        let set = variables
            .iter()
            .filter(|(_, value)| !value.trim().is_empty());
        Self {
            set: set.map(|(name, _)| name.clone()).collect(),
            of_file: BTreeSet::new(),
        }
    }

    pub(super) fn of_setting(&self, name: &str) -> Origin {
        match (self.set.contains(name), self.of_file.contains(name)) {
            (false, _) => Origin::Usual,
            (true, true) => Origin::File,
            (true, false) => Origin::Environment,
        }
    }
}

impl Settings {
    /// The same, where these variables were set by the file alone.
    #[must_use]
    pub fn with_file(mut self, names: BTreeSet<String>) -> Self {
        self.origins.of_file = names;
        self
    }
}
