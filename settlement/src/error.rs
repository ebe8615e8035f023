//! What a reader says about a file that it cannot trust.
//!
//! One closed list of codes for all formats; each is provoked by a test. An error names the
//! first place that is wrong, what stands there and what was expected, so that the bank's
//! officer can find it with any editor.

use std::fmt;
use std::io;

/// Why a file is refused: the place, what stands there, what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    pub kind: ReadErrorKind,
    /// [`ReadErrorKind::code`] of the kind: stable, lower snake case.
    pub code: &'static str,
    /// Line of the file, from 1; 0 where the whole file is meant.
    pub line: u64,
    /// Byte within the line, from 1; 0 where the whole line is meant.
    pub column: u64,
    /// What stands there, at most 60 characters, control characters escaped.
    pub found: String,
    /// What was expected, in English.
    pub expected: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal,)*) => {
        /// Every reason for which a file is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ReadErrorKind { $($(#[$doc])* $kind,)* }

        impl ReadErrorKind {
            /// All of them, for tests and for the page that lists them.
            pub const ALL: &'static [ReadErrorKind] = &[$(ReadErrorKind::$kind),*];

            /// The stable code: part of the interface, never renamed.
            pub fn code(self) -> &'static str {
                match self { $(ReadErrorKind::$kind => $code),* }
            }
        }
    };
}

kinds! {
    /// The operating system failed to give the bytes.
    ReadFailed = "read_failed",
    /// No byte at all.
    EmptyFile = "empty_file",
    /// No format that is read here.
    UnknownFormat = "unknown_format",
    /// A format that is read here, in another version.
    UnknownVersion = "unknown_version",
    /// A byte order mark in front of a plain text file.
    ByteOrderMark = "byte_order_mark",
    /// A carriage return.
    CarriageReturn = "carriage_return",
    /// A byte outside 0x20 to 0x7E.
    NotAscii = "not_ascii",
    /// A line with nothing in it.
    BlankLine = "blank_line",
    /// A line that is too short or too long.
    WrongLength = "wrong_length",
    /// The file ends within a line.
    UnfinishedLine = "unfinished_line",
    /// A line that is neither a detail nor the trailer.
    WrongRecord = "wrong_record",
    /// Detail lines that are not numbered 1, 2, 3 and so on.
    LineOutOfOrder = "line_out_of_order",
    /// The file ends without a trailer.
    MissingTrailer = "missing_trailer",
    /// Something stands after the end.
    BytesAfterTrailer = "bytes_after_trailer",
    /// Something other than digits where a number belongs.
    NotANumber = "not_a_number",
    /// A number that this field cannot have.
    NumberOutOfRange = "number_out_of_range",
    /// An amount that is no number.
    AmountForm = "amount_form",
    /// An amount of zero.
    AmountZero = "amount_zero",
    /// An amount below zero.
    AmountNegative = "amount_negative",
    /// An amount above 10^15 - 1.
    AmountTooLarge = "amount_too_large",
    /// A part of a đồng.
    FractionOfDong = "fraction_of_dong",
    /// Another currency than VND.
    WrongCurrency = "wrong_currency",
    /// A balance that is no sign and 15 digits, or a negative zero.
    BalanceForm = "balance_form",
    /// A day that the calendar does not have.
    NoSuchDay = "no_such_day",
    /// A booking after the day of the statement.
    BookedAfterDay = "booked_after_day",
    /// A direction other than debit or credit.
    DirectionForm = "direction_form",
    /// A bank's BIN that is not six digits.
    BinForm = "bin_form",
    /// A text that does not begin at the left of its field.
    TextNotLeft = "text_not_left",
    /// Something in the reserved field.
    ReservedNotBlank = "reserved_not_blank",
    /// A field or element that must be there.
    FieldMissing = "field_missing",
    /// No signature, where only signed files are taken.
    UnsignedRefused = "unsigned_refused",
    /// A key id that is not in the key ring.
    UnknownKey = "unknown_key",
    /// A MAC that is no 64 lower-case hex digits, or stands where none belongs.
    MacForm = "mac_form",
    /// The MAC does not fit the bytes: somebody changed them, or the key is another one.
    MacMismatch = "mac_mismatch",
    /// A detached signature that is not `ansinh-sig-1 KEY HEX`.
    SignatureForm = "signature_form",
    /// The announced numbers of lines are not those of the lines.
    CountsDiffer = "counts_differ",
    /// The announced sums are not those of the lines.
    TotalsDiffer = "totals_differ",
    /// Opening + credits - debits is not the closing balance.
    BalanceDiffers = "balance_differs",
    /// One entry id under two different bookings.
    EntryConflict = "entry_conflict",
    /// Not well-formed XML.
    XmlForm = "xml_form",
    /// Bytes that are not UTF-8, or another encoding declared.
    NotUtf8 = "not_utf8",
    /// A document type declaration.
    DoctypeRefused = "doctype_refused",
    /// Elements nested too deep.
    TooDeep = "too_deep",
    /// A text, tag or comment that is too long.
    TextTooLong = "text_too_long",
    /// A message other than `camt.053.001.08`.
    WrongNamespace = "wrong_namespace",
    /// An element where the schema has none of its kind, or twice.
    ElementMisplaced = "element_misplaced",
    /// A message without a statement.
    NoStatement = "no_statement",
    /// A message with more than one statement.
    SeveralStatements = "several_statements",
    /// One page of a statement of several pages.
    PagedStatement = "paged_statement",
    /// An entry that is not booked yet.
    EntryNotBooked = "entry_not_booked",
    /// The items of a batch do not add up to its entry.
    BatchDiffers = "batch_differs",
}

/// A place in a file: line and byte within it, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: u64,
    pub column: u64,
}

impl ReadError {
    pub(crate) fn new(
        kind: ReadErrorKind,
        place: Place,
        found: &[u8],
        expected: impl Into<String>,
    ) -> ReadError {
        ReadError {
            kind,
            code: kind.code(),
            line: place.line,
            column: place.column,
            found: shown(found),
            expected: expected.into(),
        }
    }

    pub(crate) fn io(error: &io::Error, place: Place) -> ReadError {
        let found = error.to_string();
        ReadError::new(
            ReadErrorKind::ReadFailed,
            place,
            found.as_bytes(),
            "readable bytes",
        )
    }
}

/// At most 60 characters, anything but printable ones escaped.
fn shown(bytes: &[u8]) -> String {
    const LIMIT: usize = 60;
    let mut out = String::new();
    for chunk in bytes[..bytes.len().min(4 * LIMIT)].utf8_chunks() {
        let escaped = chunk.invalid().iter().map(|b| format!("\\x{b:02x}"));
        let valid = chunk.valid().chars().map(|c| match c {
            '\u{feff}' => String::from("\\u{feff}"),
            c if c.is_control() => c.escape_default().to_string(),
            c => c.to_string(),
        });
        for piece in valid.chain(escaped) {
            if out.chars().count() + piece.chars().count() > LIMIT {
                return out;
            }
            out.push_str(&piece);
        }
    }
    out
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReadError {
            code,
            line,
            column,
            found,
            expected,
            ..
        } = self;
        match (line, column) {
            (0, _) => write!(f, "{code}")?,
            (_, 0) => write!(f, "{code} at line {line}")?,
            _ => write!(f, "{code} at line {line}, column {column}")?,
        }
        write!(f, ": found {found:?}, expected {expected}")
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches an excerpt that is too long, splits an escape or carries a control character.
    #[test]
    fn shows_what_stands_there_safely() {
        assert_eq!(
            shown(b"a\r\n\x1b[0m\xff\xef\xbb\xbf"),
            "a\\r\\n\\u{1b}[0m\\xff\\u{feff}"
        );
        assert_eq!(shown(&[b'x'; 500]), "x".repeat(60));
        assert_eq!(shown(&[0xff; 500]).len(), 60);
    }

    /// Catches two kinds with one code, and a code that is no lower snake case.
    #[test]
    fn codes_are_distinct() {
        let mut codes: Vec<_> = ReadErrorKind::ALL.iter().map(|k| k.code()).collect();
        assert!(codes.iter().all(|c| {
            c.bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'8')
        }));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ReadErrorKind::ALL.len());
    }
}
