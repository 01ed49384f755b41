//! What stands in a line of Prometheus' text form?
//!
//! The form is described at <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::str::Chars;

/// One line with a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample<'t> {
    pub(super) name: &'t str,
    pub(super) labels: Vec<(&'t str, String)>,
    pub(super) value: &'t str,
}

impl Sample<'_> {
    pub(super) fn label(&self, name: &str) -> &str {
        let found = self.labels.iter().find(|(label, _)| *label == name);
        found.map_or("", |(_, value)| value)
    }

    /// The value as a count; exporters may write `3`, `3.0` or `3e2`.
    pub(super) fn count(&self) -> Option<u64> {
        if let Ok(count) = self.value.parse() {
            return Some(count);
        }
        let value: f64 = self.value.parse().ok()?;
        // A duration is the way from a float to a whole number that refuses what does not fit.
        let whole = std::time::Duration::try_from_secs_f64(value).ok()?;
        Some(whole.as_secs())
    }
}

/// Reads every line that has a value.
///
/// # Errors
/// Names the first line that cannot be read: what is half understood is not judged.
pub(super) fn parse_samples(text: &str) -> Result<Vec<Sample<'_>>, String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| parse_sample(line).ok_or_else(|| format!("cannot read the metric `{line}`")))
        .collect()
}

fn parse_sample(line: &str) -> Option<Sample<'_>> {
    let end = line.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => parse_labels(rest)?,
        None => (Vec::new(), rest),
    };
    // A timestamp may follow.
    let value = rest.split_whitespace().next()?;
    (!name.is_empty()).then_some(Sample {
        name,
        labels,
        value,
    })
}

/// Reads `a="b",c="d"}` and returns what follows.
fn parse_labels(mut rest: &str) -> Option<(Vec<(&str, String)>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let mut characters = quoted.chars();
        let value = parse_value(&mut characters)?;
        labels.push((name.trim(), value));
        rest = characters.as_str();
    }
}

/// Reads up to the closing quote.
fn parse_value(characters: &mut Chars<'_>) -> Option<String> {
    let mut value = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(value),
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(String, String, String)> {
        let sample = parse_sample(line)?;
        let labels: Vec<_> = sample
            .labels
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Some((
            sample.name.to_owned(),
            labels.join(";"),
            sample.value.to_owned(),
        ))
    }

    #[test]
    fn a_line_is_a_name_labels_and_a_value() {
        for (line, expected) in [
            ("up 1", Some(("up", "", "1"))),
            ("up{} 1 1700000000", Some(("up", "", "1"))),
            (
                r#"requests_total{method="PUT",route="/a/{id}/b",status="200"} 12"#,
                Some((
                    "requests_total",
                    "method=PUT;route=/a/{id}/b;status=200",
                    "12",
                )),
            ),
            (
                r#"x{a="say \"hi\", \\ and\nbye",} 0.5"#,
                Some(("x", "a=say \"hi\", \\ and\nbye", "0.5")),
            ),
            (r#"x{a="open 1"#, None),
            ("x{a=1} 1", None),
            ("lonely", None),
            ("x{}", None),
        ] {
            let expected =
                expected.map(|(name, labels, value)| (name.into(), labels.into(), value.into()));
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn counts_are_whole_however_they_are_written() {
        for (text, expected) in [
            ("x 3", Some(3)),
            ("x 3.0", Some(3)),
            ("x 1e3", Some(1000)),
            ("x -1", None),
            ("x NaN", None),
        ] {
            assert_eq!(parse_sample(text).unwrap().count(), expected, "{text}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let error = parse_samples("# HELP x y\n\nx 1\nx{ 2\n").unwrap_err();
        assert_eq!(error, "cannot read the metric `x{ 2`");
    }
}
