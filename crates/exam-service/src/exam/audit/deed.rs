//! What is written into the log, in words that stay: whoever reads an old line has to know what it says.

use crate::exam::invigilation::Measure;

macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident = $word:literal on $subject:literal,)*) => {
        /// Something that staff, or the service by itself, did.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Deed {
            $($(#[$doc])* $name,)*
        }

        impl Deed {
            /// Every deed.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word for it in the log and in the interface; at most 40 characters.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// What kind of thing it is done to.
            pub fn subject_kind(self) -> &'static str {
                match self {
                    $(Self::$name => $subject,)*
                }
            }
        }
    };
}

deeds! {
    /// An account was made.
    AccountMade = "account_made" on "account",
    /// Many accounts were made at once; how many of each role.
    AccountsImported = "accounts_imported" on "account",
    /// An account was changed, disabled or enabled.
    AccountChanged = "account_changed" on "account",
    /// Somebody's password was set by somebody else.
    PasswordSet = "password_set" on "account",
    /// Somebody's second factor was removed by somebody else.
    SecondFactorRemoved = "second_factor_removed" on "account",
    /// Somebody's sessions were ended by somebody else.
    SessionsEnded = "sessions_ended" on "account",
    /// A department was made.
    DepartmentMade = "department_made" on "department",
    /// A department got another name.
    DepartmentRenamed = "department_renamed" on "department",
    /// A course was made.
    CourseMade = "course_made" on "course",
    /// A course was changed, archived or taken back.
    CourseChanged = "course_changed" on "course",
    /// People got a part in a course.
    PeopleEnrolled = "people_enrolled" on "course",
    /// Somebody was taken out of a course.
    EnrolmentEnded = "enrolment_ended" on "account",
    /// A group of a course was made.
    GroupMade = "group_made" on "group",
    /// A group was taken away.
    GroupRemoved = "group_removed" on "group",
    /// A group got other members.
    GroupMembersSet = "group_members_set" on "group",
    /// Codes on slips were made for candidates.
    ExamCodesMade = "exam_codes_made" on "exam",
    /// A category of a question bank was made.
    CategoryMade = "category_made" on "category",
    /// A category got another path.
    CategoryMoved = "category_moved" on "category",
    /// A category was removed.
    CategoryRemoved = "category_removed" on "category",
    /// Questions were written or imported.
    QuestionsAdded = "questions_added" on "course",
    /// A question got another version.
    QuestionChanged = "question_changed" on "question",
    /// A question was taken out of use.
    QuestionArchived = "question_archived" on "question",
    /// A question was taken back into use.
    QuestionTakenBack = "question_taken_back" on "question",
    /// An image or a sound was added.
    MediaAdded = "media_added" on "media",
    /// An exam was made.
    ExamMade = "exam_made" on "exam",
    /// An exam was made from another one.
    ExamCloned = "exam_cloned" on "exam",
    /// An exam was changed.
    ExamChanged = "exam_changed" on "exam",
    /// An exam went to another state, for instance to published.
    ExamStateChanged = "exam_state_changed" on "exam",
    /// Somebody who has not made it approved an exam.
    ExamApproved = "exam_approved" on "exam",
    /// People may sit an exam.
    CandidatesAdded = "candidates_added" on "exam",
    /// Somebody may not sit an exam any more.
    CandidateRemoved = "candidate_removed" on "account",
    /// What a candidate is granted was changed.
    AccommodationSet = "accommodation_set" on "account",
    /// The rooms of an exam were described.
    SeatPlanSet = "seat_plan_set" on "exam",
    /// Candidates were seated.
    SeatsSet = "seats_set" on "exam",
    /// An answer was graded by hand.
    GradeGiven = "grade_given" on "attempt",
    /// The key of a question was corrected.
    KeyCorrected = "key_corrected" on "question",
    /// Results were released.
    ResultsReleased = "results_released" on "exam",
    /// A job that nobody tried any more is tried again.
    JobRetried = "job_retried" on "job",
    /// The answers of an emergency file were merged into an attempt.
    EmergencyFile = "emergency_file" on "attempt",
    /// Something was written down about an exam, a room or a candidate; the text itself is not in the log.
    IncidentNoted = "incident_noted" on "incident",
    /// Attempts got more time.
    CreditTime = "credit_time" on "exam",
    /// Time that attempts had got was taken back.
    TakeBackTime = "take_back_time" on "exam",
    /// The clock of attempts stands still.
    Pause = "pause" on "exam",
    /// As a pause, and pages hide what they show.
    FireExit = "fire_exit" on "exam",
    /// The clock of attempts runs on.
    Resume = "resume" on "exam",
    /// Attempts were handed in.
    ForceSubmit = "force_submit" on "exam",
    /// Attempts were given back to their students.
    Reopen = "reopen" on "exam",
    /// A break of a student began or ended; its student does that, and it stands in the timeline of the attempt.
    Break = "break" on "exam",
    /// Time in which nobody was served was given back.
    GiveBackOutage = "give_back_outage" on "exam",
    /// People are asked to come back later, or are told something else meanwhile.
    MaintenanceOn = "maintenance_on" on "service",
    /// People are let in again.
    MaintenanceOff = "maintenance_off" on "service",
    /// Something was said to students.
    Message = "message" on "exam",
}

impl Deed {
    /// The deed with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|deed| deed.as_str() == word)
    }

    /// What it is to take a measure, or only to say something.
    pub fn of_measure(measure: Option<Measure>) -> Self {
        match measure {
            None => Self::Message,
            Some(Measure::CreditTime(_)) => Self::CreditTime,
            Some(Measure::TakeBackTime { .. }) => Self::TakeBackTime,
            Some(Measure::Pause) => Self::Pause,
            Some(Measure::FireExit) => Self::FireExit,
            Some(Measure::Resume) => Self::Resume,
            Some(Measure::ForceSubmit) => Self::ForceSubmit,
            Some(Measure::Reopen(_)) => Self::Reopen,
            Some(Measure::BeginBreak | Measure::EndBreak | Measure::UseUpBreak) => Self::Break,
            Some(Measure::GiveBackOutage(_)) => Self::GiveBackOutage,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_deed_has_a_word_of_its_own_that_fits_its_column() {
        let words: BTreeSet<&str> = Deed::ALL.iter().map(|deed| deed.as_str()).collect();
        assert_eq!(words.len(), Deed::ALL.len());
        for deed in Deed::ALL {
            assert_eq!(Deed::parse(deed.as_str()), Some(*deed));
            assert!(deed.as_str().len() <= 40 && deed.subject_kind().len() <= 20);
        }
        assert_eq!(Deed::parse("nothing"), None);
    }
}
