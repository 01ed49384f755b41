//! `examctl logs`: the end of the service's own log.

use crate::cli::Logs;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::{deploy, site};

pub(super) fn run(arguments: &Logs, printer: &Printer) -> Result<Outcome, Failure> {
    site::each_host(&arguments.hosts, printer, |connection, target| {
        let text = release::logs(
            connection,
            target,
            usize::from(arguments.lines.unwrap_or(20)),
        )
        .map_err(|error| deploy::failure(&error))?;
        printer.record(
            "log",
            &serde_json::json!({"host": target.host, "text": text}),
        );
        printer.data(&text);
        Ok(())
    })
}
