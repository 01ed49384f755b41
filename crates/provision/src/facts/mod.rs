//! What is true on a host, read in one command.
//!
//! Each kind of fact has one file: a snippet of shell that reads all facts of that kind at once
//! (few processes, however many are asked for) and a pure parser of what it prints. The sections
//! are framed by lines with a random mark, so that no output can pass for another section.

pub(crate) mod account;
pub(crate) mod gather;
pub(crate) mod host;
pub(crate) mod os;
pub(crate) mod package;
pub(crate) mod path;
pub(crate) mod probe;
pub(crate) mod program;
pub(crate) mod service;
pub(crate) mod versions;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use account::{Group, User};
pub(crate) use os::HostFacts;
pub(crate) use path::{PathKind, PathState};
pub(crate) use probe::Probed;
pub(crate) use program::ProgramState;
pub(crate) use service::ServiceState;

/// What can be asked about a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FactKey {
    Path(String),
    Package(String),
    Service(String),
    /// A program of supervisor and its configuration file.
    Program {
        name: String,
        conf: String,
    },
    User(String),
    Group(String),
    /// What a snippet of shell prints and its exit status. It changes nothing, takes a few
    /// milliseconds and holds no secret.
    Probe {
        /// Says what it asks, for instance `sysctl vm.swappiness`: equal names are one question.
        name: String,
        script: String,
        /// Files and folders whose change may change the answer; `/` where nobody knows.
        reads: Vec<String>,
    },
}

/// A question, with what helps to answer it shortly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) key: FactKey,
    /// For a path: its content is sent only where its checksum differs from this one.
    pub(crate) expected_sha256: Option<String>,
}

impl From<FactKey> for Request {
    fn from(key: FactKey) -> Self {
        Self {
            key,
            expected_sha256: None,
        }
    }
}

/// Answers. What was asked for and is not here does not exist on the host.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Facts {
    pub(crate) host: HostFacts,
    pub(crate) paths: BTreeMap<String, PathState>,
    /// Package to installed version.
    pub(crate) packages: BTreeMap<String, String>,
    pub(crate) services: BTreeMap<String, ServiceState>,
    pub(crate) programs: BTreeMap<String, ProgramState>,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) probes: BTreeMap<String, Probed>,
    /// Handlers noted on the host by an earlier run: lines of `playbook TAB handler`.
    pub(crate) pending_handlers: Vec<String>,
    /// How many runs have changed the host so far.
    pub(crate) apply_count: u64,
}

impl Facts {
    /// Puts the answers to `requests` from `newer` in the place of those here.
    pub(crate) fn replace(&mut self, requests: &[Request], newer: &Self) {
        fn one<T: Clone>(old: &mut BTreeMap<String, T>, new: &BTreeMap<String, T>, name: &str) {
            match new.get(name) {
                Some(value) => old.insert(name.to_owned(), value.clone()),
                None => old.remove(name),
            };
        }
        for request in requests {
            match &request.key {
                FactKey::Path(name) => one(&mut self.paths, &newer.paths, name),
                FactKey::Package(name) => one(&mut self.packages, &newer.packages, name),
                FactKey::Service(name) => one(&mut self.services, &newer.services, name),
                FactKey::Program { name, .. } => one(&mut self.programs, &newer.programs, name),
                FactKey::User(name) => one(&mut self.users, &newer.users, name),
                FactKey::Group(name) => one(&mut self.groups, &newer.groups, name),
                FactKey::Probe { name, .. } => one(&mut self.probes, &newer.probes, name),
            }
        }
    }
}
