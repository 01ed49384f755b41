//! How is a new release watched after its cutover? Look, judge, wait; what is judged is pure (`metrics`).

use std::time::{Duration, Instant};

use crate::event::DeployEvent;
use crate::host::StepError;
use crate::host::session::Session;
use crate::metrics::judge::Baseline;
use crate::metrics::reading::{Reading, gather_reading};
use crate::metrics::watch::{Outlook, Watch};
use crate::steps::Step;
use crate::steps::perform::Work;

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Well within the lease of the lock.
const RENEW_EVERY: Duration = Duration::from_mins(1);

/// What was read before the cutover, for comparing; missing where another run made it.
#[derive(Debug, Default)]
pub(crate) struct BeforeCutover {
    /// The old release when the deploy began.
    old_at_first: Option<(Instant, Reading)>,
    old: Option<Baseline>,
    new: Option<Reading>,
}

/// The first look at the old release, at the beginning of a deploy.
pub(crate) fn look_at_old(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    let Some(from) = watched_from(work) else {
        return Ok(());
    };
    match gather_reading(&mut session.host, from)? {
        Ok(reading) => session.before_cutover.old_at_first = Some((Instant::now(), reading)),
        Err(reason) => session.note(format!(
            "the counters of the release that serves cannot be read yet: {reason}"
        )),
    }
    Ok(())
}

/// The last look at both releases before the new one becomes public.
pub(crate) fn look_before_cutover(
    session: &mut Session<'_>,
    work: &Work<'_>,
) -> Result<(), StepError> {
    let Some(from) = watched_from(work) else {
        return Ok(());
    };
    session.before_cutover.new = gather_reading(&mut session.host, work.begin.to)?.ok();
    let old = match gather_reading(&mut session.host, from)? {
        Ok(old) => old,
        Err(reason) => {
            session.note(format!(
                "the new release will not be compared with the old one, whose counters cannot be read: {reason}"
            ));
            return Ok(());
        }
    };
    let first = session.before_cutover.old_at_first.take();
    let first = first.map(|(at, reading)| (at.elapsed(), reading));
    let enough = session.host.target.bake.min_requests;
    session.before_cutover.old = Some(choose_baseline(first, &old, enough));
    Ok(())
}

/// From here on the new release answers everybody, not only with a page of maintenance.
pub(crate) fn begin_anew(session: &mut Session<'_>) {
    session.before_cutover.new = None;
}

/// The slot of the old release, where the new one will be watched.
fn watched_from(work: &Work<'_>) -> Option<crate::target::layout::Slot> {
    let bakes = work.begin.was_serving && work.begin.steps.contains(&Step::Bake);
    work.begin.from.filter(|_| bakes)
}

/// What the old release did during the deploy; or, where that was too little, since it started.
fn choose_baseline(first: Option<(Duration, Reading)>, old: &Reading, enough: u64) -> Baseline {
    let lately = first.and_then(|(age, first)| {
        let counters = old.counters.since(&first.counters)?;
        let is_same = !old.process.differs_from(&first.process);
        (is_same && counters.all.requests >= enough).then(|| Baseline {
            counters,
            period: format!("in the {} s before the cutover", age.as_secs().max(1)),
        })
    });
    lately.unwrap_or_else(|| Baseline {
        counters: old.counters.clone(),
        period: "since it started".to_owned(),
    })
}

/// Watches the new release until it has proved itself, or has not.
pub(crate) fn bake(session: &mut Session<'_>, work: &Work<'_>) -> Result<(), StepError> {
    if !work.begin.was_serving {
        session.note(
            "nothing served before, so there is nothing to go back to: the release is not watched",
        );
        return Ok(());
    }
    if let Ok(status) = session.host.probe_status(work.begin.to)?
        && status.maintenance.is_some()
    {
        session.note("not judged: maintenance is on, so students are not served and the release is not watched");
        return Ok(());
    }
    let limits = session.host.target.bake.clone();
    let length = session.options.bake.unwrap_or(limits.length);
    let before = std::mem::take(&mut session.before_cutover);
    if before.old.is_none() {
        session.note(
            "the old release was not read before the cutover: only the absolute limits are judged",
        );
    }
    let mut watch = Watch::new(limits, length, before.old, before.new);
    let started = Instant::now();
    let mut renewed = Instant::now();
    loop {
        let look = gather_reading(&mut session.host, work.begin.to)?;
        match watch.observe(look, started.elapsed()) {
            Outlook::Watching => session.pause(LOOK_EVERY, work.interruptible)?,
            Outlook::Over { figures, failure } => {
                for figure in figures {
                    let step = Step::Bake.name().to_owned();
                    session.emit(DeployEvent::Gate { step, figure });
                }
                return failure.map_or(Ok(()), |reason| Err(StepError::Gate(reason)));
            }
        }
        if renewed.elapsed() > RENEW_EVERY {
            session.renew(Duration::ZERO)?;
            renewed = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::reading::Process;
    use crate::metrics::tally::Counters;
    use crate::metrics::tally::tests::tally;

    fn reading(requests: u64, pid: u64) -> Reading {
        Reading {
            process: Process {
                pid: Some(pid),
                ..Process::default()
            },
            counters: Counters {
                all: tally(requests, 0, &[]),
                saves: tally(0, 0, &[]),
            },
        }
    }

    #[test]
    fn the_old_release_is_known_by_what_it_did_lately_if_that_is_enough() {
        let lately = "in the 9 s before the cutover";
        for (first, expected) in [
            (Some(reading(900, 7)), (100, lately)),
            (Some(reading(951, 7)), (1000, "since it started")),
            (Some(reading(900, 6)), (1000, "since it started")),
            (Some(reading(1001, 7)), (1000, "since it started")),
            (None, (1000, "since it started")),
        ] {
            let first = first.map(|reading| (Duration::from_secs(9), reading));
            let baseline = choose_baseline(first, &reading(1000, 7), 50);
            let found = (baseline.counters.all.requests, &*baseline.period);
            assert_eq!(found, expected);
        }
    }
}
