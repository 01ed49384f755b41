//! Which hosts go first, and how many at a time? Pure: names in, waves out.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The largest number of hosts that a canary or a batch may be asked for.
const COUNT_MAX: usize = 1000;

/// Which hosts take a release before all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Canary {
    /// Those whose variable `deploy_canary` is true; without any, the first of two or more hosts.
    #[default]
    Usual,
    /// So many: the marked ones, then the first ones of the inventory. 0: none.
    Count(usize),
    /// These.
    Hosts(Vec<String>),
}

/// How many of the other hosts take a release at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    Hosts(usize),
    /// Of the hosts that are no canaries, rounded up; 1 to 100.
    Percent(u8),
}

impl Default for Batch {
    fn default() -> Self {
        Self::Percent(50)
    }
}

impl FromStr for Canary {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(count) = text.trim().parse::<usize>() {
            return if count <= COUNT_MAX {
                Ok(Self::Count(count))
            } else {
                Err(format!("at most {COUNT_MAX} hosts"))
            };
        }
        let hosts: Vec<String> = text.split(',').map(|host| host.trim().to_owned()).collect();
        if hosts.iter().any(String::is_empty) {
            return Err("a number of hosts, or names of hosts with commas between them".to_owned());
        }
        Ok(Self::Hosts(hosts))
    }
}

impl FromStr for Batch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("1 to {COUNT_MAX} hosts, or 1% to 100% of them");
        let text = text.trim();
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.trim_end().parse::<u8>().map_err(|_| wrong())?;
            return if (1..=100).contains(&percent) {
                Ok(Self::Percent(percent))
            } else {
                Err(wrong())
            };
        }
        let count = text.parse::<usize>().map_err(|_| wrong())?;
        if (1..=COUNT_MAX).contains(&count) {
            Ok(Self::Hosts(count))
        } else {
            Err(wrong())
        }
    }
}

impl Batch {
    /// How many hosts that is, of so many.
    fn size(self, hosts: usize) -> usize {
        match self {
            Self::Hosts(count) => count.max(1),
            Self::Percent(percent) => (hosts * usize::from(percent)).div_ceil(100).max(1),
        }
    }
}

/// What a wave is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaveKind {
    /// The first hosts to take a release, so that only they meet what is wrong with it.
    Canary,
    Batch,
}

impl fmt::Display for WaveKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Canary => "canary",
            Self::Batch => "batch",
        })
    }
}

/// Hosts that are worked on at the same time; the next wave begins when all of them are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    pub kind: WaveKind,
    /// Positions in the list of hosts, in its order.
    pub hosts: Vec<usize>,
}

/// A canary that is none of the hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--canary names {name}, which is none of the hosts of this run ({hosts})")]
pub struct UnknownCanary {
    name: String,
    hosts: String,
}

/// Divides hosts (name, and whether it is marked as a canary) into waves.
pub fn plan_waves(
    hosts: &[(&str, bool)],
    canary: &Canary,
    batch: Batch,
) -> Result<Vec<Wave>, UnknownCanary> {
    let first = canaries(hosts, canary)?;
    let rest: Vec<usize> = (0..hosts.len())
        .filter(|host| !first.contains(host))
        .collect();
    let mut waves = Vec::new();
    if !first.is_empty() {
        waves.push(Wave {
            // Where all hosts are canaries, none is.
            kind: if rest.is_empty() {
                WaveKind::Batch
            } else {
                WaveKind::Canary
            },
            hosts: first,
        });
    }
    waves.extend(rest.chunks(batch.size(rest.len())).map(|hosts| Wave {
        kind: WaveKind::Batch,
        hosts: hosts.to_vec(),
    }));
    Ok(waves)
}

fn canaries(hosts: &[(&str, bool)], canary: &Canary) -> Result<Vec<usize>, UnknownCanary> {
    let all = || 0..hosts.len();
    let marked: Vec<usize> = all().filter(|host| hosts[*host].1).collect();
    let mut chosen: Vec<usize> = match canary {
        Canary::Usual if !marked.is_empty() => marked,
        Canary::Usual if hosts.len() > 1 => vec![0],
        Canary::Usual => Vec::new(),
        Canary::Count(count) => {
            let unmarked = all().filter(|host| !hosts[*host].1);
            marked
                .iter()
                .copied()
                .chain(unmarked)
                .take(*count)
                .collect()
        }
        Canary::Hosts(names) => names
            .iter()
            .map(|name| {
                let found = hosts.iter().position(|(host, _)| host == name);
                found.ok_or_else(|| UnknownCanary {
                    name: name.clone(),
                    hosts: hosts
                        .iter()
                        .map(|(host, _)| *host)
                        .collect::<Vec<_>>()
                        .join(", "),
                })
            })
            .collect::<Result<_, _>>()?,
    };
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waves of `a`, `b`, ...; a capital letter is a marked canary.
    fn waves(hosts: &str, canary: &str, batch: &str) -> String {
        let names: Vec<String> = hosts
            .chars()
            .map(|c| c.to_lowercase().to_string())
            .collect();
        let hosts: Vec<(&str, bool)> = names
            .iter()
            .zip(hosts.chars())
            .map(|(name, letter)| (name.as_str(), letter.is_uppercase()))
            .collect();
        let canary = if canary.is_empty() {
            Ok(Canary::Usual)
        } else {
            canary.parse()
        };
        match plan_waves(&hosts, &canary.unwrap(), batch.parse().unwrap()) {
            Ok(waves) => waves
                .iter()
                .map(|wave| {
                    let names: String = wave.hosts.iter().map(|host| hosts[*host].0).collect();
                    match wave.kind {
                        WaveKind::Canary => format!("({names})"),
                        WaveKind::Batch => names,
                    }
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn hosts_are_divided_into_waves_by_these_rules() {
        for (hosts, canary, batch, expected) in [
            ("a", "", "50%", "a"),
            ("ab", "", "50%", "(a) b"),
            ("abcde", "", "50%", "(a) bc de"),
            ("abcd", "", "50%", "(a) bc d"),
            ("abcde", "", "100%", "(a) bcde"),
            ("abcde", "", "25%", "(a) b c d e"),
            ("abcde", "", "1", "(a) b c d e"),
            ("abcde", "", "3", "(a) bcd e"),
            ("abCdE", "", "100%", "(ce) abd"),
            ("abC", "0", "100%", "abc"),
            ("abC", "1", "100%", "(c) ab"),
            ("abC", "2", "100%", "(ac) b"),
            ("abc", "9", "50%", "abc"),
            ("abc", "b", "100%", "(b) ac"),
            ("abC", "b, a,b", "1", "(ab) c"),
            ("A", "", "50%", "a"),
            ("", "", "50%", ""),
            (
                "ab",
                "x",
                "1",
                "--canary names x, which is none of the hosts of this run (a, b)",
            ),
        ] {
            assert_eq!(
                waves(hosts, canary, batch),
                expected,
                "{hosts} {canary} {batch}"
            );
        }
    }

    #[test]
    fn what_is_no_batch_and_no_canary_is_refused_with_what_would_be() {
        for wrong in ["0", "0%", "101%", "x", "-1", "", "1001"] {
            assert!(wrong.parse::<Batch>().is_err(), "{wrong}");
        }
        for wrong in ["", "a,,b", "1001"] {
            assert!(wrong.parse::<Canary>().is_err(), "{wrong}");
        }
        assert_eq!("25 %".parse(), Ok(Batch::Percent(25)));
    }
}
