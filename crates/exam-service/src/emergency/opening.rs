//! A file that staff have uploaded: taken apart, checked, decrypted and read. Whatever is wrong with it is said in words.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::{BASE64, EmergencyKeys, MAX_ANSWERS, VERSION};
use crate::exam::emergency::FileAnswer;
use crate::exam::{AttemptId, ExamId, QuestionId, Response, Sequence, UserId};

/// What a file says, once it is known to be genuine. Its `Debug` shows no answer.
pub struct EmergencyFile {
    /// Of which attempt.
    pub attempt: AttemptId,
    /// By whom.
    pub user: UserId,
    /// When it was written, by its page's count of the server's clock.
    pub written_at: DateTime<Utc>,
    /// The answers in it.
    pub answers: Vec<FileAnswer>,
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileRefusal {
    /// Not the form at all.
    #[error(
        "it is no emergency answer file, or not a whole one: {0}. Take the file as the page saved it, without opening it in another program"
    )]
    NotAFile(&'static str),
    /// A later version of the format.
    #[error("its format has the version {0}, and this server reads version {VERSION}")]
    OtherVersion(u32),
    /// Another key pair.
    #[error(
        "it was written for another server (key {0}), or before the JWT_SECRET of this one was changed: upload it there, or once the secret from then is set again"
    )]
    OtherServer(String),
    /// Another exam.
    #[error("it is of another exam ({0}): upload it there")]
    OtherExam(ExamId),
    /// Another candidate than was said.
    #[error("it is of another candidate ({0}) than the one named beside it")]
    OtherCandidate(UserId),
    /// Signed by nobody we know.
    #[error(
        "it was changed after it was written, or was not written by the page of attempt {0}: ask for the file as that page saved it"
    )]
    NotSigned(AttemptId),
    /// Signed, but not made as it should.
    #[error("it is signed by its page and cannot be read: {0}. The page that wrote it has a fault")]
    Unreadable(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    #[expect(
        dead_code,
        reason = "looked at before, so that it can be said which one it is"
    )]
    version: u32,
    exam_id: ExamId,
    attempt_id: AttemptId,
    user_id: UserId,
    key_id: String,
    ephemeral_key: String,
    nonce: String,
    written_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct OnlyVersion {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    answers: Vec<AnswerInFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerInFile {
    question_id: QuestionId,
    #[serde(deserialize_with = "Value::deserialize")]
    response: Value,
    flagged: bool,
    sequence: i64,
    answered_at: DateTime<Utc>,
}

impl EmergencyKeys {
    /// Opens a file that was uploaded for `exam`, and for `candidate` if one was named.
    ///
    /// # Errors
    /// Why it is not taken: never anything of its content.
    pub fn open(
        &self,
        text: &str,
        exam: ExamId,
        candidate: Option<UserId>,
    ) -> Result<EmergencyFile, FileRefusal> {
        let text = text.trim();
        let parts: Vec<&str> = text.split('.').collect();
        let [header_text, ciphertext, signature] = parts[..] else {
            return Err(FileRefusal::NotAFile(
                "it has not three parts with dots between them",
            ));
        };
        let header = read_header(header_text)?;
        if header.key_id != self.key_id() {
            return Err(FileRefusal::OtherServer(shown(&header.key_id)));
        }
        if header.exam_id != exam {
            return Err(FileRefusal::OtherExam(header.exam_id));
        }
        if candidate.is_some_and(|candidate| candidate != header.user_id) {
            return Err(FileRefusal::OtherCandidate(header.user_id));
        }
        let signed = &text[..header_text.len() + 1 + ciphertext.len()];
        let signature = decoded(signature, "its signature is not base64url")?;
        let bound_to = (header.exam_id, header.attempt_id, header.user_id);
        if !self.has_signed(bound_to, signed.as_bytes(), &signature) {
            return Err(FileRefusal::NotSigned(header.attempt_id));
        }
        let ciphertext = decoded(ciphertext, "its second part is not base64url")?;
        let content = self.decrypt(header_text, &header, ciphertext)?;
        Ok(EmergencyFile {
            attempt: header.attempt_id,
            user: header.user_id,
            written_at: header.written_at,
            answers: read_answers(&content)?,
        })
    }

    fn decrypt(
        &self,
        header_text: &str,
        header: &Header,
        mut ciphertext: Vec<u8>,
    ) -> Result<Vec<u8>, FileRefusal> {
        let unreadable = |why: &str| FileRefusal::Unreadable(why.to_owned());
        let decode = |text: &str| BASE64.decode(text).ok();
        let nonce = decode(&header.nonce).and_then(|nonce| <[u8; 12]>::try_from(nonce).ok());
        let nonce = nonce.ok_or_else(|| unreadable("its nonce has not 12 bytes"))?;
        let key = decode(&header.ephemeral_key)
            .and_then(|ephemeral| self.content_key(header_text.as_bytes(), &ephemeral))
            .ok_or_else(|| unreadable("its ephemeral key is no uncompressed point of P-256"))?;
        let wrong_key = || unreadable("it was encrypted with another key");
        let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| wrong_key())?;
        let additional = Aad::from(header_text.as_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = LessSafeKey::new(key).open_in_place(nonce, additional, &mut ciphertext);
        let length = opened.map_err(|_| wrong_key())?.len();
        ciphertext.truncate(length);
        Ok(ciphertext)
    }
}

fn decoded(text: &str, otherwise: &'static str) -> Result<Vec<u8>, FileRefusal> {
    BASE64
        .decode(text)
        .map_err(|_| FileRefusal::NotAFile(otherwise))
}

fn read_header(text: &str) -> Result<Header, FileRefusal> {
    let bytes = decoded(text, "its first part is not base64url")?;
    let otherwise = |_| FileRefusal::NotAFile("its first part is not the header of such a file");
    let OnlyVersion { version } = serde_json::from_slice(&bytes).map_err(otherwise)?;
    if version != VERSION {
        return Err(FileRefusal::OtherVersion(version));
    }
    serde_json::from_slice(&bytes).map_err(otherwise)
}

/// So much of what a stranger wrote as a key id has.
fn shown(key_id: &str) -> String {
    let harmless = key_id.chars().filter(char::is_ascii_alphanumeric);
    harmless.take(16).collect()
}

fn read_answers(content: &[u8]) -> Result<Vec<FileAnswer>, FileRefusal> {
    // The place, and nothing of what is there.
    let content: Content = serde_json::from_slice(content).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        FileRefusal::Unreadable(format!("its answers break off at {line}:{column}"))
    })?;
    if content.answers.len() > MAX_ANSWERS {
        let why = format!("it has more than {MAX_ANSWERS} answers");
        return Err(FileRefusal::Unreadable(why));
    }
    content.answers.iter().map(read_answer).collect()
}

fn read_answer(answer: &AnswerInFile) -> Result<FileAnswer, FileRefusal> {
    let sequence = Sequence::new(answer.sequence)
        .ok_or_else(|| FileRefusal::Unreadable("a sequence in it is out of range".to_owned()))?;
    Ok(FileAnswer {
        question_id: answer.question_id,
        response: Response::parse(&answer.response),
        sequence,
        flagged: answer.flagged,
        answered_at: answer.answered_at,
    })
}
