//! What may go wrong in an exam room. After each fault the database holds exactly what the student last saw as saved, or
//! has answered since.

use std::net::SocketAddr;
use std::time::Duration;

use fantoccini::wd::WindowHandle;
use integration_tests::browser::Browser;
use integration_tests::chaos::Relay;
use integration_tests::exam_office::{ExamOffice, ExamPlan};
use serde_json::{Value, json};

use super::{Stand, attempt_of, hold_heartbeats, new_tab};

fn yes() -> Value {
    json!({ "value": true })
}

fn no() -> Value {
    json!({ "value": false })
}

fn relay_to(stand: &Stand) -> Relay {
    Relay::to(SocketAddr::from(([127, 0, 0, 1], stand.service.port())))
}

/// Waits until nothing is on its way any more.
async fn everything_saved(browser: &Browser) {
    browser
        .wait_for_attribute("save-state", "data-state", "saved")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_comes_back_has_everything_and_leaving_by_back_loses_nothing() {
    let mut stand = Stand::with_statements(3);
    let browser = stand.sitting().await;
    browser.click("option-1").await;
    browser.click("next").await;
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes()]);

    stand.service.kill();
    browser.click("option-2").await;
    browser
        .wait_for_text("save-state", "Offline: 1 answer kept")
        .await;
    browser.click("next").await;
    browser.click("option-1").await;
    assert_eq!(
        stand.stored(),
        [yes()],
        "what was shown as saved, and nothing else"
    );
    stand.service.start();
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes(), no(), yes()]);

    // Back leaves with every answer, and asks where one would not arrive.
    let answer_and_leave =
        "document.querySelector('[data-testid=option-2]').click(); history.back()";
    browser.run(answer_and_leave).await;
    browser.click("full-screen").await;
    assert_eq!(stand.stored(), [yes(), no(), no()]);
    browser.click("start").await;
    browser.wait_for_text("question-number", "Question 3").await;
    stand.service.kill();
    browser.click("option-1").await;
    browser.run("history.back()").await;
    browser.see("leaving-dialog").await;
    browser.click("stay-in-exam").await;
    browser.miss("leaving-dialog").await;
    browser.see("question").await;
    stand.service.start();
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes(), no(), yes()]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_away_for_a_minute_and_a_reload_meanwhile_lose_nothing() {
    let stand = Stand::with_statements(3);
    let relay = relay_to(&stand);
    let browser = stand.sitting_at(relay.port()).await;
    kept_for_reload(&browser).await;
    browser.click("option-1").await;
    everything_saved(&browser).await;

    relay.cut();
    let cut = tokio::time::Instant::now();
    browser.click("next").await;
    browser.click("option-2").await;
    browser
        .wait_for_text("save-state", "Offline: 1 answer kept")
        .await;
    // The page comes from what this computer kept, with the answers.
    browser
        .run("onbeforeunload = null; setTimeout(() => location.reload())")
        .await;
    browser.see("time-unknown").await;
    browser.wait_for_text("question-number", "Question 2").await;
    assert!(browser.see("option-2").await.is_selected().await.unwrap());
    browser.click("go-to-1").await;
    assert!(browser.see("option-1").await.is_selected().await.unwrap());
    browser.click("go-to-3").await;
    browser.click("option-1").await;
    tokio::time::sleep_until(cut + Duration::from_mins(1)).await;
    assert_eq!(stand.stored(), [yes()]);

    relay.restore();
    everything_saved(&browser).await;
    browser.miss("time-unknown").await;
    assert_eq!(stand.stored(), [yes(), no(), yes()]);
    browser.close().await;
}

/// Waits until the browser could load the page without a network.
async fn kept_for_reload(browser: &Browser) {
    let script = "const done = arguments[0]; navigator.serviceWorker.ready.then(() => done(true), () => done(false))";
    let kept = browser.client.execute_async(script, vec![]).await;
    assert_eq!(kept.unwrap(), json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_crashes_without_a_network_finds_its_answers_again() {
    let stand = Stand::with_statements(2);
    let relay = relay_to(&stand);
    let browser = stand.sitting_at(relay.port()).await;
    browser.click("option-1").await;
    everything_saved(&browser).await;
    relay.cut();
    browser.click("next").await;
    browser.click("option-2").await;
    browser
        .wait_for_text("save-state", "Offline: 1 answer kept")
        .await;
    let crashed = browser.client.window().await.unwrap();
    let fresh = new_tab(&browser).await;
    crash(&browser, crashed, fresh).await;
    relay.restore();

    let address = format!("http://127.0.0.1:{}/", relay.port());
    browser.client.goto(&address).await.unwrap();
    stand.sign_in(&browser).await;
    stand.start(&browser, relay.port()).await;
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes(), no()]);
    browser.close().await;
}

/// Ends the process of one window as a fault in it would; the other one has the attention then.
async fn crash(browser: &Browser, crashed: WindowHandle, other: WindowHandle) {
    browser.client.switch_to_window(crashed).await.unwrap();
    browser.crash().await;
    browser.client.switch_to_window(other).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_moved_changes_nothing() {
    let stand = Stand::with_statements(2);
    let browser = stand.sitting().await;
    browser.click("option-1").await;
    everything_saved(&browser).await;
    let before = seconds(&browser.see("timer").await.text().await.unwrap());
    // Three hours ahead: the exam would be over by it.
    browser
        .run("const real = Date.now.bind(Date); Date.now = () => real() + 3 * 3600 * 1000")
        .await;
    browser.click("next").await;
    browser.click("option-2").await;
    everything_saved(&browser).await;
    let after = seconds(&browser.see("timer").await.text().await.unwrap());
    assert!(
        after <= before && before - after < 60,
        "from {before} to {after}"
    );
    assert_eq!(stand.stored(), [yes(), no()]);
    browser.close().await;
}

/// `59:07` in seconds.
fn seconds(text: &str) -> i64 {
    text.split(':').fold(0, |sum, part| {
        sum * 60 + part.trim().parse::<i64>().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_is_renewed_and_a_session_that_ends_is_signed_in_again_on_the_page() {
    let mut stand = Stand::with_statements(3);
    let browser = stand.sitting().await;
    // Tokens that were signed before are worthless.
    stand.service.kill();
    stand
        .service
        .set("JWT_SECRET", "another-secret-only-for-tests-0123456789");
    stand.service.start();
    browser.click("option-1").await;
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes()]);

    let office = ExamOffice::open(&stand.service, &stand.demo);
    office.end_sessions(stand.login());
    stand.service.kill();
    browser.click("next").await;
    browser.click("option-2").await;
    stand
        .service
        .set("JWT_SECRET", "a-third-secret-only-for-tests-0123456789");
    stand.service.start();
    browser.see("sign-in-again").await;
    assert_eq!(stand.stored(), [yes()]);
    browser.write("password", &stand.demo.password).await;
    browser.click("sign-in").await;
    browser.miss("sign-in-again").await;
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes(), no()]);

    // It ends once more in the moment of handing in, which then need not be asked for again.
    hold_heartbeats(&browser, true).await;
    let office = ExamOffice::open(&stand.service, &stand.demo);
    office.end_sessions(stand.login());
    stand.service.kill();
    stand
        .service
        .set("JWT_SECRET", "a-fourth-secret-only-for-tests-0123456789");
    stand.service.start();
    browser.click("submit").await;
    browser.click("confirm-submit").await;
    browser.see("sign-in-again").await;
    hold_heartbeats(&browser, false).await;
    browser.write("password", &stand.demo.password).await;
    browser.click("sign-in").await;
    browser.see("receipt").await;
    assert_eq!(stand.stored(), [yes(), no()]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_the_last_second_counts_the_time_hands_in_and_staff_may_open_it_again() {
    let stand = Stand::with(&ExamPlan {
        duration_seconds: 20,
        statements: Some(2),
        ..ExamPlan::default()
    });
    let browser = stand.sitting().await;
    browser.wait_for_text("timer", "00:01").await;
    browser.click("option-1").await;
    browser.see("receipt").await;
    browser.wait_for_text("answered", "1 of 2").await;
    assert_eq!(stand.stored(), [yes()]);

    // More answers than one request takes were kept here without a network: none of them is thrown away in silence.
    let kept = browser
        .client
        .execute_async(KEEP_LATE_ANSWERS, vec![json!(attempt_of(&browser).await)]);
    assert_eq!(kept.await.unwrap(), json!(true));
    browser.client.refresh().await.unwrap();
    browser
        .wait_for_text("leftovers", "150 answers on this computer came after")
        .await;

    // Staff let the student go on: another look at the receipt does not hand in what was opened again.
    stand
        .office
        .act(&stand.exam, json!({ "action": "reopen", "seconds": 600 }));
    browser.client.refresh().await.unwrap();
    browser.see("question").await;
    assert!(browser.see("option-1").await.is_selected().await.unwrap());
    browser.click("next").await;
    browser.click("option-2").await;
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes(), no()]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_is_full_is_said_and_the_server_has_everything() {
    let stand = Stand::with_statements(2);
    let browser = stand.browser_at(stand.service.port(), "").await;
    // Before the page keeps anything: what Chromium has once found free it does not ask for again for a while.
    let small = json!({ "origin": stand.service.url(), "quotaSize": 1_500_000 });
    let quota = "Storage.overrideQuotaForOrigin";
    browser.tools(quota, small).await;
    stand.sign_in(&browser).await;
    stand.start(&browser, stand.service.port()).await;
    let filled = browser.client.execute_async(FILL_STORAGE, vec![]).await;
    assert_eq!(filled.unwrap(), "QuotaExceededError");
    browser.click("option-1").await;
    browser.click("next").await;
    browser.see("storage-broken").await;
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes()]);
    let room = json!({ "origin": stand.service.url() });
    browser.tools(quota, room).await;
    browser.click("option-2").await;
    browser.miss("storage-broken").await;
    everything_saved(&browser).await;
    assert_eq!(stand.stored(), [yes(), no()]);
    browser.close().await;
}

/// Keeps 150 answers to this attempt that have not been sent, as the page keeps them.
const KEEP_LATE_ANSWERS: &str = "const [attempt, done] = arguments;
    const opening = indexedDB.open('exam');
    opening.onsuccess = () => {
        const keeping = opening.result.transaction('answers', 'readwrite');
        for (let number = 0; number < 150; number += 1) {
            const question_id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
            keeping.objectStore('answers').put({ attempt, question_id, response: { value: true }, flagged: false, sequence: 1, isSaved: false });
        }
        keeping.oncomplete = () => { opening.result.close(); done(true); };
    };";

/// Keeps bytes in the browser's storage, ever fewer, until there is no room for four; answers with the last refusal.
const FILL_STORAGE: &str = "const done = arguments[0];
    const opening = indexedDB.open('filler', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('bytes', { autoIncrement: true });
    opening.onerror = () => done(String(opening.error));
    let size = 65536, refusal = 'none';
    const fill = () => {
        if (size < 4) return done(refusal);
        const keeping = opening.result.transaction('bytes', 'readwrite', { durability: 'strict' });
        keeping.objectStore('bytes').put(crypto.getRandomValues(new Uint8Array(size)));
        keeping.oncomplete = fill;
        keeping.onabort = () => { refusal = keeping.error.name; size = Math.floor(size / 4); fill(); };
    };
    opening.onsuccess = fill;";
