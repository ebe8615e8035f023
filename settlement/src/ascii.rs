//! Names and texts in the characters that every bank takes.
//!
//! The set is that of SWIFT "x": letters, digits, blank and `/ - ? : ( ) . , ' +`. Banks
//! answer other characters with a rejected file or, worse, with an altered name. None of
//! `< > & "` is in the set, so what comes out needs no escape in XML.

/// A person's or institution's name for the bank: without accents, in upper case, `Đ` as
/// `D`, at most 70 characters. Takes composed (NFC) and decomposed (NFD) Vietnamese.
pub fn ascii_name(name: &str) -> String {
    let mut out = Vec::with_capacity(name.len());
    push_ascii(&mut out, name, NAME_MAX, true);
    String::from_utf8(out).unwrap_or_default()
}

/// A free text for the bank, such as the purpose of a payment: without accents, in its own
/// case, at most `limit` characters.
pub fn ascii_text(text: &str, limit: usize) -> String {
    let mut out = Vec::with_capacity(text.len());
    push_ascii(&mut out, text, limit, false);
    String::from_utf8(out).unwrap_or_default()
}

pub(crate) const NAME_MAX: usize = 70;

/// Appends `text` in the set: at most `limit` characters, no blank at either end, no two
/// blanks in a row.
pub(crate) fn push_ascii(out: &mut Vec<u8>, text: &str, limit: usize, upper: bool) {
    let start = out.len();
    let mut blank = false;
    for c in text.chars() {
        let Some(byte) = ascii_byte(c) else { continue };
        if byte == b' ' {
            blank = out.len() > start;
            continue;
        }
        if out.len() - start + usize::from(blank) >= limit {
            break;
        }
        if blank {
            out.push(b' ');
            blank = false;
        }
        out.push(if upper {
            byte.to_ascii_uppercase()
        } else {
            byte
        });
    }
}

/// The byte that stands for `c`; `None` for a combining mark, which is dropped.
pub(crate) fn ascii_byte(c: char) -> Option<u8> {
    if let Ok(byte @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')) = u8::try_from(c) {
        return Some(byte);
    }
    Some(match c {
        '/' => b'/',
        '-' | '_' | '~' | '\u{2010}'..='\u{2015}' => b'-',
        '?' => b'?',
        ':' => b':',
        '(' | '[' | '{' | '<' => b'(',
        ')' | ']' | '}' | '>' => b')',
        '.' => b'.',
        ',' | ';' => b',',
        '\'' | '"' | '`' | '\u{2018}'..='\u{201f}' => b'\'',
        '+' | '&' => b'+',
        '\u{300}'..='\u{36f}' => return None,
        _ => match base_letter(c) {
            Some(letter) => letter,
            None if c.is_alphanumeric() => b'?',
            None => b' ',
        },
    })
}

/// The letter under the accents, for Vietnamese and for Western European names.
fn base_letter(c: char) -> Option<u8> {
    let (upper, is_upper) = match c {
        'À'..='Å' | 'Ă' => (b'A', true),
        'à'..='å' | 'ă' => (b'A', false),
        'Ç' => (b'C', true),
        'ç' => (b'C', false),
        // Eth is typed for the Vietnamese letter, which looks the same.
        'Đ' | 'Ð' => (b'D', true),
        'đ' | 'ð' => (b'D', false),
        'È'..='Ë' => (b'E', true),
        'è'..='ë' => (b'E', false),
        'Ì'..='Ï' | 'Ĩ' => (b'I', true),
        'ì'..='ï' | 'ĩ' => (b'I', false),
        'Ñ' => (b'N', true),
        'ñ' => (b'N', false),
        'Ò'..='Ö' | 'Ø' | 'Ơ' => (b'O', true),
        'ò'..='ö' | 'ø' | 'ơ' => (b'O', false),
        'Ù'..='Ü' | 'Ũ' | 'Ư' => (b'U', true),
        'ù'..='ü' | 'ũ' | 'ư' => (b'U', false),
        'Ý' => (b'Y', true),
        'ý' | 'ÿ' => (b'Y', false),
        // The block of Vietnamese letters with a tone: capitals have even numbers.
        'Ạ'..='ỹ' => {
            let upper = match c {
                'Ạ'..='ặ' => b'A',
                'Ẹ'..='ệ' => b'E',
                'Ỉ'..='ị' => b'I',
                'Ọ'..='ợ' => b'O',
                'Ụ'..='ự' => b'U',
                _ => b'Y',
            };
            (upper, u32::from(c) % 2 == 0)
        }
        _ => return None,
    };
    Some(if is_upper {
        upper
    } else {
        upper.to_ascii_lowercase()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a Vietnamese letter that is lost or turned into another one, in either
    /// Unicode form and in both cases.
    #[test]
    fn strips_accents_of_composed_and_decomposed_names() {
        for (name, shown) in [
            ("Nguyễn Thị Ánh", "NGUYEN THI ANH"),
            (
                "Nguye\u{302}\u{303}n Thi\u{323} A\u{301}nh",
                "NGUYEN THI ANH",
            ),
            ("Đặng Đình Đức", "DANG DINH DUC"),
            ("  Trần   Văn\tÚt ", "TRAN VAN UT"),
            ("Lò Thị Mỹ, \"Bé\" <b>", "LO THI MY, 'BE' (B)"),
            ("Lê & Con — Hà Nội", "LE + CON - HA NOI"),
            ("王", "?"),
            ("\u{1F600}", ""),
        ] {
            assert_eq!(ascii_name(name), shown, "{name}");
        }
        let all = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ";
        let plain = ascii_text(all, 200);
        let wanted = format!(
            "{}{}{}{}{}{}d",
            "a".repeat(18),
            "e".repeat(12),
            "i".repeat(6),
            "o".repeat(18),
            "u".repeat(12),
            "y".repeat(6)
        );
        assert_eq!(plain, wanted);
        assert_eq!(ascii_text(&all.to_uppercase(), 200), wanted.to_uppercase());
    }

    /// Catches a cut that leaves a blank at the end or passes the limit.
    #[test]
    fn cuts_at_the_limit() {
        assert_eq!(ascii_text("abc def", 4), "abc");
        assert_eq!(ascii_text("abc def", 5), "abc d");
        assert_eq!(ascii_name(&"A".repeat(99)).len(), NAME_MAX);
    }
}
