//! A real MariaDB or PostgreSQL for a test: with the settings that our own templates write, to be killed, stopped
//! where it is, cut off and filled up.

mod engine;

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

pub use engine::Engine;

use crate::host::{LABEL, docker};
use crate::ports::free_port;
use crate::programs::samples;
use crate::waiting::wait_for;

/// Built by `tests/host-image`: everything that the playbooks install is installed, and nothing runs.
const IMAGE: &str = "examhost:bookworm-programs";
/// The release whose settings are taken.
const SUITE: &str = "bookworm";
/// Making an empty database included, on a busy machine.
const START_LIMIT: Duration = Duration::from_mins(2);
/// Where the server has its files; a volume of its own.
const FOLDER: &str = "/var/lib/database";
/// What [`Database::fill_disk`] writes.
const BALLAST: &str = "/var/lib/database/ballast";
/// Room for an empty server, its log and some thousand answers.
const SMALL_DISK: &str = "384m";

/// A database server in a container of its own, listening on the loopback address of this machine; it is removed with
/// all its data when this value is dropped.
///
/// ```no_run
/// use integration_tests::database::{Database, Engine};
/// let server = Database::start(Engine::Postgres);
/// let url = server.url("exam"); // a new database and its owner
/// server.kill(); // SIGKILL to all of it at once
/// server.start_again(); // and it recovers
/// server.pause(); // takes connections and never answers
/// server.resume();
/// ```
pub struct Database {
    engine: Engine,
    port: u16,
    /// Where the server is the first process.
    container: String,
    /// Holds a small disk while the server is down; what lies on it is in memory.
    keeper: Option<String>,
    made: AtomicU32,
}

impl Database {
    /// Starts a server on an empty data folder, and waits until it answers.
    pub fn start(engine: Engine) -> Self {
        Self::start_on(engine, &format!("--volume={FOLDER}"), false)
    }

    /// The same on a disk that can be filled.
    pub fn start_on_small_disk(engine: Engine) -> Self {
        let disk = format!(
            "--mount=type=volume,dst={FOLDER},volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size={SMALL_DISK}"
        );
        Self::start_on(engine, &disk, true)
    }

    /// The one server of its kind that all tests of this process share, each with a database of its own. It is there
    /// as long as somebody holds it; whoever shares it may not break it.
    pub fn shared(engine: Engine) -> Arc<Self> {
        static SHARED: Mutex<[Weak<Database>; 2]> = Mutex::new([Weak::new(), Weak::new()]);
        // A test that failed to start it has said so; the next one tries again.
        let mut shared = SHARED.lock().unwrap_or_else(|poisoned| {
            SHARED.clear_poison();
            poisoned.into_inner()
        });
        let place = &mut shared[engine as usize];
        place.upgrade().unwrap_or_else(|| {
            // In memory: the databases of tests are many, and every table of each would be a wait for the disk.
            let memory = format!("--tmpfs={FOLDER}");
            let server = Arc::new(Self::start_on(engine, &memory, false));
            *place = Arc::downgrade(&server);
            server
        })
    }

    fn start_on(engine: Engine, disk: &str, is_small: bool) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let process = std::process::id();
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        let container = format!("examctl-database-{process}-{number}-{}", engine.word());
        let label = format!("--label={LABEL}={process}");
        let server = Self {
            engine,
            port: free_port(),
            keeper: is_small.then(|| format!("{container}-disk")),
            container,
            made: AtomicU32::new(0),
        };
        succeed(&[
            "create",
            // A published port would be one more hop, and one more thing that keeps connections.
            "--network=host",
            &format!("--name={}", server.container),
            &label,
            disk,
            &format!("--env=SETTINGS={}", settings(engine)),
            &format!("--env=PORT={}", server.port),
            IMAGE,
            "sh",
            "-euc",
            engine.start_script(),
        ]);
        if let Some(keeper) = &server.keeper {
            let from = format!("--volumes-from={}", server.container);
            let name = format!("--name={keeper}");
            let holding = [&name, &label, &from, IMAGE, "sleep", "infinity"];
            succeed(&[["run", "--detach", "--network=none"].as_slice(), &holding].concat());
        }
        server.start_again();
        server
    }

    /// A new, empty database whose name begins with `name`, and the URL with which its owner reaches it.
    ///
    /// # Panics
    /// When the name is not of lower-case letters, digits and `_`.
    pub fn url(&self, name: &str) -> String {
        let is_plain = |letter: char| letter.is_ascii_lowercase() || "0123456789_".contains(letter);
        assert!(
            name.chars().all(is_plain),
            "{name} is no name of a database"
        );
        let name = format!("{name}_{}", self.made.fetch_add(1, Ordering::SeqCst));
        for statement in self.engine.create_database(&name) {
            self.administrate(self.engine.own_database(), &statement);
        }
        self.engine.url(&name, self.port)
    }

    /// The same database through another way to the server, for instance a relay.
    pub fn url_through(&self, url: &str, port: u16) -> String {
        url.replace(&format!(":{}/", self.port), &format!(":{port}/"))
    }

    /// On 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs SQL as the server's administrator in the database of `url`; what it printed, without headings.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn query(&self, url: &str, statements: &str) -> String {
        self.administrate(database_of(url), statements)
    }

    /// A client beside the server that runs SQL as the owner of the database of `url`, over TCP as a service does.
    pub fn client_of_owner(&self, url: &str, statements: &str) -> Command {
        let mut command = Command::new("docker");
        command.args(["exec", &self.container]);
        command.args(
            self.engine
                .client_of_owner(database_of(url), self.port, statements),
        );
        command.stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn administrate(&self, database: &str, statements: &str) -> String {
        let output = self.try_administrate(database, statements);
        assert!(
            output.status.success(),
            "{}: {statements}: {}",
            self.container,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    fn try_administrate(&self, database: &str, statements: &str) -> Output {
        let client = self.engine.client(database, self.port, statements);
        let mut command = vec!["exec", &self.container];
        command.extend(client.iter().map(String::as_str));
        docker(&command)
    }

    /// Ends the server and everything it started at once: SIGKILL.
    pub fn kill(&self) {
        succeed(&["kill", "--signal=KILL", &self.container]);
        self.wait_until_down();
    }

    /// Starts the server on what it has, and waits until it answers.
    pub fn start_again(&self) {
        succeed(&["start", &self.container]);
        wait_for("an answer of the database server", START_LIMIT, || {
            assert!(self.is_running(), "the server ended:\n{}", self.log());
            let asked = self.try_administrate(self.engine.own_database(), "SELECT 1");
            asked.status.success().then_some(())
        });
    }

    /// Whether its process is there.
    pub fn is_running(&self) -> bool {
        let state = docker(&["inspect", "--format={{.State.Running}}", &self.container]);
        state.stdout.starts_with(b"true")
    }

    /// Stops the server where it is: connections open, and nothing is answered.
    pub fn pause(&self) {
        succeed(&["pause", &self.container]);
    }

    /// Undoes [`Database::pause`].
    pub fn resume(&self) {
        succeed(&["unpause", &self.container]);
    }

    /// Ends every connection of a client, whatever it is doing.
    pub fn cut_connections(&self) {
        let own = self.engine.own_database();
        let endings = self.administrate(own, self.engine.endings_of_connections());
        for ending in endings.lines() {
            // One that has gone by itself in the meantime is as gone as it should be.
            self.try_administrate(own, ending);
        }
    }

    /// Leaves no room on the server's disk.
    ///
    /// # Panics
    /// When it was not started on a small one.
    pub fn fill_disk(&self) {
        // `dd` says that there is no space left: that is what it was started for.
        let script =
            format!("dd if=/dev/zero of={BALLAST} bs=64k 2>&1; df --output=avail {FOLDER}");
        let said = succeed(&["exec", self.keeper(), "sh", "-c", &script]);
        assert!(
            said.trim_end().ends_with(" 0"),
            "there is room left: {said}"
        );
    }

    /// Undoes [`Database::fill_disk`], and starts the server if that ended it, as a service manager would.
    pub fn free_disk(&self) {
        succeed(&["exec", self.keeper(), "rm", BALLAST]);
        if !self.is_running() {
            self.start_again();
        }
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        let output = docker(&["logs", "--tail=60", &self.container]);
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    fn keeper(&self) -> &str {
        self.keeper.as_deref().expect("a server on a small disk")
    }

    fn wait_until_down(&self) {
        wait_for("the end of the database server", START_LIMIT, || {
            (!self.is_running()).then_some(())
        });
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- end of {}'s log\n{}", self.container, self.log());
        }
        for container in [Some(&self.container), self.keeper.as_ref()]
            .into_iter()
            .flatten()
        {
            docker(&["rm", "--force", "--volumes", container]);
        }
    }
}

/// The database is the last part of a URL.
fn database_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// What the template becomes on this release.
fn settings(engine: Engine) -> String {
    let mut samples = samples(SUITE);
    let files = samples.get_mut(SUITE).expect("a sample for this release");
    let file = engine.settings_file();
    files
        .remove(file)
        .unwrap_or_else(|| panic!("there is no sample of {file}"))
}

#[track_caller]
fn succeed(arguments: &[&str]) -> String {
    let output = docker(arguments);
    assert!(
        output.status.success(),
        "docker {}: {}\nIs the Docker engine running, and has tests/host-image been run? tests/run does both.",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
