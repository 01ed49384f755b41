//! Which variables a text reads, without rendering it.
//!
//! More names than are really read do no harm here (a loop's own variable, a filter): what asks
//! wants to know what a text may depend on.

use std::collections::BTreeSet;

use serde_json::Value;

/// A variable that is read, and the field of it where the text names one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Used {
    pub(crate) name: String,
    /// `None` where the whole variable is read, or a field that is computed.
    pub(crate) field: Option<String>,
}

impl std::fmt::Display for Used {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        match &self.field {
            Some(field) => write!(f, ".{field}"),
            None => Ok(()),
        }
    }
}

/// What a template reads, in `{{ }}` and `{% %}`.
pub(crate) fn used_in_template(text: &str) -> BTreeSet<Used> {
    let mut used = BTreeSet::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        rest = &rest[start + 1..];
        let (close, is_code) = match rest.as_bytes().first() {
            Some(b'{') => ("}}", true),
            Some(b'%') => ("%}", true),
            Some(b'#') => ("#}", false),
            _ => continue,
        };
        let end = rest[1..].find(close).map_or(rest.len(), |end| end + 1);
        if is_code {
            used.extend(used_in_expression(&rest[1..end]));
        }
        rest = &rest[end..];
    }
    used
}

/// What a condition reads.
pub(crate) fn used_in_expression(code: &str) -> BTreeSet<Used> {
    let mut used = BTreeSet::new();
    let mut rest = code;
    let mut after_dot = false;
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\'' | '"' | '`') {
            rest = after_text(rest, first);
        } else if first.is_ascii_alphabetic() || first == '_' {
            let (name, behind) = identifier(rest);
            rest = behind;
            if !after_dot {
                let (field, behind) = field_of(rest);
                rest = behind;
                let name = name.to_owned();
                used.insert(Used { name, field });
            }
        } else if first.is_ascii_digit() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        } else {
            rest = &rest[first.len_utf8()..];
        }
        after_dot = first == '.';
    }
    used
}

/// What the texts in a value read.
pub(crate) fn used_in_value(value: &Value) -> BTreeSet<Used> {
    match value {
        Value::String(text) => used_in_template(text),
        Value::Array(items) => items.iter().flat_map(used_in_value).collect(),
        Value::Object(map) => map.values().flat_map(used_in_value).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => BTreeSet::new(),
    }
}

/// What stands behind the text that begins with `quote`.
fn after_text(code: &str, quote: char) -> &str {
    let inner = &code[1..];
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        if c == quote && !escaped {
            return &inner[at + 1..];
        }
        escaped = c == '\\' && !escaped;
    }
    ""
}

fn identifier(code: &str) -> (&str, &str) {
    let end = code
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(code.len());
    code.split_at(end)
}

/// `.field`, `?.field` or `["field"]` at the beginning of `code`, and what stands behind it.
fn field_of(code: &str) -> (Option<String>, &str) {
    let plain = code.strip_prefix('?').unwrap_or(code);
    if let Some(behind) = plain.strip_prefix('.') {
        let (name, behind) = identifier(behind);
        return ((!name.is_empty()).then(|| name.to_owned()), behind);
    }
    let quoted = plain.strip_prefix('[').and_then(|inner| {
        let quote = inner.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (name, behind) = inner[1..].split_once(quote)?;
        Some((name, behind.strip_prefix(']')?))
    });
    match quoted {
        Some((name, behind)) => (Some(name.to_owned()), behind),
        None => (None, code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(used: &BTreeSet<Used>) -> Vec<String> {
        used.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_and_their_fields_are_found_in_code_and_nowhere_else() {
        let text = "os.id {{ host.cores + 1 }} {# host.name #} {% if a[\"b\"] and x?.y %}{{ l[0] }}{% endif %}";
        let used = used_in_template(text);
        for name in ["host.cores", "a.b", "x.y", "l"] {
            assert!(shown(&used).contains(&name.to_owned()), "{name}: {used:?}");
        }
        assert!(!used.iter().any(|used| used.name == "os"), "{used:?}");
        assert!(!used.contains(&Used {
            name: "host".into(),
            field: Some("name".into())
        }));
    }

    #[test]
    fn texts_and_deeper_fields_are_not_names() {
        let used = used_in_expression("site.tls.port == 'os.id' or \"a\\\"os\" == 1e3");
        assert_eq!(shown(&used), ["or", "site.tls"]);
    }

    #[test]
    fn text_that_is_no_template_and_broken_code_are_read_without_harm() {
        for text in [
            "{",
            "{{",
            "{% 'x",
            "{{ \"",
            "a }} b",
            "{{ é.ü }}",
            "{{ x[",
            "{{ x['a",
        ] {
            used_in_template(text);
        }
        assert!(used_in_template("host.cores").is_empty());
    }
}
