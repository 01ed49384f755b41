//! The page that describes the interface.

use integration_tests::browser::Browser;
use integration_tests::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_interface_shows_every_operation_failure_and_document() {
    let mut service = Service::new();
    service.run_successfully(&["migrate"]);
    service.start();
    let browser = Browser::start().await;
    let address = format!("{}/problems/rate-limited", service.url());
    browser.client.goto(&address).await.unwrap();
    browser.wait_for_text("title", "Exam service").await;
    for (part, expected) in [
        ("operations", "/api/v1/attempts/{id}/answers"),
        ("problems", "/problems/stale-answer"),
        ("schemas", "TokenReply"),
    ] {
        let text = browser.see(part).await.text().await.unwrap();
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let at = browser.client.current_url().await.unwrap();
    assert_eq!(at.fragment(), Some("rate-limited"));
    browser.close().await;
    assert_eq!(service.stop(), 0);
}
