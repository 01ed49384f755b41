//! Tokens: short-lived signed ones for each request, random ones to renew them.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::session::Session;
use crate::accounts::exam_code::ExamCode;
use crate::exam::receipt::hexadecimal;
use crate::exam::{ExamId, SessionId, UserId};
use crate::settings::SigningSecret;
use crate::store::{NewToken, Role};

/// How long an access token is good.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How long a session lives without being used: longer than any exam day.
pub const REFRESH_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// How long a used refresh token may be sent again.
pub const REUSE_GRACE: TimeDelta = TimeDelta::seconds(30);

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    role: Role,
    sid: SessionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exam: Option<ExamId>,
    iat: i64,
    exp: i64,
}

/// Signs and checks access tokens. Keys are prepared once: each save checks one.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// Of the codes on slips; the same secret, which they use with a word of their own.
    code_key: SigningSecret,
    validation: Validation,
    header: Header,
}

impl Tokens {
    /// Tokens signed with `secret` (HMAC-SHA-256).
    pub fn new(secret: &SigningSecret) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Expiry is checked below, by our own clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self {
            encoding: EncodingKey::from_secret(secret.expose()),
            decoding: DecodingKey::from_secret(secret.expose()),
            code_key: secret.clone(),
            validation,
            header: Header::new(Algorithm::HS256),
        }
    }

    /// What is stored of the code on a slip. A new secret makes every code that was printed worthless.
    pub fn exam_code_hash(&self, code: &ExamCode) -> String {
        code.stored(self.code_key.expose())
    }

    /// An access token for `session`.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn issue(
        &self,
        session: Session,
        now: DateTime<Utc>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: session.user,
            role: session.role,
            sid: session.id,
            exam: session.exam,
            iat: now.timestamp(),
            exp: (now + ACCESS_LIFETIME).timestamp(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.encoding)
    }

    /// Whose token this is, and when it was issued, to the second; if it is ours and not expired.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Option<(Session, DateTime<Utc>)> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .ok()?
            .claims;
        let issued_at = DateTime::from_timestamp(claims.iat, 0)?;
        let session = Session {
            user: claims.sub,
            role: claims.role,
            id: claims.sid,
            exam: claims.exam,
        };
        (claims.exp > now.timestamp()).then_some((session, issued_at))
    }
}

/// A refresh token: what the client gets, and what is stored.
pub struct RefreshToken {
    /// For the client only.
    pub plain: String,
    /// For the database.
    pub stored: NewToken,
}

impl RefreshToken {
    /// A new one: 244 random bits.
    pub fn generate(now: DateTime<Utc>) -> Self {
        let plain = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let stored = NewToken {
            hash: refresh_hash(&plain),
            issued_at: now,
            expires_at: now + REFRESH_LIFETIME,
            reuse_grace: REUSE_GRACE,
        };
        Self { plain, stored }
    }
}

/// A token by which a forgotten password is set anew.
pub struct ResetToken {
    /// For the mail only.
    pub plain: String,
    /// For the database.
    pub hash: String,
}

impl ResetToken {
    /// A new one: 122 random bits.
    pub fn generate() -> Self {
        let plain = Uuid::new_v4().simple().to_string();
        let hash = refresh_hash(&plain);
        Self { plain, hash }
    }
}

/// What is stored of a refresh token, and of others like it. It has enough randomness that a plain hash is enough.
pub fn refresh_hash(token: &str) -> String {
    hexadecimal(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(secret: &str) -> Tokens {
        Tokens::new(&SigningSecret::parse(secret, true).unwrap())
    }

    #[test]
    fn a_token_is_good_for_fifteen_minutes_and_only_under_its_own_key() {
        let (ours, theirs) = (tokens(&"a".repeat(32)), tokens(&"b".repeat(32)));
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let session = Session {
            user: UserId::generate(),
            role: Role::Student,
            id: SessionId::generate(),
            exam: Some(ExamId::generate()),
        };
        let token = ours.issue(session, now).unwrap();
        let issued = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        assert_eq!(ours.verify(&token, now), Some((session, issued)));
        assert_eq!(
            ours.verify(&token, now + TimeDelta::seconds(899)),
            Some((session, issued))
        );
        assert_eq!(ours.verify(&token, now + ACCESS_LIFETIME), None);
        assert_eq!(theirs.verify(&token, now), None);
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        // {"alg":"none"} with a valid looking payload and no signature.
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMTkzMGZmMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiLCJpYXQiOjAsImV4cCI6OTk5OTk5OTk5OX0.";
        assert_eq!(
            tokens(&"a".repeat(32)).verify(token, DateTime::UNIX_EPOCH),
            None
        );
    }
}
