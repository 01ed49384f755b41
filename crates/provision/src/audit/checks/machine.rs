//! The machine itself: updates, time, space, what failed.

use super::super::{Check, Severity};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "machine.security-updates",
        severity: Severity::High,
        title: "security updates are waiting",
        fix: "install them between two exams: apt-get update && apt-get upgrade",
        script: "command -v apt-get >/dev/null || exit 3\n\
                 apt-get -s -o Debug::NoLocking=1 upgrade 2>/dev/null | awk '/^Inst / && /-[Ss]ecurity/ {print $2}'",
    },
    Check {
        id: "machine.no-automatic-updates",
        severity: Severity::Medium,
        title: "security updates are not installed by themselves",
        fix: "apply role base of playbook online (package unattended-upgrades); `updates_frozen: true` only near an exam",
        script: "command -v apt-config >/dev/null || exit 3\n\
                 command -v unattended-upgrade >/dev/null || { echo 'unattended-upgrades is not installed'; exit 0; }\n\
                 apt-config dump APT::Periodic::Unattended-Upgrade | grep -q '\"1\"' || echo 'switched off, or frozen'",
    },
    Check {
        id: "machine.reboot-required",
        severity: Severity::Medium,
        title: "an update waits for a reboot",
        fix: "reboot between two exams",
        script: "[ -e /run/reboot-required ] || [ -e /var/run/reboot-required ] || exit 0\n\
                 cat /run/reboot-required.pkgs 2>/dev/null || echo /run/reboot-required",
    },
    Check {
        id: "machine.failed-units",
        severity: Severity::High,
        title: "services have failed",
        fix: "look at each with `journalctl -u UNIT`, mend it, then `systemctl reset-failed`",
        script: "[ -d /run/systemd/system ] || exit 3\nsystemctl list-units --failed --plain --no-legend | awk '{print $1}'",
    },
    Check {
        id: "machine.clock",
        severity: Severity::High,
        title: "nothing keeps the clock right: exams begin and end at the wrong time",
        fix: "apply role base of playbook online (chrony)",
        script: "[ -d /run/systemd/system ] || exit 3\n\
                 for s in chrony systemd-timesyncd ntpsec ntp openntpd; do systemctl --quiet is-active $s && exit 0; done\n\
                 echo 'neither chrony nor another time service runs'",
    },
    Check {
        id: "machine.disk",
        severity: Severity::High,
        title: "a disk is more than 80 % full",
        fix: "remove what is not needed (old logs, old releases: `examctl status`), or enlarge it",
        script: "df -P -x tmpfs -x devtmpfs -x overlay -x squashfs 2>/dev/null | awk 'NR > 1 && $5 + 0 > 80 {print $6, $5}'\n\
                 df -P / | awk 'NR > 1 && $5 + 0 > 80 {print $6, $5}'",
    },
    Check {
        id: "machine.inodes",
        severity: Severity::Medium,
        title: "a disk has hardly any file entries left",
        fix: "look for a folder with very many small files",
        script: "df -Pi / | awk 'NR > 1 && $5 + 0 > 80 {print $6, $5}'",
    },
    Check {
        id: "machine.memory",
        severity: Severity::Medium,
        title: "less than 10 % of the memory is free for use",
        fix: "look what takes it (`ps aux --sort -rss | head`), or give the host more",
        script: "awk '/^MemTotal/ {t = $2} /^MemAvailable/ {a = $2} END {if (t && a * 10 < t) printf \"%d of %d MiB available\\n\", a / 1024, t / 1024}' /proc/meminfo",
    },
    Check {
        id: "machine.out-of-memory",
        severity: Severity::High,
        title: "the kernel has killed programs for lack of memory",
        fix: "give the host more memory, or the database less (database_buffer_pool_mib)",
        // In a container the count is that of the whole machine, and says nothing of this host.
        script: "systemd-detect-virt -cq 2>/dev/null || awk '$1 == \"oom_kill\" && $2 > 0 {print $2, \"killed since boot\"}' /proc/vmstat",
    },
    Check {
        id: "machine.core-dumps",
        severity: Severity::Low,
        title: "a crash writes memory, passwords included, to the disk",
        fix: "set `* hard core 0` (limits/exam.conf) and Storage=none in coredump.conf.d",
        script: "grep -qsE '^\\*[[:space:]]+hard[[:space:]]+core[[:space:]]+0' /etc/security/limits.conf /etc/security/limits.d/* || echo 'no limit on core dumps'",
    },
    Check {
        id: "machine.world-writable",
        severity: Severity::High,
        title: "everybody on the host can change programs or settings",
        fix: "chmod o-w these paths",
        script: "find /etc /opt /usr/local -xdev -perm -o+w ! -type l ! -perm -1000 2>/dev/null | head -n 20",
    },
];
