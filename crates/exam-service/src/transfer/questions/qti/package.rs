//! Packages of items: a ZIP archive with a manifest, read within limits.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::Version;
use crate::transfer::questions::xml::Element;
use crate::transfer::questions::{MAX_BYTES, MAX_QUESTIONS, TransferError};

/// The most that an archive may unpack to: four times what a file may be.
const MAX_UNPACKED_BYTES: u64 = 4 * MAX_BYTES as u64;

/// The most files in an archive: items, their manifest, and media beside them.
const MAX_FILES: usize = 4 * MAX_QUESTIONS;

/// The largest item.
const MAX_ITEM_BYTES: u64 = 4 * 1024 * 1024;

fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, TransferError> {
    let archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| TransferError::unreadable(format!("this is no ZIP archive: {error}")))?;
    if archive.len() > MAX_FILES {
        return Err(TransferError::TooMany);
    }
    Ok(archive)
}

/// Refuses an archive that unpacks to more than it should, by unpacking it into nothing: its own word is not taken.
pub(in crate::transfer) fn check_limits(bytes: &[u8]) -> Result<(), TransferError> {
    let mut archive = open(bytes)?;
    let mut left = MAX_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let file = archive
            .by_index(index)
            .map_err(|error| TransferError::unreadable(error.to_string()))?;
        let copied = std::io::copy(&mut file.take(left + 1), &mut std::io::sink());
        let copied = copied.map_err(|error| {
            TransferError::unreadable(format!("the archive is damaged: {error}"))
        })?;
        left = left.checked_sub(copied).ok_or(TransferError::TooLarge)?;
    }
    Ok(())
}

/// The XML files of a package but its manifest, by name.
pub(super) fn files(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, TransferError> {
    let mut archive = open(bytes)?;
    let mut files = Vec::new();
    let mut left = MAX_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let file = archive
            .by_index(index)
            .map_err(|error| TransferError::unreadable(error.to_string()))?;
        let name = file
            .name()
            .map_err(|error| TransferError::unreadable(error.to_string()))?
            .into_owned();
        if !name.to_ascii_lowercase().ends_with(".xml") || name.ends_with("imsmanifest.xml") {
            continue;
        }
        let mut content = Vec::new();
        file.take(MAX_ITEM_BYTES + 1)
            .read_to_end(&mut content)
            .map_err(|error| {
                TransferError::unreadable(format!("{name} in the archive is damaged: {error}"))
            })?;
        let length = content.len() as u64;
        if length > MAX_ITEM_BYTES {
            return Err(TransferError::unreadable(format!(
                "{name} is larger than an item may be"
            )));
        }
        left = left.checked_sub(length).ok_or(TransferError::TooLarge)?;
        files.push((name, content));
    }
    files.sort_by_cached_key(|(name, _)| numbered(name));
    Ok(files)
}

/// `item-10` comes after `item-9`: by length first.
fn numbered(name: &str) -> (usize, String) {
    (name.len(), name.to_owned())
}

/// A package of items by their names.
pub(super) fn pack(items: &[(String, String)], version: Version) -> Result<Vec<u8>, TransferError> {
    let failed = |error: &dyn std::fmt::Display| TransferError::Unwritable(error.to_string());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let manifest = (
        "imsmanifest.xml".to_owned(),
        manifest(items, version).to_document(),
    );
    for (name, content) in std::iter::once(&manifest).chain(items) {
        archive
            .start_file(name.as_str(), options)
            .map_err(|error| failed(&error))?;
        archive
            .write_all(content.as_bytes())
            .map_err(|error| failed(&error))?;
    }
    Ok(archive
        .finish()
        .map_err(|error| failed(&error))?
        .into_inner())
}

fn manifest(items: &[(String, String)], version: Version) -> Element {
    let (namespace, schema, schema_version, kind) = match version {
        Version::V21 => (
            "http://www.imsglobal.org/xsd/imscp_v1p1",
            "QTIv2.1 Package",
            "1.0.0",
            "imsqti_item_xmlv2p1",
        ),
        Version::V30 => (
            "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
            "QTI Package",
            "3.0.0",
            "imsqti_item_xmlv3p0",
        ),
    };
    let metadata = Element::new("metadata")
        .child(Element::new("schema").text(schema))
        .child(Element::new("schemaversion").text(schema_version));
    let resource = |(number, (name, _)): (usize, &(String, String))| {
        Element::new("resource")
            .with("identifier", format!("item-{number}"))
            .with("type", kind)
            .with("href", name)
            .child(Element::new("file").with("href", name))
    };
    Element::new("manifest")
        .with("xmlns", namespace)
        .with("identifier", "questions")
        .child(metadata)
        .child(Element::new("organizations"))
        .child(Element::new("resources").children((1..).zip(items).map(resource)))
}
