//! What a template may know of the host it is rendered for.

use serde::{Deserialize, Serialize};

/// `host.*`: figures that sizes are worked out of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostContext {
    pub cores: u32,
    pub memory_mib: u64,
}

/// `os.*`: which distribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsContext {
    /// `debian` or `ubuntu`.
    pub id: String,
    /// `12`, `24.04`.
    pub version: String,
    /// `bookworm`, `noble`.
    pub codename: String,
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    pub(crate) fn host(cores: u32, memory_mib: u64) -> HostContext {
        HostContext { cores, memory_mib }
    }

    pub(crate) fn os(id: &str, version: &str, codename: &str) -> OsContext {
        OsContext {
            id: id.to_owned(),
            version: version.to_owned(),
            codename: codename.to_owned(),
        }
    }
}
