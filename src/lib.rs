//! AnSinh.
