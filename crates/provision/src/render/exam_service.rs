//! What the templates of exam-service itself may use.

use serde::{Deserialize, Serialize};

use super::{checks, shipped::TemplateContext};

/// `exam-service/exam-service.env`: the settings both colours share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentFile {
    pub exam_data: String,
    /// `production`, `staging`, `development` or `demo`.
    pub app_env: String,
    /// The address students type, with its scheme.
    pub app_url: String,
    /// How long the service may finish what it holds before it stops.
    pub exam_drain_seconds: u16,
}

impl TemplateContext for EnvironmentFile {
    const TEMPLATE: &'static str = "exam-service/exam-service.env";

    fn check(&self) -> Result<(), String> {
        checks::path("exam_data", &self.exam_data)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            exam_data: "/var/lib/exam-service".to_owned(),
            app_env: "production".to_owned(),
            app_url: "http://exam.example.org".to_owned(),
            exam_drain_seconds: 30,
        };
        vec![("bookworm", sample)]
    }
}

/// `exam-service/run-colour.sh`: starts one colour, or does nothing where it holds no release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunColour {
    pub exam_root: String,
    pub exam_data: String,
}

impl TemplateContext for RunColour {
    const TEMPLATE: &'static str = "exam-service/run-colour.sh";

    fn check(&self) -> Result<(), String> {
        checks::path("exam_root", &self.exam_root)?;
        checks::path("exam_data", &self.exam_data)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            exam_root: "/opt/exam-service".to_owned(),
            exam_data: "/var/lib/exam-service".to_owned(),
        };
        vec![("bookworm", sample)]
    }
}

/// The databases that a backup knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    Sqlite,
    Mysql,
    Mariadb,
    Postgresql,
}

/// `exam-service/backup.sh`: one copy of the database, taken while it is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// `sqlite`, `mysql`, `mariadb` or `postgresql`.
    pub database: Database,
    /// Where the `SQLite` database is.
    pub exam_data: String,
    /// The database's name on a server.
    #[serde(default = "exam")]
    pub database_name: String,
    /// Root's own, with mode 0700.
    pub backup_directory: String,
    /// How many copies stay.
    #[serde(default = "fortnight")]
    pub backup_keep: u16,
}

fn exam() -> String {
    "exam".to_owned()
}

fn fortnight() -> u16 {
    14
}

impl TemplateContext for Backup {
    const TEMPLATE: &'static str = "exam-service/backup.sh";

    fn check(&self) -> Result<(), String> {
        checks::path("exam_data", &self.exam_data)?;
        checks::path("backup_directory", &self.backup_directory)?;
        checks::name("database_name", &self.database_name)?;
        if self.backup_keep == 0 {
            return Err("variable 'backup_keep' is 0: keep at least one".to_owned());
        }
        Ok(())
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = |database| Self {
            database,
            exam_data: "/var/lib/exam-service".to_owned(),
            database_name: exam(),
            backup_directory: "/var/backups/exam-service".to_owned(),
            backup_keep: 2,
        };
        vec![
            ("bookworm-sqlite", sample(Database::Sqlite)),
            ("bookworm-mariadb", sample(Database::Mariadb)),
            ("bookworm-postgresql", sample(Database::Postgresql)),
            ("trixie-sqlite", sample(Database::Sqlite)),
            ("trixie-mariadb", sample(Database::Mariadb)),
            ("trixie-postgresql", sample(Database::Postgresql)),
            ("sid-mysql", sample(Database::Mysql)),
        ]
    }
}
