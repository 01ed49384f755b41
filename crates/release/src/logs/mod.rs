//! What does the service itself say? The end of its log on a host, or all of it as it is written.

mod since;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use provision::connections::Connection;
use serde::Serialize;

use self::since::Since;
pub use self::since::parse_since;
use crate::error::DeployError;
use crate::fleet::{Member, each};
use crate::host::facts::gather_facts;
use crate::host::{Host, StepError, USUAL};
use crate::runner::follow::{Place, parse_answer};
use crate::runner::{gather_log, runner_of};
use crate::target::Target;
use crate::target::layout::Slot;

const LINES_MAX: usize = 10_000;
/// Logs that may be followed at the same time: each has a connection of its own.
pub const FOLLOWED_MAX: usize = 64;
/// A line longer than this is said in pieces.
const LINE_MAX_BYTES: usize = 1 << 20;
const RECONNECTS_MAX: u32 = 60;
const RECONNECT_EVERY: Duration = Duration::from_secs(2);

/// Which part of which logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRequest {
    /// Lines of each log, counted from the end; 10,000 at most.
    pub lines: usize,
    pub since: Option<DateTime<Utc>>,
    /// Of hosts with colours only these; empty: the one that serves, or all when none does. Of what is
    /// followed, empty means all.
    pub slots: Vec<Slot>,
}

/// One line of a log that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    pub host: String,
    pub slot: Slot,
    pub line: String,
}

/// The end of the logs of one host.
pub fn logs(
    connection: &mut dyn Connection,
    target: &Target,
    request: &LogRequest,
) -> Result<Vec<(Slot, String)>, DeployError> {
    let mut host = Host::new(connection, target);
    let mut slots = chosen(target, &request.slots);
    if request.slots.is_empty() {
        let facts = gather_facts(&mut host).map_err(|error| error.refused(target))?;
        if let Some(serving) = facts.serving_slot() {
            slots = vec![serving.slot];
        }
    }
    let lines = request.lines.min(LINES_MAX);
    let mut logs = Vec::new();
    for slot in slots {
        let text = gather_log(&mut host, slot, lines).map_err(|error| error.refused(target))?;
        let mut since = Since::new(request.since);
        let kept: Vec<&str> = text.lines().filter(|line| since.wants(line)).collect();
        logs.push((slot, kept.join("\n")));
    }
    Ok(logs)
}

/// The slots of a host that are wanted.
fn chosen(target: &Target, wanted: &[Slot]) -> Vec<Slot> {
    let all = target.slots();
    let chosen: Vec<Slot> = all
        .iter()
        .copied()
        .filter(|slot| wanted.contains(slot))
        .collect();
    // A host with one slot has no colours to choose from.
    if chosen.is_empty() {
        all.to_vec()
    } else {
        chosen
    }
}

/// Follows the logs of all members until `interrupt` is set, each over a connection of its own. Returns
/// why some could not be followed, or not any longer.
pub fn follow_all(
    members: &[Member<'_>],
    request: &LogRequest,
    interrupt: &AtomicBool,
    emit: &mut dyn FnMut(LogLine),
) -> Vec<DeployError> {
    let of = |member: &usize| chosen(members[*member].target, &request.slots);
    let logs: Vec<(usize, Slot)> = (0..members.len())
        .flat_map(|member| of(&member).into_iter().map(move |slot| (member, slot)))
        .collect();
    let followed: Vec<usize> = (0..logs.len().min(FOLLOWED_MAX)).collect();
    let work = |log: usize, emit: &mut dyn FnMut(LogLine)| {
        let (member, slot) = logs[log];
        let target = members[member].target;
        let mut connection = (members[member].connect)()?;
        let mut line = |line: String| {
            emit(LogLine {
                host: target.host.clone(),
                slot,
                line,
            });
        };
        follow(
            connection.as_mut(),
            target,
            slot,
            request,
            interrupt,
            &mut line,
        )
    };
    let ended = each(&followed, FOLLOWED_MAX, &|| true, &work, &mut |_, line| {
        emit(line);
    });
    ended.into_iter().filter_map(|(_, end)| end.err()).collect()
}

/// Follows one log.
fn follow(
    connection: &mut dyn Connection,
    target: &Target,
    slot: Slot,
    request: &LogRequest,
    interrupt: &AtomicBool,
    emit: &mut dyn FnMut(String),
) -> Result<(), DeployError> {
    let mut host = Host::new(connection, target);
    let mut place = Place::Last(request.lines.min(LINES_MAX));
    let mut since = Since::new(request.since);
    let mut waiting = Vec::new();
    let refused = |reason: &str| DeployError::Refused {
        host: target.host.clone(),
        reason: reason.to_owned(),
    };
    while !interrupt.load(Ordering::Relaxed) {
        let script = runner_of(target).follow_script(target, slot, &place);
        let answer = match host.run(&script, "", USUAL) {
            Ok(output) => output.stdout,
            Err(StepError::Connection(lost)) => {
                reconnect(&mut host, interrupt).map_err(|()| DeployError::Unreachable(lost))?;
                continue;
            }
            Err(error) => return Err(error.refused(target)),
        };
        let (text, cursor) =
            parse_answer(&answer).ok_or_else(|| refused("the log's answer was cut off"))?;
        place = Place::After(cursor);
        waiting.extend_from_slice(text);
        for line in whole_lines(&mut waiting) {
            if since.wants(&line) {
                emit(line);
            }
        }
    }
    Ok(())
}

/// Takes the whole lines out of what has come so far.
fn whole_lines(waiting: &mut Vec<u8>) -> Vec<String> {
    let end = match waiting.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => end + 1,
        None if waiting.len() > LINE_MAX_BYTES => waiting.len(),
        None => return Vec::new(),
    };
    let rest = waiting.split_off(end);
    let text = String::from_utf8_lossy(waiting);
    let lines = text.lines().map(str::to_owned).collect();
    *waiting = rest;
    lines
}

/// Waits for a host that has gone away, for two minutes at most.
fn reconnect(host: &mut Host<'_>, interrupt: &AtomicBool) -> Result<(), ()> {
    for _ in 0..RECONNECTS_MAX {
        if interrupt.load(Ordering::Relaxed) || host.connection.reconnect().is_ok() {
            return Ok(());
        }
        std::thread::sleep(RECONNECT_EVERY);
    }
    Err(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_when_all_of_it_is_there() {
        let mut waiting = b"a\nb".to_vec();
        assert_eq!(whole_lines(&mut waiting), ["a"]);
        waiting.extend_from_slice(b"c");
        assert!(whole_lines(&mut waiting).is_empty());
        waiting.extend_from_slice("\u{e4}\n\nd\n".as_bytes());
        assert_eq!(whole_lines(&mut waiting), ["bc\u{e4}", "", "d"]);
        assert!(waiting.is_empty());
    }

    #[test]
    fn a_host_with_one_slot_has_no_colours_to_choose_from() {
        let coloured = Target::from_vars("h", &serde_json::Map::new()).unwrap();
        assert_eq!(chosen(&coloured, &[Slot::Green]), [Slot::Green]);
        assert_eq!(chosen(&coloured, &[]), [Slot::Blue, Slot::Green]);
        let root = std::path::Path::new("/srv/x");
        let single = Target::process(root, std::path::Path::new("/bin/examctl")).unwrap();
        assert_eq!(chosen(&single, &[Slot::Green]), [Slot::Single]);
    }
}
