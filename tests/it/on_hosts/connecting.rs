//! Connections of ours to real hosts: what one shell for many scripts must never mix up or leave behind.

use std::io::Read as _;
use std::time::Duration;

use integration_tests::host::Host;
use provision::connections::{Command, Connection, ConnectionError, OpenOptions, Put, open};
use provision::inventory::Inventory;
use serde_json::{Value, json};

use super::provisioning::{examctl, site};

/// A connection as examctl opens it, without anything of whoever runs the tests.
pub(super) fn connect(entry: &Value) -> Result<Box<dyn Connection>, ConnectionError> {
    connect_with(entry, false)
}

pub(super) fn connect_with(
    entry: &Value,
    accept_new: bool,
) -> Result<Box<dyn Connection>, ConnectionError> {
    let text = json!({"hosts": {"h": entry}}).to_string();
    let inventory = Inventory::parse("/inventory.yaml", &text).unwrap();
    let options = OpenOptions {
        home: None,
        user: None,
        accept_new,
        ..OpenOptions::default()
    };
    open(&inventory.hosts[0], &options)
}

fn said(connection: &mut dyn Connection, script: &str) -> String {
    let output = connection.run(&Command::new(script)).unwrap();
    assert!(output.success(), "{script}: {output:?}");
    output.text()
}

/// How many programs sshd has started since `LogLevel VERBOSE` was set.
fn sessions(host: &Host) -> usize {
    let log = host.exec("journalctl --sync; journalctl -u ssh -o cat");
    log.matches("Starting session").count()
}

#[test]
fn many_scripts_share_one_shell_and_none_hurts_the_next() {
    let host = Host::start("shell");
    host.exec("echo LogLevel VERBOSE > /etc/ssh/sshd_config.d/log.conf; systemctl restart ssh");
    let mut connection = connect(&host.inventory_entry(&json!({}))).unwrap();
    for (script, status) in [
        ("exit 3", 3),
        ("set -e; false; echo never", 1),
        ("trap 'exit 7' EXIT", 7),
        ("kill -9 $$", 137),
        ("if", 2),
        ("cd /tmp; umask 077; PATH=; unset IFS; exec >/dev/null", 0),
        ("read -r line; [ -z \"$line\" ]", 0),
        ("set | grep @@; exec 0<&- 1>&- 2>&-", 0),
    ] {
        let output = connection.run(&Command::new(script)).unwrap();
        assert_eq!(output.status, status, "{script}: {output:?}");
        assert_eq!(output.text(), "", "{script}");
    }
    assert_eq!(said(connection.as_mut(), "pwd; umask"), "/root\n0022");
    let long = format!(": {}\necho end", "x".repeat(300_000));
    assert_eq!(said(connection.as_mut(), &long), "end");

    // Content goes in and out byte by byte, read or not, and shows in no list of processes.
    let bytes: Vec<u8> = (0..=255).cycle().take(3 * 1024 * 1024 + 7).collect();
    let small = &bytes[..300_000];
    let unread = Command::new("exit 5").stdin(small);
    assert_eq!(connection.run(&unread).unwrap().status, 5);
    let both = Command::new("tee /dev/stderr").stdin(small);
    let output = connection.run(&both).unwrap();
    assert!(output.stdout == small && output.stderr == small);
    let listed = Command::new("cat >/dev/null; cat /proc/[0-9]*/cmdline").stdin("hush-hush");
    let listed = connection.run(&listed).unwrap();
    assert!(listed.text().contains("/bin/sh") && !listed.text().contains("hush-hush"));
    assert_eq!(sessions(&host), 1, "one channel for all of these");

    let output = connection.run(&Command::new("tee /dev/stderr").stdin(bytes.clone()));
    let output = output.unwrap();
    assert!(output.stdout == bytes && output.stderr == bytes);
    put(connection.as_mut(), &bytes, bytes.len() as u64).unwrap();
    assert_eq!(
        connection.get("/root/put", 4 << 20).unwrap().unwrap(),
        bytes
    );
    for size in [bytes.len() + 1, bytes.len() - 1] {
        let error = put(connection.as_mut(), &bytes, size as u64).unwrap_err();
        assert!(error.to_string().contains("received"), "{error}");
    }
    assert_eq!(
        connection.get("/root/put", 4 << 20).unwrap().unwrap(),
        bytes
    );
    assert_eq!(connection.get("/root/none", 1).unwrap(), None);

    // What a script leaves behind may print as it likes: the next ones do not hear it.
    said(connection.as_mut(), "(sleep 0.3; echo stray) & echo first");
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(said(connection.as_mut(), "echo second"), "second");
    assert_eq!(said(connection.as_mut(), "echo third"), "third");
}

fn put(connection: &mut dyn Connection, bytes: &[u8], size: u64) -> Result<(), ConnectionError> {
    let mut content = bytes;
    connection.put(&mut Put {
        content: &mut content,
        size,
        path: "/root/put",
        mode: 0o600,
        owner: None,
        become_root: true,
        timeout: Duration::from_mins(1),
        progress: None,
    })
}

#[test]
fn what_is_given_up_is_ended_on_the_host_and_a_lost_connection_comes_back() {
    let host = Host::start("limits");
    let mut connection = connect(&host.inventory_entry(&json!({}))).unwrap();
    let stubborn = "trap '' TERM; sleep 300 & echo $! > /root/pid; wait; sleep 300";
    let limit = Duration::from_secs(1);
    let error = connection
        .run(&Command::new(stubborn).timeout(limit))
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.ends_with("took longer than 1s; it was ended on the host"),
        "{message}"
    );
    host.exec("! kill -0 $(cat /root/pid)");

    // What earlier scripts left running on purpose is not touched.
    said(
        connection.as_mut(),
        "sleep 300 >/dev/null 2>&1 & echo $! > /root/kept",
    );
    let endless = Command::new("echo $$ > /root/pid; exec cat /dev/zero");
    let message = connection.run(&endless).unwrap_err().to_string();
    assert!(
        message.contains("more than 16 MiB") && message.ends_with("ended on the host"),
        "{message}"
    );
    host.exec("! kill -0 $(cat /root/pid) && kill -0 $(cat /root/kept)");
    assert_eq!(said(connection.as_mut(), "echo on"), "on");

    let mut second = connection.fresh().unwrap();
    host.exec("for p in /proc/[0-9]*; do case $(tr '\\0' ' ' < $p/cmdline) in 'sshd: root'*) kill -9 ${p#/proc/};; esac; done");
    for connection in [&mut connection, &mut second] {
        let error = connection.run(&Command::new("true")).unwrap_err();
        assert!(matches!(error, ConnectionError::Lost { .. }), "{error}");
        connection.reconnect().unwrap();
        assert_eq!(said(connection.as_mut(), "echo back"), "back");
    }

    host.freeze();
    let error = connection
        .run(&Command::new("true").timeout(Duration::from_secs(1)))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("took longer than 1s; whether it was started is not known"),
        "{error}"
    );
    host.thaw();
    host.kill();
    assert!(matches!(
        connection.reconnect(),
        Err(ConnectionError::Unreachable { .. })
    ));
    host.boot_again();
    connection.reconnect().unwrap();
    assert_eq!(
        said(connection.as_mut(), "cat /root/pid >/dev/null; echo up"),
        "up"
    );
}

#[test]
fn sudo_takes_the_right_password_and_says_what_is_wrong_with_any_other() {
    let host = Host::start("sudo");
    host.exec(
        "for user in pia tom; do useradd -m $user; echo $user:open-sesame | chpasswd\n\
         install -d -o $user -m 700 /home/$user/.ssh\n\
         install -o $user -m 600 /root/.ssh/authorized_keys /home/$user/.ssh/; done\n\
         usermod -aG sudo pia",
    );
    let as_root = |user: &str, password: Option<&str>| {
        let mut entry = host.inventory_entry(&json!({"sudo_pw": password}));
        entry["user"] = json!(user);
        entry["become"] = json!(true);
        if password.is_some() {
            entry["become_password_var"] = json!("sudo_pw");
        }
        let mut connection = connect(&entry)?;
        let command = Command::new("id -un; cat; cat /proc/[0-9]*/cmdline >&2");
        let mut output = connection.run(&command.stdin("from here").become_root(true))?;
        assert!(!output.error_text().contains("open-sesame"));
        output.stderr = connection.run(&Command::new("id -un"))?.stdout;
        Ok::<String, ConnectionError>(format!("{} {}", output.text(), output.error_text()))
    };
    // A password that nobody asks for does no harm.
    for (user, password) in [
        ("pia", "open-sesame"),
        ("deploy", "anything"),
        ("root", "anything"),
    ] {
        let expected = format!("root\nfrom here {user}");
        assert_eq!(as_root(user, Some(password)).unwrap(), expected);
    }
    root_scripts_end_too(&host);
    for (user, password, message) in [
        (
            "pia",
            Some("wrong-word"),
            "sudo refused the password from variable sudo_pw for user pia",
        ),
        (
            "pia",
            None,
            "name the variable that holds it with `become_password_var` in the inventory",
        ),
        ("tom", Some("open-sesame"), "tom is not in the sudoers file"),
    ] {
        let error = as_root(user, password).unwrap_err();
        assert!(
            matches!(error, ConnectionError::NotRoot { .. }),
            "{error:?}"
        );
        let shown = error.to_string();
        assert!(
            shown.contains(message) && !shown.contains("wrong-word"),
            "{shown}"
        );
    }
    let nameless = json!({"address": "x", "become_password_var": "no_such"});
    let error = connect(&nameless).map(drop).unwrap_err().to_string();
    assert!(
        error.contains("the host has no variable 'no_such'"),
        "{error}"
    );
}

/// What runs as root can only be ended as root.
fn root_scripts_end_too(host: &Host) {
    let mut entry = host.inventory_entry(&json!({"sudo_pw": "open-sesame"}));
    entry["user"] = json!("pia");
    entry["become_password_var"] = json!("sudo_pw");
    let mut connection = connect(&entry).unwrap();
    let endless = Command::new("echo $$ > /root/pid; exec sleep 300").become_root(true);
    let error = connection
        .run(&endless.timeout(Duration::from_secs(2)))
        .unwrap_err()
        .to_string();
    assert!(error.ends_with("it was ended on the host"), "{error}");
    host.exec("! kill -0 $(cat /root/pid)");
}

#[test]
fn a_container_is_provisioned_without_ssh() {
    let host = Host::start("box");
    host.exec("systemctl stop ssh");
    let entry =
        |container: &str| json!({"connection": "docker", "container": container, "become": true});
    let inventory = |container: &str| json!({"hosts": {"box": entry(container)}}).to_string();
    let site = site(&inventory(host.container()));
    std::fs::write(
        site.path().join("play.yaml"),
        "name: box\nhosts: all\ntasks:\n\
         - name: a folder\n  directory: {path: /srv/exam, owner: deploy, group: deploy, mode: \"0750\"}\n\
         - name: a file\n  file: {path: /srv/exam/note, content: \"it's here\\n\", mode: \"0640\"}\n\
         - name: a command\n  command: {run: cat > /srv/exam/made, stdin: made, creates: /srv/exam/made}\n",
    )
    .unwrap();
    let applied = examctl(site.path(), &["apply", "play.yaml"]);
    assert_eq!(
        (applied.code, &applied.summary()["changed"]),
        (0, &json!(3)),
        "{applied}"
    );
    let again = examctl(site.path(), &["apply", "play.yaml"]);
    assert_eq!(
        (again.code, &again.summary()["changed"]),
        (0, &json!(0)),
        "{again}"
    );
    assert_eq!(
        host.exec("cd /srv/exam && stat -c %U:%a . && cat note made"),
        "deploy:750\nit's here\nmade"
    );

    let mut plain = entry(host.container());
    plain["user"] = json!("deploy");
    let mut connection = connect(&plain).unwrap();
    assert_eq!(said(connection.as_mut(), "id -un"), "deploy");
    let limit = Duration::from_millis(500);
    let endless = Command::new("echo $$ > /tmp/pid; exec sleep 300").timeout(limit);
    let error = connection.run(&endless).unwrap_err().to_string();
    assert!(error.ends_with("it was ended on the host"), "{error}");
    host.exec("! kill -0 $(cat /tmp/pid)");
    std::fs::write(site.path().join("inventory.yaml"), inventory("no-such-box")).unwrap();
    let missing = examctl(site.path(), &["plan", "play.yaml"]);
    assert_eq!(missing.code, 5, "{missing}");
    let shown = missing.to_string();
    assert!(
        shown.contains("No such container") && shown.contains("docker ps"),
        "{shown}"
    );
}

#[test]
fn an_endless_source_is_read_only_as_far_as_was_said() {
    let host = Host::start("source");
    let mut connection = connect(&host.inventory_entry(&json!({}))).unwrap();
    let mut content = std::io::repeat(7).take(1 << 20).chain(std::io::repeat(8));
    let mut sent = 0;
    let error = connection
        .put(&mut Put {
            content: &mut content,
            size: 1 << 20,
            path: "/root/endless",
            mode: 0o600,
            owner: None,
            become_root: false,
            timeout: Duration::from_mins(1),
            progress: Some(&mut |bytes| sent = bytes),
        })
        .unwrap_err()
        .to_string();
    assert!(error.contains("received") && sent < 1 << 20, "{error}");
    host.exec("! test -e /root/endless && ! ls /root/endless.*");
}
