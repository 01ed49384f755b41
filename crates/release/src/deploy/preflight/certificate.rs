//! Will students' browsers go on trusting the proxy?

use chrono::{DateTime, TimeDelta, Utc};

use crate::deploy::preflight::Findings;
use crate::host::resources::Certificate;

const WARN: TimeDelta = TimeDelta::days(14);
const REFUSE: TimeDelta = TimeDelta::days(1);

pub(super) fn check_certificate(
    findings: &mut Findings,
    certificate: &Certificate,
    now: DateTime<Utc>,
) {
    let end = match certificate {
        Certificate::NotLooked => return,
        Certificate::Unknown(reason) => {
            findings.warn(format!(
                "nobody can tell when the proxy's certificate ends: {reason}"
            ));
            return;
        }
        Certificate::EndsAt(end) => *end,
    };
    let left = end - now;
    let stamp = end.format("%Y-%m-%d %H:%M UTC");
    if left <= TimeDelta::zero() {
        findings.refuse(format!(
            "the proxy's certificate ended on {stamp}: renew it (`examctl apply`), browsers refuse it"
        ));
    } else if left < REFUSE {
        findings.refuse(format!(
            "the proxy's certificate ends on {stamp}, in less than a day: renew it (`examctl apply`) first"
        ));
    } else if left < WARN {
        findings.warn(format!(
            "the proxy's certificate ends on {stamp}, in {} days",
            left.num_days()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_refused_in_its_last_day_and_mentioned_in_its_last_fortnight() {
        let now = DateTime::UNIX_EPOCH;
        for (hours, expected) in [
            (-1, "1 0"),
            (0, "1 0"),
            (23, "1 0"),
            (24, "0 1"),
            (13 * 24, "0 1"),
            (14 * 24, "0 0"),
            (9000, "0 0"),
        ] {
            let mut findings = Findings::default();
            let certificate = Certificate::EndsAt(now + TimeDelta::hours(hours));
            check_certificate(&mut findings, &certificate, now);
            let found = format!("{} {}", findings.refusals.len(), findings.warnings.len());
            assert_eq!(found, expected, "{hours} h");
        }
    }

    #[test]
    fn one_that_nobody_saw_is_mentioned_unless_there_is_none() {
        let mut findings = Findings::default();
        check_certificate(&mut findings, &Certificate::NotLooked, DateTime::UNIX_EPOCH);
        assert_eq!(findings, Findings::default());
        let unknown = Certificate::Unknown("no openssl".to_owned());
        check_certificate(&mut findings, &unknown, DateTime::UNIX_EPOCH);
        assert!(findings.warnings[0].ends_with("no openssl"));
    }
}
