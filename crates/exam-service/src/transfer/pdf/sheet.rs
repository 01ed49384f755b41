//! Pages: first what is on them is decided, then all of it is drawn.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

use super::UnwritableError;
use super::text::{Piece, Typefaces};

/// Width of a page of A4, in points of 1/72 inch.
pub(in crate::transfer) const WIDTH: f32 = 595.0;
/// Its height.
pub(in crate::transfer) const HEIGHT: f32 = 842.0;
/// What stays empty around it.
pub(in crate::transfer) const MARGIN: f32 = 48.0;
/// How much smaller a text that does not fit is drawn before it is cut, with an ellipsis that says so.
const SMALLEST_SHARE: f32 = 0.75;
/// On each page of a document in which something is written by its number.
const NUMBERS: &str = "[U+1F393]: a character that no font here has, by its number";

pub(in crate::transfer) const BLACK: [u8; 3] = [0x1a, 0x1a, 0x1a];
pub(in crate::transfer) const GREY: [u8; 3] = [0x66, 0x66, 0x66];
pub(in crate::transfer) const PALE: [u8; 3] = [0xe4, 0xe7, 0xec];
pub(in crate::transfer) const BLUE: [u8; 3] = [0x2b, 0x5c, 0xa8];
pub(in crate::transfer) const RED: [u8; 3] = [0xb4, 0x23, 0x18];

/// Where a text stands relative to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::transfer) enum Align {
    Left,
    Centre,
    Right,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(in crate::transfer) struct Style {
    /// In points.
    pub(in crate::transfer) size: f32,
    pub(in crate::transfer) is_bold: bool,
    pub(in crate::transfer) colour: [u8; 3],
    pub(in crate::transfer) align: Align,
}

impl Style {
    pub(in crate::transfer) const fn of(size: f32) -> Self {
        Self {
            size,
            is_bold: false,
            colour: BLACK,
            align: Align::Left,
        }
    }

    pub(in crate::transfer) const fn bold(self) -> Self {
        Self {
            is_bold: true,
            ..self
        }
    }

    pub(in crate::transfer) const fn in_colour(self, colour: [u8; 3]) -> Self {
        Self { colour, ..self }
    }

    pub(in crate::transfer) const fn at(self, align: Align) -> Self {
        Self { align, ..self }
    }
}

enum Mark {
    Text {
        x: f32,
        y: f32,
        size: f32,
        colour: [u8; 3],
        pieces: Vec<Piece>,
    },
    Box {
        place: Rect,
        colour: [u8; 3],
    },
}

/// A document that is being put together.
pub(in crate::transfer) struct Sheets {
    typefaces: Typefaces,
    title: String,
    pages: Vec<Vec<Mark>>,
    /// Whether something was written by its number.
    has_numbers: bool,
}

impl Sheets {
    /// Without any page.
    ///
    /// # Errors
    /// Where a font is damaged.
    pub(in crate::transfer) fn new(title: &str) -> Result<Self, UnwritableError> {
        Ok(Self {
            typefaces: Typefaces::new()?,
            title: title.to_owned(),
            pages: Vec::new(),
            has_numbers: false,
        })
    }

    /// Goes on on a new page.
    pub(in crate::transfer) fn add_page(&mut self) {
        self.pages.push(Vec::new());
    }

    /// A line of text whose baseline is at `y`, from the top; no wider than `room`.
    pub(in crate::transfer) fn text(
        &mut self,
        x: f32,
        y: f32,
        room: f32,
        style: Style,
        text: &str,
    ) {
        self.has_numbers |= !self.typefaces.has_all(text);
        let (pieces, size) = self.fitted(text, style, room);
        let width = Typefaces::width(&pieces) * size;
        let x = match style.align {
            Align::Left => x,
            Align::Centre => x - width / 2.0,
            Align::Right => x - width,
        };
        let colour = style.colour;
        self.add(Mark::Text {
            x,
            y,
            size,
            colour,
            pieces,
        });
    }

    /// A filled box; one without an area is none.
    pub(in crate::transfer) fn fill(
        &mut self,
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        colour: [u8; 3],
    ) {
        if let Some(place) = Rect::from_xywh(x, y, width, height) {
            self.add(Mark::Box { place, colour });
        }
    }

    fn add(&mut self, mark: Mark) {
        if self.pages.is_empty() {
            self.add_page();
        }
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// The text, smaller where it has to be, and cut where that does not help.
    fn fitted(&self, text: &str, style: Style, room: f32) -> (Vec<Piece>, f32) {
        let pieces = self.typefaces.pieces(text, style.is_bold);
        let width = Typefaces::width(&pieces) * style.size;
        if width <= room {
            return (pieces, style.size);
        }
        let size = style.size * (room / width).max(SMALLEST_SHARE);
        if room / width >= SMALLEST_SHARE {
            return (pieces, size);
        }
        // A cut by shares, then a character at a time.
        let count = text.chars().count();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a count"
        )]
        let mut kept = (count as f32 * (room / (width * SMALLEST_SHARE)).min(1.0)) as usize + 1;
        loop {
            let shortened: String = text.chars().take(kept).chain(['…']).collect();
            let pieces = self.typefaces.pieces(&shortened, style.is_bold);
            if kept == 0 || Typefaces::width(&pieces) * size <= room {
                return (pieces, size);
            }
            kept -= 1;
        }
    }

    /// The document, with a number on each page.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(in crate::transfer) fn finish(mut self) -> Result<Vec<u8>, UnwritableError> {
        let count = self.pages.len();
        let has_numbers = self.has_numbers;
        let footer = Style::of(7.5).in_colour(GREY);
        let mut pages = std::mem::take(&mut self.pages);
        for (number, page) in (1..).zip(&mut pages) {
            self.pages = vec![std::mem::take(page)];
            let (y, room) = (HEIGHT - 26.0, WIDTH - 2.0 * MARGIN - 80.0);
            let title = self.title.clone();
            self.text(MARGIN, y, room, footer, &title);
            if has_numbers {
                self.text(MARGIN, y + 10.0, room, footer, NUMBERS);
            }
            let right = footer.at(Align::Right);
            self.text(
                WIDTH - MARGIN,
                y,
                80.0,
                right,
                &format!("{number} / {count}"),
            );
            *page = self.pages.pop().unwrap_or_default();
        }
        let mut document = Document::new();
        for page in &pages {
            let settings = PageSettings::from_wh(WIDTH, HEIGHT)
                .ok_or_else(|| UnwritableError::new("a page has no size"))?;
            let mut drawn = document.start_page_with(settings);
            let mut surface = drawn.surface();
            for mark in page {
                draw(&mut surface, mark);
            }
            surface.finish();
            drawn.finish();
        }
        document.set_metadata(Metadata::new().title(self.title));
        document
            .finish()
            .map_err(|error| UnwritableError::new(format!("{error:?}")))
    }
}

fn draw(surface: &mut Surface<'_>, mark: &Mark) {
    let fill = |colour: [u8; 3]| Fill {
        paint: rgb::Color::new(colour[0], colour[1], colour[2]).into(),
        ..Fill::default()
    };
    match mark {
        Mark::Text {
            x,
            y,
            size,
            colour,
            pieces,
        } => {
            surface.set_fill(Some(fill(*colour)));
            let mut x = *x;
            for piece in pieces {
                let place = Point::from_xy(x, *y);
                let font = piece.font.clone();
                surface.draw_glyphs(place, &piece.glyphs, font, &piece.text, *size, false);
                x += piece.width * size;
            }
        }
        Mark::Box { place, colour } => {
            let mut path = PathBuilder::new();
            path.push_rect(*place);
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*colour)));
                surface.draw_path(&path);
            }
        }
    }
}
