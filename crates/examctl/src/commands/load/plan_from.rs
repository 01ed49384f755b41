//! `examctl load plan-from`: a profile for a real exam.

use std::io::BufRead as _;

use goose_scenarios::{Password, derive_profile, fetch_exam};

use crate::cli::PlanFrom;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

pub(super) fn run(arguments: &PlanFrom, printer: &Printer) -> Result<Outcome, Failure> {
    if let Some(path) = arguments.output.as_ref().filter(|path| path.exists()) {
        return Err(Failure::invalid(format!(
            "{} is there already",
            path.display()
        )));
    }
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .map_err(|error| {
            Failure::invalid(format!(
                "the password cannot be read from standard input: {error}"
            ))
        })?;
    let password = Password::new(password.trim_end_matches(['\n', '\r']));
    let exam = fetch_exam(
        &arguments.target,
        &arguments.login,
        &password,
        &arguments.exam,
    )
    .map_err(Failure::failed)?;
    let text = derive_profile(&exam, arguments.sitting).map_err(Failure::invalid)?;
    let record = serde_json::json!({ "profile": text });
    printer.record("load_profile", &record);
    let Some(path) = &arguments.output else {
        printer.data(text.trim_end());
        return Ok(Outcome::done());
    };
    let shown = path.display();
    std::fs::write(path, &text)
        .map_err(|error| Failure::failed(format!("cannot write {shown}: {error}")))?;
    printer.data(&format!("{} {shown}", printer.paint().good("+")));
    printer.progress(&format!(
        "next: exam-service load seed --run NAME --students {} > students.json, then examctl load run ./{shown} --students students.json",
        exam.candidate_count
    ));
    Ok(Outcome::done())
}
