//! A real `exam-service` on an empty database: started, killed, restarted, asked to end.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::binary;
use crate::http::Client;
use crate::ports::free_port;
use crate::waiting::wait_for;

/// How long a start or an end may take before the test fails.
const LIMIT: Duration = Duration::from_secs(20);

/// One installation: a folder with database and log, settings, and at times a running process.
///
/// ```no_run
/// use integration_tests::service::Service;
/// let mut service = Service::new();
/// service.set("EXAM_DRAIN_SECONDS", "5"); // any setting, before `start`
/// let demo = service.prepare_demo(20);
/// service.start();
/// let student = demo.student(&service, 0);
/// service.kill(); // SIGKILL
/// service.start(); // same folder, same port
/// assert_eq!(service.stop(), 0); // SIGTERM
/// ```
pub struct Service {
    program: &'static str,
    directory: Arc<TempDir>,
    settings: BTreeMap<String, String>,
    port: u16,
    file_size_limit_kib: Option<u64>,
    child: Option<Child>,
}

/// What `seed-demo` made.
pub struct Demo {
    pub exam_id: String,
    pub password: String,
    /// The login of an administrator, with the same password.
    pub admin: String,
    pub students: Vec<String>,
}

impl Demo {
    /// What `seed-demo` printed.
    ///
    /// # Panics
    /// When it is something else.
    pub fn parse(text: &str) -> Self {
        let seeded: Value = serde_json::from_str(text).expect("seed-demo prints one JSON object");
        let string = |value: &Value| value.as_str().expect("a string").to_owned();
        Self {
            exam_id: string(&seeded["exam_id"]),
            password: string(&seeded["password"]),
            admin: string(&seeded["admin"]),
            students: seeded["students"]
                .as_array()
                .expect("a list")
                .iter()
                .map(string)
                .collect(),
        }
    }
}

impl Service {
    /// An installation with valid settings; nothing has run yet.
    #[expect(
        clippy::new_without_default,
        reason = "it makes a folder and takes a port"
    )]
    pub fn new() -> Self {
        Self::of_program("exam-service")
    }

    /// The same of a program that stands in for it.
    pub fn of_program(program: &'static str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let database = directory.path().join("exam.db");
        let settings = [
            ("DATABASE_URL", format!("sqlite://{}", database.display())),
            ("EXAM_LISTEN", format!("127.0.0.1:{port}")),
            (
                "JWT_SECRET",
                "only-for-tests-0123456789-abcdefghij".to_owned(),
            ),
            ("APP_ENV", "demo".to_owned()),
            ("APP_URL", format!("http://127.0.0.1:{port}")),
            // Students of tests save as fast as they can.
            ("EXAM_ACCOUNT_WRITES_PER_MINUTE", "1000000000".to_owned()),
            ("EXAM_ADDRESS_WRITES_PER_MINUTE", "1000000000".to_owned()),
        ];
        Self {
            program,
            settings: settings
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            directory: Arc::new(directory),
            port,
            file_size_limit_kib: None,
            child: None,
        }
    }

    /// A second process with the settings of `other`, on its database and on another port: the other colour.
    pub fn beside(other: &Self, port: u16) -> Self {
        let mut settings = other.settings.clone();
        settings.insert("EXAM_LISTEN".to_owned(), format!("127.0.0.1:{port}"));
        Self {
            program: other.program,
            directory: Arc::clone(&other.directory),
            settings,
            port,
            file_size_limit_kib: None,
            child: None,
        }
    }

    /// Changes a setting for whatever is run from now on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.settings.insert(name.to_owned(), value.into());
    }

    /// Moves it to a database server; its own folder then holds what else lies beside a database file.
    pub fn set_database(&mut self, url: &str) {
        let beside = self.directory().join("maintenance.json");
        self.set("EXAM_MAINTENANCE_FILE", beside.display().to_string());
        self.set("DATABASE_URL", url);
    }

    /// Takes a setting away.
    pub fn unset(&mut self, name: &str) {
        self.settings.remove(name);
    }

    /// From the next start on, lets no file grow past this: writing more fails as it does on a full disk.
    pub fn limit_file_size_kib(&mut self, limit: Option<u64>) {
        self.file_size_limit_kib = limit;
    }

    /// Where database and log lie.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn client(&self) -> Client {
        Client::new(self.url())
    }

    /// Its settings, as an env file has them.
    pub fn env_file(&self) -> String {
        let lines = self.settings.iter();
        let lines = lines.map(|(name, value)| [name.as_str(), "=", value, "\n"].concat());
        lines.collect()
    }

    /// Runs one command of the program with these settings and nothing else in its environment.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("exam-service starts")
    }

    /// Runs one command that has to succeed; returns its standard output.
    #[track_caller]
    pub fn run_successfully(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "exam-service {arguments:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("output is UTF-8")
    }

    /// Migrates the database and fills it with a demo exam and that many students.
    pub fn prepare_demo(&self, students: usize) -> Demo {
        self.run_successfully(&["migrate"]);
        let text = self.run_successfully(&["seed-demo", "--students", &students.to_string()]);
        Demo::parse(&text)
    }

    /// Starts it and waits until it is ready.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_path());
        let log = log.expect("the log can be written");
        let mut child = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .expect("exam-service starts");
        let client = self.client();
        wait_for("readiness of exam-service", LIMIT, || {
            if let Some(status) = child.try_wait().expect("a child can be asked") {
                panic!("exam-service ended with {status}:\n{}", self.log());
            }
            client
                .get("/health/readiness")
                .ok()
                .filter(|reply| reply.status == 200)
        });
        self.child = Some(child);
    }

    /// Ends it as a crash would: SIGKILL, at once.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("a child can be killed");
        child.wait().expect("a child can be waited for");
    }

    /// Asks it to drain and end (SIGTERM); does not wait.
    pub fn terminate(&self) {
        signal("TERM", self.child.as_ref().expect("it runs").id());
    }

    /// Asks it to end and waits; the exit code.
    pub fn stop(&mut self) -> i32 {
        self.terminate();
        self.wait()
    }

    /// Waits until it has ended; the exit code.
    pub fn wait(&mut self) -> i32 {
        let mut child = self.child.take().expect("it runs");
        let status = wait_for("the end of exam-service", LIMIT, || {
            child.try_wait().expect("a child can be asked")
        });
        exit_code(status)
    }

    /// Every answer in the database, read by the program's own `stored-answers`.
    pub fn stored_answers(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).expect("stored-answers prints JSON lines");
        self.run_successfully(&["stored-answers"])
            .lines()
            .map(parse)
            .collect()
    }

    /// What it takes now and took at most, of memory that is its own.
    pub fn memory(&self) -> String {
        let id = self.child.as_ref().expect("it runs").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or("unknown").trim().to_owned()
        };
        format!("{} now, at most {}", of("RssAnon:"), of("VmHWM:"))
    }

    /// What it has logged, over all its starts.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("exam-service.log")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program = binary(self.program);
        let mut command = match self.file_size_limit_kib {
            None => Command::new(program),
            Some(limit) => {
                // The signal is ignored so that a write past the limit fails, instead of ending the process.
                let mut shell = Command::new("/bin/sh");
                let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", limit * 2);
                shell.args(["-c", &script, "sh"]).arg(program);
                shell
            }
        };
        command.args(arguments).env_clear().envs(&self.settings);
        command
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().ok();
            child.wait().ok();
        }
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(4000);
            eprintln!(
                "--- end of exam-service's log\n{}",
                String::from_utf8_lossy(&log.as_bytes()[from..])
            );
        }
    }
}

/// Sends a signal, for instance `TERM`, to a process this test started.
pub fn signal(name: &str, process_id: u32) {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -{name} {process_id}")])
        .status()
        .expect("sh starts");
    assert!(
        status.success(),
        "cannot send {name} to process {process_id}"
    );
}

/// The exit code, or 128 and the signal as a shell has it.
pub fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().expect("it ended by a code or a signal"))
}
