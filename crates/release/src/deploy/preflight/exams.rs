//! Would the cutover disturb an exam: one that is being sat, or one that is about to begin?

use std::time::Duration;

use chrono::{DateTime, Local, TimeDelta, Utc};

use crate::host::control::{NextExam, ServiceStatus};
use crate::host::facts::SlotFacts;
use crate::runner::RunnerState;

/// Why the slot that serves may not be taken from its students now, by the clock of its host.
pub(crate) fn check_exams(
    serving: Option<&SlotFacts>,
    now: DateTime<Utc>,
    quiet: Duration,
    during_exam: bool,
) -> Vec<String> {
    let Some(serving) = serving.filter(|_| !during_exam) else {
        return Vec::new();
    };
    match (&serving.status, &serving.runner) {
        (Some(status), _) => check_status(&Ok(status.clone()), now, quiet),
        (None, RunnerState::Running | RunnerState::Starting) => vec![format!(
            "the release on {} runs but does not answer, so nobody can tell whether exams are open: look at `examctl logs`, or add --during-exam",
            serving.slot
        )],
        _ => Vec::new(),
    }
}

/// Why a release that says this, or says nothing, must not be taken from its students.
pub(crate) fn check_status(
    status: &Result<ServiceStatus, String>,
    now: DateTime<Utc>,
    quiet: Duration,
) -> Vec<String> {
    let status = match status {
        Ok(status) => status,
        Err(silence) => {
            return vec![format!(
                "nobody can tell whether exams are open: wait until the service answers, or add --during-exam ({silence})"
            )];
        }
    };
    let mut reasons = Vec::new();
    if status.open_attempts > 0 {
        reasons.push(format!(
            "{} exam attempts are open: wait until they are submitted, or add --during-exam",
            status.open_attempts
        ));
    }
    reasons.extend(
        status
            .next_exam
            .as_ref()
            .and_then(|exam| check_next(exam, now, quiet)),
    );
    reasons
}

/// What to know of exams that nobody sits right now: a practice exam may be open for weeks, so that it
/// holds nothing up.
pub(crate) fn mention_running(status: Option<&ServiceStatus>) -> Option<String> {
    let status = status.filter(|status| status.open_attempts == 0 && status.exams_running > 0)?;
    Some(format!(
        "exams that may be begun right now: {}; nobody sits one of them",
        status.exams_running
    ))
}

fn check_next(exam: &NextExam, now: DateTime<Utc>, quiet: Duration) -> Option<String> {
    let left = exam.starts_at - now;
    let quiet = TimeDelta::from_std(quiet).unwrap_or(TimeDelta::MAX);
    if left > quiet || quiet.is_zero() {
        return None;
    }
    Some(format!(
        "the exam `{}` begins in {} min, at {} here ({}): from {} min before an exam (`exam_quiet_minutes`) nothing is switched; wait until it is over, or add --during-exam",
        exam.title,
        left.num_minutes().max(0),
        exam.starts_at
            .with_timezone(&Local)
            .format("%Y-%m-%d %H:%M %z"),
        exam.starts_at.format("%H:%M UTC"),
        quiet.num_minutes()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::{HOST, facts_of};

    const HOUR: Duration = Duration::from_hours(1);

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_355_200, 0).unwrap()
    }

    #[test]
    fn open_exams_are_not_interrupted_without_a_word() {
        let check = |host: &str, during_exam| {
            check_exams(facts_of(host).serving_slot(), noon(), HOUR, during_exam).join("; ")
        };
        assert!(check(HOST, false).starts_with("3 exam attempts are open"));
        assert_eq!(check(HOST, true), "");
        assert_eq!(check(&HOST.replace(":3}", ":0}"), false), "");
        let silent = HOST.replace("status blue {", "status blue ");
        assert!(check(&silent, false).contains("does not answer"));
        let dead = silent.replace("RUNNING pid 7, uptime 0:10:00", "FATAL");
        assert_eq!(check(&dead, false), "");
    }

    fn said(fields: &str, quiet: Duration) -> String {
        let text = format!(r#"{{"state":"serving","version":"1"{fields}}}"#);
        let status = ServiceStatus::parse(&text).ok_or_else(|| "timed out".to_owned());
        check_status(&status, noon(), quiet).join("; ")
    }

    #[test]
    fn an_exam_that_is_sat_or_about_to_begin_holds_up_the_cutover() {
        let next = |at: &str| {
            format!(r#","next_exam":{{"id":"7","title":"Algebra I","starts_at":"{at}"}}"#)
        };
        for (fields, expected) in [
            (String::new(), ""),
            (
                r#","open_attempts":2"#.to_owned(),
                "2 exam attempts are open",
            ),
            // Nobody sits it.
            (r#","exams_running":1"#.to_owned(), ""),
            (next("2026-01-02T13:01:00Z"), ""),
            (
                next("2026-01-02T13:00:00Z"),
                "the exam `Algebra I` begins in 60 min, at ",
            ),
            (next("2026-01-02T14:30:00+02:00"), "begins in 30 min, at "),
            (next("2026-01-02T11:59:00Z"), "begins in 0 min"),
            (
                format!(r#","exams_running":1{}"#, next("2026-01-02T12:10:00Z")),
                "the exam `Algebra I` begins",
            ),
        ] {
            let said = said(&fields, HOUR);
            assert_eq!(said.is_empty(), expected.is_empty(), "{fields}: {said}");
            assert!(said.contains(expected), "{fields}: {said}");
        }
        let half_past = next("2026-01-02T12:30:00Z");
        assert!(said(&half_past, HOUR).contains("(12:30 UTC)"));
        assert_eq!(said(&half_past, Duration::from_mins(29)), "");
        assert_eq!(said(&half_past, Duration::ZERO), "");
    }

    #[test]
    fn an_exam_that_nobody_sits_is_mentioned() {
        let mentioned = |fields: &str| {
            let text = format!(r#"{{"state":"serving","version":"1"{fields}}}"#);
            mention_running(ServiceStatus::parse(&text).as_ref()).is_some()
        };
        assert!(mentioned(r#","exams_running":1"#));
        assert!(!mentioned(r#","exams_running":1,"open_attempts":2"#));
        assert!(!mentioned(""));
    }

    #[test]
    fn silence_at_the_cutover_is_not_taken_for_an_empty_hall() {
        let silent = check_status(&Err("timed out".to_owned()), noon(), HOUR).join("; ");
        assert!(silent.contains("add --during-exam (timed out)"), "{silent}");
    }
}
