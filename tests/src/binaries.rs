//! Where are the programs under test?

use std::path::PathBuf;

/// The program of that name which cargo built beside this test, for instance `examctl`.
///
/// # Panics
/// When it has not been built: `cargo test` builds no programs of other packages.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    // target/<profile>/deps/it-<hash> -> target/<profile>
    let profile = test
        .ancestors()
        .nth(2)
        .expect("tests run from target/<profile>/deps");
    let path = profile.join(name);
    assert!(
        path.is_file(),
        "{} is missing: run `cargo build --locked` first (tests/run does)",
        path.display()
    );
    path
}

/// What the exam server says that it is; a script that stands in for it has to say the same.
pub fn service_version() -> String {
    let output = std::process::Command::new(binary("exam-service"))
        .arg("--version")
        .output()
        .expect("exam-service starts");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The root folder of this checkout; asked while the test runs, because checkouts may share their target folder.
pub fn workspace_root() -> PathBuf {
    let tests =
        std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells a test where its package is");
    PathBuf::from(tests)
        .parent()
        .expect("this package lies in the workspace")
        .to_owned()
}
