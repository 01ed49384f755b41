//! How the settings file is read: `KEY=VALUE` lines, `#` comments, optional quotes. No expansion, no surprises.

use thiserror::Error;

use super::Variables;

/// A line that is no setting.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line}: {problem}")]
pub struct EnvFileError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it; never the value.
    pub problem: &'static str,
}

/// Reads the text of a settings file. A later line for the same key wins.
///
/// # Errors
/// The first line that is no `KEY=VALUE`.
pub fn parse_env_file(text: &str) -> Result<Variables, EnvFileError> {
    let mut variables = Variables::new();
    for (index, raw) in text.lines().enumerate() {
        let line = raw.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let error = |problem| EnvFileError {
            line: index + 1,
            problem,
        };
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (key, value) = line
            .split_once('=')
            .ok_or_else(|| error("expected KEY=VALUE"))?;
        let key = key.trim();
        let is_name = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if key.is_empty() || !is_name(key) {
            return Err(error(
                "the name before '=' may only have letters, digits and '_'",
            ));
        }
        let value =
            unquote(value.trim()).ok_or_else(|| error("a quote is opened and not closed"))?;
        variables.insert(key.to_owned(), value.to_owned());
    }
    Ok(variables)
}

/// The value without one pair of surrounding quotes; `None` when only one of the pair is there.
fn unquote(value: &str) -> Option<&str> {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.strip_suffix(quote);
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_quotes_and_blank_lines_are_understood() {
        let text = "# comment\n\nA=1\nexport B = \"two words\"\nC='x=y'\r\nD=\nA=2\n";
        let variables = parse_env_file(text).unwrap();
        let pairs: Vec<(&str, &str)> = variables
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [("A", "2"), ("B", "two words"), ("C", "x=y"), ("D", "")]
        );
    }

    #[test]
    fn a_broken_line_is_named_without_its_value() {
        let error = parse_env_file("A=1\nJWT_SECRET=\"abc\nB=2").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2: a quote is opened and not closed"
        );
        assert_eq!(parse_env_file("A B=1").unwrap_err().line, 1);
        assert_eq!(parse_env_file("nonsense").unwrap_err().line, 1);
    }
}
