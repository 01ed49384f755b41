//! What does the engine say of a colour? Pure: from its answer to "inspect".

use bollard::models::{
    ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status,
};
use chrono::DateTime;

use super::container::RELEASE;
use crate::runner::RunnerState;

/// A container that ends so often, each time at once, is not on its way up any more.
const RESTARTS_MAX: i64 = 4;
const AT_ONCE_SECONDS: i64 = 10;

/// The release that a container was made for.
pub(super) fn release_of(container: &ContainerInspectResponse) -> Option<&str> {
    let labels = container.config.as_ref()?.labels.as_ref()?;
    labels.get(RELEASE).map(String::as_str)
}

pub(super) fn parse_state(name: &str, container: Option<&ContainerInspectResponse>) -> RunnerState {
    let Some(container) = container else {
        return RunnerState::Stopped(format!("there is no container {name}"));
    };
    let Some(state) = &container.state else {
        return RunnerState::Unknown(format!("the Docker engine says nothing of {name}"));
    };
    let restarts = container.restart_count.unwrap_or_default();
    match state.status {
        Some(Status::RUNNING | Status::STOPPING | Status::REMOVING) => RunnerState::Running,
        Some(Status::RESTARTING) if restarts < RESTARTS_MAX || !fell_at_once(state) => {
            RunnerState::Starting
        }
        Some(Status::RESTARTING) => RunnerState::Stopped(format!(
            "{name} was started {} times and {}",
            restarts + 1,
            end_of(container, state)
        )),
        Some(Status::CREATED) => RunnerState::Stopped(format!(
            "{name} was never started{}",
            what_engine_says(state)
        )),
        Some(Status::PAUSED) => RunnerState::Stopped(format!(
            "{name} is paused: `docker unpause {name}` lets it go on"
        )),
        Some(Status::EXITED | Status::DEAD) => {
            RunnerState::Stopped(format!("{name} {}", end_of(container, state)))
        }
        Some(Status::EMPTY) | None => {
            RunnerState::Unknown(format!("the Docker engine does not say what {name} does"))
        }
    }
}

/// How it ended, in words.
fn end_of(container: &ContainerInspectResponse, state: &ContainerState) -> String {
    let code = state.exit_code.unwrap_or_default();
    if state.oom_killed == Some(true) {
        let limit = container.host_config.as_ref().and_then(|host| host.memory);
        let limit = limit.map_or(String::new(), |bytes| format!(" of {} MiB", bytes >> 20));
        return format!(
            "was killed because it needed more memory than its limit{limit} (`exam_docker_memory_mib`)"
        );
    }
    let meaning = match code {
        137 => ", killed",
        143 => ", told to stop",
        126 | 127 => ", its program cannot be run",
        _ => "",
    };
    format!(
        "ended with exit code {code}{meaning}{}",
        what_engine_says(state)
    )
}

fn what_engine_says(state: &ContainerState) -> String {
    match state.error.as_deref().map(str::trim) {
        None | Some("") => String::new(),
        Some(error) => format!(": {error}"),
    }
}

fn fell_at_once(state: &ContainerState) -> bool {
    let time = |text: &Option<String>| DateTime::parse_from_rfc3339(text.as_deref()?).ok();
    match (time(&state.started_at), time(&state.finished_at)) {
        (Some(started), Some(finished)) => (finished - started).num_seconds() < AT_ONCE_SECONDS,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(json: &str) -> String {
        let text = format!(r#"{{"HostConfig":{{"Memory":268435456}},{json}}}"#);
        let container: ContainerInspectResponse = serde_json::from_str(&text).unwrap();
        match parse_state("blue", Some(&container)) {
            RunnerState::Running => "running".to_owned(),
            RunnerState::Starting => "starting".to_owned(),
            RunnerState::Stopped(reason) => format!("stopped: {reason}"),
            RunnerState::Unknown(reason) => format!("unknown: {reason}"),
        }
    }

    #[test]
    fn the_states_of_containers_are_understood() {
        for (json, expected) in [
            (r#""State":{"Status":"running"}"#, "running"),
            (
                r#""RestartCount":1,"State":{"Status":"restarting","ExitCode":1}"#,
                "starting",
            ),
            // It served for an hour before it fell: it is started again.
            (
                r#""RestartCount":9,"State":{"Status":"restarting","ExitCode":1,
                    "StartedAt":"2026-01-02T08:00:00.5Z","FinishedAt":"2026-01-02T09:00:00.5Z"}"#,
                "starting",
            ),
            (
                r#""RestartCount":4,"State":{"Status":"restarting","ExitCode":1,
                    "StartedAt":"2026-01-02T08:00:00.5Z","FinishedAt":"2026-01-02T08:00:00.7Z"}"#,
                "stopped: blue was started 5 times and ended with exit code 1",
            ),
            (
                r#""State":{"Status":"exited","ExitCode":137,"OOMKilled":true}"#,
                "stopped: blue was killed because it needed more memory than its limit of 256 MiB (`exam_docker_memory_mib`)",
            ),
            (
                r#""State":{"Status":"exited","ExitCode":137}"#,
                "stopped: blue ended with exit code 137, killed",
            ),
            (
                r#""State":{"Status":"created","Error":"no init"}"#,
                "stopped: blue was never started: no init",
            ),
            (
                r#""State":{"Status":""}"#,
                "unknown: the Docker engine does not say what blue does",
            ),
        ] {
            assert_eq!(state(json), expected, "{json}");
        }
        assert_eq!(
            parse_state("blue", None),
            RunnerState::Stopped("there is no container blue".to_owned())
        );
    }
}
