//! The newcomer's first command.

use integration_tests::examctl::Examctl;

#[test]
fn the_demo_deploys_seeds_loads_and_passes() {
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
    assert_eq!(run.code, 0, "{run}");
    let summary = run.summary();
    assert_eq!(summary["verdict"], "pass", "{run}");
    let correctness = &summary["correctness"];
    assert_eq!(correctness["lost_acked"], 0, "{run}");
    assert!(correctness["acked"].as_u64().unwrap() > 50, "{run}");
    assert!(correctness["stored"].as_u64().unwrap() > 50, "{run}");
}
