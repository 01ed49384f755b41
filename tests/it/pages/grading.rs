//! From what a student has written to the result that they see: graded, corrected, exported, released.

use std::path::Path;

use fantoccini::Locator;
use integration_tests::browser::Browser;
use integration_tests::exam_office::ExamPlan;
use integration_tests::page_tools::PageTools;
use integration_tests::student::{Answer, Student};
use serde_json::{Value, json};

use super::{Stand, downloaded, is_accessible, keep_downloads};

const ESSAY: &str = "Because small waves are scattered most.";

/// Somebody has answered two of eight questions, one of them by an essay, and handed in.
fn handed_in(stand: &Stand) -> Student {
    let student = stand.demo.student(&stand.service, 0);
    let answer = |kind: &str, response: Value| {
        let mut questions = student.questions().iter();
        let question = questions.find(|question| question["type"] == kind);
        let question_id = question.expect("one of each")["id"].as_str().unwrap();
        Answer {
            question_id: question_id.to_owned(),
            sequence: 1,
            response,
        }
    };
    let answers = [
        answer("true_false", json!({ "value": false })),
        answer("essay", json!({ "text": ESSAY })),
    ];
    student.save(&answers).unwrap().expect(200);
    student.submit().unwrap().expect(200);
    student
}

/// Chooses what begins like this from a list.
async fn choose(browser: &Browser, list: &str, start: &str) {
    browser.see(list).await;
    let script = format!(
        "const list = document.querySelector('[data-testid=\"{list}\"]');
         list.value = [...list.options].find((option) => option.textContent.replace(/^\\d+\\. /, '').startsWith('{start}')).value;
         list.dispatchEvent(new Event('input', {{ bubbles: true }}));
         list.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    browser.run(&script).await;
}

/// Grades the essay by its rubric, and is kept from losing half of it.
async fn grade(browser: &Browser) {
    browser.wait_for_text("answer", ESSAY).await;
    browser.write("criterion-1", "0.5").await;
    browser.click("tab-table").await;
    browser.click("stay").await;
    browser.miss("unsaved-dialog").await;
    let save = browser.see("grade-save").await;
    assert!(!save.is_enabled().await.unwrap(), "half of it is graded");
    browser.write("criterion-2", "0.25").await;
    browser.write("comment", "And why not violet?").await;
    browser.wait_for_text("grade-total", "0.75").await;
    browser.click("grade-save").await;
    browser.see("empty").await;
    // Other answers that are asked for take the place of those that were there.
    browser.click("again").await;
    browser.wait_for_text("answer", ESSAY).await;
    browser.click("again").await;
    browser.see("empty").await;
}

/// Applies what was changed of the chosen question once it says that one student gets more.
async fn correct(browser: &Browser, reason: &str) {
    browser.click("try-key").await;
    browser.wait_for_text("raised", "1 get").await;
    browser.write("reason", reason).await;
    browser.click("apply-key").await;
    browser.miss("regrade").await;
    browser.see("corrections").await;
}

/// Every export, and what is in it.
async fn export(browser: &Browser, folder: &Path, login: &str) {
    keep_downloads(browser, folder).await;
    browser.click("tab-table").await;
    for (format, name, start) in [
        ("csv", "One-of-each-results.csv", ""),
        ("xlsx", "One-of-each-results.xlsx", "PK"),
        ("pdf", "One-of-each-report.pdf", "%PDF"),
        ("slips", "One-of-each-slips.pdf", "%PDF"),
    ] {
        browser.click(&format!("export-{format}")).await;
        let file = downloaded(folder, name);
        assert!(file.starts_with(start.as_bytes()), "{name}");
    }
    let table = String::from_utf8(downloaded(folder, "One-of-each-results.csv")).unwrap();
    let line = table.lines().find(|line| line.contains(login));
    let line = line.unwrap_or_else(|| panic!("no {login} in {table}"));
    assert!(line.split(',').any(|cell| cell == "2.75"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_essay_is_graded_keys_are_corrected_and_the_student_sees_what_was_released() {
    let mut stand = Stand::with(&ExamPlan {
        rules: json!({ "feedback": { "shown": "released" } }),
        ..ExamPlan::default()
    });
    stand.demo.exam_id.clone_from(&stand.exam);
    let student = handed_in(&stand);
    student
        .result()
        .unwrap()
        .expect_problem(409, "/problems/results-not-released");
    let course = stand.office.course_of(&stand.exam);
    let (login, password) = stand.office.lecturer(&stand.service, &course);
    let page = format!("#/results/{course}/{}/grading", stand.exam);
    let browser = stand.browser_at(stand.service.port(), &page).await;
    browser.write("login", &login).await;
    browser.write("password", &password).await;
    browser.click("sign-in").await;
    grade(&browser).await;

    browser.click("tab-keys").await;
    choose(&browser, "regrade-question", "Is every even").await;
    choose(&browser, "correct", "False").await;
    correct(&browser, "It is an open question").await;
    choose(&browser, "regrade-question", "The capital of Norway").await;
    choose(&browser, "counts", "it is broken: all").await;
    is_accessible(&PageTools::install(), &browser, "corrections").await;
    correct(&browser, "Nobody was taught it").await;
    export(&browser, stand.service.directory(), stand.login()).await;

    browser.click("release").await;
    browser.click("release-now").await;
    browser.see("released").await;
    browser.click("sign-out").await;
    let address = format!(
        "{}/#/attempts/{}/result",
        stand.service.url(),
        student.attempt_id()
    );
    browser.client.goto(&address).await.unwrap();
    stand.sign_in(&browser).await;
    browser.wait_for_text("score", "2.75 of 8").await;
    browser.wait_for_page("And why not violet?").await;
    let heading = browser.client.find(Locator::Css("h1")).await.unwrap();
    assert_eq!(heading.text().await.unwrap(), ExamPlan::default().title);
    browser.close().await;
}
