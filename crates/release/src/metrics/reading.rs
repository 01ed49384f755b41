//! What does one look at a colour give? Its counters and its process, in one round trip.

use std::time::Duration;

use crate::host::control::{ServiceStatus, control_script};
use crate::host::resources::pid_snippet;
use crate::host::{Host, StepError, last_lines};
use crate::metrics::tally::Counters;
use crate::target::Target;
use crate::target::layout::Slot;

const ANSWER: Duration = Duration::from_secs(5);
/// Above everything that a look prints between its parts.
const METRICS: &str = "\nmetrics\n";

/// A process as the system of its host sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: Option<u64>,
    /// In clock ticks since the host started; `None` where its runner hides it.
    pub(crate) started_ticks: Option<u64>,
    pub(crate) memory_kib: Option<u64>,
}

impl Process {
    /// Whether this is certainly another process than `earlier`.
    pub(crate) fn differs_from(&self, earlier: &Self) -> bool {
        fn differ(now: Option<u64>, before: Option<u64>) -> bool {
            matches!((now, before), (Some(now), Some(before)) if now != before)
        }
        differ(self.pid, earlier.pid) || differ(self.started_ticks, earlier.started_ticks)
    }
}

/// One look at one colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) process: Process,
    pub(crate) counters: Counters,
}

/// Reads a colour's counters and process; the inner result is why it does not tell.
pub(crate) fn gather_reading(
    host: &mut Host<'_>,
    slot: Slot,
) -> Result<Result<Reading, String>, StepError> {
    let script = reading_script(host.target, slot);
    let output = host.run(&script, "", ANSWER * 3)?;
    if !output.success() {
        let said = last_lines(&output.error_text(), 3);
        return Ok(Err(format!(
            "`control metrics` on {slot} failed with exit status {}: {said}",
            output.status
        )));
    }
    Ok(parse_reading(&output.text()))
}

/// Prints the status, what the system knows of the process, and the metrics.
pub(crate) fn reading_script(target: &Target, slot: Slot) -> String {
    format!(
        "status=$({status} 2>/dev/null | tr -d '\\n')\n\
         {pid}\
         echo \"status $status\"\n\
         if [ -n \"$pid\" ]; then\n\
         sed -n 's/^VmRSS: *\\([0-9]*\\) kB/memory \\1/p' \"/proc/$pid/status\" 2>/dev/null\n\
         sed -n 's/^.*) //p' \"/proc/$pid/stat\" 2>/dev/null | awk '{{print \"started \" $20}}'\n\
         fi\n\
         echo metrics\n\
         {metrics}",
        status = control_script(target, slot, "status", ANSWER),
        pid = pid_snippet(target, slot),
        metrics = control_script(target, slot, "metrics", ANSWER),
    )
}

fn parse_reading(text: &str) -> Result<Reading, String> {
    let (head, metrics) = text
        .split_once(METRICS)
        .ok_or("the answer holds no metrics")?;
    let mut process = Process::default();
    for line in head.lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        match key {
            "status" => process.pid = ServiceStatus::parse(value).and_then(|status| status.pid),
            "memory" => process.memory_kib = value.parse().ok(),
            "started" => process.started_ticks = value.parse().ok(),
            _ => {}
        }
    }
    Ok(Reading {
        process,
        counters: Counters::parse(metrics)?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const METRICS_TEXT: &str = "exam_http_requests_total{route=\"/\",status=\"200\"} 3\n\
        exam_http_request_duration_seconds_bucket{route=\"/\",le=\"+Inf\"} 3\n";

    #[test]
    fn a_look_has_the_process_and_its_counters() {
        let text = format!(
            "status {{\"state\":\"serving\",\"version\":\"1\",\"pid\":77}}\nmemory 20480\nstarted 991\nmetrics\n{METRICS_TEXT}"
        );
        let reading = parse_reading(&text).unwrap();
        let expected = Process {
            pid: Some(77),
            started_ticks: Some(991),
            memory_kib: Some(20480),
        };
        assert_eq!(reading.process, expected);
        assert_eq!(reading.counters.all.requests, 3);
    }

    #[test]
    fn a_process_that_hides_is_unknown_and_metrics_that_are_missing_are_an_error() {
        let reading = parse_reading(&format!("status \nmetrics\n{METRICS_TEXT}")).unwrap();
        assert_eq!(reading.process, Process::default());
        for text in [
            "",
            "status x",
            "status x\nmetrics\n",
            "status x\nmetrics\nno",
        ] {
            assert!(parse_reading(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_is_known_of_two_processes_tells_them_apart() {
        let process = |pid, started_ticks| Process {
            pid,
            started_ticks,
            memory_kib: None,
        };
        let first = process(Some(1), Some(5));
        assert!(!first.differs_from(&first));
        assert!(process(Some(2), Some(5)).differs_from(&first));
        // A pid that was given again.
        assert!(process(Some(1), Some(6)).differs_from(&first));
        assert!(!process(None, None).differs_from(&first));
    }

    #[test]
    fn the_script_finds_the_process_of_a_service() {
        let target = Target::from_vars("h", &serde_json::Map::new()).unwrap();
        let script = reading_script(&target, Slot::Blue);
        let syntax = std::process::Command::new("/bin/sh")
            .args(["-n", "-c", &script])
            .output()
            .unwrap();
        assert!(syntax.status.success(), "{syntax:?}\n{script}");
    }
}
