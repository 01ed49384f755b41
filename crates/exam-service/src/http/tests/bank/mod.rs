//! The question bank over HTTP: who may, what is kept, what comes back, and files of thousands.

mod files;

use super::*;
use crate::exam::UserId;
use crate::settings::Environment;
use crate::store::{DatabaseStore, NewAccount, Role, Store as _};

/// A service with a course, a lecturer in it, and one who is in none.
pub(super) struct Faculty {
    pub(super) service: Service,
    pub(super) course: String,
    pub(super) lecturer: String,
    pub(super) colleague: String,
    pub(super) stranger: String,
    pub(super) invigilator: String,
}

pub(super) async fn faculty() -> Faculty {
    let service = service_with(&[("EXAM_ACCOUNT_WRITES_PER_MINUTE", "10000")]).await;
    let database = &service.settings.database;
    let store = DatabaseStore::open(database, Environment::Development)
        .await
        .unwrap();
    let course = "01930ff0-0000-7000-8000-0000000000c1".to_owned();
    store
        .execute_raw(format!(
            "INSERT INTO courses (id, code, title, created_at) VALUES ('{course}', 'MATH-101', 'Algebra', 0)"
        ))
        .await;
    let mut tokens = Vec::new();
    for (login, role, part) in [
        ("lecturer", Role::Lecturer, Some("lecturer")),
        ("colleague", Role::Lecturer, Some("lecturer")),
        ("stranger", Role::Lecturer, None),
        ("watcher", Role::Invigilator, Some("invigilator")),
        ("student", Role::Student, Some("student")),
    ] {
        let user = make(&store, login, role).await;
        if let Some(part) = part {
            let sql = format!(
                "INSERT INTO enrolments (course_id, user_id, role) VALUES ('{course}', '{user}', '{part}')"
            );
            store.execute_raw(sql).await;
        }
        tokens.push(service.token(user, role));
    }
    store.close().await.unwrap();
    let mut tokens = tokens.into_iter();
    let mut next = || tokens.next().unwrap();
    Faculty {
        course,
        lecturer: next(),
        colleague: next(),
        stranger: next(),
        invigilator: next(),
        service,
    }
}

async fn make(store: &DatabaseStore, login: &str, role: Role) -> UserId {
    let account = NewAccount {
        login: login.to_owned(),
        display_name: login.to_owned(),
        role,
        password_hash: "none".to_owned(),
    };
    store
        .create_account(account, Clock::System.now())
        .await
        .unwrap()
}

impl Faculty {
    pub(super) async fn get(&self, path: &str) -> Reply {
        self.service
            .send("GET", path, Some(&self.lecturer), None)
            .await
    }

    pub(super) async fn send(&self, method: &str, path: &str, body: Value) -> Reply {
        self.service
            .send(method, path, Some(&self.lecturer), Some(body))
            .await
    }

    pub(super) fn of_course(&self, rest: &str) -> String {
        format!("/api/v1/courses/{}/{rest}", self.course)
    }

    /// Adds a true-or-false question and gives its id.
    pub(super) async fn add(&self, text: &str, tags: &[&str]) -> String {
        let question = json!({
            "text": text, "points": "2", "tags": tags, "kind": { "type": "true_false", "correct": true }
        });
        let reply = self
            .send(
                "POST",
                &self.of_course("questions"),
                json!({ "question": question }),
            )
            .await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        super::text(&reply.body["id"])
    }
}

#[tokio::test]
async fn a_question_is_changed_by_versions_and_never_over_somebody_elses_change() {
    let faculty = faculty().await;
    let id = faculty.add("Is 7 prime?", &["primes"]).await;
    let path = format!("/api/v1/questions/{id}");
    let first = faculty.get(&path).await.body;
    assert_eq!(
        (&first["version"], &first["faults"]),
        (&json!(1), &json!([]))
    );
    let mut question = first["question"].clone();
    question["text"] = json!("Is 9 prime?");
    question["kind"]["correct"] = json!(false);
    let change = json!({ "version": 1, "question": question });
    for _ in 0..2 {
        // The reply to the first may have been lost.
        let changed = faculty.send("PUT", &path, change.clone()).await;
        assert_eq!(
            (changed.status, &changed.body["version"]),
            (StatusCode::OK, &json!(2))
        );
    }
    question["text"] = json!("Is 11 prime?");
    let late = json!({ "version": 1, "question": question });
    let refused = faculty.send("PUT", &path, late).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(
        (&refused.body["type"], &refused.body["current"]),
        (&json!("/problems/version-conflict"), &json!(2))
    );
    let versions = faculty.get(&format!("{path}/versions")).await.body["versions"].clone();
    let texts: Vec<_> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["question"]["text"])
        .collect();
    assert_eq!(texts, ["Is 9 prime?", "Is 7 prime?"]);
    let preview = faculty.get(&format!("{path}/preview?seed=a")).await.body;
    assert_eq!(preview["questions"][0]["text"], "Is 9 prime?");
    assert!(!preview.to_string().contains("correct"), "{preview}");
    faculty.service.stop().await;
}

#[tokio::test]
async fn a_bank_is_for_those_who_teach_the_course() {
    let faculty = faculty().await;
    let id = faculty.add("Is 7 prime?", &[]).await;
    let list = faculty.of_course("questions");
    let one = format!("/api/v1/questions/{id}");
    let stranger = Some(faculty.stranger.as_str());
    for path in [
        &list,
        &one,
        &faculty.of_course("question-categories"),
        &faculty.of_course("questions/export?format=csv"),
    ] {
        let reply = faculty.service.send("GET", path, stranger, None).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
    let body = json!({ "question": { "text": "?", "points": "1", "kind": { "type": "true_false", "correct": true } } });
    let reply = faculty
        .service
        .send("POST", &list, stranger, Some(body))
        .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let csv = "type,text,points,correct\ntrue_false,Yes?,1,true\n";
    let import = faculty.of_course("questions/import?format=csv");
    let reply = faculty
        .service
        .upload(&import, &faculty.stranger, csv)
        .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let colleague = Some(faculty.colleague.as_str());
    let reply = faculty.service.send("GET", &one, colleague, None).await;
    assert_eq!(reply.status, StatusCode::OK);
    let administrator = super::text(&faculty.service.sign_in("admin").await["access_token"]);
    let reply = faculty
        .service
        .send("GET", &one, Some(&administrator), None)
        .await;
    assert_eq!(reply.status, StatusCode::OK);
    faculty.service.stop().await;
}

/// Three questions, the last one in a category below another.
async fn three_questions(faculty: &Faculty) -> Vec<String> {
    let made = faculty
        .send(
            "POST",
            &faculty.of_course("question-categories"),
            json!({ "path": "Numbers / Primes" }),
        )
        .await;
    assert_eq!(made.body["path"], "Numbers/Primes");
    let mut ids = Vec::new();
    for (number, (text, tag)) in [("100% of ÉTÉ", "a"), ("100 of été", "b"), ("Other", "a")]
        .into_iter()
        .enumerate()
    {
        let question = json!({
            "text": text, "points": "1", "tags": [tag], "difficulty": number + 1,
            "kind": { "type": "true_false", "correct": true }
        });
        let category = (number == 2).then(|| made.body["id"].clone());
        let body = json!({ "question": question, "category_id": category });
        let added = faculty
            .send("POST", &faculty.of_course("questions"), body)
            .await
            .body;
        ids.push(super::text(&added["id"]));
    }
    ids
}

#[tokio::test]
async fn questions_are_found_by_text_tag_kind_difficulty_and_category_page_by_page() {
    let faculty = faculty().await;
    let ids = three_questions(&faculty).await;
    let categories = faculty
        .get(&faculty.of_course("question-categories"))
        .await
        .body;
    let around = &categories["categories"][0];
    assert_eq!(
        (&around["path"], &around["question_count"]),
        (&json!("Numbers"), &json!(0))
    );
    let category = super::text(&around["id"]);
    let archive = format!("/api/v1/questions/{}/archived", ids[1]);
    for (query, expected) in [
        (String::new(), vec![0, 1, 2]),
        ("?q=%C3%89t%C3%A9".to_owned(), vec![0, 1]),
        ("?q=100%25".to_owned(), vec![0]),
        ("?q=100_".to_owned(), vec![]),
        ("?tag=a".to_owned(), vec![0, 2]),
        ("?kind=true_false&tag=b".to_owned(), vec![1]),
        ("?kind=essay".to_owned(), vec![]),
        (
            "?minimum_difficulty=2&maximum_difficulty=2".to_owned(),
            vec![1],
        ),
        (format!("?category={category}"), vec![2]),
        ("?limit=2".to_owned(), vec![0, 1]),
        (format!("?limit=2&after={}", ids[1]), vec![2]),
        ("?archived=true".to_owned(), vec![]),
    ] {
        assert_eq!(found(&faculty, &query, &ids).await, expected, "{query}");
    }
    assert_eq!(
        faculty
            .send("PUT", &archive, json!({ "archived": true }))
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(found(&faculty, "", &ids).await, [0, 2]);
    assert_eq!(found(&faculty, "?archived=true", &ids).await, [1]);
    for query in [
        "?limit=0",
        "?limit=101",
        "?minimum_difficulty=x",
        "?category=x",
    ] {
        let reply = faculty
            .get(&faculty.of_course(&format!("questions{query}")))
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
    }
    faculty.service.stop().await;
}

/// The places in `ids` of what a list has.
async fn found(faculty: &Faculty, query: &str, ids: &[String]) -> Vec<usize> {
    let reply = faculty
        .get(&faculty.of_course(&format!("questions{query}")))
        .await;
    assert_eq!(reply.status, StatusCode::OK, "{query}: {}", reply.body);
    let listed = reply.body["questions"].as_array().unwrap().clone();
    listed
        .iter()
        .map(|question| ids.iter().position(|id| question["id"] == **id).unwrap())
        .collect()
}

#[tokio::test]
async fn categories_move_with_all_below_them_and_go_only_when_empty() {
    let faculty = faculty().await;
    let categories = faculty.of_course("question-categories");
    let add = async |path: &str| {
        faculty
            .send("POST", &categories, json!({ "path": path }))
            .await
    };
    let leaf = add("A/B/C").await.body;
    assert_eq!(add("A/B/C").await.body["id"], leaf["id"]);
    let all = faculty.get(&categories).await.body["categories"].clone();
    let root = format!("/api/v1/question-categories/{}", super::text(&all[0]["id"]));
    for (path, status) in [
        ("A/B/D", StatusCode::CONFLICT),
        ("A//B", StatusCode::UNPROCESSABLE_ENTITY),
        ("X/Y", StatusCode::OK),
    ] {
        assert_eq!(
            faculty
                .send("PUT", &root, json!({ "path": path }))
                .await
                .status,
            status,
            "{path}"
        );
    }
    let all = faculty.get(&categories).await.body["categories"].clone();
    let paths: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["path"])
        .collect();
    assert_eq!(paths, ["X", "X/Y", "X/Y/B", "X/Y/B/C"]);
    let remove = async |id: &Value| {
        let path = format!("/api/v1/question-categories/{}", super::text(id));
        faculty
            .service
            .send("DELETE", &path, Some(&faculty.lecturer), None)
            .await
            .status
    };
    assert_eq!(remove(&all[2]["id"]).await, StatusCode::CONFLICT);
    assert_eq!(remove(&leaf["id"]).await, StatusCode::NO_CONTENT);
    assert_eq!(remove(&leaf["id"]).await, StatusCode::NOT_FOUND);
    faculty.service.stop().await;
}

#[tokio::test]
async fn a_question_that_is_repeated_under_its_id_is_there_once_and_hostile_ones_are_refused() {
    let faculty = faculty().await;
    let list = faculty.of_course("questions");
    let kind = json!({ "type": "true_false", "correct": true });
    let id = "01930ff0-0000-7000-8000-0000000000f1";
    let body = json!({ "question": { "id": id, "text": "Once\u{0}?", "points": "1", "tags": ["ä"], "kind": kind } });
    for _ in 0..2 {
        let added = faculty.send("POST", &list, body.clone()).await;
        assert_eq!(
            (added.status, &added.body["id"]),
            (StatusCode::CREATED, &json!(id))
        );
    }
    assert_eq!(
        faculty.get(&list).await.body["questions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for question in [
        json!({}),
        json!({ "text": "?", "points": "many", "kind": kind }),
        json!({ "text": "?", "points": "1", "tags": ["\u{0}"], "kind": kind }),
        json!({ "text": "?", "points": "1", "name": "x".repeat(201), "kind": kind }),
        json!({ "text": "?", "points": "1", "kind": { "type": "riddle" } }),
    ] {
        let reply = faculty
            .send("POST", &list, json!({ "question": question }))
            .await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{question}");
    }
    let shapeless = faculty.send("POST", &list, json!({ "question": 7 })).await;
    assert_eq!(shapeless.status, StatusCode::BAD_REQUEST);
    let absurd = json!({ "text": "", "points": "-79228162514264337593543950335", "kind": { "type": "essay", "maximum_characters": 0,
        "rubric": vec![json!({ "id": id, "text": "", "points": "-79228162514264337593543950335" }); 3] } });
    let checked = faculty
        .send(
            "POST",
            "/api/v1/questions/check",
            json!({ "question": absurd }),
        )
        .await;
    assert_eq!(checked.status, StatusCode::OK, "{}", checked.body);
    assert!(checked.body["faults"].as_array().unwrap().len() > 3);
    faculty.service.stop().await;
}
