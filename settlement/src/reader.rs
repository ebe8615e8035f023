//! The second pass over a statement: its lines, in whatever format they came.
//!
//! The format is told by the first bytes, never by a file name. Each format checks in
//! every pass what its own lines and totals can show; what needs a key, or two lines at
//! once, is [`crate::verify_statement`]'s.

use crate::camt053::CamtReader;
use crate::error::{Place, ReadError, ReadErrorKind};
use crate::native::{MAGIC, NativeReader};
use crate::{
    RawLine, ReadWarning, StatementFormat, StatementHeader, StatementLine, StatementTotals,
};
use std::io::{BufRead, Chain, Cursor, ErrorKind, Read};

/// A pull reader of one statement.
#[derive(Debug)]
pub struct StatementReader<R: BufRead> {
    header: StatementHeader,
    format: Format<Peeked<R>>,
}

/// The bytes that told the format, and the rest.
type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

#[derive(Debug)]
enum Format<R: BufRead> {
    Native(Box<NativeReader<R>>),
    Camt(Box<CamtReader<R>>),
}

/// What the reader of one format does. Its `open(input)` reads the header of the first
/// statement and gives it beside the reader.
pub(crate) trait ReadStatement {
    fn format(&self) -> StatementFormat;

    /// The next line; `None` after the last one of the statement, once its own totals fit.
    fn next_raw(&mut self) -> Result<Option<RawLine<'_>>, ReadError>;

    /// Of the statement, once [`ReadStatement::next_raw`] gave `None`.
    fn totals(&self) -> Option<&StatementTotals>;

    /// The place of the line that was read last; of the totals after the last one.
    fn place(&self) -> Place;

    /// Goes on to the next statement of the file, after the last line of this one; `None`
    /// at the end of the file. A format of one statement a file keeps to this.
    fn next_statement(&mut self) -> Result<Option<StatementHeader>, ReadError> {
        Ok(None)
    }

    /// What was bent so far in the statement that is being read.
    fn warnings(&self) -> &[ReadWarning] {
        &[]
    }

    /// Starts to check the MAC within the file; nothing to do where there is none.
    fn check_mac(&mut self, _key: &[u8]) {}
}

/// Calls one reader among those of [`Format`].
macro_rules! of_format {
    ($format:expr, $reader:ident => $call:expr) => {
        match $format {
            Format::Native($reader) => $call,
            Format::Camt($reader) => $call,
        }
    };
}

/// Bytes that are looked at to tell the format.
const PEEK: usize = 256;

impl<R: BufRead> StatementReader<R> {
    /// Tells the format and reads as far as the first line.
    pub fn open(input: R) -> Result<(StatementHeader, Self), ReadError> {
        let reader = StatementReader::start(input)?;
        Ok((reader.header().clone(), reader))
    }

    pub(crate) fn start(mut input: R) -> Result<Self, ReadError> {
        let mut front = Vec::with_capacity(PEEK);
        while front.len() < PEEK {
            match input.fill_buf() {
                Ok([]) => break,
                Ok(bytes) => {
                    let count = bytes.len().min(PEEK - front.len());
                    front.extend_from_slice(&bytes[..count]);
                    input.consume(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::io(&error, Place::default())),
            }
        }
        let format = tell_format(&front)?;
        let input = Cursor::new(front).chain(input);
        let (header, format) = match format {
            StatementFormat::AnSinh1 => {
                let (header, reader) = NativeReader::open(input)?;
                (header, Format::Native(Box::new(reader)))
            }
            StatementFormat::Camt053V8 => {
                let (header, reader) = CamtReader::open(input)?;
                (header, Format::Camt(Box::new(reader)))
            }
        };
        Ok(StatementReader { header, format })
    }

    pub fn format(&self) -> StatementFormat {
        of_format!(&self.format, reader => reader.format())
    }

    /// The header. A camt statement names no key: its signature is detached.
    pub fn header(&self) -> &StatementHeader {
        &self.header
    }

    /// The next line of the statement, borrowed; `None` after the last one, once the
    /// statement's own totals fit.
    pub fn next_raw(&mut self) -> Result<Option<RawLine<'_>>, ReadError> {
        of_format!(&mut self.format, reader => reader.next_raw())
    }

    /// Goes on to the next statement of the file, once [`StatementReader::next_raw`] gave
    /// `None`; false at the end of the file.
    pub fn next_statement(&mut self) -> Result<bool, ReadError> {
        let next = of_format!(&mut self.format, reader => reader.next_statement())?;
        let found = next.is_some();
        if let Some(header) = next {
            self.header = header;
        }
        Ok(found)
    }

    /// What was bent so far in the statement that is being read.
    pub fn warnings(&self) -> &[ReadWarning] {
        of_format!(&self.format, reader => reader.warnings())
    }

    /// Appends at most `max` lines and says how many; 0 after the last one.
    pub fn next_into(
        &mut self,
        lines: &mut Vec<StatementLine>,
        max: usize,
    ) -> Result<usize, ReadError> {
        let mut count = 0;
        while count < max
            && let Some(line) = self.next_raw()?
        {
            lines.push(line.to_line());
            count += 1;
        }
        Ok(count)
    }

    /// The totals of the statement, once [`StatementReader::next_raw`] gave `None`.
    pub fn totals(&self) -> Option<&StatementTotals> {
        of_format!(&self.format, reader => reader.totals())
    }

    /// Starts to check the MAC within the file; nothing to do where there is none.
    pub(crate) fn check_mac(&mut self, key: &[u8]) {
        of_format!(&mut self.format, reader => reader.check_mac(key));
    }

    /// The place of the line that was read last; of the totals after the last one.
    pub(crate) fn place(&self) -> Place {
        of_format!(&self.format, reader => reader.place())
    }
}

/// Calls `each` for every line, without a copy of its text; stops at the first error.
pub fn for_each_line<R: BufRead, E: From<ReadError>>(
    input: R,
    mut each: impl FnMut(RawLine<'_>) -> Result<(), E>,
) -> Result<StatementHeader, E> {
    let (header, mut reader) = StatementReader::open(input)?;
    while let Some(line) = reader.next_raw()? {
        each(line)?;
    }
    Ok(header)
}

fn tell_format(front: &[u8]) -> Result<StatementFormat, ReadError> {
    const READ_HERE: &str = "ANSINHSTL1 or camt.053.001.08";
    let fail = |kind, expected: &str| {
        let place = Place { line: 1, column: 1 };
        Err(ReadError::new(kind, place, front, expected))
    };
    let (marked, text) = match front.strip_prefix(b"\xef\xbb\xbf") {
        Some(text) => (true, text),
        None => (false, front),
    };
    // A byte order mark is lawful in XML, and only there.
    if text.trim_ascii_start().starts_with(b"<") {
        return Ok(StatementFormat::Camt053V8);
    }
    if front.is_empty() {
        return fail(ReadErrorKind::EmptyFile, READ_HERE);
    }
    if marked || front.starts_with(b"\xff\xfe") || front.starts_with(b"\xfe\xff") {
        return fail(ReadErrorKind::ByteOrderMark, "no byte order mark");
    }
    if front.starts_with(MAGIC) {
        return Ok(StatementFormat::AnSinh1);
    }
    if text.trim_ascii_start().starts_with(b":20:") || front.starts_with(b"{1:") {
        let expected = format!("{READ_HERE}; MT940 is not read here");
        return fail(ReadErrorKind::UnknownFormat, &expected);
    }
    fail(ReadErrorKind::UnknownFormat, READ_HERE)
}
