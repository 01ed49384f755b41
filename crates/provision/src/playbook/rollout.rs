//! How many hosts are worked on before the next ones start, and when no more are started.

use serde_json::Value;

use crate::fields::{Fields, shape};

/// A number of hosts, or a part of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    Hosts(usize),
    Percent(usize),
}

/// `serial` and `max_fail` of a playbook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rollout {
    /// The size of each batch; the last one repeats. Empty: all hosts are one batch.
    serial: Vec<Share>,
    max_fail: Option<Share>,
}

impl Rollout {
    pub(super) fn parse(fields: &mut Fields<'_>) -> Self {
        let serial = match fields.get("serial") {
            Some(Value::Array(items)) => items.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        let sizes: Vec<Option<Share>> = serial.iter().map(|value| share(value, 1)).collect();
        if let Some(wrong) = sizes.iter().position(Option::is_none) {
            let message = format!(
                "'serial' is a number of hosts from 1, a part such as \"50%\", or a list of them, not {}",
                shape(serial[wrong])
            );
            fields.wrong("serial", message);
        }
        let max_fail = fields.get("max_fail");
        let limit = max_fail.and_then(|value| share(value, 0));
        if let (Some(value), None) = (max_fail, limit) {
            let message = format!(
                "'max_fail' is a number of hosts from 0 or a part such as \"25%\", not {}",
                shape(value)
            );
            fields.wrong("max_fail", message);
        }
        Self {
            serial: sizes.into_iter().flatten().collect(),
            max_fail: limit,
        }
    }

    /// The sizes of the batches that `hosts` hosts are done in.
    pub(crate) fn batches(&self, hosts: usize) -> Vec<usize> {
        let mut batches = Vec::new();
        let mut left = hosts;
        let mut sizes = self.serial.iter();
        let mut size = Share::Percent(100);
        while left > 0 {
            size = sizes.next().copied().unwrap_or(size);
            let wanted = match size {
                Share::Hosts(number) => number,
                Share::Percent(percent) => hosts * percent / 100,
            };
            let batch = wanted.clamp(1, left);
            batches.push(batch);
            left -= batch;
        }
        batches
    }

    /// How many of `hosts` hosts may fail before no further one is started. Who goes in batches
    /// and says nothing wants to look after the first failure.
    pub(crate) fn allowed_failures(&self, hosts: usize) -> usize {
        match self.max_fail {
            Some(Share::Hosts(number)) => number,
            Some(Share::Percent(percent)) => hosts * percent / 100,
            None if self.serial.is_empty() => hosts,
            None => 0,
        }
    }
}

fn share(value: &Value, least: usize) -> Option<Share> {
    let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number >= least);
    match value {
        Value::Number(value) => number(&value.to_string()).map(Share::Hosts),
        Value::String(text) => {
            let percent = number(text.strip_suffix('%')?.trim())?;
            (percent <= 100).then_some(Share::Percent(percent))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(serial: &[Share]) -> Rollout {
        Rollout {
            serial: serial.to_vec(),
            max_fail: None,
        }
    }

    #[test]
    fn the_last_size_repeats_until_every_host_has_its_batch() {
        let first_one = rollout(&[Share::Hosts(1), Share::Percent(50)]);
        assert_eq!(first_one.batches(10), [1, 5, 4]);
        assert_eq!(first_one.batches(1), [1]);
        assert_eq!(rollout(&[Share::Percent(10)]).batches(3), [1, 1, 1]);
        assert_eq!(rollout(&[]).batches(7), [7]);
        assert!(rollout(&[]).batches(0).is_empty());
    }

    #[test]
    fn one_failure_stops_batches_unless_more_are_allowed() {
        assert_eq!(rollout(&[]).allowed_failures(10), 10);
        assert_eq!(rollout(&[Share::Hosts(1)]).allowed_failures(10), 0);
        let a_quarter = Rollout {
            serial: Vec::new(),
            max_fail: Some(Share::Percent(25)),
        };
        assert_eq!(a_quarter.allowed_failures(10), 2);
    }
}
