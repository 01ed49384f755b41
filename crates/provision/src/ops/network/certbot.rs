//! Certificates from an ACME authority, by certbot, whose timer renews them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::certificate_fields::Certbot;
use crate::connections::{Command, quote};
use crate::facts::Facts;
use crate::ops::owned::needs_program;
use crate::ops::{Action, Change, Operation as _, PlanError};

pub(super) const CERTBOT: &str = "/usr/bin/certbot";
pub(super) const TIMER: &str = "certbot.timer";
/// Registering, the challenge and the order, with a slow authority.
const CERTBOT_TIMEOUT: Duration = Duration::from_mins(5);

/// `fault` says why the certificate on the host will not do.
pub(super) fn plan_certbot(
    certbot: &Certbot,
    name: &str,
    names: &BTreeSet<String>,
    fault: Option<String>,
    facts: &Facts,
) -> Result<Vec<Change>, PlanError> {
    let Certbot {
        webroot,
        email,
        server,
        hook,
    } = certbot;
    needs_program(facts, CERTBOT, "certbot")?;
    if !facts.paths.contains_key(webroot) {
        return Err(PlanError(format!(
            "there is no {webroot}: make it, and let port 80 serve it below /.well-known/acme-challenge, in earlier tasks"
        )));
    }
    let mut changes = Vec::new();
    let hook_changes = hook.plan(facts)?;
    if !hook_changes.is_empty() {
        let folder = hook.path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        changes.push(Change::run(
            format!("make sure of directory {folder}"),
            format!("mkdir -p {folder}"),
        ));
        changes.extend(hook_changes);
    }
    if let Some(fault) = fault {
        let account = match email {
            Some(email) => format!("--email {}", quote(email)),
            None => "--register-unsafely-without-email".to_owned(),
        };
        let server = server
            .as_ref()
            .map(|url| format!(" --server {}", quote(url)))
            .unwrap_or_default();
        let quoted = names.iter().map(|name| quote(name));
        let domains: String = quoted.flat_map(|name| [" -d ".to_owned(), name]).collect();
        let script = format!(
            "certbot certonly --non-interactive --agree-tos {account}{server} --webroot --webroot-path {} --cert-name {} --key-type ecdsa --elliptic-curve secp256r1 --force-renewal{domains}",
            quote(webroot),
            quote(name)
        );
        changes.push(Change {
            summary: format!("issue certificate {name}: {fault}"),
            diff: None,
            action: Action::Run(Command::new(script).timeout(CERTBOT_TIMEOUT)),
        });
    }
    let timer = facts.services.get(TIMER);
    if !timer.is_some_and(|timer| timer.unit_file == "enabled" && timer.active == "active") {
        let script = format!("systemctl --quiet enable --now {TIMER}");
        changes.push(Change::run(format!("renew it by {TIMER}"), script));
    }
    Ok(changes)
}
