//! Everything about a run that can be wrong before a host is contacted.

use std::path::Path;
use std::sync::Arc;

use serde_json::Map;

use super::{Checked, RunOptions};
use crate::assets::Assets;
use crate::inventory::{Host, Inventory};
use crate::playbook::{Book, Folder, HostPlay, Meaning, Playbook, check_shape, parse_playbook};
use crate::problem::{Problem, suggestion};
use crate::yaml::{Document, Step};

/// Checks a playbook and, with an inventory, what it means for each of its hosts.
///
/// `playbook` is a path, or the name of a shipped playbook where no such file exists. Without an
/// inventory the shape, the handlers and the templates are checked; variables may come from an
/// inventory and are not. All problems are returned, sorted by place.
pub fn check(
    playbook: &Path,
    inventory: Option<&Inventory>,
    assets: &Assets,
    options: &RunOptions,
) -> Result<Checked, Vec<Problem>> {
    let (playbook, mut problems) = load(playbook, assets)?;
    let secrets = all_secrets(&playbook, inventory);
    let book = Arc::new(book(playbook, assets, secrets, options));
    let mut plays = Vec::new();
    if let Some(inventory) = inventory {
        if !inventory.unread_secrets.is_empty() {
            // What depends on them would only be reported as undefined.
            problems.extend(inventory.unread_secrets.iter().cloned());
            return Err(problems);
        }
        match hosts_of(&book.playbook, inventory, options) {
            Err(problem) => problems.push(problem),
            Ok(hosts) => {
                for host in hosts {
                    match HostPlay::new(&book, host, inventory.groups_of(&host.name)) {
                        Ok(play) => plays.push(play),
                        Err(found) => problems.extend(found),
                    }
                }
            }
        }
        check_tags(&book.playbook, options, &mut problems);
    }
    if problems.is_empty() {
        return Ok(Checked {
            name: book.playbook.name.clone(),
            rollout: book.playbook.rollout.clone(),
            plays,
            state_directory: options.state_directory.clone(),
        });
    }
    problems.sort();
    problems.dedup();
    Err(problems)
}

/// A template as a task of the playbook would write it on a host, for looking at: secrets are
/// masked, and what only the host knows is filled with samples.
pub fn render_template(
    template: &str,
    playbook: &Path,
    (inventory, host): (&Inventory, &Host),
    assets: &Assets,
    options: &RunOptions,
) -> Result<String, Vec<Problem>> {
    let (playbook, mut problems) = load(playbook, assets)?;
    problems.extend(inventory.unread_secrets.iter().cloned());
    if !problems.is_empty() {
        return Err(problems);
    }
    let secrets = all_secrets(&playbook, Some(inventory));
    Meaning::template(&book(playbook, assets, secrets, options), host, template)
}

fn book(playbook: Playbook, assets: &Assets, secrets: Vec<String>, options: &RunOptions) -> Book {
    Book {
        playbook,
        assets: assets.clone(),
        secrets,
        extra_vars: options.extra_vars.clone(),
        state_directory: options.state_directory.clone(),
    }
}

fn all_secrets(playbook: &Playbook, inventory: Option<&Inventory>) -> Vec<String> {
    let mut names = playbook.secrets.clone();
    names.extend(
        inventory
            .into_iter()
            .flat_map(|inventory| inventory.secrets.iter().cloned()),
    );
    names
}

/// The playbook and what is wrong with its shape.
fn load(path: &Path, assets: &Assets) -> Result<(Playbook, Vec<Problem>), Vec<Problem>> {
    let (file, text, folder) = read(path, assets).map_err(|problem| vec![problem])?;
    let document = Arc::new(Document::parse(&file, &text).map_err(|problem| vec![problem])?);
    let mut problems = Vec::new();
    let playbook = parse_playbook(&document, folder, assets, &mut problems);
    if let Some(playbook) = &playbook {
        check_shape(playbook, assets, &mut problems);
    }
    match playbook {
        Some(playbook) => Ok((playbook, problems)),
        None => Err(problems),
    }
}

type Source = (String, String, Folder);

fn read(path: &Path, assets: &Assets) -> Result<Source, Problem> {
    let shown = path.display().to_string();
    if path.is_file() {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Problem::with_file(&shown, format!("cannot read it: {error}")))?;
        return Ok((shown, text, Folder::of(path)));
    }
    if let Some(text) = assets.playbook(&shown) {
        let stem = shown.strip_suffix(".yaml").unwrap_or(&shown);
        return Ok((
            format!("playbooks/{stem}.yaml"),
            text,
            Folder::Shipped(String::new()),
        ));
    }
    let shipped = assets.playbook_names();
    let hint = suggestion(&shown, shipped.iter().map(String::as_str));
    let message = format!("there is no such file, and no shipped playbook of that name{hint}");
    Err(Problem::with_file(shown, message))
}

fn hosts_of<'a>(
    playbook: &Playbook,
    inventory: &'a Inventory,
    options: &RunOptions,
) -> Result<Vec<&'a Host>, Problem> {
    let at = [Step::Key("hosts".to_owned())];
    let mut hosts = inventory
        .hosts_for(Some(&playbook.hosts))
        .map_err(|problem| playbook.document.problem(&at, problem.message))?;
    if let Some(limit) = &options.limit {
        let wanted = inventory.hosts_for(Some(limit))?;
        hosts.retain(|host| wanted.iter().any(|other| other.name == host.name));
        if hosts.is_empty() {
            let message = format!("'--limit {limit}' leaves no host of '{}'", playbook.hosts);
            return Err(playbook.document.problem(&at, message));
        }
    }
    Ok(hosts)
}

fn check_tags(playbook: &Playbook, options: &RunOptions, problems: &mut Vec<Problem>) {
    let known: Map<String, serde_json::Value> = playbook
        .tasks
        .iter()
        .flat_map(|task| task.tags.iter().cloned())
        .map(|tag| (tag, serde_json::Value::Null))
        .collect();
    for tag in options.tags.iter().filter(|tag| !known.contains_key(*tag)) {
        let hint = suggestion(tag, known.keys().map(String::as_str));
        let message = format!("no task has the tag '{tag}'{hint}");
        problems.push(Problem::with_file(playbook.document.file.clone(), message));
    }
}
