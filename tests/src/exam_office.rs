//! Those who make exams and watch them, over the interface as their pages do it.

use serde_json::{Value, json};

use crate::http::Client;
use crate::service::{Demo, Service};

/// A PNG of one pixel.
const IMAGE: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4,
    0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0xf8,
    0x0f, 0x00, 0x01, 0x04, 0x01, 0x00, 0x5f, 0xe5, 0xc3, 0x4b, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45,
    0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// An administrator who does everything that staff do.
pub struct ExamOffice {
    client: Client,
    students: Vec<String>,
}

/// What is different about an exam.
pub struct ExamPlan {
    pub title: &'static str,
    pub duration_seconds: u32,
    /// From when it can be started, in seconds from now.
    pub starts_in_seconds: i64,
    /// `free`, `sections_in_order` or `questions_in_order`.
    pub navigation: &'static str,
    pub access_code: Option<&'static str>,
    /// Asks one question of each kind; otherwise as many as this, of true or false.
    pub statements: Option<usize>,
    /// Rules beside those, in the form of the interface.
    pub rules: Value,
}

impl Default for ExamPlan {
    fn default() -> Self {
        Self {
            title: "One of each",
            duration_seconds: 3600,
            starts_in_seconds: -60,
            navigation: "free",
            access_code: None,
            statements: None,
            rules: json!({}),
        }
    }
}

impl ExamOffice {
    pub fn open(service: &Service, demo: &Demo) -> Self {
        let client = service.client();
        let body = json!({ "login": demo.admin, "password": demo.password });
        let reply = client.post("/api/v1/auth/login", &body).unwrap();
        let token = reply.expect(200)["access_token"].clone();
        Self {
            client: client.with_bearer(token.as_str().expect("a token")),
            students: demo.students.clone(),
        }
    }

    /// Makes and publishes an exam that every demo student may sit; its id.
    pub fn publish(&self, plan: &ExamPlan) -> String {
        let course = json!({ "code": format!("C-{}", id()), "title": "Everything" });
        let course = self.send("/api/v1/courses", &course, 201);
        let of_course = |rest: &str| format!("/api/v1/courses/{}/{rest}", text(&course["id"]));
        let media = self.client.upload(&of_course("media"), IMAGE).unwrap();
        let image = media.expect(201)["url"].clone();
        let questions = match plan.statements {
            None => one_of_each(text(&image)),
            Some(count) => (1..=count).map(statement).collect(),
        };
        let items: Vec<Value> = questions
            .into_iter()
            .map(|question| {
                let body = json!({ "question": question });
                let added = self.send(&of_course("questions"), &body, 201);
                json!({ "type": "fixed", "question": added["id"] })
            })
            .collect();
        let (first, second) = items.split_at(items.len().div_ceil(2));
        let mut sections =
            vec![json!({ "title": "Part A", "instructions": "Think first.", "items": first })];
        if !second.is_empty() {
            sections.push(json!({ "title": "Part B", "items": second }));
        }
        let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
        let at = |seconds: i64| (now + chrono::TimeDelta::seconds(seconds)).to_rfc3339();
        let mut rules =
            json!({ "access_code": plan.access_code, "feedback": { "shows_solutions": true } });
        for (name, value) in plan.rules.as_object().expect("rules are an object") {
            rules[name] = value.clone();
        }
        let exam = json!({
            "title": plan.title, "duration_seconds": plan.duration_seconds,
            "starts_at": at(plan.starts_in_seconds), "ends_at": at(6 * 3600),
            "rules": rules,
            "draft": {
                "sections": sections,
                "rules": { "navigation": plan.navigation },
            },
        });
        let exam = self.send(&of_course("exams"), &exam, 201);
        let exam = text(&exam["id"]).to_owned();
        let of_exam = |rest: &str| format!("/api/v1/exams/{exam}/{rest}");
        self.send(
            &of_exam("candidates"),
            &json!({ "people": self.students }),
            200,
        );
        for state in ["review", "published"] {
            self.send(&of_exam("state"), &json!({ "state": state }), 200);
        }
        exam
    }

    /// The course of an exam.
    pub fn course_of(&self, exam: &str) -> String {
        let exam = self.client.get(&format!("/api/v1/exams/{exam}"));
        text(&exam.unwrap().expect(200)["course_id"]).to_owned()
    }

    /// Somebody who teaches this course, with their password.
    pub fn lecturer(&self, service: &Service, course: &str) -> (String, String) {
        let login = format!("lecturer-{}", fastrand::u32(..));
        let account = json!({ "login": login, "display_name": "Lena Ortiz", "role": "lecturer" });
        let made = self.send("/api/v1/users", &account, 201);
        let own = "quiet lamps on eleven bridges";
        let first = json!({ "login": login, "password": made["password"], "new_password": own });
        let client = service.client();
        client
            .post("/api/v1/auth/login", &first)
            .unwrap()
            .expect(200);
        let part = json!({ "people": [login], "role": "lecturer" });
        self.send(&format!("/api/v1/courses/{course}/enrolments"), &part, 200);
        (login, own.to_owned())
    }

    /// Does something to everybody who sits the exam, for instance `{"action": "pause"}`.
    pub fn act(&self, exam: &str, mut action: Value) {
        action["target"] = json!({ "all": true });
        let client = self.client.with_idempotency_key(&id());
        let reply = client.post(&format!("/api/v1/exams/{exam}/actions"), &action);
        assert_eq!(reply.unwrap().expect(200)["changed"], 1);
    }

    /// Grants a student who has not started breaks of so many seconds together.
    pub fn grant_breaks(&self, exam: &str, login: &str, seconds: u32) {
        let user = self.user(login);
        let path = format!("/api/v1/exams/{exam}/candidates/{user}/accommodation");
        let granted = self.client.put(&path, &json!({ "break_seconds": seconds }));
        assert_eq!(granted.unwrap().status, 204);
    }

    /// Makes the code of a student's slip.
    pub fn code(&self, exam: &str, login: &str) -> String {
        let asked = json!({ "format": "csv", "only": { "people": [login] } });
        let made = self
            .client
            .post(&format!("/api/v1/exams/{exam}/codes"), &asked);
        let table = made.unwrap().text;
        let line = table.lines().find(|line| line.starts_with(login));
        let code = line.and_then(|line| line.rsplit(',').next());
        code.unwrap_or_else(|| panic!("no code in {table}"))
            .to_owned()
    }

    /// Shows everybody their result.
    pub fn release(&self, exam: &str) {
        self.send(&format!("/api/v1/exams/{exam}/release"), &json!({}), 200);
    }

    /// What they may read at this address.
    pub fn get(&self, path: &str) -> Value {
        self.client.get(path).unwrap().expect(200)
    }

    /// What pages have said of one attempt.
    pub fn timeline(&self, attempt: &str) -> Value {
        let path = format!("/api/v1/attempts/{attempt}/timeline");
        self.client.get(&path).unwrap().expect(200)
    }

    /// Gives a student a password that has to be changed; the password.
    pub fn reset_password(&self, login: &str) -> String {
        let user = self.user(login);
        let made = self.send(&format!("/api/v1/users/{user}/password"), &json!({}), 200);
        text(&made["password"]).to_owned()
    }

    /// Ends every session of a student.
    pub fn end_sessions(&self, login: &str) {
        let path = format!("/api/v1/users/{}/sessions", self.user(login));
        let status = self.client.delete(&path).unwrap().status;
        assert!((200..300).contains(&status), "{status}");
    }

    fn user(&self, login: &str) -> String {
        let found = self.client.get(&format!("/api/v1/users?search={login}"));
        let found = found.unwrap().expect(200);
        let users = found["users"].as_array().expect("a list");
        let user = users.iter().find(|user| user["login"] == login);
        text(&user.expect("the student exists")["id"]).to_owned()
    }

    #[track_caller]
    fn send(&self, path: &str, body: &Value, status: u16) -> Value {
        self.client.post(path, body).unwrap().expect(status)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A random UUID.
fn id() -> String {
    let bits = fastrand::u128(..) & !(0xf << 76) | (4 << 76);
    let bits = bits & !(0b11 << 62) | (0b10 << 62);
    let digits = format!("{bits:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    parts.join("-")
}

fn options<const N: usize>(texts: [&str; N]) -> [Value; N] {
    texts.map(|text| json!({ "id": id(), "text": text }))
}

fn question(text: &str, kind: &Value) -> Value {
    json!({ "text": text, "points": "1", "shuffles_options": false, "feedback": "As the book says.", "kind": kind })
}

fn statement(number: usize) -> Value {
    let kind = json!({ "type": "true_false", "correct": true });
    question(&format!("Statement {number} is true."), &kind)
}

/// A question of each kind, with formulas, Markdown and an image among them.
fn one_of_each(image: &str) -> Vec<Value> {
    let one = options([
        "Jupiter",
        "Saturn, \\(r = 58\\,232\\,\\text{km}\\)",
        "Earth",
    ]);
    let several = options(["2", "13", "21"]);
    let prompts = options(["France", "Italy"]);
    let choices = options(["Paris", "Rome", "Berlin"]);
    let items = options(["Egg", "Caterpillar", "Butterfly"]);
    let mut markdown = question(
        &format!("Which are **prime**?\n\n![A dot]({image})\n\n- \\(p > 1\\)\n- no divisors"),
        &json!({ "type": "multiple_response", "options": several, "correct": [several[0]["id"], several[1]["id"]] }),
    );
    markdown["format"] = json!("markdown");
    let mut html = question(
        "<p>Is <em>every</em> even number above 2 a sum of two primes?</p><script>document.body.dataset.bad = 'yes'</script><table><tr><td>4</td><td>2 + 2</td></tr></table>",
        &json!({ "type": "true_false", "correct": true }),
    );
    html["format"] = json!("html");
    vec![
        question(
            "Which planet is the largest?",
            &json!({ "type": "multiple_choice", "options": one, "correct": one[0]["id"] }),
        ),
        markdown,
        html,
        question(
            "How long is a quarter of a metre? \\[ \\frac{1}{4}\\,\\text{m} = {?} \\]",
            &json!({ "type": "numeric", "accepted": [{ "value": "0.25" }], "units": [{ "symbol": "m", "factor": "1" }, { "symbol": "cm", "factor": "0.01" }] }),
        ),
        question(
            "The capital of Norway?",
            &json!({ "type": "short_answer", "accepted": [{ "pattern": "Oslo" }] }),
        ),
        question(
            "Find the capitals.",
            &json!({ "type": "matching", "prompts": prompts, "choices": choices,
                "correct": { text(&prompts[0]["id"]): choices[0]["id"], text(&prompts[1]["id"]): choices[1]["id"] } }),
        ),
        question(
            "In which order?",
            &json!({ "type": "ordering", "items": items }),
        ),
        question(
            "Why is the sky blue?",
            &json!({ "type": "essay", "maximum_characters": 500, "rubric": [
                { "id": id(), "text": "Names the scattering", "points": "0.5" },
                { "id": id(), "text": "Says why blue", "points": "0.5" },
            ] }),
        ),
    ]
}
