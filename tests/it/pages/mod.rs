//! The pages in a real browser, against a real server.

mod administration;
mod design;
mod emergency;
mod every_page;
mod faults;
mod firefox;
mod grading;
mod interface;
mod invigilator;
mod lecturer;
mod sitting;
mod student;
mod takeover;

use std::path::Path;
use std::time::{Duration, Instant};

use fantoccini::wd::WindowHandle;
use integration_tests::browser::Browser;
use integration_tests::exam_office::{ExamOffice, ExamPlan};
use integration_tests::page_tools::{PageTools, Rules};
use integration_tests::service::{Demo, Service};
use integration_tests::waiting::wait_for;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(20);

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

    /// What the database has of the student's answers to this exam, as responses in the order of its questions.
    fn stored(&self) -> Vec<Value> {
        let answers = self.service.stored_answers().into_iter();
        let mine = answers.filter(|answer| answer["login"] == self.login());
        let mut mine: Vec<Value> = mine.collect();
        // Their ids are in the order in which they were written.
        mine.sort_by_key(|answer| answer["question_id"].to_string());
        mine.into_iter()
            .map(|mut answer| answer["response"].take())
            .collect()
    }
}

/// A second tab of this browser.
async fn new_tab(browser: &Browser) -> WindowHandle {
    let made = browser.client.new_window(true).await.unwrap();
    made.handle
}

/// Has the browser keep what it is given in this folder.
async fn keep_downloads(browser: &Browser, folder: &Path) {
    let keep = json!({ "behavior": "allow", "downloadPath": folder });
    browser.tools("Browser.setDownloadBehavior", keep).await;
}

/// Keeps the replies to requests of this method from the page until they are released.
async fn hold_replies(browser: &Browser, method: &str) {
    let script = format!(
        "const ask = window.fetch;
         const held = [];
         window.fetch = async (path, options) => {{
           const reply = await ask(path, options);
           if (options?.method === '{method}') await new Promise((go) => held.push(go));
           return reply;
         }};
         window.releaseReplies = () => {{
           if (held.length === 0) return false;
           window.fetch = ask;
           for (const go of held) go();
           return true;
         }};"
    );
    browser.run(&script).await;
}

/// Gives the page what was held back, once there is something, and waits until no button is busy with it.
async fn release_replies(browser: &Browser) {
    for script in [
        "return window.releaseReplies()",
        "return document.querySelector('[aria-busy]') === null",
    ] {
        let began = Instant::now();
        while browser.run(script).await != true {
            assert!(began.elapsed() < LIMIT, "not yet: {script}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What the browser has kept under this name, once it has all of it.
fn downloaded(folder: &Path, name: &str) -> Vec<u8> {
    wait_for(name, LIMIT, || {
        std::fs::read(folder.join(name))
            .ok()
            .filter(|file| !file.is_empty())
    })
}

/// Has the page hear nothing of the server but in replies to what the student does, until it is told so or loaded anew.
async fn hold_heartbeats(browser: &Browser, are_held: bool) {
    let script = "const real = window.realFetch ??= window.fetch;
        const beats = (path) => String(path).endsWith('/events');
        window.fetch = HELD ? (path, ...rest) => (beats(path) ? new Promise(() => {}) : real(path, ...rest)) : real";
    let script = script.replace("HELD", &are_held.to_string());
    browser.run(&script).await;
}

/// The attempt that the page is at.
async fn attempt_of(browser: &Browser) -> String {
    let address = browser.client.current_url().await.unwrap();
    let place = address.fragment().expect("a view").to_owned();
    place.split('/').nth(2).expect("an attempt").to_owned()
}

/// In which directions a page is drawn: pages of staff are in languages that go from left to right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directions {
    LeftToRight,
    Both,
}

/// Axe finds nothing on this page, in light or in dark, and a telephone shows all of its width. Where `PAGE_SCREENSHOTS` names a
/// folder, the page is drawn there.
async fn is_accessible(tools: &PageTools, browser: &Browser, page: &str) {
    is_accessible_in(tools, browser, page, Directions::Both).await;
}

async fn is_accessible_in(
    tools: &PageTools,
    browser: &Browser,
    page: &str,
    directions: Directions,
) {
    for (theme, rules) in [("light", Rules::All), ("dark", Rules::Colours)] {
        let change = format!("document.documentElement.dataset.theme = '{theme}'");
        browser.run(&change).await;
        let found = tools.violations(browser, rules).await;
        assert!(found.is_empty(), "{page}, {theme}: {}", found.join("\n"));
        if let Some(folder) = std::env::var_os("PAGE_SCREENSHOTS") {
            let name = format!("{page}-{theme}");
            draw(browser, Path::new(&folder), &name, directions).await;
        }
    }
    on_screen(browser, TELEPHONE).await;
    let wide = "const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth > clientWidth ? `${scrollWidth} pixels` : null";
    let wide = browser.run(wide).await;
    assert!(wide.is_null(), "{page} is wider than a telephone: {wide}");
    let clear = "Emulation.clearDeviceMetricsOverride";
    browser.tools(clear, json!({})).await;
}

/// Width and height in pixels.
const TELEPHONE: (u32, u32) = (390, 844);
const DESK: (u32, u32) = (1280, 800);

async fn on_screen(browser: &Browser, (width, height): (u32, u32)) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    browser
        .tools("Emulation.setDeviceMetricsOverride", size)
        .await;
}

/// The page on a desk, on a telephone, and from right to left.
async fn draw(browser: &Browser, folder: &Path, name: &str, directions: Directions) {
    let name = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let mut kinds = vec![("desk", DESK, "ltr"), ("telephone", TELEPHONE, "ltr")];
    if directions == Directions::Both {
        kinds.push(("rtl", DESK, "rtl"));
    }
    for (kind, screen, direction) in kinds {
        on_screen(browser, screen).await;
        browser
            .run(&format!("document.documentElement.dir = '{direction}'"))
            .await;
        browser
            .screenshot(&folder.join(format!("{name}-{kind}.png")))
            .await;
    }
    browser.run("document.documentElement.dir = 'ltr'").await;
}
