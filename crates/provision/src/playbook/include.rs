//! Lists of tasks, with what they include: files of tasks and roles, read where they stand.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::folder::Found;
use super::task::{Entry, Inclusion, Kind, Written, parse_entry};
use super::{Condition, Folder, Scope, Task, handlers};
use crate::assets::Assets;
use crate::fields::Findings;
use crate::problem::{Problem, suggestion};
use crate::vars::Layer;
use crate::vars_files::layer_of;
use crate::yaml::{Document, Place, Step, below};

/// Reads lists of tasks and collects what is wrong with them.
pub(super) struct Loader<'a> {
    assets: &'a Assets,
    /// The playbook's own folder.
    home: Folder,
    /// Files that are being read, the outermost first: none of them can include itself.
    open: Vec<String>,
    pub(super) problems: Vec<Problem>,
    pub(super) role_handlers: Vec<Task>,
}

/// What a list of tasks inherits.
#[derive(Clone)]
pub(super) struct Around {
    scope: Arc<Scope>,
    conditions: Vec<Condition>,
    tags: Vec<String>,
    /// Where the file with the list is: includes are relative to it.
    folder: Folder,
}

impl<'a> Loader<'a> {
    pub(super) fn new(assets: &'a Assets, home: Folder, file: &str) -> Self {
        Self {
            assets,
            home,
            open: vec![file.to_owned()],
            problems: Vec::new(),
            role_handlers: Vec::new(),
        }
    }

    /// What the tasks of the playbook itself inherit: only its folder.
    pub(super) fn top(&self) -> Around {
        Around {
            scope: Arc::new(Scope {
                defaults: Vec::new(),
                vars: Vec::new(),
                folders: vec![self.home.clone()],
            }),
            conditions: Vec::new(),
            tags: Vec::new(),
            folder: self.home.clone(),
        }
    }

    /// The variables in a file beside the playbook; a mistake inside it is collected.
    pub(super) fn variables(&mut self, file: &str) -> Result<Option<Layer>, String> {
        let found = self.home.find(file, self.assets);
        let found =
            found.ok_or_else(|| format!("there is no file '{file}' beside the playbook"))?;
        Ok(self.layer(found))
    }

    fn layer(&mut self, found: Found) -> Option<Layer> {
        let document = self.document(found)?;
        let layer = layer_of(document);
        layer.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn document(&mut self, found: Found) -> Option<Document> {
        let shown = found.shown.clone();
        let parsed = found
            .text()
            .map_err(|message| Problem::with_file(&shown, message))
            .and_then(|text| Document::parse(&shown, &text));
        parsed.map_err(|problem| self.problems.push(problem)).ok()
    }

    pub(super) fn tasks(
        &mut self,
        document: &Arc<Document>,
        list: Option<&Value>,
        key: &str,
        around: &Around,
    ) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (value, place) in self.entries(document, list, key) {
            match self.entry(document, value, &place, Kind::Task) {
                None => {}
                Some(Entry::Task(written)) => {
                    tasks.push(task(*written, document, &place, around));
                }
                Some(Entry::Include(inclusion)) => {
                    tasks.extend(self.included(&inclusion, document, &place, around));
                }
            }
        }
        tasks
    }

    pub(super) fn handlers(
        &mut self,
        document: &Arc<Document>,
        list: Option<&Value>,
        key: &str,
        around: &Around,
    ) -> Vec<Task> {
        let mut found = Vec::new();
        for (value, place) in self.entries(document, list, key) {
            if let Some(Entry::Task(written)) = self.entry(document, value, &place, Kind::Handler) {
                found.push(task(*written, document, &place, around));
            }
        }
        found
    }

    fn entry(
        &mut self,
        document: &Document,
        value: &Value,
        place: &Place,
        kind: Kind,
    ) -> Option<Entry> {
        let mut findings = Findings::default();
        let entry = parse_entry(value, place, kind, &mut findings);
        self.problems.extend(document.problems(findings.list));
        entry
    }

    /// The entries of a list, which is a whole file where `key` is empty.
    fn entries<'v>(
        &mut self,
        document: &Document,
        list: Option<&'v Value>,
        key: &str,
    ) -> Vec<(&'v Value, Place)> {
        let place: Place = match key {
            "" => Vec::new(),
            key => vec![Step::Key(key.to_owned())],
        };
        match list {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (item, below(&place, Step::Index(index))))
                .collect(),
            Some(_) => {
                let what = if key.is_empty() { "this file" } else { key };
                let message = format!("'{what}' is a list of tasks");
                self.problems.push(document.problem(&place, message));
                Vec::new()
            }
        }
    }

    fn included(
        &mut self,
        inclusion: &Inclusion,
        document: &Arc<Document>,
        place: &Place,
        around: &Around,
    ) -> Vec<Task> {
        let at = below(place, Step::Key(inclusion.key.to_owned()));
        let inner = around.within(inclusion, document, place);
        let opened = match inclusion.key {
            "include" => self.open_include(&inclusion.target, inner),
            _ => self.open_role(&inclusion.target, inner),
        };
        let (found, inner) = match opened {
            Ok(opened) => opened,
            Err(message) => {
                self.problems.push(document.problem(&at, message));
                return Vec::new();
            }
        };
        if self.open.contains(&found.shown) {
            let mut way = self.open.clone();
            way.push(found.shown);
            let message = format!("this file includes itself: {}", way.join(" -> "));
            self.problems.push(document.problem(&at, message));
            return Vec::new();
        }
        self.open.push(found.shown.clone());
        let tasks = self.document(found).map(Arc::new).map(|file| {
            let tasks = self.tasks(&file, Some(&file.root), "", &inner);
            if inclusion.key == "role" {
                self.add_role_handlers(&inner, document, &at);
            }
            tasks
        });
        self.open.pop();
        tasks.unwrap_or_default()
    }

    fn open_include(&self, file: &str, mut inner: Around) -> Result<(Found, Around), String> {
        let found = inner.folder.find(file, self.assets);
        let found = found.ok_or_else(|| format!("there is no file '{file}' beside this one"))?;
        inner.enter(found.folder.clone());
        Ok((found, inner))
    }

    fn open_role(&mut self, name: &str, mut inner: Around) -> Result<(Found, Around), String> {
        let places = [self.home.join("roles"), Folder::Shipped("roles".to_owned())];
        let folders = places.map(|roles| roles.join(name));
        let found = folders
            .into_iter()
            .find_map(|folder| Some((folder.find("tasks.yaml", self.assets)?, folder)));
        let Some((tasks, folder)) = found else {
            let shipped = self.assets.role_names();
            let hint = suggestion(name, shipped.iter().map(String::as_str));
            return Err(format!(
                "there is no role '{name}': no roles/{name}/tasks.yaml beside the playbook, and no such role is shipped{hint}"
            ));
        };
        inner.enter(folder.clone());
        if let Some(defaults) = folder.find("defaults.yaml", self.assets)
            && let Some(layer) = self.layer(defaults)
        {
            Arc::make_mut(&mut inner.scope).defaults.push(layer);
        }
        Ok((tasks, inner))
    }

    fn add_role_handlers(&mut self, inner: &Around, document: &Document, at: &Place) {
        let Some(found) = inner.folder.find("handlers.yaml", self.assets) else {
            return;
        };
        let Some(file) = self.document(found).map(Arc::new) else {
            return;
        };
        let plain = Around {
            conditions: Vec::new(),
            tags: Vec::new(),
            ..inner.clone()
        };
        for handler in self.handlers(&file, Some(&file.root), "", &plain) {
            let known = self.role_handlers.iter().find(|known| {
                known.document.file == handler.document.file && known.place == handler.place
            });
            match known {
                None => self.role_handlers.push(handler),
                Some(known) => {
                    if let Some(message) = handlers::differs(known, &handler) {
                        self.problems.push(document.problem(at, message));
                    }
                }
            }
        }
    }
}

impl Around {
    /// What the tasks of an inclusion inherit, from here and from it.
    fn within(&self, inclusion: &Inclusion, document: &Arc<Document>, place: &Place) -> Self {
        let mut inner = self.clone();
        if let Some(expression) = &inclusion.when {
            inner.conditions.push(Condition {
                expression: expression.clone(),
                document: Arc::clone(document),
                place: below(place, Step::Key("when".to_owned())),
            });
        }
        inner.tags.extend(inclusion.tags.iter().cloned());
        if !inclusion.vars.is_empty() {
            let place = below(place, Step::Key("vars".to_owned()));
            Arc::make_mut(&mut inner.scope).vars.push(layer(
                inclusion.vars.clone(),
                document,
                place,
            ));
        }
        inner
    }

    /// Goes into the folder of an included file: files are looked for there first.
    fn enter(&mut self, folder: Folder) {
        let scope = Arc::make_mut(&mut self.scope);
        scope.folders.retain(|known| *known != folder);
        scope.folders.insert(0, folder.clone());
        self.folder = folder;
    }
}

fn layer(values: Map<String, Value>, document: &Arc<Document>, place: Place) -> Layer {
    Layer {
        source: Some((Arc::clone(document), place)),
        values,
    }
}

fn task(written: Written, document: &Arc<Document>, place: &Place, around: &Around) -> Task {
    let mut conditions = around.conditions.clone();
    conditions.extend(written.when.map(|expression| Condition {
        expression,
        document: Arc::clone(document),
        place: below(place, Step::Key("when".to_owned())),
    }));
    let mut tags = around.tags.clone();
    tags.extend(written.tags);
    Task {
        name: written.name,
        conditions,
        notify: written.notify,
        tags,
        items: written.items,
        register: written.register,
        retries: written.retries,
        on_controller: written.on_controller,
        become_root: written.become_root,
        operation: written.operation,
        arguments: written.arguments,
        place: place.clone(),
        document: Arc::clone(document),
        scope: Arc::clone(&around.scope),
    }
}
