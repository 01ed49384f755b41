//! One attempt in two places: the newest has it, and the other one says so.

use serde_json::json;

use super::{Stand, hold_heartbeats, new_tab};

/// A page that hears what other tabs say of the exam when `deliver` is called, as one does whose computer is busy.
const HOLD_BACK_MESSAGES: &str = "
    const held = [];
    window.deliver = () => { for (const hear of held.splice(0)) hear(); };
    const { set } = Object.getOwnPropertyDescriptor(BroadcastChannel.prototype, 'onmessage');
    Object.defineProperty(BroadcastChannel.prototype, 'onmessage', {
        set(hear) { set.call(this, (message) => { held.push(() => hear(message)); }); },
    });";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_takes_over_with_everything_and_the_first_says_so() {
    let stand = Stand::with_statements(3);
    let browser = stand.browser_at(stand.service.port(), "").await;
    let holds_back = json!({ "source": HOLD_BACK_MESSAGES });
    browser
        .tools("Page.addScriptToEvaluateOnNewDocument", holds_back)
        .await;
    browser.client.refresh().await.unwrap();
    stand.sign_in(&browser).await;
    stand.start(&browser, stand.service.port()).await;
    browser.click("option-1").await;
    let address = browser.client.current_url().await.unwrap();
    let session = browser
        .run("return sessionStorage.getItem('exam-session')")
        .await;
    let first = browser.client.window().await.unwrap();
    let second = new_tab(&browser).await;
    browser
        .client
        .switch_to_window(second.clone())
        .await
        .unwrap();
    // As a browser does it that duplicates a tab.
    browser.client.goto(&stand.service.url()).await.unwrap();
    let copy = format!("sessionStorage.setItem('exam-session', {session})");
    browser.run(&copy).await;
    browser.client.goto(address.as_str()).await.unwrap();
    browser.client.refresh().await.unwrap();
    browser.see("question").await;
    assert!(browser.see("option-1").await.is_selected().await.unwrap());
    browser.click("next").await;
    browser.click("option-2").await;
    browser.wait_for_text("save-state", "Saved at").await;
    assert_eq!(
        stand.stored(),
        [json!({ "value": true }), json!({ "value": false })]
    );

    // The first tab was too busy to hear of the second, and had another answer meanwhile: that is not lost.
    browser
        .client
        .switch_to_window(first.clone())
        .await
        .unwrap();
    browser.click("next").await;
    browser.click("next").await;
    browser
        .run("document.querySelector('[data-testid=option-1]').click(); deliver()")
        .await;
    browser.see("other-tab").await;
    browser.client.switch_to_window(second).await.unwrap();
    browser
        .wait_for_attribute("go-to-3", "data-state", "answered")
        .await;
    browser
        .wait_for_attribute("save-state", "data-state", "saved")
        .await;
    assert_eq!(
        stand.stored(),
        [true, false, true].map(|value| json!({ "value": value }))
    );

    browser.client.switch_to_window(first).await.unwrap();
    browser.see("other-tab").await;
    browser.miss("question").await;
    browser.click("here").await;
    browser.see("question").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_computer_takes_over_and_the_first_says_so_and_can_take_it_back() {
    let stand = Stand::with_statements(2);
    let first = stand.sitting().await;
    first.click("option-1").await;
    first.wait_for_text("save-state", "Saved at").await;
    first.click("next").await;
    hold_heartbeats(&first, true).await;
    let second = stand.sitting().await;
    assert!(second.see("option-1").await.is_selected().await.unwrap());
    // It has not heard of that yet, and is told with the answer that comes too late.
    first.click("option-1").await;
    first.see("elsewhere").await;
    first.miss("question").await;
    first.click("here").await;
    first.see("question").await;
    // With its next heartbeat.
    second.see("elsewhere").await;
    // What was refused is not shown as if it counted: neither now nor after a reload.
    for _ in 0..2 {
        first.wait_for_text("question-number", "Question 2").await;
        let refused = first.see("option-1").await;
        assert!(!refused.is_selected().await.unwrap());
        first
            .wait_for_attribute("go-to-2", "data-state", "seen")
            .await;
        first.client.refresh().await.unwrap();
    }
    first.click("option-2").await;
    first.wait_for_text("save-state", "Saved at").await;
    first
        .wait_for_attribute("go-to-2", "data-state", "answered")
        .await;
    assert_eq!(
        stand.stored(),
        [json!({ "value": true }), json!({ "value": false })]
    );
    first.close().await;
    second.close().await;
}
