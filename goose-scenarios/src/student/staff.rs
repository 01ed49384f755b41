//! Asks, as a member of staff, what an exam is like. No load: a login and one question.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;

use super::{ClientFactory, Password, Target, wire::LoginResponse};
use crate::profile::ExamFacts;

const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

#[derive(Deserialize)]
struct Candidates {
    candidates: Vec<IgnoredAny>,
    next: Option<String>,
}

/// What the server says of an exam, by its id. Blocks until it is there.
///
/// # Errors
/// A sentence with the answer of the server; it never holds the password.
pub fn fetch_exam(
    target: &str,
    login: &str,
    password: &Password,
    exam: &str,
) -> Result<ExamFacts, String> {
    let target = Target::parse(target).map_err(|error| error.to_string())?;
    let client = ClientFactory::new(&target, TIMEOUT)?.build()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))?;
    runtime.block_on(async {
        let credentials = json!({ "login": login, "password": password.expose() });
        let request = client
            .post(format!("{}/api/v1/auth/login", target.url))
            .json(&credentials);
        let session: LoginResponse = read(request, "the sign-in").await?;
        let exam = format!("{}/api/v1/exams/{exam}", target.url);
        let token = &session.access_token;
        let mut facts: ExamFacts = read(client.get(&exam).bearer_auth(token), "the exam").await?;
        let mut after = String::new();
        loop {
            // An id: it needs no escape.
            let question = client
                .get(format!("{exam}/candidates?limit=500{after}"))
                .bearer_auth(token);
            let part: Candidates = read(question, "the list of candidates").await?;
            facts.candidate_count += u32::try_from(part.candidates.len()).unwrap_or(u32::MAX);
            match part.next {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(facts),
            }
        }
    })
}

async fn read<T: serde::de::DeserializeOwned>(
    request: reqwest::RequestBuilder,
    what: &str,
) -> Result<T, String> {
    let reply = request
        .send()
        .await
        .map_err(|error| format!("{what}: {}", error.without_url()))?;
    let status = reply.status();
    let text = reply
        .text()
        .await
        .map_err(|error| format!("{what}: {}", error.without_url()))?;
    if !status.is_success() {
        let problem: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let title = problem["title"].as_str().unwrap_or_default();
        return Err(format!("{what} was answered with {status} {title}"));
    }
    serde_json::from_str(&text)
        .map_err(|error| format!("{what}: the answer is not what is expected: {error}"))
}
