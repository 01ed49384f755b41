//! The service as containers of a host's own Docker engine: the same releases, the same commands, the same promises.

use std::time::Duration;

use integration_tests::examctl::Run;
use integration_tests::waiting::wait_for;
use serde_json::{Value, json};

use super::deploying::Site;

const LIMIT: Duration = Duration::from_secs(40);

fn vars() -> Value {
    json!({
        "runner": "docker",
        "server_name": "exam.test",
        "app_url": "http://exam.test",
        // The students of these tests speak plain HTTP.
        "tls": "none",
        "app_env": "demo",
        "exam_gate_seconds": 8,
        "exam_docker_memory_mib": 256,
        // A test host may have no more than its own machine.
        "exam_docker_open_files": 4096,
    })
}

fn site() -> Site {
    Site::provisioned(&vars())
}

/// What the engine says of a colour.
fn inspect(site: &Site, colour: &str) -> Value {
    let text = site
        .host
        .exec(&format!("docker inspect exam-service-{colour}"));
    let all: Value = serde_json::from_str(&text).unwrap();
    all[0].clone()
}

/// The number of the service's process, inside whose container the first one is the engine's `init`.
fn process(site: &Site, colour: &str) -> String {
    site.host.exec(&format!(
        "pid=$(docker inspect --format '{{{{.State.Pid}}}}' exam-service-{colour}); cut -d ' ' -f 1 /proc/$pid/task/$pid/children"
    ))
}

fn wait_until_served(site: &Site, what: &str) {
    wait_for(what, LIMIT, || {
        let reply = site.host.client().get("/health/readiness").ok()?;
        (reply.status == 200).then_some(())
    });
}

fn is_warm(run: &Run) -> bool {
    run.events()
        .iter()
        .any(|line| line["type"] == "deployed" && line["warm"] == true)
}

fn images(site: &Site) -> String {
    site.host
        .exec("docker images --format '{{.Tag}}' exam-service")
}

#[test]
fn releases_are_served_refused_and_rolled_back_from_containers_without_losing_a_request() {
    let site = site();
    let again = site.examctl(&["apply", "docker"]);
    assert_eq!(
        (again.code, &again.summary()["changed"]),
        (0, &json!(0)),
        "{again}"
    );

    let one = site.deployed(&site.good_release("one"));
    assert_eq!(site.serving(), one);
    let asking = site.keep_asking();
    let refused = site.deploy(&site.faulty_release(integration_tests::faulty::Fault::NeverReady));
    assert_eq!(refused.code, 4, "{refused}");
    assert!(refused.to_string().contains("never ready"), "{refused}");
    assert_eq!(site.serving(), one);

    let two = site.deployed(&site.good_release("two"));
    assert_eq!(site.serving(), two);
    // Warm: the container of before waits in standby.
    let back = site.examctl(&["rollback"]);
    assert!(back.code == 0 && is_warm(&back), "{back}");
    assert_eq!(site.serving(), one);

    // Cold: of the release only its folder is left, and its image is made again.
    let three = site.deployed(&site.good_release("three"));
    assert_eq!(site.serving(), three);
    site.host.exec(&format!("docker rmi exam-service:{two}"));
    let cold = site.examctl(&["rollback", "--to", &two]);
    assert!(cold.code == 0 && !is_warm(&cold), "{cold}");
    assert_eq!(site.serving(), two);
    assert!(images(&site).contains(&two));
    assert!(asking.all_answered() > 100);

    let logs = site.examctl(&["logs"]);
    assert!(
        logs.code == 0 && logs.to_string().contains("in standby"),
        "{logs}"
    );
    // The fourth is one more than a host keeps: the oldest leaves it, and its image with it.
    let four = site.deployed(&site.good_release("four"));
    assert_eq!(site.serving(), four);
    assert!(!images(&site).contains(&one), "{}", images(&site));
}

#[test]
fn a_colour_is_shut_in_and_comes_back_by_itself() {
    let site = site();
    let one = site.deployed(&site.good_release("one"));
    check_shut_in(&inspect(&site, "blue"), &one);

    let first = process(&site, "blue");
    site.host.exec(&format!("kill -KILL {first}"));
    wait_for("another process", LIMIT, || {
        let state = inspect(&site, "blue");
        (state["RestartCount"] == 1 && state["State"]["Running"] == true).then_some(())
    });
    wait_until_served(&site, "the service after it was killed");

    // The kernel takes the service when its container needs more than it may.
    site.host.exec(&format!(
        "pid={}; echo 1000 > /proc/$pid/oom_score_adj\n\
         group=$(sed -nE 's/^[0-9]+:(memory)?:(.*)$/\\2/p' /proc/$pid/cgroup | grep docker | head -n 1)\n\
         for procs in /sys/fs/cgroup/memory$group/cgroup.procs /sys/fs/cgroup$group/cgroup.procs; do\n\
         [ ! -e $procs ] || sh -c \"echo \\$\\$ > $procs; exec tail /dev/zero\" || true\n\
         done",
        process(&site, "blue")
    ));
    wait_for("a restart after it was out of memory", LIMIT, || {
        let state = inspect(&site, "blue");
        (state["RestartCount"].as_u64() >= Some(2) && state["State"]["Running"] == true)
            .then_some(())
    });
    wait_until_served(&site, "the service after it was out of memory");

    let two = site.deployed(&site.good_release("two"));
    site.host.exec("docker stop exam-service-blue");
    site.host.kill();
    site.host.boot_again();
    wait_until_served(&site, "the service after a power cut");
    assert_eq!(site.serving(), two);
    assert_eq!(inspect(&site, "blue")["State"]["Running"], false);
}

/// The container as the engine has it.
fn check_shut_in(container: &Value, release: &str) {
    let host = &container["HostConfig"];
    let config = &container["Config"];
    assert_eq!(config["Labels"]["exam-service.release"], release);
    assert_eq!(config["StopTimeout"], 45);
    assert_eq!(config["Healthcheck"]["Test"][0], "CMD");
    let user = config["User"].as_str().unwrap();
    assert!(!user.starts_with('0') && user.contains(':'), "{user}");
    for (name, expected) in [
        ("NetworkMode", json!("host")),
        ("ReadonlyRootfs", json!(true)),
        ("CapDrop", json!(["ALL"])),
        ("SecurityOpt", json!(["no-new-privileges:true"])),
        ("Memory", json!(256 << 20)),
        ("MemorySwap", json!(256 << 20)),
        ("PidsLimit", json!(512)),
        ("Init", json!(true)),
        ("Privileged", json!(false)),
    ] {
        assert_eq!(host[name], expected, "{name}");
    }
    assert_eq!(host["RestartPolicy"]["Name"], "unless-stopped");
    assert_eq!(host["LogConfig"]["Type"], "local");
    let binds = host["Binds"].as_array().unwrap();
    let writable: Vec<&str> = binds
        .iter()
        .filter_map(|bind| bind.as_str()?.strip_suffix(":rw"))
        .collect();
    assert_eq!(writable, ["/var/lib/exam-service:/var/lib/exam-service"]);
}

#[test]
fn an_engine_that_cannot_be_used_is_named_with_what_to_do() {
    let site = site();
    let artifact = site.good_release("one");
    site.host
        .exec("systemctl stop docker.socket docker.service");
    let refused = site.deploy(&artifact);
    assert_eq!(refused.code, 1, "{refused}");
    assert!(
        refused.to_string().contains("systemctl start docker"),
        "{refused}"
    );
    site.host.exec("systemctl start docker");
    let one = site.deployed(&artifact);
    assert_eq!(site.serving(), one);
}
