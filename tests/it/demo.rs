//! The newcomer's first command.

use integration_tests::examctl::Examctl;

#[test]
fn the_demo_deploys_seeds_and_loses_no_answer_under_load() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("demo");
    let program = integration_tests::binaries::binary("exam-service");
    let packed = Examctl::new(
        [
            "--format", "json", "release", "pack", "--output", "dist", "--binary",
        ]
        .map(Into::into)
        .into_iter()
        .chain([program.into_os_string()]),
    )
    .in_directory(directory.path())
    .run();
    assert_eq!(packed.code, 0, "{packed}");
    let artifact = packed.summary()["path"].as_str().unwrap().to_owned();
    let run = Examctl::new([
        "--format",
        "json",
        "demo",
        "--once",
        "--artifact",
        &artifact,
        "--dir",
        home.to_str().unwrap(),
    ])
    .in_directory(directory.path())
    .run();
    let summary = run.summary();
    let correctness = &summary["correctness"];
    assert_eq!(correctness["lost_acked"], 0, "{run}");
    assert!(correctness["acked"].as_u64().unwrap() > 50, "{run}");
    assert_eq!(correctness["stored"], correctness["acked"], "{run}");

    // How fast it is says nothing here, where other tests share the machine: every other rule has to hold.
    let report = run
        .events()
        .into_iter()
        .find(|line| line["type"] == "load_report")
        .unwrap();
    let about_time = |id: &str| {
        ["latency.", "achieved/", "generator."]
            .iter()
            .any(|rule| id.starts_with(rule))
    };
    let rules = report["rules"].as_array().unwrap();
    let judged = rules
        .iter()
        .filter(|rule| !about_time(rule["id"].as_str().unwrap()));
    let broken: Vec<_> = judged
        .clone()
        .filter(|rule| rule["verdict"] != "pass")
        .collect();
    assert!(judged.count() > 10, "{rules:#?}");
    assert!(broken.is_empty(), "{broken:#?}");
    let expected = match summary["verdict"].as_str().unwrap() {
        "pass" => 0,
        "fail" => 4,
        "inconclusive" => 7,
        other => panic!("{other}: {run}"),
    };
    assert_eq!(run.code, expected, "{run}");
}
