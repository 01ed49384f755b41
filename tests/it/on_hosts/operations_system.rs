//! The operations of the base system and the network against a real host, judged by the programs
//! that they are about: nft, sshd, openssl, nginx, fail2ban, logrotate, ufw, certbot.

use std::path::Path;
use std::time::Duration;

use integration_tests::examctl::Run;
use integration_tests::host::Host;
use integration_tests::waiting::wait_for;
use serde_json::{Value, json};

use super::provisioning::{examctl, site};

const PRESENT: &str = include_str!("operations_system/present.yaml");
const CHANGED: &str = include_str!("operations_system/changed.yaml");
const ABSENT: &str = include_str!("operations_system/absent.yaml");
const UFW: &str = include_str!("operations_system/ufw.yaml");

fn apply(folder: &Path, playbook: &str) -> Run {
    std::fs::write(folder.join("play.yaml"), playbook).unwrap();
    examctl(folder, &["apply", "play.yaml"])
}

/// Applies it, and once more: that changes nothing.
#[track_caller]
fn converge(folder: &Path, playbook: &str) {
    let applied = apply(folder, playbook);
    assert_eq!(applied.code, 0, "{applied}");
    let again = apply(folder, playbook);
    assert_eq!(
        (again.code, &again.summary()["changed"]),
        (0, &json!(0)),
        "{again}"
    );
}

/// Applies one task that must fail and say so.
#[track_caller]
fn refused(folder: &Path, task: &str, reason: &str) {
    let playbook = format!("name: refused\nhosts: all\ntasks:\n- name: task\n  {task}\n");
    let run = apply(folder, &playbook);
    assert_eq!(run.code, 1, "{run}");
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains(reason), "{reason:?} is not in {run}");
}

#[track_caller]
fn says(host: &Host, command: &str, wanted: &str) {
    let said = host.exec(command);
    assert!(
        said.contains(wanted),
        "`{command}` says {said:?}, not {wanted:?}"
    );
}

#[test]
fn what_is_asked_of_the_system_is_what_its_programs_then_say() {
    let host = Host::start("web");
    let site = site(&host.inventory_yaml(&json!({})));
    let folder = site.path();
    converge(folder, PRESENT);
    system_is_as_asked(&host);
    network_is_as_asked(&host);
    lock_outs_are_refused(&host, folder);
    what_fails_is_taken_back(&host, folder);
    a_lone_mistake_goes_nowhere(&host, folder);
    converge(folder, CHANGED);
    changes_are_made(&host);
    converge(folder, ABSENT);
    everything_is_gone(&host);
    ufw_does_the_same(&host, folder);
}

fn system_is_as_asked(host: &Host) {
    says(
        host,
        "cat /etc/sysctl.d/60-examctl.conf",
        "net.core.somaxconn = 8192",
    );
    says(host, "su - deploy -c 'ulimit -n'", "5000");
    says(host, "hostname", "exam1");
    says(host, "getent hosts exam1.university.example", "127.0.1.1");
    says(host, "date +%Z", "CE");
    says(
        host,
        "blkid -p -o value -s TYPE /swapfile; stat -c %a:%s /swapfile",
        "swap\n600:8388608",
    );
    says(
        host,
        "findmnt -n -o OPTIONS /srv/scratch",
        "nosuid,nodev,noexec",
    );
    says(
        host,
        "findmnt -n --verify; findmnt -n --fstab -o TARGET -t tmpfs",
        "/srv/scratch",
    );
    says(
        host,
        "cat /etc/modprobe.d/60-dccp.conf",
        "install dccp /bin/false",
    );
    says(
        host,
        "logrotate -d /etc/logrotate.conf 2>&1",
        "/var/log/exam/*.log",
    );
    says(host, "sshd -T", "maxauthtries 3\n");
    says(host, "sshd -T", "passwordauthentication no\n");
}

fn network_is_as_asked(host: &Host) {
    says(
        host,
        "nft list table inet examctl",
        "tcp dport { 80, 443 } accept",
    );
    says(host, "systemctl is-enabled examctl-firewall", "enabled");
    // As after a boot, where only its unit loads it.
    says(
        host,
        "nft delete table inet examctl && systemctl restart examctl-firewall && nft list table inet examctl",
        "tcp dport { 80, 443 } accept",
    );
    let verified = "openssl verify -CAfile /etc/examctl/ca/ca.crt -verify_hostname exam.test /etc/examctl/tls/exam.crt";
    says(host, verified, ": OK");
    says(
        host,
        "openssl x509 -in /etc/examctl/tls/self.crt -noout -checkip 10.0.0.1",
        "does match",
    );
    says(
        host,
        "stat -c %a:%U:%G /etc/examctl/tls/self.key /etc/examctl/ca/ca.key",
        "640:root:www-data\n600:root:root",
    );
    says(
        host,
        "nginx -T 2>&1",
        "configuration file /etc/nginx/sites-enabled/exam",
    );
    says(
        host,
        "openssl s_client -connect 127.0.0.1:443 -servername exam.test -CAfile /etc/examctl/ca/ca.crt -verify_hostname exam.test </dev/null 2>&1",
        "Verify return code: 0 (ok)",
    );
    // Through the firewall.
    assert_eq!(host.client().get("/").unwrap().text, "hello\n");
    says(host, "fail2ban-client status sshd", "Currently banned:\t0");
    says(host, "fail2ban-client get sshd maxretry", "7");
}

/// As root, and as a user for whom sudo has cleared the environment.
fn lock_outs_are_refused(host: &Host, folder: &Path) {
    let rules = "firewall: {rules: [{allow: tcp, ports: 22, from: 192.0.2.0/24}]}";
    refused(
        folder,
        rules,
        "these rules would lock examctl out, which comes from",
    );
    refused(
        folder,
        "sshd: {settings: {PermitRootLogin: false}}",
        "which is here as root",
    );
    let mut entry = host.inventory_entry(&json!({}));
    entry["user"] = json!("deploy");
    entry["become"] = json!(true);
    let inventory = json!({"groups": {"online": {"hosts": ["web"]}}, "hosts": {"web": entry}});
    let other = site(&inventory.to_string());
    refused(
        other.path(),
        rules,
        "these rules would lock examctl out, which comes from",
    );
    refused(
        other.path(),
        "sshd: {settings: {AllowUsers: root}}",
        "AllowUsers does not name deploy",
    );
    says(
        host,
        "nft list table inet examctl",
        "tcp dport { 80, 443 } accept",
    );
}

/// A change under the timer that fails on its way leaves what was there before.
fn what_fails_is_taken_back(host: &Host, folder: &Path) {
    let before = host.exec("nft -s list table inet examctl; cat /etc/nftables.d/examctl.nft");
    host.exec(
        "echo '# by hand' >> /etc/systemd/system/examctl-firewall.service
         cd /etc/systemd/system && mv sysinit.target.wants /root/wants && touch sysinit.target.wants",
    );
    let rules = "firewall: {rules: [{allow: tcp, ports: 22}]}";
    refused(folder, rules, "load the firewall at every boot");
    host.exec("cd /etc/systemd/system && rm sysinit.target.wants && mv /root/wants sysinit.target.wants && systemctl daemon-reload");
    let after = host.exec("nft -s list table inet examctl; cat /etc/nftables.d/examctl.nft");
    assert_eq!(after, before);

    let before = host.exec("cat /etc/ssh/sshd_config.d/00-examctl.conf");
    let broken = "/etc/systemd/system/ssh.service.d/broken.conf";
    host.write(broken, "[Service]\nExecReload=\nExecReload=/bin/false\n");
    host.exec("systemctl daemon-reload");
    refused(folder, "sshd: {settings: {MaxAuthTries: 4}}", "reload sshd");
    host.exec(&format!("rm {broken} && systemctl daemon-reload"));
    assert_eq!(
        host.exec("cat /etc/ssh/sshd_config.d/00-examctl.conf"),
        before
    );
    host.exec("systemctl reload ssh");
}

/// What a program does not pass leaves the old content live.
fn a_lone_mistake_goes_nowhere(host: &Host, folder: &Path) {
    refused(
        folder,
        "sshd: {settings: {MaxAuthTriez: 4}}",
        "MaxAuthTriez",
    );
    refused(
        folder,
        "sshd: {settings: {X11Forwarding: true}, name: later}",
        "would not take effect",
    );
    refused(
        folder,
        "nginx_site: {name: exam, content: \"server { lissen 80; }\\n\"}",
        "/etc/nginx/sites-enabled/exam:1",
    );
    refused(
        folder,
        "fail2ban_jail: {name: sshd, settings: {filter: none-such}}",
        "none-such",
    );
    refused(
        folder,
        "fail2ban_jail: {name: ghost, settings: {filter: sshd, logpath: /none}}",
        "ghost",
    );
    host.exec("rm -f /etc/fail2ban/jail.d/ghost.local && fail2ban-client reload");
    refused(
        folder,
        "logrotate: {name: bad, paths: /var/log/bad.log, create: 0640 nobody-here adm}",
        "nobody-here",
    );
    assert_eq!(host.client().get("/").unwrap().text, "hello\n");
    host.exec("test ! -e /etc/logrotate.d/bad && test ! -e /etc/ssh/sshd_config.d/00-later.conf");
    says(host, "fail2ban-client status", "sshd");
    let certbot = "tls_certificate: {name: exam, provider: certbot, names: exam.test, webroot: /srv, server: \"https://127.0.0.1:9/directory\"}";
    refused(folder, certbot, "127.0.0.1");
    says(
        host,
        "cat /etc/letsencrypt/renewal-hooks/deploy/examctl-exam",
        "systemctl reload nginx",
    );
}

fn changes_are_made(host: &Host) {
    says(
        host,
        "cat /etc/sysctl.d/60-examctl.conf",
        "somaxconn = 4096",
    );
    host.exec("findmnt -n -o OPTIONS /srv/scratch | grep -qv noexec");
    says(
        host,
        "nft list table inet examctl",
        "udp dport 123 accept comment \"time\"",
    );
    says(
        host,
        "openssl x509 -in /etc/examctl/tls/exam.crt -noout -checkhost new.test",
        "does match",
    );
    says(
        host,
        "openssl verify -CAfile /etc/examctl/ca/ca.crt /etc/examctl/tls/exam.crt",
        ": OK",
    );
    assert_eq!(host.client().get("/").unwrap().text, "hello again\n");
    says(host, "sshd -T", "maxauthtries 5\n");
    says(host, "stat -c %s /swapfile", "4194304");
}

fn everything_is_gone(host: &Host) {
    let files = "/etc/sysctl.d/60-examctl.conf /etc/security/limits.d/60-examctl.conf /swapfile /etc/modprobe.d/60-dccp.conf /etc/logrotate.d/exam /etc/ssh/sshd_config.d/00-examctl.conf /etc/nftables.d/examctl.nft /etc/systemd/system/examctl-firewall.service /etc/fail2ban/jail.d/exam.local /etc/nginx/sites-available/exam /etc/nginx/sites-enabled/exam";
    host.exec(&format!(
        "for f in {files}; do [ ! -e $f ] || {{ echo $f >&2; exit 1; }}; done"
    ));
    host.exec("! nft list table inet examctl && ! findmnt /srv/scratch && ! grep -qE 'scratch|swap' /etc/fstab");
    says(host, "nginx -t 2>&1", "successful");
    says(host, "fail2ban-client status", "Number of jail:\t0");
    says(host, "sshd -T", "maxauthtries 6\n");
}

fn ufw_does_the_same(host: &Host, folder: &Path) {
    refused(
        folder,
        "firewall: {backend: ufw, rules: [{allow: tcp, ports: 80}]}",
        "would lock examctl out",
    );
    converge(folder, UFW);
    says(host, "ufw status verbose", "Default: deny (incoming)");
    says(host, "ufw status", "80,443/tcp");
    says(host, "ufw status", "8000:8010/udp");
    says(host, "ufw status", "# web pages");
    let fewer = UFW.replace("[80, 443]", "[443]");
    converge(folder, &fewer);
    assert!(!host.exec("ufw status").contains("80,443/tcp"));
    let nftables = "firewall: {rules: [{allow: tcp, ports: 22}]}";
    refused(folder, nftables, "ufw is active");
    converge(
        folder,
        "name: off\nhosts: all\ntasks:\n- {name: ufw, firewall: {backend: ufw, state: absent}}\n",
    );
    says(host, "ufw status", "inactive");
}

#[test]
fn a_host_that_asks_for_a_reboot_is_booted_anew_in_the_middle_of_a_run() {
    let host = Host::start("web");
    let site = site(&host.inventory_yaml(&json!({})));
    host.exec("touch /run/reboot-required");
    let playbook = "name: reboot\nhosts: all\ntasks:\n\
        - {name: before, file: {path: /etc/before, content: a}, notify: again}\n\
        - {name: reboot, reboot: {timeout_seconds: 120}}\n\
        - {name: after, file: {path: /etc/after, content: a}}\n\
        handlers:\n\
        - {name: again, reboot: {when: always, timeout_seconds: 120}}\n";
    let first_boot = host.exec("cut -d ' ' -f 22 /proc/1/stat");
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| apply(site.path(), playbook));
        // A container does not start by itself once its first process has ended.
        for boot in ["first", "second"] {
            wait_for(
                &format!("the {boot} reboot"),
                Duration::from_mins(2),
                || host.is_off().then_some(()),
            );
            // Not waited for: the run may reboot it again before everything of it is up.
            host.power_on();
        }
        run.join().unwrap()
    });
    assert_eq!(run.code, 0, "{run}");
    let handlers: &Value = &run.summary()["hosts"];
    assert_ne!(
        host.exec("cut -d ' ' -f 22 /proc/1/stat"),
        first_boot,
        "{handlers}"
    );
    host.exec("test -e /etc/before && test -e /etc/after");
    let again = apply(site.path(), playbook);
    assert_eq!(
        (again.code, &again.summary()["changed"]),
        (0, &json!(0)),
        "{again}"
    );
}
