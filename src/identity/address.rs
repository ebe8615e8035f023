//! The commune that an address text names.
//!
//! Lists write `Thôn 1, Xã An Lão`, the register `Xã An Lão, Bình Lục, Hà Nam`: what both
//! can be compared by is the commune. Xã, phường, thị trấn and đặc khu are communes; thôn,
//! xóm, tổ, huyện, quận and thị xã are not. Kinds change (a thị trấn becomes a xã), so
//! only names are compared. An address that names none gives `None`, and nothing is
//! concluded from it.

use super::name::name_key;
use unicode_normalization::UnicodeNormalization;

/// Words after which no commune's name goes on.
const END_OF_NAME: [&str; 6] = ["huyện", "quận", "tỉnh", "tp", "thành", "cũ"];

/// A commune as an address names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commune {
    /// `Xã`, `Phường`, `Thị trấn` or `Đặc khu`.
    pub kind: &'static str,
    /// The name as written, blanks trimmed: `An Lão`.
    pub name: String,
    /// The name's key; equal keys are the same commune.
    pub key: String,
}

impl Commune {
    /// True when both texts name the same commune, whatever kind each calls it.
    pub fn same_as(&self, other: &Commune) -> bool {
        self.key == other.key
    }
}

/// The first commune that the text names.
pub fn commune_of(address: &str) -> Option<Commune> {
    address
        .split([',', ';', '\n', '|', '(', ')'])
        .flat_map(|part| part.split(" - "))
        .find_map(commune_in_part)
}

fn commune_in_part(part: &str) -> Option<Commune> {
    let words: Vec<String> = part
        .split(|c: char| c.is_whitespace() || c == '.')
        .filter(|word| !word.is_empty())
        .map(|word| word.nfc().collect())
        .collect();
    let small: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let (kind, at) = (0..small.len()).find_map(|i| {
        let before = i.checked_sub(1).map(|j| small[j].as_str());
        kind_at(&small[i..], before).map(|(kind, taken)| (kind, i + taken))
    })?;
    let name: Vec<&str> = (at..words.len())
        .take_while(|&i| !END_OF_NAME.contains(&small[i].as_str()))
        .map(|i| {
            words[i]
                .trim_start_matches(['P', 'p'])
                .trim_start_matches('0')
        })
        .zip(at..)
        .map(|(number, i)| {
            if number.bytes().all(|b| b.is_ascii_digit()) {
                number
            } else {
                words[i].as_str()
            }
        })
        .filter(|word| !word.is_empty())
        .collect();
    let name = name.join(" ");
    let key = name_key(&name);
    (!key.is_empty()).then_some(Commune { kind, name, key })
}

/// The kind that the words begin with, and how many words say only that.
fn kind_at(words: &[String], before: Option<&str>) -> Option<(&'static str, usize)> {
    let first = words.first()?.as_str();
    let second = words.get(1).map_or("", String::as_str);
    match (first, second) {
        ("xã", _) if before != Some("thị") => Some(("Xã", 1)),
        ("phường", _) => Some(("Phường", 1)),
        ("thị", "trấn") => Some(("Thị trấn", 2)),
        ("đặc", "khu") => Some(("Đặc khu", 2)),
        ("x", _) if before.is_none() => Some(("Xã", 1)),
        ("p", _) if before.is_none() => Some(("Phường", 1)),
        ("tt", _) if before.is_none() => Some(("Thị trấn", 1)),
        (word, _) if before.is_none() && is_numbered_ward(word) => Some(("Phường", 0)),
        _ => None,
    }
}

/// `p5`, `p05`.
fn is_numbered_ward(word: &str) -> bool {
    word.strip_prefix('p')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches communes that are one and compared as two, and words taken for communes.
    #[test]
    fn finds_the_commune() {
        for (text, key) in [
            ("Thôn 1, Xã An Lão", Some("AN LÃO")),
            ("Xã An Lão, Bình Lục, Hà Nam", Some("AN LÃO")),
            ("Thôn 1 xã An Lão huyện Bình Lục", Some("AN LÃO")),
            ("thôn 3 - X. An Lão - H. Bình Lục", Some("AN LÃO")),
            ("TT. Bình Mỹ, Bình Lục", Some("BÌNH MỸ")),
            ("Tổ 2, Thị trấn Bình Mĩ", Some("BÌNH MỸ")),
            ("Tổ 4, P.05, Quận 3", Some("5")),
            ("Tổ 4, P5, Quận 3", Some("5")),
            ("Tổ 4, Phường 5", Some("5")),
            ("Đặc khu Côn Đảo", Some("CÔN ĐẢO")),
            ("Phường Phủ Lý, thị xã Duy Tiên", Some("PHỦ LÝ")),
            ("Thôn Phương Hạ, thị xã Duy Tiên", None),
            ("Thôn 1", None),
            ("", None),
        ] {
            let found = commune_of(text).map(|commune| commune.key);
            assert_eq!(found, key.map(name_key), "{text}");
        }
    }
}
