//! `examctl backup`: copies of the database, and the way back.

use std::io::{IsTerminal as _, Write as _};

use release::Deployed;
use release::backup::{self, Backup as Kept, LostRows, RestorePreview};

use crate::cli::{Backup, BackupRestore, BackupVerify, Global, Hosts};
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

use super::{deploy, site};

pub(super) fn run(
    command: &Backup,
    global: &Global,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    match command {
        Backup::Create(hosts) => create(hosts, printer),
        Backup::List(hosts) => list(hosts, printer),
        Backup::Verify(arguments) => verify(arguments, printer),
        Backup::Restore(arguments) => restore(arguments, global, printer),
    }
}

fn create(arguments: &Hosts, printer: &Printer) -> Result<Outcome, Failure> {
    let options = deploy::options()?;
    site::each_host(arguments, printer, |connection, target| {
        let taken = backup::create(connection, target, &options, &mut |event| {
            deploy::show(&event, printer);
        })
        .map_err(|error| deploy::failure(&error))?;
        printer.record("backup", &taken);
        printer.data(&format!(
            "  {} {}/{}.db",
            printer.paint().good("verified"),
            target.backup_directory,
            taken.name
        ));
        Ok(())
    })
}

fn list(arguments: &Hosts, printer: &Printer) -> Result<Outcome, Failure> {
    site::each_host(arguments, printer, |connection, target| {
        let backups = backup::list(connection, target).map_err(|error| deploy::failure(&error))?;
        for kept in &backups {
            printer.record("backup", kept);
            printer.data(&line(kept, printer.paint()));
        }
        if backups.is_empty() {
            printer.data(&format!("  none in {}", target.backup_directory));
        }
        Ok(())
    })
}

fn verify(arguments: &BackupVerify, printer: &Printer) -> Result<Outcome, Failure> {
    let options = deploy::options()?;
    site::each_host(&arguments.hosts, printer, |connection, target| {
        let wanted = &arguments.backup;
        let kept = backup::verify(connection, target, wanted, &options, &mut |event| {
            deploy::show(&event, printer);
        })
        .map_err(|error| deploy::failure(&error))?;
        printer.record("backup", &kept);
        if let Some(problem) = &kept.problem {
            let name = &kept.manifest.name;
            return Err(Failure::failed(format!("{name} does not count: {problem}")));
        }
        printer.data(&line(&kept, printer.paint()));
        Ok(())
    })
}

fn restore(
    arguments: &BackupRestore,
    global: &Global,
    printer: &Printer,
) -> Result<Outcome, Failure> {
    let hosts = site::hosts(&arguments.hosts)?;
    let mut options = deploy::options()?;
    options.during_exam = arguments.during_exam;
    options
        .pause_before_step
        .clone_from(&arguments.pause_before);
    let mut changed = 0;
    for host in &hosts {
        let target = site::target(host)?;
        deploy::heading(
            &host.name,
            &format!("restore {}", arguments.backup),
            printer,
        );
        let mut connection = site::connect(host, &arguments.hosts)?;
        let mut asked = Asked::new(global, printer);
        let deployed = backup::restore(
            connection.as_mut(),
            &target,
            &arguments.backup,
            arguments.release.as_deref(),
            &options,
            &mut |event| deploy::show(&event, printer),
            &mut |preview| asked.confirm(preview),
        );
        changed += i32::from(asked.finish(deployed)?.changed);
    }
    Ok(Outcome::done()
        .field("hosts", hosts.len())
        .field("changed", changed)
        .field("failed", 0))
}

/// Shows what a restore loses, asks for one typed word, and keeps why it was not given.
pub(super) struct Asked<'a> {
    global: &'a Global,
    printer: &'a Printer,
    refusal: Option<Failure>,
}

impl<'a> Asked<'a> {
    const WORD: &'static str = "restore";

    pub(super) fn new(global: &'a Global, printer: &'a Printer) -> Self {
        Self {
            global,
            printer,
            refusal: None,
        }
    }

    pub(super) fn confirm(&mut self, preview: &RestorePreview) -> bool {
        self.printer.record("restore_preview", preview);
        self.printer.progress(&text(preview, self.printer.paint()));
        let answer = if self.global.yes {
            Ok(())
        } else {
            Self::ask(preview)
        };
        self.refusal = answer.err();
        self.refusal.is_none()
    }

    fn ask(preview: &RestorePreview) -> Result<(), Failure> {
        let refused = |reason: &str| {
            Failure::invalid(format!("{}: nothing was restored: {reason}", preview.host))
                .hint("add --yes to restore without being asked")
        };
        if !std::io::stdin().is_terminal() {
            return Err(refused("there is nobody to ask"));
        }
        let question = format!(
            "The service stops meanwhile. Type `{}` to put the backup into place: ",
            Self::WORD
        );
        let mut answer = String::new();
        std::io::stderr()
            .write_all(question.as_bytes())
            .and_then(|()| std::io::stdin().read_line(&mut answer))
            .map_err(|error| refused(&error.to_string()))?;
        if answer.trim() == Self::WORD {
            return Ok(());
        }
        Err(refused("that was something else"))
    }

    /// How it ended: a question that was not answered goes before what came of that.
    pub(super) fn finish(
        self,
        deployed: Result<Deployed, release::DeployError>,
    ) -> Result<Deployed, Failure> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let deployed = deployed.map_err(|error| deploy::failure(&error))?;
        deploy::finished(&deployed, self.printer);
        Ok(deployed)
    }
}

fn line(kept: &Kept, paint: &Paint) -> String {
    let manifest = &kept.manifest;
    let problem = kept
        .problem
        .as_ref()
        .map_or_else(String::new, |problem| format!("  {}", paint.bad(problem)));
    format!(
        "  {}  {:>8} KiB  {:>7} rows  {:<16} by {}{problem}",
        manifest.name,
        manifest.bytes >> 10,
        manifest.contents.rows(),
        manifest.why.words(),
        manifest.by
    )
}

fn text(preview: &RestorePreview, paint: &Paint) -> String {
    let backup = &preview.backup;
    let mut lines = vec![
        format!("  backup    {} ({})", backup.name, backup.why.words()),
        format!("  taken     {} by {}", backup.taken_at, backup.by),
        format!(
            "  release   {} (serving now: {})",
            preview.release,
            preview.serving.as_deref().unwrap_or("none")
        ),
    ];
    if preview.open_attempts > 0 {
        let open = format!("{} attempts are open", preview.open_attempts);
        lines.push(format!("  {}", paint.bad(&open)));
    }
    match (&preview.now, &preview.now_problem) {
        (_, Some(problem)) => lines.push(format!(
            "  {} what is there now cannot be read, so nobody can tell what is lost: {problem}",
            paint.bad("!")
        )),
        (None, None) => lines.push("  there is no database now: nothing is lost".to_owned()),
        (Some(_), None) => lines.push(tables(preview, paint)),
    }
    lines.extend(lost(preview, paint));
    lines.join("\n")
}

fn tables(preview: &RestorePreview, paint: &Paint) -> String {
    let number = |rows: Option<u64>| rows.map_or("-".to_owned(), |rows| rows.to_string());
    let head = format!("  {:<20} {:>9} {:>9}", "rows of", "now", "backup");
    let rows = preview.tables().into_iter().map(|(name, now, then)| {
        let line = format!("  {name:<20} {:>9} {:>9}", number(now), number(then));
        if now == then {
            line
        } else {
            paint.changed(&line)
        }
    });
    std::iter::once(paint.faint(&head))
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

fn lost(preview: &RestorePreview, paint: &Paint) -> Vec<String> {
    let Some(loss) = &preview.lost else {
        return Vec::new();
    };
    if loss.is_nothing() {
        return vec![format!(
            "  {} nothing that anybody saved since is lost",
            paint.good("ok")
        )];
    }
    let kinds = loss.kinds();
    let lost = kinds.iter().filter(|(_, rows)| rows.count > 0);
    let mut lines = vec![format!("  {}", paint.bad("lost by this:"))];
    lines.extend(lost.map(|(kind, rows)| format!("    {}", lost_line(kind, rows))));
    lines
}

fn lost_line(kind: &str, rows: &LostRows) -> String {
    let (count, people) = (rows.count, rows.people);
    let kind = if count == 1 {
        kind.trim_end_matches('s')
    } else {
        kind
    };
    let person = if people == 1 { "person" } else { "people" };
    let when = match (&rows.first_at, &rows.last_at) {
        (Some(first), Some(last)) => format!(", from {first} to {last}"),
        _ => String::new(),
    };
    format!("{count} {kind} of {people} {person}{when}")
}
