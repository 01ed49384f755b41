//! What is next? The deeds of a timetable, in the order of their moments.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use tokio::time::Instant;

use super::{End, Student};
use crate::{
    plan::{Chance, Deed, Timetable, Visit},
    run::Run,
};

/// A turn of a visit that is due, and how many more of the visit were due meanwhile.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) visit: usize,
    pub(super) at: Duration,
    pub(super) coalesced: u32,
}

/// The turns of a timetable that are still to come.
struct Agenda<'a> {
    visits: &'a [Visit],
    /// When, which visit, and its turn.
    queue: BinaryHeap<Reverse<(Duration, usize, u32)>>,
}

impl<'a> Agenda<'a> {
    fn new(visits: &'a [Visit]) -> Self {
        let begins = visits.iter().enumerate();
        let queue = begins.map(|(number, visit)| Reverse((visit.first, number, 0)));
        Self {
            visits,
            queue: queue.collect(),
        }
    }

    /// When there is something to do next.
    fn next_at(&self) -> Option<Duration> {
        self.queue.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Takes it. As the browser does: what became due again while an answer was outstanding is done once, and measured
    /// from the first moment it was due.
    fn take(&mut self, now: Duration) -> Option<Due> {
        let Reverse((at, number, turn)) = self.queue.pop()?;
        let visit = &self.visits[number];
        let mut next = turn + 1;
        while next < visit.count && visit.at(next) <= now {
            next += 1;
        }
        if next < visit.count {
            self.queue.push(Reverse((visit.at(next), number, next)));
        }
        Some(Due {
            visit: number,
            at,
            coalesced: next - turn - 1,
        })
    }
}

/// The whole day of the student with this number in the whole run.
pub(crate) async fn sit_exam(run: &Run, user: u32) -> End {
    let index = usize::try_from(user - run.first_user).unwrap_or(usize::MAX);
    let found = run
        .plan
        .timetables
        .get(index)
        .zip(run.credentials.logins.get(index));
    let Some((timetable, login)) = found else {
        return End::Dead("no timetable or no login for this user".to_owned());
    };
    let client = match run.clients.build() {
        Ok(client) => client,
        Err(reason) => return End::Dead(reason),
    };
    let mut student = Student {
        run,
        user,
        login,
        client,
        session: None,
        sheet: None,
        chance: Chance::new(timetable.seed, 1),
        disturbed: std::collections::BTreeMap::new(),
    };
    let outcome = student.go_through(timetable).await;
    for (phase, recovered) in &student.disturbed {
        run.recorder().student_was_disturbed(*phase, *recovered);
    }
    outcome.err().unwrap_or(End::Finished)
}

impl Student<'_> {
    async fn go_through(&mut self, timetable: &Timetable) -> Result<(), End> {
        let mut agenda = Agenda::new(&timetable.visits);
        while let Some(at) = agenda.next_at() {
            self.run.wait_until(self.run.epoch + at).await?;
            let Some(due) = agenda.take(self.run.since_epoch()) else {
                break;
            };
            let visit = &timetable.visits[due.visit];
            self.note_coalesced(visit, due.coalesced);
            let intended = self.run.epoch + due.at;
            self.renew_session(visit.phase).await?;
            self.act(visit, intended, timetable.seed).await?;
        }
        Ok(())
    }

    fn note_coalesced(&self, visit: &Visit, coalesced: u32) {
        if coalesced > 0 {
            let mut recorder = self.run.recorder();
            for endpoint in visit.deed.endpoints() {
                recorder.operations_coalesced(visit.phase, *endpoint, u64::from(coalesced));
            }
        }
    }

    async fn act(&mut self, visit: &Visit, intended: Instant, seed: u64) -> Result<(), End> {
        let phase = visit.phase;
        match visit.deed {
            Deed::Probe => self.probe(phase, intended).await,
            Deed::Login => self.sign_in(phase, intended).await,
            Deed::Start => self.start_exam(phase, intended, seed).await,
            Deed::Save => {
                let answers = self.run.profile.phases[phase].answers;
                self.save(phase, intended, answers).await
            }
            Deed::TurnPage => {
                self.save(phase, intended, Some(1)).await?;
                self.beat(phase, Instant::now()).await
            }
            Deed::Beat => self.beat(phase, intended).await,
            Deed::Reconnect => self.reconnect(phase, intended).await,
            Deed::Submit => self.submit(phase, intended).await,
            Deed::ReadResult => self.read_result(phase, intended).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn visit(deed: Deed, first: u64, every: u64, count: u32) -> Visit {
        Visit {
            phase: 0,
            deed,
            first: seconds(first),
            every: seconds(every),
            count,
        }
    }

    #[test]
    fn deeds_come_in_the_order_of_their_moments() {
        let visits = [
            visit(Deed::Save, 1, 5, 3),
            visit(Deed::Beat, 2, 10, 2),
            visit(Deed::Submit, 20, 0, 1),
        ];
        let mut agenda = Agenda::new(&visits);
        let mut order = Vec::new();
        while let Some(at) = agenda.next_at() {
            let due = agenda.take(at).unwrap();
            assert_eq!((due.at, due.coalesced), (at, 0));
            order.push((due.visit, at.as_secs()));
        }
        assert_eq!(order, [(0, 1), (1, 2), (0, 6), (0, 11), (1, 12), (2, 20)]);
    }

    #[test]
    fn what_became_due_meanwhile_is_one_deed_from_its_first_moment() {
        let visits = [visit(Deed::Save, 1, 1, 10)];
        let mut agenda = Agenda::new(&visits);
        agenda.take(seconds(1)).unwrap();
        // An answer came after four and a half seconds.
        let now = Duration::from_millis(5500);
        let due = agenda.take(now).unwrap();
        let expected = Due {
            visit: 0,
            at: seconds(2),
            coalesced: 3,
        };
        assert_eq!(due, expected);
        assert_eq!(agenda.next_at(), Some(seconds(6)));
        agenda.take(seconds(100)).unwrap();
        assert_eq!(agenda.take(seconds(100)), None);
    }
}
