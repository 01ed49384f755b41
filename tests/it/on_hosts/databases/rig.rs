//! Are the database servers what the other tests take them for?

use std::process::{Command, Output};
use std::time::Duration;

use integration_tests::database::{Database, Engine};
use integration_tests::waiting::wait_for;

const LIMIT: Duration = Duration::from_secs(30);

fn run(mut command: Command) -> Output {
    command.output().expect("docker starts")
}

fn commits_survive_a_kill(engine: Engine) {
    let server = Database::start(engine);
    let url = server.url("exam");
    let other = server.url("exam");
    assert_ne!(url, other);
    let fill = "CREATE TABLE notes (text VARCHAR(20)); INSERT INTO notes VALUES ('still here')";
    assert!(run(server.client_of_owner(&url, fill)).status.success());

    server.kill();
    let refused = run(server.client_of_owner(&url, "SELECT 1"));
    assert!(!refused.status.success());
    server.start_again();
    assert_eq!(server.query(&url, "SELECT text FROM notes"), "still here");
    // The other database is another one.
    let elsewhere = run(server.client_of_owner(&other, "SELECT text FROM notes"));
    assert!(!elsewhere.status.success());
}

#[test]
fn those_who_share_a_server_have_databases_of_their_own() {
    let server = Database::shared(Engine::Postgres);
    let again = Database::shared(Engine::Postgres);
    assert_eq!(server.port(), again.port());
    assert_ne!(server.url("exam"), again.url("exam"));
    let other = Database::shared(Engine::MariaDb);
    assert_ne!(server.port(), other.port());
}

#[test]
fn mariadb_keeps_what_was_committed_before_a_kill() {
    commits_survive_a_kill(Engine::MariaDb);
}

#[test]
fn postgres_keeps_what_was_committed_before_a_kill() {
    commits_survive_a_kill(Engine::Postgres);
}

fn connections_can_be_cut_and_left_waiting(engine: Engine, sleep: &str) {
    let server = Database::start(engine);
    let url = server.url("cut");
    let mut sleeping = server.client_of_owner(&url, sleep).spawn().unwrap();
    let is_asleep = match engine {
        Engine::MariaDb => {
            "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'DO SLEEP%'"
        }
        Engine::Postgres => {
            "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE 'DO %pg_sleep%'"
        }
    };
    wait_for("the sleeping client", LIMIT, || {
        (server.query(&url, is_asleep) == "1").then_some(())
    });
    server.cut_connections();
    assert!(!sleeping.wait().unwrap().success());
    assert_eq!(server.query(&url, is_asleep), "0");

    server.pause();
    let connected = std::net::TcpStream::connect(("127.0.0.1", server.port()));
    server.resume();
    assert!(connected.is_ok(), "a server that hangs takes connections");
    assert!(
        run(server.client_of_owner(&url, "SELECT 1"))
            .status
            .success()
    );
}

#[test]
fn connections_of_mariadb_can_be_cut_and_left_waiting() {
    connections_can_be_cut_and_left_waiting(Engine::MariaDb, "DO SLEEP(100)");
}

#[test]
fn connections_of_postgres_can_be_cut_and_left_waiting() {
    let sleep = "DO $$ BEGIN PERFORM pg_sleep(100); END $$";
    connections_can_be_cut_and_left_waiting(Engine::Postgres, sleep);
}

/// `more` writes 40 MB: more than what a server has in reserve.
fn a_full_disk_takes_no_more(engine: Engine, more: &str) {
    let server = Database::start_on_small_disk(engine);
    let url = server.url("full");
    let make = "CREATE TABLE notes (number INT PRIMARY KEY, text TEXT); \
                INSERT INTO notes VALUES (0, 'before')";
    assert!(run(server.client_of_owner(&url, make)).status.success());
    let count = || server.query(&url, "SELECT COUNT(*) FROM notes");

    server.fill_disk();
    let refused = run(server.client_of_owner(&url, more));
    assert!(!refused.status.success());
    server.free_disk();
    assert_eq!(count(), "1");
    let written = run(server.client_of_owner(&url, more));
    assert!(written.status.success(), "{written:?}");
    assert_eq!(count(), "641");
}

#[test]
fn a_full_disk_of_mariadb_takes_no_more() {
    a_full_disk_takes_no_more(
        Engine::MariaDb,
        "INSERT INTO notes SELECT seq, REPEAT(MD5(RAND()), 2000) FROM seq_1_to_640",
    );
}

#[test]
fn a_full_disk_of_postgres_takes_no_more() {
    a_full_disk_takes_no_more(
        Engine::Postgres,
        "ALTER TABLE notes ALTER text SET STORAGE EXTERNAL; \
         INSERT INTO notes SELECT n, repeat(md5(random()::text), 2000) FROM generate_series(1, 640) n",
    );
}
