//! Before the run: can this generator send as much as the plan asks, and more, to an endpoint that does nothing?

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::Instant};

use crate::student::ClientFactory;

/// Longest calibration.
const LIMIT: Duration = Duration::from_secs(3);
/// Requests at the same time.
const CONNECTIONS: usize = 32;
/// Fewest requests from which a rate is read.
const FEWEST: u32 = 50;
/// Where the server does nothing but answer.
const NULL_ENDPOINT: &str = "/health/liveness";

/// The rate that was reached, in requests per second, on the way to `wanted`: it stops after the requests that two
/// seconds at that rate have.
///
/// # Errors
/// A sentence when the endpoint does not answer as it should.
pub(crate) async fn calibrate(
    target_url: &str,
    clients: &ClientFactory,
    wanted: f64,
) -> Result<f64, String> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates"
    )]
    let enough = ((wanted * 2.0) as u32).max(FEWEST);
    let url = format!("{target_url}{NULL_ENDPOINT}");
    let sent = Arc::new(AtomicU32::new(0));
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (client, url, sent) = (clients.build()?, url.clone(), Arc::clone(&sent));
        senders.spawn(async move {
            // The first request opens the connection, and belongs to no rate.
            let mut answered = 0_u32;
            let reply = client.get(&url).send().await;
            let reply = reply.and_then(reqwest::Response::error_for_status);
            reply.map_err(|error| error.without_url().to_string())?;
            let began = Instant::now();
            while sent.fetch_add(1, Ordering::Relaxed) < enough && began.elapsed() < LIMIT {
                let reply = client
                    .get(&url)
                    .send()
                    .await
                    .and_then(reqwest::Response::error_for_status);
                let body = match reply {
                    Ok(reply) => reply.bytes().await,
                    Err(error) => Err(error),
                };
                body.map_err(|error| error.without_url().to_string())?;
                answered += 1;
            }
            Ok::<_, String>((answered, began, Instant::now()))
        });
    }
    let mut all = 0;
    let mut span: Option<(Instant, Instant)> = None;
    while let Some(sender) = senders.join_next().await {
        let (answered, began, ended) = sender
            .map_err(|error| error.to_string())?
            .map_err(|reason| format!("the calibration failed on {NULL_ENDPOINT}: {reason}"))?;
        all += answered;
        span = Some(span.map_or((began, ended), |(first, last)| {
            (first.min(began), last.max(ended))
        }));
    }
    let seconds = span
        .map_or(Duration::ZERO, |(first, last)| last - first)
        .as_secs_f64();
    Ok(f64::from(all) / seconds.max(0.001))
}

/// The sentence for a rate that leaves too little room.
pub(crate) fn headroom_breach(reached: f64, planned: f64, headroom: u32) -> Option<String> {
    let wanted = planned * f64::from(headroom);
    (reached < wanted).then(|| {
        format!(
            "the generator and the way to the server reached {reached:.0} requests per second on {NULL_ENDPOINT}, \
             which does nothing; {headroom} times the planned {planned:.0} are wanted: use several generators (--from)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_without_headroom_is_a_breach() {
        assert_eq!(headroom_breach(3000.0, 1000.0, 3), None);
        assert_eq!(headroom_breach(0.0, 1000.0, 0), None);
        let breach = headroom_breach(2999.0, 1000.0, 3).unwrap();
        assert!(
            breach.contains("2999") && breach.contains("3 times the planned 1000"),
            "{breach}"
        );
    }
}
