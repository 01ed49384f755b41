//! `examctl load purge`: the service's own program knows what belongs to a load run.

use std::process::Command;

use crate::cli::Purge;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

pub(super) fn run(arguments: &Purge, printer: &Printer) -> Result<Outcome, Failure> {
    let program = arguments.service_binary.display();
    let mut command = Command::new(&arguments.service_binary);
    command
        .arg("--env-file")
        .arg(&arguments.service_env_file)
        .args(["load", "purge"]);
    match &arguments.run {
        Some(run) => command.args(["--run", run]),
        None => command.arg("--all"),
    };
    let output = command
        .output()
        .map_err(|error| Failure::invalid(format!("cannot run {program}: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(Failure::failed(format!(
            "{program} purged nothing more ({}): {}",
            output.status,
            said.trim()
        )));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let purged: serde_json::Value = serde_json::from_str(text.trim()).map_err(|error| {
        Failure::failed(format!(
            "{program} said something else than what it purged: {error}"
        ))
    })?;
    let count = |name: &str| purged[name].as_u64().unwrap_or_default();
    printer.data(&format!(
        "purged {} runs: {} exams, {} accounts, {} attempts, {} answers",
        purged["runs"].as_array().map_or(0, Vec::len),
        count("exams"),
        count("accounts"),
        count("attempts"),
        count("answers")
    ));
    printer.record("load_purged", &purged);
    Ok(Outcome::done().field("purged", purged))
}
