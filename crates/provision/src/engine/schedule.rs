//! Hosts in parallel, a bounded number at a time; one bad host does not stop the others.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use chrono::{DateTime, Utc};

use super::event::{Event, Failure, FailureKind, HostReport, Recap};
use super::kept::Kept;
use super::lock::Lock;
use super::run::HostRun;
use super::{Checked, RunOptions};
use crate::connections::{Local, open};
use crate::playbook::{HostPlay, Rollout};

/// Events that may wait for the caller before hosts have to wait.
const EVENT_QUEUE: usize = 256;

pub(super) type Work = fn(&mut HostRun<'_>) -> Result<(), Failure>;

enum Message {
    Event(Event),
    Finished(usize, HostReport),
}

/// Does `work` on every host, batch by batch as `rollout` says.
pub(super) fn run_hosts(
    checked: &Checked,
    options: &RunOptions,
    rollout: &Rollout,
    work: Work,
    sink: &mut dyn FnMut(Event),
) -> Recap {
    let run = Run {
        checked,
        options,
        work,
        failed: AtomicUsize::new(0),
        allowed: rollout.allowed_failures(checked.plays.len()),
    };
    let mut reports: Vec<Option<HostReport>> = vec![None; checked.plays.len()];
    let mut from = 0;
    for size in rollout.batches(checked.plays.len()) {
        run.batch(from..from + size, &mut reports, sink);
        from += size;
    }
    Recap {
        hosts: reports.into_iter().flatten().collect(),
    }
}

/// What all hosts of a run share.
struct Run<'a> {
    checked: &'a Checked,
    options: &'a RunOptions,
    work: Work,
    /// Hosts that have failed so far, and how many may before no further one is begun.
    failed: AtomicUsize,
    allowed: usize,
}

impl Run<'_> {
    /// Does the hosts of one batch; it is over when all of them are.
    fn batch(
        &self,
        hosts: Range<usize>,
        reports: &mut [Option<HostReport>],
        sink: &mut dyn FnMut(Event),
    ) {
        let next = AtomicUsize::new(hosts.start);
        let (sender, receiver) = sync_channel(EVENT_QUEUE);
        std::thread::scope(|scope| {
            for _ in 0..self.options.parallel_hosts.clamp(1, hosts.len()) {
                let (sender, next, end) = (sender.clone(), &next, hosts.end);
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= end {
                            return;
                        }
                        let report = self.host(&self.checked.plays[index], &sender);
                        // The receiver outlives every worker.
                        sender.send(Message::Finished(index, report)).ok();
                    }
                });
            }
            drop(sender);
            for message in receiver {
                match message {
                    Message::Event(event) => sink(event),
                    Message::Finished(index, report) => {
                        sink(Event::HostFinished {
                            host: report.host.clone(),
                            report: report.clone(),
                        });
                        reports[index] = Some(report);
                    }
                }
            }
        });
    }

    /// Does one host, unless too many have failed before it.
    fn host(&self, play: &HostPlay, sender: &SyncSender<Message>) -> HostReport {
        let failed = self.failed.load(Ordering::SeqCst);
        if failed > self.allowed {
            let hosts = if failed == 1 { "host" } else { "hosts" };
            let message = format!(
                "not begun: {failed} {hosts} failed before it, and 'max_fail' allows {}",
                self.allowed
            );
            return HostReport {
                host: play.host.name.clone(),
                failure: Some(Failure {
                    kind: FailureKind::NotStarted,
                    task: None,
                    message,
                }),
                ..HostReport::default()
            };
        }
        let report = run_host(self.checked, play, self.options, self.work, sender);
        if report.failed() {
            self.failed.fetch_add(1, Ordering::SeqCst);
        }
        report
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "names the folder of replaced files, decides nothing"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn run_host(
    checked: &Checked,
    play: &HostPlay,
    options: &RunOptions,
    work: Work,
    sender: &SyncSender<Message>,
) -> HostReport {
    let started = Instant::now();
    let host = play.host.name.clone();
    let emit = |event: Event| {
        sender.send(Message::Event(event)).ok();
    };
    let mut report = HostReport {
        host: host.clone(),
        ..HostReport::default()
    };
    if options.interrupt.load(Ordering::Relaxed) {
        report.failure = Some(Failure {
            kind: FailureKind::Interrupted,
            task: None,
            message: "interrupted before this host was begun".to_owned(),
        });
        return report;
    }
    match open(&play.host, &options.open) {
        Err(error) => {
            report.failure = Some(Failure {
                kind: FailureKind::Unreachable,
                task: None,
                message: error.to_string(),
            });
        }
        Ok(connection) => {
            emit(Event::HostStarted {
                host,
                connection: connection.describe(),
            });
            let lock = Lock::new(&checked.state_directory);
            let mut run = HostRun {
                checked,
                play,
                options,
                connection,
                controller: Local::default(),
                emit: &emit,
                report,
                kept: Kept::new(&checked.state_directory, now(), lock.token()),
                lock,
                secrets: play.secrets.clone(),
                quiet: false,
            };
            let outcome = work(&mut run);
            run.release_lock();
            report = run.report;
            report.failure = outcome.err();
        }
    }
    report.duration_ms = super::run::elapsed_ms(started);
    report
}
