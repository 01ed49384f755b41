//! Who works on this host right now, and may we?
//!
//! The lock is a directory that appears by one rename, with its owner inside. It has a lease, so
//! that nobody ever has to unlock by hand; each step renews it.

use std::fmt;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// Longer than any step that does not ask for more.
const LEASE_MINUTES: i64 = 15;

/// Who holds the lock of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockOwner {
    /// For a person: `login@machine`.
    pub who: String,
    /// The machine (and process namespace) where `pid` means something.
    pub controller: String,
    pub pid: u32,
    /// When that process started, in clock ticks since boot: a reused pid has another one.
    pub pid_started_ticks: u64,
    /// By the clock of the controller.
    pub since: DateTime<Utc>,
    /// The deploy it is held for; different for each.
    pub deploy: String,
    /// By the clock of the host.
    pub lease_until: DateTime<Utc>,
}

impl fmt::Display for LockOwner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "locked by {} (process {}) since {}; wait until it is done: if it is gone, the lock ends by itself at {}",
            self.who,
            self.pid,
            self.since.format("%Y-%m-%d %H:%M:%S UTC"),
            self.lease_until.format("%H:%M:%S UTC"),
        )
    }
}

impl LockOwner {
    /// This process as the owner, with a lease that begins at the host's `host_now`.
    pub(crate) fn this_process(
        who: &str,
        deploy: &str,
        now: DateTime<Utc>,
        host_now: DateTime<Utc>,
    ) -> Self {
        let pid = std::process::id();
        Self {
            who: who.to_owned(),
            controller: gather_controller(),
            pid,
            pid_started_ticks: gather_start_ticks(pid).unwrap_or(0),
            since: now,
            deploy: deploy.to_owned(),
            lease_until: host_now + Duration::minutes(LEASE_MINUTES),
        }
    }

    /// The same owner with a lease that begins now, by the clock of the host, and outlasts `work`.
    pub(crate) fn renew(&mut self, host_now: DateTime<Utc>, work: std::time::Duration) {
        let work = Duration::from_std(work).unwrap_or_default();
        self.lease_until = host_now + Duration::minutes(LEASE_MINUTES) + work;
    }
}

/// What the lock found on a host means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    Free,
    Held(Box<LockOwner>),
    /// May be taken over, for this reason.
    Stale {
        reason: String,
    },
}

/// Judges the content of `owner.json` (`None`: no lock). `is_alive` answers for this machine only.
pub(crate) fn judge(
    found: Option<&str>,
    controller: &str,
    host_now: DateTime<Utc>,
    is_alive: impl Fn(u32, u64) -> bool,
) -> Judgement {
    let Some(found) = found else {
        return Judgement::Free;
    };
    let Ok(owner) = serde_json::from_str::<LockOwner>(found) else {
        return Judgement::Stale {
            reason: "its owner cannot be read".to_owned(),
        };
    };
    if owner.controller == controller && !is_alive(owner.pid, owner.pid_started_ticks) {
        let reason = format!("{} (process {}) is gone", owner.who, owner.pid);
        return Judgement::Stale { reason };
    }
    if owner.lease_until < host_now {
        let until = owner.lease_until.format("%Y-%m-%d %H:%M:%S UTC");
        let reason = format!("the lease of {} ended at {until}", owner.who);
        return Judgement::Stale { reason };
    }
    Judgement::Held(Box::new(owner))
}

/// Lets nobody else touch the lock until the script ends.
pub(crate) const GUARD_SCRIPT: &str = r#"
exec 9>>.lock-guard || exit 1
flock -w 10 9 || { echo "cannot get .lock-guard within 10 s" >&2; exit 1; }
"#;

/// Takes the lock, under [`GUARD_SCRIPT`]: input line 1 is what was found (to take over), line 2 the new owner.
/// Exits with 73 and prints the owner where somebody else was faster.
pub(crate) const TAKE_SCRIPT: &str = r#"
IFS= read -r found; IFS= read -r owner
if [ -d lock ]; then
  now=$(cat lock/owner.json 2>/dev/null | tr -d '\n')
  if [ "$found" = - ] || [ "$now" != "$found" ]; then printf '%s' "$now"; exit 73; fi
  rm -rf lock
fi
rm -rf lock.new && mkdir lock.new && printf '%s\n' "$owner" > lock.new/owner.json && mv -T lock.new lock
"#;

/// Stands for "no lock was found" in the input of [`TAKE_SCRIPT`].
pub(crate) const NO_LOCK: &str = "-";
/// The exit status of a script that found another owner.
pub(crate) const TAKEN: i32 = 73;

/// Whether a process that started at that tick is still there, and not just unburied.
pub(crate) fn probe_alive(pid: u32, started_ticks: u64) -> bool {
    gather_start_ticks(pid) == Some(started_ticks)
}

/// When a process started, in clock ticks since boot; `None` where it is gone.
pub(crate) fn gather_start_ticks(pid: u32) -> Option<u64> {
    parse_start_ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse_start_ticks(stat: &str) -> Option<u64> {
    // The name in brackets may hold anything, spaces and brackets too.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// Names this machine and its process namespace.
pub(crate) fn gather_controller() -> String {
    let read = |path: &str| {
        std::fs::read_to_string(path)
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!(
        "{}/{}/{}",
        read("/proc/sys/kernel/hostname"),
        read("/etc/machine-id"),
        Path::new(&namespace).display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-01-02T03:00:00Z".parse().unwrap()
    }

    fn owner(lease_minutes_left: i64, controller: &str) -> String {
        let owner = LockOwner {
            lease_until: now() + Duration::minutes(lease_minutes_left),
            controller: controller.to_owned(),
            ..LockOwner::this_process("ann@laptop", "d1", now(), now())
        };
        serde_json::to_string(&owner).unwrap()
    }

    #[test]
    fn a_lock_is_respected_or_taken_over_by_these_rules() {
        let judge = |found: Option<&str>, alive: bool| judge(found, "here", now(), |_, _| alive);
        let stale = |judgement: Judgement, expected: &str| match judgement {
            Judgement::Stale { reason } => assert!(reason.contains(expected), "{reason}"),
            other => panic!("{other:?}"),
        };
        assert_eq!(judge(None, true), Judgement::Free);
        assert!(matches!(
            judge(Some(&owner(5, "here")), true),
            Judgement::Held(_)
        ));
        assert!(matches!(
            judge(Some(&owner(5, "elsewhere")), false),
            Judgement::Held(_)
        ));
        stale(judge(Some(&owner(5, "here")), false), "ann@laptop (process");
        stale(
            judge(Some(&owner(-1, "here")), true),
            "lease of ann@laptop ended at 2026-01-02 02:59:00",
        );
        stale(
            judge(Some(&owner(-1, "elsewhere")), true),
            "lease of ann@laptop",
        );
        stale(judge(Some(""), true), "cannot be read");
        stale(judge(Some("{\"who\""), true), "cannot be read");
    }

    #[test]
    fn a_process_is_alive_only_with_its_own_start_time() {
        let pid = std::process::id();
        let ticks = gather_start_ticks(pid).unwrap();
        assert!(probe_alive(pid, ticks));
        assert!(!probe_alive(pid, ticks + 1));
    }

    #[test]
    fn a_strange_name_does_not_hide_the_start_time_and_the_dead_have_none() {
        let stat = |state: &str| {
            format!("7 (a) b (c) {state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21")
        };
        assert_eq!(parse_start_ticks(&stat("S")), Some(4242));
        assert_eq!(parse_start_ticks(&stat("Z")), None);
    }
}
