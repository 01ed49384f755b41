//! May this student begin, here, now, and with this browser?

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::network::Network;
use super::receipt::hexadecimal;
use super::rules::ExamRules;
use super::timing::StartVerdict;

/// How a request came: what the rules of an exam ask about.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// The client's address; `None` on a socket file, where nobody is.
    pub address: Option<IpAddr>,
    /// What was typed as the access code.
    pub access_code: Option<String>,
    /// What Safe Exam Browser says of its configuration: `X-SafeExamBrowser-ConfigKeyHash`.
    pub browser_hash: Option<String>,
    /// The addresses of which it may have been said, as the browser sees them, without a fragment.
    pub urls: Vec<String>,
}

/// Why a student may not begin or go on here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The exam has been closed.
    ExamClosed,
    /// It has not begun.
    TooEarly,
    /// Nobody may start any more.
    TooLate,
    /// The address is not one from which it is sat.
    WrongNetwork,
    /// The browser is not Safe Exam Browser, or not with a configuration that is taken.
    WrongBrowser,
    /// No access code was typed.
    AccessCodeMissing,
    /// Another one was.
    AccessCodeWrong,
    /// Every attempt that is allowed was made.
    NoAttemptLeft,
    /// The attempt before is not handed in.
    AttemptOpen,
}

impl ExamRules {
    /// Whether the exam may be sat from where this request comes: asked at the start and each time the paper is given
    /// out.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn check_place(&self, arrival: &Arrival) -> Result<(), Obstacle> {
        // A network that cannot be read lets nobody in: exams are checked before they are published.
        let contains = |network: &String, address| {
            let network = network.parse::<Network>();
            network.is_ok_and(|network| network.contains(address))
        };
        let is_here = |address| {
            self.networks
                .iter()
                .any(|network| contains(network, address))
        };
        if !self.networks.is_empty() && !arrival.address.is_some_and(is_here) {
            return Err(Obstacle::WrongNetwork);
        }
        let keys = &self.safe_exam_browser_keys;
        if !keys.is_empty() && !keys.iter().any(|key| proves(arrival, key)) {
            return Err(Obstacle::WrongBrowser);
        }
        Ok(())
    }

    /// Whether a new attempt may begin at `now` in the window from `starts_at` until `ends_at`.
    ///
    /// # Errors
    /// The first thing that stands in the way.
    pub fn check_start(
        &self,
        arrival: &Arrival,
        now: DateTime<Utc>,
        starts_at: DateTime<Utc>,
        ends_at: DateTime<Utc>,
    ) -> Result<(), Obstacle> {
        match self.late_start.verdict(now, starts_at, ends_at) {
            StartVerdict::TooEarly => return Err(Obstacle::TooEarly),
            StartVerdict::TooLate => return Err(Obstacle::TooLate),
            StartVerdict::MayStart => {}
        }
        self.check_place(arrival)?;
        match (&self.access_code, &arrival.access_code) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(Obstacle::AccessCodeMissing),
            (Some(code), Some(typed)) if is_same_secret(code, typed.trim()) => Ok(()),
            (Some(_), Some(_)) => Err(Obstacle::AccessCodeWrong),
        }
    }
}

/// Whether Safe Exam Browser says that it runs with this configuration: SHA-256, in hexadecimal, over the address that it
/// asked for, without a fragment, followed by the configuration key in lower case. See "Config Key" in its developer
/// documentation.
fn proves(arrival: &Arrival, key: &str) -> bool {
    let Some(said) = &arrival.browser_hash else {
        return false;
    };
    let expected = |url: &String| {
        let text = format!("{url}{}", key.to_ascii_lowercase());
        hexadecimal(&Sha256::digest(text))
    };
    let said = said.to_ascii_lowercase();
    arrival
        .urls
        .iter()
        .any(|url| is_same_secret(&expected(url), &said))
}

/// Compares in a time that says nothing of how far they agree, nor how long the secret is.
fn is_same_secret(secret: &str, typed: &str) -> bool {
    let digests = [secret, typed].map(Sha256::digest);
    digests[0].as_slice().ct_eq(digests[1].as_slice()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exam::timing::LateStart;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn verdict(rules: &ExamRules, arrival: &Arrival, now: i64) -> Result<(), Obstacle> {
        rules.check_start(arrival, at(now), at(100), at(1000))
    }

    #[test]
    fn an_exam_without_rules_begins_within_its_window() {
        let (rules, arrival) = (ExamRules::default(), Arrival::default());
        for (now, expected) in [
            (99, Err(Obstacle::TooEarly)),
            (100, Ok(())),
            (999, Ok(())),
            (1000, Err(Obstacle::TooLate)),
        ] {
            assert_eq!(verdict(&rules, &arrival, now), expected, "{now}");
        }
        let late_start = LateStart::LosesTime {
            within_seconds: Some(60),
        };
        let rules = ExamRules {
            late_start,
            ..rules
        };
        assert_eq!(verdict(&rules, &arrival, 160), Ok(()));
        assert_eq!(verdict(&rules, &arrival, 161), Err(Obstacle::TooLate));
    }

    #[test]
    fn the_access_code_is_asked_for_and_compared_to_the_letter() {
        let rules = ExamRules {
            access_code: Some("Larch-7".to_owned()),
            ..ExamRules::default()
        };
        for (typed, expected) in [
            (None, Err(Obstacle::AccessCodeMissing)),
            (Some("larch-7"), Err(Obstacle::AccessCodeWrong)),
            (Some("Larch-77"), Err(Obstacle::AccessCodeWrong)),
            (Some(""), Err(Obstacle::AccessCodeWrong)),
            (Some(" Larch-7 "), Ok(())),
        ] {
            let access_code = typed.map(str::to_owned);
            let arrival = Arrival {
                access_code,
                ..Arrival::default()
            };
            assert_eq!(verdict(&rules, &arrival, 100), expected, "{typed:?}");
        }
    }

    #[test]
    fn an_exam_is_sat_from_its_networks_only() {
        let rules = ExamRules {
            networks: vec!["10.1.0.0/16".to_owned(), "nonsense".to_owned()],
            ..ExamRules::default()
        };
        for (address, is_here) in [
            (Some("10.1.2.3"), true),
            (Some("10.2.0.1"), false),
            (Some("::1"), false),
            (None, false),
        ] {
            let arrival = Arrival {
                address: address.map(|text| text.parse().unwrap()),
                ..Arrival::default()
            };
            assert_eq!(rules.check_place(&arrival).is_ok(), is_here, "{address:?}");
        }
    }

    #[test]
    fn safe_exam_browser_proves_its_configuration_for_the_address_it_asked_for() {
        let key = "81aad4ab9dfd447cc479e6a4a7c9a544e2cafc7f3adeb68b2a21efad68eca4dc";
        let rules = ExamRules {
            safe_exam_browser_keys: vec![key.to_ascii_uppercase()],
            ..ExamRules::default()
        };
        // Computed with sha256sum over the text of both.
        let hash = "0cf4f64bf53c27d0e7c4c5bb1fa548f9a44bc494b6790ad60632260c4ee59aaa";
        let arrival = |hash: &str, url: &str| Arrival {
            browser_hash: Some(hash.to_owned()),
            urls: vec!["https://other.example/".to_owned(), url.to_owned()],
            ..Arrival::default()
        };
        let url = "https://exam.example/api/v1/exams/1/attempts";
        assert_eq!(rules.check_place(&arrival(hash, url)), Ok(()));
        let elsewhere = arrival(hash, "https://exam.example/else");
        for refused in [elsewhere, arrival("", url), Arrival::default()] {
            assert_eq!(rules.check_place(&refused), Err(Obstacle::WrongBrowser));
        }
    }
}
