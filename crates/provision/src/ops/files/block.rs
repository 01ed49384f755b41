//! `block`: lines between two marks in a file that somebody else wrote.

use super::attributes::{FILE_MODE, GROUP, OWNER, SENSITIVE, VALIDATE};
use super::edit::{CREATE, Edit, INSERT_AFTER, INSERT_BEFORE, PATH, STATE, parse_edit};
use crate::facts::{FactKey, Facts, Request};
use crate::fields::Fields;
use crate::ops::spec::{Field, Kind, Spec};
use crate::ops::{Change, Operation, PlanError, Sources, effects};

#[derive(Clone, Debug)]
pub(crate) struct BlockArgs {
    edit: Edit,
    /// The lines between the marks.
    lines: Vec<String>,
    begin: String,
    end: String,
}

impl Operation for BlockArgs {
    const SPEC: Spec = Spec {
        name: "block",
        summary: "Lines between two marks in a file that somebody else wrote.",
        fields: &[
            PATH,
            Field::required(
                "name",
                Kind::Name,
                "What the marks call it; it tells the blocks of one file apart.",
            ),
            Field::optional("content", Kind::Text, "The lines."),
            STATE,
            Field::optional(
                "comment",
                Kind::Text,
                "What starts a comment in this file. Default: #.",
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
        example: "block: {path: /etc/hosts, name: exam, content: \"10.0.0.5 db.exam.internal\\n\"}",
    };

    fn parse(mut fields: Fields<'_>, sources: &dyn Sources) -> Option<Self> {
        let edit = parse_edit(&mut fields, sources);
        let name = fields.name("name");
        let content = fields.optional_text("content");
        if edit.as_ref().is_some_and(|edit| edit.present) && fields.get("content").is_none() {
            fields.missing("content");
        }
        let comment = fields.optional_text("comment");
        let comment = comment.unwrap_or_else(|| "#".to_owned());
        if comment.trim().is_empty() || comment.contains('\n') {
            fields.wrong(
                "comment",
                "'comment' is what starts a comment, for instance #",
            );
        }
        let name = name?;
        let begin = format!("{comment} BEGIN examctl {name}");
        let end = format!("{comment} END examctl {name}");
        let lines: Vec<String> = content
            .iter()
            .flat_map(|text| text.lines())
            .map(str::to_owned)
            .collect();
        if lines.iter().any(|line| *line == begin || *line == end) {
            fields.wrong("content", "'content' holds the mark of its own block");
        }
        Some(Self {
            edit: edit?,
            lines,
            begin,
            end,
        })
    }

    fn requests(&self) -> Vec<Request> {
        self.edit.requests()
    }

    fn plan(&self, facts: &Facts) -> Result<Vec<Change>, PlanError> {
        self.edit.plan(facts, |lines| {
            let before = lines.clone();
            let old = self.range_in(lines)?;
            let new = if self.edit.present {
                let marks = [
                    std::slice::from_ref(&self.begin),
                    &self.lines,
                    std::slice::from_ref(&self.end),
                ];
                marks.concat()
            } else {
                Vec::new()
            };
            let range = match old {
                Some(range) => range,
                None if new.is_empty() => return Ok(false),
                None => {
                    let spot = self.edit.spot_in(lines)?;
                    spot..spot
                }
            };
            lines.splice(range, new);
            Ok(*lines != before)
        })
    }

    fn may_change(&self, key: &FactKey) -> bool {
        effects::on_file(key, &self.edit.path)
    }

    fn runs_foreign_code(&self) -> bool {
        false
    }
}

impl BlockArgs {
    /// The lines from mark to mark, both included.
    fn range_in(&self, lines: &[String]) -> Result<Option<std::ops::Range<usize>>, PlanError> {
        let all = |mark: &str| -> Vec<usize> {
            let found = lines.iter().enumerate().filter(|(_, line)| *line == mark);
            found.map(|(index, _)| index).collect()
        };
        match (all(&self.begin).as_slice(), all(&self.end).as_slice()) {
            ([], []) => Ok(None),
            ([begin], [end]) if begin < end => Ok(Some(*begin..end + 1)),
            _ => Err(PlanError(format!(
                "the marks of this block in {} are damaged: there must be one line '{}' and after it one line '{}', or neither; correct it by hand",
                self.edit.path, self.begin, self.end
            ))),
        }
    }
}
