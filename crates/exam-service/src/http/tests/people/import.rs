//! Many accounts from one file.

use std::time::Instant;

use super::*;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl Service {
    async fn import(&self, query: &str, kind: &str, bytes: Vec<u8>) -> Reply {
        let admin = self.administrator().await;
        let path = format!("/api/v1/users/import{query}");
        self.send_bytes("POST", &path, Some(&admin), (kind, bytes))
            .await
    }

    /// Imports rows, below a first one that names the columns.
    async fn import_rows(&self, query: &str, rows: &[String]) -> Reply {
        let header = "login,display_name,role,email,student_number,password,courses";
        let text = format!("{header}\n{}\n", rows.join("\n"));
        self.import(query, "text/csv", text.into_bytes()).await
    }

    async fn count_users(&self) -> usize {
        let admin = self.administrator().await;
        let (mut count, mut after) = (0, String::new());
        loop {
            let path = format!("/api/v1/users?limit=500{after}");
            let page = self.get(&path, &admin).await.body;
            count += page["users"].as_array().unwrap().len();
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return count,
            }
        }
    }
}

fn ten_thousand() -> Vec<String> {
    (1..=10_000)
        .map(|number| {
            format!(
                "s{number:05},Student Nº {number},student,s{number}@example.org,2026-{number:05},,"
            )
        })
        .collect()
}

#[tokio::test]
async fn ten_thousand_accounts_are_made_in_one_request_and_each_can_sign_in() {
    let service = service().await;
    let rows = ten_thousand();
    let began = Instant::now();
    let reply = service.import_rows("", &rows).await;
    let took = began.elapsed();
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    println!("importing 10,000 accounts took {took:?}");
    assert_eq!(reply.body["created"], 10_000);
    assert_eq!(service.count_users().await, 10_004);
    let credentials = text(&reply.body["credentials_csv"]);
    let lines: Vec<&str> = credentials.lines().collect();
    assert_eq!(lines.len(), 10_001);
    for line in [lines[1], lines[10_000]] {
        let cells: Vec<&str> = line.split(',').collect();
        let chosen = json!({ "new_password": CHOSEN });
        let reply = service.try_sign_in(cells[1], cells[3], chosen).await;
        assert_eq!(reply.body["user"]["login"], cells[0]);
    }
    service.stop().await;
}

#[tokio::test]
async fn a_broken_row_of_ten_thousand_is_named_and_nothing_is_changed() {
    let service = service().await;
    let mut rows = ten_thousand();
    // The first row of the file names the columns.
    rows[7_310] = "s07311,Student,janitor,nobody,2026-07311,,".to_owned();
    let began = Instant::now();
    let reply = service.import_rows("", &rows).await;
    println!("refusing 10,000 accounts took {:?}", began.elapsed());
    assert_eq!(kind(&reply), "/problems/import-refused");
    let problems = reply.body["report"]["problems"].as_array().unwrap();
    let places: Vec<_> = problems
        .iter()
        .map(|problem| (problem["row"].as_u64().unwrap(), text(&problem["column"])))
        .collect();
    let expected = [(7_312, "role".to_owned()), (7_312, "email".to_owned())];
    assert_eq!(places, expected);
    assert!(text(&reply.body["detail"]).contains("Row 7312, role: this is no role"));
    assert_eq!(service.count_users().await, 4);
    service.stop().await;
}

#[tokio::test]
async fn what_the_database_has_against_rows_is_reported_like_what_is_wrong_in_them() {
    let service = service().await;
    let rows = [
        "new,New,,,,,",
        "student-0001,Again,,,,,",
        "bad login,Bad,,,,,",
        "other,Other,,,,,NONE",
    ];
    let rows = rows.map(str::to_owned);
    let reply = service.import_rows("", &rows).await;
    assert_eq!(kind(&reply), "/problems/import-refused");
    let problems = reply.body["report"]["problems"].as_array().unwrap();
    let places = problems.iter().map(|problem| &problem["column"]);
    assert_eq!(places.collect::<Vec<_>>(), ["login", "login", "courses"]);
    assert_eq!(service.count_users().await, 4);
    service.stop().await;
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_a_repeat_is_refused() {
    let service = service().await;
    let rows = [
        "anna,Anna,lecturer,,,quiet lamp bridges seven,".to_owned(),
        "bert,Bert,,,77,,".to_owned(),
    ];
    let tried = service.import_rows("?dry_run=true", &rows).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    assert_eq!(
        (&tried.body["created"], &tried.body["report"]["rows"]),
        (&json!(0), &json!(2))
    );
    assert_eq!(service.count_users().await, 4);
    let done = service.import_rows("", &rows).await;
    assert_eq!(done.body["created"], 2, "{}", done.body);
    let credentials = text(&done.body["credentials_csv"]);
    assert_eq!(
        credentials.lines().count(),
        2,
        "only of the password that was made"
    );
    let given = service
        .try_sign_in("anna", "quiet lamp bridges seven", json!({}))
        .await;
    assert_eq!(kind(&given), "/problems/password-change-needed");
    for query in ["", "?dry_run=true"] {
        let again = service.import_rows(query, &rows).await;
        assert_eq!(kind(&again), "/problems/import-refused");
        assert_eq!(
            again.body["report"]["problems"].as_array().unwrap().len(),
            3
        );
    }
    service.stop().await;
}

#[tokio::test]
async fn what_is_no_spreadsheet_is_refused_and_says_what_is_taken() {
    let service = service().await;
    for (kind_of_body, status) in [
        ("application/json", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (XLSX, StatusCode::UNPROCESSABLE_ENTITY),
        ("text/csv; charset=utf-8", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let reply = service.import("", kind_of_body, b"\xff\0{}".to_vec()).await;
        assert_eq!(reply.status, status, "{kind_of_body}");
    }
    let too_long = vec![b'x'; crate::transfer::people::MAX_FILE_BYTES + 1];
    let reply = service.import("", "text/csv", too_long).await;
    assert_eq!(kind(&reply), "/problems/too-large");
    service.stop().await;
}
