//! What is the SHA-256 of these bytes, as lower-case hexadecimal digits?

use std::fmt::Write as _;
use std::io::{Read, Result};

use sha2::{Digest as _, Sha256};

/// Hexadecimal digits of a SHA-256.
pub(crate) const DIGITS: usize = 64;

/// The checksum of everything `content` yields, and how many bytes that was.
pub(crate) fn checksum_of(content: &mut dyn Read) -> Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut size_bytes = 0;
    loop {
        let read = content.read(&mut buffer)?;
        if read == 0 {
            return Ok((hexadecimal(&hasher.finalize()), size_bytes));
        }
        hasher.update(&buffer[..read]);
        size_bytes += read as u64;
    }
}

/// The checksum of a short text.
pub(crate) fn checksum_of_text(text: &str) -> String {
    checksum_of_bytes(text.as_bytes())
}

/// The checksum of what is in memory already.
pub(crate) fn checksum_of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a String cannot fail.
        write!(digits, "{byte:02x}").ok();
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_well_known_one() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            checksum_of(&mut "abc".as_bytes()).unwrap(),
            (expected.to_owned(), 3)
        );
        assert_eq!(checksum_of_text("abc"), expected);
    }
}
