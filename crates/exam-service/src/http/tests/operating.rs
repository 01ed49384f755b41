//! What those who run the service do with it: trying a release, maintenance, memory and requests under way.

use axum::http::header;

use super::*;
use crate::maintenance::Notice;

async fn ask_admin(service: &Service, method: &str, path: &str, body: Value) -> Reply {
    let admin = AdminState {
        app: service.server.state.clone(),
        lifecycle: service.server.lifecycle.clone(),
        colour: None,
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = admin_router(admin).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    }
}

#[tokio::test]
async fn a_synthetic_student_signs_in_on_the_admin_interface_only() {
    let service = service().await;
    let made = ask_admin(&service, "POST", "/admin/canary", Value::Null).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let login = async |is_private: bool| {
        let peer = Peer {
            address: None,
            is_local: true,
            is_private,
            draining: std::sync::Arc::default(),
        };
        let request = Request::post("/api/v1/auth/login")
            .header("content-type", "application/json")
            .extension(peer)
            .body(Body::from(made.body.to_string()))
            .unwrap();
        let reply = service.router.clone().oneshot(request).await.unwrap();
        reply.status()
    };
    assert_eq!(login(false).await, StatusCode::UNAUTHORIZED);
    assert_eq!(login(true).await, StatusCode::OK);
    let path = format!("/admin/canary/{}", text(&made.body["login"]));
    let removed = ask_admin(&service, "DELETE", &path, Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(login(true).await, StatusCode::UNAUTHORIZED);
    service.stop().await;
}

#[tokio::test]
async fn during_maintenance_who_sits_an_exam_goes_on_and_nobody_else_begins() {
    let service = service().await;
    let session = service.sign_in("student-0002").await;
    let sitting = service.sit("student-0001").await;
    let on = json!({ "message": "New tables." });
    let switched = ask_admin(&service, "PUT", "/admin/maintenance", on).await;
    assert_eq!(switched.status, StatusCode::OK, "{}", switched.body);

    let saved = sitting.save(json!([sitting.statement(1, true)])).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert_eq!(sitting.get("").await.status, StatusCode::OK);
    let token = json!({ "refresh_token": session["refresh_token"] });
    let renewed = service.post("/api/v1/auth/refresh", None, token).await;
    assert_eq!(renewed.status, StatusCode::OK);
    assert_eq!(sitting.submit().await.status, StatusCode::OK);
    let health = service.send("GET", "/health", None, None).await;
    assert_eq!(health.status, StatusCode::OK);

    let credentials = json!({ "login": "student-0003", "password": PASSWORD });
    let started = service
        .send("POST", &sitting.start_path, Some(&sitting.token), None)
        .await;
    let signed_in = service.post("/api/v1/auth/login", None, credentials).await;
    for refused in [started, signed_in] {
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.body["type"], "/problems/maintenance");
        assert_eq!(refused.body["detail"], "New tables.");
        assert_eq!(refused.headers[header::RETRY_AFTER], "60");
    }
    let metrics = service.server.state.metrics.render();
    assert!(
        metrics.contains(r#"method="POST",route="maintenance",status="503"} 2"#),
        "{metrics}"
    );

    let switched = ask_admin(&service, "DELETE", "/admin/maintenance", Value::Null).await;
    assert_eq!(switched.status, StatusCode::OK);
    service.sign_in("student-0003").await;
    service.stop().await;
}

#[tokio::test]
async fn people_get_a_page_that_needs_nothing_else() {
    let service = service().await;
    let notice = Notice {
        since: service.clock.now(),
        until: Some(service.clock.now() + TimeDelta::seconds(20)),
        message: "New tables.".to_owned(),
    };
    service.server.state.maintenance.switch_on(&notice).unwrap();
    for path in ["/", "/anything"] {
        let request = Request::get(path).header("accept", "text/html,*/*;q=0.8");
        let response = service
            .router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        let headers = response.headers().clone();
        assert_eq!(headers[header::RETRY_AFTER], "20");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(!policy.contains("'self'"), "{policy}");
        let page = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&page).contains("New tables."));
    }
    service.stop().await;
}

#[tokio::test]
async fn a_switch_that_makes_no_sense_is_refused_and_changes_nothing() {
    let service = service().await;
    for body in [
        json!({ "until": "2001-01-01T00:00:00Z" }),
        json!({ "until": "tomorrow" }),
        json!({ "message": "" }),
        json!({ "massage": "x" }),
    ] {
        let reply = ask_admin(&service, "PUT", "/admin/maintenance", body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.body);
    }
    assert_eq!(service.server.state.maintenance.notice(), None);
    service.stop().await;
}

#[tokio::test]
async fn what_switched_nothing_is_no_line_and_what_cannot_be_written_down_is_switched_back() {
    let service = service().await;
    let admin = service.administrator().await;
    let path = "/api/v1/system/maintenance";
    let switch = async |method: &str, message: &str| {
        let body = (method == "PUT").then(|| json!({ "message": message }));
        service.send(method, path, Some(&admin), body).await.status
    };
    let told = async || {
        let log = service
            .send("GET", "/api/v1/audit", Some(&admin), None)
            .await;
        let lines = log.body["lines"].as_array().unwrap().clone();
        let words = lines.iter().map(|line| text(&line["action"]));
        words.collect::<Vec<_>>()
    };
    assert_eq!(switch("DELETE", "").await, StatusCode::NO_CONTENT);
    assert!(told().await.is_empty());
    let mut expected = Vec::new();
    for (method, message, deed) in [
        ("PUT", "New tables.", Some("maintenance_on")),
        ("PUT", "New tables.", None),
        ("PUT", "It takes longer.", Some("maintenance_on")),
        ("DELETE", "", Some("maintenance_off")),
        ("DELETE", "", None),
    ] {
        assert!(switch(method, message).await.is_success());
        expected.extend(deed);
        assert_eq!(told().await, expected, "{method} {message}");
    }
    // A file cannot take the place of a folder.
    let maintenance = &service.server.state.maintenance;
    std::fs::create_dir(maintenance.file()).unwrap();
    assert_eq!(
        switch("PUT", "New tables.").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(told().await, expected);
    std::fs::remove_dir(maintenance.file()).unwrap();

    service
        .execute("ALTER TABLE audit_log RENAME TO put_away")
        .await;
    assert!(switch("PUT", "New tables.").await.is_server_error());
    assert_eq!(maintenance.notice(), None);
    assert!(!maintenance.file().exists());
    service.stop().await;
}

#[tokio::test]
async fn during_maintenance_invigilators_go_on_and_students_take_their_breaks() {
    let service = service().await;
    let admin = service.administrator().await;
    let sitting = service.sit("student-0001").await;
    let granted = r#"{"extra_percent":0,"extra_seconds":0,"break_seconds":300}"#;
    let sql = format!("UPDATE candidates SET accommodation = '{granted}'");
    service.execute(&sql).await;
    let on = ask_admin(&service, "PUT", "/admin/maintenance", json!({})).await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.body);
    for method in ["POST", "DELETE"] {
        let path = sitting.path("/break");
        let rested = service
            .send(method, &path, Some(&sitting.token), None)
            .await;
        assert_eq!(rested.status, StatusCode::OK, "{}", rested.body);
    }
    let exam = format!("/api/v1/exams/{}", text(&sitting.attempt["exam_id"]));
    let pause = json!({ "action": "pause", "target": { "all": true } });
    let note = json!({ "category": "technical", "text": "The light went out." });
    for (rest, body, expected) in [
        ("actions", pause, StatusCode::OK),
        ("incidents", note, StatusCode::CREATED),
    ] {
        let (path, key) = (format!("{exam}/{rest}"), [("idempotency-key", rest)]);
        let done = service.send_with("POST", &path, Some(&admin), Some(body), &key);
        let done = done.await;
        assert_eq!(done.status, expected, "{rest}: {}", done.body);
    }
    let found = format!("/api/v1/exams?id={}", text(&sitting.attempt["exam_id"]));
    let (board, notes) = (format!("{exam}/board"), format!("{exam}/incidents"));
    for path in [found, board, notes, sitting.path("/timeline")] {
        let read = service.send("GET", &path, Some(&admin), None).await;
        assert_eq!(read.status, StatusCode::OK, "{path}: {}", read.body);
    }
    service.stop().await;
}

#[tokio::test]
async fn an_administrator_sees_how_the_service_is_and_is_set_without_a_secret() {
    let mail = [
        ("SMTP_URL", "smtp://user:sesame@127.0.0.1:25"),
        ("MAIL_FROM", "Exams <exams@example.edu>"),
    ];
    let service = service_with(&mail).await;
    let admin = service.administrator().await;
    service.sit("student-0001").await;
    let path = "/api/v1/system/maintenance";
    let until = service.clock.now() + TimeDelta::hours(1);
    let order = json!({ "until": until, "message": "New tables." });
    let switched = service.send("PUT", path, Some(&admin), Some(order)).await;
    assert_eq!(switched.status, StatusCode::OK, "{}", switched.body);
    // Who switched it on still sees how it is.
    let system = service
        .send("GET", "/api/v1/system", Some(&admin), None)
        .await
        .body;
    assert_eq!(system["maintenance"]["message"], "New tables.");
    assert_eq!(
        (&system["open_attempts"], &system["colour"]),
        (&json!(1), &json!("blue"))
    );
    assert_eq!(system["saves"], json!({ "waiting": 0, "most": 8192 }));
    assert_eq!(
        system["jobs"],
        json!({ "waiting": 0, "dead": 0, "works": true, "sends_mail": true })
    );
    let database = &system["database"];
    assert_eq!(
        (&database["kind"], &database["migrations_pending"]),
        (&json!("sqlite"), &json!([]))
    );
    assert!(database["bytes"].as_u64().unwrap() > 0 && database["version"].is_string());
    let settings = service
        .send("GET", "/api/v1/system/settings", Some(&admin), None)
        .await
        .body;
    let listed = settings["settings"].as_array().unwrap();
    let found = |name: &str| listed.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(
        found("JWT_SECRET"),
        &json!({ "name": "JWT_SECRET", "value": null, "is_secret": true, "origin": "environment" })
    );
    assert_eq!(found("SMTP_URL")["value"], "smtp://127.0.0.1:25");
    assert_eq!(found("EXAM_DRAIN_SECONDS")["origin"], "usual");
    assert!(
        settings["warnings"][0]
            .as_str()
            .unwrap()
            .contains("APP_ENV is demo")
    );
    let all = settings.to_string();
    assert!(!all.contains("sesame") && !all.contains("aaaa"), "{all}");
    for _ in 0..2 {
        let switched = service.send("DELETE", path, Some(&admin), None).await;
        assert_eq!(switched.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(service.server.state.maintenance.notice(), None);
    let past = json!({ "until": "2001-01-01T00:00:00Z" });
    let refused = service.send("PUT", path, Some(&admin), Some(past)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    service.stop().await;
}
