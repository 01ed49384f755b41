//! Who may do what: the one table of permissions.

use crate::store::Role;

/// Something that only some people may do. Every route that is not for everybody names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Look at the account that one is signed in with.
    SeeOwnAccount,
    /// See which exams one may sit.
    ListOwnExams,
    /// Start an exam, answer, hand in, and see the result of one's own attempt.
    SitExam,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::SeeOwnAccount, Self::ListOwnExams, Self::SitExam];
}

/// Whether a person with `role` may do `action`.
///
/// Which of several things of a kind are theirs, for instance whose attempt it is, the store decides.
pub fn allows(role: Role, action: Action) -> bool {
    match action {
        Action::SeeOwnAccount | Action::ListOwnExams => true,
        Action::SitExam => role == Role::Student,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_permissions_is_this_one() {
        use Action::{ListOwnExams, SeeOwnAccount, SitExam};
        let table: [(Role, &[Action]); 4] = [
            (Role::Student, &[SeeOwnAccount, ListOwnExams, SitExam]),
            (Role::Lecturer, &[SeeOwnAccount, ListOwnExams]),
            (Role::Invigilator, &[SeeOwnAccount, ListOwnExams]),
            (Role::Administrator, &[SeeOwnAccount, ListOwnExams]),
        ];
        for (role, expected) in table {
            let allowed = Action::ALL
                .into_iter()
                .filter(|&action| allows(role, action));
            assert_eq!(allowed.collect::<Vec<_>>(), expected, "{role:?}");
        }
    }
}
