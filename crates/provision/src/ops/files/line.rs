//! `line`: one line in a file that somebody else wrote.

use regex::Regex;

use super::attributes::{FILE_MODE, GROUP, OWNER, SENSITIVE, VALIDATE};
use super::edit::{
    CREATE, Edit, INSERT_AFTER, INSERT_BEFORE, PATH, STATE, parse_edit, parse_regex,
};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

#[derive(Clone, Debug)]
pub(crate) struct LineArgs {
    edit: Edit,
    line: String,
    /// Lines that this one stands for.
    matching: Option<Regex>,
}

impl Operation for LineArgs {
    const SPEC: Spec = Spec {
        name: "line",
        summary: "One line in a file that somebody else wrote.",
        fields: &[
            PATH,
            Field::required("line", Kind::Text, "The line."),
            STATE,
            Field::optional(
                "match",
                Kind::Text,
                "A regular expression: all lines that it finds become this one line, or go if it is absent.",
            ),
            INSERT_AFTER,
            INSERT_BEFORE,
            CREATE,
            OWNER,
            GROUP,
            FILE_MODE,
            VALIDATE,
            SENSITIVE,
        ],
        example: "line: {path: /etc/default/nginx, line: \"ULIMIT='-n 65536'\", match: \"^#? *ULIMIT=\"}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let edit = parse_edit(&mut fields, sources);
        let line = fields.text("line");
        if line
            .as_ref()
            .is_some_and(|line| line.contains(['\n', '\r']))
        {
            fields.wrong("line", "'line' is one line; several are a 'block'");
        }
        let matching = parse_regex(&mut fields, "match");
        Some(Self {
            edit: edit?,
            line: line?,
            matching,
        })
    }

    fn requests(&self) -> Vec<Request> {
        self.edit.requests()
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        self.edit.plan(facts, |lines| {
            if self.edit.present {
                self.put(lines)
            } else {
                let before = lines.len();
                lines.retain(|line| !self.stands_for(line));
                Ok(lines.len() != before)
            }
        })
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, &self.edit.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl LineArgs {
    fn stands_for(&self, line: &str) -> bool {
        line == self.line || self.matching.as_ref().is_some_and(|it| it.is_match(line))
    }

    fn put(&self, lines: &mut Vec<String>) -> Result<bool, PlanError> {
        let exact = lines.iter().position(|line| *line == self.line);
        if self.matching.is_none() && exact.is_some() {
            return Ok(false);
        }
        let first = lines.iter().position(|line| self.stands_for(line));
        let Some(keep) = exact.or(first) else {
            let spot = self.edit.spot_in(lines)?;
            lines.insert(spot, self.line.clone());
            return Ok(true);
        };
        let before = lines.clone();
        lines[keep].clone_from(&self.line);
        let mut index = 0;
        lines.retain(|line| {
            index += 1;
            index - 1 == keep || !self.stands_for(line)
        });
        Ok(*lines != before)
    }
}
