//! How an exam is sat, beside what it asks: who may start when, from where and how often, and what is shown afterwards.
//!
//! Unlike the paper, these may be changed after publication.

use serde::{Deserialize, Serialize};

use super::timing::LateStart;

/// The rules of one exam. What is left out of a document is the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExamRules {
    /// What it means to start after the exam has begun.
    pub late_start: LateStart,
    /// How often one student may sit it, from 1.
    pub attempts_allowed: u32,
    /// What the invigilators tell the room when it starts; `None`: nothing is asked for.
    pub access_code: Option<String>,
    /// From which addresses it may be sat, as `10.1.0.0/16`; empty: from everywhere.
    pub networks: Vec<String>,
    /// The configuration keys of Safe Exam Browser that are taken, as 64 hexadecimal digits; empty: any browser is.
    pub safe_exam_browser_keys: Vec<String>,
    /// Whether each answer may be checked at once, and nothing counts.
    pub is_practice: bool,
    /// Whether time in which nobody was served is given back to everybody who sat the exam then.
    pub gives_back_outages: bool,
    /// What students see after they have handed in.
    pub feedback: Feedback,
}

/// What a student sees of a result, and from when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Feedback {
    /// From when anything is shown.
    pub shown: FeedbackTime,
    /// The points of each question, and not only their sum.
    pub shows_points: bool,
    /// What was answered.
    pub shows_responses: bool,
    /// What would have been right, and the authors' explanations.
    pub shows_solutions: bool,
}

/// From when a student sees a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackTime {
    /// Once the attempt is handed in.
    #[default]
    AtOnce,
    /// Once somebody has released the results of the exam.
    Released,
}

impl ExamRules {
    /// Whether a student sees the result as soon as the attempt is handed in, without a release.
    pub fn shows_results_at_once(&self) -> bool {
        self.is_practice || self.feedback.shown == FeedbackTime::AtOnce
    }
}

impl Default for ExamRules {
    fn default() -> Self {
        Self {
            late_start: LateStart::default(),
            attempts_allowed: 1,
            access_code: None,
            networks: Vec::new(),
            safe_exam_browser_keys: Vec::new(),
            is_practice: false,
            gives_back_outages: true,
            feedback: Feedback::default(),
        }
    }
}

impl Default for Feedback {
    fn default() -> Self {
        Self {
            shown: FeedbackTime::AtOnce,
            shows_points: true,
            shows_responses: true,
            shows_solutions: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_document_is_one_attempt_from_anywhere_with_any_browser() {
        let rules: ExamRules = serde_json::from_str("{}").unwrap();
        assert_eq!(rules, ExamRules::default());
        assert_eq!(rules.attempts_allowed, 1);
        assert_eq!(
            rules.late_start,
            LateStart::KeepsTime {
                within_seconds: None
            }
        );
        let text = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<ExamRules>(&text).unwrap(), rules);
    }

    #[test]
    fn a_word_that_is_no_rule_is_refused() {
        let refused = serde_json::from_str::<ExamRules>(r#"{"atempts_allowed": 2}"#);
        assert!(refused.unwrap_err().to_string().contains("atempts_allowed"));
    }
}
