//! What the Redis template may use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::facts::HostContext;
use super::sizing::HostKind;
use super::{checks, shipped::TemplateContext, sizing};

/// `redis/exam.conf`: included at the end of the distribution's `redis.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamCache {
    pub host: HostContext,
    /// `online` (default), `offline` or `dedicated`.
    #[serde(default)]
    pub host_kind: HostKind,
    /// The file with the accounts; it holds password hashes and is not written by this template.
    #[serde(default = "acl_file")]
    pub redis_acl_file: String,
    /// Instead of the figure worked out from the host's memory, MiB.
    #[serde(default)]
    pub redis_memory_mib: Option<u64>,
}

fn acl_file() -> String {
    "/etc/redis/exam-users.acl".to_owned()
}

impl TemplateContext for ExamCache {
    const TEMPLATE: &'static str = "redis/exam.conf";

    fn check(&self) -> Result<(), String> {
        checks::path("redis_acl_file", &self.redis_acl_file)
    }

    fn worked_out(&self) -> Value {
        let worked_out = sizing::cache_mib(self.host.memory_mib, self.host_kind);
        json!({"memory_mib": self.redis_memory_mib.unwrap_or(worked_out)})
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            host: super::facts::samples::host(4, 8192),
            host_kind: HostKind::Online,
            redis_acl_file: acl_file(),
            redis_memory_mib: None,
        };
        let given = Self {
            redis_memory_mib: Some(128),
            ..sample.clone()
        };
        vec![
            ("bookworm", sample.clone()),
            ("bookworm-given", given),
            ("trixie", sample.clone()),
            ("sid", sample),
        ]
    }
}

/// `redis/exam-users.acl`: the accounts, with the hashes of their passwords.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    /// Secret. Of the account `exam`, which the service uses.
    pub redis_password: String,
    /// Secret. Of the account `exporter`, which may look at figures; empty: no such account.
    #[serde(default)]
    pub redis_exporter_password: String,
}

impl TemplateContext for Users {
    const TEMPLATE: &'static str = "redis/exam-users.acl";

    fn check(&self) -> Result<(), String> {
        if self.redis_password.is_empty() {
            return Err("variable 'redis_password' is empty".to_owned());
        }
        Ok(())
    }

    fn worked_out(&self) -> Value {
        json!({
            "exam_hash": sha256(&self.redis_password),
            "exporter_hash": sha256(&self.redis_exporter_password),
        })
    }

    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)> {
        let with = |exporter: &str| Self {
            redis_password: "only-for-samples".to_owned(),
            redis_exporter_password: exporter.to_owned(),
        };
        vec![
            ("bookworm", with("only-for-samples-too")),
            ("bookworm-given", with("")),
            ("trixie", with("only-for-samples-too")),
            ("sid", with("only-for-samples-too")),
        ]
    }
}

fn sha256(text: &str) -> String {
    use std::fmt::Write as _;
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        // Writing to a String cannot fail.
        write!(hex, "{byte:02x}").ok();
    }
    hex
}
