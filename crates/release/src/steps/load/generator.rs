//! What makes the load on a host? The program of whoever deploys: it is put there once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use provision::connections::{Put, quote};

use crate::artifact::checksum::checksum_of_bytes;
use crate::artifact::elf::{Needs, parse_needs};
use crate::event::DeployEvent;
use crate::host::facts::Facts;
use crate::host::session::Session;
use crate::host::{StepError, USUAL};
use crate::steps::Step;
use crate::steps::upload::{folder_script, upload_limit};
use crate::target::Target;

/// Below the release's root.
pub(crate) const TOOLS: &str = "tools";
const PROGRESS_EVERY_BYTES: u64 = 4 << 20;
const WAY_OUT: &str =
    "deploy from a machine like the host, or without this gate (`--load-gate off`)";

/// The program that makes load: `examctl` itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    program: PathBuf,
    sha256: String,
    size_bytes: u64,
    /// `None`: it is not a program for Linux.
    needs: Option<Needs>,
}

/// Why a program cannot be sent to a host.
#[derive(Debug, thiserror::Error)]
#[error("the load generator {program}: {reason}")]
pub struct GeneratorError {
    program: PathBuf,
    reason: String,
}

impl Generator {
    /// Reads a program, with what it needs of a host.
    pub fn read(program: &Path) -> Result<Self, GeneratorError> {
        let failed = |reason: String| GeneratorError {
            program: program.to_owned(),
            reason,
        };
        let content = std::fs::read(program).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            program: program.to_owned(),
            sha256: checksum_of_bytes(&content),
            size_bytes: content.len() as u64,
            needs: parse_needs(&content).map_err(failed)?,
        })
    }

    /// Its name on hosts; another program has another one.
    fn name(&self) -> String {
        format!("examctl-{}", self.sha256)
    }

    /// Its path on a host.
    pub(crate) fn path(&self, target: &Target) -> String {
        format!("{}/{TOOLS}/{}", target.exam_root, self.name())
    }
}

/// Why this host cannot run the generator; `wanted_bytes` is what else will come to it.
pub(crate) fn check_generator(
    generator: Option<&Generator>,
    facts: &Facts,
    wanted_bytes: u64,
) -> Vec<String> {
    let Some(generator) = generator else {
        return vec![format!("there is no load generator to send: {WAY_OUT}")];
    };
    let Some(needs) = &generator.needs else {
        return vec![format!(
            "the load generator is the program that deploys, and {} is not one for Linux: {WAY_OUT}",
            generator.program.display()
        )];
    };
    let mut reasons = Vec::new();
    if needs.architecture != facts.architecture {
        reasons.push(format!(
            "the load generator is for {}, the host is {}: {WAY_OUT}",
            needs.architecture, facts.architecture
        ));
    }
    match (needs.glibc, facts.glibc) {
        (Some(needed), Some(found)) if found < needed => reasons.push(format!(
            "the load generator needs glibc {needed}, the host has {found}: {WAY_OUT}"
        )),
        (Some(needed), None) => reasons.push(format!(
            "the load generator needs glibc {needed}, the host does not say that it has any: {WAY_OUT}"
        )),
        _ => {}
    }
    let needed = generator.size_bytes.saturating_add(wanted_bytes);
    if !facts.tools.contains(&generator.name()) && facts.free_bytes < needed {
        reasons.push(format!(
            "{} MiB are free on the host's disk, {} MiB are needed with the load generator: make room, or deploy without this gate (`--load-gate off`)",
            facts.free_bytes >> 20,
            (needed >> 20) + 1
        ));
    }
    reasons
}

/// Whether it is there, byte for byte; a checksum and a path on standard input.
pub(crate) fn is_there_script() -> &'static str {
    "sha256sum -c --status - 2>/dev/null"
}

/// Makes room for it, and takes away the ones of before.
pub(crate) fn place_script(target: &Target) -> String {
    let tools = format!("{}/{TOOLS}", target.exam_root);
    format!(
        "{}; find {} -maxdepth 1 -type f -name 'examctl-*' -delete",
        folder_script(&tools),
        quote(&tools)
    )
}

/// Puts the generator on the host, unless it is there.
pub(super) fn apply_generator(
    session: &mut Session<'_>,
    generator: &Generator,
) -> Result<(), StepError> {
    if is_there(session, generator)? {
        return Ok(());
    }
    let target = session.host.target;
    session
        .host
        .must_run("make a place for the load generator", &place_script(target))?;
    let timeout = upload_limit(generator.size_bytes);
    session.renew(timeout)?;
    put(session, generator, timeout)?;
    if is_there(session, generator)? {
        return Ok(());
    }
    Err(StepError::Failed(format!(
        "{} is not what was sent: is something wrong with the host's disk, or was {} replaced meanwhile?",
        generator.path(target),
        generator.program.display()
    )))
}

fn is_there(session: &mut Session<'_>, generator: &Generator) -> Result<bool, StepError> {
    let path = generator.path(session.host.target);
    let line = format!("{}  {path}\n", generator.sha256);
    let output = session.host.run(is_there_script(), &line, USUAL)?;
    Ok(output.success())
}

fn put(
    session: &mut Session<'_>,
    generator: &Generator,
    timeout: Duration,
) -> Result<(), StepError> {
    let unreadable = |error: std::io::Error| {
        StepError::Failed(format!(
            "the load generator {} cannot be read: {error}",
            generator.program.display()
        ))
    };
    let mut content = File::open(&generator.program).map_err(unreadable)?;
    let Session { host, events, .. } = session;
    let (become_root, path) = (host.target.needs_root(), generator.path(host.target));
    let mut reported_bytes = 0;
    let mut progress = |done_bytes: u64| {
        if done_bytes >= reported_bytes + PROGRESS_EVERY_BYTES || done_bytes == generator.size_bytes
        {
            reported_bytes = done_bytes;
            events(DeployEvent::Progress {
                step: Step::Load.name().to_owned(),
                done_bytes,
                total_bytes: generator.size_bytes,
            });
        }
    };
    host.connection.put(&mut Put {
        content: &mut content,
        size: generator.size_bytes,
        path: &path,
        mode: 0o755,
        owner: None,
        become_root,
        timeout,
        progress: Some(&mut progress),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::tests::{HOST, facts_of};

    fn generator() -> Generator {
        Generator {
            program: PathBuf::from("/usr/bin/examctl"),
            sha256: "ab".repeat(32),
            size_bytes: 50 << 20,
            needs: Some(Needs {
                architecture: "x86_64".to_owned(),
                glibc: Some("2.34".parse().unwrap()),
            }),
        }
    }

    fn refusals(host: &str, spoil: fn(&mut Generator)) -> String {
        let mut generator = generator();
        spoil(&mut generator);
        check_generator(Some(&generator), &facts_of(host), 10 << 20).join("\n")
    }

    #[test]
    fn a_host_that_cannot_run_the_generator_is_refused_before_anything_changes() {
        assert_eq!(refusals(HOST, |_| ()), "");
        for (host, spoil, expected) in [
            (
                HOST.to_owned(),
                (|generator| generator.needs = None) as fn(&mut Generator),
                "is not one for Linux",
            ),
            (
                HOST.replace("x86_64", "aarch64"),
                |_| (),
                "is for x86_64, the host is aarch64: deploy from a machine like the host",
            ),
            (
                HOST.replace("glibc 2.36", "glibc 2.31"),
                |_| (),
                "needs glibc 2.34, the host has 2.31",
            ),
            (
                HOST.replace("glibc 2.36", "glibc "),
                |_| (),
                "does not say that it has any",
            ),
            (
                HOST.replace("free_kib 1000000", "free_kib 60000"),
                |_| (),
                "58 MiB are free on the host's disk, 61 MiB are needed with the load generator",
            ),
        ] {
            let reasons = refusals(&host, spoil);
            assert!(reasons.contains(expected), "{reasons}: {expected}");
            assert_eq!(reasons.lines().count(), 1, "{reasons}");
        }
        assert!(check_generator(None, &facts_of(HOST), 0)[0].contains("no load generator"));
    }

    #[test]
    fn a_generator_that_lies_there_needs_no_room() {
        let full = HOST.replace(
            "free_kib 1000000",
            &format!("free_kib 10\ntool examctl-{}", "ab".repeat(32)),
        );
        assert_eq!(refusals(&full, |_| ()), "");
    }

    #[test]
    fn the_program_of_these_tests_could_be_sent_to_this_machine() {
        let generator = Generator::read(&std::env::current_exe().unwrap()).unwrap();
        assert_eq!(
            generator.needs.unwrap().architecture,
            std::env::consts::ARCH
        );
        let missing = Generator::read(Path::new("/nowhere/examctl")).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/examctl"));
    }
}
