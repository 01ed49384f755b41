//! Carries out the waves of a fleet: looks at all hosts, then deploys wave by wave.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use provision::connections::{Command, Connection, ConnectionError};

use super::threads::each;
use super::{FleetEnd, FleetEvent, FleetOptions, Member, OnFailure, Wave};
use crate::deploy::look::{Wish, preflight};
use crate::deploy::rollback::rollback;
use crate::deploy::{Deployed, deploy};
use crate::error::DeployError;
use crate::event::{DeployEvent, Events};
use crate::host::session::milliseconds;
use crate::options::DeployOptions;
use crate::report::trail::Trail;
use crate::report::{HostOutcome, HostReport};
use crate::target::Target;

/// How long a connection that lay idle may take to show that it is alive.
const ALIVE: Duration = Duration::from_secs(10);

/// Brings `wish` to all members, wave by wave. Hosts that no wave names are left alone.
pub fn run(
    members: &[Member<'_>],
    waves: &[Wave],
    wish: Wish<'_>,
    options: &DeployOptions,
    fleet: FleetOptions,
    watch: &mut dyn FnMut(FleetEvent),
) -> FleetEnd {
    let mut run = Run::new(members, waves, wish, options, fleet);
    // One host looks at itself, under its lock.
    if members.len() > 1 {
        run.look(watch);
    }
    for (number, wave) in waves.iter().enumerate() {
        if !run.goes_on() {
            break;
        }
        run.wave(number, wave, waves.len(), watch);
    }
    run.end(waves, watch)
}

/// Asks every member the same, at most `parallel` at a time; the answers are in their order.
pub fn ask_all<T: Send>(
    members: &[Member<'_>],
    parallel: usize,
    ask: impl Fn(&mut dyn Connection, &Target) -> Result<T, DeployError> + Sync,
) -> Vec<Result<T, DeployError>> {
    let all: Vec<usize> = (0..members.len()).collect();
    let work = |host: usize, _: &mut dyn FnMut(())| {
        let mut connection = (members[host].connect)()?;
        ask(connection.as_mut(), members[host].target)
    };
    let mut answers = each(&all, parallel, &|| true, &work, &mut |_, ()| ());
    answers.sort_by_key(|(host, _)| *host);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

pub(super) struct Run<'r, 'm> {
    pub(super) members: &'r [Member<'m>],
    /// Kept open from the first look on.
    connections: Vec<Mutex<Option<Box<dyn Connection>>>>,
    wish: Wish<'r>,
    pub(super) options: &'r DeployOptions,
    pub(super) fleet: FleetOptions,
    pub(super) hosts: Vec<HostReport>,
    pub(super) errors: Vec<DeployError>,
    /// Set as soon as one host fails: no other is begun.
    failed: AtomicBool,
}

impl<'r, 'm> Run<'r, 'm> {
    fn new(
        members: &'r [Member<'m>],
        waves: &[Wave],
        wish: Wish<'r>,
        options: &'r DeployOptions,
        fleet: FleetOptions,
    ) -> Self {
        let wave_of = |host: usize| {
            let found = waves.iter().position(|wave| wave.hosts.contains(&host));
            found.map_or(0, |wave| wave + 1)
        };
        let hosts = members.iter().enumerate();
        Self {
            members,
            connections: members.iter().map(|_| Mutex::new(None)).collect(),
            wish,
            options,
            fleet,
            hosts: hosts
                .map(|(host, member)| HostReport::not_begun(&member.target.host, wave_of(host)))
                .collect(),
            errors: Vec::new(),
            failed: AtomicBool::new(false),
        }
    }

    fn goes_on(&self) -> bool {
        !self.failed.load(Ordering::SeqCst) && !self.options.is_interrupted()
    }

    pub(super) fn names(&self, hosts: &[usize]) -> Vec<String> {
        hosts
            .iter()
            .map(|host| self.hosts[*host].host.clone())
            .collect()
    }

    /// One that cannot take the release stops everything, before anything has changed.
    fn look(&mut self, watch: &mut dyn FnMut(FleetEvent)) {
        let all: Vec<usize> = (0..self.members.len()).collect();
        watch(FleetEvent::Looking {
            hosts: self.names(&all),
        });
        let work = |host: usize, emit: &mut dyn FnMut(DeployEvent)| {
            let started = Instant::now();
            let looked = self.with_connection(host, |connection| {
                preflight(
                    connection,
                    self.members[host].target,
                    self.wish,
                    self.options,
                )
            });
            let step = "look".to_owned();
            emit(match &looked {
                Ok(_) => DeployEvent::StepDone {
                    step,
                    took_ms: milliseconds(started),
                },
                Err(error) => DeployEvent::StepFailed {
                    step,
                    reason: error.to_string(),
                },
            });
            (looked.err(), milliseconds(started))
        };
        let go_on = || !self.options.is_interrupted();
        let ended = each(
            &all,
            self.fleet.parallel,
            &go_on,
            &work,
            &mut |host, event| {
                let host = self.hosts[host].host.clone();
                watch(FleetEvent::Host { host, event });
            },
        );
        for (host, (error, took_ms)) in ended {
            if let Some(error) = error {
                self.fail(host, error, took_ms);
            }
        }
    }

    fn fail(&mut self, host: usize, error: DeployError, took_ms: u64) {
        self.failed.store(true, Ordering::SeqCst);
        self.hosts[host].fail(&error, took_ms);
        self.errors.push(error);
    }

    fn wave(
        &mut self,
        number: usize,
        wave: &Wave,
        waves: usize,
        watch: &mut dyn FnMut(FleetEvent),
    ) {
        watch(FleetEvent::WaveStarted {
            wave: number + 1,
            waves,
            kind: wave.kind,
            hosts: self.names(&wave.hosts),
        });
        let work = |host: usize, emit: Events<'_>| {
            let started = Instant::now();
            let mut trail = Trail::default();
            let result = self.with_connection(host, |connection| {
                let mut events = watched(&mut trail, emit);
                self.act(host, connection, &mut events)
            });
            if result.is_err() {
                self.failed.store(true, Ordering::SeqCst);
            }
            (result, trail, milliseconds(started))
        };
        let ended = each(
            &wave.hosts,
            self.fleet.parallel,
            &|| self.goes_on(),
            &work,
            &mut |host, event| {
                let host = self.hosts[host].host.clone();
                watch(FleetEvent::Host { host, event });
            },
        );
        for (host, (result, trail, took_ms)) in ended {
            match result {
                Ok(deployed) => self.hosts[host].succeed(&deployed),
                Err(error) => self.fail(host, error, took_ms),
            }
            self.hosts[host].trail = trail;
            self.finished(host, watch);
        }
    }

    pub(super) fn finished(&self, host: usize, watch: &mut dyn FnMut(FleetEvent)) {
        watch(FleetEvent::HostFinished {
            report: Box::new(self.hosts[host].clone()),
        });
    }

    fn act(
        &self,
        host: usize,
        connection: &mut dyn Connection,
        events: Events<'_>,
    ) -> Result<Deployed, DeployError> {
        let target = self.members[host].target;
        match self.wish {
            Wish::Deploy(artifact) => deploy(connection, target, artifact, self.options, events),
            Wish::Rollback { to } => rollback(connection, target, to, self.options, events),
        }
    }

    /// The host's connection, opened where there is none yet and anew where it died of waiting.
    pub(super) fn with_connection<T>(
        &self,
        host: usize,
        work: impl FnOnce(&mut dyn Connection) -> Result<T, DeployError>,
    ) -> Result<T, DeployError> {
        let mut kept = locked(&self.connections[host]);
        let connection = match kept.as_mut() {
            None => kept.insert((self.members[host].connect)()?),
            Some(connection) => {
                revive(connection.as_mut())?;
                connection
            }
        };
        work(connection.as_mut())
    }

    fn end(mut self, waves: &[Wave], watch: &mut dyn FnMut(FleetEvent)) -> FleetEnd {
        let left = self
            .hosts
            .iter()
            .find(|host| host.outcome == HostOutcome::NotBegun);
        if let (true, Some(left)) = (self.errors.is_empty(), left) {
            // Between two waves no host notices.
            self.errors.push(DeployError::Interrupted {
                host: left.host.clone(),
                step: "lock",
                after: "Nothing was begun there.".to_owned(),
            });
        }
        if !self.errors.is_empty() && self.fleet.on_failure == OnFailure::Undo {
            for wave in waves.iter().rev() {
                self.go_back(wave, watch);
            }
        }
        FleetEnd::new(self.hosts, self.errors)
    }
}

pub(super) fn watched<'w>(trail: &'w mut Trail, emit: Events<'w>) -> impl FnMut(DeployEvent) + 'w {
    move |event| {
        trail.observe(&event);
        emit(event);
    }
}

/// A worker that panicked has left nothing half done in here.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn revive(connection: &mut dyn Connection) -> Result<(), ConnectionError> {
    if connection.run(&Command::new("true").timeout(ALIVE)).is_ok() {
        return Ok(());
    }
    connection.reconnect()
}
