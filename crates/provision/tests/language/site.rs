//! A folder with playbooks that are run on this machine.

use std::path::PathBuf;

use provision::assets::Assets;
use provision::engine::{Event, Recap, RunOptions, apply, check, plan};
use provision::inventory::Inventory;
use tempfile::TempDir;

/// A folder with playbooks, and below `host` what they make.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) options: RunOptions,
    inventory: Inventory,
}

impl Site {
    /// `files` are paths and texts; `playbook.yaml` is the one that is run.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir(folder.path().join("host")).unwrap();
        let mut options = RunOptions {
            state_directory: folder.path().join("state").display().to_string(),
            ..RunOptions::default()
        };
        let root = folder.path().join("host").display().to_string();
        options.extra_vars.insert("root".into(), root.into());
        Self {
            folder,
            options,
            inventory: Inventory::localhost(),
        }
    }

    /// A playbook alone; `body` are its tasks and whatever follows them.
    pub(crate) fn of(body: &str) -> Self {
        Self::new(&[("playbook.yaml", &format!("name: local\nhosts: all\n{body}"))])
    }

    pub(crate) fn hosts(mut self, text: &str) -> Self {
        self.inventory = Inventory::parse("inventory.yaml", text).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("host").join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        let playbook = self.folder.path().join("playbook.yaml");
        let checked = check(
            &playbook,
            Some(&self.inventory),
            &Assets::embedded(),
            &self.options,
        );
        let shown = |line: String| line.replace(&format!("{}/", self.folder.path().display()), "");
        let problems = checked.err().unwrap_or_default();
        problems
            .iter()
            .map(|problem| shown(problem.to_string()))
            .collect()
    }

    pub(crate) fn run(&self, applied: bool) -> (Recap, Vec<Event>) {
        let playbook = self.folder.path().join("playbook.yaml");
        let checked = check(
            &playbook,
            Some(&self.inventory),
            &Assets::embedded(),
            &self.options,
        );
        let checked = checked.unwrap();
        let mut events = Vec::new();
        let mut sink = |event| events.push(event);
        let recap = if applied {
            apply(&checked, &self.options, &mut sink)
        } else {
            plan(&checked, &self.options, &mut sink)
        };
        (recap, events)
    }

    pub(crate) fn plan(&self) -> (Recap, Vec<Event>) {
        self.run(false)
    }

    /// Applies without a failure.
    pub(crate) fn apply(&self) -> (Recap, Vec<Event>) {
        let (recap, events) = self.run(true);
        assert_eq!(recap.failed(), 0, "{recap:#?}");
        (recap, events)
    }

    /// As [`Site::apply`], and a second time nothing is left to do or to decide.
    pub(crate) fn converges(&self) -> (Recap, Vec<Event>) {
        let (recap, events) = self.apply();
        let again = self.apply().0;
        assert_eq!(again.changed(), 0, "{again:#?}");
        let planned = self.plan().0;
        assert_eq!((planned.changed(), planned.undecided()), (0, 0));
        (recap, events)
    }
}

pub(crate) fn undecided(events: &[Event]) -> Vec<String> {
    let because = |event: &Event| match event {
        Event::TaskUndecided { task, because, .. } => Some(format!("{task}: {because}")),
        _ => None,
    };
    events.iter().filter_map(because).collect()
}

pub(crate) fn applied(events: &[Event]) -> Vec<&str> {
    fn name(event: &Event) -> Option<&str> {
        match event {
            Event::TaskApplied { task, .. } => Some(task.as_str()),
            _ => None,
        }
    }
    events.iter().filter_map(name).collect()
}
