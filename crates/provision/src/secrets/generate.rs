//! Strong values nobody has to think of.

use zeroize::Zeroizing;

use super::SecretsError;
use crate::secret::Secret;

/// Letters and digits: safe unquoted in URLs, shells, SQL and every configuration file.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Thousandths of a bit that one character of [`ALPHABET`] is worth: log2(62), rounded down.
const MILLIBITS: usize = 5954;

/// A random value.
pub struct Generated {
    pub value: Secret,
    /// Bits of entropy, rounded down.
    pub entropy_bits: usize,
}

/// `length` random letters and digits from the system's generator, each as likely as the other.
pub fn generate(length: usize) -> Result<Generated, SecretsError> {
    let mut text = String::with_capacity(length);
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while text.len() < length {
        getrandom::fill(bytes.as_mut()).map_err(|error| SecretsError::Random(error.to_string()))?;
        // 248 is four times 62: bytes above it would favour the first letters.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let letters = fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(letters.take(length - text.len()));
    }
    Ok(Generated {
        value: Secret::new(text),
        entropy_bits: length * MILLIBITS / 1000,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_length_use_the_whole_alphabet_and_differ() {
        let first = generate(20_000).unwrap();
        assert_eq!(first.value.expose().len(), 20_000);
        assert_eq!(first.entropy_bits, 119_080);
        for letter in ALPHABET {
            let count = first.value.expose().bytes().filter(|byte| byte == letter);
            // 322 are expected; 100 would be more than 12 standard deviations away.
            assert!(count.count() > 100, "{}", char::from(*letter));
        }
        assert!(generate(32).unwrap().value != generate(32).unwrap().value);
    }
}
