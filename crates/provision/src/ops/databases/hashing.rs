//! What servers store of a password, computed here so that no password is ever sent to one.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hasher as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// As `PostgreSQL` itself makes them (`scram_iterations`).
const SCRAM_ITERATIONS: u32 = 4096;
/// More than any server is set to; a stored number above it would only keep examctl busy.
const SCRAM_ITERATIONS_LIMIT: u32 = 1_000_000;
/// `caching_sha2_password_digest_rounds` by default, in thousands, as it stands in what is stored.
const SHA2_THOUSANDS: &str = "005";
const SHA2_SALT_BYTES: usize = 20;

/// `mysql_native_password`: `*` and SHA1(SHA1(password)) in hexadecimal.
pub(super) fn mysql_native(password: &str) -> String {
    let twice = Sha1::digest(Sha1::digest(password.as_bytes()));
    let mut text = "*".to_owned();
    for byte in twice {
        write!(text, "{byte:02X}").ok();
    }
    text
}

/// `caching_sha2_password` with a new salt.
pub(super) fn mysql_sha2(password: &str) -> Vec<u8> {
    // What the server accepts in a salt: seven bits, neither NUL nor `$`; plain letters are enough.
    let letters = CRYPT_LETTERS;
    let salt: Vec<u8> = random_bytes::<SHA2_SALT_BYTES>()
        .map(|byte| letters[usize::from(byte & 63)])
        .to_vec();
    stored_sha2(password, &salt)
}

/// Whether `stored` is what `caching_sha2_password` keeps of this password.
pub(super) fn is_mysql_sha2(stored: &[u8], password: &str) -> bool {
    let prefix = format!("$A${SHA2_THOUSANDS}$");
    let Some(rest) = stored.strip_prefix(prefix.as_bytes()) else {
        return false;
    };
    let salt = rest.get(..SHA2_SALT_BYTES);
    salt.is_some_and(|salt| stored_sha2(password, salt) == stored)
}

fn stored_sha2(password: &str, salt: &[u8]) -> Vec<u8> {
    let mut stored = format!("$A${SHA2_THOUSANDS}$").into_bytes();
    stored.extend(salt);
    stored.extend(sha256_crypt(password.as_bytes(), salt, 5000).bytes());
    stored
}

/// `SCRAM-SHA-256$ITERATIONS:SALT$STORED:SERVER` with a new salt, as `pg_authid.rolpassword` has it.
pub(super) fn scram(password: &str) -> String {
    scram_with(password, &random_bytes::<16>(), SCRAM_ITERATIONS)
}

/// Whether `stored` is the SCRAM verifier of this password.
pub(super) fn is_scram(stored: &str, password: &str) -> bool {
    let parts = || {
        let rest = stored.strip_prefix("SCRAM-SHA-256$")?;
        let (parameters, _) = rest.split_once('$')?;
        let (iterations, salt) = parameters.split_once(':')?;
        let iterations = iterations.parse().ok()?;
        let salt = STANDARD.decode(salt).ok()?;
        (1..=SCRAM_ITERATIONS_LIMIT)
            .contains(&iterations)
            .then_some((iterations, salt))
    };
    parts().is_some_and(|(iterations, salt)| scram_with(password, &salt, iterations) == stored)
}

/// RFC 5802 and 7677. Passwords are ASCII, which `SASLprep` leaves as they are.
fn scram_with(password: &str, salt: &[u8], iterations: u32) -> String {
    let salted = pbkdf2(password.as_bytes(), salt, iterations);
    let stored_key = Sha256::digest(hmac(&salted, b"Client Key"));
    let server_key = hmac(&salted, b"Server Key");
    format!(
        "SCRAM-SHA-256${iterations}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored_key),
        STANDARD.encode(server_key)
    )
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // A key of any length is accepted.
    let mac = Hmac::<Sha256>::new_from_slice(key).ok();
    mac.map(|mac| mac.chain_update(message).finalize().into_bytes().into())
        .unwrap_or_default()
}

/// PBKDF2 with HMAC-SHA-256, one block.
fn pbkdf2(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut last = hmac(password, &[salt, &1_u32.to_be_bytes()].concat());
    let mut sum = last;
    for _ in 1..iterations {
        last = hmac(password, &last);
        for (sum, byte) in sum.iter_mut().zip(last) {
            *sum ^= byte;
        }
    }
    sum
}

const CRYPT_LETTERS: &[u8; 64] =
    b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Ulrich Drepper's SHA-crypt with SHA-256: only the digest, with a salt of any length (`MySQL`
/// uses 20 bytes where crypt(3) stops at 16).
fn sha256_crypt(password: &[u8], salt: &[u8], rounds: u32) -> String {
    let repeated = |digest: &[u8], length: usize| -> Vec<u8> {
        digest.iter().copied().cycle().take(length).collect()
    };
    let other = Sha256::digest([password, salt, password].concat());
    let mut start = [password, salt].concat();
    start.extend(repeated(&other, password.len()));
    let mut bits = password.len();
    while bits > 0 {
        if bits & 1 == 1 {
            start.extend(other);
        } else {
            start.extend(password);
        }
        bits >>= 1;
    }
    let mut digest = Sha256::digest(start);
    let password_digest = Sha256::digest(password.repeat(password.len()));
    let p = repeated(&password_digest, password.len());
    let salt_digest = Sha256::digest(salt.repeat(16 + usize::from(digest[0])));
    let s = repeated(&salt_digest, salt.len());
    for round in 0..rounds {
        let mut next = Sha256::new();
        let odd = round % 2 == 1;
        next.update(if odd { &p[..] } else { &digest[..] });
        if round % 3 != 0 {
            next.update(&s);
        }
        if round % 7 != 0 {
            next.update(&p);
        }
        next.update(if odd { &digest[..] } else { &p[..] });
        digest = next.finalize();
    }
    crypt_base64(&digest)
}

/// The digest's bytes in the order and letters of crypt(3).
fn crypt_base64(digest: &[u8]) -> String {
    let mut text = String::new();
    let mut push = |mut bits: u32, count: usize| {
        for _ in 0..count {
            text.push(char::from(CRYPT_LETTERS[(bits & 63) as usize]));
            bits >>= 6;
        }
    };
    let byte = |index: usize| u32::from(digest[index]);
    let (mut a, mut b, mut c) = (0, 10, 20);
    for _ in 0..10 {
        push(byte(a) << 16 | byte(b) << 8 | byte(c), 4);
        (a, b, c) = (c + 1, a + 1, b + 1);
    }
    push(byte(31) << 8 | byte(30), 3);
    text
}

/// Bytes for a salt: no two alike, from the standard library's randomly seeded hasher. They are
/// stored in the open and need not be secret.
fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(8) {
        let random = std::hash::RandomState::new().build_hasher().finish();
        chunk.copy_from_slice(&random.to_le_bytes()[..chunk.len()]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn native_hashes_are_those_of_the_server() {
        // SELECT PASSWORD('secret') of MariaDB.
        let expected = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";
        assert_eq!(mysql_native("secret"), expected);
    }

    #[test]
    fn sha256_crypt_gives_what_openssl_gives() {
        // openssl passwd -5 -salt SALT PASSWORD
        let cases = [
            (
                "Hello world!",
                "saltstring",
                "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
            ),
            (
                "hunter22-with-a-much-longer-password-than-32-bytes",
                "abc",
                "ue93QGldefmL/QitD7f.282fg21e65/atkLDpUg4lf0",
            ),
        ];
        for (password, salt, digest) in cases {
            let ours = sha256_crypt(password.as_bytes(), salt.as_bytes(), 5000);
            assert_eq!(ours, digest, "{password}");
        }
    }

    #[test]
    fn a_stored_sha2_password_is_known_again_and_no_other_is() {
        let stored = mysql_sha2("correct horse");
        assert_eq!(stored.len(), 70);
        assert!(is_mysql_sha2(&stored, "correct horse"));
        assert!(!is_mysql_sha2(&stored, "correct hors"));
        assert!(!is_mysql_sha2(b"$A$005$short", "correct horse"));
        assert_ne!(mysql_sha2("correct horse"), stored);
    }

    #[test]
    fn scram_follows_the_example_of_rfc_7677() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let verifier = scram_with("pencil", &salt, 4096);
        // The RFC's server signature is made with this server key.
        let server = STANDARD
            .decode(verifier.rsplit(':').next().unwrap())
            .unwrap();
        let message = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let signature = STANDARD.encode(hmac(&server, message.as_bytes()));
        assert_eq!(signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assert!(is_scram(&verifier, "pencil"));
        assert!(!is_scram(&verifier, "pencils"));
        assert!(!is_scram("md5abc", "pencil"));
    }

    #[test]
    fn new_verifiers_differ_and_are_known_again() {
        let first = scram("correct horse");
        assert_ne!(first, scram("correct horse"));
        assert!(is_scram(&first, "correct horse"));
    }
}
