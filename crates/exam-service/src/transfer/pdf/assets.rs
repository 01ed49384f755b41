//! The fonts, compiled in; their licences lie beside them in `fonts/`. The only place that embeds anything here.
//!
//! `DejaVu` Sans has Latin, Greek, Cyrillic, Armenian, Georgian, Arabic, Hebrew and more; Droid Sans Fallback has Chinese
//! and Japanese. What neither has (Korean, Indic scripts, Thai, emoji) is written by its number, and the page says so.

/// For texts.
pub(super) static REGULAR: &[u8] = include_bytes!("../../../fonts/DejaVuSans.ttf");
/// For headings.
pub(super) static BOLD: &[u8] = include_bytes!("../../../fonts/DejaVuSans-Bold.ttf");
/// For what the others do not have.
pub(super) static FALLBACK: &[u8] = include_bytes!("../../../fonts/DroidSansFallbackFull.ttf");
