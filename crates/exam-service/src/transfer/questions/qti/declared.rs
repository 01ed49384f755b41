//! What an item declares of its response: the key, what options are worth, tolerance and points.

use rust_decimal::Decimal;

use crate::exam::number;
use crate::transfer::questions::xml::Element;

/// How the response is valued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Processing {
    /// The standard template `match_correct`, or what does the same.
    MatchCorrect,
    /// The standard template `map_response`.
    MapResponse,
    /// None: somebody else values it.
    Missing,
    /// Rules of its own.
    Custom,
}

/// What an item declares of the response to its one interaction.
pub(super) struct Declared {
    /// `single`, `multiple` or `ordered`.
    pub(super) cardinality: String,
    /// `identifier`, `string`, `float` ...
    pub(super) base_type: String,
    /// The key.
    pub(super) correct: Vec<String>,
    /// What values are worth, in points, and whether case matters to them.
    pub(super) mapping: Vec<(String, Decimal, bool)>,
    /// What other values are worth.
    pub(super) default: Decimal,
    /// The most that a mapping gives.
    pub(super) upper_bound: Option<Decimal>,
    pub(super) processing: Processing,
    /// `absolute` or `relative`, how far below and how far above.
    pub(super) tolerance: Option<(String, Decimal, Decimal)>,
    /// The most that can be earned, where the item says so.
    pub(super) points: Option<Decimal>,
}

impl Declared {
    pub(super) fn of(item: &Element, interaction: &Element) -> Result<Self, String> {
        let id = interaction
            .attribute("responseIdentifier")
            .unwrap_or("RESPONSE");
        let declaration = item
            .named("responseDeclaration")
            .find(|declaration| declaration.attribute("identifier") == Some(id))
            .ok_or_else(|| format!("the response '{id}' is not declared"))?;
        let values = declaration
            .first("correctResponse")
            .into_iter()
            .flat_map(|correct| correct.named("value"));
        let mapping = declaration.first("mapping");
        let mut mapped = Vec::new();
        for entry in mapping
            .into_iter()
            .flat_map(|mapping| mapping.named("mapEntry"))
        {
            let key = entry
                .attribute("mapKey")
                .unwrap_or_default()
                .trim()
                .to_owned();
            let is_case_sensitive = entry.attribute("caseSensitive") != Some("false");
            mapped.push((
                key,
                decimal(entry.attribute("mappedValue").unwrap_or_default())?,
                is_case_sensitive,
            ));
        }
        let of_mapping = |name| {
            mapping
                .and_then(|mapping| mapping.attribute(name))
                .map(decimal)
                .transpose()
        };
        Ok(Self {
            cardinality: declaration
                .attribute("cardinality")
                .unwrap_or("single")
                .to_owned(),
            base_type: declaration
                .attribute("baseType")
                .unwrap_or("identifier")
                .to_owned(),
            correct: values
                .map(|value| value.content().trim().to_owned())
                .collect(),
            mapping: mapped,
            default: of_mapping("defaultValue")?.unwrap_or_default(),
            upper_bound: of_mapping("upperBound")?,
            processing: processing(item),
            tolerance: tolerance(item)?,
            points: points(item)?,
        })
    }

    /// What `value` is worth by the mapping.
    pub(super) fn mapped(&self, value: &str) -> Decimal {
        let found = self.mapping.iter().find(|(key, ..)| key == value);
        found.map_or(self.default, |(_, worth, _)| *worth)
    }

    /// The most that the mapping gives in all.
    pub(super) fn mapped_maximum(&self) -> Decimal {
        let positive: Decimal = self
            .mapping
            .iter()
            .map(|(_, worth, _)| *worth)
            .filter(|worth| *worth > Decimal::ZERO)
            .sum();
        let best = if self.cardinality == "single" {
            self.mapping
                .iter()
                .map(|(_, worth, _)| *worth)
                .max()
                .unwrap_or_default()
        } else {
            positive
        };
        self.upper_bound.map_or(best, |bound| best.min(bound))
    }
}

fn decimal(text: &str) -> Result<Decimal, String> {
    number::parse(text.trim()).map_err(|why| format!("'{text}' is not a number: {why}"))
}

fn processing(item: &Element) -> Processing {
    let Some(rules) = item.first("responseProcessing") else {
        return Processing::Missing;
    };
    match rules.attribute("template") {
        Some(template) if template.contains("match_correct") => Processing::MatchCorrect,
        Some(template) if template.contains("map_response") => Processing::MapResponse,
        Some(_) => Processing::Custom,
        None => {
            let (mut maps, mut conditions) = (Vec::new(), Vec::new());
            rules.all("mapResponse", &mut maps);
            rules.all("responseCondition", &mut conditions);
            match (maps.len(), conditions.len()) {
                (0, 0) => Processing::Missing,
                (0, 1) => Processing::MatchCorrect,
                (1, 0 | 1) => Processing::MapResponse,
                _ => Processing::Custom,
            }
        }
    }
}

fn tolerance(item: &Element) -> Result<Option<(String, Decimal, Decimal)>, String> {
    let mut equals = Vec::new();
    item.all("equal", &mut equals);
    let Some(equal) = equals.first() else {
        return Ok(None);
    };
    let mode = equal
        .attribute("toleranceMode")
        .unwrap_or("exact")
        .to_owned();
    let mut parts = equal
        .attribute("tolerance")
        .unwrap_or("0")
        .split_whitespace();
    let below = decimal(parts.next().unwrap_or("0"))?;
    let above = parts.next().map_or(Ok(below), decimal)?;
    Ok(Some((mode, below, above)))
}

fn points(item: &Element) -> Result<Option<Decimal>, String> {
    let outcome = |name: &str| {
        let named = |outcome: &&Element| outcome.attribute("identifier") == Some(name);
        item.named("outcomeDeclaration").find(named)
    };
    if let Some(value) = outcome("MAXSCORE")
        .and_then(|it| it.first("defaultValue"))
        .and_then(|it| it.first("value"))
    {
        return decimal(&value.content()).map(Some);
    }
    outcome("SCORE")
        .and_then(|score| score.attribute("normalMaximum"))
        .map(decimal)
        .transpose()
}
