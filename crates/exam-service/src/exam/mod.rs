//! The rules of an exam: pure functions of their arguments.
//!
//! Nothing here knows of HTTP, of a database or of a clock: the time comes in as a parameter and the caller does the
//! storing. What this module refuses is refused everywhere.

pub mod admission;
pub mod answer;
pub mod attempt;
pub mod audit;
pub mod draft;
pub mod emergency;
pub mod event;
pub mod grading;
pub mod ids;
pub mod incident;
pub mod invigilation;
pub mod load_run;
pub mod network;
pub mod number;
pub mod paper;
pub mod points;
pub mod practice;
pub mod question;
pub mod receipt;
pub mod response;
pub mod review;
pub mod rules;
pub mod seating;
pub mod state;
pub mod statistics;
pub mod timing;

pub use answer::{Answer, Refusal, RefusalReason, Sequence, StoredAnswer};
pub use attempt::{Acceptance, AnswerSheet, Asked, Attempt, Origin, Phase, Standing};
pub use draft::Draft;
pub use ids::{
    AttemptId, CategoryId, CourseId, DepartmentId, DeviceId, EventId, ExamId, GroupId, IncidentId,
    MessageId, OptionId, QuestionId, SessionId, UserId,
};
pub use load_run::LoadRun;
pub use paper::layout::{self, Layout};
pub use paper::{Navigation, Paper};
pub use question::{Question, QuestionKind};
pub use response::Response;
pub use rules::ExamRules;
pub use state::ExamState;
