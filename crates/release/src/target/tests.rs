use super::*;

fn vars(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_host_without_variables_has_the_documented_defaults() {
    let target = Target::from_vars("exam-1", &Map::new()).unwrap();
    assert_eq!(target.runner, RunnerKind::Supervisor);
    assert_eq!(target.exam_root, "/opt/exam-service");
    assert_eq!(
        target.admin_address(Slot::Green),
        "unix:/var/lib/exam-service/run/green.sock"
    );
    assert_eq!(
        (target.exam_blue_port, target.exam_green_port),
        (8081, 8082)
    );
    assert_eq!(target.exam_user.as_deref(), Some("exam"));
    assert_eq!(target.supervisorctl, "supervisorctl");
}

#[test]
fn everything_of_a_process_lies_below_its_root() {
    let target = Target::process(
        Path::new("/home/x/.examctl-demo"),
        Path::new("/bin/examctl"),
    )
    .unwrap();
    assert_eq!(
        target.exam_env_file,
        "/home/x/.examctl-demo/exam-service.env"
    );
    assert_eq!(
        target.admin_address(Slot::Single),
        "unix:/home/x/.examctl-demo/run/admin.sock"
    );
    assert_eq!(target.exam_user, None);
}

#[test]
fn a_root_too_long_for_its_socket_is_refused_before_anything_starts() {
    let process = |length: usize| {
        let root = format!("/{}", "x".repeat(length - 1));
        Target::process(Path::new(&root), Path::new("/bin/examctl"))
    };
    assert!(process(107 - "/run/admin.sock".len()).is_ok());
    let error = process(108 - "/run/admin.sock".len()).unwrap_err();
    assert!(
        error.to_string().contains("`exam_root` is too long"),
        "{error}"
    );
}

#[test]
fn a_wrong_variable_is_named_with_its_host() {
    for (json, expected) in [
        (
            r#"{"runner": "podman"}"#,
            "host h: variable `runner` is `podman`",
        ),
        (r#"{"runner": "process"}"#, "`exam_root` must be set"),
        (
            r#"{"exam_root": "opt"}"#,
            "`exam_root` must be an absolute path",
        ),
        (
            r#"{"exam_root": "/opt/../etc"}"#,
            "`exam_root` must be an absolute path",
        ),
        (
            r#"{"exam_root": "/"}"#,
            "`exam_root` must be an absolute path",
        ),
        (
            r#"{"exam_blue_port": 70000}"#,
            "`exam_blue_port` must be a whole number from 1 to 65535",
        ),
        (
            r#"{"exam_gate_seconds": "soon"}"#,
            "`exam_gate_seconds` must be a whole number",
        ),
        (
            r#"{"exam_public_url": "exam.example"}"#,
            "`exam_public_url` must start with http",
        ),
        (
            r#"{"exam_root": "{{ base }}/exam"}"#,
            "`exam_root` is `{{ base }}/exam`: write the value itself",
        ),
        (
            r#"{"exam_blue_port": "{{ port }}"}"#,
            "`exam_blue_port` is `{{ port }}`: write the value itself",
        ),
        (
            r#"{"runner": "docker", "exam_docker_network": "bridge"}"#,
            "`exam_docker_network` must be `host`",
        ),
        (
            r#"{"supervisorctl": ["a"]}"#,
            "`supervisorctl` must be a line of text",
        ),
    ] {
        let message = Target::from_vars("h", &vars(json)).unwrap_err().to_string();
        assert!(
            message.contains(expected),
            "{message} should contain {expected}"
        );
    }
}

#[test]
fn only_a_name_that_a_request_can_carry_is_asked_for() {
    for (names, expected) in [
        ("exam.example.org", Some("exam.example.org")),
        ("*.example.org exam.example.org", Some("exam.example.org")),
        ("_", None),
        ("~^exam", None),
    ] {
        assert_eq!(first_name(names).as_deref(), expected, "{names}");
    }
}

#[test]
fn a_host_that_drains_longer_is_waited_for_longer() {
    let limit = |json: &str| {
        let target = Target::from_vars("h", &vars(json)).unwrap();
        target.drain_limit().as_secs()
    };
    assert_eq!(limit("{}"), 45);
    assert_eq!(limit(r#"{"exam_drain_seconds": 200}"#), 215);
}

#[test]
fn keys_are_trusted_as_they_are_listed_and_nobody_is_not_everybody() {
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let keys = |value: Value| {
        let mut vars = Map::new();
        vars.insert("release_trusted_keys".to_owned(), value);
        Target::from_vars("h", &vars).map(|target| target.trusted_keys.len())
    };
    assert_eq!(keys(Value::Null), Ok(0));
    assert_eq!(keys(KEY.into()), Ok(1));
    assert_eq!(keys(vec![KEY, KEY].into()), Ok(2));
    let empty = keys(Value::Array(Vec::new())).unwrap_err().to_string();
    assert!(empty.contains("`release_trusted_keys` is empty"), "{empty}");
    let wrong = keys(vec![KEY, "a secret"].into()).unwrap_err().to_string();
    assert!(wrong.contains("entry 2: is no public key"), "{wrong}");
    assert!(!wrong.contains("a secret"), "{wrong}");
}
