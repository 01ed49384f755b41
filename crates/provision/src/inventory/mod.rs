//! Which hosts there are, how to reach them, and the variables they bring.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::fields::Findings;
use crate::problem::{Problem, suggestion};
use crate::secret::Secret;
use crate::vars::Layer;
use crate::vars_files::VarsFolder;
use crate::yaml::Document;

pub(crate) use read::HOST_KEYS;

/// How a host is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    Ssh,
    Local,
    Docker,
}

/// One host of the inventory.
#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub connection: ConnectionKind,
    /// Name or address to connect to; the host's own name where the inventory gives none.
    pub address: String,
    /// For this and what else is not given, the SSH configuration is asked, then what is usual.
    pub port: Option<u16>,
    /// Who logs in; the user who runs the program where nothing else is said.
    pub user: Option<String>,
    pub identity_file: Option<PathBuf>,
    pub known_hosts: Option<PathBuf>,
    /// The hosts on the way: `[user@]host[:port]`, several with commas, `none` for a straight way.
    pub proxy_jump: Option<String>,
    /// Instead of `~/.ssh/config`.
    pub ssh_config: Option<PathBuf>,
    /// The container of `connection: docker`; its name is the address where none is given.
    pub container: Option<String>,
    /// Become root with sudo for everything that is done.
    pub become_root: bool,
    /// The variable that holds the password which sudo asks for; without it sudo must not ask.
    pub become_password_var: Option<String>,
    /// Its value, where somebody knows it who knows more variables than the inventory's.
    pub become_password: Option<Secret>,
    /// Variables of the host's groups and its own; its own win. References are not resolved.
    pub vars: Map<String, Value>,
    pub(crate) layers: Vec<Layer>,
}

/// A named set of hosts.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub hosts: Vec<String>,
}

/// All hosts and groups, in the order of the file.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub hosts: Vec<Host>,
    pub groups: Vec<Group>,
    /// Names of variables whose values are masked wherever text is shown.
    pub secrets: Vec<String>,
    /// Why the secrets file beside the inventory could not be read; a run that would need its
    /// variables is refused with this.
    pub unread_secrets: Vec<Problem>,
    file: String,
}

impl Inventory {
    /// Reads an inventory; the files that it names are relative to it. Beside it may be variables in
    /// files of their own: `group_vars/GROUP.yaml` (`all` is every host) and `host_vars/HOST.yaml`.
    ///
    /// Every mistake in it is returned, not only the first.
    pub fn load(path: &Path) -> Result<Self, Vec<Problem>> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            vec![Problem::with_file(
                &file,
                format!("cannot read the inventory: {error}"),
            )]
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut inventory = Self::read(&file, &text)?;
        let mut problems = Vec::new();
        inventory.add_vars_files(folder, &mut problems);
        if problems.is_empty() {
            inventory.finish();
            Ok(inventory)
        } else {
            Err(problems)
        }
    }

    /// As [`Inventory::load`], from text and without files beside it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let mut inventory = Self::read(file, text)?;
        inventory.finish();
        Ok(inventory)
    }

    fn read(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let document = Arc::new(Document::parse(file, text).map_err(|problem| vec![problem])?);
        let mut findings = Findings::default();
        let inventory = read::read(&document, &mut findings);
        let problems: Vec<Problem> = findings
            .list
            .into_iter()
            .map(|finding| document.problem(&finding.place, finding.message))
            .collect();
        if problems.is_empty() {
            Ok(inventory)
        } else {
            Err(problems)
        }
    }

    /// Puts the layers of files where they belong: those of a group after what the inventory says of
    /// groups, those of a host after what it says of the host.
    fn add_vars_files(&mut self, folder: &Path, problems: &mut Vec<Problem>) {
        let groups = self.groups.iter().map(|group| group.name.as_str());
        let groups: Vec<&str> = groups.chain(["all"]).collect();
        let hosts: Vec<&str> = self.hosts.iter().map(|host| host.name.as_str()).collect();
        let of_groups = VarsFolder::read(&folder.join("group_vars"), &groups, problems);
        let of_hosts = VarsFolder::read(&folder.join("host_vars"), &hosts, problems);
        for index in 0..self.hosts.len() {
            let name = self.hosts[index].name.clone();
            let groups = self.groups_of(&name);
            let layers = &mut self.hosts[index].layers;
            // The last one is the host's own.
            let own = layers.len() - 1;
            let files = groups.iter().filter_map(|group| of_groups.layer(group));
            layers.splice(own..own, files.cloned());
            layers.splice(0..0, of_groups.layer("all").cloned());
            layers.extend(of_hosts.layer(&name).cloned());
        }
    }

    /// All layers are there, the weakest first: what becomes of them.
    fn finish(&mut self) {
        for host in &mut self.hosts {
            for layer in &host.layers {
                host.vars.extend(layer.values.clone());
            }
        }
    }

    /// This machine alone, as `localhost`.
    pub fn localhost() -> Self {
        Self {
            hosts: vec![Host {
                name: "localhost".to_owned(),
                connection: ConnectionKind::Local,
                address: "localhost".to_owned(),
                port: None,
                user: None,
                identity_file: None,
                known_hosts: None,
                proxy_jump: None,
                ssh_config: None,
                container: None,
                become_root: false,
                become_password_var: None,
                become_password: None,
                vars: Map::new(),
                layers: Vec::new(),
            }],
            groups: Vec::new(),
            secrets: Vec::new(),
            unread_secrets: Vec::new(),
            file: "the inventory".to_owned(),
        }
    }

    /// The groups that `host` is in, in the order of the file.
    pub(crate) fn groups_of(&self, host: &str) -> Vec<String> {
        let groups = self.groups.iter();
        let its = groups.filter(|group| group.hosts.iter().any(|member| member == host));
        its.map(|group| group.name.clone()).collect()
    }

    /// The hosts that `limit` names, in the order of the file: hosts, groups or `all`, with commas between them; `None`
    /// is all.
    pub fn hosts_for(&self, limit: Option<&str>) -> Result<Vec<&Host>, Problem> {
        let mut chosen = BTreeSet::new();
        for name in limit.unwrap_or("all").split(',').map(str::trim) {
            chosen.extend(self.members(name)?);
        }
        let is_chosen = |host: &&Host| chosen.contains(host.name.as_str());
        Ok(self.hosts.iter().filter(is_chosen).collect())
    }

    /// The names of the hosts that one name stands for.
    fn members(&self, name: &str) -> Result<Vec<&str>, Problem> {
        if name == "all" {
            return Ok(self.hosts.iter().map(|host| host.name.as_str()).collect());
        }
        if let Some(group) = self.groups.iter().find(|group| group.name == name) {
            return Ok(group.hosts.iter().map(String::as_str).collect());
        }
        if let Some(host) = self.hosts.iter().find(|host| host.name == name) {
            return Ok(vec![&host.name]);
        }
        let hosts = self.hosts.iter().map(|host| host.name.as_str());
        let groups = self.groups.iter().map(|group| group.name.as_str());
        let hint = suggestion(name, hosts.chain(groups).chain(["all"]));
        let message = format!("'{name}' is neither a host nor a group of the inventory{hint}");
        Err(Problem::with_file(self.file.clone(), message))
    }
}
