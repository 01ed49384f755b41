//! Results over HTTP: graded by hand and by key, corrected, released, counted, exported.

pub(super) mod emergency;
mod figures;
mod grading;

use super::*;
use crate::exam::paper::PaperHeader;
use crate::exam::question::{ChoiceOption, Criterion, Essay, MultipleChoice, TrueFalse};
use crate::exam::{ExamId, OptionId, Paper, Question, QuestionKind};
use crate::passwords::hash_password;
use crate::store::{DatabaseStore, DemoSeed, NewAccount, NewExam, Role, Store as _};

/// An exam of a course: a statement (1 point), a choice (2) and an essay (5) with a rubric; shown when it is released.
struct Office {
    service: Service,
    exam: ExamId,
    questions: Vec<Question>,
    /// Who teaches the course.
    lecturer: String,
    course: &'static str,
}

const COURSE: &str = "01930ff0-0000-7000-8000-0000000000c1";
const RULES: &str = r#"{"feedback":{"shown":"released","shows_points":true,"shows_responses":true,"shows_solutions":true}}"#;

fn questions() -> Vec<Question> {
    let options = ["right", "wrong", "wrong as well"].map(ChoiceOption::new);
    let criterion = |text: &str, points: i64| Criterion {
        id: OptionId::generate(),
        text: text.to_owned(),
        points: points.into(),
    };
    let choice = MultipleChoice {
        correct: options[0].id,
        options: options.to_vec(),
        partial_percent: std::collections::BTreeMap::new(),
    };
    let essay = Essay {
        rubric: vec![criterion("content", 3), criterion("form", 2)],
        grader_notes: "for graders only".to_owned(),
        ..Essay::default()
    };
    let mut statement = Question::new(
        "a statement",
        1.into(),
        QuestionKind::TrueFalse(TrueFalse { correct: true }),
    );
    statement.feedback = "because it is true".to_owned();
    vec![
        statement,
        Question::new("a choice", 2.into(), QuestionKind::MultipleChoice(choice)),
        Question::new("an essay", 5.into(), QuestionKind::Essay(essay)),
    ]
}

async fn office() -> Office {
    let service = service().await;
    let environment = service.settings.telemetry.environment;
    let store = DatabaseStore::open(&service.settings.database, environment)
        .await
        .unwrap();
    let questions = questions();
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: "Exam of a course".to_owned(),
        duration: TimeDelta::hours(1),
    };
    let exam = NewExam {
        code: "course-exam",
        paper: Paper::new(header, questions.clone()),
    };
    let seed = DemoSeed {
        students: vec!["student-0001".to_owned()],
        admin: "admin",
        password_hash: hash_password(PASSWORD).unwrap(),
        now: service.clock.now(),
        open_for: TimeDelta::days(1),
    };
    let exam = store.seed_demo(&exam, &seed).await.unwrap();
    let lecturer = NewAccount {
        login: "lecturer".to_owned(),
        display_name: "Lise Lecturer".to_owned(),
        role: Role::Lecturer,
        password_hash: seed.password_hash.clone(),
    };
    let user = store.create_account(lecturer, seed.now).await.unwrap();
    for sql in [
        format!(
            "INSERT INTO courses (id, code, title, created_at) VALUES ('{COURSE}', 'C-1', 'Course', 0)"
        ),
        format!(
            "INSERT INTO enrolments (course_id, user_id, role) VALUES ('{COURSE}', '{user}', 'lecturer')"
        ),
        format!("UPDATE exams SET course_id = '{COURSE}', rules = '{RULES}' WHERE id = '{exam}'"),
    ] {
        store.execute_raw(sql).await;
    }
    store.close().await.unwrap();
    Office {
        lecturer: service.token(user, Role::Lecturer),
        service,
        exam,
        questions,
        course: COURSE,
    }
}

impl Office {
    /// Sets columns of the exam.
    async fn set(&self, columns: &str) {
        let sql = format!("UPDATE exams SET {columns} WHERE id = '{}'", self.exam);
        self.service.execute(&sql).await;
    }

    /// A student starts and saves these responses, one for each question.
    async fn sit(&self, login: &str, responses: [Value; 3]) -> Sitting<'_> {
        let token = text(&self.service.sign_in(login).await["access_token"]);
        let start_path = format!("/api/v1/exams/{}/attempts", self.exam);
        let started = self.service.send("POST", &start_path, Some(&token), None);
        let started = started.await;
        assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
        let sitting = Sitting {
            service: &self.service,
            token,
            start_path,
            attempt: started.body,
        };
        let answers = self.questions.iter().zip(responses).map(|(question, response)| {
            json!({ "question_id": question.id, "sequence": 1, "response": response })
        });
        let saved = sitting.save(answers.collect()).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
        sitting
    }

    /// The same, handed in: a right statement, the second option, an essay.
    async fn hand_in(&self, login: &str) -> Sitting<'_> {
        let second = self.questions[1].options()[1].id;
        let responses = [
            json!({ "value": true }),
            json!({ "selected": [second] }),
            json!({ "text": "an essay" }),
        ];
        let sitting = self.sit(login, responses).await;
        sitting.submit().await;
        sitting
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let path = format!("/api/v1{path}");
        let token = Some(self.lecturer.as_str());
        self.service.send(method, &path, token, body).await
    }

    /// The reply to a question about the exam.
    async fn exam(&self, rest: &str) -> Value {
        let path = format!("/exams/{}{rest}", self.exam);
        let reply = self.ask("GET", &path, None).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body
    }

    async fn grade(&self, sitting: &Sitting<'_>, question: usize, grade: Value) -> Reply {
        let (attempt, question) = (text(&sitting.attempt["id"]), self.questions[question].id);
        let path = format!("/attempts/{attempt}/grades/{question}");
        self.ask("PUT", &path, Some(grade)).await
    }

    async fn release(&self, force: bool) -> Reply {
        let path = format!("/exams/{}/release", self.exam);
        let body = json!({ "force": force });
        self.ask("POST", &path, Some(body)).await
    }

    /// Says something else of a question than which key it has.
    async fn void(&self, question: usize, more: Value) -> Reply {
        let mut body = json!({ "question_id": self.questions[question].id });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let path = format!("/exams/{}/regrade", self.exam);
        self.ask("POST", &path, Some(body)).await
    }

    /// A correction that makes option `right` of the choice the right one.
    async fn regrade(&self, right: usize, more: Value) -> Reply {
        let question = &self.questions[1];
        let mut kind = json!(question.kind);
        kind["correct"] = json!(question.options()[right].id);
        let mut body = json!({ "question_id": question.id, "kind": kind });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let path = format!("/exams/{}/regrade", self.exam);
        self.ask("POST", &path, Some(body)).await
    }
}
