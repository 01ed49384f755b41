//! The adapter to goose: it starts the users and ends the run at Ctrl-C. Nothing else names goose.
//!
//! Goose's own counts and thresholds are not used. Its percentiles mix failures in, it ignores
//! users that panic, and its reports forget what happened while users were starting: time, counts
//! and verdicts are this crate's own. What remains is the scheduling of users and the sign to stop.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use goose::{
    GooseAttack,
    client::GooseClientBuilder,
    config::GooseConfiguration,
    goose::{GooseUser, Scenario, Transaction, TransactionFunction, TransactionResult},
};

use log::{Log, Metadata, Record};

use super::End;

/// Takes what goose logs: a line for each failure, to standard output among others.
struct Silence;

impl Log for Silence {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn log(&self, _: &Record<'_>) {}

    fn flush(&self) {}
}

/// Users started per second.
const USERS_PER_SECOND: u32 = 500;

/// How long starting this many users takes at most, with some room.
pub(crate) fn start_up_time(users: u32) -> Duration {
    Duration::from_secs_f64(f64::from(users) / f64::from(USERS_PER_SECOND)) + Duration::from_secs(1)
}

/// How each student ended, by number; nothing yet for those still busy.
#[derive(Debug)]
pub(crate) struct Ends(Mutex<Vec<Option<End>>>);

impl Ends {
    pub(crate) fn new(users: u32) -> Self {
        Self(Mutex::new((0..users).map(|_| None).collect()))
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&[Option<End>]) -> T) -> T {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, user: u32, end: End) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(user)
            .ok()
            .and_then(|user| ends.get_mut(user));
        if let Some(place) = place {
            *place = Some(end);
        }
    }

    fn are_complete(&self) -> bool {
        self.read(|ends| ends.iter().all(Option::is_some))
    }
}

/// Whether Ctrl-C was pressed while students were busy.
pub(crate) fn is_interrupted(ends: &Ends) -> bool {
    // In this order: the adapter itself pulls the switch, once all have ended.
    goose::is_killswitch_triggered() && !ends.are_complete()
}

/// Makes goose end the run, although students may not have ended.
pub(crate) fn give_up() {
    goose::trigger_killswitch("the run takes too long");
}

/// Runs `student` for each user number that `ends` has room for, all at the same time.
///
/// A student who panicked is dead. Goose keeps process-wide state: one call at a time.
///
/// # Errors
/// A sentence, when goose refuses to start.
pub(crate) async fn run_users<Day>(
    target_url: &str,
    ends: &Arc<Ends>,
    student: impl Fn(u32) -> Day + Send + Sync + 'static,
) -> Result<(), String>
where
    Day: Future<Output = End> + Send + 'static,
{
    // Goose installs a logger of its own unless there is one; whoever was first is left alone.
    drop(log::set_logger(&Silence));
    let users = ends.read(<[_]>::len);
    // On start, and nothing after it: a user has one exam day and does not begin a second.
    let day = Transaction::new(transaction(Arc::clone(ends), student)).set_on_start();
    let attack = GooseAttack::initialize_with_config(configuration(target_url, users))
        .and_then(|attack| {
            // Goose builds a client for each user, at a price. Students bring their own.
            attack.set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())
        })
        .map_err(|error| error.to_string())?
        .register_scenario(Scenario::new("exam day").register_transaction(day));
    let outcome = Box::pin(attack.execute()).await;
    goose::reset_killswitch();
    outcome.map_err(|error| error.to_string())?;
    Ok(())
}

/// No iterations and no run time: with either, goose prints to standard output.
fn configuration(target_url: &str, users: usize) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(target_url.to_owned());
    configuration.users = Some(users);
    configuration.increase_rate = Some(USERS_PER_SECOND.to_string());
    configuration.no_telnet = true;
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration
}

fn transaction<Day>(
    ends: Arc<Ends>,
    student: impl Fn(u32) -> Day + Send + Sync + 'static,
) -> TransactionFunction
where
    Day: Future<Output = End> + Send + 'static,
{
    let next_user = AtomicU32::new(0);
    Arc::new(move |_: &mut GooseUser| {
        let user = next_user.fetch_add(1, Ordering::Relaxed);
        // A task of its own: a panic in it is told, one in goose's task is not.
        let day = tokio::spawn(student(user));
        let ends = Arc::clone(&ends);
        Box::pin(async move {
            let end = day.await.unwrap_or_else(|error| {
                End::Dead(if error.is_panic() {
                    "a defect in the load generator: the user's task panicked".to_owned()
                } else {
                    "the user's task was cancelled".to_owned()
                })
            });
            ends.note(user, end);
            if ends.are_complete() {
                goose::trigger_killswitch("every student has ended");
            }
            Ok(())
        }) as Pin<Box<dyn Future<Output = TransactionResult> + Send>>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The one test of this process that runs goose: it keeps process-wide state.
    #[tokio::test(flavor = "multi_thread")]
    async fn panicking_user_is_dead_and_the_others_are_heard() {
        let ends = Arc::new(Ends::new(3));
        run_users("http://127.0.0.1:9", &ends, |user| async move {
            assert_ne!(user, 1, "a defect");
            End::Finished
        })
        .await
        .unwrap();
        ends.read(|ends| {
            assert_eq!(
                (&ends[0], &ends[2]),
                (&Some(End::Finished), &Some(End::Finished))
            );
            assert!(
                matches!(&ends[1], Some(End::Dead(reason)) if reason.contains("panicked")),
                "{ends:?}"
            );
        });
        assert!(!is_interrupted(&ends));
    }
}
