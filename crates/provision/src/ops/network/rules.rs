//! The rules of a firewall: what comes in, and whether that lets examctl in.

use std::net::IpAddr;

use crate::fields::Fields;
use crate::ops::PlanError;
use crate::ops::owned::is_final;
use crate::ops::session::Session;
use crate::ops::spec::{Field, Kind};

pub(super) const RULE: &[Field] = &[
    Field::required(
        "allow",
        Kind::Choice(&["tcp", "udp"]),
        "The protocol that is let in.",
    ),
    Field::required(
        "ports",
        Kind::Texts,
        "Ports and ranges of ports such as 8000-8010.",
    ),
    Field::optional(
        "from",
        Kind::Texts,
        "Addresses and networks such as 10.0.0.0/8; from nobody where the list is empty. Default: anywhere.",
    ),
    Field::optional(
        "enabled",
        Kind::Boolean,
        "Whether the rule is there at all. Default: true.",
    ),
    Field::optional("comment", Kind::Text, "What the rule is for."),
];

/// One rule: this comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) protocol: &'static str,
    pub(super) ports: Vec<Ports>,
    /// Empty: from anywhere.
    pub(super) from: Vec<Network>,
    pub(super) comment: Option<String>,
}

/// First and last port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ports(pub(super) u16, pub(super) u16);

/// An address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Network {
    pub(super) address: IpAddr,
    pub(super) bits: u8,
}

pub(super) fn read_rule(mut fields: Fields<'_>) -> Option<Rule> {
    if fields.get("allow").is_none() {
        fields.missing("allow");
    }
    let protocol = fields.choice("allow", &[("tcp", "tcp"), ("udp", "udp")]);
    if fields.get("ports").is_none() {
        fields.missing("ports");
    }
    let port_texts = match fields.get("ports") {
        Some(serde_json::Value::Number(number)) => vec![number.to_string()],
        Some(serde_json::Value::Array(items)) => items.iter().map(plain_text).collect(),
        _ => fields.texts("ports"),
    };
    let mut ports = Vec::new();
    for text in port_texts
        .iter()
        .filter(|text| is_final(&fields, text))
        .collect::<Vec<_>>()
    {
        match Ports::parse(text) {
            Some(found) => ports.push(found),
            None => fields.wrong(
                "ports",
                format!("'{text}' is not a port from 1 to 65535 or a range such as 8000-8010"),
            ),
        }
    }
    let mut from = Vec::new();
    for text in fields.texts("from") {
        if !is_final(&fields, &text) {
            continue;
        }
        match Network::parse(&text) {
            Ok(network) => from.push(network),
            Err(message) => fields.wrong("from", message),
        }
    }
    let comment = fields.optional_text("comment");
    if let Some(comment) = &comment {
        let plain = |c: char| !c.is_control() && !"\"\\'".contains(c);
        // The limit of nftables is 128 bytes with the final zero.
        if comment.len() > 120 || !comment.chars().all(plain) {
            let message =
                "'comment' has at most 120 bytes, without quotes, backslashes and line ends";
            fields.wrong("comment", message);
        }
    }
    let from_nobody = fields
        .get("from")
        .and_then(serde_json::Value::as_array)
        .is_some_and(Vec::is_empty);
    if from_nobody || fields.boolean("enabled") == Some(false) {
        return None;
    }
    ports.sort_unstable();
    ports.dedup();
    from.sort_unstable();
    from.dedup();
    Some(Rule {
        protocol: protocol?,
        ports,
        from,
        comment,
    })
}

fn plain_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Ports {
    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first > 0 && first <= last).then_some(Self(first, last))
    }

    /// With `between` in a range: nftables and ufw differ in it.
    pub(super) fn shown(self, between: char) -> String {
        match self {
            Self(first, last) if first == last => first.to_string(),
            Self(first, last) => format!("{first}{between}{last}"),
        }
    }
}

impl Network {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not an address or a network such as 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            None => (text, None),
            Some((address, bits)) => (address, Some(bits)),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits.parse().map_err(|_| wrong())?,
        };
        if bits > most {
            return Err(wrong());
        }
        let network = Self { address, bits };
        let first = network.first();
        if first != address {
            return Err(format!(
                "'{text}' is an address within a network: is {first}/{bits} meant?"
            ));
        }
        Ok(network)
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4()
            && Self {
                address,
                bits: self.bits,
            }
            .first()
                == self.first()
    }

    /// The address with only the bits that count.
    fn first(&self) -> IpAddr {
        let kept = |width: u32| width - u32::from(self.bits);
        match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(kept(32)).unwrap_or(0);
                IpAddr::from((address.to_bits() & mask).to_be_bytes())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(kept(128)).unwrap_or(0);
                IpAddr::from((address.to_bits() & mask).to_be_bytes())
            }
        }
    }

    pub(super) fn is_v4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// Without the bits where all count.
    pub(super) fn shown(&self) -> String {
        match (self.address, self.bits) {
            (IpAddr::V4(address), 32) => address.to_string(),
            (IpAddr::V6(address), 128) => address.to_string(),
            (address, bits) => format!("{address}/{bits}"),
        }
    }
}

impl Rule {
    fn admits(&self, session: &Session) -> bool {
        let port = |ports: &Ports| (ports.0..=ports.1).contains(&session.port);
        self.protocol == "tcp"
            && self.ports.iter().any(port)
            && (self.from.is_empty() || self.from.iter().any(|from| from.contains(session.address)))
    }
}

/// Refuses rules that would not let examctl in again from where it is now.
pub(super) fn check_admission(rules: &[Rule], session: &Session) -> Result<(), PlanError> {
    if session.address.is_loopback() || rules.iter().any(|rule| rule.admits(session)) {
        return Ok(());
    }
    let Session { address, port, .. } = session;
    Err(PlanError(format!(
        "these rules would lock examctl out, which comes from {address} to port {port}: add {{allow: tcp, ports: {port}, from: {address}}}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_the_addresses_of_their_bits() {
        let contains = |network: &str, address: &str| {
            Network::parse(network)
                .unwrap()
                .contains(address.parse().unwrap())
        };
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(!contains("10.0.0.0/9", "10.255.0.1"));
        assert!(contains("0.0.0.0/0", "192.0.2.1"));
        assert!(!contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:1::1"));
        assert!(contains("::/0", "::1"));
        assert!(contains("192.0.2.7", "192.0.2.7"));
    }

    #[test]
    fn a_network_with_further_bits_is_pointed_out() {
        let error = Network::parse("10.1.2.3/8").unwrap_err();
        assert!(error.contains("is 10.0.0.0/8 meant"), "{error}");
        assert!(Network::parse("10.0.0.0/33").is_err());
        assert!(Network::parse("campus").is_err());
    }
}
