//! What invigilators write down, credits that they take back, and the exams that they find, over HTTP.

use super::bank::faculty;
use super::*;

const ALL: fn() -> Value = || json!({ "all": true });

#[tokio::test]
async fn a_note_is_written_once_listed_corrected_and_exported() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let token = service.administrator().await;
    let exam = text(&sitting.attempt["exam_id"]);
    let path = format!("/api/v1/exams/{exam}/incidents");
    let board = format!("/api/v1/exams/{exam}/board");
    let board = service.send("GET", &board, Some(&token), None).await.body;
    let student = &board["students"][0]["user_id"];
    let note = async |key: &str, body: Value| {
        let key = [("idempotency-key", key)];
        service
            .send_with("POST", &path, Some(&token), Some(body), &key)
            .await
    };
    let body = json!({ "category": "behaviour", "text": "=A phone\nrang", "room": "H1", "user_id": student });
    let kept = note("first", body.clone()).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.body);
    assert_eq!(kept.body["attempt_id"], sitting.attempt["id"]);
    assert_eq!(kept.body["about"]["login"], "student-0001");
    assert_eq!(note("first", body.clone()).await.body, kept.body);
    let other = json!({ "category": "other", "text": "Something else" });
    let used = note("first", other.clone()).await;
    assert_eq!(used.body["type"], "/problems/key-used-before");
    let correction = json!({
        "category": "behaviour", "text": "It was an alarm clock", "corrects_id": kept.body["id"]
    });
    let corrected = note("second", correction.clone()).await;
    assert_eq!(corrected.status, StatusCode::CREATED, "{}", corrected.body);
    let twice = note("third", correction).await;
    assert_eq!(twice.body["type"], "/problems/not-possible");
    for wrong in [
        json!({ "category": "gossip", "text": "x" }),
        json!({ "category": "other", "text": " " }),
        json!({ "category": "other", "text": "x".repeat(4001) }),
        json!({ "category": "other", "text": "a\0b" }),
        json!({ "category": "other", "text": "x", "room": "r".repeat(101) }),
        json!({ "text": "x" }),
    ] {
        let refused = note("wrong", wrong.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }

    let kept = [&kept.body, &corrected.body];
    notes_are_read_by_those_who_watch(&sitting, &token, kept).await;
    service.stop().await;
}

/// The list, the timeline and the file.
async fn notes_are_read_by_those_who_watch(sitting: &Sitting<'_>, token: &str, kept: [&Value; 2]) {
    let (service, [kept, corrected]) = (sitting.service, kept);
    let path = format!(
        "/api/v1/exams/{}/incidents",
        text(&sitting.attempt["exam_id"])
    );
    let get = async |rest: &str, token: &str| {
        let path = format!("{path}{rest}");
        service.send("GET", &path, Some(token), None).await
    };
    let listed = get("?limit=1", token).await.body;
    assert_eq!(listed["incidents"][0]["id"], kept["id"]);
    assert_eq!(listed["incidents"][0]["corrected_by_id"], corrected["id"]);
    let rest = format!("?after={}", text(&listed["next"]));
    let rest = get(&rest, token).await.body;
    assert_eq!(rest["incidents"][0]["id"], corrected["id"]);
    let timeline = sitting.path("/timeline");
    let timeline = service.send("GET", &timeline, Some(token), None).await.body;
    let entries = timeline["entries"].as_array().unwrap();
    let told = entries
        .iter()
        .find(|entry| entry["what"] == "noted")
        .unwrap();
    assert_eq!(told["incident"]["text"], "=A phone\nrang");

    let file = (&[][..], Body::empty());
    let export = format!("{path}/export");
    let (parts, bytes) = service.exchange("GET", &export, Some(token), file).await;
    assert_eq!(parts.status, StatusCode::OK);
    let mut reader = csv::Reader::from_reader(&*bytes);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0][5], &rows[0][8]),
        ("student-0001", "'=A phone\nrang")
    );

    let by_student = get("", &sitting.token).await;
    assert_eq!(by_student.status, StatusCode::FORBIDDEN);
    let stranger = service.token(UserId::generate(), Role::Invigilator);
    assert_eq!(get("", &stranger).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        get("/export", &stranger).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn time_that_was_given_by_mistake_is_taken_back_and_the_page_is_told() {
    let service = service().await;
    let sitting = service.sit("student-0001").await;
    let token = service.administrator().await;
    let exam = text(&sitting.attempt["exam_id"]);
    let act = async |key: &str, token: &str, body: Value| {
        let path = format!("/api/v1/exams/{exam}/actions");
        let key = [("idempotency-key", key)];
        service
            .send_with("POST", &path, Some(token), Some(body), &key)
            .await
    };
    let credit = json!({ "action": "credit_time", "target": ALL(), "seconds": 600 });
    let given = act("credit", &token, credit).await.body;
    let saved = sitting.save(json!([sitting.statement(1, true)])).await.body;
    assert_eq!(saved["remaining_ms"], 4_200_000);
    let take_back = json!({
        "action": "take_back_time", "target": ALL(), "audit_number": given["audit_number"], "reason": "Wrong room"
    });
    let stranger = service.token(UserId::generate(), Role::Invigilator);
    let hidden = act("theirs", &stranger, take_back.clone()).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    let taken = act("back", &token, take_back.clone()).await;
    assert_eq!(taken.body["changed"], 1, "{}", taken.body);
    assert_eq!(
        act("back", &token, take_back.clone()).await.body,
        taken.body
    );
    assert_eq!(act("again", &token, take_back).await.body["changed"], 0);
    let saved = sitting.save(json!([sitting.statement(2, true)])).await.body;
    assert_eq!(
        (&saved["remaining_ms"], &saved["revision"]),
        (&json!(3_600_000), &json!(2))
    );
    for wrong in [json!(null), json!(99), json!(taken.body["audit_number"])] {
        let body =
            json!({ "action": "take_back_time", "target": ALL(), "audit_number": wrong.clone() });
        let refused = act("wrong", &token, body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let log = service.send(
        "GET",
        "/api/v1/audit?action=take_back_time",
        Some(&token),
        None,
    );
    let line = &log.await.body["lines"][0]["detail"];
    assert_eq!(
        (&line["takes_back"], &line["seconds"], &line["reason"]),
        (&given["audit_number"], &json!(600), &json!("Wrong room"))
    );
    service.stop().await;
}

#[tokio::test]
async fn exams_are_found_across_courses_page_by_page() {
    let faculty = faculty().await;
    let now = faculty.service.clock.now();
    for (code, hours) in [("later", 5), ("sooner", 1)] {
        let new = json!({
            "code": code, "title": code, "duration_seconds": 3600,
            "starts_at": now + TimeDelta::hours(hours), "ends_at": now + TimeDelta::hours(hours + 2),
        });
        let path = faculty.of_course("exams");
        let made = faculty.send("POST", &path, new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    }
    let find = async |query: &str| faculty.get(&format!("/api/v1/exams?{query}")).await;
    let codes = |reply: &Reply| {
        let exams = reply.body["exams"].as_array().unwrap().iter();
        exams.map(|exam| text(&exam["code"])).collect::<Vec<_>>()
    };
    let first = find("limit=1").await;
    assert_eq!(codes(&first), ["sooner"]);
    assert_eq!(first.body["exams"][0]["course_code"], "MATH-101");
    let rest = find(&format!("after={}", text(&first.body["next"]))).await;
    assert_eq!(codes(&rest), ["later"]);
    let until = (now + TimeDelta::hours(2)).format("%Y-%m-%dT%H:%M:%SZ");
    for (query, expected) in [
        (format!("until={until}"), vec!["sooner"]),
        ("state=published,closed".to_owned(), vec![]),
        (
            format!("course={}&state=draft", faculty.course),
            vec!["sooner", "later"],
        ),
        (
            format!("id={}", text(&first.body["exams"][0]["id"])),
            vec!["sooner"],
        ),
        ("from=%2B262142-01-01T00:00:00Z".to_owned(), vec![]),
    ] {
        assert_eq!(codes(&find(&query).await), expected, "{query}");
    }
    for wrong in [
        "state=lost",
        "after=x",
        "after=1_x",
        "limit=0",
        "limit=101",
        "course=1",
        "from=now",
    ] {
        assert_eq!(find(wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let watcher = Some(faculty.invigilator.as_str());
    let seen = faculty.service.send("GET", "/api/v1/exams", watcher, None);
    assert_eq!(
        seen.await.body["exams"],
        json!([]),
        "drafts are not watched"
    );
    faculty.service.stop().await;
}
