//! What a playbook means for one host, with what is known of the host so far.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::late::{self, HostNames, Late, Versions};
use super::packages::packages;
use super::ready::{Expansion, ReadyTask};
use super::sources::HostSources;
use super::uses::{LateNames, Uses};
use super::{Book, Scope, Seat, Task};
use crate::inventory::Host;
use crate::ops::{Op, Sources as _};
use crate::problem::Problem;
use crate::render::names::used_in_value;
use crate::secret::{Secret, mask_all};
use crate::vars::{self, Layer, Winning, secrets_of};

/// What a playbook means for one host: every value rendered and typed, with samples in the place of
/// what only the host knows.
#[derive(Clone, Debug)]
pub(crate) struct HostPlay {
    pub(crate) host: Host,
    pub(crate) names: HostNames,
    /// Whose packages `versions` tells.
    pub(crate) versions: Versions,
    pub(crate) book: Arc<Book>,
    pub(crate) secrets: Vec<Secret>,
    /// One for each task of the playbook.
    pub(crate) tasks: Vec<Prepared>,
    /// One for each handler of the playbook.
    pub(crate) handlers: Vec<Prepared>,
}

/// A task as far as it is known before the host is asked.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) uses: Uses,
    /// What it means with samples; for good where it uses nothing late.
    pub(crate) ready: Arc<[ReadyTask]>,
}

impl HostPlay {
    /// Everything the playbook means for `host`, or everything that is wrong with it there.
    pub(crate) fn new(
        book: &Arc<Book>,
        host: &Host,
        groups: Vec<String>,
    ) -> Result<Self, Vec<Problem>> {
        let names = HostNames::new(host, groups);
        let versions = packages(book, host, &names)?;
        let mut late = late::sample(&versions, &names);
        let mut problems = Vec::new();
        let mut secrets = Vec::new();
        let mut tasks = Vec::new();
        let playbook = &book.playbook;
        let mut meaning = Meaning::new(book, host, late.clone(), Assume::Everything);
        for task in &playbook.tasks {
            collect(meaning.prepare(task, false), &mut tasks, &mut problems);
            if let Some(name) = &task.register {
                problems.extend(meaning.taken(task, name));
                late.insert(name.clone(), late::sample_registered(task));
                secrets.extend(meaning.secrets());
                meaning = Meaning::new(book, host, late.clone(), Assume::Everything);
            }
        }
        let mut handlers = Vec::new();
        for handler in &playbook.handlers {
            collect(meaning.prepare(handler, true), &mut handlers, &mut problems);
        }
        secrets.extend(meaning.secrets());
        let mut host = host.clone();
        if let Some(password) = meaning.become_password() {
            secrets.push(password.clone());
            host.become_password = Some(password);
        }
        if problems.is_empty() {
            check_owners(&playbook.tasks, &tasks, &mut problems);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut host = host.clone();
        // What the command line says wins over the inventory.
        let password = host.become_password_var.as_ref();
        if let Some(Value::String(password)) = password.and_then(|name| book.extra_vars.get(name)) {
            host.become_password = Some(Secret::new(password));
        }
        Ok(Self {
            host,
            names,
            versions,
            book: Arc::clone(book),
            secrets: longest_first(secrets),
            tasks,
            handlers,
        })
    }

    /// Where and as whom tasks act that say nothing of it.
    pub(crate) fn seat(&self) -> Seat {
        Seat {
            on_controller: false,
            become_root: become_root(&self.book, &self.host),
        }
    }

    /// The meaning of tasks with `late`.
    pub(crate) fn meaning(&self, late: Late, assume: Assume) -> Meaning<'_> {
        Meaning::new(&self.book, &self.host, late, assume)
    }
}

/// Which conditions are taken to hold without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assume {
    Nothing,
    /// Those that depend on late values.
    Everything,
}

fn become_root(book: &Book, host: &Host) -> bool {
    book.playbook.become_root.unwrap_or(host.become_root)
}

/// Secrets without repeats, so that one that contains another is masked as a whole.
pub(crate) fn longest_first(mut secrets: Vec<Secret>) -> Vec<Secret> {
    secrets.sort_by(|left, right| {
        let (left, right) = (left.expose(), right.expose());
        right.len().cmp(&left.len()).then_with(|| left.cmp(right))
    });
    secrets.dedup();
    secrets
}

fn collect<T>(found: Result<T, Vec<Problem>>, good: &mut Vec<T>, problems: &mut Vec<Problem>) {
    match found {
        Ok(one) => good.push(one),
        Err(found) => problems.extend(found),
    }
}

/// Two tasks that own the same path would undo each other on every run.
fn check_owners(tasks: &[Task], prepared: &[Prepared], problems: &mut Vec<Problem>) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let certain = tasks
        .iter()
        .zip(prepared)
        .filter(|(_, one)| one.uses.is_early());
    for (task, prepared) in certain {
        let on_host = prepared
            .ready
            .iter()
            .filter(|ready| !ready.seat.on_controller);
        for ready in on_host {
            let Some(path) = ready.op().and_then(Op::managed_path) else {
                continue;
            };
            if let Some(other) = owners.insert(path, &ready.name) {
                let message = format!("{path} is already managed by the task '{other}'");
                problems.push(task.document.problem(&task.operation_place(), message));
            }
        }
    }
}

/// The variables of a host with one state of knowledge, and what tasks mean with them.
#[derive(Clone)]
pub(crate) struct Meaning<'a> {
    book: &'a Book,
    host: &'a Host,
    late: Late,
    assume: Assume,
    pub(super) late_names: BTreeSet<&'a str>,
    /// The variables of each scope that was asked for.
    scopes: RefCell<Vec<(Arc<Scope>, Arc<Known>)>>,
}

/// The variables of one scope.
pub(super) struct Known {
    pub(super) vars: Map<String, Value>,
    secrets: Vec<Secret>,
}

impl<'a> Meaning<'a> {
    pub(super) fn new(book: &'a Book, host: &'a Host, late: Late, assume: Assume) -> Self {
        Self {
            book,
            host,
            late,
            assume,
            late_names: late::names(&book.playbook).collect(),
            scopes: RefCell::default(),
        }
    }

    /// A template with the variables of the host, samples for what is late.
    pub(crate) fn template(book: &Book, host: &Host, name: &str) -> Result<String, Vec<Problem>> {
        let names = HostNames::new(host, Vec::new());
        let late = late::sample(&packages(book, host, &names)?, &names);
        let meaning = Meaning::new(book, host, late.clone(), Assume::Everything);
        let scope = book
            .playbook
            .tasks
            .first()
            .map(|task| Arc::clone(&task.scope));
        let folders = scope.map_or(Vec::new(), |scope| scope.folders.clone());
        let scope = Arc::new(Scope {
            defaults: Vec::new(),
            vars: Vec::new(),
            folders,
        });
        let known = meaning.known(&scope)?;
        let text = meaning.sources(&scope, &known).template(name, &Map::new());
        let text = text.map_err(|message| vec![Problem::with_file(name, message)])?;
        Ok(mask_all(&text, &known.secrets))
    }

    /// The layers around a task, the weakest first.
    pub(super) fn layers<'s>(&'s self, scope: &'s Scope, extra: &'s Layer) -> Winning<'s> {
        let playbook = &self.book.playbook;
        vars::winning(
            scope
                .defaults
                .iter()
                .chain(&playbook.vars)
                .chain(&self.host.layers)
                .chain(&scope.vars)
                .chain([extra]),
        )
    }

    pub(super) fn extra(&self) -> Layer {
        Layer {
            source: None,
            values: self.book.extra_vars.clone(),
        }
    }

    pub(super) fn known(&self, scope: &Arc<Scope>) -> Result<Arc<Known>, Vec<Problem>> {
        let mut scopes = self.scopes.borrow_mut();
        if let Some((_, known)) = scopes.iter().find(|(other, _)| Arc::ptr_eq(other, scope)) {
            return Ok(Arc::clone(known));
        }
        let extra = self.extra();
        let mut winning = self.layers(scope, &extra);
        let unknown = self
            .late_names
            .iter()
            .filter(|name| !self.late.contains_key(**name));
        drop_unknown(
            &mut winning,
            unknown.map(|name| (*name).to_owned()).collect(),
        );
        let vars = vars::resolve(&winning, &self.late)?;
        let known = Arc::new(Known {
            secrets: secrets_of(&self.book.secrets, &vars),
            vars,
        });
        scopes.push((Arc::clone(scope), Arc::clone(&known)));
        Ok(known)
    }

    fn sources<'s>(&'s self, scope: &'s Scope, known: &'s Known) -> HostSources<'s> {
        HostSources {
            folders: &scope.folders,
            assets: &self.book.assets,
            vars: Some(&known.vars),
            secrets: &known.secrets,
            has_secrets: !self.book.secrets.is_empty(),
            state_directory: &self.book.state_directory,
            used: RefCell::default(),
        }
    }

    /// Every secret among the variables that were asked for.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let scopes = self.scopes.borrow();
        scopes
            .iter()
            .flat_map(|(_, known)| known.secrets.clone())
            .collect()
    }

    /// The password for becoming root, where a variable holds it.
    fn become_password(&self) -> Option<Secret> {
        let variable = self.host.become_password_var.as_ref()?;
        let scope = Arc::new(Scope {
            defaults: Vec::new(),
            vars: Vec::new(),
            folders: Vec::new(),
        });
        match self.known(&scope).ok()?.vars.get(variable)? {
            Value::String(password) => Some(Secret::new(password)),
            Value::Number(number) => Some(Secret::new(number.to_string())),
            _ => None,
        }
    }

    /// What `task` means now.
    pub(crate) fn ready(&self, task: &Task) -> Result<Arc<[ReadyTask]>, Vec<Problem>> {
        self.expand(task, false).map(|prepared| prepared.ready)
    }

    /// What the handler means now.
    pub(crate) fn handler(&self, task: &Task) -> Result<Arc<[ReadyTask]>, Vec<Problem>> {
        self.expand(task, true).map(|prepared| prepared.ready)
    }

    fn prepare(&self, task: &Task, is_handler: bool) -> Result<Prepared, Vec<Problem>> {
        let extra = self.extra();
        let winning = self.layers(&task.scope, &extra);
        let names = LateNames {
            names: self.late_names.clone(),
            variables: &winning,
        };
        let uses = Uses::of(task, &BTreeSet::new(), &names);
        let too_early = uses.all().find(|used| !self.late.contains_key(&used.name));
        if let Some(used) = too_early {
            let message = format!(
                "'{}' is not known here: it is registered by {}",
                used.name,
                match self
                    .book
                    .playbook
                    .tasks
                    .iter()
                    .find(|other| other.register.as_ref() == Some(&used.name))
                {
                    Some(other) if !std::ptr::eq(other, task) =>
                        format!("a later task, '{}'", other.name),
                    _ => "this task itself".to_owned(),
                }
            );
            return Err(vec![task.document.problem(&task.place, message)]);
        }
        self.expand(task, is_handler)
    }

    fn expand(&self, task: &Task, is_handler: bool) -> Result<Prepared, Vec<Problem>> {
        let known = self.known(&task.scope)?;
        let sources = self.sources(&task.scope, &known);
        let extra = self.extra();
        let winning = self.layers(&task.scope, &extra);
        let names = LateNames {
            names: self.late_names.clone(),
            variables: &winning,
        };
        let expansion = Expansion {
            task,
            is_handler,
            vars: &known.vars,
            sources: &sources,
            become_root: become_root(self.book, self.host),
            late_names: &self.late_names,
            holds: &|used| {
                self.assume == Assume::Everything && !names.behind(used.clone()).is_empty()
            },
        };
        let ready = expansion.ready()?.into();
        let uses = Uses::of(task, &sources.used.borrow(), &names);
        Ok(Prepared { uses, ready })
    }

    /// A registered name that is a variable too would mean one thing before the task and another
    /// after it.
    fn taken(&self, task: &Task, name: &str) -> Option<Problem> {
        let extra = self.extra();
        let is_variable = self
            .layers(&task.scope, &extra)
            .iter()
            .any(|(known, _)| *known == name);
        let message = || format!("'{name}' is a variable already: register another name");
        is_variable.then(|| task.document.problem(&task.place_of("register"), message()))
    }
}

/// Leaves out variables that depend on what is not known yet.
fn drop_unknown(winning: &mut Winning<'_>, mut unknown: BTreeSet<String>) {
    loop {
        let is_unknown = |(name, layer): &(&str, &Layer)| {
            let used = used_in_value(&layer.values[*name]);
            used.iter().any(|used| unknown.contains(&used.name))
        };
        let found: Vec<String> = winning
            .iter()
            .filter(|one| is_unknown(one))
            .map(|(name, _)| (*name).to_owned())
            .collect();
        if found.is_empty() {
            return;
        }
        winning.retain(|(name, _)| !found.iter().any(|found| found == name));
        unknown.extend(found);
    }
}
