//! What does the load gate run on a host? Command lines and scripts, pure.

use std::time::Duration;

use provision::connections::quote;

use crate::artifact::checksum::checksum_of_text;
use crate::steps::perform::as_service;
use crate::target::Target;
use crate::target::layout::Slot;

/// Accounts that sit the exam of the gate.
pub(super) const STUDENTS: u32 = 10;
const HELP: Duration = Duration::from_secs(10);
const SEED: Duration = Duration::from_mins(1);
const RUN: Duration = Duration::from_mins(5);
const PURGE: Duration = Duration::from_mins(1);
/// Everything together, with what a run before left.
pub(super) const LIMIT: Duration = Duration::from_mins(10);
/// Says that load accounts may be in the database, and of which run; in the release's root.
const MARK: &str = "load-gate.run";
const DIGITS_OF_RUN: usize = 12;
const REPORT_MAX_BYTES: u32 = 4 << 20;

/// One run of the gate.
pub(crate) struct LoadRun<'r> {
    pub(crate) target: &'r Target,
    /// The release that must bear the load.
    pub(crate) release: &'r str,
    pub(crate) to: Slot,
    pub(crate) profile: &'r str,
    /// Where the generator lies on the host.
    pub(crate) generator: &'r str,
}

impl LoadRun<'_> {
    /// Two hosts with one database may be at it at the same time.
    fn id(&self) -> String {
        let of = checksum_of_text(&format!("{}/{}", self.target.host, self.release));
        format!("gate-{}", &of[..DIGITS_OF_RUN])
    }
}

/// How the service's own program makes and takes away the accounts of one run.
struct Accounts {
    /// Fails where the program is too old to do either.
    help: &'static str,
    seed: String,
    purge: String,
}

/// The command line of `exam-service load`; nothing else here knows it. `run` is a word of the shell.
fn accounts(run: &str) -> Accounts {
    Accounts {
        help: "load --help",
        seed: format!("load seed --run {run} --students {STUDENTS}"),
        purge: format!("load purge --run {run}"),
    }
}

/// The command line of `examctl load run`; nothing else here knows it. `$work` is a folder of this run alone.
fn generator_arguments(run: &LoadRun<'_>) -> String {
    format!(
        "load run {profile} --target {target} --students \"$work/students.json\" --results \"$work/results\" \
         --run-id {id} --beside-exams --service-binary {binary} --service-env-file {env} --format json",
        profile = quote(run.profile),
        // Its admin interface answers whatever students ask, and nobody else comes that way: a production server
        // that is reached by its socket need not be named.
        target = quote(&run.target.admin_address(run.to)),
        id = run.id(),
        binary = quote(&run.target.layout().binary(run.release)),
        env = quote(&run.target.exam_env_file),
    )
}

/// Where [`generator_arguments`] has the report written.
fn report_path(run: &LoadRun<'_>) -> String {
    format!("\"$work/results/{}/gate.json\"", run.id())
}

/// The new release's program with one verb, as the account that it runs as, and never for longer.
fn service(target: &Target, release: &str, verb: &str, limit: Duration) -> String {
    format!(
        "{}timeout -k 5 {} {} --env-file {} {verb}",
        as_service(target),
        limit.as_secs(),
        quote(&target.layout().binary(release)),
        quote(&target.exam_env_file)
    )
}

/// Takes the accounts away that the mark tells of; then the mark, and only then.
fn purge_function(target: &Target, release: &str) -> String {
    let verb = accounts("\"$(cat \"$mark\")\"").purge;
    format!(
        "mark={MARK}\npurge() {{ [ ! -e \"$mark\" ] || {{ {} </dev/null && rm -f \"$mark\"; }}; }}\n",
        service(target, release, &verb, PURGE)
    )
}

/// Makes the accounts, lets them sit their exam and takes them away, whatever happens meanwhile; prints what
/// [`Said::parse`](super::outcome::Said::parse) reads. Nothing secret is among it.
pub(crate) fn load_script(run: &LoadRun<'_>) -> String {
    let (target, id) = (run.target, run.id());
    let service = |verb: &str, limit| service(target, run.release, verb, limit);
    let own = |path: &str| match &target.exam_user {
        Some(user) => format!("chown {} {path}", quote(user)),
        None => ":".to_owned(),
    };
    format!(
        r#"umask 077
{purge_function}work=$(mktemp -d /tmp/exam-load.XXXXXX) || exit 1
end() {{ trap '' HUP INT TERM; purge >/dev/null 2>&1; rm -rf "$work"; }}
trap end EXIT
trap 'exit 130' HUP INT TERM
said() {{ head -c 4096 "$work/error" | tail -n 20 | sed 's/^/said /'; }}
purge >"$work/error" 2>&1 || {{ echo "purge $?"; said; exit 0; }}
chmod 711 "$work" && mkdir "$work/results" && {own_results} || exit 1
{help} >/dev/null 2>"$work/error" </dev/null || {{ echo 'seed unknown'; said; exit 0; }}
echo {id} >"$mark" && sync "$mark" || exit 1
{seed} >"$work/students.json" 2>"$work/error" </dev/null
code=$?; echo "seed $code"
if [ $code -eq 0 ]; then
{own_students} || exit 1
{as_service}timeout -k 10 {run_seconds} {generator} {arguments} >"$work/output" 2>"$work/error" </dev/null
echo "run $?"
fi
said
purge >"$work/error" 2>&1
code=$?; echo "purge $code"
[ $code -eq 0 ] || said
if [ -e {report} ]; then echo report; head -c {REPORT_MAX_BYTES} {report}; fi
exit 0"#,
        purge_function = purge_function(target, run.release),
        own_results = own("\"$work/results\""),
        own_students = own("\"$work/students.json\""),
        help = service(accounts(&id).help, HELP),
        seed = service(&accounts(&id).seed, SEED),
        as_service = as_service(target),
        run_seconds = RUN.as_secs(),
        generator = quote(run.generator),
        arguments = generator_arguments(run),
        report = report_path(run),
    )
}

/// Takes away what a run left that could not do it itself; nothing where it could.
pub(crate) fn purge_script(target: &Target, release: &str) -> String {
    format!("{}purge", purge_function(target, release))
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
