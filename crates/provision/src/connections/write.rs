//! The script that writes a file on a host, whichever way its bytes get there.

use super::{Put, quote};

/// A file that arrives on the standard input of a script.
pub(crate) struct Incoming<'a> {
    pub(crate) path: &'a str,
    pub(crate) size: u64,
    pub(crate) mode: u32,
    pub(crate) owner: Option<&'a str>,
    /// A command with `%s` for the staged file, which must succeed before the file goes live.
    pub(crate) validate: Option<&'a str>,
}

pub(super) fn put_script(put: &Put<'_>) -> String {
    write_script(&Incoming {
        path: put.path,
        size: put.size,
        mode: put.mode,
        owner: put.owner,
        validate: None,
    })
}

/// The directory that a file is in.
fn folder_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => folder,
        _ => "/",
    }
}

/// The script that receives a file on standard input and puts it in place atomically, making the
/// directories above it where they are missing.
///
/// The new content is checked for its exact size and synced before the rename, so that neither a
/// cut connection nor a full disk can leave half a file under the real name. Where the rename
/// fails because the destination is a bind mount, the file is overwritten in place.
pub(crate) fn write_script(file: &Incoming<'_>) -> String {
    let path = quote(file.path);
    let owner = file
        .owner
        .map(|owner| format!("chown {} \"$t\"\n", quote(owner)))
        .unwrap_or_default();
    let validate = file
        .validate
        .map(|command| {
            let command = command.replace("%s", "\"$t\"");
            format!("( {command}\n) </dev/null >&2 || {{ echo \"the new content did not pass its validation\" >&2; exit 1; }}\n")
        })
        .unwrap_or_default();
    format!(
        "set -e\n\
         [ -d {folder} ] || ( umask 022; mkdir -p {folder} )\n\
         t=$(mktemp {path}.XXXXXX)\n\
         trap 'rm -f \"$t\"' EXIT\n\
         cat > \"$t\"\n\
         n=$(wc -c < \"$t\")\n\
         [ \"$n\" -eq {size} ] || {{ echo \"received $n of {size} bytes\" >&2; exit 1; }}\n\
         {owner}chmod {mode:o} \"$t\"\n\
         {validate}\
         sync \"$t\"\n\
         mv -fT \"$t\" {path} 2>/dev/null || cat \"$t\" > {path}\n",
        folder = quote(folder_of(file.path)),
        size = file.size,
        mode = file.mode,
    )
}

/// The script that receives several files, one line of base64 each, and puts them in place once
/// `judge` has passed all of them as `$d/0`, `$d/1`, ...; `finish` then makes them live.
pub(crate) fn write_all_script(files: &[Incoming<'_>], judge: &str, finish: &str) -> String {
    use std::fmt::Write as _;
    let mut script =
        String::from("set -e\nd=$(mktemp -d)\ntrap 'rm -rf \"$d\"' EXIT\n(\numask 077\n");
    for (index, file) in files.iter().enumerate() {
        let size = file.size;
        writeln!(
            script,
            "IFS= read -r l || :\nprintf '%s' \"$l\" | base64 -d > \"$d/{index}\"\n\
             n=$(wc -c < \"$d/{index}\")\n\
             [ \"$n\" -eq {size} ] || {{ echo \"received $n of {size} bytes\" >&2; exit 1; }}"
        )
        .ok();
    }
    write!(
        script,
        ")\n( set -e\n{judge}\n) </dev/null >&2 || {{ echo \"the new content did not pass its validation\" >&2; exit 1; }}\n"
    )
    .ok();
    for (index, file) in files.iter().enumerate() {
        let path = quote(file.path);
        let folder = quote(file.path.rsplit_once('/').map_or("/", |(folder, _)| folder));
        let owner = file
            .owner
            .map(|owner| format!("chown {} \"$t\"\n", quote(owner)))
            .unwrap_or_default();
        write!(
            script,
            "mkdir -p {folder}/\n\
             t=$(mktemp {path}.XXXXXX)\n\
             cat \"$d/{index}\" > \"$t\" || {{ rm -f \"$t\"; exit 1; }}\n\
             {owner}chmod {mode:o} \"$t\"\n\
             sync \"$t\"\n\
             mv -fT \"$t\" {path} 2>/dev/null || {{ cat \"$t\" > {path}; rm -f \"$t\"; }}\n",
            mode = file.mode,
        )
        .ok();
    }
    script.push_str(finish);
    script
}
