//! The rules kept by ufw. Its files say what it was told; ufw itself is too slow to be asked.

use super::rules::{Network, Ports, Rule};
use crate::connections::quote;
use crate::facts::{FactKey, Facts, Request};
use crate::ops::owned::{needs_program, program_fact};
use crate::ops::{Change, PlanError, Revert, effects};

const PROGRAM: &str = "/usr/sbin/ufw";
const STATE: &str = "ufw state";
const ANYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// Whether it is enabled, its policy, whether its chains are in the kernel, and the rules.
const SCRIPT: &str =
    "grep '^ENABLED=' /etc/ufw/ufw.conf; grep '^DEFAULT_INPUT_POLICY=' /etc/default/ufw
iptables -S ufw-user-input >/dev/null 2>&1 && echo LIVE
[ ! -e /etc/nftables.d/examctl.nft ] || echo NFTABLES
grep -h '^### tuple ###' /etc/ufw/user.rules /etc/ufw/user6.rules";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ufw {
    /// `None`: ufw shall be off.
    rules: Option<Vec<Line>>,
}

/// One rule as ufw's files hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    action: String,
    protocol: String,
    /// As ufw writes them: `80,443` or `8000:8010`.
    ports: String,
    from: String,
    comment: Option<String>,
}

impl Ufw {
    pub(super) fn new(rules: Option<&[Rule]>) -> Self {
        Self {
            rules: rules.map(|rules| rules.iter().flat_map(lines_of).collect()),
        }
    }

    pub(super) fn requests() -> Vec<Request> {
        let state = FactKey::Probe {
            name: STATE.to_owned(),
            script: SCRIPT.to_owned(),
            reads: vec!["/etc/ufw".to_owned(), "/etc/default/ufw".to_owned()],
        };
        vec![state.into(), program_fact(PROGRAM)]
    }

    pub(super) fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let answer = facts.probes.get(STATE).map_or("", |probed| &probed.stdout);
        let says = |line: &str| answer.lines().any(|other| other == line);
        let enabled = says("ENABLED=yes");
        let Some(wanted) = &self.rules else {
            return Ok(enabled
                .then(|| Change::run("disable ufw", "ufw disable"))
                .into_iter()
                .collect());
        };
        needs_program(facts, PROGRAM, "ufw")?;
        if says("NFTABLES") {
            return Err(PlanError(
                "the nftables firewall of examctl is here, and what either of two firewalls drops is dropped: apply `backend: nftables, state: absent` first".to_owned(),
            ));
        }
        let current = current_lines(answer)?;
        let mut changes = Vec::new();
        if !says("DEFAULT_INPUT_POLICY=\"DROP\"") {
            changes.push(ufw("deny what no rule lets in", "default deny incoming"));
        }
        // What comes in is let in before anything else is taken away.
        let missing = wanted.iter().filter(|line| !current.contains(line));
        let mut commands: Vec<String> = missing.map(|line| line.words(true)).collect();
        // A changed comment replaces the rule it belongs to.
        let is_wanted = |line: &Line| {
            wanted
                .iter()
                .any(|other| other.words(false) == line.words(false))
        };
        let extra = current.iter().filter(|line| !is_wanted(line));
        commands.extend(extra.map(|line| format!("delete {}", line.words(false))));
        // The rules of both families for anywhere come from one command.
        commands.dedup();
        changes.extend(
            commands
                .iter()
                .map(|words| ufw(&format!("ufw {words}"), words)),
        );
        if !(enabled && says("LIVE")) {
            changes.push(Change::run(
                "enable ufw",
                "ufw --dry-run enable >/dev/null && ufw --force enable",
            ));
        }
        Ok(changes)
    }

    pub(super) fn may_change(key: &FactKey) -> bool {
        effects::below(key, "/etc/ufw") || effects::on_file(key, "/etc/default/ufw")
    }

    pub(super) fn revert() -> Revert {
        Revert {
            prepare: "cp -p /etc/ufw/*.rules /etc/ufw/ufw.conf \"$EXAMCTL_SAVED/\"\ncp -p /etc/default/ufw \"$EXAMCTL_SAVED/default\"".to_owned(),
            restore: "cp -p \"$EXAMCTL_SAVED\"/*.rules \"$EXAMCTL_SAVED/ufw.conf\" /etc/ufw/\n\
                cp -p \"$EXAMCTL_SAVED/default\" /etc/default/ufw\n\
                if grep -q '^ENABLED=yes' /etc/ufw/ufw.conf; then ufw --force enable; ufw reload; else cp -p \"$EXAMCTL_SAVED/ufw.conf\" /etc/ufw/; ufw --force disable; fi"
                .to_owned(),
        }
    }
}

fn ufw(summary: &str, words: &str) -> Change {
    Change::run(
        summary,
        format!("ufw --dry-run {words} >/dev/null && ufw {words}"),
    )
}

impl Line {
    fn words(&self, with_comment: bool) -> String {
        let from = if ANYWHERE.contains(&self.from.as_str()) {
            "any"
        } else {
            &self.from
        };
        let comment = match &self.comment {
            Some(comment) if with_comment => format!(" comment {}", quote(comment)),
            _ => String::new(),
        };
        format!(
            "{} proto {} from {from} to any port {}{comment}",
            self.action, self.protocol, self.ports
        )
    }
}

/// One rule of ufw has ranges or up to 15 single ports, and one source.
fn lines_of(rule: &Rule) -> Vec<Line> {
    let ports = |ports: &[Ports]| -> String {
        let shown: Vec<String> = ports.iter().map(|ports| ports.shown(':')).collect();
        shown.join(",")
    };
    let from: Vec<String> = if rule.from.is_empty() {
        ANYWHERE.map(str::to_owned).to_vec()
    } else {
        rule.from.iter().map(Network::shown).collect()
    };
    // A range counts as two of the 15 ports that one rule of iptables can hold.
    let chunks = rule.ports.chunks(7);
    chunks
        .flat_map(|chunk| {
            let ports = ports(chunk);
            from.iter().map(move |from| Line {
                action: "allow".to_owned(),
                protocol: rule.protocol.to_owned(),
                ports: ports.clone(),
                from: from.clone(),
                comment: rule.comment.clone(),
            })
        })
        .collect()
}

fn current_lines(answer: &str) -> Result<Vec<Line>, PlanError> {
    answer
        .lines()
        .filter_map(|line| line.strip_prefix("### tuple ### "))
        .map(|tuple| {
            parse_tuple(tuple).ok_or_else(|| {
                PlanError(format!(
                    "ufw has a rule that is not one of examctl's and says more than it can: '{tuple}'; remove it with `ufw status numbered` and `ufw delete`"
                ))
            })
        })
        .collect()
}

/// `ACTION PROTOCOL PORTS TO any FROM in [comment=HEX]`; anything else is not ours.
fn parse_tuple(tuple: &str) -> Option<Line> {
    let words: Vec<&str> = tuple.split_whitespace().collect();
    let (words, comment) = match words.split_last()? {
        (last, rest) if last.starts_with("comment=") => (rest, Some(decode_hex(&last[8..])?)),
        _ => (words.as_slice(), None),
    };
    let [action, protocol, ports, to, "any", from, "in"] = words else {
        return None;
    };
    (ANYWHERE.contains(to) && *ports != "any").then(|| Line {
        action: (*action).to_owned(),
        protocol: (*protocol).to_owned(),
        ports: (*ports).to_owned(),
        from: (*from).to_owned(),
        comment,
    })
}

fn decode_hex(text: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_ufw_is_read_and_said_again() {
        let line =
            parse_tuple("allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 in comment=7765622078").unwrap();
        let words = "allow proto tcp from any to any port 80,443";
        assert_eq!(line.words(true), format!("{words} comment 'web x'"));
        assert_eq!(line.words(false), words);
        assert!(
            parse_tuple("route:allow any any 0.0.0.0/0 any 0.0.0.0/0 in_eth0!out_eth1").is_none()
        );
    }
}
