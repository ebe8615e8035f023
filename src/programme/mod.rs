//! Programmes: who is owed how much, by which law, known since when.

pub mod catalogue;
mod catalogue_period;
mod catalogue_tables;
