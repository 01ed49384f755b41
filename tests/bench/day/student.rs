//! One student of the day: signs in when it is their turn, saves on time, and remembers what was acknowledged.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use integration_tests::student::response_to;
use serde_json::{Value, json};
use tokio::time::sleep_until;

use crate::figures::Figures;

const BETWEEN_SAVES: Duration = Duration::from_secs(5);

/// What all students share.
pub(crate) struct Day {
    pub(crate) base: String,
    pub(crate) password: String,
    pub(crate) exam: String,
    pub(crate) began: Instant,
    /// When the last one signs in.
    pub(crate) all_in_after: Duration,
    pub(crate) over_after: Duration,
    pub(crate) client: reqwest::Client,
    pub(crate) figures: Figures,
}

pub(crate) struct Student {
    day: Arc<Day>,
    login: String,
    due: Duration,
    /// Question -> highest acknowledged sequence.
    acknowledged: HashMap<String, u64>,
}

impl Student {
    pub(crate) fn new(day: Arc<Day>, login: String, due: Duration) -> Self {
        Self {
            day,
            login,
            due,
            acknowledged: HashMap::new(),
        }
    }

    async fn sit(mut self) -> Self {
        let credentials = json!({"login": self.login, "password": self.day.password});
        let Some(session) = self
            .send(
                "1 sign-in",
                self.due,
                "POST",
                "/api/v1/auth/login",
                "",
                &credentials,
            )
            .await
        else {
            return self;
        };
        let token = session["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        let path = format!("/api/v1/exams/{}/attempts", self.day.exam);
        let now = self.day.began.elapsed();
        let Some(attempt) = self
            .send("2 start", now, "POST", &path, &token, &json!({}))
            .await
        else {
            return self;
        };
        let path = format!(
            "/api/v1/attempts/{}/answers",
            attempt["id"].as_str().expect("an id")
        );
        let questions = attempt["paper"]["questions"]
            .as_array()
            .expect("questions")
            .clone();
        // From when the exam was open: nobody saves while they wait to be let in.
        let mut due = self.day.began.elapsed() + BETWEEN_SAVES;
        for (choice, question) in questions.iter().cycle().enumerate() {
            if due >= self.day.over_after {
                break;
            }
            let what = if due < self.day.all_in_after {
                "3 save while others sign in"
            } else {
                "4 save when all are in"
            };
            let sequence = choice as u64 + 1;
            let id = question["id"].as_str().expect("an id").to_owned();
            let body = json!({"answers": [{"question_id": id, "sequence": sequence, "response": response_to(question, choice)}]});
            if self
                .send(what, due, "PUT", &path, &token, &body)
                .await
                .is_some()
            {
                self.acknowledged.insert(id, sequence);
            }
            due += BETWEEN_SAVES;
        }
        self
    }

    /// Sends a request when it is due, and reads its answer; `None` when it is no success.
    async fn send(
        &self,
        what: &'static str,
        due: Duration,
        method: &str,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Option<Value> {
        let due = self.day.began + due;
        sleep_until(due.into()).await;
        let method = method.parse().expect("a method");
        let request = self
            .day
            .client
            .request(method, format!("{}{path}", self.day.base))
            .bearer_auth(token)
            .json(body);
        let (failure, reply) = match request.send().await {
            Err(error) => (Some(format!("{error:?}")), None),
            Ok(reply) if !reply.status().is_success() => (Some(reply.status().to_string()), None),
            Ok(reply) => match reply.json().await {
                Ok(reply) => (None, Some(reply)),
                Err(error) => (Some(format!("{error:?}")), None),
            },
        };
        self.day.figures.count(what, due.elapsed(), failure);
        reply
    }
}

/// Lets all students sit, and waits until the last one is done.
pub(crate) async fn all(students: impl Iterator<Item = Student>) -> Vec<Student> {
    let sitting: Vec<_> = students
        .map(|student| tokio::spawn(student.sit()))
        .collect();
    let mut done = Vec::with_capacity(sitting.len());
    for student in sitting {
        done.push(student.await.expect("no student falls"));
    }
    done
}

/// Compares what was acknowledged with what the database has; how much that was.
pub(crate) fn assert_nothing_is_lost(students: &[Student], stored: &[Value]) -> usize {
    let stored: HashMap<(&str, &str), u64> = stored
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().expect("a text");
            (
                (text("login"), text("question_id")),
                row["sequence"].as_u64().expect("a sequence"),
            )
        })
        .collect();
    let mut compared = 0;
    for student in students {
        for (question, acknowledged) in &student.acknowledged {
            let found = stored.get(&(&*student.login, &**question));
            assert!(
                found >= Some(acknowledged),
                "{}, question {question}: {acknowledged} was acknowledged, stored is {found:?}",
                student.login
            );
            compared += 1;
        }
    }
    compared
}
