//! Who may do what: the one table of permissions.

use crate::store::Role;

/// Something that only some people may do. Every route that is not for everybody names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Look at the account that one is signed in with.
    SeeOwnAccount,
    /// Change its password, its second factor and its sessions.
    ChangeOwnAccount,
    /// See which exams one may sit.
    ListOwnExams,
    /// Start an exam, answer, hand in, and see the result of one's own attempt.
    SitExam,
    /// Make, change, import and disable accounts, departments and courses, and decide who is in them.
    ManagePeople,
    /// See one's courses, who is in them, and make groups there.
    SeeCourses,
    /// Write, import and sort questions of one's courses.
    WriteQuestions,
    /// Write exams of one's courses, take them through review, publish and close them.
    WriteExams,
    /// Watch the exams of one's courses and act on those who sit them; print codes.
    Invigilate,
    /// Grade the exams of one's courses, see their figures, and release their results.
    Grade,
    /// Read what staff have done.
    ReadAudit,
    /// See how the service is and is set, and switch its maintenance.
    RunService,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 12] = [
        Self::SeeOwnAccount,
        Self::ChangeOwnAccount,
        Self::ListOwnExams,
        Self::SitExam,
        Self::ManagePeople,
        Self::SeeCourses,
        Self::WriteQuestions,
        Self::WriteExams,
        Self::Invigilate,
        Self::Grade,
        Self::ReadAudit,
        Self::RunService,
    ];
}

/// Whether a person with `role` may do `action`.
///
/// Which of several things of a kind are theirs, for instance whose attempt it is or which courses they teach, the store
/// decides. An administrator may do what staff may, everywhere.
pub fn allows(role: Role, action: Action) -> bool {
    use Action as A;
    match action {
        A::SeeOwnAccount | A::ChangeOwnAccount | A::ListOwnExams => true,
        A::SitExam => role == Role::Student,
        A::ManagePeople | A::ReadAudit | A::RunService => role == Role::Administrator,
        A::SeeCourses | A::Invigilate => role != Role::Student,
        A::WriteQuestions | A::WriteExams | A::Grade => {
            matches!(role, Role::Lecturer | Role::Administrator)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_permissions_is_this_one() {
        use Action::{
            ChangeOwnAccount, Grade, Invigilate, ListOwnExams, ManagePeople, ReadAudit, RunService,
            SeeCourses, SeeOwnAccount, SitExam, WriteExams, WriteQuestions,
        };
        let everybody = [SeeOwnAccount, ChangeOwnAccount, ListOwnExams];
        let lecturer = [SeeCourses, WriteQuestions, WriteExams, Invigilate, Grade];
        let table: [(Role, &[Action]); 4] = [
            (Role::Student, &[SitExam]),
            (Role::Lecturer, &lecturer),
            (Role::Invigilator, &[SeeCourses, Invigilate]),
            (
                Role::Administrator,
                &[&[ManagePeople], &lecturer[..], &[ReadAudit, RunService]].concat(),
            ),
        ];
        for (role, expected) in table {
            let allowed = Action::ALL
                .into_iter()
                .filter(|&action| allows(role, action));
            let expected: Vec<Action> = everybody.iter().chain(expected).copied().collect();
            assert_eq!(allowed.collect::<Vec<_>>(), expected, "{role:?}");
        }
    }
}
