//! What is the container of a colour, to the last setting? Pure: from the target and the release.
//!
//! It is as shut in as its unit is under systemd: it may write its data and nothing else, has no
//! capability, and cannot gain one.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, ResourcesUlimits,
    RestartPolicy, RestartPolicyNameEnum,
};

use crate::target::Target;
use crate::target::layout::Slot;

/// The label of images and containers that names their release.
pub(super) const RELEASE: &str = "exam-service.release";
/// The label with the checksum of the release's program.
pub(super) const CHECKSUM: &str = "exam-service.checksum";
/// The usual label for a version.
pub(super) const VERSION: &str = "org.opencontainers.image.version";
/// The program inside an image.
pub(super) const PROGRAM: &str = "/release/exam-service";

const SECOND: i64 = 1_000_000_000;

pub(super) fn name(slot: Slot) -> String {
    format!("exam-service-{slot}")
}

/// The image of a release. A tag has no `+`, which a version may have.
pub(super) fn image(release: &str) -> String {
    format!("exam-service:{}", release.replace('+', "_"))
}

/// The container of a slot. `user` is `UID:GID`, as the host has them.
///
/// All files have the paths that they have on the host: the settings mean the same on both.
pub(super) fn describe(
    target: &Target,
    slot: Slot,
    release: &str,
    user: &str,
) -> ContainerCreateBody {
    let port = target.port(slot).unwrap_or_default();
    let admin = target.admin_address(slot);
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    let drain = i64::try_from(target.drain_limit().as_secs()).unwrap_or(i64::MAX);
    ContainerCreateBody {
        image: Some(image(release)),
        user: Some(user.to_owned()),
        working_dir: Some("/".to_owned()),
        entrypoint: words(&[PROGRAM]),
        cmd: words(&["--env-file", &target.exam_env_file, "serve"]),
        env: words(&[
            &format!("EXAM_COLOUR={slot}"),
            &format!("EXAM_LISTEN=127.0.0.1:{port}"),
            &format!("EXAM_ADMIN_LISTEN={admin}"),
            &format!("EXAM_ACTIVE_FILE={}/active", target.exam_root),
        ]),
        labels: Some(HashMap::from([(RELEASE.to_owned(), release.to_owned())])),
        stop_signal: Some("SIGTERM".to_owned()),
        // Longer than the service takes to finish what it holds: past this the engine kills it.
        stop_timeout: Some(drain),
        // There is no curl in the image: the program asks itself. The engine only tells of it.
        healthcheck: Some(HealthConfig {
            test: words(&["CMD", PROGRAM, "control", "--admin", &admin, "readiness"]),
            interval: Some(10 * SECOND),
            timeout: Some(5 * SECOND),
            retries: Some(3),
            start_period: Some(30 * SECOND),
            start_interval: None,
        }),
        host_config: Some(host_config(target)),
        ..ContainerCreateBody::default()
    }
}

fn host_config(target: &Target) -> HostConfig {
    let settings = &target.docker;
    let memory = i64::from(settings.memory_mib) << 20;
    HostConfig {
        network_mode: Some(settings.network.clone()),
        binds: Some(binds(target)),
        readonly_rootfs: Some(true),
        tmpfs: Some(HashMap::from([(
            "/tmp".to_owned(),
            "rw,noexec,nosuid,nodev,size=64m,mode=1777".to_owned(),
        )])),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges:true".to_owned()]),
        memory: Some(memory),
        // The same: no swap on top. A colour that leaks ends, and does not slow the other one down.
        memory_swap: Some(memory),
        pids_limit: Some(i64::from(settings.pids)),
        ulimits: Some(vec![ResourcesUlimits {
            name: Some("nofile".to_owned()),
            soft: Some(i64::from(settings.open_files)),
            hard: Some(i64::from(settings.open_files)),
        }]),
        // Both colours come back with the host; one that a deploy has stopped stays stopped.
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
            maximum_retry_count: None,
        }),
        init: Some(true),
        log_config: Some(HostConfigLogConfig {
            typ: Some("local".to_owned()),
            config: Some(HashMap::from([
                ("max-size".to_owned(), "20m".to_owned()),
                ("max-file".to_owned(), "5".to_owned()),
            ])),
        }),
        ..HostConfig::default()
    }
}

/// Folders and not files: the settings and `active` are replaced by renaming, and a file that was
/// mounted would stay the old one.
fn binds(target: &Target) -> Vec<String> {
    let settings = target
        .exam_env_file
        .rsplit_once('/')
        .map_or("/", |(folder, _)| folder);
    vec![
        format!("{data}:{data}:rw", data = target.exam_data),
        format!("{settings}:{settings}:ro"),
        format!("{root}:{root}:ro", root = target.exam_root),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_shut_in_and_knows_its_colour() {
        let vars = serde_json::from_str(r#"{"runner": "docker", "exam_docker_memory_mib": 256}"#);
        let target = Target::from_vars("h", &vars.unwrap()).unwrap();
        let wanted = describe(&target, Slot::Green, "1.0.0+x-abc", "990:991");
        assert_eq!(wanted.image.as_deref(), Some("exam-service:1.0.0_x-abc"));
        assert_eq!(wanted.stop_timeout, Some(45));
        let environment = wanted.env.unwrap();
        for expected in [
            "EXAM_COLOUR=green",
            "EXAM_LISTEN=127.0.0.1:8082",
            "EXAM_ADMIN_LISTEN=unix:/var/lib/exam-service/run/green.sock",
            "EXAM_ACTIVE_FILE=/opt/exam-service/active",
        ] {
            assert!(environment.iter().any(|set| set == expected), "{expected}");
        }
        let host = wanted.host_config.unwrap();
        assert_eq!(host.memory, Some(256 << 20));
        assert_eq!(host.network_mode.as_deref(), Some("host"));
        assert_eq!(
            host.binds.unwrap(),
            [
                "/var/lib/exam-service:/var/lib/exam-service:rw",
                "/etc/exam-service:/etc/exam-service:ro",
                "/opt/exam-service:/opt/exam-service:ro",
            ]
        );
    }
}
