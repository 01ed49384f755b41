//! The settings of one host.

/// What a file says for a host, each value as it stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::connections) struct Found {
    pub(in crate::connections) host_name: Option<String>,
    pub(in crate::connections) host_key_alias: Option<String>,
    pub(in crate::connections) user: Option<String>,
    pub(in crate::connections) port: Option<u16>,
    /// All of them, in order.
    pub(in crate::connections) identity_files: Vec<String>,
    pub(in crate::connections) identities_only: Option<bool>,
    /// `none` where a jump is switched off.
    pub(in crate::connections) proxy_jump: Option<String>,
    pub(in crate::connections) known_hosts: Option<Vec<String>>,
    /// Whether a host that is not known yet is noted and trusted.
    pub(in crate::connections) accept_new: Option<bool>,
    pub(in crate::connections) connect_timeout_s: Option<u32>,
    /// 0: never.
    pub(in crate::connections) keepalive_s: Option<u32>,
}

impl Found {
    /// Takes a setting that is not set yet. Settings that have no meaning here are passed over.
    pub(super) fn take(&mut self, keyword: &str, arguments: &[String]) -> Result<(), String> {
        let value = arguments.first().map(String::as_str).unwrap_or_default();
        match keyword {
            "hostname" => set(&mut self.host_name, value.to_owned()),
            "hostkeyalias" => set(&mut self.host_key_alias, value.to_owned()),
            "user" => set(&mut self.user, value.to_owned()),
            "port" => set(&mut self.port, port(value)?),
            "identityfile" => match value {
                "none" => {}
                file => self.identity_files.push(file.to_owned()),
            },
            "identitiesonly" => set(&mut self.identities_only, yes_no(keyword, value)?),
            "proxyjump" => set(&mut self.proxy_jump, value.to_owned()),
            "proxycommand" if self.proxy_jump.is_none() && value != "none" => {
                return Err(
                    "ProxyCommand is not supported; name the way with ProxyJump, here or as \
                     `proxy_jump` in the inventory"
                        .to_owned(),
                );
            }
            "userknownhostsfile" => set(&mut self.known_hosts, arguments.to_vec()),
            "stricthostkeychecking" => set(&mut self.accept_new, accept_new(value)?),
            "connecttimeout" => set(&mut self.connect_timeout_s, seconds(keyword, value)?),
            "serveraliveinterval" => set(&mut self.keepalive_s, seconds(keyword, value)?),
            _ => {}
        }
        Ok(())
    }
}

fn set<T>(place: &mut Option<T>, value: T) {
    place.get_or_insert(value);
}

pub(in crate::connections) fn port(value: &str) -> Result<u16, String> {
    match value.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(format!("a port is a number from 1 to 65535, not '{value}'")),
    }
}

fn yes_no(keyword: &str, value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("{keyword} is yes or no, not '{value}'")),
    }
}

fn accept_new(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        // There is nobody to ask.
        "yes" | "true" | "ask" => Ok(false),
        "accept-new" => Ok(true),
        "no" | "false" | "off" => Err(
            "StrictHostKeyChecking no is refused: whoever stands in between would get the host's \
             secrets. Use accept-new, which trusts a new host once and notices a changed one"
                .to_owned(),
        ),
        _ => Err(format!(
            "StrictHostKeyChecking is yes or accept-new, not '{value}'"
        )),
    }
}

/// `90`, `90s`, `5m`, `1h` or a sequence of these.
fn seconds(keyword: &str, value: &str) -> Result<u32, String> {
    let wrong = || format!("{keyword} is a time in seconds, not '{value}'");
    let mut total: u32 = 0;
    let mut number = String::new();
    for letter in value.to_ascii_lowercase().chars().chain(['s']) {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            's' if number.is_empty() && total > 0 => continue,
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return Err(wrong()),
        };
        let part: u32 = number.parse().map_err(|_| wrong())?;
        total = part
            .checked_mul(unit)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(wrong)?;
        number.clear();
    }
    Ok(total)
}
