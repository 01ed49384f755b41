//! What stands between the braces of GIFT.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::answer_text;
use super::escapes::find_plain;
use crate::exam::number;
use crate::exam::question::{
    AcceptedNumber, AcceptedText, ChoiceOption, Essay, Folding, Matching, MultipleChoice,
    MultipleResponse, Numeric, QuestionKind, ResponseScoring, ShortAnswer, Tolerance, TrueFalse,
};
use crate::transfer::questions::report::{Report, Spot};

/// One answer: `=%50%text#feedback`.
struct Written<'a> {
    is_right: bool,
    percent: Option<Decimal>,
    text: &'a str,
    has_feedback: bool,
}

impl Written<'_> {
    fn worth(&self) -> Decimal {
        let usual = if self.is_right {
            Decimal::ONE_HUNDRED
        } else {
            Decimal::ZERO
        };
        self.percent.unwrap_or(usual)
    }
}

pub(super) fn read(inside: &str, spot: &Spot, report: &mut Report) -> Result<QuestionKind, String> {
    if inside.is_empty() {
        return Ok(QuestionKind::Essay(Essay::default()));
    }
    if let Some(numbers) = inside.strip_prefix('#') {
        return numeric(numbers, spot, report);
    }
    let word = find_plain(inside, '#')
        .map_or(inside, |at| &inside[..at])
        .trim();
    let statement = match word.to_ascii_uppercase().as_str() {
        "T" | "TRUE" => Some(true),
        "F" | "FALSE" => Some(false),
        _ => None,
    };
    if let Some(correct) = statement {
        if word.len() < inside.len() {
            report.change(spot, "feedback to single answers was left out");
        }
        return Ok(QuestionKind::TrueFalse(TrueFalse { correct }));
    }
    let answers = split(inside)?;
    if answers.iter().any(|answer| answer.has_feedback) {
        report.change(spot, "feedback to single answers was left out");
    }
    if answers.iter().any(|answer| !answer.is_right) {
        return choice(&answers);
    }
    if answers.iter().all(|answer| answer.text.contains("->")) {
        return matching(&answers);
    }
    let forms = answers.iter().map(|answer| AcceptedText {
        // A backslash means the same in a form: it was for GIFT here.
        pattern: answer_text(answer.text),
        percent: answer.worth(),
    });
    Ok(QuestionKind::ShortAnswer(ShortAnswer {
        accepted: forms.collect(),
        folding: Folding::default(),
    }))
}

/// Cuts answers at `=` and `~` that are not escaped.
fn split(inside: &str) -> Result<Vec<Written<'_>>, String> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(found) = [
        find_plain(&inside[at..], '='),
        find_plain(&inside[at..], '~'),
    ]
    .into_iter()
    .flatten()
    .min()
    {
        starts.push(at + found);
        at += found + 1;
    }
    let Some(first) = starts.first() else {
        return Err("its answers start neither with = nor with ~".to_owned());
    };
    if !inside[..*first].trim().is_empty() {
        return Err("there is something before its first answer".to_owned());
    }
    let ends = starts.iter().skip(1).copied().chain([inside.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| written(&inside[*start..end]))
        .collect()
}

fn written(answer: &str) -> Result<Written<'_>, String> {
    let is_right = answer.starts_with('=');
    let mut text = answer[1..].trim();
    let mut percent = None;
    if let Some((number, rest)) = text.strip_prefix('%').and_then(|rest| rest.split_once('%')) {
        percent = Some(
            number::parse(number.trim())
                .map_err(|why| format!("its weight '%{number}%' is none: {why}"))?,
        );
        text = rest.trim();
    }
    let feedback = find_plain(text, '#');
    Ok(Written {
        is_right,
        percent,
        text: feedback.map_or(text, |at| &text[..at]).trim(),
        has_feedback: feedback.is_some(),
    })
}

fn choice(answers: &[Written<'_>]) -> Result<QuestionKind, String> {
    let options: Vec<ChoiceOption> = answers
        .iter()
        .map(|answer| ChoiceOption::new(answer_text(answer.text)))
        .collect();
    let worth: BTreeMap<_, _> = options
        .iter()
        .zip(answers)
        .map(|(option, answer)| (option.id, answer.worth()))
        .collect();
    let full = options
        .iter()
        .find(|option| worth.get(&option.id) == Some(&Decimal::ONE_HUNDRED))
        .map(|option| option.id);
    if let Some(correct) = full {
        let partial_percent = worth
            .into_iter()
            .filter(|(id, percent)| *id != correct && !percent.is_zero())
            .collect();
        return Ok(QuestionKind::MultipleChoice(MultipleChoice {
            options,
            correct,
            partial_percent,
        }));
    }
    let correct: BTreeSet<_> = worth
        .iter()
        .filter(|(_, percent)| **percent > Decimal::ZERO)
        .map(|(id, _)| *id)
        .collect();
    if correct.is_empty() {
        return Err("no option is right".to_owned());
    }
    let scoring = ResponseScoring::Weighted {
        percent: worth
            .into_iter()
            .filter(|(_, percent)| !percent.is_zero())
            .collect(),
    };
    Ok(QuestionKind::MultipleResponse(MultipleResponse {
        options,
        correct,
        scoring,
    }))
}

fn matching(answers: &[Written<'_>]) -> Result<QuestionKind, String> {
    let pair = |answer: &Written<'_>| {
        let (prompt, choice) = answer.text.split_once("->").ok_or("a pair has no ->")?;
        Ok((answer_text(prompt), answer_text(choice)))
    };
    let pairs: Vec<_> = answers.iter().map(pair).collect::<Result<_, String>>()?;
    Ok(QuestionKind::Matching(Matching::of_pairs(pairs)))
}

fn numeric(inside: &str, spot: &Spot, report: &mut Report) -> Result<QuestionKind, String> {
    let inside = inside.trim();
    let answers = if inside.starts_with(['=', '~']) {
        split(inside)?
    } else {
        let ends = [find_plain(inside, '#'), find_plain(inside, '~')];
        let feedback = ends.into_iter().flatten().min();
        let text = feedback.map_or(inside, |at| &inside[..at]).trim();
        vec![Written {
            is_right: true,
            percent: None,
            text,
            has_feedback: feedback.is_some(),
        }]
    };
    if answers.iter().any(|answer| answer.has_feedback) {
        report.change(spot, "feedback to single answers was left out");
    }
    let mut accepted = Vec::new();
    for answer in answers
        .iter()
        .filter(|answer| answer.is_right && answer.text != "*")
    {
        accepted.push(AcceptedNumber {
            percent: answer.worth(),
            ..value(answer.text)?
        });
    }
    Ok(QuestionKind::Numeric(Numeric {
        accepted,
        units: Vec::new(),
        requires_unit: false,
    }))
}

/// `3:2` is 3, 2 more or less; `1..5` is from 1 to 5.
fn value(text: &str) -> Result<AcceptedNumber, String> {
    let decimal = |part: &str| {
        number::parse(part.trim()).map_err(|why| format!("'{text}' is not a number: {why}"))
    };
    if let Some((least, most)) = text.split_once("..") {
        let (least, most) = (decimal(least)?, decimal(most)?);
        let too_far = || format!("'{text}' is too wide");
        let half = |number: Option<Decimal>| {
            number
                .and_then(|number| number.checked_div(Decimal::TWO))
                .ok_or_else(too_far)
        };
        let within = half(most.checked_sub(least))?;
        return Ok(AcceptedNumber::new(
            half(most.checked_add(least))?.normalize(),
            Tolerance::Absolute {
                within: within.normalize(),
            },
        ));
    }
    match text.split_once(':') {
        None => Ok(AcceptedNumber::new(decimal(text)?, Tolerance::Exact)),
        Some((value, within)) => {
            let within = decimal(within)?;
            let tolerance = if within.is_zero() {
                Tolerance::Exact
            } else {
                Tolerance::Absolute { within }
            };
            Ok(AcceptedNumber::new(decimal(value)?, tolerance))
        }
    }
}
