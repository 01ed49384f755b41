//! What only the host itself knows, under the names that templates use: `os`, `host`, `versions`,
//! and the outcomes of earlier tasks.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Playbook, Task};
use crate::facts::{Facts, Request, host, versions};
use crate::inventory::Host;
use crate::render::NAMESPACES;

/// Alias to package.
pub(crate) type Versions = BTreeMap<String, String>;

/// Names to what is known under them. What was not asked for, and what no task has registered yet,
/// is not there.
pub(crate) type Late = Map<String, Value>;

/// The status of what did not run.
const NOT_RUN: i32 = -1;

/// The names that have no value before a host is asked.
pub(super) fn names(playbook: &Playbook) -> impl Iterator<Item = &str> {
    let registered = playbook
        .tasks
        .iter()
        .filter_map(|task| task.register.as_deref());
    NAMESPACES.into_iter().chain(registered)
}

/// What has to be asked for `name`; nothing for `os`, which is always read.
pub(crate) fn request_for(name: &str, versions: &Versions) -> Option<Request> {
    match name {
        "host" => Some(host::request()),
        "versions" if !versions.is_empty() => Some(versions::request(versions.values())),
        _ => None,
    }
}

/// What `facts` tell; the rest of `late` stays. The clock and the free disk stay as they were first
/// read: a task must not change because time goes by.
pub(crate) fn update(late: &mut Late, facts: &Facts, versions: &Versions, host: &HostNames) {
    late.insert("os".to_owned(), facts.host.as_value());
    if let Some(mut machine) = host::value(facts) {
        if let Some(before) = late.get("host") {
            for name in ["now_unix", "disk_free_mib"] {
                machine[name] = before[name].clone();
            }
        }
        late.insert("host".to_owned(), host.with(machine));
    }
    if let Some(found) = versions::value(facts) {
        let of_alias = |package: &String| found.get(package).cloned().unwrap_or_default();
        late.insert("versions".to_owned(), by_alias(versions, of_alias));
    } else if versions.is_empty() {
        late.insert("versions".to_owned(), json!({}));
    }
}

/// Values as they may well be, without outcomes of tasks.
pub(super) fn sample(versions: &Versions, host: &HostNames) -> Late {
    let mut late = Late::new();
    let os =
        json!({"id": "debian", "version": "12", "codename": "bookworm", "architecture": "amd64"});
    late.insert("os".to_owned(), os);
    late.insert("host".to_owned(), host.with(host::sample()));
    late.insert(
        "versions".to_owned(),
        by_alias(versions, |package| sample_version(package).to_owned()),
    );
    late
}

fn by_alias(versions: &Versions, version: impl Fn(&String) -> String) -> Value {
    let versions: BTreeMap<&String, String> = versions
        .iter()
        .map(|(alias, package)| (alias, version(package)))
        .collect();
    json!(versions)
}

/// The one of Debian 12, for packages whose version playbooks are likely to look at.
fn sample_version(package: &str) -> &'static str {
    match package {
        "nginx" => "1.22.1-9+deb12u1",
        "mariadb-server" => "1:10.11.6-0+deb12u1",
        "postgresql" => "15+248",
        "redis-server" | "redis" => "5:7.0.15-1~deb12u1",
        "openssh-server" => "1:9.2p1-2+deb12u3",
        name if name.starts_with("mysql") => "8.4.3-1debian12",
        _ => "1.0.0-1",
    }
}

/// What the inventory says of a host.
#[derive(Clone, Debug)]
pub(crate) struct HostNames {
    name: String,
    address: String,
    groups: Vec<String>,
}

impl HostNames {
    pub(crate) fn new(host: &Host, groups: Vec<String>) -> Self {
        Self {
            name: host.name.clone(),
            address: host.address.clone(),
            groups,
        }
    }

    fn with(&self, mut machine: Value) -> Value {
        machine["name"] = self.name.clone().into();
        machine["address"] = self.address.clone().into();
        machine["groups"] = json!(self.groups);
        machine
    }
}

/// What one run of a task came to.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// `None` where only applying can tell.
    pub(crate) changed: Option<bool>,
    /// Exit status and output of a script; `None` where there is none, or none yet.
    pub(crate) output: Option<(i32, String)>,
}

impl Outcome {
    pub(crate) fn skipped() -> Self {
        Self {
            changed: Some(false),
            output: None,
        }
    }

    /// Of a task that only applying can decide.
    pub(crate) fn undecided() -> Self {
        Self {
            changed: None,
            output: None,
        }
    }

    /// Whether everything is known that a task like this registers.
    fn is_complete(&self, task: &Task) -> bool {
        match self.changed {
            None => false,
            Some(true) => !has_output(task) || self.output.is_some(),
            Some(false) => true,
        }
    }

    fn value(&self, task: &Task) -> Value {
        let mut value = Map::new();
        if let Some(changed) = self.changed {
            value.insert("changed".to_owned(), changed.into());
        }
        if has_output(task) && self.is_complete(task) {
            let (status, stdout) = self.output.clone().unwrap_or((NOT_RUN, String::new()));
            let lines: Vec<&str> = stdout.lines().collect();
            value.insert("status".to_owned(), status.into());
            value.insert("lines".to_owned(), json!(lines));
            value.insert("stdout".to_owned(), stdout.into());
        }
        value.into()
    }
}

/// Whether a task runs a script whose output can be registered.
fn has_output(task: &Task) -> bool {
    matches!(task.operation.as_str(), "read" | "command" | "script")
}

/// What a task registers: one outcome, or where it has a loop one for each item. What is not known
/// yet is not there.
pub(crate) fn registered(task: &Task, outcomes: &[Outcome]) -> Value {
    if task.items.is_none() {
        let skipped = Outcome::skipped();
        return outcomes.first().unwrap_or(&skipped).value(task);
    }
    let mut value = Map::new();
    let changed = |wanted: bool| move |one: &Outcome| one.changed == Some(wanted);
    if outcomes.iter().any(changed(true)) {
        value.insert("changed".to_owned(), true.into());
    } else if outcomes.iter().all(changed(false)) {
        value.insert("changed".to_owned(), false.into());
    }
    if outcomes.iter().all(|one| one.is_complete(task)) {
        let results: Vec<Value> = outcomes.iter().map(|one| one.value(task)).collect();
        value.insert("results".to_owned(), results.into());
    }
    value.into()
}

/// Whether what `task` registered tells its `field`, or where none is named all there is.
pub(crate) fn tells(task: &Task, registered: Option<&Value>, field: Option<&str>) -> bool {
    let all = match (&task.items, has_output(task)) {
        (Some(_), _) => "results",
        (None, true) => "stdout",
        (None, false) => "changed",
    };
    registered.is_some_and(|value| value.get(field.unwrap_or(all)).is_some())
}

/// What `task` may well register.
pub(super) fn sample_registered(task: &Task) -> Value {
    let outcome = Outcome {
        changed: Some(true),
        output: Some((0, "1".to_owned())),
    };
    registered(task, &[outcome])
}
