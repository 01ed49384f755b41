//! In which order one student sees questions and options. Fixed when the attempt starts, stored with it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::{OptionId, QuestionId};
use super::paper::Paper;

/// One question's place and the order of its options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaidOutQuestion {
    /// Which question.
    pub question_id: QuestionId,
    /// Its options as this student sees them.
    pub options: Vec<OptionId>,
}

/// The whole order of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Layout {
    /// The questions in the order shown.
    pub questions: Vec<LaidOutQuestion>,
}

impl Layout {
    /// The layout that `seed` makes of `paper`: questions in the author's order, options shuffled.
    ///
    /// The same seed always gives the same order, so that a disputed layout can be rebuilt.
    pub fn shuffled(paper: &Paper, seed: [u8; 16]) -> Self {
        let questions = paper
            .questions()
            .iter()
            .map(|question| {
                let mut options: Vec<OptionId> =
                    question.options().iter().map(|option| option.id).collect();
                options.sort_by_cached_key(|id| place(seed, *id));
                LaidOutQuestion {
                    question_id: question.id,
                    options,
                }
            })
            .collect();
        Self { questions }
    }
}

/// Where the seed puts an option: a hash is uniform enough for a shuffle and needs no generator state.
fn place(seed: [u8; 16], option: OptionId) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(option.as_uuid().as_bytes());
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;
    use crate::exam::grading::tests::paper_with_one_choice;

    #[test]
    fn a_shuffle_keeps_every_option_and_is_repeatable() {
        let paper = paper_with_one_choice();
        let original: BTreeSet<_> = paper.questions()[0]
            .options()
            .iter()
            .map(|option| option.id)
            .collect();
        let mut orders = HashSet::new();
        for seed in 0..32_u8 {
            let layout = Layout::shuffled(&paper, [seed; 16]);
            assert_eq!(layout, Layout::shuffled(&paper, [seed; 16]));
            let options = layout.questions[0].options.clone();
            assert_eq!(options.iter().copied().collect::<BTreeSet<_>>(), original);
            orders.insert(options);
        }
        assert!(
            orders.len() > 4,
            "32 seeds gave only {} orders",
            orders.len()
        );
    }
}
