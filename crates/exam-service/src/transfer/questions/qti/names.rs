//! The names of QTI 3.0 and those of 2.1.

use super::super::xml::{Element, Node};

/// Elements of HTML keep their names.
const NAMESPACE_2: &str = "http://www.imsglobal.org/xsd/imsqti_v2p1";
const NAMESPACE_3: &str = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0";

/// What stands in the body of an item and is HTML in both.
const HTML: [&str; 24] = [
    "p",
    "div",
    "span",
    "br",
    "b",
    "i",
    "em",
    "strong",
    "sub",
    "sup",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "tbody",
    "thead",
    "img",
    "a",
    "pre",
    "code",
    "blockquote",
];

/// `qti-choice-interaction` as `choiceInteraction`, `response-identifier` as `responseIdentifier`.
pub(super) fn as_version_2(element: Element) -> Element {
    renamed(
        element,
        &|name, is_element| match name.strip_prefix("qti-") {
            Some(rest) => camel(rest),
            None if is_element => name.to_owned(),
            None => camel(name),
        },
    )
}

/// The other way.
pub(super) fn as_version_3(mut element: Element) -> Element {
    for (name, value) in &mut element.attributes {
        if name == "xmlns" {
            NAMESPACE_3.clone_into(value);
        }
    }
    renamed(
        element,
        &|name, is_element| match (is_element, HTML.contains(&name)) {
            (true, true) => name.to_owned(),
            (true, false) => format!("qti-{}", kebab(name)),
            (false, _) => kebab(name),
        },
    )
}

pub(super) fn namespace_2() -> &'static str {
    NAMESPACE_2
}

fn renamed(mut element: Element, rename: &dyn Fn(&str, bool) -> String) -> Element {
    element.name = rename(&element.name, true);
    for (name, _) in &mut element.attributes {
        *name = rename(name, false);
    }
    let children = element.children.into_iter().map(|child| match child {
        Node::Element(child) => Node::Element(renamed(child, rename)),
        other => other,
    });
    element.children = children.collect();
    element
}

fn camel(name: &str) -> String {
    let mut parts = name.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let mut characters = part.chars();
        let capital = characters.next().map(|c| c.to_ascii_uppercase());
        name + &capital.into_iter().chain(characters).collect::<String>()
    })
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(character.to_ascii_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_two_versions_are_each_others() {
        for (two, three) in [
            ("choiceInteraction", "choice-interaction"),
            ("value", "value"),
            ("maxChoices", "max-choices"),
        ] {
            assert_eq!(camel(three), two);
            assert_eq!(kebab(two), three);
        }
    }
}
