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

/// The script that receives a file on standard input and puts it in place atomically.
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
         t=$(mktemp {path}.XXXXXX)\n\
         trap 'rm -f \"$t\"' EXIT\n\
         cat > \"$t\"\n\
         n=$(wc -c < \"$t\")\n\
         [ \"$n\" -eq {size} ] || {{ echo \"received $n of {size} bytes\" >&2; exit 1; }}\n\
         {owner}chmod {mode:o} \"$t\"\n\
         {validate}\
         sync \"$t\"\n\
         mv -fT \"$t\" {path} 2>/dev/null || cat \"$t\" > {path}\n",
        size = file.size,
        mode = file.mode,
    )
}
