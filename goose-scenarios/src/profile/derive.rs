//! A profile for a real exam: as many students, and as long, as it has.

use std::{fmt::Write as _, time::Duration};

use serde::Deserialize;

use super::quantity::render_duration;

/// As the students' pages do: `SAVE_EVERY_MS` and `HEARTBEAT_EVERY_MS` of the exam page.
const SAVE_EVERY: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Students sign in within so long before an exam begins, most of them early.
const LOGIN: Duration = Duration::from_mins(10);
/// A start and a hand-in of everybody, as the clock makes them.
const RUSH: Duration = Duration::from_secs(10);

/// What is asked of an exam to plan its load.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ExamFacts {
    pub id: String,
    pub code: String,
    pub title: String,
    /// How long each student has.
    pub duration_seconds: u64,
    pub question_count: u32,
    /// Who may sit it; counted apart.
    #[serde(default)]
    pub candidate_count: u32,
}

/// The text of a profile for such an exam. `sitting` shortens the time in which answers are saved, and the login with
/// it; the intervals stay.
///
/// # Errors
/// A sentence for an exam that nobody may sit, or that asks nothing.
pub fn derive_profile(exam: &ExamFacts, sitting: Option<Duration>) -> Result<String, String> {
    if exam.candidate_count == 0 || exam.question_count == 0 {
        return Err(format!(
            "the exam {} has {} candidates and {} questions: a load needs both",
            exam.code, exam.candidate_count, exam.question_count
        ));
    }
    let whole = Duration::from_secs(exam.duration_seconds).max(SAVE_EVERY);
    let sitting = sitting.unwrap_or(whole).clamp(SAVE_EVERY, whole);
    let share = sitting.as_secs_f64() / whole.as_secs_f64();
    // Not faster than one login in 10 ms: hashing of passwords takes processors.
    let fastest = Duration::from_millis(10) * exam.candidate_count;
    let login = LOGIN.mul_f64(share).max(fastest).max(RUSH);
    let samples = exam.candidate_count.min(1000);
    let name: String = format!("exam-{}", exam.code)
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let mut text = String::new();
    // A title is one line, whatever it holds.
    let title: String = exam
        .title
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    let seconds = |duration: Duration| render_duration(Duration::from_secs(duration.as_secs()));
    let written = write!(
        text,
        "# From the exam {code}, \"{title}\": {candidates} candidates, {questions} questions, {minutes} minutes each.
# The intervals are those of the students' pages; the limits are those of online-5000.
name: {name}
users: {{ count: {candidates} }}
seed: 7
client: {{ timeout: 10s, save_attempts: 5 }}
phases:
  - {{ name: login, run: login_storm, duration: {login}, shape: front_loaded, settle: 5s }}
  - {{ name: start, run: exam_start, duration: {rush}, settle: 5s }}
  - {{ name: sit, run: autosave, duration: {sitting}, every: {every}, answers: 1, heartbeat: {heartbeat} }}
  - {{ name: submit, run: submit_storm, duration: {rush}, shape: deadline, settle: 20s }}
  - {{ name: results, run: results_storm, duration: {rush} }}
gates:
  defaults: {{ error_rate: 1%, min_samples: {samples}, achieved_of_offered: 99% }}
  endpoints:
    POST login: {{ p95: 5s }}
    POST attempts: {{ p95: 2s }}
    PUT answers: {{ p95: 200ms, p99: 500ms }}
    POST submit: {{ p95: 5s }}
    GET result: {{ p95: 1s }}
",
        code = exam.code,
        candidates = exam.candidate_count,
        questions = exam.question_count,
        minutes = exam.duration_seconds / 60,
        login = seconds(login),
        rush = seconds(RUSH),
        sitting = seconds(sitting),
        every = seconds(SAVE_EVERY),
        heartbeat = seconds(HEARTBEAT),
    );
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Overrides, Profile, ProfileSource};

    fn exam() -> ExamFacts {
        ExamFacts {
            id: "0199".into(),
            code: "LAW 101/b".into(),
            title: "Law\n name: x".into(),
            duration_seconds: 5400,
            question_count: 60,
            candidate_count: 730,
        }
    }

    fn derived(exam: &ExamFacts, sitting: Option<Duration>) -> Profile {
        let source = ProfileSource {
            text: derive_profile(exam, sitting).unwrap(),
            origin: "derived".into(),
        };
        source.parse(&Overrides::default()).unwrap()
    }

    #[test]
    fn a_profile_has_the_size_and_the_length_of_its_exam() {
        let profile = derived(&exam(), None);
        assert_eq!(
            (profile.name.as_str(), profile.users.count),
            ("exam-law-101-b", 730)
        );
        assert_eq!(profile.phases[2].duration, Duration::from_mins(90));
        assert_eq!(profile.phases[0].duration, Duration::from_mins(10));
        assert_eq!(profile.gates.defaults.min_samples, 730);
    }

    #[test]
    fn a_shorter_sitting_keeps_the_intervals() {
        let profile = derived(&exam(), Some(Duration::from_mins(9)));
        assert_eq!(profile.phases[2].duration, Duration::from_mins(9));
        assert_eq!(profile.phases[2].every, Some(SAVE_EVERY));
        assert_eq!(profile.phases[0].duration, Duration::from_mins(1));
        // Never longer than the exam, never nothing.
        assert_eq!(
            derived(&exam(), Some(Duration::from_hours(9))).phases[2].duration,
            Duration::from_mins(90)
        );
        assert_eq!(
            derived(&exam(), Some(Duration::ZERO)).phases[2].duration,
            SAVE_EVERY
        );
    }

    #[test]
    fn an_exam_for_nobody_has_no_load() {
        let nobody = ExamFacts {
            candidate_count: 0,
            ..exam()
        };
        let error = derive_profile(&nobody, None).unwrap_err();
        assert!(error.contains("LAW 101/b has 0 candidates"), "{error}");
    }
}
