//! Do the clocks agree? Tokens, deadlines of exams and the lock's lease depend on it.

use chrono::TimeDelta;

use crate::deploy::preflight::Findings;
use crate::host::resources::Skew;

const WARN: TimeDelta = TimeDelta::seconds(5);
const REFUSE: TimeDelta = TimeDelta::seconds(60);

pub(super) fn check_clock(findings: &mut Findings, skew: Option<Skew>) {
    let Some(skew) = skew else {
        findings.warn("the host does not tell its time to the millisecond, so its clock was not compared with this machine's");
        return;
    };
    // In favour of the host: the way there may have taken all of the time.
    let least = skew.ahead.abs() - skew.uncertainty;
    if least <= WARN {
        return;
    }
    let (way, seconds) = if skew.ahead > TimeDelta::zero() {
        ("ahead of", skew.ahead.num_seconds())
    } else {
        ("behind", -skew.ahead.num_seconds())
    };
    let text = format!(
        "the host's clock is {seconds} s {way} this machine's (give or take {} ms): exams begin and end by it; set the clock that is wrong, and let both follow a time server",
        skew.uncertainty.num_milliseconds()
    );
    if least > REFUSE {
        findings.refuse(text);
    } else {
        findings.warn(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_a_little_off_is_mentioned_and_one_that_is_far_off_is_refused() {
        for (ahead_ms, uncertainty_ms, expected) in [
            (0, 10, "0 0"),
            (5_005, 10, "0 0"),
            (5_020, 10, "0 1"),
            (-20_000, 10, "0 1"),
            (60_020, 10, "1 0"),
            (-61_000, 10, "1 0"),
            // A slow way proves nothing.
            (61_000, 58_000, "0 0"),
            (61_000, 2_000, "0 1"),
        ] {
            let mut findings = Findings::default();
            let skew = Skew {
                ahead: TimeDelta::milliseconds(ahead_ms),
                uncertainty: TimeDelta::milliseconds(uncertainty_ms),
            };
            check_clock(&mut findings, Some(skew));
            let found = format!("{} {}", findings.refusals.len(), findings.warnings.len());
            assert_eq!(found, expected, "{ahead_ms} ms");
        }
        let mut findings = Findings::default();
        check_clock(&mut findings, None);
        assert_eq!(findings.warnings.len(), 1);
    }

    #[test]
    fn the_direction_is_said() {
        let said = |ahead| {
            let mut findings = Findings::default();
            let (ahead, uncertainty) = (TimeDelta::seconds(ahead), TimeDelta::zero());
            check_clock(&mut findings, Some(Skew { ahead, uncertainty }));
            findings.warnings.remove(0)
        };
        assert!(said(30).contains("30 s ahead of this"));
        assert!(said(-30).contains("30 s behind this"));
    }
}
