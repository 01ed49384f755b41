//! What every reply has, and what is refused before it reaches a handler.

use super::*;

#[tokio::test]
async fn every_reply_has_safe_headers_and_an_id() {
    let service = service().await;
    for path in [
        "/",
        "/assets/main.js",
        "/nothing",
        "/api/v1/my/exams",
        "/health",
    ] {
        let reply = service.send("GET", path, None, None).await;
        let header = |name: &str| {
            reply
                .headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
        };
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            header("content-security-policy").starts_with("default-src 'none'; "),
            "{path}"
        );
        assert!(!header("x-request-id").is_empty(), "{path}");
        let expected = if path == "/" || path.starts_with("/assets/") {
            "no-cache"
        } else {
            "no-store"
        };
        assert_eq!(header("cache-control"), expected, "{path}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_page_that_has_not_changed_keeps_what_it_may_do() {
    let service = service().await;
    let page = service.send("GET", "/", None, None).await;
    let request = Request::builder()
        .uri("/")
        .header("if-none-match", &page.headers["etag"])
        .body(Body::empty())
        .unwrap();
    let again = service.router.clone().oneshot(request).await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let policy = "content-security-policy";
    assert_eq!(again.headers()[policy], page.headers[policy]);
    service.stop().await;
}

#[tokio::test]
async fn metrics_are_for_this_machine_only() {
    let service = service().await;
    assert_eq!(
        service.send("GET", "/metrics", None, None).await.status,
        StatusCode::NOT_FOUND
    );
    let peer = Peer {
        address: None,
        is_local: true,
        is_private: false,
        draining: std::sync::Arc::default(),
    };
    let status = async |request: axum::http::request::Builder| {
        let request = request
            .uri("/metrics")
            .extension(peer.clone())
            .body(Body::empty())
            .unwrap();
        service
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .status()
    };
    assert_eq!(status(Request::builder()).await, StatusCode::OK);
    let proxied = Request::builder().header("x-forwarded-for", "10.0.0.9");
    assert_eq!(status(proxied).await, StatusCode::NOT_FOUND);
    service.stop().await;
}

#[tokio::test]
async fn the_page_has_no_inline_script_and_all_its_files() {
    let service = service().await;
    let request = Request::builder().uri("/").extension(Peer {
        address: None,
        is_local: false,
        is_private: false,
        draining: std::sync::Arc::default(),
    });
    let response = service
        .router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let page = String::from_utf8(
        response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec(),
    )
    .unwrap();
    assert!(!page.contains("style=") && !page.contains("onclick") && !page.contains("<style"));
    for part in page.split("/assets/").skip(1) {
        let name = part.split('"').next().unwrap();
        let reply = service
            .send("GET", &format!("/assets/{name}"), None, None)
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{name}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused() {
    let service = service().await;
    let huge = json!({ "login": "x".repeat(300 * 1024), "password": "" });
    let reply = service.post("/api/v1/auth/login", None, huge).await;
    assert_eq!(
        (reply.status, &reply.body["type"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("/problems/too-large"))
    );
    service.stop().await;
}

#[tokio::test]
async fn data_and_pages_have_the_policy_that_fits_them() {
    let service = service().await;
    for (path, expected) in [
        ("/", "default-src 'none'; script-src 'self'"),
        ("/api/v1/docs", "default-src 'none'; script-src 'self'"),
        ("/assets/main.js", "default-src 'none'; script-src 'self'"),
        ("/api/v1/me", "default-src 'none'; base-uri 'none'"),
        (
            "/api/v1/openapi.json",
            "default-src 'none'; base-uri 'none'",
        ),
        ("/nothing", "default-src 'none'; base-uri 'none'"),
    ] {
        let reply = service.send("GET", path, None, None).await;
        let policy = reply.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with(expected), "{path}: {policy}");
        assert_eq!(reply.headers["x-frame-options"], "DENY");
    }
    service.stop().await;
}

#[tokio::test]
async fn only_listed_pages_may_use_the_interface() {
    let service = service_with(&[("EXAM_CORS_ORIGINS", "https://portal.example.edu")]).await;
    let unlisted = self::service().await;
    let allowed = async |service: &Service, origin: &str| {
        let request = Request::builder()
            .method("OPTIONS")
            .uri("/api/v1/auth/login")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "content-type,authorization",
            )
            .body(Body::empty())
            .unwrap();
        let response = service.router.clone().oneshot(request).await.unwrap();
        let header = response.headers().get("access-control-allow-origin");
        header.map(|value| value.to_str().unwrap().to_owned())
    };
    let ours = "https://portal.example.edu";
    assert_eq!(allowed(&service, ours).await.as_deref(), Some(ours));
    assert_eq!(allowed(&service, "https://evil.example").await, None);
    assert_eq!(allowed(&service, "null").await, None);
    assert_eq!(allowed(&unlisted, ours).await, None);
    service.stop().await;
    unlisted.stop().await;
}

#[tokio::test]
async fn files_of_pages_are_packed_for_who_can_unpack_them() {
    let service = service().await;
    let ask = |accepted: &'static str, known: Option<String>| {
        let mut request = Request::builder()
            .uri("/assets/main.js")
            .header("accept-encoding", accepted);
        if let Some(known) = known {
            request = request.header("if-none-match", known);
        }
        let router = service.router.clone();
        async move {
            router
                .oneshot(request.body(Body::empty()).unwrap())
                .await
                .unwrap()
        }
    };
    let tag = |response: &axum::response::Response| {
        response.headers()["etag"].to_str().unwrap().to_owned()
    };
    let plain = ask("gzip;q=0, br", None).await;
    assert!(!plain.headers().contains_key("content-encoding"));
    let packed = ask("br, gzip;q=0.5", None).await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_ne!(tag(&plain), tag(&packed));
    let again = ask("gzip", Some(tag(&packed))).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let bytes = |response: axum::response::Response| async {
        response.into_body().collect().await.unwrap().to_bytes()
    };
    let (plain, packed) = (bytes(plain).await, bytes(packed).await);
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(&packed[..]),
        &mut unpacked,
    )
    .unwrap();
    assert_eq!(unpacked, plain);
    service.stop().await;
}

#[tokio::test]
async fn the_service_worker_names_what_a_student_needs_and_every_name_is_there() {
    let service = service().await;
    let ask = |path: String| {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let router = service.router.clone();
        async move { router.oneshot(request).await.unwrap() }
    };
    let reply = ask("/service-worker.js".to_owned()).await;
    let script = reply.into_body().collect().await.unwrap().to_bytes();
    let script = String::from_utf8(script.to_vec()).unwrap();
    let kept = script.lines().next().unwrap();
    let kept = kept
        .trim_start_matches("const KEPT = ")
        .trim_end_matches(';');
    let kept: Value = serde_json::from_str(kept).unwrap();
    let files: Vec<&str> = kept["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    for needed in [
        "/assets/main.js",
        "/assets/student/exam/outbox.js",
        "/assets/language/student/en.json",
        "/assets/design/tokens.css",
    ] {
        assert!(files.contains(&needed), "{needed} is not in {files:?}");
    }
    assert!(
        !files
            .iter()
            .any(|file| file.contains("/staff/") || file.contains("uplot"))
    );
    let page = ask("/".to_owned()).await.into_body().collect().await;
    let page = String::from_utf8(page.unwrap().to_bytes().to_vec()).unwrap();
    let links = page.split(" href=\"").skip(1);
    let named = links.filter_map(|rest| rest.split('"').next());
    let named: Vec<&str> = named.filter(|it| it.starts_with("/assets/")).collect();
    assert!(named.len() > 50, "the page names {named:?} only");
    for address in named {
        assert!(files.contains(&address), "{address} is not kept");
    }
    let mut bytes = 0;
    for file in files {
        let request = Request::builder()
            .uri(file)
            .header("accept-encoding", "gzip");
        let request = request.body(Body::empty()).unwrap();
        let reply = service.router.clone().oneshot(request).await.unwrap();
        assert_eq!(reply.status(), StatusCode::OK, "{file}");
        bytes += reply.into_body().collect().await.unwrap().to_bytes().len();
    }
    assert!(bytes < 150_000, "a student loads {bytes} bytes");
    service.stop().await;
}
