//! Is each operation of a playbook tested by cases as data?

use super::{assert_none, files, has_extension, paths};

/// Holds the one list of operations: `operations!( "directory" Directory(..) = directory, ... );`.
const LIST: &str = "crates/provision/src/ops/mod.rs";

#[test]
fn each_operation_has_cases() {
    let list = files(|path| path == LIST)
        .pop()
        .expect("the list of operations");
    let operations: Vec<&str> = list
        .text
        .lines()
        .skip_while(|line| !line.starts_with("operations!("))
        .skip(1)
        .take_while(|line| !line.starts_with(')'))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert!(
        operations.len() > 5,
        "the list has changed its form: {operations:?}"
    );

    let paths = paths();
    let has_cases = |operation: &str| {
        let folder = format!("/cases/{operation}/");
        let mut cases = paths
            .iter()
            .filter(|path| path.starts_with("crates/provision/"));
        cases.any(|path| path.contains(&folder) && has_extension(path, &["yaml"]))
    };
    let offenders: Vec<String> = operations
        .into_iter()
        .filter(|operation| !has_cases(operation))
        .map(|operation| format!("crates/provision/tests/cases/{operation}/*.yaml"))
        .collect();
    assert_none("these cases are missing", &offenders);
}
