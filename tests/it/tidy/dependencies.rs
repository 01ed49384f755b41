//! Do dependencies flow one way?

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use integration_tests::binaries::workspace_root;
use serde_json::Value;

/// What each of our crates may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("exam-service", &[]),
    ("provision", &[]),
    ("goose-scenarios", &[]),
    ("release", &["provision"]),
    ("examctl", &["goose-scenarios", "provision", "release"]),
    (
        "integration-tests",
        &[
            "exam-service",
            "examctl",
            "goose-scenarios",
            "provision",
            "release",
        ],
    ),
];

/// Outside crates with one owner.
const OWNERS: &[(&str, &[&str])] = &[
    // The tests' faulty release puts its faults around the real routes.
    ("axum", &["exam-service", "integration-tests"]),
    ("bollard", &["release"]),
    ("clap", &["exam-service", "examctl"]),
    ("goose", &["goose-scenarios"]),
    // The same, with a step of its migrations.
    ("sqlx", &["exam-service", "integration-tests"]),
    ("ssh2", &["provision"]),
    // The files of hosts, and the page of a load report.
    ("tera", &["goose-scenarios", "provision"]),
];

/// Package -> the packages that its manifest names, as far as `wanted` accepts the entry.
fn dependencies(wanted: impl Fn(&Value) -> bool) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(workspace_root())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "cargo metadata: {output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    metadata["packages"]
        .as_array()
        .expect("a list of packages")
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .expect("a list of dependencies");
            let needed = dependencies.iter().filter(|dependency| wanted(dependency));
            (name(package), needed.map(name).collect())
        })
        .collect()
}

#[test]
fn our_crates_depend_on_each_other_in_one_direction() {
    let dependencies = dependencies(|_| true);
    let ours: BTreeSet<&str> = ALLOWED.iter().map(|(package, _)| *package).collect();
    let found: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(found, ours, "a new crate needs its place in ALLOWED");
    for (package, allowed) in ALLOWED {
        for dependency in dependencies[*package]
            .iter()
            .filter(|name| ours.contains(name.as_str()))
        {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{package} may not depend on {dependency}"
            );
        }
    }
}

#[test]
fn an_outside_crate_with_an_owner_is_used_by_nobody_else() {
    // What only tests use is the affair of the crate they test.
    for (package, dependencies) in dependencies(|dependency| dependency["kind"] != "dev") {
        for (crate_name, owners) in OWNERS {
            assert!(
                !dependencies.contains(*crate_name) || owners.contains(&package.as_str()),
                "{package} may not depend on {crate_name}: that is for {owners:?}"
            );
        }
    }
}
