//! ISO 8583 online: payments as messages over one kept connection to a bank's host.
//!
//! ```text
//! request -> message -> spec, guard -> codec (iso8583_rs) -> mac -> frame -> host
//! answer  <- message <- mac <- codec (iso8583_rs) <- guard <- frame <- mux finds its request
//! ```
//!
//! Invariants: nothing of the peer reaches the codec before the guard has read it whole;
//! a number of a day is used once, over restarts; a request whose fate is not known is
//! [`Answer::Unknown`] and is never sent again by this room; no Tx is open while a message
//! is under way. What a payment means, and asking about an unknown one, is the caller's.
//! Wire and codes: `docs/formats/iso8583.md`.

pub mod client;
pub mod codec;
pub mod frame;
pub mod guard;
pub mod mac;
pub mod message;
pub mod mux;
pub mod numbers;
pub mod request;
pub mod response;
mod session;
pub mod spec;
pub mod spec_file;
pub mod sql;

pub use client::{Config, NotSent, SwitchClient, Timing};
pub use codec::Codec;
pub use frame::FrameKind;
pub use guard::{Refusal, RefusalKind};
pub use mac::MacKey;
pub use message::Message;
pub use mux::{Unmatched, UnmatchedWhy};
pub use numbers::{Numbers, Trace};
pub use request::{Body, Profile, Request, Totals, Transfer};
pub use response::{Answer, Approval, Why};
pub use spec::Mti;
