//! Which shipped template takes which typed context.

use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::{Map, Value};
use tera::Context;

use super::{
    RenderError, apt, chrony, exam_service, fail2ban, logrotate, mysql, nginx, postgresql,
    prometheus, redis, sshd, supervisor, system, systemd,
};

/// A context: what a template may use, nothing else.
pub(super) trait TemplateContext: Serialize + DeserializeOwned {
    /// The template's path below `templates/`, without `.tera`.
    const TEMPLATE: &'static str;

    /// Refuses values that would not mean in the file what they say here.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// What the template sees beside the context itself: figures and choices worked out of it.
    fn worked_out(&self) -> Value {
        Value::Null
    }

    /// Contexts that between them reach every branch of the template. A name begins with the
    /// release that the result is for: its own program judges it there.
    #[cfg(test)]
    fn samples() -> Vec<(&'static str, Self)>;
}

macro_rules! contexts {
    ($($context:ty),+ $(,)?) => {
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

        /// The variables that the context of the shipped template `name` takes.
        pub(crate) fn context_names(name: &str) -> Vec<String> {
            match name {
                $(<$context>::TEMPLATE => names_of::<$context>(),)+
                _ => Vec::new(),
            }
        }

        /// Every template with a context, and its samples as values.
        #[cfg(test)]
        fn render_samples() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
            vec![$((<$context>::TEMPLATE, sample_values::<$context>()),)+]
        }
    };
}

contexts!(
    apt::UnattendedUpgrades,
    chrony::ExamTime,
    exam_service::Backup,
    exam_service::EnvironmentFile,
    exam_service::RunColour,
    fail2ban::ExamJails,
    fail2ban::LoginFilter,
    logrotate::ExamService,
    mysql::ExamDatabase,
    nginx::ExamSite,
    nginx::Headers,
    nginx::Main,
    nginx::Proxy,
    postgresql::Access,
    postgresql::ExamDatabase,
    prometheus::MysqldClient,
    prometheus::MysqldExporter,
    prometheus::NginxExporter,
    prometheus::NodeExporter,
    prometheus::PostgresExporter,
    prometheus::RedisExporter,
    redis::ExamCache,
    redis::Users,
    sshd::ExamSsh,
    supervisor::ExamService,
    system::Limits,
    system::Sysctl,
    systemd::BackupService,
    systemd::BackupTimer,
    systemd::ExamService,
    systemd::NginxLimits,
    systemd::SupervisorLimits,
);

fn render_typed<T: TemplateContext>(
    text: &str,
    vars: &Map<String, Value>,
) -> Result<String, RenderError> {
    let failed = |message: String| RenderError { line: 0, message };
    let context: T = serde_json::from_value(Value::Object(vars.clone()))
        .map_err(|error| failed(misfit::<T>(vars, &error)))?;
    context.check().map_err(failed)?;
    let failed = |error: &dyn std::fmt::Display| failed(error.to_string());
    let mut seen = Context::from_serialize(&context).map_err(|error| failed(&error))?;
    if let Value::Object(figures) = context.worked_out() {
        for (name, value) in figures {
            seen.insert(name, &value);
        }
    }
    super::render(text, &seen)
}

/// Why `vars` do not make the context, with the name of the variable at fault: the reader names
/// none, but it says something else where the one at fault is changed.
fn misfit<T: DeserializeOwned>(vars: &Map<String, Value>, error: &serde_json::Error) -> String {
    let message = error.to_string();
    let says_else = |changed: Map<String, Value>| {
        let outcome = serde_json::from_value::<T>(Value::Object(changed));
        outcome.map_or_else(|other| other.to_string() != message, |_| true)
    };
    if let Some(name) = message.strip_prefix("missing field `") {
        let name = name.trim_end_matches('`');
        let mut given = vars.clone();
        given.insert(name.to_owned(), Value::Null);
        if says_else(given) {
            return format!("variable '{name}' is not defined");
        }
    }
    let culprit = vars.keys().find(|name| {
        let mut others = vars.clone();
        others.shift_remove(name.as_str());
        says_else(others)
    });
    match culprit {
        Some(name) => format!("variable '{name}': {message}"),
        None => format!("variables do not fit: {message}"),
    }
}

/// The names of the fields of a context.
fn names_of<T: DeserializeOwned>() -> Vec<String> {
    let mut names = FieldNames(&[]);
    // It only ever fails: what is wanted are the names it is asked for.
    T::deserialize(&mut names).err();
    names.0.iter().map(|name| (*name).to_owned()).collect()
}

/// Notes which fields a structure asks for.
struct FieldNames(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut FieldNames {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("only names are read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
fn sample_values<T: TemplateContext>() -> Vec<(&'static str, Value)> {
    T::samples()
        .iter()
        .filter_map(|(name, sample)| Some((*name, serde_json::to_value(sample).ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::Assets;
    use serde_json::json;

    fn refusal(name: &str, vars: &Value) -> String {
        let text = Assets::embedded().template(name).unwrap();
        let outcome = render_shipped(name, &text, vars.as_object().unwrap()).unwrap();
        outcome.unwrap_err().message
    }

    #[test]
    fn a_context_names_the_variables_it_takes() {
        let names = context_names("nginx/exam-site.conf");
        assert!(names.contains(&"server_name".to_owned()), "{names:?}");
        assert!(context_names("nothing").is_empty());
    }

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
            let text = assets
                .template(name)
                .unwrap_or_else(|| panic!("{name} has a context and no template"));
            assert!(!samples.is_empty());
            for (sample, vars) in samples {
                let vars = vars.as_object().unwrap();
                let rendered = render_shipped(name, &text, vars)
                    .unwrap()
                    .unwrap_or_else(|error| panic!("{name}, {sample}: {}", error.message));
                assert!(
                    !rendered.contains("\n\n\n"),
                    "{name}, {sample}: blank lines"
                );
                let snapshot = format!("{}@{sample}", name.replace('/', "_"));
                insta::assert_snapshot!(snapshot, rendered);
            }
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_by_its_variable() {
        let site = |extra: Value| {
            let mut vars =
                json!({"server_name": "a.example", "exam_blue_port": 1, "exam_green_port": 2});
            let more = extra.as_object().unwrap().clone();
            vars.as_object_mut().unwrap().extend(more);
            refusal("nginx/exam-site.conf", &vars)
        };
        assert_eq!(
            refusal(
                "nginx/exam-site.conf",
                &json!({"server_name": "a.example", "exam_green_port": 2})
            ),
            "variable 'exam_blue_port' is not defined"
        );
        assert_eq!(
            site(json!({"exam_green_port": "x"})),
            "variable 'exam_green_port': invalid type: string \"x\", expected u16"
        );
        assert!(site(json!({"campus_networks": ["10.0.0.0/8;"]})).contains("'campus_networks'"));
        assert!(site(json!({"tls": "files"})).contains("'tls_certificate'"));
        let unknown = site(json!({"tls": "files", "tls_certificate": "/c", "tls_key": "/k"}));
        assert!(unknown.contains("'versions.nginx'"), "{unknown}");
        assert_eq!(
            refusal(
                "nginx/nginx.conf",
                &json!({"host": {"cores": 2}, "versions": {"nginx": "1.22.1"}})
            ),
            "variable 'host': missing field `memory_mib`"
        );
    }
}
