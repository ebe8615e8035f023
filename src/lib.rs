//! AnSinh pays allowances and collects school fees without cash, and proves every đồng
//! against the bank's settlement file.
//!
//! The rooms stand in order; a module uses only those above it (a test holds that).
//! `ARCHITECTURE.md` is the map.

/// What people read for each code, in Vietnamese and English.
pub mod words;

/// Rejects, which are answers, and faults, which are not.
pub mod error;

/// Time as a parameter.
pub mod clock;

/// What is printed or scanned: papers as HTML and PDF, QR images.
pub mod paper;

/// Both databases, the command runner, the audit, the outbox, the key ring.
#[macro_use]
pub mod store;

/// Staff, roles, and who may do what.
pub mod access;

/// People: numbers, names, evidence, addresses.
pub mod identity;

/// Books, accounts, transfers, the hash chain.
pub mod ledger;

/// Social-security accounts.
pub mod beneficiary;

/// Who is owed how much, by which law, known since when.
pub mod programme;

/// A commune's list: read, checked, taken over.
pub mod roster;

/// Instructions and our own accounts at banks.
pub mod payment;

/// Batches, from the draft to the last settled line.
pub mod disbursement;

/// Bills of schools and other billers, and the money that answers them.
pub mod collection;

/// The bank's statement against the books; breaks; the closing of a day.
pub mod reconcile;

/// The register, payment files out, bank files in.
pub mod gateway;

/// The set-up file.
pub mod setup;

/// The server: notices in, the state of bills out.
pub mod http;

/// The command line.
pub mod cli;
