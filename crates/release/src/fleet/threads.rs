//! How is the same thing done on several hosts at once? A bounded number of threads, one channel.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

/// Events that may wait for whoever watches before the hosts have to.
const EVENT_QUEUE: usize = 256;

enum Message<E, T> {
    Event(usize, E),
    Finished(usize, T),
}

/// What is done for one host, which may tell what happens meanwhile.
pub(crate) type Work<'w, E, T> = dyn Fn(usize, &mut dyn FnMut(E)) -> T + Sync + 'w;

/// Does `work` for each of `hosts`, at most `parallel` at a time. Returns what came of those that
/// were begun, in the order in which they ended; none is begun any more once `go_on` says no.
pub(crate) fn each<E: Send, T: Send>(
    hosts: &[usize],
    parallel: usize,
    go_on: &(dyn Fn() -> bool + Sync),
    work: &Work<'_, E, T>,
    watch: &mut dyn FnMut(usize, E),
) -> Vec<(usize, T)> {
    let next = AtomicUsize::new(0);
    let mut ended = Vec::new();
    let (sender, receiver) = sync_channel(EVENT_QUEUE);
    std::thread::scope(|scope| {
        for _ in 0..parallel.clamp(1, hosts.len().max(1)) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some(&host) = hosts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !go_on() {
                        return;
                    }
                    // The receiver outlives every worker.
                    let done = work(host, &mut |event| {
                        sender.send(Message::Event(host, event)).ok();
                    });
                    sender.send(Message::Finished(host, done)).ok();
                }
            });
        }
        drop(sender);
        for message in receiver {
            match message {
                Message::Event(host, event) => watch(host, event),
                Message::Finished(host, done) => ended.push((host, done)),
            }
        }
    });
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_is_worked_on_once_and_its_events_come_before_its_end() {
        let mut seen = Vec::new();
        let work = |host: usize, emit: &mut dyn FnMut(usize)| {
            emit(host * 10);
            host + 100
        };
        let mut ended = each(&[2, 5, 7], 2, &|| true, &work, &mut |host, event| {
            seen.push((host, event));
        });
        ended.sort_unstable();
        seen.sort_unstable();
        assert_eq!(ended, [(2, 102), (5, 105), (7, 107)]);
        assert_eq!(seen, [(2, 20), (5, 50), (7, 70)]);
    }

    #[test]
    fn no_host_is_begun_once_one_has_said_no() {
        let begun = AtomicUsize::new(0);
        let go_on = || begun.load(Ordering::SeqCst) < 2;
        let work = |_: usize, _: &mut dyn FnMut(())| begun.fetch_add(1, Ordering::SeqCst);
        let ended = each(&[0, 1, 2, 3], 1, &go_on, &work, &mut |_, ()| ());
        assert_eq!(ended.len(), 2);
    }
}
