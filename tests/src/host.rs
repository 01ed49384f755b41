//! A Debian host with systemd and sshd, in a container that this machine made itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::disk::Disk;
use crate::ports::free_port;
use crate::waiting::wait_for;

/// Built by `tests/host-image`.
const IMAGE: &str = "examhost:bookworm";
/// Holds the process id of the test: `tests/run` removes the containers of tests that are gone.
pub(crate) const LABEL: &str = "examctl.test.process";
const BOOT_LIMIT: Duration = Duration::from_mins(1);

/// What a container needs to run systemd (`--privileged` asks for more than every machine grants). With a cgroup
/// namespace of their own, containers that share the mount would share one tree.
const SYSTEMD_OPTIONS: &[&str] = &[
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--cgroupns=host",
    "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw",
    "--env=container=docker",
    "--tmpfs=/run",
    "--tmpfs=/run/lock",
    "--tmpfs=/tmp",
];

/// A running host; it is removed when this value is dropped.
///
/// Logins over SSH: `root`, and `deploy`, who may do everything through sudo without a password; both with the key
/// at [`Host::identity_file`]. Packages nginx, supervisor and hello can be installed without a network.
///
/// ```no_run
/// use integration_tests::{examctl::Examctl, host::Host};
/// let host = Host::start("web");
/// let directory = tempfile::tempdir().unwrap();
/// let inventory = directory.path().join("inventory.yaml");
/// std::fs::write(&inventory, host.inventory_yaml(&serde_json::json!({"exam_domain": "exam.test"}))).unwrap();
/// let run = Examctl::new(["apply", "online.yaml", "-i", "inventory.yaml"]).in_directory(directory.path()).run();
/// assert_eq!(run.code, 0, "{run}");
/// assert_eq!(host.exec("systemctl is-active nginx"), "active");
/// let reply = host.client().get("/health").unwrap(); // port 80 of the host
/// ```
pub struct Host {
    /// The name in the inventory.
    pub name: String,
    /// On 127.0.0.1.
    pub ssh_port: u16,
    /// Port 80 of the host, on 127.0.0.1.
    pub http_port: u16,
    container: String,
    keys: TempDir,
}

impl Host {
    /// Boots a host and waits until systemd says `running` and its SSH key is known.
    pub fn start(name: &str) -> Self {
        Self::start_with(name, IMAGE, &[])
    }

    /// Boots a host whose disk is as another one's was.
    pub fn start_on(disk: &Disk, name: &str) -> Self {
        Self::start_with(name, &disk.image, &[])
    }

    /// A host that can have a Docker engine of its own: its layers cannot lie on layers.
    pub fn start_for_engine(name: &str) -> Self {
        Self::start_with(name, IMAGE, &["--volume=/var/lib/docker"])
    }

    /// The same on a disk; what an engine had is not on it.
    pub fn start_for_engine_on(disk: &Disk, name: &str) -> Self {
        Self::start_with(name, &disk.image, &["--volume=/var/lib/docker"])
    }

    fn start_with(name: &str, image: &str, options: &[&str]) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let process = std::process::id();
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        let host = Self {
            name: name.to_owned(),
            ssh_port: free_port(),
            http_port: free_port(),
            container: format!("examctl-test-{process}-{number}-{name}"),
            keys: tempfile::tempdir().expect("a temporary folder"),
        };
        let mut options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        options.extend([
            format!("--name={}", host.container),
            format!("--hostname={name}"),
            format!("--label={LABEL}={process}"),
            format!("--publish=127.0.0.1:{}:22", host.ssh_port),
            format!("--publish=127.0.0.1:{}:80", host.http_port),
        ]);
        host.boot(image, &options);
        host.exchange_keys();
        host
    }

    /// Runs a script as root, not over SSH; its standard output without the last line end.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn exec(&self, script: &str) -> String {
        let output = self.try_exec(script);
        assert!(
            output.status.success(),
            "{}: `{script}`: {}\n{}",
            self.name,
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// Runs a script as root, not over SSH, and takes any outcome.
    pub fn try_exec(&self, script: &str) -> Output {
        docker(&["exec", &self.container, "sh", "-c", script])
    }

    /// Writes a file on the host.
    pub fn write(&self, path: &str, content: &str) {
        use std::io::Write as _;
        let mut child = Command::new("docker")
            .args([
                "exec",
                "-i",
                &self.container,
                "sh",
                "-c",
                "cat > \"$0\"",
                path,
            ])
            .stdin(Stdio::piped())
            .spawn()
            .expect("docker starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        stdin
            .write_all(content.as_bytes())
            .expect("docker takes input");
        drop(stdin);
        assert!(
            child.wait().expect("docker ends").success(),
            "cannot write {path}"
        );
    }

    /// Copies a file of this machine to the host, with its mode.
    pub fn copy(&self, from: &Path, to: &str) {
        let from = from.to_str().expect("a path in UTF-8");
        succeed(&["cp", from, &format!("{}:{to}", self.container)]);
    }

    /// A hash over names, owners, modes, times and contents of everything in these folders: equal
    /// before and after whatever must touch nothing.
    pub fn fingerprint(&self, folders: &str) -> String {
        self.exec(&format!(
            "{{ find {folders} -printf '%p %u:%g %m %T@ %l\\n' | sort; \
             find {folders} -type f -print0 | sort -z | xargs -0 -r sha256sum; }} | sha256sum"
        ))
    }

    /// This host as an inventory with nothing else in it, reached as root.
    pub fn inventory_yaml(&self, vars: &Value) -> String {
        inventory_yaml(&[(self, vars)])
    }

    /// This host as an entry of an inventory; change it to test something else, for instance
    /// `entry["user"] = json!("deploy"); entry["become"] = json!(true)`.
    pub fn inventory_entry(&self, vars: &Value) -> Value {
        json!({
            "connection": "ssh",
            "address": "127.0.0.1",
            "port": self.ssh_port,
            "user": "root",
            "identity_file": self.identity_file(),
            "known_hosts": self.known_hosts(),
            "vars": vars,
        })
    }

    /// The private key that may log in.
    pub fn identity_file(&self) -> PathBuf {
        self.keys.path().join("id_ed25519")
    }

    /// A `known_hosts` file with this host's own key.
    pub fn known_hosts(&self) -> PathBuf {
        self.keys.path().join("known_hosts")
    }

    /// The name of its container, for what is done through the Docker engine.
    pub fn container(&self) -> &str {
        &self.container
    }

    /// Its address among the containers, where its SSH port is 22.
    pub fn bridge_address(&self) -> String {
        let addresses = self.exec("hostname -I");
        let first = addresses.split_whitespace().next();
        first.expect("a container has an address").to_owned()
    }

    /// A client of port 80.
    pub fn client(&self) -> crate::http::Client {
        crate::http::Client::new(format!("http://127.0.0.1:{}", self.http_port))
    }

    /// Runs a command through OpenSSH's own client: what a connection of ours is compared with.
    pub fn openssh(&self, user: &str, command: &str) -> Output {
        let option = |name: &str, value: &std::path::Path| format!("-o{name}={}", value.display());
        Command::new("ssh")
            .args([
                "-F",
                "none",
                "-oBatchMode=yes",
                "-oStrictHostKeyChecking=yes",
            ])
            .arg(option("UserKnownHostsFile", &self.known_hosts()))
            .arg(option("IdentityFile", &self.identity_file()))
            .args([
                "-p",
                &self.ssh_port.to_string(),
                &format!("{user}@127.0.0.1"),
                command,
            ])
            .stdin(Stdio::null())
            .output()
            .expect("ssh starts")
    }

    /// Cuts the host off: open connections hang, new ones fail.
    pub fn disconnect_network(&self) {
        succeed(&["network", "disconnect", "bridge", &self.container]);
    }

    /// Undoes [`Host::disconnect_network`], with the same ports.
    pub fn connect_network(&self) {
        succeed(&["network", "connect", "bridge", &self.container]);
    }

    /// Stops everything on the host where it is: what is sent to it arrives, and nothing answers.
    pub fn freeze(&self) {
        succeed(&["pause", &self.container]);
    }

    /// Undoes [`Host::freeze`].
    pub fn thaw(&self) {
        succeed(&["unpause", &self.container]);
    }

    /// Ends the host as a power cut would.
    pub fn kill(&self) {
        succeed(&["kill", &self.container]);
    }

    /// Boots it again after [`Host::kill`]; the disk is as it was.
    pub fn boot_again(&self) {
        self.power_on();
        self.wait_until_running();
    }

    /// Whether it has gone down all the way.
    pub fn is_off(&self) -> bool {
        let output = docker(&["inspect", "--format", "{{.State.Running}}", &self.container]);
        String::from_utf8_lossy(&output.stdout).trim() == "false"
    }

    /// Starts it after it went down, and does not wait for it.
    pub fn power_on(&self) {
        succeed(&["start", &self.container]);
    }

    fn boot(&self, image: &str, options: &[String]) {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let command = [
            &["run", "--detach", "--tty"],
            SYSTEMD_OPTIONS,
            &options,
            &[image, "/lib/systemd/systemd"],
        ];
        let output = docker(&command.concat());
        assert!(
            output.status.success(),
            "cannot start a host: {}\nIs the Docker engine running, and has tests/host-image been run? tests/run does both.",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        self.wait_until_running();
    }

    fn wait_until_running(&self) {
        // Before that, pam_nologin turns away everybody but root.
        wait_for("systemd's state `running`", BOOT_LIMIT, || {
            let output = self.try_exec("systemctl is-system-running");
            match String::from_utf8_lossy(&output.stdout).trim() {
                "running" => Some(()),
                "degraded" => panic!("{} is degraded:\n{}", self.name, self.failed_units()),
                _ => None,
            }
        });
    }

    /// Which units failed, and what they and systemd said.
    fn failed_units(&self) -> String {
        let output = self.try_exec(
            "systemctl --no-pager --failed\n\
             for unit in $(systemctl --failed --no-legend --plain | cut -d ' ' -f 1); do\n\
             systemctl status --no-pager --full --lines=0 \"$unit\"\n\
             journalctl --no-pager --boot --output=short-precise --unit=\"$unit\" | tail -n 40\n\
             done 2>&1",
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn exchange_keys(&self) {
        let identity = self.identity_file();
        let status = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
            .arg(&identity)
            .status()
            .expect("ssh-keygen is installed");
        assert!(status.success(), "ssh-keygen: {status}");
        let public =
            std::fs::read_to_string(identity.with_extension("pub")).expect("ssh-keygen wrote it");
        self.exec(&format!(
            "for home in /root /home/deploy; do\n\
             install -d -m 0700 -o $(stat -c %U $home) $home/.ssh\n\
             install -m 0600 -o $(stat -c %U $home) /dev/null $home/.ssh/authorized_keys\n\
             echo '{}' > $home/.ssh/authorized_keys\n\
             done",
            public.trim()
        ));
        let key = self.exec("cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub");
        std::fs::write(
            self.known_hosts(),
            format!("[127.0.0.1]:{} {key}\n", self.ssh_port),
        )
        .expect("the temporary folder can be written");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        docker(&["rm", "--force", "--volumes", &self.container]);
    }
}

/// Several hosts as one inventory, all in the group `online`.
pub fn inventory_yaml(hosts: &[(&Host, &Value)]) -> String {
    let hosts: serde_json::Map<String, Value> = hosts
        .iter()
        .map(|(host, vars)| (host.name.clone(), host.inventory_entry(vars)))
        .collect();
    let online: Vec<&String> = hosts.keys().collect();
    // JSON is YAML.
    format!(
        "{:#}\n",
        json!({ "groups": {"online": {"hosts": online}}, "hosts": hosts })
    )
}

pub(crate) fn docker(arguments: &[&str]) -> Output {
    Command::new("docker")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("docker is installed (tests/run installs it)")
}

pub(crate) fn succeed(arguments: &[&str]) {
    let output = docker(arguments);
    assert!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
