//! Statistics, exports, lists, and whose they are.

use super::*;

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
async fn practice_is_in_no_trend() {
    let office = office().await;
    let sitting = office.hand_in("student-0001").await;
    let grade = json!({ "seen_version": 0, "points": 5 });
    office.grade(&sitting, 2, grade).await;
    let path = format!("/courses/{}/trends", office.course);
    let trends = async || office.ask("GET", &path, None).await.body;
    assert_eq!(trends().await["exams"], 1);
    office.set(r#"rules = '{"is_practice":true}'"#).await;
    assert_eq!(trends().await, json!({ "exams": 0, "groups": [] }));
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
    let issue = |role| office.service.token(crate::exam::UserId::generate(), role);
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
