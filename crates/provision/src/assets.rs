//! The templates and playbooks that come with the program, and the folder that replaces them.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../templates");
static PLAYBOOKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../playbooks");

/// Where shipped templates and playbooks are read from.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    directory: Option<PathBuf>,
}

impl Assets {
    /// Those compiled into the program.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// Those below `directory` (`templates/` and `playbooks/` in it) before the embedded ones.
    pub fn with_override(directory: &Path) -> Self {
        Self {
            directory: Some(directory.to_owned()),
        }
    }

    /// A template by its path without `.tera`, for instance `nginx/exam-site.conf`.
    pub fn template(&self, name: &str) -> Option<String> {
        let file = format!("{name}.tera");
        self.read("templates", &file, &TEMPLATES)
    }

    /// A playbook by its name, with or without `.yaml`.
    pub fn playbook(&self, name: &str) -> Option<String> {
        let stem = name.strip_suffix(".yaml").unwrap_or(name);
        self.read("playbooks", &format!("{stem}.yaml"), &PLAYBOOKS)
    }

    /// A file below the shipped playbooks, for instance `roles/base/files/motd`.
    pub(crate) fn playbook_file(&self, path: &str) -> Option<Vec<u8>> {
        self.read_bytes("playbooks", path, &PLAYBOOKS)
    }

    /// Names of the embedded templates, without `.tera`, sorted.
    pub fn template_names(&self) -> Vec<String> {
        names(&TEMPLATES, ".tera")
    }

    /// Names of the embedded playbooks, without `.yaml`, sorted; example inventories and what
    /// playbooks are made of (roles, included files) left out.
    pub fn playbook_names(&self) -> Vec<String> {
        let mut names = names(&PLAYBOOKS, ".yaml");
        names.retain(|name| !name.starts_with("inventory") && !name.contains('/'));
        names
    }

    /// Names of the embedded roles, sorted.
    pub fn role_names(&self) -> Vec<String> {
        let roles = names(&PLAYBOOKS, "/tasks.yaml");
        let role = |name: &String| name.strip_prefix("roles/").map(str::to_owned);
        roles.iter().filter_map(role).collect()
    }

    fn read(&self, folder: &str, file: &str, embedded: &Dir<'_>) -> Option<String> {
        String::from_utf8(self.read_bytes(folder, file, embedded)?).ok()
    }

    fn read_bytes(&self, folder: &str, file: &str, embedded: &Dir<'_>) -> Option<Vec<u8>> {
        let inside = !Path::new(file)
            .components()
            .any(|part| !matches!(part, std::path::Component::Normal(_)));
        if !inside {
            return None;
        }
        self.directory
            .as_ref()
            .and_then(|directory| std::fs::read(directory.join(folder).join(file)).ok())
            .or_else(|| Some(embedded.get_file(file)?.contents().to_vec()))
    }
}

fn names(directory: &Dir<'_>, suffix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in directory.files() {
        let name = file.path().to_string_lossy();
        if let Some(name) = name.strip_suffix(suffix) {
            found.push(name.to_owned());
        }
    }
    for inner in directory.dirs() {
        found.extend(names(inner, suffix));
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_the_override_folder_wins_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("playbooks")).unwrap();
        std::fs::write(folder.path().join("playbooks/online.yaml"), "mine").unwrap();
        let assets = Assets::with_override(folder.path());
        assert_eq!(assets.playbook("online").unwrap(), "mine");
        assert!(assets.template("nginx/exam-site.conf").is_some());
        assert_eq!(assets.playbook("../playbooks/online"), None);
    }
}
