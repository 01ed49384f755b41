//! From the text of an inventory to its hosts and groups, with every mistake at its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{ConnectionKind, Group, Host, Inventory};
use crate::fields::{Fields, Findings};
use crate::problem::suggestion;
use crate::vars::Layer;
use crate::yaml::{Document, Place, Step};

pub(crate) const HOST_KEYS: [&str; 12] = [
    "connection",
    "address",
    "port",
    "user",
    "identity_file",
    "known_hosts",
    "proxy_jump",
    "ssh_config",
    "container",
    "become",
    "become_password_var",
    "vars",
];

/// Keys that mean nothing to other kinds of connection.
const SSH_KEYS: [&str; 5] = [
    "port",
    "identity_file",
    "known_hosts",
    "proxy_jump",
    "ssh_config",
];

pub(super) fn read(document: &Arc<Document>, findings: &mut Findings) -> Inventory {
    let mut inventory = Inventory {
        hosts: Vec::new(),
        groups: Vec::new(),
        secrets: Vec::new(),
        unread_secrets: Vec::new(),
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
    let connection = fields
        .choice("connection", &kinds)
        .unwrap_or(ConnectionKind::Ssh);
    if connection != ConnectionKind::Docker && fields.get("container").is_some() {
        fields.wrong("container", "'container' needs `connection: docker`");
    }
    for key in SSH_KEYS {
        if connection == ConnectionKind::Docker && fields.get(key).is_some() {
            fields.wrong(key, format!("'{key}' has no meaning for a container"));
        }
    }
    let port = fields.number("port", 65_535);
    let values = fields.mapping("vars");
    let vars_place = fields.place_of("vars");
    Some(Host {
        name: name.to_owned(),
        connection,
        address: fields
            .optional_text("address")
            .unwrap_or_else(|| name.to_owned()),
        port: port.and_then(|port| u16::try_from(port).ok()),
        user: fields.optional_name("user"),
        identity_file: fields.optional_text("identity_file").map(beside),
        known_hosts: fields.optional_text("known_hosts").map(beside),
        proxy_jump: fields.optional_text("proxy_jump"),
        ssh_config: fields.optional_text("ssh_config").map(beside),
        container: fields.optional_name("container"),
        become_root: fields.boolean("become").unwrap_or(false),
        become_password_var: fields.optional_name("become_password_var"),
        become_password: None,
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
