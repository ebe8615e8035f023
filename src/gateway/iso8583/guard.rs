//! Reads a message by our own field table before iso8583_rs may: that library panics on
//! hostile bytes, takes what trails, and checks neither lengths nor characters
//! (decision 0015). The same table checks and pads what goes out.
//!
//! Pure; never panics on input; work and memory are bounded by the length of the message.

use super::message::Message;
use super::spec::{Charset, FieldSpec, MAC, Mti, Size, field};
use crate::error::Lang;
use crate::words::{self, codes};
use std::fmt;

/// The longest message, in bytes, without the length before it.
pub const MESSAGE_MAX: usize = 8 * 1024;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $code:literal;)*) => {
        /// Why a message is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RefusalKind { $($(#[$doc])* $name,)* }

        impl RefusalKind {
            pub const ALL: &'static [RefusalKind] = &[$(RefusalKind::$name),*];

            /// Stable; listed in `docs/formats/iso8583.md`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(RefusalKind::$name => $code,)* }
            }
        }
    };
}

kinds! {
    /// The length before a message is not made of digits.
    FrameHeader "frame_header";
    /// The length before a message is above [`MESSAGE_MAX`].
    TooLarge "too_large";
    /// The connection ended within a message.
    HalfFrame "half_frame";
    /// A message took longer than it may.
    SlowFrame "slow_frame";
    /// The message ends before its fields do.
    Short "short";
    /// No message that is spoken here.
    UnknownMti "unknown_mti";
    /// A third bitmap.
    TertiaryBitmap "tertiary_bitmap";
    /// A field that is not in the table.
    UnknownField "unknown_field";
    /// A field that the message must carry.
    MissingField "missing_field";
    /// The length of a field is not made of digits.
    LengthForm "length_form";
    /// A field above its most characters.
    FieldTooLong "field_too_long";
    /// A character that the field may not hold.
    Charset "charset";
    /// Bytes after the last field.
    TrailingBytes "trailing_bytes";
    /// No MAC.
    MacMissing "mac_missing";
    /// The MAC is not that of these bytes under our key.
    MacWrong "mac_wrong";
    /// A request where an answer is due, or the other way round.
    WrongDirection "wrong_direction";
    /// A request of the host whose time is not near ours.
    StaleTime "stale_time";
    /// An answer that differs from its request in what it must repeat.
    AnswerDiffers "answer_differs";
    /// A value that is no such value: an amount, a date, a number.
    Value "value";
    /// The codec and the guard do not agree.
    Codec "codec";
}

/// A refusal with its place; never the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    /// The field; 0 where it is the message itself.
    pub de: u8,
    /// Byte of the message at which it shows; 0 for what goes out.
    pub at: usize,
}

impl Refusal {
    #[must_use]
    pub const fn new(kind: RefusalKind, de: u8, at: usize) -> Refusal {
        Refusal { kind, de, at }
    }

    /// The sentence for a person, with the place.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let word = words::say(codes::SWITCH_REFUSALS, self.kind.code(), lang);
        match self.de {
            0 => format!("{word} ({} {})", lang.pick("byte", "byte"), self.at),
            de => format!(
                "DE {de}: {word} ({} {})",
                lang.pick("byte", "byte"),
                self.at
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (DE {}, byte {})", self.kind.code(), self.de, self.at)
    }
}

impl std::error::Error for Refusal {}

/// A message that the guard has read: which fields stand where.
#[derive(Clone, Debug)]
pub struct Layout {
    pub mti: Mti,
    /// (field, from, to) of each value, without its length.
    pub spans: Vec<(u8, usize, usize)>,
    /// Where the MAC begins: what stands before it is covered.
    pub mac_at: usize,
}

const fn is_allowed(charset: Charset, byte: u8) -> bool {
    match charset {
        Charset::Digits => byte.is_ascii_digit(),
        Charset::AlphaNum => byte.is_ascii_alphanumeric(),
        Charset::Printable => byte >= b' ' && byte <= b'~',
        Charset::Signed | Charset::Bytes => true,
    }
}

/// The first byte that the field may not hold.
fn wrong_byte(spec: &FieldSpec, value: &[u8]) -> Option<usize> {
    match (spec.charset, spec.size) {
        (Charset::Signed, _) => match value.split_first() {
            Some((b'C' | b'D', rest)) => {
                rest.iter().position(|b| !b.is_ascii_digit()).map(|i| i + 1)
            }
            _ => Some(0),
        },
        (Charset::AlphaNum, Size::Fixed) => {
            let kept = value.trim_ascii_end().len();
            let body = value.iter().take(kept);
            let wrong = body.enumerate().find(|(_, b)| !b.is_ascii_alphanumeric());
            let blank = value.iter().skip(kept).position(|b| *b != b' ');
            wrong.map(|(i, _)| i).or(blank.map(|i| kept + i))
        }
        (charset, _) => value.iter().position(|b| !is_allowed(charset, *b)),
    }
}

/// Reads a whole message by the table.
///
/// # Errors
/// The first thing that is wrong, from left to right; then what is missing.
pub fn check_in(wire: &[u8]) -> Result<Layout, Refusal> {
    use RefusalKind as K;
    if wire.len() > MESSAGE_MAX {
        return Err(Refusal::new(K::TooLarge, 0, MESSAGE_MAX));
    }
    let short = |de, at| Refusal::new(K::Short, de, at);
    let head = wire.get(..4).ok_or(short(0, wire.len()))?;
    let mti = Mti::parse(head).ok_or(Refusal::new(K::UnknownMti, 0, 0))?;
    let bits = |from: usize| -> Result<u64, Refusal> {
        let bytes = wire.get(from..from + 8).ok_or(short(0, wire.len()))?;
        Ok(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    };
    let primary = bits(4)?;
    if primary >> 63 == 0 {
        // The MAC stands in the second half, so a message without it has none.
        return Err(Refusal::new(K::MacMissing, MAC, 4));
    }
    let secondary = bits(12)?;
    if secondary >> 63 == 1 {
        return Err(Refusal::new(K::TertiaryBitmap, 65, 12));
    }
    let bitmap = u128::from(primary) << 64 | u128::from(secondary);
    let is_on = |de: u8| bitmap >> (128 - u32::from(de)) & 1 == 1;
    let mut spans = Vec::with_capacity(32);
    let mut at = 20;
    for de in (2..=MAC).filter(|de| is_on(*de)) {
        let spec = field(de).ok_or(Refusal::new(K::UnknownField, de, at))?;
        let len = match spec.size {
            Size::Fixed => spec.max,
            size => {
                let digits = wire
                    .get(at..at + size.digits())
                    .ok_or(short(de, wire.len()))?;
                if let Some(i) = digits.iter().position(|b| !b.is_ascii_digit()) {
                    return Err(Refusal::new(K::LengthForm, de, at + i));
                }
                let len = digits
                    .iter()
                    .fold(0, |n, b| n * 10 + usize::from(*b - b'0'));
                if len > spec.max {
                    return Err(Refusal::new(K::FieldTooLong, de, at));
                }
                at += size.digits();
                len
            }
        };
        let value = wire.get(at..at + len).ok_or(short(de, wire.len()))?;
        if let Some(i) = wrong_byte(spec, value) {
            return Err(Refusal::new(K::Charset, de, at + i));
        }
        spans.push((de, at, at + len));
        at += len;
    }
    if at != wire.len() {
        return Err(Refusal::new(K::TrailingBytes, 0, at));
    }
    if !is_on(MAC) {
        return Err(Refusal::new(K::MacMissing, MAC, at));
    }
    if let Some(de) = mti.required().iter().find(|de| !is_on(**de)) {
        return Err(Refusal::new(K::MissingField, *de, at));
    }
    Ok(Layout {
        mti,
        spans,
        mac_at: at - super::spec::MAC_BYTES,
    })
}

/// Checks what goes out, and pads fixed fields: digits by zeros on the left, letters by
/// blanks on the right. Fields in order, the MAC not among them.
///
/// # Errors
/// The first field that is not in the table, too long, of other characters, or missing.
pub fn check_out(message: &Message) -> Result<Vec<(&'static FieldSpec, Vec<u8>)>, Refusal> {
    use RefusalKind as K;
    let mut out = Vec::with_capacity(32);
    for (de, value) in message.fields() {
        let spec = field(de)
            .filter(|f| f.de != MAC)
            .ok_or(Refusal::new(K::UnknownField, de, 0))?;
        if value.len() > spec.max {
            return Err(Refusal::new(K::FieldTooLong, de, spec.max));
        }
        let missing = match spec.size {
            Size::Fixed => spec.max - value.len(),
            Size::Ll | Size::Lll => 0,
        };
        let mut bytes = Vec::with_capacity(value.len() + missing);
        if spec.charset == Charset::Digits {
            bytes.resize(missing, b'0');
        }
        bytes.extend_from_slice(value.as_bytes());
        if spec.charset == Charset::AlphaNum || spec.charset == Charset::Printable {
            bytes.resize(value.len() + missing, b' ');
        }
        if bytes.len() < value.len() + missing {
            return Err(Refusal::new(K::Short, de, value.len()));
        }
        if let Some(i) = wrong_byte(spec, &bytes) {
            return Err(Refusal::new(K::Charset, de, i));
        }
        out.push((spec, bytes));
    }
    let required = message.mti.required();
    if let Some(de) = required.iter().find(|de| message.get(**de).is_none()) {
        return Err(Refusal::new(K::MissingField, *de, 0));
    }
    Ok(out)
}
