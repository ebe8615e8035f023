//! Names as keys: two writings of one name give one key, two names never do.
//!
//! Vietnamese is written in NFC or NFD, with the tone on either vowel (HÒA, HOÀ), with i
//! or y where both stand for one sound (QUÝ, QUÍ), with odd blanks, in any case. The key
//! takes the tone off its vowel and puts it at the syllable's end, where it has only one
//! place; i becomes y after QU and after a single H, K, L, M, S, T or V that it ends, and
//! nowhere else (THÚY is not THÚI, MAI not MAY). Đ stays apart from D. Lists are compared
//! with the register by this key; banks write names in ASCII and are compared by
//! [`ascii_key`].

use unicode_normalization::UnicodeNormalization;

const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];
const BOTH_I_AND_Y: &str = "HKLMSTV";

/// The key by which a typed name and the register's name are compared.
pub fn name_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 4);
    let mut syllable = Syllable::default();
    for c in name.nfd() {
        if is_blank(c) {
            syllable.end(&mut key);
        } else if !is_invisible(c) {
            match c {
                'đ' | 'ð' | 'Ð' | 'ɖ' | 'Ɖ' => syllable.push('Đ'),
                '’' | '‘' | 'ʼ' | '`' | '´' => syllable.push('\''),
                c => c.to_uppercase().for_each(|c| syllable.push(c)),
            }
        }
    }
    syllable.end(&mut key);
    key.nfc().collect()
}

/// The name without accents, in upper-case ASCII with single blanks, as banks write it.
pub fn ascii_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.nfd() {
        if is_blank(c) {
            gap = !key.is_empty();
            continue;
        }
        let c = match c {
            'đ' | 'Đ' | 'ð' | 'Ð' | 'ɖ' | 'Ɖ' => 'D',
            '’' | '‘' | 'ʼ' => '\'',
            c => c.to_ascii_uppercase(),
        };
        if c.is_ascii() && !c.is_ascii_control() {
            if gap {
                key.push(' ');
                gap = false;
            }
            key.push(c);
        }
    }
    key
}

/// True when a list's name and the register's name are one name.
pub fn names_agree(list: &str, register: &str) -> bool {
    list == register || name_key(list) == name_key(register)
}

/// True when a bank's holder name is the person's, once case, accents and spacing are
/// taken off. An empty name agrees with nothing.
pub fn holder_agrees(person_name: &str, bank_holder_name: &str) -> bool {
    let bare = |name: &str| ascii_key(name).replace(' ', "");
    let person = bare(person_name);
    !person.is_empty() && person == bare(bank_holder_name)
}

/// Characters that show nothing and separate nothing: zero-width, soft hyphen, BOM.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

#[derive(Default)]
struct Syllable {
    letters: Vec<char>,
    tones: Vec<char>,
}

impl Syllable {
    fn push(&mut self, c: char) {
        if !TONES.contains(&c) {
            self.letters.push(c);
        } else if !self.tones.contains(&c) {
            self.tones.push(c);
            self.tones.sort_unstable();
        }
    }

    fn end(&mut self, key: &mut String) {
        if self.letters.is_empty() && self.tones.is_empty() {
            return;
        }
        match self.letters.as_mut_slice() {
            [onset, vowel @ ('I' | 'Y')] if BOTH_I_AND_Y.contains(*onset) => *vowel = 'Y',
            ['Q', 'U', vowel @ ('I' | 'Y'), ..] => *vowel = 'Y',
            _ => {}
        }
        if !key.is_empty() {
            key.push(' ');
        }
        key.extend(self.letters.drain(..));
        key.extend(self.tones.drain(..));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Catches two writings of one name that no longer meet.
    #[test]
    fn one_name_has_one_key() {
        for (a, b) in [
            ("Nguyễn Thị Hòa", "NGUYỄN THỊ HOÀ"),
            ("Thủy", "Thuỷ"),
            ("  BÙI  KIM\u{a0}LAN ", "Bùi Kim Lan"),
            ("Lan\u{200b}", "Lan"),
            ("Quý", "Quí"),
            ("Quỳnh", "Quình"),
            ("Lý Kỹ", "Lí Kĩ"),
            ("Mỹ", "MĨ"),
            ("đặng", "\u{d0}ẶNG"),
            ("H'Hen", "H’Hen"),
            ("Hòa Ủy", "Hoà Uỷ"),
        ] {
            assert!(names_agree(a, b), "{a} / {b}");
            let decomposed: String = a.nfd().collect();
            assert!(names_agree(&decomposed, b), "NFD {a} / {b}");
        }
    }

    /// Catches two names that fall together.
    #[test]
    fn two_names_have_two_keys() {
        for (a, b) in [
            ("Thúy", "Thúi"),
            ("Mai", "May"),
            ("Đan", "Dan"),
            ("Hòa", "Hóa"),
            ("Thủy", "Thúy"),
            ("Hoa", "Hòa"),
            ("Quai", "Quay"),
            ("Lan Anh", "Lananh"),
            ("Tuấn", "Tuân"),
            ("Thi", "Thy"),
        ] {
            assert!(!names_agree(a, b), "{a} / {b}");
        }
    }

    /// Catches holder names that banks write without accents or blanks and are not known again.
    #[test]
    fn holders_are_compared_in_ascii() {
        assert_eq!(ascii_key(" Đặng  Thị\u{a0}Huệ "), "DANG THI HUE");
        assert!(holder_agrees("Đặng Thị Huệ", "DANG THI  HUE"));
        assert!(holder_agrees("Đặng Thị Huệ", "dangthihue"));
        assert!(!holder_agrees("Đặng Thị Huệ", "DANG THI HUONG"));
        assert!(!holder_agrees("", ""));
    }

    /// Moves the tone of each syllable to another letter of it.
    fn shift_tones(name: &str) -> String {
        name.split(' ')
            .map(|syllable| {
                let tone: String = syllable.nfd().filter(|c| TONES.contains(c)).collect();
                let rest: String = syllable.nfd().filter(|c| !TONES.contains(c)).collect();
                let (first, more) = rest.split_at(rest.chars().next().map_or(0, char::len_utf8));
                format!("{first}{tone}{more}")
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    proptest! {
        /// Catches a key that changes when it is taken again, over any text.
        #[test]
        fn a_key_is_its_own_key(name in "\\PC*") {
            let key = name_key(&name);
            prop_assert_eq!(name_key(&key), key);
        }

        /// Catches a key that depends on NFC or NFD, case, or where the tone was typed.
        #[test]
        fn writings_do_not_matter(name in "[a-eghik-vxyăâêôơưđàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]{1,6}( [a-eghik-vxyăâêôơưđàáảãạòóỏõọùúủũụ]{1,6}){0,3}") {
            let key = name_key(&name);
            prop_assert_eq!(&name_key(&name.nfd().collect::<String>()), &key);
            prop_assert_eq!(&name_key(&name.nfc().collect::<String>()), &key);
            prop_assert_eq!(&name_key(&name.to_uppercase()), &key);
            prop_assert_eq!(&name_key(&shift_tones(&name)), &key);
        }
    }
}
