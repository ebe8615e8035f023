//! AnSinh.

pub mod identity;
pub mod programme;
pub mod roster;
