//! The keys of emergency files, derived from the service's secret.

use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::{BASE64, CONTENT_INFO};
use crate::exam::{AttemptId, ExamId, UserId};
use crate::settings::SigningSecret;

const PAIR_INFO: &[u8] = b"exam-service emergency file key pair";
const SIGNING_INFO: &[u8] = b"exam-service emergency file signing key";
/// Of the SHA-256 of the public key; it tells servers apart and is no secret.
const KEY_ID_BYTES: usize = 8;

/// The keys could not be derived, which no secret should bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the keys of emergency answer files cannot be derived from JWT_SECRET: set another one (openssl rand -hex 32)"
)]
pub struct KeyError;

/// What the service needs to open files and to have them written. Never printed.
pub struct EmergencyKeys {
    secret: SigningSecret,
    pair: PrivateKey,
    public_key: Vec<u8>,
    key_id: String,
}

/// What the page of one attempt needs to write a file.
pub struct PageKeys {
    /// Which key pair of a service it is.
    pub key_id: String,
    /// To whom files are encrypted: an uncompressed point of P-256, in base64url.
    pub public_key: String,
    /// What files are signed with, in base64url. A secret between this page and the service.
    pub signing_key: String,
}

/// 32 bytes, for HKDF.
struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

/// 32 bytes of HKDF-SHA-256 (RFC 5869).
fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Result<[u8; 32], KeyError> {
    let mut key = [0; 32];
    let derived = Salt::new(HKDF_SHA256, salt).extract(secret);
    let filled = derived
        .expand(info, KeyLength)
        .and_then(|output| output.fill(&mut key));
    filled.map_err(|_| KeyError)?;
    Ok(key)
}

impl EmergencyKeys {
    /// The keys that follow from the secret of a service.
    ///
    /// # Errors
    /// When none of 256 candidates is a key of P-256; each is one but for a chance of one in four billion.
    pub fn new(secret: &SigningSecret) -> Result<Self, KeyError> {
        let candidate = |number: u8| {
            let bytes = derive(&[], secret.expose(), &[PAIR_INFO, &[number]]).ok()?;
            PrivateKey::from_private_key(&ECDH_P256, &bytes).ok()
        };
        let pair = (0..=u8::MAX).find_map(candidate).ok_or(KeyError)?;
        let public_key = pair.compute_public_key().map_err(|_| KeyError)?;
        let public_key = public_key.as_ref().to_vec();
        let digest = Sha256::digest(&public_key);
        Ok(Self {
            secret: secret.clone(),
            pair,
            key_id: BASE64.encode(&digest[..KEY_ID_BYTES]),
            public_key,
        })
    }

    /// Which key pair it is.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What the page of this attempt is given.
    ///
    /// # Errors
    /// When nothing can be derived.
    pub fn for_page(
        &self,
        exam: ExamId,
        attempt: AttemptId,
        user: UserId,
    ) -> Result<PageKeys, KeyError> {
        Ok(PageKeys {
            key_id: self.key_id.clone(),
            public_key: BASE64.encode(&self.public_key),
            signing_key: BASE64.encode(self.signing_key(exam, attempt, user)?),
        })
    }

    fn signing_key(
        &self,
        exam: ExamId,
        attempt: AttemptId,
        user: UserId,
    ) -> Result<[u8; 32], KeyError> {
        let bound_to = [exam.as_uuid(), attempt.as_uuid(), user.as_uuid()];
        let [exam, attempt, user] = bound_to.map(|id| id.as_bytes().as_slice());
        derive(
            &[],
            self.secret.expose(),
            &[SIGNING_INFO, exam, attempt, user],
        )
    }

    /// Whether the page of this attempt signed `text`; compared in a time that says nothing of how far they agree.
    pub(super) fn has_signed(
        &self,
        (exam, attempt, user): (ExamId, AttemptId, UserId),
        text: &[u8],
        signature: &[u8],
    ) -> bool {
        let Ok(key) = self.signing_key(exam, attempt, user) else {
            return false;
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        hmac::verify(&key, text, signature).is_ok()
    }

    /// The key of the content of a file with this header, which names this ephemeral key; `None` when that is no point
    /// of the curve in the form that files have.
    pub(super) fn content_key(&self, header: &[u8], ephemeral: &[u8]) -> Option<[u8; 32]> {
        let is_uncompressed = ephemeral.len() == self.public_key.len() && ephemeral[0] == 4;
        if !is_uncompressed {
            return None;
        }
        let theirs = UnparsedPublicKey::new(&ECDH_P256, ephemeral);
        agreement::agree(&self.pair, theirs, KeyError, |shared| {
            derive(header, shared, &[CONTENT_INFO])
        })
        .ok()
    }
}
