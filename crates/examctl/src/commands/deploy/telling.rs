//! Who is told of a deploy besides the person who runs it: a report, webhooks, programs.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use release::notify::{Notice, Notifier};
use release::report::{Occasion, Report, report_paths};

use crate::cli::Fleet;
use crate::commands::site::Site;
use crate::failure::Failure;
use crate::output::Printer;

const WEBHOOK_VARIABLE: &str = "EXAMCTL_NOTIFY_WEBHOOK_URL";
const ADDRESS_MAX_BYTES: u64 = 4096;

/// Everybody who wants to know, from the inventory, the arguments and the environment.
pub(super) fn notifier(arguments: &Fleet, sites: &[Site]) -> Result<Notifier, Failure> {
    if arguments.no_notify {
        return Ok(Notifier::default());
    }
    let hosts = sites
        .iter()
        .map(|site| (site.host.name.as_str(), &site.host.vars));
    let mut notifier =
        Notifier::from_vars(hosts).map_err(|error| Failure::invalid(error.to_string()))?;
    if let Some(program) = &arguments.notify_command {
        notifier.add_program(program);
    }
    let mut add = |place: &str, url: &str| {
        let problem = notifier.add_webhook(url.trim());
        problem.map_err(|problem| Failure::invalid(format!("the address in {place} {problem}")))
    };
    if let Some(path) = &arguments.notify_webhook_file {
        add(&path.display().to_string(), &read_address(path)?)?;
    }
    if let Some(url) = std::env::var(WEBHOOK_VARIABLE)
        .ok()
        .filter(|url| !url.is_empty())
    {
        add(WEBHOOK_VARIABLE, &url)?;
    }
    Ok(notifier)
}

fn read_address(path: &Path) -> Result<String, Failure> {
    let invalid = |reason: String| Failure::invalid(format!("{}: {reason}", path.display()));
    let size = std::fs::metadata(path)
        .map_err(|error| invalid(error.to_string()))?
        .len();
    if size > ADDRESS_MAX_BYTES {
        return Err(invalid(
            "it is too long to hold the address of a webhook".to_owned(),
        ));
    }
    std::fs::read_to_string(path).map_err(|error| invalid(error.to_string()))
}

/// A report that could not be written in the end is refused before anything begins.
pub(super) fn check_report(path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else {
        return Ok(());
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if folder.is_dir() && !path.is_dir() {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "--report {}: its folder must exist, and it must be a file",
        path.display()
    )))
}

/// Says that it begins, beside the work: nobody waits for a chat that does not answer.
pub(super) struct Beginning(Option<JoinHandle<Vec<String>>>);

impl Beginning {
    pub(super) fn tell(notifier: &Arc<Notifier>, occasion: &Occasion) -> Self {
        if notifier.is_empty() {
            return Self(None);
        }
        let (notifier, occasion) = (Arc::clone(notifier), occasion.clone());
        Self(Some(std::thread::spawn(move || {
            notifier.send(&Notice::begin(&occasion))
        })))
    }

    /// What did not arrive.
    fn failures(self) -> Vec<String> {
        self.0
            .map_or_else(Vec::new, |thread| thread.join().unwrap_or_default())
    }
}

/// Writes the report and tells everybody; what fails is said and changes nothing.
pub(super) fn finish(
    arguments: &Fleet,
    notifier: &Notifier,
    beginning: Beginning,
    report: &Report,
    printer: &Printer,
) {
    let mut notes = Vec::new();
    if let Some(path) = &arguments.report {
        let (markdown, json) = report_paths(path);
        match report.write(path) {
            Ok(()) => printer.progress(&format!(
                "report: {} and {}",
                markdown.display(),
                json.display()
            )),
            Err(error) => notes.push(format!(
                "the report {} was not written: {error}",
                path.display()
            )),
        }
    }
    notes.extend(beginning.failures());
    if !notifier.is_empty() {
        notes.extend(notifier.send(&Notice::end(report)));
    }
    for note in notes {
        printer.record("note", &serde_json::json!({ "text": note }));
        printer.progress(&printer.paint().changed(&note));
    }
}
