//! `fail2ban_jail`: a jail of fail2ban, and that it really runs: its own check passes jails that
//! then fail to start.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{
    HEADER, Loaded, needs_program, owned_file, parse_present, parse_settings, program_fact,
};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

const PROGRAM: &str = "/usr/bin/fail2ban-client";
const JOURNAL: &str = "python3-systemd";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fail2banJailArgs {
    name: String,
    file: FileArgs,
    needs_journal: bool,
    runs: bool,
    loaded: Loaded,
}

impl Operation for Fail2banJailArgs {
    const SPEC: Spec = Spec {
        name: "fail2ban_jail",
        summary: "A jail of fail2ban, judged by it before it goes live and seen to run afterwards.",
        fields: &[
            Field::required(
                "name",
                Kind::Name,
                "The jail; it is kept in /etc/fail2ban/jail.d/NAME.local.",
            ),
            Field::optional(
                "settings",
                Kind::Mapping,
                "As in jail.conf(5), for instance maxretry: 5; `enabled` is true unless given. Needed unless absent.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "fail2ban_jail: {name: sshd, settings: {backend: systemd, maxretry: 5, bantime: 1h, ignoreip: 10.0.0.0/8}}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        let present = parse_present(&mut fields);
        let settings = parse_settings(&mut fields, "settings", !present);
        for key in settings.keys() {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-/.".contains(c);
            if key.is_empty() || !key.chars().all(plain) {
                fields.wrong("settings", format!("'{key}' is not the name of a setting"));
            }
        }
        let name = name?;
        let mut text = format!("{HEADER}[{name}]\n");
        if !settings.contains_key("enabled") {
            text.push_str("enabled = true\n");
        }
        text.extend(
            settings
                .iter()
                .map(|(key, value)| format!("{key} = {value}\n")),
        );
        let path = format!("/etc/fail2ban/jail.d/{name}.local");
        let mut file = owned_file(path, present.then_some(text.clone()));
        file.validate = present.then(|| validate_script(&name));
        file.hides_old = sources.has_secrets();
        let is = |key: &str, value: &str| settings.get(key).is_some_and(|text| text == value);
        Some(Self {
            loaded: Loaded::new(
                sources.state_directory(),
                &format!("fail2ban-{name}"),
                text.as_bytes(),
            ),
            file,
            needs_journal: is("backend", "systemd"),
            runs: present && !is("enabled", "false"),
            name,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = self.file.requests();
        requests.extend([
            program_fact(PROGRAM),
            FactKey::Package(JOURNAL.to_owned()).into(),
            self.loaded.request(),
            self.probe().into(),
        ]);
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let mut changes = self.file.plan(facts)?;
        if self.file.content.is_none() {
            if !changes.is_empty() || self.loaded.is_noted(facts) {
                let script = format!(
                    "set -e\nif systemctl is-active --quiet fail2ban; then fail2ban-client reload >/dev/null; fi\n{}",
                    self.loaded.forget()
                );
                changes.push(Change::run(format!("unload jail {}", self.name), script));
            }
            return Ok(changes);
        }
        needs_program(facts, PROGRAM, "fail2ban")?;
        if self.needs_journal && !facts.packages.contains_key(JOURNAL) {
            return Err(PlanError(format!(
                "`backend: systemd` needs the package {JOURNAL}, without which the jail passes fail2ban's check and does not run: install it in an earlier task"
            )));
        }
        let answer = facts.probes.get(&self.probe_name());
        let runs = answer.is_some_and(|probed| probed.stdout == "runs");
        if !changes.is_empty() || !self.loaded.is_current(facts) || runs != self.runs {
            let said = if self.runs { "load" } else { "unload" };
            changes.push(Change::run(
                format!("{said} jail {}", self.name),
                self.load_script(),
            ));
        }
        Ok(changes)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.file.may_change(key)
            || self.loaded.may_change(key)
            || effects::below(key, "/run/fail2ban")
            || matches!(key, FactKey::Service(name) if name.starts_with("fail2ban"))
    }

    fn managed_path(&self) -> Option<&str> {
        self.file.managed_path()
    }
}

impl Fail2banJailArgs {
    fn probe_name(&self) -> String {
        format!("jail {}", self.name)
    }

    /// `runs` or nothing. fail2ban's client takes a quarter of a second to start, so its socket is
    /// asked directly, in the oldest form of Python's pickles, by the perl that every Debian has.
    fn probe(&self) -> FactKey {
        let ask = r#"alarm 5; $s = IO::Socket::UNIX->new("/run/fail2ban/fail2ban.sock") or exit; print $s "(lVstatus\naV$ARGV[0]\na.<F2B_END_COMMAND>"; $s->flush; local $/ = "<F2B_END_COMMAND>"; print "runs" if <$s> =~ /Currently banned/"#;
        FactKey::Probe {
            name: self.probe_name(),
            script: format!(
                "perl -MIO::Socket::UNIX -e {} {}",
                quote(ask),
                quote(&self.name)
            ),
            reads: vec![
                "/etc/fail2ban".to_owned(),
                "/run/fail2ban".to_owned(),
                PROGRAM.to_owned(),
            ],
        }
    }

    /// Bans are kept. A jail is up a moment after fail2ban has read it, or never.
    fn load_script(&self) -> String {
        let name = quote(&self.name);
        let seen = if self.runs {
            format!(
                "n=0\n\
                 until fail2ban-client status {name} >/dev/null 2>&1; do\n\
                 n=$((n + 1))\n\
                 if [ $n -ge 20 ]; then\n\
                 echo \"fail2ban has read the jail\" {name} \"and does not run it:\" >&2\n\
                 {{ grep -E 'ERROR|WARNING' /var/log/fail2ban.log || journalctl -u fail2ban -n 20 --no-pager; }} 2>/dev/null | tail -n 5 >&2\n\
                 exit 1\n\
                 fi\n\
                 sleep 0.3\n\
                 done\n"
            )
        } else {
            String::new()
        };
        format!(
            "set -e\n\
             {forget}if systemctl is-active --quiet fail2ban; then fail2ban-client reload >/dev/null; else systemctl restart fail2ban; fi\n\
             {seen}{note}",
            forget = self.loaded.forget(),
            note = self.loaded.note(),
        )
    }
}

/// Judged with all other files of fail2ban, as it reads them.
fn validate_script(name: &str) -> String {
    format!(
        "set -e; d=$(mktemp -d); trap 'rm -rf \"$d\"' EXIT; cp -r /etc/fail2ban/. \"$d\"; cp %s \"$d/jail.d/\"{}; fail2ban-client -c \"$d\" -t",
        quote(&format!("{name}.local"))
    )
}
