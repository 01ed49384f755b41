//! Where are the programs under test?

use std::path::{Path, PathBuf};

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

/// The root folder of this checkout.
pub fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package lies in the workspace")
}
