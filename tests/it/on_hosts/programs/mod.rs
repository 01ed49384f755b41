//! Every file that a template becomes, or that the firewall writes, is taken by its own real
//! program: started on it, and asked whether it does what the file says. The scripts beside this
//! file are what is asked.

use integration_tests::binaries::workspace_root;
use integration_tests::programs::{Files, Programs, samples};

/// Which files a program is asked about, and how.
struct Judge {
    /// Also of its script.
    name: &'static str,
    /// Templates, or files of an operation; with `:NAME`, only the sample of that name.
    templates: &'static [&'static str],
    /// Whether a sample is laid over the release's own, because the program needs all files.
    whole: bool,
}

impl Judge {
    fn takes(&self, template: &str, sample: &str) -> bool {
        self.templates
            .iter()
            .any(|wanted| match wanted.split_once(':') {
                Some((name, only)) => name == template && sample.ends_with(&format!("-{only}")),
                None => *wanted == template,
            })
    }

    /// Judges every sample of the release that has a file for this program.
    fn judge(&self, suite: &str) {
        let programs = Programs::of(suite);
        let all = samples(suite);
        let mut judged = 0;
        for (sample, files) in &all {
            let own: Files = files
                .iter()
                .filter(|(template, _)| self.takes(template, sample))
                .map(|(template, text)| (template.clone(), text.clone()))
                .collect();
            if own.is_empty() {
                continue;
            }
            let mut given = if self.whole {
                all[suite].clone()
            } else {
                Files::new()
            };
            given.extend(own);
            given.extend(
                PARTS
                    .iter()
                    .map(|name| (format!("{name}.sh"), script(name))),
            );
            programs.judge(sample, &script(self.name), &given);
            judged += 1;
        }
        assert!(judged > 0, "{suite} has no file for {}", self.name);
    }
}

/// Pieces that several scripts use; each lies beside the files of a sample.
const PARTS: &[&str] = &["exporters", "backup"];

/// A script beside this file.
fn script(name: &str) -> String {
    let path = workspace_root().join(format!("tests/it/on_hosts/programs/{name}.sh"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

macro_rules! judges {
    ($($constant:ident $script:literal $whole:literal [$($template:literal),+ $(,)?])+) => {
        $(const $constant: Judge = Judge {
            name: $script,
            templates: &[$($template),+],
            whole: $whole,
        };)+
        const JUDGES: &[&Judge] = &[$(&$constant),+];
    };
}

judges! {
    NGINX "nginx" true ["nginx/nginx.conf", "nginx/exam-site.conf", "nginx/headers.inc", "nginx/proxy.inc"]
    SSHD "sshd" false ["sshd/00-examctl.conf"]
    MARIADB "mariadb" true [
        "mysql/exam.cnf", "prometheus/prometheus-mysqld-exporter", "prometheus/mysqld-exporter.cnf",
        "exam-service/backup.sh:mariadb",
    ]
    MYSQL "mysql" true [
        "mysql/exam.cnf", "prometheus/prometheus-mysqld-exporter", "prometheus/mysqld-exporter.cnf",
        "exam-service/backup.sh:mysql",
    ]
    POSTGRESQL "postgresql" true [
        "postgresql/exam.conf", "postgresql/pg_hba.conf", "prometheus/prometheus-postgres-exporter",
        "exam-service/backup.sh:postgresql",
    ]
    SQLITE "sqlite" false ["exam-service/backup.sh:sqlite"]
    REDIS "redis" true ["redis/exam.conf", "redis/exam-users.acl", "prometheus/prometheus-redis-exporter"]
    NFT "nft" false ["firewall/examctl.nft", "firewall/examctl-firewall.service"]
    FAIL2BAN "fail2ban" true ["fail2ban/exam.local", "fail2ban/exam-login.conf"]
    UNITS "units" false [
        "systemd/exam-service@.service", "systemd/exam-backup.service", "systemd/exam-backup.timer",
        "systemd/nginx-limits.conf", "systemd/supervisor-limits.conf",
    ]
    SMALL "small" false [
        "supervisor/exam-service.conf", "logrotate/exam-service", "chrony/exam.conf", "apt/52exam-upgrades",
        "sysctl/exam.conf", "limits/exam.conf", "exam-service/run-colour.sh", "exam-service/exam-service.env",
        "prometheus/prometheus-node-exporter", "prometheus/prometheus-nginx-exporter",
    ]
}

macro_rules! release {
    ($suite:ident: $($test:ident $judge:ident),+ $(,)?) => {
        mod $suite {
            $(#[test]
            fn $test() {
                super::super::$judge.judge(stringify!($suite));
            })+

            const ASKED: &[&super::super::Judge] = &[$(&super::super::$judge),+];

            #[test]
            fn every_file_has_a_judge() {
                super::super::assert_all_judged(stringify!($suite), ASKED);
            }
        }
    };
}

/// The release that the other tests' hosts have too.
mod own_release {
    release!(bookworm: nginx NGINX, sshd SSHD, mariadb MARIADB, postgresql POSTGRESQL, sqlite SQLITE,
        redis REDIS, nft NFT, fail2ban FAIL2BAN, units UNITS, small SMALL);
}

/// `tests/run --full` builds these.
mod other_releases {
    release!(trixie: nginx NGINX, sshd SSHD, mariadb MARIADB, postgresql POSTGRESQL, sqlite SQLITE,
        redis REDIS, nft NFT, fail2ban FAIL2BAN, units UNITS, small SMALL);
    release!(sid: nginx NGINX, sshd SSHD, mysql MYSQL, postgresql POSTGRESQL,
        redis REDIS, nft NFT, fail2ban FAIL2BAN, units UNITS, small SMALL);
}

/// No file of a release is left unasked.
fn assert_all_judged(suite: &str, asked: &[&Judge]) {
    for (sample, files) in samples(suite) {
        for template in files.keys() {
            let judged = asked.iter().any(|judge| judge.takes(template, &sample));
            assert!(judged, "nobody judges {template} of {sample}");
        }
    }
}

#[test]
fn the_names_of_templates_are_those_that_are_shipped() {
    let shipped = samples("bookworm");
    for judge in JUDGES {
        for wanted in judge.templates {
            let (name, _) = wanted.split_once(':').unwrap_or((wanted, ""));
            assert!(
                shipped.values().any(|files| files.contains_key(name)),
                "{}: no template {name}",
                judge.name
            );
        }
    }
}
