//! What the units may use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{checks, shipped::TemplateContext};

/// `systemd/exam-service@.service`: one colour of exam-service, `exam-service@blue`. The
/// alternative to supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamService {
    pub exam_root: String,
    pub exam_data: String,
    pub exam_user: String,
    pub exam_blue_port: u16,
    pub exam_green_port: u16,
    /// How long the service may finish what it holds; systemd waits 10 seconds more.
    pub exam_drain_seconds: u16,
}

impl TemplateContext for ExamService {
    const TEMPLATE: &'static str = "systemd/exam-service@.service";

    fn check(&self) -> Result<(), String> {
        checks::path("exam_root", &self.exam_root)?;
        checks::path("exam_data", &self.exam_data)?;
        checks::name("exam_user", &self.exam_user)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            exam_root: "/opt/exam-service".to_owned(),
            exam_data: "/var/lib/exam-service".to_owned(),
            exam_user: "exam".to_owned(),
            exam_blue_port: 8081,
            exam_green_port: 8082,
            exam_drain_seconds: 45,
        };
        vec![
            ("bookworm", sample.clone()),
            ("trixie", sample.clone()),
            ("sid", sample),
        ]
    }
}

/// `systemd/exam-backup.service`: one run of the backup script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupService {
    pub exam_root: String,
    pub exam_data: String,
    pub backup_directory: String,
}

impl TemplateContext for BackupService {
    const TEMPLATE: &'static str = "systemd/exam-backup.service";

    fn check(&self) -> Result<(), String> {
        checks::path("exam_root", &self.exam_root)?;
        checks::path("exam_data", &self.exam_data)?;
        checks::path("backup_directory", &self.backup_directory)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            exam_root: "/opt/exam-service".to_owned(),
            exam_data: "/var/lib/exam-service".to_owned(),
            backup_directory: "/var/backups/exam-service".to_owned(),
        };
        vec![
            ("bookworm", sample.clone()),
            ("trixie", sample.clone()),
            ("sid", sample),
        ]
    }
}

/// `systemd/exam-backup.timer`: when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupTimer {
    /// As systemd counts, for instance `*-*-* 02:30:00`: at night, because a dump reads all there is.
    #[serde(default = "night")]
    pub backup_schedule: String,
}

fn night() -> String {
    "*-*-* 02:30:00".to_owned()
}

impl TemplateContext for BackupTimer {
    const TEMPLATE: &'static str = "systemd/exam-backup.timer";

    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "*-:,./~_+ ".contains(c);
        if self.backup_schedule.is_empty() || !self.backup_schedule.chars().all(plain) {
            return Err(format!(
                "variable 'backup_schedule': '{}' is not a time as systemd counts, such as *-*-* 02:30:00",
                self.backup_schedule
            ));
        }
        Ok(())
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            backup_schedule: night(),
        };
        vec![
            ("bookworm", sample.clone()),
            ("trixie", sample.clone()),
            ("sid", sample),
        ]
    }
}

/// `systemd/nginx-limits.conf`: a drop-in of nginx's own unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NginxLimits {}

impl TemplateContext for NginxLimits {
    const TEMPLATE: &'static str = "systemd/nginx-limits.conf";

    fn worked_out(&self) -> Value {
        json!({"open_files": super::sizing::NGINX_OPEN_FILES})
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        vec![("bookworm", Self {}), ("trixie", Self {}), ("sid", Self {})]
    }
}

/// `systemd/supervisor-limits.conf`: a drop-in of supervisor's own unit, inherited by what it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupervisorLimits {}

impl TemplateContext for SupervisorLimits {
    const TEMPLATE: &'static str = "systemd/supervisor-limits.conf";

    fn worked_out(&self) -> Value {
        json!({"open_files": super::sizing::NGINX_OPEN_FILES})
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        vec![("bookworm", Self {}), ("trixie", Self {}), ("sid", Self {})]
    }
}
