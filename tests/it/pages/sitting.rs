//! Ways through an exam that not everybody takes: signed in by a slip, with a break, in practice, with a result that is
//! shown later.

use integration_tests::exam_office::ExamPlan;
use serde_json::json;

use super::{Stand, attempt_of};

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_by_slip_takes_a_break_hands_in_and_sees_the_result_once_it_is_released() {
    let stand = Stand::with(&ExamPlan {
        statements: Some(2),
        rules: json!({ "feedback": { "shown": "released", "shows_solutions": true } }),
        ..ExamPlan::default()
    });
    stand
        .office
        .grant_breaks(&stand.exam, stand.login(), 15 * 60);
    let code = stand.office.code(&stand.exam, stand.login());
    let browser = stand.browser_at(stand.service.port(), "").await;
    browser.click("tab-code").await;
    browser.write("login", stand.login()).await;
    browser.write("code", "2AAAA-2AAAA").await;
    browser.click("sign-in").await;
    browser.see("sign-in-problem").await;
    browser.see("code").await.clear().await.unwrap();
    browser.write("code", &code).await;
    browser.click("sign-in").await;
    stand.start(&browser, stand.service.port()).await;
    browser.click("option-1").await;

    browser.click("break").await;
    browser.click("begin-break").await;
    browser.wait_for_page("Your time runs on in 1").await;
    browser.miss("question").await;
    browser.miss("palette").await;
    assert_eq!(
        stand.stored(),
        [json!({ "value": true })],
        "saved before it began"
    );
    browser.click("end-break").await;
    browser.see("question").await;
    browser.miss("on-break").await;

    browser.click("next").await;
    browser.click("option-2").await;
    let attempt = attempt_of(&browser).await;
    browser.click("submit").await;
    browser.click("confirm-submit").await;
    let receipt = browser.see("receipt").await.text().await.unwrap();
    assert_eq!(receipt.len(), 64, "{receipt}");
    browser.wait_for_text("answered", "2 of 2 questions").await;
    let timeline = stand.office.timeline(&attempt).to_string();
    for event in ["break_begun", "break_ended", "submitted"] {
        assert!(timeline.contains(event), "no {event} in {timeline}");
    }
    let waiting = browser.see("no-result").await.text().await.unwrap();
    assert!(waiting.contains("releases them"), "{waiting}");

    stand.office.release(&stand.exam);
    browser.client.refresh().await.unwrap();
    browser.wait_for_text("score", "1 of 2").await;
    let again = browser.see("receipt").await.text().await.unwrap();
    assert_eq!(again, receipt, "a second look gives the same receipt");
    browser.click("details").await;
    let wrong = browser.wait_for_text("result-2", "Question 2").await;
    for said in [
        "0 of 1",
        "False",
        "What is right",
        "True",
        "As the book says.",
    ] {
        assert!(wrong.contains(said), "no `{said}` in {wrong}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_practice_an_answer_is_checked_until_it_is_right_and_the_exam_taken_again() {
    let stand = Stand::with(&ExamPlan {
        statements: Some(2),
        rules: json!({ "is_practice": true, "attempts_allowed": 2 }),
        ..ExamPlan::default()
    });
    let browser = stand.sitting().await;
    let check = browser.see("check").await;
    assert!(
        !check.is_enabled().await.unwrap(),
        "there is nothing to check"
    );
    browser.click("option-2").await;
    browser.click("check").await;
    let verdict = browser
        .wait_for_text("verdict", "Not right. 0 of 1 1 try")
        .await;
    assert!(verdict.contains("As the book says."), "{verdict}");
    // What is said belongs to the answer that was checked.
    browser.click("option-1").await;
    browser.miss("verdict").await;
    browser.click("check").await;
    browser
        .wait_for_text("verdict", "Right. 1 of 1 2 tries")
        .await;
    browser.click("submit").await;
    browser
        .wait_for_text("unanswered", "1 question is not answered")
        .await;
    browser.click("confirm-submit").await;
    browser.wait_for_text("score", "1 of 2").await;
    let first = attempt_of(&browser).await;

    browser.click("back").await;
    browser.see("exam-list").await;
    browser.click("again").await;
    browser.click("full-screen").await;
    browser.click("start").await;
    browser.see("question").await;
    assert_ne!(attempt_of(&browser).await, first);
    assert!(!browser.see("option-1").await.is_selected().await.unwrap());
    browser.close().await;
}
