//! The second factor of staff: six digits of an authenticator app (TOTP, RFC 6238), each good once.

use std::fmt;

use chrono::{DateTime, Utc};
use thiserror::Error;
use totp_rs::{Algorithm, Builder, Secret, Totp, TotpError};

/// What the app shows beside the code.
const ISSUER: &str = "Exam service";
/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// What every app takes for granted.
const DIGITS: u8 = 6;
/// How long a code is shown, in seconds.
const STEP_SECONDS: u64 = 30;
/// How many steps a phone's clock may be off, in either direction.
const DRIFT_STEPS: u16 = 1;

/// What an account and its app share. It is a secret: `Debug` does not show it.
pub struct SecondFactor {
    totp: Totp,
    secret: Secret,
}

/// A stored secret that is none.
#[derive(Debug, Error)]
#[error("the stored second factor cannot be used: {0}. Set it up anew for this account")]
pub struct SecondFactorError(String);

impl SecondFactor {
    /// With these random bytes as the secret of the account with this login.
    ///
    /// # Errors
    /// When the login cannot be part of what the app is given: it holds a colon.
    pub fn from_random(bytes: [u8; SECRET_BYTES], login: &str) -> Result<Self, SecondFactorError> {
        Self::new(Secret::from(bytes), login)
    }

    /// With a secret as it was stored.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn from_stored(base32: &str, login: &str) -> Result<Self, SecondFactorError> {
        let secret = Secret::try_from_base32(base32)
            .map_err(|_| SecondFactorError("it is not base32".to_owned()))?;
        Self::new(secret, login)
    }

    fn new(secret: Secret, login: &str) -> Result<Self, SecondFactorError> {
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(DRIFT_STEPS)
            .with_step_duration(STEP_SECONDS)
            .with_secret(secret.clone())
            .with_account_name(login)
            .with_issuer(Some(ISSUER))
            .build();
        let totp = totp.map_err(|error: TotpError| SecondFactorError(error.to_string()))?;
        Ok(Self { totp, secret })
    }

    /// For the database, and to be typed where the app cannot read a picture.
    pub fn base32(&self) -> String {
        self.secret.to_base32()
    }

    /// What the app reads from a picture: `otpauth://totp/...`.
    ///
    /// # Errors
    /// When the login cannot be part of it.
    pub fn address(&self) -> Result<String, SecondFactorError> {
        let address = self.totp.to_url();
        address.map_err(|error| SecondFactorError(error.to_string()))
    }

    /// The step of a right `code`; it has to be stored, since no code of this step or an earlier one is taken again.
    ///
    /// `last_step` is what was stored at the last success.
    pub fn verify(&self, code: &str, now: DateTime<Utc>, last_step: Option<u64>) -> Option<u64> {
        let seconds = u64::try_from(now.timestamp()).ok()?;
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let is_code =
            typed.len() == usize::from(DIGITS) && typed.bytes().all(|byte| byte.is_ascii_digit());
        let step = is_code.then(|| self.totp.check(&typed, seconds))??;
        last_step.is_none_or(|last| step > last).then_some(step)
    }
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecondFactor(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn factor() -> SecondFactor {
        SecondFactor::from_random(*b"12345678901234567890", "anna").unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_codes_of_the_rfc_are_right_at_their_times() {
        // The RFC gives eight digits; six are the last six of them.
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = u64::try_from(seconds).unwrap() / 30;
            assert_eq!(factor().verify(&code[2..], at(seconds), None), Some(step));
            assert_eq!(factor().verify(&code[2..], at(seconds + 120), None), None);
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let (code, step) = ("081804", 1_111_111_109 / 30);
        let begins = 1_111_111_109 / 30 * 30;
        for (offset, expected) in [
            (-31, None),
            (-30, Some(step)),
            (0, Some(step)),
            (59, Some(step)),
            (60, None),
        ] {
            assert_eq!(
                factor().verify(code, at(begins + offset), None),
                expected,
                "{offset}"
            );
        }
    }

    #[test]
    fn a_code_is_good_once() {
        let now = at(1_111_111_109);
        let step = factor().verify("081804", now, None);
        assert_eq!(factor().verify("081804", now, step), None);
        // Nor one from before, which somebody may have seen.
        let later = step.map(|step| step + 1);
        assert_eq!(factor().verify("081804", now, later), None);
    }

    #[test]
    fn what_is_no_code_is_wrong_and_never_a_panic() {
        let now = at(59);
        for code in [
            "",
            "28708",
            "2870820",
            "28708x",
            "２８７０８２",
            "-287082",
            "+28708",
        ] {
            assert_eq!(factor().verify(code, now, None), None, "{code}");
        }
        assert_eq!(factor().verify("287 082", now, None), Some(1));
        assert_eq!(factor().verify("287082", at(-1), None), None);
    }

    #[test]
    fn it_is_stored_and_shown_to_the_app_and_to_nobody_else() {
        let factor = factor();
        let stored = SecondFactor::from_stored(&factor.base32(), "anna").unwrap();
        assert_eq!(stored.verify("287082", at(59), None), Some(1));
        let address = factor.address().unwrap();
        assert!(address.starts_with("otpauth://totp/"), "{address}");
        assert!(address.contains(&factor.base32()) && address.contains("anna"));
        assert!(!format!("{factor:?}").contains(&factor.base32()));
        let damaged = SecondFactor::from_stored("not base32!", "anna").unwrap_err();
        assert!(!damaged.to_string().contains("not base32!"));
        assert!(SecondFactor::from_stored("AAAA", "anna").is_err());
    }
}
