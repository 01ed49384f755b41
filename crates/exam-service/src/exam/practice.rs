//! Practice: an answer that is checked at once, and counts for nothing.

use serde::Serialize;

use super::question::Question;
use super::response::Response;

/// How right an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It earns all of the points.
    Right,
    /// It earns some of them.
    Partly,
    /// It earns none, or costs the penalty.
    Wrong,
    /// Only a person could say.
    Undecided,
}

/// How right `response` is as an answer to `question`; of how many points it is worth nothing follows.
pub fn verdict(question: &Question, response: &Response) -> Verdict {
    match question.credit(response) {
        None => Verdict::Undecided,
        Some(credit) if credit.is_full() => Verdict::Right,
        Some(credit) if credit.is_positive() => Verdict::Partly,
        Some(_) => Verdict::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::exam::QuestionKind;
    use crate::exam::question::{ChoiceOption, Essay, MultipleResponse, ResponseScoring};

    #[test]
    fn an_answer_is_right_partly_right_or_wrong_whatever_it_is_worth() {
        let options = ["one", "two", "wrong"].map(ChoiceOption::new);
        let kind = MultipleResponse {
            correct: BTreeSet::from([options[0].id, options[1].id]),
            options: options.to_vec(),
            scoring: ResponseScoring::PerOption,
        };
        let all = kind.correct.clone();
        let one = BTreeSet::from([options[0].id]);
        let wrong = BTreeSet::from([options[2].id]);
        for points in [0, 4] {
            let kind = QuestionKind::MultipleResponse(kind.clone());
            let question = Question::new("a question", points.into(), kind);
            for (selected, expected) in [
                (&all, Verdict::Right),
                (&one, Verdict::Partly),
                (&wrong, Verdict::Wrong),
            ] {
                let response = Response::Selected(selected.clone());
                assert_eq!(verdict(&question, &response), expected, "{points}");
            }
            assert_eq!(verdict(&question, &Response::Value(true)), Verdict::Wrong);
        }
        let essay = Question::new("an essay", 5.into(), QuestionKind::Essay(Essay::default()));
        let text = Response::Text("words".to_owned());
        assert_eq!(verdict(&essay, &text), Verdict::Undecided);
    }
}
