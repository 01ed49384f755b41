//! The student's page in a real browser, against a real server.

use integration_tests::browser::Browser;
use integration_tests::service::{Demo, Service};

async fn sign_in_and_start(browser: &Browser, service: &Service, demo: &Demo, student: usize) {
    browser.client.goto(&service.url()).await.unwrap();
    browser.write("login", &demo.students[student]).await;
    browser.write("password", &demo.password).await;
    browser.click("sign-in").await;
    browser.click("start").await;
    browser
        .wait_for_text("save-state", "Everything is saved")
        .await;
}

fn stored(service: &Service, login: &str) -> usize {
    service
        .stored_answers()
        .iter()
        .filter(|answer| answer["login"] == login)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_sits_the_exam_reloads_and_sees_the_result() {
    let mut service = Service::new();
    let demo = service.prepare_demo(1);
    service.start();
    let browser = Browser::start().await;
    sign_in_and_start(&browser, &service, &demo, 0).await;

    browser.click("option-1").await;
    browser
        .wait_for_text("save-state", "1 answer not saved yet")
        .await;
    // Nobody presses anything: it is saved within the five seconds.
    browser.wait_for_text("save-state", "Saved at").await;
    assert_eq!(stored(&service, &demo.students[0]), 1);

    browser.click("next").await;
    browser.click("option-1").await;
    browser
        .client
        .execute("window.onbeforeunload = null", vec![])
        .await
        .unwrap();
    browser.client.refresh().await.unwrap();
    // The second answer may not have been sent before the reload; afterwards it is, by itself.
    browser.wait_for_text("save-state", "Saved at").await;
    browser.click("next").await;
    assert!(
        browser.see("option-1").await.is_selected().await.unwrap(),
        "the answer was not restored"
    );
    assert_eq!(stored(&service, &demo.students[0]), 2);

    browser.click("submit").await;
    browser.click("confirm-submit").await;
    let score = browser.see("score").await.text().await.unwrap();
    assert!(score.contains(" of "), "{score}");
    assert_eq!(browser.see("receipt").await.text().await.unwrap().len(), 64);
    browser.close().await;
    assert_eq!(service.stop(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_that_the_server_is_away_and_sends_everything_when_it_is_back() {
    let mut service = Service::new();
    let demo = service.prepare_demo(1);
    service.start();
    let browser = Browser::start().await;
    sign_in_and_start(&browser, &service, &demo, 0).await;

    service.kill();
    browser.click("option-1").await;
    browser.click("next").await;
    browser
        .wait_for_text("save-state", "Offline: 1 answer kept")
        .await;
    browser.click("option-1").await;
    service.start();
    browser.wait_for_text("save-state", "Saved at").await;
    assert_eq!(stored(&service, &demo.students[0]), 2);
    browser.close().await;
}

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
