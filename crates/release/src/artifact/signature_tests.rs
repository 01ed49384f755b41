use super::*;

// Made by minisign 0.11 itself: `minisign -G -W`, then `minisign -S` over the line `content`.
const KEY: &str = "RWQFD+wJ9T79CKspzdWBVefOkqrkhcgk3wfyima0KbuZFgi7VA/xXihg";
const CONTENT: &[u8] = b"content\n";
const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQFD+wJ9T79CJg54Kcx2P1PZ/ostKPm/19bkCOoqyGX4Qfpnx3aDJPUTnUpKyN8zSud3GkguaLrZvlz9xdW8b3CwPw6aABayAo=
trusted comment: signed by the program itself
jcMswW94OK/nsMIBslOm3gNLR0aMTB+80mgsN4g047905kY/3PR8dgdPHqFWQ0YwgZbRb1demm4cJXKx9hswDw==
";
/// Of another key, from the pages of minisign.
const OTHER_KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

fn trusted(keys: &[&str]) -> Vec<PublicKey> {
    keys.iter().map(|key| key.parse().unwrap()).collect()
}

fn judged(content: &[u8], signature: Option<&str>, keys: &[&str]) -> Result<Trust, SignatureError> {
    let signature = signature.map(Signature::parse).transpose()?;
    check_trust(content, signature.as_ref(), &trusted(keys))
}

#[test]
fn a_release_is_trusted_by_these_rules() {
    let id = trusted(&[KEY])[0].id();
    let other = trusted(&[OTHER_KEY])[0].id();
    let signed = || Trust::Signed {
        key: id,
        comment: "signed by the program itself".to_owned(),
    };
    let stranger = SignatureError::Stranger {
        found: id,
        trusted: vec![other],
    };
    let unsigned = SignatureError::Unsigned {
        trusted: vec![id, other],
    };
    let does_not_fit = SignatureError::DoesNotFit { key: id };
    let cases = [
        (CONTENT, None, &[][..], Ok(Trust::Unsigned)),
        (
            CONTENT,
            Some(SIGNATURE),
            &[],
            Ok(Trust::Unchecked { key: id }),
        ),
        // Nobody claims that it fits.
        (
            b"other",
            Some(SIGNATURE),
            &[],
            Ok(Trust::Unchecked { key: id }),
        ),
        (CONTENT, Some(SIGNATURE), &[KEY], Ok(signed())),
        (CONTENT, Some(SIGNATURE), &[OTHER_KEY, KEY], Ok(signed())),
        (CONTENT, None, &[KEY, OTHER_KEY], Err(unsigned)),
        (CONTENT, Some(SIGNATURE), &[OTHER_KEY], Err(stranger)),
        (b"other", Some(SIGNATURE), &[KEY], Err(does_not_fit)),
    ];
    for (content, signature, keys, expected) in cases {
        assert_eq!(judged(content, signature, keys), expected, "{keys:?}");
    }
}

#[test]
fn what_is_written_beside_a_signature_is_part_of_it_but_for_the_first_line() {
    let remark = SIGNATURE.replace("signature from", "another remark than");
    assert!(judged(CONTENT, Some(&remark), &[KEY]).is_ok());
    let comment = SIGNATURE.replace("by the program", "by somebody else");
    let refused = judged(CONTENT, Some(&comment), &[KEY]).unwrap_err();
    assert!(matches!(refused, SignatureError::DoesNotFit { .. }));
}

#[test]
fn who_calls_a_key_by_the_number_of_another_is_found_out() {
    // The other key with the number of the trusted one.
    let mut bytes = BASE64_STANDARD.decode(OTHER_KEY).unwrap();
    bytes[ID_BYTES].copy_from_slice(&BASE64_STANDARD.decode(KEY).unwrap()[ID_BYTES]);
    let pretender = BASE64_STANDARD.encode(bytes);
    let refused = judged(CONTENT, Some(SIGNATURE), &[&pretender]).unwrap_err();
    assert!(matches!(refused, SignatureError::DoesNotFit { .. }));
    // Two keys of one number are both tried.
    assert!(judged(CONTENT, Some(SIGNATURE), &[&pretender, KEY]).is_ok());
}

#[test]
fn a_signature_changed_anywhere_is_refused() {
    let lines: Vec<&str> = SIGNATURE.lines().collect();
    let signed_from = lines[0].len() + 1;
    for position in signed_from..SIGNATURE.len() - 1 {
        for with in ['A', 'B', '\n', '\u{7f}'] {
            let mut changed = SIGNATURE.to_owned();
            changed.replace_range(position..=position, &with.to_string());
            if changed != SIGNATURE {
                assert!(
                    judged(CONTENT, Some(&changed), &[KEY]).is_err(),
                    "{changed}"
                );
            }
        }
    }
    for cut in 0..SIGNATURE.len() - 2 {
        assert!(
            judged(CONTENT, Some(&SIGNATURE[..cut]), &[KEY]).is_err(),
            "{cut}"
        );
    }
}

#[test]
fn keys_are_read_from_a_list_or_from_a_file_of_minisign() {
    let file = format!(
        "untrusted comment: minisign public key 8FD3\n{KEY}\n\n# the next one\n  {OTHER_KEY}\n"
    );
    assert_eq!(
        PublicKey::parse_all(&file).unwrap(),
        trusted(&[KEY, OTHER_KEY])
    );
    for text in [
        "",
        "RW",
        &KEY[1..],
        &KEY.replace("RW", "AA"),
        &KEY.replace('+', "~"),
        &"A".repeat(212),
    ] {
        let error = text.parse::<PublicKey>().unwrap_err().to_string();
        assert!(
            text.is_empty() || !error.contains(text) || text == "RW",
            "{error}"
        );
        assert!(error.contains("examctl release keygen"), "{error}");
    }
}

#[test]
fn every_refusal_says_what_to_do() {
    let id = trusted(&[KEY])[0].id();
    for (error, expected) in [
        (
            SignatureError::Unsigned { trusted: vec![id] },
            "examctl release sign",
        ),
        (
            SignatureError::Stranger {
                found: id,
                trusted: vec![id],
            },
            "add its public key to `release_trusted_keys`",
        ),
        (SignatureError::DoesNotFit { key: id }, "get it again"),
        (SignatureError::Unreadable, "sign it again"),
    ] {
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!(id.to_string(), "08FD3EF509EC0F05");
}
