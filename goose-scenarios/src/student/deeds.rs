//! What a student does: open an exam, say that they are there, come back, hand in, look at the result.

use serde_json::json;
use tokio::time::Instant;

use super::{End, Sheet, Student, wire};
use crate::record::Endpoint;

impl Student<'_> {
    pub(super) async fn start_exam(
        &mut self,
        phase: usize,
        intended: Instant,
        seed: u64,
    ) -> Result<(), End> {
        let exam = self.choose_exam(phase, intended).await?;
        let path = format!("/api/v1/exams/{exam}/attempts");
        let mut start = Self::post(phase, Endpoint::StartAttempt, Instant::now(), path);
        start.attempts = self.run.profile.client.save_attempts;
        let attempt: wire::Attempt = self.need(start, |_| true).await?;
        self.run
            .ledger()
            .opened(self.user, &attempt.id, &attempt.stored());
        if attempt.is_submitted() {
            return Err(End::Dead(
                "this student has submitted this exam already: use fresh logins or another exam"
                    .to_owned(),
            ));
        }
        let sheet = Sheet::new(&attempt, seed)
            .ok_or_else(|| End::Dead("the paper has no question of a known kind".to_owned()))?;
        self.sheet = Some(sheet);
        Ok(())
    }

    async fn choose_exam(&mut self, phase: usize, intended: Instant) -> Result<String, End> {
        let mut exams = Self::get(
            phase,
            Endpoint::ListExams,
            intended,
            "/api/v1/my/exams".to_owned(),
        );
        exams.attempts = self.run.profile.client.save_attempts;
        let list: wire::ExamList = self.need(exams, |_| true).await?;
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

    /// The page says that it is there. One that fails is forgotten: the next comes in any case.
    pub(super) async fn beat(&mut self, phase: usize, intended: Instant) -> Result<(), End> {
        let attempt = self.attempt()?;
        let path = format!("/api/v1/attempts/{attempt}/events");
        let mut beat = Self::post(phase, Endpoint::ReportEvents, intended, path);
        beat.body = Some(json!({ "events": [] }));
        let sent = self
            .perform(beat, |news: &wire::News| !news.state.is_empty())
            .await;
        match sent {
            Err(None) => Err(End::Interrupted),
            _ => Ok(()),
        }
    }

    /// A new connection, and everything read anew.
    pub(super) async fn reconnect(&mut self, phase: usize, intended: Instant) -> Result<(), End> {
        self.client = self.run.clients.build().map_err(End::Dead)?;
        self.read_back(phase, intended).await
    }

    /// Reads everything anew: what was acknowledged must be in it.
    pub(super) async fn read_back(&mut self, phase: usize, intended: Instant) -> Result<(), End> {
        let id = self.attempt()?;
        let path = format!("/api/v1/attempts/{id}");
        let mut resumption = Self::get(phase, Endpoint::ResumeAttempt, intended, path);
        resumption.attempts = self.run.profile.client.save_attempts;
        let accept = |attempt: &wire::Attempt| *attempt.id == *id;
        let attempt: wire::Attempt = self.need(resumption, accept).await?;
        self.run.ledger().shown(&attempt.id, &attempt.stored());
        Ok(())
    }

    pub(super) async fn submit(&mut self, phase: usize, intended: Instant) -> Result<(), End> {
        let id = self.attempt()?;
        let path = format!("/api/v1/attempts/{id}/submit");
        let mut submission = Self::post(phase, Endpoint::Submit, intended, path);
        submission.attempts = self.run.profile.client.save_attempts;
        let accept = |answer: &wire::Submission| answer.state == "submitted";
        let _: wire::Submission = self.need(submission, accept).await?;
        self.run.ledger().submission_acknowledged(self.user, &id);
        Ok(())
    }

    pub(super) async fn read_result(&mut self, phase: usize, intended: Instant) -> Result<(), End> {
        let id = self.attempt()?;
        let path = format!("/api/v1/attempts/{id}/result");
        let result = Self::get(phase, Endpoint::ReadResult, intended, path);
        let accept = |answer: &wire::ExamResult| answer.max_score >= 0.0;
        let _: wire::ExamResult = self.need(result, accept).await?;
        Ok(())
    }

    /// The attempt that is open. A profile in which there is none at this point was refused.
    fn attempt(&self) -> Result<std::sync::Arc<str>, End> {
        let sheet = self.sheet.as_ref();
        sheet
            .map(|sheet| sheet.attempt().clone())
            .ok_or_else(|| End::Dead("a defect in the load generator: no exam is open".to_owned()))
    }
}
