//! What the cells of a row say of each kind of question.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Cells, list, numbers};
use crate::exam::OptionId;
use crate::exam::number;
use crate::exam::question::{
    AcceptedText, ChoiceOption, Criterion, Essay, Folding, Matching, MatchingScoring,
    MultipleChoice, MultipleResponse, Numeric, Ordering, OrderingScoring, QuestionKind,
    ResponseScoring, ShortAnswer, TrueFalse, Unit,
};

/// Stands where a prompt would, before a choice that belongs to none.
pub(super) const NO_PROMPT: &str = "*";

const TYPES: &str = "multiple_choice, multiple_response, true_false, numeric, short_answer, matching, ordering or essay";

pub(super) fn read(cells: &Cells<'_>) -> Result<QuestionKind, String> {
    let kind = cells.get("type").to_lowercase().replace([' ', '-'], "_");
    Ok(match kind.as_str() {
        "multiple_choice" => QuestionKind::MultipleChoice(multiple_choice(cells)?),
        "multiple_response" => QuestionKind::MultipleResponse(multiple_response(cells)?),
        "true_false" => QuestionKind::TrueFalse(true_false(cells)?),
        "numeric" => QuestionKind::Numeric(numeric(cells)?),
        "short_answer" => QuestionKind::ShortAnswer(short_answer(cells)?),
        "matching" => QuestionKind::Matching(matching(cells)?),
        "ordering" => QuestionKind::Ordering(ordering(cells)?),
        "essay" => QuestionKind::Essay(essay(cells)?),
        "" => return Err(format!("it has no type: write {TYPES}")),
        _ => {
            return Err(format!(
                "the type '{}' is not known: write {TYPES}",
                cells.get("type")
            ));
        }
    })
}

fn options(cells: &Cells<'_>) -> Vec<ChoiceOption> {
    cells
        .options
        .iter()
        .map(|text| ChoiceOption::new(*text))
        .collect()
}

/// Which of `count` options is at `place`, which is counted from 1 as people do.
fn index_of(count: usize, place: &str) -> Result<usize, String> {
    let index = place
        .trim()
        .parse::<usize>()
        .ok()
        .and_then(|place| place.checked_sub(1));
    index
        .filter(|index| *index < count)
        .ok_or_else(|| format!("'{place}' is not the number of an option: there are {count}"))
}

fn id_at(options: &[ChoiceOption], place: &str) -> Result<OptionId, String> {
    Ok(options[index_of(options.len(), place)?].id)
}

/// `2=50; 3=-25` as places and percentages.
fn partial(cells: &Cells<'_>) -> Result<Vec<(String, Decimal)>, String> {
    let pair = |part: &str| {
        let (place, percent) = part
            .split_once('=')
            .ok_or_else(|| format!("partial has '{part}', not like 2=50"))?;
        let percent =
            number::parse(percent.trim()).map_err(|why| format!("partial has '{part}': {why}"))?;
        Ok((place.to_owned(), percent))
    };
    list(cells.get("partial")).map(pair).collect()
}

fn partial_by_option(
    cells: &Cells<'_>,
    options: &[ChoiceOption],
) -> Result<BTreeMap<OptionId, Decimal>, String> {
    let by_id = partial(cells)?
        .into_iter()
        .map(|(place, percent)| Ok((id_at(options, &place)?, percent)));
    by_id.collect()
}

fn multiple_choice(cells: &Cells<'_>) -> Result<MultipleChoice, String> {
    let options = options(cells);
    let correct = match cells.get("correct") {
        "" => return Err("it has no right option: write its number into 'correct'".to_owned()),
        place => id_at(&options, place)?,
    };
    Ok(MultipleChoice {
        correct,
        partial_percent: partial_by_option(cells, &options)?,
        options,
    })
}

fn multiple_response(cells: &Cells<'_>) -> Result<MultipleResponse, String> {
    let options = options(cells);
    let right = list(cells.get("correct")).map(|place| id_at(&options, place));
    let correct = right.collect::<Result<BTreeSet<_>, String>>()?;
    let scoring = match cells.get("scoring") {
        "" | "all_or_nothing" => ResponseScoring::AllOrNothing,
        "right_only" => ResponseScoring::RightOnly,
        "right_minus_wrong" => ResponseScoring::RightMinusWrong,
        "per_option" => ResponseScoring::PerOption,
        "weighted" => ResponseScoring::Weighted {
            percent: partial_by_option(cells, &options)?,
        },
        other => {
            return Err(format!(
                "scoring '{other}' is not known for multiple_response"
            ));
        }
    };
    if correct.is_empty() {
        return Err(
            "it has no right option: write their numbers into 'correct', like 1;3".to_owned(),
        );
    }
    Ok(MultipleResponse {
        options,
        correct,
        scoring,
    })
}

fn true_false(cells: &Cells<'_>) -> Result<TrueFalse, String> {
    let correct = match cells.get("correct").to_lowercase().as_str() {
        "true" | "t" | "yes" | "1" => true,
        "false" | "f" | "no" | "0" => false,
        other => return Err(format!("correct is '{other}', not true or false")),
    };
    Ok(TrueFalse { correct })
}

fn numeric(cells: &Cells<'_>) -> Result<Numeric, String> {
    let values = cells.options.iter().map(|cell| numbers::read(cell));
    let mut accepted = values.collect::<Result<Vec<_>, String>>()?;
    for (place, percent) in partial(cells)? {
        let index = index_of(accepted.len(), &place)?;
        accepted[index].percent = percent;
    }
    if accepted.is_empty() {
        return Err("it has no value: write it into 'option 1'".to_owned());
    }
    let unit = |part: &str| {
        let (symbol, factor) = part
            .split_once('=')
            .ok_or_else(|| format!("units has '{part}', not like cm=0.01"))?;
        let factor =
            number::parse(factor.trim()).map_err(|why| format!("units has '{part}': {why}"))?;
        Ok(Unit {
            symbol: symbol.trim().to_owned(),
            factor,
        })
    };
    Ok(Numeric {
        accepted,
        units: list(cells.get("units"))
            .map(unit)
            .collect::<Result<_, String>>()?,
        requires_unit: match cells.get("scoring") {
            "" => false,
            "unit_required" => true,
            other => return Err(format!("scoring '{other}' is not known for numeric")),
        },
    })
}

fn short_answer(cells: &Cells<'_>) -> Result<ShortAnswer, String> {
    let form = |text: &&str| AcceptedText {
        pattern: (*text).to_owned(),
        percent: Decimal::ONE_HUNDRED,
    };
    let mut accepted: Vec<AcceptedText> = cells.options.iter().map(form).collect();
    for (place, percent) in partial(cells)? {
        let index = index_of(accepted.len(), &place)?;
        accepted[index].percent = percent;
    }
    if accepted.is_empty() {
        return Err("it has no accepted form: write one into 'option 1'".to_owned());
    }
    let mut folding = Folding::default();
    for word in list(cells.get("scoring")) {
        match word {
            "case_sensitive" => folding.ignores_case = false,
            "ignore_diacritics" => folding.ignores_diacritics = true,
            "ignore_spaces" => folding.ignores_spaces = true,
            other => return Err(format!("scoring '{other}' is not known for short_answer")),
        }
    }
    Ok(ShortAnswer { accepted, folding })
}

fn matching(cells: &Cells<'_>) -> Result<Matching, String> {
    let (mut prompts, mut choices) = (Vec::new(), Vec::<ChoiceOption>::new());
    let mut correct = BTreeMap::new();
    for cell in &cells.options {
        let (prompt, choice) = cell
            .split_once("=>")
            .ok_or_else(|| format!("'{cell}' is not like 'prompt => choice'"))?;
        let known = choices
            .iter()
            .find(|each| each.text == choice.trim())
            .map(|each| each.id);
        let choice = known.unwrap_or_else(|| {
            let new = ChoiceOption::new(choice.trim());
            let id = new.id;
            choices.push(new);
            id
        });
        if prompt.trim() != NO_PROMPT {
            let prompt = ChoiceOption::new(prompt.trim());
            correct.insert(prompt.id, choice);
            prompts.push(prompt);
        }
    }
    let scoring = match cells.get("scoring") {
        "" | "per_pair" => MatchingScoring::PerPair,
        "all_or_nothing" => MatchingScoring::AllOrNothing,
        other => return Err(format!("scoring '{other}' is not known for matching")),
    };
    Ok(Matching {
        prompts,
        choices,
        correct,
        scoring,
    })
}

fn ordering(cells: &Cells<'_>) -> Result<Ordering, String> {
    let scoring = match cells.get("scoring") {
        "" | "exact" => OrderingScoring::Exact,
        "positions" => OrderingScoring::Positions,
        "pairs" => OrderingScoring::Pairs,
        other => return Err(format!("scoring '{other}' is not known for ordering")),
    };
    Ok(Ordering {
        items: options(cells),
        scoring,
    })
}

fn essay(cells: &Cells<'_>) -> Result<Essay, String> {
    let criterion = |cell: &&str| {
        let (text, points) = cell
            .rsplit_once('=')
            .ok_or_else(|| format!("'{cell}' is not like 'criterion = 2'"))?;
        let points = number::parse(points.trim()).map_err(|why| format!("'{cell}': {why}"))?;
        Ok(Criterion {
            id: OptionId::generate(),
            text: text.trim().to_owned(),
            points,
        })
    };
    let usual = Essay::default();
    let maximum_characters = match cells.get("scoring") {
        "" => usual.maximum_characters,
        text => text
            .parse()
            .map_err(|_| format!("scoring is '{text}', not the most characters of an essay"))?,
    };
    let rubric = cells
        .options
        .iter()
        .map(criterion)
        .collect::<Result<_, String>>()?;
    Ok(Essay {
        maximum_characters,
        rubric,
        grader_notes: cells.get("notes").to_owned(),
    })
}
