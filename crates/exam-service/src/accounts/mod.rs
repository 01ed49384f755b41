//! The rules of accounts: pure functions of their arguments, without a database, a clock or randomness of their own.

pub mod exam_code;
pub mod fields;
pub mod initial_password;
pub mod password_rules;
pub mod sealing;
pub mod second_factor;
