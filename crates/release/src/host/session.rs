//! How is a host held during a deploy? Lock first, look again, write down, let go.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use provision::connections::{Connection, quote};

use crate::error::DeployError;
use crate::event::{DeployEvent, Events};
use crate::host::facts::{Facts, gather_facts, gather_lock_facts};
use crate::host::lock::{
    GUARD_SCRIPT, Judgement, LockOwner, NO_LOCK, TAKE_SCRIPT, TAKEN, gather_controller, judge,
    probe_alive,
};
use crate::host::{Host, StepError, USUAL, said};
use crate::journal::{Entry, Record};
use crate::options::DeployOptions;
use crate::steps::bake::BeforeCutover;
use crate::target::Target;

/// Checks the owner, renews its lease, and appends one synced line unless it is empty.
/// Under [`GUARD_SCRIPT`]. Input: deploy, owner, record.
const APPEND_SCRIPT: &str = r#"
umask 022
IFS= read -r deploy; IFS= read -r owner; IFS= read -r record
grep -qsF "\"$deploy\"" lock/owner.json || { cat lock/owner.json 2>/dev/null; exit 73; }
printf '%s\n' "$owner" > lock/owner.new && mv -fT lock/owner.new lock/owner.json || exit 1
[ -n "$record" ] || exit 0
umask 077
[ ! -e journal.jsonl ] || chmod 600 journal.jsonl || exit 1
if [ -s journal.jsonl ] && [ "$(tail -c 1 journal.jsonl | wc -l)" -eq 0 ]; then
  echo >> journal.jsonl || exit 1
fi
printf '%s\n' "$record" >> journal.jsonl && sync journal.jsonl .
"#;

/// Under [`GUARD_SCRIPT`]. Input: deploy.
const CLOSE_SCRIPT: &str = r#"
IFS= read -r deploy
grep -qsF "\"$deploy\"" lock/owner.json && rm -rf lock
true
"#;

/// A host whose lock this process holds.
pub(crate) struct Session<'a> {
    pub(crate) host: Host<'a>,
    pub(crate) options: &'a DeployOptions,
    pub(crate) events: Events<'a>,
    /// What was read of both releases before the cutover, for comparing afterwards.
    pub(crate) before_cutover: BeforeCutover,
    owner: LockOwner,
    /// How far the host's clock is ahead of this machine's.
    clock_offset: TimeDelta,
}

impl<'a> Session<'a> {
    /// Takes the lock and returns what is on the host from then on.
    pub(crate) fn open(
        connection: &'a mut dyn Connection,
        target: &'a Target,
        options: &'a DeployOptions,
        events: Events<'a>,
    ) -> Result<(Self, Facts), DeployError> {
        let mut host = Host::new(connection, target);
        events(DeployEvent::StepStarted {
            step: "lock".to_owned(),
        });
        let started = Instant::now();
        if !target.runner.has_colours() {
            let root = quote(&target.exam_root);
            host.run_anywhere(&format!("mkdir -p {root}/releases {root}/run"), "", USUAL)?;
        }
        let facts = gather_lock_facts(&mut host).map_err(|error| error.refused(target))?;
        if !facts.has_root {
            return Err(DeployError::Refused {
                host: target.host.clone(),
                reason: target.unprepared(),
            });
        }
        let now = options.clock.now();
        let deploy = format!("{}-{}", now.format("%Y%m%dT%H%M%S%3fZ"), std::process::id());
        let owner = LockOwner::this_process(&options.who, &deploy, now, facts.host_now);
        let clock_offset = facts.host_now - now;
        let mut session = Self {
            host,
            options,
            events,
            before_cutover: BeforeCutover::default(),
            owner,
            clock_offset,
        };
        session.take_lock(&facts)?;
        session.emit(DeployEvent::StepDone {
            step: "lock".to_owned(),
            took_ms: milliseconds(started),
        });
        let facts = match gather_facts(&mut session.host) {
            Ok(facts) => facts,
            Err(error) => {
                session.close();
                return Err(error.refused(target));
            }
        };
        Ok((session, facts))
    }

    fn take_lock(&mut self, facts: &Facts) -> Result<(), DeployError> {
        let found = facts.lock.as_deref();
        match judge(found, &gather_controller(), facts.host_now, probe_alive) {
            Judgement::Free => {}
            Judgement::Held(owner) => return Err(self.locked(owner)),
            Judgement::Stale { reason } => self.note(format!("taking over a lock: {reason}")),
        }
        let owner = serde_json::to_string(&self.owner).unwrap_or_default();
        let input = format!("{}\n{owner}\n", found.unwrap_or(NO_LOCK));
        let target = self.host.target;
        let output = self
            .host
            .run(&guarded(TAKE_SCRIPT), &input, USUAL)
            .map_err(|error| error.refused(target))?;
        if output.success() {
            self.host.held_for = Some(self.owner.deploy.clone());
            return Ok(());
        }
        if output.status == TAKEN
            && let Ok(owner) = serde_json::from_slice(&output.stdout)
        {
            return Err(self.locked(Box::new(owner)));
        }
        Err(DeployError::Refused {
            host: self.host.target.host.clone(),
            reason: format!("cannot take the lock: {}", said(&output)),
        })
    }

    fn locked(&self, owner: Box<LockOwner>) -> DeployError {
        DeployError::Locked {
            host: self.host.target.host.clone(),
            owner,
        }
    }

    /// The id of what this process does.
    pub(crate) fn deploy_id(&self) -> String {
        self.owner.deploy.clone()
    }

    /// Writes one line of the journal, synced, and renews the lock's lease.
    pub(crate) fn append(&mut self, deploy: &str, entry: Entry) -> Result<(), StepError> {
        let record = Record {
            at: self.options.clock.stamp(),
            deploy: deploy.to_owned(),
            entry,
        };
        let record =
            serde_json::to_string(&record).map_err(|error| StepError::Failed(error.to_string()))?;
        self.hold(Duration::ZERO, &record)
    }

    /// Writes down, for the history, something that decides nothing by itself; see [`Entry::Note`].
    pub(crate) fn record_note(&mut self, what: &str, detail: &str) -> Result<(), StepError> {
        let note = Entry::Note {
            what: what.to_owned(),
            detail: detail.to_owned(),
            who: self.options.who.clone(),
        };
        self.append(&self.deploy_id(), note)
    }

    /// Renews the lock's lease, so that it outlasts work of that length.
    pub(crate) fn renew(&mut self, work: Duration) -> Result<(), StepError> {
        self.hold(work, "")
    }

    /// What the host's own clock says, as far as it is known here.
    pub(crate) fn host_now(&self) -> DateTime<Utc> {
        self.options.clock.now() + self.clock_offset
    }

    fn hold(&mut self, work: Duration, record: &str) -> Result<(), StepError> {
        let now = self.host_now();
        self.owner.renew(now, work);
        let owner = serde_json::to_string(&self.owner)
            .map_err(|error| StepError::Failed(error.to_string()))?;
        let input = format!("{}\n{owner}\n{record}\n", self.owner.deploy);
        let output = self.host.run(&guarded(APPEND_SCRIPT), &input, USUAL)?;
        if output.success() {
            return Ok(());
        }
        let what = if record.is_empty() {
            "renew the lease of the lock"
        } else {
            "write the journal"
        };
        Err(StepError::Failed(format!(
            "cannot {what}: {}",
            said(&output)
        )))
    }

    /// Lets the lock go, if it is still ours.
    pub(crate) fn close(mut self) {
        let input = format!("{}\n", self.owner.deploy);
        match self.host.run(&guarded(CLOSE_SCRIPT), &input, USUAL) {
            Ok(output) if output.success() => {}
            Ok(output) => {
                let said = said(&output);
                self.note(format!("the lock stays until its lease ends: {said}"));
            }
            // Somebody else's lock is not ours to let go.
            Err(StepError::LockLost(_)) => {}
            Err(error) => {
                let reason = error.reason();
                self.note(format!("the lock stays until its lease ends: {reason}"));
            }
        }
    }

    pub(crate) fn gather_facts(&mut self) -> Result<Facts, StepError> {
        gather_facts(&mut self.host)
    }

    pub(crate) fn emit(&mut self, event: DeployEvent) {
        (self.events)(event);
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.emit(DeployEvent::Note { text: text.into() });
    }

    /// Runs one phase between its two events.
    pub(crate) fn phase<T>(
        &mut self,
        step: &str,
        work: impl FnOnce(&mut Self) -> Result<T, StepError>,
    ) -> Result<T, StepError> {
        self.emit(DeployEvent::StepStarted {
            step: step.to_owned(),
        });
        let started = Instant::now();
        let result = work(self);
        let step = step.to_owned();
        self.emit(match &result {
            Ok(_) => DeployEvent::StepDone {
                step,
                took_ms: milliseconds(started),
            },
            Err(error) => DeployEvent::StepFailed {
                step,
                reason: error.reason(),
            },
        });
        result
    }

    /// Waits a moment, or less when the user wants to stop.
    pub(crate) fn pause(&self, length: Duration, stop_on_interrupt: bool) -> Result<(), StepError> {
        let started = Instant::now();
        loop {
            if stop_on_interrupt && self.options.is_interrupted() {
                return Err(StepError::Interrupted);
            }
            let Some(left) = length.checked_sub(started.elapsed()) else {
                return Ok(());
            };
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

fn guarded(script: &str) -> String {
    format!("{GUARD_SCRIPT}{script}")
}

pub(crate) fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
