//! From where and as whom examctl is on the host: what a firewall or sshd must not lock out.

use std::net::IpAddr;

use crate::facts::{FactKey, Facts, Request};

const NAME: &str = "ssh session";

/// `sudo` clears the environment: what sshd set is then found with a process further up.
const SCRIPT: &str = r#"c=$SSH_CONNECTION u=${SUDO_USER:-$USER} p=$$
while [ -z "$c" ] && [ "$p" -gt 1 ]; do
  e=$(tr '\0' '\n' <"/proc/$p/environ" 2>/dev/null)
  c=$(printf '%s\n' "$e" | sed -n 's/^SSH_CONNECTION=//p')
  u=$(printf '%s\n' "$e" | sed -n 's/^USER=//p')
  read -r s <"/proc/$p/stat" || break
  s=${s##*) }; s=${s#* }; p=${s%% *}
done
[ -n "$c" ] || exit 0
echo "$u $c"
id -Gn "$u""#;

/// A login over SSH as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) user: String,
    pub(crate) groups: Vec<String>,
    /// Where examctl comes from.
    pub(crate) address: IpAddr,
    /// The port of the host that it came to.
    pub(crate) port: u16,
}

pub(crate) fn session_request() -> Request {
    FactKey::Probe {
        name: NAME.to_owned(),
        script: SCRIPT.to_owned(),
        reads: vec!["/etc/group".to_owned()],
    }
    .into()
}

/// `None` where the host is reached another way than over SSH.
pub(crate) fn session(facts: &Facts) -> Option<Session> {
    parse(&facts.probes.get(NAME)?.stdout)
}

fn parse(text: &str) -> Option<Session> {
    let mut lines = text.lines();
    let words: Vec<&str> = lines.next()?.split_whitespace().collect();
    let [user, address, _, _, port] = words.as_slice() else {
        return None;
    };
    // A link-local address comes with the interface, fe80::1%eth0.
    let address = address.split('%').next()?.parse::<IpAddr>().ok()?;
    Some(Session {
        user: (*user).to_owned(),
        groups: lines
            .flat_map(str::split_whitespace)
            .map(str::to_owned)
            .collect(),
        address: address.to_canonical(),
        port: port.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_understood_and_a_local_one_is_none() {
        let session = parse("deploy ::ffff:10.0.0.5 40000 10.0.0.1 22\ndeploy sudo").unwrap();
        assert_eq!(session.address, "10.0.0.5".parse::<IpAddr>().unwrap());
        assert_eq!((session.port, session.groups.len()), (22, 2));
        assert_eq!(parse(""), None);
    }
}
