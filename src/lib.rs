//! AnSinh.

pub mod identity;
