//! What is known of a host while a run goes on: its facts, and what each task means with them.
//!
//! The way to the host is the costly part. What all tasks need is therefore asked for at once,
//! before it is known which of them are done and with what: samples stand for what only the host
//! knows. What the answers bring to light is asked for in a second round, and later only what a
//! change may have touched.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use super::answers::{Answers, Questions, collect};
use super::event::Failure;
use super::run::HostRun;
use crate::facts::{FactKey, Facts, Request};
use crate::ops::Op;
use crate::ops::effects::Moment;
use crate::playbook::late::{self, Late, Outcome};
use crate::playbook::{Assume, HostPlay, Meaning, ReadyTask, Seat, State, Task};
use crate::problem::Problem;

/// Readings that one task may take: each one can bring to light that another is needed.
const ROUNDS: usize = 8;

#[derive(Clone)]
pub(super) struct Knowledge<'a> {
    pub(super) play: &'a HostPlay,
    answers: Answers,
    pub(super) late: Late,
    meaning: Meaning<'a>,
    /// What each task means; `None` where that is to be found out anew.
    ready: Vec<Option<Arc<[ReadyTask]>>>,
    tags: &'a [String],
}

impl<'a> Knowledge<'a> {
    /// Asks the host for what all tasks need.
    pub(super) fn begin(run: &mut HostRun<'a>) -> Result<Self, Failure> {
        let play = run.play;
        let ready = play.tasks.iter().map(|task| {
            let known = task.uses.is_early();
            known.then(|| Arc::clone(&task.ready))
        });
        let mut knowledge = Self {
            play,
            answers: Answers::default(),
            late: Late::new(),
            meaning: play.meaning(Late::new(), Assume::Nothing),
            ready: ready.collect(),
            tags: &run.options.tags,
        };
        let questions = knowledge.first_questions();
        knowledge.ask(run, questions)?;
        let questions = knowledge.lacking(run, 0);
        knowledge.ask(run, questions)?;
        Ok(knowledge)
    }

    pub(super) fn task(&self, index: usize) -> &'a Task {
        &self.play.book.playbook.tasks[index]
    }

    /// Whether the tags that were asked for let a task take part. What only reads always does: later
    /// tasks may want to know.
    pub(super) fn takes_part(&self, index: usize) -> bool {
        let task = self.task(index);
        self.tags.is_empty()
            || task.operation == "read"
            || task.tags.iter().any(|tag| self.tags.contains(tag))
    }

    /// Facts as they are seen from where a task acts that was prepared.
    pub(super) fn facts(&self, seat: Seat) -> &Facts {
        static NONE: LazyLock<Facts> = LazyLock::new(Facts::default);
        self.answers.facts(seat).unwrap_or(&NONE)
    }

    fn first_questions(&self) -> Questions {
        let mut questions = Questions::from([(self.play.seat(), Vec::new())]);
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (index, prepared) in self.play.tasks.iter().enumerate() {
            if !self.takes_part(index) {
                continue;
            }
            names.extend(prepared.uses.all().map(|used| used.name.as_str()));
            // What an earlier task will tell cannot be guessed well enough to ask about it.
            let arguments = &prepared.uses.arguments;
            if !arguments.iter().any(|used| self.is_registered(&used.name)) {
                collect(&prepared.ready, &mut questions);
            }
        }
        let handlers = self
            .play
            .handlers
            .iter()
            .flat_map(|handler| handler.uses.all());
        names.extend(handlers.map(|used| used.name.as_str()));
        let late = names
            .into_iter()
            .filter_map(|name| late::request_for(name, &self.play.versions));
        questions.entry(self.play.seat()).or_default().extend(late);
        questions
    }

    fn is_registered(&self, name: &str) -> bool {
        let mut tasks = self.play.book.playbook.tasks.iter();
        tasks.any(|task| task.register.as_deref() == Some(name))
    }

    /// Asks, and puts the answers where they belong.
    pub(super) fn ask(
        &mut self,
        run: &mut HostRun<'a>,
        questions: Questions,
    ) -> Result<(), Failure> {
        let main = self.play.seat();
        for (seat, requests) in questions {
            if requests.is_empty() && self.answers.facts(seat).is_some() {
                continue;
            }
            let newer = run.gather(seat, &requests)?;
            self.answers.add(seat, &requests, newer);
        }
        let mut late = self.late.clone();
        let play = self.play;
        late::update(&mut late, self.facts(main), &play.versions, &play.names);
        self.learn(late);
        Ok(())
    }

    /// What is known now; tasks that use what has changed are to be read anew.
    fn learn(&mut self, late: Late) {
        if late == self.late {
            return;
        }
        let is_new = |name: &String| late.get(name) != self.late.get(name);
        for (ready, prepared) in self.ready.iter_mut().zip(&self.play.tasks) {
            if prepared.uses.all().any(|used| is_new(&used.name)) {
                *ready = None;
            }
        }
        self.late.clone_from(&late);
        self.meaning = self.play.meaning(late, Assume::Nothing);
    }

    /// What came of a task, under the name it registers.
    pub(super) fn register(&mut self, index: usize, outcomes: &[Outcome]) {
        let task = self.task(index);
        if let Some(name) = &task.register {
            let mut late = self.late.clone();
            late.insert(name.clone(), late::registered(task, outcomes));
            self.learn(late);
        }
    }

    /// What a task means now, without asking for what it needs.
    pub(super) fn resolve(
        &mut self,
        run: &mut HostRun<'a>,
        index: usize,
    ) -> Result<Arc<[ReadyTask]>, Failure> {
        if let Some(ready) = &self.ready[index] {
            return Ok(Arc::clone(ready));
        }
        let found = self.meaning.ready(self.task(index));
        run.add_secrets(self.meaning.secrets());
        match found {
            Ok(ready) => {
                self.ready[index] = Some(Arc::clone(&ready));
                Ok(ready)
            }
            Err(problems) => Err(unclear(run, self.task(index), &problems)),
        }
    }

    /// What a task means if its conditions hold that cannot be decided yet.
    pub(super) fn assumed(&self, index: usize) -> Option<Arc<[ReadyTask]>> {
        let meaning = self.play.meaning(self.late.clone(), Assume::Everything);
        meaning.ready(self.task(index)).ok()
    }

    /// What a handler means now.
    pub(super) fn handler(
        &mut self,
        run: &mut HostRun<'a>,
        index: usize,
    ) -> Result<Arc<[ReadyTask]>, Failure> {
        let handler = &self.play.book.playbook.handlers[index];
        let found = self.meaning.handler(handler);
        run.add_secrets(self.meaning.secrets());
        found.map_err(|problems| unclear(run, handler, &problems))
    }

    /// What a task means now, everything known that its plan needs.
    pub(super) fn prepare(
        &mut self,
        run: &mut HostRun<'a>,
        index: usize,
    ) -> Result<Arc<[ReadyTask]>, Failure> {
        for _ in 0..ROUNDS {
            let ready = self.resolve(run, index)?;
            let needs_late = self.stale_late(index).next().is_some();
            if !needs_late && ready.iter().all(|one| self.answers.suffice_for(one)) {
                return Ok(ready);
            }
            let questions = self.lacking(run, index);
            self.ask(run, questions)?;
        }
        let task = &self.task(index).name;
        Err(run.task_failed(
            task,
            "what it needs to know of the host changes with every answer",
        ))
    }

    /// Reads again what one of the ready tasks at `index` needs and a change may have touched.
    pub(super) fn refresh(
        &mut self,
        run: &mut HostRun<'a>,
        index: usize,
        one: &ReadyTask,
    ) -> Result<(), Failure> {
        if self.answers.suffice_for(one) {
            return Ok(());
        }
        let mut questions = self.lacking(run, index);
        self.answers
            .lacking(std::slice::from_ref(one), &mut questions);
        self.ask(run, questions)
    }

    /// The questions behind late values that a task uses and a change may have touched.
    fn stale_late(&self, index: usize) -> impl Iterator<Item = Request> {
        let uses = &self.play.tasks[index].uses;
        let names: BTreeSet<&str> = uses.all().map(|used| used.name.as_str()).collect();
        names
            .into_iter()
            .filter_map(|name| late::request_for(name, &self.play.versions))
            .filter(|request| !self.answers.has(self.play.seat(), request))
    }

    /// Whatever is not known of what the tasks from `from` on need, as far as can be told now.
    fn lacking(&mut self, run: &mut HostRun<'a>, from: usize) -> Questions {
        let mut questions = Questions::new();
        let mut guesses = self.late.clone();
        let mut later = Vec::new();
        for index in from..self.play.tasks.len() {
            if !self.takes_part(index) {
                continue;
            }
            let late: Vec<Request> = self.stale_late(index).collect();
            questions.entry(self.play.seat()).or_default().extend(late);
            let uses = &self.play.tasks[index].uses;
            if uses.all().all(|used| self.late.contains_key(&used.name)) {
                // What cannot be read here fails when its turn comes.
                let quiet = std::mem::replace(&mut run.quiet, true);
                let ready = self.resolve(run, index).ok();
                run.quiet = quiet;
                self.answers
                    .lacking(ready.as_deref().unwrap_or_default(), &mut questions);
                self.guess(index, ready.as_deref(), &mut guesses);
            } else {
                self.guess(index, None, &mut guesses);
                later.push(index);
            }
        }
        let meaning = self.play.meaning(guesses, Assume::Nothing);
        for index in later {
            let ready = meaning.ready(self.task(index)).ok();
            self.answers
                .lacking(ready.as_deref().unwrap_or_default(), &mut questions);
        }
        questions
    }

    /// What a task would register if it were done now and changed nothing.
    fn guess(&self, index: usize, ready: Option<&[ReadyTask]>, guesses: &mut Late) {
        let task = self.task(index);
        let Some(name) = task
            .register
            .as_ref()
            .filter(|name| !guesses.contains_key(*name))
        else {
            return;
        };
        let outcomes: Vec<Outcome> = ready
            .unwrap_or_default()
            .iter()
            .map(|one| self.unchanged(one))
            .collect();
        guesses.insert(name.clone(), late::registered(task, &outcomes));
    }

    /// The outcome of a task that changes nothing: for what only reads, what it read.
    pub(super) fn unchanged(&self, one: &ReadyTask) -> Outcome {
        let (State::Do(op), Some(facts)) = (&one.state, self.answers.facts(one.seat)) else {
            return Outcome::skipped();
        };
        let output = match &**op {
            Op::Read(read) => read.answer(facts),
            _ => Some((0, String::new())),
        };
        Outcome {
            changed: Some(false),
            output,
        }
    }

    /// A change was made: what it may have touched is not known any more.
    pub(super) fn touch(&mut self, op: &Op) {
        let key = |name| late::request_for(name, &self.play.versions).map(|request| request.key);
        let (machine, versions) = (key("host"), key("versions"));
        let packages = || self.play.versions.values().cloned().map(FactKey::Package);
        self.answers.forget(|key| {
            if Some(key) == machine.as_ref() {
                // The machine is what it was when the run began.
                false
            } else if Some(key) == versions.as_ref() {
                packages().any(|package| op.may_change_at(&package, Moment::Applying))
            } else {
                op.may_change_at(key, Moment::Applying)
            }
        });
    }

    /// Whatever `one` was planned with is to be read again.
    pub(super) fn forget(&mut self, one: &ReadyTask) {
        let requests = one.op().map(Op::requests).unwrap_or_default();
        let asked = |key: &FactKey| requests.iter().any(|request| request.key == *key);
        self.answers.forget(asked);
    }
}

/// The values of this host make a task wrong.
fn unclear(run: &HostRun<'_>, task: &Task, problems: &[Problem]) -> Failure {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    run.task_failed(&task.name, &lines.join("\n"))
}
