//! Files that mean harm, and files that mean nothing.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// An archive with one entry of `length` zeros: small on the disk, large in memory.
fn bomb(name: &str, length: usize) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file(name, SimpleFileOptions::default())
        .unwrap();
    let piece = vec![b' '; 1024 * 1024];
    for _ in 0..length / piece.len() {
        archive.write_all(&piece).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn archives_that_unpack_to_too_much_are_refused() {
    let item = bomb("items/a.xml", 8 * 1024 * 1024);
    assert!(item.len() < 100_000);
    assert!(import(Format::Qti30, &item).is_err());
    let workbook = bomb("xl/workbook.xml", 130 * 1024 * 1024);
    assert_eq!(
        import(Format::Xlsx, &workbook).unwrap_err(),
        TransferError::TooLarge
    );
}

#[test]
fn a_file_above_the_limit_is_refused_before_it_is_read() {
    let large = vec![b'x'; MAX_BYTES + 1];
    for format in Format::ALL {
        assert_eq!(import(format, &large).unwrap_err(), TransferError::TooLarge);
    }
}

#[test]
fn a_file_of_another_kind_is_refused_with_a_reason() {
    for (format, bytes, reason) in [
        (Format::Xlsx, &b"type,text\n"[..], "this is no ZIP archive"),
        (Format::Csv, b"", "the file is empty"),
        (Format::Csv, b"a,b\n1,2\n", "there is no column 'type'"),
        (
            Format::Csv,
            b"type,text,points\n\xff\xfe",
            "line 2: this is not UTF-8",
        ),
        (Format::MoodleXml, b"<html/>", "it starts with <html>"),
        (
            Format::MoodleXml,
            b"<!DOCTYPE quiz SYSTEM \"file:///etc/passwd\"><quiz/>",
            "document type",
        ),
        (Format::Qti30, b"<a>&x;</a>", "may stand for"),
        (Format::Gift, b"\n\n", "there is no question"),
    ] {
        let error = import(format, bytes).unwrap_err().to_string();
        assert!(error.contains(reason), "{format:?}: {error}");
    }
}

/// Pieces of all formats in any order.
fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let pieces = proptest::sample::select(vec![
        "<quiz>",
        "</quiz>",
        "<question type=\"multichoice\">",
        "<question type=\"numerical\">",
        "</question>",
        "<questiontext><text>",
        "</text></questiontext>",
        "<answer fraction=\"100\"><text>1e28",
        "</text></answer>",
        "<assessmentItem>",
        "</assessmentItem>",
        "<responseDeclaration identifier=\"R\">",
        "<mapEntry mapKey=\"a\" mappedValue=\"9e27\"/>",
        "<itemBody>",
        "<choiceInteraction responseIdentifier=\"R\">",
        "{",
        "}",
        "{#",
        "=",
        "~",
        "%50%",
        "%%",
        "->",
        "::",
        "#",
        "####",
        "\\",
        "1..5",
        "7e28:7e28",
        "\n\n",
        "//",
        "$CATEGORY:",
        "[html]",
        "<p>",
        "&amp;",
        "type,text,points,correct,option 1\n",
        "multiple_choice,",
        "numeric,",
        "5,",
        "7e28 +- 7e28%",
        "\"",
        ";",
        "PK\u{3}\u{4}",
        "é",
        "\u{0}",
    ]);
    let text =
        proptest::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![text, proptest::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Whatever is read can be graded, reviewed and written again.
    #[test]
    fn no_file_makes_reading_panic(bytes in any_file()) {
        for format in Format::ALL {
            let Ok(import) = import(format, &bytes) else { continue };
            prop_assert_eq!(import.report.taken, import.questions.len());
            for question in &import.questions {
                crate::exam::review::question_faults(question);
            }
            for format in [Format::Csv, Format::Gift, Format::MoodleXml, Format::Qti30] {
                prop_assert!(export(format, &import.questions).is_ok());
            }
        }
    }
}

/// A file that was valid, with bytes changed: what a broken transfer makes of it.
#[test]
fn damaged_files_never_panic() {
    for format in Format::ALL {
        let good = export(format, &rich_questions()).unwrap().bytes;
        for at in (0..good.len()).step_by(good.len() / 60 + 1) {
            let mut damaged = good.clone();
            damaged[at] ^= 0x55;
            let _is_read = import(format, &damaged).is_ok();
            let _is_read = import(format, &good[..at]).is_ok();
        }
    }
}
