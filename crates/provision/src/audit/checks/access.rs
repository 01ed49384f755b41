//! Who can come in, and what listens.

use super::super::{Check, Severity};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "access.ssh-passwords",
        severity: Severity::High,
        title: "ssh lets people in with a password",
        fix: "set PasswordAuthentication no and KbdInteractiveAuthentication no (role ssh of playbook online)",
        script: "command -v sshd >/dev/null || exit 3\n\
                 sshd -T 2>/dev/null | grep -xE '(passwordauthentication|kbdinteractiveauthentication) yes'",
    },
    Check {
        id: "access.ssh-empty-passwords",
        severity: Severity::Critical,
        title: "ssh lets people in without any password",
        fix: "set PermitEmptyPasswords no",
        script: "command -v sshd >/dev/null || exit 3\nsshd -T 2>/dev/null | grep -x 'permitemptypasswords yes'",
    },
    Check {
        id: "access.ssh-root-password",
        severity: Severity::High,
        title: "root may log in with a password",
        fix: "set PermitRootLogin prohibit-password, or no where operators have accounts",
        script: "command -v sshd >/dev/null || exit 3\nsshd -T 2>/dev/null | grep -x 'permitrootlogin yes'",
    },
    Check {
        id: "access.ssh-forwarding",
        severity: Severity::Low,
        title: "ssh forwards connections or windows",
        fix: "set AllowTcpForwarding no, AllowAgentForwarding no and X11Forwarding no, unless the host is a jump host",
        script: "command -v sshd >/dev/null || exit 3\n\
                 sshd -T 2>/dev/null | grep -xE '(allowtcpforwarding|allowagentforwarding|x11forwarding) yes'",
    },
    Check {
        id: "access.other-roots",
        severity: Severity::Critical,
        title: "accounts besides root have all its rights",
        fix: "give them another user id, or remove them",
        script: "awk -F: '$3 == 0 && $1 != \"root\" {print $1}' /etc/passwd",
    },
    Check {
        id: "access.no-password-needed",
        severity: Severity::Critical,
        title: "accounts have an empty password",
        fix: "lock them (usermod --lock NAME) or set a password",
        script: "[ -r /etc/shadow ] || exit 3\nawk -F: '$2 == \"\" {print $1}' /etc/shadow",
    },
    Check {
        id: "access.firewall",
        severity: Severity::High,
        title: "no firewall refuses what nobody asked for",
        fix: "apply playbook online with `firewall: nftables`, or enable ufw",
        script: "command -v nft >/dev/null || { echo 'nftables is not installed'; exit 0; }\n\
                 nft list ruleset 2>/dev/null | grep -qE 'hook input .*policy drop' && exit 0\n\
                 echo 'no chain on input with policy drop'",
    },
    Check {
        id: "access.listening",
        severity: Severity::High,
        title: "programs listen to the network that need not",
        fix: "bind them to 127.0.0.1 or stop them; students need 80 and 443, operators ssh, monitoring 9100-9187",
        script: "command -v ss >/dev/null || exit 3\n\
                 ss -H -ltnp | awk '{n = split($4, a, \":\"); port = a[n]; address = substr($4, 1, length($4) - length(port) - 1)}\n\
                 address ~ /^(127\\.|\\[::1\\]|\\[::ffff:127\\.)/ {next}\n\
                 port == 80 || port == 443 || $6 ~ /\"(sshd|systemd)\"/ || $6 ~ /exporter\"/ {next}\n\
                 {print $4, $6}'",
    },
    Check {
        id: "access.brute-force",
        severity: Severity::Low,
        title: "nobody is shut out after many failed logins",
        fix: "apply role fail2ban of playbook online",
        script: "command -v fail2ban-client >/dev/null || { echo 'fail2ban is not installed'; exit 0; }\n\
                 fail2ban-client ping >/dev/null 2>&1 || { echo 'fail2ban does not run'; exit 0; }\n\
                 fail2ban-client status sshd >/dev/null 2>&1 || echo 'the jail sshd does not run'",
    },
];
