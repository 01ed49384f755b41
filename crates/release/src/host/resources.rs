//! What has a host to spare, and what would hurt it soon? One part of the script that reads its facts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use provision::connections::quote;

use crate::target::layout::Slot;
use crate::target::{RunnerKind, Target};

/// Settings that are looked at from outside; none of them is a secret.
const SETTINGS: &str = "APP_ENV|APP_DEBUG|RUST_LOG";

/// A file system, as far as there may not be enough of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disk {
    /// What is kept there: `releases`, `data`, `backups`, `logs`.
    pub(crate) holds: String,
    pub(crate) free_bytes: u64,
    pub(crate) free_inodes: u64,
    /// Zero where the file system makes them as it goes.
    pub(crate) inodes: u64,
    pub(crate) mounted_on: String,
}

/// The certificate that the proxy shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// There is none to look at, or nobody looked.
    NotLooked,
    EndsAt(DateTime<Utc>),
    /// Why nobody can tell.
    Unknown(String),
}

/// How far the host's clock is ahead of this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skew {
    pub(crate) ahead: TimeDelta,
    /// By how much this may be wrong: half of what the way to the host and back took.
    pub(crate) uncertainty: TimeDelta,
}

/// Everything of that kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resources {
    pub(crate) disks: Vec<Disk>,
    pub(crate) free_memory_bytes: Option<u64>,
    /// What each colour's process takes.
    pub(crate) slot_memory: BTreeMap<Slot, u64>,
    pub(crate) certificate: Certificate,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) skew: Option<Skew>,
    /// When the host began and ended its answer, in milliseconds.
    pub(crate) answered_ms: (Option<i64>, Option<i64>),
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            disks: Vec::new(),
            free_memory_bytes: None,
            slot_memory: BTreeMap::new(),
            certificate: Certificate::NotLooked,
            settings: BTreeMap::new(),
            skew: None,
            answered_ms: (None, None),
        }
    }
}

/// Defines what says the host's clock, in milliseconds.
pub(crate) const CLOCK_SNIPPET: &str = "clock() { say clock \"$(date +%s%3N)\"; }\nclock\n";

/// Sets `pid` to that of the status in `$status`, if it is the service's own program: inside a
/// container the number would mean another one.
const PID_SNIPPET: &str = "pid=$(printf '%s' \"$status\" | sed -n 's/.*\"pid\": *\\([0-9][0-9]*\\).*/\\1/p')\n\
    case \"$(readlink \"/proc/$pid/exe\" 2>/dev/null)\" in *exam-service*) ;; *) pid= ;; esac\n";

/// Sets `pid` to the slot's process as the host counts, or to nothing; `$status` is what it said.
pub(crate) fn pid_snippet(target: &Target, slot: Slot) -> String {
    match target.runner {
        RunnerKind::Docker => crate::runner::docker::pid_snippet(slot),
        RunnerKind::Supervisor | RunnerKind::Systemd | RunnerKind::Process => {
            PID_SNIPPET.to_owned()
        }
    }
}

/// Reads everything but the clock and the colours' memory.
pub(crate) fn resources_script(target: &Target) -> String {
    let places = [
        ("releases", target.exam_root.as_str()),
        ("data", target.exam_data.as_str()),
        ("backups", target.backup_directory.as_str()),
        ("logs", "/var/log"),
    ];
    let disks = places.map(|(holds, path)| format!("disk {holds} {}\n", quote(path)));
    format!(
        "disk() {{\n\
         d=$2; while [ ! -e \"$d\" ]; do d=$(dirname \"$d\"); done\n\
         say disk \"$1\" \"$(df -Pk \"$d\" | awk 'NR == 2 {{print $4}}')\" \
         \"$(df -Pi \"$d\" | awk 'NR == 2 {{print $4, $2, $6}}')\"\n\
         }}\n\
         say memory_kib \"$(awk '/^MemAvailable:/ {{print $2}}' /proc/meminfo 2>/dev/null)\"\n\
         {disks}\
         grep -E '^({SETTINGS})=' {env} 2>/dev/null | while IFS= read -r line; do say setting \"$line\"; done\n\
         {certificate}",
        disks = disks.concat(),
        env = quote(&target.exam_env_file),
        certificate = certificate_script(target),
    )
}

/// Asks the proxy as students' browsers do.
fn certificate_script(target: &Target) -> String {
    if !target.has_tls {
        return String::new();
    }
    let name = target.server_name.as_ref();
    let name = name.map_or(String::new(), |name| {
        format!(" -servername {}", quote(name))
    });
    format!(
        "if ! command -v openssl >/dev/null; then say certificate '? there is no openssl on the host'\n\
         else shown=$(timeout 5 openssl s_client -connect 127.0.0.1:443{name} </dev/null 2>/dev/null | openssl x509 -noout -enddate 2>/dev/null)\n\
         say certificate \"${{shown:-? nothing on the host shows one on port 443}}\"; fi\n"
    )
}

impl Resources {
    /// Takes one line of the answer; `false` where it is none of these.
    pub(crate) fn parse_line(&mut self, key: &str, value: &str) -> bool {
        match key {
            "clock" => {
                let stamp = value.parse().ok();
                match self.answered_ms {
                    (None, _) => self.answered_ms.0 = stamp,
                    _ => self.answered_ms.1 = stamp,
                }
            }
            "memory_kib" => {
                self.free_memory_bytes = value.parse::<u64>().ok().map(|kib| kib << 10);
            }
            "disk" => self.disks.extend(parse_disk(value)),
            "rss" => {
                let (slot, kib) = value.split_once(' ').unwrap_or((value, ""));
                if let (Some(slot), Ok(kib)) = (Slot::parse(slot), kib.parse::<u64>()) {
                    self.slot_memory.insert(slot, kib << 10);
                }
            }
            "setting" => {
                if let Some((name, value)) = value.split_once('=') {
                    self.settings.insert(name.to_owned(), value.to_owned());
                }
            }
            "certificate" => self.certificate = parse_certificate(value),
            _ => return false,
        }
        true
    }

    /// Works out the clocks' difference from when this machine asked and had its answer.
    ///
    /// As NTP does it (RFC 5905, section 8): what the host was busy with in between counts for
    /// nothing, what the way took is taken to be the same there and back.
    pub(crate) fn set_skew(&mut self, asked: DateTime<Utc>, answered: DateTime<Utc>) {
        let (Some(began), Some(ended)) = self.answered_ms else {
            return;
        };
        let (asked, answered) = (asked.timestamp_millis(), answered.timestamp_millis());
        let way = (answered - asked) - (ended - began);
        self.skew = Some(Skew {
            ahead: TimeDelta::milliseconds(i64::midpoint(began - asked, ended - answered)),
            uncertainty: TimeDelta::milliseconds(way.max(0) / 2),
        });
    }
}

fn parse_disk(value: &str) -> Option<Disk> {
    let mut words = value.splitn(5, ' ');
    let mut word = || words.next();
    let (holds, free, free_inodes, inodes) = (word()?, word()?, word()?, word()?);
    Some(Disk {
        holds: holds.to_owned(),
        free_bytes: free.parse::<u64>().ok()? << 10,
        free_inodes: free_inodes.parse().unwrap_or(0),
        // `-` where the file system does not count them.
        inodes: inodes.parse().unwrap_or(0),
        mounted_on: word().unwrap_or_default().to_owned(),
    })
}

fn parse_certificate(value: &str) -> Certificate {
    if let Some(reason) = value.strip_prefix("? ") {
        return Certificate::Unknown(reason.to_owned());
    }
    let date = value.strip_prefix("notAfter=").unwrap_or(value);
    match NaiveDateTime::parse_from_str(date, "%b %e %H:%M:%S %Y GMT") {
        Ok(date) => Certificate::EndsAt(date.and_utc()),
        Err(_) => Certificate::Unknown(format!("openssl printed `{value}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(lines: &str) -> Resources {
        let mut resources = Resources::default();
        for line in lines.lines() {
            let (key, value) = line.split_once(' ').unwrap();
            assert!(resources.parse_line(key, value), "{line}");
        }
        resources
    }

    #[test]
    fn what_a_host_has_is_read_line_by_line() {
        let resources = parsed(
            "memory_kib 1024\n\
             disk data 2048 100 1000 /var/lib/my data\n\
             disk logs 1 - - /\n\
             disk torn 1\n\
             rss blue 512\n\
             rss green \n\
             setting RUST_LOG=info,sqlx=debug\n\
             certificate notAfter=Jan  2 03:04:05 2027 GMT",
        );
        assert_eq!(resources.free_memory_bytes, Some(1 << 20));
        let [data, logs] = resources.disks.as_slice() else {
            panic!("{:?}", resources.disks);
        };
        assert_eq!(
            (data.free_bytes, data.free_inodes, data.inodes),
            (2 << 20, 100, 1000)
        );
        assert_eq!(data.mounted_on, "/var/lib/my data");
        assert_eq!((logs.inodes, logs.holds.as_str()), (0, "logs"));
        assert_eq!(resources.slot_memory, [(Slot::Blue, 512 << 10)].into());
        assert_eq!(resources.settings["RUST_LOG"], "info,sqlx=debug");
        let Certificate::EndsAt(end) = resources.certificate else {
            panic!("{:?}", resources.certificate);
        };
        assert_eq!(end.to_rfc3339(), "2027-01-02T03:04:05+00:00");
    }

    #[test]
    fn a_certificate_that_nobody_shows_is_unknown_and_not_good() {
        for (line, expected) in [
            (
                "certificate ? there is no openssl on the host",
                "no openssl",
            ),
            ("certificate unable to load", "openssl printed `unable"),
        ] {
            let Certificate::Unknown(reason) = parsed(line).certificate else {
                panic!("{line}");
            };
            assert!(reason.contains(expected), "{reason}");
        }
    }

    #[test]
    fn the_difference_of_two_clocks_is_not_the_way_between_them() {
        let at = |ms| DateTime::from_timestamp_millis(ms).unwrap();
        for (asked, began, ended, answered, ahead, uncertainty) in [
            (1000, 1000, 1000, 1000, 0, 0),
            // 200 ms there, 3 s of work, 200 ms back.
            (1000, 1200, 4200, 4400, 0, 200),
            (1000, 11_200, 14_200, 4400, 10_000, 200),
            (50_000, 40_100, 40_100, 50_200, -10_000, 100),
        ] {
            let mut resources = parsed(&format!("clock {began}\nclock {ended}"));
            resources.set_skew(at(asked), at(answered));
            let expected = Skew {
                ahead: TimeDelta::milliseconds(ahead),
                uncertainty: TimeDelta::milliseconds(uncertainty),
            };
            assert_eq!(resources.skew, Some(expected));
        }
        let mut silent = Resources::default();
        silent.set_skew(at(0), at(1));
        assert_eq!(silent.skew, None);
    }
}
