//! Grades by hand, corrected keys, release.

use super::*;

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
async fn a_broken_question_is_voided_for_everybody_with_before_and_after() {
    let office = office().await;
    let sitting = office.hand_in("student-0001").await;
    let nothing = [json!({ "value": false }), Value::Null, Value::Null];
    office.sit("student-0002", nothing).await.submit().await;
    let void = async |question, more| office.void(question, more).await;
    assert_eq!(void(1, json!({})).await.status, StatusCode::BAD_REQUEST);
    let dry = void(1, json!({ "counts": "full_points" })).await.body;
    assert_eq!(
        (&dry["raised"], &dry["is_applied"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(
        (&dry["changes"][0]["before"], &dry["changes"][0]["after"]),
        (&json!(1), &json!(3))
    );
    let apply = |counts: &str, seen: i64| json!({ "counts": counts, "apply": true, "reason": "No option is right.", "seen_version": seen });
    let applied = void(1, apply("left_out", 0)).await.body;
    assert_eq!(
        (&applied["version"], &applied["raised"]),
        (&json!(1), &json!(1))
    );
    let change = &applied["changes"][0];
    assert_eq!(
        (&change["max_before"], &change["max_after"]),
        (&json!(8), &json!(6))
    );
    // A new key does not bring it back by itself, and an essay that is broken waits for nobody.
    let key = json!({ "kind": office.questions[1].kind, "apply": true, "reason": "The key.", "seen_version": 1 });
    assert_eq!(void(1, key).await.body["version"], 2);
    assert_eq!(void(2, apply("full_points", 2)).await.body["version"], 3);
    let queue = office.exam("/grading").await;
    assert_eq!(
        (&queue["answers"], &queue["questions"]),
        (&json!([]), &json!([]))
    );
    let results = office.exam("/results").await["results"].clone();
    for (line, score) in [(0, 6), (1, 5)] {
        let line = &results[line];
        let expected = (&json!(score), &json!(6), &json!(0));
        assert_eq!(
            (&line["score"], &line["max_score"], &line["waiting"]),
            expected
        );
    }
    let kept = office.exam("/corrections").await["corrections"].clone();
    let voidings: Vec<&Value> = kept
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["voiding"])
        .collect();
    assert_eq!(voidings, ["left_out", "left_out", "full_points"]);
    let figures = office.exam("/statistics").await;
    assert_eq!(figures["questions"].as_array().unwrap().len(), 1);
    assert_eq!(void(1, apply("as_answered", 3)).await.body["version"], 4);
    office.release(false).await;
    let seen = sitting.get("/result").await.body;
    let essay = json!(office.questions[2].id);
    let mut questions = seen["questions"].as_array().unwrap().iter();
    let essay = questions.find(|it| it["question_id"] == essay).unwrap();
    assert_eq!(
        (&essay["voiding"], &essay["earned"]),
        (&json!("full_points"), &json!(5))
    );
    assert_eq!((&seen["score"], &seen["max_score"]), (&json!(6), &json!(8)));
    office.service.stop().await;
}
