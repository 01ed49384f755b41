//! What is on a host right now? One script, one round trip, one parser.

use chrono::{DateTime, Utc};
use provision::connections::quote;

use crate::artifact::elf::GlibcVersion;
use crate::artifact::manifest::is_word;
use crate::clock::Clock;
use crate::host::control::{ServiceStatus, control_script};
use crate::host::resources::{CLOCK_SNIPPET, Resources, pid_snippet, resources_script};
use crate::host::{Host, StepError, last_lines};
use crate::journal::{Journal, JournalError};
use crate::runner::{RunnerState, runner_of};
use crate::steps::load::generator::TOOLS;
use crate::target::Target;
use crate::target::layout::{Slot, parse_link_target};

/// Of a longer journal only the end is read.
const JOURNAL_MAX_BYTES: u32 = 4 << 20;
const LIMIT: std::time::Duration = std::time::Duration::from_secs(90);

/// One slot as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotFacts {
    pub(crate) slot: Slot,
    /// The release that its link names.
    pub(crate) release: Option<String>,
    /// What answers on its admin socket.
    pub(crate) status: Option<ServiceStatus>,
    pub(crate) runner: RunnerState,
}

/// Everything that deciding needs to know of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) has_root: bool,
    pub(crate) has_env_file: bool,
    /// Whether the program that keeps a `process` running can be started.
    pub(crate) has_examctl: bool,
    pub(crate) host_now: DateTime<Utc>,
    /// The content of the lock's `owner.json`.
    pub(crate) lock: Option<String>,
    /// What the file `active` names.
    pub(crate) active: Option<Slot>,
    pub(crate) slots: Vec<SlotFacts>,
    /// Complete releases.
    pub(crate) releases: Vec<String>,
    /// Releases whose upload was cut off.
    pub(crate) partial_releases: Vec<String>,
    /// Programs that deploys put there.
    pub(crate) tools: Vec<String>,
    pub(crate) glibc: Option<GlibcVersion>,
    pub(crate) architecture: String,
    pub(crate) free_bytes: u64,
    pub(crate) resources: Resources,
    pub(crate) journal: Journal,
}

impl Facts {
    pub(crate) fn slot(&self, slot: Slot) -> Option<&SlotFacts> {
        self.slots.iter().find(|facts| facts.slot == slot)
    }

    /// The slot that serves, or should.
    pub(crate) fn serving_slot(&self) -> Option<&SlotFacts> {
        let slot = match self.slots.as_slice() {
            [single] => single.slot,
            _ => self.active?,
        };
        self.slot(slot).filter(|facts| facts.release.is_some())
    }
}

/// The last line of what [`facts_script`] prints: an answer without it was cut off.
const END: &str = "\nend of facts\n";

/// Reads the facts of a host; changes nothing.
pub(crate) fn gather_facts(host: &mut Host<'_>) -> Result<Facts, StepError> {
    let slots = host.target.slots();
    let mut facts = gather(host, &facts_script(host.target, slots))?;
    if facts.has_root {
        let states = runner_of(host.target).states(host, slots)?;
        for (slot, state) in facts.slots.iter_mut().zip(states) {
            slot.runner = state;
        }
    }
    Ok(facts)
}

/// The same without the slots, which take most of the time: enough to judge a lock.
pub(crate) fn gather_lock_facts(host: &mut Host<'_>) -> Result<Facts, StepError> {
    gather(host, &facts_script(host.target, &[]))
}

fn gather(host: &mut Host<'_>, script: &str) -> Result<Facts, StepError> {
    let clock = Clock::system();
    let asked = clock.now();
    let output = host.run_anywhere(script, "", LIMIT)?;
    let answered = clock.now();
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(text) = text.strip_suffix(END).filter(|_| output.success()) else {
        let said = match output.error_text() {
            text if text.is_empty() => "the answer was cut off".to_owned(),
            text => last_lines(&text, 5),
        };
        return Err(StepError::Failed(format!(
            "cannot read the state of the host: {said} (exit status {})",
            output.status
        )));
    };
    let mut facts =
        parse_facts(host.target, text).map_err(|error| StepError::Failed(error.to_string()))?;
    facts.resources.set_skew(asked, answered);
    Ok(facts)
}

fn facts_script(target: &Target, slots: &[Slot]) -> String {
    let root = quote(&target.exam_root);
    let mut script = format!(
        "say() {{ printf '%s\\n' \"$*\"; }}\n\
         finish() {{ printf '{end}'; exit 0; }}\n\
         {CLOCK_SNIPPET}\
         say now \"$(date +%s)\"\n\
         say glibc \"$(getconf GNU_LIBC_VERSION 2>/dev/null | tr -d 'a-z ')\"\n\
         say architecture \"$(uname -m)\"\n\
         [ -f {env} ] && say env_file yes\n\
         command -v {examctl} >/dev/null && say examctl yes\n\
         [ -d {root} ] || finish\n\
         cd {root} || exit 1\n\
         say root yes\n\
         say free_kib \"$(df -Pk . | awk 'NR == 2 {{print $4}}')\"\n\
         [ -d lock ] && say lock \"$(cat lock/owner.json 2>/dev/null | tr -d '\\n')\"\n\
         if [ -e active ]; then active=$(cat active) || exit 1; say active \"$active\"; fi\n\
         for d in releases/*/; do [ -d \"$d\" ] && say release \"$(basename \"$d\")\"; done\n\
         for f in {TOOLS}/*; do [ -f \"$f\" ] && say tool \"$(basename \"$f\")\"; done\n",
        end = END.replace('\n', "\\n"),
        env = quote(&target.exam_env_file),
        examctl = quote(&target.examctl_binary),
    );
    for &slot in slots {
        script.push_str(&slot_script(target, slot));
    }
    if !slots.is_empty() {
        script.push_str(&resources_script(target));
    }
    script
        + &format!(
            "clock\n\
             say journal\n\
             if [ -e journal.jsonl ]; then tail -c {JOURNAL_MAX_BYTES} journal.jsonl || exit 1; fi\n\
             finish\n"
        )
}

fn slot_script(target: &Target, slot: Slot) -> String {
    let control = control_script(target, slot, "status", std::time::Duration::from_secs(5));
    format!(
        "say link {slot} \"$(readlink {link})\"\n\
         status=\n\
         [ -x {link}/exam-service ] && status=$({control} 2>/dev/null | tr -d '\\n') && say status {slot} \"$status\"\n\
         {pid}\
         [ -z \"$pid\" ] || say rss {slot} \"$(sed -n 's/^VmRSS: *\\([0-9]*\\) kB/\\1/p' \"/proc/$pid/status\" 2>/dev/null)\"\n",
        link = quote(&target.layout().link(slot)),
        pid = pid_snippet(target, slot),
    )
}

fn parse_facts(target: &Target, text: &str) -> Result<Facts, JournalError> {
    let (head, journal) = text.split_once("\njournal\n").unwrap_or((text, ""));
    let mut facts = Facts {
        has_root: false,
        has_env_file: false,
        has_examctl: false,
        host_now: DateTime::UNIX_EPOCH,
        lock: None,
        active: (!target.runner.has_colours()).then_some(Slot::Single),
        slots: target.slots().iter().map(|slot| no_facts(*slot)).collect(),
        releases: Vec::new(),
        partial_releases: Vec::new(),
        tools: Vec::new(),
        glibc: None,
        architecture: String::new(),
        free_bytes: 0,
        resources: Resources::default(),
        journal: Journal::parse(journal)?,
    };
    for line in head.lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        parse_fact(&mut facts, key, value.trim());
    }
    Ok(facts)
}

fn no_facts(slot: Slot) -> SlotFacts {
    SlotFacts {
        slot,
        release: None,
        status: None,
        runner: RunnerState::Unknown(String::new()),
    }
}

fn parse_fact(facts: &mut Facts, key: &str, value: &str) {
    if facts.resources.parse_line(key, value) {
        return;
    }
    match key {
        "now" => {
            let seconds = value.parse().unwrap_or(0);
            facts.host_now = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        }
        "glibc" => facts.glibc = value.parse().ok(),
        "architecture" => value.clone_into(&mut facts.architecture),
        "env_file" => facts.has_env_file = true,
        "examctl" => facts.has_examctl = true,
        "root" => facts.has_root = true,
        "free_kib" => facts.free_bytes = value.parse::<u64>().unwrap_or(0).saturating_mul(1024),
        "lock" => facts.lock = Some(value.to_owned()),
        "active" => facts.active = facts.active.or_else(|| Slot::parse(value)),
        "tool" => facts.tools.push(value.to_owned()),
        "release" => match value.strip_suffix(".partial") {
            Some(id) if is_word(id) => facts.partial_releases.push(id.to_owned()),
            None if is_word(value) => facts.releases.push(value.to_owned()),
            _ => {}
        },
        "link" | "status" => parse_slot_fact(facts, key, value),
        _ => {}
    }
}

fn parse_slot_fact(facts: &mut Facts, key: &str, value: &str) {
    let (slot, value) = value.split_once(' ').unwrap_or((value, ""));
    let Some(slot) = facts
        .slots
        .iter_mut()
        .find(|facts| facts.slot.name() == slot)
    else {
        return;
    };
    match key {
        "link" => slot.release = parse_link_target(value).map(str::to_owned),
        "status" => slot.status = ServiceStatus::parse(value),
        _ => {}
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const HOST: &str = "now 1767323045\nglibc 2.36\narchitecture x86_64\nenv_file yes\nroot yes\n\
        free_kib 1000000\nactive blue\nrelease a\nrelease b\nrelease c.partial\n\
        link blue ../releases/a\n\
        status blue {\"state\":\"serving\",\"version\":\"0.1.0\",\"commit\":\"abc\",\"colour\":\"blue\",\"pid\":7,\"open_attempts\":3}\n\
        runner blue exam-service-blue RUNNING pid 7, uptime 0:10:00\n\
        link green ../releases/b\n\
        status green \n\
        runner green exam-service-green EXITED Nov 20\n\
        journal\n";

    pub(crate) fn facts_of(text: &str) -> Facts {
        let target = Target::from_vars("h", &serde_json::Map::new()).unwrap();
        let mut facts = parse_facts(&target, text).unwrap();
        for slot in &mut facts.slots {
            let said = format!("runner {} ", slot.slot);
            if let Some(line) = text.lines().find_map(|line| line.strip_prefix(&said)) {
                slot.runner = crate::runner::supervisor::parse_state(line);
            }
        }
        facts
    }

    #[test]
    fn the_facts_of_a_host_are_read_from_one_answer() {
        let facts = facts_of(HOST);
        assert_eq!(facts.releases, ["a", "b"]);
        assert_eq!(facts.partial_releases, ["c"]);
        assert_eq!(facts.glibc.unwrap().to_string(), "2.36");
        assert_eq!(facts.free_bytes, 1_024_000_000);
        let serving = facts.serving_slot().unwrap();
        assert_eq!(
            (serving.slot, serving.release.as_deref()),
            (Slot::Blue, Some("a"))
        );
        assert_eq!(serving.status.as_ref().unwrap().open_attempts, 3);
        let idle = facts.slot(Slot::Green).unwrap();
        assert_eq!((idle.release.as_deref(), &idle.status), (Some("b"), &None));
        assert!(matches!(idle.runner, RunnerState::Stopped(_)));
        assert_eq!(facts.lock, None);
    }

    #[test]
    fn a_host_that_was_never_prepared_has_few_facts() {
        let facts = facts_of("now 1767323045\nglibc 2.36\narchitecture x86_64\n");
        assert!(!facts.has_root && !facts.has_env_file);
        assert_eq!(facts.serving_slot(), None);
    }

    #[test]
    fn the_script_is_one_that_a_shell_can_read() {
        for vars in [
            "{}",
            r#"{"runner": "process", "exam_root": "/nowhere/it's here"}"#,
        ] {
            let target = Target::from_vars("h", &serde_json::from_str(vars).unwrap()).unwrap();
            let mut local = provision::connections::Local::default();
            let mut host = Host::new(&mut local, &target);
            let output = host
                .run_anywhere(
                    &format!("set -n\n{}", facts_script(&target, target.slots())),
                    "",
                    LIMIT,
                )
                .unwrap();
            assert_eq!((output.status, output.error_text()), (0, String::new()));
        }
    }

    fn gathered(
        root: &std::path::Path,
        script: impl Fn(String) -> String,
    ) -> Result<Facts, String> {
        let target = Target::process(root, std::path::Path::new("/nowhere/examctl")).unwrap();
        let mut local = provision::connections::Local::default();
        let mut host = Host::new(&mut local, &target);
        let script = script(facts_script(&target, target.slots()));
        gather(&mut host, &script).map_err(|error| error.reason())
    }

    #[test]
    fn facts_that_were_cut_off_are_an_error_and_not_an_empty_host() {
        let root = tempfile::tempdir().unwrap();
        assert!(gathered(root.path(), |script| script).unwrap().has_root);
        assert!(
            !gathered(&root.path().join("missing"), |script| script)
                .unwrap()
                .has_root
        );
        let cut = gathered(root.path(), |script| {
            script.replace("say root yes", "exit 0")
        });
        assert!(cut.unwrap_err().contains("was cut off"));
        let refused = gathered(root.path(), |_| {
            "echo 'sudo: a password is required' >&2; exit 1".to_owned()
        });
        assert!(refused.unwrap_err().contains("a password is required"));
    }

    #[test]
    fn a_backslash_in_the_name_of_the_owner_is_read_as_it_was_written() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("lock")).unwrap();
        let owner = r#"{"who":"EXAM\new@laptop	"}"#;
        std::fs::write(root.path().join("lock/owner.json"), owner).unwrap();
        let facts = gathered(root.path(), |script| script).unwrap();
        assert_eq!(facts.lock.as_deref(), Some(owner));
    }
}
