//! What a task depends on that only the host knows, through however many variables.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Task;
use crate::render::names::{Used, used_in_expression, used_in_value};
use crate::vars::Winning;

/// What one task reads of late values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    /// For deciding whether it is done at all.
    pub(crate) conditions: BTreeSet<Used>,
    /// For what it does, and for which items.
    pub(crate) arguments: BTreeSet<Used>,
    /// For which path it owns, among these.
    pub(crate) path: BTreeSet<Used>,
}

impl Uses {
    /// `in_templates` is what the templates read that the task names.
    pub(super) fn of(task: &Task, in_templates: &BTreeSet<Used>, late: &LateNames<'_>) -> Self {
        let conditions = task.conditions.iter();
        let conditions = conditions.flat_map(|when| used_in_expression(&when.expression));
        let mut arguments = used_in_value(&task.arguments);
        let items = task.items.as_ref().map(used_in_value).unwrap_or_default();
        let mut path = items.clone();
        path.extend(
            task.arguments
                .get("path")
                .map(used_in_value)
                .unwrap_or_default(),
        );
        arguments.extend(items);
        arguments.extend(used_in_value(&Value::from(task.name.as_str())));
        arguments.extend(in_templates.iter().cloned());
        Self {
            conditions: late.behind(conditions.collect()),
            arguments: late.behind(arguments),
            path: late.behind(path),
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Used> {
        self.conditions.iter().chain(&self.arguments)
    }

    /// Whether it means the same whatever the host says.
    pub(crate) fn is_early(&self) -> bool {
        self.all().next().is_none()
    }
}

/// The names of late values, and the variables that may stand between.
pub(super) struct LateNames<'a> {
    pub(super) names: BTreeSet<&'a str>,
    pub(super) variables: &'a Winning<'a>,
}

impl LateNames<'_> {
    /// The late values that `used` comes down to.
    pub(super) fn behind(&self, used: BTreeSet<Used>) -> BTreeSet<Used> {
        let mut late = BTreeSet::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut waiting: Vec<Used> = used.into_iter().collect();
        while let Some(used) = waiting.pop() {
            if self.names.contains(used.name.as_str()) {
                late.insert(used);
                continue;
            }
            if !seen.insert(used.name.clone()) {
                continue;
            }
            let found = self.variables.iter().find(|(name, _)| *name == used.name);
            if let Some((name, layer)) = found {
                waiting.extend(used_in_value(&layer.values[*name]));
            }
        }
        late
    }
}
