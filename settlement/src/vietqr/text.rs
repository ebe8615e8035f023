//! Free texts in the characters that every banking app carries unchanged.

use super::{VietQr, VietQrError, VietQrErrorKind};
use crate::ascii::{ascii_byte, ascii_name};

/// The purpose of a payment: accents taken off, `Đ` as `D`, blanks as one.
///
/// An error when it is longer than 25 characters (a cut payment code would be lost) or has
/// a character other than letters, digits, blank and `. , : / -`, which banks drop.
pub fn qr_content(text: &str) -> Result<String, VietQrError> {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for (offset, c) in text.chars().enumerate() {
        if c.is_whitespace() {
            blank = !out.is_empty();
            continue;
        }
        if matches!(c, '\u{300}'..='\u{36f}') {
            continue;
        }
        let plain = match c {
            '.' | ',' | ':' | '/' | '-' => Some(c),
            c => ascii_byte(c)
                .map(char::from)
                .filter(|b| b.is_ascii_alphanumeric()),
        };
        let Some(plain) = plain else {
            return Err(VietQrError::new(
                VietQrErrorKind::UnsafeCharacter,
                "62/08",
                offset,
                &c.to_string(),
                "letters, digits, blanks and . , : / -",
            ));
        };
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        out.push(plain);
    }
    if out.len() > VietQr::TEXT_MAX {
        return Err(VietQrError::new(
            VietQrErrorKind::TextForm,
            "62/08",
            VietQr::TEXT_MAX,
            &out,
            "at most 25 characters",
        ));
    }
    Ok(out)
}

/// The payee's name: upper case without accents, cut at 25 characters.
pub fn qr_name(name: &str) -> String {
    let mut out = ascii_name(name);
    out.truncate(VietQr::TEXT_MAX);
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a content that reaches the bank otherwise than it was meant.
    #[test]
    fn contents_are_made_safe_or_refused() {
        for (text, safe) in [
            ("  Học phí   tháng 9 ", "Hoc phi thang 9"),
            ("Đo\u{301}ng tie\u{302}\u{300}n", "Dong tien"),
            ("HP0001A-2026/09", "HP0001A-2026/09"),
            ("", ""),
        ] {
            assert_eq!(qr_content(text).as_deref(), Ok(safe), "{text}");
        }
        for (text, offset, found) in [
            ("a&b", 1, "&"),
            ("học_phí", 3, "_"),
            ("1 王", 2, "\\u{738b}"),
        ] {
            let error = qr_content(text).unwrap_err();
            assert_eq!(error.kind, VietQrErrorKind::UnsafeCharacter, "{text}");
            assert_eq!((error.offset, error.found.as_str()), (offset, found));
        }
        assert!(qr_content(&"x".repeat(25)).is_ok());
        let long = qr_content(&"x".repeat(26)).unwrap_err();
        assert_eq!(long.kind, VietQrErrorKind::TextForm);
    }

    /// Catches a name that passes 25 characters or ends in a blank.
    #[test]
    fn names_are_cut() {
        assert_eq!(
            qr_name("Trường Tiểu học Lê Văn Tám A"),
            "TRUONG TIEU HOC LE VAN TA"
        );
        assert_eq!(
            qr_name("Trường Tiểu học Nguyễn Du An"),
            "TRUONG TIEU HOC NGUYEN DU"
        );
    }
}
