use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::steps::load::outcome::Said;

fn run_of<'r>(target: &'r Target, generator: &'r str) -> LoadRun<'r> {
    LoadRun {
        target,
        release: "r1",
        to: target.slots()[0],
        profile: "smoke",
        generator,
    }
}

#[test]
fn the_command_lines_are_those_that_the_programs_take() {
    let target = Target::from_vars("exam1", &serde_json::Map::new()).unwrap();
    let run = run_of(&target, "/opt/exam-service/tools/examctl-ab");
    let id = run.id();
    assert_eq!(id.len(), "gate-".len() + DIGITS_OF_RUN);
    assert_eq!(
        generator_arguments(&run),
        format!(
            "load run smoke --target unix:/var/lib/exam-service/run/blue.sock --students \"$work/students.json\" \
             --results \"$work/results\" --run-id {id} --beside-exams \
             --service-binary /opt/exam-service/releases/r1/exam-service \
             --service-env-file /etc/exam-service/exam-service.env --format json"
        )
    );
    let script = load_script(&run);
    for expected in [
        format!(
            "runuser -u exam -- timeout -k 5 60 /opt/exam-service/releases/r1/exam-service \
             --env-file /etc/exam-service/exam-service.env load seed --run {id} --students 10 "
        ),
        "load purge --run \"$(cat \"$mark\")\" ".to_owned(),
        "runuser -u exam -- timeout -k 10 300 /opt/exam-service/tools/examctl-ab load run smoke "
            .to_owned(),
        "chown exam \"$work/students.json\"".to_owned(),
    ] {
        assert!(script.contains(&expected), "{script}\n{expected}");
    }
    assert!(purge_script(&target, "r1").contains("runuser -u exam -- timeout -k 5 60 "));
}

#[test]
fn two_hosts_and_two_releases_never_share_a_run() {
    let id = |host: &str, release: &str| {
        let target = Target::from_vars(host, &serde_json::Map::new()).unwrap();
        LoadRun {
            release,
            ..run_of(&target, "x")
        }
        .id()
    };
    assert_eq!(id("a", "r1"), id("a", "r1"));
    assert_ne!(id("a", "r1"), id("b", "r1"));
    assert_ne!(id("a", "r1"), id("a", "r2"));
}

/// A host with one slot whose programs are scripts: what they do is chosen by files in its root.
struct Host {
    root: tempfile::TempDir,
    target: Target,
}

/// Notes what it is asked for; `seeded` lies there while there are accounts.
const SERVICE: &str = "#!/bin/sh\n\
    case \"$3 $4\" in\n\
    'load --help'*) true ;;\n\
    'load seed') [ -e fails-to-seed ] && { echo no room >&2; exit 3; }; echo \"$6\" > seeded; echo '{\"secret\": 1}' ;;\n\
    'load purge') [ -e fails-to-purge ] && { echo locked >&2; exit 1; }; [ \"$(cat seeded)\" = \"$6\" ] && rm seeded ;;\n\
    *) echo \"asked for $*\" >&2; exit 2 ;;\n\
    esac\n";

/// Ends as the file `verdict` says, with a report, after the accounts were seen.
const GENERATOR: &str = "#!/bin/sh\n\
    [ -e seeded ] && grep -q secret \"$7\" || exit 99\n\
    [ ! -e hangs ] || { echo $$ > hanging; exec sleep 60; }\n\
    mkdir -p \"$9/${11}\" && cp gate.json \"$9/${11}/gate.json\"\n\
    echo generator was here >&2\n\
    exit \"$(cat verdict)\"\n";

impl Host {
    fn new(verdict: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let target = Target::process(root.path(), Path::new("/nowhere/examctl")).unwrap();
        let host = Self { root, target };
        host.write("verdict", verdict);
        host.write("gate.json", "{\n  \"rules\": []\n}\n");
        host.program("releases/r1/exam-service", SERVICE);
        host.program("generator", GENERATOR);
        host
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn program(&self, name: &str, content: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        self.write(name, content);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.root.path().join(name), mode).unwrap();
    }

    fn has(&self, name: &str) -> bool {
        self.root.path().join(name).exists()
    }

    fn shell(&self, script: &str) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", script])
            .current_dir(self.root.path())
            .stdin(Stdio::null());
        shell
    }

    fn script(&self) -> String {
        let generator = self.root.path().join("generator");
        load_script(&run_of(&self.target, generator.to_str().unwrap()))
    }

    /// What the gate prints.
    fn load(&self) -> String {
        let output = self.shell(&self.script()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn purge(&self) -> bool {
        let script = purge_script(&self.target, "r1");
        self.shell(&script).output().unwrap().status.success()
    }

    #[track_caller]
    fn assert_clean(&self) {
        assert!(!self.has("seeded"), "the accounts are still there");
        assert!(!self.has(MARK), "the mark is still there");
    }
}

#[test]
fn whatever_the_verdict_is_it_is_printed_and_the_accounts_are_gone() {
    for verdict in ["0", "4", "7", "8", "1"] {
        let host = Host::new(verdict);
        assert_eq!(
            host.load(),
            format!(
                "seed 0\nrun {verdict}\nsaid generator was here\npurge 0\nreport\n{{\n  \"rules\": []\n}}\n"
            )
        );
        host.assert_clean();
        assert!(host.purge(), "there is nothing to take away");
    }
}

#[test]
fn a_release_that_knows_no_load_makes_no_accounts() {
    let host = Host::new("0");
    host.program(
        "releases/r1/exam-service",
        "#!/bin/sh\necho what >&2; exit 2\n",
    );
    assert_eq!(host.load(), "seed unknown\nsaid what\n");
    host.assert_clean();
}

#[test]
fn accounts_that_cannot_be_made_or_taken_away_are_told_of() {
    let host = Host::new("0");
    host.write("fails-to-seed", "");
    let text = host.load();
    assert!(text.starts_with("seed 3\nsaid no room\n"), "{text}");

    let host = Host::new("0");
    host.write("fails-to-purge", "");
    let text = host.load();
    assert!(text.contains("run 0\n") && text.contains("purge 1\nsaid locked\n"));
    assert!(Said::parse(&text).judge("smoke").is_err());
    // The mark stays: undoing tries again, and so does the next run before it makes new ones.
    assert!(host.has(MARK) && !host.purge());
    assert_eq!(host.load(), "purge 1\nsaid locked\n");
    std::fs::remove_file(host.root.path().join("fails-to-purge")).unwrap();
    assert!(host.purge());
    host.assert_clean();
}

#[test]
fn a_run_that_is_ended_takes_its_accounts_away() {
    let host = Host::new("0");
    host.write("hangs", "");
    let mut shell = host
        .shell(&host.script())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let generator = loop {
        let hanging = std::fs::read_to_string(host.root.path().join("hanging"));
        if let Some(pid) = hanging.ok().and_then(|text| text.trim().parse().ok()) {
            break rustix::process::Pid::from_raw(pid).unwrap();
        }
        assert!(shell.try_wait().unwrap().is_none(), "it did not hang");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(host.has("seeded") && host.has(MARK));
    let script = rustix::process::Pid::from_child(&shell);
    rustix::process::kill_process(script, rustix::process::Signal::TERM).unwrap();
    rustix::process::kill_process(generator, rustix::process::Signal::TERM).unwrap();
    assert_eq!(shell.wait().unwrap().code(), Some(130));
    host.assert_clean();
}

#[test]
fn what_a_killed_run_left_is_taken_away_by_whoever_comes_next() {
    let host = Host::new("0");
    host.write("seeded", "gate-of-before\n");
    host.write(MARK, "gate-of-before\n");
    assert!(host.purge());
    host.assert_clean();

    host.write("seeded", "gate-of-before\n");
    host.write(MARK, "gate-of-before\n");
    assert!(host.load().starts_with("seed 0\nrun 0\n"));
    host.assert_clean();
}
