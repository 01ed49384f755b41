//! `examctl secrets set` and `get`.

use std::io::{IsTerminal as _, Read as _};

use console::Term;
use provision::secret::Secret;
use provision::secrets::generate;
use zeroize::Zeroizing;

use crate::cli::{Get, Set};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::{failed, open};

/// The longest value that is taken, in bytes.
const VALUE_LIMIT: u64 = 256 << 10;

pub(super) fn set(arguments: &Set, printer: &Printer) -> Result<Outcome, Failure> {
    let (file, _) = open(&arguments.place)?;
    let content = file.content().map_err(|error| failed(&error))?;
    let name = &arguments.name;
    let is_known = content.names().contains(&name.as_str());
    let (value, strength) = match arguments.generate {
        Some(length) => {
            let made = generate(usize::from(length)).map_err(|error| failed(&error))?;
            let strength = format!(
                ": {length} random letters and digits, {} bits of entropy",
                made.entropy_bits
            );
            (made.value, strength)
        }
        None => (given(name)?, String::new()),
    };
    let content = content.with(name, &value).map_err(|error| failed(&error))?;
    file.save(&content).map_err(|error| failed(&error))?;
    let (sign, done) = if is_known {
        ("~", "replaced")
    } else {
        ("+", "added")
    };
    printer.data(&format!(
        "{} {done} {name}{strength}",
        printer.paint().changed(sign)
    ));
    Ok(Outcome::done()
        .field("name", name.as_str())
        .field("replaced", is_known))
}

pub(super) fn get(arguments: &Get, printer: &Printer) -> Result<Outcome, Failure> {
    let (file, _) = open(&arguments.place)?;
    let content = file.content().map_err(|error| failed(&error))?;
    let Some(name) = &arguments.name else {
        for name in content.names() {
            printer.data(name);
            printer.record("name", &serde_json::json!({ "name": name }));
        }
        return Ok(Outcome::done().field("names", content.names().len()));
    };
    let Some(value) = content.get(name) else {
        let known = content.names().join(", ");
        return Err(Failure::invalid(format!(
            "there is no secret '{name}' (there are: {known})"
        )));
    };
    // Whoever asks for one value by its name wants to see it, on a terminal too.
    let text = value.expose();
    printer.data(text.strip_suffix('\n').unwrap_or(text));
    printer.record("value", &serde_json::json!({"name": name, "value": text}));
    Ok(Outcome::done())
}

/// The value from standard input without its last line end, or asked for twice on a terminal.
fn given(name: &str) -> Result<Secret, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::failed(format!("cannot read the value: {error}"));
    if std::io::stdin().is_terminal() {
        let term = Term::stderr();
        let ask = |question: &str| {
            term.write_str(question).map_err(unreadable)?;
            term.read_secure_line()
                .map(Zeroizing::new)
                .map_err(unreadable)
        };
        let first = ask(&format!("value of {name}: "))?;
        let second = ask("the same again: ")?;
        if *first != *second {
            return Err(Failure::invalid(
                "the two values are not the same; nothing was changed",
            ));
        }
        return Ok(Secret::new(first.as_str()));
    }
    let mut text = Zeroizing::new(String::new());
    let input = std::io::stdin().lock().take(VALUE_LIMIT + 1);
    { input }.read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > VALUE_LIMIT {
        return Err(Failure::invalid(format!(
            "the value is longer than {} KiB; nothing was changed",
            VALUE_LIMIT >> 10
        )));
    }
    let value = text.strip_suffix('\n').unwrap_or(&text);
    let value = value.strip_suffix('\r').unwrap_or(value);
    Ok(Secret::new(value))
}
