//! Statements of the collection room, a file for each group of tables.

pub mod bill;
pub mod credit;
pub mod fee;
pub mod people;
pub mod report;
