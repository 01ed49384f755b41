//! The life of an attempt, and the one rule by which a save is taken or refused.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::answer::{Answer, Refusal, RefusalReason, StoredAnswer};
use super::ids::{AttemptId, DeviceId, ExamId, QuestionId, UserId};
use super::paper::navigation::NavigationRefusal;
use super::paper::{Layout, Navigation, Paper};
use super::timing;

/// Where an attempt stands at a given moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Answers are taken.
    Open,
    /// Deadline and grace are over, but nobody has closed it yet.
    Overdue,
    /// Handed in, by the student or at the deadline.
    Submitted,
}

/// One student's sitting of one exam, without its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which attempt.
    pub id: AttemptId,
    /// Whose.
    pub owner: UserId,
    /// Of which exam.
    pub exam_id: ExamId,
    /// When its time is over (grace not included); while it is paused, as it was when the pause began.
    pub deadline_at: DateTime<Utc>,
    /// When it was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Since when its clock stands still: an invigilator wants it, or its student is on a break.
    pub paused_at: Option<DateTime<Utc>>,
}

impl Attempt {
    /// What the attempt's own clock shows at `now`: it stands still while the attempt is paused.
    fn clock_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.paused_at.map_or(now, |paused_at| now.min(paused_at))
    }

    /// Milliseconds until its time is over, never negative; the same throughout a pause.
    pub fn remaining_ms(&self, now: DateTime<Utc>) -> i64 {
        timing::remaining_ms(self.clock_at(now), self.deadline_at)
    }

    /// Whether its time is over and every save that was received in time has been stored or refused.
    pub fn is_settled(&self, now: DateTime<Utc>) -> bool {
        timing::is_settled(self.clock_at(now), self.deadline_at)
    }

    /// Where the attempt stands at `now`. One that is paused is open: what its student did before the pause became known
    /// to them may still be on its way, for as long as the pause lasts, and a pause never costs an answer. What was saved
    /// meanwhile can be seen from the times in its history.
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        if self.submitted_at.is_some() {
            Phase::Submitted
        } else if timing::is_late(self.clock_at(now), self.deadline_at) {
            Phase::Overdue
        } else {
            Phase::Open
        }
    }

    /// When a submission arriving at `now` counts as made: an overdue attempt is handed in at its deadline.
    pub fn submission_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match (self.submitted_at, self.phase(now)) {
            (Some(submitted_at), _) => submitted_at,
            (None, Phase::Overdue) => self.deadline_at,
            (None, _) => now,
        }
    }
}

/// How a save was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It changes what is stored.
    Stored,
    /// It is what is stored already: nothing to write, the same acknowledgement.
    Repeated,
}

/// What else decides about a save, and what its sender is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The computer that holds the attempt, if one was named.
    pub device: Option<DeviceId>,
    /// Since when it does.
    pub held_since: Option<DateTime<Utc>>,
    /// The furthest place in the layout that was answered, from 0; known only where one cannot go back.
    pub furthest: Option<usize>,
    /// Counts what staff changed.
    pub revision: i64,
    /// What of it the page has confirmed.
    pub seen_revision: i64,
    /// Whether the page has to hide what it shows.
    pub is_blanked: bool,
    /// While its student is on a break: until when the clock stands still for it.
    pub break_ends_at: Option<DateTime<Utc>>,
}

impl Standing {
    /// Whether another computer than `device` holds the attempt. Who names none is not told apart.
    pub fn is_elsewhere(&self, device: Option<DeviceId>) -> bool {
        matches!((self.device, device), (Some(holder), Some(device)) if holder != device)
    }
}

/// What one attempt is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The exam's paper.
    pub paper: &'a Paper,
    /// The attempt's own questions; `None` where everybody has the same and may go anywhere ([`Paper::is_plain`]).
    pub layout: Option<&'a Layout>,
}

/// From where and when a save comes.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The computer, if it names itself.
    pub device: Option<DeviceId>,
    /// When the server received it.
    pub received_at: DateTime<Utc>,
    /// When it is being stored.
    pub saved_at: DateTime<Utc>,
}

/// An attempt together with those of its answers that are about to be saved.
///
/// Saves are taken one after the other; each sees what the ones before it left.
#[derive(Debug)]
pub struct AnswerSheet {
    attempt: Attempt,
    standing: Standing,
    answers: HashMap<QuestionId, StoredAnswer>,
}

impl AnswerSheet {
    /// A sheet over what the database has.
    pub fn new(
        attempt: Attempt,
        standing: Standing,
        stored: impl IntoIterator<Item = StoredAnswer>,
    ) -> Self {
        let answers = stored
            .into_iter()
            .map(|answer| (answer.question_id, answer))
            .collect();
        Self {
            attempt,
            standing,
            answers,
        }
    }

    /// What else decides about a save.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Notes what the page has confirmed; whether that is new.
    pub fn confirm(&mut self, seen_revision: i64) -> bool {
        let seen = seen_revision.min(self.standing.revision);
        let is_new = seen > self.standing.seen_revision;
        self.standing.seen_revision = self.standing.seen_revision.max(seen);
        is_new
    }

    /// The attempt.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Adds what the database has for one more question.
    pub fn insert_stored(&mut self, answer: StoredAnswer) {
        self.answers.insert(answer.question_id, answer);
    }

    /// The answer to a question as it stands.
    pub fn answer(&self, question: QuestionId) -> Option<&StoredAnswer> {
        self.answers.get(&question)
    }

    /// Takes or refuses one save.
    ///
    /// A repeat of what is stored is acknowledged again, even after the attempt was closed: it is true and changes
    /// nothing. Everything else needs an open attempt, a question that this attempt is asked and that is not closed, an
    /// answer that fits it and a higher sequence. A computer that no longer holds the attempt can still bring what was
    /// answered on it before (sequences are the page's count of the server's milliseconds), and nothing newer.
    ///
    /// # Errors
    /// The refusal, with what is stored instead.
    pub fn accept(
        &mut self,
        asked: Asked<'_>,
        answer: &Answer,
        origin: Origin,
    ) -> Result<Acceptance, Refusal> {
        self.take(asked, answer, origin.saved_at, |sheet| {
            sheet.check(asked, answer, origin)
        })
    }

    /// Takes or refuses an answer out of an emergency file that staff have accepted, whether the attempt is open or not
    /// and whichever computer holds it. All else is as in [`AnswerSheet::accept`].
    ///
    /// # Errors
    /// The refusal, with what is stored instead.
    pub fn accept_from_file(
        &mut self,
        asked: Asked<'_>,
        answer: &Answer,
        saved_at: DateTime<Utc>,
    ) -> Result<Acceptance, Refusal> {
        self.take(asked, answer, saved_at, |sheet| {
            sheet.check_answer(asked, answer)
        })
    }

    fn take(
        &mut self,
        asked: Asked<'_>,
        answer: &Answer,
        saved_at: DateTime<Utc>,
        check: impl FnOnce(&Self) -> Result<(), RefusalReason>,
    ) -> Result<Acceptance, Refusal> {
        let current = self.answers.get(&answer.question_id);
        if current.is_some_and(|stored| stored.is_repeated_by(answer)) {
            return Ok(Acceptance::Repeated);
        }
        if let Err(reason) = check(self) {
            return Err(Refusal {
                reason,
                current: current.cloned(),
            });
        }
        let stored = self.as_stored(answer, saved_at);
        if let Some(layout) = asked
            .layout
            .filter(|_| asked.paper.rules.navigation != Navigation::Free)
        {
            let place = layout.place_of(answer.question_id);
            self.standing.furthest = self.standing.furthest.max(place);
        }
        self.answers.insert(answer.question_id, stored);
        Ok(Acceptance::Stored)
    }

    fn check(
        &self,
        asked: Asked<'_>,
        answer: &Answer,
        origin: Origin,
    ) -> Result<(), RefusalReason> {
        if self.attempt.phase(origin.received_at) != Phase::Open {
            return Err(RefusalReason::AttemptClosed);
        }
        self.check_answer(asked, answer)?;
        let is_after =
            |held_since: DateTime<Utc>| answer.sequence.get() >= held_since.timestamp_millis();
        if self.standing.is_elsewhere(origin.device)
            && self.standing.held_since.is_some_and(is_after)
        {
            return Err(RefusalReason::AttemptElsewhere);
        }
        Ok(())
    }

    /// Whether it is asked, not closed, well formed, and newer than what is stored.
    fn check_answer(&self, asked: Asked<'_>, answer: &Answer) -> Result<(), RefusalReason> {
        let question = asked.paper.question(answer.question_id);
        let not_asked = RefusalReason::InvalidAnswer("this question is not asked in this attempt");
        let question = question.ok_or(not_asked)?;
        match asked.layout {
            None if asked.paper.is_fixed(question.id) => {}
            None => return Err(not_asked),
            Some(layout) => {
                let navigation = asked.paper.rules.navigation;
                navigation
                    .check(layout, self.standing.furthest, question.id)
                    .map_err(|refusal| match refusal {
                        NavigationRefusal::NotAsked => not_asked,
                        NavigationRefusal::Closed => RefusalReason::QuestionClosed,
                    })?;
            }
        }
        question
            .check(&answer.response)
            .map_err(RefusalReason::InvalidAnswer)?;
        let current = self.answers.get(&answer.question_id);
        if current.is_some_and(|stored| stored.sequence >= answer.sequence) {
            return Err(RefusalReason::StaleAnswer);
        }
        Ok(())
    }

    /// The save as it is kept.
    pub fn as_stored(&self, answer: &Answer, saved_at: DateTime<Utc>) -> StoredAnswer {
        let current = self.answers.get(&answer.question_id);
        let flagged = answer
            .flagged
            .unwrap_or_else(|| current.is_some_and(|stored| stored.flagged));
        StoredAnswer {
            question_id: answer.question_id,
            response: answer.response.clone(),
            sequence: answer.sequence,
            flagged,
            saved_at,
        }
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
