//! Settings that work and are yet nothing for an exam day: debugging, demonstrations, plain HTTP.

use tracing_subscriber::filter::{EnvFilter, LevelFilter};

use super::{Environment, Settings};

/// One sentence for each.
pub(super) fn warnings(settings: &Settings) -> Vec<String> {
    let mut warnings = Vec::new();
    let telemetry = &settings.telemetry;
    if matches!(
        telemetry.environment,
        Environment::Demo | Environment::Development
    ) {
        warnings.push(format!(
            "APP_ENV is {}: weak secrets and demo data are taken. For exams set it to production",
            telemetry.environment.as_str()
        ));
    }
    if is_verbose(&telemetry.log_filter) {
        warnings.push(format!(
            "RUST_LOG is {}: a line for each request slows down every save. For exams set it to info",
            telemetry.log_filter
        ));
    }
    let is_plain = |url: &str| url.starts_with("http://");
    if telemetry.environment == Environment::Production
        && settings.public_url.as_deref().is_some_and(is_plain)
    {
        warnings.push("APP_URL is not https: passwords and answers travel in the clear".to_owned());
    }
    warnings
}

/// Whether any part of the filter lets through more than `info`.
fn is_verbose(filter: &str) -> bool {
    let filter = filter.parse::<EnvFilter>().ok();
    filter
        .and_then(|filter| filter.max_level_hint())
        .is_none_or(|level| level > LevelFilter::INFO)
}

#[cfg(test)]
mod tests {
    use crate::settings::Variables;

    use super::*;

    fn warned(more: &[(&str, &str)]) -> Vec<String> {
        let base = [
            ("DATABASE_URL", "sqlite:///x/exam.db"),
            ("APP_URL", "https://exam.example.edu"),
            ("JWT_SECRET", "f3b1c98a77d20e4651aa0c3f9e8d7b6c"),
        ];
        let variables: Variables = base
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::from_variables(&variables).unwrap().warnings()
    }

    #[test]
    fn what_is_nothing_for_an_exam_day_is_said() {
        assert_eq!(warned(&[]), Vec::<String>::new());
        for (name, value, words) in [
            ("APP_ENV", "demo", "APP_ENV is demo"),
            ("APP_ENV", "development", "APP_ENV is development"),
            ("RUST_LOG", "debug", "RUST_LOG is debug"),
            (
                "RUST_LOG",
                "info,exam_service=trace",
                "RUST_LOG is info,exam_service=trace",
            ),
            ("APP_URL", "http://exam.example.edu", "APP_URL is not https"),
        ] {
            let found = warned(&[(name, value)]);
            assert_eq!(found.len(), 1, "{name}={value}: {found:?}");
            assert!(found[0].contains(words), "{found:?}");
        }
        assert_eq!(warned(&[("APP_ENV", "staging")]), Vec::<String>::new());
        assert_eq!(
            warned(&[("RUST_LOG", "warn,exam_service=info")]),
            Vec::<String>::new()
        );
    }
}
