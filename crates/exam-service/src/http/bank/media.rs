//! `POST /api/v1/courses/{id}/media` and `GET /api/v1/media/{id}`: images and sounds of questions.
//!
//! They are kept in the database, once each: a backup of it is then whole, and an offline server needs no second folder.
//! Nobody but staff can put one there, and its name is its SHA-256, so that it may be kept by browsers for ever.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::exam::CourseId;
use crate::exam::receipt::hexadecimal;
use crate::http::description::ProblemSchema;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Upload};
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::store::Media;

/// The largest image or sound, in bytes. Less than the 16 MiB that MySQL takes in one statement.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;

/// What is taken, and what browsers call it. Nothing that can hold a script: no SVG, no HTML.
const TYPES: [(&str, &str); 10] = [
    ("image/png", "image/png"),
    ("image/jpeg", "image/jpeg"),
    ("image/gif", "image/gif"),
    ("image/webp", "image/webp"),
    ("image/avif", "image/avif"),
    ("audio/mpeg", "audio/mpeg"),
    ("audio/ogg", "audio/ogg"),
    ("audio/opus", "audio/ogg"),
    ("audio/x-wav", "audio/wav"),
    ("audio/m4a", "audio/mp4"),
];

/// The name of an image or a sound: 64 hexadecimal digits.
pub(super) struct Hash(String);

impl FromStr for Hash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_hash = text.len() == 64 && text.bytes().all(is_digit);
        is_hash.then(|| Self(text.to_owned())).ok_or(())
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct MediaReply {
    /// SHA-256 of the file.
    hash: String,
    content_type: String,
    /// What to write into a question.
    #[schema(example = "/api/v1/media/0f...")]
    url: String,
}

/// Keep an image or a sound
///
/// The file is the body, at most 8 MiB: PNG, JPEG, GIF, WebP, AVIF, MP3, Ogg, Opus, WAV or M4A by its content, whatever
/// it is called. A repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/courses/{id}/media", operation_id = "add_media", tag = "Question bank",
    params(("id" = Uuid, Path, description = "Which course")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "It is kept", body = MediaReply),
        (status = 422, description = "`unknown-media`: The file is of no kind that is taken", body = ProblemSchema, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<CourseId>,
    upload: Upload,
) -> Result<(StatusCode, Json<MediaReply>), ApiError> {
    let found = infer::get(&upload.bytes).map(|kind| kind.mime_type());
    let known = TYPES.iter().find(|(kind, _)| found == Some(*kind));
    let Some((_, content_type)) = known else {
        return Err(ApiError::new(
            ProblemType::UnknownMedia,
            "By what is in it, the file is no PNG, JPEG, GIF, WebP, AVIF, MP3, Ogg, Opus, WAV or M4A.",
        ));
    };
    let hash = hexadecimal(&Sha256::digest(&upload.bytes));
    let media = Media {
        hash: hash.clone(),
        content_type: (*content_type).to_owned(),
        content: upload.bytes.to_vec(),
    };
    let now = state.clock.now();
    let kept = state.store.add_media(session.into(), course, &media, now);
    kept.await?.or_refuse("course")?;
    let reply = MediaReply {
        url: format!("/api/v1/media/{hash}"),
        hash,
        content_type: media.content_type,
    };
    Ok((StatusCode::CREATED, Json(reply)))
}

/// An image or a sound
///
/// It never changes, so it may be kept for ever by who was given it.
#[utoipa::path(
    get, path = "/api/v1/media/{id}", operation_id = "media", tag = "Question bank",
    params(("id" = String, Path, description = "Its SHA-256, 64 hexadecimal digits")),
    responses((status = 200, description = "The file", content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"), (Vec<u8> = "image/webp"),
        (Vec<u8> = "image/avif"), (Vec<u8> = "audio/mpeg"), (Vec<u8> = "audio/ogg"),
        (Vec<u8> = "audio/wav"), (Vec<u8> = "audio/mp4"))))
)]
pub(super) async fn show(
    State(state): State<AppState>,
    Id(Hash(hash)): Id<Hash>,
) -> Result<Response, ApiError> {
    let found = state.store.media(&hash).await?;
    let media = found.ok_or_else(|| ApiError::not_found("file"))?;
    let headers = [
        (CONTENT_TYPE, media.content_type),
        (
            CACHE_CONTROL,
            "private, max-age=31536000, immutable".to_owned(),
        ),
        (ETAG, format!("\"{}\"", media.hash)),
    ];
    Ok((headers, media.content).into_response())
}
