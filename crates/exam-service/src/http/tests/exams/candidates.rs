//! Who may see an exam, who may sit it, and where.

use super::*;

#[tokio::test]
async fn a_clone_is_a_draft_of_its_own() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    add_candidates(&faculty, &exam).await;
    publish(&faculty, &exam).await;
    let body = json!({ "code": "algebra-2027", "starts_at": hours(&faculty, 100), "ends_at": hours(&faculty, 110), "with_candidates": true });
    let copy = faculty
        .send("POST", &path(&exam, "/clone"), body.clone())
        .await;
    assert_eq!(copy.status, StatusCode::CREATED, "{}", copy.body);
    assert_eq!(copy.body["draft"], exam["draft"]);
    assert_eq!(
        (&copy.body["state"], &copy.body["title"]),
        (&json!("draft"), &json!("Algebra"))
    );
    assert_ne!(copy.body["id"], exam["id"]);
    assert_eq!(
        faculty
            .send("POST", &path(&exam, "/clone"), body)
            .await
            .status,
        StatusCode::CONFLICT
    );
    let listed = async |token: &str| {
        let reply = faculty
            .service
            .send("GET", &faculty.of_course("exams"), Some(token), None)
            .await;
        let exams = reply.body["exams"].as_array().cloned().unwrap_or_default();
        let line = |it: &Value| (text(&it["code"]), it["candidate_count"].as_i64().unwrap());
        exams.iter().map(line).collect::<Vec<_>>()
    };
    let (old, new) = (
        ("algebra-2026".to_owned(), 2),
        ("algebra-2027".to_owned(), 2),
    );
    assert_eq!(listed(&faculty.lecturer).await, [old.clone(), new]);
    assert_eq!(
        listed(&faculty.invigilator).await,
        [old],
        "who watches sees no drafts"
    );
    assert_eq!(listed(&faculty.stranger).await, []);
    faculty.service.stop().await;
}

#[tokio::test]
async fn an_exam_is_for_those_who_teach_its_course() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    let stranger = Some(faculty.stranger.as_str());
    for (method, rest, body) in [
        ("GET", "", None),
        ("PATCH", "", Some(json!({ "revision": 1 }))),
        ("POST", "/check", None),
        ("POST", "/state", Some(json!({ "state": "review" }))),
        ("GET", "/preview", None),
        ("GET", "/candidates", None),
        ("GET", "/seats", None),
        ("POST", "/candidates", Some(json!({ "enrolled": true }))),
        ("PUT", "/seats", Some(json!({ "seats": [] }))),
        ("GET", "/seat-plan", None),
        ("PUT", "/seat-plan", Some(json!({ "rooms": [] }))),
        (
            "POST",
            "/seat-plan/assign",
            Some(json!({ "order": "name" })),
        ),
        ("GET", "/seat-plan/attendance?format=csv", None),
    ] {
        let reply = faculty
            .service
            .send(method, &path(&exam, rest), stranger, body)
            .await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{method} {rest}");
    }
    let admin = text(&faculty.service.sign_in("admin").await["access_token"]);
    let seen = faculty
        .service
        .send("GET", &path(&exam, ""), Some(&admin), None)
        .await;
    assert_eq!(seen.status, StatusCode::OK);
    let canary = json!({ "id": "00000000-0000-7000-8000-00000000ca01" });
    let hidden = faculty
        .service
        .send("GET", &path(&canary, ""), Some(&admin), None)
        .await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    faculty.service.stop().await;
}

#[tokio::test]
async fn candidates_come_by_name_or_course_all_or_none() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    let candidates = path(&exam, "/candidates");
    let unknown = faculty
        .send(
            "POST",
            &candidates,
            json!({ "people": ["student-0001", "nobody", "lecturer"] }),
        )
        .await;
    assert_eq!(unknown.status, StatusCode::CONFLICT);
    assert_eq!(unknown.body["unknown"], json!(["nobody", "lecturer"]));
    for wrong in [
        json!({}),
        json!({ "people": [], "enrolled": true }),
        json!({ "people": ["a\u{0}"] }),
    ] {
        assert_eq!(
            faculty.send("POST", &candidates, wrong).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let enrolled = faculty
        .send("POST", &candidates, json!({ "enrolled": true }))
        .await;
    assert_eq!(enrolled.body["added"], 1);
    add_candidates(&faculty, &exam).await;
    let page = faculty.get(&format!("{candidates}?limit=2")).await.body;
    assert_eq!(page["candidates"].as_array().unwrap().len(), 2);
    let rest = faculty
        .get(&format!(
            "{candidates}?limit=2&after={}",
            text(&page["next"])
        ))
        .await
        .body;
    assert_eq!(
        (rest["candidates"].as_array().unwrap().len(), &rest["next"]),
        (1, &Value::Null)
    );
    faculty.service.stop().await;
}

#[tokio::test]
async fn what_a_candidate_is_granted_and_that_they_are_one_stays_once_they_have_started() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    let candidates = path(&exam, "/candidates");
    add_candidates(&faculty, &exam).await;
    publish(&faculty, &exam).await;
    let student = faculty.service.sign_in("student-0001").await;
    let (who, token) = (text(&student["user"]["id"]), text(&student["access_token"]));
    let one = format!("{candidates}/{who}");
    let grant = format!("{one}/accommodation");
    let granted = faculty
        .send("PUT", &grant, json!({ "extra_percent": 25 }))
        .await;
    assert_eq!(granted.status, StatusCode::NO_CONTENT);
    let absurd = faculty
        .send("PUT", &grant, json!({ "extra_percent": 401 }))
        .await;
    assert_eq!(absurd.status, StatusCode::BAD_REQUEST);
    let line = |body: &Value| {
        let all = body["candidates"].as_array().unwrap().clone();
        all.into_iter().find(|it| it["user_id"] == *who).unwrap()
    };
    let listed = line(&faculty.get(&candidates).await.body);
    assert_eq!(
        (
            &listed["accommodation"]["extra_percent"],
            &listed["attempt_count"]
        ),
        (&json!(25), &json!(0))
    );
    faculty
        .service
        .send("POST", &path(&exam, "/attempts"), Some(&token), None)
        .await;
    assert_eq!(
        line(&faculty.get(&candidates).await.body)["attempt_count"],
        1
    );
    let delete = async |path: &str| {
        faculty
            .service
            .send("DELETE", path, Some(&faculty.lecturer), None)
            .await
            .status
    };
    assert_eq!(delete(&one).await, StatusCode::CONFLICT);
    assert_eq!(
        faculty.send("PUT", &grant, json!({})).await.status,
        StatusCode::CONFLICT
    );
    let other = faculty.service.sign_in("student-0002").await;
    let other = format!("{candidates}/{}", text(&other["user"]["id"]));
    for _ in 0..2 {
        assert_eq!(delete(&other).await, StatusCode::NO_CONTENT);
    }
    let gone = faculty
        .send(
            "PUT",
            &format!("{other}/accommodation"),
            json!({ "extra_seconds": 60 }),
        )
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    faculty.service.stop().await;
}

#[tokio::test]
async fn no_seat_is_given_twice_and_two_may_change_places() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    add_candidates(&faculty, &exam).await;
    let seats = path(&exam, "/seats");
    let seat = async |pairs: &[(&str, Option<&str>)]| {
        let seats: Vec<Value> = pairs
            .iter()
            .map(|(name, seat)| json!({ "name": name, "seat": seat }))
            .collect();
        faculty
            .send("PUT", &path(&exam, "/seats"), json!({ "seats": seats }))
            .await
    };
    let (one, two) = ("student-0001", "student-0002");
    let seated = seat(&[(one, Some("H1-01")), (two, Some("H1-02"))]).await;
    assert_eq!(seated.status, StatusCode::NO_CONTENT, "{}", seated.body);
    assert_eq!(
        seat(&[(one, Some("H1-02")), (two, Some("H1-01"))])
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    for (refused, expected) in [
        (vec![(one, Some("H1-01"))], "would be given twice"),
        (
            vec![(one, Some("A")), (two, Some("A"))],
            "would be given twice",
        ),
        (vec![(one, Some("A")), (one, Some("B"))], "named twice"),
        (vec![("nobody", Some("A"))], "No student has the login"),
        (vec![("student", Some("A"))], "may not sit this exam"),
    ] {
        let reply = seat(&refused).await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert!(
            text(&reply.body["detail"]).contains(expected),
            "{}",
            reply.body
        );
    }
    let plan = async || {
        let reply = faculty
            .service
            .send("GET", &seats, Some(&faculty.invigilator), None)
            .await;
        let lines = reply.body["candidates"].as_array().unwrap().clone();
        lines
            .iter()
            .map(|it| (text(&it["seat"]), text(&it["login"])))
            .collect::<Vec<_>>()
    };
    let pair = |seat: &str, login: &str| (seat.to_owned(), login.to_owned());
    assert_eq!(plan().await, [pair("H1-01", two), pair("H1-02", one)]);
    assert_eq!(seat(&[(two, None)]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(plan().await, [pair("H1-02", one)]);
    faculty.service.stop().await;
}
