//! Every page there is, once: in light and dark, on a desk and on a telephone. With `PAGE_SCREENSHOTS` each is drawn.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use fantoccini::key::Key;
use integration_tests::binaries::workspace_root;
use integration_tests::browser::Browser;
use integration_tests::exam_office::{ExamOffice, ExamPlan};
use integration_tests::page_tools::PageTools;
use integration_tests::service::Service;
use regex::Regex;
use serde_json::json;

use super::{Directions, Stand, is_accessible_in};

const LIMIT: Duration = Duration::from_secs(20);

/// A route as the pages' own table has it, an address of it, and the buttons that open something over it.
struct Page {
    route: &'static str,
    address: &'static str,
    dialogs: &'static [&'static str],
}

const fn page(
    route: &'static str,
    address: &'static str,
    dialogs: &'static [&'static str],
) -> Page {
    Page {
        route,
        address,
        dialogs,
    }
}

const STAFF: &[Page] = &[
    page("/courses", "/courses", &[]),
    page("/board", "/board", &[]),
    page(
        "/board/:exam",
        "/board/EXAM",
        &["act-message", "act-fire_exit"],
    ),
    page(
        "/board/:exam/attempts/:attempt",
        "/board/EXAM/attempts/ATTEMPT",
        &[],
    ),
    page("/board/:exam/slips", "/board/EXAM/slips", &["slips-csv"]),
    page("/board/:exam/attendance", "/board/EXAM/attendance", &[]),
    page("/board/:exam/incidents", "/board/EXAM/incidents", &[]),
    page("/board/:exam/emergency", "/board/EXAM/emergency", &[]),
    page("/account", "/account", &["factor-set-up", "appearance"]),
    page("/people", "/people", &["account-new"]),
    page(
        "/people/accounts/:id",
        "/people/accounts/ACCOUNT",
        &["account-password", "account-edit"],
    ),
    page("/people/import", "/people/import", &[]),
    page("/people/courses", "/people/courses", &["course-new"]),
    page("/people/courses/:id", "/people/courses/COURSE", &["enrol"]),
    page(
        "/people/departments",
        "/people/departments",
        &["department-new"],
    ),
    page("/system", "/system", &["maintenance-on"]),
    page("/system/jobs", "/system/jobs", &[]),
    page("/system/audit", "/system/audit", &[]),
    page("/system/settings", "/system/settings", &[]),
    page("/bank", "/bank", &[]),
    page("/bank/:course", "/bank/COURSE", &[]),
    page("/bank/:course/import", "/bank/COURSE/import", &[]),
    page("/bank/:course/export", "/bank/COURSE/export", &[]),
    page("/bank/:course/categories", "/bank/COURSE/categories", &[]),
    page(
        "/bank/:course/questions/:question",
        "/bank/COURSE/questions/QUESTION",
        &[],
    ),
    page(
        "/bank/:course/questions/:question",
        "/bank/COURSE/questions/new",
        &[],
    ),
    page("/exams", "/exams", &[]),
    page("/exams/:course", "/exams/COURSE", &["new-exam"]),
    page(
        "/exams/:course/:exam/:step",
        "/exams/COURSE/EXAM/basics",
        &[],
    ),
    page(
        "/exams/:course/:exam/:step",
        "/exams/COURSE/EXAM/questions",
        &[],
    ),
    page(
        "/exams/:course/:exam/:step",
        "/exams/COURSE/EXAM/rules",
        &[],
    ),
    page(
        "/exams/:course/:exam/:step",
        "/exams/COURSE/EXAM/candidates",
        &[],
    ),
    page(
        "/exams/:course/:exam/:step",
        "/exams/COURSE/EXAM/check",
        &[],
    ),
    page("/results", "/results", &[]),
    page("/results/:course", "/results/COURSE", &[]),
    page(
        "/results/:course/:exam/:part",
        "/results/COURSE/EXAM/table",
        &["release"],
    ),
    page(
        "/results/:course/:exam/:part",
        "/results/COURSE/EXAM/figures",
        &[],
    ),
    page(
        "/results/:course/:exam/:part",
        "/results/COURSE/EXAM/grading",
        &[],
    ),
    page(
        "/results/:course/:exam/:part",
        "/results/COURSE/EXAM/keys",
        &[],
    ),
];

const STUDENTS: &[Page] = &[
    page("/exams", "/exams", &[]),
    page("/exams/:id", "/exams/EXAM", &[]),
    page("/history", "/history", &[]),
    page("/attempts/:id/receipt", "/attempts/ATTEMPT/receipt", &[]),
    page("/attempts/:id/result", "/attempts/ATTEMPT/result", &[]),
    page("/attempts/:id", "/attempts/ATTEMPT", &[]),
];

/// The routes that a file of the pages lists.
fn routes_of(file: &str) -> BTreeSet<String> {
    let path = workspace_root().join("crates/exam-service/web").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let route = Regex::new(r#"\{ path: "([^"]+)", view:"#).unwrap();
    let routes = route.captures_iter(&text).map(|found| found[1].to_owned());
    routes.collect()
}

#[test]
fn every_route_of_the_pages_is_looked_at() {
    for (file, pages) in [("staff/routes.js", STAFF), ("student/routes.js", STUDENTS)] {
        let looked_at: BTreeSet<String> = pages.iter().map(|page| page.route.to_owned()).collect();
        assert_eq!(routes_of(file), looked_at, "{file}");
    }
}

/// A browser on its way through the pages.
struct Walk<'a> {
    browser: &'a Browser,
    tools: PageTools,
    /// In which directions pages are drawn.
    directions: Directions,
    /// What stands for the ids in addresses.
    ids: Vec<(&'static str, String)>,
}

impl Walk<'_> {
    async fn look_at(&self, pages: &[Page]) {
        for page in pages {
            let ids = self.ids.iter();
            let address = ids.fold(page.address.to_owned(), |address, (name, id)| {
                address.replace(name, id)
            });
            self.go(&address).await;
            self.judge(page.address).await;
            for dialog in page.dialogs {
                self.browser.click(dialog).await;
                self.wait(dialog, "document.querySelector('dialog[open]') !== null")
                    .await;
                self.judge(&format!("{} {dialog}", page.address)).await;
                self.browser.press(&Key::Escape.to_string()).await;
                self.wait(dialog, "document.querySelector('dialog') === null")
                    .await;
            }
        }
    }

    /// Opens a view and waits until it is there with what it shows.
    async fn go(&self, address: &str) {
        // What is shown now goes away with its marks. A page without a course has led to its page of one already.
        let mark = format!(
            "if (location.hash !== '#{address}') for (const part of document.querySelectorAll('#app *')) part.dataset.before = ''"
        );
        self.browser.run(&mark).await;
        let go = format!("location.hash = '{address}'");
        self.browser.run(&go).await;
        let is_there = "!document.querySelector('main > [data-before]') && document.querySelector('main h1, [data-testid=exam]') !== null
            && !document.querySelector('[data-testid=loading]')";
        self.wait(address, is_there).await;
        let failed = "return document.querySelector('[data-testid=failed]')?.innerText ?? null";
        let failed = self.browser.run(failed).await;
        assert!(failed.is_null(), "{address}: {failed}");
    }

    async fn wait(&self, page: &str, condition: &str) {
        let script = format!("return {condition}");
        let began = Instant::now();
        while self.browser.run(&script).await != json!(true) {
            assert!(began.elapsed() < LIMIT, "{page}: never {condition}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn judge(&self, page: &str) {
        let name = page.trim_start_matches('/').to_lowercase();
        is_accessible_in(&self.tools, self.browser, &name, self.directions).await;
    }
}

/// An exam of statements: one student has handed in, another one is in the middle of it.
fn stand() -> (Stand, [String; 2]) {
    let mut service = Service::new();
    let mut demo = service.prepare_demo(2);
    service.start();
    let office = ExamOffice::open(&service, &demo);
    let exam = office.publish(&ExamPlan {
        statements: Some(3),
        ..ExamPlan::default()
    });
    demo.exam_id.clone_from(&exam);
    let sit = |number| {
        let student = demo.student(&service, number);
        let saved = student.save(&[student.answer(0, 1, 0)]);
        saved.unwrap().expect(200);
        student
    };
    let open = sit(0);
    let message = json!({ "action": "message", "message": "Page 3 has a mistake." });
    office.act(&exam, message);
    let handed_in = sit(1);
    handed_in.submit().unwrap().expect(200);
    let attempts = [open, handed_in].map(|student| student.attempt_id().to_owned());
    let stand = Stand {
        service,
        demo,
        office,
        exam,
    };
    (stand, attempts)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_staff_is_accessible_in_light_and_dark_and_fits_a_telephone() {
    let (mut stand, [attempt, _]) = stand();
    let browser = stand.browser_at(stand.service.port(), "#/account").await;
    browser.write("login", &stand.demo.admin).await;
    browser.write("password", &stand.demo.password).await;
    browser.click("sign-in").await;
    browser.see("who").await;
    let course = stand.office.course_of(&stand.exam);
    let question = stand
        .office
        .get(&format!("/api/v1/courses/{course}/questions"));
    let account = stand.office.get("/api/v1/users?role=student");
    let id = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let walk = Walk {
        browser: &browser,
        tools: PageTools::install(),
        directions: Directions::LeftToRight,
        ids: vec![
            ("EXAM", stand.exam.clone()),
            ("ATTEMPT", attempt),
            ("COURSE", course),
            ("QUESTION", id(&question["questions"][0]["id"])),
            ("ACCOUNT", id(&account["users"][0]["id"])),
        ],
    };
    walk.look_at(STAFF).await;
    browser.close().await;
    assert_eq!(stand.service.stop(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_students_is_accessible_in_light_and_dark_and_fits_a_telephone() {
    let (mut stand, [open, handed_in]) = stand();
    let browser = stand.browser_at(stand.service.port(), "").await;
    let mut walk = Walk {
        browser: &browser,
        tools: PageTools::install(),
        directions: Directions::Both,
        ids: vec![("EXAM", stand.exam.clone()), ("ATTEMPT", handed_in)],
    };
    browser.see("sign-in").await;
    walk.judge("sign-in").await;
    browser.write("login", &stand.demo.students[1]).await;
    browser.write("password", &stand.demo.password).await;
    browser.click("sign-in").await;
    browser.see("exam-list").await;
    walk.judge("exams").await;
    walk.look_at(&STUDENTS[1..5]).await;
    // The one in the middle of the exam.
    browser.click("sign-out").await;
    browser.run("location.hash = '/exams'").await;
    browser.write("login", &stand.demo.students[0]).await;
    browser.write("password", &stand.demo.password).await;
    browser.click("sign-in").await;
    browser.see("exam-list").await;
    walk.ids[1].1 = open;
    walk.look_at(&STUDENTS[5..]).await;
    browser.close().await;
    assert_eq!(stand.service.stop(), 0);
}
