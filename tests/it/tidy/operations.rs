//! Is each operation of a playbook tested by cases as data?

use super::{assert_none, has_extension, paths};

#[test]
fn each_operation_has_cases() {
    let paths = paths();
    let operations: Vec<&str> = paths
        .iter()
        .filter_map(|path| path.strip_prefix("crates/provision/src/ops/"))
        .filter_map(|path| path.split('/').next())
        .map(|name| name.trim_end_matches(".rs"))
        .filter(|name| *name != "mod")
        .collect();
    assert!(!operations.is_empty(), "the operations have moved");
    let has_cases = |operation: &str| {
        let folder = format!("crates/provision/tests/cases/{operation}/");
        paths
            .iter()
            .any(|path| path.starts_with(&folder) && has_extension(path, &["yaml"]))
    };
    let offenders: Vec<String> = operations
        .into_iter()
        .filter(|operation| !has_cases(operation))
        .map(|operation| format!("crates/provision/tests/cases/{operation}/*.yaml"))
        .collect();
    assert_none("these cases are missing", &offenders);
}
