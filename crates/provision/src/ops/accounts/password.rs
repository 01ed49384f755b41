//! What `/etc/shadow` says of a user: asked without the hash ever leaving the host.

use crate::connections::{Command, quote};
use crate::facts::path::sha256_of;
use crate::facts::{FactKey, Probed};
use crate::fields::{Fields, is_template};
use crate::ops::{Action, Change, PlanError};
use crate::secret::Secret;

/// What is asked of a user's password and of how long it may log in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Password {
    /// A crypt hash.
    pub(super) hash: Option<Secret>,
    pub(super) locked: Option<bool>,
    pub(super) expires: Option<Expiry>,
}

/// Until when a user may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    Never,
    /// Days since 1970, and the date as it was written.
    On(i64, String),
}

pub(super) fn parse_password(fields: &mut Fields<'_>) -> Password {
    let hash = fields.optional_text("password_hash");
    let is_open = |text: &str, fields: &Fields<'_>| fields.findings.unrendered && is_template(text);
    if let Some(hash) = hash
        .as_ref()
        .filter(|hash| !is_crypt_hash(hash) && !is_open(hash, fields))
    {
        let what = if hash.is_empty() {
            "empty"
        } else {
            "not a crypt hash"
        };
        let message =
            format!("'password_hash' is {what}: `openssl passwd -6` makes one of a password");
        fields.wrong("password_hash", message);
    }
    let expires = match fields.optional_text("expires") {
        None => None,
        Some(text) if text == "never" => Some(Expiry::Never),
        Some(text) if is_open(&text, fields) => None,
        Some(text) => {
            let days = days_since_1970(&text);
            if days.is_none() {
                let message = format!("'{text}' is not a date as YYYY-MM-DD, nor 'never'");
                fields.wrong("expires", message);
            }
            days.map(|days| Expiry::On(days, text))
        }
    };
    Password {
        hash: hash.map(Secret::new),
        locked: fields.boolean("locked"),
        expires,
    }
}

fn is_crypt_hash(text: &str) -> bool {
    text.starts_with('$')
        && text.matches('$').count() >= 3
        && text.len() > 20
        && text
            .chars()
            .all(|c| c.is_ascii_graphic() && !":!*\\".contains(c))
}

/// Days since 1970-01-01 of a date `YYYY-MM-DD` after it.
fn days_since_1970(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day): (i64, i64, i64) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if is_leap { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month.checked_sub(1)?).ok()?;
    let length = *lengths.get(index)?;
    if year < 1970 || !(1..=length).contains(&day) {
        return None;
    }
    let years = year - 1;
    let leap_days = (years / 4 - years / 100 + years / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
    let months: i64 = lengths[..index].iter().sum();
    Some((year - 1970) * 365 + leap_days + months + day - 1)
}

impl Password {
    fn is_asked(&self) -> bool {
        *self != Self::default()
    }

    fn probe_name(user: &str) -> String {
        format!("password of {user}")
    }

    /// Prints whether the hash is the wanted one, whether it is locked, and when the user expires.
    pub(super) fn fact(&self, user: &str) -> Option<FactKey> {
        let wanted = self
            .hash
            .as_ref()
            .map(|hash| sha256_of(hash.expose().as_bytes()));
        self.is_asked().then(|| FactKey::Probe {
            name: Self::probe_name(user),
            script: format!(
                "s=$(getent shadow {user}) || exit 3\n\
                 s=${{s#*:}}; h=${{s%%:*}}\n\
                 case $h in !|!!|\\*|!\\*) l=none ;; !*) l=locked ;; *) l=open ;; esac\n\
                 h=$(printf '%s' \"${{h#!}}\" | sha256sum)\n\
                 if [ \"${{h%% *}}\" = {wanted} ]; then e=equal; else e=other; fi\n\
                 echo \"$e $l $(printf '%s' \"$s\" | cut -d : -f 7)\"",
                user = quote(user),
                wanted = quote(wanted.as_deref().unwrap_or("none")),
            ),
            reads: vec!["/etc/shadow".to_owned(), "/etc/passwd".to_owned()],
        })
    }

    /// The changes for a user that is there or is made just before them.
    pub(super) fn plan(
        &self,
        user: &str,
        is_new: bool,
        probed: Option<&Probed>,
    ) -> Result<Vec<Change>, PlanError> {
        if !self.is_asked() {
            return Ok(Vec::new());
        }
        let answer = probed
            .filter(|it| it.status == 0)
            .map(|it| it.stdout.trim_end());
        let answer = match answer {
            _ if is_new => "other none",
            Some(answer) => answer,
            None => {
                return Err(PlanError(format!(
                    "what the host knows of {user}'s password cannot be read: log in as root or set `become: true` for this host"
                )));
            }
        };
        let words: Vec<&str> = answer.split(' ').collect();
        let word = |index: usize| words.get(index).copied().unwrap_or_default();
        let mut changes = Vec::new();
        let mut lock = word(1);
        if let Some(hash) = self.hash.as_ref().filter(|_| word(0) != "equal") {
            let stdin = format!("{user}:{}\n", hash.expose());
            changes.push(Change {
                summary: format!("set the password of {user}"),
                diff: None,
                action: Action::Run(Command::new("chpasswd -e").stdin(stdin)),
            });
            lock = "open";
        }
        let quoted = quote(user);
        match (self.locked, lock) {
            (Some(true), "open") => changes.push(Change::run(
                format!("lock the password of {user}"),
                format!("usermod --lock {quoted}"),
            )),
            (Some(false), "locked") => changes.push(Change::run(
                format!("unlock the password of {user}"),
                format!("usermod --unlock {quoted}"),
            )),
            (Some(false), "none") => {
                return Err(PlanError(format!(
                    "{user} has no password that could be unlocked: give a 'password_hash'"
                )));
            }
            _ => {}
        }
        let current = word(2).parse::<i64>().ok();
        match &self.expires {
            Some(Expiry::On(days, date)) if current != Some(*days) => changes.push(Change::run(
                format!("let {user} expire on {date}"),
                format!("usermod --expiredate {date} {quoted}"),
            )),
            Some(Expiry::Never) if current.is_some() => changes.push(Change::run(
                format!("let {user} never expire"),
                format!("usermod --expiredate '' {quoted}"),
            )),
            _ => {}
        }
        Ok(changes)
    }

    pub(super) fn probed<'a>(user: &str, facts: &'a crate::facts::Facts) -> Option<&'a Probed> {
        facts.probes.get(&Self::probe_name(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_as_shadow_counts_them() {
        assert_eq!(days_since_1970("1970-01-01"), Some(0));
        assert_eq!(days_since_1970("2000-03-01"), Some(11_017));
        assert_eq!(days_since_1970("2026-11-21"), Some(20_778));
        assert_eq!(days_since_1970("2100-03-01"), Some(47_541));
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-1", "1969-12-31", "x"] {
            assert_eq!(days_since_1970(wrong), None, "{wrong}");
        }
    }
}
