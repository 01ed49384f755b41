//! What a run replaced is kept on the host, with a script that puts it back.

use chrono::{DateTime, Utc};

use crate::connections::quote;

/// How many runs' replaced files stay on a host; the oldest go first.
const KEPT_RUNS: usize = 10;

/// Where one run keeps what it replaces on one host.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    state_directory: String,
    folder: String,
}

impl Kept {
    /// `token` tells apart two runs that begin in the same second.
    pub(super) fn new(state_directory: &str, started: DateTime<Utc>, token: &str) -> Self {
        let token = token.get(..6).unwrap_or(token);
        let run = format!("{}-{token}", started.format("%Y%m%d-%H%M%S"));
        Self {
            state_directory: state_directory.to_owned(),
            folder: format!("{state_directory}/replaced/{run}"),
        }
    }

    /// What puts everything back; a path as its argument puts back that file alone.
    pub(super) fn restore_script(&self) -> String {
        format!("{}/restore", self.folder)
    }

    /// Script lines that keep a copy of `path` before whatever follows them replaces it. Only root
    /// reads the copies: an old file may hold an old secret.
    pub(super) fn keep_script(&self, path: &str) -> String {
        let folder = quote(&self.folder);
        let copy = quote(&format!("{}/files{path}", self.folder));
        let path = quote(path);
        format!(
            "if [ -e {path} ] || [ -L {path} ]; then (\n\
             set -e\n\
             umask 077\n\
             if [ ! -e {folder}/restore ]; then\n\
             mkdir -p {all}\n\
             ls -1 {all} | sort | head -n -{others} | while IFS= read -r old; do rm -rf -- {all}/\"$old\"; done\n\
             mkdir -p {folder}/files\n\
             cat > {folder}/restore <<'EXAMCTL-END'\n{RESTORE}EXAMCTL-END\n\
             chmod 0700 {folder}/restore\n\
             fi\n\
             mkdir -p \"$(dirname {copy})\"\n\
             [ -e {copy} ] || [ -L {copy} ] || cp -a -- {path} {copy}\n\
             ) </dev/null || {{ echo \"cannot keep a copy of\" {path} >&2; exit 1; }}; fi\n",
            all = quote(&format!("{}/replaced", self.state_directory)),
            others = KEPT_RUNS - 1,
        )
    }
}

/// Stands beside `files/`, which holds copies by their absolute paths.
const RESTORE: &str = r#"#!/bin/sh
# Puts back the files that a run of examctl replaced: restore [PATH...]; without paths, all of them.
# What is configured by them may have to be reloaded.
set -e
cd "$(dirname "$0")/files"
put_back() {
  cp -a -- ".$1" "$1.put-back"
  mv -fT -- "$1.put-back" "$1" 2>/dev/null || { cat -- ".$1" > "$1"; rm -f -- "$1.put-back"; }
  echo "put back $1"
}
if [ $# -gt 0 ]; then
  for path; do put_back "$path"; done
else
  find . \( -type f -o -type l \) | while IFS= read -r path; do put_back "${path#.}"; done
fi
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::{Command, Connection as _, Local};

    fn run(script: String) {
        let output = Local::default().run(&Command::new(script)).unwrap();
        assert!(output.success(), "{}", output.error_text());
    }

    #[test]
    fn the_first_copy_of_a_run_is_kept_and_comes_back_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state").display().to_string();
        let file = folder.path().join("a b.conf");
        let path = file.display().to_string();
        let kept = Kept::new(&state, DateTime::UNIX_EPOCH, "0123456789");
        std::fs::write(&file, "first").unwrap();
        run(format!("chmod 0640 {}", quote(&path)));
        for newer in ["second", "third"] {
            run(kept.keep_script(&path));
            std::fs::write(&file, newer).unwrap();
        }
        std::fs::remove_file(&file).unwrap();
        run(kept.keep_script(&path));
        run(quote(&kept.restore_script()));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "first");
        run(format!("[ $(stat -c %a {}) = 640 ]", quote(&path)));
        assert!(
            kept.restore_script()
                .ends_with("/replaced/19700101-000000-012345/restore")
        );
    }

    #[test]
    fn old_runs_go() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().display().to_string();
        let file = folder.path().join("a");
        std::fs::write(&file, "x").unwrap();
        for second in 0..12 {
            let started = DateTime::from_timestamp(second, 0).unwrap();
            let kept = Kept::new(&state, started, "abcdef");
            run(kept.keep_script(&file.display().to_string()));
        }
        let runs = std::fs::read_dir(folder.path().join("replaced")).unwrap();
        assert_eq!(runs.count(), KEPT_RUNS);
    }
}
