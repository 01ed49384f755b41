//! Departments, courses, who is in them, groups.

use super::*;

impl Service {
    async fn put(&self, path: &str, token: &str, body: Value) -> Reply {
        self.send("PUT", path, Some(token), Some(body)).await
    }

    /// Makes a course; its path.
    async fn make_course(&self, admin: &str, code: &str) -> String {
        let body = json!({ "code": code, "title": code });
        let made = self.post("/api/v1/courses", Some(admin), body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        format!("/api/v1/courses/{}", text(&made.body["id"]))
    }

    async fn enrol(&self, admin: &str, course: &str, people: &[&str], role: &str) -> Reply {
        let body = json!({ "people": people, "role": role });
        let path = format!("{course}/enrolments");
        self.post(&path, Some(admin), body).await
    }
}

fn logins(reply: &Reply) -> Vec<String> {
    let people = reply.body["people"].as_array().unwrap();
    people.iter().map(|one| text(&one["login"])).collect()
}

#[tokio::test]
async fn a_department_and_its_courses_are_made_renamed_and_archived() {
    let service = service().await;
    let admin = service.administrator().await;
    let body = json!({ "name": "Mathematics" });
    let path = "/api/v1/departments";
    let made = service.post(path, Some(&admin), body.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again = service.post(path, Some(&admin), body).await;
    assert_eq!(kind(&again), "/problems/taken");
    let department = made.body["id"].clone();
    let one = format!("{path}/{}", text(&department));
    let renamed = service
        .patch(&one, &admin, json!({ "name": "Maths" }))
        .await;
    assert_eq!(renamed.body["name"], "Maths");
    let listed = service.get(path, &admin).await.body;
    assert_eq!(listed["departments"][0]["name"], "Maths");

    let course = service.make_course(&admin, "MATH-101").await;
    let change = json!({ "department_id": department, "title": "Algebra", "archived": true });
    let changed = service.patch(&course, &admin, change).await.body;
    assert_eq!(
        (&changed["title"], &changed["code"]),
        (&json!("Algebra"), &json!("MATH-101"))
    );
    assert!(changed["archived_at"].is_string());
    let query = format!("/api/v1/courses?department={}", text(&department));
    assert_eq!(
        service.get(&query, &admin).await.body["courses"][0]["code"],
        "MATH-101"
    );
    let change = json!({ "department_id": null, "archived": false });
    let changed = service.patch(&course, &admin, change).await.body;
    assert_eq!(
        (&changed["department_id"], &changed["archived_at"]),
        (&Value::Null, &Value::Null)
    );
    let nowhere = json!({ "code": "X", "title": "X", "department_id": "01930ff0-0000-7000-8000-000000000000" });
    let refused = service.post("/api/v1/courses", Some(&admin), nowhere).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    service.make_course(&admin, "MATH-102").await;
    let taken = service
        .patch(&course, &admin, json!({ "code": "MATH-102" }))
        .await;
    assert_eq!(kind(&taken), "/problems/taken");
    service.stop().await;
}

#[tokio::test]
async fn staff_see_the_courses_that_they_teach_or_watch_and_no_others() {
    let service = service().await;
    let admin = service.administrator().await;
    let (_, anna) = service.make_owner(&admin, "anna", "lecturer").await;
    let (_, ivan) = service.make_owner(&admin, "ivan", "invigilator").await;
    let mine = service.make_course(&admin, "MINE").await;
    let other = service.make_course(&admin, "OTHER").await;
    service.enrol(&admin, &mine, &["anna"], "lecturer").await;
    service.enrol(&admin, &mine, &["ivan"], "invigilator").await;
    // Who learns in a course does not run it, whatever their account may do elsewhere.
    service.enrol(&admin, &other, &["anna"], "student").await;
    for tokens in [&anna, &ivan] {
        let token = text(&tokens["access_token"]);
        let listed = service.get("/api/v1/courses", &token).await.body;
        let codes: Vec<_> = listed["courses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["code"])
            .collect();
        assert_eq!(codes, ["MINE"]);
        for rest in ["", "/enrolments", "/groups"] {
            let seen = service.get(&format!("{mine}{rest}"), &token).await;
            assert_eq!(seen.status, StatusCode::OK, "{rest}");
            let hidden = service.get(&format!("{other}{rest}"), &token).await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{rest}");
        }
        let refused = service
            .post(
                &format!("{other}/groups"),
                Some(&token),
                json!({ "name": "A" }),
            )
            .await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
    service.stop().await;
}

#[tokio::test]
async fn people_are_enrolled_by_login_or_number_all_of_them_or_none() {
    let service = service().await;
    let admin = service.administrator().await;
    let body = json!({ "login": "anna", "display_name": "Anna", "role": "student", "student_number": "77" });
    let (anna, _) = service.make_user(&admin, body).await;
    let course = service.make_course(&admin, "MATH-101").await;
    let list = format!("{course}/enrolments");
    let refused = service
        .enrol(
            &admin,
            &course,
            &["77", "nobody", "student-0001"],
            "student",
        )
        .await;
    assert_eq!(kind(&refused), "/problems/unknown-people");
    assert_eq!(refused.body["unknown"], json!(["nobody"]));
    assert!(logins(&service.get(&list, &admin).await).is_empty());
    for _ in 0..2 {
        let done = service
            .enrol(&admin, &course, &["77", "anna", "student-0001"], "student")
            .await;
        assert_eq!(done.body["count"], 2, "{}", done.body);
    }
    service
        .enrol(&admin, &course, &["student-0001"], "invigilator")
        .await;
    let listed = service.get(&format!("{list}?role=student"), &admin).await;
    assert_eq!(logins(&listed), ["anna"]);
    let page = service.get(&format!("{list}?limit=1"), &admin).await.body;
    let rest = service
        .get(&format!("{list}?after={}", text(&page["next"])), &admin)
        .await;
    assert_eq!(logins(&rest), ["anna"]);
    for wrong in [
        json!({ "people": ["a\u{0}"], "role": "student" }),
        json!({ "people": [], "role": "administrator" }),
    ] {
        let refused = service.post(&list, Some(&admin), wrong).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    }
    let one = format!("{list}/{}", text(&anna["id"]));
    for _ in 0..2 {
        let gone = service.send("DELETE", &one, Some(&admin), None).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(logins(&service.get(&list, &admin).await), ["student-0001"]);
    service.stop().await;
}

#[tokio::test]
async fn a_group_has_the_members_that_were_set_last_and_all_of_them_are_in_the_course() {
    let service = service().await;
    let admin = service.administrator().await;
    let (_, anna) = service.make_owner(&admin, "anna", "lecturer").await;
    let token = text(&anna["access_token"]);
    let course = service.make_course(&admin, "MATH-101").await;
    service.enrol(&admin, &course, &["anna"], "lecturer").await;
    service
        .enrol(
            &admin,
            &course,
            &["student-0001", "student-0002"],
            "student",
        )
        .await;
    let groups = format!("{course}/groups");
    let made = service
        .post(&groups, Some(&token), json!({ "name": "A" }))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again = service
        .post(&groups, Some(&token), json!({ "name": "A" }))
        .await;
    assert_eq!(kind(&again), "/problems/taken");
    let group = format!("{groups}/{}", text(&made.body["id"]));
    let members = format!("{group}/members");
    let refused = service
        .put(&members, &token, json!({ "people": ["student-0003"] }))
        .await;
    assert_eq!(refused.body["unknown"], json!(["student-0003"]));
    for people in [
        json!(["student-0001", "student-0002"]),
        json!(["student-0002"]),
    ] {
        let set = service
            .put(&members, &token, json!({ "people": people }))
            .await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    }
    let listed = service.get(&members, &token).await;
    assert_eq!(logins(&listed), ["student-0002"]);
    assert_eq!(
        service.get(&groups, &token).await.body["groups"][0]["member_count"],
        1
    );
    // Whoever leaves the course leaves its groups.
    let user = text(&listed.body["people"][0]["user_id"]);
    let path = format!("{course}/enrolments/{user}");
    service.send("DELETE", &path, Some(&admin), None).await;
    assert_eq!(
        service.get(&groups, &token).await.body["groups"][0]["member_count"],
        0
    );
    let gone = service.send("DELETE", &group, Some(&token), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        service.get(&members, &token).await.status,
        StatusCode::NOT_FOUND
    );
    service.stop().await;
}

#[tokio::test]
async fn an_import_enrols_in_the_courses_that_it_names() {
    let service = service().await;
    let admin = service.administrator().await;
    let course = service.make_course(&admin, "MATH-101").await;
    let file =
        "login,display_name,role,courses\nanna,Anna,lecturer,MATH-101\nbert,Bert,,MATH-101\n";
    let body = ("text/csv", file.as_bytes().to_vec());
    let reply = service
        .send_bytes("POST", "/api/v1/users/import", Some(&admin), body)
        .await;
    assert_eq!(reply.body["created"], 2, "{}", reply.body);
    let listed = service
        .get(&format!("{course}/enrolments"), &admin)
        .await
        .body;
    let roles: Vec<_> = listed["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["role"])
        .collect();
    assert_eq!(roles, ["lecturer", "student"]);
    assert_eq!(service.get(&course, &admin).await.body["student_count"], 1);
    service.stop().await;
}
