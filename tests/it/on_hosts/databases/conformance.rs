//! The suite of every database, on real servers. `SQLite` runs it with the unit tests of `exam-service`.

use std::sync::Arc;

use integration_tests::database::{Database, Engine};

/// An empty database, and the server that it is on.
fn fresh(engine: Engine) -> (String, Arc<Database>) {
    let server = Database::shared(engine);
    (server.url("suite"), server)
}

mod on_mariadb {
    use super::{Engine, fresh};

    exam_service::conformance_tests!(|| fresh(Engine::MariaDb));
}

mod on_postgres {
    use super::{Engine, fresh};

    exam_service::conformance_tests!(|| fresh(Engine::Postgres));
}
