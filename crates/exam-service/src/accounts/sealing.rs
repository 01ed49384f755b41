//! Secrets of second factors as they are stored: readable only with the secret of this service, and only for the account
//! that they belong to.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use thiserror::Error;

use crate::exam::UserId;

/// What the key is for: another use of the same secret has another key.
const PURPOSE: &[u8] = b"exam-service second factors 1";

/// The key of stored second factors: AES-256-GCM, derived from the service's secret by HKDF-SHA-256 (RFC 5869).
pub struct FactorKey(LessSafeKey);

/// Why a stored secret cannot be read. It says nothing of the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// The key cannot be derived or used at all.
    #[error("the cipher of stored second factors does not work")]
    Cipher,
    /// It was stored under another secret of the service, for another account, or it is damaged.
    #[error(
        "the second factor was stored under another JWT_SECRET, or is damaged: remove it for this account, and have it set up anew"
    )]
    Unreadable,
}

impl FactorKey {
    /// The key that goes with the service's `secret`.
    ///
    /// # Errors
    /// [`SealError::Cipher`], never with any particular secret.
    pub fn derive(secret: &[u8]) -> Result<Self, SealError> {
        let derived = || -> Result<UnboundKey, Unspecified> {
            let extracted = Salt::new(HKDF_SHA256, &[]).extract(secret);
            let expanded = extracted.expand(&[PURPOSE], &AES_256_GCM)?;
            Ok(UnboundKey::from(expanded))
        };
        let key = derived().map_err(|_| SealError::Cipher)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// `secret` as it is stored for `owner`: Base64 of the nonce, what is sealed, and its tag.
    ///
    /// `nonce` is random, and new each time.
    ///
    /// # Errors
    /// [`SealError::Cipher`], never with a secret of usual length.
    pub fn seal(
        &self,
        secret: &str,
        owner: UserId,
        nonce: [u8; NONCE_LEN],
    ) -> Result<String, SealError> {
        let mut sealed = secret.as_bytes().to_vec();
        let once = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(once, of(owner), &mut sealed)
            .map_err(|_| SealError::Cipher)?;
        Ok(STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// The secret that was stored for `owner`.
    ///
    /// # Errors
    /// [`SealError::Unreadable`].
    pub fn open(&self, stored: &str, owner: UserId) -> Result<String, SealError> {
        let unreadable = SealError::Unreadable;
        let bytes = STANDARD_NO_PAD.decode(stored).map_err(|_| unreadable)?;
        let (nonce, sealed) = bytes.split_first_chunk().ok_or(unreadable)?;
        let mut sealed = sealed.to_vec();
        let once = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(once, of(owner), &mut sealed);
        let opened = opened.map_err(|_| unreadable)?;
        String::from_utf8(opened.to_vec()).map_err(|_| unreadable)
    }
}

/// A secret that is put into the row of another account is none.
fn of(owner: UserId) -> Aad<[u8; 16]> {
    Aad::from(*owner.as_uuid().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn key(secret: &[u8]) -> FactorKey {
        FactorKey::derive(secret).unwrap()
    }

    #[test]
    fn what_is_stored_is_read_with_the_same_key_for_the_same_account_only() {
        let (ours, owner) = (key(&[1; 32]), UserId::generate());
        let stored = ours.seal(SECRET, owner, [7; NONCE_LEN]).unwrap();
        assert_eq!(ours.open(&stored, owner).unwrap(), SECRET);
        let unreadable = Err(SealError::Unreadable);
        assert_eq!(key(&[2; 32]).open(&stored, owner), unreadable);
        assert_eq!(ours.open(&stored, UserId::generate()), unreadable);
        for damaged in ["", "x", SECRET, &stored[1..], &format!("{stored}AAAA")] {
            assert_eq!(ours.open(damaged, owner), unreadable, "{damaged}");
        }
    }

    #[test]
    fn what_is_stored_shows_nothing_and_fits_its_column() {
        let (ours, owner) = (key(&[1; 32]), UserId::generate());
        let [one, two] = [7, 8].map(|byte| ours.seal(SECRET, owner, [byte; NONCE_LEN]).unwrap());
        assert_ne!(one, two);
        assert!(!one.contains(SECRET) && one.len() <= 190, "{}", one.len());
    }
}
