//! Load runs over HTTP: what their accounts may ask, and what staff do not see of them.

use super::*;
use crate::commands::{CommandError, LoadSeed};

/// What `load seed` prints.
async fn seeded(service: &Service, run: &str, students: u32, questions: u32) -> Value {
    let asked = LoadSeed {
        run: run.parse().unwrap(),
        students,
        questions,
        hours: 4,
    };
    let mut output = Vec::new();
    let settings = database(service);
    commands::load_seed(&settings, asked, &mut output)
        .await
        .unwrap();
    serde_json::from_slice(&output).unwrap()
}

fn database(service: &Service) -> DatabaseSettings {
    DatabaseSettings {
        database: service.settings.database.clone(),
        telemetry: service.settings.telemetry.clone(),
    }
}

async fn try_to_sign_in(service: &Service, load: &Value, student: usize) -> Reply {
    let credentials = json!({ "login": load["students"][student], "password": load["password"] });
    service.post("/api/v1/auth/login", None, credentials).await
}

async fn signed_in(service: &Service, load: &Value, student: usize) -> String {
    let reply = try_to_sign_in(service, load, student).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    text(&reply.body["access_token"])
}

async fn get(service: &Service, path: &str, token: &str) -> Reply {
    service.send("GET", path, Some(token), None).await
}

const TARGET: &str = "/api/v1/load/target";
/// What staff see of an exam, and not of that of a load run.
const HIDDEN: [&str; 8] = [
    "",
    "/candidates",
    "/seats",
    "/grading",
    "/results",
    "/statistics",
    "/results/export?format=csv",
    "/corrections",
];

#[tokio::test]
async fn a_load_account_is_told_what_load_would_meet() {
    let service = service().await;
    let load = seeded(&service, "night-1", 2, 3).await;
    let expected = json!(["load-night-1-00001", "load-night-1-00002"]);
    assert_eq!(
        (&load["run"], &load["students"]),
        (&json!("night-1"), &expected)
    );
    assert_eq!(load["exam_title"], "Load run night-1");
    let token = signed_in(&service, &load, 0).await;
    let told = get(&service, TARGET, &token).await;
    assert_eq!(told.status, StatusCode::OK);
    let expected = json!({
        "run": "night-1", "environment": "demo", "version": crate::version::VERSION, "open_exams": 0
    });
    assert_eq!(told.body, expected);
    service
        .execute("UPDATE exams SET code = 'real' WHERE code = 'demo'")
        .await;
    let told = get(&service, TARGET, &token).await;
    assert_eq!(told.body["open_exams"], 1);
    service.stop().await;
}

#[tokio::test]
async fn only_accounts_of_a_load_run_ask_what_load_would_meet() {
    let service = service().await;
    for login in ["student-0001", "admin"] {
        let token = text(&service.sign_in(login).await["access_token"]);
        let refused = get(&service, TARGET, &token).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{login}");
        assert_eq!(refused.body["type"], "/problems/forbidden");
    }
    let gone = service.token(UserId::generate(), Role::Student);
    let refused = get(&service, TARGET, &gone).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    service.stop().await;
}

#[tokio::test]
async fn a_load_account_sits_its_exam_and_staff_see_nothing_of_it() {
    let service = service().await;
    let administrator = service.administrator().await;
    let system = get(&service, "/api/v1/system", &administrator).await.body;
    let load = seeded(&service, "night-1", 1, 200).await;
    let token = signed_in(&service, &load, 0).await;
    let exam = text(&load["exam_id"]);
    let path = format!("/api/v1/exams/{exam}/attempts");
    let started = service.send("POST", &path, Some(&token), None).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
    let questions = started.body["paper"]["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 200);
    let answer =
        json!({ "question_id": questions[0]["id"], "sequence": 1, "response": { "value": true } });
    let attempt = text(&started.body["id"]);
    let saved = service
        .send(
            "PUT",
            &format!("/api/v1/attempts/{attempt}/answers"),
            Some(&token),
            Some(json!({ "answers": [answer] })),
        )
        .await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);

    let now = get(&service, "/api/v1/system", &administrator).await.body;
    for count in ["open_attempts", "exams_running", "next_exam"] {
        assert_eq!(now[count], system[count], "{count}");
    }
    for (path, absent) in [
        ("/api/v1/exams", &*exam),
        ("/api/v1/users", "load-night-1-00001"),
        ("/api/v1/users?search=load", "load-night-1-00001"),
    ] {
        let listed = get(&service, path, &administrator).await;
        assert_eq!(listed.status, StatusCode::OK, "{path}");
        assert!(!listed.body.to_string().contains(absent), "{path}");
    }
    let demo = service.sit("student-0001").await.start_path;
    let demo = demo.split('/').nth(4).unwrap();
    for path in HIDDEN {
        for (exam, is_hidden) in [(&*exam, true), (demo, false)] {
            let path = format!("/api/v1/exams/{exam}{path}");
            let asked = get(&service, &path, &administrator).await;
            let is_absent = asked.status == StatusCode::NOT_FOUND;
            assert_eq!(is_absent, is_hidden, "{path}: {}", asked.body);
        }
    }
    let board = format!("/api/v1/exams/{exam}/board");
    let board = get(&service, &board, &administrator).await;
    assert_eq!(board.status, StatusCode::OK, "{}", board.body);
    assert!(board.body.to_string().contains("load-night-1-00001"));
    let submit = format!("/api/v1/attempts/{attempt}/submit");
    let submitted = service.post(&submit, Some(&token), json!({})).await;
    assert_eq!(submitted.status, StatusCode::OK);
    let result = format!("/api/v1/attempts/{attempt}/result");
    let result = get(&service, &result, &token).await;
    assert_eq!(result.status, StatusCode::OK, "{}", result.body);
    service.stop().await;
}

#[tokio::test]
async fn nobody_signs_in_to_a_load_run_that_is_over() {
    let service = service().await;
    let load = seeded(&service, "night-1", 1, 1).await;
    signed_in(&service, &load, 0).await;
    let end = service.clock.now().timestamp_millis();
    let sql = format!("UPDATE exams SET ends_at = {end} WHERE load_run = 'night-1'");
    service.execute(&sql).await;
    let refused = try_to_sign_in(&service, &load, 0).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(text(&refused.body["detail"]).contains("load run"));
    // Who does not know the password learns nothing.
    let wrong = json!({ "login": load["students"][0], "password": "something else" });
    let wrong = service.post("/api/v1/auth/login", None, wrong).await;
    assert!(!text(&wrong.body["detail"]).contains("load run"));
    service.stop().await;
}

#[tokio::test]
async fn a_load_run_is_listed_refused_twice_and_taken_away_by_its_name() {
    let service = service().await;
    let load = seeded(&service, "night-1", 3, 2).await;
    let settings = database(&service);
    let again = LoadSeed {
        run: "night-1".parse().unwrap(),
        students: 1,
        questions: 1,
        hours: 1,
    };
    let refused = commands::load_seed(&settings, again, &mut Vec::new()).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, CommandError::Usage(_)), "{refused}");
    let advice = "exam-service load purge --run night-1";
    assert!(refused.to_string().ends_with(advice), "{refused}");
    let listed = async || {
        let mut output = Vec::new();
        commands::load_list(&settings, &mut output).await.unwrap();
        String::from_utf8(output).unwrap()
    };
    let line: Value = serde_json::from_str(&listed().await).unwrap();
    assert_eq!(
        (&line["run"], &line["exam_id"]),
        (&json!("night-1"), &load["exam_id"])
    );
    assert_eq!(
        (&line["accounts"], &line["attempts"]),
        (&json!(3), &json!(0))
    );
    let run = "night-1".parse().unwrap();
    let mut output = Vec::new();
    commands::load_purge(&settings, Some(&run), &mut output)
        .await
        .unwrap();
    let gone: Value = serde_json::from_slice(&output).unwrap();
    let expected =
        json!({ "runs": ["night-1"], "accounts": 3, "exams": 1, "attempts": 0, "answers": 0 });
    assert_eq!(gone, expected);
    assert_eq!(listed().await, "");
    let output = &mut Vec::new();
    let unknown = commands::stored_answers(&settings, None, Some(&run), output).await;
    let unknown = unknown.unwrap_err();
    assert!(matches!(unknown, CommandError::Usage(_)), "{unknown}");
    service.sign_in("student-0001").await;
    service.stop().await;
}

#[tokio::test]
async fn a_check_warns_of_load_runs_that_were_forgotten() {
    let service = service().await;
    seeded(&service, "night-1", 2, 1).await;
    let warnings = async || {
        let path = service
            .settings
            .database
            .file()
            .unwrap()
            .display()
            .to_string();
        let variables = [
            ("DATABASE_URL", format!("sqlite://{path}")),
            ("JWT_SECRET", "a".repeat(32)),
            ("APP_ENV", "demo".to_owned()),
        ];
        let variables: Variables = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut output = Vec::new();
        commands::check_json(&variables, &mut output).await.unwrap();
        let report: Value = serde_json::from_slice(&output).unwrap();
        report["warnings"].to_string()
    };
    assert!(!warnings().await.contains("load runs"));
    let two_days = TimeDelta::days(2).num_milliseconds();
    let sql =
        format!("UPDATE users SET created_at = created_at - {two_days} WHERE load_run IS NOT NULL");
    service.execute(&sql).await;
    let told = warnings().await;
    assert!(told.contains("2 accounts of load runs"), "{told}");
    assert!(told.contains("exam-service load purge --all"), "{told}");
    service.stop().await;
}
