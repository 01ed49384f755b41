//! One run at a time changes a host: who does so now, and may we?
//!
//! The lock is a line in a file below the state directory, read and written under `flock`. Each
//! change takes or renews it in its own command, so that it costs no way to the host, and a run
//! that changes nothing takes none. It has a lease, so that nobody ever has to unlock by hand, and
//! a later run on the machine of one that is gone need not wait for its end.

use std::time::Duration;

use crate::connections::quote;

/// How much longer than its command may take a change holds the lock: reading facts comes next.
const LEASE_SLACK: Duration = Duration::from_mins(2);

/// What a script prints, before its own token and the line of the owner, where the lock is
/// somebody else's.
const HELD: &str = "examctl-lock-held";

/// What a script prints, before its own token, where another run has changed the host since this
/// one read its facts.
const OUTDATED: &str = "examctl-facts-outdated";

/// Who a run is to others.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    file: String,
    /// Different for each run and host.
    token: String,
    /// `controller pid start-ticks`: where and which process this is.
    process: String,
    /// For a person: `login@machine (process 12)`.
    who: String,
    /// The token of an owner that is known to be gone.
    gone: Option<String>,
    /// How many runs had taken the lock when the facts of this one were read.
    seen_runs: u64,
    pub(super) taken: bool,
}

impl Lock {
    pub(super) fn new(state_directory: &str) -> Self {
        let machine = read("/proc/sys/kernel/hostname");
        let login = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
        let pid = std::process::id();
        let ticks = start_ticks(pid).unwrap_or_default();
        Self {
            file: format!("{state_directory}/apply-lock"),
            token: random_token(),
            process: format!("{} {pid} {ticks}", controller()),
            who: format!("{login}@{machine} (process {pid})"),
            gone: None,
            seen_runs: 0,
            taken: false,
        }
    }

    /// What tells this run on this host from any other.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Script lines that take or renew the lock before whatever follows them, which may take as
    /// long as `timeout`. A user who may not write the state directory takes none.
    pub(super) fn take_script(&self, timeout: Duration) -> String {
        let lease = (timeout + LEASE_SLACK).as_secs();
        let gone = self.gone.as_deref().unwrap_or("-");
        let folder = self.file.rsplit_once('/').map_or("/", |(folder, _)| folder);
        format!(
            "mkdir -p {folder} 2>/dev/null\n\
             if [ -w {folder} ]; then (\n\
             flock -w 10 9 || {{ echo {busy} >&2; exit 1; }}\n\
             now=$(date +%s)\n\
             IFS='\t' read -r token until process who < {file}\n\
             case \"$token\" in\n\
             {token}) ;;\n\
             ''|{gone}) who= ;;\n\
             *) if [ \"$until\" -gt \"$now\" ] 2>/dev/null; then\n\
             printf '{HELD} {token}\\t%s\\t%s\\t%s\\t%s\\n' \"$token\" \"$process\" \"$who\" \"$(date -u -d \"@$until\" '+%H:%M:%S UTC')\"\n\
             exit 1\n\
             fi\n\
             who= ;;\n\
             esac\n\
             if [ -z \"$who\" ]; then\n\
             runs=0\n\
             [ ! -e {folder}/apply-count ] || read -r runs < {folder}/apply-count\n\
             case \"$runs\" in ''|*[!0-9]*) runs=0 ;; esac\n\
             [ \"$runs\" -eq {seen} ] 2>/dev/null || {{ echo '{OUTDATED} {token}'; exit 1; }}\n\
             echo $((runs + 1)) > {folder}/apply-count || {{ echo {full} >&2; exit 1; }}\n\
             who={who}\" since $(date -u '+%Y-%m-%d %H:%M:%S UTC')\"\n\
             fi\n\
             printf '%s\\t%s\\t%s\\t%s\\n' {token} $((now + {lease})) {process} \"$who\" > {file} || {{ echo {full} >&2; exit 1; }}\n\
             ) 9>>{file} </dev/null || exit 1; fi\n",
            folder = quote(folder),
            file = quote(&self.file),
            busy = quote(&format!("cannot get {} within 10 s", self.file)),
            full = quote(&full_disk(folder)),
            seen = self.seen_runs,
            token = self.token,
            process = quote(&self.process),
            who = quote(&self.who),
        )
    }

    /// The facts of this run were read when so many runs had taken the lock.
    pub(super) fn facts_read_at(&mut self, runs: u64) {
        self.seen_runs = runs;
    }

    /// Whether a script of [`Lock::take_script`] stopped because the facts are out of date.
    pub(super) fn facts_are_outdated(&self, stdout: &str) -> bool {
        stdout.lines().next() == Some(&format!("{OUTDATED} {}", self.token))
    }

    /// Gives the lock back, where it is still this run's.
    pub(super) fn release_script(&self) -> String {
        format!(
            "[ -w {file} ] || exit 0\n\
             ( flock -w 10 9 || exit 0\n\
             case \"$(cat {file})\" in {token}*) : > {file} ;; esac\n\
             ) 9>>{file}\n",
            file = quote(&self.file),
            token = self.token,
        )
    }

    /// Whose the lock is, where a script of [`Lock::take_script`] stopped for that.
    pub(super) fn held_by<'o>(&self, stdout: &'o str) -> Option<Held<'o>> {
        let line = stdout.lines().next()?;
        let fields: Vec<&str> = line.split('\t').collect();
        let [mark, token, process, who, until] = fields.as_slice() else {
            return None;
        };
        if *mark != format!("{HELD} {}", self.token) {
            return None;
        }
        let gone = is_gone(process);
        Some(Held {
            token,
            who,
            until,
            gone,
        })
    }

    /// From here on the lock of that owner is free to take.
    pub(super) fn pass_over(&mut self, held: &Held<'_>) {
        self.gone = Some(held.token.to_owned());
    }
}

/// Another run's lock.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Held<'a> {
    token: &'a str,
    who: &'a str,
    until: &'a str,
    /// It ran on this machine and runs no more.
    pub(super) gone: bool,
}

impl std::fmt::Display for Held<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "another run changes this host: locked by {}. Wait until it is done, then run again: \
             if it is gone, the lock ends by itself at {}",
            self.who, self.until
        )
    }
}

/// What a script says that cannot write its notes; a shell only speaks of an I/O error.
pub(super) fn full_disk(folder: &str) -> String {
    format!("cannot write below {folder}, so nothing was begun: is the disk full?")
}

fn is_gone(process: &str) -> bool {
    let words: Vec<&str> = process.split(' ').collect();
    let [controller_of, pid, ticks] = words.as_slice() else {
        return false;
    };
    let Ok(pid) = pid.parse() else { return false };
    *controller_of == controller() && start_ticks(pid).is_none_or(|now| now.to_string() != *ticks)
}

/// When a process started, in clock ticks since boot; `None` where it is gone.
fn start_ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything, spaces and brackets too.
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(19)?.parse().ok()
}

/// Names this machine, its boot and its process namespace, where process numbers mean something.
fn controller() -> String {
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let boot = read("/proc/sys/kernel/random/boot_id");
    format!("{boot}/{}", namespace.display())
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

fn random_token() -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    let random = || std::hash::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::{Command, Connection as _, Local, Output};

    const TIMEOUT: Duration = Duration::from_mins(1);

    fn run(script: &str) -> Output {
        Local::default().run(&Command::new(script)).unwrap()
    }

    fn take(lock: &Lock) -> Output {
        run(&format!("{}echo done", lock.take_script(TIMEOUT)))
    }

    #[test]
    fn one_run_holds_the_lock_until_it_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state").display().to_string();
        let (first, mut second) = (Lock::new(&state), Lock::new(&state));
        for _ in 0..2 {
            assert_eq!(take(&first).text(), "done");
        }
        let refused = take(&second);
        assert_eq!(refused.status, 1);
        let text = refused.text();
        let held = second.held_by(&text).unwrap();
        assert!(!held.gone);
        let message = held.to_string();
        let pid = format!("(process {}) since 2", std::process::id());
        assert!(
            message.contains(&pid) && message.ends_with(" UTC"),
            "{message}"
        );

        run(&second.release_script());
        assert!(!take(&second).success(), "only its owner gives a lock back");
        run(&first.release_script());
        let outdated = take(&second);
        assert!(!outdated.success() && second.facts_are_outdated(&outdated.text()));
        second.facts_read_at(1);
        assert_eq!(take(&second).text(), "done");
        assert!(!take(&first).success());
    }

    #[test]
    fn a_lock_whose_lease_ended_or_whose_owner_is_gone_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().display().to_string();
        let file = folder.path().join("apply-lock");
        let mut lock = Lock::new(&state);
        let left = |until: &str, process: &str| {
            std::fs::write(
                &file,
                format!("other\t{until}\t{process}\tann@laptop since 2026\n"),
            )
            .unwrap();
        };
        left("1", "elsewhere 1 1");
        assert!(take(&lock).success());
        lock.facts_read_at(1);
        left("99999999999", "elsewhere 1 1");
        let text = take(&lock).text();
        assert!(!lock.held_by(&text).unwrap().gone);

        let ended = format!("{} {} 1", controller(), std::process::id());
        left("99999999999", &ended);
        let text = take(&lock).text();
        let held = lock.held_by(&text).unwrap();
        assert!(held.gone);
        lock.pass_over(&held);
        assert!(take(&lock).success());
    }
}
