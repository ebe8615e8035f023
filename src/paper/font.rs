//! The two faces of every paper, and how wide their letters are.
//!
//! Widths are whole thousandths of the letter size, so that a layout is computed in integers
//! and is the same on every machine.

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Roboto Regular and Bold, Apache-2.0 (`fonts/README.md`).
pub const REGULAR: &[u8] = include_bytes!("fonts/Roboto-Regular.ttf");
pub const BOLD: &[u8] = include_bytes!("fonts/Roboto-Bold.ttf");

/// Glyph and width of each letter that may stand on a paper.
pub struct Face {
    letters: HashMap<char, (u32, u16)>,
}

static FACES: LazyLock<[Face; 2]> = LazyLock::new(|| [Face::read(REGULAR), Face::read(BOLD)]);

/// The face, bold or regular.
pub fn face(bold: bool) -> &'static Face {
    &FACES[usize::from(bold)]
}

impl Face {
    fn read(data: &[u8]) -> Face {
        let mut letters = HashMap::new();
        if let Ok(font) = FontRef::new(data) {
            let widths = font.glyph_metrics(Size::unscaled(), LocationRef::default());
            let em = u64::from(widths_per_em(&font));
            for (code, glyph) in font.charmap().mappings() {
                let Some(letter) = char::from_u32(code) else {
                    continue;
                };
                let units = widths.advance_width(glyph).unwrap_or_default();
                let wide = whole(units) * 1000 / em.max(1);
                letters.insert(
                    letter,
                    (glyph.to_u32(), u16::try_from(wide).unwrap_or(u16::MAX)),
                );
            }
        }
        Face { letters }
    }

    /// Glyph and width in thousandths of the size; the sign for "not there" where the face
    /// has no such letter.
    pub fn glyph(&self, letter: char) -> (u32, u16) {
        self.letters.get(&letter).copied().unwrap_or((0, 500))
    }

    pub fn has(&self, letter: char) -> bool {
        self.letters.contains_key(&letter)
    }

    /// Width of a text in the unit of `size`, rounded up.
    pub fn width(&self, text: &str, size: i32) -> i32 {
        let thousandths: i64 = text
            .chars()
            .map(|c| i64::from(self.glyph(c).1) * i64::from(size))
            .sum();
        i32::try_from((thousandths + 999) / 1000).unwrap_or(i32::MAX)
    }

    /// Breaks a text into lines no wider than `room`, between words where it can. A word
    /// that is wider than a line is cut: nothing is lost and nothing runs over the edge.
    pub fn wrap(&self, text: &str, size: i32, room: i32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let last = lines.last_mut().map(std::mem::take).unwrap_or_default();
            let joined = if last.is_empty() {
                word.to_owned()
            } else {
                format!("{last} {word}")
            };
            if self.width(&joined, size) <= room {
                lines.pop();
                lines.push(joined);
                continue;
            }
            lines.pop();
            if !last.is_empty() {
                lines.push(last);
            }
            let mut piece = String::new();
            for letter in word.chars() {
                piece.push(letter);
                if self.width(&piece, size) > room && piece.chars().count() > 1 {
                    piece.pop();
                    lines.push(std::mem::replace(&mut piece, letter.to_string()));
                }
            }
            lines.push(piece);
        }
        lines
    }
}

fn widths_per_em(font: &FontRef<'_>) -> u16 {
    font.metrics(Size::unscaled(), LocationRef::default())
        .units_per_em
}

/// The units of a font are whole numbers that its reader hands out as floats.
fn whole(units: f32) -> u64 {
    format!("{units:.0}").parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a face without a Vietnamese letter: a name on a receipt would have holes.
    #[test]
    fn every_vietnamese_letter_is_there() {
        let letters = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ₫0123456789.,:;/()-–…«»“”%";
        for letter in letters.chars().chain(letters.to_uppercase().chars()) {
            for bold in [false, true] {
                assert!(face(bold).has(letter), "{letter} bold {bold}");
            }
        }
    }

    /// Catches a wrap that loses letters or runs over the edge.
    #[test]
    fn wrapping_loses_nothing_and_stays_inside() {
        let face = face(false);
        for text in [
            "",
            "một",
            "Trường Tiểu học Bình Lục  năm học 2026-2027",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ] {
            for room in [40, 200, 1000] {
                let lines = face.wrap(text, 100, room);
                let bare = |s: &str| s.split_whitespace().collect::<String>();
                assert_eq!(bare(&lines.concat()), bare(text));
                for line in &lines {
                    assert!(
                        face.width(line, 100) <= room || line.chars().count() == 1,
                        "{line} in {room}"
                    );
                }
            }
        }
    }
}
