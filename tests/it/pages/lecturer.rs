//! What lecturers do, from the first question to the released result.

use std::path::Path;

use fantoccini::Locator;
use fantoccini::key::Key;
use integration_tests::browser::Browser;
use integration_tests::exam_office::ExamPlan;
use integration_tests::http::Client;
use integration_tests::page_tools::PageTools;
use integration_tests::service::{Demo, Service};
use serde_json::json;

use super::{Stand, downloaded, hold_replies, is_accessible, keep_downloads, release_replies};

/// A service with an empty course, and a browser of who administers it at `page`.
async fn at_page(service: &Service, demo: &Demo, page: &str) -> Browser {
    let browser = Browser::start().await;
    let address = format!("{}/#{page}", service.url());
    browser.client.goto(&address).await.unwrap();
    browser.write("login", &demo.admin).await;
    browser.write("password", &demo.password).await;
    browser.click("sign-in").await;
    browser
}

/// Who administers it, over the interface.
fn administrator(service: &Service, demo: &Demo) -> Client {
    let client = service.client();
    let body = json!({ "login": demo.admin, "password": demo.password });
    let reply = client.post("/api/v1/auth/login", &body).unwrap();
    let token = reply.expect(200)["access_token"].clone();
    client.with_bearer(token.as_str().expect("a token"))
}

fn with_course() -> (Service, Demo) {
    let mut service = Service::new();
    let demo = service.prepare_demo(1);
    service.start();
    let client = administrator(&service, &demo);
    let course = json!({ "code": "AA-1", "title": "Anatomy" });
    client.post("/api/v1/courses", &course).unwrap().expect(201);
    (service, demo)
}

async fn choose_file(browser: &Browser, path: &Path) {
    let input = Locator::Css("[data-testid=file]");
    let input = browser.client.find(input).await.unwrap();
    input.send_keys(&path.display().to_string()).await.unwrap();
}

/// A question with a key, kept in the bank.
async fn write_question(browser: &Browser) {
    browser.click("new-question").await;
    browser
        .write("question-text-field", "Which bone is the longest?")
        .await;
    for (number, option) in ["Stapes", "Femur", "Tibia", "Ulna"].iter().enumerate() {
        browser
            .write(&format!("option-{}", number + 1), option)
            .await;
    }
    browser.click("right-2").await;
    browser.wait_for_text("faults", "✓").await;
    browser.click("save").await;
    browser.see("tab-versions").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lecturer_writes_a_question_and_imports_others() {
    let (mut service, demo) = with_course();
    let browser = at_page(&service, &demo, "/bank").await;
    write_question(&browser).await;

    let file = service.directory().join("bones.gift");
    std::fs::write(
        &file,
        "::a:: A hand has 27 bones. {T}\n\n::b:: Ribs? {#24}\n",
    )
    .unwrap();
    let address = format!("{}/#/bank", service.url());
    browser.client.goto(&address).await.unwrap();
    browser.click("import").await;
    browser.see("try").await;
    choose_file(&browser, &file).await;
    browser.click("try").await;
    browser.wait_for_text("understood", "2 understood").await;
    browser.click("take").await;
    browser.wait_for_text("taken", "2 questions").await;
    browser.client.goto(&address).await.unwrap();
    browser.wait_for_text("question-count", "3 questions").await;
    is_accessible(&PageTools::install(), &browser, "the question bank").await;
    browser.close().await;
    assert_eq!(service.stop(), 0);
}

/// Adds the question of the bank, and is kept from leaving before that is saved.
async fn ask_the_question(browser: &Browser) {
    browser.click("tab-questions").await;
    browser.click("take-back").await;
    browser.wait_for_text("exam-state", "Draft").await;
    browser.click("add-section").await;
    browser.click("pick-1").await;
    browser.click("pick-question-1").await;
    browser.click("take-picked").await;
    browser.click("brand").await;
    browser.click("stay").await;
    browser.miss("unsaved-dialog").await;
    browser.click("save").await;
    browser.miss("unsaved").await;
}

/// Where the seat plan of the exam is that the page is at.
async fn seat_plan(browser: &Browser) -> String {
    let address = browser.client.current_url().await.unwrap();
    let place = address.fragment().expect("a view");
    let exam = place.split('/').nth(3).expect("an exam");
    format!("/api/v1/exams/{exam}/seat-plan")
}

/// Somebody else makes a room meanwhile: who edits the seats is told, and takes theirs.
async fn is_overtaken(browser: &Browser, client: &Client) {
    let room = json!({ "name": "H1", "seats": { "grid": { "rows": 2, "columns": 9 } }, "out_of_use": ["B2"] });
    let plan = json!({ "rooms": [room], "seen_version": 0 });
    let path = seat_plan(browser).await;
    client.put(&path, &plan).unwrap().expect(200);
    browser.click("add-room").await;
    browser.write("room-name-1", "H2").await;
    browser.click("save").await;
    browser.click("take-newest").await;
    browser.wait_for_text("capacity", "17").await;
}

/// One room, the only candidate in it, and the list that says so.
async fn seat(browser: &Browser, client: &Client, folder: &Path, login: &str) {
    browser.click("tab-seats").await;
    is_overtaken(browser, client).await;
    // On the way to twelve there is one row: what is out of use in the second one stays so.
    let erase = char::from(Key::Backspace);
    browser.write("room-rows-1", &format!("{erase}12")).await;
    browser.wait_for_text("capacity", "107").await;
    // What is written while a save is under way is neither lost nor said to be saved.
    hold_replies(browser, "PUT").await;
    browser.click("save").await;
    browser.write("room-name-1", "2").await;
    release_replies(browser).await;
    browser.click("save").await;
    browser.miss("unsaved").await;
    let kept = client.get(&seat_plan(browser).await).unwrap().expect(200);
    assert_eq!(kept["rooms"][0]["name"], "H12", "{kept}");
    browser.click("try-seats").await;
    browser.click("give-seats").await;
    browser.wait_for_text("seated", "1 of 1").await;
    keep_downloads(browser, folder).await;
    browser.click("attendance-csv").await;
    let list = downloaded(folder, "First-exam-attendance.csv");
    let list = String::from_utf8(list).unwrap();
    let mut lines = list.lines();
    assert!(
        lines.any(|line| line.contains("A1") && line.contains(login)),
        "{list}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exam_is_published_once_its_mistake_is_mended_and_copied() {
    let (mut service, demo) = with_course();
    let browser = at_page(&service, &demo, "/bank").await;
    write_question(&browser).await;
    let address = format!("{}/#/exams", service.url());
    browser.client.goto(&address).await.unwrap();
    browser.click("new-exam").await;
    browser.write("exam-title", "First exam").await;
    browser.click("make-exam").await;
    browser.click("tab-check").await;
    // It asks nothing yet.
    browser.see("findings").await;
    browser.click("to-review").await;
    browser.wait_for_text("exam-state", "In review").await;
    let publish = browser.see("to-published").await;
    assert!(!publish.is_enabled().await.unwrap());
    ask_the_question(&browser).await;
    browser.click("tab-candidates").await;
    browser.write("people", &demo.students[0]).await;
    browser.click("add-people").await;
    browser
        .wait_for_text("candidate-count", "1 candidate")
        .await;
    is_accessible(&PageTools::install(), &browser, "candidates").await;
    let client = administrator(&service, &demo);
    seat(&browser, &client, service.directory(), &demo.students[0]).await;

    browser.click("tab-check").await;
    browser.see("no-findings").await;
    browser.click("to-review").await;
    browser.wait_for_text("exam-state", "In review").await;
    browser.click("to-published").await;
    browser.click("sure").await;
    browser.wait_for_text("exam-state", "Published").await;
    browser.click("to-audit").await;
    browser.see("audit-all").await;
    let lines = browser.see("audit").await.text().await.unwrap();
    assert!(lines.contains("First exam"), "{lines}");
    browser.client.goto(&address).await.unwrap();
    browser.click("copy-exam").await;
    browser.click("copy-do").await;
    browser.wait_for_page("First exam (copy)").await;
    browser.wait_for_text("exam-state", "Draft").await;
    browser.close().await;
    assert_eq!(service.stop(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_shown_and_released_after_a_question() {
    let stand = Stand::with_statements(2);
    let student = stand.sitting().await;
    student.close().await;
    let browser = at_page(&stand.service, &stand.demo, "/results").await;
    browser.see("course").await;
    let select = Locator::Css("[data-testid=course]");
    let select = browser.client.find(select).await.unwrap();
    select
        .select_by_label(&stand_course(&browser).await)
        .await
        .unwrap();
    browser.see("exams").await;
    let link = Locator::LinkText(ExamPlan::default().title);
    browser
        .client
        .wait()
        .for_element(link)
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    browser.see("results").await;
    browser.click("release").await;
    // The attempt is open: it is said, and done all the same when that is wanted.
    browser.click("release-now").await;
    browser.wait_for_text("release-now", "Release anyway").await;
    browser.click("release-now").await;
    browser.wait_for_text("released", "Released").await;
    browser.close().await;
}

/// The course of the exam, as the page names it.
async fn stand_course(browser: &Browser) -> String {
    let script = "return [...document.querySelectorAll('[data-testid=course] option')].map((one) => one.textContent).find((one) => one.endsWith('Everything'))";
    browser
        .run(script)
        .await
        .as_str()
        .expect("the course")
        .to_owned()
}
