//! `examctl audit`: what would hurt an exam on each host, the worst first, with the fix.

use provision::audit::{self, Finding, HostAudit, Severity};
use provision::engine::DEFAULT_PARALLEL_HOSTS;

use crate::cli::{Audit, FailOn};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

use super::site;

pub(super) fn run(arguments: &Audit, printer: &Printer) -> Result<Outcome, Failure> {
    let hosts = site::hosts(&arguments.hosts)?;
    let hosts: Vec<_> = hosts.iter().collect();
    let audits = audit::audit(
        &hosts,
        &arguments.hosts.open_options(),
        DEFAULT_PARALLEL_HOSTS,
    );
    for audit in &audits {
        printer.record("host_audit", audit);
        printer.data(&text(audit, printer.paint()));
    }
    let findings = || audits.iter().flat_map(|audit| &audit.findings);
    let unreachable = audits
        .iter()
        .filter(|audit| audit.unreachable.is_some())
        .count();
    let bad = |finding: &&Finding| {
        limit(arguments.fail_on).is_some_and(|limit| finding.severity >= limit)
    };
    let code = if unreachable > 0 {
        ExitCode::Unreachable
    } else if findings().filter(bad).count() > 0 {
        ExitCode::Gate
    } else {
        ExitCode::Done
    };
    Ok(Outcome::with(code)
        .field("hosts", audits.len())
        .field("findings", findings().count())
        .field("failed", unreachable))
}

fn limit(fail_on: FailOn) -> Option<Severity> {
    Some(match fail_on {
        FailOn::Low => Severity::Low,
        FailOn::Medium => Severity::Medium,
        FailOn::High => Severity::High,
        FailOn::Critical => Severity::Critical,
        FailOn::Never => return None,
    })
}

fn text(audit: &HostAudit, paint: &Paint) -> String {
    let mut lines = vec![paint.strong(&audit.host)];
    if let Some(reason) = &audit.unreachable {
        lines.push(format!("  {} {reason}", paint.bad("not looked at:")));
        return lines.join("\n");
    }
    for finding in &audit.findings {
        lines.push(format!(
            "  {} {} {}",
            severity(finding.severity, paint),
            finding.title,
            paint.faint(&format!("({})", finding.id))
        ));
        let evidence = finding.evidence.iter();
        lines.extend(evidence.map(|line| format!("           {}", line.trim_end())));
        lines.push(format!("    {} {}", paint.strong("fix:"), finding.fix));
    }
    lines.push(format!(
        "  {} findings, {} checks passed, {} had nothing to look at",
        audit.findings.len(),
        audit.passed,
        audit.not_here
    ));
    lines.join("\n")
}

/// Padded to one width before it is coloured.
fn severity(severity: Severity, paint: &Paint) -> String {
    match severity {
        Severity::Critical => paint.bad("critical"),
        Severity::High => paint.bad("high    "),
        Severity::Medium => paint.changed("medium  "),
        Severity::Low => paint.faint("low     "),
    }
}
