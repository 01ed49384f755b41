//! Hosts behind other hosts, as the user's own SSH configuration knows them.

use std::time::Duration;

use integration_tests::host::Host;
use integration_tests::waiting::wait_for;
use provision::connections::{Command, Connection};
use serde_json::{Value, json};

use super::connecting::{connect, connect_with};

const OTHER_KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIEJt8ZtRDpkZ8cFn0OZ0YzQm3JZQ1mEJc0Zl3mFzQ0aB";

struct Net {
    gate: Host,
    inner: Host,
    folder: tempfile::TempDir,
}

impl Net {
    fn start() -> Self {
        let (gate, inner) = (Host::start("gate"), Host::start("inner"));
        // One key for both.
        let key = std::fs::read_to_string(gate.identity_file().with_extension("pub")).unwrap();
        inner.write("/root/.ssh/authorized_keys", &key);
        Self {
            gate,
            inner,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn known_hosts(&self) -> std::path::PathBuf {
        self.folder.path().join("known_hosts")
    }

    /// The configuration, with what differs between the cases.
    fn config(&self, more: &str) -> Value {
        let config = self.folder.path().join("config");
        let text = format!(
            "{more}\nHost inn*\n  HostName {}\n  User root\n  ProxyJump gate\n\
             Host gate\n  HostName 127.0.0.1\n  Port {}\n  User deploy\n\
             Host *\n  IdentityFile \"{}\"\n  IdentitiesOnly yes\n  UserKnownHostsFile \"{}\"\n",
            self.inner.bridge_address(),
            self.gate.ssh_port,
            self.gate.identity_file().display(),
            self.known_hosts().display(),
        );
        std::fs::write(&config, text).unwrap();
        json!({"address": "inner", "ssh_config": config})
    }

    /// Connections to the SSH port of a host.
    fn connections(host: &Host) -> String {
        host.exec("ss -Htn state established '( sport = :22 )' | wc -l")
    }
}

fn hostname(connection: &mut dyn Connection) -> String {
    connection.run(&Command::new("hostname")).unwrap().text()
}

fn refused(entry: &Value) -> String {
    connect(entry).map(drop).unwrap_err().to_string()
}

#[test]
fn an_alias_of_the_configuration_leads_through_its_jump_hosts() {
    let net = Net::start();
    let entry = net.config("");
    let error = refused(&entry);
    let gate = format!(
        "the host key of 127.0.0.1:{} cannot be trusted",
        net.gate.ssh_port
    );
    assert!(
        error.starts_with(&gate) && error.contains("--accept-new"),
        "{error}"
    );
    assert!(!net.known_hosts().exists());

    let mut connection = connect_with(&entry, true).unwrap();
    let place = format!("{}:22", net.inner.bridge_address());
    let through = format!("deploy@127.0.0.1:{}", net.gate.ssh_port);
    assert_eq!(
        connection.describe(),
        format!("ssh root@{place} through {through}")
    );
    assert_eq!(hostname(connection.as_mut()), "inner");
    let noted = std::fs::read_to_string(net.known_hosts()).unwrap();
    assert_eq!(noted.lines().count(), 2, "{noted}");
    drop(connection);

    // Known now, so that nothing has to be accepted; much goes both ways at once.
    let mut connection = connect(&entry).unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(3 * 1024 * 1024 + 7).collect();
    let command = Command::new("tee /dev/stderr").stdin(bytes.clone());
    let output = connection.run(&command).unwrap();
    assert!(output.stdout == bytes && output.stderr == bytes);
    let mut second = connection.fresh().unwrap();
    assert_eq!(hostname(second.as_mut()), "inner");
    connection.reconnect().unwrap();
    assert_eq!(hostname(connection.as_mut()), "inner");
    drop((connection, second));
    wait_for(
        "the end of the ways through the gate",
        Duration::from_secs(5),
        || {
            (Net::connections(&net.gate) == "0" && Net::connections(&net.inner) == "0")
                .then_some(())
        },
    );

    a_chain_and_what_can_go_wrong_on_it(&net);
}

fn a_chain_and_what_can_go_wrong_on_it(net: &Net) {
    // Through both, back to the first.
    let chain = |more: Value| {
        let mut entry = net.config("");
        entry["address"] = json!(net.gate.bridge_address());
        entry["user"] = json!("root");
        entry["proxy_jump"] = json!(format!(
            "deploy@127.0.0.1:{},root@{}",
            net.gate.ssh_port,
            net.inner.bridge_address()
        ));
        entry
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        entry
    };
    let mut connection = connect_with(&chain(json!({})), true).unwrap();
    assert_eq!(hostname(connection.as_mut()), "gate");

    let nobody = refused(&chain(json!({"port": 1})));
    let says = format!("the jump host {}:22 says:", net.inner.bridge_address());
    assert!(nobody.contains(&says), "{nobody}");
    let stranger = refused(&chain(json!({"user": "nobody"})));
    assert!(
        stranger.contains(&format!(
            "{}:22 refused every way",
            net.gate.bridge_address()
        )),
        "{stranger}"
    );

    // The gate answers, and then nothing does: the way through it is lost, not hanging.
    net.gate.kill();
    let error = connection
        .run(&Command::new("true"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("the connection was lost"), "{error}");
    net.gate.boot_again();
    let mut connection = connect(&net.config("")).unwrap();
    assert_eq!(hostname(connection.as_mut()), "inner");
    changed_keys(net);
}

fn changed_keys(net: &Net) {
    let unsafe_setting = refused(&net.config("StrictHostKeyChecking no"));
    assert!(
        unsafe_setting.contains("config:1: StrictHostKeyChecking no is refused"),
        "{unsafe_setting}"
    );
    let inner = net.inner.bridge_address();
    let gate = format!("[127.0.0.1]:{}", net.gate.ssh_port);
    let known = std::fs::read_to_string(net.known_hosts()).unwrap();
    for (changed, hop) in [
        (&gate, format!("127.0.0.1:{}", net.gate.ssh_port)),
        (&inner, format!("{inner}:22")),
    ] {
        let lines: Vec<String> = known
            .lines()
            .map(|line| {
                if line.starts_with(changed.as_str()) {
                    format!("{changed} ssh-ed25519 {OTHER_KEY}")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        std::fs::write(net.known_hosts(), lines.join("\n")).unwrap();
        // Not even who takes new hosts takes a changed one.
        let error = connect_with(&net.config(""), true)
            .map(drop)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("the host key of {hop} cannot be trusted")),
            "{error}"
        );
        assert!(error.contains("not the known one"), "{error}");
        assert_eq!(
            std::fs::read_to_string(net.known_hosts()).unwrap(),
            lines.join("\n")
        );
    }
}
