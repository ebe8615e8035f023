//! Where in a file an XML reader stands, and how far one event may reach.

use super::xml::TEXT_MAX;
use crate::error::Place;
use std::io::{self, BufRead, Read};

/// Counts lines and columns, and gives no more than [`TEXT_MAX`] bytes after a mark.
#[derive(Debug)]
pub(super) struct Placed<R> {
    inner: R,
    place: Place,
    since_mark: usize,
    pub too_long: bool,
}

impl<R: BufRead> Placed<R> {
    pub fn new(inner: R) -> Placed<R> {
        Placed {
            inner,
            place: Place { line: 1, column: 1 },
            since_mark: 0,
            too_long: false,
        }
    }

    pub fn mark(&mut self) -> Place {
        self.since_mark = 0;
        self.place
    }
}

impl<R: BufRead> Read for Placed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Placed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let room = TEXT_MAX.saturating_sub(self.since_mark);
        let bytes = self.inner.fill_buf()?;
        if room == 0 && !bytes.is_empty() {
            self.too_long = true;
            return Err(io::Error::other("too long"));
        }
        Ok(&bytes[..bytes.len().min(room)])
    }

    fn consume(&mut self, count: usize) {
        // The bytes that are consumed were given before, so nothing is read here.
        if let Ok(bytes) = self.inner.fill_buf() {
            self.place = moved(self.place, &bytes[..count.min(bytes.len())]);
        }
        self.since_mark += count;
        self.inner.consume(count);
    }
}

/// The place after these bytes.
fn moved(place: Place, bytes: &[u8]) -> Place {
    let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or_default();
    match bytes.iter().rposition(|&b| b == b'\n') {
        None => Place {
            column: place.column + length(bytes),
            ..place
        },
        Some(last) => {
            let breaks = bytes[..last].iter().filter(|&&b| b == b'\n').count();
            Place {
                line: place.line + 1 + u64::try_from(breaks).unwrap_or_default(),
                column: length(&bytes[last..]),
            }
        }
    }
}
