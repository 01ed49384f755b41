//! Questions and media as files: thousands at once, in every format, and by what is in them.

use std::fmt::Write as _;
use std::time::Instant;

use super::*;
use crate::transfer::questions::Format;

/// So many true-or-false questions as CSV, the one in line `broken` without a key.
fn sheet(count: usize, broken: Option<usize>) -> String {
    let mut csv = "type,text,points,correct,tags\n".to_owned();
    for line in 2..count + 2 {
        let correct = if Some(line) == broken {
            "perhaps"
        } else {
            "true"
        };
        writeln!(
            csv,
            "true_false,\"Statement {line}, is it so?\",1,{correct},imported; year 1"
        )
        .unwrap();
    }
    csv
}

#[tokio::test]
async fn five_thousand_questions_come_in_one_request_and_a_broken_one_is_named_and_changes_nothing()
{
    let faculty = faculty().await;
    let import = faculty.of_course("questions/import?format=csv");
    let listed = async || {
        faculty
            .get(&faculty.of_course("questions?limit=1"))
            .await
            .body["questions"]
            .as_array()
            .unwrap()
            .len()
    };
    let upload =
        async |path: &str, csv: String| faculty.service.upload(path, &faculty.lecturer, csv).await;
    let refused = upload(&import, sheet(5000, Some(3112))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["report"]["notes"][0]["line"], 3112);
    assert!(
        super::text(&refused.body["detail"]).contains("line 3112"),
        "{}",
        refused.body
    );
    assert_eq!(listed().await, 0);
    let tried = upload(&format!("{import}&dry_run=true"), sheet(5000, Some(3112))).await;
    assert_eq!(
        (&tried.body["added"], &tried.body["report"]["taken"]),
        (&json!(0), &json!(4999))
    );
    assert_eq!(listed().await, 0);
    let began = Instant::now();
    let done = upload(&import, sheet(5000, None)).await;
    println!("5,000 questions imported in {:?}", began.elapsed());
    assert_eq!(
        (done.status, &done.body["added"]),
        (StatusCode::OK, &json!(5000)),
        "{}",
        done.body
    );
    let partial = upload(&format!("{import}&partial=true"), sheet(3, Some(3))).await;
    assert_eq!(
        (&partial.body["added"], &partial.body["report"]["skipped"]),
        (&json!(2), &json!(1))
    );
    let tagged = faculty
        .get(&faculty.of_course("questions?tag=year%201&limit=100"))
        .await
        .body;
    assert_eq!(tagged["questions"].as_array().unwrap().len(), 100);
    faculty.service.stop().await;
}

#[tokio::test]
async fn what_a_bank_exports_comes_back_in_every_format() {
    let faculty = faculty().await;
    let csv = sheet(4, None);
    let import =
        |format: &str| faculty.of_course(&format!("questions/import?format={format}&dry_run=true"));
    let stored = faculty.of_course("questions/import?format=csv");
    faculty
        .service
        .upload(&stored, &faculty.lecturer, csv)
        .await;
    for format in Format::ALL.map(Format::as_str) {
        let path = faculty.of_course(&format!("questions/export?format={format}"));
        let (parts, file) = faculty
            .service
            .exchange("GET", &path, Some(&faculty.lecturer), (&[], Body::empty()))
            .await;
        assert_eq!(parts.status, StatusCode::OK, "{format}");
        assert!(
            parts.headers["content-disposition"]
                .to_str()
                .unwrap()
                .starts_with("attachment")
        );
        assert!(parts.headers.contains_key("x-export-notes"));
        let back = faculty
            .service
            .upload(&import(format), &faculty.lecturer, file)
            .await;
        assert_eq!(back.body["report"]["taken"], 4, "{format}: {}", back.body);
        let report = faculty.get(&format!("{path}&report=true")).await.body;
        assert_eq!(report["taken"], 4, "{format}: {report}");
    }
    let unknown = faculty
        .service
        .upload(&import("pdf"), &faculty.lecturer, "x")
        .await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let broken = faculty
        .service
        .upload(&stored.replace("csv", "xlsx"), &faculty.lecturer, "x")
        .await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    faculty.service.stop().await;
}

#[tokio::test]
async fn media_are_what_is_in_them_and_may_be_kept_by_browsers() {
    let faculty = faculty().await;
    let path = faculty.of_course("media");
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and the rest".to_vec();
    for _ in 0..2 {
        let kept = faculty
            .service
            .upload(&path, &faculty.lecturer, png.clone())
            .await;
        assert_eq!(
            (kept.status, &kept.body["content_type"]),
            (StatusCode::CREATED, &json!("image/png"))
        );
        let url = super::text(&kept.body["url"]);
        let student = super::text(&faculty.service.sign_in("student-0001").await["access_token"]);
        let (parts, bytes) = faculty
            .service
            .exchange("GET", &url, Some(&student), (&[], Body::empty()))
            .await;
        assert_eq!(&bytes[..], &png[..]);
        assert_eq!(parts.headers["content-type"], "image/png");
        assert_eq!(parts.headers["x-content-type-options"], "nosniff");
        assert_eq!(
            parts.headers["cache-control"],
            "private, max-age=31536000, immutable"
        );
        let nobody = faculty.service.send("GET", &url, None, None).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    }
    for bad in [
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "<html><script>",
        "",
        "%PDF-1.7",
    ] {
        let refused = faculty.service.upload(&path, &faculty.lecturer, bad).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    let large = faculty
        .service
        .upload(&path, &faculty.lecturer, vec![0; 8 * 1024 * 1024 + 1])
        .await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let other = faculty.service.upload(&path, &faculty.stranger, png).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    for unknown in ["0".repeat(64), "nonsense".to_owned()] {
        let reply = faculty.get(&format!("/api/v1/media/{unknown}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
    faculty.service.stop().await;
}
