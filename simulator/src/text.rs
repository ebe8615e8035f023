//! Short texts kept in place, for things there are a million of, and the ways in
//! which Vietnamese letters are taken apart.

use std::fmt;

/// At most `N` printable ASCII characters, without an allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Short<const N: usize> {
    length: u8,
    bytes: [u8; N],
}

impl<const N: usize> Short<N> {
    pub const EMPTY: Self = Self {
        length: 0,
        bytes: [b' '; N],
    };

    /// None when the text is too long or holds anything but printable ASCII.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut short = Self::EMPTY;
        short
            .bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        short.length = u8::try_from(text.len()).ok()?;
        text.bytes()
            .all(|b| (0x20..=0x7E).contains(&b))
            .then_some(short)
    }

    /// What fits of a text; for texts of our own making.
    #[must_use]
    pub fn cut(text: &str) -> Self {
        Self::new(text.get(..text.len().min(N)).unwrap_or("")).unwrap_or(Self::EMPTY)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or("")
    }

    /// All `N` bytes, spaces behind the text.
    #[must_use]
    pub const fn padded(&self) -> &[u8; N] {
        &self.bytes
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl<const N: usize> fmt::Debug for Short<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// A letter taken apart: base, the mark of its quality, the mark of its tone.
type Parts = (char, Option<char>, Option<char>);

const BREVE: char = '\u{306}';
const CIRCUMFLEX: char = '\u{302}';
const HORN: char = '\u{31B}';
const DOT_BELOW: char = '\u{323}';
/// In the order of the letters in [`FAMILIES`].
const TONES: [Option<char>; 6] = [
    None,
    Some('\u{300}'),
    Some('\u{301}'),
    Some('\u{309}'),
    Some('\u{303}'),
    Some(DOT_BELOW),
];
const FAMILIES: [(&str, char, Option<char>); 12] = [
    ("aàáảãạ", 'a', None),
    ("ăằắẳẵặ", 'a', Some(BREVE)),
    ("âầấẩẫậ", 'a', Some(CIRCUMFLEX)),
    ("eèéẻẽẹ", 'e', None),
    ("êềếểễệ", 'e', Some(CIRCUMFLEX)),
    ("iìíỉĩị", 'i', None),
    ("oòóỏõọ", 'o', None),
    ("ôồốổỗộ", 'o', Some(CIRCUMFLEX)),
    ("ơờớởỡợ", 'o', Some(HORN)),
    ("uùúủũụ", 'u', None),
    ("ưừứửữự", 'u', Some(HORN)),
    ("yỳýỷỹỵ", 'y', None),
];

fn apart(letter: char) -> Option<Parts> {
    if letter.is_ascii() {
        return None;
    }
    let lower = letter.to_lowercase().next()?;
    for (letters, base, quality) in FAMILIES {
        if let Some(tone) = letters.chars().position(|l| l == lower) {
            let base = if lower == letter {
                base
            } else {
                base.to_ascii_uppercase()
            };
            return Some((base, quality, TONES[tone]));
        }
    }
    None
}

/// The decomposed form (NFD), as some keyboards leave it.
#[must_use]
pub fn decompose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        match apart(letter) {
            None => out.push(letter),
            // canonical order: the horn, the dot below, then what stands above
            Some((base, quality, Some(DOT_BELOW))) if quality != Some(HORN) => {
                out.push(base);
                out.push(DOT_BELOW);
                out.extend(quality);
            }
            Some((base, quality, tone)) => {
                out.push(base);
                out.extend(quality);
                out.extend(tone);
            }
        }
    }
    out
}

/// Letters without accents, upper case: how banks write a holder's name.
#[must_use]
pub fn bank_name(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'đ' | 'Đ' => 'D',
            _ => apart(letter)
                .map_or(letter, |(base, _, _)| base)
                .to_ascii_uppercase(),
        })
        .collect()
}

/// The same word with its tone mark on the other vowel (`Hòa`, `Hoà`; `Quý`, `Qúy`),
/// or None where the word leaves no choice.
#[must_use]
pub fn move_tone(name: &str) -> Option<String> {
    const PAIRS: [(&str, &str); 15] = [
        ("Quý", "Qúy"),
        ("òa", "oà"),
        ("óa", "oá"),
        ("ỏa", "oả"),
        ("õa", "oã"),
        ("ọa", "oạ"),
        ("òe", "oè"),
        ("óe", "oé"),
        ("ỏe", "oẻ"),
        ("ọe", "oẹ"),
        ("ùy", "uỳ"),
        ("úy", "uý"),
        ("ủy", "uỷ"),
        ("ũy", "uỹ"),
        ("ụy", "uỵ"),
    ];
    PAIRS
        .iter()
        .find(|(from, _)| name.contains(from))
        .map(|(from, to)| name.replacen(from, to, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches marks in an order that is not the canonical one.
    #[test]
    fn letters_come_apart_in_canonical_order() {
        assert_eq!(decompose("ậ"), "a\u{323}\u{302}");
        assert_eq!(decompose("Ợ"), "O\u{31B}\u{323}");
        assert_eq!(decompose("ế"), "e\u{302}\u{301}");
        assert_eq!(decompose("Đỗ"), "Đo\u{302}\u{303}");
    }

    /// Catches a bank name that keeps an accent or a small letter.
    #[test]
    fn bank_names_are_plain_capitals() {
        assert_eq!(bank_name("Đặng Thị Thuỳ Dương"), "DANG THI THUY DUONG");
    }

    /// Catches a short text that takes what does not fit its field.
    #[test]
    fn short_texts_refuse_what_does_not_fit() {
        assert_eq!(Short::<4>::new("AC04").unwrap().as_str(), "AC04");
        assert!(Short::<4>::new("AC040").is_none());
        assert!(Short::<4>::new("đ").is_none());
        assert_eq!(Short::<4>::new("A").unwrap().padded(), b"A   ");
    }

    /// Catches a tone that stays where it was.
    #[test]
    fn tones_move_where_there_is_a_choice() {
        assert_eq!(move_tone("Trần Thúy").as_deref(), Some("Trần Thuý"));
        assert_eq!(move_tone("Lê Văn Quý").as_deref(), Some("Lê Văn Qúy"));
        assert_eq!(move_tone("Lê Văn Nam"), None);
    }
}
