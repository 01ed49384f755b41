//! Looks at a host with eyes of its own: what would hurt an exam, how badly, and how it is mended.
//!
//! An audit reads and changes nothing. Each check is a snippet of shell that prints evidence where
//! something is wrong; all of them run in one round trip. What a check says does not depend on any
//! playbook: a host that was set up by hand, or changed since, is judged in the same way.

mod checks;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use serde::Serialize;

use crate::connections::{OpenOptions, open};
use crate::engine::DEFAULT_STATE_DIRECTORY;
use crate::facts::gather::gather_facts;
use crate::facts::{FactKey, Facts, Request};
use crate::inventory::Host;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Mend it before the next exam.
    Medium,
    /// A way in, or a way to lose service: mend it today.
    High,
    /// Answers can be lost, or anybody can come in.
    Critical,
}

/// A check as it is written.
struct Check {
    /// Stable, for scripts: `database.mysql-durable`.
    id: &'static str,
    severity: Severity,
    /// What is wrong where it finds something.
    title: &'static str,
    /// What to do.
    fix: &'static str,
    /// Prints evidence where something is wrong, nothing where all is well, and ends with
    /// [`NOT_HERE`] where there is nothing to look at.
    script: &'static str,
}

/// The exit status of a check that has nothing to look at on this host.
const NOT_HERE: i32 = 3;

/// At most so many lines of evidence are shown.
const EVIDENCE_LINES: usize = 8;

/// Something that should be mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub id: &'static str,
    pub severity: Severity,
    pub title: &'static str,
    /// What was seen, at most a few lines.
    pub evidence: Vec<String>,
    pub fix: &'static str,
}

/// What an audit of one host found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostAudit {
    pub host: String,
    /// The worst first.
    pub findings: Vec<Finding>,
    /// Checks that found nothing wrong.
    pub passed: usize,
    /// Checks that had nothing to look at.
    pub not_here: usize,
    /// Why the host could not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<String>,
}

/// Audits `hosts`, at most `parallel` at a time; one that cannot be reached does not stop the others.
pub fn audit(hosts: &[&Host], options: &OpenOptions, parallel: usize) -> Vec<HostAudit> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        for _ in 0..parallel.clamp(1, hosts.len().max(1)) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(host) = hosts.get(index) else { return };
                    // The receiver outlives every worker.
                    sender.send((index, audit_host(host, options))).ok();
                }
            });
        }
        drop(sender);
    });
    let mut audits: Vec<(usize, HostAudit)> = receiver.into_iter().collect();
    audits.sort_by_key(|(index, _)| *index);
    audits.into_iter().map(|(_, audit)| audit).collect()
}

fn audit_host(host: &Host, options: &OpenOptions) -> HostAudit {
    let requests: Vec<Request> = checks::all().map(request).collect();
    let facts = open(host, options)
        .map_err(|error| error.to_string())
        .and_then(|mut connection| {
            gather_facts(
                connection.as_mut(),
                host.become_root,
                DEFAULT_STATE_DIRECTORY,
                &requests,
            )
            .map_err(|error| error.to_string())
        });
    match facts {
        Ok(facts) => judge(&host.name, &facts),
        Err(reason) => HostAudit {
            host: host.name.clone(),
            findings: Vec::new(),
            passed: 0,
            not_here: 0,
            unreachable: Some(reason),
        },
    }
}

fn name(check: &Check) -> String {
    format!("audit {}", check.id)
}

fn request(check: &Check) -> Request {
    FactKey::Probe {
        name: name(check),
        script: check.script.to_owned(),
        reads: Vec::new(),
    }
    .into()
}

fn judge(host: &str, facts: &Facts) -> HostAudit {
    let mut audit = HostAudit {
        host: host.to_owned(),
        findings: Vec::new(),
        passed: 0,
        not_here: 0,
        unreachable: None,
    };
    for check in checks::all() {
        let Some(answer) = facts.probes.get(&name(check)) else {
            continue;
        };
        let evidence: Vec<String> = answer
            .stdout
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(EVIDENCE_LINES)
            .map(str::to_owned)
            .collect();
        if answer.status == NOT_HERE {
            audit.not_here += 1;
        } else if evidence.is_empty() {
            audit.passed += 1;
        } else {
            audit.findings.push(Finding {
                id: check.id,
                severity: check.severity,
                title: check.title,
                evidence,
                fix: check.fix,
            });
        }
    }
    audit
        .findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    audit
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::connections::{Command, Connection as _, Local};
    use crate::facts::Probed;

    #[test]
    fn checks_have_one_id_each_and_are_shell() {
        let mut ids = BTreeSet::new();
        for check in checks::all() {
            assert!(ids.insert(check.id), "{} stands twice", check.id);
            assert!(check.id.split_once('.').is_some(), "{}", check.id);
            let parsed = Local::default()
                .run(&Command::new("sh -n /dev/stdin").stdin(check.script))
                .unwrap();
            assert!(parsed.success(), "{}: {}", check.id, parsed.error_text());
        }
        assert!(ids.len() > 30, "{}", ids.len());
    }

    #[test]
    fn the_worst_comes_first_and_what_is_not_there_is_not_judged() {
        let mut facts = Facts::default();
        for check in checks::all() {
            let found = matches!(check.severity, Severity::Low | Severity::Critical);
            let answer = Probed {
                status: if found { 0 } else { NOT_HERE },
                stdout: if found {
                    "seen".to_owned()
                } else {
                    "x".to_owned()
                },
            };
            facts.probes.insert(name(check), answer);
        }
        let audit = judge("a", &facts);
        assert_eq!(audit.passed, 0);
        assert_eq!(audit.findings[0].severity, Severity::Critical);
        assert_eq!(audit.findings.last().unwrap().severity, Severity::Low);
        assert_eq!(audit.findings.len() + audit.not_here, checks::all().count());
    }
}
