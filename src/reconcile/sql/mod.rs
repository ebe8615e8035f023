//! The statements of this room, a file for each table.

mod break_item;
mod budget;
mod day;
mod line;
mod statement;
pub mod verify;
pub mod verify_collection;

pub use break_item::*;
pub use budget::*;
pub use day::*;
pub use line::*;
pub use statement::*;
