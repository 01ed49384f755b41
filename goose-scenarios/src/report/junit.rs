//! The verdict for CI systems: `JUnit`'s XML, one test case for each rule.
//!
//! A rule that fails is a failure; one of which nothing can be said is an error, so that no system takes it for a pass.

use std::io;

use quick_xml::{Writer, events::BytesText};

use super::{Report, RuleResult};
use crate::judge::Verdict;

/// The rules of a run as test cases of one suite.
pub fn render_junit(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory cannot fail.
    write(&mut writer, report).ok();
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn write(writer: &mut Writer<Vec<u8>>, report: &Report) -> io::Result<()> {
    let with = |wanted: &[Verdict]| {
        let rules = report.rules.iter();
        rules
            .filter(|rule| wanted.contains(&rule.verdict))
            .count()
            .to_string()
    };
    let seconds = (report.ended_at - report.started_at).as_seconds_f64();
    let suite = [
        ("name", format!("load {}", report.profile)),
        ("tests", report.rules.len().to_string()),
        ("failures", with(&[Verdict::Fail, Verdict::Corrupt])),
        ("errors", with(&[Verdict::Inconclusive])),
        ("time", format!("{seconds:.3}")),
        (
            "timestamp",
            report.started_at.format("%Y-%m-%dT%H:%M:%S").to_string(),
        ),
        ("hostname", report.target.clone()),
    ];
    writer
        .create_element("testsuite")
        .with_attributes(suite.iter().map(|(name, value)| (*name, value.as_str())))
        .write_inner_content(|writer| {
            for rule in &report.rules {
                write_case(writer, rule)?;
            }
            Ok(())
        })?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, rule: &RuleResult) -> io::Result<()> {
    let name = format!("{} ({})", rule.rule, rule.id);
    let case = writer
        .create_element("testcase")
        .with_attribute(("classname", rule.subject.as_str()))
        .with_attribute(("name", name.as_str()));
    let outcome = match rule.verdict {
        Verdict::Pass => {
            case.write_empty()?;
            return Ok(());
        }
        Verdict::Inconclusive => "error",
        Verdict::Fail | Verdict::Corrupt => "failure",
    };
    let (message, kind) = (
        format!("observed {}", rule.observed),
        rule.verdict.to_string(),
    );
    case.write_inner_content(|writer| {
        writer
            .create_element(outcome)
            .with_attribute(("message", message.as_str()))
            .with_attribute(("type", kind.as_str()))
            .write_text_content(BytesText::new(&rule.reason))?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn each_rule_is_a_case_and_what_is_unknown_is_no_pass() {
        let mut report = report();
        let rule = |verdict, reason: &str| RuleResult {
            verdict,
            reason: reason.to_owned(),
            ..report.rules[0].clone()
        };
        report.rules = vec![
            rule(Verdict::Pass, ""),
            rule(Verdict::Inconclusive, "too few <samples>"),
            rule(Verdict::Corrupt, "\"7\" & more"),
        ];
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="load smoke" tests="3" failures="1" errors="1" time="20.500" timestamp="1970-01-01T00:00:00" hostname="http://127.0.0.1:8080">
  <testcase classname="answers" name="lost_acked = 0 (correctness.lost_acked)"/>
  <testcase classname="answers" name="lost_acked = 0 (correctness.lost_acked)">
    <error message="observed 1" type="inconclusive">too few &lt;samples&gt;</error>
  </testcase>
  <testcase classname="answers" name="lost_acked = 0 (correctness.lost_acked)">
    <failure message="observed 1" type="corrupt">&quot;7&quot; &amp; more</failure>
  </testcase>
</testsuite>
"#;
        assert_eq!(render_junit(&report), expected);
    }
}
