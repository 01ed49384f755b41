//! Hosts in parallel, a bounded number at a time; one bad host does not stop the others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use super::event::{Event, Failure, FailureKind, HostReport, Recap};
use super::lock::Lock;
use super::run::HostRun;
use super::{Checked, RunOptions};
use crate::connections::open;
use crate::playbook::HostPlay;

/// Events that may wait for the caller before hosts have to wait.
const EVENT_QUEUE: usize = 256;

pub(super) type Work = fn(&mut HostRun<'_>) -> Result<(), Failure>;

enum Message {
    Event(Event),
    Finished(usize, HostReport),
}

pub(super) fn run_hosts(
    checked: &Checked,
    options: &RunOptions,
    work: Work,
    sink: &mut dyn FnMut(Event),
) -> Recap {
    let plays = &checked.plays;
    let mut reports: Vec<Option<HostReport>> = vec![None; plays.len()];
    let next = AtomicUsize::new(0);
    let (sender, receiver) = sync_channel(EVENT_QUEUE);
    std::thread::scope(|scope| {
        for _ in 0..options.parallel_hosts.clamp(1, plays.len().max(1)) {
            let sender = sender.clone();
            let next = &next;
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(play) = plays.get(index) else {
                        return;
                    };
                    let report = run_host(checked, play, options, work, &sender);
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
    Recap {
        hosts: reports.into_iter().flatten().collect(),
    }
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
            let mut run = HostRun {
                checked,
                play,
                options,
                connection,
                emit: &emit,
                report,
                lock: Lock::new(&checked.state_directory),
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
