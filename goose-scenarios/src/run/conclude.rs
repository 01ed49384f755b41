//! The end of a run: all evidence merged, compared with what is stored, and judged.

use std::{fmt::Write as _, sync::atomic::AtomicBool};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{
    chaos::{self, Kill},
    lead::{Generator, Prepared},
    message::Evidence,
    options::LeadOptions,
    scrape::ServerSecond,
    worker::wall_clock,
};
use crate::{
    health::GeneratorHealth,
    judge::{self, judge},
    profile::Profile,
    report::{self, EndedBy, Report, SCHEMA, UsersReport},
    truth::{Account, Asked, Correctness, gather_stored, reconcile},
};

/// What a run left behind.
pub(super) struct Gathered {
    pub(super) generators: Vec<Generator>,
    pub(super) kills: Vec<Kill>,
    pub(super) server: Vec<ServerSecond>,
    pub(super) started_at: DateTime<Utc>,
}

pub(super) async fn conclude(
    options: &LeadOptions,
    prepared: &Prepared,
    gathered: Gathered,
) -> Report {
    let profile = &prepared.profile;
    let (evidence, generators) = merge(gathered.generators, profile);
    // The time for which students worked, not the comparison after it.
    let ended_at = wall_clock();
    let correctness = compare(options, prepared, &evidence.account).await;
    let after_restart = match &options.restart {
        Some(restart) => Some(match restart_server(prepared, restart) {
            Ok(()) => compare(options, prepared, &evidence.account).await,
            Err(reason) => Err(reason),
        }),
        None => None,
    };
    let ended_by = if evidence.interrupted {
        EndedBy::Interrupted
    } else {
        EndedBy::Completed
    };
    let phases = report::phases(profile, &evidence.recorder, &gathered.kills);
    let (rules, verdict) = judge(&judge::Evidence {
        profile,
        ended_by,
        users: &evidence.users,
        phases: &phases,
        correctness: correctness.as_ref().map_err(String::as_str),
        after_restart: after_restart
            .as_ref()
            .map(|result| result.as_ref().map_err(String::as_str)),
        generators: &generators,
    });
    Report {
        schema: SCHEMA,
        run_id: options.run_id.clone(),
        profile: profile.name.clone(),
        profile_sha256: sha256(&options.source.text),
        target: options.target.clone(),
        target_facts: prepared.facts.clone(),
        seed: profile.seed,
        started_at: gathered.started_at,
        ended_at,
        ended_by,
        users: evidence.users,
        endpoints: report::totals(&evidence.recorder),
        phases,
        rules,
        correctness: correctness.ok(),
        after_restart: after_restart.and_then(Result::ok),
        generators,
        timeline: report::seconds(&evidence.recorder.timeline),
        server: gathered.server,
        verdict,
        exit_code: verdict.exit_code(),
    }
}

/// All evidence as if one generator had brought it, and the health of each. One that brought none has a breach.
fn merge(generators: Vec<Generator>, profile: &Profile) -> (Evidence, Vec<GeneratorHealth>) {
    let mut merged = Evidence::default();
    let mut healths = Vec::new();
    for generator in generators {
        let mut health = if let Some(evidence) = generator.evidence {
            merged.recorder.merge(&evidence.recorder);
            merged.users.merge(&evidence.users);
            merged.account.merge(evidence.account);
            merged.interrupted |= evidence.interrupted;
            evidence.health
        } else {
            merged.users.merge(&UsersReport::unknown(generator.users));
            let lost = "it ended without its evidence: what its students did is not known";
            GeneratorHealth {
                users: generator.users,
                breaches: vec![lost.to_owned()],
                ..GeneratorHealth::default()
            }
        };
        health.name = generator.name;
        judge_clock(&mut health, generator.offset, profile);
        healths.push(health);
    }
    (merged, healths)
}

fn judge_clock(
    health: &mut GeneratorHealth,
    offset: Option<super::clock::Offset>,
    profile: &Profile,
) {
    let Some(offset) = offset else {
        health
            .breaches
            .push("its clock could not be compared".to_owned());
        return;
    };
    let milliseconds = offset.uncertainty.as_secs_f64() * 1000.0;
    health.clock_offset_ms = offset.offset.num_microseconds().map(|micros| {
        #[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
        let micros = micros as f64;
        micros / 1000.0
    });
    health.clock_uncertainty_ms = Some(milliseconds);
    if offset.uncertainty > profile.generator.clock {
        health
            .breaches
            .push(format!("its clock is known to {milliseconds:.0} ms only"));
    }
}

/// What is stored against what was acknowledged, or why that could not be told.
async fn compare(
    options: &LeadOptions,
    prepared: &Prepared,
    account: &Account,
) -> Result<Correctness, String> {
    let asked = Asked {
        target_url: &prepared.target.url,
        clients: &prepared.clients,
        credentials: &options.credentials,
    };
    let stored = gather_stored(&options.stored_source, asked, account).await?;
    Ok(reconcile(account, &stored))
}

fn restart_server(prepared: &Prepared, restart: &super::Chaos) -> Result<(), String> {
    chaos::run_command(&restart.argv)
        .map_err(|reason| format!("the server was not restarted: {reason}"))?;
    let (target, clients) = (prepared.target.clone(), prepared.clients.clone());
    // In a thread, since it has a runtime of its own.
    let waiting = std::thread::spawn(move || {
        chaos::wait_until_ready(&target, &clients, &AtomicBool::new(false))
    });
    match waiting.join() {
        Ok(true) => Ok(()),
        _ => Err("the server was not ready again after its restart".to_owned()),
    }
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}
