//! Results: what is graded, what people decided, and what is released. Scores are not stored: they are worked out from the
//! raw responses each time, so that none can be out of date.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Pending, Staff};
use crate::exam::grading::{HandGrade, Voiding};
use crate::exam::rules::ExamRules;
use crate::exam::{Attempt, AttemptId, ExamId, Layout, Paper, Question, StoredAnswer, UserId};

/// What an exam's results go by beside its attempts.
#[derive(Debug, Clone)]
pub struct ExamToGrade {
    /// Which exam.
    pub id: ExamId,
    /// Its title.
    pub title: String,
    /// From when it could be started.
    pub starts_at: DateTime<Utc>,
    /// What students see, and when.
    pub rules: ExamRules,
    /// What was asked, with the keys as they are now.
    pub paper: Arc<Paper>,
    /// How many corrections there were; of the newest one it is the version.
    pub corrections: i64,
    /// Since when students may see results that wait for it.
    pub release: Option<Release>,
}

/// The release of an exam's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Since when.
    pub released_at: DateTime<Utc>,
    /// By whom.
    pub released_by: UserId,
    /// How many answers waited for a grade then.
    pub waiting: i64,
}

/// What a mail says: subject and text, in which `{title}` stands for the exam's title.
pub type MailText = (String, String);

/// An attempt with all that its score is made of.
#[derive(Debug, Clone)]
pub struct AttemptToGrade {
    /// The attempt.
    pub attempt: Attempt,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// What its student was asked.
    pub layout: Layout,
    /// Who sat it.
    pub candidate: Candidate,
    /// The raw responses.
    pub answers: Vec<StoredAnswer>,
    /// What people decided, the newest for each question.
    pub grades: Vec<GivenGrade>,
}

/// Who sat an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What they sign in with.
    pub login: String,
    /// Their name.
    pub display_name: String,
    /// Their number, where they have one.
    pub student_number: Option<String>,
}

/// A decision of a person on one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenGrade {
    /// What was decided.
    pub grade: HandGrade,
    /// Which decision on this answer, from 1.
    pub version: i64,
    /// Who decided.
    pub graded_by: UserId,
    /// Their name.
    pub graded_by_name: String,
    /// When.
    pub graded_at: DateTime<Utc>,
}

impl GivenGrade {
    /// Whether it was decided on the answer that is stored, and not on one that a newer answer has replaced since: out of
    /// an emergency file, or after the attempt was reopened.
    pub fn is_of(&self, answers: &[StoredAnswer]) -> bool {
        let question = self.grade.question_id;
        let mut answers = answers.iter();
        let answer = answers.find(|answer| answer.question_id == question);
        answer.is_none_or(|answer| answer.saved_at <= self.graded_at)
    }
}

/// A decision to be stored.
#[derive(Debug, Clone)]
pub struct GradeRequest {
    /// On which attempt; that it is the grader's to grade was found out before.
    pub attempt: AttemptId,
    /// What.
    pub grade: HandGrade,
    /// The version that the grader has seen; 0: none.
    pub seen_version: i64,
    /// Who.
    pub by: UserId,
    /// When.
    pub now: DateTime<Utc>,
}

/// What became of a change that goes by a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versioned {
    /// It is stored, or was by the same request before; this is its version.
    Stored(i64),
    /// Somebody else was faster: this version is there.
    Changed(i64),
}

/// A corrected key, or a question that was found broken.
#[derive(Debug, Clone)]
pub struct KeyCorrection {
    /// The whole question with its new key.
    pub question: Question,
    /// For one that was found broken, what becomes of it.
    pub voiding: Option<Voiding>,
    /// Why.
    pub reason: String,
    /// Counted from 1 over all questions of the exam.
    pub version: i64,
    /// Who.
    pub corrected_by: UserId,
    /// Their name.
    pub corrected_by_name: String,
    /// When.
    pub corrected_at: DateTime<Utc>,
}

/// A corrected key to be stored.
#[derive(Debug, Clone)]
pub struct CorrectionRequest {
    /// Of which exam; that it is theirs was found out before.
    pub exam: ExamId,
    /// The whole question with its new key.
    pub question: Question,
    /// For one that was found broken, what becomes of it.
    pub voiding: Option<Voiding>,
    /// Why.
    pub reason: String,
    /// The newest version that was seen; 0: none.
    pub seen_version: i64,
    /// Who.
    pub by: UserId,
    /// When.
    pub now: DateTime<Utc>,
}

/// Exams of a course, for its trend.
#[derive(Debug, Clone)]
pub struct CourseExams {
    /// What people call the course.
    pub code: String,
    /// The newest exams, the newest first, with the number of their attempts.
    pub exams: Vec<(ExamId, i64)>,
    /// Groups of the course: name and member.
    pub members: Vec<(String, UserId)>,
}

/// What is asked of the database for results.
pub trait ResultStore {
    /// The exam, if the grader may grade it and it has a paper.
    fn exam_to_grade(&self, exam: ExamId, grader: Staff) -> Pending<'_, Option<ExamToGrade>>;

    /// Attempts of an exam in the order of their ids, from the one `after` another on; at most `limit`.
    fn attempts_to_grade(
        &self,
        exam: ExamId,
        after: Option<AttemptId>,
        limit: i64,
    ) -> Pending<'_, Vec<AttemptToGrade>>;

    /// One attempt with its exam, if the grader may grade it.
    fn attempt_to_grade(
        &self,
        attempt: AttemptId,
        grader: Staff,
    ) -> Pending<'_, Option<(ExamToGrade, AttemptToGrade)>>;

    /// The exam of an attempt, with the paper as it is graded now; for its student.
    fn marked_exam(&self, exam: ExamId) -> Pending<'_, ExamToGrade>;

    /// What people decided last on each answer of an attempt.
    fn newest_grades(&self, attempt: AttemptId) -> Pending<'_, Vec<GivenGrade>>;

    /// Every decision on one attempt, the oldest first.
    fn grade_history(&self, attempt: AttemptId) -> Pending<'_, Vec<GivenGrade>>;

    /// Stores a decision unless somebody else decided since.
    fn give_grade(&self, request: GradeRequest) -> Pending<'_, Versioned>;

    /// Every corrected key of an exam, the oldest first.
    fn key_corrections(&self, exam: ExamId) -> Pending<'_, Vec<KeyCorrection>>;

    /// Stores a corrected key unless somebody else corrected one since. The paper stays as it is.
    fn correct_key(&self, request: CorrectionRequest) -> Pending<'_, Versioned>;

    /// Releases an exam's results, unless they are; how it stands then. Its candidates are told in the same transaction,
    /// by mail as well if there is one to send.
    fn release_results(
        &self,
        exam: ExamId,
        release: Release,
        mail: Option<MailText>,
    ) -> Pending<'_, Release>;

    /// Exams of a course, at most `limit`; `None` when the course is not the grader's.
    fn course_exams<'a>(
        &'a self,
        course: &'a str,
        grader: Staff,
        limit: i64,
    ) -> Pending<'a, Option<CourseExams>>;
}

impl ResultStore for DatabaseStore {
    fn exam_to_grade(&self, exam: ExamId, grader: Staff) -> Pending<'_, Option<ExamToGrade>> {
        Box::pin(self.read_exam_to_grade(exam, Some(grader)))
    }

    fn attempts_to_grade(
        &self,
        exam: ExamId,
        after: Option<AttemptId>,
        limit: i64,
    ) -> Pending<'_, Vec<AttemptToGrade>> {
        Box::pin(self.read_attempts_to_grade(exam, after, limit))
    }

    fn attempt_to_grade(
        &self,
        attempt: AttemptId,
        grader: Staff,
    ) -> Pending<'_, Option<(ExamToGrade, AttemptToGrade)>> {
        Box::pin(self.read_attempt_to_grade(attempt, grader))
    }

    fn marked_exam(&self, exam: ExamId) -> Pending<'_, ExamToGrade> {
        Box::pin(self.read_marked_exam(exam))
    }

    fn newest_grades(&self, attempt: AttemptId) -> Pending<'_, Vec<GivenGrade>> {
        Box::pin(self.read_newest_grades(attempt))
    }

    fn grade_history(&self, attempt: AttemptId) -> Pending<'_, Vec<GivenGrade>> {
        Box::pin(self.read_grade_history(attempt))
    }

    fn give_grade(&self, request: GradeRequest) -> Pending<'_, Versioned> {
        Box::pin(retrying(move || self.write_grade(request.clone())))
    }

    fn key_corrections(&self, exam: ExamId) -> Pending<'_, Vec<KeyCorrection>> {
        Box::pin(self.read_key_corrections(exam))
    }

    fn correct_key(&self, request: CorrectionRequest) -> Pending<'_, Versioned> {
        Box::pin(retrying(move || self.write_correction(request.clone())))
    }

    fn release_results(
        &self,
        exam: ExamId,
        release: Release,
        mail: Option<MailText>,
    ) -> Pending<'_, Release> {
        Box::pin(retrying(move || {
            self.write_release(exam, release.clone(), mail.clone())
        }))
    }

    fn course_exams<'a>(
        &'a self,
        course: &'a str,
        grader: Staff,
        limit: i64,
    ) -> Pending<'a, Option<CourseExams>> {
        Box::pin(self.read_course_exams(course, grader, limit))
    }
}
