//! Values that end up inside somebody's configuration: one that would end the line it stands in,
//! or that the program would take for something else, is refused before it is written.

use std::net::IpAddr;

/// Each is an address, or a network as `192.0.2.0/24`.
pub(super) fn networks(variable: &str, list: &[String]) -> Result<(), String> {
    for network in list {
        if !is_network(network) {
            return Err(format!(
                "variable '{variable}': '{network}' is neither an address nor a network such as 192.0.2.0/24"
            ));
        }
    }
    Ok(())
}

/// An IPv4 or IPv6 address, with or without the length of its network.
pub(super) fn is_network(text: &str) -> bool {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    length.is_none_or(|length| digits(length) && length.parse::<u8>().is_ok_and(|n| n <= most))
}

/// A secret that stands between quotes in a file: never shown, so only its variable is named.
pub(super) fn secret(variable: &str, secret: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_graphic() && !"'\"\\`$#%".contains(c);
    if !secret.is_empty() && secret.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "variable '{variable}' is empty or holds a space, a quote or one of \\ ` $ # %: generate another one"
    ))
}

/// An absolute path of plain characters.
pub(super) fn path(variable: &str, path: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-@+".contains(c);
    if path.starts_with('/') && path.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "variable '{variable}': '{path}' is not an absolute path of letters, digits and / . _ - @ +"
    ))
}

/// A name of letters, digits and `. _ -`: an account, a host, a database.
pub(super) fn name(variable: &str, name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "variable '{variable}': '{name}' is not a name of letters, digits and . _ -"
    ))
}

/// As [`name`], for each of a list.
pub(super) fn names(variable: &str, list: &[String]) -> Result<(), String> {
    list.iter().try_for_each(|item| name(variable, item))
}

/// A version that the template branches by.
pub(super) fn known(alias: &str, version: &super::version::PackageVersion) -> Result<(), String> {
    if version.is_unknown() {
        return Err(format!(
            "'versions.{alias}' is '{version}': the package is neither installed nor known to apt on this host"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_addresses_with_a_possible_length() {
        for good in [
            "192.0.2.1",
            "10.0.0.0/8",
            "2001:db8::/32",
            "::1",
            "0.0.0.0/0",
        ] {
            assert!(is_network(good), "{good}");
        }
        for bad in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0/8",
            "::/129",
            "1.2.3.4;",
            "/8",
            "a/8",
            "::/+1",
        ] {
            assert!(!is_network(bad), "{bad}");
        }
    }

    #[test]
    fn what_would_end_a_line_is_refused_with_the_name_of_its_variable() {
        let error = path("tls_key", "/etc/key;\nroot /").unwrap_err();
        assert!(error.contains("'tls_key'"), "{error}");
        assert!(path("p", "relative").is_err() && path("p", "/a b").is_err());
        assert!(name("n", "a b").is_err() && name("n", "").is_err() && name("n", "-x").is_err());
        assert_eq!(
            names("n", &["exam".to_owned(), "web-1.example".to_owned()]),
            Ok(())
        );
    }
}
