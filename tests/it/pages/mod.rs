//! The pages in a real browser, against a real server.

mod design;
mod faults;
mod interface;
mod lecturer;
mod student;
mod takeover;

use integration_tests::browser::Browser;
use integration_tests::exam_office::{ExamOffice, ExamPlan};
use integration_tests::page_tools::PageTools;
use integration_tests::service::{Demo, Service};
use serde_json::Value;

/// A service with an exam that everybody may sit, and those who hold it.
struct Stand {
    service: Service,
    demo: Demo,
    office: ExamOffice,
    exam: String,
}

impl Stand {
    fn with(plan: &ExamPlan) -> Self {
        let mut service = Service::new();
        let demo = service.prepare_demo(1);
        service.start();
        let office = ExamOffice::open(&service, &demo);
        let exam = office.publish(plan);
        Self {
            service,
            demo,
            office,
            exam,
        }
    }

    /// With an exam of so many statements that are true or false.
    fn with_statements(count: usize) -> Self {
        Self::with(&ExamPlan {
            statements: Some(count),
            ..ExamPlan::default()
        })
    }

    fn login(&self) -> &str {
        &self.demo.students[0]
    }

    /// A browser that has opened `page` of the service, or of what stands before it at `port`.
    async fn browser_at(&self, port: u16, page: &str) -> Browser {
        let browser = Browser::start().await;
        let address = format!("http://127.0.0.1:{port}/{page}");
        browser.client.goto(&address).await.unwrap();
        browser
    }

    /// The student in the middle of the exam.
    async fn sitting(&self) -> Browser {
        self.sitting_at(self.service.port()).await
    }

    async fn sitting_at(&self, port: u16) -> Browser {
        let browser = self.browser_at(port, "").await;
        self.sign_in(&browser).await;
        self.start(&browser, port).await;
        browser
    }

    async fn sign_in(&self, browser: &Browser) {
        browser.write("login", self.login()).await;
        browser.write("password", &self.demo.password).await;
        browser.click("sign-in").await;
    }

    async fn start(&self, browser: &Browser, port: u16) {
        browser.see("exam-list").await;
        let address = format!("http://127.0.0.1:{port}/#/exams/{}", self.exam);
        browser.client.goto(&address).await.unwrap();
        // The full screen has no place in a test that has no screen.
        browser.click("full-screen").await;
        browser.click("start").await;
        browser.see("question").await;
    }

    /// What the database has of the student's answers to this exam, as responses in the order in which they were saved.
    fn stored(&self) -> Vec<Value> {
        let answers = self.service.stored_answers().into_iter();
        let mine = answers.filter(|answer| answer["login"] == self.login());
        let mut mine: Vec<Value> = mine.collect();
        mine.sort_by_key(|answer| answer["sequence"].as_i64());
        mine.into_iter().map(|mut answer| answer["response"].take()).collect()
    }
}

/// The attempt that the page is at.
async fn attempt_of(browser: &Browser) -> String {
    let address = browser.client.current_url().await.unwrap();
    let place = address.fragment().expect("a view").to_owned();
    place.split('/').nth(2).expect("an attempt").to_owned()
}

/// Axe finds nothing on this page, in light or in dark.
async fn is_accessible(tools: &PageTools, browser: &Browser, page: &str) {
    for theme in ["light", "dark"] {
        let change = format!("document.documentElement.dataset.theme = '{theme}'");
        browser.run(&change).await;
        let found = tools.violations(browser).await;
        assert!(found.is_empty(), "{page}, {theme}: {}", found.join("\n"));
    }
}
