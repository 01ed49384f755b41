//! `examctl schema`: what an editor needs to complete and check playbooks, inventories and load profiles.

use crate::cli::Schema;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

pub(super) fn run(arguments: &Schema, printer: &Printer) -> Result<Outcome, Failure> {
    let schema = if arguments.inventory {
        provision::schema::inventory()
    } else if arguments.load_profile {
        goose_scenarios::schema::profile()
    } else if arguments.load_report {
        goose_scenarios::schema::report()
    } else {
        provision::schema::playbook()
    };
    let text = format!("{schema:#}");
    let Some(path) = &arguments.output else {
        printer.data(&text);
        printer.record("schema", &serde_json::json!({ "schema": schema }));
        return Ok(Outcome::done());
    };
    std::fs::write(path, format!("{text}\n"))
        .map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))?;
    printer.data(&format!("{} {}", printer.paint().good("+"), path.display()));
    if arguments.load_report {
        return Ok(Outcome::done());
    }
    printer.progress(&format!(
        "next: put this line on top of a file:\n  # yaml-language-server: $schema={}",
        path.display()
    ));
    Ok(Outcome::done())
}
