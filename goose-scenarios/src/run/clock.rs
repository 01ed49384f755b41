//! One moment for several machines: how far is each clock from this one, and how sure is that?

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    lead::{Generator, Heard},
    message::{Instruction, Message},
    worker::wall_clock,
};

/// How often a generator is asked for its time; the quickest answer counts.
const QUESTIONS: usize = 5;
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How far a generator's clock is from the leader's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Offset {
    /// To be added to the leader's time.
    pub(super) offset: TimeDelta,
    /// Half the time that question and answer took.
    pub(super) uncertainty: Duration,
}

/// From one question: when it was asked, what the answer was, and how long it took.
fn offset(asked: DateTime<Utc>, answer: DateTime<Utc>, took: Duration) -> Offset {
    let half = took / 2;
    let middle = asked + TimeDelta::from_std(half).unwrap_or_default();
    Offset {
        offset: answer - middle,
        uncertainty: half,
    }
}

/// Asks every generator for its time and tells it when to start, in its own time. Returns that moment.
pub(super) fn start(
    generators: &mut [Generator],
    heard: &mpsc::Receiver<Heard>,
    lead_time: Duration,
) -> Instant {
    for (number, generator) in generators.iter_mut().enumerate() {
        for _ in 0..QUESTIONS {
            let (asked_at, asked) = (Instant::now(), wall_clock());
            generator.instruct(Instruction::Clock);
            let Some(answer) = wait_for_answer(heard, number) else {
                break;
            };
            let found = offset(asked, answer, asked_at.elapsed());
            let is_better = generator
                .offset
                .is_none_or(|known| found.uncertainty < known.uncertainty);
            if is_better {
                generator.offset = Some(found);
            }
        }
    }
    let (epoch, at) = (Instant::now() + lead_time, wall_clock() + lead_time);
    for generator in generators {
        let offset = generator
            .offset
            .map_or(TimeDelta::zero(), |known| known.offset);
        generator.instruct(Instruction::Start { at: at + offset });
    }
    epoch
}

/// Nobody says anything else between being ready and the start.
fn wait_for_answer(heard: &mpsc::Receiver<Heard>, asked: usize) -> Option<DateTime<Utc>> {
    let deadline = Instant::now() + ANSWER_LIMIT;
    loop {
        let left = deadline.checked_duration_since(Instant::now())?;
        match heard.recv_timeout(left) {
            Ok((number, Some(Message::Clock(time)))) if number == asked => return Some(time),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_with_the_middle_of_question_and_answer() {
        let asked = DateTime::from_timestamp(1_000, 0).unwrap();
        let answer = asked + TimeDelta::milliseconds(7_020);
        let found = offset(asked, answer, Duration::from_millis(40));
        assert_eq!(found.offset, TimeDelta::seconds(7));
        assert_eq!(found.uncertainty, Duration::from_millis(20));
    }
}
