//! Results over HTTP: graded by hand and by key, corrected, released, counted, exported.

use super::*;
use crate::exam::paper::PaperHeader;
use crate::exam::question::{ChoiceOption, Criterion, Essay, MultipleChoice, TrueFalse};
use crate::exam::{ExamId, OptionId, Paper, Question, QuestionKind, UserId};
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

#[tokio::test]
async fn a_lecturer_grades_and_releases_and_the_student_sees_what_the_rules_show() {
    let office = office().await;
    let sitting = office.hand_in("student-0001").await;
    let hidden = sitting.get("/result").await;
    assert_eq!(
        (hidden.status, &hidden.body["type"]),
        (
            StatusCode::CONFLICT,
            &json!("/problems/results-not-released")
        )
    );

    let queue = office.exam("/grading").await;
    assert_eq!(
        queue["answers"][0]["response"],
        json!({ "text": "an essay" })
    );
    assert_eq!(queue["answers"][0]["grade"], Value::Null);
    assert_eq!(queue["questions"][0]["grader_notes"], "for graders only");
    assert!(!queue.to_string().contains("student-0001"), "{queue}");
    let missing = office.release(false).await;
    assert_eq!(
        (missing.status, &missing.body["waiting"]),
        (StatusCode::CONFLICT, &json!(1))
    );

    let rubric = &queue["questions"][0]["rubric"];
    let criteria = json!({ text(&rubric[0]["id"]): 2.5, text(&rubric[1]["id"]): 1 });
    let grade = json!({ "seen_version": 0, "criteria": criteria, "comment": "Well argued." });
    let graded = office.grade(&sitting, 2, grade).await;
    assert_eq!(graded.body, json!({ "version": 1, "points": 3.5 }));
    assert_eq!(office.exam("/grading").await["answers"], json!([]));
    let again = office.exam("/grading?graded=true").await;
    assert_eq!(again["answers"][0]["grade"]["points"], 3.5);
    let results = office.exam("/results").await;
    let line = &results["results"][0];
    assert_eq!(
        (&line["score"], &line["max_score"], &line["percent"]),
        (&json!(4.5), &json!(8), &json!(56.25))
    );
    assert_eq!(
        (&line["waiting"], &line["login"]),
        (&json!(0), &json!("student-0001"))
    );

    let released = office.release(false).await;
    assert_eq!(released.status, StatusCode::OK, "{}", released.body);
    office.service.clock.advance(TimeDelta::seconds(1));
    assert_eq!(office.release(true).await.body, released.body);
    let seen = sitting.get("/result").await.body;
    assert_eq!(
        (&seen["score"], &seen["is_final"]),
        (&json!(4.5), &json!(true))
    );
    let questions = seen["questions"].as_array().unwrap();
    let of = |index: usize| {
        let id = json!(office.questions[index].id);
        questions.iter().find(|it| it["question_id"] == id).unwrap()
    };
    assert_eq!(of(0)["explanation"], "because it is true");
    assert_eq!(of(0)["solution"], json!({ "value": true }));
    assert_eq!(of(2)["comment"], "Well argued.");
    assert!(of(2).get("solution").is_none());
    assert!(!seen.to_string().contains("for graders only"));
    office.service.stop().await;
}

#[tokio::test]
async fn a_grade_goes_by_what_its_grader_has_seen_and_fits_its_question() {
    let office = office().await;
    let sitting = office.hand_in("student-0001").await;
    let whole = |seen: i64, points: Value| json!({ "seen_version": seen, "points": points });
    for (question, points) in [(2, json!(5.01)), (2, json!(-1)), (0, json!(1.5))] {
        let refused = office.grade(&sitting, question, whole(0, points)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["type"], "/problems/grade-refused");
    }
    let strangers =
        json!({ "seen_version": 0, "criteria": { OptionId::generate().to_string(): 1 } });
    let refused = office.grade(&sitting, 2, strangers).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for broken in [
        whole(0, json!(1e300)),
        json!({ "seen_version": 0 }),
        json!({ "seen_version": 0, "points": 1, "criteria": {} }),
        json!({ "seen_version": 0, "points": 1, "comment": "\u{0}" }),
        json!({ "seen_version": 0, "points": 1, "comment": "x".repeat(5001) }),
    ] {
        let refused = office.grade(&sitting, 2, broken.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{broken}");
    }

    let first = office.grade(&sitting, 2, whole(0, json!(2.345))).await;
    assert_eq!(first.body, json!({ "version": 1, "points": 2.35 }));
    let repeat = office.grade(&sitting, 2, whole(0, json!(2.345))).await;
    assert_eq!((repeat.status, &repeat.body), (StatusCode::OK, &first.body));
    let unseen = office.grade(&sitting, 2, whole(0, json!(4))).await;
    assert_eq!(
        (unseen.status, &unseen.body["version"]),
        (StatusCode::CONFLICT, &json!(1))
    );
    assert_eq!(unseen.body["type"], "/problems/changed-meanwhile");
    let second = office.grade(&sitting, 2, whole(1, json!(4))).await;
    assert_eq!(second.body["version"], 2);
    // A person's decision stands before what the key says.
    office.grade(&sitting, 0, whole(0, json!(0.5))).await;
    let results = office.exam("/results").await;
    assert_eq!(results["results"][0]["score"], 4.5);

    let path = format!("/attempts/{}/grades", text(&sitting.attempt["id"]));
    let history = office.ask("GET", &path, None).await.body;
    let grades = history["grades"].as_array().unwrap();
    assert_eq!(grades.len(), 3);
    let essay = json!(office.questions[2].id);
    let of_essay: Vec<_> = grades
        .iter()
        .filter(|it| it["question_id"] == essay)
        .collect();
    assert_eq!(
        (&of_essay[0]["points"], &of_essay[1]["points"]),
        (&json!(2.35), &json!(4))
    );
    assert_eq!(of_essay[0]["graded_by_name"], "Lise Lecturer");
    office.service.stop().await;
}

#[tokio::test]
async fn an_attempt_is_graded_by_hand_once_it_is_handed_in() {
    let office = office().await;
    let nothing = [Value::Null, Value::Null, json!({ "text": "not yet" })];
    let sitting = office.sit("student-0001", nothing).await;
    assert_eq!(office.exam("/grading").await["answers"], json!([]));
    let grade = json!({ "seen_version": 0, "points": 1 });
    let early = office.grade(&sitting, 2, grade.clone()).await;
    assert_eq!(
        (early.status, &early.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/attempt-open"))
    );
    let open = office.release(false).await;
    assert_eq!(
        (open.status, &open.body["open"]),
        (StatusCode::CONFLICT, &json!(1))
    );
    sitting.submit().await;
    assert_eq!(
        office.grade(&sitting, 2, grade).await.status,
        StatusCode::OK
    );
    assert_eq!(office.release(true).await.status, StatusCode::OK);
    office.service.stop().await;
}

#[tokio::test]
async fn a_corrected_key_is_tried_then_applied_and_what_was_asked_stays() {
    let office = office().await;
    let sitting = office.hand_in("student-0001").await;
    let before = sitting.get("").await.body["paper"].clone();
    let score = async || office.exam("/results").await["results"][0]["score"].clone();

    let dry = office.regrade(1, json!({})).await.body;
    assert_eq!(
        (&dry["is_applied"], &dry["raised"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(
        (&dry["changes"][0]["before"], &dry["changes"][0]["after"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(score().await, 1);
    let nameless = office.regrade(1, json!({ "apply": true })).await;
    assert_eq!(
        nameless.status,
        StatusCode::BAD_REQUEST,
        "a reason is missing"
    );

    let apply = json!({ "apply": true, "reason": "The second was right.", "seen_version": 0 });
    let applied = office.regrade(1, apply.clone()).await;
    assert_eq!(
        (&applied.body["is_applied"], &applied.body["version"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(score().await, 3);
    // The reply was lost, and the same is sent again; then somebody who has not seen it wants another key.
    let repeat = office.regrade(1, apply.clone()).await;
    assert_eq!(
        (repeat.status, &repeat.body["version"]),
        (StatusCode::OK, &json!(1))
    );
    let other = office.regrade(2, apply).await;
    assert_eq!(
        (other.status, &other.body["version"]),
        (StatusCode::CONFLICT, &json!(1))
    );
    let more = json!({ "kind": { "type": "true_false", "correct": true } });
    let refused = office.regrade(1, more).await;
    assert_eq!(
        (refused.status, &refused.body["type"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("/problems/key-refused")
        )
    );

    assert_eq!(sitting.get("").await.body["paper"], before);
    let corrections = office.exam("/corrections").await;
    let kept = &corrections["corrections"][0];
    assert_eq!(kept["reason"], "The second was right.");
    assert_eq!(kept["corrected_by_name"], "Lise Lecturer");
    assert_eq!(
        kept["kind"]["correct"],
        json!(office.questions[1].options()[1].id)
    );
    office.service.stop().await;
}

#[tokio::test]
async fn statistics_trends_and_exports_are_of_what_was_handed_in() {
    let office = office().await;
    for login in ["student-0001", "student-0002"] {
        let sitting = office.hand_in(login).await;
        if login == "student-0001" {
            let grade = json!({ "seen_version": 0, "points": 5 });
            office.grade(&sitting, 2, grade).await;
        }
    }
    office
        .sit("student-0003", [Value::Null, Value::Null, Value::Null])
        .await;
    let figures = office.exam("/statistics").await;
    assert_eq!(
        (&figures["counted"], &figures["waiting"], &figures["open"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(figures["percents"]["mean"], 75.0);
    assert_eq!(figures["questions"][1]["difficulty"], 0.0);
    assert_eq!(
        figures["questions"][1]["alarms"],
        json!(["nobody-was-right"])
    );
    let options = &figures["questions"][1]["options"];
    assert_eq!(
        (&options[0]["is_right"], &options[1]["chosen"]),
        (&json!(true), &json!(1))
    );

    let path = format!("/courses/{}/trends", office.course);
    let trends = office.ask("GET", &path, None).await.body;
    assert_eq!(trends["groups"][0]["group"], "C-1");
    assert_eq!(trends["groups"][0]["exams"][0]["percents"]["mean"], 75.0);

    let path = format!("/exams/{}/results/export", office.exam);
    for (format, kind) in [
        ("csv", "text/csv"),
        ("xlsx", "application/vnd.openxml"),
        ("pdf", "application/pdf"),
        ("slips", "application/pdf"),
    ] {
        let file = office
            .ask("GET", &format!("{path}?format={format}"), None)
            .await;
        let header = |name: &str| file.headers[name].to_str().unwrap().to_owned();
        assert_eq!(file.status, StatusCode::OK);
        assert!(header("content-type").starts_with(kind));
        assert!(header("content-disposition").starts_with("attachment"));
    }
    for wrong in ["", "?format=exe"] {
        let refused = office.ask("GET", &format!("{path}{wrong}"), None).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    office.service.stop().await;
}

#[tokio::test]
async fn results_come_a_page_at_a_time() {
    let office = office().await;
    for login in ["student-0001", "student-0002", "student-0003"] {
        office.hand_in(login).await;
    }
    for (route, list) in [("/results", "results"), ("/grading", "answers")] {
        let (mut after, mut seen) = (String::new(), Vec::new());
        loop {
            let page = office.exam(&format!("{route}?limit=1{after}")).await;
            let lines = page[list].as_array().unwrap();
            assert!(lines.len() <= 1);
            seen.extend(lines.iter().map(|line| text(&line["attempt_id"])));
            let Some(next) = page["next"].as_str() else {
                break;
            };
            after = format!("&after={next}");
        }
        assert_eq!(seen.len(), 3, "{route}");
        assert!(seen.is_sorted(), "{route}");
        for wrong in ["?limit=0", "?limit=501", "?limit=x", "?after=x"] {
            let path = format!("/exams/{}{route}{wrong}", office.exam);
            let refused = office.ask("GET", &path, None).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        }
    }
    office.service.stop().await;
}

#[tokio::test]
async fn results_of_a_course_that_one_does_not_teach_do_not_exist() {
    let office = office().await;
    let sitting = office.hand_in("student-0001").await;
    let issue = |role| office.service.token(UserId::generate(), role);
    let (lecturer, administrator) = (issue(Role::Lecturer), issue(Role::Administrator));
    let (exam, attempt) = (office.exam, text(&sitting.attempt["id"]));
    let question = &office.questions[1];
    let grade = json!({ "seen_version": 0, "points": 1 });
    let key = json!({ "question_id": question.id, "kind": question.kind });
    for (method, path, body) in [
        ("GET", format!("/exams/{exam}/results"), None),
        ("GET", format!("/exams/{exam}/grading"), None),
        ("GET", format!("/exams/{exam}/statistics"), None),
        ("GET", format!("/exams/{exam}/corrections"), None),
        (
            "GET",
            format!("/exams/{exam}/results/export?format=csv"),
            None,
        ),
        ("GET", format!("/attempts/{attempt}/grades"), None),
        ("GET", format!("/courses/{}/trends", office.course), None),
        ("POST", format!("/exams/{exam}/regrade"), Some(key)),
        (
            "POST",
            format!("/exams/{exam}/release"),
            Some(json!({ "force": true })),
        ),
        (
            "PUT",
            format!("/attempts/{attempt}/grades/{}", question.id),
            Some(grade),
        ),
    ] {
        let path = format!("/api/v1{path}");
        let refused = office
            .service
            .send(method, &path, Some(&lecturer), body.clone());
        assert_eq!(
            refused.await.status,
            StatusCode::NOT_FOUND,
            "{method} {path}"
        );
        if method == "GET" {
            let shown = office
                .service
                .send(method, &path, Some(&administrator), body);
            assert_eq!(shown.await.status, StatusCode::OK, "{method} {path}");
        }
    }
    office.service.stop().await;
}
