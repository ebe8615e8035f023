//! The world outside AnSinh, from a seed: people with papers and bank accounts, the
//! lists that communes type about them, the population register over HTTP, a bank that
//! takes payment files and gives settlement files back, payers who answer bills, and a
//! bank's host for messages of ISO 8583.
//!
//! Invariants: every file is made by code of this crate alone, never by the code
//! that will read it, so a writer and a reader cannot share an error. The same seed
//! gives the same bytes. There is no clock here: days are handed in. What the world
//! did wrong on purpose it also tells, as a truth to compare with.
//!
//! A module uses only those above it in this list.

pub mod days;
pub mod rng;
pub mod text;

pub mod names;
pub mod people;
pub mod register;
pub mod roster;
pub mod school;

pub mod statement;

pub mod bank;

pub mod payers;

pub mod switch;

pub use bank::{Bank, BankConfig, BankError, DayFile, Faults, Receipt, Share};
pub use payers::{PayBill, PayerConfig, Payers};
pub use people::{COMMUNES, Population, World};
pub use register::{RegisterBook, RegisterFaults, RegisterHandle, serve_register};
pub use statement::{FastPayment, Spoil, fast_settlement};
