//! The store: one SQL text for SQLite and PostgreSQL, the command runner, the audit, the
//! outbox, the key ring. There is no storage trait and no ORM: a closed [`Db`], a [`Tx`],
//! and rows of three kinds of value.

pub mod audit;
mod command;
mod db;
pub mod keys;
pub mod migrate;
pub mod sql;
mod tx;
mod value;

pub use command::{Command, Ctx, check_clock, run};
pub use db::{DEFAULT_URL, Db};
pub use tx::{Engine, Head, INSTALLATION, Tx, number_list, number_rows};
pub use value::{Column, Row, Value};
