//! `logrotate`: how log files are rotated, judged by logrotate itself before it goes live.

use std::fmt::Write as _;

use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{HEADER, is_final, needs_program, owned_file, parse_present, program_fact};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};

const PROGRAM: &str = "/usr/sbin/logrotate";
const FREQUENCIES: &[&str] = &["daily", "weekly", "monthly", "hourly"];

/// Judged with what applies to all files, such as `su`, which Ubuntu sets.
const VALIDATE: &str = "c=$(mktemp) && { sed '/^[[:space:]]*include/d' /etc/logrotate.conf; cat %s; } > \"$c\" && logrotate -d \"$c\"; s=$?; rm -f \"$c\"; exit $s";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogrotateArgs(FileArgs);

impl Operation for LogrotateArgs {
    const SPEC: Spec = Spec {
        name: "logrotate",
        summary: "How log files are rotated, judged by logrotate itself before it goes live.",
        fields: &[
            Field::required("name", Kind::Name, "It is kept in /etc/logrotate.d/NAME."),
            Field::optional(
                "paths",
                Kind::Texts,
                "The log files; patterns such as /var/log/exam/*.log may be among them. Needed unless absent.",
            ),
            Field::optional(
                "frequency",
                Kind::Choice(FREQUENCIES),
                "How often. Default: daily.",
            ),
            Field::optional(
                "keep",
                Kind::Number(10_000),
                "How many old files stay. Default: 14.",
            ),
            Field::optional(
                "max_size_mib",
                Kind::Number(1 << 20),
                "A file above this is rotated early. Default: none.",
            ),
            Field::optional(
                "compress",
                Kind::Boolean,
                "Compress old files, but the newest. Default: true.",
            ),
            Field::optional(
                "create",
                Kind::Text,
                "`MODE USER GROUP` of the new file. Default: none is made.",
            ),
            Field::optional(
                "copy_truncate",
                Kind::Boolean,
                "For programs that cannot open their log anew; may lose lines. Default: false.",
            ),
            Field::optional(
                "su",
                Kind::Text,
                "`USER GROUP` to rotate as, where the folder is theirs.",
            ),
            Field::optional(
                "post_rotate",
                Kind::Text,
                "A script that makes programs open their log anew.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "logrotate: {name: exam-service, paths: [/var/log/exam-service/*.log], keep: 30, create: 0640 exam adm}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        let content = if parse_present(&mut fields) {
            Some(render(&mut fields))
        } else {
            None
        };
        let mut file = owned_file(format!("/etc/logrotate.d/{}", name?), content);
        file.validate = file.content.as_ref().map(|_| VALIDATE.to_owned());
        Some(Self(file))
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests = self.0.requests();
        requests.push(program_fact(PROGRAM));
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        if self.0.content.is_some() {
            needs_program(facts, PROGRAM, "logrotate")?;
        }
        self.0.plan(facts)
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.0.may_change(key)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }

    fn managed_path(&self) -> Option<&str> {
        self.0.managed_path()
    }
}

fn render(fields: &mut Fields<'_>) -> String {
    if fields.get("paths").is_none() {
        fields.missing("paths");
    }
    let paths = fields.texts("paths");
    for path in &paths {
        let plain = path.starts_with('/') && !path.contains(['"', '\n', '{', '}']);
        if is_final(fields, path) && !plain {
            fields.wrong("paths", format!("'{path}' is not an absolute path"));
        }
    }
    let frequencies: Vec<(&str, &str)> = FREQUENCIES.iter().map(|name| (*name, *name)).collect();
    let frequency = fields.choice("frequency", &frequencies).unwrap_or("daily");
    let keep = fields.number("keep", 10_000).unwrap_or(14);
    let quoted: Vec<String> = paths.iter().map(|path| format!("\"{path}\"")).collect();
    let mut text = format!(
        "{HEADER}{} {{\n    {frequency}\n    rotate {keep}\n    missingok\n    notifempty\n",
        quoted.join(" ")
    );
    if let Some(size) = fields.number("max_size_mib", 1 << 20) {
        writeln!(text, "    maxsize {size}M").ok();
    }
    if fields.boolean("compress").unwrap_or(true) {
        text.push_str("    compress\n    delaycompress\n");
    }
    if fields.boolean("copy_truncate").unwrap_or(false) {
        text.push_str("    copytruncate\n");
        if fields.get("create").is_some() {
            fields.wrong("create", "'create' and 'copy_truncate' exclude each other");
        }
    }
    for key in ["create", "su"] {
        let Some(words) = fields.optional_text(key) else {
            continue;
        };
        if words.contains('\n') {
            fields.wrong(key, format!("'{key}' is more than one line"));
        }
        writeln!(text, "    {key} {words}").ok();
    }
    if let Some(script) = fields.optional_text("post_rotate") {
        if script.lines().any(|line| line.trim() == "endscript") {
            fields.wrong(
                "post_rotate",
                "a line `endscript` would end the script early",
            );
        }
        text.push_str("    sharedscripts\n    postrotate\n");
        for line in script.lines() {
            writeln!(text, "        {line}").ok();
        }
        text.push_str("    endscript\n");
    }
    text.push_str("}\n");
    text
}
