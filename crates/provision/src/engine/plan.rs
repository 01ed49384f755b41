//! Planning one host: says what applying would do, and where it cannot know that yet.

use std::collections::{BTreeMap, BTreeSet};

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
    let mut perhaps_notified: BTreeMap<&str, &str> = BTreeMap::new();
    for selected in &tasks {
        let name = &selected.task.name;
        if let Some(earlier) = first_that_may_change(&unapplied, selected) {
            (run.emit)(Event::TaskUndecided {
                host: run.host(),
                task: name.clone(),
                because: undecided_because(earlier, selected.op.caution(&facts)),
            });
            run.report.undecided += 1;
            unapplied.push(selected);
            for handler in &selected.task.notify {
                perhaps_notified.entry(handler).or_insert(name);
            }
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
        let name = handler.name.clone();
        let because = if notified.contains(name.as_str()) {
            "a task of this run notifies it"
        } else if pending.contains(&name) {
            "an earlier run ended before it"
        } else {
            if let Some(task) = perhaps_notified.get(name.as_str()) {
                run.report.undecided += 1;
                (run.emit)(Event::TaskUndecided {
                    host: run.host(),
                    task: name,
                    because: format!("this handler runs if '{task}' changes something"),
                });
            }
            continue;
        };
        run.report.handlers += 1;
        (run.emit)(Event::HandlerPlanned {
            host: run.host(),
            handler: name,
            because: because.to_owned(),
        });
    }
    Ok(())
}

fn undecided_because(earlier: &str, caution: Option<&str>) -> String {
    let caution = caution.map_or(String::new(), |text| format!("; a change {text}"));
    format!("it depends on '{earlier}', which is not applied yet{caution}")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::ops::Op;
    use crate::ops::supervisor::{SupervisorArgs, Wanted};

    #[test]
    fn an_undecided_restart_of_what_serves_is_announced() {
        let op = Op::Supervisor(SupervisorArgs {
            program: "exam-blue".into(),
            conf: "/etc/x.conf".into(),
            active_file: Some("/opt/exam/active".into()),
            state: Wanted::Loaded,
            state_directory: "/var/lib/examctl".into(),
        });
        let facts = |active: &str| -> Facts {
            serde_json::from_value(serde_json::json!({
                "programs": {"exam-blue": {"supervisor_answers": true, "state": "RUNNING"}},
                "paths": {"/opt/exam/active": {"kind": "file", "content": active}},
            }))
            .unwrap()
        };
        let because = undecided_because("blue program", op.caution(&facts("blue\n")));
        assert_eq!(
            because,
            "it depends on 'blue program', which is not applied yet; a change restarts the colour \
             that serves: not during an exam"
        );
        assert_eq!(op.caution(&facts("green\n")), None);
    }
}
