//! What whole-system tests are made of: real binaries, real servers, real hosts, and ways to break them.
//!
//! A helper that cannot do its work panics and says what to run or to look at: a test has no better use for an error.
//!
//! | helper | gives a test |
//! |---|---|
//! | [`host::Host`] | a Debian host with systemd and sshd in a container |
//! | [`programs::Programs`] | the real programs of a Debian release, to judge the files we write for them |
//! | [`disk::Disk`] | what a host's disk held, for others to begin with |
//! | [`artifacts`] | releases to deploy, good and faulty |
//! | [`database::Database`] | a real MariaDB or PostgreSQL, to be killed, stopped, cut off and filled up |
//! | [`faulty::Fault`] | a release that misbehaves in one way |
//! | [`service::Service`] | an `exam-service` process on an empty database, to be killed and restarted |
//! | [`kept_alive::KeptAlive`] | a service that is started again whenever it is killed |
//! | [`examctl::Examctl`] | a run of the real `examctl`, with its exit code and filtered output |
//! | [`http::Client`] | a blocking HTTP client with timeouts |
//! | [`student::Student`] | somebody who sits a demo exam |
//! | [`steady::Steady`] | students who ask and save at a steady rate, and know what was acknowledged |
//! | [`savers::Savers`] | students who save as fast as they are answered, and know what was acknowledged |
//! | [`browser::Browser`] | a headless Chromium |
//! | [`page_tools::PageTools`] | axe, the judge of accessibility |
//! | [`exam_office::ExamOffice`] | those who make exams and watch them |
//! | [`python::Python`] | Python with packages of given versions |
//! | [`chaos::Relay`] | a TCP path that can be delayed and cut |

#![expect(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "these are parts of tests: a failure here is a failed test"
)]

pub mod artifacts;
pub mod binaries;
pub mod browser;
pub mod chaos;
pub mod database;
pub mod disk;
pub mod exam_office;
pub mod examctl;
pub mod faulty;
pub mod host;
pub mod http;
pub mod kept_alive;
pub mod page_tools;
pub mod ports;
pub mod programs;
pub mod python;
pub mod savers;
pub mod service;
pub mod steady;
pub mod student;
pub mod tools;
pub mod waiting;
