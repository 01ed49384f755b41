//! The generators of a run: a process on this machine, or this very program on hosts of the inventory.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use goose_scenarios::Link;
use provision::connections::{Command, Connection, Put, quote};
use sha2::{Digest as _, Sha256};

use crate::cli::Hosts;
use crate::commands::site;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, chain};
use crate::output::Printer;

/// The largest ledger that is brought back from a host, in bytes; a larger one stays there.
const LEDGER_LIMIT: u64 = 512 << 20;
/// For copying the program to a host.
const COPY_LIMIT: Duration = Duration::from_mins(10);

/// Generators that wait for their orders.
pub(super) struct Generators {
    links: Vec<Link>,
    local: Option<Child>,
    remote: Vec<Remote>,
}

/// A generator on a host.
struct Remote {
    name: String,
    connection: Box<dyn Connection>,
    /// Its end ends the generator.
    socket: UnixStream,
    /// On the host.
    folder: String,
    /// Where its ledger goes at last, on this machine.
    ledger: PathBuf,
}

impl Generators {
    /// One, in a process of its own: it keeps process-wide state.
    pub(super) fn local(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::failed(format!("the load generator could not be started: {error}"))
        };
        let program = std::env::current_exe().map_err(failed)?;
        let mut child = std::process::Command::new(program)
            .args(["load", "worker"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let streams = child.stdin.take().zip(child.stdout.take());
        let links = streams.map(|(input, output)| Link {
            name: "local".to_owned(),
            input: Box::new(input),
            output: Box::new(BufReader::new(output)),
            ledger_path: folder.join("ledger-local.jsonl"),
        });
        Ok(Self {
            links: links.into_iter().collect(),
            local: Some(child),
            remote: Vec::new(),
        })
    }

    /// One on each of these hosts. The program is copied there unless it is there already.
    pub(super) fn on_hosts(
        wanted: &str,
        hosts: &Hosts,
        run_id: &str,
        folder: &Path,
        printer: &Printer,
    ) -> Result<Self, Failure> {
        let hosts = Hosts {
            limit: Some(wanted.to_owned()),
            ..hosts.clone()
        };
        let program = Program::own()?;
        let mut generators = Self {
            links: Vec::new(),
            local: None,
            remote: Vec::new(),
        };
        for host in site::hosts(&hosts)? {
            let connection = site::connect(&host, &hosts)?;
            printer.progress(&format!("{}: preparing the generator", host.name));
            let ledger = folder.join(format!("ledger-{}.jsonl", host.name));
            let (link, remote) =
                start(&host.name, connection, &program, run_id, ledger).map_err(|reason| {
                    Failure::new(ExitCode::Inconclusive, format!("{}: {reason}", host.name))
                })?;
            generators.links.push(link);
            generators.remote.push(remote);
        }
        Ok(generators)
    }

    pub(super) fn links(&mut self) -> Vec<Link> {
        std::mem::take(&mut self.links)
    }

    /// Ends what still runs, and brings the ledgers home.
    pub(super) fn close(self, printer: &Printer) {
        if let Some(mut child) = self.local {
            // Its input is closed, so it ends; one that does not is ended.
            for _ in 0..50 {
                if matches!(child.try_wait(), Ok(Some(_))) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            child.kill().ok();
            child.wait().ok();
        }
        for remote in self.remote {
            if let Err(reason) = remote.bring_home() {
                printer.progress(&reason);
            }
        }
    }
}

/// This very program.
struct Program {
    path: PathBuf,
    /// Of its content, in hexadecimal.
    sha256: String,
    size: u64,
}

impl Program {
    fn own() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::failed(format!("this program cannot be read: {error}"))
        };
        let path = std::env::current_exe().map_err(failed)?;
        let mut file = File::open(&path).map_err(failed)?;
        let mut digest = Sha256::new();
        let (mut size, mut piece) = (0, vec![0; 1 << 20]);
        loop {
            let read = file.read(&mut piece).map_err(failed)?;
            if read == 0 {
                break;
            }
            digest.update(&piece[..read]);
            size += read as u64;
        }
        let digest = digest.finalize();
        let sha256 = digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            write!(text, "{byte:02x}").ok();
            text
        });
        Ok(Self { path, sha256, size })
    }
}

/// Puts the program there, if need be, and starts it.
fn start(
    name: &str,
    mut connection: Box<dyn Connection>,
    program: &Program,
    run_id: &str,
    ledger: PathBuf,
) -> Result<(Link, Remote), String> {
    let home = ask(&mut *connection, "printf %s \"$HOME\"")?;
    let (tools, folder) = (
        format!("{home}/.cache/examctl"),
        format!("{home}/.cache/examctl/load/{run_id}"),
    );
    let remote_program = format!("{tools}/examctl-{}", program.sha256);
    check_platform(&mut *connection)?;
    ask(
        &mut *connection,
        &format!(
            "umask 077; mkdir -p {} && mkdir -p {}",
            quote(&tools),
            quote(&folder)
        ),
    )?;
    copy(&mut *connection, program, &remote_program)?;
    let command = Command::new(format!("exec {} load worker", quote(&remote_program)));
    let socket = connection.stream(&command).map_err(|error| chain(&error))?;
    let reading = socket
        .try_clone()
        .and_then(|reading| Ok((reading, socket.try_clone()?)));
    let (reading, writing) = reading.map_err(|error| error.to_string())?;
    let link = Link {
        name: name.to_owned(),
        input: Box::new(writing),
        output: Box::new(BufReader::new(reading)),
        ledger_path: PathBuf::from(format!("{folder}/ledger.jsonl")),
    };
    let remote = Remote {
        name: name.to_owned(),
        connection,
        socket,
        folder,
        ledger,
    };
    Ok((link, remote))
}

/// What a script prints, where it succeeds.
fn ask(connection: &mut dyn Connection, script: &str) -> Result<String, String> {
    let output = connection
        .run(&Command::new(script))
        .map_err(|error| chain(&error))?;
    if output.success() {
        return Ok(output.text().trim().to_owned());
    }
    Err(format!("{} ({script})", output.error_text().trim()))
}

/// The program runs where it was built for.
fn check_platform(connection: &mut dyn Connection) -> Result<(), String> {
    let there = ask(connection, "uname -sm")?;
    let here = match std::env::consts::OS {
        "linux" => format!("Linux {}", std::env::consts::ARCH),
        other => format!("{other} {}", std::env::consts::ARCH),
    };
    if there == here {
        return Ok(());
    }
    Err(format!(
        "the host is {there} and this program is for {here}: start the run from a machine like the host"
    ))
}

/// Unless it is there with this very content, which its name says and its size is looked at for.
fn copy(connection: &mut dyn Connection, program: &Program, path: &str) -> Result<(), String> {
    let size = ask(
        connection,
        &format!("stat -c %s {} 2>/dev/null || true", quote(path)),
    )?;
    if size == program.size.to_string() {
        return Ok(());
    }
    let mut file = File::open(&program.path).map_err(|error| error.to_string())?;
    connection
        .put(&mut Put {
            content: &mut file,
            size: program.size,
            path,
            mode: 0o700,
            owner: None,
            become_root: false,
            timeout: COPY_LIMIT,
            progress: None,
        })
        .map_err(|error| chain(&error))?;
    let there = ask(
        connection,
        &format!("sha256sum {} | cut -d ' ' -f 1", quote(path)),
    )?;
    if there == program.sha256 {
        return Ok(());
    }
    Err(format!(
        "the program did not arrive as it was sent: its SHA-256 there is {there}"
    ))
}

impl Remote {
    /// Ends the generator and takes its ledger away from the host.
    fn bring_home(mut self) -> Result<(), String> {
        self.socket.shutdown(Shutdown::Both).ok();
        let there = format!("{}/ledger.jsonl", self.folder);
        let stays =
            |reason: String| format!("{}: the ledger stays there as {there}: {reason}", self.name);
        let found = self
            .connection
            .get(&there, LEDGER_LIMIT)
            .map_err(|error| stays(chain(&error)))?;
        if let Some(ledger) = found {
            std::fs::write(&self.ledger, ledger).map_err(|error| stays(error.to_string()))?;
        }
        let script = format!("rm -rf {}", quote(&self.folder));
        ask(&mut *self.connection, &script).map(drop)
    }
}
