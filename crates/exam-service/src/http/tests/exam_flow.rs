//! Taking an exam over HTTP: what is saved, what is refused, what it earns.

use super::*;

#[tokio::test]
async fn a_student_takes_the_exam_from_sign_in_to_score() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    assert_eq!(
        sitting.attempt["paper"]["questions"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
    assert_eq!(sitting.attempt["remaining_ms"], 3_600_000);
    assert!(
        !sitting.attempt.to_string().contains("correct"),
        "the key is in the paper"
    );

    let reply = sitting.save(json!([sitting.statement(1, true)])).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert_eq!(reply.body["saved"][0]["sequence"], 1);
    let again = service
        .send("POST", &sitting.start_path, Some(&sitting.token), None)
        .await;
    assert_eq!(
        (again.status, &again.body["id"]),
        (StatusCode::OK, &sitting.attempt["id"])
    );
    assert_eq!(
        again.body["answers"][0]["response"],
        json!({ "value": true })
    );

    let open = sitting.get("/result").await;
    assert_eq!(
        (open.status, &open.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/attempt-open"))
    );
    let (first, second) = (sitting.submit().await, sitting.submit().await);
    assert_eq!(first.body, second.body);
    assert_eq!(
        (&first.body["answered"], &first.body["total"]),
        (&json!(1), &json!(10))
    );
    let result = sitting.get("/result").await.body;
    assert_eq!(
        (&result["score"], &result["max_score"]),
        (&json!(1), &json!(13))
    );
    service.stop().await;
}

#[tokio::test]
async fn a_stale_save_is_a_visible_conflict_that_carries_the_current_value() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    sitting.save(json!([sitting.statement(5, true)])).await;
    let repeat = sitting.save(json!([sitting.statement(5, true)])).await;
    assert_eq!(repeat.status, StatusCode::OK);
    for stale in [sitting.statement(4, false), sitting.statement(5, false)] {
        let choice = &sitting.question("multiple_choice")["id"];
        let fresh =
            json!({ "question_id": choice, "sequence": stale["sequence"], "response": null });
        let reply = sitting.save(json!([stale, fresh])).await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        assert_eq!(reply.body["type"], "/problems/stale-answer");
        assert_eq!(reply.body["saved"][0]["question_id"], *choice);
        let refused = &reply.body["refused"][0];
        assert_eq!(refused["reason"], "stale-answer");
        assert_eq!(
            refused["current"],
            json!({ "sequence": 5, "response": { "value": true }, "flagged": false })
        );
    }
    let metrics = service.server.state.metrics.render();
    assert!(
        metrics.contains("exam_saves_refused_total{reason=\"stale-answer\"} 2"),
        "{metrics}"
    );
    service.stop().await;
}

#[tokio::test]
async fn after_the_deadline_and_its_grace_answers_are_refused_and_the_attempt_is_closed() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    service.clock.advance(TimeDelta::seconds(3605));
    // The access token is renewed on the way, as a page does.
    let token = text(&service.sign_in("student-0001").await["access_token"]);
    let sitting = Sitting { token, ..sitting };
    assert_eq!(
        sitting
            .save(json!([sitting.statement(1, true)]))
            .await
            .status,
        StatusCode::OK
    );
    service.clock.advance(TimeDelta::milliseconds(1));
    let late = sitting.save(json!([sitting.statement(2, false)])).await;
    assert_eq!(
        (late.status, &late.body["type"]),
        (StatusCode::CONFLICT, &json!("/problems/attempt-closed"))
    );
    let closed = sitting.get("").await.body;
    assert_eq!(
        (&closed["state"], &closed["submitted_at"]),
        (&json!("submitted"), &closed["deadline_at"])
    );
    service.stop().await;
}

#[tokio::test]
async fn bad_saves_are_refused_one_by_one() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let id = &sitting.question("true_false")["id"];
    let refused = json!([{ "question_id": id, "sequence": 1, "response": { "selected": [] } }]);
    let reply = sitting.save(refused).await;
    assert_eq!(
        (reply.status, &reply.body["type"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("/problems/invalid-answer")
        )
    );
    let shapeless = json!([{ "question_id": id, "sequence": 1, "response": 7 }]);
    assert_eq!(
        sitting.save(shapeless).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for broken in [
        json!([]),
        json!([{ "question_id": id, "sequence": 1.0, "response": null }]),
        json!([{ "question_id": id, "sequence": 1e300, "response": null }]),
        json!([{ "question_id": id, "sequence": 0, "response": null }]),
        json!([{ "question_id": id, "sequence": 1 }]),
        json!([{ "question_id": "x", "sequence": 1, "response": null }]),
        Value::Array(vec![sitting.statement(1, true); 101]),
    ] {
        let reply = sitting.save(broken.clone()).await;
        assert_eq!(
            reply.status,
            StatusCode::BAD_REQUEST,
            "{broken}: {}",
            reply.body
        );
    }
    service.stop().await;
}

#[tokio::test]
async fn another_student_sees_nothing_of_an_attempt() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let token = text(&service.sign_in("student-0002").await["access_token"]);
    let other = Sitting {
        token,
        service: &service,
        start_path: String::new(),
        attempt: sitting.attempt.clone(),
    };
    assert_eq!(other.get("").await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.get("/result").await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.submit().await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        other.save(json!([other.statement(1, true)])).await.status,
        StatusCode::NOT_FOUND
    );
    service.stop().await;
}
