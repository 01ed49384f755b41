//! exam-service, its settings and its backups.

use super::super::{Check, Severity};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "service.settings-readable",
        severity: Severity::Critical,
        title: "everybody on the host can read the service's settings or its token secret",
        fix: "chmod 0640 them, owner root, group of the service",
        script: "[ -d /etc/exam-service ] || exit 3\nfind /etc/exam-service -type f -perm /o+rwx",
    },
    Check {
        id: "service.weak-token-secret",
        severity: Severity::Critical,
        title: "the token secret is short enough to be guessed",
        fix: "remove it and apply playbook online again: a new one is made (everybody logs in again)",
        script: "f=/etc/exam-service/jwt_secret\n[ -e $f ] || exit 3\n[ \"$(wc -c < $f)\" -ge 32 ] || echo \"$f has $(wc -c < $f) bytes\"",
    },
    Check {
        id: "service.not-production",
        severity: Severity::High,
        title: "the service runs with settings that are not for an exam",
        fix: "set app_env: production and apply",
        script: "f=/etc/exam-service/exam-service.env\n[ -r $f ] || exit 3\ngrep -qx 'APP_ENV=production' $f || grep -m 1 '^APP_ENV=' $f || echo 'APP_ENV is not set'",
    },
    Check {
        id: "service.does-not-run",
        severity: Severity::High,
        title: "the colour that should serve does not",
        fix: "look at `examctl logs`, then `examctl status`; `examctl rollback` goes back to the last good release",
        script: "[ -s /opt/exam-service/active ] || exit 3\n\
                 c=$(cat /opt/exam-service/active)\n\
                 if command -v supervisorctl >/dev/null; then\n\
                 s=$(supervisorctl status \"exam-service-$c\" 2>&1); case \"$s\" in *RUNNING*) ;; *) echo \"$s\" ;; esac\n\
                 else systemctl --quiet is-active \"exam-service@$c\" || echo \"exam-service@$c is not active\"; fi",
    },
    Check {
        id: "service.no-backups",
        severity: Severity::Critical,
        title: "the exam database is not backed up",
        fix: "apply role backup of playbook online; look at `journalctl -u exam-backup`",
        script: "[ -d /etc/exam-service ] || exit 3\n\
                 systemctl --quiet is-active exam-backup.timer 2>/dev/null || echo 'exam-backup.timer does not run'\n\
                 systemctl --quiet is-failed exam-backup.service 2>/dev/null && echo 'the last backup failed'; exit 0",
    },
    Check {
        id: "service.old-backup",
        severity: Severity::High,
        title: "the newest backup is older than 26 hours",
        fix: "run `systemctl start exam-backup` and look at `journalctl -u exam-backup`",
        script: "d=/var/backups/exam\n\
                 [ -d $d ] || exit 3\n\
                 # A host that was only just set up has nothing to back up yet.\n\
                 [ -n \"$(find /opt/exam-service/active -mmin +1560 2>/dev/null)\" ] || exit 3\n\
                 [ -n \"$(find $d -maxdepth 1 -name 'exam-*' -mmin -1560 2>/dev/null)\" ] || ls -1t $d | head -n 1 | grep . || echo 'there is none'",
    },
    Check {
        id: "service.backups-readable",
        severity: Severity::High,
        title: "people other than root can read the backups",
        fix: "chmod 0700 /var/backups/exam",
        script: "d=/var/backups/exam\n[ -d $d ] || exit 3\nfind $d -maxdepth 0 -perm /g+rwx,o+rwx",
    },
];
