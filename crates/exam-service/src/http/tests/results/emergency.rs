//! Answers out of emergency files, and what they earn.

use super::*;
use crate::emergency::PageKeys;
use crate::emergency::tests::sealed;

impl Office {
    /// A file as the page of `sitting` writes it, with these saves.
    fn file(sitting: &Sitting<'_>, answers: &Value) -> String {
        Self::file_claiming(sitting, sitting, answers)
    }

    /// One that claims to be of another attempt than the page that writes it.
    fn file_claiming(page: &Sitting<'_>, claimed: &Sitting<'_>, answers: &Value) -> String {
        let keys = &page.attempt["emergency_keys"];
        let keys = PageKeys {
            key_id: text(&keys["key_id"]),
            public_key: text(&keys["public_key"]),
            signing_key: text(&keys["signing_key"]),
        };
        let header = json!({
            "exam_id": claimed.attempt["exam_id"], "attempt_id": claimed.attempt["id"],
            "user_id": claimed.user() });
        sealed(&keys, header, &json!({ "answers": answers }))
    }

    async fn upload_file(&self, body: Value) -> Reply {
        let path = format!("/exams/{}/emergency-files", self.exam);
        self.ask("POST", &path, Some(body)).await
    }

    /// A right choice, another essay, and no statement; made, as the page says, after the time was over.
    fn newer(&self, sequence: i64) -> Value {
        let answered_at = self.service.clock.now() + TimeDelta::hours(2);
        let right = self.questions[1].options()[0].id;
        let answer = |question: usize, response: Value| {
            json!({
                "question_id": self.questions[question].id, "response": response, "flagged": false,
                "sequence": sequence, "answered_at": answered_at })
        };
        json!([
            answer(1, json!({ "selected": [right] })),
            answer(2, json!({ "text": "a better essay" })),
            answer(0, json!({ "text": "no statement" })),
        ])
    }
}

impl Sitting<'_> {
    /// The account, as its token says.
    fn user(&self) -> String {
        let session = &self.service.server.state.tokens;
        let session = session.verify(&self.token, self.service.clock.now());
        session.unwrap().0.user.to_string()
    }
}

fn outcomes(reply: &Reply) -> Vec<&str> {
    let answers = reply.body["answers"].as_array().unwrap();
    answers
        .iter()
        .map(|each| each["outcome"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_emergency_file_counts_after_the_attempt_was_handed_in_and_points_are_worked_out_anew() {
    let office = office().await;
    let sitting = office.hand_in("student-0001").await;
    assert_eq!(
        sitting.get("").await.body.get("emergency_keys"),
        None,
        "an attempt that is closed writes no files"
    );
    let grade = json!({ "seen_version": 0, "points": 5, "comment": "" });
    let graded = office.grade(&sitting, 2, grade).await;
    assert_eq!(graded.status, StatusCode::OK, "{}", graded.body);
    assert_eq!(office.exam("/results").await["results"][0]["score"], 6);
    office.service.clock.advance(TimeDelta::seconds(1));
    let file = Office::file(&sitting, &office.newer(2));
    let body = json!({ "file": file, "reason": "no network in H1" });
    let mut dry_run = body.clone();
    dry_run["dry_run"] = json!(true);
    let would = office.upload_file(dry_run).await;
    assert_eq!(would.status, StatusCode::OK, "{}", would.body);
    assert_eq!(would.body["audit_number"], Value::Null);
    assert_eq!(office.exam("/results").await["results"][0]["score"], 6);

    let done = office.upload_file(body.clone()).await;
    let mut told = outcomes(&done);
    told.sort_unstable();
    assert_eq!(told, ["refused", "stored", "stored"]);
    assert_eq!(
        (&done.body["stored"], &done.body["audit_number"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(outcomes(&would), outcomes(&done));
    let of = |question: usize| {
        let id = json!(office.questions[question].id);
        let mut answers = done.body["answers"].as_array().unwrap().iter();
        answers.find(|it| it["question_id"] == id).unwrap().clone()
    };
    assert_eq!(
        (&of(0)["reason"], &of(0)["stored_sequence"]),
        (&json!("invalid-answer"), &json!(1))
    );
    assert_eq!(
        (&of(1)["is_after_deadline"], &of(1)["waits_for_grade"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(of(2)["waits_for_grade"], true);
    assert!(!done.body.to_string().contains("essay"), "{}", done.body);
    // The statement and the choice; the essay that was graded is another one.
    let results = office.exam("/results").await;
    let line = &results["results"][0];
    assert_eq!((&line["score"], &line["waiting"]), (&json!(3), &json!(1)));
    let queue = office.exam("/grading").await;
    let waiting = &queue["answers"][0];
    assert_eq!(
        (&waiting["response"]["text"], &waiting["grade"]["version"]),
        (&json!("a better essay"), &json!(1))
    );

    let again = office.upload_file(body.clone()).await;
    assert_eq!(
        (&again.body["stored"], &again.body["audit_number"]),
        (&json!(0), &Value::Null)
    );
    let timeline = sitting.path("/timeline").replace("/api/v1", "");
    let timeline = office.ask("GET", &timeline, None).await.body;
    let entries = timeline["entries"].as_array().unwrap();
    let count = |name: &str, value: Value| entries.iter().filter(|it| it[name] == value).count();
    assert_eq!(count("audit_number", json!(1)), 3, "{timeline}");
    assert_eq!(count("action", json!("emergency_file")), 1);

    let grade = json!({ "seen_version": 1, "points": 4, "comment": "" });
    assert_eq!(
        office.grade(&sitting, 2, grade).await.status,
        StatusCode::OK
    );
    assert_eq!(office.exam("/results").await["results"][0]["score"], 7);
    office.release(false).await;
    let file = Office::file(&sitting, &office.newer(3));
    let late = office.upload_file(json!({ "file": file })).await;
    assert_eq!(
        (late.status, &late.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/not-possible"))
    );
    office.service.stop().await;
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_in_words_that_say_of_what() {
    let office = office().await;
    let sitting = office.hand_in("student-0001").await;
    let other = office.hand_in("student-0002").await;
    let demo = office.service.sit("student-0003").await;
    let (file, newer) = (Office::file(&sitting, &office.newer(2)), office.newer(2));
    let elsewhere = super::super::service_with(&[("JWT_SECRET", &"b".repeat(32))]).await;
    let foreign = elsewhere.sit("student-0001").await;
    for (body, words) in [
        (json!({ "file": "" }), "no emergency answer file"),
        (json!({ "file": &file[1..] }), "no emergency answer file"),
        (json!({ "file": file[..file.len() - 2] }), "not a whole one"),
        (
            json!({ "file": file, "user_id": other.user() }),
            "another candidate",
        ),
        (
            json!({ "file": Office::file_claiming(&sitting, &other, &newer) }),
            "not written by the page",
        ),
        (
            json!({ "file": Office::file(&demo, &newer) }),
            "another exam",
        ),
        (
            json!({ "file": Office::file_claiming(&foreign, &sitting, &newer) }),
            "another server",
        ),
    ] {
        let reply = office.upload_file(body).await;
        assert_eq!(
            (reply.status, &reply.body["type"]),
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!("/problems/unreadable-file")
            ),
            "{words}"
        );
        let detail = text(&reply.body["detail"]);
        assert!(detail.contains(words), "{detail}");
    }
    elsewhere.stop().await;
    for wrong in [
        json!({}),
        json!({ "file": 1 }),
        json!({ "file": file, "reason": "x".repeat(501) }),
        json!({ "file": file, "dryrun": true }),
    ] {
        let reply = office.upload_file(wrong).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.body);
    }
    // Somebody who invigilates elsewhere.
    let stranger = office.service.token(UserId::generate(), Role::Invigilator);
    let path = format!("/api/v1/exams/{}/emergency-files", office.exam);
    let reply = office
        .service
        .post(&path, Some(&stranger), json!({ "file": file }))
        .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(office.exam("/results").await["results"][0]["score"], 1);
    office.service.stop().await;
}
