//! AnSinh pays allowances and collects school fees without cash, and proves every đồng
//! against the bank's settlement file.
//!
//! The rooms stand in order; a module uses only those above it. `ARCHITECTURE.md` is the map.

pub mod clock;
pub mod error;
#[macro_use]
pub mod store;
pub mod access;
pub mod beneficiary;
pub mod cli;
pub mod disbursement;
pub mod gateway;
pub mod identity;
pub mod ledger;
pub mod payment;
pub mod programme;
pub mod reconcile;
pub mod roster;
pub mod setup;
