//! Which shipped template takes which typed context.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tera::Context;

use super::{RenderError, exam_service, nginx, supervisor};

/// A context: what a template may use, nothing else.
trait TemplateContext: Serialize + DeserializeOwned {
    /// Contexts that between them reach every branch of the template.
    #[cfg(test)]
    fn samples() -> Vec<Self>;
}

macro_rules! contexts {
    ($($context:ty),+ $(,)?) => {
        $(impl TemplateContext for $context {
            #[cfg(test)]
            fn samples() -> Vec<Self> {
                <$context>::samples()
            }
        })+

        /// Renders the shipped template `name` from `vars`, which must hold what its context asks
        /// for. `None` where no such template is shipped.
        pub(crate) fn render_shipped(
            name: &str,
            text: &str,
            vars: &Map<String, Value>,
        ) -> Option<Result<String, RenderError>> {
            match name {
                $(<$context>::TEMPLATE => Some(render_typed::<$context>(text, vars)),)+
                _ => None,
            }
        }

        /// Every template with a context, and its samples as values.
        #[cfg(test)]
        fn render_samples() -> Vec<(&'static str, Vec<Value>)> {
            vec![$((<$context>::TEMPLATE, sample_values::<$context>()),)+]
        }
    };
}

contexts!(
    nginx::ExamSite,
    supervisor::ExamService,
    exam_service::EnvironmentFile,
    exam_service::RunColour,
);

fn render_typed<T: TemplateContext>(
    text: &str,
    vars: &Map<String, Value>,
) -> Result<String, RenderError> {
    let failed = |message: String| RenderError { line: 0, message };
    let context: T = serde_json::from_value(Value::Object(vars.clone()))
        .map_err(|error| failed(format!("variables do not fit: {error}")))?;
    let context = Context::from_serialize(&context).map_err(|error| failed(error.to_string()))?;
    super::render(text, &context)
}

#[cfg(test)]
fn sample_values<T: TemplateContext>() -> Vec<Value> {
    T::samples()
        .iter()
        .filter_map(|sample| serde_json::to_value(sample).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::Assets;

    #[test]
    fn every_shipped_template_has_a_context_and_renders_all_its_samples() {
        let assets = Assets::embedded();
        let with_context: Vec<&str> = render_samples().iter().map(|entry| entry.0).collect();
        for name in assets.template_names() {
            assert!(
                with_context.contains(&name.as_str()),
                "{name} has no context"
            );
        }
        for (name, samples) in render_samples() {
            let text = assets.template(name).unwrap();
            assert!(!samples.is_empty());
            for sample in samples {
                let Value::Object(vars) = sample else {
                    panic!("{name}: a context is a mapping")
                };
                let rendered = render_shipped(name, &text, &vars).unwrap().unwrap();
                insta::assert_snapshot!(name.replace('/', "_"), rendered);
            }
        }
    }
}
