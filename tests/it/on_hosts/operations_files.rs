//! Files, packages, accounts and what a playbook waits for: one host, one playbook with all of it.

use std::path::Path;
use std::process::Command;

use integration_tests::examctl::Run;
use integration_tests::host::Host;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::provisioning::{examctl, site};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEJt8ZtRDpkZ8cFn0OZ0YzQm3JZQ1mEJc0Zl3mFzQ0aB";
const OTHER_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEJt8ZtRDpkZ8cFn0OZ0YzQm3JZQ1mEJc0Zl3mFzQ0aC";
const HASH: &str = "$6$saltsalt$c7m1b9GyzHkYTq0dVQ1bT0z0bqgkYV2rJr7cV3";

/// Everything as it shall be; `{{ ... }}` differs between the first state and the changed one.
const TASKS: &str = r#"
  - name: two conditions
    assert: {that: [true, "{{ large }}"], severity: warn, message: This host is small}
  - name: archive of packages
    apt_repository: {name: local, uris: "file:/var/lib/examhost/packages", suites: ./, trusted: true}
  - name: tools
    package: {names: [curl, xz-utils, unattended-upgrades]}
  - name: hello
    package: {names: [hello], state: latest, held: "{{ held }}"}
  - name: upgrades
    unattended_upgrades: {blacklist: [mariadb-server], freeze: "{{ freeze }}"}

  - name: staff
    group: {name: staffers, gid: "{{ gid }}"}
  - name: ann
    user: {name: ann, uid: 1777, groups: [staffers], shell: /bin/bash, password_hash: "{{ password_hash }}", locked: "{{ locked }}", expires: 2031-01-01}
  - name: keys of ann
    authorized_key: {user: ann, keys: "{{ keys }}", exclusive: true}
  - name: what ann may do
    sudoers: {name: ann, user: ann, commands: ["{{ may }}"], nopasswd: true}

  - name: settings
    command: {run: "printf '[one]\\n#size=0\\n[two]\\nlast=1\\n' > /etc/demo.conf; chmod 0640 /etc/demo.conf", creates: /etc/demo.conf}
  - name: size
    line: {path: /etc/demo.conf, line: "size={{ size }}", match: "^#?size=", insert_after: "^\\[one\\]"}
  - name: extra
    block: {path: /etc/demo.conf, name: extra, content: "a={{ size }}\nb=2\n", insert_before: "^last", validate: grep -q BEGIN %s}

  - name: web server
    command: {run: systemd-run --unit=files python3 -m http.server 8099 --bind 127.0.0.1 --directory /srv/web, unless: systemctl is-active files}
  - name: web server answers
    wait_for: {url: "http://127.0.0.1:8099/tool.txt", body: "^tool [0-9]", timeout_seconds: 20}
  - name: port is open
    wait_for: {port: 8099, timeout_seconds: 5}
  - name: tool
    download:
      path: /usr/local/bin/tool
      mode: 0755
      url: http://127.0.0.1:8099/missing.txt
      mirrors: [http://127.0.0.1:8099/other.txt, "http://127.0.0.1:8099/tool.txt"]
      sha256: "{{ sha256 }}"
  - name: unpacked from here
    archive: {path: /opt/here, source: here.tar.gz, strip_components: 1, owner: ann, group: staffers, mode: 0750}
  - name: unpacked on the host
    archive: {path: /opt/there, from: /srv/web/there.tar.xz}
  - name: made by a script
    script: {source: make, arguments: ["/root/made {{ size }}", two words], stdin: "from stdin\n", creates: "/root/made {{ size }}"}
  - name: signed repository
    apt_repository: {name: signed, uris: "file:/srv/packages", suites: ./, trusted: true, key_url: "http://127.0.0.1:8099/key.txt", key_sha256: "{{ key_sha256 }}"}
"#;

/// Nothing of it left.
const ABSENT: &str = r#"
  - name: repository
    apt_repository: {name: signed, state: absent}
  - name: hello
    package: {names: [hello], state: absent, purge: true}
  - name: what ann may do
    sudoers: {name: ann, state: absent}
  - name: keys of ann
    authorized_key: {user: ann, keys: "{{ keys }}", state: absent}
  - name: ann
    user: {name: ann, state: absent, remove_home: true}
  - name: staff
    group: {name: staffers, state: absent}
  - name: size
    line: {path: /etc/demo.conf, line: size, match: "^size=", state: absent}
  - name: extra
    block: {path: /etc/demo.conf, name: extra, state: absent}
  - name: archive of packages
    apt_repository: {name: local, state: absent}
"#;

struct Site {
    host: Host,
    directory: TempDir,
}

impl Site {
    fn new() -> Self {
        let host = Host::start("files");
        // The playbook brings the archive of packages back. apt's timers may go, but nothing may take its lock.
        host.exec(
            "apt-get -q -y install python3 && mkdir -p /srv/web /root/there && ln -s /var/lib/examhost/packages /srv/packages && \
             echo 'tool 1' > /srv/web/tool.txt && echo other > /srv/web/other.txt && echo 1 > /root/there/x && \
             printf -- '-----BEGIN PGP PUBLIC KEY BLOCK-----\\n' > /srv/web/key.txt && \
             for unit in apt-daily apt-daily-upgrade; do \
               systemctl unmask $unit.service && mkdir /etc/systemd/system/$unit.service.d && \
               printf '[Service]\\nExecStartPre=\\nExecStart=\\nExecStart=/bin/true\\n' > /etc/systemd/system/$unit.service.d/idle.conf; \
             done && systemctl daemon-reload && \
             rm -rf /etc/apt/sources.list /var/lib/apt/lists/* /etc/apt/keyrings",
        );
        let directory = site(&host.inventory_yaml(&json!({})));
        let site = Self { host, directory };
        site.write("make", "printf '%s|%s|' \"$2\" \"$(cat)\" > \"$1\"\n");
        site.pack_here("one");
        site.pack_there();
        site
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    /// Makes `here.tar.gz` with this text in `top/sub/file`.
    fn pack_here(&self, text: &str) {
        let folder = self.path().join("top/sub");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("file"), text).unwrap();
        let mut tar = Command::new("tar");
        tar.args(["-czf", "here.tar.gz", "top"])
            .current_dir(self.path());
        assert!(tar.status().unwrap().success());
    }

    /// Makes `/srv/web/there.tar.xz` of `/root/there`; xz itself is not installed yet.
    fn pack_there(&self) {
        self.host.exec(
            "cd /root && python3 -c \"import tarfile; a = tarfile.open('/srv/web/there.tar.xz', 'w:xz'); a.add('there'); a.close()\"",
        );
    }

    fn apply(&self, tasks: &str, vars: &Value) -> Run {
        let playbook = format!(
            "name: operations\nhosts: all\nvars: {vars}\nsecrets: [password_hash]\ntasks:{tasks}"
        );
        self.write("play.yaml", &playbook);
        examctl(self.path(), &["apply", "play.yaml"])
    }

    /// Applies one task that must fail and returns what was said.
    fn refused(&self, task: &str) -> String {
        let run = self.apply(
            &format!("\n  - name: bad\n    {task}\n"),
            &vars(self, false),
        );
        assert_eq!(run.code, 1, "{task}: {run}");
        run.stdout + &run.stderr
    }

    #[track_caller]
    fn says(&self, script: &str, expected: &str) {
        assert_eq!(self.host.exec(script), expected, "{script}");
    }
}

fn changed(run: &Run) -> u64 {
    assert_eq!(run.code, 0, "{run}");
    run.summary()["changed"].as_u64().unwrap()
}

fn vars(site: &Site, is_changed: bool) -> Value {
    let sha256 = |path: &str| site.host.exec(&format!("sha256sum {path} | cut -c 1-64"));
    let keys = if is_changed {
        vec![format!("{OTHER_KEY} ann at home")]
    } else {
        vec![format!("{KEY} ann"), format!("no-pty {OTHER_KEY} robot")]
    };
    json!({
        "large": is_changed,
        "held": !is_changed,
        "freeze": !is_changed,
        "gid": if is_changed { 4243 } else { 4242 },
        "locked": is_changed,
        "keys": keys,
        "may": if is_changed { "/usr/bin/id" } else { "/usr/bin/whoami" },
        "size": if is_changed { 2 } else { 1 },
        "sha256": sha256("/srv/web/tool.txt"),
        "key_sha256": sha256("/srv/web/key.txt"),
        "password_hash": HASH,
    })
}

#[test]
fn files_packages_and_accounts_become_what_is_asked_and_go_again() {
    let site = Site::new();
    let first = site.apply(TASKS, &vars(&site, false));
    assert!(changed(&first) > 15, "{first}");
    assert!(first.stdout.contains("This host is small"), "{first}");
    assert!(
        !first.stdout.contains(HASH) && !first.stderr.contains(HASH),
        "{first}"
    );
    site.is_as_asked();
    let second = site.apply(TASKS, &vars(&site, false));
    assert_eq!(changed(&second), 0, "{second}");

    site.host
        .exec("echo 'tool 2' > /srv/web/tool.txt; echo 2 > /root/there/x");
    site.pack_here("two");
    site.pack_there();
    let third = site.apply(TASKS, &vars(&site, true));
    assert!(changed(&third) > 8, "{third}");
    assert!(!third.stdout.contains("This host is small"), "{third}");
    site.is_as_changed();
    assert_eq!(changed(&site.apply(TASKS, &vars(&site, true))), 0);

    let gone = site.apply(ABSENT, &vars(&site, true));
    assert_eq!(changed(&gone), 9, "{gone}");
    site.is_gone();
    assert_eq!(changed(&site.apply(ABSENT, &vars(&site, true))), 0);
}

impl Site {
    fn is_as_asked(&self) {
        self.says(
            "hello; apt-mark showhold; systemctl is-enabled apt-daily.timer || true",
            "Hello, world!\nhello\nmasked",
        );
        self.says(
            "apt-config dump | grep -c 'Blacklist:: \"mariadb-server\"'",
            "1",
        );
        self.says(
            "unattended-upgrades --dry-run >/dev/null && echo fine",
            "fine",
        );
        self.says(
            "id ann | tr ' ' '\\n' | grep -c 4242; getent shadow ann | cut -d : -f 2,8",
            &format!("1\n{HASH}:22280"),
        );
        self.says(
            "stat -c '%a %U' /home/ann/.ssh /home/ann/.ssh/authorized_keys; cat /home/ann/.ssh/authorized_keys",
            &format!("700 ann\n600 ann\n{KEY} ann\nno-pty {OTHER_KEY} robot"),
        );
        self.says("runuser -u ann -- sudo -n /usr/bin/whoami", "root");
        self.says(
            "stat -c %a /etc/demo.conf; cat /etc/demo.conf",
            "640\n[one]\nsize=1\n[two]\n# BEGIN examctl extra\na=1\nb=2\n# END examctl extra\nlast=1",
        );
        self.says(
            "cat /usr/local/bin/tool; stat -c %a /usr/local/bin/tool",
            "tool 1\n755",
        );
        self.says(
            "stat -c '%U:%G %a' /opt/here /opt/here/sub/file; cat /opt/here/sub/file",
            "ann:staffers 750\nann:staffers 644\none",
        );
        self.says(
            "cat /opt/there/there/x '/root/made 1'",
            "1\ntwo words|from stdin|",
        );
        self.says(
            "cat /etc/apt/sources.list.d/signed.sources; stat -c %a /etc/apt/keyrings/signed.asc",
            "Types: deb\nURIs: file:/srv/packages\nSuites: ./\nSigned-By: /etc/apt/keyrings/signed.asc\nTrusted: yes\n644",
        );
        self.says("ls -A /var/lib/examctl/scripts | wc -l", "0");
    }

    fn is_as_changed(&self) {
        self.says("apt-mark showhold; systemctl is-enabled apt-daily.timer; systemctl is-active apt-daily.timer", "enabled\nactive");
        self.says(
            "getent group staffers | cut -d : -f 3; getent shadow ann | cut -d : -f 2",
            &format!("4243\n!{HASH}"),
        );
        self.says(
            "cat /home/ann/.ssh/authorized_keys",
            &format!("no-pty {OTHER_KEY} ann at home"),
        );
        self.says("runuser -u ann -- sudo -n /usr/bin/whoami 2>&1 || runuser -u ann -- sudo -n /usr/bin/id -un", "sudo: a password is required\nroot");
        self.says("grep -c =2 /etc/demo.conf; cat /usr/local/bin/tool /opt/there/there/x /opt/here/sub/file", "3\ntool 2\n2\ntwo");
    }

    fn is_gone(&self) {
        self.says(
            "dpkg-query -W -f '${db:Status-Status}' hello 2>/dev/null || echo unknown",
            "unknown",
        );
        self.says(
            "ls -d /home/ann /etc/sudoers.d/ann /etc/apt/keyrings/* /etc/apt/sources.list.d/* 2>/dev/null | wc -l; \
             getent group staffers ann; getent passwd ann; echo none",
            "0\nnone",
        );
        self.says("cat /etc/demo.conf", "[one]\n[two]\nlast=1");
    }
}

#[test]
fn what_must_not_happen_is_refused_and_changes_nothing() {
    let site = Site::new();
    site.host.exec(
        "cd /root && python3 -c \"\n\
import tarfile, io\n\
a = tarfile.open('/root/up.tar.gz', 'w:gz'); i = tarfile.TarInfo('../evil'); a.addfile(i, io.BytesIO()); a.close()\n\
a = tarfile.open('/root/link.tar', 'w'); i = tarfile.TarInfo('out'); i.type = tarfile.SYMTYPE; i.linkname = '../../etc'; a.addfile(i); a.close()\n\
\" && systemd-run --unit=files python3 -m http.server 8099 --bind 127.0.0.1 --directory /srv/web",
    );
    // Names and contents: a folder's time changes with what is staged in it.
    let everything = "cd / && find etc opt usr/local root | sort; find etc opt usr/local root -type f -print0 | sort -z | xargs -0 sha256sum";
    let before = site.host.exec(everything);
    let said = site.refused("archive: {path: /opt/a, from: /root/up.tar.gz}");
    assert!(
        said.contains("holds '../evil', which leaves the directory"),
        "{said}"
    );
    let said = site.refused("archive: {path: /opt/a, from: /root/link.tar}");
    assert!(
        said.contains("holds the link 'out', which leaves the directory"),
        "{said}"
    );
    let said = site.refused("archive: {path: /opt/a, from: /root/none.zip}");
    assert!(
        said.contains("there is no archive /root/none.zip on this host"),
        "{said}"
    );
    let said = site.refused(
        "download: {path: /opt/a, url: \"http://127.0.0.1:8099/x\", sha256: \"{{ sha256 }}\"}",
    );
    assert!(
        said.contains("neither curl nor wget is on this host"),
        "{said}"
    );
    let said = site.refused("sudoers: {name: broken, content: this is no rule}");
    assert!(said.contains("did not pass its validation"), "{said}");
    let said = site.refused("wait_for: {port: 8098, timeout_seconds: 2}");
    assert!(
        said.contains("waited 2 seconds for port 8098 of 127.0.0.1 in vain"),
        "{said}"
    );
    let said = site.refused("assert: {that: \"{{ large }}\", message: take a larger machine}");
    assert!(said.contains("take a larger machine"), "{said}");
    assert_eq!(site.host.exec(everything), before);

    let said = site.refused(
        r#"apt_repository: {name: unsigned, uris: "file:/srv/packages", suites: ./, key: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"}"#,
    );
    assert!(said.contains("apt cannot use this repository"), "{said}");
    site.says("ls /etc/apt/sources.list.d", "");
}
