//! The running service before programs that look for mistakes in such services. `tests/run --quick` leaves them out.

mod description;
mod injection;

use integration_tests::service::Service;

/// A service that counts nobody's logins: a tool sends more than a person may.
fn uncounted() -> Service {
    let mut service = Service::new();
    service.set("EXAM_ADDRESS_LOGINS_PER_MINUTE", "1000000000");
    service
}
