//! `limits`: what a login session may use, for users and groups.

use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::files::file::FileArgs;
use crate::ops::owned::{HEADER, is_final, owned_file, parse_present};
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources};
use crate::problem::suggestion;

/// The items of limits.conf(5).
const ITEMS: &[&str] = &[
    "core",
    "data",
    "fsize",
    "memlock",
    "nofile",
    "rss",
    "stack",
    "cpu",
    "nproc",
    "as",
    "maxlogins",
    "maxsyslogins",
    "nonewprivs",
    "priority",
    "locks",
    "sigpending",
    "msgqueue",
    "nice",
    "rtprio",
];

const LIMIT: &[Field] = &[
    Field::required("domain", Kind::Text, "A user, @group or *."),
    Field::optional(
        "type",
        Kind::Choice(&["both", "soft", "hard"]),
        "Which limit. Default: both.",
    ),
    Field::required(
        "item",
        Kind::Choice(ITEMS),
        "What is limited, as in limits.conf(5).",
    ),
    Field::required("value", Kind::Text, "A number, or unlimited."),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LimitsArgs(FileArgs);

impl Operation for LimitsArgs {
    const SPEC: Spec = Spec {
        name: "limits",
        summary: "What a login session may use, for users and groups; it holds from the next login.",
        fields: &[
            Field::optional(
                "name",
                Kind::Name,
                "They are kept in /etc/security/limits.d/60-NAME.conf. Default: examctl.",
            ),
            Field::optional(
                "limits",
                Kind::Items(LIMIT),
                "The limits. Needed unless absent.",
            ),
            Field::optional(
                "state",
                Kind::Choice(&["present", "absent"]),
                "Default: present.",
            ),
        ],
        example: "limits: {limits: [{domain: exam, item: nofile, value: 65535}]}",
    };

    fn parse(mut fields: Fields<'_>, _: &dyn Sources) -> Option<Self> {
        let name = match fields.get("name") {
            Some(_) => fields.optional_name("name")?,
            None => "examctl".to_owned(),
        };
        let present = parse_present(&mut fields);
        if present && fields.get("limits").is_none() {
            fields.missing("limits");
        }
        let known: Vec<&str> = LIMIT.iter().map(|field| field.name).collect();
        let lines = fields.items("limits", &known, read_limit);
        let content = HEADER.to_owned() + &lines.concat();
        let path = format!("/etc/security/limits.d/60-{name}.conf");
        Some(Self(owned_file(path, present.then_some(content))))
    }

    fn requests(&self) -> Vec<Request> {
        self.0.requests()
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
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

/// One line of the file.
fn read_limit(mut fields: Fields<'_>) -> Option<String> {
    let domain = fields.text("domain");
    let types = [("both", "-"), ("soft", "soft"), ("hard", "hard")];
    let kind = fields.choice("type", &types).unwrap_or("-");
    let item = fields.text("item");
    let value = fields.text("value");
    if let Some(domain) = domain.as_ref().filter(|domain| is_final(&fields, domain)) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@%*:".contains(c);
        if domain.is_empty() || !domain.chars().all(plain) {
            fields.wrong("domain", format!("'{domain}' is not a user, @group or *"));
        }
    }
    if let Some(item) = item.as_ref().filter(|item| is_final(&fields, item))
        && !ITEMS.contains(&item.as_str())
    {
        let hint = suggestion(item, ITEMS.iter().copied());
        fields.wrong(
            "item",
            format!("'{item}' is not an item of limits.conf{hint}"),
        );
    }
    if let Some(value) = value.as_ref().filter(|value| is_final(&fields, value))
        && value != "unlimited"
        && value.parse::<i64>().is_err()
    {
        let message = format!("'value' is a whole number or unlimited, not '{value}'");
        fields.wrong("value", message);
    }
    Some(format!("{} {kind} {} {}\n", domain?, item?, value?))
}
