//! The load: students who save one answer after the other, as fast as the server takes them, by `wrk`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::process::Command;

use integration_tests::service::{Demo, Service};
use integration_tests::student::Student;
use serde_json::Value;

const THREADS: usize = 2;

/// Each thread has its own share of the answers, so that no two connections race for a sequence. A sequence is unique
/// among all answers (round times answers plus number), so that its acknowledgement says which answer it is of.
const SCRIPT: &str = r#"
local threads = {}
function setup(thread)
  thread:set("number", #threads)
  threads[#threads + 1] = thread
end
function init()
  rows, numbers, round, turn, acknowledged = {}, {}, FIRST_ROUND, 0, {}
  for index, row in ipairs(answers) do
    if index % THREADS == number then
      rows[#rows + 1] = row
      numbers[#numbers + 1] = index
    end
  end
end
function request()
  turn = turn + 1
  if turn > #rows then turn = 1; round = round + 1 end
  local row = rows[turn]
  return wrk.format("PUT", row.path, row.headers, string.format(row.body, round * #answers + numbers[turn]))
end
function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format("FIGURES %d %d %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(95), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
  for _, thread in ipairs(threads) do
    for number, sequence in pairs(thread:get("acknowledged")) do
      print(string.format("ACKNOWLEDGED %d %d", number, sequence))
    end
  end
end
"#;

/// Costs the generator more than the server: only for runs of which the figures are not read.
const KEEP_ACKNOWLEDGEMENTS: &str = r#"
function response(status, headers, body)
  if status ~= 200 then return end
  for sequence in body:gmatch('"sequence":(%d+)') do
    sequence = tonumber(sequence)
    local number = (sequence - 1) % #answers + 1
    acknowledged[number] = math.max(acknowledged[number] or 0, sequence)
  end
end
"#;

/// Every answer that is saved: who sends it, and what.
pub(crate) struct Answers {
    /// The attempt, the question and the response of each.
    rows: Vec<(String, String, Value)>,
    table: String,
    next_round: u64,
}

/// What a run came to.
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    /// Of 50, 95 and 99 of 100 requests, in milliseconds.
    pub(crate) latency_milliseconds: [f64; 3],
    /// Replies that were no success, and requests without one.
    pub(crate) failed: u64,
    acknowledged: HashMap<usize, u64>,
}

impl Answers {
    /// Signs `demo`'s students in and takes all questions of each: question by question, so that neighbours are of
    /// different students.
    pub(crate) fn of(demo: &Demo, service: &Service) -> Self {
        let count = demo.students.len();
        let students: Vec<Student> = (0..count)
            .map(|number| demo.student(service, number))
            .collect();
        let (mut rows, mut table) = (Vec::new(), String::from("answers = {}\n"));
        for question in 0..students[0].questions().len() {
            for (number, student) in students.iter().enumerate() {
                let answer = student.answer(question, 987_654_321, number);
                let (path, body) = student.save_request(std::slice::from_ref(&answer));
                // The sequence is formatted into the body, so that nothing else in it may look like a format.
                let body = body.to_string().replace("987654321", "%d");
                let bearer = student.client.bearer().expect("a student has signed in");
                let attempt = student.attempt_id().to_owned();
                rows.push((attempt, answer.question_id, answer.response));
                writeln!(
                    table,
                    "answers[{}] = {{path='{path}', body='{body}', headers={{['content-type']='application/json', authorization='{bearer}'}}}}",
                    rows.len()
                )
                .expect("a string takes text");
            }
        }
        Self {
            rows,
            table,
            next_round: 1,
        }
    }

    /// How many different answers are saved.
    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Saves for so long over so many connections.
    pub(crate) fn save(&mut self, service: &Service, connections: u32, seconds: u32) -> Figures {
        self.run(service, connections, seconds, "")
    }

    /// The same, after which every acknowledged answer must be stored; how many there are.
    pub(crate) fn save_and_compare(
        &mut self,
        service: &Service,
        connections: u32,
        seconds: u32,
    ) -> usize {
        let figures = self.run(service, connections, seconds, KEEP_ACKNOWLEDGEMENTS);
        assert_eq!(figures.failed, 0, "saves were refused");
        let stored = service.stored_answers();
        let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let stored: HashMap<(String, String), &Value> = stored
            .iter()
            .map(|line| ((text(line, "attempt_id"), text(line, "question_id")), line))
            .collect();
        for (number, sequence) in &figures.acknowledged {
            let (attempt, question, response) = &self.rows[number - 1];
            let line = stored.get(&(attempt.clone(), question.clone()));
            let is_there = line.is_some_and(|line| {
                line["sequence"].as_u64() >= Some(*sequence) && line["response"] == *response
            });
            assert!(
                is_there,
                "{sequence} of {question} was acknowledged, stored is {line:?}"
            );
        }
        figures.acknowledged.len()
    }

    fn run(&mut self, service: &Service, connections: u32, seconds: u32, more: &str) -> Figures {
        let script = SCRIPT
            .replace("FIRST_ROUND", &self.next_round.to_string())
            .replace("THREADS", &THREADS.to_string());
        // Far beyond what a run can use up, so that no later run is refused as stale.
        self.next_round += 100_000;
        let file = service.directory().join("save.lua");
        std::fs::write(&file, [&self.table, script.as_str(), more].concat())
            .expect("the service's folder can be written");
        let output = Command::new("wrk")
            .args([
                &format!("-t{THREADS}"),
                &format!("-c{connections}"),
                &format!("-d{seconds}s"),
                "-s",
            ])
            .args([&file.display().to_string(), &service.url()])
            .output()
            .expect("wrk is installed (Debian package wrk)");
        parse(&String::from_utf8_lossy(&output.stdout))
    }
}

fn parse(text: &str) -> Figures {
    let numbers = |line: &str| -> Vec<u64> {
        line.split_whitespace()
            .skip(1)
            .map(|number| number.parse().unwrap_or_else(|_| panic!("{line}")))
            .collect()
    };
    let line = text.lines().find(|line| line.starts_with("FIGURES "));
    let line = line.unwrap_or_else(|| panic!("wrk printed no figures:\n{text}"));
    let [requests, microseconds, p50, p95, p99, refused, broken] = numbers(line)[..] else {
        panic!("{line}");
    };
    let float = |number: u64| f64::from(u32::try_from(number).expect("a figure of a short run"));
    let acknowledged = text
        .lines()
        .filter(|line| line.starts_with("ACKNOWLEDGED "))
        .map(|line| match numbers(line)[..] {
            [number, sequence] => (
                usize::try_from(number).expect("a number of an answer"),
                sequence,
            ),
            _ => panic!("{line}"),
        });
    Figures {
        per_second: float(requests) / (float(microseconds) / 1e6),
        latency_milliseconds: [p50, p95, p99].map(|microseconds| float(microseconds) / 1e3),
        failed: refused + broken,
        acknowledged: acknowledged.collect(),
    }
}
