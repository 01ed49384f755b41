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

#[tokio::test]
async fn rooms_are_filled_and_listed_to_be_signed() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    add_candidates(&faculty, &exam).await;
    let (plan, assign) = (path(&exam, "/seat-plan"), path(&exam, "/seat-plan/assign"));
    let none = faculty.get(&plan).await.body;
    assert_eq!(none, json!({ "rooms": [], "version": 0 }));
    let rooms = |columns: usize| {
        let small = json!({ "name": "H2", "seats": { "named": ["left"] }, "out_of_use": [] });
        let large = json!({
            "name": "H1", "seats": { "grid": { "rows": 1, "columns": columns } }, "out_of_use": ["A2"],
        });
        json!({ "rooms": [small, large], "seen_version": 0 })
    };
    let kept = faculty.send("PUT", &plan, rooms(2)).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
    assert_eq!(faculty.get(&plan).await.body, kept.body);
    assert_eq!(kept.body["rooms"][1], rooms(2)["rooms"][1]);
    let unseen = faculty.send("PUT", &plan, rooms(3)).await;
    assert_eq!(
        (unseen.status, &unseen.body["current"]),
        (StatusCode::CONFLICT, &json!(1))
    );
    for wrong in [
        json!({ "rooms": [{ "name": "", "seats": { "named": [] } }] }),
        json!({ "rooms": [{ "name": "H", "seats": { "grid": { "rows": 1, "columns": 4_000_000_000_u64 } } }] }),
        json!({ "rooms": [{ "name": "H", "seats": { "named": ["a\0"] } }] }),
    ] {
        let refused = faculty.send("PUT", &plan, wrong).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
    }

    // One seat in each room, and the broken one.
    let wish = json!({ "order": "name", "seats_between": 1, "apply": false });
    let dry = faculty.send("POST", &assign, wish).await.body;
    assert_eq!(dry["given"][0]["seat"], "H2-left");
    assert_eq!(
        (&dry["given"][1]["seat"], &dry["is_applied"]),
        (&json!("H1-A1"), &json!(false))
    );
    assert_eq!(
        faculty.get(&path(&exam, "/seats")).await.body["candidates"],
        json!([])
    );
    let all = json!({ "people": ["student-0003"] });
    faculty.send("POST", &path(&exam, "/candidates"), all).await;
    let wish = json!({ "order": "random", "seed": "2026", "apply": true });
    let few = faculty.send("POST", &assign, wish.clone()).await;
    assert_eq!(
        (few.status, &few.body["missing"]),
        (StatusCode::CONFLICT, &json!(1))
    );
    let mut more = rooms(3);
    more["seen_version"] = json!(1);
    assert_eq!(faculty.send("PUT", &plan, more).await.body["version"], 2);
    let seated = faculty.send("POST", &assign, wish.clone()).await.body;
    assert_eq!(
        (&seated["is_applied"], &seated["kept"]),
        (&json!(true), &json!(0))
    );
    let again = faculty.send("POST", &assign, wish).await.body;
    assert_eq!((&again["given"], &again["kept"]), (&json!([]), &json!(3)));
    for wrong in [
        json!({ "order": "name", "seats_between": 21 }),
        json!({ "order": "random", "seed": "s".repeat(101) }),
    ] {
        let refused = faculty.send("POST", &assign, wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    let list = format!("{plan}/attendance");
    let ask = async |token: &str, format: &str| {
        let address = format!("{list}?format={format}");
        let nothing = (&[][..], axum::body::Body::empty());
        let (parts, bytes) = faculty
            .service
            .exchange("GET", &address, Some(token), nothing)
            .await;
        (parts.status, bytes)
    };
    let (status, csv) = ask(&faculty.invigilator, "csv").await;
    let csv = String::from_utf8(csv.to_vec()).unwrap();
    let places: Vec<&str> = csv
        .lines()
        .map(|line| line.split(',').nth(1).unwrap())
        .collect();
    assert_eq!(status, StatusCode::OK);
    assert_eq!(places, ["seat", "H2-left", "H1-A1", "H1-A3"]);
    let (_, pdf) = ask(&faculty.invigilator, "pdf").await;
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(
        ask(&faculty.invigilator, "exe").await.0,
        StatusCode::BAD_REQUEST
    );
    faculty.service.stop().await;
}
