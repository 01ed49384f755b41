//! Python with packages of given versions from `PyPI`, in an environment of its own that is kept between runs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// One environment.
pub struct Python {
    programs: PathBuf,
}

impl Python {
    /// With `packages`, each as `name==version`. The first time they are downloaded.
    ///
    /// # Panics
    /// When Python or its `venv` is missing, or a package cannot be had.
    pub fn with(packages: &[&str]) -> Self {
        // One at a time: tests of this process may want the same packages.
        static MAKING: Mutex<()> = Mutex::new(());
        let _making = MAKING.lock().expect("nobody failed while holding it");
        let folder = cache().join(format!("python-{}", packages.join("-").replace("==", "-")));
        let done = folder.join("done");
        let python = Self {
            programs: folder.join("bin"),
        };
        if !done.exists() {
            run(Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&folder));
            let install = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ];
            run(Command::new(python.program("python"))
                .args(install)
                .args(packages));
            std::fs::write(&done, "").expect("the cache folder can be written");
        }
        python
    }

    /// A program that one of the packages brings.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// The command that runs `script`.
    pub fn command(&self, script: &Path) -> Command {
        let mut command = Command::new(self.program("python"));
        command.arg(script);
        command
    }
}

fn cache() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(home);
    base.expect("HOME or XDG_CACHE_HOME is set").join("examctl")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?} does not start: {error}\nInstall Python: apt-get install python3-venv")
    });
    assert!(
        output.status.success(),
        "{command:?} failed: {}\n{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
}
