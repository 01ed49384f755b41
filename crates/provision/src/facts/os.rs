//! Which system a host runs, and as whom we are there.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The system of a host and the identity facts are read with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct HostFacts {
    /// `debian`, `ubuntu`, ...
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) codename: String,
    /// As Debian names it: `amd64`, `arm64`, ...
    pub(crate) architecture: String,
    /// The numeric user id that commands run as.
    pub(crate) user_id: u32,
}

impl HostFacts {
    /// What conditions see as `os`.
    pub(crate) fn as_value(&self) -> Value {
        json!({
            "id": self.id,
            "version": self.version,
            "codename": self.codename,
            "architecture": self.architecture,
        })
    }
}

pub(super) fn snippet() -> String {
    "cat /etc/os-release\necho EXAMCTL_MACHINE=$(uname -m)\necho EXAMCTL_USER=$(id -u)".to_owned()
}

pub(super) fn parse(text: &str) -> HostFacts {
    let value = |name: &str| {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned())
            .unwrap_or_default()
    };
    let machine = value("EXAMCTL_MACHINE");
    let architecture = match machine.as_str() {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        "armv7l" => "armhf".to_owned(),
        _ => machine,
    };
    HostFacts {
        id: value("ID"),
        version: value("VERSION_ID"),
        codename: value("VERSION_CODENAME"),
        architecture,
        user_id: value("EXAMCTL_USER").parse().unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_file_of_debian_is_understood() {
        let text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\nEXAMCTL_MACHINE=x86_64\nEXAMCTL_USER=0\n";
        let host = parse(text);
        assert_eq!(
            host.as_value(),
            json!({"id": "debian", "version": "12", "codename": "bookworm", "architecture": "amd64"})
        );
        assert_eq!(host.user_id, 0);
    }
}
