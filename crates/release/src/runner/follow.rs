//! How is a log followed by short questions? Each answer ends with a cursor that the next one takes up.
//!
//! A question waits on the host for a moment until there is something to say, so that lines come as they
//! are written, none is lost or said twice, and whoever asks can stop between two questions.

use provision::connections::quote;

/// From where on a log is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The last so many lines.
    Last(usize),
    /// What came after this cursor of an earlier answer.
    After(String),
}

const MARK: &[u8] = b"\ncursor ";
/// More than that is said in the next answer.
const CHUNK_MAX_BYTES: u32 = 1 << 18;
/// The same, of an engine that counts lines.
const LINES_MAX: u32 = 2000;

/// What an answer says, and the cursor for the next question; `None` where it was cut off.
pub(crate) fn parse_answer(answer: &[u8]) -> Option<(&[u8], String)> {
    let at = answer
        .windows(MARK.len())
        .rposition(|window| window == MARK)?;
    let cursor = String::from_utf8_lossy(&answer[at + MARK.len()..]);
    Some((&answer[..at], cursor.strip_suffix('\n')?.to_owned()))
}

/// Reads a file that is renamed to `FILE.1` when it has grown too large.
pub(super) fn file_script(path: &str, place: &Place) -> String {
    let file = quote(path);
    let cursor = match place {
        Place::Last(lines) => {
            return format!(
                "set -- $(stat -c '%i %s' {file} 2>/dev/null || echo 0 0)\n\
                 [ \"$2\" -eq 0 ] || head -c \"$2\" {file} | tail -n {lines}\n\
                 printf '\\ncursor %s:%s\\n' \"$1\" \"$2\""
            );
        }
        Place::After(cursor) => cursor,
    };
    let (inode, at) = cursor.split_once(':').unwrap_or(("0", "0"));
    let number = |text: &str| text.parse::<u64>().unwrap_or(0);
    format!(
        "inode={inode}; at={at}; tries=0\n\
         while :; do\n\
         set -- $(stat -c '%i %s' {file} 2>/dev/null || echo 0 0)\n\
         if [ \"$1\" != \"$inode\" ]; then\n\
         if [ \"$(stat -c %i {file}.1 2>/dev/null)\" = \"$inode\" ]; then tail -c +$((at + 1)) {file}.1; fi\n\
         inode=$1; at=0\n\
         fi\n\
         if [ \"$2\" -lt \"$at\" ]; then at=0; fi\n\
         end=$((at + {CHUNK_MAX_BYTES})); if [ \"$end\" -gt \"$2\" ]; then end=$2; fi\n\
         if [ \"$end\" -gt \"$at\" ]; then tail -c +$((at + 1)) {file} | head -c $((end - at)); at=$end; break; fi\n\
         tries=$((tries + 1)); if [ $tries -ge 5 ]; then break; fi\n\
         sleep 0.2\n\
         done\n\
         printf '\\ncursor %s:%s\\n' \"$inode\" \"$at\"",
        inode = number(inode),
        at = number(at),
    )
}

/// Reads what systemd's journal has of a unit.
pub(super) fn journal_script(unit: &str, place: &Place) -> String {
    let unit = quote(unit);
    let (from, tries, known) = match place {
        Place::Last(lines) => (format!("--lines={lines}"), 1, String::new()),
        // Nothing was ever written: then everything is new.
        Place::After(cursor) if cursor.is_empty() => ("--lines=all".to_owned(), 3, String::new()),
        Place::After(cursor) => (
            format!("--lines=all --after-cursor={}", quote(cursor)),
            3,
            cursor.clone(),
        ),
    };
    format!(
        "tries=0; cursor={known}\n\
         while :; do\n\
         text=$(timeout 20 journalctl --quiet --no-pager --output=cat --show-cursor {from} --unit={unit} 2>/dev/null)\n\
         case $text in *'-- cursor: '*)\n\
         cursor=${{text##*-- cursor: }}; printf '%s' \"${{text%-- cursor: *}}\"; break;;\n\
         esac\n\
         tries=$((tries + 1)); if [ $tries -ge {tries} ]; then break; fi\n\
         sleep 0.4\n\
         done\n\
         printf '\\ncursor %s\\n' \"$cursor\"",
        known = quote(&known),
    )
}

/// Reads what the Docker engine has of a container. Its cursor is the time of the last line: another container of the
/// same name goes on where the one before it ended.
pub(super) fn container_script(name: &str, place: &Place) -> String {
    let (known, only, tries) = match place {
        Place::Last(lines) => ("", format!("--tail={lines}"), 1),
        // Nothing was ever written: then everything is new.
        Place::After(cursor) if cursor.is_empty() => ("", String::new(), 3),
        Place::After(cursor) => (cursor.as_str(), format!("--since={}", quote(cursor)), 3),
    };
    format!(
        "tries=0; cursor={known}\n\
         while :; do\n\
         text=$(timeout 20 docker logs --timestamps {only} {name} 2>&1 | grep '^2[0-9-]*T[0-9:.]*Z ' | sort -s -k 1,1 | \
         awk -v after=\"$cursor\" '$1 > after' | head -n {LINES_MAX})\n\
         if [ -n \"$text\" ]; then\n\
         cursor=$(printf '%s\\n' \"$text\" | tail -n 1 | cut -d ' ' -f 1); printf '%s\\n' \"$text\" | cut -d ' ' -f 2-; break\n\
         fi\n\
         tries=$((tries + 1)); if [ $tries -ge {tries} ]; then break; fi\n\
         sleep 0.4\n\
         done\n\
         printf '\\ncursor %s\\n' \"$cursor\"",
        known = quote(known),
        name = quote(name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(path: &std::path::Path, place: &Place) -> (String, Place) {
        let script = file_script(path.to_str().unwrap(), place);
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", &script])
            .output()
            .unwrap();
        let (text, cursor) = parse_answer(&output.stdout).unwrap();
        (
            String::from_utf8_lossy(text).into_owned(),
            Place::After(cursor),
        )
    }

    #[test]
    fn every_line_of_a_file_is_said_once_and_a_renamed_file_is_read_to_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.log");
        let append = |text: &str| {
            use std::io::Write as _;
            let mut file = std::fs::OpenOptions::new()
                .append(true)
                .create(true)
                .open(&path)
                .unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        let (text, place) = ask(&path, &Place::Last(2));
        assert_eq!(text, "");
        append("a\nb\nc\n");
        assert_eq!(ask(&path, &Place::Last(2)).0, "b\nc\n");
        let (text, place) = ask(&path, &place);
        assert_eq!(text, "a\nb\nc\n");
        append("d\ne");
        let (text, place) = ask(&path, &place);
        assert_eq!(text, "d\ne");
        append("f\n");
        std::fs::rename(&path, directory.path().join("x.log.1")).unwrap();
        append("g\n");
        let (text, place) = ask(&path, &place);
        assert_eq!(text, "f\ng\n");
        // Emptied in place.
        std::fs::write(&path, "").unwrap();
        let (text, place) = ask(&path, &place);
        assert_eq!(text, "");
        append("h\n");
        assert_eq!(ask(&path, &place).0, "h\n");
    }

    #[test]
    fn an_answer_without_its_end_says_nothing() {
        assert_eq!(
            parse_answer(b"a\n\ncursor 1:2\n"),
            Some((&b"a\n"[..], "1:2".to_owned()))
        );
        assert_eq!(parse_answer(b"a\n\ncursor 1:"), None);
        assert_eq!(parse_answer(b"a\n"), None);
    }
}
