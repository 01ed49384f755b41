//! A load run from its making to its end, by the program's own commands, beside an exam of people.

use integration_tests::service::{Demo, Service};
use integration_tests::student::{Answer, Student};
use serde_json::{Value, json};

/// As many as an exam day has.
const STUDENTS: usize = 5000;

#[track_caller]
fn printed(service: &Service, arguments: &[&str]) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap();
    let text = service.run_successfully(arguments);
    text.lines().map(parse).collect()
}

#[track_caller]
fn refused(service: &Service, arguments: &[&str], words: &str) {
    let output = service.run(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert!(error.contains(words), "{arguments:?}: {error}");
}

fn answers(student: &Student) -> Vec<Answer> {
    let questions = student.questions().len();
    let answer = |index| student.answer(index, 1, index);
    (0..questions).map(answer).collect()
}

/// On an installation whose database is empty.
pub(super) fn a_load_run_comes_and_goes(service: &mut Service) {
    let demo = service.prepare_demo(1);
    service.set("APP_ENV", "production");
    refused(service, &["seed-demo"], "refused in production");
    let count = STUDENTS.to_string();
    let seed = ["load", "seed", "--run", "night-1", "--students", &count];
    let text = service.run_successfully(&seed);
    let load = Demo::parse(&text);
    assert_eq!(load.students.len(), STUDENTS);
    refused(service, &seed, "exam-service load purge --run night-1");
    service.set("APP_ENV", "demo");
    service.start();

    let person = demo.student(service, 0);
    person.save(&answers(&person)).unwrap().expect(200);
    let of_person = service.stored_answers();
    for number in [0, STUDENTS - 1] {
        let student = load.student(service, number);
        assert_eq!(student.questions().len(), 10);
        student.save(&answers(&student)).unwrap().expect(200);
        let target = student.client.get("/api/v1/load/target").unwrap();
        let target = target.expect(200);
        let told = (&target["run"], &target["open_exams"]);
        assert_eq!(told, (&json!("night-1"), &json!(0)));
        if number == 0 {
            student.submit().unwrap().expect(200);
        }
    }
    let listed = printed(service, &["load", "list"]);
    let counts = ["accounts", "attempts", "open_attempts"].map(|name| &listed[0][name]);
    assert_eq!(counts, [&json!(STUDENTS), &json!(2), &json!(1)]);
    let of_run = printed(service, &["stored-answers", "--run", "night-1"]);
    assert_eq!(of_run.len(), 20);
    let by_exam = printed(service, &["stored-answers", "--exam", &load.exam_id]);
    assert_eq!(by_exam, of_run);

    refused(service, &["load", "purge"], "--all");
    let purge = ["load", "purge", "--run", "night-1"];
    let expected = json!({
        "runs": ["night-1"], "accounts": STUDENTS, "exams": 1, "attempts": 2, "answers": 20
    });
    assert_eq!(printed(service, &purge), [expected]);
    let nothing = json!({ "runs": [], "accounts": 0, "exams": 0, "attempts": 0, "answers": 0 });
    assert_eq!(printed(service, &purge), [nothing]);
    assert_eq!(service.stored_answers(), of_person);
    person.submit().unwrap().expect(200);
    assert_eq!(service.stop(), 0);
}

#[test]
fn a_load_run_comes_and_goes_on_sqlite() {
    a_load_run_comes_and_goes(&mut Service::new());
}

#[test]
fn the_name_of_a_load_run_is_plain() {
    let service = Service::new();
    for name in ["", "Night", "a/b", "a b"] {
        let seed = ["load", "seed", "--students", "1", "--run", name];
        refused(&service, &seed, "1 to 40 characters");
    }
}
