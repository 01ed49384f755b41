//! Our figures beside those of libraries that nobody here wrote. `tests/run --quick` leaves this out: it needs Python.

mod statistics;
