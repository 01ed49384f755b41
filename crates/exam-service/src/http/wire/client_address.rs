//! Which address a request came from: what a trusted proxy says, or else the connection's own.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;

use crate::exam::network::Network;

/// The address of a client; none on a socket file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("-"),
        }
    }
}

/// The proxies whose word about a client's address is taken.
#[derive(Debug, Clone)]
pub struct TrustedProxies(pub Vec<Network>);

impl TrustedProxies {
    /// The address that sent a request, where the connection came from `peer`.
    ///
    /// Each proxy adds the address it was spoken to from at the end of `X-Forwarded-For`; what stands before the last
    /// one that is no proxy of ours, anybody may have written.
    pub fn client_address(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> ClientAddress {
        let Some(peer) = peer.map(|peer| peer.to_canonical()) else {
            return ClientAddress(None);
        };
        let mut address = peer;
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in forwarded.into_iter().rev() {
            if !self.is_trusted(address) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(hop) => address = hop.to_canonical(),
                Err(_) => break,
            }
        }
        ClientAddress(Some(address))
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// What counts as one client: an address, or with IPv6 the network of one, in which anybody has addresses to choose from.
pub(in crate::http) fn origin(address: IpAddr) -> IpAddr {
    first_bits(address, 32, 64)
}

/// Many clients as one: for when there are more than can be told apart.
pub(in crate::http) fn neighbourhood(address: IpAddr) -> IpAddr {
    first_bits(address, 16, 16)
}

fn first_bits(address: IpAddr, v4: u32, v6: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - v4).unwrap_or(0);
            IpAddr::from((address.to_bits() & mask).to_be_bytes())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - v6).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let trusted = trusted.iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let peer = Some(peer.parse().unwrap());
        TrustedProxies(trusted)
            .client_address(peer, &headers)
            .to_string()
    }

    #[test]
    fn only_what_a_trusted_proxy_added_is_believed() {
        let ours: &[&str] = &["127.0.0.0/8", "10.1.0.0/16", "::1"];
        for (peer, forwarded, expected) in [
            ("192.0.2.9", &[][..], "192.0.2.9"),
            // A client that claims to be a proxy.
            ("192.0.2.9", &["198.51.100.1"], "192.0.2.9"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            // What the client itself wrote stands to the left.
            ("127.0.0.1", &["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
            // Through two proxies of ours.
            (
                "127.0.0.1",
                &["1.2.3.4, 198.51.100.1, 10.1.2.3"],
                "198.51.100.1",
            ),
            ("127.0.0.1", &["nonsense, 10.1.2.3"], "10.1.2.3"),
            ("::1", &["2001:db8::5"], "2001:db8::5"),
            ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ] {
            assert_eq!(
                found(ours, peer, forwarded),
                expected,
                "{peer} {forwarded:?}"
            );
        }
        assert_eq!(found(&[], "127.0.0.1", &["198.51.100.1"]), "127.0.0.1");
        let none = TrustedProxies(Vec::new()).client_address(None, &HeaderMap::new());
        assert_eq!(none.to_string(), "-");
    }

    #[test]
    fn one_client_is_an_address_or_a_network_of_ipv6() {
        let one = |text: &str| origin(text.parse().unwrap()).to_string();
        assert_eq!(one("192.0.2.9"), "192.0.2.9");
        assert_eq!(one("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        let many = |text: &str| neighbourhood(text.parse().unwrap()).to_string();
        assert_eq!(many("192.0.2.9"), "192.0.0.0");
        assert_eq!(many("2001:db8:1:2:3:4:5:6"), "2001::");
    }
}
