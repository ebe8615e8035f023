//! A bank's host for messages of ISO 8583: sign-on, name inquiry, transfers, inquiries
//! about them, reversals, totals of a day; over a real socket, with faults from a seed.
//!
//! Invariants: the wire is packed and read by code of this crate alone ([`wire`]); what
//! the host books it keeps under lock in [`ledger`], apart from what it answers, and
//! [`SwitchHandle::booked`] tells it: that is the auditor's truth. Which fault a message
//! meets follows from the seed, its RRN and how often that RRN came, not from time or order.

mod faults;
mod host;
mod ledger;
pub mod wire;

pub use faults::{SwitchFault, SwitchFaults};
pub use host::{SwitchHandle, serve_switch};
pub use ledger::{Booked, Holder, Holders};

use wire::Length;

/// How the host is set up.
#[derive(Clone, Debug)]
pub struct SwitchConfig {
    pub length: Length,
    pub key: Vec<u8>,
    /// Digits behind the đồng in amounts.
    pub minor_digits: u32,
    /// What each paying account may spend, in đồng.
    pub funds: i64,
    /// Payments from here on are above the limit, in đồng.
    pub limit: i64,
    pub holders: Holders,
    pub faults: SwitchFaults,
}

impl Default for SwitchConfig {
    fn default() -> Self {
        Self {
            length: Length::Binary,
            key: b"switch".to_vec(),
            minor_digits: 2,
            funds: 1_000_000_000_000_000,
            limit: 500_000_000,
            holders: Holders::Everybody,
            faults: SwitchFaults::default(),
        }
    }
}
