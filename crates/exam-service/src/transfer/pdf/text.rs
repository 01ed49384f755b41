//! Text in the fonts that have it: divided by font and direction, shaped, measured.

use std::fmt::Write as _;
use std::ops::Range;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, UnicodeBuffer};
use unicode_bidi::BidiInfo;

use super::UnwritableError;
use super::assets::{BOLD, FALLBACK, REGULAR};

/// A font, for shaping and for drawing.
struct Typeface {
    face: Face<'static>,
    font: Font,
}

/// The fonts.
pub(super) struct Typefaces {
    regular: Typeface,
    bold: Typeface,
    fallback: Typeface,
}

/// A piece of a line: one font, one direction.
pub(super) struct Piece {
    pub(super) font: Font,
    pub(super) text: String,
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// For a size of 1.
    pub(super) width: f32,
}

impl Typeface {
    fn new(bytes: &'static [u8]) -> Result<Self, UnwritableError> {
        let unusable = || UnwritableError::new("a font that is compiled in cannot be read");
        Ok(Self {
            face: Face::from_slice(bytes, 0).ok_or_else(unusable)?,
            font: Font::new(bytes.into(), 0).ok_or_else(unusable)?,
        })
    }

    fn has(&self, c: char) -> bool {
        self.face.glyph_index(c).is_some()
    }
}

impl Typefaces {
    /// All of them.
    ///
    /// # Errors
    /// Where a font is damaged.
    pub(super) fn new() -> Result<Self, UnwritableError> {
        Ok(Self {
            regular: Typeface::new(REGULAR)?,
            bold: Typeface::new(BOLD)?,
            fallback: Typeface::new(FALLBACK)?,
        })
    }

    /// One line of text as pieces from the left to the right. A character that no font has is written by its number, as
    /// `[U+1F393]`; line breaks become spaces.
    pub(super) fn pieces(&self, text: &str, is_bold: bool) -> Vec<Piece> {
        let text = self.writable(text);
        let bidi = BidiInfo::new(&text, None);
        let Some(paragraph) = bidi.paragraphs.first() else {
            return Vec::new();
        };
        let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
        let mut pieces = Vec::new();
        for run in runs {
            let is_rtl = levels
                .get(run.start)
                .is_some_and(unicode_bidi::Level::is_rtl);
            let mut parts = self.by_font(&text[run], is_bold);
            if is_rtl {
                parts.reverse();
            }
            let shaped = parts
                .into_iter()
                .map(|(typeface, part)| shape(typeface, part, is_rtl));
            pieces.extend(shaped);
        }
        pieces
    }

    /// How wide a line is for a size of 1.
    pub(super) fn width(pieces: &[Piece]) -> f32 {
        pieces.iter().map(|piece| piece.width).sum()
    }

    /// Whether all of a text is written in its letters.
    pub(super) fn has_all(&self, text: &str) -> bool {
        text.chars().all(|c| c.is_whitespace() || self.has(c))
    }

    fn has(&self, c: char) -> bool {
        is_invisible(c) || self.regular.has(c) || self.fallback.has(c)
    }

    fn writable(&self, text: &str) -> String {
        let mut writable = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_whitespace() {
                writable.push(' ');
            } else if self.has(c) {
                writable.push(c);
            } else {
                // A text takes everything that is written to it.
                write!(writable, "[U+{:04X}]", u32::from(c)).ok();
            }
        }
        writable
    }

    /// The text in parts of one font each, in the order in which it is read.
    fn by_font<'a>(&self, text: &'a str, is_bold: bool) -> Vec<(&Typeface, &'a str)> {
        let usual = if is_bold { &self.bold } else { &self.regular };
        let font_of = |c: char| {
            if usual.has(c) {
                usual
            } else if self.regular.has(c) {
                &self.regular
            } else {
                &self.fallback
            }
        };
        let mut parts: Vec<(&Typeface, Range<usize>)> = Vec::new();
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            match parts.last_mut() {
                Some((last, range)) if is_invisible(c) || std::ptr::eq(*last, font_of(c)) => {
                    range.end = end;
                }
                _ => parts.push((font_of(c), at..end)),
            }
        }
        let parts = parts.into_iter();
        parts.map(|(font, range)| (font, &text[range])).collect()
    }
}

/// Characters that only say how others are joined, or in which direction.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn shape(typeface: &Typeface, text: &str, is_rtl: bool) -> Piece {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if is_rtl {
        Direction::RightToLeft
    } else {
        Direction::LeftToRight
    });
    let shaped = rustybuzz::shape(&typeface.face, &[], buffer);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand units")]
    let share = |units: i32| units as f32 / typeface.face.units_per_em() as f32;
    let starts: Vec<usize> = shaped
        .glyph_infos()
        .iter()
        .map(|it| it.cluster as usize)
        .collect();
    let end_of = |start: usize| {
        let later = starts.iter().copied().filter(|other| *other > start);
        later.min().unwrap_or(text.len())
    };
    let placed = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
    let glyphs: Vec<KrillaGlyph> = placed
        .map(|(info, position)| {
            let start = info.cluster as usize;
            KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                share(position.x_advance),
                share(position.x_offset),
                share(position.y_offset),
                share(position.y_advance),
                start..end_of(start),
                None,
            )
        })
        .collect();
    Piece {
        font: typeface.font.clone(),
        text: text.to_owned(),
        width: glyphs.iter().map(|glyph| glyph.x_advance).sum(),
        glyphs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_drawn_by_a_font_that_has_it_or_written_by_its_number() {
        let typefaces = Typefaces::new().unwrap();
        for name in [
            "Zoë Łukasiewicz-Öztürk",
            "Мария Иванова",
            "Ελένη Παπαδοπούλου",
            "محمد عبد الله",
            "שרה כהן",
            "李小龍 王",
            "さくら サクラ",
            "Անի Գևորգյան",
            "🎓 अनिता 김민준",
            "Anna محمد 李",
        ] {
            for is_bold in [false, true] {
                let pieces = typefaces.pieces(name, is_bold);
                let glyphs = pieces.iter().flat_map(|piece| &piece.glyphs);
                let boxes = glyphs.filter(|glyph| glyph.glyph_id.to_u32() == 0).count();
                assert_eq!(boxes, 0, "{name}");
                assert!(Typefaces::width(&pieces) > 0.0);
            }
        }
        let pieces = typefaces.pieces("🎓", false);
        assert_eq!(pieces[0].text, "[U+1F393]");
    }

    #[test]
    fn arabic_is_joined_and_stands_from_the_right_to_the_left() {
        let typefaces = Typefaces::new().unwrap();
        let joined = typefaces.pieces("محمد", false);
        let apart: f32 = "محمد"
            .chars()
            .map(|c| Typefaces::width(&typefaces.pieces(&c.to_string(), false)))
            .sum();
        assert!(
            Typefaces::width(&joined) < apart,
            "letters have other forms when they are joined"
        );
        let first = joined[0].glyphs.first().unwrap();
        assert!(
            first.text_range.start > 0,
            "the last letter is the leftmost"
        );
        // In a line that begins in Latin the Latin stays on the left.
        let mixed = typefaces.pieces("Anna محمد", false);
        assert!(mixed[0].text.starts_with("Anna"));
        let mixed = typefaces.pieces("محمد Anna", false);
        assert!(mixed[0].text.starts_with("Anna"));
    }
}
