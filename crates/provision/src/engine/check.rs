//! Everything about a run that can be wrong before a host is contacted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Map;

use super::{Checked, RunOptions};
use crate::assets::Assets;
use crate::fields::Findings;
use crate::inventory::{Host, Inventory};
use crate::playbook::{Playbook, Resolver, check_shape, parse_playbook};
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
    let mut plays = Vec::new();
    if let Some(inventory) = inventory {
        match hosts_of(&playbook, inventory, options) {
            Err(problem) => problems.push(problem),
            Ok(hosts) => {
                let secrets = all_secrets(&playbook, inventory);
                let resolver = resolver(&playbook, assets, &secrets, options);
                for host in hosts {
                    match resolver.resolve(host) {
                        Ok(play) => plays.push(play),
                        Err(found) => problems.extend(found),
                    }
                }
            }
        }
        check_tags(&playbook, options, &mut problems);
    }
    if problems.is_empty() {
        return Ok(Checked {
            name: playbook.name,
            plays,
            state_directory: options.state_directory.clone(),
        });
    }
    problems.sort();
    problems.dedup();
    Err(problems)
}

/// A template as a task of the playbook would write it on `host`, for looking at.
pub fn render_template(
    template: &str,
    playbook: &Path,
    host: &Host,
    assets: &Assets,
    options: &RunOptions,
) -> Result<String, Vec<Problem>> {
    let (playbook, problems) = load(playbook, assets)?;
    if !problems.is_empty() {
        return Err(problems);
    }
    let secrets = playbook.secrets.clone();
    resolver(&playbook, assets, &secrets, options).render_template(template, host)
}

fn resolver<'a>(
    playbook: &'a Playbook,
    assets: &'a Assets,
    secrets: &'a [String],
    options: &'a RunOptions,
) -> Resolver<'a> {
    Resolver {
        playbook,
        assets,
        secrets,
        extra_vars: &options.extra_vars,
        state_directory: &options.state_directory,
    }
}

fn all_secrets(playbook: &Playbook, inventory: &Inventory) -> Vec<String> {
    let mut names = playbook.secrets.clone();
    names.extend(inventory.secrets.iter().cloned());
    names
}

/// The playbook and what is wrong with its shape.
fn load(path: &Path, assets: &Assets) -> Result<(Playbook, Vec<Problem>), Vec<Problem>> {
    let (file, text, folder) = read(path, assets).map_err(|problem| vec![problem])?;
    let document = Arc::new(Document::parse(&file, &text).map_err(|problem| vec![problem])?);
    let mut findings = Findings::default();
    let playbook = parse_playbook(&document, folder, &mut findings);
    if let Some(playbook) = &playbook {
        check_shape(playbook, assets, &mut findings);
    }
    let problems: Vec<Problem> = findings
        .list
        .iter()
        .map(|finding| document.problem(&finding.place, finding.message.clone()))
        .collect();
    match playbook {
        Some(playbook) => Ok((playbook, problems)),
        None => Err(problems),
    }
}

type Source = (String, String, Option<PathBuf>);

fn read(path: &Path, assets: &Assets) -> Result<Source, Problem> {
    let shown = path.display().to_string();
    if path.is_file() {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Problem::with_file(&shown, format!("cannot read it: {error}")))?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        return Ok((shown, text, Some(folder)));
    }
    if let Some(text) = assets.playbook(&shown) {
        let stem = shown.strip_suffix(".yaml").unwrap_or(&shown);
        return Ok((format!("playbooks/{stem}.yaml"), text, None));
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
