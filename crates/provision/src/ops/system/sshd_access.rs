//! Which settings of sshd would surely refuse the login that examctl came with.

use crate::ops::session::Session;

/// One setting with its value or values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

impl Setting {
    /// sshd takes names in any case.
    pub(super) fn key(&self) -> String {
        self.name.to_lowercase()
    }
}

/// Why the next login would be refused; `None` where it need not be.
pub(super) fn lock_out(settings: &[Setting], session: &Session) -> Option<String> {
    settings.iter().find_map(|setting| {
        let user = &session.user;
        let words = || setting.values.iter().flat_map(|value| value.split_whitespace());
        let names_user = || words().any(|pattern| matches_user(pattern, session));
        let names_group = || {
            words().any(|pattern| session.groups.iter().any(|group| matches_pattern(pattern, group)))
        };
        let name = &setting.name;
        let value = setting.values.first().map(|value| value.to_lowercase()).unwrap_or_default();
        match setting.key().as_str() {
            "allowusers" if !names_user() => Some(format!(
                "{name} does not name {user}, as whom examctl is here"
            )),
            "denyusers" if names_user() => Some(format!(
                "{name} names {user}, as whom examctl is here"
            )),
            "allowgroups" if !names_group() => Some(format!(
                "{name} names no group of {user}, as whom examctl is here"
            )),
            "denygroups" if names_group() => Some(format!(
                "{name} names a group of {user}, as whom examctl is here"
            )),
            "permitrootlogin" if user == "root" && matches!(value.as_str(), "no" | "forced-commands-only") => Some(format!(
                "{name} {value} would lock examctl out, which is here as root: let it log in as another user with `become: true` first"
            )),
            "pubkeyauthentication" if value == "no" => Some(format!(
                "{name} no would lock examctl out, which logs in by key"
            )),
            "authenticationmethods" if !words().any(|word| matches!(word, "any" | "publickey")) => Some(format!(
                "{name} asks for more than a key, which examctl cannot give"
            )),
            "port" if !words().any(|word| word == session.port.to_string()) => Some(format!(
                "{name} leaves out {}, to which examctl comes: listen on both, change the inventory, and then drop the old one",
                session.port
            )),
            _ => None,
        }
    })
}

/// `USER` or `USER@HOST`, each a pattern. A host that is no address is taken to match.
fn matches_user(pattern: &str, session: &Session) -> bool {
    match pattern.split_once('@') {
        None => matches_pattern(pattern, &session.user),
        Some((user, host)) => {
            let is_address = host
                .chars()
                .all(|c| c.is_ascii_hexdigit() || ".:*?".contains(c));
            matches_pattern(user, &session.user)
                && (!is_address || matches_pattern(host, &session.address.to_string()))
        }
    }
}

/// `*` stands for any text and `?` for any character, as in `ssh_config(5)`.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    match pattern.next() {
        None => text.is_empty(),
        Some('*') => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            let rest = pattern.as_str();
            ends.into_iter()
                .any(|at| matches_pattern(rest, &text[at..]))
        }
        Some(first) => {
            let mut rest = text.chars();
            let same = rest.next().is_some_and(|c| first == '?' || first == c);
            same && matches_pattern(pattern.as_str(), rest.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(name: &str, values: &[&str]) -> Option<String> {
        let session = Session {
            user: "deploy".into(),
            groups: vec!["deploy".into(), "sudo".into()],
            address: "10.0.0.5".parse().unwrap(),
            port: 22,
        };
        let setting = Setting {
            name: name.into(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        lock_out(&[setting], &session)
    }

    #[test]
    fn only_what_surely_refuses_the_login_is_found() {
        assert!(reason("AllowUsers", &["exam", "root"]).is_some());
        assert!(reason("AllowUsers", &["exam dep*"]).is_none());
        assert!(reason("AllowUsers", &["deploy@10.0.0.*"]).is_none());
        assert!(reason("allowusers", &["deploy@192.0.2.?"]).is_some());
        assert!(reason("AllowGroups", &["sudo"]).is_none());
        assert!(reason("DenyGroups", &["sud?"]).is_some());
        assert!(reason("Port", &["2222"]).is_some());
        assert!(reason("Port", &["2222", "22"]).is_none());
        assert!(reason("PasswordAuthentication", &["no"]).is_none());
        assert!(reason("PermitRootLogin", &["no"]).is_none());
        assert!(reason("AuthenticationMethods", &["publickey,password"]).is_some());
    }
}
