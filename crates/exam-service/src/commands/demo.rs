//! `seed-demo`: an exam and students to try the service with. Never on a production database.

use std::io::Write;

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::demo_exam::demo_exam;
use super::{CommandError, print_line};
use crate::clock::Clock;
use crate::passwords::hash_password;
use crate::settings::{DatabaseSettings, Environment};
use crate::store::{DatabaseStore, DemoSeed, Store as _};

const ADMIN: &str = "admin";
const OPEN_FOR: TimeDelta = TimeDelta::days(30);

/// Seeds, and prints one JSON object with the logins and the password. Running it again adds what is missing and sets
/// the password of all demo accounts anew.
///
/// # Errors
/// In production; when the database cannot be written.
pub async fn seed_demo(
    settings: &DatabaseSettings,
    students: u32,
    password: Option<String>,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    if settings.telemetry.environment == Environment::Production {
        let message = "seed-demo is refused in production: everybody would know these logins. \
                       Set APP_ENV=demo (or development, staging) for a database to try things with";
        return Err(CommandError::Usage(message.to_owned()));
    }
    let password = password
        .filter(|given| !given.is_empty())
        .unwrap_or_else(generate_password);
    let seed = DemoSeed {
        students: (1..=students)
            .map(|number| format!("student-{number:04}"))
            .collect(),
        admin: ADMIN,
        // One hash for all: hashing for each would take minutes.
        password_hash: hash_password(&password)?,
        now: Clock::System.now(),
        open_for: OPEN_FOR,
    };
    let store = DatabaseStore::open(&settings.database, settings.telemetry.environment).await?;
    let exam = demo_exam();
    let seeded = store.seed_demo(&exam, &seed).await;
    store.close().await?;
    let reply = json!({
        "exam_id": seeded?,
        "exam_title": exam.paper.title,
        "password": password,
        "students": seed.students,
        "admin": ADMIN,
    });
    print_line(output, &reply.to_string())
}

/// 15 hexadecimal digits in four groups, 60 random bits: easy to type from paper.
pub(super) fn generate_password() -> String {
    let digits = Uuid::new_v4().simple().to_string();
    // The 17th digit of a version 4 id is not quite random: it names the variant. Those after it are.
    [
        &digits[17..20],
        &digits[20..24],
        &digits[24..28],
        &digits[28..32],
    ]
    .join("-")
}
