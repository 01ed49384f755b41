//! The cells in which a question's kind is written.

use rust_decimal::Decimal;

use super::kinds::NO_PROMPT;
use super::numbers;
use crate::exam::OptionId;
use crate::exam::question::{
    ChoiceOption, Essay, Matching, MatchingScoring, MultipleResponse, Numeric, OrderingScoring,
    QuestionKind, ResponseScoring, ShortAnswer,
};

#[derive(Default)]
pub(super) struct KindCells {
    pub(super) scoring: String,
    pub(super) correct: String,
    pub(super) partial: String,
    pub(super) units: String,
    pub(super) notes: String,
    pub(super) options: Vec<String>,
}

fn texts(options: &[ChoiceOption]) -> Vec<String> {
    options.iter().map(|option| option.text.clone()).collect()
}

fn place(options: &[ChoiceOption], id: OptionId) -> Option<usize> {
    options
        .iter()
        .position(|option| option.id == id)
        .map(|index| index + 1)
}

fn partial(percentages: impl Iterator<Item = (usize, Decimal)>) -> String {
    let mut sorted: Vec<_> = percentages.collect();
    sorted.sort_unstable();
    let parts = sorted
        .into_iter()
        .map(|(place, percent)| format!("{place}={}", percent.normalize()));
    parts.collect::<Vec<_>>().join("; ")
}

pub(super) fn cells(kind: &QuestionKind) -> KindCells {
    match kind {
        QuestionKind::MultipleChoice(it) => KindCells {
            correct: place(&it.options, it.correct)
                .map(|at| at.to_string())
                .unwrap_or_default(),
            partial: partial(
                it.partial_percent
                    .iter()
                    .filter_map(|(id, percent)| Some((place(&it.options, *id)?, *percent))),
            ),
            options: texts(&it.options),
            ..KindCells::default()
        },
        QuestionKind::MultipleResponse(it) => multiple_response(it),
        QuestionKind::TrueFalse(it) => KindCells {
            correct: it.correct.to_string(),
            ..KindCells::default()
        },
        QuestionKind::Numeric(it) => numeric(it),
        QuestionKind::ShortAnswer(it) => short_answer(it),
        QuestionKind::Matching(it) => matching(it),
        QuestionKind::Ordering(it) => KindCells {
            scoring: match it.scoring {
                OrderingScoring::Exact => "exact",
                OrderingScoring::Positions => "positions",
                OrderingScoring::Pairs => "pairs",
            }
            .to_owned(),
            options: texts(&it.items),
            ..KindCells::default()
        },
        QuestionKind::Essay(it) => essay(it),
    }
}

fn response_scoring(scoring: &ResponseScoring, options: &[ChoiceOption]) -> (&'static str, String) {
    match scoring {
        ResponseScoring::AllOrNothing => ("all_or_nothing", String::new()),
        ResponseScoring::RightOnly => ("right_only", String::new()),
        ResponseScoring::RightMinusWrong => ("right_minus_wrong", String::new()),
        ResponseScoring::PerOption => ("per_option", String::new()),
        ResponseScoring::Weighted { percent } => {
            let weights = percent
                .iter()
                .filter_map(|(id, percent)| Some((place(options, *id)?, *percent)));
            ("weighted", partial(weights))
        }
    }
}

fn short_answer(it: &ShortAnswer) -> KindCells {
    let words = [
        (!it.folding.ignores_case, "case_sensitive"),
        (it.folding.ignores_diacritics, "ignore_diacritics"),
        (it.folding.ignores_spaces, "ignore_spaces"),
    ];
    let said: Vec<&str> = words
        .into_iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, word)| word)
        .collect();
    let less = (1..)
        .zip(&it.accepted)
        .filter(|(_, each)| each.percent != Decimal::ONE_HUNDRED);
    KindCells {
        scoring: said.join("; "),
        partial: partial(less.map(|(at, each)| (at, each.percent))),
        options: it
            .accepted
            .iter()
            .map(|each| each.pattern.clone())
            .collect(),
        ..KindCells::default()
    }
}

fn matching(it: &Matching) -> KindCells {
    let text_of = |id: &OptionId| {
        it.choices
            .iter()
            .find(|choice| choice.id == *id)
            .map_or("", |choice| &choice.text)
    };
    let pairs = it.prompts.iter().map(|prompt| {
        let choice = it.correct.get(&prompt.id).map_or("", text_of);
        format!("{} => {choice}", prompt.text)
    });
    let spare = it
        .choices
        .iter()
        .filter(|choice| !it.correct.values().any(|id| *id == choice.id));
    KindCells {
        scoring: match it.scoring {
            MatchingScoring::PerPair => "per_pair",
            MatchingScoring::AllOrNothing => "all_or_nothing",
        }
        .to_owned(),
        options: pairs
            .chain(spare.map(|choice| format!("{NO_PROMPT} => {}", choice.text)))
            .collect(),
        ..KindCells::default()
    }
}

fn essay(it: &Essay) -> KindCells {
    let criterion = |each: &crate::exam::question::Criterion| {
        format!("{} = {}", each.text, each.points.normalize())
    };
    KindCells {
        scoring: it.maximum_characters.to_string(),
        notes: it.grader_notes.clone(),
        options: it.rubric.iter().map(criterion).collect(),
        ..KindCells::default()
    }
}

fn multiple_response(it: &MultipleResponse) -> KindCells {
    let mut correct: Vec<usize> = it
        .correct
        .iter()
        .filter_map(|id| place(&it.options, *id))
        .collect();
    correct.sort_unstable();
    let (scoring, weights) = response_scoring(&it.scoring, &it.options);
    KindCells {
        scoring: scoring.to_owned(),
        correct: correct
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join("; "),
        partial: weights,
        options: texts(&it.options),
        ..KindCells::default()
    }
}

fn numeric(it: &Numeric) -> KindCells {
    let less = (1..)
        .zip(&it.accepted)
        .filter(|(_, each)| each.percent != Decimal::ONE_HUNDRED);
    let units = it
        .units
        .iter()
        .map(|unit| format!("{}={}", unit.symbol, unit.factor.normalize()));
    KindCells {
        scoring: if it.requires_unit {
            "unit_required".to_owned()
        } else {
            String::new()
        },
        partial: partial(less.map(|(at, each)| (at, each.percent))),
        units: units.collect::<Vec<_>>().join("; "),
        options: it.accepted.iter().map(numbers::write).collect(),
        ..KindCells::default()
    }
}
