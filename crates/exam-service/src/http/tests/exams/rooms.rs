//! Rooms, who is given which seat, and the list to be signed.

use super::*;

/// A room of one seat, and one of a row whose second seat is broken.
fn rooms(columns: usize, seen: i64) -> Value {
    let small = json!({ "name": "H2", "seats": { "named": ["left"] }, "out_of_use": [] });
    let large = json!({
        "name": "H1", "seats": { "grid": { "rows": 1, "columns": columns } }, "out_of_use": ["A2"],
    });
    json!({ "rooms": [small, large], "seen_version": seen })
}

#[tokio::test]
async fn rooms_are_kept_as_they_were_sent_unless_they_cannot_be() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    let plan = path(&exam, "/seat-plan");
    let none = faculty.get(&plan).await.body;
    assert_eq!(none, json!({ "rooms": [], "version": 0 }));
    let kept = faculty.send("PUT", &plan, rooms(2, 0)).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
    assert_eq!(faculty.get(&plan).await.body, kept.body);
    assert_eq!(kept.body["rooms"], rooms(2, 0)["rooms"]);
    let unseen = faculty.send("PUT", &plan, rooms(3, 0)).await;
    assert_eq!(
        (unseen.status, &unseen.body["current"]),
        (StatusCode::CONFLICT, &json!(1))
    );
    for wrong in [
        json!({ "name": "", "seats": { "named": [] } }),
        json!({ "name": "H", "seats": { "grid": { "rows": 1, "columns": 4_000_000_000_u64 } } }),
        json!({ "name": "H", "seats": { "named": ["a\0"] } }),
    ] {
        let refused = faculty
            .send("PUT", &plan, json!({ "rooms": [wrong] }))
            .await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
    }
    faculty.service.stop().await;
}

#[tokio::test]
async fn seats_are_given_to_all_or_nobody_and_listed_to_be_signed() {
    let faculty = faculty().await;
    let exam = draft(&faculty).await;
    add_candidates(&faculty, &exam).await;
    let (plan, assign) = (path(&exam, "/seat-plan"), path(&exam, "/seat-plan/assign"));
    faculty.send("PUT", &plan, rooms(2, 0)).await;
    let wish = json!({ "order": "name", "seats_between": 1, "apply": false });
    let dry = faculty.send("POST", &assign, wish).await.body;
    let places = [&dry["given"][0]["seat"], &dry["given"][1]["seat"]];
    assert_eq!(places, ["H2-left", "H1-A1"]);
    let seated = faculty.get(&path(&exam, "/seats")).await.body;
    assert_eq!(seated["candidates"], json!([]));
    let third = json!({ "people": ["student-0003"] });
    faculty
        .send("POST", &path(&exam, "/candidates"), third)
        .await;
    let wish = json!({ "order": "random", "seed": "2026", "apply": true });
    let few = faculty.send("POST", &assign, wish.clone()).await;
    assert_eq!(
        (few.status, &few.body["missing"]),
        (StatusCode::CONFLICT, &json!(1))
    );
    let more = faculty.send("PUT", &plan, rooms(3, 1)).await.body;
    assert_eq!(more["version"], 2);
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
    let (status, csv) = attendance(&faculty, &plan, "csv").await;
    let csv = String::from_utf8(csv.to_vec()).unwrap();
    let places = csv.lines().map(|line| line.split(',').nth(1).unwrap());
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        places.collect::<Vec<_>>(),
        ["seat", "H2-left", "H1-A1", "H1-A3"]
    );
    assert!(
        attendance(&faculty, &plan, "pdf")
            .await
            .1
            .starts_with(b"%PDF-")
    );
    let other = attendance(&faculty, &plan, "exe").await;
    assert_eq!(other.0, StatusCode::BAD_REQUEST);
    faculty.service.stop().await;
}

async fn attendance(faculty: &Faculty, plan: &str, format: &str) -> (StatusCode, Bytes) {
    let address = format!("{plan}/attendance?format={format}");
    let token = Some(faculty.invigilator.as_str());
    let nothing = (&[][..], Body::empty());
    let asked = faculty.service.exchange("GET", &address, token, nothing);
    let (parts, bytes) = asked.await;
    (parts.status, bytes)
}
