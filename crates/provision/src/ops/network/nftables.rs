//! A table of our own in nftables, loaded by a unit of our own: tables of others (Docker's,
//! fail2ban's) are never flushed.

use super::rules::{Network, Rule};
use crate::connections::quote;
use crate::facts::path::sha256_of;
use crate::facts::{FactKey, Facts, Request};
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{HEADER, needs_program, owned_file, program_fact};
use crate::ops::{Change, Operation, PlanError, Revert, effects};

const PROGRAM: &str = "/usr/sbin/nft";
const FOLDER: &str = "/etc/nftables.d";
const RULES: &str = "/etc/nftables.d/examctl.nft";
const UNIT_FILE: &str = "/etc/systemd/system/examctl-firewall.service";
const UNIT: &str = "examctl-firewall.service";
const LIVE: &str = "nft table inet examctl";
const UFW: &str = "ufw enabled";

/// No setting that needs a mount namespace (`ProtectSystem`, `PrivateDevices` and their like): so early
/// in a boot systemd sometimes cannot set one up (226/NAMESPACE, seen once in 15 boots), and the host
/// would come up without its firewall.
const UNIT_TEXT: &str = "[Unit]
Description=Firewall of examctl
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=local-fs.target systemd-modules-load.service
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/nftables.d/examctl.nft
ExecReload=/usr/sbin/nft -f /etc/nftables.d/examctl.nft
Restart=on-failure
RestartSec=1
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes
DevicePolicy=closed
IPAddressDeny=any
UMask=0077
RestrictAddressFamilies=AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=sysinit.target
";

/// Prints what is loaded, without counters.
const LIST: &str = "nft -s list table inet examctl";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nftables {
    rules: FileArgs,
    unit: FileArgs,
    /// Holds the checksums of the file that was loaded last and of the table it became.
    noted: String,
}

impl Nftables {
    pub(super) fn new(rules: Option<&[Rule]>, state_directory: &str) -> Self {
        let mut file = owned_file(RULES, rules.map(render));
        file.validate = rules.map(|_| "nft -c -f %s".to_owned());
        Self {
            rules: file,
            unit: owned_file(UNIT_FILE, rules.map(|_| format!("{HEADER}{UNIT_TEXT}"))),
            noted: format!("{state_directory}/loaded/firewall"),
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.rules.path
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        let mut requests = self.rules.requests();
        requests.extend(self.unit.requests());
        let live = FactKey::Probe {
            name: LIVE.to_owned(),
            script: format!(
                "t=$({LIST} 2>/dev/null) || exit 0; printf '%s\\n' \"$t\" | sha256sum | cut -c 1-64; cat {} 2>/dev/null",
                quote(&self.noted)
            ),
            reads: vec![RULES.to_owned(), self.noted.clone()],
        };
        let ufw = FactKey::Probe {
            name: UFW.to_owned(),
            script: "grep -q '^ENABLED=yes' /etc/ufw/ufw.conf".to_owned(),
            reads: vec!["/etc/ufw".to_owned()],
        };
        requests.extend([
            live.into(),
            ufw.into(),
            program_fact(PROGRAM),
            FactKey::Path(FOLDER.to_owned()).into(),
            FactKey::Service(UNIT.to_owned()).into(),
        ]);
        requests
    }

    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let answer = facts.probes.get(LIVE).map_or("", |probed| &probed.stdout);
        let mut lines = answer.lines();
        let live = lines.next();
        let Some(content) = &self.rules.content else {
            return self.plan_absent(facts, live.is_some());
        };
        needs_program(facts, PROGRAM, "nftables")?;
        if facts
            .probes
            .get(UFW)
            .is_some_and(|probed| probed.status == 0)
        {
            return Err(PlanError(
                "ufw is active, and what either of two firewalls drops is dropped: `ufw disable` first, or choose `backend: ufw`".to_owned(),
            ));
        }
        let mut changes = Vec::new();
        if !facts.paths.contains_key(FOLDER) {
            changes.push(Change::run(
                format!("create directory {FOLDER}"),
                format!("mkdir -p {FOLDER}"),
            ));
        }
        let written = self.rules.plan(facts)?;
        let expected = live.map(|live| format!("{} {live}", sha256_of(content)));
        let is_loaded = expected.is_some() && lines.next() == expected.as_deref();
        let load = !written.is_empty() || !is_loaded;
        changes.extend(written);
        if load {
            let why = match live {
                None => "load the firewall",
                Some(_) => "load the firewall anew",
            };
            changes.push(Change::run(why, self.load_script()));
        }
        let unit = self.unit.plan(facts)?;
        let enabled = facts
            .services
            .get(UNIT)
            .is_some_and(|unit| unit.unit_file == "enabled");
        if !unit.is_empty() || !enabled {
            changes.extend(unit);
            changes.push(Change::run(
                format!("load the firewall at every boot ({UNIT})"),
                format!("systemctl daemon-reload && systemctl --quiet enable {UNIT}"),
            ));
        }
        Ok(changes)
    }

    fn plan_absent(&self, facts: &Facts, live: bool) -> Result<Vec<Change>, PlanError> {
        let mut changes = Vec::new();
        if facts.paths.contains_key(UNIT_FILE) {
            changes.push(Change::run(
                format!("load no firewall at boot ({UNIT})"),
                format!("systemctl --quiet disable {UNIT} && rm -f {UNIT_FILE} && systemctl daemon-reload"),
            ));
        }
        if live {
            let script = format!(
                "nft delete table inet examctl && rm -f {}",
                quote(&self.noted)
            );
            changes.push(Change::run("unload the firewall", script));
        }
        changes.extend(self.rules.plan(facts)?);
        Ok(changes)
    }

    /// The file replaces the whole table in one transaction.
    fn load_script(&self) -> String {
        let noted = quote(&self.noted);
        let folder = quote(
            self.noted
                .rsplit_once('/')
                .map_or("/", |(folder, _)| folder),
        );
        format!(
            "set -e\n\
             rm -f {noted}\n\
             nft -f {RULES}\n\
             mkdir -p {folder}\n\
             echo \"$(sha256sum < {RULES} | cut -c 1-64) $({LIST} | sha256sum | cut -c 1-64)\" > {noted}\n"
        )
    }

    pub(super) fn may_change(&self, key: &FactKey) -> bool {
        self.rules.may_change(key)
            || self.unit.may_change(key)
            || effects::on_file(key, &self.noted)
            || effects::on_directory(key, FOLDER)
    }

    /// Only our own table is put back: what others did meanwhile stays.
    pub(super) fn revert(&self) -> Revert {
        let noted = quote(&self.noted);
        Revert {
            prepare: format!(
                "for f in {RULES} {noted}; do [ ! -e \"$f\" ] || cp -p \"$f\" \"$EXAMCTL_SAVED/\"; done\n\
                 [ ! -e {UNIT_FILE} ] || : > \"$EXAMCTL_SAVED/unit\"\n\
                 {LIST} > \"$EXAMCTL_SAVED/table\" 2>/dev/null || rm -f \"$EXAMCTL_SAVED/table\"",
            ),
            restore: format!(
                "nft delete table inet examctl 2>/dev/null\n\
                 [ ! -e \"$EXAMCTL_SAVED/table\" ] || nft -f \"$EXAMCTL_SAVED/table\"\n\
                 if [ -e \"$EXAMCTL_SAVED/examctl.nft\" ]; then cp -p \"$EXAMCTL_SAVED/examctl.nft\" {RULES}; else rm -f {RULES}; fi\n\
                 if [ -e \"$EXAMCTL_SAVED/firewall\" ]; then cp -p \"$EXAMCTL_SAVED/firewall\" {noted}; else rm -f {noted}; fi\n\
                 if [ ! -e \"$EXAMCTL_SAVED/unit\" ] && [ -e {UNIT_FILE} ]; then systemctl --quiet disable {UNIT}; rm -f {UNIT_FILE}; systemctl daemon-reload; fi"
            ),
        }
    }
}

fn render(rules: &[Rule]) -> String {
    let lines: String = rules.iter().flat_map(rule_lines).collect();
    format!(
        "{HEADER}\
         table inet examctl\n\
         delete table inet examctl\n\
         table inet examctl {{\n\
         \tchain input {{\n\
         \t\ttype filter hook input priority filter; policy drop;\n\
         \t\tiif \"lo\" accept\n\
         \t\tct state vmap {{ established : accept, related : accept, invalid : drop }}\n\
         \t\ticmp type {{ destination-unreachable, echo-request, time-exceeded, parameter-problem }} accept\n\
         \t\ticmpv6 type {{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, mld-listener-query, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }} accept\n\
         \t\tip6 saddr fe80::/10 udp dport 546 accept comment \"answers to DHCPv6\"\n\
         {lines}\
         \t}}\n\
         }}\n"
    )
}

fn rule_lines(rule: &Rule) -> Vec<String> {
    let ports: Vec<String> = rule.ports.iter().map(|ports| ports.shown('-')).collect();
    let comment = match &rule.comment {
        Some(comment) => format!(" comment \"{comment}\""),
        None => String::new(),
    };
    let line = |from: String| {
        format!(
            "\t\t{from}{} dport {{ {} }} accept{comment}\n",
            rule.protocol,
            ports.join(", ")
        )
    };
    if rule.from.is_empty() {
        return vec![line(String::new())];
    }
    [("ip", true), ("ip6", false)]
        .into_iter()
        .filter_map(|(family, v4)| {
            let ours = rule.from.iter().filter(|network| network.is_v4() == v4);
            let shown: Vec<String> = ours.map(Network::shown).collect();
            (!shown.is_empty()).then(|| line(format!("{family} saddr {{ {} }} ", shown.join(", "))))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::rules::{RULE, read_rule};
    use super::*;
    use crate::fields::{Fields, Findings};
    use crate::yaml::Document;

    /// What `rules`, as a playbook has them, become on a host.
    fn files(rules: &str) -> Nftables {
        let rules = Document::parse("rules.yaml", rules).unwrap().root;
        let known: Vec<&str> = RULE.iter().map(|field| field.name).collect();
        let mut findings = Findings::default();
        let mut read = Vec::new();
        for rule in rules.as_array().unwrap() {
            let fields = Fields::open(rule, &[], "a rule", &known, &mut findings).unwrap();
            read.extend(read_rule(fields));
        }
        assert_eq!(findings.list, []);
        Nftables::new(Some(&read), "/var/lib/examctl")
    }

    fn text_of(file: &FileArgs) -> String {
        String::from_utf8(file.content.clone().unwrap()).unwrap()
    }

    /// The whole-system tests give these snapshots to the nft and systemd of every release.
    #[test]
    fn rules_become_files_that_every_release_takes() {
        let open = files(
            "
- {allow: tcp, ports: 22, comment: ssh}
- {allow: tcp, ports: [80, 443], comment: the site}
- {allow: tcp, ports: 9100, from: []}
",
        );
        let hall = files(
            "
- {allow: tcp, ports: 2222, from: [192.0.2.10, 192.0.2.0/24, '2001:db8::10'], comment: operators}
- {allow: tcp, ports: [80, 443], from: 10.20.0.0/22, comment: the site}
- {allow: tcp, ports: [9100, 9104, 9113, 9121, 9187], from: [192.0.2.20, '2001:db8::20'], comment: exporters}
- {allow: udp, ports: 123, from: 10.20.0.0/22, comment: time}
",
        );
        let ranges = files(
            "
- {allow: tcp, ports: [22, 80-90, 85, 3300-3306], from: [0.0.0.0/0, '::/0']}
- {allow: udp, ports: 60000-65535, from: '2001:db8::/32', comment: 'mosh; from #1, only $6 {v6}'}
",
        );
        for (name, files) in [("open", &open), ("hall", &hall), ("ranges", &ranges)] {
            let name = format!("firewall_examctl.nft@{name}");
            insta::assert_snapshot!(name, text_of(&files.rules));
        }
        insta::assert_snapshot!(
            "firewall_examctl-firewall.service@open",
            text_of(&open.unit)
        );
    }
}
