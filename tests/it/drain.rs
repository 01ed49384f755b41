//! A server that is asked to end finishes what it has accepted.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use integration_tests::service::Service;
use integration_tests::student::{Answer, Student};
use integration_tests::waiting::wait_for;
use serde_json::Value;

/// A save whose head the server has read, and whose body it is waiting for.
struct HalfSentSave {
    stream: BufReader<TcpStream>,
    body: String,
}

impl HalfSentSave {
    /// Sends everything but the body, and waits until the server asks for it: then it has accepted the request.
    fn begin(service: &Service, student: &Student, answer: &Answer) -> Self {
        let (path, body) = student.save_request(std::slice::from_ref(answer));
        let body = body.to_string();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, service.port())).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        write!(
            stream,
            "PUT {path} HTTP/1.1\r\nhost: exam.test\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
            student.token,
            body.len()
        )
        .unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 100"), "{line}");
        stream.read_line(&mut line).unwrap();
        Self { stream, body }
    }

    /// Sends the body; the head of the answer in lower case, and its body.
    fn complete(mut self) -> (String, String) {
        self.stream
            .get_mut()
            .write_all(self.body.as_bytes())
            .unwrap();
        let mut text = String::new();
        // Up to the end: the server closes a connection that it drains.
        self.stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("an HTTP response");
        (head.to_lowercase(), body.to_owned())
    }
}

fn sequence_stored_for(stored: &[Value], student: &Student, answer: &Answer) -> Option<u64> {
    let mut rows = stored.iter();
    rows.find(|row| {
        row["login"] == student.login.as_str() && row["question_id"] == answer.question_id.as_str()
    })
    .and_then(|row| row["sequence"].as_u64())
}

#[test]
fn requests_accepted_before_sigterm_are_answered_and_stored() {
    let mut service = Service::new();
    let demo = service.prepare_demo(8);
    service.start();
    let half_sent: Vec<_> = (0..8)
        .map(|number| {
            let student = demo.student(&service, number);
            let answer = student.answer(0, 1, number);
            let save = HalfSentSave::begin(&service, &student, &answer);
            (student, answer, save)
        })
        .collect();

    service.terminate();
    wait_for("the end of accepting", Duration::from_secs(10), || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, service.port())).err()
    });
    let answered: Vec<_> = half_sent
        .into_iter()
        .map(|(student, answer, save)| {
            let (head, body) = save.complete();
            assert!(head.starts_with("http/1.1 200"), "{head}\n{body}");
            assert!(head.contains("connection: close"), "{head}");
            (student, answer)
        })
        .collect();
    assert_eq!(service.wait(), 0, "{}", service.log());

    let stored = service.stored_answers();
    for (student, answer) in &answered {
        assert_eq!(
            sequence_stored_for(&stored, student, answer),
            Some(1),
            "{}",
            student.login
        );
    }
}

#[test]
fn an_end_under_load_loses_no_acknowledged_answer() {
    let mut service = Service::new();
    let demo = service.prepare_demo(8);
    service.start();
    let students: Vec<Student> = (0..8)
        .map(|number| demo.student(&service, number))
        .collect();

    let acknowledged = AtomicU64::new(0);
    let last_acknowledged: Vec<(Student, Answer)> = std::thread::scope(|scope| {
        let acknowledged = &acknowledged;
        let workers: Vec<_> = students
            .into_iter()
            .map(|student| {
                scope.spawn(move || {
                    let mut last = student.answer(0, 1, 0);
                    for sequence in 1.. {
                        let answer = student.answer(0, sequence, fastrand::usize(..100));
                        // The end of the connection is the end of the work: there is no second life here.
                        match student.save(std::slice::from_ref(&answer)) {
                            Ok(reply) if reply.status == 200 => last = answer,
                            Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.text),
                            Err(_) => break,
                        }
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                    }
                    (student, last)
                })
            })
            .collect();
        wait_for("saving", Duration::from_secs(30), || {
            (acknowledged.load(Ordering::SeqCst) > 100).then_some(())
        });
        assert_eq!(service.stop(), 0, "{}", service.log());
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });

    let stored = service.stored_answers();
    for (student, answer) in &last_acknowledged {
        let sequence = sequence_stored_for(&stored, student, answer);
        assert!(
            sequence >= Some(answer.sequence),
            "{}: {sequence:?} < {}",
            student.login,
            answer.sequence
        );
    }
}
