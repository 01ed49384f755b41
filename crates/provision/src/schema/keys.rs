//! The keys that playbooks, tasks, groups and hosts have besides operations. Only those that the
//! parser knows get into a schema, and a test sees to it that none of them is missing here.

use serde_json::{Value, json};

use super::{Key, any_mapping, boolean, number, template, text, texts};

const fn key(name: &'static str, doc: &'static str, schema: fn() -> Value) -> Key {
    Key { name, doc, schema }
}

pub(super) const PLAYBOOK: &[Key] = &[
    key(
        "name",
        "Names the playbook, also in the notes it leaves on hosts.",
        text,
    ),
    key("hosts", "A host, a group of the inventory, or all.", text),
    key(
        "vars",
        "The weakest variables; those of groups, hosts and the command line win.",
        any_mapping,
    ),
    key(
        "vars_files",
        "Files with more variables, relative to the playbook; later ones win.",
        texts,
    ),
    key(
        "secrets",
        "Variables whose values are masked wherever text is shown.",
        texts,
    ),
    key(
        "versions",
        "Short names of packages whose versions conditions and templates ask for.",
        any_mapping,
    ),
    key(
        "serial",
        "How many hosts are worked on at a time: a number, a share, or a list of those.",
        batches,
    ),
    key(
        "max_fail",
        "How many hosts of a batch may fail before the run stops: a number or a share.",
        share,
    ),
    key("become", "Whether tasks are done as root.", boolean),
    key(
        "tasks",
        "What the hosts shall be like, in this order.",
        || list_of("entry"),
    ),
    key(
        "handlers",
        "Run once, at the end, in this order, when a task that notifies them changed something.",
        || list_of("handler"),
    ),
];

pub(super) const TASK: &[Key] = &[
    key("name", "What the task is for, as reports show it.", text),
    key(
        "when",
        "A condition on variables and host facts, for instance os.id == 'debian'.",
        condition,
    ),
    key(
        "notify",
        "Handlers to run when this task changed something.",
        texts,
    ),
    key("tags", "Names that --tags picks tasks by.", texts),
    key(
        "loop",
        "The task is done once for each of these, which is called item.",
        list_or_template,
    ),
    key(
        "register",
        "A name for what the task found or did, for later tasks.",
        text,
    ),
    key(
        "retries",
        "How often and how patiently a task that fails is tried again.",
        retries,
    ),
    key(
        "delegate",
        "Does the task on the machine that examctl runs on.",
        || json!({"const": "controller"}),
    ),
    key("become", "Whether the task is done as root.", boolean),
    key(
        "vars",
        "Variables of the tasks that are included.",
        any_mapping,
    ),
    key(
        "include",
        "A file with a list of tasks, relative to this one.",
        text,
    ),
    key(
        "role",
        "A folder of tasks, handlers, defaults, files and templates: roles/NAME beside the playbook, or a shipped one.",
        text,
    ),
];

pub(super) const HOST: &[Key] = &[
    key(
        "connection",
        "How the host is reached.",
        || json!({"enum": ["ssh", "local", "docker"]}),
    ),
    key(
        "address",
        "Name or address to connect to, where it is not the host's own name.",
        text,
    ),
    key("port", "The port of sshd, 22 where none is given.", || {
        number(65_535)
    }),
    key("user", "Who logs in.", text),
    key(
        "identity_file",
        "A private key to log in with, relative to the inventory.",
        text,
    ),
    key(
        "known_hosts",
        "The file of known host keys, relative to the inventory.",
        text,
    ),
    key(
        "become",
        "Whether everything is done as root, with sudo.",
        boolean,
    ),
    key(
        "become_password_var",
        "The variable that holds the password for sudo.",
        text,
    ),
    key(
        "proxy_jump",
        "The host or address that the connection goes through.",
        text,
    ),
    key(
        "container",
        "The name of the container, for connection: docker.",
        text,
    ),
    key(
        "ssh_config",
        "The file to read instead of ~/.ssh/config, relative to the inventory.",
        text,
    ),
    key(
        "vars",
        "Variables of this host; they win over those of its groups.",
        any_mapping,
    ),
];

fn list_of(definition: &str) -> Value {
    json!({"type": "array", "items": {"$ref": format!("#/$defs/{definition}")}})
}

fn condition() -> Value {
    json!({"type": ["string", "boolean", "number"]})
}

fn list_or_template() -> Value {
    json!({"anyOf": [{"type": "array"}, template()]})
}

fn share() -> Value {
    let percent = json!({"type": "string", "pattern": "^[0-9]+%?$"});
    json!({"anyOf": [{"type": "integer", "minimum": 0}, percent]})
}

fn batches() -> Value {
    json!({"anyOf": [share(), {"type": "array", "items": share(), "minItems": 1}]})
}

fn retries() -> Value {
    json!({
        "type": "object",
        "properties": {
            "attempts": number(100),
            "delay_seconds": number(300),
            "backoff": number(10),
        },
        "required": ["attempts"],
        "additionalProperties": false,
    })
}
