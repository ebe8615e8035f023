//! A message as its fields, without wire or MAC. It never shows whom it is about: what
//! prints it prints its numbers only.

use super::spec::{Charset, Mti, Size, field};
use std::fmt;

#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub mti: Mti,
    /// In order of the field's number; no field twice.
    fields: Vec<(u8, String)>,
}

impl Message {
    #[must_use]
    pub fn new(mti: Mti) -> Message {
        Message {
            mti,
            fields: Vec::with_capacity(28),
        }
    }

    /// Sets a field, in the place of what it held. Checked when the message is packed.
    pub fn set(&mut self, de: u8, value: impl Into<String>) {
        match self.fields.binary_search_by_key(&de, |(d, _)| *d) {
            Ok(i) => self.fields[i].1 = value.into(),
            Err(i) => self.fields.insert(i, (de, value.into())),
        }
    }

    #[must_use]
    pub fn with(mut self, de: u8, value: impl Into<String>) -> Message {
        self.set(de, value);
        self
    }

    pub fn remove(&mut self, de: u8) {
        self.fields.retain(|(d, _)| *d != de);
    }

    /// The value of a field as it stands in the message, padding included.
    #[must_use]
    pub fn get(&self, de: u8) -> Option<&str> {
        let i = self.fields.binary_search_by_key(&de, |(d, _)| *d).ok()?;
        Some(&self.fields[i].1)
    }

    /// The value without the blanks that fill a fixed field.
    #[must_use]
    pub fn text(&self, de: u8) -> Option<&str> {
        let padded = field(de)
            .is_some_and(|f| f.size == Size::Fixed && !matches!(f.charset, Charset::Digits));
        let value = self.get(de)?;
        Some(if padded { value.trim_end() } else { value })
    }

    /// Fields in order.
    pub fn fields(&self) -> impl Iterator<Item = (u8, &str)> {
        self.fields.iter().map(|(de, value)| (*de, value.as_str()))
    }
}

/// Fields that name nobody and hold no account.
const SHOWN: &[u8] = &[3, 7, 11, 37, 39, 41, 63, 66, 70];

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.mti.text())?;
        for (de, value) in self.fields().filter(|(de, _)| SHOWN.contains(de)) {
            write!(f, " {de}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a log line that holds an account number, a name or a content.
    #[test]
    fn a_message_never_shows_whom_it_is_about() {
        let mut message = Message::new(Mti::Financial)
            .with(11, "000123")
            .with(63, "P1");
        for de in [2, 48, 102, 103, 104, 120] {
            message.set(de, "9704SECRET");
        }
        let shown = format!("{message:?}");
        assert_eq!(shown, "0200 11=000123 63=P1");
    }
}
