//! What goes wrong in the world while hosts are provisioned. Each fault ends with words that help a
//! person, the exit code that scripts rely on, and a host that the next apply converges.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use integration_tests::examctl::{Examctl, Run};
use integration_tests::host::Host;
use integration_tests::waiting::wait_for;
use serde_json::json;

use super::provisioning::{examctl, site};

/// A change that owes a restart, then a task that takes long the first time. `FAULT` tells one
/// fault's files from another's.
const LONG: &str = r#"
name: FAULT
hosts: all
tasks:
- name: write the settings
  file: {path: /etc/FAULT.conf, content: "a\n"}
  notify: count
- name: take long
  command:
    run: "if mkdir /root/FAULT-began; then n=0; until [ -e /root/FAULT-go ] || [ $n -gt 600 ]; do sleep 0.1; n=$((n + 1)); done; fi; touch /root/FAULT-done"
    creates: /root/FAULT-done
- name: come next
  file: {path: /etc/FAULT.next, content: "b\n"}
handlers:
- name: count
  command: {run: "echo x >> /root/FAULT-restarts"}
"#;

/// As a person sees it.
fn apply(folder: &Path, playbook: &str) -> Run {
    apply_with(folder, playbook, &[])
}

fn apply_with(folder: &Path, playbook: &str, options: &[&str]) -> Run {
    std::fs::write(folder.join("play.yaml"), playbook).unwrap();
    Examctl::new([&["apply", "play.yaml"], options].concat())
        .in_directory(folder)
        .run()
}

fn task(task: &str) -> String {
    format!("name: one\nhosts: all\ntasks:\n- name: the task\n  {task}\n")
}

#[track_caller]
fn ends(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{run}");
    let said = format!("{}{}", run.stdout, run.stderr);
    for wanted in words {
        assert!(said.contains(wanted), "{wanted:?} is not in {run}");
    }
}

/// Applies it, and once more: that changes nothing.
#[track_caller]
fn converges(folder: &Path, playbook: &str) {
    let mended = apply(folder, playbook);
    assert_eq!(mended.code, 0, "{mended}");
    let again = examctl(folder, &["apply", "play.yaml"]);
    let changed = &again.summary()["changed"];
    assert_eq!((again.code, changed), (0, &json!(0)), "{again}");
}

#[test]
fn every_fault_of_the_world_is_said_and_mended_by_the_next_apply() {
    let host = Host::start("web");
    let site = site(&host.inventory_yaml(&json!({})));
    let folder = site.path();
    a_cut_connection(&host, folder);
    a_power_cut(&host, folder);
    ctrl_c(&host, folder);
    a_full_disk(&host, folder);
    a_full_disk_of_our_own(&host, folder);
    a_lock_of_apt(&host, folder);
    a_wrong_password(&host);
    an_invalid_template(&host, folder);
    hosts_that_never_answer(&host);
}

/// Applies [`LONG`] up to its long task and does `fault` then.
fn in_the_middle(host: &Host, folder: &Path, name: &str, fault: impl FnOnce(u32)) -> (Run, String) {
    let playbook = LONG.replace("FAULT", name);
    std::fs::write(folder.join("play.yaml"), &playbook).unwrap();
    let running = Examctl::new(["apply", "play.yaml"])
        .in_directory(folder)
        .start();
    wait_for("the long task", Duration::from_secs(20), || {
        let began = host.try_exec(&format!("test -e /root/{name}-began"));
        began.status.success().then_some(())
    });
    fault(running.id());
    (running.finish(), playbook)
}

/// The next apply does what is left, and the restart that is owed, once.
#[track_caller]
fn goes_on(host: &Host, folder: &Path, name: &str, playbook: &str) {
    host.exec(&format!("! test -e /root/{name}-restarts"));
    converges(folder, playbook);
    assert_eq!(host.exec(&format!("cat /root/{name}-restarts")), "x");
    host.exec(&format!(
        "test -e /etc/{name}.next && test -e /root/{name}-done"
    ));
}

fn a_cut_connection(host: &Host, folder: &Path) {
    let cut = "for p in /proc/[0-9]*; do case $(tr '\\0' ' ' < $p/cmdline) in 'sshd: root'*) kill -9 ${p#/proc/};; esac; done";
    let (run, playbook) = in_the_middle(host, folder, "cut", |_| drop(host.exec(cut)));
    let words = [
        "take long",
        "the connection was lost",
        "how far it came is not known",
        "what is done stays done",
    ];
    ends(&run, 5, &words);
    goes_on(host, folder, "cut", &playbook);
}

fn a_power_cut(host: &Host, folder: &Path) {
    let (run, playbook) = in_the_middle(host, folder, "power", |_| host.kill());
    ends(&run, 5, &["take long", "the connection was lost"]);
    let down = apply(folder, &playbook);
    ends(
        &down,
        5,
        &[
            "cannot reach",
            "nothing was changed there",
            "run the same command again",
        ],
    );
    host.boot_again();
    goes_on(host, folder, "power", &playbook);
}

/// The step that was begun comes to its end, and nothing else is begun.
fn ctrl_c(host: &Host, folder: &Path) {
    let (run, playbook) = in_the_middle(host, folder, "ctrl-c", |process| {
        integration_tests::service::signal("INT", process);
        host.exec("touch /root/ctrl-c-go");
    });
    let words = ["interrupted before 'come next'", "handlers that are owed"];
    ends(&run, 130, &words);
    host.exec("test -e /root/ctrl-c-done && ! test -e /etc/ctrl-c.next");
    assert_eq!(host.exec("cat /var/lib/examctl/apply-lock"), "", "{run}");
    goes_on(host, folder, "ctrl-c", &playbook);
}

fn a_full_disk(host: &Host, folder: &Path) {
    host.exec("mkdir /srv/small && mount -t tmpfs -o size=64k tmpfs /srv/small && echo old > /srv/small/data");
    let content = "x".repeat(100_000);
    let playbook = task(&format!(
        "file: {{path: /srv/small/data, content: {content}}}"
    ));
    let run = apply(folder, &playbook);
    ends(&run, 1, &["/srv/small/data", "No space left on device"]);
    assert_eq!(host.exec("cd /srv/small && cat data && ls -A"), "old\ndata");
    host.exec("mount -o remount,size=1m /srv/small");
    converges(folder, &playbook);
}

/// Where our own notes do not fit, nothing is changed and nothing that was noted is lost.
fn a_full_disk_of_our_own(host: &Host, folder: &Path) {
    let playbook = LONG.replace("FAULT", "notes");
    host.exec(
        "mkdir /root/notes-began; mount -t tmpfs -o size=64k tmpfs /var/lib/examctl\n\
         ! cat /dev/zero > /var/lib/examctl/filler",
    );
    let run = apply(folder, &playbook);
    ends(
        &run,
        1,
        &["cannot write below /var/lib/examctl", "is the disk full?"],
    );
    host.exec("! test -e /etc/notes.conf && rm /var/lib/examctl/filler");
    goes_on(host, folder, "notes", &playbook);
    host.exec("umount /var/lib/examctl");
}

/// As dpkg and apt lock, for so many seconds; `flock` would be another kind of lock.
fn hold_apt(host: &Host, seconds: u32) {
    host.exec(&format!(
        "perl -e 'open my $f, \">>\", \"/var/lib/dpkg/lock-frontend\" or die; \
         my $lock = pack(\"s s x4 q q i x4\", 1, 0, 0, 0, 0); fcntl($f, 6, $lock) or die; \
         open my $g, \">\", \"/tmp/held\"; close $g; sleep {seconds}' </dev/null >/dev/null 2>&1 &\n\
         n=0; until [ -e /tmp/held ]; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done; rm /tmp/held"
    ));
}

fn a_lock_of_apt(host: &Host, folder: &Path) {
    let playbook = task("package: {names: hello, lock_seconds: 2}");
    hold_apt(host, 8);
    let run = apply(folder, &playbook);
    let words = [
        "install hello",
        "/var/lib/dpkg/lock-frontend",
        "is another process using it?",
    ];
    ends(&run, 1, &words);
    host.exec("! test -e /usr/bin/hello");
    // Still held: an ordinary limit outlasts it.
    converges(folder, &task("package: {names: hello}"));
}

fn a_wrong_password(host: &Host) {
    host.exec(
        "useradd -m pia; echo pia:open-sesame | chpasswd; usermod -aG sudo pia\n\
         install -d -o pia -m 700 /home/pia/.ssh\n\
         install -o pia -m 600 /root/.ssh/authorized_keys /home/pia/.ssh/",
    );
    let inventory = |password: &str| {
        let mut entry = host.inventory_entry(&json!({"sudo_pw": password}));
        entry["user"] = json!("pia");
        entry["become"] = json!(true);
        entry["become_password_var"] = json!("sudo_pw");
        json!({"hosts": {"web": entry}}).to_string()
    };
    let site = site(&inventory("wrong-word"));
    let playbook = task("file: {path: /etc/by-pia, content: \"a\\n\"}");
    let run = apply(site.path(), &playbook);
    let words = [
        "sudo refused the password from variable sudo_pw for user pia",
        "nothing was changed there",
    ];
    ends(&run, 5, &words);
    assert!(!run.to_string().contains("wrong-word"), "{run}");
    std::fs::write(site.path().join("inventory.yaml"), inventory("open-sesame")).unwrap();
    converges(site.path(), &playbook);
}

fn an_invalid_template(host: &Host, folder: &Path) {
    let playbook = task(
        "template: {template: rules.j2, path: /etc/sudoers.d/exam, mode: \"0440\", validate: \"visudo -cf %s\"}",
    );
    let template = folder.join("templates/rules.j2");
    std::fs::create_dir(folder.join("templates")).unwrap();
    std::fs::write(&template, "deploy ALL=(ALL) NOPASSWD: /bin/true\n").unwrap();
    converges(folder, &playbook);
    let before = host.fingerprint("/etc/sudoers.d/*");
    std::fs::write(&template, "deploy ALL=(ALL NOPASSWD: /bin/true\n").unwrap();
    let run = apply(folder, &playbook);
    let words = [
        "syntax error",
        "the new content did not pass its validation",
    ];
    ends(&run, 1, &words);
    assert_eq!(host.fingerprint("/etc/sudoers.d/*"), before, "{run}");
    std::fs::write(&template, "deploy ALL=(ALL) NOPASSWD: /bin/ls\n").unwrap();
    converges(folder, &playbook);
}

/// One accepts and never speaks, one refuses; the third is done all the same.
fn hosts_that_never_answer(host: &Host) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = |listener: &TcpListener| {
        let mut entry = host.inventory_entry(&json!({}));
        entry["port"] = json!(listener.local_addr().unwrap().port());
        entry
    };
    let hosts = json!({"web": host.inventory_entry(&json!({})), "silent": other(&silent), "closed": other(&closed)});
    drop(closed);
    let site = site(&json!({ "hosts": hosts }).to_string());
    let playbook = task("file: {path: /etc/others, content: \"a\\n\"}");
    let run = apply(site.path(), &playbook);
    let words = [
        "not reached silent",
        "no SSH session within 10 s",
        "not reached closed",
        "Connection refused",
        "ok web: 1 changed",
    ];
    ends(&run, 5, &words);
    host.exec("test -e /etc/others");
}

/// How long a host waits in these tests for the confirmation of a change.
const SOON: [&str; 2] = ["--revert-after", "12"];

#[test]
fn a_host_that_was_locked_takes_the_change_back_by_itself() {
    let host = Host::start("web");
    let site = site(&host.inventory_yaml(&json!({})));
    let folder = site.path();
    host.exec("apt-get -q -y install nftables");
    let good = "firewall: {rules: [{allow: tcp, ports: 22}]}";
    converges(folder, &task(good));
    rules_that_lock_out_are_not_planned(&host, folder);
    rules_that_lock_out_unforeseen(&host, folder);
    converges(folder, &task(&good.replace("22", "[22, 80]")));
    a_login_that_is_refused(&host, folder);
    converges(folder, &task("sshd: {settings: {MaxAuthTries: 4}}"));
}

fn rules_that_lock_out_are_not_planned(host: &Host, folder: &Path) {
    let playbook = task("firewall: {rules: [{allow: tcp, ports: 22, from: 192.0.2.0/24}]}");
    std::fs::write(folder.join("play.yaml"), &playbook).unwrap();
    let before = host.exec("nft -s list ruleset");
    for command in ["plan", "apply"] {
        let run = examctl(folder, &[command, "play.yaml"]);
        ends(&run, 1, &["these rules would lock examctl out"]);
    }
    assert_eq!(host.exec("nft -s list ruleset"), before);
}

/// Somebody else's table makes examctl seem to come from elsewhere: the rules let that address in,
/// and not the one that the packets have when the rules see them.
fn rules_that_lock_out_unforeseen(host: &Host, folder: &Path) {
    host.exec(
        "nft 'table ip other { chain in { type nat hook input priority 100; tcp dport 22 snat to 192.0.2.9; }; }'",
    );
    let before = host.exec("nft -s list table inet examctl; cat /etc/nftables.d/examctl.nft");
    let playbook = task("firewall: {rules: [{allow: tcp, ports: 22, from: 192.0.2.9}]}");
    let run = apply_with(folder, &playbook, &SOON);
    let words = [
        "no new connection could be opened to confirm it",
        "takes the change back by itself within 12 s",
    ];
    ends(&run, 1, &words);
    wait_for("the old rules", Duration::from_secs(20), || {
        let now = host.exec("nft -s list table inet examctl; cat /etc/nftables.d/examctl.nft");
        (now == before).then_some(())
    });
    host.exec("nft delete table ip other");
}

/// A refused login is tried once more and no oftener: fail2ban would ban whoever goes on.
fn a_login_that_is_refused(host: &Host, folder: &Path) {
    let file = "/etc/ssh/sshd_config.d/00-examctl.conf";
    let playbook = task("sshd: {settings: {AllowUsers: nobody}, force: true}");
    let run = apply_with(folder, &playbook, &SOON);
    let words = [
        "no new connection could be opened to confirm it",
        "refused every way to log in",
        "takes the change back by itself within 12 s",
    ];
    ends(&run, 1, &words);
    host.exec(&format!("test -e {file}"));
    let log = host.exec("journalctl --sync; journalctl -u ssh -o cat");
    let refused = log.matches("not listed in AllowUsers").count();
    assert_eq!(refused, 2, "{log}");
    wait_for("the old settings", Duration::from_secs(20), || {
        let gone = host.try_exec(&format!("! test -e {file}"));
        gone.status.success().then_some(())
    });
    wait_for("a login", Duration::from_secs(5), || {
        host.openssh("root", "true").status.success().then_some(())
    });
}
