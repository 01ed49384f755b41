//! Saves acknowledged after their commit, beside an endpoint of the same server that writes nothing.
//!
//! `cargo build --release -p exam-service && cargo bench -p integration-tests --bench saves`
//! needs wrk (Debian package `wrk`). Server and generator share this machine: read the ratios.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops where something is wrong"
)]

use std::fmt::Write as _;
use std::process::Command;

use integration_tests::service::Service;

const STUDENTS: usize = 200;
const SECONDS: u32 = 8;
const CONNECTIONS: [u32; 3] = [64, 256, 1000];

/// Each wrk thread has its own share of the students, so that no two connections race for a sequence.
const SAVE: &str = r#"
local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function init()
  rows, sequence = {}, SEQUENCE
  for index, row in ipairs(students) do
    if index % THREADS == number then rows[#rows + 1] = row end
  end
  turn = 0
end
function request()
  turn = turn + 1
  if turn > #rows then turn = 1; sequence = sequence + 1 end
  local row = rows[turn]
  return wrk.format("PUT", row.path, row.headers, string.format(row.body, sequence))
end
"#;

fn main() {
    let mut service = Service::new();
    service.set("RUST_LOG", "warn");
    let demo = service.prepare_demo(STUDENTS);
    service.start();
    let mut table = String::from("local students = {}\n");
    let mut rows = 0;
    for number in 0..STUDENTS {
        let student = demo.student(&service, number);
        // A row for each answer: more than connections, so that none is saved twice at the same time.
        for question in 0..student.questions().len() {
            rows += 1;
            // wrk formats the sequence into the body, so that nothing else in it may look like a format.
            let (path, body) =
                student.save_request(&[student.answer(question, 987_654_321, number)]);
            let body = body.to_string().replace("987654321", "%d");
            let bearer = student.client.bearer().unwrap();
            writeln!(
                table,
                "students[{rows}] = {{path='{path}', body='{body}', headers={{['content-type']='application/json', authorization='{bearer}'}}}}",
            )
            .unwrap();
        }
    }
    let table = table.replacen("local students", "students", 1);
    println!(
        "| connections | without a write /s | saves /s | ratio | save p50 | save p99 |\n|---|---|---|---|---|---|"
    );
    let mut sequence = 1;
    for connections in CONNECTIONS {
        let ceiling = wrk(&service, connections, "/health/liveness", None);
        let script = format!(
            "{table}{}",
            SAVE.replace("SEQUENCE", &sequence.to_string())
                .replace("THREADS", "2")
        );
        // Far beyond what a run can use up, so that no later run is refused as stale.
        sequence += 10_000_000;
        let saves = wrk(&service, connections, "/", Some((&service, script)));
        println!(
            "| {connections} | {:.0} | {:.0} | {:.2} | {} | {} |",
            ceiling.per_second,
            saves.per_second,
            saves.per_second / ceiling.per_second,
            saves.p50,
            saves.p99
        );
        assert_eq!(
            saves.refused, 0,
            "saves were refused, so the figure means nothing"
        );
    }
    assert_eq!(service.stop(), 0);
}

struct Figures {
    per_second: f64,
    p50: String,
    p99: String,
    /// Replies that were not 2xx or 3xx.
    refused: u64,
}

fn wrk(
    service: &Service,
    connections: u32,
    path: &str,
    script: Option<(&Service, String)>,
) -> Figures {
    let mut command = Command::new("wrk");
    command.args([
        "-t2",
        &format!("-c{connections}"),
        &format!("-d{SECONDS}s"),
        "--latency",
    ]);
    if let Some((service, script)) = script {
        let file = service.directory().join("save.lua");
        std::fs::write(&file, script).unwrap();
        command.arg("-s").arg(file);
    }
    let output = command
        .arg(format!("{}{path}", service.url()))
        .output()
        .expect("wrk is installed");
    let text = String::from_utf8(output.stdout).unwrap();
    let after = |label: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(label));
        line.and_then(|line| line.split_whitespace().last())
            .map(str::to_owned)
    };
    Figures {
        per_second: after("Requests/sec:")
            .unwrap_or_else(|| panic!("{text}"))
            .parse()
            .unwrap(),
        p50: after("50%").unwrap(),
        p99: after("99%").unwrap(),
        refused: after("Non-2xx").map_or(0, |count| count.parse().unwrap()),
    }
}
