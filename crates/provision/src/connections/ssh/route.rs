//! The way to a host: which hops there are, and what is needed at each.
//!
//! For every setting the inventory comes first, then the user's SSH configuration, then what is
//! usual. The configuration is asked for the inventory's address, as `ssh ADDRESS` would.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::connections::ConnectionError;
use crate::connections::open::OpenOptions;
use crate::connections::ssh_config::{Found, SshConfig, Tokens, expand_home, port};
use crate::inventory::Host;

/// Between keepalive messages unless the configuration says otherwise.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// What stands for "never".
const NEVER: Duration = Duration::from_hours(24);
const HOP_LIMIT: usize = 8;

/// One host that is logged in to.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub(super) address: String,
    pub(super) port: u16,
    pub(super) user: String,
    /// The name under which its key is known.
    pub(super) key_name: String,
    pub(super) identity_files: Vec<PathBuf>,
    /// The agent's other keys are not offered.
    pub(super) identities_only: bool,
    pub(super) known_hosts: Vec<PathBuf>,
    pub(super) accept_new: bool,
    pub(super) home: Option<PathBuf>,
    pub(super) connect_timeout: Duration,
    pub(super) keepalive: Duration,
    /// What of the configuration was passed over.
    notes: Vec<String>,
}

impl Hop {
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.address, self.port)
    }

    pub(super) fn first_known_hosts(&self) -> PathBuf {
        self.known_hosts.first().cloned().unwrap_or_default()
    }

    pub(super) fn with_notes(&self, reason: String) -> String {
        self.notes
            .iter()
            .fold(reason, |reason, note| format!("{reason}\n(note: {note})"))
    }
}

/// The hops in order; the last one is the host itself.
#[derive(Clone, Debug)]
pub(super) struct Route {
    jumps: Vec<Hop>,
    target: Hop,
}

impl Route {
    pub(super) fn find(host: &Host, options: &OpenOptions) -> Result<Self, ConnectionError> {
        Finder::new(host, options)
            .and_then(|finder| finder.route())
            .map_err(|reason| ConnectionError::Settings {
                host: host.name.clone(),
                reason,
            })
    }

    pub(super) fn hops(&self) -> impl Iterator<Item = &Hop> {
        self.jumps.iter().chain([&self.target])
    }

    pub(super) fn target(&self) -> &Hop {
        &self.target
    }

    pub(super) fn name(&self) -> String {
        let target = &self.target;
        let name = format!("ssh {}@{}", target.user, target.place());
        let through: Vec<String> = self
            .jumps
            .iter()
            .map(|jump| format!("{}@{}", jump.user, jump.place()))
            .collect();
        if through.is_empty() {
            return name;
        }
        format!("{name} through {}", through.join(", "))
    }
}

struct Finder<'a> {
    host: &'a Host,
    options: &'a OpenOptions,
    config: SshConfig,
}

/// A host as it was asked for: `[user@]host[:port]`.
struct Asked {
    name: String,
    user: Option<String>,
    port: Option<u16>,
}

impl<'a> Finder<'a> {
    fn new(host: &'a Host, options: &'a OpenOptions) -> Result<Self, String> {
        let home = options.home.as_deref();
        let named = host.ssh_config.as_ref().or(options.ssh_config.as_ref());
        let config = match (named, home) {
            (Some(file), home) => SshConfig::load(&expand_home(file, home), home, true)?,
            (None, Some(home)) => SshConfig::load(&home.join(".ssh/config"), Some(home), false)?,
            (None, None) => SshConfig::default(),
        };
        Ok(Self {
            host,
            options,
            config,
        })
    }

    fn route(&self) -> Result<Route, String> {
        let host = self.host;
        let found = self.config.look_up(&host.address)?;
        let asked = Asked {
            name: host.address.clone(),
            user: host.user.clone(),
            port: host.port,
        };
        let target = self.hop(&asked, &found, true)?;
        let jumps = match host.proxy_jump.as_ref().or(found.proxy_jump.as_ref()) {
            Some(jumps) => self.jumps(jumps, 0)?,
            None => Vec::new(),
        };
        Ok(Route { jumps, target })
    }

    /// The hops of `a,b`. As with OpenSSH, the first may have jump hosts of its own.
    fn jumps(&self, text: &str, depth: usize) -> Result<Vec<Hop>, String> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Vec::new());
        }
        let mut hops = Vec::new();
        for (index, text) in text.split(',').enumerate() {
            let asked = asked(text.trim())?;
            let found = self.config.look_up(&asked.name)?;
            if index == 0
                && let Some(before) = &found.proxy_jump
            {
                if depth == HOP_LIMIT {
                    return Err(format!(
                        "the jump hosts before '{}' lead in a circle",
                        asked.name
                    ));
                }
                hops = self.jumps(before, depth + 1)?;
            }
            hops.push(self.hop(&asked, &found, false)?);
        }
        if hops.len() > HOP_LIMIT {
            return Err(format!(
                "there are more than {HOP_LIMIT} jump hosts on the way"
            ));
        }
        Ok(hops)
    }

    fn hop(&self, asked: &Asked, found: &Found, is_target: bool) -> Result<Hop, String> {
        let (host, options) = (self.host, self.options);
        let home = options.home.as_deref();
        let local_user = options.user.as_deref().unwrap_or("root");
        let user = asked.user.as_ref().or(found.user.as_ref());
        let user = user.map_or(local_user, String::as_str);
        let port = asked.port.or(found.port).unwrap_or(22);
        let mut tokens = Tokens {
            home,
            host: &asked.name,
            original: &asked.name,
            user,
            local_user,
            port,
        };
        let address = match &found.host_name {
            Some(name) => tokens.expand(name)?,
            None => asked.name.clone(),
        };
        tokens.host = &address;
        let paths = |texts: &[String]| -> Result<Vec<PathBuf>, String> {
            texts.iter().map(|text| tokens.path(text)).collect()
        };
        let own = |file: &Option<PathBuf>| file.as_deref().map(|file| vec![expand(file, home)]);
        let from_config = paths(&found.identity_files)?;
        // What the inventory names is for the host; a jump host that the configuration knows
        // nothing of takes it as well.
        let identity_files = match own(&host.identity_file) {
            Some(files) if is_target || from_config.is_empty() => files,
            _ => from_config,
        };
        let from_config = found.known_hosts.as_deref().map(paths).transpose()?;
        let known_hosts = match (own(&host.known_hosts), from_config) {
            (Some(files), from_config) if is_target || from_config.is_none() => files,
            (_, Some(files)) => files,
            (_, None) => paths(&["~/.ssh/known_hosts".to_owned()])?,
        };
        let seconds = |s: u32| Duration::from_secs(u64::from(s));
        Ok(Hop {
            key_name: found
                .host_key_alias
                .clone()
                .unwrap_or_else(|| address.clone()),
            port,
            user: user.to_owned(),
            identity_files,
            identities_only: found.identities_only.unwrap_or(false),
            known_hosts,
            accept_new: options.accept_new || found.accept_new.unwrap_or(false),
            home: options.home.clone(),
            connect_timeout: match found.connect_timeout_s {
                None | Some(0) => options.connect_timeout,
                Some(limit) => seconds(limit),
            },
            keepalive: match found.keepalive_s {
                None => KEEPALIVE,
                Some(0) => NEVER,
                Some(interval) => seconds(interval),
            },
            notes: self.config.notes.clone(),
            address,
        })
    }
}

fn expand(file: &Path, home: Option<&Path>) -> PathBuf {
    expand_home(file, home)
}

/// `[user@]host[:port]`, also as `ssh://`; an IPv6 address with a port stands in brackets.
fn asked(text: &str) -> Result<Asked, String> {
    let wrong = || format!("'{text}' is not a jump host; write [user@]host[:port]");
    let rest = text.strip_prefix("ssh://").unwrap_or(text);
    let (user, place) = match rest.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, rest),
    };
    let (name, number) = match place.strip_prefix('[') {
        Some(place) => {
            let (name, after) = place.split_once(']').ok_or_else(wrong)?;
            (name, after.strip_prefix(':'))
        }
        None if place.matches(':').count() > 1 => (place, None),
        None => place
            .split_once(':')
            .map_or((place, None), |(name, number)| (name, Some(number))),
    };
    if name.is_empty() || name.starts_with('-') || user.as_deref() == Some("") {
        return Err(wrong());
    }
    Ok(Asked {
        name: name.to_owned(),
        user,
        port: number
            .map(port)
            .transpose()
            .map_err(|message| format!("{}: {message}", wrong()))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Inventory;

    const CONFIG: &str = "\
Host web
  HostName 10.0.0.7
  User deploy
  Port 2222
  ProxyJump bastion
  IdentityFile ~/.ssh/%h-%r
Host bastion
  HostName bastion.example.org
  User jumper
  ProxyJump outer
  HostKeyAlias gate
Host circle
  ProxyJump circle
";

    fn route(host: &str) -> Result<Route, ConnectionError> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        std::fs::write(&config, CONFIG).unwrap();
        let options = OpenOptions {
            home: Some("/home/eve".into()),
            user: Some("eve".to_owned()),
            ssh_config: Some(config),
            ..OpenOptions::default()
        };
        let inventory = Inventory::parse("i.yaml", &format!("hosts: {{h: {host}}}")).unwrap();
        Route::find(&inventory.hosts[0], &options)
    }

    #[test]
    fn the_inventory_comes_before_the_configuration_and_that_before_the_usual() {
        for (host, name) in [
            (
                "{address: web}",
                "ssh deploy@10.0.0.7:2222 through eve@outer:22, jumper@bastion.example.org:22",
            ),
            (
                "{address: web, user: root, port: 22, proxy_jump: 'a@[::1]:22,b:23'}",
                "ssh root@10.0.0.7:22 through a@::1:22, eve@b:23",
            ),
            (
                "{address: web, proxy_jump: none}",
                "ssh deploy@10.0.0.7:2222",
            ),
            ("{address: other}", "ssh eve@other:22"),
        ] {
            assert_eq!(route(host).unwrap().name(), name);
        }
        let found = route("{address: web}").unwrap();
        let file = Path::new("/home/eve/.ssh/10.0.0.7-deploy");
        assert_eq!(found.target.identity_files, [file]);
        assert_eq!(found.jumps[1].key_name, "gate");
        let own = route("{address: web, identity_file: /k, known_hosts: /h}").unwrap();
        assert_eq!(own.target.identity_files, [Path::new("/k")]);
        assert_eq!(own.jumps[1].known_hosts, [Path::new("/h")]);
    }

    #[test]
    fn ways_that_cannot_be_are_refused() {
        for (host, message) in [
            ("{address: circle}", "lead in a circle"),
            ("{proxy_jump: 'a:x'}", "is not a jump host"),
            ("{proxy_jump: '@a'}", "is not a jump host"),
            ("{ssh_config: /does/not/exist}", "cannot be read"),
        ] {
            let error = route(host).unwrap_err().to_string();
            assert!(error.contains(message), "{host}: {error}");
        }
    }
}
