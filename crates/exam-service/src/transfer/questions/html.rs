//! Texts of other programs, which are HTML as often as not.

use crate::exam::question::TextFormat;

/// Markup that only makes paragraphs: without it the text is the same.
const PARAGRAPHS: [&str; 5] = ["p", "br", "div", "span", "itembody"];

/// `markup` as it is best kept: plain where it only has paragraphs, else as it is.
pub(super) fn simplify(markup: &str) -> (String, TextFormat) {
    let tags = tags(markup);
    if tags
        .iter()
        .any(|(name, has_attributes)| *has_attributes || !PARAGRAPHS.contains(&name.as_str()))
    {
        return (markup.trim().to_owned(), TextFormat::Html);
    }
    (to_plain(markup), TextFormat::Plain)
}

/// `markup` without its tags, paragraphs on lines of their own, entities resolved.
pub(super) fn to_plain(markup: &str) -> String {
    let mut text = String::new();
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        text.push_str(before);
        let Some(end) = tag.find('>').filter(|_| is_tag(tag)) else {
            text.push('<');
            rest = &tag[1..];
            continue;
        };
        let name = tag_name(&tag[1..end]);
        if ["br", "/p", "/div", "/li"].contains(&name.as_str()) {
            text.push('\n');
        }
        rest = &tag[end + 1..];
    }
    text.push_str(rest);
    let lines: Vec<String> = resolve(&text)
        .lines()
        .map(|line| {
            line.split([' ', '\t', '\u{a0}'])
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

/// Plain text as markup that shows the same.
pub(super) fn from_plain(text: &str) -> String {
    quick_xml::escape::partial_escape(text).replace('\n', "<br/>")
}

fn is_tag(text: &str) -> bool {
    text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!')
}

/// `/p` of `/p`, `br` of `br/`, `span` of `span class="x"`.
fn tag_name(inside: &str) -> String {
    let mut after_first = inside.char_indices().skip(1);
    let end = after_first.find(|(_, c)| c.is_whitespace() || *c == '/');
    inside[..end.map_or(inside.len(), |(at, _)| at)].to_ascii_lowercase()
}

/// The names of all tags, and whether they have attributes.
fn tags(markup: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let Some(end) = rest.find('>').filter(|_| is_tag(rest)) else {
            rest = &rest[1..];
            continue;
        };
        let inside = rest[1..end].trim_start_matches('/');
        found.push((tag_name(inside), inside.contains('=')));
        rest = &rest[end + 1..];
    }
    found
}

/// Resolves the entities that matter; unknown ones stay.
fn resolve(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        resolved.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let character = end.and_then(|end| entity(&rest[1..end]));
        if let (Some(character), Some(end)) = (character, end) {
            resolved.push(character);
            rest = &rest[end + 1..];
        } else {
            resolved.push('&');
            rest = &rest[1..];
        }
    }
    resolved.push_str(rest);
    resolved
}

fn entity(name: &str) -> Option<char> {
    let number = name
        .strip_prefix('#')
        .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
            None => digits.parse().ok(),
        });
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => number.and_then(char::from_u32).filter(|c| !c.is_control()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_name_of_a_tag_ends_at_a_stroke_or_a_space_and_has_letters_of_any_script() {
        for (inside, name) in [
            ("/p", "/p"),
            ("BR/", "br"),
            ("span class='x'", "span"),
            ("\u{e84}", "\u{e84}"),
            ("\u{e84}/", "\u{e84}"),
            ("", ""),
        ] {
            assert_eq!(tag_name(inside), name, "{inside}");
        }
    }

    #[test]
    fn paragraphs_become_lines_and_real_markup_stays() {
        for (markup, text, format) in [
            (
                "<p>One &amp; two</p>\n<p>Three</p>",
                "One & two\nThree",
                TextFormat::Plain,
            ),
            ("a<br/>b<BR>c", "a\nb\nc", TextFormat::Plain),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2", TextFormat::Plain),
            (
                "x &lt; y&nbsp;&#33; &unknown; &",
                "x < y ! &unknown; &",
                TextFormat::Plain,
            ),
            ("H<sub>2</sub>O", "H<sub>2</sub>O", TextFormat::Html),
            (
                "<p class=\"x\">a</p>",
                "<p class=\"x\">a</p>",
                TextFormat::Html,
            ),
        ] {
            assert_eq!(simplify(markup), (text.to_owned(), format), "{markup}");
        }
    }

    proptest! {
        #[test]
        fn plain_text_comes_back_through_markup(text in "[a-z<>&;#\"' \n]{0,40}") {
            let lines: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|line| !line.is_empty()).collect();
            prop_assert_eq!(to_plain(&from_plain(&text)), lines.join("\n"));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            simplify(&text);
        }
    }
}
