//! What the operations on files of systemd's units share.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, PathKind, Request, ServiceState};
use crate::fields::{Fields, is_template};
use crate::ops::files::file::FileArgs;
use crate::ops::{Change, Operation as _, PlanError};

const KINDS: &[&str] = &[
    "service",
    "socket",
    "timer",
    "mount",
    "target",
    "path",
    "slice",
    "swap",
    "automount",
];

/// A name with the kind of the unit at its end.
pub(super) fn unit_name(fields: &mut Fields<'_>, key: &str) -> Option<String> {
    let name = fields.name(key)?;
    let (stem, kind) = name.rsplit_once('.').unwrap_or((&name, ""));
    let fits = !stem.is_empty() && KINDS.contains(&kind);
    if fits || (fields.findings.unrendered && is_template(&name)) {
        return Some(name);
    }
    let message = format!("'{name}' is not a unit, for instance {stem}.service");
    fields.wrong(key, message);
    None
}

/// Whether `text` may stand for a value of a unit file on one line.
pub(super) fn is_one_line(text: &str) -> bool {
    !text.contains('\n') && !text.ends_with('\\')
}

/// A validation for [`FileArgs`] that puts the staged file under its real name into a folder, with
/// the unit it adds to where it is a drop-in, and has systemd judge it. systemd ends with status 0
/// where it ignores a line, hence its words are judged. A program that is not there yet is no
/// mistake: it may be deployed later.
pub(super) fn validation(unit: &str, dropin: Option<&str>) -> String {
    let unit_word = quote(unit);
    let stage = match dropin {
        None => format!("cp %s \"$d\"/{unit_word}"),
        Some(name) => format!(
            "mkdir \"$d\"/{unit_word}.d && cp %s \"$d\"/{unit_word}.d/{name}.conf && for f in /etc /run /usr/lib /lib; do f=$f/systemd/system/{unit_word}; [ ! -f \"$f\" ] || {{ cp \"$f\" \"$d\"/; break; }}; done",
            name = quote(name)
        ),
    };
    format!(
        "d=$(mktemp -d) && chmod 755 \"$d\" && {stage} && chmod -R a+rX \"$d\" || exit 1\n\
         e=$(systemd-analyze verify --man=no \"$d\"/{unit_word} 2>&1 | grep -F -e \"$d/\" -e {unit_word} | grep -v -e 'is not executable' -e 'has a bad unit file setting')\n\
         e=$(echo \"$e\" | sed \"s|$d/||g\"); rm -rf \"$d\"\n\
         [ -z \"$e\" ] || {{ echo \"$e\"; exit 1; }}"
    )
}

/// A file of a unit and what systemd must do after it changed.
pub(super) fn requests(file: &FileArgs, unit: &str) -> Vec<Request> {
    let mut requests = file.requests();
    if !is_template_unit(unit) {
        requests.push(FactKey::Service(unit.to_owned()).into());
    }
    requests
}

/// The changes of the file, and systemd reading its files again where they or any before changed.
pub(super) fn plan(file: &FileArgs, unit: &str, facts: &Facts) -> Result<Vec<Change>, PlanError> {
    let mut changes = file.plan(facts)?;
    let state = facts.services.get(unit);
    let is_stale = state.is_some_and(|state: &ServiceState| state.needs_daemon_reload);
    let is_missing = file.content.is_some()
        && !is_template_unit(unit)
        && state.is_some_and(|state| state.load == "not-found")
        && file.path.ends_with(unit)
        && facts
            .paths
            .get(&file.path)
            .is_some_and(|path| path.kind == PathKind::File);
    if !changes.is_empty() || is_stale || is_missing {
        changes.push(Change::run(
            format!("reload systemd's configuration for {unit}"),
            "systemctl daemon-reload",
        ));
    }
    Ok(changes)
}

/// `name@.service` is not a unit itself, but what its instances are made of.
fn is_template_unit(unit: &str) -> bool {
    unit.contains("@.")
}

pub(super) fn may_change(file: &FileArgs, unit: &str, key: &FactKey) -> bool {
    file.may_change(key) || matches!(key, FactKey::Service(name) if is_unit(name, unit))
}

/// Whether `name`, as a service is asked for, is the unit: `.service` may be left out.
fn is_unit(name: &str, unit: &str) -> bool {
    name == unit || unit.strip_suffix(".service") == Some(name) || unit.contains("@.")
}
