//! `examctl secrets edit`: everything at once, in the person's own editor.
//!
//! Whatever happens, what was written is either saved or kept, encrypted, as a draft that the next
//! edit begins with.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use console::Term;
use provision::secrets::{Content, SecretsError, SecretsFile};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use zeroize::Zeroizing;

use crate::cli::Edit;
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

use super::private::PrivateText;
use super::{failed, open, path};

pub(super) fn run(arguments: &Edit, printer: &Printer) -> Result<Outcome, Failure> {
    let (file, keys) = open(&arguments.place)?;
    let path = path(&arguments.place);
    if arguments.discard_draft {
        SecretsFile::drop_draft(&path).map_err(|error| failed(&error))?;
    }
    let draft = file.draft(&keys).map_err(|error| failed(&error))?;
    let mut text = Zeroizing::new(file.text().to_owned());
    if let Some(draft) = draft {
        printer.progress("this begins with what an earlier edit could not save (--discard-draft: with what is saved)");
        if draft.is_outdated {
            confirm_outdated(&file, &path, &draft.text)?;
        }
        text = draft.text;
    }
    stay_while_the_editor_runs()?;
    loop {
        let private = PrivateText::new(&text).map_err(|error| {
            Failure::failed(format!("cannot make a private file to edit: {error}"))
        })?;
        match edited(&private, &file, &path) {
            Ok(content) => return save(&file, &path, &content, private, printer),
            Err((written, failure)) => {
                let Some(written) = written.filter(|written| written.as_str() != file.text())
                else {
                    return Err(failure);
                };
                let failure = keep(&file, &written, private, failure)?;
                if !ask(&format!("{}\nEdit again? [Y/n] ", failure.message), true) {
                    return Err(failure);
                }
                text = written;
            }
        }
    }
}

type NotEdited = (Option<Zeroizing<String>>, Failure);

/// What the editor made of the text; with a failure comes what was written so far.
fn edited(private: &PrivateText, file: &SecretsFile, path: &Path) -> Result<Content, NotEdited> {
    let variable = |name| {
        std::env::var(name)
            .ok()
            .filter(|value: &String| !value.is_empty())
    };
    let editor = variable("VISUAL").or_else(|| variable("EDITOR"));
    let editor = editor.unwrap_or_else(|| "vi".to_owned());
    let status = private.edit(&editor);
    let text = private.read().map_err(|error| {
        let message = format!("the edited text cannot be read: {error}; nothing was changed");
        (None, Failure::failed(message))
    })?;
    let failure = match status {
        Ok(status) if status.success() => {
            return Content::parse(&path.display().to_string(), &text).map_err(|problems| {
                let failure = failed(&SecretsError::Content(problems));
                (Some(text), failure)
            });
        }
        Ok(status) => format!("the editor '{editor}' ended with {status}"),
        Err(error) => format!("the editor '{editor}' cannot be started: {error}"),
    };
    let failure = Failure::failed(format!("{failure}; nothing was changed"))
        .hint("name your editor in VISUAL or EDITOR");
    let written = (*text != *file.text()).then_some(text);
    Err((written, failure))
}

fn save(
    file: &SecretsFile,
    path: &Path,
    content: &Content,
    private: PrivateText,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    let before = file.content().ok();
    let changed = before.map_or_else(
        || content.names().into_iter().map(str::to_owned).collect(),
        |before| before.names_that_differ(content),
    );
    if content.text() == file.text() {
        printer.data("nothing was changed");
    } else {
        if let Err(error) = file.save(content) {
            return Err(keep(file, content.text(), private, failed(&error))?);
        }
        let names = if changed.is_empty() {
            "nothing but comments".to_owned()
        } else {
            changed.join(", ")
        };
        printer.data(&format!(
            "{} changed: {names}",
            printer.paint().changed("~")
        ));
    }
    SecretsFile::drop_draft(path).map_err(|error| failed(&error))?;
    Ok(Outcome::done().field("changed", changed.len()))
}

/// Keeps what was written, encrypted; where even that fails, the private file stays.
fn keep(
    file: &SecretsFile,
    text: &str,
    private: PrivateText,
    failure: Failure,
) -> Result<Failure, Failure> {
    match file.keep_draft(text) {
        Ok(draft) => Ok(failure.hint(format!(
            "examctl secrets edit goes on from what you wrote; it is kept, encrypted, in {}",
            draft.display()
        ))),
        Err(error) => Err(
            Failure::failed(format!("{}\n{error}", failure.message)).hint(format!(
                "what you wrote is, NOT encrypted, in {}: take it from there and remove it",
                private.leave().display()
            )),
        ),
    }
}

/// Going on from an older text would undo what others saved since: only if that is wanted.
fn confirm_outdated(file: &SecretsFile, path: &Path, draft: &str) -> Result<(), Failure> {
    let theirs = file.content();
    let mine = Content::parse(&path.display().to_string(), draft);
    let names = match (theirs, mine) {
        (Ok(theirs), Ok(mine)) => theirs.names_that_differ(&mine).join(", "),
        _ => "unknown, because one of the two texts is not valid".to_owned(),
    };
    let message = format!(
        "{} has changed since; saving this draft would replace what it holds now (different: {names})",
        path.display()
    );
    if ask(&format!("{message}\nGo on from the draft? [y/N] "), false) {
        return Ok(());
    }
    Err(Failure::invalid(message)
        .hint("examctl secrets edit --discard-draft begins with what is saved"))
}

/// Asks on a terminal; without one the answer is no.
fn ask(question: &str, usual: bool) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    let term = Term::stderr();
    let answer = term.write_str(question).and_then(|()| term.read_line());
    match answer.as_deref().map(str::trim) {
        Ok("") => usual,
        Ok(answer) => answer.eq_ignore_ascii_case("y"),
        Err(_) => false,
    }
}

/// Ctrl-C belongs to the editor; this program has to stay and clear up after it.
fn stay_while_the_editor_runs() -> Result<(), Failure> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))
            .map_err(|error| Failure::failed(format!("cannot listen for Ctrl-C: {error}")))?;
    }
    Ok(())
}
