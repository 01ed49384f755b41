use std::path::Path;

use super::{SshConfig, Tokens};

const HOME: &str = "/home/eve";

fn parse(text: &str) -> SshConfig {
    SshConfig::parse(Path::new("config"), text, Some(Path::new(HOME))).unwrap()
}

/// What counts for a host, as one line.
fn shown(text: &str, host: &str) -> String {
    let found = parse(text).look_up(host).unwrap();
    let mut words = vec![host.to_owned()];
    words.extend(found.user.map(|user| format!("user={user}")));
    words.extend(found.host_name.map(|name| format!("name={name}")));
    words.extend(found.host_key_alias.map(|name| format!("alias={name}")));
    words.extend(found.port.map(|port| format!("port={port}")));
    words.extend(
        found
            .identity_files
            .iter()
            .map(|file| format!("key={file}")),
    );
    words.extend(found.identities_only.map(|only| format!("only={only}")));
    words.extend(found.proxy_jump.map(|jump| format!("jump={jump}")));
    words.extend(found.known_hosts.map(|files| format!("known={files:?}")));
    words.extend(found.accept_new.map(|new| format!("new={new}")));
    words.extend(found.connect_timeout_s.map(|s| format!("timeout={s}")));
    words.extend(found.keepalive_s.map(|s| format!("alive={s}")));
    words.join(" ")
}

const EXAMPLE: &str = r#"
# before any block: for all
ServerAliveInterval 30

Host exam-* !exam-old
    HostName %h.example.org
    User=deploy
    Port = 2222
    IdentityFile "~/.ssh/exam key"   # a comment
    IdentityFile ~/.ssh/second
Host bastion jump?
    User jumper
    IdentitiesOnly yes
    StrictHostKeyChecking accept-new
    UserKnownHostsFile ~/.ssh/a "~/.ssh/b c"
Match host exam-1 exec "false"
    User never
Match all
    ConnectTimeout 1m30s
Host *
    User fallback
    IdentityFile ~/.ssh/third
    ProxyJump bastion,two@jump2:2200
    host-unknown-setting whatever
"#;

#[test]
fn the_first_value_counts_and_key_files_add_up() {
    for line in [
        "exam-1 user=deploy name=%h.example.org port=2222 key=~/.ssh/exam key key=~/.ssh/second \
         key=~/.ssh/third jump=bastion,two@jump2:2200 timeout=90 alive=30",
        "exam-old user=fallback key=~/.ssh/third jump=bastion,two@jump2:2200 timeout=90 alive=30",
        "jump7 user=jumper key=~/.ssh/third only=true jump=bastion,two@jump2:2200 \
         known=[\"~/.ssh/a\", \"~/.ssh/b c\"] new=true timeout=90 alive=30",
        "jump77 user=fallback key=~/.ssh/third jump=bastion,two@jump2:2200 timeout=90 alive=30",
    ] {
        let host = line.split(' ').next().unwrap();
        assert_eq!(shown(EXAMPLE, host), line);
    }
    let notes = parse(EXAMPLE).notes;
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].starts_with("config:16: this Match block"),
        "{notes:?}"
    );
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, host, message) in [
        ("Port 0", "a", "config:1: a port is a number"),
        ("Port 70000", "a", "config:1: a port is a number"),
        ("\nUser", "a", "config:2: 'User' needs a value"),
        ("IdentityFile \"x", "a", "config:1: a quote is not closed"),
        (
            "ConnectTimeout soon",
            "a",
            "config:1: connecttimeout is a time",
        ),
        (
            "ConnectTimeout 99999999h",
            "a",
            "config:1: connecttimeout is a time",
        ),
        (
            "IdentitiesOnly maybe",
            "a",
            "config:1: identitiesonly is yes or no",
        ),
        (
            "StrictHostKeyChecking no",
            "a",
            "config:1: StrictHostKeyChecking no is refused",
        ),
        (
            "ProxyCommand nc %h %p",
            "a",
            "config:1: ProxyCommand is not supported",
        ),
    ] {
        let home = Some(Path::new(HOME));
        let error = SshConfig::parse(Path::new("config"), text, home)
            .and_then(|config| config.look_up(host))
            .unwrap_err();
        assert!(error.starts_with(message), "{text}: {error}");
    }
}

#[test]
fn a_mistake_in_another_hosts_block_is_no_mistake_here() {
    let text = "Host other\n  StrictHostKeyChecking no\nHost *\n  User me\n";
    assert_eq!(shown(text, "mine"), "mine user=me");
    assert!(parse(text).look_up("other").is_err());
    let jump_first = "ProxyJump b\nProxyCommand nc\n";
    assert_eq!(shown(jump_first, "a"), "a jump=b");
}

#[test]
fn included_files_count_where_they_stand_and_a_circle_is_a_mistake() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".ssh/conf.d");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("10-a"), "Host web\nUser ten\nHost *\nPort 10\n").unwrap();
    std::fs::write(folder.join("20-b"), "User twenty\nPort 20\n").unwrap();
    std::fs::write(folder.join("circle"), "Include conf.d/circle\n").unwrap();
    let look_up = |text: &str, host: &str| {
        SshConfig::parse(Path::new("config"), text, Some(home.path()))
            .and_then(|config| config.look_up(host))
    };
    let text = "Host w*\nInclude conf.d/?0-* conf.d/missing\nHost *\nUser last\n";
    let web = look_up(text, "web").unwrap();
    assert_eq!((web.user.as_deref(), web.port), (Some("ten"), Some(10)));
    let wiki = look_up(text, "wiki").unwrap();
    assert_eq!(
        (wiki.user.as_deref(), wiki.port),
        (Some("twenty"), Some(10))
    );
    let other = look_up(text, "other").unwrap();
    assert_eq!((other.user.as_deref(), other.port), (Some("last"), None));
    let error = look_up("Include conf.d/circle", "web").unwrap_err();
    assert!(error.ends_with("too deeply"), "{error}");
}

#[test]
fn tokens_stand_for_this_host() {
    let tokens = Tokens {
        home: Some(Path::new(HOME)),
        host: "10.0.0.1",
        original: "web",
        user: "root",
        local_user: "eve",
        port: 22,
    };
    let path = tokens.path("~/%d/%h-%n-%r-%u-%p-%%").unwrap();
    assert_eq!(
        path,
        Path::new("/home/eve//home/eve/10.0.0.1-web-root-eve-22-%")
    );
    assert!(tokens.expand("%C").unwrap_err().contains("%C"));
    assert!(tokens.expand("%").unwrap_err().contains("not supported"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s)(Host |Match |Port |[a-zA-Z]{0,6}|[ =\"'\\\\#*?!%\n]){0,40}") {
        if let Ok(config) = SshConfig::parse(Path::new("config"), &text, None) {
            config.look_up("web").ok();
        }
    }
}
