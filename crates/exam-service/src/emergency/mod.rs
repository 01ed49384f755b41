//! Emergency answer files: what a page writes when the network does not come back, and staff upload later.
//!
//! A file can be read by this service only, and is good for one attempt of one candidate at one exam: it can be carried on
//! a stick, mailed or found without telling an answer, and nobody without the page of that attempt can make or change
//! one. It does not prove *when* an answer was made: the times in it are the page's, which is why staff decide.
//!
//! # The file
//!
//! One line of ASCII text, three parts in base64url without padding, with dots between them:
//!
//! ```text
//! HEADER.CIPHERTEXT.SIGNATURE
//! ```
//!
//! `HEADER` is a JSON object in UTF-8 with exactly these members:
//!
//! | member | what |
//! |---|---|
//! | `version` | the number 1 |
//! | `exam_id`, `attempt_id`, `user_id` | what it is bound to, as the service writes them |
//! | `key_id` | as the service gave it beside `public_key` |
//! | `ephemeral_key` | the public key of a P-256 key pair made for this file only: the 65 bytes of `exportKey("raw")`, in base64url |
//! | `nonce` | 12 random bytes, in base64url |
//! | `written_at` | by the page's count of the server's clock, RFC 3339 |
//!
//! `CIPHERTEXT` is AES-256-GCM with a tag of 128 bits at its end, as `WebCrypto` writes it, of a JSON object in UTF-8:
//!
//! ```json
//! { "answers": [{ "question_id": "..", "response": { "value": true }, "flagged": false, "sequence": 1790000000000,
//!                 "answered_at": "2026-11-22T09:30:00.000Z" }] }
//! ```
//!
//! with each answer as it would be saved, from 0 to [`MAX_ANSWERS`] of them; `answered_at` is when the student gave it.
//! Its additional data is the ASCII text `HEADER` (of the base64url, not of the JSON). Its key is
//! HKDF-SHA-256 of the shared secret of `ECDH` (32 bytes) with the ASCII text `HEADER` as salt and the ASCII text
//! `exam-service emergency file 1` as info: so a file has its own key, which depends on all of its header.
//!
//! `SIGNATURE` is HMAC-SHA-256 over the ASCII text `HEADER.CIPHERTEXT` with the attempt's `signing_key`.
//!
//! `web/emergency.js` writes it with nothing but `WebCrypto`. What it needs comes as `emergency_keys` with the answer to
//! starting or looking at an attempt that is open, so that it is there when the network is gone: `key_id`, `public_key`
//! (65 bytes) and `signing_key` (32 bytes), both in base64url. The signing key is a secret of the page: it may be kept
//! where the page keeps its answers, and nowhere else.
//!
//! # The keys
//!
//! All are derived from `JWT_SECRET` by HKDF-SHA-256, so that every process and colour of a service has the same ones, and
//! a copy of the database has none: one P-256 key pair of the service, and a signing key for each attempt. Changing
//! `JWT_SECRET` changes them all. Pages get the new ones the next time they look at their attempt; a file that was written
//! with the old ones is refused in words that say so. It can be uploaded after the old secret was put back, so
//! whoever changes the secret keeps the old one until no file can come any more.

mod keys;
mod opening;

pub use keys::{EmergencyKeys, KeyError, PageKeys};
pub use opening::{EmergencyFile, FileRefusal};

use base64::engine::GeneralPurpose;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// The most answers of one file: as many as an exam has questions.
pub const MAX_ANSWERS: usize = 1000;

/// The only version there is.
const VERSION: u32 = 1;
/// What the key of a file is derived for.
const CONTENT_INFO: &[u8] = b"exam-service emergency file 1";
/// It refuses bits that say nothing, so that no two texts are the same file.
const BASE64: GeneralPurpose = BASE64_URL_SAFE_NO_PAD;

#[cfg(test)]
pub(crate) mod tests;
