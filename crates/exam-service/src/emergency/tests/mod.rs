//! Files that a browser's WebCrypto wrote, files of our own hand, and everything that can be done to one.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use serde_json::{Value, json};

use super::*;
use crate::exam::{AttemptId, ExamId, UserId};
use crate::settings::SigningSecret;

/// Written by `write_vector.mjs` of the keys that follow from [`SECRET`].
const BY_NODE: &str = include_str!("browser.txt");
const VECTOR: &str = include_str!("browser.json");
const SECRET: &str = "5c1f6b0d2e9a4837b6d0c4e8f2a13579";

fn keys(secret: &str) -> EmergencyKeys {
    EmergencyKeys::new(&SigningSecret::parse(secret, true).unwrap()).unwrap()
}

/// Of which attempt a file is.
#[derive(Clone, Copy)]
struct Sat {
    exam: ExamId,
    attempt: AttemptId,
    user: UserId,
}

impl Sat {
    fn any() -> Self {
        Self {
            exam: ExamId::generate(),
            attempt: AttemptId::generate(),
            user: UserId::generate(),
        }
    }
}

/// Writes a file as the page does, by another way than the code that reads it: with `change` made to its header first.
pub(crate) fn sealed(page: &PageKeys, header: Value, content: &Value) -> String {
    let ours = PrivateKey::generate(&ECDH_P256).unwrap();
    let ephemeral = ours.compute_public_key().unwrap();
    let mut members = json!({
        "version": 1,
        "key_id": page.key_id,
        "ephemeral_key": BASE64.encode(ephemeral.as_ref()),
        "nonce": BASE64.encode([7_u8; 12]),
        "written_at": "2026-11-22T09:31:00Z",
    });
    let Value::Object(more) = header else {
        panic!("a header has members")
    };
    members.as_object_mut().unwrap().extend(more);
    let header = BASE64.encode(members.to_string());
    let theirs = BASE64.decode(&page.public_key).unwrap();
    let theirs = UnparsedPublicKey::new(&ECDH_P256, theirs);
    let mut key = [0; 32];
    agree(&ours, theirs, (), |shared| {
        let secret = Salt::new(HKDF_SHA256, header.as_bytes()).extract(shared);
        let output = secret.expand(&[b"exam-service emergency file 1"], HKDF_SHA256);
        output.unwrap().fill(&mut key).map_err(|_| ())
    })
    .unwrap();
    let mut text = content.to_string().into_bytes();
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap())
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key([7; 12]),
            Aad::from(header.as_bytes()),
            &mut text,
        )
        .unwrap();
    let signed = format!("{header}.{}", BASE64.encode(text));
    let signing = BASE64.decode(&page.signing_key).unwrap();
    let signing = hmac::Key::new(hmac::HMAC_SHA256, &signing);
    let signature = hmac::sign(&signing, signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(signature.as_ref()))
}

fn header(sat: Sat) -> Value {
    json!({ "exam_id": sat.exam, "attempt_id": sat.attempt, "user_id": sat.user })
}

fn file_of(keys: &EmergencyKeys, sat: Sat) -> String {
    let page = keys.for_page(sat.exam, sat.attempt, sat.user).unwrap();
    let answers = json!({ "answers": [{
        "question_id": "01930ff0-0000-7000-8000-0000000000a1", "response": null, "flagged": true,
        "sequence": 4, "answered_at": "2026-11-22T09:30:00Z" }] });
    sealed(&page, header(sat), &answers)
}

fn refusal(keys: &EmergencyKeys, text: &str, exam: ExamId) -> FileRefusal {
    match keys.open(text, exam, None) {
        Ok(_) => panic!("it was taken: {text}"),
        Err(refusal) => refusal,
    }
}

#[test]
fn a_file_that_webcrypto_wrote_is_read() {
    let vector: Value = serde_json::from_str(VECTOR).unwrap();
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    let exam = id(&vector["attempt"]["exam_id"]).parse().unwrap();
    let keys = keys(SECRET);
    let file = keys.open(BY_NODE, exam, None).unwrap();
    assert_eq!(file.attempt.to_string(), id(&vector["attempt"]["id"]));
    assert_eq!(file.user.to_string(), id(&vector["user_id"]));
    let read: Vec<Value> = file
        .answers
        .iter()
        .map(|answer| {
            let response = answer.response.as_ref().unwrap();
            json!({
                "question_id": answer.question_id, "response": response.to_json(), "flagged": answer.flagged,
                "sequence": answer.sequence.get(), "answered_at": answer.answered_at,
            })
        })
        .collect();
    assert_eq!(json!(read), vector["answers"]);
    assert_eq!(json!(file.written_at), vector["written_at"]);
    // The keys that it was written with are those that its page is given: they are the same in every release.
    let page = keys.for_page(exam, file.attempt, file.user).unwrap();
    let given = json!({
        "key_id": page.key_id, "public_key": page.public_key, "signing_key": page.signing_key });
    assert_eq!(given, vector["attempt"]["emergency_keys"]);
}

#[test]
fn a_file_with_any_bit_changed_is_refused() {
    let (keys, sat) = (keys(SECRET), Sat::any());
    let text = file_of(&keys, sat);
    assert!(keys.open(&text, sat.exam, Some(sat.user)).is_ok());
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let changed = String::from_utf8_lossy(&bytes);
            refusal(&keys, &changed, sat.exam);
        }
    }
    for end in 0..text.len() {
        refusal(&keys, &text[..end], sat.exam);
    }
    refusal(&keys, &format!("{text}A"), sat.exam);
}

#[test]
fn a_file_of_something_else_is_refused_in_words_that_say_of_what() {
    let (ours, theirs, sat, other) = (keys(SECRET), keys(&"b".repeat(32)), Sat::any(), Sat::any());
    let file = file_of(&ours, sat);
    assert_eq!(
        refusal(&ours, &file, other.exam),
        FileRefusal::OtherExam(sat.exam)
    );
    let named = ours.open(&file, sat.exam, Some(other.user)).err();
    assert_eq!(named, Some(FileRefusal::OtherCandidate(sat.user)));
    let elsewhere = refusal(&theirs, &file, sat.exam);
    assert_eq!(
        elsewhere,
        FileRefusal::OtherServer(ours.key_id().to_owned())
    );
    assert!(elsewhere.to_string().contains("JWT_SECRET"), "{elsewhere}");
}

#[test]
fn a_page_signs_for_its_own_attempt_and_for_no_other() {
    let (keys, sat, other) = (keys(SECRET), Sat::any(), Sat::any());
    let page = keys.for_page(sat.exam, sat.attempt, sat.user).unwrap();
    let nothing = json!({ "answers": [] });
    for (exam, attempt, user) in [
        (sat.exam, other.attempt, sat.user),
        (sat.exam, sat.attempt, other.user),
        (other.exam, sat.attempt, sat.user),
    ] {
        let claimed = Sat {
            exam,
            attempt,
            user,
        };
        let file = sealed(&page, header(claimed), &nothing);
        assert_eq!(refusal(&keys, &file, exam), FileRefusal::NotSigned(attempt));
    }
}

#[test]
fn what_is_signed_but_not_as_described_is_refused() {
    let (keys, sat) = (keys(SECRET), Sat::any());
    let page = keys.for_page(sat.exam, sat.attempt, sat.user).unwrap();
    let nothing = json!({ "answers": [] });
    let with = |name: &str, value: Value| {
        let mut header = header(sat);
        header[name] = value;
        refusal(&keys, &sealed(&page, header, &nothing), sat.exam)
    };
    assert_eq!(with("version", json!(2)), FileRefusal::OtherVersion(2));
    let not_on_the_curve = [[4_u8].as_slice(), &[1; 64]].concat();
    for (name, value) in [
        ("nonce", json!(BASE64.encode([7; 11]))),
        ("nonce", json!("")),
        ("ephemeral_key", json!("")),
        ("ephemeral_key", json!(BASE64.encode([2; 33]))),
        ("ephemeral_key", json!(BASE64.encode(not_on_the_curve))),
        // Another pair of keys than it was encrypted with.
        ("ephemeral_key", json!(page.public_key)),
    ] {
        let refused = with(name, value);
        assert!(matches!(refused, FileRefusal::Unreadable(_)), "{refused:?}");
    }
    let answer = json!({
        "question_id": "01930ff0-0000-7000-8000-0000000000a1", "response": { "text": "secret answer" },
        "flagged": false, "sequence": 0, "answered_at": "2026-11-22T09:30:00Z" });
    for content in [
        json!([]),
        json!({ "answers": [{}] }),
        json!({ "answers": [answer] }),
        json!({ "answers": vec![answer; MAX_ANSWERS + 1] }),
    ] {
        let refused = refusal(&keys, &sealed(&page, header(sat), &content), sat.exam);
        assert!(matches!(refused, FileRefusal::Unreadable(_)), "{refused:?}");
        assert!(!refused.to_string().contains("secret answer"), "{refused}");
    }
}
