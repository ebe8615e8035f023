//! AnSinh pays allowances and collects school fees without cash, and proves every đồng
//! against the bank's settlement file.
//!
//! The rooms stand in order; a module uses only those above it. `ARCHITECTURE.md` is the map.

pub mod error;
pub mod clock;
#[macro_use]
pub mod store;
pub mod access;
pub mod identity;
pub mod ledger;
pub mod beneficiary;
pub mod programme;
pub mod roster;
pub mod payment;
pub mod disbursement;
pub mod reconcile;
pub mod gateway;
pub mod setup;
pub mod cli;
