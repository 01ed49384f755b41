//! Somebody who sits a demo exam, over HTTP and nothing else.

use serde_json::{Value, json};

use crate::http::{Client, Reply};
use crate::service::{Demo, Service};

/// A student who has logged in and started the exam.
#[derive(Clone, Debug)]
pub struct Student {
    pub login: String,
    /// Sends the student's access token along.
    pub client: Client,
    pub token: String,
    /// The attempt as it was when it was started.
    pub attempt: Value,
}

/// One answer as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub question_id: String,
    /// Chosen by the client, rising per question.
    pub sequence: u64,
    pub response: Value,
}

impl Demo {
    /// Logs the student with that number in and starts the demo exam.
    pub fn student(&self, service: &Service, number: usize) -> Student {
        self.student_at(&service.client(), number)
    }

    /// The same through another way to the server, for instance nginx or a relay.
    pub fn student_at(&self, client: &Client, number: usize) -> Student {
        let login = self.students[number].clone();
        let credentials = json!({"login": login, "password": self.password});
        let session = client
            .post("/api/v1/auth/login", &credentials)
            .unwrap()
            .expect(200);
        let token = session["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        let client = client.with_bearer(&token);
        let reply = client
            .post(
                &format!("/api/v1/exams/{}/attempts", self.exam_id),
                &json!({}),
            )
            .unwrap();
        assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
        Student {
            login,
            client,
            token,
            attempt: reply.json(),
        }
    }
}

/// A valid response to a question of a demo exam; `choice` says which of the possible ones.
pub fn response_to(question: &Value, choice: usize) -> Value {
    match question["type"].as_str() {
        Some("true_false") => json!({"value": choice.is_multiple_of(2)}),
        Some("multiple_choice" | "multiple_response") => {
            let options = question["options"].as_array().expect("options");
            json!({"selected": [options[choice % options.len()]["id"]]})
        }
        other => panic!("a question of an unknown type: {other:?}"),
    }
}

impl Student {
    pub fn attempt_id(&self) -> &str {
        self.attempt["id"].as_str().expect("an attempt has an id")
    }

    /// The questions of the paper, in order.
    pub fn questions(&self) -> &[Value] {
        self.attempt["paper"]["questions"]
            .as_array()
            .expect("a paper has questions")
    }

    /// A valid answer to the question at `index`; `choice` says which of the possible ones.
    pub fn answer(&self, index: usize, sequence: u64, choice: usize) -> Answer {
        let question = &self.questions()[index];
        Answer {
            question_id: question["id"]
                .as_str()
                .expect("a question has an id")
                .to_owned(),
            sequence,
            response: response_to(question, choice),
        }
    }

    /// The path and body of the request that saves `answers`.
    pub fn save_request(&self, answers: &[Answer]) -> (String, Value) {
        let answers: Vec<Value> = answers
            .iter()
            .map(|answer| {
                json!({"question_id": answer.question_id, "response": answer.response, "sequence": answer.sequence, "flagged": false})
            })
            .collect();
        let path = format!("/api/v1/attempts/{}/answers", self.attempt_id());
        (path, json!({"answers": answers}))
    }

    pub fn save(&self, answers: &[Answer]) -> Result<Reply, ureq::Error> {
        let (path, body) = self.save_request(answers);
        self.client.put(&path, &body)
    }

    pub fn submit(&self) -> Result<Reply, ureq::Error> {
        self.client.post(
            &format!("/api/v1/attempts/{}/submit", self.attempt_id()),
            &json!({}),
        )
    }

    pub fn result(&self) -> Result<Reply, ureq::Error> {
        self.client
            .get(&format!("/api/v1/attempts/{}/result", self.attempt_id()))
    }

    /// The attempt as it is now: what the page shows after a reload.
    pub fn reload(&self) -> Result<Reply, ureq::Error> {
        self.client
            .get(&format!("/api/v1/attempts/{}", self.attempt_id()))
    }
}
