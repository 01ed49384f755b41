//! What an operation is called, takes and looks like. Its parser, the reference page of operations
//! and the JSON Schema all read it here.

/// One operation as its user sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    /// The key of the task.
    pub(crate) name: &'static str,
    /// What it makes true, one sentence.
    pub(crate) summary: &'static str,
    pub(crate) fields: &'static [Field],
    /// A task as it stands in a playbook: the operation's key and its arguments.
    pub(crate) example: &'static str,
}

/// One argument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// What it means and, where there is one, its default.
    pub(crate) doc: &'static str,
}

/// What may be written for an argument. Every kind may also be a template, `"{{ name }}"`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// Letters, digits and `-_.@+:`.
    Name,
    /// An absolute path on the host.
    Path,
    /// Octal with a leading zero.
    Mode,
    Boolean,
    /// A whole number from 1 to this.
    Number(u64),
    Choice(&'static [&'static str]),
    /// A text or a list of texts.
    Texts,
    /// Names to values.
    Mapping,
    /// A list of mappings with these keys.
    Items(&'static [Field]),
}

impl Spec {
    /// The names of all arguments.
    pub(crate) fn keys(&self) -> Vec<&'static str> {
        self.fields.iter().map(|field| field.name).collect()
    }
}

impl Field {
    pub(crate) const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            required: true,
            doc,
        }
    }

    pub(crate) const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            required: false,
            doc,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use crate::fields::Findings;
    use crate::ops::{Op, SPECS, Sources};
    use crate::yaml::Document;

    struct Anything;

    impl Sources for Anything {
        fn file(&self, _: &str) -> Result<Vec<u8>, String> {
            Ok(Vec::new())
        }

        fn template(&self, _: &str, _: &Map<String, Value>) -> Result<String, String> {
            Ok(String::new())
        }

        fn holds_secret(&self, _: &[u8]) -> bool {
            false
        }

        fn has_secrets(&self) -> bool {
            false
        }

        fn state_directory(&self) -> &'static str {
            "/var/lib/examctl"
        }
    }

    #[test]
    fn every_example_is_a_task_that_parses() {
        for spec in SPECS {
            let document = Document::parse(spec.name, spec.example).unwrap();
            let mut findings = Findings {
                unrendered: true,
                ..Findings::default()
            };
            let arguments = &document.root[spec.name];
            assert!(
                arguments.is_object(),
                "{}: the example has no such key",
                spec.name
            );
            let op = Op::parse(spec.name, arguments, &[], &Anything, &mut findings);
            assert!(
                findings.list.is_empty(),
                "{}: {:?}",
                spec.name,
                findings.list
            );
            assert!(op.is_some(), "{}", spec.name);
        }
    }

    #[test]
    fn every_operation_and_argument_is_described() {
        for spec in SPECS {
            assert!(spec.summary.ends_with('.'), "{}", spec.name);
            for field in spec.fields {
                assert!(field.doc.ends_with('.'), "{}.{}", spec.name, field.name);
            }
        }
    }

    #[test]
    fn a_required_argument_is_missed() {
        for spec in SPECS {
            for field in spec.fields.iter().filter(|field| field.required) {
                let document = Document::parse(spec.name, spec.example).unwrap();
                let mut arguments = document.root[spec.name].clone();
                arguments.as_object_mut().unwrap().remove(field.name);
                let mut findings = Findings::default();
                Op::parse(spec.name, &arguments, &[], &Anything, &mut findings);
                let named = |message: &str| message.contains(field.name);
                assert!(
                    findings.list.iter().any(|found| named(&found.message)),
                    "{} without {}",
                    spec.name,
                    field.name
                );
            }
        }
    }
}
