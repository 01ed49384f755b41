//! What commands need to know of their surroundings: the checkout, the inventory, who is asking.

use std::path::{Path, PathBuf};

use provision::connections::{Connection, ConnectionError};
use provision::inventory::{Host, Inventory};
use release::target::Target;

use crate::cli::Hosts;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, chain};
use crate::output::{Outcome, Printer};

/// The checkout of examctl that holds the current directory.
pub(super) fn checkout() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().map_err(|error| {
        Failure::failed(format!("the current directory cannot be read: {error}"))
    })?;
    here.ancestors()
        .find(|folder| folder.join("crates/exam-service/Cargo.toml").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            Failure::invalid(format!(
                "{} is not inside a checkout of examctl, so there is nothing to build",
                here.display()
            ))
            .hint("change into the checkout, or give a finished artifact or program")
        })
}

/// The hosts that a command is about, at least one.
pub(super) fn hosts(arguments: &Hosts) -> Result<Vec<Host>, Failure> {
    let inventory = inventory(&arguments.inventory)?;
    let hosts = inventory
        .hosts_for(arguments.limit.as_deref())
        .map_err(|problem| Failure::invalid(problem.to_string()))?;
    Ok(hosts.into_iter().cloned().collect())
}

pub(super) fn inventory(path: &Path) -> Result<Inventory, Failure> {
    Inventory::load(path).map_err(|problems| {
        let failure = super::check::invalid(&problems);
        if path.exists() {
            return failure;
        }
        failure.hint("write one with: examctl init; or name yours with -i FILE")
    })
}

/// Where and how the service runs on a host, from the host's variables.
pub(super) fn target(host: &Host) -> Result<Target, Failure> {
    Target::from_vars(&host.name, &host.vars).map_err(|error| Failure::invalid(chain(&error)))
}

pub(super) fn connect(host: &Host) -> Result<Box<dyn Connection>, Failure> {
    provision::connections::open(host, &provision::connections::OpenOptions::default())
        .map_err(|error| unreachable(&error))
}

/// Looks at one host after the other; one that cannot be looked at does not stop the rest.
pub(super) fn each_host(
    arguments: &Hosts,
    printer: &Printer,
    mut look: impl FnMut(&mut dyn Connection, &Target) -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    let hosts = hosts(arguments)?;
    let mut failed = 0;
    let mut code = ExitCode::Done;
    for host in &hosts {
        printer.data(&printer.paint().strong(&host.name));
        let looked = target(host).and_then(|target| look(connect(host)?.as_mut(), &target));
        if let Err(failure) = looked {
            failed += 1;
            code = failure.code;
            let record = serde_json::json!({"host": host.name, "message": failure.message});
            printer.record("host_failed", &record);
            printer.data(&format!("  {}", printer.paint().bad(&failure.message)));
        }
    }
    Ok(Outcome::with(code)
        .field("hosts", hosts.len())
        .field("failed", failed))
}

fn unreachable(error: &ConnectionError) -> Failure {
    Failure::new(ExitCode::Unreachable, chain(error))
}

/// Who is at work, for whoever meets the lock: `login@machine`.
pub(super) fn who() -> String {
    let login = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{login}@{}", machine.trim())
}
