//! Why a text is no VietQR, or why none can be made: what is wrong and where.

use std::fmt;

/// What is wrong with a VietQR text.
///
/// `path` is the tag, outer to inner (`38/01`), empty for the text as a whole; `offset` the
/// characters before the place, 0 when a code is being made. `found` is at most 40
/// characters, anything but printable ASCII escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VietQrError {
    pub kind: VietQrErrorKind,
    pub path: String,
    pub offset: usize,
    pub found: String,
    pub expected: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The kinds of [`VietQrError`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum VietQrErrorKind { $($(#[$doc])* $name,)* }

        impl VietQrErrorKind {
            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(VietQrErrorKind::$name => $code,)* }
            }

            /// Every kind, for the page of formats and its test.
            pub const ALL: &'static [VietQrErrorKind] = &[$(VietQrErrorKind::$name,)*];
        }
    };
}

kinds! {
    /// A character outside printable ASCII.
    NotAscii = "not_ascii",
    /// The checksum is not that of the text.
    WrongCrc = "wrong_crc",
    /// The checksum is not four upper-case hex digits.
    CrcForm = "crc_form",
    /// The text ends within a field.
    Truncated = "truncated",
    /// A tag or length is not two digits.
    FieldForm = "field_form",
    /// The fields within a tag do not fill its length, or pass it.
    WrongLength = "wrong_length",
    /// Something stands after the checksum.
    BytesAfterCrc = "bytes_after_crc",
    /// Tag 00 is not the first.
    TagMisplaced = "tag_misplaced",
    /// A tag that must be there is not.
    MissingTag = "missing_tag",
    /// A tag twice.
    DuplicateTag = "duplicate_tag",
    /// A tag that VietQR does not have.
    UnknownTag = "unknown_tag",
    /// Tag 00 is not `01`.
    WrongVersion = "wrong_version",
    /// Tag 01 is neither `11` nor `12`.
    WrongMethod = "wrong_method",
    /// Not the application id of VietQR.
    WrongAid = "wrong_aid",
    /// Neither a transfer to an account nor one to a card.
    WrongService = "wrong_service",
    /// Not đồng.
    WrongCurrency = "wrong_currency",
    /// Not Vietnam.
    WrongCountry = "wrong_country",
    /// Not six digits.
    BinForm = "bin_form",
    /// Not an account or card number.
    NumberForm = "number_form",
    /// Not whole đồng within 13 digits, or 0.
    AmountForm = "amount_form",
    /// A text that is empty, too long or not of its form.
    TextForm = "text_form",
    /// A character that banks are known to drop or refuse.
    UnsafeCharacter = "unsafe_character",
}

impl VietQrError {
    pub(crate) fn new(
        kind: VietQrErrorKind,
        path: impl Into<String>,
        offset: usize,
        found: &str,
        expected: impl Into<String>,
    ) -> VietQrError {
        VietQrError {
            kind,
            path: path.into(),
            offset,
            found: shown(found),
            expected: expected.into(),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// At most 40 characters: printable ASCII as it is, everything else escaped.
fn shown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(40) {
        if matches!(c, ' '..='~') {
            out.push(c);
        } else {
            out.extend(c.escape_default());
        }
    }
    out.truncate(40);
    out
}

impl fmt::Display for VietQrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        if !self.path.is_empty() {
            write!(f, " in tag {}", self.path)?;
        }
        write!(
            f,
            " at offset {}: found {:?}, expected {}",
            self.offset, self.found, self.expected
        )
    }
}

impl std::error::Error for VietQrError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches two kinds under one code, and an excerpt that carries control characters.
    #[test]
    fn codes_are_distinct_and_excerpts_safe() {
        let mut codes: Vec<_> = VietQrErrorKind::ALL.iter().map(|k| k.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), VietQrErrorKind::ALL.len());
        assert_eq!(shown("a\u{1b}é"), "a\\u{1b}\\u{e9}");
        assert_eq!(shown(&"x".repeat(99)).len(), 40);
    }
}
