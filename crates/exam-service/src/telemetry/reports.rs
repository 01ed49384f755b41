//! Reports of faults to Sentry: what is broken and where, and nothing about people.

use sentry::ClientOptions;
use sentry::protocol::{Event, Values};

use super::redaction::redact;
use crate::settings::Environment;
use crate::version;

/// What surrounds a fault and is about the program and not about a person.
const KEPT_CONTEXTS: [&str; 3] = ["os", "rust", "Rust Tracing Location"];

/// How faults are reported to `dsn`; not at all when it is none.
pub(super) fn options(dsn: &str, environment: Environment) -> Option<ClientOptions> {
    // Parsed here: the builder would panic on a DSN that is none.
    dsn.parse::<sentry::types::Dsn>().ok()?;
    let options = ClientOptions::new()
        .dsn(dsn)
        .release(format!("exam-service@{}", version::VERSION))
        .environment(environment.as_str())
        .send_default_pii(false)
        .max_breadcrumbs(0)
        .before_send(|event| Some(scrub(event)));
    Some(options)
}

/// Leaves only what helps to find a fault in the program.
fn scrub(event: Event<'static>) -> Event<'static> {
    let mut kept = Event {
        event_id: event.event_id,
        timestamp: event.timestamp,
        level: event.level,
        platform: event.platform,
        release: event.release,
        environment: event.environment,
        logger: event.logger,
        sdk: event.sdk,
        debug_meta: event.debug_meta,
        message: event.message.as_deref().map(redact),
        stacktrace: event.stacktrace,
        exception: event.exception,
        contexts: event.contexts,
        ..Event::default()
    };
    kept.contexts
        .retain(|name, _| KEPT_CONTEXTS.contains(&name.as_str()));
    let Values { values } = &mut kept.exception;
    for exception in values {
        exception.value = exception.value.as_deref().map(redact);
        for trace in [&mut exception.stacktrace, &mut exception.raw_stacktrace] {
            for frame in trace.iter_mut().flat_map(|trace| &mut trace.frames) {
                frame.vars.clear();
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use axum::Router;
    use sentry::protocol::{Breadcrumb, Request, User};
    use sentry::{Client, Hub, Scope};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// A server that writes down what is sent to it, and its address as a DSN.
    async fn recorder() -> (String, Arc<Mutex<String>>) {
        let recorded = Arc::<Mutex<String>>::default();
        let into = Arc::clone(&recorded);
        let router = Router::new().fallback(async move |request: axum::extract::Request| {
            let headers = format!("{:?}", request.headers());
            let body = axum::body::to_bytes(request.into_body(), usize::MAX).await;
            let body = String::from_utf8_lossy(&body.unwrap()).into_owned();
            let mut into = into.lock().unwrap();
            into.push_str(&headers);
            into.push_str(&body);
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dsn = format!("http://key@{}/1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (dsn, recorded)
    }

    /// Meets faults in the presence of a person, as the service might.
    fn meet_faults() {
        let error = std::io::Error::other("Duplicate entry 'student-0001' for key 'login'");
        let error: &(dyn std::error::Error + 'static) = &error;
        tracing::error!(
            login = "student-0001",
            address = "192.0.2.7",
            error,
            "a batch failed"
        );
        tracing::error!("no answer from 192.0.2.7:5432 for anna@example.edu");
        sentry::add_breadcrumb(Breadcrumb {
            message: Some("student-0001 signed in".to_owned()),
            ..Breadcrumb::default()
        });
        let mut event = Event {
            message: Some("the store is gone".to_owned()),
            request: Some(Request {
                data: Some("password=hunter2".to_owned()),
                cookies: Some("session=my-cookie".to_owned()),
                headers: [("authorization".to_owned(), "Bearer my-token".to_owned())].into(),
                ..Request::default()
            }),
            user: Some(User {
                username: Some("Anna Example".to_owned()),
                ..User::default()
            }),
            server_name: Some("exam-host".into()),
            ..Event::default()
        };
        event.extra.insert("answer".to_owned(), "my-answer".into());
        event
            .tags
            .insert("login".to_owned(), "student-0001".to_owned());
        sentry::capture_event(event);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_sent_names_the_fault_and_no_person_request_or_host() {
        let (dsn, recorded) = recorder().await;
        let sent = tokio::task::spawn_blocking(move || {
            let options = options(&dsn, Environment::Demo).unwrap();
            let client = Arc::new(Client::from_config(sentry::apply_defaults(options)));
            let hub = Arc::new(Hub::new(
                Some(Arc::clone(&client)),
                Arc::new(Scope::default()),
            ));
            let layer = sentry::integrations::tracing::ErrorLayer::new();
            let subscriber = tracing_subscriber::registry().with(layer);
            tracing::subscriber::with_default(subscriber, || Hub::run(hub, meet_faults));
            client.flush(Some(Duration::from_secs(20)))
        });
        assert!(sent.await.unwrap());
        let sent = recorded.lock().unwrap().clone();
        for fault in [
            "a batch failed",
            "no answer from",
            "the store is gone",
            "reports.rs",
        ] {
            assert!(sent.contains(fault), "{fault} is not in {sent}");
        }
        for secret in [
            "student-0001",
            "192.0.2.7",
            "anna@",
            "hunter2",
            "my-cookie",
            "my-token",
            "Anna Example",
            "exam-host",
            "my-answer",
        ] {
            assert!(!sent.contains(secret), "{secret} is in {sent}");
        }
    }

    #[test]
    fn what_is_no_dsn_reports_nothing() {
        assert!(options("nonsense", Environment::Demo).is_none());
    }
}
