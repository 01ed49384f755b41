//! What commands need to know of their surroundings: the checkout, the inventory, who is asking.

use std::path::{Path, PathBuf};

use provision::connections::{Connection, ConnectionError};
use provision::inventory::{Host, Inventory};
use provision::secret::Secret;
use provision::secrets::IdentitySource;
use release::fleet::Member;
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
    let inventory = inventory(&arguments.inventory, arguments.identity.as_deref())?;
    let hosts = inventory
        .hosts_for(arguments.limit.as_deref())
        .map_err(|problem| Failure::invalid(problem.to_string()))?;
    // Looking at a host needs no secret, unless its password is one.
    let password_is_secret = |host: &&Host| {
        let variable = host.become_password_var.as_ref();
        variable.is_some_and(|name| !host.vars.contains_key(name))
    };
    if !inventory.unread_secrets.is_empty() && hosts.iter().any(password_is_secret) {
        return Err(super::check::invalid(&inventory.unread_secrets));
    }
    Ok(hosts.into_iter().cloned().collect())
}

pub(super) fn inventory(path: &Path, identity: Option<&Path>) -> Result<Inventory, Failure> {
    Inventory::load_with_secrets(path, &identity_source(identity)).map_err(|problems| {
        let failure = super::check::invalid(&problems);
        if path.exists() {
            return failure;
        }
        failure.hint("write one with: examctl init; or name yours with -i FILE")
    })
}

/// Where the private key to the secrets is: the file that is named (or that
/// `EXAMCTL_AGE_IDENTITY_FILE` names), the key in the environment, the usual file.
pub(super) fn identity_source(named: Option<&Path>) -> IdentitySource {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(path) = named {
        return IdentitySource::File(path.to_owned());
    }
    if let Some(key) = variable(provision::secrets::KEY_VARIABLE) {
        return IdentitySource::Key(Secret::new(key));
    }
    match variable("HOME") {
        Some(home) => IdentitySource::Usual(Path::new(&home).join(".config/examctl/identity.txt")),
        None => IdentitySource::Nowhere,
    }
}

/// Where and how the service runs on a host, from the host's variables.
pub(super) fn target(host: &Host) -> Result<Target, Failure> {
    Target::from_vars(&host.name, &host.vars).map_err(|error| Failure::invalid(chain(&error)))
}

/// A host of the inventory with what a release needs to know of it.
pub(super) struct Site {
    pub(super) host: Host,
    pub(super) target: Target,
}

/// The hosts that a command is about, each with its variables understood.
pub(super) fn sites(arguments: &Hosts) -> Result<Vec<Site>, Failure> {
    let with_target = |host: Host| {
        let target = target(&host)?;
        Ok(Site { host, target })
    };
    hosts(arguments)?.into_iter().map(with_target).collect()
}

/// The ways to these hosts.
pub(super) fn members<'s>(sites: &'s [Site], hosts: &'s Hosts) -> Vec<Member<'s>> {
    let member = |site: &'s Site| Member {
        target: &site.target,
        connect: Box::new(move || provision::connections::open(&site.host, &hosts.open_options())),
    };
    sites.iter().map(member).collect()
}

pub(super) fn connect(host: &Host, arguments: &Hosts) -> Result<Box<dyn Connection>, Failure> {
    provision::connections::open(host, &arguments.open_options())
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
        let looked =
            target(host).and_then(|target| look(connect(host, arguments)?.as_mut(), &target));
        if let Err(failure) = looked {
            failed += 1;
            code = failure.code;
            show_failed_host(&host.name, &failure, printer);
        }
    }
    Ok(Outcome::with(code)
        .field("hosts", hosts.len())
        .field("failed", failed))
}

/// One host that could not be looked at, among others.
pub(super) fn show_failed_host(host: &str, failure: &Failure, printer: &Printer) {
    let record = serde_json::json!({"host": host, "message": failure.message});
    printer.record("host_failed", &record);
    let message = if failure.message.starts_with(host) {
        failure.message.clone()
    } else {
        format!("{host}: {}", failure.message)
    };
    printer.data(&format!("  {}", printer.paint().bad(&message)));
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
