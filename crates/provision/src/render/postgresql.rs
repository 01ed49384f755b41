//! What the `PostgreSQL` templates may use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::facts::HostContext;
use super::sizing::HostKind;
use super::version::PackageVersion;
use super::{checks, shipped::TemplateContext, sizing};

/// `versions.postgresql`: of the package `postgresql`, whose number is the cluster's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    #[serde(default)]
    pub postgresql: PackageVersion,
}

/// `postgresql/exam.conf`: `conf.d/exam.conf` of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamDatabase {
    pub versions: Versions,
    pub host: HostContext,
    /// `online` (default), `offline` or `dedicated`.
    #[serde(default)]
    pub host_kind: HostKind,
    /// Connections that are not the service's own: workers, reports.
    #[serde(default)]
    pub database_workers: u64,
    /// Whether the data lies on a spinning disk.
    #[serde(default)]
    pub database_on_hard_disk: bool,
}

impl TemplateContext for ExamDatabase {
    const TEMPLATE: &'static str = "postgresql/exam.conf";

    fn check(&self) -> Result<(), String> {
        let version = &self.versions.postgresql;
        checks::known("postgresql", version)?;
        if !version.at_least(&[15]) {
            return Err(format!(
                "'versions.postgresql' is '{version}': PostgreSQL must be 15 or newer"
            ));
        }
        Ok(())
    }

    fn worked_out(&self) -> Value {
        let version = &self.versions.postgresql;
        json!({
            "sizes": sizing::postgresql(&self.host, self.host_kind, self.database_workers),
            "has_reserved_connections": version.at_least(&[16]),
            "has_transaction_timeout": version.at_least(&[17]),
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let on = |version, cores, memory_mib| Self {
            versions: Versions {
                postgresql: PackageVersion::new(version),
            },
            host: super::facts::samples::host(cores, memory_mib),
            host_kind: HostKind::Online,
            database_workers: 4,
            database_on_hard_disk: false,
        };
        vec![
            ("bookworm", on("15+248+deb12u1", 2, 2048)),
            (
                "bookworm-offline",
                Self {
                    host_kind: HostKind::Offline,
                    database_on_hard_disk: true,
                    ..on("15+248+deb12u1", 4, 4096)
                },
            ),
            ("trixie", on("17+278", 2, 2048)),
            ("sid", on("18+287", 2, 2048)),
            ("noble", on("16+257build1.1", 8, 32768)),
        ]
    }
}

/// `postgresql/pg_hba.conf`: who may connect, and how it shows who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    pub database_name: String,
    /// The account of the service in the database.
    pub database_user: String,
    /// The account that the backup and the exporter of this host connect with, over the socket.
    #[serde(default)]
    pub database_local_users: Vec<String>,
}

impl TemplateContext for Access {
    const TEMPLATE: &'static str = "postgresql/pg_hba.conf";

    fn check(&self) -> Result<(), String> {
        checks::name("database_name", &self.database_name)?;
        checks::name("database_user", &self.database_user)?;
        checks::names("database_local_users", &self.database_local_users)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = |users: &[&str]| Self {
            database_name: "exam".to_owned(),
            database_user: "exam".to_owned(),
            database_local_users: users.iter().map(|&user| user.to_owned()).collect(),
        };
        vec![
            ("bookworm", sample(&["prometheus"])),
            ("trixie", sample(&["prometheus"])),
            ("sid", sample(&[])),
        ]
    }
}
