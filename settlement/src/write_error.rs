//! What a writer of a bank file says about content that the format cannot carry.

use crate::Dong;
use std::fmt;
use std::io;

/// Why a file cannot be written; the bytes so far must not be used.
#[derive(Debug)]
pub enum WriteError {
    /// The writer below failed.
    Io(io::Error),
    /// A field is empty, too long, or has characters that the format cannot carry. `item`
    /// counts payments or lines from 1, 0 is the head of the file.
    Field {
        item: u64,
        field: &'static str,
        found: String,
    },
    /// An amount or the announced sum is not above zero, or too large.
    Amount { item: u64, found: Dong },
    /// Another number of items than announced.
    CountDiffers { announced: u64, written: u64 },
    /// Another sum than announced.
    SumDiffers { announced: Dong, written: Dong },
}

impl WriteError {
    /// A stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            WriteError::Io(_) => "write_failed",
            WriteError::Field { .. } => "field_not_writable",
            WriteError::Amount { .. } => "amount_not_payable",
            WriteError::CountDiffers { .. } => "count_differs",
            WriteError::SumDiffers { .. } => "sum_differs",
        }
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> WriteError {
        WriteError::Io(error)
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Io(error) => write!(f, "writing failed: {error}"),
            WriteError::Field { item, field, found } => {
                write!(f, "item {item}: {field} cannot be written: {found:?}")
            }
            WriteError::Amount { item, found } => {
                write!(f, "item {item}: {found} dong cannot be paid")
            }
            WriteError::CountDiffers { announced, written } => {
                write!(f, "{announced} items announced, {written} written")
            }
            WriteError::SumDiffers { announced, written } => {
                write!(f, "{announced} dong announced, {written} written")
            }
        }
    }
}

impl std::error::Error for WriteError {}
