//! What the logrotate template may use.

use serde::{Deserialize, Serialize};

use super::{checks, shipped::TemplateContext};

/// `logrotate/exam-service`: the logs that no package rotates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamService {
    /// Further logs, for instance of a worker.
    #[serde(default)]
    pub exam_logs: Vec<String>,
    /// Days that stay.
    #[serde(default = "fortnight")]
    pub log_days: u16,
}

fn fortnight() -> u16 {
    14
}

impl TemplateContext for ExamService {
    const TEMPLATE: &'static str = "logrotate/exam-service";

    fn check(&self) -> Result<(), String> {
        let one = |log: &String| checks::path("exam_logs", &log.replace('*', "x"));
        self.exam_logs.iter().try_for_each(one)
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = |logs: &[&str]| Self {
            exam_logs: logs.iter().map(|&log| log.to_owned()).collect(),
            log_days: fortnight(),
        };
        vec![
            ("bookworm", sample(&[])),
            ("bookworm-more", sample(&["/var/log/exam-worker/*.log"])),
            ("trixie", sample(&[])),
            ("sid", sample(&[])),
        ]
    }
}
