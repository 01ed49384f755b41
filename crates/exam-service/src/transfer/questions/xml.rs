//! XML as a small tree with line numbers: without entities of its own, without anything from outside, with limits.

use quick_xml::Reader;
use quick_xml::escape::{escape, partial_escape};
use quick_xml::events::{BytesStart, Event};

use super::TransferError;

/// How deep elements may lie in each other.
const MAX_DEPTH: usize = 100;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Without its namespace prefix.
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    /// Where it starts, from 1.
    pub(super) line: usize,
}

/// What is in an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Element(Element),
    Text(String),
    /// Written as it is, in a CDATA section; read as text.
    Data(String),
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    pub(super) fn data(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Data(text.into()));
        self
    }

    pub(super) fn child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(super) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children
            .extend(children.into_iter().map(Node::Element));
        self
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(each, _)| each == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Data(_) => None,
        })
    }

    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.name == name)
    }

    pub(super) fn first(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// All elements with this name, however deep, in document order.
    pub(super) fn all<'a>(&'a self, name: &str, found: &mut Vec<&'a Element>) {
        for element in self.elements() {
            if element.name == name {
                found.push(element);
            }
            element.all(name, found);
        }
    }

    /// All text below it.
    pub(super) fn content(&self) -> String {
        let pieces = self.children.iter().map(|child| match child {
            Node::Text(text) | Node::Data(text) => text.clone(),
            Node::Element(element) => element.content(),
        });
        pieces.collect()
    }

    /// What is in it, as markup.
    pub(super) fn markup(&self) -> String {
        let mut text = String::new();
        for child in &self.children {
            child.write(&mut text);
        }
        text
    }

    fn write(&self, text: &mut String) {
        text.push('<');
        text.push_str(&self.name);
        for (name, value) in &self.attributes {
            text.extend([" ", name.as_str(), "=\"", &*escape(value), "\""]);
        }
        if self.children.is_empty() {
            text.push_str("/>");
            return;
        }
        text.push('>');
        for child in &self.children {
            child.write(text);
        }
        text.extend(["</", self.name.as_str(), ">"]);
    }

    /// The whole document, an element of the root on each line.
    pub(super) fn to_document(&self) -> String {
        let mut spaced = self.clone();
        spaced.children = spaced
            .children
            .into_iter()
            .flat_map(|child| [Node::Text("\n".to_owned()), child])
            .collect();
        spaced.children.push(Node::Text("\n".to_owned()));
        let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        spaced.write(&mut text);
        text.push('\n');
        text
    }
}

impl Node {
    fn write(&self, text: &mut String) {
        match self {
            Self::Element(element) => element.write(text),
            Self::Text(content) => text.push_str(&partial_escape(content)),
            // The end of a section cannot stand in it: it is cut in two there.
            Self::Data(content) => {
                let whole = content.replace("]]>", "]]]]><![CDATA[>");
                text.extend(["<![CDATA[", &whole, "]]>"]);
            }
        }
    }
}

/// Counts lines up to a place that only moves forward.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn line_of(&mut self, place: u64) -> usize {
        let place = usize::try_from(place)
            .unwrap_or(usize::MAX)
            .min(self.text.len());
        let passed = self.text.get(self.at..place).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.at = self.at.max(place);
        self.line
    }
}

/// Reads a document. Entities other than the five of XML, and document types, are refused: they are how a small file
/// becomes a large one, or reads another.
pub(super) fn parse(text: &str) -> Result<Element, TransferError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    let mut open: Vec<Element> = Vec::new();
    loop {
        let line = lines.line_of(reader.buffer_position());
        let refuse = |what: &str| TransferError::Unreadable {
            line: Some(line),
            what: what.to_owned(),
        };
        let event = reader
            .read_event()
            .map_err(|error| refuse(&format!("this is no XML: {error}")))?;
        match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(refuse("elements lie too deep in each other"));
                }
                open.push(element(&start, line).map_err(|what| refuse(&what))?);
            }
            Event::End(_) => {
                let Some(done) = open.pop() else {
                    return Err(refuse("an element ends that did not start"));
                };
                match open.last_mut() {
                    Some(parent) => parent.children.push(Node::Element(done)),
                    None => return Ok(done),
                }
            }
            Event::Text(content) => push_text(&mut open, &content.xml10_content()),
            Event::CData(content) => push_text(&mut open, &content.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved = resolve(&reference).ok_or_else(|| {
                    refuse("only &amp; &lt; &gt; &quot; &apos; and numbered characters may stand for something else")
                })?;
                push_text(&mut open, &resolved.to_string());
            }
            Event::DocType(_) => {
                return Err(refuse(
                    "a document type is not taken: remove the <!DOCTYPE>",
                ));
            }
            Event::Eof => return Err(refuse("the file ends before its first element does")),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
        }
    }
}

fn element(start: &BytesStart<'_>, line: usize) -> Result<Element, String> {
    let mut element = Element::new(start.local_name().as_ref());
    element.line = line;
    for attribute in start.attributes() {
        let attribute =
            attribute.map_err(|error| format!("an attribute cannot be read: {error}"))?;
        let name = attribute.key.local_name().as_ref().to_owned();
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|error| format!("the attribute '{name}' cannot be read: {error}"))?;
        element.attributes.push((name, value.into_owned()));
    }
    Ok(element)
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    match reference.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn push_text(open: &mut [Element], text: &str) {
    let Some(parent) = open.last_mut() else {
        return;
    };
    if let Some(Node::Text(before)) = parent.children.last_mut() {
        before.push_str(text);
    } else {
        parent.children.push(Node::Text(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line_and_reason(text: &str) -> (Option<usize>, String) {
        match parse(text).unwrap_err() {
            TransferError::Unreadable { line, what } => (line, what),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn bombs_and_files_from_outside_are_refused_with_their_line() {
        let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"bbbbb\"><!ENTITY c \"&b;&b;\">]>\n<a>&c;</a>";
        let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">\n<a/>";
        assert!(line_and_reason(bomb).1.contains("document type"));
        assert!(line_and_reason(outside).1.contains("document type"));
        let (line, what) = line_and_reason("<a>\n<b>\n&xxe;</b></a>");
        assert!(what.contains("may stand for"), "{what}");
        assert_eq!(line, Some(3));
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert!(line_and_reason(&deep).1.contains("too deep"));
    }

    #[test]
    fn a_broken_file_is_located() {
        assert_eq!(line_and_reason("<a>\n<b>\n</a>").0, Some(3));
        assert_eq!(line_and_reason("<a>\n").0, Some(2));
    }

    #[test]
    fn a_tree_is_read_as_it_was_written() {
        let inner = Element::new("b")
            .with("x", "1 < \"2\"")
            .text("a & b")
            .data("<p>]]></p>");
        let tree = Element::new("a").child(inner);
        let read = parse(&tree.to_document()).unwrap();
        let inner = read.first("b").unwrap();
        assert_eq!(inner.attribute("x"), Some("1 < \"2\""));
        assert_eq!(inner.content(), "a & b<p>]]></p>");
        assert_eq!(inner.line, 3);
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "(<a( b='c')?>|</a>|<a/>|&amp;|&#x0;|&x;|<!\\[CDATA\\[|\\]\\]>|<!--|[a-z<>\n]){0,30}") {
            let _is_read = parse(&text).is_ok();
        }
    }
}
