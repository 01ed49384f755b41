//! From YAML to a playbook: shape and names, before any value is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::include::Loader;
use super::rollout::Rollout;
use super::{Folder, Playbook, handlers};
use crate::assets::Assets;
use crate::fields::{Fields, Findings, is_template};
use crate::problem::Problem;
use crate::vars::{self, Layer};
use crate::yaml::{Document, Step, below};

pub(crate) const KEYS: [&str; 11] = [
    "name",
    "hosts",
    "vars",
    "vars_files",
    "secrets",
    "versions",
    "become",
    "serial",
    "max_fail",
    "tasks",
    "handlers",
];

/// Reads a playbook with all that it includes; `None` only where it is not a mapping at all.
pub(crate) fn parse_playbook(
    document: &Arc<Document>,
    folder: Folder,
    assets: &Assets,
    problems: &mut Vec<Problem>,
) -> Option<Playbook> {
    let mut findings = Findings::default();
    let mut loader = Loader::new(assets, folder, &document.file);
    let playbook = read(document, &mut loader, &mut findings);
    problems.extend(document.problems(findings.list));
    problems.append(&mut loader.problems);
    let mut playbook = playbook?;
    let around = loader.top();
    playbook.tasks = loader.tasks(document, document.root.get("tasks"), "tasks", &around);
    let own = loader.handlers(document, document.root.get("handlers"), "handlers", &around);
    playbook.handlers = own
        .into_iter()
        .chain(loader.role_handlers.drain(..))
        .collect();
    handlers::check(&playbook, &mut loader.problems);
    check_registered(&playbook, &mut loader.problems);
    problems.append(&mut loader.problems);
    Some(playbook)
}

fn read(
    document: &Arc<Document>,
    loader: &mut Loader<'_>,
    findings: &mut Findings,
) -> Option<Playbook> {
    let mut fields = Fields::open(&document.root, &[], "a playbook", &KEYS, findings)?;
    let name = fields.text("name").unwrap_or_default();
    let hosts = fields.text("hosts").unwrap_or_default();
    let mut vars = vec![Layer {
        source: Some((Arc::clone(document), fields.place_of("vars"))),
        values: fields.mapping("vars"),
    }];
    for file in fields.texts("vars_files") {
        match loader.variables(&file) {
            Ok(layer) => vars.extend(layer),
            Err(message) => fields.wrong("vars_files", message),
        }
    }
    let secrets = fields.texts("secrets");
    let versions = versions(&mut fields);
    let become_root = fields.boolean("become");
    let rollout = Rollout::parse(&mut fields);
    if fields.get("tasks").is_none() {
        fields.missing("tasks");
    }
    Some(Playbook {
        name,
        hosts,
        vars,
        secrets,
        versions,
        become_root,
        rollout,
        tasks: Vec::new(),
        handlers: Vec::new(),
        document: Arc::clone(document),
    })
}

/// Aliases are used as `versions.ALIAS`, so they are named as variables are.
fn versions(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let versions = fields.texts_by_name("versions");
    for (alias, package) in &versions {
        if !vars::is_name(alias) {
            let message = format!("'{alias}' is not a variable name (letters, digits, _)");
            let place = below(&fields.place_of("versions"), Step::KeyName(alias.clone()));
            fields.findings.add(place, message);
        }
        if !is_template(package) {
            fields.checked_name("versions", package.clone());
        }
    }
    versions
}

/// One name stands for one outcome, and for no variable.
fn check_registered(playbook: &Playbook, problems: &mut Vec<Problem>) {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for task in &playbook.tasks {
        let Some(name) = &task.register else { continue };
        let message = match known.insert(name, &task.name) {
            Some(earlier) => format!("'{name}' is registered already by the task '{earlier}'"),
            None if vars::RESERVED.contains(&name.as_str()) => {
                format!("'{name}' already means something else in every playbook")
            }
            None if !vars::is_name(name) => {
                format!("'{name}' is not a variable name (letters, digits, _)")
            }
            None => continue,
        };
        problems.push(task.document.problem(&task.place_of("register"), message));
    }
}
