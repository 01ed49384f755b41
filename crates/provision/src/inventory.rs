//! Which hosts there are, how to reach them, and the variables they bring.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::fields::{Fields, Findings};
use crate::problem::{Problem, suggestion};
use crate::vars::Layer;
use crate::yaml::{Document, Place, Step};

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
    pub port: u16,
    /// Who logs in; the user who runs the program where the inventory gives none.
    pub user: Option<String>,
    pub identity_file: Option<PathBuf>,
    pub known_hosts: Option<PathBuf>,
    /// Become root with `sudo -n` for everything that is done.
    pub become_root: bool,
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
    file: String,
}

const HOST_KEYS: [&str; 8] = [
    "connection",
    "address",
    "port",
    "user",
    "identity_file",
    "known_hosts",
    "become",
    "vars",
];

impl Inventory {
    /// Reads an inventory; `identity_file` and `known_hosts` are relative to it.
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
        Self::parse(&file, &text)
    }

    /// As [`Inventory::load`], from text.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let document = Arc::new(Document::parse(file, text).map_err(|problem| vec![problem])?);
        let mut findings = Findings::default();
        let inventory = read(&document, &mut findings);
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

    /// This machine alone, as `localhost`.
    pub fn localhost() -> Self {
        Self {
            hosts: vec![Host {
                name: "localhost".to_owned(),
                connection: ConnectionKind::Local,
                address: "localhost".to_owned(),
                port: 22,
                user: None,
                identity_file: None,
                known_hosts: None,
                become_root: false,
                vars: Map::new(),
                layers: Vec::new(),
            }],
            groups: Vec::new(),
            secrets: Vec::new(),
            file: "the inventory".to_owned(),
        }
    }

    /// The hosts that `limit` names: a host, a group, or `all`; `None` is all.
    pub fn hosts_for(&self, limit: Option<&str>) -> Result<Vec<&Host>, Problem> {
        let name = limit.unwrap_or("all");
        if name == "all" {
            return Ok(self.hosts.iter().collect());
        }
        if let Some(group) = self.groups.iter().find(|group| group.name == name) {
            let member = |host: &&Host| group.hosts.contains(&host.name);
            return Ok(self.hosts.iter().filter(member).collect());
        }
        if let Some(host) = self.hosts.iter().find(|host| host.name == name) {
            return Ok(vec![host]);
        }
        let hosts = self.hosts.iter().map(|host| host.name.as_str());
        let groups = self.groups.iter().map(|group| group.name.as_str());
        let hint = suggestion(name, hosts.chain(groups).chain(["all"]));
        let message = format!("'{name}' is neither a host nor a group of the inventory{hint}");
        Err(Problem::with_file(self.file.clone(), message))
    }
}

fn read(document: &Arc<Document>, findings: &mut Findings) -> Inventory {
    let mut inventory = Inventory {
        hosts: Vec::new(),
        groups: Vec::new(),
        secrets: Vec::new(),
        file: document.file.clone(),
    };
    let known = ["hosts", "groups", "secrets"];
    let Some(mut top) = Fields::open(&document.root, &[], "an inventory", &known, findings) else {
        return inventory;
    };
    inventory.secrets = top.texts("secrets");
    let hosts = top.mapping("hosts");
    let groups = top.mapping("groups");
    if hosts.is_empty() {
        top.missing("hosts");
    }
    for (name, value) in &hosts {
        let place = vec![Step::Key("hosts".to_owned()), Step::Key(name.clone())];
        if let Some(host) = read_host(document, name, value, &place, findings) {
            inventory.hosts.push(host);
        }
    }
    for (name, value) in &groups {
        let place = vec![Step::Key("groups".to_owned()), Step::Key(name.clone())];
        read_group(document, &mut inventory, name, value, &place, findings);
    }
    for host in &mut inventory.hosts {
        // The host's own layer was read first and wins.
        host.layers.rotate_left(1);
        for layer in &host.layers {
            host.vars.extend(layer.values.clone());
        }
    }
    inventory
}

fn read_host(
    document: &Arc<Document>,
    name: &str,
    value: &Value,
    place: &Place,
    findings: &mut Findings,
) -> Option<Host> {
    let empty = Value::Object(Map::new());
    let value = if value.is_null() { &empty } else { value };
    let mut fields = Fields::open(value, place, "a host", &HOST_KEYS, findings)?;
    let beside = |path: String| match Path::new(&document.file).parent() {
        Some(folder) if !path.starts_with("~/") => folder.join(path),
        _ => PathBuf::from(path),
    };
    let kinds = [
        ("ssh", ConnectionKind::Ssh),
        ("local", ConnectionKind::Local),
        ("docker", ConnectionKind::Docker),
    ];
    let port = fields.number("port", 65_535).unwrap_or(22);
    let values = fields.mapping("vars");
    let vars_place = fields.place_of("vars");
    Some(Host {
        name: name.to_owned(),
        connection: fields
            .choice("connection", &kinds)
            .unwrap_or(ConnectionKind::Ssh),
        address: fields
            .optional_text("address")
            .unwrap_or_else(|| name.to_owned()),
        port: u16::try_from(port).unwrap_or(22),
        user: fields.optional_name("user"),
        identity_file: fields.optional_text("identity_file").map(beside),
        known_hosts: fields.optional_text("known_hosts").map(beside),
        become_root: fields.boolean("become").unwrap_or(false),
        vars: Map::new(),
        layers: vec![Layer {
            source: Some((Arc::clone(document), vars_place)),
            values,
        }],
    })
}

fn read_group(
    document: &Arc<Document>,
    inventory: &mut Inventory,
    name: &str,
    value: &Value,
    place: &Place,
    findings: &mut Findings,
) {
    let Some(mut fields) = Fields::open(value, place, "a group", &["hosts", "vars"], findings)
    else {
        return;
    };
    let taken = name == "all" || inventory.hosts.iter().any(|host| host.name == name);
    if taken {
        let message = format!("'{name}' cannot name a group: it already means something else");
        fields.findings.add(place.clone(), message);
    }
    let hosts = fields.texts("hosts");
    for member in &hosts {
        if !inventory.hosts.iter().any(|host| host.name == *member) {
            let known = inventory.hosts.iter().map(|host| host.name.as_str());
            let hint = suggestion(member, known);
            fields.wrong(
                "hosts",
                format!("unknown host '{member}' in group '{name}'{hint}"),
            );
        }
    }
    let layer = Layer {
        source: Some((Arc::clone(document), fields.place_of("vars"))),
        values: fields.mapping("vars"),
    };
    for host in &mut inventory.hosts {
        if hosts.contains(&host.name) {
            host.layers.push(layer.clone());
        }
    }
    inventory.groups.push(Group {
        name: name.to_owned(),
        hosts,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
hosts:
  web1: {address: 10.0.0.5, user: root, identity_file: keys/id, vars: {colour: red}}
  web2: {connection: local, become: true}
groups:
  online: {hosts: [web1, web2], vars: {colour: blue, size: 3}}
  first: {hosts: [web1], vars: {size: 4}}
";

    #[test]
    fn groups_give_variables_and_the_host_wins() {
        let inventory = Inventory::parse("site/inventory.yaml", TEXT).unwrap();
        let hosts = inventory.hosts_for(Some("online")).unwrap();
        assert_eq!(hosts.len(), 2);
        assert_eq!(hosts[0].vars["colour"], "red");
        assert_eq!(hosts[0].vars["size"], 4);
        assert_eq!(hosts[1].vars["colour"], "blue");
        assert_eq!(hosts[0].identity_file, Some("site/keys/id".into()));
        assert_eq!(
            (hosts[1].connection, hosts[1].become_root),
            (ConnectionKind::Local, true)
        );
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let text = "\
hosts:
  web1: {adress: 10.0.0.5, port: 99999}
groups:
  online: {hosts: [web2]}
";
        let problems = Inventory::parse("i.yaml", text).unwrap_err();
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        i.yaml:2:10: unknown key 'adress' in a host, did you mean 'address'?
        i.yaml:2:34: 'port' is a whole number from 1 to 65535, not the number 99999
        i.yaml:4:19: unknown host 'web2' in group 'online', did you mean 'web1'?
        ");
    }

    #[test]
    fn an_unknown_limit_is_a_mistake_with_a_suggestion() {
        let inventory = Inventory::parse("i.yaml", TEXT).unwrap();
        let problem = inventory.hosts_for(Some("onlin")).unwrap_err();
        assert_eq!(
            problem.to_string(),
            "i.yaml: 'onlin' is neither a host nor a group of the inventory, did you mean 'online'?"
        );
    }
}
