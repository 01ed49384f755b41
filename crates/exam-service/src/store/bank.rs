//! The question bank: what is asked of it and what comes out.

use chrono::{DateTime, Utc};

use super::{DatabaseStore, Page, Pending, Staff, StaffOutcome};
use crate::exam::{CategoryId, CourseId, Question, QuestionId, UserId};
use crate::store::sql::retrying;

/// The most questions that a course has in use.
pub const MAX_QUESTIONS: usize = 20_000;
/// The most categories of a course.
pub const MAX_CATEGORIES: usize = 1_000;
/// The longest question as it is stored, in bytes.
pub const MAX_QUESTION_BYTES: usize = 256 * 1024;

/// A category of a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Which.
    pub id: CategoryId,
    /// Its names from the root, `Algebra/Linear equations`.
    pub path: String,
    /// How many questions in use are in it, those of the categories below it left out.
    pub question_count: i64,
}

/// A question of a bank as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankQuestion {
    /// What it asks.
    pub question: Question,
    /// Whose it is.
    pub course: CourseId,
    /// Where it is sorted in.
    pub category: Option<CategoryId>,
    /// Counted from 1; each change is the next.
    pub version: i64,
    /// Since when no new exam asks it.
    pub archived_at: Option<DateTime<Utc>>,
    /// Who made this version.
    pub changed_by: UserId,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// A version of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionVersion {
    /// Counted from 1.
    pub version: i64,
    /// What it said.
    pub question: Question,
    /// Who made it.
    pub changed_by: UserId,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// Which questions of a course are wanted. What is empty or `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct QuestionFilter {
    /// A word on the wire, as of [`crate::exam::QuestionKind::as_str`].
    pub kind: String,
    /// A tag that it has.
    pub tag: String,
    /// At least so hard.
    pub minimum_difficulty: Option<u8>,
    /// At most so hard.
    pub maximum_difficulty: Option<u8>,
    /// A part of its name, text, options or tags, in whatever case.
    pub text: String,
    /// In this category or below it.
    pub category: Option<CategoryId>,
    /// Those that were archived instead of those in use.
    pub archived: bool,
}

/// Questions to be added.
#[derive(Debug, Clone)]
pub struct NewQuestions {
    /// Whose they are.
    pub course: CourseId,
    /// Where they are sorted in; has to be one of the course.
    pub category: Option<CategoryId>,
    /// What they ask.
    pub questions: Vec<Question>,
    /// When.
    pub now: DateTime<Utc>,
}

/// A change of a question.
#[derive(Debug, Clone)]
pub struct QuestionChange {
    /// The version that its author had before them.
    pub version: i64,
    /// What it is to say; its id says which question.
    pub question: Question,
    /// Where it is to be sorted in.
    pub category: Option<CategoryId>,
    /// When.
    pub now: DateTime<Utc>,
}

/// An image or a sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// SHA-256 of its content, in hexadecimal.
    pub hash: String,
    /// By what is in it.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// The verbs of the question bank. A course is theirs who teach it, and an administrator's.
pub trait BankStore {
    /// All categories of a course by their paths; at most [`MAX_CATEGORIES`]. One query.
    fn categories(
        &self,
        staff: Staff,
        course: CourseId,
    ) -> Pending<'_, StaffOutcome<Vec<Category>>>;

    /// Makes a category with those around it that are missing; one that is there is found.
    fn create_category<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        path: &'a str,
    ) -> Pending<'a, StaffOutcome<CategoryId>>;

    /// Gives a category another path, with everything below it.
    fn move_category<'a>(
        &'a self,
        staff: Staff,
        category: CategoryId,
        path: &'a str,
    ) -> Pending<'a, StaffOutcome<()>>;

    /// Takes away a category with nothing in it or below it.
    fn remove_category(&self, staff: Staff, category: CategoryId) -> Pending<'_, StaffOutcome<()>>;

    /// Adds all of the questions or none. One whose id is there already in the same course is left as it is.
    fn add_questions<'a>(
        &'a self,
        staff: Staff,
        new: &'a NewQuestions,
    ) -> Pending<'a, StaffOutcome<()>>;

    /// Questions of a course in the order in which they were made. One query.
    fn questions<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        filter: &'a QuestionFilter,
        page: &'a Page,
    ) -> Pending<'a, StaffOutcome<Vec<BankQuestion>>>;

    /// A question.
    fn question(&self, staff: Staff, id: QuestionId) -> Pending<'_, StaffOutcome<BankQuestion>>;

    /// Makes the next version of a question. The same change once more is found to be done.
    fn change_question<'a>(
        &'a self,
        staff: Staff,
        change: &'a QuestionChange,
    ) -> Pending<'a, StaffOutcome<BankQuestion>>;

    /// Takes a question out of use, or back into it.
    fn archive_question(
        &self,
        staff: Staff,
        id: QuestionId,
        archived: bool,
        now: DateTime<Utc>,
    ) -> Pending<'_, StaffOutcome<()>>;

    /// The versions of a question before `before`, the newest first.
    fn question_versions(
        &self,
        staff: Staff,
        id: QuestionId,
        before: i64,
        limit: usize,
    ) -> Pending<'_, StaffOutcome<Vec<QuestionVersion>>>;

    /// Keeps an image or a sound; one that is there is left.
    fn add_media<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        media: &'a Media,
        now: DateTime<Utc>,
    ) -> Pending<'a, StaffOutcome<()>>;

    /// The image or sound with this SHA-256.
    fn media<'a>(&'a self, hash: &'a str) -> Pending<'a, Option<Media>>;
}

impl BankStore for DatabaseStore {
    fn categories(
        &self,
        staff: Staff,
        course: CourseId,
    ) -> Pending<'_, StaffOutcome<Vec<Category>>> {
        Box::pin(self.read_categories(staff, course))
    }

    fn create_category<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        path: &'a str,
    ) -> Pending<'a, StaffOutcome<CategoryId>> {
        Box::pin(retrying(move || self.write_category(staff, course, path)))
    }

    fn move_category<'a>(
        &'a self,
        staff: Staff,
        category: CategoryId,
        path: &'a str,
    ) -> Pending<'a, StaffOutcome<()>> {
        Box::pin(retrying(move || {
            self.write_category_path(staff, category, path)
        }))
    }

    fn remove_category(&self, staff: Staff, category: CategoryId) -> Pending<'_, StaffOutcome<()>> {
        Box::pin(retrying(move || {
            self.write_category_removal(staff, category)
        }))
    }

    fn add_questions<'a>(
        &'a self,
        staff: Staff,
        new: &'a NewQuestions,
    ) -> Pending<'a, StaffOutcome<()>> {
        Box::pin(retrying(move || self.write_questions(staff, new)))
    }

    fn questions<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        filter: &'a QuestionFilter,
        page: &'a Page,
    ) -> Pending<'a, StaffOutcome<Vec<BankQuestion>>> {
        Box::pin(self.read_questions(staff, course, filter, page))
    }

    fn question(&self, staff: Staff, id: QuestionId) -> Pending<'_, StaffOutcome<BankQuestion>> {
        Box::pin(self.read_question(staff, id))
    }

    fn change_question<'a>(
        &'a self,
        staff: Staff,
        change: &'a QuestionChange,
    ) -> Pending<'a, StaffOutcome<BankQuestion>> {
        Box::pin(retrying(move || self.write_question_change(staff, change)))
    }

    fn archive_question(
        &self,
        staff: Staff,
        id: QuestionId,
        archived: bool,
        now: DateTime<Utc>,
    ) -> Pending<'_, StaffOutcome<()>> {
        Box::pin(retrying(move || {
            self.write_question_archiving(staff, id, archived, now)
        }))
    }

    fn question_versions(
        &self,
        staff: Staff,
        id: QuestionId,
        before: i64,
        limit: usize,
    ) -> Pending<'_, StaffOutcome<Vec<QuestionVersion>>> {
        Box::pin(self.read_question_versions(staff, id, before, limit))
    }

    fn add_media<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        media: &'a Media,
        now: DateTime<Utc>,
    ) -> Pending<'a, StaffOutcome<()>> {
        Box::pin(retrying(move || {
            self.write_media(staff, course, media, now)
        }))
    }

    fn media<'a>(&'a self, hash: &'a str) -> Pending<'a, Option<Media>> {
        Box::pin(self.read_media(hash))
    }
}
