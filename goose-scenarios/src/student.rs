//! One student's exam day: log in, open the exam, save again and again, submit, look at the result.
//!
//! A student who cannot go on is dead and stops: nobody sits an exam without a login.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    endpoint::Endpoint,
    plan::{Chance, Timetable},
    run::{Run, Stopped},
    saving::{self, Sheet},
    step::{Call, Failure, send},
    wire,
};

/// How a student's day ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Finished,
    Interrupted,
    /// With the reason; it names no person, so that equal ones can be counted.
    Dead(String),
}

impl From<Stopped> for End {
    fn from(_: Stopped) -> Self {
        Self::Interrupted
    }
}

/// What every step of one student needs.
#[derive(Debug)]
pub(crate) struct Student<'a> {
    pub(crate) run: &'a Run,
    pub(crate) user: u32,
    pub(crate) client: Client,
    pub(crate) token: String,
    pub(crate) chance: Chance,
}

/// The whole day of the student with this number.
pub(crate) async fn sit_exam(run: &Run, user: u32) -> End {
    match day(run, user).await {
        Ok(()) => End::Finished,
        Err(end) => end,
    }
}

async fn day(run: &Run, user: u32) -> Result<(), End> {
    let index = usize::try_from(user).unwrap_or(usize::MAX);
    let (Some(timetable), Some(login)) = (
        run.plan.timetables.get(index),
        run.credentials.logins.get(index),
    ) else {
        return Err(End::Dead(
            "no timetable or no login for this user".to_owned(),
        ));
    };
    let mut student = log_in(run, user, timetable, login).await?;
    let exam = student.choose_exam().await?;
    let attempt = student.start(&exam).await?;
    let mut sheet = Sheet::new(&attempt, timetable.seed)
        .ok_or_else(|| End::Dead("the paper has no question of a known kind".to_owned()))?;
    student.save_by_timetable(timetable, &mut sheet).await?;
    run.wait_until(run.epoch + timetable.submit).await?;
    student
        .submit(&attempt.id, run.epoch + timetable.submit)
        .await?;
    student.read_result(&attempt.id).await
}

async fn log_in<'a>(
    run: &'a Run,
    user: u32,
    timetable: &Timetable,
    login: &str,
) -> Result<Student<'a>, End> {
    let client = run.clients.build().map_err(End::Dead)?;
    let intended = run.epoch + timetable.login;
    run.wait_until(intended).await?;
    let mut student = Student {
        run,
        user,
        client,
        token: String::new(),
        chance: Chance::new(timetable.seed, 1),
    };
    let body = json!({ "login": login, "password": run.credentials.password.expose() });
    let response: wire::LoginResponse = student
        .operation(
            Endpoint::Login,
            intended,
            "/api/v1/auth/login".to_owned(),
            Some(body),
            |answer: &wire::LoginResponse| !answer.access_token.is_empty(),
        )
        .await?;
    student.token = response.access_token;
    Ok(student)
}

impl Student<'_> {
    async fn choose_exam(&self) -> Result<String, End> {
        let list: wire::ExamList = self
            .operation(
                Endpoint::ListExams,
                Instant::now(),
                "/api/v1/my/exams".to_owned(),
                None,
                |_| true,
            )
            .await?;
        if let Some(exam) = &self.run.exam_id {
            return Ok(exam.clone());
        }
        match list.exams.iter().find(|exam| exam.can_be_sat()) {
            Some(exam) => Ok(exam.id.clone()),
            None if list.exams.is_empty() => {
                Err(End::Dead("no exam is open to this student".to_owned()))
            }
            None => Err(End::Dead(
                "this student has submitted every exam already: use fresh logins or another exam"
                    .to_owned(),
            )),
        }
    }

    async fn start(&self, exam: &str) -> Result<wire::Attempt, End> {
        let path = format!("/api/v1/exams/{exam}/attempts");
        let attempt: wire::Attempt = self
            .operation(Endpoint::StartAttempt, Instant::now(), path, None, |_| true)
            .await?;
        self.run
            .ledger()
            .opened(self.user, &attempt.id, &attempt.stored());
        if attempt.is_submitted() {
            return Err(End::Dead(
                "this student has submitted this exam already: use fresh logins or another exam"
                    .to_owned(),
            ));
        }
        Ok(attempt)
    }

    async fn save_by_timetable(
        &mut self,
        timetable: &Timetable,
        sheet: &mut Sheet,
    ) -> Result<(), End> {
        let instants: Vec<Instant> = timetable
            .saves
            .iter()
            .map(|save| self.run.epoch + *save)
            .collect();
        let mut next = 0;
        while let Some(intended) = instants.get(next).copied() {
            self.run.wait_until(intended).await?;
            // As the browser does: what became due while an answer was outstanding is one save,
            // measured from the first moment it was due.
            let now = Instant::now();
            let due = instants
                .iter()
                .skip(next)
                .take_while(|instant| **instant <= now)
                .count()
                .max(1);
            next += due;
            let coalesced = u64::try_from(due - 1).unwrap_or(u64::MAX);
            self.run
                .recorder()
                .operations_coalesced(Endpoint::SaveAnswers, coalesced);
            saving::save(self, sheet, intended).await?;
        }
        Ok(())
    }

    async fn submit(&self, attempt: &str, intended: Instant) -> Result<(), End> {
        let path = format!("/api/v1/attempts/{attempt}/submit");
        let _: wire::Submission = self
            .operation(
                Endpoint::Submit,
                intended,
                path,
                None,
                |answer: &wire::Submission| answer.state == "submitted",
            )
            .await?;
        self.run
            .ledger()
            .submission_acknowledged(self.user, attempt);
        Ok(())
    }

    async fn read_result(&self, attempt: &str) -> Result<(), End> {
        let path = format!("/api/v1/attempts/{attempt}/result");
        let _: wire::ExamResult = self
            .operation(
                Endpoint::ReadResult,
                Instant::now(),
                path,
                None,
                |answer: &wire::ExamResult| answer.max_score >= 0.0,
            )
            .await?;
        Ok(())
    }

    /// An operation of a single request without which the student cannot go on.
    async fn operation<T: serde::de::DeserializeOwned>(
        &self,
        endpoint: Endpoint,
        intended: Instant,
        path: String,
        body: Option<serde_json::Value>,
        accept: impl FnOnce(&T) -> bool,
    ) -> Result<T, End> {
        if self.run.is_stopped() {
            return Err(End::Interrupted);
        }
        self.run.operation_started(endpoint);
        let call = Call {
            endpoint,
            method: match endpoint {
                Endpoint::ListExams | Endpoint::ReadResult => Method::GET,
                _ => Method::POST,
            },
            path,
            token: (!self.token.is_empty()).then_some(self.token.as_str()),
            body,
        };
        let outcome = send(self.run, &self.client, call, accept).await;
        self.run
            .operation_ended(endpoint, outcome.is_ok(), intended);
        outcome.map_err(|failure| End::Dead(describe(endpoint, &failure)))
    }
}

fn describe(endpoint: Endpoint, failure: &Failure) -> String {
    let title = failure
        .body
        .as_ref()
        .and_then(|body| body["title"].as_str());
    match title {
        Some(title) => format!("{endpoint} failed: {} {title}", failure.status),
        None => format!("{endpoint} failed: {}", failure.status),
    }
}

/// How long to wait before the next of several tries: doubling from 200 ms, half of it by chance,
/// and never longer than 5 s, whatever the server asks for.
pub(crate) fn plan_back_off(
    tries: u32,
    asked_for: Option<Duration>,
    chance: &mut Chance,
) -> Duration {
    const LONGEST: Duration = Duration::from_secs(5);
    let doubled =
        Duration::from_millis(200).saturating_mul(1_u32 << tries.saturating_sub(1).min(10));
    let half = doubled.min(LONGEST) / 2;
    (half + chance.within(half))
        .max(asked_for.unwrap_or_default())
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_grows_is_jittered_and_has_an_end() {
        let mut chance = Chance::new(1, 1);
        for tries in 1..=30 {
            let wait = plan_back_off(tries, None, &mut chance);
            assert!(
                wait >= Duration::from_millis(100) && wait <= Duration::from_secs(5),
                "{wait:?}"
            );
        }
        let first = plan_back_off(1, None, &mut chance);
        assert_ne!(first, plan_back_off(1, None, &mut chance));
        assert!(plan_back_off(6, None, &mut chance) > first);
    }

    #[test]
    fn server_may_ask_for_patience_but_not_without_end() {
        let mut chance = Chance::new(1, 1);
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(
            plan_back_off(1, asked(2), &mut chance),
            Duration::from_secs(2)
        );
        assert_eq!(
            plan_back_off(1, asked(3600), &mut chance),
            Duration::from_secs(5)
        );
    }
}
