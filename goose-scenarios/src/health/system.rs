//! What the system says of this process and its machine. Linux tells it in `/proc`; elsewhere it is not known.

use std::{
    fs,
    ops::RangeInclusive,
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

/// File descriptors a generator needs besides one connection and one spare per user.
const DESCRIPTORS_BESIDES_USERS: u64 = 64;
/// Ticks of the kernel's clock in a second, in `/proc/*/stat`: fixed on Linux for programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process and its machine used in a time; nothing where the system does not tell it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Used {
    /// Share of the machine's processors.
    pub(crate) cpu: Option<f64>,
    /// In processors.
    pub(crate) cores: Option<f64>,
    pub(crate) memory_bytes: Option<u64>,
    /// To be judged: missing where the server is on the same machine.
    pub(crate) pressure: Option<f64>,
    /// To be shown.
    pub(crate) shown_pressure: Option<f64>,
    pub(crate) steal: Option<f64>,
    /// How far the wall clock went apart from the monotonic one.
    pub(crate) clock_jump: Option<Duration>,
}

/// Looks at the system from the beginning of a run to its end.
#[derive(Debug)]
pub(crate) struct Watch {
    began: Instant,
    began_wall: SystemTime,
    process_ticks: Option<f64>,
    machine: Option<(f64, f64)>,
    highest_pressure: Option<f64>,
    shares_machine: bool,
}

impl Watch {
    /// `shares_machine`: the server is on this machine too, so waiting for processors tells nothing of the generator.
    pub(crate) fn begin(shares_machine: bool) -> Self {
        Self {
            began: Instant::now(),
            began_wall: wall_clock(),
            process_ticks: process_ticks(),
            machine: machine_ticks(),
            highest_pressure: None,
            shares_machine,
        }
    }

    /// To be called once a second.
    pub(crate) fn look(&mut self) {
        let now = read("/proc/pressure/cpu").and_then(|text| parse_pressure(&text));
        self.highest_pressure = self
            .highest_pressure
            .into_iter()
            .chain(now)
            .reduce(f64::max);
    }

    pub(crate) fn end(&self) -> Used {
        let seconds = self.began.elapsed().as_secs_f64().max(0.001);
        let cores = self
            .process_ticks
            .zip(process_ticks())
            .map(|(before, after)| (after - before) / TICKS_PER_SECOND / seconds);
        let processors = std::thread::available_parallelism().map_or(1.0, |count| {
            u32::try_from(count.get()).map_or(1.0, f64::from)
        });
        let steal =
            self.machine
                .zip(machine_ticks())
                .map(|((all, stolen), (all_now, stolen_now))| {
                    (stolen_now - stolen) / (all_now - all).max(1.0)
                });
        let wall = wall_clock().duration_since(self.began_wall).ok();
        let jump = wall.map(|wall| wall.abs_diff(self.began.elapsed()));
        Used {
            cpu: cores.map(|cores| cores / processors),
            cores,
            memory_bytes: read("/proc/self/status").and_then(|text| parse_memory(&text)),
            pressure: self.highest_pressure.filter(|_| !self.shares_machine),
            shown_pressure: self.highest_pressure,
            steal,
            clock_jump: jump,
        }
    }
}

fn wall_clock() -> SystemTime {
    SystemTime::now()
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn process_ticks() -> Option<f64> {
    parse_process_ticks(&read("/proc/self/stat")?)
}

/// User and system time in `/proc/self/stat`: the 14th and 15th field, counted behind the name in parentheses.
fn parse_process_ticks(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn machine_ticks() -> Option<(f64, f64)> {
    parse_machine_ticks(&read("/proc/stat")?)
}

/// All ticks of the machine and the stolen ones, in the first line of `/proc/stat`.
fn parse_machine_ticks(stat: &str) -> Option<(f64, f64)> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<f64> = line
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    // Guest time, behind the stolen one, is part of user time.
    Some((ticks.iter().take(8).sum(), *ticks.get(7)?))
}

/// `some avg10` as a share, in `/proc/pressure/cpu`.
fn parse_pressure(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("some "))?;
    let average = line
        .split_whitespace()
        .find_map(|field| field.strip_prefix("avg10="))?;
    average.parse::<f64>().ok().map(|percent| percent / 100.0)
}

/// The largest resident memory in `/proc/self/status`, in bytes.
fn parse_memory(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Lets this process open as many files as it may: the soft limit of a login is made for other programs.
fn raise_descriptor_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let highest = Rlimit {
            current: limit.maximum,
            ..limit
        };
        // Where that is refused, the check that follows says what is missing.
        setrlimit(Resource::Nofile, highest).ok();
    }
}

/// May this process have a connection for each of `users`?
///
/// # Errors
/// A sentence with what is missing and how to get it.
pub(crate) fn check_limits(users: u32) -> Result<(), String> {
    raise_descriptor_limit();
    let needed = u64::from(users) * 2 + DESCRIPTORS_BESIDES_USERS;
    let available = read("/proc/self/limits").and_then(|text| parse_descriptor_limit(&text));
    if let Some(available) = available.filter(|available| *available < needed) {
        return Err(format!(
            "{users} users need {needed} file descriptors and this process may open {available}: raise the limit (ulimit -n {needed})"
        ));
    }
    let ports = read("/proc/sys/net/ipv4/ip_local_port_range").and_then(|text| parse_ports(&text));
    let Some(ports) = ports else { return Ok(()) };
    let count = u64::from(ports.end().saturating_sub(*ports.start())) + 1;
    if count < u64::from(users) + DESCRIPTORS_BESIDES_USERS {
        return Err(format!(
            "{users} users need as many local ports and this machine gives {count}: widen the range (sysctl net.ipv4.ip_local_port_range) or use several generators (--from)"
        ));
    }
    Ok(())
}

/// The soft limit of open files in the text of `/proc/self/limits`; nothing when it is unlimited
/// or not told.
fn parse_descriptor_limit(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

fn parse_ports(text: &str) -> Option<RangeInclusive<u32>> {
    let mut numbers = text
        .split_whitespace()
        .map_while(|number| number.parse().ok());
    Some(numbers.next()?..=numbers.next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptor_limit_is_the_soft_one() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             127235               127235               processes \n\
                    Max open files            1024                 524288               files     \n";
        assert_eq!(parse_descriptor_limit(text), Some(1024));
        assert_eq!(
            parse_descriptor_limit("Max open files unlimited unlimited files"),
            None
        );
        assert_eq!(parse_descriptor_limit(""), None);
    }

    #[test]
    fn what_the_kernel_writes_is_read() {
        let stat = "17 (a ) name) S 1 17 17 0 -1 4194304 900 0 0 0 250 50 0 0 20 0 4 0 100 1000 20";
        assert_eq!(parse_process_ticks(stat), Some(300.0));
        let machine = "cpu  10 20 30 40 5 6 7 8 9 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(parse_machine_ticks(machine), Some((126.0, 8.0)));
        let pressure = "some avg10=12.50 avg60=3.00 avg300=1.00 total=9\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(parse_pressure(pressure), Some(0.125));
        assert_eq!(
            parse_memory("VmPeak:\t9 kB\nVmHWM:\t  2048 kB\n"),
            Some(2 << 20)
        );
        assert_eq!(parse_ports("32768\t60999\n"), Some(32768..=60999));
        for text in ["", "17 (x", "cpu", "some avg60=1", "VmHWM:"] {
            assert_eq!(parse_process_ticks(text), None);
            assert_eq!(parse_machine_ticks(text), None);
            assert_eq!(parse_pressure(text), None);
            assert_eq!(parse_memory(text), None);
        }
    }

    #[test]
    fn too_many_users_for_the_ports_of_a_machine_are_refused() {
        let error = check_limits(1_000_000).unwrap_err();
        assert!(error.contains("1000000 users"), "{error}");
    }

    #[tokio::test]
    async fn a_process_that_works_is_seen_to_work() {
        let watch = Watch::begin(false);
        let until = Instant::now() + Duration::from_millis(300);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        let used = watch.end();
        if cfg!(target_os = "linux") {
            assert!(used.cores.unwrap() > 0.1, "{used:?}");
            assert!(used.memory_bytes.unwrap() > 1 << 20, "{used:?}");
        }
        assert!(
            used.clock_jump.unwrap() < Duration::from_secs(1),
            "{used:?}"
        );
    }
}
