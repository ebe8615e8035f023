//! The closed vocabulary of values that pass between the program and either database.
//!
//! Portable kinds only: 64-bit integers, text, bytes. Booleans are 0 and 1, instants
//! are microseconds, days are `yyyymmdd`, amounts are whole đồng.

use crate::error::Fault;
use ansinh_settlement::{Day, Dong};
use sqlx::Row as _;

/// A parameter of a statement; `None` is null of that kind.
#[derive(Clone, Debug)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! into_value {
    ($($ty:ty => |$v:ident| $e:expr),* $(,)?) => {
        $(impl From<$ty> for Value { fn from($v: $ty) -> Value { $e } })*
    };
}

into_value! {
    i64 => |v| Value::Int(Some(v)),
    Option<i64> => |v| Value::Int(v),
    i32 => |v| Value::Int(Some(i64::from(v))),
    u32 => |v| Value::Int(Some(i64::from(v))),
    bool => |v| Value::Int(Some(i64::from(v))),
    Dong => |v| Value::Int(Some(v.get())),
    Option<Dong> => |v| Value::Int(v.map(Dong::get)),
    Day => |v| Value::Int(Some(v.number())),
    Option<Day> => |v| Value::Int(v.map(Day::number)),
    crate::clock::Instant => |v| Value::Int(Some(v.0)),
    &str => |v| Value::Text(Some(v.to_owned())),
    &String => |v| Value::Text(Some(v.clone())),
    String => |v| Value::Text(Some(v)),
    Option<String> => |v| Value::Text(v),
    Option<&str> => |v| Value::Text(v.map(str::to_owned)),
    Vec<u8> => |v| Value::Bytes(Some(v)),
    &[u8] => |v| Value::Bytes(Some(v.to_vec())),
    [u8; 32] => |v| Value::Bytes(Some(v.to_vec())),
    Option<Vec<u8>> => |v| Value::Bytes(v),
}

/// The parameters of a statement, in the order of `$1`, `$2`, ...
#[macro_export]
macro_rules! args {
    () => { Vec::<$crate::store::Value>::new() };
    ($($v:expr),+ $(,)?) => { vec![$($crate::store::Value::from($v)),+] };
}

/// A column of many rows for [`super::Tx::insert_rows`].
#[derive(Clone, Debug)]
pub enum Column {
    Ints(Vec<i64>),
    OptInts(Vec<Option<i64>>),
    Texts(Vec<String>),
    OptTexts(Vec<Option<String>>),
    Blobs(Vec<Vec<u8>>),
    OptBlobs(Vec<Option<Vec<u8>>>),
}

impl Column {
    pub fn len(&self) -> usize {
        match self {
            Column::Ints(v) => v.len(),
            Column::OptInts(v) => v.len(),
            Column::Texts(v) => v.len(),
            Column::OptTexts(v) => v.len(),
            Column::Blobs(v) => v.len(),
            Column::OptBlobs(v) => v.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A row of an answer; columns count from 0.
pub enum Row {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! column {
    ($name:ident, $opt:ident, $ty:ty) => {
        pub fn $name(&self, i: usize) -> Result<$ty, Fault> {
            Ok(match self {
                Row::Sqlite(r) => r.try_get(i)?,
                Row::Postgres(r) => r.try_get(i)?,
            })
        }
        pub fn $opt(&self, i: usize) -> Result<Option<$ty>, Fault> {
            Ok(match self {
                Row::Sqlite(r) => r.try_get(i)?,
                Row::Postgres(r) => r.try_get(i)?,
            })
        }
    };
}

impl Row {
    column!(int, opt_int, i64);
    column!(text, opt_text, String);
    column!(bytes, opt_bytes, Vec<u8>);

    /// An amount in đồng.
    pub fn dong(&self, i: usize) -> Result<Dong, Fault> {
        Dong::new(self.int(i)?).map_err(|e| Fault::Corrupt(format!("amount in column {i}: {e}")))
    }

    pub fn flag(&self, i: usize) -> Result<bool, Fault> {
        Ok(self.int(i)? != 0)
    }

    pub fn day(&self, i: usize) -> Result<Day, Fault> {
        Day::from_number(self.int(i)?)
            .map_err(|e| Fault::Corrupt(format!("day in column {i}: {e}")))
    }

    pub fn opt_day(&self, i: usize) -> Result<Option<Day>, Fault> {
        self.opt_int(i)?
            .map(|n| {
                Day::from_number(n).map_err(|e| Fault::Corrupt(format!("day in column {i}: {e}")))
            })
            .transpose()
    }

    /// A digest of 32 bytes.
    pub fn digest(&self, i: usize) -> Result<[u8; 32], Fault> {
        let bytes = self.bytes(i)?;
        bytes
            .try_into()
            .map_err(|_| Fault::Corrupt(format!("digest in column {i} is not 32 bytes")))
    }
}
