//! `examctl load` against a real service: what a tester runs, sees and keeps.

mod chaos;
mod running;

use std::path::{Path, PathBuf};

use integration_tests::binaries::binary;
use integration_tests::examctl::{Examctl, Run};
use integration_tests::service::Service;

/// A folder with students, and the service that knows them.
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) service: Service,
}

impl Site {
    /// Nothing runs yet.
    pub(crate) fn new(students: u32, questions: u32) -> Self {
        let service = Service::new();
        service.run_successfully(&["migrate"]);
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
            service,
        };
        std::fs::write(site.path("service.env"), site.service.env_file()).unwrap();
        site.seed("first", students, questions);
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes students for a run, in `students.json`.
    pub(crate) fn seed(&self, run: &str, students: u32, questions: u32) {
        let (students, questions) = (students.to_string(), questions.to_string());
        let seeded = self.service.run_successfully(&[
            "load",
            "seed",
            "--run",
            run,
            "--students",
            &students,
            "--questions",
            &questions,
        ]);
        std::fs::write(self.path("students.json"), seeded).unwrap();
    }

    /// A profile of a second or two.
    pub(crate) fn profile(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// `examctl load run` with what every run needs, in the folder.
    pub(crate) fn load(&self, profile: &str, more: &[&str]) -> Examctl {
        self.load_at(&self.service.url(), profile, more)
    }

    /// The same by another way to the service.
    pub(crate) fn load_at(&self, target: &str, profile: &str, more: &[&str]) -> Examctl {
        let program = binary("exam-service").display().to_string();
        let usual = [
            "load",
            "run",
            profile,
            "--target",
            target,
            "--students",
            "students.json",
            "--service-binary",
            &program,
            "--service-env-file",
            "service.env",
        ];
        Examctl::new(usual.iter().chain(more)).in_directory(self.folder.path())
    }

    pub(crate) fn examctl(&self, arguments: &[&str]) -> Run {
        Examctl::new(arguments)
            .in_directory(self.folder.path())
            .run()
    }
}

/// What is kept of a run.
pub(crate) fn gate(folder: &Path, run: &str) -> serde_json::Value {
    let path = folder.join("load-results").join(run).join("gate.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
