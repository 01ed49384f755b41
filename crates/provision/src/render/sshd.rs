//! What the template of the SSH server may use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::version::PackageVersion;
use super::{checks, shipped::TemplateContext};

/// `versions.openssh`: of the package `openssh-server`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    #[serde(default)]
    pub openssh: PackageVersion,
}

/// Whether root may log in; a host that is only reached as root needs `prohibit_password`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RootLogin {
    No,
    /// With a key, never with a password.
    #[default]
    ProhibitPassword,
}

/// `sshd/00-examctl.conf`: the first value sshd reads wins, so it stands before all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamSsh {
    pub versions: Versions,
    #[serde(default)]
    pub ssh_root_login: RootLogin,
    /// Accounts that may log in; empty: all.
    #[serde(default)]
    pub ssh_users: Vec<String>,
    #[serde(default = "port")]
    pub ssh_port: u16,
    /// Never refused for what somebody beside them does (9.8 and newer).
    #[serde(default)]
    pub operator_networks: Vec<String>,
    /// Only key exchanges that a quantum computer does not undo, where sshd has the standard one
    /// (9.9 and newer). examctl itself, and clients before 2022, cannot log in then.
    #[serde(default)]
    pub ssh_post_quantum_only: bool,
}

fn port() -> u16 {
    22
}

impl TemplateContext for ExamSsh {
    const TEMPLATE: &'static str = "sshd/00-examctl.conf";

    fn check(&self) -> Result<(), String> {
        checks::known("openssh", &self.versions.openssh)?;
        checks::names("ssh_users", &self.ssh_users)?;
        checks::networks("operator_networks", &self.operator_networks)?;
        if self.ssh_port == 0 {
            return Err("variable 'ssh_port' is 0: the standard port is 22".to_owned());
        }
        Ok(())
    }

    fn worked_out(&self) -> Value {
        let version = &self.versions.openssh;
        json!({
            "root_login": match self.ssh_root_login {
                RootLogin::No => "no",
                RootLogin::ProhibitPassword => "prohibit-password",
            },
            // Since 9.9 without a vendor's name; Debian 12 has it by an update.
            "has_plain_sntrup": version.at_least(&[9, 9])
                || version.stable_update().is_some_and(|update| update >= (12, 4)),
            "has_mlkem": version.at_least(&[9, 9]),
            "has_rsa_size": version.at_least(&[9, 1]),
            "has_penalties": version.at_least(&[9, 8]),
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let on = |version| Self {
            versions: Versions {
                openssh: PackageVersion::new(version),
            },
            ssh_root_login: RootLogin::ProhibitPassword,
            ssh_users: Vec::new(),
            ssh_port: port(),
            operator_networks: Vec::new(),
            ssh_post_quantum_only: false,
        };
        let strict = |version| Self {
            ssh_root_login: RootLogin::No,
            ssh_users: vec!["deploy".to_owned(), "invigilator".to_owned()],
            ssh_port: 2222,
            operator_networks: vec!["192.0.2.0/24".to_owned(), "2001:db8::10".to_owned()],
            ssh_post_quantum_only: true,
            ..on(version)
        };
        vec![
            ("bookworm", on("1:9.2p1-2+deb12u7")),
            ("bookworm-strict", strict("1:9.2p1-2+deb12u7")),
            ("trixie", on("1:10.0p1-7")),
            ("trixie-strict", strict("1:10.0p1-7")),
            ("sid", on("1:10.2p1-2")),
            ("jammy", on("1:8.9p1-3ubuntu0.13")),
            ("noble", on("1:9.6p1-3ubuntu13.14")),
        ]
    }
}
