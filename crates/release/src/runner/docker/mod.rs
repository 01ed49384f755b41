//! Two colours as containers of the host's Docker engine: `exam-service-blue` and `exam-service-green`.
//!
//! Everything else of a release (its folder, links, journal, lock, settings and data) lies on the host
//! as with the other runners: status, history, rollback and prune are the same. An image is a copy that
//! can be made again from the release's folder, and a container one that can be made from the image.

mod container;
mod engine;
mod image;
mod state;

use std::time::Duration;

use bollard::container::LogOutput;
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, LogsOptionsBuilder,
    RemoveContainerOptionsBuilder, StartContainerOptions, StopContainerOptionsBuilder,
};
use futures_util::TryStreamExt as _;

pub(crate) use engine::Engine;

use self::engine::ask;
use self::image::{apply_image, gather_found, remove_images};
use self::state::{parse_state, release_of};
use super::follow::{Place, container_script};
use super::{Runner, RunnerState};
use crate::host::{Host, StepError, USUAL};
use crate::target::Target;
use crate::target::layout::Slot;

/// What ending a container takes besides the drain.
const KILL: Duration = Duration::from_secs(30);

pub(super) struct Docker;

impl Runner for Docker {
    fn start(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
        let found = gather_found(host, slot)?;
        let release = &found.manifest.id;
        let present = gather(host, slot)?;
        let name = container::name(slot);
        let state = parse_state(&name, present.as_ref());
        let is_release = present.as_ref().and_then(release_of) == Some(release);
        if is_release && state == RunnerState::Running {
            return Ok(());
        }
        if present.is_some() {
            // Always a new one: it has today's settings, its restarts are counted anew, and what it
            // says is not taken for the words of another release.
            self.stop(host, slot)?;
            remove(host, slot)?;
        }
        apply_image(host, &found)?;
        let wanted = container::describe(host.target, slot, release, &found.ids);
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        host.check_held()?;
        ask(host, &format!("create {name}"), USUAL, &async |engine| {
            let (options, wanted) = (Some(options.clone()), wanted.clone());
            engine.create_container(options, wanted).await
        })?
        .ok_or_else(|| StepError::Failed(format!("the image for {name} is gone")))?;
        host.check_held()?;
        ask(host, &format!("start {name}"), USUAL, &async |engine| {
            engine
                .start_container(&name, None::<StartContainerOptions>)
                .await
        })?;
        Ok(())
    }

    fn stop(&self, host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
        let name = container::name(slot);
        let drain = host.target.drain_limit();
        let seconds = i32::try_from(drain.as_secs()).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        host.check_held()?;
        ask(
            host,
            &format!("stop {name}"),
            drain + KILL,
            &async |engine| engine.stop_container(&name, Some(options.clone())).await,
        )?;
        match parse_state(&name, gather(host, slot)?.as_ref()) {
            RunnerState::Stopped(_) => Ok(()),
            state => Err(StepError::Failed(format!(
                "{name} does not stop: {state:?}"
            ))),
        }
    }

    /// An engine that cannot be asked is no reason to say nothing of the rest of the host.
    fn states(&self, host: &mut Host<'_>, slots: &[Slot]) -> Result<Vec<RunnerState>, StepError> {
        slots
            .iter()
            .map(|slot| match gather(host, *slot) {
                Ok(found) => Ok(parse_state(&container::name(*slot), found.as_ref())),
                Err(StepError::Failed(reason)) => Ok(RunnerState::Unknown(reason)),
                Err(error) => Err(error),
            })
            .collect()
    }

    fn start_script(&self, target: &Target, slot: Slot) -> Option<String> {
        let name = container::name(slot);
        let wanted = container::describe(target, slot, "RELEASE", "UID:GID");
        let wanted = serde_json::to_string(&wanted).unwrap_or_default();
        Some(format!(
            "# the image is made of the release's folder where it is not there yet; then, to the engine's API:\n\
             # POST /containers/create?name={name} {wanted}\n\
             # POST /containers/{name}/start"
        ))
    }

    fn stop_script(&self, target: &Target, slot: Slot) -> Option<String> {
        Some(format!(
            "# to the engine's API: POST /containers/{}/stop?t={}",
            container::name(slot),
            target.drain_limit().as_secs()
        ))
    }

    fn follow_script(&self, _target: &Target, slot: Slot, place: &Place) -> String {
        container_script(&container::name(slot), place)
    }

    fn log(&self, host: &mut Host<'_>, slot: Slot, lines: usize) -> Result<String, StepError> {
        let name = container::name(slot);
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .tail(&lines.to_string())
            .build();
        let log = ask(
            host,
            &format!("read the log of {name}"),
            USUAL,
            &async |engine| {
                let log = engine.logs(&name, Some(options.clone()));
                log.try_fold(Vec::new(), async |mut text, line: LogOutput| {
                    text.extend_from_slice(&line.into_bytes());
                    Ok(text)
                })
                .await
            },
        )?;
        let text = log.unwrap_or_default();
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn forget(&self, host: &mut Host<'_>, releases: &[String]) -> Result<(), StepError> {
        remove_images(host, releases)
    }
}

/// Shell that sets `pid` to the service of a slot, as the host counts processes, or to nothing. The
/// first process of the container is the engine's `init`, and the service its child.
pub(crate) fn pid_snippet(slot: Slot) -> String {
    format!(
        "pid=$(docker inspect --format '{{{{.State.Pid}}}}' {} 2>/dev/null)\n\
         [ -z \"$pid\" ] || pid=$(cut -d ' ' -f 1 \"/proc/$pid/task/$pid/children\" 2>/dev/null)\n",
        container::name(slot)
    )
}

fn gather(host: &mut Host<'_>, slot: Slot) -> Result<Option<ContainerInspectResponse>, StepError> {
    let name = container::name(slot);
    ask(host, &format!("look at {name}"), USUAL, &async |engine| {
        engine
            .inspect_container(&name, None::<InspectContainerOptions>)
            .await
    })
}

fn remove(host: &mut Host<'_>, slot: Slot) -> Result<(), StepError> {
    let name = container::name(slot);
    let options = RemoveContainerOptionsBuilder::new().force(true).build();
    host.check_held()?;
    ask(host, &format!("remove {name}"), USUAL, &async |engine| {
        engine.remove_container(&name, Some(options.clone())).await
    })?;
    Ok(())
}
