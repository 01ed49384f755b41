//! Practice with answers checked at once, and breaks, over HTTP.

use super::*;

impl Sitting<'_> {
    async fn check(&self, question: &Value) -> Reply {
        let path = self.path(&format!("/questions/{}/check", text(question)));
        self.service
            .send("POST", &path, Some(&self.token), None)
            .await
    }

    async fn rest(&self, method: &str) -> Reply {
        let path = self.path("/break");
        self.service
            .send(method, &path, Some(&self.token), None)
            .await
    }
}

#[tokio::test]
async fn in_practice_an_answer_is_checked_changed_and_checked_again() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let question = sitting.question("true_false")["id"].clone();
    sitting.save(json!([sitting.statement(1, true)])).await;
    let refused = sitting.check(&question).await;
    assert_eq!(
        (refused.status, &refused.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/not-practice"))
    );
    service
        .execute(r#"UPDATE exams SET rules = '{"is_practice":true}'"#)
        .await;
    let first = sitting.check(&question).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!(
        sitting.check(&question).await.body,
        first.body,
        "a repeat is no try"
    );
    sitting.save(json!([sitting.statement(2, false)])).await;
    let second = sitting.check(&question).await.body;
    assert_eq!(
        (&second["sequence"], &second["tries"]),
        (&json!(2), &json!(2))
    );
    // One of the two is right, and by default nobody is told which without trying.
    let verdicts = [&first.body["verdict"], &second["verdict"]];
    assert!(verdicts.contains(&&json!("right")) && verdicts.contains(&&json!("wrong")));
    assert!(second.get("solution").is_none());
    let earned = if second["verdict"] == "right" {
        &second
    } else {
        &first.body
    };
    assert_eq!(earned["earned"], earned["points"]);

    let shown = r#"UPDATE exams SET rules = '{"is_practice":true,"feedback":{"shows_points":false,"shows_solutions":true}}'"#;
    service.execute(shown).await;
    let third = sitting.check(&question).await.body;
    assert!(third["solution"]["value"].is_boolean());
    assert_eq!(third["earned"], Value::Null);

    let other = sitting.question("multiple_choice")["id"].clone();
    let nothing = sitting.check(&other).await;
    assert_eq!(nothing.body["type"], "/problems/nothing-to-check");
    let unknown = json!("01930ff0-0000-7000-8000-000000000000");
    assert_eq!(sitting.check(&unknown).await.status, StatusCode::NOT_FOUND);
    let stranger = text(&service.sign_in("student-0002").await["access_token"]);
    let path = sitting.path(&format!("/questions/{}/check", text(&question)));
    let hidden = service.send("POST", &path, Some(&stranger), None).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    sitting.submit().await;
    let closed = sitting.check(&question).await;
    assert_eq!(closed.body["type"], "/problems/attempt-closed");

    let administrator = service.administrator().await;
    let exam = text(&sitting.attempt["exam_id"]);
    for rest in ["statistics", "results/export?format=pdf"] {
        let path = format!("/api/v1/exams/{exam}/{rest}");
        let refused = service.send("GET", &path, Some(&administrator), None).await;
        assert_eq!(refused.body["type"], "/problems/not-possible", "{rest}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_student_takes_the_breaks_that_were_granted_and_no_more() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    assert_eq!(sitting.attempt.get("breaks"), Some(&Value::Null));
    let none = sitting.rest("POST").await;
    assert_eq!(
        (none.status, &none.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/no-break-left"))
    );
    service.execute(r#"UPDATE candidates SET accommodation = '{"extra_percent":0,"extra_seconds":0,"break_seconds":300}'"#)
    .await;
    let left = sitting.get("").await.body["breaks"].clone();
    assert_eq!(left, json!({ "count": 50, "milliseconds": 300_000 }));
    for _ in 0..2 {
        let begun = sitting.rest("POST").await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
        assert_eq!(
            (
                &begun.body["paused"],
                &begun.body["blanked"],
                &begun.body["remaining_ms"]
            ),
            (&json!(true), &json!(true), &json!(3_600_000))
        );
    }
    service.clock.advance(TimeDelta::minutes(2));
    let attempt = sitting.get("").await.body;
    assert!(attempt["break_ends_at"].is_string());
    assert_eq!(attempt["remaining_ms"], 3_600_000);
    let refused = sitting.submit().await;
    assert_eq!(refused.body["type"], "/problems/attempt-paused");
    let token = service.administrator().await;
    let board = format!("/api/v1/exams/{}/board", text(&sitting.attempt["exam_id"]));
    let board = service.send("GET", &board, Some(&token), None).await.body;
    assert_eq!(board["students"][0]["state"], "on_break");
    let back = sitting.rest("DELETE").await.body;
    assert_eq!(
        (
            &back["paused"],
            &back["blanked"],
            &back["remaining_ms"],
            &back["break_left_ms"]
        ),
        (
            &json!(false),
            &json!(false),
            &json!(3_600_000),
            &json!(180_000)
        )
    );
    assert_eq!(back.get("break_ends_at"), None);
    let left = json!({ "count": 49, "milliseconds": 180_000 });
    assert_eq!(back["breaks"], left);
    // The rest of it, and much longer: only what was granted is given back, whoever notices when.
    sitting.rest("POST").await;
    service.clock.advance(TimeDelta::minutes(12));
    let late = sitting.rest("DELETE").await.body;
    assert_eq!(
        (&late["remaining_ms"], &late["break_left_ms"]),
        (&json!(51 * 60_000), &json!(0))
    );
    assert_eq!(late["breaks"], json!({ "count": 0, "milliseconds": 0 }));
    let used_up = sitting.rest("POST").await;
    assert_eq!(used_up.body["type"], "/problems/no-break-left");
    sitting.submit().await;
    let closed = sitting.rest("POST").await;
    assert_eq!(closed.body["type"], "/problems/attempt-closed");
    service.stop().await;
}

#[tokio::test]
async fn everything_that_was_sat_is_listed_with_what_may_be_shown_of_it() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    sitting.save(json!([sitting.statement(1, true)])).await;
    let list = async |query: &str| {
        let path = format!("/api/v1/my/attempts{query}");
        let reply = service.send("GET", &path, Some(&sitting.token), None).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body
    };
    let open = &list("").await["attempts"][0];
    assert_eq!(
        (&open["state"], &open["answered"], &open["result"]),
        (&json!("open"), &json!(1), &Value::Null)
    );
    sitting.submit().await;
    service
        .execute(
            r#"UPDATE exams SET rules = '{"feedback":{"shown":"released"}}' WHERE code = 'demo'"#,
        )
        .await;
    let waiting = &list("").await["attempts"][0];
    assert_eq!(
        (&waiting["is_practice"], &waiting["result"]),
        (&json!(false), &Value::Null)
    );
    service.execute(r#"UPDATE exams SET rules = '{"is_practice":true,"attempts_allowed":2}' WHERE code = 'demo'"#)
    .await;
    let again = json!({ "number": 2 });
    let path = &sitting.start_path;
    let second = service.post(path, Some(&sitting.token), again).await;
    assert_eq!(second.status, StatusCode::CREATED, "{}", second.body);
    let newest = list("?limit=1").await;
    assert_eq!(newest["attempts"][0]["number"], 2);
    let earlier = list(&format!("?limit=1&after={}", text(&newest["next"]))).await;
    let shown = &earlier["attempts"][0];
    let result = sitting.get("/result").await.body;
    assert_eq!(
        (&shown["number"], &shown["result"]["score"]),
        (&json!(1), &result["score"])
    );
    let other = text(&service.sign_in("student-0002").await["access_token"]);
    let path = "/api/v1/my/attempts";
    let none = service.send("GET", path, Some(&other), None).await;
    assert_eq!(none.body["attempts"], json!([]));
    service.stop().await;
}
