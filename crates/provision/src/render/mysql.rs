//! What the template of `MySQL` and `MariaDB` may use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::facts::HostContext;
use super::sizing::HostKind;
use super::version::PackageVersion;
use super::{checks, shipped::TemplateContext, sizing};

/// Which of the two: their options differ, and neither starts with one it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flavour {
    Mysql,
    Mariadb,
}

/// `versions.database`: of the server's package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    #[serde(default)]
    pub database: PackageVersion,
}

/// `mysql/exam.cnf`: everything that differs from the distribution's own file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamDatabase {
    /// `mysql` or `mariadb`.
    pub database: Flavour,
    pub versions: Versions,
    pub host: HostContext,
    /// `online` (default), `offline` or `dedicated`: what else lives on the host.
    #[serde(default)]
    pub host_kind: HostKind,
    /// Connections that are not the service's own: workers, reports.
    #[serde(default)]
    pub database_workers: u64,
    /// Whether the data lies on a spinning disk.
    #[serde(default)]
    pub database_on_hard_disk: bool,
    /// Instead of the figure worked out from the host's memory, MiB.
    #[serde(default)]
    pub database_buffer_pool_mib: Option<u64>,
    /// As before, for the redo log.
    #[serde(default)]
    pub database_redo_mib: Option<u64>,
}

impl TemplateContext for ExamDatabase {
    const TEMPLATE: &'static str = "mysql/exam.cnf";

    fn check(&self) -> Result<(), String> {
        let version = &self.versions.database;
        checks::known("database", version)?;
        let (name, oldest): (_, &[u32]) = match self.database {
            Flavour::Mysql => ("MySQL", &[8, 0, 30]),
            Flavour::Mariadb => ("MariaDB", &[10, 11]),
        };
        if !version.at_least(oldest) {
            let oldest: Vec<String> = oldest.iter().map(u32::to_string).collect();
            return Err(format!(
                "'versions.database' is '{version}': {name} must be {} or newer",
                oldest.join(".")
            ));
        }
        Ok(())
    }

    fn worked_out(&self) -> Value {
        let mut sizes = sizing::mysql(&self.host, self.host_kind, self.database_workers);
        sizes.buffer_pool_mib = self
            .database_buffer_pool_mib
            .unwrap_or(sizes.buffer_pool_mib);
        sizes.redo_mib = self.database_redo_mib.unwrap_or(sizes.redo_mib);
        let mariadb = self.database == Flavour::Mariadb;
        json!({
            "sizes": sizes,
            "mariadb": mariadb,
            // MariaDB deprecated innodb_flush_method in 11.0.
            "data_file_buffering": mariadb && self.versions.database.at_least(&[11]),
            "io_capacity": if self.database_on_hard_disk { 200 } else { 2000 },
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let on = |database, version, cores, memory_mib| Self {
            database,
            versions: Versions {
                database: PackageVersion::new(version),
            },
            host: super::facts::samples::host(cores, memory_mib),
            host_kind: HostKind::Online,
            database_workers: 4,
            database_on_hard_disk: false,
            database_buffer_pool_mib: None,
            database_redo_mib: None,
        };
        let (mysql, mariadb) = (Flavour::Mysql, Flavour::Mariadb);
        vec![
            ("bookworm", on(mariadb, "1:10.11.14-0+deb12u2", 2, 4096)),
            (
                "bookworm-offline",
                Self {
                    host_kind: HostKind::Offline,
                    database_on_hard_disk: true,
                    ..on(mariadb, "1:10.11.14-0+deb12u2", 4, 8192)
                },
            ),
            ("trixie", on(mariadb, "1:11.8.3-0+deb13u1", 2, 4096)),
            ("sid", on(mysql, "9.7.1-1", 2, 4096)),
            (
                "sid-given",
                Self {
                    database_buffer_pool_mib: Some(256),
                    database_redo_mib: Some(128),
                    ..on(mysql, "9.7.1-1", 4, 16384)
                },
            ),
            ("noble", on(mysql, "8.0.43-0ubuntu0.24.04.1", 4, 16384)),
        ]
    }
}
