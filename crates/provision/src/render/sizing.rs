//! How much of a machine each program gets: pure figures from memory, cores and the kind of host.
//!
//! Source of the formulas: the sizing section of the project's notes on hardening. They are
//! judgement, tried on one machine; measured were only the cost of durable commits and the time a
//! database takes to recover. Every figure can be overridden by a variable of the same meaning.

use serde::{Deserialize, Serialize};

use super::facts::HostContext;

const GIB: u64 = 1024;
/// What one connection of `MySQL` or `MariaDB` may take: stack, sort, join, read and network buffers.
const MIB_PER_CONNECTION: u64 = 3;
/// Open files of nginx: a connection, a cached file or a log each. The unit must allow as many.
pub const NGINX_OPEN_FILES: u32 = 65_535;
/// Both colours of the exam service, a GiB each.
const SERVICE_MIB: u64 = 2 * GIB;

/// What else lives on the host of a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// The exam service, nginx and Redis, serving over the internet.
    #[default]
    Online,
    /// The same in a hall without a network; it must be back within 30 s after a power cut.
    Offline,
    /// The database alone.
    Dedicated,
}

/// `MySQL` or `MariaDB`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MysqlSizes {
    pub buffer_pool_mib: u64,
    pub redo_mib: u64,
    pub max_connections: u64,
    pub write_io_threads: u32,
}

/// `PostgreSQL`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostgresqlSizes {
    pub shared_buffers_mib: u64,
    pub effective_cache_mib: u64,
    pub work_mem_kib: u64,
    pub maintenance_work_mem_mib: u64,
    pub max_wal_mib: u64,
    pub max_connections: u64,
    /// Parallel workers of one query: reports must not take every core from the saves.
    pub parallel_workers: u32,
}

/// nginx.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NginxSizes {
    pub worker_processes: u32,
    pub worker_connections: u32,
    pub open_files: u32,
}

/// Connections of both colours (4 per core each), of `workers`, and 20 for people and exporters;
/// between 60 and 500.
pub fn max_connections(host: &HostContext, workers: u64) -> u64 {
    let pool = 4 * u64::from(host.cores);
    (2 * pool + workers + 20).clamp(60, 500)
}

/// Sizes of `MySQL` or `MariaDB` on `host`.
pub fn mysql(host: &HostContext, kind: HostKind, workers: u64) -> MysqlSizes {
    let max_connections = max_connections(host, workers);
    MysqlSizes {
        buffer_pool_mib: buffer_pool_mib(host.memory_mib, kind, max_connections),
        redo_mib: redo_mib(host.memory_mib, kind),
        max_connections,
        write_io_threads: host.cores.clamp(1, 8),
    }
}

/// The share of memory that the kind of host allows, and never what the others need; whole 128 MiB.
/// At least 512 MiB, and on hosts too small for that a quarter of the memory.
fn buffer_pool_mib(memory: u64, kind: HostKind, max_connections: u64) -> u64 {
    let percent = match kind {
        HostKind::Online => 50,
        HostKind::Offline => 60,
        HostKind::Dedicated => 70,
    };
    let system = (memory / 10).max(GIB);
    let others = match kind {
        HostKind::Dedicated => 0,
        HostKind::Online | HostKind::Offline => SERVICE_MIB + cache_mib(memory, kind),
    };
    let taken = system + others + MIB_PER_CONNECTION * max_connections + memory / 10;
    let left = memory.saturating_sub(taken);
    let least = 512.min(memory / 4).max(128);
    whole((memory * percent / 100).min(left), 128).max(whole(least, 128))
}

/// Offline hosts keep it small: it is what a restart after a power cut has to read. Small hosts
/// have small disks: never more than a quarter of the memory, never below 256 MiB.
fn redo_mib(memory: u64, kind: HostKind) -> u64 {
    let wanted = match kind {
        HostKind::Online | HostKind::Dedicated => (memory / 8).clamp(2 * GIB, 8 * GIB),
        HostKind::Offline => (memory / 16).clamp(GIB, 2 * GIB),
    };
    whole(wanted.min(memory / 4).max(256), 128)
}

/// What Redis may hold: a twentieth of the memory up to a GiB online, half a GiB offline.
pub fn cache_mib(memory: u64, kind: HostKind) -> u64 {
    match kind {
        HostKind::Online | HostKind::Dedicated => (memory / 20).clamp(64, GIB),
        HostKind::Offline => (memory / 20).clamp(64, 512),
    }
}

/// Sizes of `PostgreSQL` on `host`.
pub fn postgresql(host: &HostContext, kind: HostKind, workers: u64) -> PostgresqlSizes {
    let memory = host.memory_mib;
    let max_connections = max_connections(host, workers);
    let work_mem_kib = memory * GIB * 15 / 100 / max_connections;
    PostgresqlSizes {
        shared_buffers_mib: (memory / 4).max(128),
        effective_cache_mib: (memory * 65 / 100).max(256),
        work_mem_kib: work_mem_kib.clamp(4 * GIB, 32 * GIB),
        maintenance_work_mem_mib: (memory / 16).clamp(64, GIB),
        max_wal_mib: if kind == HostKind::Offline {
            2 * GIB
        } else {
            4 * GIB
        },
        max_connections,
        parallel_workers: (host.cores / 2).clamp(1, 4),
    }
}

/// Sizes of nginx on `host`: a worker per core; each request of a student takes two connections.
pub fn nginx(host: &HostContext) -> NginxSizes {
    NginxSizes {
        worker_processes: host.cores.clamp(1, 64),
        worker_connections: 16_384,
        open_files: NGINX_OPEN_FILES,
    }
}

fn whole(mib: u64, unit: u64) -> u64 {
    mib / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn host(cores: u32, gib: u64) -> HostContext {
        HostContext {
            cores,
            memory_mib: gib * GIB,
        }
    }

    /// The two worked examples that the formulas were published with.
    #[test]
    fn the_worked_examples_come_out() {
        let online = mysql(&host(4, 16), HostKind::Online, 4);
        assert_eq!(
            (online.buffer_pool_mib, online.redo_mib),
            (8 * GIB, 2 * GIB)
        );
        assert_eq!(online.max_connections, 60);
        let offline = mysql(&host(8, 32), HostKind::Offline, 8);
        assert_eq!(
            (offline.buffer_pool_mib / GIB, offline.redo_mib),
            (19, 2 * GIB)
        );
        assert_eq!(offline.max_connections, 92);
    }

    #[test]
    fn a_host_below_the_minimum_still_gets_sizes_that_fit() {
        let small = mysql(&host(1, 1), HostKind::Online, 0);
        assert_eq!((small.buffer_pool_mib, small.redo_mib), (256, 256));
        let postgresql = postgresql(&host(1, 1), HostKind::Online, 0);
        assert_eq!(postgresql.shared_buffers_mib, 256);
        assert_eq!(postgresql.work_mem_kib, 4 * GIB);
    }

    fn kinds() -> impl Strategy<Value = HostKind> {
        prop_oneof![
            Just(HostKind::Online),
            Just(HostKind::Offline),
            Just(HostKind::Dedicated)
        ]
    }

    proptest! {
        #[test]
        fn everything_together_fits_into_the_memory(
            cores in 1u32..=256, memory_mib in 4096u64..=1_048_576, workers in 0u64..=100, kind in kinds()
        ) {
            let host = HostContext { cores, memory_mib };
            let sizes = mysql(&host, kind, workers);
            let service = if kind == HostKind::Dedicated { 0 } else { SERVICE_MIB };
            let sum = sizes.buffer_pool_mib + MIB_PER_CONNECTION * sizes.max_connections
                + service + cache_mib(memory_mib, kind);
            // Up to a floor of 512 MiB that a host of 4 GiB cannot spare beside the service.
            prop_assert!(sum <= memory_mib || sizes.buffer_pool_mib == 512, "{sum} of {memory_mib}");
            prop_assert!(sizes.buffer_pool_mib.is_multiple_of(128) && sizes.buffer_pool_mib >= 512);
            prop_assert!((256..=8 * GIB).contains(&sizes.redo_mib));
            prop_assert!((60..=500).contains(&sizes.max_connections));
            let postgresql = postgresql(&host, kind, workers);
            prop_assert!(postgresql.shared_buffers_mib <= memory_mib / 4);
            prop_assert!(postgresql.shared_buffers_mib < postgresql.effective_cache_mib);
            let sorting = postgresql.work_mem_kib / GIB * postgresql.max_connections;
            prop_assert!(sorting <= memory_mib * 15 / 100 || postgresql.work_mem_kib == 4 * GIB);
        }

        #[test]
        fn more_memory_never_gets_less(
            cores in 1u32..=64, memory_mib in 1024u64..=262_144, more in 0u64..=65_536, kind in kinds()
        ) {
            let sizes = |memory_mib| mysql(&HostContext { cores, memory_mib }, kind, 4);
            let (small, large) = (sizes(memory_mib), sizes(memory_mib + more));
            prop_assert!(small.buffer_pool_mib <= large.buffer_pool_mib);
            prop_assert!(small.redo_mib <= large.redo_mib);
            prop_assert!(cache_mib(memory_mib, kind) <= cache_mib(memory_mib + more, kind));
        }
    }
}
