//! One line of `authorized_keys`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const TYPES: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// A public key as OpenSSH writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// What stands before the type, for instance `from="10.0.0.0/8"`.
    pub(crate) options: String,
    pub(crate) kind: String,
    /// What makes it this key and no other.
    pub(crate) blob: String,
    pub(crate) comment: String,
}

impl PublicKey {
    /// Reads a line; the message says what is wrong without repeating it.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        if line.contains("PRIVATE KEY") {
            return Err(
                "that is a private key, which belongs on no host: give the line of its .pub file"
                    .to_owned(),
            );
        }
        if line.contains(['\n', '\r']) {
            return Err("a public key is one line".to_owned());
        }
        let words = words(line);
        let known = |word: &&str| TYPES.contains(word);
        let Some(index) = words.iter().position(known) else {
            let dated = words.contains(&"ssh-dss");
            let what = if dated {
                "OpenSSH takes no ssh-dss keys any more"
            } else {
                "that is not a public key as OpenSSH writes it, `ssh-ed25519 AAAA... comment`"
            };
            return Err(what.to_owned());
        };
        let kind = words[index];
        let blob = words.get(index + 1).copied().unwrap_or_default();
        let names_itself = STANDARD.decode(blob).is_ok_and(|bytes| {
            let length = u32::try_from(kind.len()).unwrap_or_default().to_be_bytes();
            bytes.len() > kind.len() + 20
                && bytes.starts_with(&length)
                && bytes[4..].starts_with(kind.as_bytes())
        });
        if !names_itself {
            return Err(format!("the {kind} key is damaged or cut short"));
        }
        Ok(Self {
            options: words[..index].join(" "),
            kind: kind.to_owned(),
            blob: blob.to_owned(),
            comment: words[index + 2..].join(" "),
        })
    }

    /// The line without its end.
    pub(crate) fn line(&self) -> String {
        [&self.options, &self.kind, &self.blob, &self.comment]
            .into_iter()
            .filter(|word| !word.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Words between blanks; a blank between quotes belongs to its word.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quoted = false;
    let mut escaped = false;
    for (index, c) in line.char_indices() {
        let is_blank = matches!(c, ' ' | '\t') && !quoted;
        match (is_blank, start) {
            (true, Some(from)) => {
                words.push(&line[from..index]);
                start = None;
            }
            (false, None) => start = Some(index),
            _ => {}
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && !escaped;
    }
    words.extend(start.map(|from| &line[from..]));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOB: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIEJt8ZtRDpkZ8cFn0OZ0YzQm3JZQ1mEJc0Zl3mFzQ0aB";

    #[test]
    fn options_with_blanks_and_quotes_stay_whole() {
        let line = format!(r#"command="echo \"a b\"",no-pty ssh-ed25519 {BLOB} ann at home"#);
        let key = PublicKey::parse(&line).unwrap();
        assert_eq!(key.options, r#"command="echo \"a b\"",no-pty"#);
        assert_eq!(key.comment, "ann at home");
        assert_eq!(key.line(), line);
    }

    #[test]
    fn what_is_no_public_key_is_refused_without_repeating_it() {
        let cut = format!("ssh-ed25519 {}", &BLOB[..20]);
        let other = format!("ssh-rsa {BLOB}");
        for line in [
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "hunter2",
            &cut,
            &other,
        ] {
            let message = PublicKey::parse(line).unwrap_err();
            assert!(
                !message.contains("hunter2") && !message.contains("AAAAC3"),
                "{message}"
            );
        }
    }
}
