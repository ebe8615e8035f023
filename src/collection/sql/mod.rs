//! Statements of the collection room, a file for each group of tables.

pub mod bill;
pub mod cash;
pub mod credit;
pub mod fee;
pub mod notice;
pub mod payout;
pub mod people;
pub mod receipt;
pub mod reminder;
pub mod report;
