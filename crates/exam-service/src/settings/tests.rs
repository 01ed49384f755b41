//! What a person reads when settings are wrong, and what comes out when they are right.

use super::*;

const GOOD_SECRET: &str = "f3b1c98a77d20e4651aa0c3f9e8d7b6c";

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn report(pairs: &[(&str, &str)]) -> String {
    Settings::from_variables(&variables(pairs))
        .unwrap_err()
        .to_string()
}

#[test]
fn every_problem_is_reported_at_once() {
    let report = report(&[
        ("DATABASE_URL", "oracle://exam:hunter2@db/exam"),
        ("EXAM_LISTEN", "8080"),
        ("EXAM_ADMIN_LISTEN", "0.0.0.0:9000"),
        ("JWT_SECRET", "short"),
        ("EXAM_SAVE_BATCH", "0"),
        ("EXAM_LOG_FORMAT", "xml"),
    ]);
    let expected = "7 settings are missing or unsafe
  EXAM_LOG_FORMAT    'xml' is neither json nor text
  DATABASE_URL       begins with none of sqlite:, mysql:, mariadb:, postgres: and postgresql:. For example sqlite:///var/lib/exam-service/exam.db, mysql://exam:PASSWORD@127.0.0.1:3306/exam or postgres://exam:PASSWORD@127.0.0.1:5432/exam
  EXAM_LISTEN        '8080' is not ADDRESS:PORT, for example 127.0.0.1:8080 or 0.0.0.0:8080
  EXAM_ADMIN_LISTEN  '0.0.0.0:9000' can be reached from other machines: use unix:/path/to.sock or 127.0.0.1:PORT
  JWT_SECRET         has 5 bytes, 32 are needed. Make one with: openssl rand -hex 32
  APP_URL            is not set. Set it to the address students type: https://exam.example.edu
  EXAM_SAVE_BATCH    '0' is not a whole number from 1 to 10000";
    assert_eq!(report, expected);
}

#[test]
fn an_empty_environment_names_what_is_required() {
    let expected = "3 settings are missing or unsafe
  DATABASE_URL  is not set. Set it to, for example, sqlite:///var/lib/exam-service/exam.db
  JWT_SECRET    is not set, nor JWT_SECRET_FILE. Make one with: openssl rand -hex 32
  APP_URL       is not set. Set it to the address students type: https://exam.example.edu";
    assert_eq!(report(&[]), expected);
}

#[test]
fn production_refuses_a_guessable_secret_that_a_demo_takes() {
    let weak = "change-me-change-me-change-me-change-me";
    let base = [
        ("DATABASE_URL", "sqlite:///x/exam.db"),
        ("APP_URL", "https://exam.example.edu"),
        ("JWT_SECRET", weak),
    ];
    let report = report(&base);
    assert!(
        report.contains("JWT_SECRET  is a known or guessable value"),
        "{report}"
    );
    assert!(!report.contains(weak), "the secret is in the report");

    let mut demo = variables(&base);
    demo.insert("APP_ENV".to_owned(), "demo".to_owned());
    Settings::from_variables(&demo).unwrap();
}

#[test]
fn a_colour_without_a_way_to_promote_it_is_refused() {
    let mut pairs = vec![
        ("DATABASE_URL", "sqlite:///x/exam.db"),
        ("APP_URL", "https://exam.example.edu"),
        ("JWT_SECRET", GOOD_SECRET),
        ("EXAM_ACTIVE_FILE", "/x/active"),
    ];
    assert!(
        report(&pairs).contains("EXAM_COLOUR  is not set"),
        "{}",
        report(&pairs)
    );
    pairs.push(("EXAM_COLOUR", "blue"));
    assert!(
        report(&pairs).contains("EXAM_ADMIN_LISTEN  is not set"),
        "{}",
        report(&pairs)
    );
    pairs.push(("EXAM_ADMIN_LISTEN", "127.0.0.1:9000"));
    let settings = Settings::from_variables(&variables(&pairs)).unwrap();
    assert_eq!(settings.colour.unwrap().name, "blue");
}

#[test]
fn defaults_are_those_of_the_manual() {
    let settings = Settings::from_variables(&variables(&[
        ("DATABASE_URL", "sqlite:///x/exam.db"),
        ("APP_URL", "https://exam.example.edu"),
        ("JWT_SECRET", GOOD_SECRET),
    ]))
    .unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((settings.save_queue, settings.save_batch), (8192, 512));
    assert_eq!(settings.drain_timeout, Duration::from_secs(30));
    assert!(
        !format!("{settings:?}").contains(GOOD_SECRET),
        "the secret is in the debug output"
    );
}

#[test]
fn database_options_that_could_weaken_durability_are_refused() {
    for url in [
        "sqlite:///x/exam.db?synchronous=off",
        "sqlite::memory:",
        "sqlite://relative.db",
        "sqlite:///",
    ] {
        let report = report(&[("DATABASE_URL", url)]);
        assert!(report.contains("DATABASE_URL"), "{url} was taken: {report}");
    }
}

#[test]
fn a_database_on_a_server_needs_a_place_for_the_maintenance_switch() {
    let mut pairs = vec![
        ("DATABASE_URL", "mysql://exam:hunter2@db/exam"),
        ("APP_URL", "https://exam.example.edu"),
        ("JWT_SECRET", GOOD_SECRET),
    ];
    let refused = report(&pairs);
    assert!(
        refused.contains("EXAM_MAINTENANCE_FILE  is not set"),
        "{refused}"
    );
    pairs.push(("EXAM_MAINTENANCE_FILE", "/x/maintenance.json"));
    let settings = Settings::from_variables(&variables(&pairs)).unwrap();
    assert_eq!(settings.database.to_string(), "mysql://exam@db/exam");
    assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
}

#[cfg(unix)]
#[test]
fn a_secret_file_that_everybody_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jwt_secret");
    std::fs::write(&path, GOOD_SECRET).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let pairs = [("JWT_SECRET_FILE", path.to_str().unwrap())];
    assert!(
        report(&pairs).contains("can be read by everybody"),
        "{}",
        report(&pairs)
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(!report(&pairs).contains("JWT_SECRET"), "{}", report(&pairs));
}

#[test]
fn the_help_names_every_setting_that_is_read() {
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/settings");
    let read = |name: &str| std::fs::read_to_string(sources.join(name)).unwrap();
    let is_name = |word: &str| {
        let is_ours = ["EXAM_", "APP_", "JWT_", "DATABASE_", "SENTRY_"];
        is_ours.iter().any(|prefix| word.starts_with(prefix))
            && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    let mut count = 0;
    for file in ["mod.rs", "rules.rs", "exposure.rs"] {
        // Every name stands in the source as a text of its own.
        for name in read(file).split('"').filter(|word| is_name(word)) {
            assert!(HELP.contains(name), "{name} is not in the help");
            count += 1;
        }
    }
    assert!(count > 15, "only {count} names were found");
}
