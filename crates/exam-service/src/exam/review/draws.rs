//! What can be wrong with random draws: pools that are too small, and questions of a pool that differ in worth.

use std::collections::{BTreeSet, HashSet};

use rust_decimal::Decimal;

use crate::exam::ids::QuestionId;
use crate::exam::paper::layout::fixed_questions;
use crate::exam::paper::{Draw, Paper, SectionItem};
use crate::exam::points::MAX_POINTS;
use crate::exam::question::Fault;

struct Pool<'a> {
    section: usize,
    draw: &'a Draw,
    questions: HashSet<QuestionId>,
    points: BTreeSet<Decimal>,
}

/// All draws of a paper in the order in which they are made.
fn pools(paper: &Paper) -> Vec<Pool<'_>> {
    let fixed: HashSet<QuestionId> = fixed_questions(paper).collect();
    let mut pools = Vec::new();
    for (index, section) in paper.sections().iter().enumerate() {
        for item in &section.items {
            let SectionItem::Draw(draw) = item else {
                continue;
            };
            let free = paper
                .questions()
                .iter()
                .filter(|question| !fixed.contains(&question.id));
            let fitting: Vec<_> = free.filter(|question| draw.takes(question)).collect();
            pools.push(Pool {
                section: index,
                draw,
                questions: fitting.iter().map(|question| question.id).collect(),
                points: fitting
                    .iter()
                    .map(|question| question.points.normalize())
                    .collect(),
            });
        }
    }
    pools
}

/// How many of a pool are left in the worst case, after the draws before it.
fn left(pools: &[Pool<'_>], at: usize) -> usize {
    let pool = &pools[at];
    let taken: usize = pools[..at]
        .iter()
        .map(|before| {
            before
                .questions
                .intersection(&pool.questions)
                .count()
                .min(before.draw.count)
        })
        .sum();
    pool.questions.len().saturating_sub(taken)
}

/// What is wrong with the draws of the section at `section`.
pub(super) fn faults(paper: &Paper, section: usize) -> Vec<Fault> {
    let pools = pools(paper);
    let mut faults = Vec::new();
    for (at, pool) in pools
        .iter()
        .enumerate()
        .filter(|(_, pool)| pool.section == section)
    {
        let wanted = pool.draw.count;
        let (all, left) = (pool.questions.len(), left(&pools, at));
        if wanted == 0 {
            faults.push(Fault::error(
                "it draws no questions",
                "set how many, or remove the draw",
            ));
        } else if all < wanted {
            faults.push(Fault::error(
                format!("it draws {wanted} questions, but {all} fit"),
                "add questions to the pool, draw fewer, or ask for fewer tags",
            ));
        } else if left < wanted {
            faults.push(Fault::error(
                format!("it draws {wanted} questions of {all}, of which draws before it may leave only {left}"),
                "add questions to the pool, or draw from pools that do not overlap",
            ));
        } else if all == wanted {
            faults.push(Fault::warning(
                format!("it draws {wanted} questions of {all}: every student gets the same"),
                "add questions to the pool, or leave it if that is meant",
            ));
        }
        if pool.points.len() > 1 {
            faults.push(Fault::error(
                "the questions that it draws from are worth different points",
                "give them the same: students could earn differently much in all",
            ));
        }
    }
    faults
}

/// What all draws are worth together, where each pool has one worth.
pub(super) fn points(paper: &Paper) -> Decimal {
    let worth = |pool: &Pool<'_>| {
        let each = pool.points.first().copied().unwrap_or_default();
        let count = pool.draw.count.min(pool.questions.len());
        each.clamp(Decimal::ZERO, MAX_POINTS) * Decimal::from(count)
    };
    pools(paper).iter().map(worth).sum()
}
