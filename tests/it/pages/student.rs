//! What a student does, from signing in to the result.

use fantoccini::Locator;
use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::key::Key;
use integration_tests::browser::Browser;
use integration_tests::exam_office::ExamPlan;
use integration_tests::page_tools::PageTools;
use serde_json::{Value, json};

use super::{Stand, attempt_of, is_accessible};

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_student_is_accessible_and_every_kind_of_question_is_answered() {
    let stand = Stand::with(&ExamPlan {
        access_code: Some("OpenSesame"),
        ..ExamPlan::default()
    });
    let tools = PageTools::install();
    let browser = stand.browser_at(stand.service.port(), "").await;
    browser.see("sign-in").await;
    let opening = browser.run("return document.querySelector('.opening')");
    assert_eq!(opening.await, Value::Null, "the page is open");
    is_accessible(&tools, &browser, "sign-in").await;
    stand.sign_in(&browser).await;
    browser.see("exam-list").await;
    is_accessible(&tools, &browser, "exams").await;
    let address = format!("{}/#/exams/{}", stand.service.url(), stand.exam);
    browser.client.goto(&address).await.unwrap();
    for check in ["connection", "storage", "clock"] {
        browser
            .wait_for_attribute(&format!("check-{check}"), "data-tone", "good")
            .await;
    }
    is_accessible(&tools, &browser, "before").await;
    browser.click("full-screen").await;
    browser.click("start").await;
    browser.see("start-problem").await;
    browser.write("access_code", "OpenSesame").await;
    browser.click("start").await;
    browser.see("question").await;
    answer_one_of_each(&browser, &tools).await;
    browser.click("submit").await;
    browser
        .wait_for_text("unanswered", "All questions are answered")
        .await;
    is_accessible(&tools, &browser, "review").await;
    browser.click("confirm-submit").await;
    let receipt = browser.see("receipt").await.text().await.unwrap();
    assert_eq!(receipt.len(), 64, "{receipt}");
    is_accessible(&tools, &browser, "receipt").await;
    browser.wait_for_text("score", "7 of 8").await;
    browser.click("details").await;
    browser.see("result-8").await;
    is_accessible(&tools, &browser, "result").await;
    browser.run("location.hash = '/history'").await;
    browser.see("history-exams").await;
    is_accessible(&tools, &browser, "history").await;
    let title = browser.client.title().await.unwrap();
    assert_eq!(title, "What you have sat · Exam office");
    let bad = browser
        .run("return document.body.dataset.bad ?? null")
        .await;
    assert!(bad.is_null(), "a script of a question was run");
    let stored = stand.stored();
    assert_eq!(stored.len(), 8);
    for expected in [
        json!({ "value": true }),
        json!({ "number": "25", "unit": "cm" }),
        json!({ "text": "Oslo" }),
    ] {
        assert!(
            stored.contains(&expected),
            "{expected} is not in {stored:?}"
        );
    }
    browser.close().await;
}

/// Answers all eight rightly; what the order of options is, its author has said.
async fn answer_one_of_each(browser: &Browser, tools: &PageTools) {
    browser.click("option-1").await;
    next(browser, tools, 1).await;
    let image = browser
        .client
        .wait()
        .for_element(Locator::Css("legend img"))
        .await
        .unwrap();
    assert!(
        image
            .attr("src")
            .await
            .unwrap()
            .unwrap()
            .starts_with("blob:")
    );
    browser.click("option-1").await;
    browser.click("option-2").await;
    next(browser, tools, 2).await;
    browser.click("option-1").await;
    next(browser, tools, 3).await;
    browser.write("number", "0,25x").await;
    browser
        .wait_for_attribute("go-to-4", "data-state", "seen")
        .await;
    browser.press(&Key::Backspace.to_string().repeat(5)).await;
    browser.write("number", "25").await;
    let unit = browser.see("unit").await;
    unit.select_by_label("cm").await.unwrap();
    next(browser, tools, 4).await;
    browser.write("text", "Oslo").await;
    next(browser, tools, 5).await;
    browser
        .see("prompt-1")
        .await
        .select_by_label("Paris")
        .await
        .unwrap();
    browser
        .see("prompt-2")
        .await
        .select_by_label("Rome")
        .await
        .unwrap();
    next(browser, tools, 6).await;
    put_in_order(browser, ["Egg", "Caterpillar", "Butterfly"]).await;
    next(browser, tools, 7).await;
    browser
        .write("text", "Because short waves scatter more.")
        .await;
    browser
        .wait_for_attribute("go-to-8", "data-state", "answered")
        .await;
    is_accessible(tools, browser, "question 8").await;
}

async fn next(browser: &Browser, tools: &PageTools, from: usize) {
    browser
        .wait_for_attribute(&format!("go-to-{from}"), "data-state", "answered")
        .await;
    is_accessible(tools, browser, &format!("question {from}")).await;
    browser.click("next").await;
    let number = format!("Question {}", from + 1);
    browser.wait_for_text("question-number", &number).await;
}

/// The items to be put in order, as they stand.
async fn order(browser: &Browser) -> Vec<Value> {
    let items =
        "return [...document.querySelectorAll('.ordering .formatted')].map((it) => it.textContent)";
    let order = browser.run(items).await;
    order.as_array().unwrap().clone()
}

/// Takes the first item with the mouse and lets it go over the last.
async fn drag_the_first_to_the_end(browser: &Browser) {
    let before = order(browser).await;
    let [first, last] = ["grip-1".to_owned(), format!("grip-{}", before.len())];
    let to = |element| PointerAction::MoveToElement {
        element,
        duration: None,
        x: 0.0,
        y: 8.0,
    };
    let button = MOUSE_BUTTON_LEFT;
    let hand = MouseActions::new("mouse".to_owned())
        .then(to(browser.see(&first).await))
        .then(PointerAction::Down { button })
        .then(to(browser.see(&last).await))
        .then(PointerAction::Up { button });
    browser.client.perform_actions(hand).await.unwrap();
    let mut expected = before;
    expected.rotate_left(1);
    assert_eq!(order(browser).await, expected);
}

/// Drags the first item away, then moves items up with the buttons until they stand in this order.
async fn put_in_order<const N: usize>(browser: &Browser, wanted: [&str; N]) {
    drag_the_first_to_the_end(browser).await;
    for (place, item) in wanted.into_iter().enumerate() {
        loop {
            let order = order(browser).await;
            let at = order.iter().position(|it| it == item).unwrap();
            if at == place {
                break;
            }
            browser.click(&format!("up-{}", at + 1)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_exam_can_be_taken_by_keyboard_alone() {
    let stand = Stand::with_statements(3);
    let browser = stand.browser_at(stand.service.port(), "").await;
    browser.see("sign-in").await;
    let enter = Key::Enter.to_string();
    browser
        .press(&format!(
            "{}{}{}{enter}",
            stand.login(),
            Key::Tab,
            stand.demo.password
        ))
        .await;
    browser.see("exam-list").await;
    // The newest exam is the one that is open in the list; its link is reached like every other.
    tab_to(&browser, &format!("[href='#/exams/{}']", stand.exam)).await;
    browser.press(&enter).await;
    tab_to(&browser, "[data-testid=full-screen]").await;
    browser.press(" ").await;
    tab_to(&browser, "[data-testid=start]").await;
    browser.press(&enter).await;
    for number in 1..=3 {
        browser
            .wait_for_text("question-number", &format!("Question {number}"))
            .await;
        tab_to(&browser, ".option input").await;
        browser.press(" ").await;
        browser
            .wait_for_attribute(&format!("go-to-{number}"), "data-state", "answered")
            .await;
        tab_to(
            &browser,
            if number < 3 {
                "[data-testid=next]"
            } else {
                "[data-testid=submit]"
            },
        )
        .await;
        browser.press(&enter).await;
    }
    // What is read aloud of a question in the list of all.
    browser
        .wait_for_attribute("go-to-1", "aria-label", "Question 1, answered")
        .await;
    browser.see("review").await;
    tab_to(&browser, "[data-testid=confirm-submit]").await;
    browser.press(&enter).await;
    browser.wait_for_text("score", "3 of 3").await;
    assert_eq!(stand.stored(), vec![json!({ "value": true }); 3]);
    browser.close().await;
}

/// Presses Tab until what fits this selector has the focus.
async fn tab_to(browser: &Browser, selector: &str) {
    let is_there = format!(
        "return document.activeElement.matches({})",
        Value::from(selector)
    );
    for _ in 0..60 {
        if browser.run(&is_there).await == json!(true) {
            return;
        }
        browser.press(&Key::Tab.to_string()).await;
    }
    panic!("no key leads to {selector}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_change_is_shown_and_confirmed() {
    let stand = Stand::with_statements(2);
    let browser = stand.sitting().await;
    browser.click("option-1").await;
    stand.office.act(
        &stand.exam,
        json!({ "action": "message", "message": "Page 3 has a mistake." }),
    );
    browser
        .wait_for_text("notice", "Message from the invigilators")
        .await;
    stand
        .office
        .act(&stand.exam, json!({ "action": "fire_exit" }));
    browser.see("blanked").await;
    browser.miss("question").await;
    stand.office.act(&stand.exam, json!({ "action": "resume" }));
    browser.see("question").await;
    stand.office.act(
        &stand.exam,
        json!({ "action": "credit_time", "seconds": 600 }),
    );
    browser
        .wait_for_page("You were given 10 minutes more.")
        .await;
    browser.wait_for_text("timer", "1:0").await;
    let attempt = attempt_of(&browser).await;
    let seen = "return Number(document.querySelector('[data-testid=exam]').dataset.revision)";
    assert!(browser.run(seen).await.as_f64().unwrap() >= 4.0);
    assert!(
        stand
            .office
            .timeline(&attempt)
            .to_string()
            .contains("fire_exit")
    );
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_somebody_else_made_is_replaced_at_the_first_sign_in() {
    let stand = Stand::with_statements(2);
    let given = stand.office.reset_password(stand.login());
    let browser = stand.browser_at(stand.service.port(), "").await;
    browser.write("login", stand.login()).await;
    browser.write("password", &given).await;
    browser.click("sign-in").await;
    browser.see("password-change").await;
    browser.write("new_password", "seventeen wet otters").await;
    browser.write("repeated", "seventeen wet otter").await;
    browser.click("sign-in").await;
    browser
        .wait_for_text("sign-in-problem", "The two new passwords")
        .await;
    browser.write("repeated", "s").await;
    browser.click("sign-in").await;
    browser.see("exam-list").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exam_that_goes_forward_only_closes_what_was_left() {
    let stand = Stand::with(&ExamPlan {
        navigation: "questions_in_order",
        statements: Some(3),
        ..ExamPlan::default()
    });
    let browser = stand.sitting().await;
    browser.click("option-1").await;
    browser.click("next").await;
    browser.click("go-on").await;
    browser.wait_for_text("question-number", "Question 2").await;
    let first = browser.see("go-to-1").await;
    assert!(!first.is_enabled().await.unwrap());
    browser.close().await;
}
