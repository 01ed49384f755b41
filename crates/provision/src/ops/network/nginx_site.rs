//! `nginx_site`: a site with all its files, judged by nginx together with everything else nginx
//! reads before any of them goes live.

use crate::connections::quote;
use crate::facts::{FactKey, Facts, PathKind, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{Loaded, is_final, needs_program, owned_file, program_fact};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::staged::{differences, put_all};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

const PROGRAM: &str = "/usr/sbin/nginx";
const FOLDER: &str = "/etc/nginx";

const FILE: &[Field] = &[
    Field::required("path", Kind::Path, "The file, below /etc/nginx."),
    Field::optional("content", Kind::Text, "Its content."),
    Field::optional("template", Kind::Text, "A template with its content."),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Enabled,
    Disabled,
    Absent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NginxSiteArgs {
    name: String,
    state: State,
    /// The site itself first; none where it shall be absent.
    files: Vec<FileArgs>,
    available: String,
    enabled: String,
    loaded: Loaded,
}

impl Operation for NginxSiteArgs {
    const SPEC: Spec = Spec {
        name: "nginx_site",
        summary: "A site of nginx with all its files, judged by nginx as a whole before any of them goes live.",
        fields: &[
            Field::required(
                "name",
                Kind::Name,
                "It is kept in /etc/nginx/sites-available/NAME.",
            ),
            Field::optional("content", Kind::Text, "The site's configuration."),
            Field::optional(
                "template",
                Kind::Text,
                "A template with the site's configuration.",
            ),
            Field::optional("vars", Kind::Mapping, "More variables for the templates."),
            Field::optional(
                "files",
                Kind::Items(FILE),
                "Further files that go live with it, such as snippets that it includes.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["enabled", "disabled", "absent"]),
                "absent removes the site's own file and leaves further ones. Default: enabled.",
            ),
        ],
        example: "nginx_site: {name: exam, content: \"server { listen 80; return 421; }\\n\"}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let name = fields.name("name");
        let choices = [
            ("enabled", State::Enabled),
            ("disabled", State::Disabled),
            ("absent", State::Absent),
        ];
        let state = fields.choice("state", &choices).unwrap_or(State::Enabled);
        let vars = fields.mapping("vars");
        let read = |fields: &mut Fields<'_>| -> Option<String> {
            match (fields.get("content"), fields.get("template")) {
                (Some(_), None) => fields.optional_text("content"),
                (None, Some(_)) => {
                    let template = fields.optional_text("template")?;
                    if !is_final(fields, &template) {
                        return Some(String::new());
                    }
                    let rendered = sources.template(&template, &vars);
                    rendered
                        .map_err(|message| fields.wrong("template", message))
                        .ok()
                }
                _ => {
                    fields.missing_one_of(&["content", "template"]);
                    None
                }
            }
        };
        let content = match state {
            State::Absent => None,
            State::Enabled | State::Disabled => Some(read(&mut fields)),
        };
        let known: Vec<&str> = FILE.iter().map(|field| field.name).collect();
        let further = fields.items("files", &known, |mut fields| {
            let path = fields.path("path")?;
            if is_final(&fields, &path) && !path.starts_with("/etc/nginx/") {
                fields.wrong("path", format!("{path} is not below {FOLDER}"));
            }
            Some(owned_file(path, Some(read(&mut fields)?)))
        });
        let name = name?;
        let available = format!("{FOLDER}/sites-available/{name}");
        let mut files = Vec::new();
        if let Some(content) = content {
            files.push(owned_file(&available, Some(content?)));
            files.extend(further);
        }
        for file in &mut files {
            file.hides_old = sources.has_secrets();
        }
        let mark: Vec<u8> = files
            .iter()
            .flat_map(|file| [Some(file.path.clone().into_bytes()), file.content.clone()])
            .flatten()
            .chain([format!("{state:?}").into_bytes()])
            .flatten()
            .collect();
        Some(Self {
            loaded: Loaded::new(
                sources.state_directory(),
                &format!("nginx-site-{name}"),
                &mark,
            ),
            enabled: format!("{FOLDER}/sites-enabled/{name}"),
            available,
            files,
            state,
            name,
        })
    }

    fn requests(&self) -> Vec<Request> {
        let mut requests: Vec<Request> = self.files.iter().flat_map(Operation::requests).collect();
        requests.extend([
            program_fact(PROGRAM),
            FactKey::Path(self.enabled.clone()).into(),
            FactKey::Path(self.available.clone()).into(),
            self.loaded.request(),
        ]);
        requests
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        let link = facts.paths.get(&self.enabled);
        if link.is_some_and(|link| link.kind != PathKind::Link) {
            return Err(PlanError(format!(
                "{} is no link: move what it holds to {} first",
                self.enabled, self.available
            )));
        }
        let target = link.and_then(|link| link.target.as_deref());
        let relative = format!("../sites-available/{}", self.name);
        let is_right = |target: &str| target == self.available || target == relative;
        if self.state == State::Absent {
            return Ok(self.plan_absent(facts, target.is_some()));
        }
        needs_program(facts, PROGRAM, "nginx")?;
        let found = differences(&self.files, facts)?;
        let linked = match self.state {
            State::Enabled => target.is_some_and(is_right),
            State::Disabled | State::Absent => target.is_none(),
        };
        if !found.any && linked && self.loaded.is_current(facts) {
            return Ok(Vec::new());
        }
        let what = match (found.any, linked, self.state) {
            (true, ..) if facts.paths.contains_key(&self.available) => "change",
            (true, ..) => "create",
            (false, false, State::Enabled) => "enable",
            (false, false, _) => "disable",
            (false, true, _) => "load",
        };
        let (enabled, available) = (quote(&self.enabled), quote(&self.available));
        let link = match self.state {
            State::Enabled => format!("ln -sfn {available} {enabled}"),
            State::Disabled | State::Absent => format!("rm -f {enabled}"),
        };
        Ok(vec![put_all(
            format!("{what} site {}", self.name),
            found.diff,
            &self.files,
            self.judge(),
            format!(
                "{}{link}\n{RELOAD}{}",
                self.loaded.forget(),
                self.loaded.note()
            ),
        )])
    }

    fn may_change(&self, key: &FactKey) -> bool {
        self.files.iter().any(|file| file.may_change(key))
            || effects::on_file(key, &self.enabled)
            || effects::on_file(key, &self.available)
            || self.loaded.may_change(key)
    }

    fn managed_path(&self) -> Option<&str> {
        Some(&self.available)
    }
}

/// A server that does not run reads its configuration when it starts.
const RELOAD: &str = "if systemctl is-active --quiet nginx; then systemctl reload nginx; fi\n";

impl NginxSiteArgs {
    fn plan_absent(&self, facts: &Facts, linked: bool) -> Vec<Change> {
        let noted = self.loaded.is_noted(facts);
        if !linked && !noted && !facts.paths.contains_key(&self.available) {
            return Vec::new();
        }
        let paths = format!("{} {}", quote(&self.enabled), quote(&self.available));
        // Without nginx nobody judges what is left.
        let judge = if facts.paths.contains_key(PROGRAM) {
            self.judge()
        } else {
            String::new()
        };
        vec![put_all(
            format!("remove site {}", self.name),
            None,
            &[],
            judge,
            format!("rm -f {paths}\n{RELOAD}{}", self.loaded.forget()),
        )]
    }

    /// A copy of the whole tree, with links followed, the new files in it and its absolute paths
    /// changed to its own, is what nginx judges; its findings name the real files.
    fn judge(&self) -> String {
        use std::fmt::Write as _;
        let relative = |path: &str| quote(path.strip_prefix("/etc/nginx/").unwrap_or(path));
        let mut script = String::from(
            "n=\"$d/nginx\"\ncp -rL /etc/nginx \"$n\" 2>/dev/null || :\nput() { mkdir -p \"$(dirname \"$n/$2\")\"; cp \"$d/$1\" \"$n/$2\"; }\n",
        );
        writeln!(
            script,
            "rm -f \"$n/\"{} \"$n/\"{}",
            relative(&self.enabled),
            relative(&self.available)
        )
        .ok();
        for (index, file) in self.files.iter().enumerate() {
            writeln!(script, "put {index} {}", relative(&file.path)).ok();
        }
        if self.state == State::Enabled {
            writeln!(script, "put 0 {}", relative(&self.enabled)).ok();
        }
        script.push_str(
            "grep -rlF /etc/nginx/ \"$n\" | xargs -r sed -i \"s#/etc/nginx/#$n/#g\"\n\
             e=$(nginx -t -q -c \"$n/nginx.conf\" 2>&1) || { printf '%s\\n' \"$e\" | sed \"s#$n/#/etc/nginx/#g\"; exit 1; }",
        );
        script
    }
}
