//! `examctl history`: what was done on each host, as its journal has it, and whether that still fits.

use release::journal::chain::Chain;
use release::journal::{Outcome as DeployOutcome, Past, PastDeploy, PastNote};
use release::steps::Kind;
use release::target::Target;
use serde_json::json;

use crate::cli::History;
use crate::failure::Failure;
use crate::output::{Outcome, Paint, Printer};

use super::{deploy, site};

/// What stands for the hash of a host in `--head`.
const HASH_DIGITS: usize = 64;

pub(super) fn run(arguments: &History, printer: &Printer) -> Result<Outcome, Failure> {
    let hosts = &arguments.lines.hosts;
    if arguments.verify {
        let heads = heads(arguments)?;
        return site::each_host(hosts, printer, |connection, target| {
            let chain = release::verify_journal(connection, target)
                .map_err(|error| deploy::failure(&error))?;
            verified(&chain, target, heads.for_host(&target.host), printer)
        });
    }
    site::each_host(hosts, printer, |connection, target| {
        let past = release::history(connection, target, usize::from(arguments.lines.lines))
            .map_err(|error| deploy::failure(&error))?;
        for past in &past {
            match past {
                Past::Deploy(deploy) => {
                    printer.record("past_deploy", deploy);
                    printer.data(&deploy_line(deploy, printer.paint()));
                }
                Past::Note(note) => {
                    printer.record("past_note", note);
                    printer.data(&note_line(note));
                }
            }
        }
        if past.is_empty() {
            printer.data("  nothing was ever done here");
        }
        Ok(())
    })
}

fn deploy_line(past: &PastDeploy, paint: &Paint) -> String {
    let kind = match past.kind {
        Kind::Deploy => "deploy",
        Kind::Rollback => "rollback",
    };
    let outcome = match (past.outcome, past.failed) {
        (Some(DeployOutcome::Good), _) => paint.good("good"),
        (Some(DeployOutcome::Undone), true) => paint.bad("failed, undone"),
        (Some(DeployOutcome::Undone), false) => paint.changed("undone"),
        (None, _) => paint.bad("unfinished"),
    };
    let at = past
        .last_step
        .filter(|_| past.outcome != Some(DeployOutcome::Good));
    let at = at.map_or_else(String::new, |step| format!(" at {step}"));
    let took = past.took_ms.map_or_else(String::new, |took_ms| {
        let seconds = std::time::Duration::from_millis(took_ms).as_secs_f64();
        format!(" in {seconds:.1} s")
    });
    let reason = past
        .reason
        .as_deref()
        .and_then(|reason| reason.lines().next())
        .map_or_else(String::new, |reason| format!(": {reason}"));
    format!(
        "  {}  {kind:<8}  {}  {outcome}{at}{took} by {}{reason}",
        past.began, past.release, past.who
    )
}

fn note_line(note: &PastNote) -> String {
    format!(
        "  {}  {:<8}  {} by {}",
        note.at, note.what, note.detail, note.who
    )
}

/// The hashes that were kept elsewhere.
struct Heads(Vec<(Option<String>, String)>);

impl Heads {
    fn for_host(&self, host: &str) -> Option<&str> {
        let is_for = |name: &Option<String>| name.as_deref().is_none_or(|name| name == host);
        let found = self.0.iter().find(|(name, _)| is_for(name));
        found.map(|(_, hash)| hash.as_str())
    }
}

fn heads(arguments: &History) -> Result<Heads, Failure> {
    let hosts = site::hosts(&arguments.lines.hosts)?;
    let mut heads = Vec::new();
    for text in &arguments.head {
        let (host, hash) = match text.split_once('=') {
            Some((host, hash)) => (Some(host.to_owned()), hash),
            None => (None, text.as_str()),
        };
        if hash.len() != HASH_DIGITS || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Failure::invalid(format!(
                "--head {text}: a hash has {HASH_DIGITS} hexadecimal digits, as `examctl history --verify` prints it"
            )));
        }
        let known = host
            .as_ref()
            .is_none_or(|host| hosts.iter().any(|known| known.name == *host));
        if !known || host.is_none() && hosts.len() > 1 {
            return Err(Failure::invalid(format!(
                "--head {text}: it is not clear which host is meant; write HOST={hash}, or choose one with --limit"
            )));
        }
        heads.push((host, hash.to_owned()));
    }
    Ok(Heads(heads))
}

fn verified(
    chain: &Chain,
    target: &Target,
    kept_head: Option<&str>,
    printer: &Printer,
) -> Result<(), Failure> {
    let found = kept_head.map(|hash| chain.find(hash));
    printer.record(
        "journal_verified",
        &json!({"host": target.host, "fits": chain.fits() && found != Some(None), "chain": chain,
            "kept_head": kept_head, "kept_head_record": found.flatten()}),
    );
    let paint = printer.paint();
    for misfit in &chain.misfits {
        let place = format!("{} line {}", misfit.file, misfit.line);
        printer.data(&format!(
            "  {} {place}: {}",
            paint.bad("no"),
            misfit.problem
        ));
    }
    for line in summary(chain, paint) {
        printer.data(&format!("  {line}"));
    }
    match (kept_head, found) {
        (Some(_), Some(Some(record))) => printer.data(&format!(
            "  {} the hash that was kept is that of record {record}: everything up to it is as it was then",
            paint.good("ok")
        )),
        (Some(hash), _) => {
            return Err(Failure::failed(format!(
                "no record has the hash {hash}: the end of the journal was cut off after it was kept, the journal was written anew, or its lines are in files that are no longer on the host"
            )));
        }
        (None, _) => {}
    }
    if chain.fits() {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "the journal is not what was written: {} of its lines do not fit; keep a copy of it, and find out who worked on the host",
        chain.misfits.len()
    )))
}

fn summary(chain: &Chain, paint: &Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(continues) = &chain.continues {
        let until = continues.sequence;
        lines.push(format!(
            "records up to {until} were moved away and are no longer on the host"
        ));
    }
    if chain.torn_lines > 0 {
        let torn = chain.torn_lines;
        lines.push(format!("{torn} lines were torn by a crash and say nothing"));
    }
    match &chain.head {
        Some(head) => {
            if chain.fits() {
                let (records, older) = (chain.records, chain.older_lines);
                let ok = paint.good("ok");
                lines.push(format!(
                    "{ok} {records} records fit, and {older} lines from before the chain began"
                ));
            }
            lines.push(format!("head {} (record {}): kept elsewhere and given to --head, it shows later that nothing was cut off", head.hash, head.sequence));
        }
        None if chain.older_lines > 0 => lines.push(format!(
            "{} lines, all from before there was a chain: it begins with the next deploy",
            chain.older_lines
        )),
        None => lines.push("nothing was ever done here".to_owned()),
    }
    lines
}
