//! What does the server really have? Read after the run, from the database or over HTTP.

use std::{collections::BTreeMap, fmt, process::Stdio, sync::Arc, time::Duration};

use reqwest::{Client, Method};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{process::Command, time::timeout};

use super::{
    account::{Account, Place},
    reconcile::{Stored, StoredAnswer},
};
use crate::student::{
    ClientFactory, Credentials,
    wire::{Attempt, LoginResponse},
};

/// Longest time the command may take.
const COMMAND_LIMIT: Duration = Duration::from_mins(2);
/// Tries for one request; after a crash the server may need a moment.
const TRIES: u32 = 5;
const PAUSE_BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Where the stored answers are read after a run.
#[derive(Clone)]
pub enum StoredSource {
    /// A command that prints them as JSON lines, as `exam-service stored-answers` does: it asks the
    /// database and not the server. The environment is added to this process's own.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
        environment: Vec<(String, String)>,
    },
    /// The server itself, attempt by attempt, after a fresh login.
    Http,
}

impl fmt::Debug for StoredSource {
    /// Without the values of the environment, which may be secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { argv, environment } => {
                let names: Vec<_> = environment.iter().map(|(name, _)| name).collect();
                formatter
                    .debug_struct("Command")
                    .field("argv", argv)
                    .field("environment", &names)
                    .finish()
            }
            Self::Http => formatter.write_str("Http"),
        }
    }
}

/// One line that the command prints.
#[derive(Deserialize)]
struct Line {
    attempt_id: String,
    question_id: String,
    sequence: u64,
    response: Value,
    submitted_at: Option<String>,
}

/// Whom a server is asked as, over HTTP.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Without a slash at the end.
    pub(crate) target_url: &'a str,
    pub(crate) clients: &'a ClientFactory,
    pub(crate) credentials: &'a Credentials,
}

/// Everything stored for the attempts of this run; a command may tell of others too.
///
/// # Errors
/// A sentence saying why the answers cannot be compared.
pub(crate) async fn gather_stored(
    source: &StoredSource,
    asked: Asked<'_>,
    account: &Account,
) -> Result<Stored, String> {
    match source {
        StoredSource::Command { argv, environment } => gather_by_command(argv, environment).await,
        StoredSource::Http => {
            let attempts = account.attempts.iter();
            let users = attempts.map(|(attempt, notes)| (Arc::clone(attempt), notes.user));
            gather_by_http(asked, &users.collect()).await
        }
    }
}

async fn gather_by_command(
    argv: &[String],
    environment: &[(String, String)],
) -> Result<Stored, String> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err("no command is given to read the stored answers".to_owned());
    };
    let child = Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(COMMAND_LIMIT, child)
        .await
        .map_err(|_| {
            format!("'{program}' did not print the stored answers within {COMMAND_LIMIT:?}")
        })?
        .map_err(|error| format!("cannot run '{program}' to read the stored answers: {error}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let last = text
            .lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or("no message");
        return Err(format!(
            "'{program}' could not read the stored answers ({}): {last}",
            output.status
        ));
    }
    parse_lines(&String::from_utf8_lossy(&output.stdout))
}

fn parse_lines(text: &str) -> Result<Stored, String> {
    let mut stored = Stored::default();
    for (index, text) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let line: Line = serde_json::from_str(text).map_err(|error| {
            format!(
                "line {} of the stored answers is not one: {error}",
                index + 1
            )
        })?;
        if line.submitted_at.is_some() {
            stored.submitted.insert(line.attempt_id.clone());
        }
        stored.answers.push(StoredAnswer {
            place: Place {
                attempt: line.attempt_id.into(),
                question: line.question_id.into(),
            },
            sequence: line.sequence,
            response: line.response,
        });
    }
    Ok(stored)
}

async fn gather_by_http(
    asked: Asked<'_>,
    attempts: &BTreeMap<Arc<str>, u32>,
) -> Result<Stored, String> {
    let client = asked.clients.build()?;
    let mut stored = Stored::default();
    for (attempt, user) in attempts {
        let attempt = gather_attempt(asked, &client, attempt, *user).await?;
        if attempt.is_submitted() {
            stored.submitted.insert(attempt.id.to_string());
        }
        stored
            .answers
            .extend(attempt.stored().into_iter().map(|answer| StoredAnswer {
                place: answer.place,
                sequence: answer.sequence,
                response: answer.response,
            }));
    }
    Ok(stored)
}

async fn gather_attempt(
    asked: Asked<'_>,
    client: &Client,
    attempt: &str,
    user: u32,
) -> Result<Attempt, String> {
    let login = usize::try_from(user)
        .ok()
        .and_then(|user| asked.credentials.logins.get(user))
        .ok_or("an attempt belongs to no user of this run")?;
    let body = json!({ "login": login, "password": asked.credentials.password.expose() });
    let path = "/api/v1/auth/login";
    let request = client
        .request(Method::POST, format!("{}{path}", asked.target_url))
        .json(&body);
    let session: LoginResponse = read(request, path).await?;
    let path = format!("/api/v1/attempts/{attempt}");
    let request = client
        .request(Method::GET, format!("{}{path}", asked.target_url))
        .bearer_auth(session.access_token);
    let found: Attempt = read(request, &path).await?;
    if *found.id != *attempt {
        return Err(format!(
            "{path} answered with another attempt, {}",
            found.id
        ));
    }
    Ok(found)
}

/// One answer, asked for a few times if need be. Nothing here counts as load.
async fn read<T: serde::de::DeserializeOwned>(
    request: reqwest::RequestBuilder,
    path: &str,
) -> Result<T, String> {
    let mut last = String::new();
    for tries in 0..TRIES {
        if tries > 0 {
            tokio::time::sleep(PAUSE_BETWEEN_TRIES).await;
        }
        let Some(request) = request.try_clone() else {
            break;
        };
        match request.send().await {
            Ok(response) if response.status().is_success() => match response.json().await {
                Ok(body) => return Ok(body),
                Err(error) => last = format!("unusable answer: {error}"),
            },
            Ok(response) => {
                last = response.status().to_string();
                if response.status().is_client_error() {
                    break;
                }
            }
            Err(error) if error.is_connect() => "no connection".clone_into(&mut last),
            Err(error) => last = error.to_string(),
        }
    }
    Err(format!("the stored answers cannot be read, {path}: {last}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_answers_are_read_line_by_line() {
        let text = concat!(
            r#"{"attempt_id":"a","login":"s","question_id":"q","sequence":3,"response":{"value":true},"saved_at":"x","submitted_at":null}"#,
            "\n",
            r#"{"attempt_id":"b","login":"t","question_id":"q","sequence":1,"response":null,"saved_at":"x","submitted_at":"y"}"#,
            "\n",
        );
        let stored = parse_lines(text).unwrap();
        assert_eq!(stored.answers.len(), 2);
        assert_eq!(stored.answers[0].sequence, 3);
        assert!(stored.submitted.contains("b") && !stored.submitted.contains("a"));
    }

    #[test]
    fn output_that_is_cut_off_is_refused_not_half_believed() {
        let error = parse_lines("{\"attempt_id\":\"a\",\"ques").unwrap_err();
        assert!(error.contains("line 1"), "{error}");
    }

    #[test]
    fn environment_values_are_never_shown() {
        let source = StoredSource::Command {
            argv: vec!["exam-service".into()],
            environment: vec![("JWT_SECRET".into(), "hunter2".into())],
        };
        let text = format!("{source:?}");
        assert!(
            text.contains("JWT_SECRET") && !text.contains("hunter2"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn failing_command_tells_its_last_words() {
        let argv = ["sh", "-c", "echo no database >&2; exit 3"].map(str::to_owned);
        let error = gather_by_command(&argv, &[]).await.unwrap_err();
        assert!(error.contains("no database"), "{error}");
        assert!(gather_by_command(&[], &[]).await.is_err());
    }
}
