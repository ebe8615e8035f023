//! Why a delivery is refused.

use std::fmt;

/// What is wrong with a delivery.
///
/// `place` is a header's name or a path in the body (`data.amount`), empty for the body as a
/// whole; `found` is at most 60 characters, control characters escaped, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeError {
    pub kind: NoticeErrorKind,
    pub place: String,
    pub found: String,
    pub expected: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The kinds of [`NoticeError`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum NoticeErrorKind { $($(#[$doc])* $name,)* }

        impl NoticeErrorKind {
            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(NoticeErrorKind::$name => $code,)* }
            }

            /// Every kind, for the page of formats.
            pub const ALL: &'static [NoticeErrorKind] = &[$(NoticeErrorKind::$name,)*];
        }
    };
}

kinds! {
    /// The header or field that carries the signature is not there.
    MissingSignature = "missing_signature",
    /// It is there and has not its form.
    SignatureForm = "signature_form",
    /// The key id is not one of this account.
    UnknownKey = "unknown_key",
    /// The signature is not that of the body under our secret.
    BadSignature = "bad_signature",
    /// Signed more than 300 s ago, or ahead.
    StaleTime = "stale_time",
    /// The body is not the provider's JSON.
    Malformed = "malformed",
    /// The amount is not a whole number of đồng from 1 to 10^15.
    AmountForm = "amount_form",
    /// Not VND.
    WrongCurrency = "wrong_currency",
}

impl NoticeError {
    pub(crate) fn new(
        kind: NoticeErrorKind,
        place: &str,
        found: &str,
        expected: impl Into<String>,
    ) -> NoticeError {
        let mut shown = String::new();
        for c in found.chars().take(60) {
            if c.is_control() {
                shown.extend(c.escape_default());
            } else {
                shown.push(c);
            }
        }
        NoticeError {
            kind,
            place: place.to_owned(),
            found: shown.chars().take(60).collect(),
            expected: expected.into(),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Whether it is the sender that cannot be trusted (answered with 401), not the content.
    pub fn is_untrusted(&self) -> bool {
        use NoticeErrorKind as Kind;
        matches!(
            self.kind,
            Kind::MissingSignature
                | Kind::SignatureForm
                | Kind::UnknownKey
                | Kind::BadSignature
                | Kind::StaleTime
        )
    }
}

impl fmt::Display for NoticeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        if !self.place.is_empty() {
            write!(f, " at {}", self.place)?;
        }
        write!(f, ": found {:?}, expected {}", self.found, self.expected)
    }
}

impl std::error::Error for NoticeError {}
