//! What runs on the host: a loop that reads scripts and frames what they print.

use std::hash::{BuildHasher as _, Hasher as _};

use crate::connections::quote;

/// The loop. It reads `MARK LENGTH` lines, each followed by so many bytes of script, runs the
/// script in a session of its own, and prints a frame around what it prints on either output.
///
/// It stands on a command line, where every shell that a user may have takes it: one line, no
/// single quotes, no exclamation marks. It holds no secret; marks stay in its memory, where no
/// script sees them. `dd` reads exactly as much as it is told, and never more, on every system.
const LOOP: &str = concat!(
    r#"printf "\n%s\n" "$1"; "#,
    r"w=setsid; command -v setsid >/dev/null 2>&1 || w=; ",
    r#"while IFS=" " read -r m n; do [ "$n" -ge 0 ] || exit 97; "#,
    r#"printf "\n%s b\n" "$m"; printf "\n%s b\n" "$m" >&2; "#,
    r#"$w /bin/sh -c "eval \"\$(dd bs=64k iflag=fullblock,count_bytes count=$n 2>/dev/null)\""; "#,
    r#"s=$?; printf "\n%s %s\n" "$m" "$s"; printf "\n%s e\n" "$m" >&2; done"#,
);

/// Input up to this size is read to its end even where the script does not; after a larger one
/// the shell is given up instead.
const DRAIN_LIMIT_BYTES: u64 = 1 << 20;

/// The words that start the loop; it prints `ready` on a line of its own once it runs.
pub(super) fn shell_words(ready: &str) -> Vec<String> {
    ["/bin/sh", "-c", LOOP, "sh", ready]
        .map(str::to_owned)
        .to_vec()
}

/// The words that run one script; it stands in them, so it holds no secret either. `ready` is printed
/// on a line of its own before it.
pub(super) fn script_words(ready: &str, script: &str) -> Vec<String> {
    const ONE: &str = r#"printf "\n%s\n" "$1"; eval "$2""#;
    ["/bin/sh", "-c", ONE, "sh", ready, script]
        .map(str::to_owned)
        .to_vec()
}

/// Something that nothing on the host can guess.
pub(in crate::connections) fn mark() -> String {
    let random = || std::hash::RandomState::new().build_hasher().finish();
    format!("@@{:016x}{:016x}", random(), random())
}

/// The bytes of a request up to where its content starts. The script's first line says in which
/// session it runs.
pub(super) fn request(mark: &str, script: &str, content_size: Option<u64>) -> Vec<u8> {
    let script = match content_size {
        None => format!("echo $$\nexec </dev/null\n{script}\n"),
        Some(size) => {
            let drain = if is_drained(content_size) {
                "cat >/dev/null; "
            } else {
                ""
            };
            format!(
                "echo $$\n\
                 dd bs=64k iflag=fullblock,count_bytes count={size} 2>/dev/null | {{ (\n\
                 eval {}\n\
                 ); s=$?; {drain}exit $s; }}\n",
                quote(script)
            )
        }
    };
    format!("{mark} {}\n{script}", script.len()).into_bytes()
}

/// Whether nothing of the content is left in the way after the script.
pub(super) fn is_drained(content_size: Option<u64>) -> bool {
    content_size.is_none_or(|size| size <= DRAIN_LIMIT_BYTES)
}

/// Ends every process of a session, politely at first; fails where some remain.
pub(in crate::connections) fn stop_script(session: u32) -> String {
    format!(
        "stop() {{ left=\n\
         for f in /proc/[0-9]*/stat; do\n\
         {{ read -r l < \"$f\"; }} 2>/dev/null || continue\n\
         p=${{f#/proc/}}; p=${{p%/stat}}; l=${{l##*) }}; set -- $l\n\
         [ \"$4\" = {session} ] || [ \"$p\" = {session} ] || continue\n\
         [ \"$1\" = Z ] && continue\n\
         left=1; kill -s \"$sig\" \"$p\" 2>/dev/null\n\
         done; [ -n \"$left\" ]; }}\n\
         for sig in TERM 0 0 0 0 0 0 0 KILL 0 0 0 0 0 0 0; do stop || exit 0; sleep 0.1; done\n\
         exit 1"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loop_survives_every_login_shell() {
        assert!(!LOOP.contains(['\'', '!', '\n']));
    }

    #[test]
    fn marks_differ() {
        assert_ne!(mark(), mark());
    }
}
