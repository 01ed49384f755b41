//! A service that somebody starts again whenever it ends, as systemd does.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::binaries::binary;
use crate::faulty::Fault;
use crate::service::{Service, signal};
use crate::waiting::wait_for;

const LIMIT: Duration = Duration::from_secs(20);

/// Ends with its drop, and its service with it.
pub struct KeptAlive {
    shell: Child,
    directory: PathBuf,
}

impl KeptAlive {
    /// Keeps `program` alive with the settings of `service`, which itself does not run.
    pub fn start(service: &Service, program: &Path) -> Self {
        let directory = service.directory().to_owned();
        let script = "while :; do \"$0\" --env-file \"$1/kept.env\" serve >> \"$1/kept.log\" 2>&1 & \
                      echo $! > \"$1/kept.pid.new\"; mv \"$1/kept.pid.new\" \"$1/kept.pid\"; wait $!; done";
        std::fs::write(directory.join("kept.env"), service.env_file()).unwrap();
        let shell = Command::new("sh")
            .args(["-c", script])
            .arg(program)
            .arg(&directory)
            .stdin(Stdio::null())
            .spawn()
            .expect("sh starts");
        let kept = Self { shell, directory };
        let client = service.client();
        wait_for("readiness of the service", LIMIT, || {
            let reply = client.get("/health/readiness").ok()?;
            (reply.status == 200).then_some(())
        });
        kept
    }

    /// The file with its settings.
    pub fn env_file(&self) -> PathBuf {
        self.directory.join("kept.env")
    }

    /// What a shell has to do to kill it (SIGKILL).
    pub fn kill_command(&self) -> String {
        format!(
            "kill -9 $(cat '{}')",
            self.directory.join("kept.pid").display()
        )
    }
}

impl Drop for KeptAlive {
    fn drop(&mut self) {
        self.shell.kill().ok();
        self.shell.wait().ok();
        if let Ok(pid) = std::fs::read_to_string(self.directory.join("kept.pid"))
            && let Ok(pid) = pid.trim().parse()
        {
            signal("KILL", pid);
        }
    }
}

/// The program `faulty-exam-service` with this fault, in `folder`.
pub fn faulty_program(folder: &Path, fault: Fault) -> PathBuf {
    let mut program = std::fs::read(binary("faulty-exam-service")).unwrap();
    program.extend(fault.words().as_bytes());
    let path = folder.join("faulty-exam-service");
    std::fs::write(&path, program).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path
}
