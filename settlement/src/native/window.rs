//! The bytes of a settlement file that are being looked at, and what is wrong with them.
//!
//! The buffer has one size whatever the file. A MAC, once begun, takes each byte exactly
//! once, when the buffer moves on.

use super::field::{self, Field, digits, is_printable};
use super::{LINE, TRAILER, TRAILER_SIGNED};
use crate::error::{Place, ReadError, ReadErrorKind};
use crate::signature::Digest;
use crate::{Day, Dong};
use std::io::{ErrorKind, Read};

const BUFFER: usize = 256 * 1024;
/// Bytes that are looked at in a line: one more than the longest right one has.
const LOOK: usize = TRAILER + 2;

#[derive(Debug)]
pub(super) struct Window<R> {
    input: R,
    buffer: Vec<u8>,
    /// The line that is next begins at `start`; bytes up to `end` are read.
    start: usize,
    end: usize,
    at_end: bool,
    /// The MAC of all bytes before `digested`.
    digest: Option<Digest>,
    digested: usize,
    /// Lines of the file that were taken.
    pub lines: u64,
}

impl<R: Read> Window<R> {
    pub fn open(input: R) -> Result<Window<R>, ReadError> {
        let mut window = Window {
            input,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            at_end: false,
            digest: None,
            digested: 0,
            lines: 0,
        };
        window.fill()?;
        Ok(window)
    }

    /// Starts the MAC; only before the first [`Window::look`].
    pub fn check_mac(&mut self, key: &[u8]) {
        self.digest = Digest::new(key);
    }

    /// True when a MAC was begun and `hex` is not that of all bytes up to the trailer's own.
    pub fn mac_differs(&self, hex: &[u8]) -> bool {
        self.digest.clone().is_some_and(|mut digest| {
            digest.update(&self.buffer[self.digested..self.start + TRAILER_SIGNED]);
            !digest.fits(hex)
        })
    }

    /// Makes sure that the whole next line is there, and gives its first byte.
    pub fn look(&mut self) -> Result<Option<u8>, ReadError> {
        if self.end - self.start < LOOK {
            self.fill()?;
        }
        Ok(self.ahead().first().copied())
    }

    /// The detail that was taken last; ASCII, since it was checked to be.
    pub fn taken(&self) -> &str {
        let from = self.start.saturating_sub(LINE + 1);
        std::str::from_utf8(&self.buffer[from..from + LINE]).unwrap_or_default()
    }

    /// What stands after the trailer that is next.
    pub fn after_trailer(&self) -> &[u8] {
        self.ahead().get(TRAILER + 1..).unwrap_or_default()
    }

    /// The line that is next, when its record, its length and its characters are right.
    pub fn whole_line(&self, length: usize, record: u8) -> Result<&[u8], ReadError> {
        let ahead = self.ahead();
        match ahead.get(..=length) {
            Some(line)
                if line[length] == b'\n' && line[0] == record && is_printable(&line[..length]) =>
            {
                Ok(&line[..length])
            }
            _ => Err(self.diagnose(length, record)),
        }
    }

    /// Why the line that is next is none.
    fn diagnose(&self, length: usize, record: u8) -> ReadError {
        let ahead = self.ahead();
        let ahead = &ahead[..ahead.len().min(LOOK)];
        let stop = ahead.iter().position(|&b| b == b'\n');
        let line = &ahead[..stop.unwrap_or(ahead.len())];
        let fail = |kind, column: usize, expected: &str| {
            let from = column.saturating_sub(1).min(line.len());
            ReadError::new(kind, self.place_at(column), &line[from..], expected)
        };
        if ahead.is_empty() {
            return fail(
                ReadErrorKind::MissingTrailer,
                0,
                "a detail line or the trailer",
            );
        }
        if let Some(at) = line.iter().position(|b| !(0x20..=0x7e).contains(b)) {
            return if line[at] == b'\r' {
                fail(
                    ReadErrorKind::CarriageReturn,
                    at + 1,
                    "LF alone at the end of a line",
                )
            } else {
                fail(ReadErrorKind::NotAscii, at + 1, "a byte from 0x20 to 0x7E")
            };
        }
        if stop == Some(0) {
            return fail(ReadErrorKind::BlankLine, 1, "a detail line or the trailer");
        }
        if line[0] != record {
            return fail(
                ReadErrorKind::WrongRecord,
                1,
                "D for a detail or T for the trailer",
            );
        }
        if stop.is_none() && line.len() <= length {
            let expected = format!("{length} characters and LF, not {}", line.len());
            return fail(ReadErrorKind::UnfinishedLine, line.len() + 1, &expected);
        }
        let expected = match stop {
            Some(_) => format!("{length} characters and LF, not {}", line.len()),
            None => format!("{length} characters and LF"),
        };
        let column = line.len().min(length) + 1;
        fail(ReadErrorKind::WrongLength, column, &expected)
    }

    pub fn check_text(&self, field: &Field, line: &[u8], needed: bool) -> Result<(), ReadError> {
        if field.of(line)[0] != b' ' {
            return Ok(());
        }
        if !field.is_blank(line) {
            let kind = ReadErrorKind::TextNotLeft;
            return Err(self.refuse(kind, field, line, "text from the left of the field"));
        }
        if needed {
            return Err(self.refuse(ReadErrorKind::FieldMissing, field, line, "text"));
        }
        Ok(())
    }

    pub fn check_bin(
        &self,
        field: &Field,
        line: &[u8],
        may_be_blank: bool,
    ) -> Result<(), ReadError> {
        if digits(field.of(line)).is_some() || may_be_blank && field.is_blank(line) {
            return Ok(());
        }
        Err(self.refuse(ReadErrorKind::BinForm, field, line, "a BIN of 6 digits"))
    }

    pub fn number(&self, field: &Field, line: &[u8]) -> Result<u64, ReadError> {
        digits(field.of(line)).ok_or_else(|| {
            let expected = format!("{} digits", field.length);
            self.refuse(ReadErrorKind::NotANumber, field, line, &expected)
        })
    }

    pub fn parse_day(&self, field: &Field, line: &[u8]) -> Result<Day, ReadError> {
        field::day(field.of(line))
            .ok_or_else(|| self.refuse(ReadErrorKind::NoSuchDay, field, line, "a day as yyyyMMdd"))
    }

    pub fn balance(&self, field: &Field, line: &[u8]) -> Result<Dong, ReadError> {
        field::balance(field.of(line)).ok_or_else(|| {
            let expected = "a sign (+ for zero) and 15 digits";
            self.refuse(ReadErrorKind::BalanceForm, field, line, expected)
        })
    }

    pub fn refuse(
        &self,
        kind: ReadErrorKind,
        field: &Field,
        line: &[u8],
        expected: &str,
    ) -> ReadError {
        let place = Place {
            line: self.lines + 1,
            column: field.column(),
        };
        let expected = format!("{}: {expected}", field.name);
        ReadError::new(kind, place, field.of(line), expected)
    }

    pub fn place_at(&self, column: usize) -> Place {
        Place {
            line: self.lines + 1,
            column: u64::try_from(column).unwrap_or_default(),
        }
    }

    pub fn ahead(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    pub fn take(&mut self, length: usize) {
        self.start += length + 1;
        self.lines += 1;
    }

    /// Moves what is left to the front and reads until the buffer is full or the input ends.
    fn fill(&mut self) -> Result<(), ReadError> {
        if self.at_end {
            return Ok(());
        }
        if let Some(digest) = &mut self.digest {
            digest.update(&self.buffer[self.digested..self.start]);
        }
        self.digested = 0;
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::io(&error, self.place_at(0))),
            }
        }
        Ok(())
    }
}
