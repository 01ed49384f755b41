//! Planning one host: says what applying would do, and where it cannot know that yet.

use std::collections::BTreeSet;

use super::event::{Event, Failure};
use super::handlers::pending_of;
use super::run::{HostRun, Selected, requests_of};
use crate::ops::effects::Moment;

pub(super) fn plan_host(run: &mut HostRun<'_>) -> Result<(), Failure> {
    let requests = requests_of(&run.candidates());
    let facts = run.gather(&requests)?;
    let tasks = run.select(&facts)?;
    let mut unapplied: Vec<&Selected<'_>> = Vec::new();
    let mut notified: BTreeSet<&str> = BTreeSet::new();
    for selected in &tasks {
        let name = &selected.task.name;
        if let Some(earlier) = first_that_may_change(&unapplied, selected) {
            (run.emit)(Event::TaskUndecided {
                host: run.host(),
                task: name.clone(),
                because: format!("it depends on '{earlier}', which is not applied yet"),
            });
            run.report.undecided += 1;
            unapplied.push(selected);
            continue;
        }
        let changes = selected
            .op
            .plan(&facts)
            .map_err(|error| run.not_planned(name, &error))?;
        if changes.is_empty() {
            run.report.unchanged += 1;
            (run.emit)(Event::TaskUnchanged {
                host: run.host(),
                task: name.clone(),
            });
            continue;
        }
        run.report.changed += 1;
        (run.emit)(Event::TaskPlanned {
            host: run.host(),
            task: name.clone(),
            changes: run.shown(&changes),
        });
        unapplied.push(selected);
        notified.extend(selected.task.notify.iter().map(String::as_str));
    }
    let pending = pending_of(run.checked.name(), &facts);
    for handler in &run.play.handlers {
        let because = if notified.contains(handler.name.as_str()) {
            "a task of this run notifies it"
        } else if pending.contains(&handler.name) {
            "an earlier run ended before it"
        } else {
            continue;
        };
        run.report.handlers += 1;
        (run.emit)(Event::HandlerPlanned {
            host: run.host(),
            handler: handler.name.clone(),
            because: because.to_owned(),
        });
    }
    Ok(())
}

/// The name of the first earlier task whose change may touch what this one depends on.
fn first_that_may_change<'a>(
    unapplied: &[&'a Selected<'a>],
    selected: &Selected<'_>,
) -> Option<&'a str> {
    let requests = selected.op.requests();
    unapplied
        .iter()
        .find(|earlier| {
            requests
                .iter()
                .any(|request| earlier.op.may_change(&request.key, Moment::Planning))
        })
        .map(|earlier| earlier.task.name.as_str())
}
