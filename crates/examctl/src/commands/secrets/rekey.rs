//! `examctl secrets rekey`: the same secrets for other readers.

use provision::secrets::Recipients;

use crate::cli::Rekey;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::{failed, open};

pub(super) fn run(arguments: &Rekey, printer: &Printer) -> Result<Outcome, Failure> {
    let (file, keys) = open(&arguments.place)?;
    let changed_list = file.unconfirmed();
    let mut recipients: Recipients = file.recipients().clone();
    for key in &arguments.add {
        let added = recipients.add(key, &arguments.comment);
        added.map_err(|error| failed(&error))?;
    }
    for key in &arguments.remove {
        recipients.remove(key).map_err(|error| failed(&error))?;
    }
    let names = file.content().map(|content| content.names().join(", "));
    let removed =
        file.recipients().difference(&recipients).contains('-') || changed_list.contains('-');
    file.rekey(&recipients, &keys)
        .map_err(|error| failed(&error))?;
    if !changed_list.is_empty() {
        printer.data(&format!("taken over from the list: {changed_list}"));
    }
    let readers = recipients.keys().len();
    printer.data(&format!(
        "{} encrypted for {readers}: {}",
        printer.paint().changed("~"),
        recipients.described()
    ));
    if removed {
        // Encrypting anew takes nothing out of anybody's memory or history.
        printer.progress(&format!(
            "next: whoever was removed has had these values: set new ones for {}",
            names.unwrap_or_default()
        ));
    }
    Ok(Outcome::done().field("recipients", readers))
}
