//! Questions written as GIFT.

use rust_decimal::Decimal;

use super::escapes::escape;
use crate::exam::Question;
use crate::exam::question::{
    Matching, MultipleChoice, MultipleResponse, Numeric, QuestionKind, TextFormat,
};
use crate::transfer::questions::report::{Report, Spot};
use crate::transfer::questions::weights;

pub(in crate::transfer::questions) fn write(questions: &[Question], report: &mut Report) -> String {
    let mut text = String::new();
    for (number, question) in (1..).zip(questions) {
        let spot = Spot::question(number);
        let Some(answers) = answers(&question.kind, &spot, report) else {
            continue;
        };
        lost(question, &spot, report);
        if !question.name.is_empty() {
            text.extend(["::", &escape(&question.name), "::"]);
        }
        text.push_str(match question.format {
            // Said, so that a line never starts like a comment or a category.
            TextFormat::Plain => "[plain]",
            TextFormat::Markdown => "[markdown]",
            TextFormat::Html => "[html]",
        });
        let feedback = match question.feedback.as_str() {
            "" => String::new(),
            feedback => format!("\n\t####{}", escape(feedback)),
        };
        text.extend([&escape(&question.text), " {", &answers, &feedback, "}\n\n"]);
    }
    text
}

fn lost(question: &Question, spot: &Spot, report: &mut Report) {
    if question.points != Decimal::ONE {
        report.change(
            spot,
            format!(
                "its {} points cannot be said: it has one there",
                question.points.normalize()
            ),
        );
    }
    if !question.penalty.is_zero() {
        report.change(spot, "its penalty cannot be said");
    }
    if !question.tags.is_empty() || question.difficulty.is_some() {
        report.change(spot, "its tags and difficulty cannot be said");
    }
}

/// What stands between the braces; `None` where it cannot be said.
fn answers(kind: &QuestionKind, spot: &Spot, report: &mut Report) -> Option<String> {
    Some(match kind {
        QuestionKind::Essay(essay) => {
            if !essay.rubric.is_empty() || !essay.grader_notes.is_empty() {
                report.change(spot, "its rubric and notes for graders cannot be said");
            }
            String::new()
        }
        QuestionKind::TrueFalse(it) => if it.correct { "TRUE" } else { "FALSE" }.to_owned(),
        QuestionKind::MultipleChoice(it) => multiple_choice(it),
        QuestionKind::MultipleResponse(it) => multiple_response(it, spot, report),
        QuestionKind::ShortAnswer(it) => {
            if it.folding != crate::exam::question::Folding::default() {
                report.change(
                    spot,
                    "what does not matter in an answer cannot be said: case does not there",
                );
            }
            let forms = it
                .accepted
                .iter()
                .map(|each| format!("\n\t={}{}", weight(each.percent), escape(&each.pattern)));
            forms.collect::<String>() + "\n"
        }
        QuestionKind::Matching(it) => matching(it),
        QuestionKind::Numeric(it) => numeric(it, spot, report),
        QuestionKind::Ordering(_) => {
            report.skip(spot, "an ordering cannot be said");
            return None;
        }
    })
}

/// Nothing for everything.
fn weight(percent: Decimal) -> String {
    if percent == Decimal::ONE_HUNDRED {
        String::new()
    } else {
        format!("%{}%", percent.normalize())
    }
}

fn multiple_choice(it: &MultipleChoice) -> String {
    let lines = it.options.iter().map(|option| {
        let text = escape(&option.text);
        match it.partial_percent.get(&option.id) {
            _ if option.id == it.correct => format!("\n\t={text}"),
            Some(percent) => format!("\n\t~%{}%{text}", percent.normalize()),
            None => format!("\n\t~{text}"),
        }
    });
    lines.collect::<String>() + "\n"
}

fn multiple_response(it: &MultipleResponse, spot: &Spot, report: &mut Report) -> String {
    let (percent, lost) = weights::of(it);
    if let Some(lost) = lost {
        report.change(spot, lost);
    }
    let mut lines: Vec<String> = Vec::new();
    for option in &it.options {
        let worth = percent
            .get(&option.id)
            .copied()
            .unwrap_or_default()
            .normalize();
        // One that is worth everything would make it a choice of one.
        let worth = if worth == Decimal::ONE_HUNDRED {
            report.change(
                spot,
                "its only right option is worth 99.99999 percent there",
            );
            Decimal::new(9_999_999, 5)
        } else {
            worth
        };
        lines.push(format!("\n\t~%{worth}%{}", escape(&option.text)));
    }
    lines.concat() + "\n"
}

fn matching(it: &Matching) -> String {
    let text_of = |id| {
        it.choices
            .iter()
            .find(|choice| choice.id == id)
            .map(|choice| escape(&choice.text))
    };
    let pairs = it.prompts.iter().filter_map(|prompt| {
        let choice = text_of(*it.correct.get(&prompt.id)?)?;
        Some(format!("\n\t={} -> {choice}", escape(&prompt.text)))
    });
    let spare = it
        .choices
        .iter()
        .filter(|choice| !it.correct.values().any(|id| *id == choice.id));
    let spare = spare.map(|choice| format!("\n\t= -> {}", escape(&choice.text)));
    pairs.chain(spare).collect::<String>() + "\n"
}

fn numeric(it: &Numeric, spot: &Spot, report: &mut Report) -> String {
    if !it.units.is_empty() {
        report.change(spot, "its units cannot be said");
    }
    let mut lines = Vec::new();
    for accepted in &it.accepted {
        let (within, lost) = weights::absolute(accepted);
        if let Some(lost) = lost {
            report.change(spot, lost);
        }
        lines.push(format!(
            "\n\t={}{}:{}",
            weight(accepted.percent),
            accepted.value.normalize(),
            within.normalize()
        ));
    }
    format!("#{}\n", lines.concat())
}
