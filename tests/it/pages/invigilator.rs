//! The pages of those who watch an exam: what the board shows is what is so, and what they do is done.

use std::time::{Duration, Instant};

use integration_tests::browser::Browser;
use integration_tests::page_tools::PageTools;
use integration_tests::student::Student;

use super::{Stand, is_accessible};

const LIMIT: Duration = Duration::from_secs(20);

impl Stand {
    /// Somebody of the staff, at a page of the exam: nothing for its board, `slips` or `attendance`.
    async fn watching(&self, page: &str) -> Browser {
        let place = format!("#/board/{}{page}", self.exam);
        let browser = self.browser_at(self.service.port(), &place).await;
        browser.write("login", &self.demo.admin).await;
        browser.write("password", &self.demo.password).await;
        browser.click("sign-in").await;
        browser
    }

    /// The student, over the interface and without a page, in the middle of the exam.
    fn student(&mut self) -> Student {
        self.demo.exam_id.clone_from(&self.exam);
        self.demo.student(&self.service, 0)
    }
}

/// Waits until the line of this student says this.
async fn wait_for_row(browser: &Browser, login: &str, text: &str) {
    let began = Instant::now();
    loop {
        let row = browser.see(&format!("row-{login}")).await;
        // A line may be drawn anew between being found and being read.
        let said = row.text().await.unwrap_or_default();
        if said.contains(text) {
            return;
        }
        assert!(began.elapsed() < LIMIT, "no `{text}` in `{said}`");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is_paused(student: &Student) -> bool {
    student.reload().unwrap().expect(200)["paused"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invigilator_sees_a_student_save_pauses_them_takes_it_back_and_reads_of_it_later() {
    let mut stand = Stand::with_statements(3);
    let login = stand.login().to_owned();
    let browser = stand.watching("").await;
    wait_for_row(&browser, &login, "Not started").await;

    let student = stand.student();
    wait_for_row(&browser, &login, "Writing").await;
    let saved = student.save(&[student.answer(0, 1, 0)]).unwrap();
    saved.expect(200);
    wait_for_row(&browser, &login, "1 / 3").await;

    browser.click(&format!("select-{login}")).await;
    browser.click("act-pause").await;
    browser
        .wait_for_text("concerned", "Concerns 1 student.")
        .await;
    browser.write("reason", "Fire alarm next door").await;
    browser.click("action-confirm").await;
    browser.wait_for_text("deed", "1 student paused.").await;
    wait_for_row(&browser, &login, "Paused").await;
    assert!(is_paused(&student), "the page says that it is paused");

    browser.click("undo").await;
    browser.wait_for_text("toast", "1 student goes on.").await;
    wait_for_row(&browser, &login, "Writing").await;
    assert!(!is_paused(&student), "the page says that it goes on");

    browser.click(&format!("timeline-of-{login}")).await;
    browser.see("timeline").await;
    for expected in ["Started", "saved, no. 1", "Fire alarm next door", "Resumed"] {
        browser.wait_for_page(expected).await;
    }
    browser.close().await;
    assert_eq!(stand.service.stop(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_says_that_it_is_not_live_while_the_server_is_away_and_shows_what_was_saved_once_it_is_back()
 {
    let mut stand = Stand::with_statements(3);
    let login = stand.login().to_owned();
    let student = stand.student();
    let browser = stand.watching("").await;
    wait_for_row(&browser, &login, "0 / 3").await;
    browser
        .wait_for_attribute("fresh", "data-connection", "live")
        .await;

    stand.service.kill();
    browser
        .wait_for_attribute("fresh", "data-connection", "lost")
        .await;
    browser.wait_for_text("fresh", "Reconnecting since").await;
    // What was known is still there to be read.
    wait_for_row(&browser, &login, "Writing").await;

    stand.service.start();
    let saved = student.save(&[student.answer(0, 1, 0), student.answer(1, 1, 0)]);
    saved.unwrap().expect(200);
    wait_for_row(&browser, &login, "2 / 3").await;
    browser
        .wait_for_attribute("fresh", "data-connection", "live")
        .await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handing_in_for_a_student_is_asked_for_first_and_can_be_taken_back() {
    let mut stand = Stand::with_statements(2);
    let login = stand.login().to_owned();
    let student = stand.student();
    let browser = stand.watching("").await;
    wait_for_row(&browser, &login, "Writing").await;

    browser.click("act-force_submit").await;
    browser.click("whom-all").await;
    browser
        .wait_for_text("concerned", "Concerns 1 student.")
        .await;
    let state = |student: &Student| student.reload().unwrap().expect(200)["state"].clone();
    assert_eq!(
        state(&student),
        "open",
        "nothing is done before it is confirmed"
    );
    browser.click("action-confirm").await;
    browser
        .wait_for_text("deed", "Handed in for 1 student.")
        .await;
    assert_eq!(state(&student), "submitted");

    // Only from here on does the line tell anything about taking it back.
    wait_for_row(&browser, &login, "Handed in").await;
    browser.click("undo").await;
    wait_for_row(&browser, &login, "Writing").await;
    assert_eq!(state(&student), "open");
    browser.close().await;
    assert_eq!(stand.service.stop(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invigilator_notes_what_happened_corrects_it_and_takes_back_time_given_by_mistake() {
    let mut stand = Stand::with_statements(2);
    let login = stand.login().to_owned();
    let student = stand.student();
    let tools = PageTools::install();
    let browser = stand.watching("").await;
    wait_for_row(&browser, &login, "Writing").await;
    let deadline = || student.reload().unwrap().expect(200)["deadline_at"].clone();
    let before = deadline();

    browser.click(&format!("select-{login}")).await;
    browser.click("to-notes").await;
    browser.see("no-incidents").await;
    browser.write("incident-text", "A phone rang").await;
    for way_out in ["close-incidents", "brand"] {
        browser.click(way_out).await;
        browser.click("stay").await;
        browser.miss("unsaved-dialog").await;
    }
    // Whoever has to sign in again finds the page as it was, and what they asked for is done.
    stand.office.end_sessions(&stand.demo.admin);
    browser.click("note-incident").await;
    browser.write("password", &stand.demo.password).await;
    browser.click("sign-in").await;
    browser.see("incident-list").await;
    browser.wait_for_page("A phone rang").await;
    is_accessible(&tools, &browser, "board-notes").await;
    browser.click("correct").await;
    browser.see("cancel-incident").await;
    browser.press(" twice").await;
    browser.click("note-incident").await;
    browser.wait_for_page("A phone rang twice").await;
    browser.wait_for_page("corrected").await;
    browser.click("close-incidents").await;

    browser.click("act-credit_time").await;
    browser.click("action-confirm").await;
    browser
        .wait_for_text("deed", "More time for 1 student.")
        .await;
    assert_ne!(deadline(), before);
    browser.click("undo").await;
    browser
        .wait_for_text("toast", "The time was taken back from 1 student.")
        .await;
    assert_eq!(deadline(), before);

    // Given once more, and taken back where it stands as evidence.
    browser.click("act-credit_time").await;
    browser.click("action-confirm").await;
    browser
        .wait_for_text("deed", "More time for 1 student.")
        .await;
    browser.click(&format!("timeline-of-{login}")).await;
    browser.wait_for_page("A phone rang twice").await;
    browser.click("take-back-time").await;
    browser.click("take-back-do").await;
    browser.miss("take-back-time").await;
    assert_eq!(deadline(), before);

    let place = format!("{}/#/board/{}/incidents", stand.service.url(), stand.exam);
    browser.client.goto(&place).await.unwrap();
    browser.wait_for_text("incident-table", "No.").await;
    is_accessible(&tools, &browser, "incidents").await;
    browser.close().await;
    assert_eq!(stand.service.stop(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn slips_are_made_once_it_was_asked_for_whom() {
    let mut stand = Stand::with_statements(2);
    let browser = stand.watching("/slips").await;
    browser.click("slips-csv").await;
    browser.click("slips-confirm").await;
    browser.wait_for_text("slips-made", "1 code made").await;
    browser.close().await;
    assert_eq!(stand.service.stop(), 0);
}
