//! Acknowledged means durable, on database servers: the service is killed, the database is killed, their connections are
//! cut, the database hangs and its disk is full, again and again while students save.
//!
//! After each fault every acknowledged answer must be stored, and the service must save again by itself: nobody restarts
//! it. The same for `SQLite` is in `durability.rs`.

use std::time::Duration;

use integration_tests::chaos::Relay;
use integration_tests::database::{Database, Engine};
use integration_tests::savers::Savers;
use integration_tests::service::Service;

const STUDENTS: usize = 16;
/// Acknowledgements before each fault and after it.
const SAVES: u64 = 40;
/// Requests without success that a fault causes, before it is taken away.
const FAILURES: u64 = STUDENTS as u64;
/// Of each fault in an ordinary run.
const ROUNDS: usize = 1;
/// MariaDB looks for room once a minute.
const ROUNDS_OF_FULL_DISKS: usize = 1;
const ROUNDS_OF_A_LONG_RUN: usize = 25;

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
enum Fault {
    ServiceKilled,
    DatabaseKilled,
    SessionsEnded,
    NetworkCut,
    /// Connections stay open, and nothing arrives over them.
    NetworkForgets,
    DatabaseHangs,
    DiskFull,
}

/// A service, its database server, and students who save.
struct Room {
    service: Service,
    server: Database,
    /// Between the two.
    relay: Relay,
    savers: Savers,
}

impl Room {
    fn open(server: Database) -> Self {
        let relay = Relay::to(([127, 0, 0, 1], server.port()).into());
        let mut service = Service::new();
        let url = server.url("exam");
        service.set_database(&server.url_through(&url, relay.port()));
        service.set("RUST_LOG", "warn");
        let demo = service.prepare_demo(STUDENTS);
        service.start();
        let savers = Savers::start(&service, &demo);
        Self {
            service,
            server,
            relay,
            savers,
        }
    }

    /// One fault under load, and what must be true after it.
    fn suffer(&mut self, fault: Fault) {
        self.savers.wait_for_saves(SAVES);
        // Not a wait for anything: the moment of the fault is the experiment.
        std::thread::sleep(Duration::from_micros(fastrand::u64(..100_000)));
        let (service, savers) = (&mut self.service, &self.savers);
        match fault {
            Fault::ServiceKilled => service.kill(),
            Fault::DatabaseKilled => {
                self.server.kill();
                savers.wait_for_failures(FAILURES);
            }
            Fault::SessionsEnded => self.server.cut_connections(),
            Fault::NetworkCut => {
                self.relay.cut();
                savers.wait_for_failures(FAILURES);
            }
            Fault::NetworkForgets => {
                // The service finds out by itself; where no transaction was under way, before anybody is refused.
                self.relay.forget();
                savers.wait_for_saves(SAVES);
            }
            Fault::DatabaseHangs => {
                self.server.pause();
                // Twice as long as a student waits: the service gives up the transaction, and says so.
                savers.wait_for_failures(2 * FAILURES);
            }
            Fault::DiskFull => {
                self.server.fill_disk();
                savers.wait_for_failures(FAILURES);
            }
        }
        savers.rest(|ledgers| {
            match fault {
                Fault::ServiceKilled | Fault::SessionsEnded | Fault::NetworkForgets => {}
                Fault::DatabaseKilled => self.server.start_again(),
                Fault::NetworkCut => self.relay.restore(),
                Fault::DatabaseHangs => self.server.resume(),
                Fault::DiskFull => self.server.free_disk(),
            }
            ledgers.assert_nothing_is_lost(service);
            if matches!(fault, Fault::ServiceKilled) {
                service.start();
            }
        });
        savers.wait_for_saves(SAVES);
    }

    /// The end: what is stored is what the students see. `is_felt`: some requests must have been refused meanwhile.
    fn close(self, is_felt: bool) {
        self.savers.rest(|ledgers| {
            let stored = ledgers.assert_nothing_is_lost(&self.service);
            ledgers.assert_reloads_show(&stored);
        });
        let failures = self.savers.refused() + self.savers.interrupted();
        assert!(failures > 0 || !is_felt, "no fault was felt by anybody");
    }
}

const FAULTS: &[Fault] = &[
    Fault::ServiceKilled,
    Fault::DatabaseKilled,
    Fault::SessionsEnded,
    Fault::NetworkCut,
    Fault::DatabaseHangs,
];

fn suffer_all(engine: Engine, faults: &[Fault], rounds: usize) {
    let mut room = Room::open(Database::start(engine));
    for _ in 0..rounds {
        for fault in faults {
            room.suffer(*fault);
        }
    }
    let may_pass_unnoticed = |fault: &Fault| matches!(fault, Fault::NetworkForgets);
    room.close(!faults.iter().all(may_pass_unnoticed));
}

fn suffer_a_full_disk(engine: Engine, rounds: usize) {
    let mut room = Room::open(Database::start_on_small_disk(engine));
    for _ in 0..rounds {
        room.suffer(Fault::DiskFull);
    }
    room.close(true);
}

#[test]
fn mariadb_keeps_every_acknowledged_answer_whatever_breaks() {
    suffer_all(Engine::MariaDb, FAULTS, ROUNDS);
}

#[test]
fn postgres_keeps_every_acknowledged_answer_whatever_breaks() {
    suffer_all(Engine::Postgres, FAULTS, ROUNDS);
}

// The server ends the transactions whose client it cannot hear any more, which hold the locks of their attempts.

#[test]
fn mariadb_saves_again_when_the_network_has_forgotten_its_connections() {
    suffer_all(Engine::MariaDb, &[Fault::NetworkForgets], ROUNDS);
}

#[test]
fn postgres_saves_again_when_the_network_has_forgotten_its_connections() {
    suffer_all(Engine::Postgres, &[Fault::NetworkForgets], ROUNDS);
}

#[test]
fn mariadb_keeps_every_acknowledged_answer_when_its_disk_is_full() {
    suffer_a_full_disk(Engine::MariaDb, ROUNDS_OF_FULL_DISKS);
}

#[test]
fn postgres_keeps_every_acknowledged_answer_when_its_disk_is_full() {
    suffer_a_full_disk(Engine::Postgres, ROUNDS_OF_FULL_DISKS);
}

#[test]
fn long_run_on_mariadb_loses_nothing() {
    suffer_all(Engine::MariaDb, FAULTS, ROUNDS_OF_A_LONG_RUN);
    suffer_a_full_disk(Engine::MariaDb, ROUNDS_OF_A_LONG_RUN);
}

#[test]
fn long_run_on_postgres_loses_nothing() {
    suffer_all(Engine::Postgres, FAULTS, ROUNDS_OF_A_LONG_RUN);
    suffer_a_full_disk(Engine::Postgres, ROUNDS_OF_A_LONG_RUN);
}
