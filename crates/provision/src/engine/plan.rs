//! Planning one host: says what applying would do, and where it cannot know that yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::approved::Hasher;
use super::event::{Event, Failure};
use super::handlers::pending_of;
use super::knowledge::Knowledge;
use super::run::HostRun;
use crate::facts::FactKey;
use crate::ops::Op;
use crate::ops::effects::Moment;
use crate::playbook::late::{self, Outcome};
use crate::playbook::{ReadyTask, State, Task};
use crate::render::names::Used;

/// What has been planned so far.
#[derive(Default)]
struct Planned {
    /// Tasks that may change the host before the next one, by name.
    unapplied: Vec<(String, Option<Effect>)>,
    notified: BTreeSet<String>,
    /// Handler to the task that may notify it.
    perhaps_notified: BTreeMap<String, String>,
    /// All of it, as exactly as it is known.
    exactly: Hasher,
}

/// What a task does that is not applied yet; none where that is not known.
type Effect = (Arc<[ReadyTask]>, usize);

pub(super) fn plan_host(run: &mut HostRun<'_>) -> Result<(), Failure> {
    let mut knowledge = Knowledge::begin(run)?;
    plan_tasks(run, &mut knowledge)
}

/// Plans with what is known of the host; asks it again only where that brings to light more.
pub(super) fn plan_tasks<'a>(
    run: &mut HostRun<'a>,
    knowledge: &mut Knowledge<'a>,
) -> Result<(), Failure> {
    let mut planned = Planned::default();
    for index in 0..run.play.tasks.len() {
        let task = knowledge.task(index);
        if !knowledge.takes_part(index) {
            run.skipped(&task.name, "its tags are not asked for");
            knowledge.register(index, &[Outcome::skipped()]);
            continue;
        }
        let outcomes = if let Some(because) = planned.unknown(knowledge, index) {
            planned.undecided_task(run, knowledge, index, &because);
            vec![Outcome::undecided()]
        } else {
            let ready = knowledge.prepare(run, index)?;
            (0..ready.len())
                .map(|at| planned.plan_one(run, knowledge, &ready, at))
                .collect::<Result<_, _>>()?
        };
        knowledge.register(index, &outcomes);
    }
    planned.handlers(run, knowledge);
    run.report.plan = Some(planned.exactly.finish());
    Ok(())
}

impl Planned {
    /// Why it cannot be told yet what a task means.
    fn unknown(&self, knowledge: &Knowledge<'_>, index: usize) -> Option<String> {
        let uses = &knowledge.play.tasks[index].uses;
        uses.all()
            .find_map(|used| self.unknown_use(knowledge, used))
    }

    fn unknown_use(&self, knowledge: &Knowledge<'_>, used: &Used) -> Option<String> {
        let playbook = &knowledge.play.book.playbook;
        let field = used.field.as_deref();
        if used.name == "versions" {
            let named = |(alias, _): &(&String, &String)| field.is_none_or(|field| field == *alias);
            let packages = knowledge.play.versions.iter().filter(named);
            let mut keys = packages.map(|(_, package)| FactKey::Package(package.clone()));
            let earlier = keys.find_map(|key| self.first_that_may_change(&key))?;
            return Some(format!("it uses {used}, which '{earlier}' may change"));
        }
        let registers = |task: &&Task| task.register.as_ref() == Some(&used.name);
        let earlier = playbook.tasks.iter().find(registers)?;
        let known = late::tells(earlier, knowledge.late.get(&used.name), field);
        let name = &earlier.name;
        (!known).then(|| format!("it uses {used}, which only applying '{name}' can tell"))
    }

    fn undecided_task(
        &mut self,
        run: &mut HostRun<'_>,
        knowledge: &Knowledge<'_>,
        index: usize,
        because: &str,
    ) {
        let task = knowledge.task(index);
        self.undecided(run, &task.name, because, &task.notify);
        let uses = &knowledge.play.tasks[index].uses;
        let known = |all: &BTreeSet<Used>| {
            all.iter()
                .all(|used| self.unknown_use(knowledge, used).is_none())
        };
        // Where only its condition is not known, what it does is; and where only the content of its
        // file is not, what it may touch is.
        let writes = |one: &ReadyTask| one.op().is_none_or(|op| !op.runs_foreign_code());
        let clear = |ready: &Arc<[ReadyTask]>| {
            known(&uses.arguments) || (known(&uses.path) && ready.iter().all(writes))
        };
        match knowledge.assumed(index).filter(clear) {
            Some(ready) => {
                let each = 0..ready.len();
                let named = each.map(|at| (task.name.clone(), Some((Arc::clone(&ready), at))));
                self.unapplied.extend(named);
            }
            None => self.unapplied.push((task.name.clone(), None)),
        }
    }

    fn undecided(&mut self, run: &mut HostRun<'_>, task: &str, because: &str, notify: &[String]) {
        (run.emit)(Event::TaskUndecided {
            host: run.host(),
            task: task.to_owned(),
            because: because.to_owned(),
        });
        run.report.undecided += 1;
        self.exactly.add(&("undecided", task));
        for handler in notify {
            let first = self.perhaps_notified.entry(handler.clone());
            first.or_insert_with(|| task.to_owned());
        }
    }

    fn plan_one(
        &mut self,
        run: &mut HostRun<'_>,
        knowledge: &Knowledge<'_>,
        ready: &Arc<[ReadyTask]>,
        at: usize,
    ) -> Result<Outcome, Failure> {
        let one = &ready[at];
        let name = &one.name;
        let op = match &one.state {
            State::Do(op) => op,
            State::Skip(because) => {
                run.skipped(name, because);
                return Ok(Outcome::skipped());
            }
        };
        let facts = knowledge.facts(one.seat);
        let requests = op.requests();
        let earlier = requests
            .iter()
            .find_map(|request| self.first_that_may_change(&request.key));
        if let Some(earlier) = earlier {
            let because = undecided_because(earlier, op.caution(facts).as_deref());
            self.undecided(run, name, &because, &one.notify);
            self.unapplied
                .push((name.clone(), Some((Arc::clone(ready), at))));
            return Ok(Outcome::undecided());
        }
        run.warn(name, op, facts);
        let changes = op
            .plan(facts)
            .map_err(|error| run.not_planned(name, &error))?;
        if changes.is_empty() {
            run.unchanged(name);
            return Ok(knowledge.unchanged(one));
        }
        run.report.changed += 1;
        self.exactly.add_changes(name, &changes, &requests, facts);
        (run.emit)(Event::TaskPlanned {
            host: run.host(),
            task: name.clone(),
            changes: run.shown(&changes),
        });
        self.unapplied
            .push((name.clone(), Some((Arc::clone(ready), at))));
        self.notified.extend(one.notify.iter().cloned());
        Ok(Outcome {
            changed: Some(true),
            output: None,
        })
    }

    /// The name of the first earlier task whose change may touch `key`.
    fn first_that_may_change(&self, key: &FactKey) -> Option<&str> {
        let may_change = |op: &Op| op.may_change_at(key, Moment::Planning);
        let mut unapplied = self.unapplied.iter();
        let found = unapplied.find(|(_, what)| match what {
            Some((ready, at)) => ready[*at].op().is_some_and(may_change),
            None => true,
        });
        found.map(|(name, _)| name.as_str())
    }

    fn handlers(&mut self, run: &mut HostRun<'_>, knowledge: &Knowledge<'_>) {
        let pending = pending_of(run.checked.name(), knowledge.facts(run.play.seat()));
        for handler in &run.play.book.playbook.handlers {
            let name = handler.name.clone();
            let because = if self.notified.contains(&name) {
                "a task of this run notifies it"
            } else if pending.contains(&name) {
                "an earlier run ended before it"
            } else {
                if let Some(task) = self.perhaps_notified.get(&name) {
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
            self.exactly.add(&("handler", &name));
            (run.emit)(Event::HandlerPlanned {
                host: run.host(),
                handler: name,
                because: because.to_owned(),
            });
        }
    }
}

fn undecided_because(earlier: &str, caution: Option<&str>) -> String {
    let caution = caution.map_or(String::new(), |text| format!("; a change {text}"));
    format!("it depends on '{earlier}', which is not applied yet{caution}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::ops::Op;
    use crate::ops::services::supervisor::{SupervisorArgs, Wanted};

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
        let because = undecided_because("blue program", op.caution(&facts("blue\n")).as_deref());
        assert_eq!(
            because,
            "it depends on 'blue program', which is not applied yet; a change restarts the colour \
             that serves: not during an exam"
        );
        assert_eq!(op.caution(&facts("green\n")), None);
    }
}
